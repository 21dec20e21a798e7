//! One line of a requirements file: what it asks for, not yet what that means.

use super::Role;
use crate::inventory::error::Problem;
use crate::package::FileHash;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    /// Empty, or an option that says nothing of what is installed.
    Nothing,
    /// A requirement, without options of its own.
    Requirement(&'t str),
    /// `-e`.
    Editable(&'t str),
    /// `-r` or `-c`.
    Include(Role, &'t str),
    /// Another index, or a page of links.
    Index(&'t str),
    /// Something else.
    Unknown,
}

/// Options that change nothing of what is named, and whether a value follows.
const HARMLESS: [&str; 12] = [
    "--no-index",
    "--pre",
    "--prefer-binary",
    "--require-hashes",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--use-feature",
    "--hash",
    "--global-option",
    "--config-settings",
    "--config-setting",
];

const INDEXES: [&str; 6] =
    ["-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"];

impl<'t> Line<'t> {
    /// Reads a line that is whole and has no comment.
    pub(super) fn parse(text: &'t str) -> Self {
        let text = text.trim();
        let starts_option = |at: &usize| text[*at..].starts_with('-');
        let options = std::iter::once(0)
            .chain(text.match_indices(char::is_whitespace).map(|(at, blank)| at + blank.len()))
            .find(starts_option);
        let (requirement, options) = text.split_at(options.unwrap_or(text.len()));
        if !requirement.trim().is_empty() {
            return Self::Requirement(requirement.trim());
        }
        if options.is_empty() {
            return Self::Nothing;
        }
        let (option, value) = option_of(options);
        match option {
            "-r" | "--requirement" => Self::Include(Role::Required, value),
            "-c" | "--constraint" => Self::Include(Role::Constraint, value),
            "-e" | "--editable" => Self::Editable(value),
            _ if INDEXES.contains(&option) => Self::Index(value),
            _ if HARMLESS.contains(&option) => Self::Nothing,
            _ => Self::Unknown,
        }
    }
}

/// Returns the hashes that a line gives in `--hash`; one of an algorithm that is not known is none.
pub(super) fn hashes_of(text: &str) -> Vec<FileHash> {
    let mut words = text.split_whitespace();
    let mut hashes = Vec::new();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--hash") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        hashes.extend(value.and_then(FileHash::parse));
    }
    hashes
}

/// Takes an option apart: `--name=value`, `--name value`, `-nvalue`, `-n value`.
fn option_of(text: &str) -> (&str, &str) {
    let end = text.find(|it: char| it.is_whitespace() || it == '=').unwrap_or(text.len());
    let (option, value) = if !text.starts_with("--") && end > 2 && text.is_char_boundary(2) {
        text.split_at(2)
    } else {
        text.split_at(end)
    };
    let value = value.trim_start().trim_start_matches('=').trim();
    (option, value.trim_matches(['"', '\'']))
}

/// The most lines of a file.
const MOST_LINES: usize = 1_000_000;

/// Joins lines that end in `\`, and takes comments off; each comes with the number of its first line.
///
/// # Errors
/// There are more than a million.
pub(super) fn logical_lines(text: &str) -> Result<Vec<(u64, String)>, Problem> {
    if text.lines().nth(MOST_LINES).is_some() {
        return Err(Problem::TooLarge { what: "lines of requirements", limit: MOST_LINES as u64 });
    }
    let mut lines = Vec::new();
    let mut open: Option<(u64, String)> = None;
    for (line, number) in text.lines().zip(1..) {
        let is_comment = line.trim_start().starts_with('#');
        let (start, mut whole) = open.take().unwrap_or((number, String::new()));
        match line.strip_suffix('\\') {
            Some(part) if !is_comment => {
                whole.push_str(part);
                open = Some((start, whole));
            }
            _ => {
                // A comment ends what is continued, and needs a blank before it.
                whole.push_str(if is_comment { " " } else { "" });
                whole.push_str(line);
                lines.push((start, whole));
            }
        }
    }
    lines.extend(open);
    for (_, line) in &mut lines {
        let comment = line
            .match_indices('#')
            .find(|(at, _)| *at == 0 || line[..*at].ends_with(char::is_whitespace));
        if let Some((at, _)) = comment {
            line.truncate(at);
        }
    }
    Ok(lines)
}
