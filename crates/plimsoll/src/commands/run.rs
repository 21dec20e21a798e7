//! `plimsoll run`

mod checkout;
pub(super) mod display;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::event::{RunEnd, StepFailure};
use plimsoll_core::gate::{Answer, Demand, Judged, Transition, Verdict};
use plimsoll_core::ports::ResolveVersionError;
use plimsoll_core::record::{RunRecord, StepState};
use plimsoll_core::{ModelName, Reference, RunId, StepName, Variant, Version};
use plimsoll_engine::environment::Network;
use plimsoll_engine::run::{
    Canceller, ChampionChoice, Force, Locking, Observer, RunOutcome, RunRequest, Unfinished,
    Unobserved, plan_only,
};
use plimsoll_engine::schedule::{GateWish, OnFailure};

use crate::error::{CommandError, Exit, Kind};
use crate::live;
use crate::ports::{self, Catalogue, Ports};
use crate::project::Declared;
use crate::ui::Ui;

use super::show::{Ran, Shown, files};
use super::{deploy, release};

/// Run the pipeline, evaluate the model, judge it
///
/// Steps whose inputs, code, parameters, command and environment are as in an earlier run are not run
/// again. Ends with a verdict: exit code 0 when the model may ship, 1 when it may not.
#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Only these steps or outputs, and what they need; the gate needs all and is left out then
    #[arg(value_name = "STEP|OUTPUT")]
    targets: Vec<String>,
    /// Say what would run and why, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Run this step even if its outputs are known; may be given several times
    #[arg(long, value_name = "STEP")]
    force: Vec<StepName>,
    /// Run every step even if its outputs are known
    #[arg(long, conflicts_with = "force")]
    force_all: bool,
    /// Go on with steps that do not depend on a failed one
    #[arg(long)]
    keep_going: bool,
    /// Do not judge; research stays free
    #[arg(long)]
    no_gate: bool,
    /// What the verdict is for: rules may weigh less at `research` and `merge` than at `release`
    #[arg(long, value_name = "TRANSITION", default_value_t, conflicts_with_all = ["release", "deploy"])]
    at: Transition,
    /// Compare with this run on the same rows instead of the version that is champion
    #[arg(long, value_name = "RUN")]
    champion: Option<String>,
    /// Release the model when it passes
    #[arg(long, conflicts_with_all = ["dry_run", "no_gate"])]
    release: bool,
    /// Release the model when it passes, and make it the champion
    #[arg(long, conflicts_with_all = ["dry_run", "no_gate", "release"])]
    deploy: bool,
    /// Look for the champion, and register, in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// Processor slots for steps [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroU32>,
    /// Refuse data that differ from plimsoll.lock
    #[arg(long)]
    locked: bool,
    /// Fetch nothing: no packages, no runtime
    #[arg(long)]
    offline: bool,
    /// Run this commit in a checkout of its own, whatever the working tree looks like
    #[arg(long, value_name = "COMMIT")]
    rev: Option<String>,
    /// Begin anew even if a run like this was broken off
    #[arg(long)]
    fresh: bool,
    /// Write a summary in Markdown, for a pull request or a job summary
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "Write steps, data checks and rules as JUnit XML")]
    junit: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

