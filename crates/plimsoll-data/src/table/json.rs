//! Rows out of JSON lines: an object on each line, whose keys are the columns.

mod cells;
mod kinds;
mod line;
mod value;

use std::collections::HashMap;
use std::io;

use self::cells::Cells;
use self::line::{Line, Member, take_apart};
use self::value::{Broken, DEEPEST, append};
use super::flaw::{Flaw, Flaws};
use super::input::Bytes;
use super::source::{Failure, Piece};
use super::window::Window;
use super::{BATCH_BYTES, BATCH_ROWS, MAX_COLUMNS, MAX_ROW};
use crate::example::{grouped, shown};

pub(crate) use self::kinds::Kinds;
pub use self::value::Kind;

/// How many rows say which columns there are, as far as they are held together.
pub(super) const KEY_ROWS: usize = 8192;

/// How many bytes of rows are held together for that.
const KEY_BYTES: usize = 8 << 20;

/// How many bytes a cell takes beside its text.
const CELL: usize = 6;

/// A reader of JSON lines.
pub(super) struct JsonReader {
    text: Window,
    /// Why no more can be read, said once the rows before it are handed out.
    failed: Option<io::Error>,
    ended: bool,
    line: u64,
    columns: Columns,
    wanted: Vec<usize>,
    members: Vec<Member>,
    /// The number of the row that a column was last filled in, and its place in `members`.
    filled: Vec<(u64, usize)>,
    pub(super) flaws: Flaws,
    /// Rows so far, flawed ones included.
    pub(super) rows: u64,
}

impl JsonReader {
    /// Takes the keys of the first rows of `input`, which stands at its beginning, as columns.
    pub(super) fn open(input: Bytes) -> Result<Self, Failure> {
        let mut reader = Self {
            text: Window::new(input),
            failed: None,
            ended: false,
            line: 1,
            columns: Columns::default(),
            wanted: Vec::new(),
            members: Vec::new(),
            filled: Vec::new(),
            flaws: Flaws::default(),
            rows: 0,
        };
        reader.text.fill()?;
        reader.text.pass_mark().map_err(|reason| Failure::Bad(reason.to_owned()))?;
        let columns = reader.first_keys()?;
        reader.demand(columns);
        Ok(reader)
    }

    /// Returns the names of the columns.
    pub(super) fn names(&self) -> &[String] {
        &self.columns.names
    }

    /// Reads on with these columns, in which its own are.
    pub(super) fn demand(&mut self, names: Vec<String>) {
        self.wanted = (0..names.len()).collect();
        self.filled = vec![(0, 0); names.len()];
        self.columns = Columns::of(names);
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: Vec<usize>) {
        self.wanted = wanted;
    }

    /// Returns the keys of the first rows, in the order in which they are met, and goes on before
    /// them.
    fn first_keys(&mut self) -> Result<Vec<String>, Failure> {
        let mut columns = Columns::default();
        let (mut at, mut rows, mut line, mut broken) = (0, 0, 1_u64, None);
        let mut key = Vec::new();
        while rows < KEY_ROWS && at < KEY_BYTES {
            let Some(end) = self.end_of_line(at)? else { break };
            if end - at > MAX_ROW {
                break;
            }
            let bytes = &self.text.bytes()[at..end];
            let found = take_apart(bytes, &mut self.members);
            match found {
                Line::Object if std::str::from_utf8(bytes).is_ok() => {
                    rows += 1;
                    for member in &self.members {
                        key.clear();
                        append(bytes, member.key, &mut key);
                        columns.add(&key);
                    }
                    if columns.names.len() > MAX_COLUMNS {
                        return Err(Failure::Bad(format!(
                            "its first rows have more than {MAX_COLUMNS} keys, at most so many \
                             are read"
                        )));
                    }
                }
                Line::Blank => {}
                other => _ = broken.get_or_insert((line, other)),
            }
            at = end + 1;
            line += 1;
        }
        match broken {
            _ if !columns.names.is_empty() => Ok(columns.names),
            Some((line, found)) => Err(Failure::Bad(format!(
                "line {line} is no object of JSON ({}); one is expected on each line (JSON lines)",
                why(&found)
            ))),
            None if rows > 0 => Err(Failure::Bad("its objects have no keys".to_owned())),
            None if at < self.text.bytes().len() => {
                Err(Failure::Bad(format!("line {line} is longer than {MAX_ROW} bytes")))
            }
            None => Err(Failure::Bad("there is nothing but blank lines".to_owned())),
        }
    }

