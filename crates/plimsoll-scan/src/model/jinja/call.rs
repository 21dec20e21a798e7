//! Calls and filters of a template.

use super::judge::Judge;
use super::kind::Kind;
use super::names::{self, Filter};
use super::parser::{Argument, Expression, Target};
use crate::model::look::printable;
use crate::model::report::Verdict;

impl Judge {
    pub(super) fn call(&mut self, called: &Expression, arguments: &[Argument]) -> Kind {
        let given = self.arguments(arguments);
        match called {
            Expression::Name(name) => {
                if let Some(macros) = self.macros.get(name).cloned() {
                    for parameters in macros {
                        self.pass(&parameters, arguments, &given);
                    }
                    return Kind::made();
                }
                self.name(name);
                if !names::is_function(name) {
                    let shown = printable(name);
                    let verdict = if names::is_called_by_payloads(name) {
                        Verdict::Unsafe
                    } else {
                        Verdict::Unknown
                    };
                    self.say(
                        verdict,
                        format!("the function `{shown}` is not one of a template for chats"),
                    );
                }
                let mut keys = Kind::default();
                match name.as_str() {
                    "range" | "len" => Kind::default(),
                    "namespace" | "dict" => {
                        for argument in arguments {
                            if let Some(name) = &argument.name {
                                let kind = self.kind(&argument.value);
                                self.assign(&Target::Attribute(name.clone()), &kind);
                                keys = keys.or(&Kind::text(name));
                            }
                        }
                        // The names of the arguments can be had as texts.
                        Kind::map(keys, given.clone()).or(&given)
                    }
                    "strftime_now" | "caller" => Kind::made(),
                    "zip" | "enumerate" => {
                        Kind::list(Kind::list(given.each().or(&given.each().each())))
                    }
                    _ => given,
                }
            }
            Expression::Attribute(of, method) => {
                let found = self.kind(called);
                let kind = self.kind(of);
                if method == "format" {
                    // `"{0.__class__}".format(x)` looks attributes up.
                    let is_plain = !kind.texts.is_empty()
                        && kind.texts.iter().all(|text| !text.contains(['.', '[']))
                        && !(kind.is_made || kind.is_data || kind.is_puzzle);
                    if !is_plain {
                        let message = "a format looks attributes up under names that it is given";
                        self.say(Verdict::Unknown, message.to_owned());
                    }
                    return kind.or(&given).remade();
                }
                if names::is_text_method(method) {
                    return kind.or(&given).remade();
                }
                if names::is_collection_method(method) {
                    let of = self.changed(of, &given);
                    let inner = of.each().or(&of.member()).or(&given);
                    return match method.as_str() {
                        "copy" => of,
                        "items" => Kind::list(Kind::list(inner)),
                        "keys" | "values" => Kind::list(inner),
                        _ => inner.or(&found),
                    };
                }
                let shown = printable(method);
                let verdict = if names::is_called_by_payloads(method) {
                    Verdict::Unsafe
                } else {
                    Verdict::Unknown
                };
                self.say(
                    verdict,
                    format!("the method `{shown}` is not one of texts, lists or dictionaries"),
                );
                kind.or(&given).remade()
            }
            _ => {
                let kind = self.kind(called);
                self.say(Verdict::Unknown, "it calls what it has computed".to_owned());
                kind.or(&given)
            }
        }
    }

    /// Lists and dictionaries may be changed by their methods. Returns what the collection may be then.
    fn changed(&mut self, of: &Expression, given: &Kind) -> Kind {
        let changed =
            Kind::list(given.clone()).or(&Kind::map(given.clone(), given.clone())).or(given);
        let is_harmless = given.texts.is_empty() && !given.is_made && !given.is_puzzle;
        if !is_harmless || given.is_collection() {
            match of {
                Expression::Name(name) => self.assign(&Target::Name(name.clone()), &changed),
                Expression::Attribute(_, name) => {
                    self.assign(&Target::Attribute(name.clone()), &changed);
                }
                // Something inside of something: what holds it is found no more.
                Expression::Subscript(outer, _) => {
                    self.changed(outer, &changed);
                }
                _ => {}
            }
        }
        self.kind(of)
    }

