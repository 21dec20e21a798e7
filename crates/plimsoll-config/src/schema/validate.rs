//! A tree held against its schema: every mistake, each where it stands.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Additional, Schema, Type, choice, format};
use plimsoll_core::nearest::nearest;

use crate::nearest::advice;
use crate::node::{Entry, Kind, Node};
use crate::source::{Place, Report};

/// Reports everything about `node` that `schema` does not accept.
pub(crate) fn validate(schema: &Schema, node: &Node, report: &mut Report<'_>) {
    Check { root: schema, report }.node(schema, node, node.place);
}

/// The same with a definition of `root`.
pub(crate) fn validate_within(root: &Schema, of: &Schema, node: &Node, report: &mut Report<'_>) {
    Check { root, report }.node(of, node, node.place);
}

/// What a check of a tree carries along.
pub(super) struct Check<'c, 'a> {
    pub(super) root: &'c Schema,
    pub(super) report: &'c mut Report<'a>,
}

impl Check<'_, '_> {
    /// Checks `node`; `at` is where mistakes of the whole belong, its key if it has one.
    pub(super) fn node(&mut self, schema: &Schema, node: &Node, at: Place) {
        let schema = schema.resolved(self.root);
        if node.kind == Kind::Refused {
            return;
        }
        if !schema.types.0.is_empty() && !schema.types.0.iter().any(|of| is_of(node, *of)) {
            self.other_type(schema, node, at);
            return;
        }
        self.constants(schema, node, at);
        match &node.kind {
            Kind::String(text) => self.text(schema, text, node.place),
            Kind::Integer(_) | Kind::Float(_) => self.number(schema, node),
            Kind::Sequence(items) => self.list(schema, items, node, at),
            Kind::Mapping(entries) => self.mapping(schema, entries, node, at),
            Kind::Null | Kind::Bool(_) | Kind::Refused => {}
        }
        self.choices(schema, node, at);
    }

    fn constants(&mut self, schema: &Schema, node: &Node, at: Place) {
        let accepted: Vec<&str> = match &schema.constant {
            Some(Value::String(text)) => vec![text],
            _ => schema.variants.iter().map(String::as_str).collect(),
        };
        if accepted.is_empty() {
            return;
        }
        match node.text() {
            Some(text) if accepted.contains(&text) => {}
            Some(text) => {
                let message = format!("`{text}` is not accepted here");
                self.report.advise(node.place, message, advice(text, "value", accepted));
            }
            None => {
                let message =
                    format!("expected one of {}, found {}", quoted(&accepted), found(node));
                self.report.say(place_of(node, at), message);
            }
        }
    }

    fn text(&mut self, schema: &Schema, text: &str, place: Place) {
        if schema.min_length.is_some_and(|least| text.chars().count() < least) {
            self.report.say(place, "the text is empty");
        }
        if let Some(name) = &schema.format
            && let Err(misformed) = format::check(name, text)
        {
            match misformed.help {
                Some(help) => self.report.advise(place, misformed.message, help),
                None => self.report.say(place, misformed.message),
            }
        }
    }

    fn number(&mut self, schema: &Schema, node: &Node) {
        let written = self.report.source.at(node.place);
        let Some(value) = node.number() else {
            let message = format!("`{written}` is no finite number");
            self.report.say(node.place, message);
            return;
        };
        if let Some(least) = schema.minimum.filter(|least| value < *least) {
            self.report.say(node.place, format!("{written} is too small (at least {least})"));
        }
        if let Some(most) = schema.maximum.filter(|most| value > *most) {
            let message = format!("{written} is too large (at most {most})");
            if most <= 1.0 && value <= 100.0 {
                let help = format!("write `{}` for {written} %", value / 100.0);
                self.report.advise(node.place, message, help);
            } else {
                self.report.say(node.place, message);
            }
        }
    }

    fn list(&mut self, schema: &Schema, items: &[Node], node: &Node, at: Place) {
        if schema.min_items.is_some_and(|least| items.len() < least) {
            self.report.say(place_of(node, at), "the list is empty");
        }
        if schema.unique_items {
            let mut seen: BTreeMap<String, Place> = BTreeMap::new();
            for item in items {
                // The debug form tells 1 from "1".
                let written = format!("{:?}", Bare(item));
                if let Some(first) = seen.insert(written, item.place) {
                    let message =
                        format!("{} is listed twice (first on line {})", found(item), first.line);
                    self.report.advise(item.place, message, "remove one of the two");
                }
            }
        }
        for item in items {
            if let Some(schema) = &schema.items {
                self.node(schema, item, item.place);
            }
        }
    }

    fn mapping(&mut self, schema: &Schema, entries: &[Entry], node: &Node, at: Place) {
        if schema.min_properties.is_some_and(|least| entries.len() < least) {
            self.report.say(place_of(node, at), "the mapping is empty");
        }
        if let Some(most) = schema.max_properties.filter(|most| entries.len() > *most) {
            let message = format!("{} entries are too many (at most {most})", entries.len());
            self.report.say(at, message);
        }
        let mut meant = Vec::new();
        for Entry { key, place, value } in entries {
            if let Some(names) = &schema.property_names {
                self.text(names, key, *place);
            }
            if let Some(schema) = schema.properties.get(key) {
                self.node(schema, value, *place);
                continue;
            }
            match &schema.additional_properties {
                Additional::Schema(schema) => self.node(schema, value, *place),
                Additional::Accepted(true) => {}
                Additional::Accepted(false) => {
                    self.unknown_key(schema, key, *place);
                    meant.extend(nearest(key, schema.properties.names()));
                }
            }
        }
        for required in &schema.required {
            let is_given = entries.iter().any(|entry| entry.key == *required);
            // An unknown key that is nearly this one has said it.
            if !is_given && !meant.contains(&required.as_str()) {
                let message = format!("key `{required}` is missing");
                match schema.properties.get(required).and_then(|of| of.description.as_deref()) {
                    Some(description) => self.report.advise(at, message, description),
                    None => self.report.say(at, message),
                }
            }
        }
    }

