//! Data schemas: read, checked, and with the lines that findings refer to.

use std::path::Path;

use plimsoll_config::{Meaning, Remark};
use plimsoll_core::Finding;
use plimsoll_data::TableSchema;
use plimsoll_data::schema::SchemaMistake;
use serde_json::Value;

use crate::error::{CommandError, Kind};

/// A data schema and where its columns stand.
pub(crate) struct SchemaFile {
    /// The schema.
    pub table: TableSchema,
    shown: String,
    written: plimsoll_config::TableSchema,
}

/// Reads the schema at `path`, which people know as `shown`.
pub(crate) fn read(path: &Path, shown: &str) -> Result<SchemaFile, CommandError> {
    let bytes =
        plimsoll_config::read(path).map_err(|error| CommandError::new(Kind::Usage, error))?;
    let written = plimsoll_config::table(shown, &bytes, &meaning).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!("{count} mistake{plural} in the data schema\n\n{mistakes}"))
    })?;
    let table = TableSchema::from_value(&written.value)
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    Ok(SchemaFile { table, shown: shown.to_owned(), written })
}

/// Tells what the rules of a data schema mean, and what is wrong with them.
pub(crate) fn meaning(schema: &Value) -> Meaning {
    let remark = |mistake: SchemaMistake| {
        let SchemaMistake { at, within, message, help } = mistake;
        Remark { at, within, message, help }
    };
    match TableSchema::from_value(schema) {
        Ok(table) => Meaning { remarks: Vec::new(), is_of_the_present: table.is_of_the_present() },
        Err(error) => {
            let remarks = error.0.into_iter().map(remark).collect();
            Meaning { remarks, is_of_the_present: false }
        }
    }
}

impl SchemaFile {
    /// Returns the line of the rule that a finding is about.
    fn line(&self, code: &str, subject: &str) -> Option<&u64> {
        let kinds: &[&str] = match code {
            "data.check" | "data.check-idle" => &["check"],
            "data.unique" => &["unique"],
            "data.reference" => &["reference"],
            "data.not-evaluated" => &["check", "unique", "reference"],
            _ => &[],
        };
        let mut rules = kinds.iter().map(|kind| format!("{kind} {subject}"));
        let rule = rules.find_map(|rule| self.written.rules.get(&rule));
        rule.or_else(|| self.written.lines.get(subject))
    }

    /// Says at each finding which line of the schema it breaks.
    pub(crate) fn place(&self, findings: &mut [Finding]) {
        for finding in findings {
            let subject = finding.subject.as_ref();
            let line = subject.and_then(|name| self.line(finding.code.as_str(), name));
            if let (Some(line), None) = (line, &finding.next) {
                let shown = &self.shown;
                finding.next = Some(format!("correct the data, or the rule at {shown}:{line}"));
            }
        }
    }
}
