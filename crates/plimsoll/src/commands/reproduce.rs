//! `plimsoll reproduce`

mod answers;
mod bench;
mod commit;
mod contents;
mod files;
mod log;
mod origin;
mod shown;
mod told;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::Reference;
use plimsoll_core::event::RunEnd;
use plimsoll_core::record::RunRecord;
use plimsoll_core::reproduction::{
    Agreement, Condition, Past, REPRODUCTION, Reproduction, StepAgain, Tolerance, again, conclude,
};
use plimsoll_engine::reproduce::{self, Place};
use plimsoll_engine::run::{
    Canceller, EnginePorts, RunOutcome, RunRequest, Unobserved, start_only,
};

use super::run;
use crate::error::{CommandError, Exit};
use crate::ports::{self, Ports};
use crate::ui::Ui;
use crate::{keys, values};

use bench::Bench;
use commit::Written;
use contents::Contents;
use shown::Shown;

/// Make a released version again and say whether it comes out the same
///
/// Takes commit, data, parameters, seed and environment from the version's lineage and runs every step
/// anew in a folder of its own: nothing that is known is used, and nothing that later runs would use is
/// kept. Says `bit-identical`, `equal within tolerance` or `not reproducible` (exit code 1), and the first
/// step that diverged. The answer is signed and becomes part of the model's history.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The version, or MODEL@ALIAS
    #[arg(value_name = "MODEL@VERSION", required_unless_present = "from_bundle")]
    version: Option<Reference>,
    /// Take the lineage from this bundle, and nothing from a registry
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["version", "registry"])]
    from_bundle: Option<PathBuf>,
    /// The repository that has the commit; an address is fetched from [default: the one around]
    #[arg(long, value_name = "PATH|URL")]
    repository: Option<String>,
    /// How far two numbers may be apart: |a - b| / max(1, |a|, |b|)
    #[arg(long, value_name = "NUMBER", default_value_t = Tolerance::USUAL)]
    tolerance: Tolerance,
    /// The longest that a step may take, such as `90s` or `1h30m`, where it declares no shorter time
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    timeout: Option<Duration>,
    /// Keep what was made, in this new folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Use the home's environment where it is made already, instead of making it anew
    #[arg(long)]
    reuse_environment: bool,
    /// Processor slots for steps [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroU32>,
    /// Fetch nothing: no packages, no runtime
    #[arg(long)]
    offline: bool,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE", requires = "from_bundle")]
    trust: Option<PathBuf>,
    /// Look the version up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    // Not only once hours of training are over.
    let key = keys::signing_key(&ports.settings, ui)?;
    let origin = Box::pin(origin::find(args, ports)).await?;
    let past = &origin.past;
    let id = ports::fresh_run_id()?;
    let place = match &args.keep {
        Some(folder) => Place::kept(&ports.folder.join(folder))?,
        None => Place::below(&ports.settings.home.join("reproductions"), &id)?,
    };
    let written = commit::write_out(&origin, args.repository.as_deref(), &place, ports)?;
    let bench = Bench::set_up(args, &place, &written, ports).await?;
    bench.bring(&origin, &written, ports).await?;
    let request = bench.request(args, id, past, &written);
    let engine = bench.engine(args, &written);
    let conditions = given(past, &request, &engine, ui).await?;
    let outcome = Box::pin(carry_out(request, &engine, &written, ui)).await?;
    let (outcome, signal) = match outcome {
        Ran::Ended(outcome, signal) => (*outcome, signal),
        Ran::Stopped(exit) => return Ok(exit),
    };
    let mut steps = again(past, &outcome.record);
    let contents = Contents::of(&origin, &written, &bench, args, &outcome.record, &place, ports)?;
    if contents.compare(&mut steps, &signal).await?.is_break() {
        return Ok(stopped(&signal, ui));
    }
    let metrics = contents.metrics(outcome.evaluation.as_ref()).await?;
    contents.tidy();
    refuse_unmeasured(&steps, &outcome.record)?;
    let conclusion = conclude(&steps, &metrics, &conditions, args.tolerance);
    let reproduction = Reproduction {
        schema: REPRODUCTION.to_owned(),
        version: past.version.clone(),
        subject: past.subject,
        run: past.run,
        rerun: outcome.record.id,
        commit: past.commit.clone(),
        at: ports.clock.now(),
        tolerance: args.tolerance,
        answer: conclusion.answer,
        message: conclusion.message,
        first: conclusion.first,
        conditions,
        steps,
        metrics,
    };
    let told = told::tell(&reproduction, &*key, &origin, ports).await?;
    if args.keep.is_some() {
        told.write(place.folder())?;
    }
    let log = log::of_failed(&outcome.record, &bench.ports);
    let kept = args.keep.as_ref().map(|_| place.folder().to_owned());
    let exit = if reproduction.answer.is_yes() { Exit::Done } else { Exit::No };
    ui.show(&Shown::of(reproduction, &told, log, kept))?;
    Ok(exit)
}

/// Says before anything runs what is not as it was.
async fn given(
    past: &Past,
    request: &RunRequest,
    engine: &EnginePorts,
    ui: &mut Ui,
) -> Result<Vec<Condition>, CommandError> {
    let (_canceller, cancel) = Canceller::new();
    let start = Box::pin(start_only(request, engine, &Unobserved, cancel)).await?;
    let conditions = reproduce::conditions(past, &start);
    let steps = past.steps.len();
    ui.note(format_args!(
        "making {} again at commit {}: {steps} step{}",
        past.version,
        past.commit,
        if steps == 1 { "" } else { "s" }
    ));
    for condition in &conditions {
        ui.warn(format_args!("{condition}"));
    }
    if !conditions.is_empty() {
        ui.note("what differs because of that is no fault of the version");
    }
    Ok(conditions)
}

/// How the run came to its end.
enum Ran {
    /// It did, and something can be said of it.
    Ended(Box<RunOutcome>, run::Signal),
    /// It was stopped, or the world failed: nothing can be said.
    Stopped(Exit),
}

async fn carry_out(
    request: RunRequest,
    engine: &EnginePorts,
    written: &Written,
    ui: &mut Ui,
) -> Result<Ran, CommandError> {
    let display = run::display::Display::new(ui, &written.declared.project);
    let (canceller, cancel) = Canceller::new();
    let signal = run::listen(canceller);
    let outcome = Box::pin(plimsoll_engine::run::run(request, engine, &display, cancel)).await;
    display.end();
    let outcome = outcome?;
    if outcome.end == RunEnd::Interrupted {
        return Ok(Ran::Stopped(stopped(&signal, ui)));
    }
    if run::is_by_world(&outcome.record) {
        ui.warn(
            "a step could not be run for a reason outside of it: nothing is said of the version",
        );
        return Ok(Ran::Stopped(Exit::World));
    }
    Ok(Ran::Ended(Box::new(outcome), signal))
}

fn stopped(signal: &run::Signal, ui: &mut Ui) -> Exit {
    ui.note("interrupted; nothing is said of the version");
    let number = *signal.borrow();
    Exit::Signal(if number == 0 { 2 } else { number })
}

/// Refuses to answer where all steps gave the same and the model could not be measured here.
fn refuse_unmeasured(steps: &[StepAgain], record: &RunRecord) -> Result<(), CommandError> {
    let Some(why) = &record.evaluation_failed else { return Ok(()) };
    if steps.iter().any(|step| step.agreement == Agreement::Different) {
        return Ok(());
    }
    let message = format!("the steps come out again, and the model could not be evaluated: {why}");
    Err(CommandError::world(message))
}
