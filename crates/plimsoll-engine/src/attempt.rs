//! One try of a step, in a folder of its own.
//!
//! The folder holds what the step declares and nothing else, so an undeclared read fails by absence.
//! Outputs go into the store, then into the working tree. Everything here blocks its thread.

mod collect;
mod command;
mod fill;
mod hint;
mod lines;
mod log;
mod metrics;
mod object;
mod orphan;
mod place;
mod problem;
mod put;
mod stray;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plimsoll_core::event::{Output, StepFailure, Tree};
use plimsoll_core::project::Step;
use plimsoll_core::{DatasetName, RepoPath, RunId};

pub use log::log_path;

pub(crate) use fill::{InputFile, Origin, file_of};
pub(crate) use lines::Lines;
pub(crate) use object::{FetchError, Objects, read, read_tree};
pub(crate) use place::private;
pub(crate) use problem::{Problem, with_causes};
pub(crate) use variables::keyed;

use collect::Stored;
use command::{Command, Ended, Exit, Watch};
use fill::Sources;
use hint::{Places, Tail};
use log::Log;
use variables::Given;

use crate::tree::{Hashed, WorkingTree};

/// Where attempts are made, and from what.
pub(crate) struct Workshop {
    /// The repository's folder.
    pub root: PathBuf,
    /// Where logs are kept.
    pub home: PathBuf,
    pub run: RunId,
    pub tree: Mutex<WorkingTree>,
    pub objects: Objects,
    pub code: BTreeMap<RepoPath, Hashed>,
    /// The file of parameters.
    pub params: Option<RepoPath>,
    /// The datasets by their paths.
    pub datasets: BTreeMap<RepoPath, DatasetName>,
    /// Those of them that are in the store and not in the repository.
    pub live: BTreeSet<RepoPath>,
    /// Every variable that Plimsoll was given.
    pub variables: BTreeMap<String, String>,
    /// The folders of Python's programs, and what its environment sets.
    pub python: (Vec<PathBuf>, BTreeMap<String, String>),
    pub seed: u64,
    /// How long a command may take to end after it was asked to.
    pub grace: Duration,
}

/// One try.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub step: Step,
    pub number: u32,
    pub inputs: Vec<InputFile>,
    /// Folders among the inputs, which may be empty.
    pub folders: Vec<RepoPath>,
    /// Where the parameters are looked for, and those that the step reads.
    pub params: Option<(RepoPath, String)>,
}

/// Something to be told while it happens.
#[derive(Debug)]
pub(crate) enum Told {
    /// The command printed this.
    Printed(Vec<u8>),
    /// Something that a person should know.
    Note(String),
}

/// How a try ended.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The outputs are stored and placed.
    Succeeded(Made),
    /// The step failed.
    Failed(Failed),
    /// It was to end before its end.
    Stopped,
}

/// What a step made.
#[derive(Debug)]
pub(crate) struct Made {
    pub outputs: Vec<(Output, Option<Tree>)>,
    pub metrics: BTreeMap<String, f64>,
    pub took: Duration,
}

/// A step that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub problem: Problem,
    pub took: Duration,
    /// The attempt's folder, where it was kept to be looked at.
    pub kept: Option<PathBuf>,
}

impl Workshop {
    /// Tries a step, tells what happens, and looks now and then whether it is still wanted.
    pub(crate) fn attempt(
        &self,
        attempt: &Attempt,
        is_unwanted: &dyn Fn() -> bool,
        tell: &dyn Fn(Told),
    ) -> Tried {
        let mut took = Duration::ZERO;
        let name = format!("{}-{}", attempt.step.name, attempt.number);
        let folder = match private(&self.root, "attempts") {
            Ok(attempts) => attempts.join(self.run.short()).join(&name),
            Err(error) => return failed(Problem::io(no_folder(&self.root), &error), took, None),
        };
        let temporary = folder.with_file_name(format!("{name}.tmp"));
        let ended = self.carry_out(attempt, &folder, &temporary, is_unwanted, tell, &mut took);
        // Neither is of use any more; a later run tries again to remove what stays.
        _ = fs::remove_dir_all(&temporary);
        let keeps = matches!(&ended, Err(problem) if problem.is_of_command());
        let kept = if keeps { self.keep(&folder, &attempt.step) } else { None };
        if kept.is_none() {
            _ = fs::remove_dir_all(&folder);
        }
        match ended {
            Ok(Some(made)) => Tried::Succeeded(made),
            Ok(None) => Tried::Stopped,
            Err(problem) => failed(problem, took, kept),
        }
    }

