//! What was found in a file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is to be thought of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Read to its end, and all of it is known to be inert.
    Safe,
    /// Something in it is not known, or could not be read.
    Unknown,
    /// Loading or using it would run what somebody put into it.
    Unsafe,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Safe => "safe",
            Self::Unknown => "unknown",
            Self::Unsafe => "unsafe",
        })
    }
}

/// One thing in a file that is not known to be safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What kind of thing it is: `model.pickle-call`.
    pub code: String,
    /// `unsafe` or `unknown`.
    pub verdict: Verdict,
    /// What, and why it matters: a sentence for a person.
    pub message: String,
    /// Where it is inside of archives and streams, outermost first, joined by `!`: `archive/data.pkl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The byte of the innermost file at which it is, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The instruction of a pickle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opcode: Option<String>,
    /// The name that it asks for, to be named by who allows it: `os.system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global: Option<String>,
    /// The call as it would be written in Python, shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

impl Finding {
    /// Makes a finding of which only the kind, the verdict and the sentence are known.
    pub fn new(code: &str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            verdict,
            message: message.into(),
            member: None,
            offset: None,
            opcode: None,
            global: None,
            call: None,
        }
    }

    /// Says at which byte it is.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Says which name it asks for.
    #[must_use]
    pub fn of(mut self, global: impl Into<String>) -> Self {
        self.global = Some(global.into());
        self
    }
}

/// What a file is, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileReport {
    /// The file, as the user named it.
    pub path: String,
    /// The worst of what was found.
    pub verdict: Verdict,
    /// What it was read as, outermost first: `zip`, `pickle`.
    pub formats: Vec<String>,
    /// What was found, at most [`Limits::findings`](super::Limits::findings) of each verdict.
    pub findings: Vec<Finding>,
    /// How many more findings there were.
    pub more: u64,
}
