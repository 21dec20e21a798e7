//! The rules of one column.

use plimsoll_core::nearest::nearest;
use serde_json::{Map, Value};

use super::{Reader, kind};
use crate::calendar;
use crate::schema::{ColumnRule, ColumnType, Domain, Fresh, Monotone, Rule};

const KEYS: [&str; 16] = [
    "type",
    "min",
    "max",
    "values",
    "pattern",
    "length",
    "monotone",
    "unique",
    "fresh",
    "nullable",
    "optional",
    "leaks",
    "environments",
    "severity",
    "allow",
    "rules",
];

impl Reader {
    pub(super) fn column(&mut self, value: &Value) -> Option<ColumnRule> {
        let table = self.table(value, &KEYS)?;
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
        self.refuse(table, column_type);
        let domain = self.domain(column_type, table);
        let mut rule = ColumnRule {
            nullable: self.flag(table, "nullable"),
            optional: self.flag(table, "optional"),
            leaks: self.flag(table, "leaks"),
            unique: self.flag(table, "unique"),
            monotone: self.key(table, "monotone", Self::monotone).flatten(),
            fresh: self.key(table, "fresh", Self::fresh).flatten(),
            environments: self.key(table, "environments", Self::environments).flatten(),
            ..ColumnRule::new(domain)
        };
        rule.weights.column = self.written(table);
        if let Some(rules) = self.key(table, "rules", |reader, value| reader.rules(value, &rule)) {
            rule.weights.rules = rules;
        }
        if rule.unique && rule.optional {
            self.within("unique", |reader| {
                reader.wrong("what may be absent cannot be held unique");
            });
        }
        Some(rule)
    }

    /// Refuses keys that mean nothing for the type.
    fn refuse(&mut self, table: &Map<String, Value>, column_type: ColumnType) {
        let strange: &[&str] = match column_type {
            ColumnType::Integer | ColumnType::Number => &["pattern", "length", "fresh"],
            ColumnType::String => &["min", "max", "monotone", "fresh"],
            ColumnType::Boolean => &["min", "max", "pattern", "length", "monotone", "fresh"],
            ColumnType::Date | ColumnType::Timestamp => &["pattern", "length"],
        };
        for key in strange.iter().filter(|key| table.contains_key(**key)) {
            self.within(key, |reader| {
                reader.wrong(format!("`{key}` means nothing for {column_type}"));
            });
        }
    }

    fn monotone(&mut self, value: &Value) -> Option<Monotone> {
        let names = Monotone::ALL.map(Monotone::as_str);
        let written = self.text(value)?;
        let found = Monotone::ALL.into_iter().find(|order| order.as_str() == written);
        if found.is_none() {
            self.unknown(written, "order", names);
        }
        found
    }

    fn fresh(&mut self, value: &Value) -> Option<Fresh> {
        let table = self.table(value, &["within"])?;
        let Some(within) = table.get("within") else {
            self.wrong("expected how old the newest value may be, like `{ within: 2d }`");
            return None;
        };
        self.within("within", |reader| {
            let text = reader.text(within)?;
            let read = calendar::duration(text).filter(|within| *within > 0);
            if read.is_none() {
                reader.wrong(format!("expected a time like `36h` or `2d`, found {}", kind(within)));
            }
            Some(Fresh { within: read?, text: text.to_owned() })
        })
    }
}

/// Tells why a column has no such rule.
pub(super) fn is_without(rule: &ColumnRule, of: Rule) -> Option<&'static str> {
    let has_range = match &rule.domain {
        Domain::Integer { range, .. } | Domain::Timestamp { range, .. } => {
            range.min.is_some() || range.max.is_some()
        }
        Domain::Number { range, .. } => range.min.is_some() || range.max.is_some(),
        Domain::Date { range, .. } => range.min.is_some() || range.max.is_some(),
        Domain::String { .. } | Domain::Boolean { .. } => false,
    };
    let has_values = match &rule.domain {
        Domain::Integer { values, .. } | Domain::Timestamp { values, .. } => values.is_some(),
        Domain::Number { values, .. } => values.is_some(),
        Domain::String { values, .. } => values.is_some(),
        Domain::Boolean { values } => values.is_some(),
        Domain::Date { values, .. } => values.is_some(),
    };
    let (has_pattern, has_length) = match &rule.domain {
        Domain::String { pattern, length, .. } => {
            (pattern.is_some(), length.min.is_some() || length.max.is_some())
        }
        _ => (false, false),
    };
    match of {
        Rule::ColumnMissing if rule.optional => Some("the column is optional"),
        Rule::MissingValues if rule.nullable => Some("the column is nullable"),
        Rule::NotFinite if rule.domain.column_type() != ColumnType::Number => {
            Some("only numbers may be infinite")
        }
        Rule::Values if !has_values => Some("there are no `values`"),
        Rule::Range if !has_range => Some("there is no `min` or `max`"),
        Rule::Pattern if !has_pattern => Some("there is no `pattern`"),
        Rule::Length if !has_length => Some("there is no `length`"),
        Rule::Monotone if rule.monotone.is_none() => Some("there is no `monotone`"),
        Rule::Unique if !rule.unique => Some("there is no `unique: true`"),
        Rule::Fresh if rule.fresh.is_none() => Some("there is no `fresh`"),
        _ => None,
    }
}
