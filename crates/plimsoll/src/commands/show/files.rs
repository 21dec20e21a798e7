//! What is written about a run for people and CI besides its record.

use std::path::{Path, PathBuf};

use plimsoll_core::DatasetName;
use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::Validation;
use plimsoll_evaluate::report::{self, Report};

use super::Shown;
use crate::error::{CommandError, Kind};
use crate::{junit, output_file, summary, view};

/// Returns the HTML report.
pub(super) fn page(shown: &Shown) -> Result<String, CommandError> {
    let validations: Vec<(DatasetName, Validation)> = shown.validations().collect();
    let html = report::html(&Report {
        record: shown.record(),
        started: &view::moment(shown.record().started),
        evaluation: shown.evaluation(),
        verdict: shown.verdict(),
        validations: &validations,
    });
    html.map_err(|error| CommandError::new(Kind::Bug, error))
}

/// Writes the HTML report below `.plimsoll/reports/` and returns where; there is none of a run in
/// which nothing was measured and nothing failed.
pub(crate) fn report(root: &Path, shown: &Shown) -> Result<Option<PathBuf>, CommandError> {
    let record = shown.record();
    let has_findings = shown.validations().any(|(_, validation)| !validation.findings.is_empty());
    let has_failed = record.end == Some(RunEnd::Failed);
    if shown.evaluation().is_none() && shown.verdict().is_none() && !has_findings && !has_failed {
        return Ok(None);
    }
    let html = page(shown)?;
    let path = Path::new(".plimsoll/reports").join(format!("{}.html", record.id.short()));
    output_file::write(root, &path, html)?;
    Ok(Some(root.join(path)))
}

/// Writes the summary and the `JUnit` file where they were asked for, from within `folder`.
pub(crate) fn write_asked(
    folder: &Path,
    summary_file: Option<&Path>,
    junit_file: Option<&Path>,
    shown: &Shown,
) -> Result<(), CommandError> {
    let validations: Vec<_> = shown.validations().collect();
    let named: Vec<(String, &Validation)> =
        validations.iter().map(|(name, validation)| (name.to_string(), validation)).collect();
    if let Some(file) = summary_file {
        let text = summary::write(shown.record(), &named, shown.evaluation(), shown.verdict());
        output_file::write(folder, file, text)?;
    }
    if let Some(file) = junit_file {
        let text = junit::write(shown.record(), &named, shown.verdict());
        output_file::write(folder, file, text)?;
    }
    Ok(())
}
