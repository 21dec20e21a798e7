//! A schema out of a tree of values, with every mistake at once.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::{ColumnRule, ColumnType, Domain, Limit, Range, RowLimits, TableSchema};
use crate::example::shown;
use crate::text;
use plimsoll_core::nearest::nearest;

/// One mistake in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaMistake {
    /// The keys and places that lead to it: `columns`, `temp`, `min`.
    pub at: Vec<String>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for SchemaMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            write!(f, "{}", self.message)
        } else {
            let at = self.at.iter().map(|key| shown(key)).collect::<Vec<_>>().join(".");
            write!(f, "`{at}`: {}", self.message)
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
}

pub(super) fn schema(value: &Value) -> Result<TableSchema, SchemaError> {
    let mut reader = Reader::default();
    let schema = reader.schema(value);
    if reader.mistakes.is_empty() { Ok(schema) } else { Err(SchemaError(reader.mistakes)) }
}

impl Reader {
    fn wrong(&mut self, message: impl Into<String>) {
        self.mistakes.push(SchemaMistake { at: self.at.clone(), message: message.into() });
    }

    /// Reads `value` with `read` one key further in.
    fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(key.to_owned());
        let read = read(self);
        self.at.pop();
        read
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
        let Some(table) = self.table(value, &["rows", "unique", "columns", "additional"]) else {
            return schema;
        };
        if let Some(rows) = table.get("rows") {
            schema.rows = self.within("rows", |reader| reader.rows(rows));
        }
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
        if let Some(unique) = table.get("unique") {
            let columns = table.get("columns").and_then(Value::as_object);
            schema.unique = self.within("unique", |reader| reader.unique(unique, columns, &schema));
        }
        schema
    }

    fn rows(&mut self, value: &Value) -> RowLimits {
        let Some(table) = self.table(value, &["min", "max"]) else { return RowLimits::default() };
        let mut count = |key| {
            let value = table.get(key)?;
            let count = value.as_u64();
            if count.is_none() {
                let found = kind(value);
                self.within(key, |reader| {
                    reader.wrong(format!("expected a number of rows, found {found}"));
                });
            }
            count
        };
        let limits = RowLimits { min: count("min"), max: count("max") };
        if let (Some(min), Some(max)) = (limits.min, limits.max)
            && min > max
        {
            self.wrong(format!("min {min} is above max {max}"));
        }
        limits
    }

    fn flag(&mut self, table: &Map<String, Value>, key: &str) -> bool {
        match table.get(key) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                let found = kind(other);
                self.within(key, |reader| {
                    reader.wrong(format!("expected true or false, found {found}"));
                });
                false
            }
        }
    }

    fn unique(
        &mut self,
        value: &Value,
        columns: Option<&Map<String, Value>>,
        schema: &TableSchema,
    ) -> Vec<Vec<String>> {
        let expected = "expected lists of columns, like [[instant], [dteday, hr]]";
        let mut keys = Vec::new();
        let Some(lists) = value.as_array() else {
            self.wrong(expected);
            return keys;
        };
        for (place, key) in lists.iter().enumerate() {
            self.at.push(place.to_string());
            let names: Option<Vec<&str>> = key
                .as_array()
                .filter(|names| !names.is_empty())
                .and_then(|names| names.iter().map(Value::as_str).collect());
            match names {
                None => self.wrong(expected),
                Some(names) => {
                    for (at, name) in names.iter().enumerate() {
                        if columns.is_none_or(|columns| !columns.contains_key(*name)) {
                            self.wrong(format!("`{}` is no column of this schema", shown(name)));
                        } else if names[..at].contains(name) {
                            self.wrong(format!("`{}` is named twice", shown(name)));
                        } else if schema.columns.get(*name).is_some_and(|rule| rule.optional) {
                            self.wrong(format!(
                                "`{}` is optional; what may be absent cannot be held unique",
                                shown(name)
                            ));
                        }
                    }
                    keys.push(names.into_iter().map(str::to_owned).collect());
                }
            }
            self.at.pop();
        }
        keys
    }

    fn column(&mut self, value: &Value) -> Option<ColumnRule> {
        let known = ["type", "nullable", "optional", "leaks", "min", "max", "values"];
        let table = self.table(value, &known)?;
        let written = table.get("type").and_then(Value::as_str);
        let found = ColumnType::ALL.into_iter().find(|found| Some(found.as_str()) == written);
        let Some(column_type) = found else {
            let names = ColumnType::ALL.map(ColumnType::as_str);
            let meant = written.and_then(|name| nearest(name, names));
            let meant = meant.map(|name| format!("; is `{name}` meant?")).unwrap_or_default();
            self.within("type", |reader| {
                reader.wrong(format!("expected one of {}{meant}", names.join(", ")));
            });
            return None;
        };
        let domain = self.domain(column_type, table);
        Some(ColumnRule {
            domain,
            nullable: self.flag(table, "nullable"),
            optional: self.flag(table, "optional"),
            leaks: self.flag(table, "leaks"),
        })
    }

    fn domain(&mut self, column_type: ColumnType, table: &Map<String, Value>) -> Domain {
        match column_type {
            ColumnType::Integer => Domain::Integer {
                range: self.range(table, "an integer", Value::as_i64),
                values: self.values(table, "an integer", Value::as_i64),
            },
            ColumnType::Number => {
                self.refuse(table, &["values"], column_type);
                let finite = |value: &Value| value.as_f64().filter(|number| number.is_finite());
                Domain::Number { range: self.range(table, "a number", finite) }
            }
            ColumnType::String => {
                self.refuse(table, &["min", "max"], column_type);
                let string = |value: &Value| value.as_str().map(str::to_owned);
                Domain::String { values: self.values(table, "a string", string) }
            }
            ColumnType::Boolean => {
                self.refuse(table, &["min", "max", "values"], column_type);
                Domain::Boolean
            }
            ColumnType::Date => {
                self.refuse(table, &["values"], column_type);
                let date = |value: &Value| value.as_str().and_then(text::date);
                Domain::Date { range: self.range(table, "a date like 2011-01-31", date) }
            }
            ColumnType::Timestamp => {
                self.refuse(table, &["values"], column_type);
                let moment = |value: &Value| value.as_str().and_then(text::timestamp);
                let expected = "a timestamp like 2011-01-31T23:00:00Z";
                Domain::Timestamp { range: self.range(table, expected, moment) }
            }
        }
    }

    /// Refuses keys that mean nothing for the type.
    fn refuse(&mut self, table: &Map<String, Value>, keys: &[&str], column_type: ColumnType) {
        for key in keys.iter().filter(|key| table.contains_key(**key)) {
            self.within(key, |reader| reader.wrong(format!("means nothing for {column_type}")));
        }
    }

    fn range<T: PartialOrd>(
        &mut self,
        table: &Map<String, Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Range<T> {
        let mut limit = |key| {
            let written = table.get(key)?;
            let Some(value) = read(written) else {
                let found = kind(written);
                self.within(key, |reader| {
                    reader.wrong(format!("expected {expected}, found {found}"));
                });
                return None;
            };
            let text = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
            Some(Limit { value, text })
        };
        let range = Range { min: limit("min"), max: limit("max") };
        if let (Some(min), Some(max)) = (&range.min, &range.max)
            && min.value > max.value
        {
            self.wrong(format!("min {} is above max {}", min.text, max.text));
        }
        range
    }

    fn values<T: Ord>(
        &mut self,
        table: &Map<String, Value>,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<BTreeSet<T>> {
        let written = table.get("values")?;
        let list = written.as_array().filter(|list| !list.is_empty());
        let values = list.and_then(|list| list.iter().map(read).collect());
        if values.is_none() {
            self.within("values", |reader| {
                reader.wrong(format!("expected a list, each {expected}, found {}", kind(written)));
            });
        }
        values
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
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_format() {
        let schema = schema(&json!({
            "rows": { "min": 5000, "max": 20000 },
            "unique": [["instant"], ["dteday", "hr"]],
            "columns": {
                "instant": { "type": "integer", "min": 1 },
                "dteday": { "type": "date", "max": "2012-12-31" },
                "hr": { "type": "integer", "values": [0, 1] },
                "temp": { "type": "number", "min": 0, "max": 1 },
                "casual": { "type": "integer", "leaks": true },
                "note": { "type": "string", "nullable": true, "optional": true },
            },
        }));
        let schema = schema.unwrap();
        assert_eq!(schema.rows, RowLimits { min: Some(5000), max: Some(20000) });
        assert_eq!(schema.leaking().collect::<Vec<_>>(), ["casual"]);
        let Domain::Date { range } = &schema.columns["dteday"].domain else { panic!() };
        assert_eq!(range.max, Some(Limit { value: 15_705, text: "2012-12-31".to_owned() }));
        assert!(!schema.additional);
    }

    #[test]
    fn tells_every_mistake_with_its_place() {
        let error = schema(&json!({
            "row": {},
            "rows": { "min": -1 },
            "unique": [["tmp"], [], ["note"]],
            "additional": "no",
            "columns": {
                "a": { "type": "int" },
                "b": { "type": "integer", "min": 0.5, "max": 1, "leak": true },
                "c": { "type": "number", "min": 2, "max": 1, "values": [1] },
                "d": { "type": "date", "min": "2011-02-30" },
                "e": { "type": "string", "values": [] },
                "note": { "type": "string", "optional": true, "max": 3 },
            },
        }));
        let mistakes = error.unwrap_err().0;
        let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        `row`: unknown key (is `rows` meant?)
        `rows.min`: expected a number of rows, found -1
        `additional`: expected true or false, found `no`
        `columns.a.type`: expected one of integer, number, string, boolean, date, timestamp
        `columns.b.leak`: unknown key (is `leaks` meant?)
        `columns.b.min`: expected an integer, found 0.5
        `columns.c.values`: means nothing for number
        `columns.c`: min 2 is above max 1
        `columns.d.min`: expected a date like 2011-01-31, found `2011-02-30`
        `columns.e.values`: expected a list, each a string, found an empty list
        `columns.note.max`: means nothing for string
        `unique.0`: `tmp` is no column of this schema
        `unique.1`: expected lists of columns, like [[instant], [dteday, hr]]
        `unique.2`: `note` is optional; what may be absent cannot be held unique
        ");
        let nothing = schema(&json!({})).unwrap_err().to_string();
        assert!(nothing.contains("at least one column"), "{nothing}");
    }

    #[test]
    fn survives_any_value() {
        for value in [json!(null), json!([1]), json!("x"), json!({ "columns": [], "unique": 3 })] {
            assert!(schema(&value).is_err());
        }
    }
}