    fn carry_out(
        &self,
        attempt: &Attempt,
        folder: &Path,
        temporary: &Path,
        is_unwanted: &dyn Fn() -> bool,
        tell: &dyn Fn(Told),
        took: &mut Duration,
    ) -> Result<Option<Made>, Problem> {
        let step = &attempt.step;
        let linked = self.prepare(attempt, folder, temporary)?;
        let mut log = self.log(attempt, tell);
        let mut tail = Tail::default();
        let variables = self.variables(step, folder, temporary);
        let command = Command {
            line: &step.run,
            folder,
            variables: &variables,
            timeout: step.timeout,
            grace: self.grace,
        };
        let mut printed = |bytes: &[u8]| {
            tail.push(bytes);
            if let Some(Err(error)) = log.as_mut().map(|log| log.write(bytes)) {
                // A full disk must not stop a step that writes nothing more.
                log = None;
                tell(Told::Note(format!(
                    "the output of step `{}` is not kept: {error}",
                    step.name
                )));
            }
            tell(Told::Printed(bytes.to_vec()));
        };
        let mut noted = None;
        let mut began = |group| noted = orphan::Note::of(folder, group);
        let watch = Watch { began: &mut began, printed: &mut printed, is_unwanted };
        let Ended { exit, took: duration } = command::run(command, watch)
            .map_err(|error| Problem::io("its command could not be run", &error))?;
        drop(noted);
        *took = duration;
        if let Some(Err(error)) = log.map(Log::finish) {
            tell(Told::Note(format!(
                "the end of step `{}`'s output is not kept: {error}",
                step.name
            )));
        }
        let seen = self.seen(attempt);
        match exit {
            Exit::Code(0) => {}
            Exit::Stopped => return Ok(None),
            Exit::TimedOut => {
                let seconds = step.timeout.unwrap_or_default().as_secs_f64();
                return Err(StepFailure::Timeout { seconds }.into());
            }
            Exit::Code(code) if problem::is_full(folder) => {
                return Err(Problem::full_disk(code));
            }
            Exit::Code(code) => {
                let places = Places {
                    attempt: folder,
                    root: &self.root,
                    params: self.params.as_ref(),
                    datasets: &self.datasets,
                    live: &self.live,
                    seen: &seen,
                };
                let hint = hint::undeclared(tail, step, places);
                let hint = hint.or_else(|| problem::shell_hint(code));
                return Err(StepFailure::Exit { code, hint }.into());
            }
            Exit::Signal(signal) => {
                let hint = problem::signal_hint(signal);
                return Err(StepFailure::Signal { signal, hint }.into());
            }
        }
        for input in &linked {
            input.check()?;
        }
        let collected = collect::collect(folder, step, &self.objects)?;
        if let Some(note) = collect::dropped(folder, step, &seen) {
            tell(Told::Note(note));
        }
        let mut outputs = Vec::with_capacity(collected.outputs.len());
        for stored in collected.outputs {
            self.put(&stored, folder, tell)?;
            let Stored { path, hashed, .. } = stored;
            let output =
                Output { path, digest: hashed.digest, bytes: hashed.bytes, kind: hashed.kind };
            outputs.push((output, hashed.tree));
        }
        Ok(Some(Made { outputs, metrics: collected.metrics, took: duration }))
    }

