//! Data schemas: what a dataset must look like.

mod meaning;
mod moment;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::signature::Column;
use serde_json::{Map, Value, json};

use crate::nearest::advice;
use crate::node::{Entry, Kind, Node};
use crate::schema::{self, TABLE};
use crate::source::{Report, Source};
use crate::{Mistakes, params};

pub use self::meaning::{Meaning, Reader, Remark};

/// A data schema that was read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// The normal form: `columns` and `additional` always there, of each column `type`,
    /// `nullable`, `optional` and `leaks` always there.
    pub value: Value,
    /// The line of each column.
    pub lines: BTreeMap<String, u64>,
    /// The line of each rule of several columns: `check NAME`, `unique dteday, hr`,
    /// `reference store`.
    pub rules: BTreeMap<String, u64>,
    /// Whether what it says of a table depends on what time it is.
    pub is_of_the_present: bool,
}

impl TableSchema {
    /// Returns the columns that it marks as giving the target away, sorted.
    pub fn leaking(&self) -> Vec<String> {
        let columns = self.value.get("columns").and_then(Value::as_object);
        let marked = columns.into_iter().flatten().filter(|(_, rule)| rule["leaks"] == true);
        let mut names: Vec<String> = marked.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Tells whether a table may have columns that it does not name.
    pub fn is_open(&self) -> bool {
        self.value["additional"] == true
    }

    /// Returns the files that it refers to, as it writes them: relative to its own folder.
    pub fn references(&self) -> Vec<&str> {
        let references = self.value.get("references").and_then(Value::as_array);
        let files = references.into_iter().flatten();
        files.filter_map(|reference| reference["file"].as_str()).collect()
    }

    /// Returns its columns with their types as the schema writes them, sorted by name.
    pub fn columns(&self) -> Vec<Column> {
        let columns = self.value.get("columns").and_then(Value::as_object);
        let column = |(name, rule): (&String, &Value)| {
            let kind = rule["type"].as_str().unwrap_or_default().to_owned();
            Column { name: name.clone(), kind }
        };
        let mut columns: Vec<Column> = columns.into_iter().flatten().map(column).collect();
        columns.sort_by(|one, other| one.name.cmp(&other.name));
        columns
    }
}

/// Reads the bytes of the data schema that messages call `path`, of whose rules `read` knows what
/// they mean.
pub fn table(path: &str, bytes: &[u8], read: Reader<'_>) -> Result<TableSchema, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(TABLE, None, "`columns`", &mut report) else {
        return Err(report.finish());
    };
    let mut table = check(&root, &mut report);
    if matches!(root.kind, Kind::Mapping(_)) {
        let meaning = read(&table.value);
        table.is_of_the_present = meaning.is_of_the_present;
        for remark in meaning.remarks {
            meaning::report(remark, &root, &mut report);
        }
    }
    let mistakes = report.finish();
    if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
}

/// Checks what the schema cannot say, and brings the tree into its normal form.
fn check(root: &Node, report: &mut Report<'_>) -> TableSchema {
    let mut value = Map::new();
    if let Some(entry) = root.entry("rows") {
        in_order(&entry.value, report, Node::number);
        value.extend(params::value(&entry.value, report).map(|rows| ("rows".to_owned(), rows)));
    }
    let columns = root.get("columns").map(Node::entries).unwrap_or_default();
    if let Some(unique) = root.get("unique") {
        let names: BTreeSet<&str> = columns.iter().map(|column| column.key.as_str()).collect();
        for name in unique.items().iter().flat_map(|key| key.get("columns").unwrap_or(key).items())
        {
            let Some(text) = name.text() else { continue };
            if !names.contains(text) && !report.is_cut() {
                let known = columns.iter().map(|column| column.key.as_str());
                let message = format!("`{text}` is no column of this schema");
                report.advise(name.place, message, advice(text, "column", known));
            }
        }
        value.extend(params::value(unique, report).map(|unique| ("unique".to_owned(), unique)));
    }
    let mut normal = Map::new();
    let mut lines = BTreeMap::new();
    for column in columns {
        lines.insert(column.key.clone(), u64::try_from(column.place.line).unwrap_or(u64::MAX));
        normal.insert(column.key.clone(), check_column(column, report));
    }
    value.insert("columns".to_owned(), Value::Object(normal));
    let additional = root.get("additional").is_some_and(|node| node.kind == Kind::Bool(true));
    value.insert("additional".to_owned(), Value::Bool(additional));
    for key in ["checks", "references", "environments"] {
        let written = root.get(key).and_then(|node| params::value(node, report));
        value.extend(written.map(|written| (key.to_owned(), written)));
    }
    let rules = rules(root);
    TableSchema { value: Value::Object(value), lines, rules, is_of_the_present: false }
}

