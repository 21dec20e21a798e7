//! The owner's prose in a model card, and the file that says which facts it was accepted with.

use plimsoll_core::RepoPath;
use plimsoll_core::card::{Accepted, ProseMistake, ReadAcceptedError, ReadProseError, Written};

use crate::Mistakes;
use crate::source::{Place, Report, Source};

/// Reads the bytes of the prose that messages call `path`.
///
/// # Errors
/// Every line that could hide or imitate what is measured, each with its place.
pub fn prose(path: &RepoPath, bytes: &[u8]) -> Result<Written, Mistakes> {
    let source = Source::new(path.as_str(), bytes)?;
    Written::read(source.text()).map_err(|ReadProseError(mistakes)| {
        let mut report = Report::new(&source);
        for ProseMistake { line, message, help } in mistakes {
            let width = source.line(line).chars().count().max(1);
            report.advise(Place { line, column: 1, width }, message, help);
        }
        report.finish()
    })
}

/// Reads the bytes of the file of accepted facts that messages call `path`.
///
/// # Errors
/// It is not what `plimsoll model card --accept` writes.
pub fn accepted(path: &RepoPath, bytes: &[u8]) -> Result<Accepted, Mistakes> {
    let source = Source::new(path.as_str(), bytes)?;
    Accepted::from_json(source.text()).map_err(|error| {
        let (line, column) = match &error {
            ReadAcceptedError::Form(error) => (error.line().max(1), error.column().max(1)),
            _ => (1, 1),
        };
        let mut report = Report::new(&source);
        let help = "restore what was committed, or accept the sections anew";
        report.advise(Place { line, column, width: 1 }, format!("the file {error}"), help);
        report.finish()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> RepoPath {
        path.parse().unwrap()
    }

    #[test]
    fn mistakes_have_their_places() {
        let said = prose(&path("CARD.md"), b"## Use\nx\n## Release\ny\n").unwrap_err().to_string();
        insta::assert_snapshot!(said, @"
        CARD.md:3:1: what stands below `Release` is written by Plimsoll alone
          |
        3 | ## Release
          | ^^^^^^^^^^
          = help: choose another heading
        ");
        let bytes = b"{\n  \"format\": 1\n}\n";
        let said = accepted(&path("CARD.facts.json"), bytes).unwrap_err().to_string();
        assert!(said.starts_with("CARD.facts.json:2:13: the file is not what"), "{said}");
    }

    #[test]
    fn no_bytes_give_it_way() {
        for bytes in [&b"\xff"[..], b"", b"\x00", b"## \xc3\xa9"] {
            _ = prose(&path("CARD.md"), bytes);
            _ = accepted(&path("CARD.facts.json"), bytes);
        }
    }
}
