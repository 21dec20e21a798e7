//! What checks see.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable name of a kind of finding, `data.missing-values`.
///
/// Made in a `const`, where a badly formed one does not compile, or read back from evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(Cow<'static, str>);

/// The text is no code.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no code (expected lower-case words joined by `-`, parts joined by `.`)")]
pub struct ParseCodeError(String);

const fn is_code(text: &[u8]) -> bool {
    let mut dots = 0;
    let mut at = 0;
    let mut between = true;
    while at < text.len() {
        match text[at] {
            b'a'..=b'z' | b'0'..=b'9' => between = false,
            b'-' | b'.' if between => return false,
            b'-' => between = true,
            b'.' => {
                between = true;
                dots += 1;
            }
            _ => return false,
        }
        at += 1;
    }
    dots > 0 && !between
}

impl Code {
    /// Makes a code; badly formed ones do not compile in a `const`.
    pub const fn of(text: &'static str) -> Self {
        assert!(is_code(text.as_bytes()), "a code is lower-case words, like `data.missing-values`");
        Self(Cow::Borrowed(text))
    }

    /// Returns the code as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Code {
    type Error = ParseCodeError;

    fn try_from(text: String) -> Result<Self, ParseCodeError> {
        if is_code(text.as_bytes()) {
            Ok(Self(Cow::Owned(text)))
        } else {
            Err(ParseCodeError(text))
        }
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0.into_owned()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth looking at; blocks nothing.
    Warning,
    /// Blocks.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that a check saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// What kind of thing it is.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// What, which, how many: a sentence for a person.
    pub message: String,
    /// The file it was seen in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column, slice, step or package that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The limit that was crossed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The value that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The command to run next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Finding {
    /// Makes a finding of `code` that says `message`, with nothing else known.
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            path: None,
            line: None,
            subject: None,
            limit: None,
            value: None,
            next: None,
        }
    }
}

/// Returns findings, each with what to do next where that is to be said: of several in a row for which
/// it is the same, after the last.
pub fn with_next<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
) -> impl Iterator<Item = (&'f Finding, Option<&'f str>)> {
    let mut findings = findings.into_iter().peekable();
    std::iter::from_fn(move || {
        let finding = findings.next()?;
        let is_repeated = findings.peek().is_some_and(|after| after.next == finding.next);
        Some((finding, finding.next.as_deref().filter(|_| !is_repeated)))
    })
}

/// A measurement with limits: its configuration is the type, its input is already opened.
pub trait Check {
    /// What it looks at.
    type Input: ?Sized;

    /// Every code that it can report.
    const CODES: &'static [Code];

    /// Looks at `input`. Nothing to measure is a finding of its own, never silence.
    fn run(&self, input: &Self::Input) -> Vec<Finding>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_form() {
        for bad in ["", "data", "Data.x", "data.", ".x", "data..x", "data.-x", "data.x-"] {
            assert!(Code::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(Code::try_from("leak.suspected".to_owned()).is_ok());
    }

    #[test]
    fn what_to_do_is_said_once_in_a_row() {
        let finding = |next: Option<&str>| {
            let finding = Finding::new(Code::of("leak.suspected"), Severity::Error, "seen");
            Finding { next: next.map(str::to_owned), ..finding }
        };
        let nexts = [Some("a"), Some("a"), Some("b"), None, Some("b"), Some("a")];
        let findings = nexts.map(finding);
        let said: Vec<Option<&str>> = with_next(&findings).map(|(_, next)| next).collect();
        assert_eq!(said, [None, Some("a"), Some("b"), None, Some("b"), Some("a")]);
    }
}
