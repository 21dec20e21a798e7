//! `plimsoll runtime`

use std::fmt;

use clap::Subcommand;
use plimsoll_predict::runtime;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::settings::Settings;
use crate::ui::{Document, Ui};

/// Get what evaluation needs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch ONNX Runtime's library with pip or uv, check its SHA-256, keep it in the cache
    Install,
}

pub(crate) async fn run(
    command: &Command,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    match command {
        Command::Install => {
            ui.note("fetching ONNX Runtime (about 25 MB)");
            let (cache, path) = (settings.cache.clone(), settings.path.clone());
            let fetch = move || runtime::install(&cache, &path);
            let joined = tokio::task::spawn_blocking(fetch).await;
            let library = joined.map_err(|error| CommandError::world(error.to_string()))??;
            ui.show(&Installed {
                path: library.path.display().to_string(),
                version: library.version(),
                digest: library.digest.to_string(),
            })?;
            Ok(Exit::Done)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Installed {
    path: String,
    version: Option<String>,
    digest: String,
}

impl Document for Installed {
    const SCHEMA: &'static str = "plimsoll.runtime-install/v1";
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        writeln!(f, "ONNX Runtime {version}\n  {}\n  {}", self.path, self.digest)
    }
}
