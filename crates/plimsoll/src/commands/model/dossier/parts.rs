//! The parts of a dossier, a function each. A part adds files, and may add a table to the page.

use plimsoll_core::project::PersonalData;
use plimsoll_evaluate::report::DossierPart;
use plimsoll_release::bundle::Part;
use plimsoll_release::card;
use plimsoll_release::dossier::{AuditExcerpt, Content, Draft, document, file};
use plimsoll_scan::bom::Stated;
use serde::Serialize;
use serde_json::json;

use super::gather::Gathered;
use super::since;
use crate::bill::Format;
use crate::error::{CommandError, Kind};
use crate::view;

type Add = fn(&Gathered, &mut Draft, &mut Vec<DossierPart>) -> Result<(), CommandError>;

/// Every part, in the order in which their tables stand on the page.
pub(super) const ALL: [Add; 11] = [
    bundle,
    statements,
    evidence,
    scans,
    sbom,
    release,
    since::approvals,
    since::deployments,
    since::reproductions,
    data,
    trust,
];

/// The longest name of a file.
const LONGEST: usize = 99;

/// The bundle's manifest and what it names, the model itself only where that was asked for; and the
/// whole card.
fn bundle(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    add(to, file::BUNDLE_MANIFEST, of.verified.manifest.clone())?;
    let signature = serde_json::to_vec(&of.verified.signature);
    add(to, file::SIGNATURE, signature.map_err(bug)?)?;
    add(to, file::ENVIRONMENT, part(of, Part::Environment)?)?;
    let source = part(of, Part::Card)?;
    let (released, verdict) = (&of.record.released, &of.verified.verdict.verdict);
    let at = view::rfc3339(of.record.at);
    let whole = card::released(&String::from_utf8_lossy(&source), released, verdict, &at);
    add(to, file::CARD_SOURCE, source)?;
    add(to, "card.md", whole.into_bytes())?;
    if let Some(weights) = &of.weights {
        to.add(file::MODEL, Content::File(weights.clone()))?;
    }
    Ok(())
}

/// What was signed.
fn statements(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    for (kind, signed) in &of.verified.statements {
        add(to, &file::of_bundle(*kind), signed.clone())?;
    }
    let verdict = serde_json::to_vec(&of.verified.verdict.verdict);
    add(to, file::VERDICT, verdict.map_err(bug)?)
}

/// What was measured, as it is stored: the statements name its digests.
fn evidence(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    add(to, file::EVALUATION, of.evaluation_bytes.clone())?;
    for (name, digest, bytes) in &of.validation_bytes {
        let mut path = format!("{}{name}.json", file::VALIDATIONS);
        if path.len() > LONGEST {
            path = format!("{}{}.json", file::VALIDATIONS, digest.hex());
        }
        add(to, &path, bytes.clone())?;
    }
    Ok(())
}

/// What scans saw, as it is stored: the verdict names its digests.
fn scans(of: &Gathered, to: &mut Draft, shown: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for (scanned, bytes) in &of.scans {
        add(to, &format!("{}{}.json", file::SCANS, scanned.scan), bytes.clone())?;
        let (count, findings) = (scanned.count.to_string(), scanned.findings.len().to_string());
        rows.push(vec![scanned.scan.to_string(), scanned.summary.clone(), count, findings]);
    }
    if !rows.is_empty() {
        shown.push(DossierPart {
            id: "scans".to_owned(),
            title: "Scans".to_owned(),
            text: "What comes from elsewhere, as the gate judged it.".to_owned(),
            head: ["scan", "what it saw", "looked at", "findings"].map(str::to_owned).to_vec(),
            rows,
        });
    }
    Ok(())
}

/// What the model is made of, in both formats.
fn sbom(of: &Gathered, to: &mut Draft, shown: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    for (name, format) in
        [("sbom/model.cdx.json", Format::CycloneDx), ("sbom/model.spdx.json", Format::Spdx)]
    {
        add(to, name, format.write(&of.bill)?)?;
    }
    let mut rows: Vec<Vec<String>> = of
        .bill
        .packages
        .iter()
        .map(|package| {
            let license = match &package.license {
                Stated::Declared(license) | Stated::Concluded(license) => license.to_string(),
                Stated::Ambiguous { reason, .. } => format!("ambiguous: {reason}"),
                Stated::Unknown => "unknown".to_owned(),
            };
            let package = &package.package;
            let version = package.version.clone();
            vec![package.name.clone(), version.unwrap_or_default(), license]
        })
        .collect();
    rows.extend(
        of.bill.gaps.iter().map(|gap| vec![gap.clone(), String::new(), "not listed".to_owned()]),
    );
    shown.push(DossierPart {
        id: "packages".to_owned(),
        title: "Packages".to_owned(),
        text: format!(
            "{} package(s) that the model was made with; sbom/ has them as CycloneDX and SPDX.",
            of.bill.packages.len()
        ),
        head: ["package", "version", "license"].map(str::to_owned).to_vec(),
        rows,
    });
    Ok(())
}

/// What the registry keeps of the release, and what the audit log tells.
fn release(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    add_document(to, file::RELEASE, &of.record.released)?;
    for (entry, checkpoint) in &of.checkpoints {
        add(to, &file::checkpoint(*entry), checkpoint.clone())?;
    }
    let until = of.checkpoints.keys().last();
    add_document(to, file::AUDIT, &AuditExcerpt::of(&of.model, &of.audit, until.copied()))
}

/// The datasets and base models with digests and licenses.
fn data(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    let start = &of.run.start;
    let datasets = start.data.iter().map(|(name, pin)| {
        let declared = start.project.data.get(name);
        let personal = declared.and_then(|dataset| dataset.personal_data);
        json!({
            "name": name,
            "kind": declared.map(|dataset| dataset.kind).unwrap_or_default(),
            "digest": pin.digest,
            "bytes": pin.bytes,
            "license": declared.and_then(|dataset| dataset.license.as_deref()),
            "personal-data": personal.map(PersonalData::as_str),
            "source": pin.source,
        })
    });
    let datasets: Vec<_> = datasets.collect();
    let data = json!({
        "schema": "plimsoll.dossier-data/v1",
        "datasets": datasets,
    });
    add_document(to, "data.json", &data)
}

/// Whose signatures counted where it was made. Whoever checks it judges by a trust file of their own.
fn trust(of: &Gathered, to: &mut Draft, _: &mut Vec<DossierPart>) -> Result<(), CommandError> {
    add(to, "trust.yaml", of.trust.clone())
}

fn part(of: &Gathered, part: Part) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    of.verified.copy(part, &mut bytes).map_err(|error| CommandError::new(Kind::No, error))?;
    Ok(bytes)
}

pub(super) fn add(to: &mut Draft, name: &str, bytes: Vec<u8>) -> Result<(), CommandError> {
    Ok(to.add(name, Content::Bytes(bytes))?)
}

fn add_document<T: Serialize>(to: &mut Draft, name: &str, value: &T) -> Result<(), CommandError> {
    add(to, name, document(value).map_err(bug)?)
}

fn bug(error: serde_json::Error) -> CommandError {
    CommandError::new(Kind::Bug, error)
}
