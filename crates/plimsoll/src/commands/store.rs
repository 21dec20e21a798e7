//! `plimsoll store`

mod gc;
mod verify;

use clap::Subcommand;
use plimsoll_core::Digest;
use tokio::io::AsyncReadExt;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::ui::Ui;

/// Look after the object store.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print an object
    Cat {
        /// Its digest, `blake3:…`
        digest: Digest,
    },
    Verify(verify::Args),
    Gc(gc::Args),
}

pub(crate) async fn run(
    command: &Command,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Cat { digest } => cat(digest, ports, ui).await,
        Command::Verify(args) => verify::run(args, ports, ui),
        Command::Gc(args) => gc::run(args, ports, ui).await,
    }
}

async fn cat(digest: &Digest, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let mut content = ports.objects.open(digest, None).await?;
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = content.read(&mut piece).await.map_err(|error| {
            CommandError::new(Kind::Damaged, error)
                .hint("run `plimsoll store verify` to list every damaged object")
        })?;
        if read == 0 {
            return Ok(Exit::Done);
        }
        ui.data(&piece[..read])?;
    }
}
