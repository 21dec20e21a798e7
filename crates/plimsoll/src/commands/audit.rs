//! `plimsoll audit`

mod checkpoint;
mod export;
mod exported;
mod log;
mod verify;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::Ui;

/// Read and check the log of every transition
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Log(log::Args),
    Verify(verify::Args),
    Checkpoint(checkpoint::Args),
    Export(export::Args),
}

pub(crate) async fn run(
    command: &Command,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Log(args) => log::run(args, ports, ui).await,
        Command::Verify(args) => verify::run(args, ports, ui).await,
        Command::Checkpoint(args) => checkpoint::run(args, ports, ui).await,
        Command::Export(args) => export::run(args, ports, ui).await,
    }
}
