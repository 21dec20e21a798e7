//! How a check ended, for whoever looks at several.

use plimsoll_core::Severity;
use plimsoll_core::evidence::{CheckState, Checked};

/// How a check ended, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It found nothing.
    Pass,
    /// What it found blocks nothing.
    Warn,
    /// The rows cannot tell.
    Undecided,
    /// It found what blocks.
    Block,
    /// It could not run.
    Failed,
}

impl Ending {
    /// Returns how a check ended.
    pub fn of(checked: &Checked) -> Self {
        let weighs = |severity| checked.findings.iter().any(|it| it.severity == severity);
        match checked.state {
            CheckState::Failed => Self::Failed,
            CheckState::Answered | CheckState::Undecided if weighs(Severity::Error) => Self::Block,
            CheckState::Undecided => Self::Undecided,
            CheckState::Answered if weighs(Severity::Warning) => Self::Warn,
            CheckState::Answered => Self::Pass,
        }
    }

    /// Returns it in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Undecided => "undecided",
            Self::Block => "block",
            Self::Failed => "failed",
        }
    }

    /// Returns the sign that tells it without colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Undecided => "?",
            Self::Block => "✗",
            Self::Warn | Self::Failed => "!",
        }
    }
}
