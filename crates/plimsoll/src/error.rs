//! Errors as a person meets them: what, what to do, and the exit code.

mod advice;

pub(crate) use self::advice::TRUST;

use std::error::Error;
use std::fmt;

/// What an error means to whoever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer is no.
    No,
    /// The command line or the configuration is wrong.
    Usage,
    /// It waits for a person.
    Waiting,
    /// The own store is damaged.
    Damaged,
    /// The world failed; trying again may help.
    World,
    /// A signal stopped it.
    Interrupted,
    /// A bug in Plimsoll.
    Bug,
}

/// How a command ended, where that is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// The answer is no.
    No,
    /// A step's command failed.
    Step,
    /// The own store is damaged.
    Damaged,
    /// The world failed, a full disk for one; trying again may help.
    World,
    /// A signal stopped it.
    Signal(u8),
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Step => 3,
            Self::Damaged => 5,
            Self::World => 75,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// A command did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// What it means to the caller.
    pub kind: Kind,
    /// What happened.
    pub source: Box<dyn Error + Send + Sync>,
    /// What to do.
    pub hint: Option<String>,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into(), hint: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message.into())
    }

    pub(crate) fn world(message: impl Into<String>) -> Self {
        Self::new(Kind::World, message.into())
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the exit code (ARCHITECTURE.md, "Exit codes").
    pub(crate) fn code(&self) -> u8 {
        match self.kind {
            Kind::No => 1,
            Kind::Usage => 2,
            Kind::Waiting => 4,
            Kind::Damaged => 5,
            Kind::World => 75,
            Kind::Interrupted => 130,
            Kind::Bug => 70,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        let mut said = self.source.to_string();
        while let Some(error) = cause {
            let text = error.to_string();
            // Transparent wrappers repeat their cause.
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}
