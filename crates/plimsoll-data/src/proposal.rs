//! A proposed schema as the file that a person edits.

use std::fmt::{self, Display};

use plimsoll_core::Finding;

use crate::example::{grouped, rows_in_words, shown};
use crate::schema::{ColumnRule, Domain, Range, TableSchema};

/// Comments stand here, unless the line is longer.
const COMMENTS_AT: usize = 60;

/// A proposed schema. Its `Display` is the YAML to write down.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What the file is called.
    pub file: String,
    /// How many rows were seen.
    pub rows: u64,
    /// The schema.
    pub schema: TableSchema,
    /// The columns in the order of the file.
    pub columns: Vec<Proposed>,
    /// What the schema says about the very file nonetheless.
    pub findings: Vec<Finding>,
    /// Whether the first line looks like data.
    pub headless: bool,
}

/// A column of a [`Proposal`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Its name.
    pub name: String,
    /// What was seen in it.
    pub comment: String,
}

impl Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.len();
        writeln!(
            f,
            "# Proposed from {} ({}, {columns} {}): what holds for every row. Tighten what is known",
            shown(&self.file),
            rows_in_words(self.rows),
            if columns == 1 { "column" } else { "columns" },
        )?;
        writeln!(f, "# better, and mark columns that give the target away with `leaks: true`.")?;
        if self.headless {
            writeln!(f, "# The first line looks like data: are the names of the columns missing?")?;
        }
        for finding in &self.findings {
            // A message holds no line break: values in it are made safe to show.
            writeln!(f, "# Not valid yet: {}", finding.message)?;
        }
        if let Some(min) = self.schema.rows.min {
            commented(
                f,
                &format!("rows: {{ min: {min} }}"),
                &format!("half of {}", grouped(self.rows)),
            )?;
        }
        if !self.schema.unique.is_empty() {
            let keys = self.schema.unique.iter().map(|key| {
                let names: Vec<_> = key.columns.iter().map(|name| plain(name)).collect();
                format!("[{}]", names.join(", "))
            });
            writeln!(f, "unique: [{}]", keys.collect::<Vec<_>>().join(", "))?;
        }
        writeln!(f, "columns:")?;
        for column in &self.columns {
            if let Some(rule) = self.schema.columns.get(&column.name) {
                let line = format!("  {}: {{ {} }}", plain(&column.name), keys(rule));
                commented(f, &line, &column.comment)?;
            }
        }
        writeln!(f, "additional: {}", self.schema.additional)
    }
}

fn commented(f: &mut fmt::Formatter<'_>, line: &str, comment: &str) -> fmt::Result {
    if comment.is_empty() {
        writeln!(f, "{line}")
    } else {
        writeln!(f, "{line:<COMMENTS_AT$}  # {comment}")
    }
}

fn keys(rule: &ColumnRule) -> String {
    let mut keys = vec![format!("type: {}", rule.domain.column_type())];
    match &rule.domain {
        Domain::Integer { range, values } => {
            ends(range, str::to_owned, &mut keys);
            if let Some(values) = values {
                let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                keys.push(format!("values: [{}]", values.join(", ")));
            }
        }
        Domain::Number { range, .. } => ends(range, str::to_owned, &mut keys),
        Domain::String { values: Some(values), .. } => {
            let values: Vec<_> = values.iter().map(|value| string(value)).collect();
            keys.push(format!("values: [{}]", values.join(", ")));
        }
        Domain::Date { range, .. } => ends(range, string, &mut keys),
        Domain::Timestamp { range, .. } => ends(range, string, &mut keys),
        Domain::String { values: None, .. } | Domain::Boolean { .. } => {}
    }
    for (is_set, key) in
        [(rule.nullable, "nullable"), (rule.optional, "optional"), (rule.leaks, "leaks")]
    {
        if is_set {
            keys.push(format!("{key}: true"));
        }
    }
    keys.join(", ")
}

fn ends<T>(range: &Range<T>, written: impl Fn(&str) -> String, keys: &mut Vec<String>) {
    for (key, limit) in [("min", &range.min), ("max", &range.max)] {
        keys.extend(limit.as_ref().map(|limit| format!("{key}: {}", written(&limit.text))));
    }
}

/// Writes a name without quotes where no reader of YAML takes it for anything else.
fn plain(name: &str) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        && !words.contains(&name.to_ascii_lowercase().as_str());
    if is_word { name.to_owned() } else { string(name) }
}

/// Writes text in double quotes, with whatever YAML does not print escaped.
fn string(text: &str) -> String {
    let mut written = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => written.extend(['\\', letter]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{1fff}' | '\u{3000}'..='\u{d7ff}' => {
                written.push(letter);
            }
            letter => {
                let code = u32::from(letter);
                let escape = if code <= 0xffff {
                    format!("\\u{code:04x}")
                } else {
                    format!("\\U{code:08x}")
                };
                written.push_str(&escape);
            }
        }
    }
    written.push('"');
    written
}
