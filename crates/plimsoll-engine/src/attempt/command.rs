//! A command in a process group of its own, and the end of everything that it started.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::stray;

/// How long to wait for output before looking at the clock and the caller's wish.
const LOOK: Duration = Duration::from_millis(20);

/// How long a pipe is read after its command ended, where something escaped and holds it open.
const DRAIN: Duration = Duration::from_millis(200);

/// What to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command<'a> {
    /// The line that `sh -c` is given.
    pub line: &'a str,
    /// Where it runs.
    pub folder: &'a Path,
    /// All variables that it sees.
    pub variables: &'a BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How long it may take to end after being asked to.
    pub grace: Duration,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// With this exit code.
    Code(i32),
    /// Killed by this signal, which was not sent from here.
    Signal(i32),
    /// It took longer than it may.
    TimedOut,
    /// It was asked to end, because the caller wished so.
    Stopped,
}

/// A command that ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// How.
    pub exit: Exit,
    /// How long it took.
    pub took: Duration,
}

/// What a caller sees of a command and says to it.
pub(crate) struct Watch<'a> {
    /// Told which process group runs, before anything else.
    pub began: &'a mut dyn FnMut(Pid),
    /// Given everything that is printed.
    pub printed: &'a mut dyn FnMut(&[u8]),
    /// Asked now and then whether the command is to end.
    pub is_unwanted: &'a dyn Fn() -> bool,
}

/// Runs `command` to its end and then kills whatever is left of its process group, and what left
/// that group but has its mark. Blocks the calling thread.
///
/// # Errors
/// The command could not be started or waited for.
pub(crate) fn run(command: Command<'_>, watch: Watch<'_>) -> io::Result<Ended> {
    let Watch { began, printed, is_unwanted } = watch;
    let (mut pipe, writer) = io::pipe()?;
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", command.line]).current_dir(command.folder).process_group(0);
    shell.env_clear().envs(command.variables);
    shell.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let started = Instant::now();
    let mut child = shell.spawn()?;
    // It holds the pipe's other end, which must close with the child.
    drop(shell);
    rustix::fs::fcntl_setfl(&pipe, OFlags::NONBLOCK)?;
    let group = group_of(&child)?;
    began(group);

    let mut asked: Option<(Exit, Instant)> = None;
    let mut open = true;
    loop {
        if open {
            open = read_some(&mut pipe, printed)?;
        } else {
            // All output is there, so the end is near; or it closed its output and goes on.
            std::thread::sleep(if has_ended(group)? { Duration::ZERO } else { LOOK / 10 });
        }
        if has_ended(group)? {
            break;
        }
        match asked {
            None => {
                let late = command.timeout.is_some_and(|limit| started.elapsed() >= limit);
                let exit = if is_unwanted() {
                    Exit::Stopped
                } else if late {
                    Exit::TimedOut
                } else {
                    continue;
                };
                end_group(group, Signal::TERM);
                asked = Some((exit, Instant::now()));
            }
            Some((_, since)) if since.elapsed() >= command.grace => end_group(group, Signal::KILL),
            Some(_) => {}
        }
    }
    let took = started.elapsed();
    // The command is not reaped yet, so its process group cannot be anybody else's.
    end_group(group, Signal::KILL);
    if let Some(own) = command.variables.get(stray::MARK) {
        stray::end(&|mark| mark == own.as_bytes());
    }
    let status = child.wait()?;
    let until = Instant::now() + DRAIN;
    while open && Instant::now() < until {
        open = read_some(&mut pipe, printed)?;
    }
    let exit = match (asked, status.code(), status.signal()) {
        (Some((exit, _)), ..) => exit,
        (None, Some(code), _) => Exit::Code(code),
        (None, None, signal) => Exit::Signal(signal.unwrap_or(0)),
    };
    Ok(Ended { exit, took })
}

fn group_of(child: &Child) -> io::Result<Pid> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("the command has no process id"))
}

/// Tells whether the leader of `group` has ended, and leaves it unreaped.
fn has_ended(group: Pid) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(rustix::process::waitid(WaitId::Pid(group), options)?.is_some())
}

