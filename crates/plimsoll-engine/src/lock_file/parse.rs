//! Reading the text of a lock file, line by line.

use std::iter::Peekable;

use plimsoll_core::event::DatasetPin;
use plimsoll_core::{DatasetName, Digest};

use super::{LockFile, VERSION};

/// The text is no lock file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ParseLockError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line of a lock file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Git could not merge it.
    #[error("an unresolved merge conflict (resolve it, or delete the file and run `plimsoll run`)")]
    Conflict,
    /// It was written by a newer Plimsoll.
    #[error("version {0} of the format is not known (version {VERSION} is; use a newer Plimsoll)")]
    Version(String),
    /// It is not the line that belongs here.
    #[error("expected {expected}, found `{found}`")]
    Unexpected {
        /// What belongs here.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The file ends too early.
    #[error("expected {expected}, found the end of the file")]
    End {
        /// What belongs here.
        expected: &'static str,
    },
    /// A dataset is there twice.
    #[error("dataset `{0}` is locked twice")]
    Twice(DatasetName),
    /// The bytes are no text.
    #[error("the file is not UTF-8")]
    NotUtf8,
}

pub(super) fn parse(bytes: &[u8]) -> Result<LockFile, ParseLockError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|&byte| byte == b'\n').count();
        ParseLockError { line, problem: Problem::NotUtf8 }
    })?;
    Lines { rest: numbered(text).peekable(), last: text.lines().count().max(1) }.file()
}

/// The lines that say something, with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1..).zip(text.lines());
    let said = numbered.map(|(number, line)| (number, line.trim_end()));
    said.filter(|(_, line)| !line.is_empty() && !line.trim_start().starts_with('#'))
}

struct Lines<'a, I: Iterator<Item = (usize, &'a str)>> {
    rest: Peekable<I>,
    last: usize,
}

impl<'a, I: Iterator<Item = (usize, &'a str)>> Lines<'a, I> {
    fn file(mut self) -> Result<LockFile, ParseLockError> {
        let expected = "`version: 1`";
        let (line, version) = self.value("version: ", expected)?;
        if version != VERSION.to_string() {
            let problem = match version.parse::<u32>() {
                Ok(_) => Problem::Version(version.to_owned()),
                Err(_) => return Err(unexpected(line, expected, version)),
            };
            return Err(ParseLockError { line, problem });
        }
        let mut lock = LockFile::default();
        let (line, rest) = self.value("data:", "`data:`")?;
        if rest == " {}" {
            return self.end(lock);
        }
        if !rest.is_empty() {
            return Err(unexpected(line, "`data:`", rest));
        }
        while self.rest.peek().is_some() {
            let (line, dataset, pin) = self.dataset()?;
            if lock.data.insert(dataset.clone(), pin).is_some() {
                return Err(ParseLockError { line, problem: Problem::Twice(dataset) });
            }
        }
        if lock.data.is_empty() {
            let problem = Problem::End { expected: "a dataset's name, as in `  hourly:`" };
            return Err(ParseLockError { line: self.last, problem });
        }
        Ok(lock)
    }

    fn dataset(&mut self) -> Result<(usize, DatasetName, DatasetPin), ParseLockError> {
        let expected = "a dataset's name, as in `  hourly:`";
        let (at, text) = self.value("  ", expected)?;
        let name = text.strip_suffix(':').and_then(|name| name.parse().ok());
        let name: DatasetName = name.ok_or_else(|| unexpected(at, expected, text))?;

        let expected = "the dataset's digest, as in `    digest: blake3:…`";
        let (line, text) = self.value("    digest: ", expected)?;
        let digest: Digest = text.parse().map_err(|_| unexpected(line, expected, text))?;

        let expected = "the dataset's size, as in `    bytes: 1024`";
        let (line, text) = self.value("    bytes: ", expected)?;
        let bytes: u64 = text.parse().map_err(|_| unexpected(line, expected, text))?;

        let mut source = None;
        if self.rest.peek().is_some_and(|(_, line)| line.starts_with("    ")) {
            let expected = "the dataset's source, as in `    source: \"https://…\"`";
            let (line, text) = self.value("    source: ", expected)?;
            let text: String =
                serde_json::from_str(text).map_err(|_| unexpected(line, expected, text))?;
            source = Some(text);
        }
        Ok((at, name, DatasetPin { digest, bytes, source }))
    }

    /// Returns what follows `start` on the next line.
    fn value(
        &mut self,
        start: &str,
        expected: &'static str,
    ) -> Result<(usize, &'a str), ParseLockError> {
        let Some((line, text)) = self.rest.next() else {
            return Err(ParseLockError { line: self.last, problem: Problem::End { expected } });
        };
        let value = text.strip_prefix(start).ok_or_else(|| unexpected(line, expected, text))?;
        Ok((line, value))
    }

    fn end(mut self, lock: LockFile) -> Result<LockFile, ParseLockError> {
        match self.rest.next() {
            None => Ok(lock),
            Some((line, text)) => Err(unexpected(line, "the end of the file", text)),
        }
    }
}

fn unexpected(line: usize, expected: &'static str, found: &str) -> ParseLockError {
    let is_conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| found.starts_with(mark));
    let problem = if is_conflict {
        Problem::Conflict
    } else {
        let found = found.trim().chars().take(80).collect();
        Problem::Unexpected { expected, found }
    };
    ParseLockError { line, problem }
}
