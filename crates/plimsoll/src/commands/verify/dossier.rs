//! Checking a dossier offline.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use plimsoll_core::approval::{Opinion, Validity};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Alias, RunId, Version};
use plimsoll_release::approval::Heard;
use plimsoll_release::deployment::Deployed;
use plimsoll_release::dossier::{Again, Dossier, VerifiedDossier, Vouched};
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
    /// What was said since.
    approvals: Vec<Said>,
    deployments: Vec<Said>,
    reproductions: Vec<Said>,
    /// Who vouches for the audit log, and up to which entry.
    checkpoints: Vec<Said>,
}

/// Something that was said of the version since it was made.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Said {
    what: String,
    /// What the trust file calls who said it; `None` where that does not count.
    signer: Option<String>,
    /// Why it does not count.
    problem: Option<String>,
}

impl Shown {
    fn of(verified: &VerifiedDossier) -> Self {
        let (release, later) = (&verified.release, &verified.later);
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
            approvals: later.approvals.iter().map(Said::approval).collect(),
            deployments: later.deployments.iter().map(Said::deployment).collect(),
            reproductions: later.reproductions.iter().map(Said::reproduction).collect(),
            checkpoints: later.checkpoints.iter().map(Said::checkpoint).collect(),
        }
    }
}

impl Said {
    fn of(what: String, by: Result<&str, &str>) -> Self {
        let (signer, problem) = (by.ok().map(str::to_owned), by.err().map(str::to_owned));
        Self { what, signer, problem }
    }

    fn approval(heard: &Heard) -> Self {
        match heard {
            Heard::Opinion(opinion) => {
                let Opinion { by, decision, comment, at, validity, .. } = opinion;
                let what = format!("{} on {} ({comment})", decision.done(), view::rfc3339(*at));
                match validity {
                    Validity::Valid => Self::of(what, Ok(by)),
                    Validity::Ended(why) => Self::of(what, Err(&format!("{by} {why}"))),
                }
            }
            Heard::Stranger { by, decision, why } => {
                Self::of(decision.done().to_owned(), Err(&format!("{by} {why}")))
            }
        }
    }

    fn deployment((alias, deployed): &(Alias, Deployed)) -> Self {
        match deployed {
            Deployed::Signed { by, deployment } => {
                let at = view::rfc3339(deployment.at);
                let approved: Vec<&str> =
                    deployment.approvals.iter().map(|approver| &*approver.by).collect();
                let approved = match &approved[..] {
                    [] => String::new(),
                    names => format!(", approved by {}", names.join(" and ")),
                };
                Self::of(format!("as {alias} on {at}{approved}"), Ok(by))
            }
            Deployed::Stranger(why) => Self::of(format!("as {alias}"), Err(why)),
        }
    }

    fn reproduction(again: &Again) -> Self {
        match again {
            Again::Said { by, answer, at } => {
                Self::of(format!("{answer} on {}", view::rfc3339(*at)), Ok(by))
            }
            Again::Stranger(why) => Self::of("with an unknown result".to_owned(), Err(why)),
        }
    }

    fn checkpoint(vouched: &Vouched) -> Self {
        let by = vouched.by.as_deref().map_err(String::as_str);
        Self::of(format!("up to entry {}", vouched.entry), by)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.signer, &self.problem) {
            (Some(signer), _) => write!(f, "{}, signed by {signer}", self.what),
            (None, problem) => {
                let problem = problem.as_deref().unwrap_or("does not count");
                write!(f, "{}: {}", self.what, paint(Paint::Warning, problem))
            }
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
        let later = [
            ("approval", &self.approvals),
            ("deployed", &self.deployments),
            ("made again", &self.reproductions),
        ];
        for (head, said) in
            later.into_iter().flat_map(|(head, all)| all.iter().map(move |said| (head, said)))
        {
            writeln!(f, "  {head:<11} {said}")?;
        }
        if let Some(checkpoint) = self.checkpoints.last() {
            writeln!(f, "  checkpoint  {checkpoint}")?;
        }
        Ok(())
    }
}
