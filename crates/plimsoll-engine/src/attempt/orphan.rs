//! Commands whose run was killed: the next run ends them, since nobody waits for them any more.
//!
//! While a command runs, a file beside its folder names its process group and when its leader was
//! started, by which a group is told from a later one of the same number.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process_group};

/// The ending of the files that name process groups.
const ENDING: &str = "group";

/// A note of a running command, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Note(PathBuf);

impl Note {
    /// Notes that `group` runs in the attempt's `folder`. Where it cannot be noted, a killed run
    /// leaves its command to itself.
    pub(crate) fn of(folder: &Path, group: Pid) -> Option<Self> {
        let path = folder.with_added_extension(ENDING);
        let group = group.as_raw_nonzero().get();
        let started = started(group)?;
        fs::write(&path, format!("{group} {started}")).ok()?;
        Some(Self(path))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

/// Ends every command that is noted in the folder of a dead run.
pub(crate) fn end_all(attempts: &Path) {
    for entry in fs::read_dir(attempts).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == ENDING)
            && let Some(group) = fs::read_to_string(path).ok().and_then(|text| alive(&text))
        {
            // It may end by itself in this moment.
            _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Returns the group that a note names, if it is still the same.
fn alive(note: &str) -> Option<Pid> {
    let (group, noted) = note.split_once(' ')?;
    let group: i32 = group.parse().ok()?;
    if started(group)? == noted { Pid::from_raw(group) } else { None }
}

/// Returns when the process was started, in the kernel's own count.
fn started(process: i32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before the last `)` may hold anything; the count is the 20th field after it.
    let (_, fields) = text.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_noted_group_is_ended_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let sleep = || Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let (mut left, mut other) = (sleep(), sleep());
        let group = |child: &std::process::Child| Pid::from_raw(child.id().cast_signed()).unwrap();
        std::mem::forget(Note::of(&folder.path().join("train-1"), group(&left)).unwrap());
        fs::write(folder.path().join("x-1.group"), format!("{} 12", other.id())).unwrap();
        end_all(folder.path());
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        assert!(other.try_wait().unwrap().is_none(), "another process has its number now");
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn a_note_lasts_as_long_as_its_command() {
        let folder = tempfile::tempdir().unwrap();
        let own = rustix::process::getpid();
        let note = Note::of(&folder.path().join("train-1"), own).unwrap();
        assert!(folder.path().join("train-1.group").exists());
        drop(note);
        assert!(!folder.path().join("train-1.group").exists());
    }
}
