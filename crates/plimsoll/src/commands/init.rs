//! `plimsoll init`

use std::fmt;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::example;
use crate::ui::{Document, Paint, Ui, paint};

/// Write an example repository to begin from
///
/// The folder must be empty or not there yet. Nothing of it needs Plimsoll's source.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where to write it
    folder: PathBuf,
    /// Which example
    #[arg(long, value_enum)]
    example: Example,
}

/// The examples that there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Example {
    /// Hourly bike rentals: gradient-boosted trees, ONNX, a gate, a monitor, retraining
    BikeDemand,
}

pub(crate) fn run(args: &Args, here: &std::path::Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let Example::BikeDemand = args.example;
    let folder = here.join(&args.folder);
    let unwritten = |error: std::io::Error| {
        CommandError::world(format!("{} could not be written: {error}", folder.display()))
    };
    match std::fs::read_dir(&folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                let message =
                    format!("{} is not empty, and nothing is written over", folder.display());
                return Err(CommandError::usage(message).hint("name a new folder"));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritten(error)),
    }
    example::write(&folder).map_err(unwritten)?;
    ui.show(&Written { folder: args.folder.clone(), files: example::BIKE_DEMAND.len() })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Written {
    folder: PathBuf,
    files: usize,
}

impl Document for Written {
    const SCHEMA: &'static str = "plimsoll.init/v1";
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        writeln!(
            f,
            "wrote {} files to {}",
            self.files,
            paint(Paint::Strong, self.folder.display())
        )?;
        writeln!(f, "  next: cd {folder}")?;
        writeln!(f, "        git init -q && git add . && git commit -qm \"bike-demand\"")?;
        writeln!(f, "        plimsoll run")
    }
}