    fn unknown_key(&mut self, schema: &Schema, key: &str, place: Place) {
        let message = format!("unknown key `{key}`");
        let help = if schema.later.iter().any(|later| later == key) {
            format!("this version of Plimsoll does not have `{key}` yet; remove it")
        } else {
            advice(key, "key", schema.properties.names())
        };
        self.report.advise(place, message, help);
    }

    fn other_type(&mut self, schema: &Schema, node: &Node, at: Place) {
        let message = format!("expected {}, found {}", expected(schema), found(node));
        let place = place_of(node, at);
        match advice_on_type(self.report, schema, node) {
            Some(help) => self.report.advise(place, message, help),
            None => self.report.say(place, message),
        }
    }

    fn choices(&mut self, schema: &Schema, node: &Node, at: Place) {
        choice::presence(self, schema, node, at, choice::Number::Exactly);
        choice::presence(self, schema, node, at, choice::Number::AtLeast);
        choice::branches(self, &schema.one_of, node, at);
    }
}

/// What is not there has no place of its own.
pub(super) fn place_of(node: &Node, at: Place) -> Place {
    if node.kind == Kind::Null || node.place.width == 0 { at } else { node.place }
}

pub(super) fn is_of(node: &Node, of: Type) -> bool {
    match of {
        Type::Object => matches!(node.kind, Kind::Mapping(_)),
        Type::Array => matches!(node.kind, Kind::Sequence(_)),
        Type::String => matches!(node.kind, Kind::String(_)),
        Type::Number => matches!(node.kind, Kind::Integer(_) | Kind::Float(_)),
        Type::Integer => matches!(node.kind, Kind::Integer(_)),
        Type::Boolean => matches!(node.kind, Kind::Bool(_)),
        Type::Null => node.kind == Kind::Null,
    }
}

/// Returns what a schema accepts, in words.
pub(super) fn expected(schema: &Schema) -> String {
    match schema.format.as_deref() {
        Some("duration") => return "a duration such as `20m`".to_owned(),
        Some("days") => return "whole days such as `14d`".to_owned(),
        Some("percent") => return "a share such as `10%`".to_owned(),
        Some("path") => return "a path".to_owned(),
        _ => {}
    }
    let mut words: Vec<&str> = Vec::new();
    for of in &schema.types.0 {
        words.push(match of {
            Type::Object => "a mapping",
            Type::Array => "a list",
            Type::String => "a text",
            Type::Number => "a number",
            Type::Integer => "a whole number",
            Type::Boolean => "`true` or `false`",
            Type::Null => "nothing",
        });
    }
    words.join(" or ")
}

/// Returns what stands there, in words.
pub(super) fn found(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "nothing".to_owned(),
        Kind::Bool(value) => format!("`{value}`"),
        Kind::Integer(value) => format!("the number {value}"),
        Kind::Float(value) => format!("the number {value}"),
        Kind::String(text) => {
            let short: String = text.chars().take(60).collect();
            format!("the text `{short}`")
        }
        Kind::Sequence(_) => "a list".to_owned(),
        Kind::Mapping(_) => "a mapping".to_owned(),
        Kind::Refused => "what is not accepted".to_owned(),
    }
}

pub(super) fn advice_on_type(report: &Report<'_>, schema: &Schema, node: &Node) -> Option<String> {
    let takes = |of| schema.types.0.contains(&of);
    match &node.kind {
        Kind::Integer(value) if schema.format.as_deref() == Some("duration") => {
            Some(format!("write `{value}s`, `{value}m` or `{value}h`"))
        }
        Kind::Integer(value) if schema.format.as_deref() == Some("days") => {
            Some(format!("write `{}d`", (*value).max(1)))
        }
        Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) if takes(Type::String) => {
            Some(format!("put it in quotes: \"{}\"", report.source.at(node.place)))
        }
        Kind::String(text) if takes(Type::Boolean) => {
            let written = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => "true",
                "no" | "off" | "n" | "false" => "false",
                _ => return None,
            };
            Some(format!("`{text}` is a text in YAML 1.2; write `{written}`"))
        }
        Kind::String(text) if takes(Type::Number) || takes(Type::Integer) => {
            if let Some(share) = format::percent(text) {
                return Some(format!("write it as a number, {share}"));
            }
            let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
            is_number.then(|| format!("write it without quotes: {text}"))
        }
        Kind::String(text) if takes(Type::Array) => {
            let short = text.chars().count() <= 60 && !text.contains('\n');
            short.then(|| format!("write [{}]", report.source.at(node.place)))
        }
        Kind::Float(value) if takes(Type::Integer) && value.fract() == 0.0 => {
            Some(format!("write {value}"))
        }
        _ => None,
    }
}

pub(super) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// A value without its place.
struct Bare<'n>(&'n Node);

impl std::fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0.kind {
            Kind::Sequence(items) => f.debug_list().entries(items.iter().map(Bare)).finish(),
            Kind::Mapping(entries) => {
                let entries = entries.iter().map(|entry| (&entry.key, Bare(&entry.value)));
                f.debug_map().entries(entries).finish()
            }
            kind => kind.fmt(f),
        }
    }
}
