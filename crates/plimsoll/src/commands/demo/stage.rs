//! What the story is told with, and what can be done on it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::Answer;
use plimsoll_core::monitoring::Watched;
use plimsoll_core::{Day, Digest, ModelName, Reference, RunId, Variant};
use plimsoll_engine::run::{Notice, Observer, RunOutcome};

use super::ask::Caller;
use super::city::City;
use super::clock::SimulatedClock;
use super::folder::Place;
use super::narrator::Narrator;
use super::words::{gain, is_refused, judged, shown};
use crate::commands::retrain::{self, Setting};
use crate::commands::{deploy, labels, monitor, release, run, serve};
use crate::error::{CommandError, Kind};
use crate::keys;
use crate::ports::{Catalogue, Ports};
use crate::project::Declared;
use crate::settings::Settings;
use crate::ui::Ui;

/// The model of the example.
pub(super) const MODEL: &str = "bike-demand";

/// How long a running server may take to follow an alias.
const FOLLOWED: Duration = Duration::from_secs(1);

/// Locked while a run is under way.
pub(super) type Runs = tokio::sync::Mutex<()>;

/// A server and somebody who asks it.
pub(super) struct Live<'a> {
    pub(super) serving: &'a serve::Serving,
    pub(super) caller: &'a mut Caller,
}

/// Everything that the story is told with.
pub(super) struct Stage<'a> {
    pub(super) city: &'a City,
    pub(super) place: &'a Place,
    pub(super) ports: Ports,
    pub(super) catalogue: Catalogue,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) onnxruntime: Option<PathBuf>,
    pub(super) runs: &'a Runs,
    pub(super) variant: Variant,
    /// The last day that was served.
    pub(super) today: Day,
    /// The run of the first model.
    pub(super) first: Option<RunId>,
    /// How many predictions were asked for.
    pub(super) asked: u64,
}

/// Shows what takes long while a run goes on.
struct Watcher<'n>(&'n Narrator);

impl Observer for Watcher<'_> {
    fn notice(&self, notice: Notice<'_>) {
        if let Notice::Environment(line) = notice {
            self.0.update(line);
        }
    }
}

impl<'a> Stage<'a> {
    pub(super) async fn set_up(
        city: &'a City,
        place: &'a Place,
        settings: Settings,
        onnxruntime: Option<PathBuf>,
        runs: &'a Runs,
    ) -> Result<Self, CommandError> {
        // A throw-away key that is trusted only here, whatever the person's own is.
        let settings = settings.of_home(place.home.clone());
        keys::make(&place.home, "demo")?;
        let clock = Arc::new(SimulatedClock::default());
        let mut ports = Ports::open(settings, place.repository.clone()).await?;
        ports.clock = Arc::<SimulatedClock>::clone(&clock);
        let catalogue = ports.catalogue(None).await?;
        let model: ModelName =
            MODEL.parse().map_err(|error| CommandError::new(Kind::Bug, error))?;
        let today = day("2011-12-31")?;
        clock.set(today, 9);
        Ok(Self {
            city,
            place,
            ports,
            catalogue,
            clock,
            onnxruntime,
            runs,
            variant: Variant::from(model),
            today,
            first: None,
            asked: 0,
        })
    }

    /// Runs the pipeline as `plimsoll run` does.
    pub(super) async fn run(&self, narrator: &Narrator) -> Result<RunOutcome, CommandError> {
        let declared = Declared::read(&self.place.repository)?;
        let mut request = run::request_of_all(&declared, &self.ports).await?;
        request.network = plimsoll_engine::environment::Network::Allowed;
        request.champion =
            run::champion(&declared.project.model, &self.catalogue, &self.ports).await?;
        let watcher = Watcher(narrator);
        let under_way = self.runs.lock().await;
        let onnxruntime = self.onnxruntime.clone();
        let outcome =
            Box::pin(run::carry_out(request, &declared, onnxruntime, &watcher, &self.ports)).await;
        drop(under_way);
        if let Ok(outcome) = &outcome {
            unless_interrupted(outcome).await;
        }
        outcome
    }

