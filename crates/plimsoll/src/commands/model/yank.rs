//! `plimsoll model yank`

use std::path::PathBuf;

use plimsoll_core::Version;
use plimsoll_core::audit::Note;

use crate::commands::release;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::Ui;

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
    ui.note(format_args!("{} is yanked", args.version));
    Ok(Exit::Done)
}
