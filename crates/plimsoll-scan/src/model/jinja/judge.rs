//! What a template could do.
//!
//! Templates work on data: messages, tools. Data is reached by attributes and keys. The way out is an attribute
//! of Python's own (`__class__`), by name, by a key (which the engine looks up as an attribute too), or by a
//! name that the template puts together. So the judgement follows where keys come from, over all of the
//! template at once: whatever a name is assigned anywhere, it may be everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Kind;
use super::names::{self, Attribute};
use super::parser::{Argument, Expression, Statement, Target};
use crate::model::look::printable;
use crate::model::report::Verdict;

/// How often all is gone through, until nothing new is learnt.
const MOST_ROUNDS: usize = 12;

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reproach {
    pub(super) verdict: Verdict,
    pub(super) what: String,
}

/// Judges a template.
pub(super) fn judge(statements: &[Statement]) -> BTreeSet<Reproach> {
    let mut judge = Judge::default();
    for statement in statements {
        if let Statement::Macro(name, parameters) = statement {
            let names = parameters.iter().map(|(parameter, _)| parameter.clone());
            judge.macros.entry(name.clone()).or_default().push(names.collect());
            judge.assign(&Target::Name(name.clone()), &Kind::made());
            for (parameter, _) in parameters {
                judge.parameters.insert(parameter.clone());
            }
        }
    }
    for _ in 0..MOST_ROUNDS {
        let before = (judge.names.clone(), judge.attributes.clone());
        judge.reproaches.clear();
        for statement in statements {
            judge.statement(statement);
        }
        if before == (judge.names.clone(), judge.attributes.clone()) {
            return judge.reproaches;
        }
    }
    judge.say(Verdict::Unknown, "it is too entangled to be judged".to_owned());
    judge.reproaches
}

/// What is known of a template so far.
#[derive(Default)]
pub(super) struct Judge {
    pub(super) names: BTreeMap<String, Kind>,
    pub(super) attributes: BTreeMap<String, Kind>,
    /// The parameters of each macro; of one name there may be several.
    pub(super) macros: BTreeMap<String, Vec<Vec<String>>>,
    pub(super) parameters: BTreeSet<String>,
    pub(super) reproaches: BTreeSet<Reproach>,
}

impl Judge {
    pub(super) fn say(&mut self, verdict: Verdict, what: String) {
        const MOST: usize = 20;
        if self.reproaches.len() < MOST || verdict == Verdict::Unsafe {
            self.reproaches.insert(Reproach { verdict, what });
        }
    }

