//! What a model of ONNX uses: operators, functions of its own, tensors that lie elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{location, message, operators};
use crate::model::look::{Look, printable};
use crate::model::protobuf::{Seen, Shape, Visit};
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::Unread;

/// How many different operators a model may use.
const MOST_OPERATORS: usize = 10_000;

/// How long the name of an operator may be.
const LONGEST_NAME: usize = 512;

/// An operator: its domain and its name.
type Operator = (String, String);

/// What was seen of a model.
#[derive(Default)]
pub(super) struct Graph {
    /// Which operators are used, and where first.
    used: BTreeMap<Operator, u64>,
    /// Which functions the model brings, and what each of them uses.
    functions: BTreeMap<Operator, BTreeSet<Operator>>,
    in_function: Option<BTreeSet<Operator>>,
    external: Vec<(String, String)>,
}

impl Visit for Graph {
    fn enter(&mut self, shape: &'static Shape) {
        if std::ptr::eq(shape, &raw const message::FUNCTION) {
            self.in_function = Some(BTreeSet::new());
        }
    }

    fn leave(&mut self, shape: &'static Shape, seen: &Seen, look: &mut Look) -> Result<(), Unread> {
        let is = |other: &'static Shape| std::ptr::eq(shape, other);
        if is(&message::NODE) {
            let operator = (seen.text(7).to_owned(), seen.text(4).to_owned());
            let is_bounded = self.used.len() < MOST_OPERATORS
                && operator.0.len() + operator.1.len() <= LONGEST_NAME;
            if !is_bounded {
                let what = format!("more than {MOST_OPERATORS} operators, or one with a long name");
                return Err(Unread::broken(what, seen.span.start));
            }
            if let Some(used) = &mut self.in_function {
                used.insert(operator.clone());
            }
            self.used.entry(operator).or_insert(seen.span.start);
        } else if is(&message::FUNCTION) {
            let name = (seen.text(10).to_owned(), seen.text(1).to_owned());
            let used = self.in_function.take().unwrap_or_default();
            // Overloads share a name; together they use what each uses.
            self.functions.entry(name).or_default().extend(used);
        } else if is(&message::EXTERNAL) {
            self.external.push((seen.text(1).to_owned(), seen.text(2).to_owned()));
        } else if is(&message::TENSOR) {
            self.tensor(seen, look);
        } else if is(&message::METADATA) {
            let (key, value) = (seen.text(1), seen.text(2));
            if let Some(why) = text::suspicion(value).or_else(|| text::suspicion(key)) {
                let message = format!("the metadata `{}` {why}", printable(key));
                let finding = Finding::new("model.metadata", Verdict::Unknown, message);
                look.found(finding.at(seen.span.start));
            }
        }
        Ok(())
    }
}

impl Graph {
    fn tensor(&mut self, seen: &Seen, look: &mut Look) {
        let external = std::mem::take(&mut self.external);
        match (seen.integer(14), external.is_empty()) {
            (0, true) => {}
            (0 | 1, _) => {
                for finding in location::judge(&external, seen.text(8)) {
                    look.found(finding.at(seen.span.start));
                }
            }
            (other, _) => {
                let message = format!("a tensor is in a place that is not known ({other})");
                look.unknown("model.external-data", message);
            }
        }
        if seen.integer(14) == 1
            && [4, 5, 6, 7, 9, 10, 11].iter().any(|at| seen.place(*at).is_some())
        {
            let message =
                "a tensor has bytes in the model and elsewhere: readers differ in which they take";
            look.unknown("model.ambiguous", message);
        }
    }

    /// Judges what was used, once it is known which functions the model brings itself.
    pub(super) fn judge(&self, look: &mut Look) {
        for (operator, at) in &self.used {
            let (domain, name) = operator;
            let shown = printable(&format!(
                "{}:{name}",
                if domain.is_empty() { "ai.onnx" } else { domain }
            ));
            let finding = match operators::judge(domain, name) {
                Verdict::Safe => continue,
                Verdict::Unknown if self.functions.contains_key(operator) => continue,
                Verdict::Unknown => Finding::new(
                    "model.custom-operator",
                    Verdict::Unknown,
                    format!(
                        "the operator `{shown}` is not known: a library that brings it runs its code"
                    ),
                ),
                Verdict::Unsafe => Finding::new(
                    "model.operator",
                    Verdict::Unsafe,
                    format!("the operator `{shown}` runs code that the model names"),
                ),
            };
            look.found(finding.of(shown).at(*at));
        }
        if let Some((domain, name)) = self.recursive() {
            let shown = printable(&format!("{domain}:{name}"));
            look.unknown("model.recursion", format!("the function `{shown}` calls itself"));
        }
    }

    /// Returns a function that cannot be unfolded, since it is needed for itself.
    ///
    /// What needs no function that is left is taken away, until nothing more can be.
    fn recursive(&self) -> Option<&Operator> {
        let mut left: BTreeMap<&Operator, usize> = BTreeMap::new();
        let mut needed_by: BTreeMap<&Operator, Vec<&Operator>> = BTreeMap::new();
        for (function, used) in &self.functions {
            let needs = used.iter().filter(|operator| self.functions.contains_key(*operator));
            let mut count = 0;
            for need in needs {
                needed_by.entry(need).or_default().push(function);
                count += 1;
            }
            left.insert(function, count);
        }
        let mut ready: Vec<&Operator> =
            left.iter().filter(|(_, count)| **count == 0).map(|(function, _)| *function).collect();
        while let Some(function) = ready.pop() {
            left.remove(function);
            for user in needed_by.get(function).into_iter().flatten() {
                if let Some(count) = left.get_mut(*user) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push(user);
                    }
                }
            }
        }
        left.into_keys().next()
    }
}
