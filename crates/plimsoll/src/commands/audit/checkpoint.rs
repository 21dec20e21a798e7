//! `plimsoll audit checkpoint`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::Digest;
use plimsoll_release::role::Role;
use serde::Serialize;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{checkpoints, keys, output_file, view};

/// Sign the end of the log: nothing before it can be changed or taken away unseen then
///
/// Each release does so too. The key needs the role `release` or `gate` in the trust file of whoever
/// verifies. Keep the file that --output writes somewhere else, and give it to a later check with
/// --checkpoint: it finds a log whose end was cut off.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write the signed checkpoint to this file as well
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let key = keys::signing_key(&ports.settings, ui)?;
    let trust = keys::known_trust(&ports.settings)?;
    let made = checkpoints::make(&key, trust.as_ref(), &catalogue, ports).await?;
    if let Some(file) = &args.output {
        output_file::write(&ports.folder, file, format!("{}\n", made.statement))?;
    }
    let id = key.public().id().map_err(|error| CommandError::new(Kind::Bug, error))?;
    let named = trust.as_ref().and_then(|trust| trust.keys().get(&id));
    let checkpoint = made.checkpoint;
    ui.show(&Shown {
        log: checkpoint.log,
        sequence: checkpoint.sequence,
        head: checkpoint.head,
        at: view::rfc3339(checkpoint.at),
        role: checkpoint.role,
        by: named.map_or_else(|| id.short(), |key| key.name.clone()),
        file: args.output.clone(),
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Shown {
    log: Digest,
    sequence: u64,
    head: Digest,
    at: String,
    role: Role,
    by: String,
    file: Option<PathBuf>,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.audit-checkpoint/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = format!("entry {}", self.sequence);
        writeln!(f, "{} signed the log up to {}", self.by, paint(Paint::Strong, head))?;
        writeln!(f, "  head  {}", self.head)?;
        match &self.file {
            Some(file) => writeln!(f, "  file  {}", file.display()),
            None => Ok(()),
        }
    }
}
