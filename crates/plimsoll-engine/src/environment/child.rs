//! Running an installer or an interpreter: in a process group of its own, line by line, stoppable.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::redact::redact;

/// How often the flag is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How long a child may take to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(3);

/// How many of the last lines are kept.
const KEPT: usize = 20;

/// Where a line is cut: more than any line for a person, enough for a list of all packages.
const LONGEST: usize = 1 << 20;

/// How many lines may wait to be shown: a child that writes faster is held up, not remembered.
const WAITING: usize = 256;

/// How a child ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Its last lines, without secrets.
    pub(super) lines: Vec<String>,
}

/// A child was not run to its end.
#[derive(Debug)]
pub(super) enum Unended {
    /// It could not be started or waited for; `TimedOut` where it was stopped after its limit.
    Io(io::Error),
    /// The flag was set, and it was stopped.
    Cancelled,
}

/// Runs `command`, for as long as `limit` if there is one, and hands each line that it writes to
/// `each`, without secrets.
pub(super) fn run(
    command: &mut Command,
    limit: Option<Duration>,
    each: &mut dyn FnMut(&str),
    cancel: &AtomicBool,
) -> Result<Ended, Unended> {
    if cancel.load(Ordering::Relaxed) {
        return Err(Unended::Cancelled);
    }
    let until = limit.map(|limit| Instant::now() + limit);
    // One pipe for both outputs, or their lines would not be in the order in which they were written.
    let (reader, writer) = io::pipe().map_err(Unended::Io)?;
    command.stdout(writer.try_clone().map_err(Unended::Io)?).stderr(writer);
    let mut group = Group {
        child: command.stdin(Stdio::null()).process_group(0).spawn().map_err(Unended::Io)?,
    };
    // The command keeps its ends of the pipe otherwise, and the pipe never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, lines) = mpsc::sync_channel(WAITING);
    read_lines(reader, sender);
    let mut kept = Kept { lines: VecDeque::with_capacity(KEPT), each };
    let status = loop {
        if cancel.load(Ordering::Relaxed) {
            group.stop();
            return Err(Unended::Cancelled);
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            group.stop();
            return Err(Unended::Io(io::ErrorKind::TimedOut.into()));
        }
        match lines.recv_timeout(LOOK) {
            Ok(line) => kept.take(&line),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = group.child.try_wait().map_err(Unended::Io)? {
                    break status;
                }
            }
            // It closed its output, and may go on without.
            Err(RecvTimeoutError::Disconnected) => {
                match group.child.try_wait().map_err(Unended::Io)? {
                    Some(status) => break status,
                    None => thread::sleep(Duration::from_millis(1)),
                }
            }
        }
    };
    // What it left behind holds its output open.
    group.signal(Signal::KILL);
    kept.take_rest(&lines);
    Ok(Ended { status, lines: kept.lines.into() })
}

struct Kept<'a> {
    lines: VecDeque<String>,
    each: &'a mut dyn FnMut(&str),
}

impl Kept<'_> {
    fn take(&mut self, line: &[u8]) {
        let line = redact(String::from_utf8_lossy(line).trim_end());
        if line.is_empty() {
            return;
        }
        (self.each)(&line);
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line.chars().take(500).collect());
    }

    fn take_rest(&mut self, lines: &Receiver<Vec<u8>>) {
        let until = Instant::now() + GRACE;
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.take(&line);
        }
    }
}

fn read_lines(mut from: impl Read + Send + 'static, to: SyncSender<Vec<u8>>) {
    thread::spawn(move || {
        let mut piece = [0; 8192];
        let mut line = Vec::new();
        loop {
            let read = match from.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for &byte in &piece[..read] {
                // A carriage return begins a progress bar anew.
                if matches!(byte, b'\n' | b'\r') {
                    if to.send(std::mem::take(&mut line)).is_err() {
                        return;
                    }
                } else if line.len() < LONGEST {
                    line.push(byte);
                }
            }
        }
        // Nobody listens any more only where the child was given up.
        _ = to.send(line);
    });
}

/// A child and all that it starts; none of it outlives this.
struct Group {
    child: Child,
}

impl Group {
    fn signal(&self, signal: Signal) {
        // The group may be gone, which is what is wanted.
        _ = kill_process_group(Pid::from_child(&self.child), signal);
    }

    fn stop(&mut self) {
        self.signal(Signal::TERM);
        let until = Instant::now() + GRACE;
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.signal(Signal::KILL);
        _ = self.child.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}
