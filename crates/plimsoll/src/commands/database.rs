//! `plimsoll database`

mod show;
mod update;

use std::path::Path;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::settings::Settings;
use crate::ui::Ui;

/// Keep the advisories that packages are held against.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Update(update::Args),
    Show(show::Args),
}

pub(crate) fn run(
    command: &Command,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Update(args) => update::run(args, folder, settings, ui),
        Command::Show(args) => show::run(args, folder, settings, ui),
    }
}
