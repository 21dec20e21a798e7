//! `plimsoll release`

mod data;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::approval::Purpose;
use plimsoll_core::audit::{Note, Occasion};
use plimsoll_core::gate::Demand;
use plimsoll_core::lifecycle::ReleaseError;
use plimsoll_core::ports::{ResolveVersionError, VersionRecord};
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Day, Number, Reference, RunId, Variant, Version};
use plimsoll_release::key::Sign;
use plimsoll_release::release::{PublishError, Published};
use serde::Serialize;

use crate::approvals::Asked;
use crate::candidate::Candidate;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{approvals, candidate, checkpoints, keys, policy, view};

/// The alias of the version that is used, and that the next one has to beat.
pub(crate) const CHAMPION: &str = "champion";

/// Make a version of a run that passed
///
/// The number follows from what changed: major when the signature did, minor when the model was trained
/// again or behaves otherwise, patch when it was only packaged or documented anew. Writes a bundle that
/// anybody can verify offline, signed with the key of the home or of `PLIMSOLL_SIGNING_KEY`, or by `PLIMSOLL_SIGNING_COMMAND`. The same
/// content is the same version, however often it is released.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The beginning of a run's id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// The number that it must get; another one is refused with the reason
    #[arg(long = "version", value_name = "NUMBER")]
    number: Option<Number>,
    /// Why it is released, for the audit log
    #[arg(long, value_name = "REASON")]
    because: Option<Note>,
    /// Write the bundle to this file as well, as one tar
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Register in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let output = args.output.as_ref().map(|output| ports.folder.join(output));
    if let Some(output) = output.as_ref().filter(|output| output.exists()) {
        // Not only once the version is released.
        let message =
            format!("{} exists already (a bundle is never written over)", output.display());
        return Err(CommandError::usage(message).hint("nothing was released; name another file"));
    }
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let run = ports.find_run(&args.run).await?;
    let wish = Wish {
        run,
        number: args.number.clone(),
        because: args.because.clone(),
        onnxruntime: args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone()),
    };
    let published = Box::pin(release(&wish, &catalogue, ports, ui)).await?;
    if let Some(output) = &output {
        let candidate = &published.record.released.candidate;
        let bundle = catalogue.bundles.open(&candidate.variant, candidate.subject)?;
        bundle.pack(output)?;
    }
    ui.show(&Shown::of(&published))?;
    Ok(Exit::Done)
}

/// How often it is looked whether another process has released.
const TURN: Duration = Duration::from_millis(20);

/// What is to be released.
#[derive(Clone)]
pub(crate) struct Wish {
    pub run: RunId,
    pub number: Option<Number>,
    pub because: Option<Note>,
    pub onnxruntime: Option<PathBuf>,
}

