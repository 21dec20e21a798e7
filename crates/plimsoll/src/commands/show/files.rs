//! What is written about a run for people and CI besides its record.

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::DatasetName;
use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::Validation;
use plimsoll_evaluate::report::{self, Report, ReportError};

use super::Shown;
use crate::error::CommandError;
use crate::{junit, summary, view};

/// Returns the HTML report.
pub(super) fn page(shown: &Shown) -> Result<String, ReportError> {
    let validations: Vec<(DatasetName, Validation)> = shown.validations().collect();
    report::html(&Report {
        record: shown.record(),
        started: &view::moment(shown.record().started),
        evaluation: shown.evaluation(),
        verdict: shown.verdict(),
        validations: &validations,
    })
}

/// Writes the HTML report below `.plimsoll/reports/` and returns where; there is none of a run in
/// which nothing was measured and nothing failed.
pub(crate) fn report(
    root: &Path,
    shown: &Shown,
) -> Result<Option<PathBuf>, Box<dyn std::error::Error>> {
    let record = shown.record();
    let has_findings = shown.validations().any(|(_, validation)| !validation.findings.is_empty());
    let has_failed = record.end == Some(RunEnd::Failed);
    if shown.evaluation().is_none() && shown.verdict().is_none() && !has_findings && !has_failed {
        return Ok(None);
    }
    let html = page(shown)?;
    let folder = root.join(".plimsoll/reports");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.html", record.id.short()));
    write(&path, &html)?;
    Ok(Some(path))
}

/// Writes the summary and the `JUnit` file where they were asked for.
pub(crate) fn write_asked(
    summary_file: Option<&Path>,
    junit_file: Option<&Path>,
    shown: &Shown,
) -> Result<(), CommandError> {
    let validations: Vec<_> = shown.validations().collect();
    let named: Vec<(String, &Validation)> =
        validations.iter().map(|(name, validation)| (name.to_string(), validation)).collect();
    let unwritten = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| CommandError::world(format!("{path} could not be written: {error}"))
    };
    if let Some(file) = summary_file {
        let text = summary::write(shown.record(), &named, shown.evaluation(), shown.verdict());
        write(file, &text).map_err(unwritten(file))?;
    }
    if let Some(file) = junit_file {
        let text = junit::write(shown.record(), &named, shown.verdict());
        write(file, &text).map_err(unwritten(file))?;
    }
    Ok(())
}

/// Writes beside the file first, so that nobody reads half of it. A device is written to directly.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return std::fs::write(path, text);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
