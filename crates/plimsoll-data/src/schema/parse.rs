//! A schema out of a tree of values, with every mistake at once.

mod column;
mod domain;
mod lists;
mod weight;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use plimsoll_core::nearest::nearest;
use serde_json::{Map, Value};

use super::{Environments, RowLimits, TableSchema};
use crate::example::shown;

/// One mistake in a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaMistake {
    /// The keys and places that lead to it: `columns`, `temp`, `min`.
    pub at: Vec<String>,
    /// The characters of the text there that are meant, where it is an expression.
    pub within: Option<Range<usize>>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl fmt::Display for SchemaMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            let at = self.at.iter().map(|key| shown(key)).collect::<Vec<_>>().join(".");
            write!(f, "`{at}`: ")?;
        }
        write!(f, "{}", self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// A schema has mistakes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data schema has {} {}: {}", .0.len(), plural(.0.len()), joined(.0))]
pub struct SchemaError(pub Vec<SchemaMistake>);

fn plural(count: usize) -> &'static str {
    if count == 1 { "mistake" } else { "mistakes" }
}

fn joined(mistakes: &[SchemaMistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Where the reading is, and what was wrong so far.
#[derive(Default)]
struct Reader {
    at: Vec<String>,
    mistakes: Vec<SchemaMistake>,
    environments: Environments,
}

pub(super) fn schema(value: &Value) -> Result<TableSchema, SchemaError> {
    let mut reader = Reader::default();
    let schema = reader.schema(value);
    if reader.mistakes.is_empty() { Ok(schema) } else { Err(SchemaError(reader.mistakes)) }
}

impl Reader {
    fn wrong(&mut self, message: impl Into<String>) {
        let (at, message) = (self.at.clone(), message.into());
        self.mistakes.push(SchemaMistake { at, message, ..SchemaMistake::default() });
    }

    /// Says that `name` is none of the `known`.
    fn unknown<'k>(
        &mut self,
        name: &str,
        what: &str,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) {
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("is `{near}` meant?"),
            None => format!("known: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("`{}` is no {what}", shown(name));
        let at = self.at.clone();
        self.mistakes.push(SchemaMistake { at, within: None, message, help: Some(help) });
    }

    /// Reads `value` with `read` one key further in.
    fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(key.to_owned());
        let read = read(self);
        self.at.pop();
        read
    }

    /// Reads the value of `key` with `read`, if it is there.
    fn key<T>(
        &mut self,
        table: &Map<String, Value>,
        key: &str,
        read: impl FnOnce(&mut Self, &Value) -> T,
    ) -> Option<T> {
        let value = table.get(key)?;
        Some(self.within(key, |reader| read(reader, value)))
    }

    fn table<'a>(
        &mut self,
        value: &'a Value,
        known: &[&'static str],
    ) -> Option<&'a Map<String, Value>> {
        let Some(table) = value.as_object() else {
            self.wrong(format!("expected keys and values, found {}", kind(value)));
            return None;
        };
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let meant = match nearest(key, known.iter().copied()) {
                Some(near) => format!("is `{near}` meant?"),
                None => format!("known: {}", known.join(", ")),
            };
            self.within(key, |reader| reader.wrong(format!("unknown key ({meant})")));
        }
        Some(table)
    }

    fn schema(&mut self, value: &Value) -> TableSchema {
        let mut schema = TableSchema::default();
        let known =
            ["rows", "unique", "columns", "additional", "checks", "references", "environments"];
        let Some(table) = self.table(value, &known) else { return schema };
        let environments = self.key(table, "environments", Self::own_environments).flatten();
        self.environments = environments.unwrap_or_default();
        schema.environments = self.environments.clone();
        schema.rows = self.key(table, "rows", Self::rows).unwrap_or_default();
        schema.additional = self.flag(table, "additional");
        match table.get("columns").map(Value::as_object) {
            Some(Some(columns)) if !columns.is_empty() => self.within("columns", |reader| {
                for (name, rule) in columns {
                    if let Some(rule) = reader.within(name, |reader| reader.column(rule)) {
                        schema.columns.insert(name.clone(), rule);
                    }
                }
            }),
            _ => self.within("columns", |reader| {
                reader.wrong("expected at least one column, like `temp: { type: number }`");
            }),
        }
        let names = table.get("columns").and_then(Value::as_object);
        let names: BTreeSet<&str> =
            names.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let lists = lists::Lists { names: &names, columns: &schema.columns };
        let unique = self.key(table, "unique", |reader, value| reader.unique(value, &lists));
        let checks = self.key(table, "checks", |reader, value| reader.checks(value, &lists));
        let references =
            self.key(table, "references", |reader, value| reader.references(value, &lists));
        schema.unique = unique.unwrap_or_default();
        schema.checks = checks.unwrap_or_default();
        schema.references = references.unwrap_or_default();
        schema
    }

    fn rows(&mut self, value: &Value) -> RowLimits {
        let Some(table) = self.table(value, &["min", "max", "severity"]) else {
            return RowLimits::default();
        };
        let (min, max) = self.counts(table, "rows");
        let severity = self.key(table, "severity", Self::severity).flatten();
        let default = RowLimits::default();
        RowLimits { min, max, severity: severity.unwrap_or(default.severity) }
    }

    /// Reads `min` and `max` as numbers of something.
    fn counts(&mut self, table: &Map<String, Value>, of: &str) -> (Option<u64>, Option<u64>) {
        let mut count = |key| {
            let count = |reader: &mut Self, value: &Value| {
                let count = value.as_u64();
                if count.is_none() {
                    reader.wrong(format!("expected a number of {of}, found {}", kind(value)));
                }
                count
            };
            self.key(table, key, count).flatten()
        };
        let (min, max) = (count("min"), count("max"));
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.within("min", |reader| reader.wrong(format!("min {min} is above max {max}")));
        }
        (min, max)
    }

    fn flag(&mut self, table: &Map<String, Value>, key: &str) -> bool {
        let flag = |reader: &mut Self, value: &Value| {
            if value.as_bool().is_none() {
                reader.wrong(format!("expected true or false, found {}", kind(value)));
            }
            value.as_bool()
        };
        self.key(table, key, flag).flatten().unwrap_or(false)
    }

    /// Reads a text.
    fn text<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        let text = value.as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(format!("expected a text, found {}", kind(value)));
        }
        text
    }

    /// Reads a list of texts, none of them twice; `None` where it is none.
    fn texts(&mut self, value: &Value, like: &str) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = value
            .as_array()
            .filter(|list| !list.is_empty())
            .and_then(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
        let Some(texts) = texts else {
            self.wrong(format!("expected a list, like {like}"));
            return None;
        };
        for (at, text) in texts.iter().enumerate() {
            if texts[..at].contains(text) {
                let message = format!("`{}` is named twice", shown(text));
                self.within(&at.to_string(), |reader| reader.wrong(message));
            }
        }
        Some(texts)
    }

    /// Reads the environments that a schema knows.
    fn own_environments(&mut self, value: &Value) -> Option<Environments> {
        Environments::new(self.texts(value, "[training, serving]")?)
    }

    /// Reads the environments that something is held to.
    fn environments(&mut self, value: &Value) -> Option<BTreeSet<String>> {
        let names = self.texts(value, "[training]")?;
        let known = self.environments.clone();
        for (at, name) in names.iter().enumerate() {
            if !known.names().any(|known| known == name) {
                self.within(&at.to_string(), |reader| {
                    reader.unknown(name, "environment of this schema", known.names());
                });
            }
        }
        Some(names.into_iter().collect())
    }
}

/// Says what a value is, for a person.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("`{}`", shown(text)),
        Value::Array(list) if list.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "keys and values".to_owned(),
    }
}

#[cfg(test)]
mod tests;
