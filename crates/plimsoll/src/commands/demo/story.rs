//! The story, in the order in which it is told.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::{Compared, Measured, Metric};
use plimsoll_core::gate::{Answer, Outcome, Verdict};
use plimsoll_core::monitoring::Watched;
use plimsoll_core::record::StepState;
use plimsoll_core::{Day, Digest, ModelName, Reference, RunId, Severity, Variant, number};
use plimsoll_engine::run::{Notice, Observer, RunOutcome};

use super::ask::Caller;
use super::changes::{Change, tamper};
use super::city::City;
use super::clock::SimulatedClock;
use super::folder::Place;
use super::narrator::Narrator;
use crate::commands::model::history::{self, health};
use crate::commands::retrain::{self, Setting};
use crate::commands::{deploy, labels, monitor, release, rollback, run, serve};
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::project::Declared;
use crate::settings::Settings;
use crate::ui::Ui;
use crate::{keys, view};

/// The model of the example.
const MODEL: &str = "bike-demand";

/// A window that is as large as the data.
const EVERYTHING: (&str, &str) = ("split.window", "all");

/// How long a running server may take to follow an alias.
const FOLLOWED: Duration = Duration::from_secs(1);

/// Locked while a run is under way.
pub(super) type Runs = tokio::sync::Mutex<()>;

/// Tells the story, and says whether everything went as it must.
pub(super) async fn tell(
    city: &City,
    place: &Place,
    settings: Settings,
    onnxruntime: Option<PathBuf>,
    runs: &Runs,
    narrator: &mut Narrator,
) -> Result<bool, CommandError> {
    let mut stage = Stage::set_up(city, place, settings, onnxruntime, runs).await?;
    Box::pin(stage.first_model(narrator)).await?;
    Box::pin(stage.bad_changes(narrator)).await?;
    Box::pin(stage.first_release(narrator)).await?;
    let serving = Box::pin(stage.go_live(narrator)).await?;
    let mut caller = Caller::connect(serving.running.local_addr()).await?;
    let live = Live { serving: &serving, caller: &mut caller };
    Box::pin(stage.second_year(live, narrator)).await?;
    let ended = serving.stop().await;
    let asked = stage.asked;
    narrator.tell(
        ended.recorded == asked && ended.lost == 0,
        "captures",
        format!("{asked} predictions asked for, {} recorded, {} lost", ended.recorded, ended.lost),
    );
    Box::pin(stage.look_back(narrator)).await?;
    Ok(narrator.is_as_told())
}

/// A server and somebody who asks it.
struct Live<'a> {
    serving: &'a serve::Serving,
    caller: &'a mut Caller,
}

