//! Keys that are elsewhere, in a KMS or an HSM: a command signs with them.

use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE, URL_SAFE_NO_PAD};
use rustix::process::{Pid, Signal, kill_process_group};

use super::{PublicKey, Sign, SignError};

/// How long a command may take: somebody may have to touch a key, or to look for a PIN.
pub const LONGEST: Duration = Duration::from_mins(1);

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// The most that is read of what it prints, in bytes. A signature has 72, in base64 96.
const MOST: u64 = 4096;

/// The most that is read of what it complains of, in bytes.
const MOST_COMPLAINTS: u64 = 64 * 1024;

/// How much of a complaint is passed on, in letters: its end.
const SHOWN: usize = 500;

/// A key that only a command can sign with.
///
/// The command is a line for `/bin/sh`. It gets the very bytes that are to be signed on its
/// standard input, and prints the signature: DER, the two numbers of ECDSA one after the other (64
/// bytes), or either in base64. It gets the bytes and not their hash, since every tool can hash and
/// none can undo it, and since whoever guards a key may want to see what it signs.
#[derive(Clone)]
pub struct CommandKey {
    command: String,
    public: PublicKey,
    terminal: Terminal,
    longest: Duration,
}

/// Whether a command may ask the person at the terminal, for a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// It may. It shares the terminal with its caller, and so it is ended without what it started.
    Shared,
    /// Nobody is there. It is ended with all that it started.
    None,
}

/// A command did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunCommandError {
    /// It was not started.
    #[error("the signing command was not started")]
    Start(#[source] io::Error),
    /// It did not end.
    #[error("the signing command did not end within {} s", .0.as_secs())]
    Late(Duration),
    /// It failed.
    #[error("the signing command failed ({status}){}", complaint(said))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// It printed more than a signature.
    #[error("the signing command printed more than {MOST} bytes (a signature has about 70)")]
    TooLong,
    /// What it printed is no signature of these bytes by the key.
    #[error(
        "the signing command printed {bytes} bytes that are no signature by its public key over what it was given (expected DER, 64 bytes, or either in base64){}",
        complaint(said)
    )]
    NoSignature {
        /// How much it printed.
        bytes: usize,
        /// The end of what it wrote to standard error.
        said: String,
    },
}

impl CommandKey {
    /// Lets `command` sign for the private half of `public`.
    pub fn new(command: String, public: PublicKey, terminal: Terminal) -> Self {
        Self { command, public, terminal, longest: LONGEST }
    }

    fn run(&self, message: &[u8]) -> Result<Vec<u8>, RunCommandError> {
        let mut running = Running::start(&self.command, message, self.terminal)?;
        let (status, printed, said) = running.end(self.longest)?;
        if !status.success() {
            return Err(RunCommandError::Failed { status, said });
        }
        let mut forms = self.forms(&printed).into_iter();
        let signature = forms.find(|form| self.public.has_signed(message, form));
        signature.ok_or(RunCommandError::NoSignature { bytes: printed.len(), said })
    }

    /// Returns everything that what was printed can mean; the signature tells which it is.
    fn forms(&self, printed: &[u8]) -> Vec<Vec<u8>> {
        let mut forms = vec![printed.to_vec()];
        // `base64` breaks its lines.
        let text: Vec<u8> =
            printed.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let alphabets = [BASE64, URL_SAFE, URL_SAFE_NO_PAD];
        forms.extend(alphabets.iter().filter_map(|alphabet| alphabet.decode(&text).ok()));
        let from_numbers: Vec<_> =
            forms.iter().filter_map(|form| self.public.der_of_numbers(form)).collect();
        forms.extend(from_numbers);
        forms
    }
}

impl std::fmt::Debug for CommandKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // There may be a PIN in the command.
        f.debug_struct("CommandKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Sign for CommandKey {
    fn public(&self) -> PublicKey {
        self.public.clone()
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.run(message)?)
    }
}

/// A command at work. None of it outlives this, but for what shares a terminal.
struct Running {
    child: Child,
    terminal: Terminal,
    printed: Receiver<Vec<u8>>,
    said: Receiver<Vec<u8>>,
}

impl Running {
    fn start(command: &str, message: &[u8], terminal: Terminal) -> Result<Self, RunCommandError> {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if terminal == Terminal::None {
            shell.process_group(0);
        }
        let mut child = shell.spawn().map_err(RunCommandError::Start)?;
        let message = message.to_vec();
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read it all signs something else, which is found out.
            thread::spawn(move || _ = stdin.write_all(&message));
        }
        let printed = read(child.stdout.take(), MOST + 1);
        let said = read(child.stderr.take(), MOST_COMPLAINTS);
        Ok(Self { child, terminal, printed, said })
    }

    /// Waits until it has ended and closed its output.
    fn end(&mut self, longest: Duration) -> Result<(ExitStatus, Vec<u8>, String), RunCommandError> {
        let until = Instant::now() + longest;
        let late = || RunCommandError::Late(longest);
        let printed = loop {
            match self.printed.recv_timeout(LOOK) {
                Ok(printed) if printed.len() as u64 > MOST => return Err(RunCommandError::TooLong),
                Ok(printed) => break printed,
                Err(RecvTimeoutError::Disconnected) => break Vec::new(),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= until => return Err(late()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        let status = loop {
            match self.child.try_wait().map_err(RunCommandError::Start)? {
                Some(status) => break status,
                None if Instant::now() >= until => return Err(late()),
                None => thread::sleep(LOOK),
            }
        };
        // What it left behind may hold this open for longer.
        let said = self.said.recv_timeout(LOOK * 10).unwrap_or_default();
        Ok((status, printed, end_of(&String::from_utf8_lossy(&said))))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group may be gone, which is what is wanted.
        if self.terminal == Terminal::None {
            _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Reads at most `most` bytes, and what comes after them to nowhere.
fn read(from: Option<impl Read + Send + 'static>, most: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut from) = from else { return };
        let mut bytes = Vec::new();
        _ = from.by_ref().take(most).read_to_end(&mut bytes);
        // Nobody listens any more only where the command was given up.
        _ = sender.send(bytes);
        _ = io::copy(&mut from, &mut io::sink());
    });
    receiver
}

/// Returns the end of a complaint, in one line.
fn end_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().filter(|letter| !letter.is_control()).collect();
    letters[letters.len().saturating_sub(SHOWN)..].iter().collect()
}

fn complaint(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

#[cfg(test)]
mod tests;
