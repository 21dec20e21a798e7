//! Under which licenses packages, copied files, data and base models come, and whether that goes with
//! what the release is for.

use plimsoll_core::evidence::{ScanInput, ScanName, Scanned, ScannedPackage};
use plimsoll_core::ports::ScanRequest;
use plimsoll_core::{Day, Digest, Severity};
use plimsoll_scan::license::{Court, JudgedPackage, Policy};

use super::{Places, answered, counted, files, lineage, packages};
use crate::commands::scan::licenses::{finding, not_audited};
use crate::error::{CommandError, Kind};

pub(super) fn scan(request: &ScanRequest, places: Places<'_>) -> Result<Scanned, CommandError> {
    let (policies, against) = policies(request)?;
    let read = packages::read(request, places)?;
    if !read.has_terms {
        return Err(CommandError::usage(
            "with `python: system` nothing tells under which licenses the packages come",
        )
        .hint("make an environment of a lock: `python: requirements.lock`"));
    }
    let declared = lineage::declared(request, places)?;
    let copied = files::copied(request, places)?;
    let (mut findings, mut listed) = (Vec::new(), Vec::new());
    for policy in &policies {
        let (intent, today) = (request.settings.intent, Day::of(request.clock));
        let court = Court { policy, intent, today };
        let judged = court.judge_packages(&read.list);
        findings.extend(judged.iter().filter_map(finding));
        findings.extend(not_audited(&read.not_audited, &judged));
        findings.extend(copied.findings(request, court)?);
        findings.extend(lineage::conflicts(request, &declared, court)?);
        listed.extend(judged.iter().map(of_package));
        listed.extend(copied.listed(court));
        listed.extend(lineage::listed(&declared, court));
    }
    let mut seen = Vec::new();
    findings.retain(|finding| {
        let is_new = !seen.contains(finding);
        seen.push(finding.clone());
        is_new
    });
    let wrong = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let looked = read.list.len() + copied.count() + declared.len();
    let mut of = vec![counted(read.list.len(), "package")];
    if copied.count() > 0 {
        of.push(counted(copied.count(), "copied file"));
    }
    match declared.len() {
        0 => {}
        1 => of.push("1 dataset or base model".to_owned()),
        count => of.push(format!("{count} datasets and base models")),
    }
    let of = match of.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    let intent = request.settings.intent;
    let summary = match wrong {
        0 => format!("the terms of {of} go with the intent `{intent}`"),
        _ => format!("{} in {of} for the intent `{intent}`", counted(wrong, "finding")),
    };
    let mut scanned = answered(ScanName::Licenses, summary, looked as u64);
    (scanned.inputs, scanned.against) = (read.inputs, against);
    scanned.inputs.push(copied.input());
    scanned.findings = findings;
    scanned.packages = worst(listed);
    Ok(scanned)
}

/// Returns the policies that each have to allow, and what they are.
fn policies(request: &ScanRequest) -> Result<(Vec<Policy>, Vec<ScanInput>), CommandError> {
    let intent = request.settings.intent;
    let (mut policies, mut against) = (Vec::new(), Vec::new());
    for written in &request.settings.licenses {
        let place = match written.line {
            0 => format!("what is usual, which {} asks for", written.from.file()),
            line => format!("{}:{line}", written.from.file()),
        };
        let policy: Policy = serde_json::from_value(written.rules.clone())
            .map_err(|error| CommandError::usage(format!("`scan.licenses` ({place}): {error}")))?;
        policies.push(policy.for_intent(intent));
        let digest =
            Digest::of_json(&written.rules).map_err(|error| CommandError::new(Kind::Bug, error))?;
        against.push(ScanInput { name: place, digest, age_days: None });
    }
    if policies.is_empty() {
        policies.push(Policy::default_for(intent));
    }
    Ok((policies, against))
}

fn of_package(package: &JudgedPackage) -> ScannedPackage {
    ScannedPackage {
        ecosystem: package.ecosystem.to_string(),
        name: package.name.clone(),
        version: package.version.clone(),
        license: package.license.as_ref().map(ToString::to_string),
        state: package.state.to_string(),
        verdict: package.verdict.to_string(),
    }
}

/// Returns each once, as the strictest policy judged it.
fn worst(mut listed: Vec<ScannedPackage>) -> Vec<ScannedPackage> {
    let rank = |verdict: &str| match verdict {
        "deny" => 0,
        "review" => 1,
        _ => 2,
    };
    listed.sort_by(|a, b| {
        let key = |it: &ScannedPackage| (it.ecosystem.clone(), it.name.clone(), it.version.clone());
        key(a).cmp(&key(b)).then(rank(&a.verdict).cmp(&rank(&b.verdict)))
    });
    listed.dedup_by(|a, b| {
        (&a.ecosystem, &a.name, &a.version) == (&b.ecosystem, &b.name, &b.version)
    });
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_judgments_the_stricter_one_is_told() {
        let package = |verdict: &str| ScannedPackage {
            ecosystem: "PyPI".to_owned(),
            name: "numpy".to_owned(),
            version: None,
            license: None,
            state: "known".to_owned(),
            verdict: verdict.to_owned(),
        };
        let told = worst(vec![package("allow"), package("deny"), package("review")]);
        assert_eq!(told, [package("deny")]);
    }
}