/// Returns the line of each rule of several columns.
fn rules(root: &Node) -> BTreeMap<String, u64> {
    let subject = |columns: &Node| {
        let names = columns.items().iter().filter_map(Node::text).collect::<Vec<_>>();
        names.join(", ")
    };
    let items = |key: &str| root.get(key).map(Node::items).unwrap_or_default();
    let columns = |node: &Node, kind: &str| {
        format!("{kind} {}", subject(node.get("columns").unwrap_or(node)))
    };
    let keys = items("unique").iter().map(|key| (columns(key, "unique"), key));
    let references = items("references").iter().map(|one| (columns(one, "reference"), one));
    let checks = items("checks").iter().filter_map(|check| {
        check.get("name").and_then(Node::text).map(|name| (format!("check {name}"), check))
    });
    let line = |node: &Node| u64::try_from(node.place.line).unwrap_or(u64::MAX);
    checks.chain(references).chain(keys).map(|(name, node)| (name, line(node))).collect()
}

fn check_column(column: &Entry, report: &mut Report<'_>) -> Value {
    let of = column.value.get("type").and_then(Node::text).unwrap_or_default();
    for item in column.value.get("values").map(Node::items).unwrap_or_default() {
        fits(item, of, report);
    }
    for key in ["min", "max"] {
        let Some(entry) = column.value.entry(key) else { continue };
        if matches!(of, "string" | "boolean") {
            let help = "list the accepted `values` instead";
            report.advise(entry.place, format!("a {of} has no `{key}`"), help);
        } else {
            fits(&entry.value, of, report);
        }
    }
    match of {
        "date" | "timestamp" => in_order(&column.value, report, |node| moment::read(node.text()?)),
        _ => in_order(&column.value, report, Node::number),
    }
    let mut normal = json!({ "nullable": false, "optional": false, "leaks": false });
    for entry in column.value.entries() {
        if let Some(value) = params::value(&entry.value, report) {
            normal[&entry.key] = value;
        }
    }
    normal
}

/// Reports a value that a column of type `of` never holds.
fn fits(node: &Node, of: &str, report: &mut Report<'_>) {
    let fits = match (of, &node.kind) {
        (_, Kind::Refused | Kind::Null | Kind::Sequence(_) | Kind::Mapping(_)) => true, // said before
        ("integer", Kind::Float(value)) => value.fract() == 0.0 || !value.is_finite(),
        ("integer" | "number", kind) => matches!(kind, Kind::Integer(_) | Kind::Float(_)),
        ("string", kind) => matches!(kind, Kind::String(_)),
        ("boolean", kind) => matches!(kind, Kind::Bool(_)),
        ("date", Kind::String(text)) => moment::is_date(text),
        ("timestamp", Kind::String(text)) => moment::read(text).is_some(),
        ("date" | "timestamp", _) => false,
        _ => true, // an unknown type was said to be one
    };
    if fits {
        return;
    }
    let written = report.source.at(node.place);
    let message = format!("`{written}` does not fit the type `{of}`");
    let help = match of {
        "string" => format!("put it in quotes: \"{written}\""),
        "date" => "write it as `2011-12-31`".to_owned(),
        "timestamp" => "write it as `2011-12-31T23:59:59` or `2011-12-31T23:59:59Z`".to_owned(),
        "boolean" => "write `true` or `false`".to_owned(),
        _ => "write a number without quotes, or change the type".to_owned(),
    };
    report.advise(node.place, message, help);
}

/// Reports a `min` that is greater than the `max` beside it.
pub(crate) fn in_order<T: PartialOrd>(
    node: &Node,
    report: &mut Report<'_>,
    read: impl Fn(&Node) -> Option<T>,
) {
    let (Some(min), Some(max)) = (node.get("min"), node.get("max")) else { return };
    if let (Some(least), Some(most)) = (read(min), read(max))
        && least > most
    {
        let (least, most) = (report.source.at(min.place), report.source.at(max.place));
        let message = format!("`min` {least} is greater than `max` {most}");
        report.advise(min.place, message, "nothing could meet both; swap or correct them");
    }
}

#[cfg(test)]
mod tests;
