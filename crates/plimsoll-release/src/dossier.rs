//! Everything about a version in one place, which somebody without a registry can check offline.
//!
//! A folder or one tar file. A signed manifest covers every byte of it, and what is in it is held
//! against each other: the statements against the bundle's manifest, the evidence against what the
//! statements name, the audit log against the release. There is one way to write it, so a byte that no
//! digest covers cannot be changed either. What belongs into one is the caller's to gather: a part is a
//! file with a name.

mod audit;
mod error;
mod later;
mod manifest;
mod open;
mod verify;
mod write;

pub use audit::{AuditExcerpt, ExcerptError, Link};
pub use error::VerifyDossierError;
pub use later::{Again, Later, Vouched};
pub use manifest::NameError;
pub use open::{Dossier, OpenDossierError};
pub use verify::VerifiedDossier;
pub use write::{AddError, Content, Draft, SealDossierError, SealedDossier, WriteDossierError};

/// Files that are held against each other, by what they are called in a dossier.
pub mod file {
    use crate::statement::ClaimKind;

    /// The bundle's manifest, whose SHA-256 is the subject.
    pub const BUNDLE_MANIFEST: &str = "bundle/manifest.json";
    /// What the model takes and gives.
    pub const SIGNATURE: &str = "bundle/signature.json";
    /// The lock of its environment.
    pub const ENVIRONMENT: &str = "bundle/environment.lock";
    /// The source of its card.
    pub const CARD_SOURCE: &str = "bundle/card.md";
    /// The model, where weights were asked for.
    pub const MODEL: &str = "bundle/model.onnx";
    /// What was measured.
    pub const EVALUATION: &str = "evidence/evaluation.json";
    /// The folder of what was found of datasets, `NAME.json`.
    pub const VALIDATIONS: &str = "evidence/data/";
    /// The folder of what scans saw, `NAME.json`.
    pub const SCANS: &str = "evidence/scan/";
    /// The verdict as it was signed.
    pub const VERDICT: &str = "verdict.json";
    /// What the registry keeps of the release.
    pub const RELEASE: &str = "release.json";
    /// The part of the audit log that tells of the model.
    pub const AUDIT: &str = "audit.json";
    /// The folder of signed statements: `KIND.sigstore.json` of the bundle, `KIND-ENTRY.sigstore.json`
    /// where an entry of the audit log tells of it, `KIND-NUMBER.sigstore.json` of the rest.
    pub const STATEMENTS: &str = "statements/";
    /// The folder of what came of making the version again, `NUMBER.json`.
    pub const REPRODUCTIONS: &str = "evidence/reproduction/";
    /// The folder of signed checkpoints of the audit log, `ENTRY.sigstore.json`.
    pub const CHECKPOINTS: &str = "checkpoints/";

    /// Returns the file of a statement of the bundle.
    pub fn of_bundle(kind: ClaimKind) -> String {
        format!("{STATEMENTS}{kind}.sigstore.json")
    }

    /// Returns the file of what a person said, by its entry in the audit log.
    pub fn approval(entry: u64) -> String {
        numbered(ClaimKind::Approval, &entry)
    }

    /// Returns the file of a deployment, by its entry in the audit log.
    pub fn deployment(entry: u64) -> String {
        numbered(ClaimKind::Deployment, &entry)
    }

    /// Returns the file of a statement that the version came out again, or did not, from 1.
    pub fn reproduction(place: usize) -> String {
        numbered(ClaimKind::Reproduction, &place)
    }

    /// Returns the file of what such a statement is about.
    pub fn reproduction_evidence(place: usize) -> String {
        format!("{REPRODUCTIONS}{place}.json")
    }

    /// Returns the file of a checkpoint, by its entry in the audit log.
    pub fn checkpoint(entry: u64) -> String {
        format!("{CHECKPOINTS}{entry}.sigstore.json")
    }

    fn numbered(kind: ClaimKind, number: &dyn std::fmt::Display) -> String {
        format!("{STATEMENTS}{kind}-{number}.sigstore.json")
    }
}

/// The manifest: every other file with its SHA-256.
const MANIFEST: &str = "dossier.json";

/// The signed statement about the manifest.
const STATEMENT: &str = "dossier.sigstore.json";

/// How the names of dossiers begin that are not finished.
const UNFINISHED: &str = ".dossier-";

/// The largest file but the weights; Plimsoll writes kilobytes.
const LARGEST_DOCUMENT: u64 = 64 * 1024 * 1024;

/// The most files of a dossier.
const MOST_FILES: usize = 2000;

/// How deep folders lie in one another.
const DEEPEST: usize = 4;

/// Returns the bytes of a document of a dossier: JSON for people and for `jq`.
pub fn document<T: serde::Serialize>(document: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests;
