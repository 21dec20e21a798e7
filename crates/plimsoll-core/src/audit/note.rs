//! Words of people that are kept for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest note, in bytes.
const LONGEST: usize = 1000;

/// Who did something, or why, in one line: never blank, and nothing in it moves a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Note(String);

/// The text says nothing, or too much.
#[derive(Debug, thiserror::Error)]
#[error(
    "a name or reason must be one line of 1 to {LONGEST} bytes without blanks around it; this one {0}"
)]
pub struct ParseNoteError(&'static str);

impl Note {
    /// Returns the words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Note {
    type Err = ParseNoteError;

    fn from_str(s: &str) -> Result<Self, ParseNoteError> {
        if s.is_empty() {
            Err(ParseNoteError("is empty"))
        } else if s.len() > LONGEST {
            Err(ParseNoteError("is longer"))
        } else if s.trim() != s {
            Err(ParseNoteError("begins or ends with a blank"))
        } else if s.chars().any(char::is_control) {
            Err(ParseNoteError("holds a line break or another control character"))
        } else {
            Ok(Self(s.to_owned()))
        }
    }
}

impl TryFrom<String> for Note {
    type Error = ParseNoteError;

    fn try_from(text: String) -> Result<Self, ParseNoteError> {
        text.parse()
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_line_that_says_something() {
        assert_eq!("spring breach: WAPE 0.34".parse::<Note>().unwrap().as_str().len(), 24);
        for bad in ["", " ", " x", "x\n", "a\nb", "a\u{1b}[2J", &"x".repeat(1001)] {
            assert!(bad.parse::<Note>().is_err(), "{bad:?}");
        }
    }
}
