//! `plimsoll store gc`

use std::fmt;
use std::time::Duration;

use plimsoll_core::RunId;
use plimsoll_engine::key_lock::Locks;
use plimsoll_store::{Collected, Collection, Deletion};
use serde::Serialize;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::{self, Ports};
use crate::ui::{Document, Ui};
use crate::view;

/// The shortest grace period, in minutes, that is safe beside a run: longer than any time between
/// storing an object and recording it.
const BESIDE_RUNS: u64 = 10;

/// Remove objects that no run refers to
///
/// What was stored within the grace period stays, since a running process may not have recorded it yet.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep objects stored less than this many minutes ago
    #[arg(long, value_name = "MINUTES", default_value_t = Collection::GRACE.as_secs() / 60)]
    grace: u64,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    // Before anything is looked at: what a run stores that begins later is newer than this.
    let now = ports::now();
    if args.grace < BESIDE_RUNS && !args.dry_run {
        refuse_beside_runs(args.grace, ports)?;
    }
    let roots = ports.roots().await?;
    let what = Collection {
        now,
        grace: Duration::from_secs(args.grace.saturating_mul(60)),
        deletion: if args.dry_run { Deletion::DryRun } else { Deletion::Delete },
    };
    let collected = ports.folder_objects.collect(&roots, &what)?;
    ui.show(&Shown {
        dry_run: args.dry_run,
        grace_minutes: args.grace,
        of: Counts::of(&collected),
    })?;
    Ok(Exit::Done)
}

/// Refuses a grace period of `minutes` while runs are under way.
fn refuse_beside_runs(minutes: u64, ports: &Ports) -> Result<(), CommandError> {
    let unread = |error| CommandError::new(Kind::World, error);
    let live = Locks::below(&ports.settings.home).and_then(|locks| locks.live_runs());
    let live: Vec<_> = live.map_err(unread)?.iter().map(RunId::short).collect();
    let (what, its) = match &*live {
        [] => return Ok(()),
        [one] => (format!("run {one} is"), "its"),
        several => (format!("runs {} are", several.join(", ")), "their"),
    };
    Err(CommandError::world(format!(
        "{what} under way, and a grace period of {minutes} minutes may remove what is stored \
         and not recorded yet"
    ))
    .hint(format!("wait for {its} end, or keep {BESIDE_RUNS} minutes or more with `--grace`")))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    dry_run: bool,
    grace_minutes: u64,
    #[serde(flatten)]
    of: Counts,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    kept: u64,
    kept_bytes: u64,
    young: u64,
    young_bytes: u64,
    deleted: u64,
    deleted_bytes: u64,
    unfinished: u64,
    missing_folders: Vec<String>,
}

impl Counts {
    fn of(collected: &Collected) -> Self {
        Self {
            kept: collected.kept,
            kept_bytes: collected.kept_bytes,
            young: collected.young,
            young_bytes: collected.young_bytes,
            deleted: collected.deleted,
            deleted_bytes: collected.deleted_bytes,
            unfinished: collected.unfinished,
            missing_folders: collected.missing_folders.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.store-gc/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = &self.of;
        let verb = if self.dry_run { "would be removed" } else { "removed" };
        writeln!(f, "{} objects ({}) {verb}", of.deleted, view::size(of.deleted_bytes))?;
        writeln!(f, "{} objects ({}) are referred to by runs", of.kept, view::size(of.kept_bytes))?;
        if of.young > 0 {
            let (young, bytes) = (of.young, view::size(of.young_bytes));
            writeln!(
                f,
                "{young} objects ({bytes}) are younger than {} minutes",
                self.grace_minutes
            )?;
        }
        if of.unfinished > 0 {
            writeln!(f, "{} half-stored files {verb}", of.unfinished)?;
        }
        for folder in &of.missing_folders {
            writeln!(f, "folder {folder} is referred to and missing")?;
        }
        Ok(())
    }
}
