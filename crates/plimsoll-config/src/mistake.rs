//! What is wrong in a file, where, and what to write instead.

use std::error::Error;
use std::fmt;

use crate::source::Place;

/// How many mistakes are shown.
const SHOWN: usize = 50;

/// How many mistakes are kept with their text; further ones are counted.
const KEPT: usize = 1000;

/// The longest excerpt, in characters.
const WIDEST: usize = 100;

/// The longest message or suggestion, in characters.
const LONGEST: usize = 800;

/// One mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line, or the part of a long one that matters; empty where there is none to show.
    pub excerpt: String,
    /// What to write or do instead.
    pub suggestion: Option<String>,
    /// Which characters of the excerpt are meant: how many before, how many.
    caret: (usize, usize),
}

impl Mistake {
    pub(crate) fn new(
        path: &str,
        place: Place,
        line: &str,
        message: &str,
        suggestion: Option<&str>,
    ) -> Self {
        let before = place.column.saturating_sub(1);
        // Of a long line, what stands around the place.
        let skipped = if before + place.width > WIDEST { before.saturating_sub(30) } else { 0 };
        let mut excerpt: String = line.chars().skip(skipped).take(WIDEST).map(visible).collect();
        let mut caret_at = before - skipped;
        if skipped > 0 {
            excerpt.insert(0, '…');
            caret_at += 1;
        }
        let length = excerpt.chars().count();
        if line.chars().nth(skipped + WIDEST).is_some() {
            excerpt.push('…');
        }
        let width = place.width.min(length.saturating_sub(caret_at)).max(1);
        Self {
            path: path.to_owned(),
            line: place.line,
            column: place.column,
            message: harmless(message),
            excerpt: excerpt.trim_end().to_owned(),
            suggestion: suggestion.map(harmless),
            caret: (caret_at, width),
        }
    }

    /// Makes a mistake of a whole file.
    pub(crate) fn without_excerpt(path: &str, message: &str, suggestion: Option<&str>) -> Self {
        Self::new(path, Place::START, "", message, suggestion)
    }
}

/// A terminal must show what is there and not obey it.
fn visible(character: char) -> char {
    match character {
        '\t' => '→',
        _ if is_obeyed(character) => '\u{fffd}',
        _ => character,
    }
}

/// Tells control characters and those that turn the direction of the text.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(LONGEST) {
        if is_obeyed(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path.escape_debug(), self.line, self.column, self.message)?;
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        if !self.excerpt.is_empty() {
            let (before, width) = self.caret;
            let (before, carets) = (" ".repeat(before), "^".repeat(width));
            write!(f, "\n{margin} |\n{number} | {}", self.excerpt)?;
            write!(f, "\n{margin} | {before}{carets}")?;
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, "\n{margin} = help: {suggestion}"),
            None => Ok(()),
        }
    }
}

/// Every mistake that was found, in the order of the files and of their lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    kept: Vec<Mistake>,
    uncounted: usize,
}

impl Mistakes {
    /// Returns the mistakes, the first thousand of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.kept.iter()
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.kept.len() + self.uncounted
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds the mistakes of another file.
    pub fn extend(&mut self, others: Self) {
        self.uncounted += others.uncounted;
        for mistake in others.kept {
            self.push_with(|| mistake);
        }
    }

    pub(crate) fn push_with(&mut self, mistake: impl FnOnce() -> Mistake) {
        if self.is_cut() {
            self.uncounted += 1;
        } else {
            self.kept.push(mistake());
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.kept.len() >= KEPT
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.kept.sort_by_key(|mistake| (mistake.line, mistake.column));
        self
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self { kept: vec![mistake], uncounted: 0 }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.kept.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            mistake.fmt(f)?;
        }
        match self.count().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n\nand {more} more"),
        }
    }
}

impl Error for Mistakes {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize, width: usize, text: &str) -> Mistake {
        let place = Place { line, column, width };
        Mistake::new("plimsoll.yaml", place, text, "it is wrong", None)
    }

    #[test]
    fn long_lines_and_control_characters_are_harmless() {
        let long = format!("{}here{}", "x".repeat(500), "y".repeat(500));
        insta::assert_snapshot!(at(12, 501, 4, &long), @r"
        plimsoll.yaml:12:501: it is wrong
           |
        12 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxhereyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
           |                                ^^^^
        ");
        insta::assert_snapshot!(at(1, 3, 400, "\u{202e}\ta\x1b[31mb"), @r"
        plimsoll.yaml:1:3: it is wrong
          |
        1 | �→a�[31mb
          |   ^^^^^^^
        ");
        let message = format!("`\x1b]0;{}`", "m".repeat(2000));
        let mistake = Mistake::new("a\nb", Place::START, "", &message, None).to_string();
        assert!(mistake.starts_with("a\\nb:1:1: `\\u{1b}]0;mmm"), "{mistake}");
        assert!(mistake.ends_with("m…"));
    }

    #[test]
    fn fifty_are_shown_and_the_rest_is_counted() {
        let mut mistakes = Mistakes::default();
        for line in (1..=3000).rev() {
            mistakes.push_with(|| at(line, 1, 1, "x"));
        }
        assert_eq!(mistakes.count(), 3000);
        let shown = mistakes.sorted().to_string();
        assert!(shown.ends_with("\n\nand 2950 more"));
        assert_eq!(shown.matches("it is wrong").count(), 50);
    }
}
