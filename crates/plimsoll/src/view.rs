//! How values look to people; shared by the commands that show them.

pub(crate) mod evaluation;
pub(crate) mod verdict;

use jiff::tz::TimeZone;
use plimsoll_core::Timestamp;
use plimsoll_core::event::{CommitState, RunEnd};
use plimsoll_core::gate::Answer;
use plimsoll_core::record::StepState;

use crate::ui::{Cell, Paint};

/// Returns a moment in the zone of the machine, to the second.
pub(crate) fn moment(at: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(at.as_millis())
        .map(|at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string());
    zoned.unwrap_or_else(|_| format!("{} ms", at.as_millis()))
}

/// Returns a moment as machines read it, in UTC.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis());
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// Returns how long something took.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, _) if milliseconds < 1000 => format!("{milliseconds} ms"),
        (0, 0, _) => format!("{}.{} s", seconds, milliseconds % 1000 / 100),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// Returns a size with a binary unit.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Returns a commit as a person names it: branch, short hash, whether the tree was dirty.
pub(crate) fn commit(state: Option<&CommitState>) -> String {
    let Some(state) = state else { return "no git".to_owned() };
    let hash = state.hash.as_deref().map_or("no commit yet", |hash| hash.get(..7).unwrap_or(hash));
    let branch = state.branch.as_deref().unwrap_or("detached");
    format!("{branch}@{hash}{}", if state.dirty { " (dirty)" } else { "" })
}

/// Returns the word for what became of a step: in a run that has ended, nothing waits or runs.
pub(crate) fn step_word(state: &StepState, end: Option<RunEnd>) -> &'static str {
    match state {
        StepState::Waiting if end.is_some() => "not run",
        StepState::Running { .. } if end.is_some() => "stopped",
        other => other.word(),
    }
}

/// Returns how a run stands: its verdict where there is one, else its end.
pub(crate) fn standing(end: Option<RunEnd>, answer: Option<Answer>) -> Cell {
    match (end, answer) {
        (None, _) => Cell::painted(Paint::Warning, "unfinished"),
        (Some(RunEnd::Completed), Some(Answer::Pass)) => Cell::painted(Paint::Good, "pass"),
        (Some(RunEnd::Completed), Some(answer)) => Cell::painted(Paint::Bad, answer),
        (Some(RunEnd::Completed), None) => "completed".into(),
        (Some(end @ (RunEnd::Failed | RunEnd::InvalidData)), _) => Cell::painted(Paint::Bad, end),
        (Some(end), _) => Cell::painted(Paint::Warning, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_or_runs_in_a_run_that_has_ended() {
        let words = |end| {
            [StepState::Waiting, StepState::Running { attempt: 1 }, StepState::Ran { attempt: 1 }]
                .map(|state| step_word(&state, end))
        };
        assert_eq!(words(None), ["waiting", "running", "ran"]);
        assert_eq!(words(Some(RunEnd::Failed)), ["not run", "stopped", "ran"]);
    }

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!(
            [7, 1234, 61_000, 3_720_000].map(duration),
            ["7 ms", "1.2 s", "1 min 01 s", "1 h 02 min"]
        );
        assert_eq!([12, 2048, 5_000_000].map(size), ["12 B", "2.0 KiB", "4.8 MiB"]);
        assert_eq!(rfc3339(Timestamp::from_millis(0)), "1970-01-01T00:00:00Z");
    }
}
