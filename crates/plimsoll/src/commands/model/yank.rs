//! `plimsoll model yank`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::Version;
use plimsoll_core::audit::Note;
use serde::Serialize;

use crate::commands::release;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Ui};

/// Take a version back: it stays readable, but nothing may serve it or point at it
///
/// Its number is never used again. An alias that points at it must be moved first.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION
    version: Version,
    /// Why, for the audit log
    #[arg(long, value_name = "REASON")]
    because: Note,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let occasion = release::occasion(ports, Some(&args.because), "")?;
    catalogue.registry.yank(&args.version, &occasion).await?;
    ui.show(&TakenBack { version: args.version.clone(), because: args.because.clone() })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct TakenBack {
    version: Version,
    because: Note,
}

impl Document for TakenBack {
    const SCHEMA: &'static str = "plimsoll.model-yank/v1";
}

impl fmt::Display for TakenBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is yanked", self.version)
    }
}
