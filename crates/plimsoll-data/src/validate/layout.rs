//! The columns that a file has, held against those that the schema names.

use plimsoll_core::{Finding, Severity};

use crate::code;
use crate::example::shown;
use crate::schema::{ColumnRule, TableSchema};
use crate::table::Table;
use crate::typed::can_be;
use plimsoll_core::nearest::nearest;

/// A column of the file that can be checked.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) place: usize,
    pub(super) name: &'a str,
    pub(super) rule: &'a ColumnRule,
}

/// Returns the columns to check, in the file's order, and what is wrong with the others.
pub(super) fn columns<'a>(
    table: &Table,
    schema: &'a TableSchema,
) -> (Vec<Found<'a>>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut found = Vec::new();
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
            findings.push(missing(name, rule, &unknown, schema));
        }
    }
    for (place, field) in table.columns().iter().enumerate() {
        let name = field.name.as_str();
        if places(name) > 1 {
            if !names[..place].contains(&name) {
                let message = format!("{} columns share the name `{}`", places(name), shown(name));
                findings.push(about(name, code::COLUMN_REPEATED, message));
            }
            continue;
        }
        match schema.columns.get_key_value(name) {
            Some((name, rule)) if can_be(field, table.format(), rule.domain.column_type()) => {
                found.push(Found { place, name, rule });
            }
            Some((name, rule)) => {
                let (stored, expected) = (&field.data_type, rule.domain.column_type());
                let stored = shown(&stored.to_string());
                let message =
                    format!("column `{}` is stored as {stored}, expected {expected}", shown(name));
                findings.push(about(name, code::TYPE, message));
            }
            None if name.trim().is_empty() => {
                let message = format!("column {} has no name", place + 1);
                findings.push(about(name, code::COLUMN_UNKNOWN, message));
            }
            None if schema.additional => {}
            None => {
                let message = format!("column `{}` is not in the schema", shown(name));
                findings.push(about(name, code::COLUMN_UNKNOWN, message));
            }
        }
    }
    (found, findings)
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
    about(name, code::COLUMN_MISSING, message)
}

fn about(name: &str, code: plimsoll_core::Code, message: String) -> Finding {
    Finding { subject: Some(name.to_owned()), ..Finding::new(code, Severity::Error, message) }
}
