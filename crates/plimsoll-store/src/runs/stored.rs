//! The form in which events are stored.

use plimsoll_core::event::RunEvent;
use plimsoll_core::ports::ReadError;
use plimsoll_core::{RunId, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the form: [`RunEvent`] as JSON.
pub(super) const FORMAT: i64 = 1;

/// Reads an event back.
pub(super) fn event(
    run: &RunId,
    sequence: u64,
    format: i64,
    text: &str,
) -> Result<RunEvent, ReadError> {
    let newer = |what| ReadError::Newer { run: *run, sequence, what };
    if format > FORMAT {
        return Err(newer(format!("format {format}, and this one reads {FORMAT}")));
    }
    serde_json::from_str(text).map_err(|error| {
        let problem = error.to_string();
        // Nothing that breaks by itself becomes a word that fits in its place and is not known.
        if problem.starts_with("unknown variant") || problem.starts_with("unknown field") {
            newer(problem)
        } else {
            damaged(run, &format!("event {sequence}: {problem}"))
        }
    })
}

/// Writes a value of an enumeration as its word.
pub(super) fn word(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_value(value).and_then(String::deserialize)
}

/// Reads a value back that is written as a word.
pub(super) fn from_word<T: DeserializeOwned>(run: &str, word: String) -> Result<T, ReadError> {
    let read = serde_json::from_value(Value::String(word));
    read.map_err(|error| damaged(run, &error.to_string()))
}

pub(super) fn number(run: &(impl ToString + ?Sized), number: i64) -> Result<u64, ReadError> {
    let refused = |_| damaged(run, &format!("a place in it is {number}"));
    u64::try_from(number).map_err(refused)
}

pub(super) fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millis(milliseconds)
}

pub(super) fn damaged(run: &(impl ToString + ?Sized), problem: &str) -> ReadError {
    ReadError::Damaged { run: run.to_string(), problem: problem.to_owned() }
}
