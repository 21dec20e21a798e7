//! TOML as a tree.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::{DEEPEST, Entries, Lines, Node, Problem, Value, count, twice};

/// The most bytes of a TOML text: the parser takes up to fifty times as many in memory.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Builds the tree of a TOML text.
///
/// # Errors
/// It is no TOML, or tables are nested deeper than [`DEEPEST`] levels.
pub(crate) fn toml(text: &str) -> Result<Node, Problem> {
    let lines = Lines::of(text);
    if text.len() as u64 > MOST_BYTES {
        return Err(Problem::TooLarge { what: "bytes of TOML", limit: MOST_BYTES });
    }
    refuse_deep_keys(text)?;
    let table = DeTable::parse(text).map_err(|error| Problem::Syntax {
        format: "TOML",
        line: error.span().map(|span| lines.at(span.start)),
        message: error.message().replace('\n', ", "),
    })?;
    let mut nodes = 0;
    table_of(table.into_inner(), Some(1), &lines, &mut nodes, 0)
}

/// A dotted key opens a table per part, and the parser counts only brackets.
fn refuse_deep_keys(text: &str) -> Result<(), Problem> {
    for (line, number) in text.lines().zip(1..) {
        // Texts hold dots too, but only after the `=`; in a quoted key they count for nothing worse
        // than a refusal.
        let key = line.split('=').next().unwrap_or_default();
        if line.trim_start().starts_with('#') {
            continue;
        }
        if key.len() > DEEPEST && key.bytes().filter(|byte| *byte == b'.').count() > DEEPEST {
            let message = format!("tables are nested deeper than {DEEPEST} levels");
            return Err(Problem::form(Some(number), message));
        }
    }
    Ok(())
}

fn table_of(
    table: DeTable<'_>,
    line: Option<u64>,
    lines: &Lines,
    nodes: &mut u64,
    depth: usize,
) -> Result<Node, Problem> {
    count(nodes)?;
    let entries = table.into_iter().map(|(key, value)| {
        let value = node(value, lines, nodes, depth + 1)?;
        Ok((key.into_inner().into_owned(), value))
    });
    let entries = entries.collect::<Result<_, Problem>>()?;
    let entries = Entries::of(entries).map_err(twice)?;
    Ok(Node { line, value: Value::Map(entries) })
}

fn node(
    value: Spanned<DeValue<'_>>,
    lines: &Lines,
    nodes: &mut u64,
    depth: usize,
) -> Result<Node, Problem> {
    let line = Some(lines.at(value.span().start));
    if depth > DEEPEST {
        let message = format!("tables are nested deeper than {DEEPEST} levels");
        return Err(Problem::form(line, message));
    }
    count(nodes)?;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Text(number.to_string()), Value::Integer),
        DeValue::Float(number) => Value::Text(number.to_string()),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => {
            let items = items.into_iter().map(|item| node(item, lines, nodes, depth + 1));
            Value::List(items.collect::<Result<_, Problem>>()?)
        }
        DeValue::Table(table) => return table_of(table, line, lines, nodes, depth),
    };
    Ok(Node { line, value })
}
