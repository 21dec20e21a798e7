//! Which advisories concern the packages that the model is made with.

use plimsoll_core::evidence::{ScanInput, ScanName, Scanned};
use plimsoll_core::ports::ScanRequest;
use plimsoll_core::scans::LeastSeverity;
use plimsoll_core::{Finding, Severity};
use plimsoll_scan::vulnerability::{AuditOptions, Rating, Vex, audit};

use super::{Places, answered, counted, packages};
use crate::commands::scan::advisories::{age, open};
use crate::commands::scan::vulnerabilities::{findings, read_vex};
use crate::error::{CommandError, Kind};
use crate::subject::digest_of;

/// What makes the database of the home.
const UPDATE: &str = "plimsoll database update --ecosystem PyPI";

pub(super) fn scan(request: &ScanRequest, places: Places<'_>) -> Result<Scanned, CommandError> {
    let limits = &request.settings.vulnerabilities;
    let read = packages::read(request, places)?;
    let mut databases = open(&[], places.root, places.home)
        .map_err(|error| CommandError { hint: Some(UPDATE.to_owned()), ..error })?;
    let mut against = Vec::new();
    let mut vex: Vec<Vex> = Vec::new();
    for file in &limits.vex {
        let path = file.below(places.root);
        vex.push(read_vex(&path, file.as_str())?);
        let digest = digest_of(&path, file.as_str())?;
        against.push(ScanInput { name: file.to_string(), digest, age_days: None });
    }
    let options = AuditOptions {
        threshold: rating(limits.severity),
        ignore_unfixed: limits.ignore_unfixed,
        vex: &vex,
        ..AuditOptions::default()
    };
    let versioned = read.list.iter().filter(|package| package.version.is_some());
    let known: Vec<_> = versioned.cloned().collect();
    let audit = audit(&mut databases, &known, &options)
        .map_err(|error| CommandError::new(Kind::World, error))?;
    for used in &audit.databases {
        against.push(ScanInput {
            name: "advisories".to_owned(),
            digest: used.digest,
            age_days: age(&used.contents, request.clock),
        });
    }
    let age = Some(limits.max_age_days);
    let found = findings(read.not_audited, audit, age, request.clock);
    let blocking = |finding: &&Finding| finding.severity == Severity::Error;
    let wrong = found.iter().filter(blocking).count();
    let looked = counted(read.list.len(), "package");
    let summary = match wrong {
        0 => format!("no advisory that blocks concerns any of {looked}"),
        _ => format!("{} in {looked}", counted(wrong, "finding")),
    };
    let mut scanned = answered(ScanName::Vulnerabilities, summary, read.list.len() as u64);
    (scanned.inputs, scanned.against, scanned.findings) = (read.inputs, against, found);
    Ok(scanned)
}

fn rating(least: LeastSeverity) -> Rating {
    match least {
        LeastSeverity::Any => Rating::None,
        LeastSeverity::Low => Rating::Low,
        LeastSeverity::Medium => Rating::Medium,
        LeastSeverity::High => Rating::High,
        LeastSeverity::Critical => Rating::Critical,
    }
}
