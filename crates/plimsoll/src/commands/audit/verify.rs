//! `plimsoll audit verify`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::Digest;
use plimsoll_core::ports::AuditReport;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};

/// Check that no entry was changed, removed or moved, and that versions and aliases follow from them
///
/// Who rewrites everything is found only by a digest that was kept elsewhere: note the one that is
/// printed, and give it to a later check with --head.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The digest that an earlier check printed: the log must still contain it
    #[arg(long, value_name = "DIGEST")]
    head: Option<Digest>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let report = catalogue.registry.verify_audit().await?;
    let mut faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    let mut found = report.found;
    if let Some(head) = &args.head
        && !contains(head, &report, &*catalogue.registry).await?
    {
        faults.push(format!("the log does not contain {head}: it was rewritten since"));
        found += 1;
    }
    let verdict = if found == 0 { "pass" } else { "block" };
    ui.show(&Shown { verdict, entries: report.entries, head: report.head, found, faults })?;
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
struct Shown {
    verdict: &'static str,
    entries: u64,
    head: Digest,
    found: u64,
    faults: Vec<String>,
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
            writeln!(
                f,
                "{} {} entries, each sealed to the one before; versions and aliases follow from them",
                paint(Paint::Good, "✓"),
                self.entries
            )?;
        }
        writeln!(f, "  head  {}", self.head)
    }
}
