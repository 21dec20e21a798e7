//! `plimsoll audit log`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::audit::{AuditEntry, Note, Transition};
use plimsoll_core::weights::Recipient;
use plimsoll_core::{Digest, ModelName, Timestamp};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Table, Ui, paint};
use crate::view;

/// List what was released, pointed at, taken back and opened with a key: who, what, when and why
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
    let entries = rows.into_iter().map(|row| Row::of(row.entry, row.sealed.digest));
    ui.show(&Log { entries: entries.collect() })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Log {
    entries: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    sequence: u64,
    at: String,
    who: Note,
    why: Note,
    what: Transition,
    evidence: Option<Digest>,
    digest: Digest,
    #[serde(skip)]
    moment: Timestamp,
}

impl Row {
    fn of(entry: AuditEntry, digest: Digest) -> Self {
        let AuditEntry { sequence, at, who, why, what, evidence, .. } = entry;
        Self { sequence, at: view::rfc3339(at), who, why, what, evidence, digest, moment: at }
    }
}

impl Document for Log {
    const SCHEMA: &'static str = "plimsoll.audit-log/v1";
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[">", "when", "who", "what", "why", "seal"]);
        for row in &self.entries {
            table.row([
                row.sequence.into(),
                view::moment(row.moment).into(),
                row.who.to_string().into(),
                what(&row.what).into(),
                row.why.to_string().into(),
                row.digest.short().into(),
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
        Transition::AliasMoved { variant, alias, from, to, .. } => {
            let place = |number: &Option<plimsoll_core::Number>| {
                number.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string)
            };
            format!("{alias} of {variant}: {} -> {}", place(from), place(to))
        }
        Transition::Yanked { version } => format!("yanked {version}"),
        Transition::Encrypted(encryption) => {
            let (version, to) = (&encryption.version, shortened(&encryption.recipients));
            format!("encrypted the weights of {version} to {to}")
        }
        Transition::KeyUsed(used) => {
            format!("used {} on the weights of {}", shortened(&used.keys), used.version)
        }
        Transition::Approval(approval) => {
            let (by, done) = (&approval.by, approval.decision.done());
            format!("{by} {done} {} {}", approval.variant, approval.subject.short())
        }
    }
}

/// Names keys by how they begin; all of each is in the document.
fn shortened(keys: &[Recipient]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("{}…", key.short())).collect();
    keys.join(", ")
}
