//! `plimsoll data schema`

use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::Finding;
use plimsoll_data::{Options, Proposal, Tables, propose};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ui::{Document, Ui};
use crate::view;

/// Propose a schema for a data file
///
/// What holds for every row, as YAML to read, correct and commit. The file is valid against it. CSV,
/// TSV, JSON lines, Parquet and Arrow; a folder or a pattern in quotes is one table of all its
/// files, `-` is standard input.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data file
    file: PathBuf,
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let spill = std::env::temp_dir();
    let tables = Tables::find(&[&args.file], folder, &spill)?;
    let shown = if args.file == Path::new("-") {
        tables.names().concat()
    } else {
        args.file.display().to_string()
    };
    let options = Options::new(shown.clone(), spill);
    let proposal = propose(tables, &options)?;
    let findings = proposal.findings.clone();
    ui.show(&Proposed { path: shown, schema_yaml: proposal.to_string(), proposal })?;
    if findings.is_empty() {
        return Ok(Exit::Done);
    }
    ui.warn("the file is not valid against any schema:");
    ui.note(Findings(&findings));
    Ok(Exit::No)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Proposed {
    path: String,
    schema_yaml: String,
    #[serde(skip)]
    proposal: Proposal,
}

impl Document for Proposed {
    const SCHEMA: &'static str = "plimsoll.data-schema/v1";
}

impl fmt::Display for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.proposal.fmt(f)
    }
}

struct Findings<'a>(&'a [Finding]);

impl fmt::Display for Findings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        view::verdict::write_findings(f, self.0)
    }
}
