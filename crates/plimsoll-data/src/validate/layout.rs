//! The columns that a file has, held against those that the schema names.

use std::collections::BTreeMap;

use plimsoll_core::nearest::nearest;
use plimsoll_core::{Code, Finding, Severity};

use crate::code;
use crate::example::shown;
use crate::schema::{ColumnRule, Rule, TableSchema};
use crate::table::Table;
use crate::typed::can_be;

/// A column of the file that can be checked.
#[derive(Clone, Copy)]
pub(super) struct Matched<'a> {
    pub(super) place: usize,
    pub(super) name: &'a str,
    pub(super) rule: &'a ColumnRule,
}

/// How the file's columns and those of the schema go together.
pub(super) struct Layout<'a> {
    /// The columns to check, in the file's order.
    pub(super) matched: Vec<Matched<'a>>,
    /// What is wrong with the others.
    pub(super) findings: Vec<Finding>,
    /// Columns of the schema that cannot be checked, and why. One that may be absent and is can be.
    pub(super) unchecked: BTreeMap<&'a str, String>,
}

impl Layout<'_> {
    /// Returns why a rule about `names` cannot be evaluated, if it cannot.
    pub(super) fn obstacle<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        let mut names = names.into_iter();
        names.find_map(|name| {
            let why = self.unchecked.get(name)?;
            Some(format!("column `{}` {why}", shown(name)))
        })
    }
}

/// Brings the columns of `table` and of `schema` together.
pub(super) fn layout<'a>(table: &Table, schema: &'a TableSchema) -> Layout<'a> {
    let mut layout =
        Layout { matched: Vec::new(), findings: Vec::new(), unchecked: BTreeMap::new() };
    let names: Vec<&str> = table.columns().iter().map(|field| field.name.as_str()).collect();
    let mut sorted: Vec<(&str, usize)> =
        names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
    sorted.sort_unstable();
    let places = |name: &str| {
        let from = sorted.partition_point(|(other, _)| *other < name);
        sorted[from..].iter().take_while(move |(other, _)| *other == name).count()
    };
    let unknown: Vec<&str> =
        names.iter().copied().filter(|name| !schema.columns.contains_key(*name)).collect();
    for (name, rule) in &schema.columns {
        if !rule.optional && places(name) == 0 {
            layout.findings.push(missing(name, rule, &unknown, schema));
            layout.unchecked.insert(name, "is missing".to_owned());
        }
    }
    for (place, field) in table.columns().iter().enumerate() {
        let name = field.name.as_str();
        let known = schema.columns.get_key_value(name);
        if places(name) > 1 {
            if !names[..place].contains(&name) {
                let count = places(name);
                let message = format!("{count} columns share the name `{}`", shown(name));
                layout.findings.push(about(name, code::COLUMN_REPEATED, message));
                if let Some((name, _)) = known {
                    layout.unchecked.insert(name, format!("is there {count} times"));
                }
            }
            continue;
        }
        match known {
            Some((name, rule)) if can_be(field, table.format(), rule.domain.column_type()) => {
                layout.matched.push(Matched { place, name, rule });
            }
            Some((name, rule)) => {
                let (stored, expected) = (&field.data_type, rule.domain.column_type());
                let stored = shown(&stored.to_string());
                let why = format!("is stored as {stored}, expected {expected}");
                let message = format!("column `{}` {why}", shown(name));
                let severity = rule.weights.of(Rule::Type).severity;
                let finding = about(name, code::TYPE, message);
                layout.findings.push(Finding { severity, ..finding });
                layout.unchecked.insert(name, why);
            }
            None if name.trim().is_empty() => {
                let message = format!("column {} has no name", place + 1);
                layout.findings.push(about(name, code::COLUMN_UNKNOWN, message));
            }
            None if schema.additional => {}
            None if schema.elsewhere.contains(name) => {
                let message = format!("column `{}` belongs to another environment", shown(name));
                layout.findings.push(about(name, code::COLUMN_UNKNOWN, message));
            }
            None => {
                let message = format!("column `{}` is not in the schema", shown(name));
                layout.findings.push(about(name, code::COLUMN_UNKNOWN, message));
            }
        }
    }
    layout
}

fn missing(name: &str, rule: &ColumnRule, unknown: &[&str], schema: &TableSchema) -> Finding {
    let required = schema.columns.values().filter(|rule| !rule.optional).count();
    // One column gone and one come is a rename, whatever the names.
    let only = match unknown {
        [one] if required > 1 => Some(*one),
        _ => None,
    };
    let renamed = nearest(name, unknown.iter().copied()).or(only);
    let renamed = renamed.map(|other| format!("; was it renamed to `{}`?", shown(other)));
    let column_type = rule.domain.column_type();
    let message = format!(
        "column `{}` ({column_type}) is missing{}",
        shown(name),
        renamed.unwrap_or_default()
    );
    let severity = rule.weights.of(Rule::ColumnMissing).severity;
    Finding { severity, ..about(name, code::COLUMN_MISSING, message) }
}

fn about(name: &str, code: Code, message: String) -> Finding {
    Finding { subject: Some(name.to_owned()), ..Finding::new(code, Severity::Error, message) }
}
