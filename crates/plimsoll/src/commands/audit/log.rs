//! `plimsoll audit log`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::audit::{AuditEntry, Transition};
use plimsoll_core::{Digest, ModelName};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Table, Ui, paint};
use crate::view;

/// List what was released, pointed at and taken back: who, what, when and why
///
/// Each entry is sealed to the one before; `plimsoll audit verify` checks the seals.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Of this model only
    #[arg(value_name = "MODEL")]
    model: Option<ModelName>,
    /// Begin behind this entry
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// Show at most this many
    #[arg(long, short = 'n', default_value_t = 1000)]
    limit: u32,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let rows = catalogue.registry.audit(args.model.as_ref(), args.after, args.limit).await?;
    let entries = rows.into_iter().map(|row| Row { entry: row.entry, digest: row.sealed.digest });
    ui.show(&Log { entries: entries.collect() })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Log {
    entries: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    entry: AuditEntry,
    digest: Digest,
}

impl Document for Log {
    const SCHEMA: &'static str = "plimsoll.audit-log/v1";
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[">", "when", "who", "what", "why", "seal"]);
        for Row { entry, digest } in &self.entries {
            table.row([
                entry.sequence.into(),
                view::moment(entry.at).into(),
                entry.who.to_string().into(),
                what(&entry.what).into(),
                entry.why.to_string().into(),
                digest.short().into(),
            ]);
        }
        if table.is_empty() {
            return writeln!(f, "{}", paint(Paint::Faint, "the log has no such entries"));
        }
        write!(f, "{table}")
    }
}

fn what(transition: &Transition) -> String {
    match transition {
        Transition::Released { version, bump, .. } => format!("released {version} ({bump})"),
        Transition::AliasMoved { variant, alias, from, to } => {
            let place = |number: &Option<plimsoll_core::Number>| {
                number.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string)
            };
            format!("{alias} of {variant}: {} -> {}", place(from), place(to))
        }
        Transition::Yanked { version } => format!("yanked {version}"),
    }
}
