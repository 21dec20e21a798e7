//! Keys that are elsewhere, in a KMS or an HSM: a command signs with them.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE, URL_SAFE_NO_PAD};

use super::{PublicKey, Sign, SignError};
use crate::command::{EndError, Ended, LONGEST, Running, complaint};

/// The most that is read of what it prints, in bytes. A signature has 72, in base64 96.
const MOST: u64 = 4096;

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
        let mut running = Running::start(&self.command, Some(message), self.terminal, MOST)?;
        let Ended { status, printed, said } = running.end(self.longest)?;
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

impl From<EndError> for RunCommandError {
    fn from(error: EndError) -> Self {
        match error {
            EndError::Start(source) => Self::Start(source),
            EndError::Late(longest) => Self::Late(longest),
            EndError::TooLong(_) => Self::TooLong,
        }
    }
}

#[cfg(test)]
mod tests;