fn end_group(group: Pid, signal: Signal) {
    // Nothing is left to be ended where this is refused.
    _ = rustix::process::kill_process_group(group, signal);
}

/// Reads what is there, or waits a moment for it; tells whether more can come.
fn read_some(pipe: &mut PipeReader, printed: &mut dyn FnMut(&[u8])) -> io::Result<bool> {
    let wait = Timespec::try_from(LOOK).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&wait)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(true),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut buffer = [0; 16 << 10];
    match pipe.read(&mut buffer) {
        Ok(0) => Ok(false),
        Ok(read) => {
            printed(&buffer[..read]);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_out(line: &str, timeout: Option<u64>, stop_after: Option<u64>) -> (Ended, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let command = Command {
            line,
            folder: folder.path(),
            variables: &variables,
            timeout: timeout.map(Duration::from_millis),
            grace: Duration::from_millis(200),
        };
        let start = Instant::now();
        let stop =
            || stop_after.is_some_and(|after| start.elapsed() >= Duration::from_millis(after));
        let mut output = Vec::new();
        let watch = Watch {
            began: &mut |_| (),
            printed: &mut |bytes| output.extend_from_slice(bytes),
            is_unwanted: &stop,
        };
        let ended = run(command, watch).unwrap();
        (ended, output)
    }

    fn is_alive(pid: &str) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        state.is_ok_and(|state| !state.contains(") Z "))
    }

    #[test]
    fn both_outputs_arrive_in_order_and_bytes_stay_bytes() {
        let line = "printf 'a\\377\\n'; echo b >&2; echo c; exit 3";
        let (ended, output) = try_out(line, None, None);
        assert_eq!((ended.exit, output.as_slice()), (Exit::Code(3), &b"a\xff\nb\nc\n"[..]));
    }

    #[test]
    fn nothing_but_the_given_variables_is_seen() {
        let (_, output) = try_out("env", None, None);
        let text = String::from_utf8(output).unwrap();
        let names: Vec<_> = text.lines().filter_map(|line| line.split('=').next()).collect();
        assert!(
            names.iter().all(|name| ["PATH", "PWD", "_", "SHLVL", "OLDPWD"].contains(name)),
            "{names:?}"
        );
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended_even_where_it_refuses() {
        let (ended, _) = try_out("trap '' TERM; while :; do sleep 0.05; done", Some(100), None);
        assert_eq!(ended.exit, Exit::TimedOut);
        assert!(ended.took < Duration::from_secs(3));
        let (ended, output) =
            try_out("trap 'echo bye; exit' TERM; sleep 60 & wait", Some(100), None);
        assert_eq!((ended.exit, output.as_slice()), (Exit::TimedOut, &b"bye\n"[..]));
        assert!(ended.took < Duration::from_secs(3));
    }

    #[test]
    fn a_wish_ends_it() {
        let (ended, _) = try_out("sleep 60", None, Some(50));
        assert_eq!(ended.exit, Exit::Stopped);
    }

    #[test]
    fn a_signal_is_told_from_an_exit_code() {
        assert_eq!(try_out("kill -9 $$", None, None).0.exit, Exit::Signal(9));
        assert_eq!(try_out("exit 137", None, None).0.exit, Exit::Code(137));
    }

    #[test]
    fn children_left_behind_are_killed() {
        let (ended, output) = try_out("sleep 60 & echo $!", None, None);
        assert_eq!(ended.exit, Exit::Code(0));
        let pid = String::from_utf8(output).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        assert!(!is_alive(pid.trim()), "{pid}");
    }

    #[test]
    fn an_escaped_child_that_holds_the_pipe_does_not_hang_the_run() {
        let start = Instant::now();
        let (ended, output) = try_out("setsid sleep 3 & echo done", None, None);
        assert_eq!((ended.exit, output.as_slice()), (Exit::Code(0), &b"done\n"[..]));
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_command_may_close_its_output_and_go_on() {
        let (ended, _) = try_out("exec >&- 2>&-; sleep 0.2; exit 4", None, None);
        assert_eq!(ended.exit, Exit::Code(4));
        assert!(ended.took >= Duration::from_millis(200));
    }
}
