//! What the gate asks of scans: the model's file, packages, data and base models of a run.
//!
//! The commands `plimsoll scan …` look at anything; here it is what a run is made of, and what comes
//! of it is evidence.

mod advisories;
mod files;
mod licenses;
mod lineage;
mod model;
pub(crate) mod packages;

use std::path::Path;

use plimsoll_core::evidence::{CheckState, SCANNED, ScanName, Scanned};
use plimsoll_core::ports::ScanRequest;

use crate::error::CommandError;

/// Where things lie that are read beside what the request brings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    /// The repository.
    pub root: &'a Path,
    /// `PLIMSOLL_HOME`, with the database of advisories.
    pub home: &'a Path,
}

/// Scans what `request` asks for. What keeps it from running is part of the answer.
pub(crate) fn scan(request: &ScanRequest, places: Places<'_>) -> Scanned {
    let scanned = match request.scan {
        ScanName::Model => model::scan(request),
        ScanName::Licenses => licenses::scan(request, places),
        ScanName::Vulnerabilities => advisories::scan(request, places),
    };
    scanned.unwrap_or_else(|error: CommandError| {
        Scanned::failed(request.scan, error.to_string(), error.hint)
    })
}

/// Makes the record of a scan that answered.
fn answered(scan: ScanName, summary: String, count: u64) -> Scanned {
    Scanned {
        schema: SCANNED.to_owned(),
        scan,
        state: CheckState::Answered,
        summary,
        count,
        inputs: Vec::new(),
        against: Vec::new(),
        findings: Vec::new(),
        packages: Vec::new(),
    }
}

/// Says how many there are of something.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