    /// Releases and deploys a run that passed, and returns where its bundle lies.
    pub(super) async fn release(
        &self,
        run: RunId,
        expected: &str,
        narrator: &mut Narrator,
    ) -> Result<PathBuf, CommandError> {
        let onnxruntime = self.onnxruntime.clone();
        let wish = release::Wish { run, number: None, because: None, onnxruntime };
        let mut silent = Ui::new(false, true);
        let published =
            Box::pin(release::release(&wish, &self.catalogue, &self.ports, &mut silent)).await?;
        let released = &published.record.released;
        let number = released.version.number.to_string();
        let result = format!("{} ({}: {})", released.version, released.bump, released.because);
        narrator.tell(published.is_new && number == expected, "plimsoll release", result);
        let alias = release::champion_alias()?;
        let to = Reference::from(released.version.clone());
        let reason = Some(format!("run {} passed the gate", run.short()));
        let wish = deploy::Wish { to: &to, alias: &alias, because: None, reason };
        let moved = deploy::deploy(&wish, None, &self.catalogue, &self.ports, &mut silent).await?;
        let result = format!("verified, and {}", moved.to_string().trim_end());
        narrator.tell(true, "plimsoll deploy", result);
        Ok(published.bundle)
    }

    /// Serves the days up to the eve of `until`, each day's labels on the next morning.
    pub(super) async fn serve_until(
        &mut self,
        until: Day,
        version: &str,
        is_told: bool,
        live: &mut Live<'_>,
        narrator: &mut Narrator,
    ) -> Result<(), CommandError> {
        let first = self.today.plus(1);
        let (mut asked, mut strangers, mut labelled) = (0, 0, 0);
        narrator.begin("plimsoll serve");
        while self.today.plus(1) < until {
            self.today = self.today.plus(1);
            narrator.update(&self.today.to_string());
            self.clock.set(self.today, 23);
            let hours = self.city.hours(self.today);
            for hour in hours {
                let answered = live.caller.ask(MODEL, &hour.request).await?;
                strangers += u64::from(answered != version);
                asked += 1;
            }
            self.clock.set(self.today.plus(1), 6);
            labelled += self.label(hours)?;
        }
        self.asked += asked;
        let result = format!(
            "{first} to {}: {asked} requests answered by {version}, a label for each a day later",
            self.today
        );
        if strangers > 0 || labelled != asked {
            let result = format!("{result}; {strangers} by another version, {labelled} labelled");
            narrator.tell(false, "serve, labels add", result);
        } else if is_told {
            narrator.tell(true, "serve, labels add", result);
        }
        // The server writes what it recorded every second; then everybody sees it.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        self.clock.set(until, 8);
        Ok(())
    }

