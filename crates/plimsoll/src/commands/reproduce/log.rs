//! What a step that failed printed last.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use plimsoll_core::record::{RunRecord, StepState};

use crate::ports::Ports;

/// How much of a failed step's log is shown: the last of its lines and bytes.
const LAST_LINES: usize = 20;
const LAST_BYTES: u64 = 16 * 1024;

/// Returns the end of what the first failed step printed.
pub(super) fn of_failed(record: &RunRecord, ports: &Ports) -> Vec<String> {
    let failed = record.steps.iter().find_map(|step| match step.state {
        StepState::Failed { attempt, .. } if attempt > 0 => Some((&step.name, attempt)),
        _ => None,
    });
    let Some((step, attempt)) = failed else { return Vec::new() };
    last_lines(&ports.log(&record.id, step, attempt)).unwrap_or_default()
}

fn last_lines(path: &Path) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(LAST_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let clean = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    let lines: Vec<String> = text.lines().map(clean).collect();
    Ok(lines[lines.len().saturating_sub(LAST_LINES)..].to_vec())
}