    /// Returns where the line that begins `at` bytes behind the first that is held ends, before its
    /// line feed; none behind the last. A line that is too long ends where no more is held.
    fn end_of_line(&mut self, at: usize) -> io::Result<Option<usize>> {
        let mut searched = at;
        loop {
            let bytes = self.text.bytes();
            if let Some(end) = memchr::memchr(b'\n', bytes.get(searched..).unwrap_or_default()) {
                return Ok(Some(searched + end));
            }
            searched = bytes.len();
            if self.text.at_end() || searched.saturating_sub(at) > MAX_ROW {
                return Ok(Some(searched).filter(|end| *end > at));
            }
            self.text.fill()?;
        }
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut cells: Vec<Cells> = self.wanted.iter().map(|_| Cells::new()).collect();
        let mut lines = Vec::with_capacity(BATCH_ROWS);
        let mut held = 0;
        while lines.len() < BATCH_ROWS && held < BATCH_BYTES && !self.ended {
            let end = match self.end_of_line(0) {
                Ok(Some(end)) => end,
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    self.failed = Some(error);
                    self.ended = true;
                    break;
                }
            };
            let is_closed = self.text.bytes().get(end) == Some(&b'\n');
            if end > MAX_ROW {
                self.rows += 1;
                let longest = grouped(MAX_ROW as u64);
                self.flaws.add(Flaw::TooLong, self.line, || {
                    format!("the line is longer than {longest} bytes")
                });
                self.ended = true;
                break;
            }
            if self.take_line(end, is_closed) {
                let bytes = &self.text.bytes()[..end];
                for (cells, &at) in cells.iter_mut().zip(&self.wanted) {
                    let (row, member) = self.filled[at];
                    match self.members.get(member).filter(|_| row == self.rows) {
                        Some(Member { value, kind: Some(kind), .. }) => {
                            cells.push(bytes, *value, *kind);
                        }
                        _ => cells.push_empty(),
                    }
                }
                lines.push(self.line);
                held += end + cells.len() * CELL;
            }
            self.text.pass(end + usize::from(is_closed));
            self.line += 1;
        }
        if lines.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        let cells: Result<Vec<_>, _> = cells.into_iter().map(Cells::finish).collect();
        let (columns, kinds) = cells.map_err(io::Error::other)?.into_iter().unzip();
        Ok(Some(Piece { kinds, ..Piece::of_text(columns, lines) }))
    }

    /// Takes the line that ends at `end`, and tells whether it is a sound row, whose members are
    /// then noted in `filled`. What is wrong with it is noted.
    fn take_line(&mut self, end: usize, is_closed: bool) -> bool {
        let bytes = &self.text.bytes()[..end];
        let found = take_apart(bytes, &mut self.members);
        if found == Line::Blank {
            return false;
        }
        self.rows += 1;
        let line = self.line;
        if let Err(error) = std::str::from_utf8(bytes) {
            let place = self.text.offset() + error.valid_up_to() as u64;
            let byte = bytes[error.valid_up_to()];
            self.flaws.add(Flaw::Encoding, line, || format!("0x{byte:02x} at byte {place}"));
            return false;
        }
        let flaw = match found {
            Line::Object | Line::Blank => return self.take_members(end),
            Line::Other => Flaw::NoObject,
            Line::Broken(Broken::TooDeep) => Flaw::TooDeep,
            Line::Broken(Broken::Huge(_)) => Flaw::Huge,
            Line::Broken(Broken::Expected(at, _)) if at == end && !is_closed => Flaw::Truncated,
            Line::Broken(Broken::Expected(..)) => Flaw::NoJson,
        };
        self.flaws.add(flaw, line, || match flaw {
            Flaw::Truncated => format!("the last line has no line end ({})", why(&found)),
            Flaw::NoJson => why(&found),
            _ => String::new(),
        });
        false
    }

    fn take_members(&mut self, end: usize) -> bool {
        let bytes = &self.text.bytes()[..end];
        let mut next = 0;
        for (at, member) in self.members.iter().enumerate() {
            let name = || {
                let mut key = Vec::new();
                append(bytes, member.key, &mut key);
                format!("`{}`", shown(&String::from_utf8_lossy(&key)))
            };
            let Some(column) = self.columns.find(bytes, member, next) else {
                self.flaws.add(Flaw::LateKey, self.line, name);
                return false;
            };
            next = column + 1;
            if self.filled[column].0 == self.rows {
                self.flaws.add(Flaw::RepeatedKey, self.line, name);
                return false;
            }
            self.filled[column] = (self.rows, at);
        }
        true
    }
}

/// Says why a line is no object.
fn why(line: &Line) -> String {
    match line {
        Line::Broken(Broken::Expected(at, what)) => format!("{what} expected at byte {}", at + 1),
        Line::Broken(Broken::TooDeep) => format!("more than {DEEPEST} values lie in each other"),
        Line::Broken(Broken::Huge(at)) => {
            format!("the number at byte {} does not fit in 64 bits", at + 1)
        }
        Line::Other => "it is another value".to_owned(),
        Line::Object | Line::Blank => "it is not UTF-8".to_owned(),
    }
}

/// Names of columns.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<Vec<u8>, usize>,
}

impl Columns {
    fn of(names: Vec<String>) -> Self {
        let places = names.iter().enumerate().map(|(at, name)| (name.as_bytes().to_vec(), at));
        Self { places: places.collect(), names }
    }

    fn add(&mut self, key: &[u8]) {
        if !self.places.contains_key(key) {
            self.places.insert(key.to_vec(), self.names.len());
            self.names.push(String::from_utf8_lossy(key).into_owned());
        }
    }

    /// Finds the column of a member; `likely` is the one behind that of the member before.
    fn find(&self, bytes: &[u8], member: &Member, likely: usize) -> Option<usize> {
        let key = &bytes[member.key.start..member.key.end];
        if member.key.escaped {
            let mut said = Vec::new();
            append(bytes, member.key, &mut said);
            return self.places.get(&said).copied();
        }
        match self.names.get(likely) {
            Some(name) if name.as_bytes() == key => Some(likely),
            _ => self.places.get(key).copied(),
        }
    }
}