    /// Adds the labels of a day, as `plimsoll labels add FILE` does.
    pub(super) fn label(&self, hours: &[super::city::Hour]) -> Result<u64, CommandError> {
        if hours.is_empty() {
            return Ok(0);
        }
        let mut text = String::from("instant,cnt\n");
        for hour in hours {
            text += &hour.instant;
            text.push(',');
            text += &hour.count;
            text.push('\n');
        }
        let folder = self.place.folder.join("labels");
        let file = folder.join(format!("{}.csv", self.today));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|error| CommandError::world(format!("labels were not written: {error}")))?;
        let wish =
            labels::Wish { variant: &self.variant, file: &file, id: "instant", target: "cnt" };
        Ok(labels::add(&wish, &self.ports)?.rows())
    }

    /// Looks at the served model, and says whether that is what must be seen.
    pub(super) async fn look(
        &self,
        expected: Watched,
        narrator: &mut Narrator,
    ) -> Result<Digest, CommandError> {
        narrator.begin("plimsoll monitor");
        let wish = monitor::Wish {
            variant: &self.variant,
            number: None,
            history: false,
            onnxruntime: self.onnxruntime.clone(),
        };
        let looked = Box::pin(monitor::look(&wish, &self.catalogue, &self.ports)).await?;
        let monitoring = &looked.monitoring;
        let result = match (monitoring.answer, monitoring.judged()) {
            (Watched::Calm, Some(window)) => {
                let wape = window.overall.measured(Metric::Wape).map(shown).unwrap_or_default();
                let (from, to, labelled) = (window.from, window.to, window.labelled);
                format!("calm: {from} to {to}, {labelled} labelled predictions, WAPE {wape}")
            }
            _ => format!("{}: {}", monitoring.answer, monitoring.message),
        };
        narrator.tell(monitoring.answer == expected, "plimsoll monitor", result);
        Ok(looked.evidence)
    }

    /// Trains again because of `evidence`.
    pub(super) async fn retrain(
        &self,
        evidence: &Digest,
        set: &[(&str, &str)],
        narrator: &Narrator,
    ) -> Result<Result<RunOutcome, retrain::Refused>, CommandError> {
        let because = evidence.to_string();
        let setting = |(name, value): &(&str, &str)| format!("{name}={value}").parse::<Setting>();
        let set: Result<Vec<Setting>, String> = set.iter().map(setting).collect();
        let set = set.map_err(CommandError::usage)?;
        let wish = retrain::Wish { variant: &self.variant, because: &because, set, offline: false };
        let watcher = Watcher(narrator);
        let under_way = self.runs.lock().await;
        let onnxruntime = self.onnxruntime.clone();
        let (catalogue, ports) = (&self.catalogue, &self.ports);
        let outcome =
            Box::pin(retrain::retrain(&wish, onnxruntime, &watcher, catalogue, ports)).await;
        drop(under_way);
        if let Ok(Ok(outcome)) = &outcome {
            unless_interrupted(outcome).await;
        }
        outcome
    }

    /// Trains again and expects that the gate stops it.
    pub(super) async fn must_be_refused(
        &self,
        evidence: &Digest,
        set: &[(&str, &str)],
        what: &str,
        narrator: &mut Narrator,
    ) -> Result<(), CommandError> {
        narrator.begin("plimsoll retrain");
        match Box::pin(self.retrain(evidence, set, narrator)).await? {
            Ok(outcome) => {
                let refused = is_refused(&outcome, Answer::Block);
                let result = format!("{what}: refused, {}{}", judged(&outcome), gain(&outcome));
                narrator.tell(refused, "plimsoll retrain", result);
            }
            Err(refused) => narrator.tell(false, "plimsoll retrain", format!("{what}: {refused}")),
        }
        Ok(())
    }

    /// Trains again, and releases what passes; the running server follows.
    pub(super) async fn must_pass(
        &self,
        evidence: &Digest,
        expected: &str,
        live: &Live<'_>,
        narrator: &mut Narrator,
    ) -> Result<(), CommandError> {
        narrator.begin("plimsoll retrain");
        match Box::pin(self.retrain(evidence, &[], narrator)).await? {
            Err(refused) => {
                narrator.tell(false, "plimsoll retrain", refused.reason);
                Ok(())
            }
            Ok(outcome) => {
                let result = format!("the newest 180 days: {}{}", judged(&outcome), gain(&outcome));
                let passed = retrain::passed(&outcome);
                narrator.tell(passed, "plimsoll retrain", result);
                if passed {
                    Box::pin(self.release(outcome.record.id, expected, narrator)).await?;
                    self.followed(expected, live, narrator).await;
                }
                Ok(())
            }
        }
    }

    /// Waits until the running server answers with `version`.
    pub(super) async fn followed(&self, version: &str, live: &Live<'_>, narrator: &mut Narrator) {
        let started = Instant::now();
        let serves = || live.serving.running.handle().serves().and_then(|(_, version)| version);
        while serves().as_deref() != Some(version) && started.elapsed() < 5 * FOLLOWED {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let took = started.elapsed();
        let follows = serves().as_deref() == Some(version) && took <= FOLLOWED;
        let result =
            format!("the running server answers with {version} after {} ms", took.as_millis());
        narrator.tell(follows, "plimsoll serve", result);
    }
}

/// Goes on, unless the run was told to end: then so was the story, which ends here.
async fn unless_interrupted(outcome: &RunOutcome) {
    if outcome.end == RunEnd::Interrupted {
        std::future::pending::<()>().await;
    }
}

pub(super) fn day(text: &str) -> Result<Day, CommandError> {
    text.parse().map_err(|error| CommandError::new(Kind::Bug, error))
}

pub(super) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Calls git as nobody in particular, on the day of the story.
pub(super) fn git(place: &Place, day: Day, arguments: &[&str]) -> Result<(), CommandError> {
    let date = format!("{day}T09:00:00+00:00");
    let mut command = Command::new("git");
    command.current_dir(&place.repository).args(["-c", "commit.gpgsign=false"]).args(arguments);
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Plimsoll demo");
        command.env(format!("GIT_{role}_EMAIL"), "demo@localhost");
        command.env(format!("GIT_{role}_DATE"), &date);
    }
    // What a person configured, hooks for one, has no part in the story.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().map_err(|error| {
        CommandError::world(format!("git could not be called: {error}")).hint("install git")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(CommandError::world(format!("git {}: {said}", arguments.first().unwrap_or(&""))))
}
