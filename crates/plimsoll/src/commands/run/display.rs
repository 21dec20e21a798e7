//! A run while it happens: a line for each step that runs, plain lines where nothing is redrawn.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use plimsoll_core::StepName;
use plimsoll_core::event::{RunEnd, RunEvent};
use plimsoll_core::gate::Demand;
use plimsoll_core::project::Project;
use plimsoll_engine::run::{Beginning, Notice, Observer};

use crate::ui::{Paint, Progress, Ui, paint};
use crate::view;

/// The longest piece of a step's line that is shown beside its name.
const WIDEST: usize = 100;

/// What is shown of a run while it happens.
pub(in crate::commands) struct Display {
    progress: Progress,
    quiet: bool,
    live: bool,
    width: usize,
    running: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Display {
    pub(in crate::commands) fn new(ui: &Ui, project: &Project) -> Self {
        let steps = project.steps.iter().map(|step| step.name.as_str().len());
        let scans = project.gate.iter().filter_map(|rule| match &rule.demand {
            Demand::Scan { scan } => Some("scan ".len() + scan.as_str().len()),
            _ => None,
        });
        let longest = steps.chain(scans).max();
        Self {
            progress: Progress::new(ui.is_live()),
            quiet: ui.is_quiet(),
            live: ui.is_live(),
            width: longest.unwrap_or(0).max("environment".len()),
            running: Mutex::new(BTreeMap::new()),
        }
    }

    /// Removes what is redrawn.
    pub(in crate::commands) fn end(&self) {
        for bar in std::mem::take(&mut *self.running()).values() {
            bar.finish_and_clear();
        }
        self.progress.clear();
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, ProgressBar>> {
        // A line that could not be drawn leaves nothing half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, name: &str, message: &str) {
        let mut running = self.running();
        let bar = running.entry(name.to_owned()).or_insert_with(|| self.progress.spinner(name));
        bar.set_message(message.to_owned());
    }

    fn finish(&self, name: &str) {
        if let Some(bar) = self.running().remove(name) {
            bar.finish_and_clear();
        }
    }

    fn state(&self, name: &str, colour: Paint, state: &str, more: &str) {
        self.finish(name);
        let width = self.width;
        self.line(&format!("  {name:<width$}  {}  {more}", paint(colour, format!("{state:<8}"))));
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            self.progress.line(text.trim_end());
        }
    }

    fn event(&self, event: &RunEvent) {
        match event {
            RunEvent::StepStarted { step, .. } => {
                self.begin(step.as_str(), "");
                if !self.live {
                    self.state(step.as_str(), Paint::Faint, "started", "");
                }
            }
            RunEvent::StepSucceeded { step, duration_ms, .. } => {
                self.state(step.as_str(), Paint::Good, "ran", &view::duration(*duration_ms));
            }
            RunEvent::StepCached { step, from_run, .. } => {
                let from = format!("from run {}", from_run.short());
                self.state(step.as_str(), Paint::Faint, "cached", &from);
            }
            RunEvent::StepFailed { step, reason, .. } => {
                self.state(step.as_str(), Paint::Bad, "failed", &reason.to_string());
            }
            RunEvent::StepSkipped { step, because } => {
                let because = format!("because {because} failed");
                self.state(step.as_str(), Paint::Warning, "skipped", &because);
            }
            RunEvent::DataValidated { dataset, errors: 0, .. } => {
                self.state(&format!("data.{dataset}"), Paint::Good, "valid", "");
            }
            RunEvent::DataValidated { dataset, errors, .. } => {
                let found = format!("{errors} finding(s)");
                self.state(&format!("data.{dataset}"), Paint::Bad, "invalid", &found);
            }
            RunEvent::Evaluated { from_run, .. } => {
                let from =
                    from_run.map(|run| format!("from run {}", run.short())).unwrap_or_default();
                let state = if from_run.is_some() { "cached" } else { "done" };
                self.state("evaluate", Paint::Good, state, &from);
            }
            RunEvent::EvaluationFailed { .. } => {
                self.state("evaluate", Paint::Bad, "failed", "");
            }
            RunEvent::Scanned { scan, errors, .. } => {
                let (colour, state) =
                    if *errors == 0 { (Paint::Good, "clear") } else { (Paint::Bad, "found") };
                let found = match errors {
                    0 => String::new(),
                    errors => format!("{errors} finding(s)"),
                };
                self.state(&format!("scan {scan}"), colour, state, &found);
            }
            RunEvent::RunFinished { end: RunEnd::Abandoned } => {
                self.line("  another process ended this run");
            }
            RunEvent::RunStarted(_)
            | RunEvent::RunResumed {}
            | RunEvent::Judged { .. }
            | RunEvent::RunFinished { .. } => {}
        }
    }

    fn output(&self, step: &StepName, line: &[u8]) {
        if self.live {
            let text = String::from_utf8_lossy(line);
            let shown: String = text.chars().filter(|c| !c.is_control()).take(WIDEST).collect();
            if !shown.trim().is_empty() {
                self.begin(step.as_str(), &shown);
            }
        }
    }
}

impl Observer for Display {
    fn notice(&self, notice: Notice<'_>) {
        match notice {
            Notice::Environment(text) if self.live => self.begin("environment", text),
            // What the installer says in full is shown only where it fails.
            Notice::Environment(text) if self.running().is_empty() => {
                self.begin("environment", text);
                self.line(&format!("  environment: {text}"));
            }
            Notice::Known { run, beginning, .. } => {
                self.finish("environment");
                let again = match beginning {
                    Beginning::New => "",
                    Beginning::TakenUp => ", which was broken off, goes on",
                };
                self.line(&format!("{} {}{again}", paint(Paint::Strong, "run"), run.short()));
            }
            Notice::Recorded(recorded) => self.event(&recorded.what),
            Notice::Output { step, line } => self.output(step, line),
            Notice::Waiting { step } => {
                let waits = "another run computes the same; waiting for it";
                if self.live {
                    self.begin(step.as_str(), waits);
                } else {
                    self.state(step.as_str(), Paint::Faint, "waiting", waits);
                }
            }
            Notice::Note(text) => {
                self.line(&format!("  {} {text}", paint(Paint::Warning, "note:")));
            }
            _ => {}
        }
    }
}
