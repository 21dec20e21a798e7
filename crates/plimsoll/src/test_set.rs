//! The test set that a command line tries models on, and what is known of its columns.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_core::Digest;
use plimsoll_core::checks::Checks;
use plimsoll_core::project::{Costs, Features, Project, Task};
use plimsoll_evaluate::checks::{CheckRequest, Subject};
use serde_json::Value;

use crate::error::CommandError;
use crate::project::Declared;
use crate::subject::{self, TaskName};

/// What a command line says about the test set; the project around says the rest.
#[derive(clap::Args, Debug)]
pub(crate) struct TestSetArgs {
    /// The test set, Parquet or CSV
    #[arg(long, value_name = "FILE")]
    pub on: Option<PathBuf>,
    /// The column with the truth
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// What is predicted [default: told from the target]
    #[arg(long, value_name = "TASK")]
    task: Option<TaskName>,
    /// The class that counts as positive [default: 1 or true]
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,
    /// The column whose equal values belong together, such as the day
    #[arg(long, value_name = "COLUMN")]
    block: Option<String>,
    /// The columns of a model's one tensor, in its order [default: each input has a column's name]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub features: Option<Vec<String>>,
}

/// The test set of a run: where its file was put, and the project that it was declared in.
pub(crate) struct Kept {
    pub file: PathBuf,
    /// What people know it by.
    pub shown: String,
    pub project: Project,
}

/// A test set of which everything is said.
pub(crate) struct TestSet {
    on: PathBuf,
    on_shown: String,
    digest: Digest,
    target: String,
    task: Task,
    positive: Option<Value>,
    block: Option<String>,
    /// How a model's inputs are fed, where anybody says it.
    pub features: Option<Features>,
    /// What answers cost, where the project says it.
    pub costs: Option<Costs>,
}

impl TestSet {
    /// Puts together what is said and what the project around declares.
    pub(crate) fn of(
        args: &TestSetArgs,
        folder: &Path,
        around: Option<&Declared>,
    ) -> Result<Self, CommandError> {
        let project = around.map(|declared| &declared.project);
        let evaluate = project.and_then(|project| project.evaluate.as_ref());
        let declared = evaluate
            .zip(around)
            .map(|(evaluate, around)| (evaluate.on.below(&around.root), evaluate.on.to_string()));
        Self::with(args, folder, project, declared)
    }

    /// Puts together what is said and what a run declared.
    pub(crate) fn of_run(
        args: &TestSetArgs,
        folder: &Path,
        kept: &Kept,
    ) -> Result<Self, CommandError> {
        let declared = (kept.file.clone(), kept.shown.clone());
        Self::with(args, folder, Some(&kept.project), Some(declared))
    }

    fn with(
        args: &TestSetArgs,
        folder: &Path,
        project: Option<&Project>,
        declared: Option<(PathBuf, String)>,
    ) -> Result<Self, CommandError> {
        let evaluate = project.and_then(|project| project.evaluate.as_ref());
        let (on, on_shown) = match (&args.on, declared) {
            (Some(path), _) => (folder.join(path), path.display().to_string()),
            (None, Some(declared)) => declared,
            (None, None) => return Err(missing("--on", "the test set")),
        };
        let target = args.target.clone().or_else(|| evaluate.map(|it| it.target.clone()));
        let target = target.ok_or_else(|| missing("--target", "the column with the truth"))?;
        let said = args.task.map(Task::from).or_else(|| project.map(|project| project.task));
        let positive = match &args.positive {
            Some(text) => Some(subject::positive(text)),
            None => evaluate.and_then(|evaluate| evaluate.positive.clone()),
        };
        let (task, positive) = subject::task(&on, &target, said, positive)?;
        let declared = evaluate.map(|it| &it.features).filter(|it| **it != Features::Inputs);
        Ok(Self {
            digest: subject::digest_of(&on, &on_shown)?,
            on,
            on_shown,
            target,
            task,
            positive,
            block: args.block.clone().or_else(|| evaluate.and_then(|it| it.block.clone())),
            features: args.features.clone().map(Features::Tensor).or(declared.cloned()),
            costs: evaluate.and_then(|evaluate| evaluate.costs.clone()),
        })
    }

    /// Returns the request to try `subject` on it, with the usual settings, within `time`.
    pub(crate) fn request(
        &self,
        subject: Subject,
        shown: String,
        seed: u64,
        time: Duration,
    ) -> Result<CheckRequest, CommandError> {
        Ok(CheckRequest {
            digests: vec![self.digest, subject::digest(&subject, &shown)?],
            subject,
            shown,
            task: self.task,
            on: self.on.clone(),
            on_shown: self.on_shown.clone(),
            train: None,
            recorded: None,
            target: self.target.clone(),
            positive: self.positive.clone(),
            block: self.block.clone(),
            features: self.features.clone(),
            seed,
            settings: Checks::default(),
            time,
        })
    }
}

fn missing(option: &str, what: &str) -> CommandError {
    CommandError::usage(format!("{what} is not said")).hint(format!(
        "add `{option}`, or call it in a project whose plimsoll.yaml has `evaluate:`"
    ))
}
