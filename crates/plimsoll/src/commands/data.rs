//! `plimsoll data`

mod check;
mod drift;
mod profile;
mod schema;
mod selftest;
mod validate;

use std::path::Path;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::ui::Ui;

/// Check data files, with or without a project.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    Drift(drift::Args),
    Profile(profile::Args),
    Schema(schema::Args),
    Selftest(selftest::Args),
    Validate(validate::Args),
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
    /// A test case for each rule or check, which every CI system shows.
    Junit,
}

pub(crate) fn run(command: &Command, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    match command {
        Command::Check(args) => check::run(args, folder, ui),
        Command::Drift(args) => drift::run(args, folder, ui),
        Command::Profile(args) => profile::run(args, folder, ui),
        Command::Schema(args) => schema::run(args, folder, ui),
        Command::Selftest(args) => selftest::run(args, folder, ui),
        Command::Validate(args) => validate::run(args, folder, ui),
    }
}