    pub(super) fn assign(&mut self, target: &Target, kind: &Kind) {
        let (known, name) = match target {
            Target::Name(name) => (&mut self.names, name),
            Target::Attribute(name) => (&mut self.attributes, name),
        };
        let before = known.remove(name).unwrap_or_default();
        known.insert(name.clone(), before.or(kind));
        self.attribute_name(name);
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Compute(value) => {
                self.kind(value);
            }
            Statement::Assign(target, value) => {
                let kind = self.kind(value);
                self.assign(target, &kind);
            }
            Statement::Each(targets, values) => {
                let each = self.kind(values).each();
                // Pairs are taken apart into several names.
                let parts = if targets.len() > 1 { each.parts_of(targets.len()) } else { each };
                for target in targets {
                    self.assign(target, &parts);
                }
            }
            Statement::Capture(target, filters) => {
                for filter in filters {
                    self.kind(filter);
                }
                self.assign(target, &Kind::made());
            }
            Statement::Macro(_, parameters) => {
                for (name, default) in parameters {
                    let kind = default.as_ref().map(|value| self.kind(value)).unwrap_or_default();
                    self.assign(&Target::Name(name.clone()), &kind);
                }
            }
            Statement::Odd(word) => {
                let message =
                    format!("the tag `{}` is not one of a template for chats", printable(word));
                self.say(Verdict::Unknown, message);
            }
            Statement::Nothing => {}
        }
    }

    /// Judges the name of an attribute, wherever it is written.
    pub(super) fn attribute_name(&mut self, name: &str) {
        let shown = printable(name);
        match names::attribute(name) {
            Attribute::Data => {}
            Attribute::Private => {
                self.say(Verdict::Unknown, format!("`{shown}` is private to the engine"));
            }
            Attribute::Machinery => {
                self.say(Verdict::Unsafe, format!("`{shown}` leads to Python's machinery"));
            }
        }
    }

    /// Judges a value by which something is looked up.
    pub(super) fn key(&mut self, kind: &Kind) {
        for text in &kind.texts {
            self.attribute_name(text);
        }
        if kind.is_puzzle {
            let message = "it looks something up under a name that it puts together of parts";
            self.say(Verdict::Unsafe, message.to_owned());
        } else if kind.is_made {
            let message = "it looks something up under a name that it computes";
            self.say(Verdict::Unknown, message.to_owned());
        }
    }

    pub(super) fn kind(&mut self, value: &Expression) -> Kind {
        match value {
            Expression::Text(text) => {
                if names::names_machinery(text) {
                    let shown = printable(text);
                    self.say(
                        Verdict::Unsafe,
                        format!("the text `{shown}` names Python's machinery"),
                    );
                }
                Kind::text(text)
            }
            Expression::Number => Kind::default(),
            Expression::Truth(values) => {
                for value in values {
                    self.kind(value);
                }
                Kind::default()
            }
            Expression::Name(name) => self.name(name),
            Expression::Choice(values) => self.any_of(values),
            Expression::Collection(values) => Kind::list(self.any_of(values)),
            Expression::Map(keys, values) => {
                let keys = self.any_of(keys);
                Kind::map(keys, self.any_of(values))
            }
            Expression::Attribute(of, name) => {
                self.attribute_name(name);
                let kind = self.kind(of).member();
                match self.attributes.get(name) {
                    Some(assigned) => kind.or(assigned),
                    None => kind,
                }
            }
            Expression::Subscript(of, key) => {
                let key = self.kind(key);
                self.key(&key);
                let kind = self.kind(of);
                let is_place = key.is_number() || key.is_data || key.is_made;
                if is_place { kind.each().or(&kind.member()) } else { kind.member() }
            }
            Expression::Slice(of, parts) => {
                for part in parts {
                    self.kind(part);
                }
                let kind = self.kind(of);
                if kind.texts.is_empty() { kind } else { kind.remade().or(&kind) }
            }
            Expression::Call(called, arguments) => self.call(called, arguments),
            Expression::Filter(of, name, arguments) => self.filter(of.as_deref(), name, arguments),
            Expression::Test(of, name, arguments) => {
                self.kind(of);
                if !names::is_test(name) {
                    let shown = printable(name);
                    self.say(
                        Verdict::Unknown,
                        format!("the test `{shown}` is not one of the engine's"),
                    );
                }
                for argument in arguments {
                    self.kind(&argument.value);
                }
                Kind::default()
            }
            Expression::Join(values) => {
                let mut kinds =
                    values.iter().map(|value| self.kind(value)).collect::<Vec<_>>().into_iter();
                let mut kind = kinds.next().unwrap_or_default();
                for other in kinds {
                    let joined = kind.joined(&other);
                    kind = joined.unwrap_or_else(|| kind.or(&other).remade());
                }
                self.folded(&kind);
                kind
            }
            Expression::Sum(left, right) => {
                let (left, right) = (self.kind(left), self.kind(right));
                let lists = left.is_collection() || right.is_collection();
                if left.is_number() || right.is_number() {
                    return Kind::default();
                }
                let kind = match left.joined(&right) {
                    Some(kind) => kind,
                    None if lists => left.or(&right),
                    None => left.or(&right).remade(),
                };
                self.folded(&kind);
                kind
            }
            Expression::Arithmetic(operator, left, right) => {
                let (left, right) = (self.kind(left), self.kind(right));
                let may_be_text = matches!(*operator, "*" | "%") && !left.is_number();
                if may_be_text { left.or(&right).remade() } else { Kind::default() }
            }
        }
    }

    /// Judges texts that were joined: they may be names that the parts hid.
    fn folded(&mut self, kind: &Kind) {
        for text in kind.texts.iter().filter(|text| names::names_machinery(text)) {
            let shown = printable(text);
            self.say(Verdict::Unsafe, format!("the parts of a text make `{shown}`"));
        }
    }

    fn any_of(&mut self, values: &[Expression]) -> Kind {
        let mut kind = Kind::default();
        for value in values {
            kind = kind.or(&self.kind(value));
        }
        kind
    }

    pub(super) fn name(&mut self, name: &str) -> Kind {
        self.variable(name);
        if let Some(kind) = self.names.get(name) {
            let is_parameter = self.parameters.contains(name);
            let kind = kind.clone();
            return if is_parameter { kind.or(&Kind::data()) } else { kind };
        }
        if names::is_start(name) {
            let shown = printable(name);
            self.say(Verdict::Unknown, format!("`{shown}` has no use in a template for chats"));
            return Kind::made();
        }
        // Special tokens come from the same files as the template.
        if name.ends_with("_token") { Kind::made() } else { Kind::data() }
    }

    fn variable(&mut self, name: &str) {
        if name.contains("__") || !name.is_ascii() {
            let shown = printable(name);
            self.say(Verdict::Unknown, format!("`{shown}` is an odd name"));
        }
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Kind {
        let mut kind = Kind::default();
        for argument in arguments {
            if let Some(name) = &argument.name {
                self.attribute_name(name);
                if name.starts_with('*') {
                    let message = "it spreads arguments over a call";
                    self.say(Verdict::Unknown, message.to_owned());
                }
            }
            kind = kind.or(&self.kind(&argument.value));
        }
        kind
    }
}
