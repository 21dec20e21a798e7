//! What a command line names as a model, and what it is to be tried on.

use std::path::Path;

use plimsoll_core::Digest;
use plimsoll_core::project::Task;
use plimsoll_data::{Wanted, read_columns};
use plimsoll_evaluate::checks::{Subject, task_of};
use plimsoll_predict::{EndpointAddress, EndpointLimits};
use serde_json::Value;

use crate::error::{CommandError, Kind};

/// What people name a task on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum TaskName {
    Regression,
    Binary,
    Multiclass,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Regression => Self::Regression,
            TaskName::Binary => Self::Binary,
            TaskName::Multiclass => Self::Multiclass,
        }
    }
}

/// Returns what predicts: a served model, an ONNX model, or else a file of predictions.
pub(crate) fn named(
    named: &str,
    token_file: Option<&Path>,
    folder: &Path,
) -> Result<Subject, CommandError> {
    if !named.contains("://") {
        return Ok(file(&folder.join(named)));
    }
    let address: EndpointAddress =
        named.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
    let token = match token_file {
        None => None,
        Some(file) => Some(crate::commands::serve::secret(&folder.join(file))?),
    };
    Ok(Subject::Endpoint { address, token, limits: EndpointLimits::default() })
}

/// Returns what a file is: an ONNX model by its name, or else predictions.
pub(crate) fn file(file: &Path) -> Subject {
    let is_onnx = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("onnx"));
    if is_onnx { Subject::Model(file.to_owned()) } else { Subject::Predictions(file.to_owned()) }
}

/// Returns the task and the positive class: as said, as declared, or as the target shows.
pub(crate) fn task(
    on: &Path,
    target: &str,
    said: Option<Task>,
    positive: Option<Value>,
) -> Result<(Task, Option<Value>), CommandError> {
    if let (Some(task), true) = (said, positive.is_some() || said != Some(Task::Binary)) {
        return Ok((task, positive.filter(|_| task == Task::Binary)));
    }
    let column = read_columns(on, Wanted::Named(&[target]))
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    let (told, usual) = task_of(column.column(0));
    let task = said.unwrap_or(told);
    match (task, positive.or(usual)) {
        (Task::Binary, None) => Err(CommandError::usage(format!(
            "which of the two values of `{target}` counts as positive is not said"
        ))
        .hint("add `--positive VALUE`")),
        (Task::Binary, positive) => Ok((task, positive)),
        _ => Ok((task, None)),
    }
}

/// Reads the class that counts as positive: JSON, or else a text.
pub(crate) fn positive(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Returns the digest of what predicts, which the seed follows from.
pub(crate) fn digest(subject: &Subject, shown: &str) -> Result<Digest, CommandError> {
    match subject {
        Subject::Model(file) | Subject::Predictions(file) => digest_of(file, shown),
        Subject::Endpoint { address, .. } => Ok(Digest::blake3(address.to_string().as_bytes())),
    }
}

/// Returns the digest of a file.
pub(crate) fn digest_of(file: &Path, shown: &str) -> Result<Digest, CommandError> {
    let bytes = std::fs::read(file);
    let bytes = bytes
        .map_err(|error| CommandError::usage(format!("{shown} could not be read: {error}")))?;
    Ok(Digest::blake3(&bytes))
}
