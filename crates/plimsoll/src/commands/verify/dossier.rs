//! Checking a dossier offline.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{RunId, Version};
use plimsoll_release::dossier::{Dossier, VerifiedDossier};
use plimsoll_release::trust::Trust;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::view;

/// Checks the dossier at `path`.
pub(super) fn run(
    path: &Path,
    trust: &Trust,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let verified = Dossier::open(path)?.verify(trust, ports.clock.now())?;
    ui.show(&Shown::of(&verified))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    verdict: &'static str,
    version: Version,
    subject: Subject,
    run: RunId,
    released: String,
    rules: usize,
    files: usize,
    audited: usize,
    weights: bool,
    signers: BTreeMap<String, String>,
}

impl Shown {
    fn of(verified: &VerifiedDossier) -> Self {
        let release = &verified.release;
        let signers = verified.signers.iter().map(|(kind, key)| (kind.to_string(), key.clone()));
        Self {
            verdict: "pass",
            version: verified.version.clone(),
            subject: verified.subject,
            run: release.run,
            released: view::rfc3339(release.at),
            rules: verified.verdict.verdict.rules.len(),
            files: verified.files,
            audited: verified.audited,
            weights: verified.has_weights,
            signers: signers.collect(),
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.verify-dossier/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} the dossier of {} verifies: every byte is accounted for, and its parts agree",
            paint(Paint::Good, "✓"),
            paint(Paint::Strong, &self.version)
        )?;
        writeln!(f, "  subject     {}", self.subject)?;
        writeln!(f, "  released    {} from run {}", self.released, self.run.short())?;
        let plural = if self.rules == 1 { "" } else { "s" };
        writeln!(f, "  gate        pass, {} rule{plural}", self.rules)?;
        let weights = if self.weights { "the model among them" } else { "without the model" };
        writeln!(f, "  files       {}, {weights}", self.files)?;
        writeln!(f, "  audit log   {} entries of the model, sealed to one another", self.audited)?;
        for (statement, key) in &self.signers {
            writeln!(f, "  {statement:<11} signed by {key}")?;
        }
        Ok(())
    }
}
