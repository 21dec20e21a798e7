//! `plimsoll data validate`

use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::{Finding, Severity};
use plimsoll_data::Options;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{schema_file, view};

/// Check data files against a schema
///
/// CSV and Parquet, read once in bounded memory. Exit code 1 when a file is not valid.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The schema, as `plimsoll data schema` proposes one
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let shown = args.schema.display().to_string();
    let schema = schema_file::read(&folder.join(&args.schema), &shown)?;
    let mut files = Vec::new();
    for file in &args.files {
        let shown = file.display().to_string();
        let options = Options::new(shown.clone(), std::env::temp_dir());
        let checked = plimsoll_data::validate(&folder.join(file), &schema.table, &options)?;
        let mut findings = checked.findings;
        schema.place(&mut findings);
        files.push(File { path: shown, rows: checked.rows, findings });
    }
    let document = Validated::of(files);
    ui.show(&document)?;
    Ok(if document.valid { Exit::Done } else { Exit::No })
}

/// What was found, file by file; with one file its rows and findings stand at the top too.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Validated {
    valid: bool,
    rows: u64,
    findings: Vec<Finding>,
    files: Vec<File>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    path: String,
    rows: u64,
    findings: Vec<Finding>,
}

impl File {
    fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }
}

impl Validated {
    fn of(files: Vec<File>) -> Self {
        Self {
            valid: files.iter().all(|file| file.errors() == 0),
            rows: files.iter().map(|file| file.rows).sum(),
            findings: files.iter().flat_map(|file| file.findings.iter().cloned()).collect(),
            files,
        }
    }
}

impl Document for Validated {
    const SCHEMA: &'static str = "plimsoll.data-validate/v1";
}

impl fmt::Display for Validated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let state = match file.errors() {
                0 => paint(Paint::Good, "valid".to_owned()).to_string(),
                errors => paint(Paint::Bad, format!("not valid, {errors} finding(s)")).to_string(),
            };
            writeln!(f, "{}: {state} ({} rows)", file.path, file.rows)?;
            for finding in &file.findings {
                view::verdict::write_finding(f, finding)?;
            }
        }
        Ok(())
    }
}
