//! Data schemas: read, checked, and with the lines that findings refer to.

use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_core::Finding;
use plimsoll_data::TableSchema;

use crate::error::{CommandError, Kind};

/// A data schema and where its columns stand.
pub(crate) struct SchemaFile {
    /// The schema.
    pub table: TableSchema,
    shown: String,
    lines: BTreeMap<String, u64>,
}

/// Reads the schema at `path`, which people know as `shown`.
pub(crate) fn read(path: &Path, shown: &str) -> Result<SchemaFile, CommandError> {
    let bytes =
        plimsoll_config::read(path).map_err(|error| CommandError::new(Kind::Usage, error))?;
    let read = plimsoll_config::table(shown, &bytes).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!("{count} mistake{plural} in the data schema\n\n{mistakes}"))
    })?;
    let table = TableSchema::from_value(&read.value)
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    Ok(SchemaFile { table, shown: shown.to_owned(), lines: read.lines })
}

impl SchemaFile {
    /// Says at each finding which line of the schema it breaks.
    pub(crate) fn place(&self, findings: &mut [Finding]) {
        for finding in findings {
            let line = finding.subject.as_ref().and_then(|column| self.lines.get(column));
            if let (Some(line), None) = (line, &finding.next) {
                let shown = &self.shown;
                finding.next = Some(format!("correct the data, or the rule at {shown}:{line}"));
            }
        }
    }
}
