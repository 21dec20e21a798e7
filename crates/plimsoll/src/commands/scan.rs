//! `plimsoll scan`

pub(crate) mod advisories;
mod deployed;
pub(crate) mod licenses;
pub(crate) mod model;
mod named;
mod remote;
pub(crate) mod vulnerabilities;
mod waivers;

use std::path::Path;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::settings::Settings;
use crate::ui::Ui;

/// Scan what comes from elsewhere, with or without a project.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Model(model::Args),
    Licenses(Box<licenses::Args>),
    Vulnerabilities(Box<vulnerabilities::Args>),
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// The document of `--json`.
    Json,
    /// SARIF 2.1.0, which code hosts show beside a change.
    Sarif,
}

pub(crate) async fn run(
    command: &Command,
    folder: &Path,
    settings: Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Model(args) => model::run(args, folder, ui),
        Command::Licenses(args) => licenses::run(args, folder, &settings, ui),
        Command::Vulnerabilities(args) => {
            Box::pin(vulnerabilities::run(args, folder, settings, ui)).await
        }
    }
}
