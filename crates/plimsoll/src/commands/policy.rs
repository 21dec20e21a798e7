//! `plimsoll policy`

mod test;

use clap::Subcommand;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::Ui;

/// Try an organisation's policy before it holds
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Test(test::Args),
}

pub(crate) async fn run(
    command: &Command,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Test(args) => test::run(args, ports, ui).await,
    }
}
