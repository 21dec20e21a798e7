//! The text of a configuration file, and places in it.

use crate::mistake::{Mistake, Mistakes};

/// The largest configuration file that is read, in bytes.
pub const LARGEST: usize = 1 << 20;

/// The last column that excerpts are taken from: finding a place on a line takes as long as the
/// line, and a file may be one line with a thousand mistakes.
const FARTHEST: usize = 5000;

/// Where something stands in a file: line and column count from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// How many characters are meant, on this line.
    pub width: usize,
}

impl Place {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1, width: 1 };
}

/// A file that is text: UTF-8 without a byte order mark or control characters, of bounded size.
#[derive(Debug)]
pub struct Source {
    path: String,
    text: String,
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
}

impl Source {
    /// Takes the bytes of the file that messages call `path`.
    pub fn new(path: &str, bytes: &[u8]) -> Result<Self, Mistakes> {
        if bytes.len() > LARGEST {
            return Err(too_large(path, bytes.len() as u64).into());
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            let message = "the file is UTF-16 (expected UTF-8)";
            let help = Some("save it as UTF-8 without a byte order mark");
            return Err(Mistake::without_excerpt(path, message, help).into());
        }
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let source = Self::of(path, String::from_utf8_lossy(bytes).into_owned());
                let place = source.place(error.valid_up_to());
                let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                let message = format!("the byte 0x{byte:02x} is not UTF-8");
                let help = Some("save the file as UTF-8");
                return Err(source.mistake(place, &message, help).into());
            }
        };
        let source = Self::of(path, text.to_owned());
        let refused = text.char_indices().find(|(_, c)| is_refused(*c));
        let Some((offset, character)) = refused else { return Ok(source) };
        let (message, help) = if character == '\u{feff}' {
            ("the file contains a byte order mark".to_owned(), "save it as UTF-8 without one")
        } else {
            let message = format!("control character U+{:04X} is not accepted", character as u32);
            (message, "remove it, or write it as an escape in double quotes, such as \"\\0\"")
        };
        Err(source.mistake(source.place(offset), &message, Some(help)).into())
    }

    fn of(path: &str, text: String) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (index, &byte) in bytes.iter().enumerate() {
            // A carriage return ends a line in YAML, alone or before a line feed.
            let next = bytes.get(index + 1);
            if byte == b'\n' || (byte == b'\r' && next != Some(&b'\n')) {
                starts.push(index + 1);
            }
        }
        Self { path: path.to_owned(), text, starts }
    }

    /// Returns what messages call the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a line without its end; lines count from 1.
    pub fn line(&self, line: usize) -> &str {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let Some(&start) = start else { return "" };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }

    /// Returns what is written at `place`.
    pub fn at(&self, place: Place) -> String {
        if place.column > FARTHEST {
            return "…".to_owned();
        }
        self.line(place.line)
            .chars()
            .skip(place.column.saturating_sub(1))
            .take(place.width)
            .collect()
    }

    /// Makes a mistake at `place`.
    pub fn mistake(&self, place: Place, message: &str, suggestion: Option<&str>) -> Mistake {
        let line = if place.column > FARTHEST { "" } else { self.line(place.line) };
        Mistake::new(&self.path, place, line, message, suggestion)
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Place { line, column: before.chars().count() + 1, width: 1 }
    }
}

/// Says that a file is too large, without a place in it, since it was not read.
pub(crate) fn too_large(path: &str, bytes: u64) -> Mistake {
    let message = format!("the file has {bytes} bytes (at most {LARGEST} are accepted)");
    let help = "keep data in files of its own and name them here";
    Mistake::without_excerpt(path, &message, Some(help))
}

fn is_refused(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{feff}' => true,
        _ => character.is_control(),
    }
}

/// Collects the mistakes of one file.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) source: &'a Source,
    mistakes: Mistakes,
}

impl<'a> Report<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source, mistakes: Mistakes::default() }
    }

    pub(crate) fn say(&mut self, place: Place, message: impl Into<String>) {
        self.mistakes.push_with(|| self.source.mistake(place, &message.into(), None));
    }

    pub(crate) fn advise(
        &mut self,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.mistakes.push_with(|| self.source.mistake(place, &message.into(), Some(&help.into())));
    }

    /// Tells whether something was said at `place`.
    pub(crate) fn has_said(&self, place: Place) -> bool {
        let is_here =
            |mistake: &Mistake| (mistake.line, mistake.column) == (place.line, place.column);
        self.mistakes.iter().any(is_here)
    }

    /// Says `message` unless something was said at `place`.
    pub(crate) fn unless_said(&mut self, place: Place, message: impl Into<String>) {
        if !self.is_cut() && !self.has_said(place) {
            self.say(place, message);
        }
    }

    /// Says that `what` is left out, unless a mistake gives the reason: a file with a mistake is
    /// refused as a whole, so nothing is ever left out in silence.
    pub(crate) fn not_understood(&mut self, place: Place, what: &str) {
        if self.mistakes.is_empty() {
            self.say(place, format!("{what} cannot be understood"));
        }
    }

    /// Tells whether further mistakes are only counted.
    pub(crate) fn is_cut(&self) -> bool {
        self.mistakes.is_cut()
    }

    pub(crate) fn count(&self) -> usize {
        self.mistakes.count()
    }

    pub(crate) fn finish(self) -> Mistakes {
        self.mistakes.sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_text_and_says_where() {
        let refusal = |bytes: &[u8]| Source::new("plimsoll.yaml", bytes).unwrap_err().to_string();
        insta::assert_snapshot!(refusal(b"model: x\nowners: [\xe9t\xe9]\n"), @r"
        plimsoll.yaml:2:10: the byte 0xe9 is not UTF-8
          |
        2 | owners: [�t�]
          |          ^
          = help: save the file as UTF-8
        ");
        insta::assert_snapshot!(refusal(b"\xef\xbb\xbfmodel: x\n"), @r"
        plimsoll.yaml:1:1: the file contains a byte order mark
          |
        1 | �model: x
          | ^
          = help: save it as UTF-8 without one
        ");
        insta::assert_snapshot!(refusal(b"\xff\xfem\0"), @r"
        plimsoll.yaml:1:1: the file is UTF-16 (expected UTF-8)
          = help: save it as UTF-8 without a byte order mark
        ");
        insta::assert_snapshot!(refusal(b"model: a\x1b[2Jb\n"), @r#"
        plimsoll.yaml:1:9: control character U+001B is not accepted
          |
        1 | model: a�[2Jb
          |         ^
          = help: remove it, or write it as an escape in double quotes, such as "\0"
        "#);
        insta::assert_snapshot!(refusal(&vec![b'#'; LARGEST + 1]), @r"
        plimsoll.yaml:1:1: the file has 1048577 bytes (at most 1048576 are accepted)
          = help: keep data in files of its own and name them here
        ");
    }

    #[test]
    fn lines_end_as_yaml_says() {
        let source = Source::new("x", b"one\r\ntwo\rthree\nfour").unwrap();
        let lines: Vec<&str> = (0..6).map(|line| source.line(line)).collect();
        assert_eq!(lines, ["", "one", "two", "three", "four", ""]);
    }
}