/// How long a command may take to end after it was asked to.
pub(super) const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(args: &Args, mut ports: Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let here = ports.folder.clone();
    let checkout = match &args.rev {
        None => None,
        Some(revision) => {
            let checkout = checkout::make(&ports, revision)?;
            checkout.folder().clone_into(&mut ports.folder);
            Some(checkout)
        }
    };
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    let catalogue = ports.catalogue_of(args.registry.as_deref(), Some(&declared)).await?;
    let champion = match &args.champion {
        None => champion(&declared.project.model, &catalogue, &ports).await?,
        Some(selector) => {
            ChampionChoice::Run(ports.find_run_of(&declared.project.model, selector).await?)
        }
    };
    let mut request = request(args, &declared, &ports, champion)?;
    request.live = live::empty(&declared.project, &ports).await?;
    if let Some(checkout) = &checkout {
        request.commit = Some(checkout.commit());
    }
    let onnxruntime = args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone());
    if args.dry_run {
        let engine = ports.engine(&declared, onnxruntime, args.offline);
        let (_canceller, cancel) = Canceller::new();
        let planned = Box::pin(plan_only(&request, &engine, &Unobserved, cancel)).await?;
        ui.show(&super::status::Forecast(planned))?;
        return Ok(Exit::Done);
    }
    let chain = Chain {
        release: args.release,
        deploy: args.deploy,
        onnxruntime,
        offline: args.offline,
        elsewhere: args.rev.as_ref().map(|_| here.clone()),
        summary: args.summary.as_ref().map(|file| here.join(file)),
        junit: args.junit.as_ref().map(|file| here.join(file)),
    };
    Box::pin(carry_out_and_conclude(request, &chain, &declared, &catalogue, &ports, ui)).await
}

/// What happens around a run and after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    /// The model is released when it passes.
    pub release: bool,
    /// It is released and made the champion when it passes.
    pub deploy: bool,
    pub onnxruntime: Option<PathBuf>,
    pub offline: bool,
    /// Where the person stands, where the run is made in a checkout of its own.
    pub elsewhere: Option<PathBuf>,
    pub summary: Option<PathBuf>,
    pub junit: Option<PathBuf>,
}

/// Carries a run out, shows it, and goes on as `chain` says.
pub(super) async fn carry_out_and_conclude(
    request: RunRequest,
    chain: &Chain,
    declared: &Declared,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let engine = ports.engine(declared, chain.onnxruntime.clone(), chain.offline);
    let display = display::Display::new(ui, &declared.project);
    let (canceller, cancel) = Canceller::new();
    let signal = listen(canceller);
    let outcome = Box::pin(plimsoll_engine::run::run(request, &engine, &display, cancel)).await;
    display.end();
    let outcome = outcome?;
    let run = outcome.record.id;
    let passed = outcome.verdict.as_ref().is_some_and(|verdict| verdict.answer == Answer::Pass);
    let completed = outcome.end == RunEnd::Completed;
    let retraining = outcome.record.start.retraining.clone();
    let only_unbeaten = outcome.verdict.as_ref().is_some_and(holds_but_for_the_champion);
    let exit = conclude(chain, ports, declared, outcome, signal, ui).await?;
    if exit == Exit::Done && completed && passed {
        Box::pin(go_on(chain, run, catalogue, ports, ui)).await?;
    }
    if exit == Exit::No && completed && !passed {
        let onnxruntime = chain.onnxruntime.clone();
        let known = Box::pin(release::known_content(run, onnxruntime, catalogue, ports)).await?;
        // What a retraining is judged on is new, so its verdict counts for what was released too;
        // only the champion itself, which cannot beat itself, may be found again.
        let counts = |version: &Version| {
            retraining.is_none_or(|retraining| only_unbeaten && retraining.parent == *version)
        };
        if let Some(version) = known.filter(counts) {
            ui.note(format_args!(
                "this is {version}, which was released before: nothing new to judge"
            ));
            if chain.release || chain.deploy {
                Box::pin(go_on(chain, run, catalogue, ports, ui)).await?;
            }
            return Ok(Exit::Done);
        }
    }
    Ok(exit)
}

/// Tells whether everything holds but that the champion is beaten.
fn holds_but_for_the_champion(verdict: &Verdict) -> bool {
    let of_champion = |judged: &Judged| matches!(judged.rule.demand, Demand::Beats { .. });
    verdict.blocking().next().is_none() && verdict.stopping().all(of_champion)
}

/// Carries a run out of which nothing is shown but what `observer` shows.
pub(super) async fn carry_out(
    request: RunRequest,
    declared: &Declared,
    onnxruntime: Option<PathBuf>,
    observer: &dyn Observer,
    ports: &Ports,
) -> Result<RunOutcome, CommandError> {
    let engine = ports.engine(declared, onnxruntime, false);
    let (canceller, cancel) = Canceller::new();
    let _signal = listen(canceller);
    Ok(Box::pin(plimsoll_engine::run::run(request, &engine, observer, cancel)).await?)
}

