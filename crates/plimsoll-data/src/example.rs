//! How many cells were wrong, and the first of them for a person to look at.

use std::num::NonZeroU64;
use std::sync::Arc;

use plimsoll_core::Share;

/// How many examples a finding shows, unless more or fewer are asked for.
pub(crate) const SHOWN: usize = 5;

/// How many characters of a value are shown.
const LONGEST: usize = 40;

/// Where a row is: a line of text, or a row of a file that has no lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The line on which the row begins, from 1; the header is line 1.
    Line(u64),
    /// The row, from 1.
    Row(u64),
    /// The line in one of several files.
    LineOf(Arc<str>, u64),
    /// The row in one of several files.
    RowOf(Arc<str>, u64),
}

impl Place {
    /// Returns the line, where there are lines.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Line(line) | Self::LineOf(_, line) => Some(*line),
            Self::Row(_) | Self::RowOf(..) => None,
        }
    }

    /// Returns the row, where there are no lines.
    pub fn row(&self) -> Option<u64> {
        match self {
            Self::Row(row) | Self::RowOf(_, row) => Some(*row),
            Self::Line(_) | Self::LineOf(..) => None,
        }
    }

    /// Returns the file, where there are several.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::LineOf(file, _) | Self::RowOf(file, _) => Some(file),
            Self::Line(_) | Self::Row(_) => None,
        }
    }

    /// Returns the same place in one of several files.
    pub(crate) fn in_file(self, file: &Arc<str>) -> Self {
        match self {
            Self::Line(line) | Self::LineOf(_, line) => Self::LineOf(Arc::clone(file), line),
            Self::Row(row) | Self::RowOf(_, row) => Self::RowOf(Arc::clone(file), row),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
            Self::LineOf(file, line) => write!(f, "line {line} of {}", shown_path(file)),
            Self::RowOf(file, row) => write!(f, "row {row} of {}", shown_path(file)),
        }
    }
}

/// A row that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Where it is.
    pub place: Place,
    /// What is there, short and safe to show; nothing where a cell is empty.
    pub value: String,
}

/// The rows that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

impl Affected {
    /// Returns which part of all rows they are; nothing of no rows.
    pub fn share(&self) -> Option<Share> {
        NonZeroU64::new(self.of).map(|of| Share::of(self.count, of))
    }
}

/// A count with the first few of what was counted.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    count: u64,
    most: usize,
    examples: Vec<(Place, String)>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::showing(SHOWN)
    }
}

impl Tally {
    /// Counts, and keeps `most` examples.
    pub(crate) fn showing(most: usize) -> Self {
        Self { count: 0, most, examples: Vec::new() }
    }

    /// Returns what was counted of `rows` rows.
    pub(crate) fn affected(&self, rows: u64) -> Affected {
        let example = |(place, value): &(Place, String)| Example {
            place: place.clone(),
            value: value.clone(),
        };
        let examples = self.examples.iter().map(example).collect();
        Affected { count: self.count, of: rows, examples }
    }

    /// Counts one more; `value` is asked for only while examples are wanted.
    pub(crate) fn add(&mut self, place: Place, value: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < self.most {
            self.examples.push((place, value()));
        }
    }

    /// Counts what another one counted behind it, in one of several files.
    pub(crate) fn absorb(&mut self, other: Self, file: Option<&Arc<str>>) {
        self.count += other.count;
        let wanted = self.most.saturating_sub(self.examples.len());
        let examples = other.examples.into_iter().take(wanted).map(|(place, value)| match file {
            Some(file) => (place.in_file(file), value),
            None => (place, value),
        });
        self.examples.extend(examples);
    }

    /// Counts more without examples.
    pub(crate) fn add_unseen(&mut self, count: u64) {
        self.count += count;
    }

    pub(crate) fn count(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.count)
    }

    /// Returns the line of the first.
    pub(crate) fn first_line(&self) -> Option<u64> {
        self.examples.first().and_then(|(place, _)| place.line())
    }

    /// Returns the file of the first, where there are several.
    pub(crate) fn first_file(&self) -> Option<String> {
        self.examples.first().and_then(|(place, _)| place.file()).map(str::to_owned)
    }

    /// Returns where the first is.
    pub(crate) fn first(&self) -> Option<&Place> {
        self.examples.first().map(|(place, _)| place)
    }

    /// Returns the first few, with their values.
    pub(crate) fn examples_seen(&self) -> impl Iterator<Item = (&Place, &str)> {
        self.examples.iter().map(|(place, value)| (place, value.as_str()))
    }

    /// Says `24 of 8,669 rows (0.3 %)`.
    pub(crate) fn of(&self, rows: u64) -> String {
        let share = NonZeroU64::new(rows).map(|rows| Share::of(self.count, rows));
        let share = share.map(|share| format!(" ({share})")).unwrap_or_default();
        format!("{} of {} rows{share}", grouped(self.count), grouped(rows))
    }

    /// Says `, for example line 2: 9.84, line 3: 9.02`.
    pub(crate) fn examples(&self) -> String {
        if self.examples.is_empty() {
            String::new()
        } else {
            format!(", for example {}", self.all())
        }
    }

    /// Says `line 2: 9.84, line 3: 9.02`.
    pub(crate) fn all(&self) -> String {
        let said = self.examples.iter().map(|(place, value)| match value.as_str() {
            "" => place.to_string(),
            value => format!("{place}: {value}"),
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

/// Returns `number` with its thousands apart: `8,645`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `rows` in words: `1 row`, `8,645 rows`.
pub(crate) fn rows_in_words(rows: u64) -> String {
    format!("{} {}", grouped(rows), if rows == 1 { "row" } else { "rows" })
}

/// Returns `text` in quotes, short and on one line, with nothing that a terminal would obey.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

/// Returns `text` short and on one line, with nothing that a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    printable(text, LONGEST)
}

/// Returns the whole of a path with nothing that a terminal would obey.
pub(crate) fn shown_path(path: &str) -> String {
    printable(path, usize::MAX)
}

/// Returns at most `longest` characters of `text` on one line, with nothing that a terminal would
/// obey and nothing that cannot be seen.
pub fn printable(text: &str, longest: usize) -> String {
    let mut said = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at == longest {
            said.push('…');
            break;
        }
        let hidden = matches!(letter,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if letter.is_control() {
            said.extend(letter.escape_default());
        } else if hidden {
            said.extend(letter.escape_unicode());
        } else {
            said.push(letter);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_obey_nobody() {
        assert_eq!(quoted("a\u{1b}[31m\u{202e}b\n"), r#""a\u{1b}[31m\u{202e}b\n""#);
        assert_eq!(shown(&"x".repeat(50)).chars().count(), 41);
    }

    #[test]
    fn counts_everything_and_shows_the_first() {
        let mut tally = Tally::default();
        (2..1236).for_each(|line| tally.add(Place::Line(line), || line.to_string()));
        assert_eq!(tally.of(2468), "1,234 of 2,468 rows (50 %)");
        assert_eq!(
            tally.examples(),
            ", for example line 2: 2, line 3: 3, line 4: 4, line 5: 5, line 6: 6",
        );
    }
}
