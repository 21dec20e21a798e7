//! The story, in the order in which it is told.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::Answer;
use plimsoll_core::monitoring::Watched;
use plimsoll_core::record::StepState;
use plimsoll_core::{Reference, Severity};

use super::ask::Caller;
use super::changes::{Change, tamper};
use super::city::City;
use super::folder::Place;
use super::narrator::Narrator;
use super::stage::{Live, MODEL, Runs, Stage, day, git, millis};
use super::words::{blocking, failed, is_refused, judged, measured, passed, shortened, shown};
use crate::commands::model::history::{self, health};
use crate::commands::{deploy, release, rollback, serve};
use crate::error::{CommandError, Kind};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::view;

/// A window that is as large as the data.
const EVERYTHING: (&str, &str) = ("split.window", "all");

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

impl Stage<'_> {
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
        let mut silent = Ui::new(false, true);
        let moved =
            rollback::rollback(&wish, None, &self.catalogue, &self.ports, &mut silent).await?;
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
        let moved = deploy::deploy(&wish, None, &self.catalogue, &self.ports, &mut silent).await?;
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