/// Releases and deploys a run that passed, where that was asked for; else says what it is already.
async fn go_on(
    chain: &Chain,
    run: RunId,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    if !(chain.release || chain.deploy) {
        if let Some(version) = Box::pin(release::released_as(run, catalogue, ports)).await? {
            ui.note(format_args!("this model was released before, as {version}"));
        }
        return Ok(());
    }
    let onnxruntime = chain.onnxruntime.clone();
    let wish = release::Wish { run, number: None, because: None, onnxruntime };
    let published = Box::pin(release::release_and_mend(&wish, catalogue, ports, ui)).await?;
    let version = published.record.released.version;
    let what = if published.is_new { "released" } else { "was released before as" };
    ui.note(format_args!("{what} {version}"));
    if chain.deploy {
        let to = Reference::from(version);
        let alias = release::champion_alias()?;
        let reason = Some(format!("run {} passed the gate", run.short()));
        let wish = deploy::Wish { to: &to, alias: &alias, because: None, reason };
        let moved = deploy::deploy(&wish, None, catalogue, ports, ui).await?;
        ui.note(moved.to_string().trim_end());
    }
    Ok(())
}

/// Returns what a run of `model` is compared with: the run that its champion came from.
pub(super) async fn champion(
    model: &ModelName,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<ChampionChoice, CommandError> {
    let variant = Variant::from(model.clone());
    match catalogue.registry.resolve(&release::champion_of(variant)?).await {
        Ok(record) => {
            let run = record.released.candidate.lineage.run;
            catalogue.bring(run, ports).await?;
            Ok(ChampionChoice::Run(run))
        }
        Err(ResolveVersionError::UnknownVariant { .. }) => Ok(ChampionChoice::Never),
        Err(ResolveVersionError::Read(error)) => Err(error.into()),
        Err(_) => Ok(ChampionChoice::Lost),
    }
}

/// Returns the request for a plain `plimsoll run`, to be looked at and not carried out.
pub(super) async fn request_of_all(
    declared: &Declared,
    ports: &Ports,
) -> Result<RunRequest, CommandError> {
    let args = Args {
        release: false,
        deploy: false,
        registry: None,
        targets: Vec::new(),
        dry_run: true,
        force: Vec::new(),
        force_all: false,
        keep_going: false,
        no_gate: false,
        at: Transition::default(),
        champion: None,
        jobs: None,
        locked: false,
        offline: true,
        rev: None,
        fresh: false,
        summary: None,
        junit: None,
        onnxruntime: None,
    };
    let mut request = request(&args, declared, ports, ChampionChoice::Never)?;
    request.live = live::empty(&declared.project, ports).await?;
    Ok(request)
}

fn request(
    args: &Args,
    declared: &Declared,
    ports: &Ports,
    champion: ChampionChoice,
) -> Result<RunRequest, CommandError> {
    let gated = !args.no_gate && args.targets.is_empty() && !declared.project.gate.is_empty();
    Ok(RunRequest {
        id: ports::fresh_run_id()?,
        project: declared.project.clone(),
        declared: declared.digest,
        params: declared.params.clone(),
        live: BTreeMap::new(),
        root: declared.root.clone(),
        home: ports.settings.home.clone(),
        variables: ports.settings.variables.clone(),
        commit: ports::commit(&declared.root, &declared.project)?,
        targets: args.targets.clone(),
        force: if args.force_all { Force::All } else { Force::Steps(args.force.clone()) },
        on_failure: if args.keep_going { OnFailure::KeepGoing } else { OnFailure::Stop },
        jobs: args.jobs.unwrap_or_else(slots),
        locking: if args.locked { Locking::Frozen } else { Locking::Update },
        network: if args.offline { Network::Forbidden } else { Network::Allowed },
        gate: if gated { GateWish::Judged } else { GateWish::Free },
        at: args.at,
        champion,
        retraining: None,
        unfinished: if args.fresh { Unfinished::Abandon } else { Unfinished::TakeUp },
        grace: GRACE,
    })
}

/// Returns how many processor slots the machine has.
pub(super) fn slots() -> NonZeroU32 {
    let slots = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(slots).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}

/// Which signal came first, to be looked at when the run has ended.
pub(super) type Signal = tokio::sync::watch::Receiver<u8>;

/// Turns the first ctrl-C, SIGTERM or closed terminal into the wish that the run ends.
pub(super) fn listen(canceller: Canceller) -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = tokio::sync::watch::channel(0);
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return receiver;
    };
    // Under nohup, which moves standard error away from the terminal, its closing changes nothing.
    let is_seen = std::io::stderr().is_terminal();
    let mut hangup = is_seen.then(|| signal(SignalKind::hangup()).ok()).flatten();
    tokio::spawn(async move {
        let number = tokio::select! {
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
            _ = closing(&mut hangup) => 1,
        };
        // Who waits for the number may be gone.
        _ = sender.send(number);
        canceller.cancel();
        // Keeps the sender alive, so that the run never sees the wish withdrawn.
        std::future::pending::<()>().await;
    });
    receiver
}

