//! `plimsoll demo`

mod ask;
mod changes;
mod city;
mod clock;
mod folder;
mod narrator;
mod stage;
mod story;
mod words;

use std::path::PathBuf;

use crate::error::{CommandError, Exit};
use crate::settings::Settings;
use crate::ui::Ui;

/// Tell the whole story on an example: from a commit to a monitored model and back, in minutes
///
/// Everything is real but the clock: the example's pipeline is run, its model released, served over HTTP,
/// watched, refused, trained again and rolled back, in a folder of its own with a throw-away key. Exit
/// code 0 only when everything went as told. Called again in the same folder, it begins anew.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where the story takes place
    #[arg(default_value = "plimsoll-demo")]
    folder: PathBuf,
    /// Tell it on this file instead of the simulated one: UCI's hour.csv of the bike sharing data set
    #[arg(long, value_name = "HOUR.CSV")]
    data: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

pub(crate) async fn run(
    args: &Args,
    settings: Settings,
    here: &std::path::Path,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let data = args.data.as_ref().map(|file| here.join(file));
    let city = city::City::read(data.as_deref())?;
    let place = folder::Place::prepare(&here.join(&args.folder), &city)?;
    let onnxruntime = args.onnxruntime.clone().or_else(|| settings.onnxruntime.clone());
    let mut narrator = narrator::Narrator::new(ui);
    let runs = stage::Runs::default();
    let told = {
        let mut telling =
            Box::pin(story::tell(&city, &place, settings, onnxruntime, &runs, &mut narrator));
        tokio::select! {
            told = &mut telling => Ok(told),
            signal = interrupted() => {
                // A run that is under way ends its steps, which would go on without it.
                tokio::select! {
                    biased;
                    _ = runs.lock() => {}
                    _ = telling => {}
                }
                Err(signal)
            }
        }
    };
    narrator.clear();
    let told = match told {
        Ok(told) => told,
        Err(signal) => return Ok(Exit::Signal(signal?)),
    };
    let exit = if told? { Exit::Done } else { Exit::No };
    narrator.show(ui)?;
    Ok(exit)
}

/// Waits for ctrl-C or SIGTERM.
async fn interrupted() -> Result<u8, CommandError> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen =
        |kind| signal(kind).map_err(|error| CommandError::world(format!("no signals: {error}")));
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(tokio::select! { _ = interrupt.recv() => 2, _ = terminate.recv() => 15 })
}