    /// Brings `files` into a new folder.
    pub(crate) fn lay_out(&self, folder: &Path, files: &[InputFile]) -> Result<(), Problem> {
        let unmade = |error| Problem::io(no_folder(&self.root), &error);
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(unmade)?;
        }
        fs::create_dir_all(folder).map_err(unmade)?;
        let sources = Sources { root: &self.root, tree: &self.tree, objects: &self.objects };
        fill::fill(folder, files, sources).map(|_| ())
    }

    fn prepare(
        &self,
        attempt: &Attempt,
        folder: &Path,
        temporary: &Path,
    ) -> Result<Vec<fill::Linked>, Problem> {
        let unmade = |error| Problem::io(no_folder(&self.root), &error);
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(unmade)?;
        }
        fs::create_dir_all(folder).map_err(unmade)?;
        fs::create_dir_all(temporary).map_err(unmade)?;
        for path in &attempt.folders {
            fs::create_dir_all(path.below(folder)).map_err(unmade)?;
        }
        let sources = Sources { root: &self.root, tree: &self.tree, objects: &self.objects };
        let mut linked = fill::fill(folder, &attempt.inputs, sources)?;
        let given: BTreeSet<&RepoPath> = attempt.inputs.iter().map(|input| &input.path).collect();
        let code = self.code.iter().filter(|(path, _)| !given.contains(path));
        let code: Vec<InputFile> = code.map(|(path, hashed)| file_of(path, hashed)).collect();
        linked.extend(fill::fill(folder, &code, sources)?);
        if let Some((path, text)) = &attempt.params {
            let file = path.below(folder);
            let write = || {
                fs::create_dir_all(file.parent().unwrap_or(folder))?;
                fs::write(&file, text)
            };
            write().map_err(unmade)?;
        }
        for output in attempt.step.written() {
            let file = output.below(folder);
            fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(unmade)?;
        }
        Ok(linked)
    }

    fn log(&self, attempt: &Attempt, tell: &dyn Fn(Told)) -> Option<Log> {
        let name = &attempt.step.name;
        match Log::create(&log_path(&self.home, &self.run, name, attempt.number)) {
            Ok(log) => Some(log),
            Err(error) => {
                tell(Told::Note(format!("the output of step `{name}` is not kept: {error}")));
                None
            }
        }
    }

    fn variables(&self, step: &Step, attempt: &Path, temporary: &Path) -> BTreeMap<String, String> {
        let given = Given {
            all: &self.variables,
            bin: &self.python.0,
            python: &self.python.1,
            seed: self.seed,
            attempt,
            temporary,
        };
        variables::variables(step, given)
    }

    /// Returns every path that was given to the step.
    fn seen(&self, attempt: &Attempt) -> BTreeSet<RepoPath> {
        let inputs = attempt.inputs.iter().map(|input| &input.path);
        let params = attempt.params.iter().map(|(path, _)| path);
        inputs.chain(self.code.keys()).chain(params).cloned().collect()
    }

    /// Returns the working tree, for this thread alone.
    pub(crate) fn tree(&self) -> MutexGuard<'_, WorkingTree> {
        // Its index is a memory that is checked against the files, so a panic cannot spoil it.
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the folder of a failed attempt, in place of the step's last one.
    fn keep(&self, folder: &Path, step: &Step) -> Option<PathBuf> {
        let kept = private(&self.root, "failed").ok()?.join(step.name.as_str());
        if kept.exists() {
            fs::remove_dir_all(&kept).ok()?;
        }
        fs::rename(folder, &kept).ok()?;
        Some(kept)
    }
}

fn failed(problem: Problem, took: Duration, kept: Option<PathBuf>) -> Tried {
    Tried::Failed(Failed { problem, took, kept })
}

fn no_folder(root: &Path) -> String {
    format!("its folder below {} could not be filled", root.join(".plimsoll").display())
}

/// Removes the folder of a run's attempts, if nothing is in it any more.
pub(crate) fn tidy(root: &Path, run: &RunId) {
    // What stays is swept by a later run.
    _ = fs::remove_dir(root.join(".plimsoll").join("attempts").join(run.short()));
}

/// Ends every process that an attempt below `folder` left, whose links are resolved.
pub(crate) fn end_strays_below(folder: &Path) {
    let own = folder.join("");
    stray::end(&|mark| mark.starts_with(own.as_os_str().as_encoded_bytes()));
}

/// Removes what attempts of runs left behind whose process is gone.
pub(crate) fn sweep(root: &Path, is_alive: &dyn Fn(&str) -> bool) -> io::Result<()> {
    let attempts = root.join(".plimsoll").join("attempts");
    let entries = match fs::read_dir(&attempts) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(is_alive) {
            orphan::end_all(&entry.path());
            let own = entry.path().canonicalize()?.join("");
            stray::end(&|mark| mark.starts_with(own.as_os_str().as_encoded_bytes()));
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