/// Waits for the terminal to close; for ever where there is none.
async fn closing(hangup: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    match hangup {
        Some(hangup) => hangup.recv().await,
        None => std::future::pending().await,
    }
}

async fn conclude(
    chain: &Chain,
    ports: &Ports,
    declared: &Declared,
    outcome: RunOutcome,
    signal: Signal,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let RunOutcome { record, end, verdict, kept, damaged, .. } = outcome;
    let by_world = is_by_world(&record);
    let shown = Shown::read(ports, record).await?;
    let report = files::report(&declared.root, &shown);
    files::write_asked(&ports.folder, chain.summary.as_deref(), chain.junit.as_deref(), &shown)?;
    let passed = verdict.as_ref().is_none_or(|verdict| verdict.answer == Answer::Pass);
    if !(end == RunEnd::Completed && passed && ui.is_silent()) {
        ui.show(&Ran(&shown))?;
    }
    match report {
        Ok(Some(path)) if chain.elsewhere.is_none() => {
            let path = path.strip_prefix(&declared.root).unwrap_or(&path);
            ui.note(format_args!("report: {}", path.display()));
        }
        Ok(_) => {}
        Err(error) => ui.warn(format_args!("the report was not written: {error}")),
    }
    for (step, folder) in &kept {
        ui.note(format_args!("the folder of failed step `{step}` is kept: {}", folder.display()));
    }
    for object in &damaged {
        ui.warn(format_args!(
            "{object}; after `plimsoll store verify --set-aside` its step runs again"
        ));
    }
    let number = *signal.borrow();
    Ok(match (end, verdict.map(|verdict| verdict.answer)) {
        (RunEnd::Interrupted, _) => {
            ui.note("interrupted; `plimsoll run` goes on from here");
            Exit::Signal(if number == 0 { 2 } else { number })
        }
        _ if !damaged.is_empty() => Exit::Damaged,
        (RunEnd::Failed, None) if by_world => Exit::World,
        (RunEnd::Failed, None) => Exit::Step,
        (RunEnd::Completed, Some(Answer::Pass) | None) => Exit::Done,
        (RunEnd::InvalidData | RunEnd::Failed | RunEnd::Completed, _) => Exit::No,
        (RunEnd::Abandoned, _) => {
            return Err(CommandError::new(Kind::World, "another process ended this run"));
        }
    })
}

/// Tells whether every step that failed did so for a reason outside of it that may pass.
pub(super) fn is_by_world(record: &RunRecord) -> bool {
    let mut reasons = record.steps.iter().filter_map(|step| match &step.state {
        StepState::Failed { reason, .. } => Some(reason),
        _ => None,
    });
    let passes = |reason: &StepFailure| matches!(reason, StepFailure::Io { transient: true, .. });
    reasons.next().is_some_and(passes) && reasons.all(passes)
}