/// Releases what `wish` names, or finds the version that it is already.
pub(crate) async fn release(
    wish: &Wish,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Published, CommandError> {
    let key = keys::signing_key(&ports.settings, ui)?;
    let parent = parent(wish.run, catalogue, ports).await?;
    let made = candidate::of(wish.run, parent, ports, wish.onnxruntime.clone()).await?;
    let _turn = turn(catalogue).await?;
    let is_known = known(&made, catalogue).await?.is_some();
    if !is_known {
        check_champion(&made, catalogue).await?;
        check_waivers(&made, Day::of(ports.clock.now()))?;
        policy::check_run(&made.record, &ports.settings)?;
    }
    let judgement = &made.prepared.candidate.judgement;
    let reason = format!("the gate passed run {} ({} rules)", wish.run.short(), judgement.rules);
    let occasion = occasion(ports, wish.because.as_ref(), &reason)?;
    if judgement.is_pass() {
        // Before anybody is asked, so that who approves finds it in the registry.
        catalogue.take_in(&made.record, ports).await?;
        if !is_known {
            check_approvals(&made, &key, catalogue, ports).await?;
        }
    }
    let published = made
        .prepared
        .publish(&*catalogue.registry, &catalogue.bundles, &key, wish.number.as_ref(), &occasion)
        .await
        .map_err(|error| refusal(error, wish.run))?;
    data::keep(&made.record, ports, ui).await;
    if published.is_signed {
        warn_of_distrust(&key, ports, ui);
    }
    if published.is_new {
        sign_log(&key, catalogue, ports, ui).await;
    }
    Ok(published)
}

/// Refuses a run that too few people approved, or that somebody rejected.
async fn check_approvals(
    made: &Candidate,
    key: &dyn Sign,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<(), CommandError> {
    let candidate = &made.prepared.candidate;
    let variant = &candidate.variant;
    let demanded = approvals::demanded(variant, &made.record, catalogue, ports).await?;
    let quorum = demanded.release.as_ref();
    if quorum.is_none() && catalogue.registry.approvals(candidate.subject).await?.is_empty() {
        return Ok(());
    }
    let (trust, now) = (keys::trust(&ports.settings, None)?, ports.clock.now());
    let id = key.public().id().map_err(|error| CommandError::new(Kind::Bug, error))?;
    let maker = trust.keys().get(&id).map(|key| key.name.clone());
    let asked = asked(made, maker.into_iter().collect());
    let said = approvals::said(variant, candidate.subject, &trust, catalogue, now).await?;
    let agreed = asked.check(Purpose::Release, quorum, &said, &trust, now);
    agreed.map(drop).map_err(|error| asked.refusal(error, catalogue))
}

/// Returns what people are asked about a candidate that `makers` built.
pub(crate) fn asked(made: &Candidate, makers: BTreeSet<String>) -> Asked {
    let candidate = &made.prepared.candidate;
    let run = made.record.id.short();
    Asked {
        what: format!("run {run} of {}", candidate.variant),
        named: run,
        variant: candidate.variant.clone(),
        subject: candidate.subject,
        verdict: candidate.judgement.verdict,
        rules: made.prepared.verdict().policy,
        policy: made.record.start.project.policy,
        makers,
    }
}

/// Refuses a run whose gate passed by a waiver that has ended since.
fn check_waivers(made: &Candidate, today: Day) -> Result<(), CommandError> {
    let Some(over) = made.waived.iter().find(|waived| waived.waiver.is_over(today)) else {
        return Ok(());
    };
    let (waiver, run) = (&over.waiver, made.record.id.short());
    let message = format!(
        "run {run} passed by a waiver for {waiver} that ended on {} ({})",
        waiver.expires,
        waiver.place()
    );
    let hint = format!("mend what was found, or agree on a new day with {}", waiver.owner);
    Err(CommandError::new(Kind::No, message).hint(format!("{hint}, commit it and run again")))
}

/// Refuses a run that was compared with another champion than the one that it would follow: what it
/// beat says nothing about what is used now.
async fn check_champion(made: &Candidate, catalogue: &Catalogue) -> Result<(), CommandError> {
    let start = &made.record.start;
    let is_ruled =
        start.project.gate.iter().any(|rule| matches!(rule.demand, Demand::Beats { .. }));
    let variant = made.prepared.candidate.variant.clone();
    let champion = match catalogue.registry.resolve(&champion_of(variant)?).await {
        Ok(record) => record.released,
        Err(ResolveVersionError::Read(error)) => return Err(error.into()),
        // Who has none is judged so by its gate.
        Err(_) => return Ok(()),
    };
    if !is_ruled || start.champion == Some(champion.candidate.lineage.run) {
        return Ok(());
    }
    let with =
        start.champion.map_or("no champion".to_owned(), |run| format!("run {}", run.short()));
    let message = format!(
        "run {} was compared with {with}, and {} is champion now",
        made.record.id.short(),
        champion.version
    );
    Err(CommandError::new(Kind::No, message)
        .hint("run again: the steps are cached, only the gate is new"))
}

/// As [`release`], where the process that released the same content before may have been killed
/// before its bundle was written: that is made good then.
pub(crate) async fn release_and_mend(
    wish: &Wish,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Published, CommandError> {
    let error = match Box::pin(release(wish, catalogue, ports, ui)).await {
        Err(error) => error,
        published => return published,
    };
    let Some(PublishError::MissingBundle { version, .. }) = error.source.downcast_ref() else {
        return Err(error);
    };
    let record = catalogue.registry.resolve(&Reference::from((**version).clone())).await?;
    let run = record.released.candidate.lineage.run;
    let first = Wish { run, number: None, ..wish.clone() };
    if Box::pin(release(&first, catalogue, ports, ui)).await.is_err() {
        // Its run is not here. The error of the wish says which one it is.
        return Err(error);
    }
    Box::pin(release(wish, catalogue, ports, ui)).await
}

/// Waits until no other process releases here. Between a version and its bundle there is a moment
/// in which another would take the bundle for lost.
async fn turn(catalogue: &Catalogue) -> Result<File, CommandError> {
    let path = catalogue.bundles.folder().with_file_name("release.lock");
    let failed = |error: std::io::Error| {
        CommandError::world(format!("{} could not be locked: {error}", path.display()))
    };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(failed)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(TURN).await,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// Names the run where its gate is the reason.
fn refusal(error: PublishError, run: RunId) -> CommandError {
    let is_blocked = matches!(&error, PublishError::Release(ReleaseError::Blocked { .. }));
    let error = CommandError::from(error);
    if !is_blocked {
        return error;
    }
    let show = format!("`plimsoll show {}`", run.short());
    error.hint(format!("{show} says which rules do not hold, and what to do about each"))
}

/// Signs the audit log up to what was just done. That is done in any case, and the next checkpoint
/// covers what this one would.
pub(crate) async fn sign_log(key: &dyn Sign, catalogue: &Catalogue, ports: &Ports, ui: &mut Ui) {
    let trust = keys::known_trust(&ports.settings).ok().flatten();
    if let Err(error) = checkpoints::make(key, trust.as_ref(), catalogue, ports).await {
        ui.warn(format_args!(
            "the audit log was not signed: {error}; `plimsoll audit checkpoint` does so"
        ));
    }
}

/// Says so where nobody here would believe what was just signed.
fn warn_of_distrust(key: &dyn Sign, ports: &Ports, ui: &mut Ui) {
    let public = key.public();
    let Ok(id) = public.id() else { return };
    let why = match keys::trust(&ports.settings, None) {
        Ok(trust) => keys::standing(&public, &trust, Some(ports.clock.now())),
        Err(error) => Err(format!("is trusted by nobody here ({error})")),
    };
    if let Err(why) = why {
        ui.warn(format_args!("key {} {why}, so the bundle does not verify here", id.short()));
    }
}

/// Returns the version that a run follows: the one that it was trained to replace, else the
/// champion, else the newest.
pub(crate) async fn parent(
    run: RunId,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Option<Version>, CommandError> {
    let record = crate::evidence::record(&*ports.runs, run).await?;
    if let Some(retraining) = &record.start.retraining {
        return Ok(Some(retraining.parent.clone()));
    }
    let variant = Variant::from(record.start.project.model.clone());
    Ok(standing(&variant, catalogue).await?.map(|(version, _)| version.released.version))
}

/// Returns the champion of a variant, else its newest version, and whether it is the champion.
async fn standing(
    variant: &Variant,
    catalogue: &Catalogue,
) -> Result<Option<(VersionRecord, bool)>, CommandError> {
    let versions = catalogue.registry.versions(&variant.model).await?;
    let of_variant = versions.into_iter().filter(|it| it.released.version.variant == *variant);
    let mut of_variant: Vec<VersionRecord> = of_variant.collect();
    let champion = champion_alias()?;
    let at = of_variant.iter().position(|version| version.aliases.contains(&champion));
    match at {
        Some(at) => Ok(Some((of_variant.swap_remove(at), true))),
        None => Ok(of_variant.into_iter().find(|it| it.yanked.is_none()).map(|it| (it, false))),
    }
}

/// Returns the alias of the version that is used.
pub(crate) fn champion_alias() -> Result<Alias, CommandError> {
    CHAMPION.parse().map_err(|error| CommandError::new(Kind::Bug, error))
}

/// Returns the reference to the champion of `variant`.
pub(crate) fn champion_of(variant: Variant) -> Result<Reference, CommandError> {
    Ok(Reference { variant, to: Target::Alias(champion_alias()?) })
}

/// Returns who acts now, and why: as was said, else `reason`.
pub(crate) fn occasion(
    ports: &Ports,
    because: Option<&Note>,
    reason: &str,
) -> Result<Occasion, CommandError> {
    let note =
        |text: &str| text.parse::<Note>().map_err(|error| CommandError::usage(error.to_string()));
    let why = match because {
        Some(because) => because.clone(),
        None => note(reason)?,
    };
    Ok(Occasion { at: ports.clock.now(), who: note(&ports.settings.actor())?, why, evidence: None })
}

/// Tells which version has the very model that `run` made, where one was released before.
pub(crate) async fn released_as(
    run: RunId,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Option<Version>, CommandError> {
    let record = crate::evidence::record(&*ports.runs, run).await?;
    let Some((digest, _)) = record.evaluation else { return Ok(None) };
    let versions = catalogue.registry.versions(&record.start.project.model).await?;
    if versions.is_empty() {
        return Ok(None);
    }
    let evaluation: plimsoll_core::evidence::Evaluation =
        crate::evidence::read(&*ports.objects, &digest).await?;
    let mut same = versions.into_iter().map(|version| version.released);
    let found = same.find(|released| released.candidate.contents.model == evaluation.model);
    Ok(found.map(|released| released.version))
}

/// Tells which version `made` is already, where this very content was released before.
pub(crate) async fn known(
    made: &Candidate,
    catalogue: &Catalogue,
) -> Result<Option<Version>, CommandError> {
    let candidate = &made.prepared.candidate;
    let versions = catalogue.registry.versions(&candidate.variant.model).await?;
    let mut same = versions.into_iter().map(|version| version.released);
    let found = same.find(|released| {
        released.candidate.subject == candidate.subject
            && released.version.variant == candidate.variant
    });
    Ok(found.map(|released| released.version))
}

/// Tells which version the content of `run` is already, whatever its gate says: what was released
/// is not judged anew.
pub(crate) async fn known_content(
    run: RunId,
    onnxruntime: Option<PathBuf>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Option<Version>, CommandError> {
    // Only a model that was released can be part of content that was.
    if released_as(run, catalogue, ports).await?.is_none() {
        return Ok(None);
    }
    let parent = parent(run, catalogue, ports).await?;
    match candidate::of(run, parent, ports, onnxruntime).await {
        Ok(made) => known(&made, catalogue).await,
        // In a dirty tree, say, it is no candidate at all.
        Err(error) if error.kind == Kind::No => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Shown {
    version: Version,
    subject: plimsoll_core::lifecycle::Subject,
    new: bool,
    bump: plimsoll_core::lifecycle::Bump,
    because: String,
    run: RunId,
    released: String,
    bundle: PathBuf,
}

impl Shown {
    pub(crate) fn of(published: &Published) -> Self {
        let released = &published.record.released;
        Self {
            version: released.version.clone(),
            subject: released.candidate.subject,
            new: published.is_new,
            bump: released.bump,
            because: released.because.clone(),
            run: released.candidate.lineage.run,
            released: view::rfc3339(published.record.at),
            bundle: published.bundle.clone(),
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.release/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.new { "released" } else { "was released before" };
        writeln!(f, "{} {what}", paint(Paint::Strong, &self.version))?;
        writeln!(f, "  number   {}: {}", self.bump, self.because)?;
        writeln!(f, "  run      {}", self.run.short())?;
        writeln!(f, "  subject  {}", self.subject)?;
        writeln!(f, "  bundle   {}", self.bundle.display())?;
        writeln!(f, "  next: plimsoll deploy {}", self.version)
    }
}
