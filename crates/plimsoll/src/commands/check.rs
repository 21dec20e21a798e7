//! `plimsoll check`

mod model;

use std::path::PathBuf;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::settings::Settings;
use crate::ui::Ui;

/// Check models, with or without a project.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Model(Box<model::Args>),
}

pub(crate) async fn run(
    command: Command,
    settings: Settings,
    folder: PathBuf,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Model(args) => Box::pin(model::run(*args, settings, folder, ui)).await,
    }
}
