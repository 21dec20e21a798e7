//! `plimsoll audit verify`

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use plimsoll_core::Digest;
use plimsoll_core::ports::AuditReport;
use serde::Serialize;

use super::exported;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{checkpoints, keys};

/// Check that no entry was changed, removed or moved, and that versions and aliases follow from them
///
/// Also holds the log against the checkpoints that were signed, against the newest one that this home
/// knows, and with --export does the same for a file that `plimsoll audit export` wrote, without the
/// registry. What was added after the newest checkpoint can be cut off or rewritten unseen, unless a
/// later one, or the head that is printed here, was kept elsewhere: give it with --checkpoint or --head.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The digest that an earlier check printed: the log must still contain it, an export end with it
    #[arg(long, value_name = "DIGEST")]
    pub head: Option<Digest>,
    /// Verify this file, which `plimsoll audit export` wrote, instead of a registry
    #[arg(long, value_name = "FILE", conflicts_with = "registry")]
    pub export: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere: the log must still have its entry. May be given often
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    if let Some(file) = &args.export {
        let shown = exported::verify(file, args, ports)?;
        ui.show(&shown)?;
        return Ok(if shown.found == 0 { Exit::Done } else { Exit::No });
    }
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let trust = match &args.trust {
        Some(file) => Some(keys::trust(&ports.settings, Some(&ports.folder.join(file)))?),
        None => keys::known_trust(&ports.settings)?,
    };
    let report = catalogue.registry.verify_audit().await?;
    let mut faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    let mut found = report.found;
    if let Some(head) = &args.head
        && !contains(head, &report, &*catalogue.registry).await?
    {
        faults.push(format!("the log does not contain {head}: it was rewritten since"));
        found += 1;
    }
    let mut known = Vec::new();
    for file in &args.checkpoint {
        let Some(trust) = &trust else {
            return Err(CommandError::usage("there is no trust file to judge checkpoints by")
                .hint("name one with `--trust FILE`"));
        };
        known.push(exported::checkpoint(&ports.folder.join(file), trust)?);
    }
    let held = match checkpoints::hold(trust.as_ref(), &known, &catalogue, ports).await {
        Ok(held) => held,
        // What cannot be read is among the faults already.
        Err(_) if found > 0 => checkpoints::Held::default(),
        Err(error) => return Err(error),
    };
    found += held.faults.len() as u64;
    faults.extend(held.faults);
    let verdict = if found == 0 { "pass" } else { "block" };
    ui.show(&Shown {
        verdict,
        entries: report.entries,
        head: report.head,
        checkpoints: held.checkpoints,
        signed: held.newest.map_or(0, |newest| newest.sequence),
        signers: held.signers,
        found,
        faults,
        is_export: false,
    })?;
    Ok(if found == 0 { Exit::Done } else { Exit::No })
}

async fn contains(
    head: &Digest,
    report: &AuditReport,
    registry: &dyn plimsoll_core::ports::Registry,
) -> Result<bool, CommandError> {
    if report.head == *head {
        return Ok(true);
    }
    let mut after = 0;
    loop {
        let rows = registry.audit(None, after, 1000).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        after = last.entry.sequence;
        // The head of an empty log is what its first entry was sealed to later.
        if rows.iter().any(|row| [row.sealed.digest, row.sealed.previous].contains(head)) {
            return Ok(true);
        }
    }
}

#[derive(Serialize)]
pub(super) struct Shown {
    pub verdict: &'static str,
    pub entries: u64,
    pub head: Digest,
    /// How many checkpoints hold.
    pub checkpoints: u64,
    /// The last entry that one of them vouches for.
    pub signed: u64,
    pub signers: BTreeSet<String>,
    pub found: u64,
    pub faults: Vec<String>,
    #[serde(skip)]
    pub is_export: bool,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.audit-verify/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{} {fault}", paint(Paint::Bad, "✗"))?;
        }
        let listed = self.faults.len() as u64;
        if self.found > listed {
            writeln!(f, "  and {} more", self.found - listed)?;
        }
        if self.found == 0 {
            let more = if self.is_export { "" } else { "; versions and aliases follow from them" };
            writeln!(
                f,
                "{} {} entries, each sealed to the one before{more}",
                paint(Paint::Good, "✓"),
                self.entries
            )?;
        }
        match self.signed {
            0 => writeln!(
                f,
                "  no checkpoint vouches for it; `plimsoll audit checkpoint` makes one"
            )?,
            signed => {
                let by: Vec<&str> = self.signers.iter().map(String::as_str).collect();
                let plural = if self.checkpoints == 1 { "" } else { "s" };
                write!(f, "  signed up to entry {signed} by {}", by.join(", "))?;
                writeln!(f, " ({} checkpoint{plural})", self.checkpoints)?;
            }
        }
        let left = self.entries.saturating_sub(self.signed);
        if self.signed > 0 && left > 0 {
            let text =
                format!("the last {left} could be cut off unseen: no checkpoint covers them");
            writeln!(f, "  {}", paint(Paint::Warning, text))?;
        }
        writeln!(f, "  head  {}", self.head)
    }
}
