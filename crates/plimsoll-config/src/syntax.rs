//! What is no YAML, in words that say what to change.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use crate::source::{Place, Report};

/// Reports where the text stops being YAML.
pub(crate) fn report(report: &mut Report<'_>, error: &ScanError) {
    let marker = error.marker();
    let mut place = Place { line: marker.line().max(1), column: marker.col() + 1, width: 1 };
    // Where a tab stands in the indentation, everything else follows from it. A text goes on over
    // lines, so the parser may stop at the end of the line above.
    let lines = [place.line, place.line + 1];
    let tab = lines.into_iter().find_map(|at| Some((at, tab_of(report.source.line(at))?)));
    if let Some((line, tab)) = tab {
        (place.line, place.column) = (line, tab + 1);
        report.advise(place, "a tab stands in the indentation", "indent with spaces");
        return;
    }
    let (message, help) = explain(error.kind());
    match help {
        Some(help) => report.advise(place, message, help),
        None => report.say(place, message),
    }
}

/// Returns where a tab stands in the indentation of a line.
fn tab_of(line: &str) -> Option<usize> {
    let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..indentation)?.find('\t')
}

fn explain(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let words = |message: &str, help| (message.to_owned(), Some(help));
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            words("a tab stands where YAML asks for spaces", "write spaces instead")
        }
        ErrorKind::MappingValueNotAllowed => words(
            "`:` starts a value where none can stand",
            "quote a text that contains `: `, or check the indentation",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => words(
            "`key: value` was expected here",
            "check the indentation and that `:` is followed by a space",
        ),
        ErrorKind::InvalidColonPlacement => words(
            "`:` cannot stand here inside brackets",
            "close the bracket `[` or `{` that was opened above",
        ),
        ErrorKind::InvalidQuotedScalarIndent => words(
            "the quoted text that started above goes on here",
            "add the closing quote, or indent the line",
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            words("the quoted text has no end", "add the closing quote")
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            words("the list has no end", "add `,` between values and `]` after the last")
        }
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::ExpectedFlowMappingSeparator => {
            words("the mapping has no end", "add `,` between entries and `}` after the last")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            (format!("`{open}` is never closed"), Some("add the closing bracket"))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{close}` does not close `{open}`"), Some("close the brackets in order"))
        }
        ErrorKind::RecursionLimitExceeded => {
            let message = format!(
                "lists and mappings are nested deeper than {} levels",
                crate::node::DEEPEST
            );
            (message, None)
        }
        ErrorKind::DirectiveDisallowed => {
            words("directives (`%…`) are not accepted", "quote a text that starts with `%`")
        }
        ErrorKind::UnexpectedCharacter { character } => (
            format!("`{character}` cannot start a value"),
            Some("put a text that starts with it in quotes"),
        ),
        ErrorKind::UnknownQuotedScalarEscape => words(
            "the escape is unknown to YAML",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::BlockSequenceEntryNotAllowed => words(
            "a `- ` entry cannot stand here, or one was expected",
            "indent all entries of a list by the same number of spaces",
        ),
        ErrorKind::InvalidIndentation => {
            words("the indentation fits nothing above", "indent siblings by the same spaces")
        }
        other => (format!("this is no YAML: {other}"), None),
    }
}