/// Everything that the story is told with.
struct Stage<'a> {
    city: &'a City,
    place: &'a Place,
    ports: Ports,
    catalogue: Catalogue,
    clock: Arc<SimulatedClock>,
    onnxruntime: Option<PathBuf>,
    runs: &'a Runs,
    variant: Variant,
    /// The last day that was served.
    today: Day,
    /// The run of the first model.
    first: Option<RunId>,
    /// How many predictions were asked for.
    asked: u64,
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
    async fn set_up(
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
    async fn run(&self, narrator: &Narrator) -> Result<RunOutcome, CommandError> {
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

    async fn first_model(&mut self, narrator: &mut Narrator) -> Result<(), CommandError> {
        narrator.scene(self.today, "a first model of a year of bike rentals");
        let git = |arguments: &[&str]| git(self.place, self.today, arguments);
        git(&["init", "--quiet", "--initial-branch=main"])?;
        git(&["add", "."])?;
        git(&["commit", "--quiet", "--message", "bike-demand"])?;
        narrator.begin("plimsoll run");
        let started = Instant::now();
        let first = self.run(narrator).await?;
        let result = format!("{} ({})", judged(&first), view::duration(millis(started)));
        narrator.tell(passed(&first), "plimsoll run", result);
        // A given file has another digest than the example's: the lock file says so, and is code.
        git(&["commit", "--quiet", "--allow-empty", "--all", "--message", "lock the data"])?;
        narrator.begin("plimsoll run");
        let started = Instant::now();
        let again = self.run(narrator).await?;
        let cached = again.record.steps.iter();
        let cached = cached.filter(|step| matches!(step.state, StepState::Cached { .. })).count();
        let steps = again.record.steps.len();
        let result = format!(
            "nothing changed: {cached} of {steps} steps cached, same verdict ({})",
            view::duration(millis(started))
        );
        narrator.tell(passed(&again) && cached == steps, "plimsoll run", result);
        narrator.why(
            "a rule holds when the worse end of its 95 % interval is within the limit; whole days are resampled, since the hours of a day resemble each other",
        );
        self.first = Some(again.record.id);
        Ok(())
    }

    async fn bad_changes(&mut self, narrator: &mut Narrator) -> Result<(), CommandError> {
        narrator.scene(self.today, "three changes that must not pass");
        let repository = &self.place.repository;
        {
            let _change = Change::without_hour(repository)?;
            narrator.begin("without `hr`");
            let outcome = self.run(narrator).await?;
            let refused = is_refused(&outcome, Answer::Block) && failed(&outcome) >= 2;
            narrator.tell(refused, "without `hr`", format!("refused: {}", judged(&outcome)));
        }
        {
            let _change = Change::with_registered(repository)?;
            narrator.begin("with `registered`");
            let outcome = self.run(narrator).await?;
            let codes = blocking(&outcome);
            let refused = is_refused(&outcome, Answer::Block)
                && failed(&outcome) == 0
                && codes.iter().any(|code| code.starts_with("leak."));
            let wape = measured(&outcome, Metric::Wape).map(shown).unwrap_or_default();
            let result = format!(
                "refused by {}: WAPE {wape} is too good, the column is a part of the answer",
                codes.join(", ")
            );
            narrator.tell(refused, "with `registered`", result);
        }
        {
            let _change = Change::in_degrees(repository)?;
            narrator.begin("`temp` in degrees");
            let outcome = self.run(narrator).await?;
            let findings = outcome.invalid.values().flat_map(|validation| &validation.findings);
            let finding = findings.into_iter().find(|found| found.severity == Severity::Error);
            let ran = outcome.record.steps.iter().any(|step| step.state != StepState::Waiting);
            let refused = outcome.end == RunEnd::InvalidData && finding.is_some() && !ran;
            let said = finding.map(|found| found.message.as_str()).unwrap_or_default();
            let said = said.split(", for example").next().unwrap_or_default();
            narrator.tell(refused, "`temp` in degrees", format!("refused before any step: {said}"));
        }
        Ok(())
    }

    async fn first_release(&mut self, narrator: &mut Narrator) -> Result<(), CommandError> {
        narrator.scene(self.today, "a release");
        let Some(run) = self.first else { return Ok(()) };
        let bundle = Box::pin(self.release(run, "1.0.0", narrator)).await?;
        let tampered = self.place.folder.join("tampered-bundle");
        tamper(&bundle, &tampered)
            .map_err(|error| CommandError::world(format!("the bundle was not copied: {error}")))?;
        let what = tampered.display().to_string();
        let wish = serve::Wish::on_free_port(what, self.onnxruntime.clone());
        match Box::pin(serve::start(wish, &self.ports)).await {
            Ok(serving) => {
                serving.stop().await;
                narrator.tell(false, "a tampered bundle", "it was served");
            }
            Err(error) => {
                let refused = error.kind == Kind::No;
                let said = shortened(&error.to_string());
                narrator.tell(refused, "a tampered bundle", format!("is not served: {said}"));
            }
        }
        Ok(())
    }

    /// Releases and deploys a run that passed, and returns where its bundle lies.
    async fn release(
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
        let moved = deploy::deploy(&wish, None, &self.catalogue, &self.ports).await?;
        let result = format!("verified, and {}", moved.to_string().trim_end());
        narrator.tell(true, "plimsoll deploy", result);
        Ok(published.bundle)
    }

    async fn go_live(&mut self, narrator: &mut Narrator) -> Result<serve::Serving, CommandError> {
        self.clock.set(self.today.plus(1), 0);
        narrator.scene(
            self.today.plus(1),
            "production: the next year arrives over HTTP, its labels a day late",
        );
        let what = format!("{MODEL}@champion");
        let started = Instant::now();
        let wish = serve::Wish::on_free_port(what.clone(), self.onnxruntime.clone());
        let serving = Box::pin(serve::start(wish, &self.ports)).await?;
        let result = format!(
            "{what} on http://{} (ready in {})",
            serving.running.local_addr(),
            view::duration(millis(started))
        );
        narrator.tell(true, "plimsoll serve", result);
        Ok(serving)
    }

    /// Serves the days up to the eve of `until`, each day's labels on the next morning.
    async fn serve_until(
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
    fn label(&self, hours: &[super::city::Hour]) -> Result<u64, CommandError> {
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
    async fn look(
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
    async fn retrain(
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
    async fn must_be_refused(
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
    async fn must_pass(
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
    async fn followed(&self, version: &str, live: &Live<'_>, narrator: &mut Narrator) {
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

    async fn second_year(
        &mut self,
        mut live: Live<'_>,
        narrator: &mut Narrator,
    ) -> Result<(), CommandError> {
        let live = &mut live;
        let to = day("2012-01-15")?;
        Box::pin(self.serve_until(to, "1.0.0", true, live, narrator)).await?;
        narrator.scene(to, "a fortnight later: demand has grown");
        let breach = Box::pin(self.look(Watched::Breach, narrator)).await?;
        match Box::pin(self.retrain(&breach, &[], narrator)).await? {
            Err(refused) => {
                narrator.tell(true, "plimsoll retrain", format!("refused: {}", refused.reason));
                narrator.why(
                    "the model of 2011 asks far too little of 2012 (see the bias): it never saw that year; the newest 14 labelled days are kept back, so that any candidate is judged on rows that it has not seen",
                );
            }
            Ok(outcome) => narrator.tell(false, "plimsoll retrain", judged(&outcome)),
        }

        let to = day("2012-02-01")?;
        Box::pin(self.serve_until(to, "1.0.0", true, live, narrator)).await?;
        narrator.scene(to, "labels of a month: retraining");
        Box::pin(self.must_be_refused(&breach, &[EVERYTHING], "on everything", narrator)).await?;
        narrator.why("much better than the champion and still not good enough to ship");
        Box::pin(self.must_pass(&breach, "1.1.0", live, narrator)).await?;

        narrator.scene(to, "1.1.0 serves until spring comes");
        for until in ["2012-02-15", "2012-02-29", "2012-03-14"] {
            Box::pin(self.serve_until(day(until)?, "1.1.0", false, live, narrator)).await?;
            Box::pin(self.look(Watched::Calm, narrator)).await?;
        }
        let to = day("2012-03-28")?;
        Box::pin(self.serve_until(to, "1.1.0", false, live, narrator)).await?;
        narrator.scene(to, "spring: another breach");
        let breach = Box::pin(self.look(Watched::Breach, narrator)).await?;
        Box::pin(self.must_be_refused(&breach, &[], "too early", narrator)).await?;
        Box::pin(self.must_be_refused(&breach, &[EVERYTHING], "on everything", narrator)).await?;
        narrator.why(
            "blind retraining would have made it worse: an old winter outweighs the new spring",
        );

        let to = day("2012-04-01")?;
        Box::pin(self.serve_until(to, "1.1.0", false, live, narrator)).await?;
        narrator.scene(to, "four days more of spring");
        Box::pin(self.must_pass(&breach, "1.2.0", live, narrator)).await?;
        Box::pin(self.back_and_forth(live, narrator)).await?;

        narrator.scene(to, "1.2.0 serves until summer");
        for until in
            ["2012-04-15", "2012-04-29", "2012-05-13", "2012-05-27", "2012-06-10", "2012-06-24"]
        {
            Box::pin(self.serve_until(day(until)?, "1.2.0", false, live, narrator)).await?;
            Box::pin(self.look(Watched::Calm, narrator)).await?;
        }
        Ok(())
    }

    async fn back_and_forth(
        &self,
        live: &Live<'_>,
        narrator: &mut Narrator,
    ) -> Result<(), CommandError> {
        let alias = release::champion_alias()?;
        let because = "a drill: can we go back?".parse();
        let because = because.map_err(|error| CommandError::new(Kind::Bug, error))?;
        let started = Instant::now();
        let wish =
            rollback::Wish { variant: &self.variant, to: None, alias: &alias, because: &because };
        let moved = rollback::rollback(&wish, None, &self.catalogue, &self.ports).await?;
        let took = started.elapsed();
        let result = format!("{} ({} ms)", moved.to_string().trim_end(), took.as_millis());
        let back = moved.to.number.to_string() == "1.1.0" && took < Duration::from_secs(1);
        narrator.tell(back, "plimsoll rollback", result);
        self.followed("1.1.0", live, narrator).await;
        let to: Reference = format!("{MODEL}@1.2.0")
            .parse()
            .map_err(|error| CommandError::new(Kind::Bug, error))?;
        let reason = Some("the drill is over".to_owned());
        let wish = deploy::Wish { to: &to, alias: &alias, because: None, reason };
        let moved = deploy::deploy(&wish, None, &self.catalogue, &self.ports).await?;
        narrator.tell(true, "plimsoll deploy", moved.to_string().trim_end());
        self.followed("1.2.0", live, narrator).await;
        Ok(())
    }

    async fn look_back(&mut self, narrator: &mut Narrator) -> Result<(), CommandError> {
        let report = self.catalogue.registry.verify_audit().await?;
        let result = format!("{} entries, each sealed to the one before", report.entries);
        narrator.tell(report.found == 0, "plimsoll audit verify", result);
        let page = self.place.folder.join("health.html");
        let model = &self.variant.model;
        let entries = Box::pin(history::Entry::all(model, &self.catalogue, &self.ports)).await?;
        Box::pin(health::write(&page, model, &entries, &self.catalogue, &self.ports)).await?;
        narrator.look("its health, as a page", page.display().to_string());
        let folder = self.place.folder.display();
        let shown = self.place.repository.display();
        narrator.look(
            "all of it as a person",
            format!("cd {shown} && export PLIMSOLL_HOME={folder}/home"),
        );
        narrator.look("everything in order", format!("plimsoll model history {MODEL}"));
        narrator.look("versions, lineage", format!("plimsoll model show {MODEL}"));
        narrator.look("a model card", format!("plimsoll model show {MODEL}@champion --card -"));
        narrator.look("who did what, why", "plimsoll audit log".to_owned());
        narrator.look("each run, each refusal", "plimsoll runs, plimsoll show RUN".to_owned());
        narrator.look("what the monitor sees", format!("plimsoll monitor {MODEL} --history"));
        narrator.look("the bundle", format!("plimsoll verify {MODEL}@champion"));
        narrator.look("ask it yourself", format!("plimsoll serve {MODEL}@champion"));
        Ok(())
    }
}

/// Goes on, unless the run was told to end: then so was the story, which ends here.
async fn unless_interrupted(outcome: &RunOutcome) {
    if outcome.end == RunEnd::Interrupted {
        std::future::pending::<()>().await;
    }
}

fn day(text: &str) -> Result<Day, CommandError> {
    text.parse().map_err(|error| CommandError::new(Kind::Bug, error))
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Calls git as nobody in particular, on the day of the story.
fn git(place: &Place, day: Day, arguments: &[&str]) -> Result<(), CommandError> {
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

fn passed(outcome: &RunOutcome) -> bool {
    retrain::passed(outcome)
}

fn is_refused(outcome: &RunOutcome, answer: Answer) -> bool {
    outcome.end == RunEnd::Completed
        && outcome.verdict.as_ref().is_some_and(|verdict| verdict.answer == answer)
}

/// Returns a message with its digests cut to what tells them apart.
fn shortened(message: &str) -> String {
    let mut text = String::new();
    let mut digits = 0;
    for c in message.chars() {
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        match digits {
            ..=12 => text.push(c),
            13 => text.push('…'),
            _ => {}
        }
    }
    text
}

/// Returns how many rules do not hold.
fn failed(outcome: &RunOutcome) -> usize {
    let rules = outcome.verdict.iter().flat_map(|verdict| &verdict.rules);
    rules.filter(|rule| rule.outcome > Outcome::NotApplicable).count()
}

/// Returns the codes of the findings that block.
fn blocking(outcome: &RunOutcome) -> Vec<String> {
    let findings = outcome.verdict.iter().flat_map(|verdict| &verdict.findings);
    let blocking = findings.filter(|finding| finding.severity == Severity::Error);
    let mut codes: Vec<String> = blocking.map(|finding| finding.code.to_string()).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn measured(outcome: &RunOutcome, metric: Metric) -> Option<&Measured> {
    outcome.evaluation.as_ref()?.overall.measured(metric)
}

fn shown(measured: &Measured) -> String {
    let value = measured.value.map_or_else(|| "none".to_owned(), number::show);
    match &measured.interval {
        Some(interval) => {
            format!("{value} [{}, {}]", number::show(interval.low), number::show(interval.high))
        }
        None => value,
    }
}

/// Returns a verdict in a line: the error, and which rules do not hold.
fn judged(outcome: &RunOutcome) -> String {
    let wape = measured(outcome, Metric::Wape).map(shown);
    let wape = wape.map(|wape| format!("WAPE {wape}")).unwrap_or_default();
    match &outcome.verdict {
        None => format!("{} without a verdict", outcome.end),
        Some(verdict) if verdict.answer == Answer::Pass => {
            let total = verdict.rules.len();
            let held = verdict.rules.iter().filter(|rule| rule.outcome == Outcome::Pass).count();
            if held == total {
                format!("pass: {wape}, {total} of {total} rules hold")
            } else {
                format!(
                    "pass: {wape}, {held} of {total} rules hold, there is no champion to beat yet"
                )
            }
        }
        Some(verdict) => format!("{wape}: {}", unheld(verdict)),
    }
}

fn unheld(verdict: &Verdict) -> String {
    let failed = verdict.rules.iter().filter(|rule| rule.outcome > Outcome::NotApplicable);
    let failed: Vec<String> =
        failed.map(|rule| format!("{} {}", rule.rule.demand, rule.outcome)).collect();
    failed.join(", ")
}

/// Returns how much better a challenger is than the champion on the same rows.
fn gain(outcome: &RunOutcome) -> String {
    let compared = outcome.evaluation.as_ref().and_then(|it| it.comparison.as_ref());
    let compared = compared.and_then(|all| all.metrics.iter().find(|it| it.metric == Metric::Mae));
    let Some(Compared { gain: Some(gain), interval: Some(interval), .. }) = compared else {
        return String::new();
    };
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let (word, gain, low, high) = if *gain < 0.0 {
        ("more", -gain, -interval.high, -interval.low)
    } else {
        ("less", *gain, interval.low, interval.high)
    };
    let (gain, low, high) = (percent(gain), percent(low), percent(high));
    format!("; MAE {gain} % {word} than the champion's [{low}, {high}]")
}