    /// What a macro is given, its parameters may be: by place, by name, or anyhow where arguments are spread.
    fn pass(&mut self, parameters: &[String], arguments: &[Argument], given: &Kind) {
        let is_spread = arguments
            .iter()
            .any(|argument| argument.name.as_ref().is_some_and(|name| name.starts_with('*')));
        for (place, parameter) in parameters.iter().enumerate() {
            let is_meant = |argument: &&Argument| argument.name.as_ref() == Some(parameter);
            let by_place = arguments.get(place).filter(|argument| argument.name.is_none());
            let argument = by_place.or_else(|| arguments.iter().find(is_meant));
            let kind = match argument {
                _ if is_spread => given.clone().or(&given.each()).or(&given.member()),
                Some(argument) => self.kind(&argument.value),
                None => continue,
            };
            self.assign(&Target::Name(parameter.clone()), &kind);
        }
    }

    pub(super) fn filter(
        &mut self,
        of: Option<&Expression>,
        name: &str,
        arguments: &[Argument],
    ) -> Kind {
        let kind = of.map_or_else(Kind::made, |of| self.kind(of));
        let given = self.arguments(arguments);
        let shown = printable(name);
        if name == "attr" {
            let first =
                arguments.first().map(|argument| self.kind(&argument.value)).unwrap_or_default();
            self.key(&first);
            self.say(Verdict::Unknown, "the filter `attr` looks attributes up".to_owned());
            return kind;
        }
        if names::takes_attribute(name) {
            self.attribute_arguments(name, arguments);
        }
        match names::filter(name) {
            Filter::StandsIn => kind.or(&given),
            Filter::Picks => kind.each(),
            Filter::Lists => listed(name, &kind, &given, arguments),
            Filter::Counts => Kind::default(),
            Filter::Makes => kind.or(&given).remade(),
            Filter::Unknown => {
                self.say(
                    Verdict::Unknown,
                    format!("the filter `{shown}` is not one of the engine's"),
                );
                kind.or(&given).remade()
            }
        }
    }

    /// Judges the arguments of a filter that name attributes, other filters or tests.
    fn attribute_arguments(&mut self, filter: &str, arguments: &[Argument]) {
        for (place, argument) in arguments.iter().enumerate() {
            let is_attribute = match filter {
                "selectattr" | "rejectattr" | "groupby" | "sum" => place == 0,
                // Behind the separator, or behind how to compare.
                "join" | "max" | "min" | "unique" => place > 0 || argument.name.is_some(),
                "sort" => place > 1 || argument.name.is_some(),
                _ => argument.name.as_deref() == Some("attribute"),
            };
            let is_filter = filter == "map" && place == 0 && argument.name.is_none();
            let is_test = matches!(filter, "selectattr" | "rejectattr") && place == 1;
            let kind = self.kind(&argument.value);
            if is_attribute {
                self.key(&kind);
            } else if is_filter || is_test {
                let is_known = |text: &String| {
                    if is_test {
                        names::is_test(text) || is_sign(text)
                    } else {
                        names::filter(text) != Filter::Unknown
                    }
                };
                if kind.texts.is_empty()
                    || kind.is_data
                    || kind.is_made
                    || !kind.texts.iter().all(is_known)
                {
                    let message =
                        format!("`{filter}` is given a filter or a test that is not known");
                    self.say(Verdict::Unknown, message);
                }
            }
        }
    }
}

/// Returns the list that a filter makes of what it gets.
fn listed(name: &str, kind: &Kind, given: &Kind, arguments: &[Argument]) -> Kind {
    let inner = kind.each().or(&kind.member());
    match name {
        "items" | "dictsort" | "groupby" => Kind::list(Kind::list(inner.clone()).or(&inner)),
        // What fills up the last one.
        "batch" | "slice" => Kind::list(Kind::list(inner.or(given))),
        "map" => {
            let is_attribute = |argument: &&Argument| argument.name.as_deref() == Some("attribute");
            if arguments.iter().any(|argument| is_attribute(&argument)) {
                Kind::list(inner.member().or(&inner.each()).or(given))
            } else {
                // A filter for each of them.
                Kind::list(inner.clone().or(given).remade().or(&inner))
            }
        }
        // A text is turned round.
        "reverse" if !kind.texts.is_empty() => Kind::list(inner).or(&kind.remade()),
        _ => Kind::list(inner),
    }
}

/// Tests may be written as signs.
fn is_sign(text: &str) -> bool {
    matches!(text, "==" | "!=" | "<" | "<=" | ">" | ">=")
}
