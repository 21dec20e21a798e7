//! Commands that do something with a key: bounded in time and in what they print.

use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use zeroize::Zeroizing;

use crate::encryption::has_secret;
use crate::key::Terminal;

/// How long a command may take: somebody may have to touch a key, or to look for a PIN.
pub(crate) const LONGEST: Duration = Duration::from_mins(1);

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// The most that is read of what it complains of, in bytes.
const MOST_COMPLAINTS: u64 = 64 * 1024;

/// How much of a complaint is passed on, in letters: its end.
const SHOWN: usize = 500;

/// A command did not come to an end.
#[derive(Debug)]
pub(crate) enum EndError {
    /// It was not started.
    Start(io::Error),
    /// It did not end in this time.
    Late(Duration),
    /// It printed more than so many bytes.
    TooLong(u64),
}

/// A command that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) printed: Zeroizing<Vec<u8>>,
    /// The end of what it wrote to standard error, in one line; nothing of it where a secret is anywhere in it.
    pub(crate) said: String,
}

/// The commands at work, by their process.
static AT_WORK: Mutex<BTreeMap<i32, Terminal>> = Mutex::new(BTreeMap::new());

/// Ends every command that is still at work: for a program that ends before it has waited for them.
pub fn end_all() {
    let at_work = AT_WORK.lock().map(|at_work| at_work.clone()).unwrap_or_default();
    for (process, terminal) in at_work {
        let Some(process) = Pid::from_raw(process) else { continue };
        _ = match terminal {
            Terminal::None => kill_process_group(process, Signal::KILL),
            Terminal::Shared => kill_process(process, Signal::KILL),
        };
    }
}

/// A command at work. None of it outlives this, but for what shares a terminal.
pub(crate) struct Running {
    child: Child,
    terminal: Terminal,
    printed: Receiver<Zeroizing<Vec<u8>>>,
    said: Receiver<Zeroizing<Vec<u8>>>,
    most: u64,
}

impl Running {
    /// Starts `command`, a line for `/bin/sh`, of which at most `most` bytes are read; it gets
    /// `message` on its standard input, or nothing.
    pub(crate) fn start(
        command: &str,
        message: Option<&[u8]>,
        terminal: Terminal,
        most: u64,
    ) -> Result<Self, EndError> {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command);
        shell.stdin(if message.is_some() { Stdio::piped() } else { Stdio::null() });
        shell.stdout(Stdio::piped()).stderr(Stdio::piped());
        if terminal == Terminal::None {
            shell.process_group(0);
        }
        let mut child = shell.spawn().map_err(EndError::Start)?;
        if let Ok(mut at_work) = AT_WORK.lock() {
            at_work.insert(Pid::from_child(&child).as_raw_nonzero().get(), terminal);
        }
        if let (Some(mut stdin), Some(message)) = (child.stdin.take(), message) {
            let message = message.to_vec();
            // A command that does not read it all signs something else, which is found out.
            thread::spawn(move || _ = stdin.write_all(&message));
        }
        let printed = read(child.stdout.take(), most + 1);
        let said = read(child.stderr.take(), MOST_COMPLAINTS);
        Ok(Self { child, terminal, printed, said, most })
    }

    /// Waits until it has ended and closed its output.
    pub(crate) fn end(&mut self, longest: Duration) -> Result<Ended, EndError> {
        let until = Instant::now() + longest;
        let late = || EndError::Late(longest);
        let printed = loop {
            match self.printed.recv_timeout(LOOK) {
                Ok(printed) if printed.len() as u64 > self.most => {
                    return Err(EndError::TooLong(self.most));
                }
                Ok(printed) => break printed,
                Err(RecvTimeoutError::Disconnected) => break Zeroizing::default(),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= until => return Err(late()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let status = loop {
            match self.child.try_wait().map_err(EndError::Start)? {
                Some(status) => break status,
                None if Instant::now() >= until => return Err(late()),
                None => thread::sleep(LOOK),
            }
        };
        // What it left behind may hold this open for longer.
        let said = self.said.recv_timeout(LOOK * 10).unwrap_or_default();
        // Looked at as a whole: what is cut off could be how a secret begins.
        let said = Zeroizing::new(String::from_utf8_lossy(&said).into_owned());
        let said = if is_secret(&said) { String::new() } else { end_of(&said) };
        Ok(Ended { status, printed, said })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group may be gone, which is what is wanted.
        if self.terminal == Terminal::None {
            _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        _ = self.child.kill();
        if let Ok(mut at_work) = AT_WORK.lock() {
            at_work.remove(&Pid::from_child(&self.child).as_raw_nonzero().get());
        }
        _ = self.child.wait();
    }
}

/// Reads at most `most` bytes, and what comes after them to nowhere.
fn read(from: Option<impl Read + Send + 'static>, most: u64) -> Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut from) = from else { return };
        // Made large enough at once: what moves leaves a copy of a secret behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(most).unwrap_or(0)));
        _ = from.by_ref().take(most).read_to_end(&mut bytes);
        // Nobody listens any more only where the command was given up.
        _ = sender.send(bytes);
        _ = io::copy(&mut from, &mut io::sink());
    });
    receiver
}

/// Tells whether a text has the secret half of a key in it, of age or in PEM.
fn is_secret(text: &str) -> bool {
    has_secret(text) || text.contains("PRIVATE KEY-----")
}

/// Returns what a command said, as the end of a message about it.
pub(crate) fn complaint(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// Returns the end of a complaint, in one line.
fn end_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().filter(|letter| !letter.is_control()).collect();
    letters[letters.len().saturating_sub(SHOWN)..].iter().collect()
}
