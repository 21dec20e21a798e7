//! `plimsoll logs`

use std::fs;
use std::path::PathBuf;

use plimsoll_core::StepName;
use plimsoll_core::record::{RunRecord, StepState};

use crate::error::{CommandError, Exit};
use crate::evidence;
use crate::ports::Ports;
use crate::ui::Ui;

/// Print what a run's steps wrote
///
/// Of a cached step it is what the run printed that made its outputs.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The beginning of a run's id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// Only this step; without one, every step in order, each under its name
    step: Option<StepName>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let id = ports.find_run(&args.run).await?;
    let record = evidence::record(&*ports.runs, id).await?;
    let steps: Vec<_> = match &args.step {
        None => record.steps.iter().map(|step| step.name.clone()).collect(),
        Some(name) if record.step(name).is_some() => vec![name.clone()],
        Some(name) => {
            let known: Vec<_> = record.steps.iter().map(|step| step.name.as_str()).collect();
            let error = CommandError::usage(format!("run {} has no step `{name}`", id.short()));
            return Err(error.hint(format!("its steps are {}", known.join(", "))));
        }
    };
    let mut found = 0;
    for step in &steps {
        let Some(path) = find(ports, &record, step).await? else { continue };
        let Ok(mut file) = fs::File::open(&path) else { continue };
        if steps.len() > 1 {
            ui.data(format!("==> {step}\n").as_bytes())?;
        }
        copy(&mut file, &path, ui)?;
        found += 1;
    }
    if found == 0 {
        let which =
            args.step.as_ref().map_or("no step".to_owned(), |step| format!("step `{step}` not"));
        ui.note(format!(
            "nothing was printed: {which} started in run {}, or its log is gone",
            id.short()
        ));
    }
    Ok(Exit::Done)
}

fn copy(file: &mut fs::File, path: &std::path::Path, ui: &mut Ui) -> Result<(), CommandError> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let unread =
            |error| CommandError::world(format!("{} could not be read: {error}", path.display()));
        match std::io::Read::read(file, &mut piece).map_err(unread)? {
            0 => return Ok(()),
            read => ui.data(&piece[..read])?,
        }
    }
}

/// Finds the log of `step`, in the run that started it.
async fn find(
    ports: &Ports,
    record: &RunRecord,
    step: &StepName,
) -> Result<Option<PathBuf>, CommandError> {
    let path = |run: plimsoll_core::RunId, attempt: u32| ports.log(&run, step, attempt);
    match record.step(step).map(|step| &step.state) {
        Some(StepState::Running { attempt } | StepState::Ran { attempt }) => {
            Ok(Some(path(record.id, *attempt)))
        }
        Some(StepState::Failed { attempt, .. }) if *attempt > 0 => {
            Ok(Some(path(record.id, *attempt)))
        }
        Some(StepState::Cached { from_run }) => {
            let origin = evidence::record(&*ports.runs, *from_run).await?;
            Ok(match origin.step(step).map(|step| &step.state) {
                Some(StepState::Ran { attempt }) => Some(path(*from_run, *attempt)),
                _ => None,
            })
        }
        _ => Ok(None),
    }
}
