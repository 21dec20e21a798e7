//! What the model's file would do when it is loaded.

use plimsoll_core::evidence::{ScanInput, ScanName, Scanned};
use plimsoll_core::ports::ScanRequest;
use plimsoll_scan::model::{Content, Limits, Verdict, scan as scan_file};

use super::{answered, counted};
use crate::commands::scan::model::finding;
use crate::error::CommandError;

pub(super) fn scan(request: &ScanRequest) -> Result<Scanned, CommandError> {
    let Some(file) = &request.model else {
        return Err(CommandError::usage("there is no model's file to scan"));
    };
    let shown = &request.shown;
    let content = std::fs::File::open(&file.path).and_then(Content::of_file);
    let content = content
        .map_err(|error| CommandError::world(format!("{shown} could not be opened: {error}")))?;
    let report = scan_file(shown, &content, Limits::default());
    let formats = report.formats.join(", ");
    let seen = report.findings.len() + usize::try_from(report.more).unwrap_or(usize::MAX);
    let summary = match report.verdict {
        Verdict::Safe => format!("`{shown}` is safe ({formats})"),
        Verdict::Unsafe => format!("`{shown}` is unsafe: {}", counted(seen, "finding")),
        Verdict::Unknown => {
            format!("nobody can tell that `{shown}` is safe: {}", counted(seen, "finding"))
        }
    };
    let mut scanned = answered(ScanName::Model, summary, 1);
    let (name, digest) = (shown.clone(), file.digest);
    scanned.inputs.push(ScanInput { name, digest, age_days: None });
    let found = report.findings.iter();
    scanned.findings = found.map(|seen| finding(seen, shown, Some(digest))).collect();
    if scanned.findings.is_empty() && report.verdict != Verdict::Safe {
        return Err(CommandError::usage(format!(
            "`{shown}` is {} and nothing says why",
            report.verdict
        )));
    }
    Ok(scanned)
}
