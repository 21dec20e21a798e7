//! `plimsoll model`

mod alias;
mod card;
mod dossier;
pub(crate) mod history;
mod list;
mod sbom;
mod show;
mod sign;
mod yank;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::Ui;

/// Look at released models
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    History(history::Args),
    Sbom(sbom::Args),
    Card(card::Args),
    Dossier(dossier::Args),
    Alias(alias::Args),
    Yank(yank::Args),
    Sign(sign::Args),
}

pub(crate) async fn run(
    command: &Command,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::List(args) => list::run(args, ports, ui).await,
        Command::Show(args) => show::run(args, ports, ui).await,
        Command::History(args) => Box::pin(history::run(args, ports, ui)).await,
        Command::Sbom(args) => Box::pin(sbom::run(args, ports, ui)).await,
        Command::Card(args) => Box::pin(card::run(args, ports, ui)).await,
        Command::Dossier(args) => Box::pin(dossier::run(args, ports, ui)).await,
        Command::Alias(args) => alias::run(args, ports, ui).await,
        Command::Yank(args) => yank::run(args, ports, ui).await,
        Command::Sign(args) => Box::pin(sign::run(args, ports, ui)).await,
    }
}
