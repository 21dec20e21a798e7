//! Rows out of CSV, with the line of each, and everything that is wrong with the text.

mod delimiter;
mod record;
mod text;

use std::io;

use self::delimiter::detect;
use self::record::{Ambiguity, Cell, Cut, Record, cut};
use self::text::Text;
use super::flaw::{Flaw, Flaws};
use super::input::Bytes;
use super::source::{Failure, Piece};
use super::window::Window;
use super::{BATCH_BYTES, BATCH_ROWS, MAX_COLUMNS, MAX_ROW};
use crate::example::grouped;

/// A reader of CSV behind its header.
pub(super) struct CsvReader {
    text: Window,
    /// Why no more can be read, said once the rows before it are handed out.
    failed: Option<io::Error>,
    ended: bool,
    line: u64,
    /// Blank lines that no row came behind yet: how many, and the first few of them.
    blank: (u64, Vec<u64>),
    delimiter: u8,
    pub(super) header: Vec<String>,
    wanted: Vec<usize>,
    cells: Vec<Cell>,
    pub(super) flaws: Flaws,
    /// Rows so far, flawed ones included.
    pub(super) rows: u64,
}

impl CsvReader {
    /// Reads the header of `input`, which stands at its beginning; with `tabs` those part the cells
    /// if there are any.
    pub(super) fn open(input: Bytes, tabs: bool) -> Result<Self, Failure> {
        let mut reader = Self {
            text: Window::new(input),
            failed: None,
            ended: false,
            line: 1,
            blank: (0, Vec::new()),
            delimiter: b',',
            header: Vec::new(),
            wanted: Vec::new(),
            cells: Vec::new(),
            flaws: Flaws::default(),
            rows: 0,
        };
        reader.text.fill()?;
        reader.text.pass_mark().map_err(|reason| Failure::Bad(reason.to_owned()))?;
        reader.delimiter = loop {
            let bytes = reader.text.bytes();
            let last = reader.text.at_end() || bytes.len() >= MAX_ROW;
            match detect(bytes, last, tabs) {
                Some(delimiter) => break delimiter,
                None => reader.text.fill()?,
            }
        };
        let record = match reader.next_record(MAX_COLUMNS)? {
            Next::Record(record) => record,
            Next::TooLong { .. } => {
                return Err(Failure::Bad(format!("line 1 is longer than {MAX_ROW} bytes")));
            }
            Next::Open => {
                return Err(Failure::Bad("the header opens a quote that never closes".into()));
            }
            Next::End => return Err(Failure::Bad("it has no header".into())),
        };
        reader.header = reader.read_header(&record).map_err(Failure::Bad)?;
        reader.wanted = (0..reader.header.len()).collect();
        reader.pass(&record);
        Ok(reader)
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: Vec<usize>) {
        self.wanted = wanted;
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut columns: Vec<Text> = self.wanted.iter().map(|_| Text::default()).collect();
        let mut lines = Vec::with_capacity(BATCH_ROWS);
        let mut held = 0;
        while lines.len() < BATCH_ROWS && held < BATCH_BYTES && !self.ended {
            let next = match self.next_record(self.header.len()) {
                Ok(next) => next,
                Err(error) => {
                    self.failed = Some(error);
                    self.ended = true;
                    break;
                }
            };
            let record = match next {
                Next::Record(record) => record,
                Next::End => {
                    self.ended = true;
                    break;
                }
                Next::Open => {
                    self.rows += 1;
                    self.flaws.add(Flaw::Truncated, self.line, || {
                        "a quote is opened and never closed".into()
                    });
                    self.ended = true;
                    break;
                }
                Next::TooLong { in_quotes } => {
                    self.rows += 1;
                    let longest = grouped(MAX_ROW as u64);
                    self.flaws.add(Flaw::TooLong, self.line, || {
                        if in_quotes {
                            format!("a quote is opened and not closed within {longest} bytes")
                        } else {
                            format!("the line is longer than {longest} bytes")
                        }
                    });
                    self.ended = true;
                    break;
                }
            };
            if self.header.len() > 1 && self.is_blank(&record) {
                // At the end of a file it means nothing; what comes next decides.
                self.blank.0 += 1;
                if self.blank.1.len() < 5 {
                    self.blank.1.push(self.line);
                }
                self.pass(&record);
                continue;
            }
            self.settle_blank_lines();
            self.rows += 1;
            if self.is_sound(&record) {
                let bytes = &self.text.bytes()[..record.used];
                for (text, &at) in columns.iter_mut().zip(&self.wanted) {
                    text.push(|values| self.cells[at].append_to(values, bytes));
                }
                lines.push(self.line);
                held += record.used + columns.len() * size_of::<i32>();
            }
            self.pass(&record);
        }
        if lines.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        let columns: Result<_, _> = columns.into_iter().map(Text::into_array).collect();
        let columns = columns.map_err(io::Error::other)?;
        Ok(Some(Piece::of_text(columns, lines)))
    }

    fn is_blank(&self, record: &Record) -> bool {
        let bytes = &self.text.bytes()[..record.used];
        matches!(bytes, b"\n" | b"\r\n")
    }

    /// Takes the blank lines that a row came behind as rows without fields.
    fn settle_blank_lines(&mut self) {
        let (count, lines) = std::mem::take(&mut self.blank);
        let expected = self.header.len();
        self.rows += count;
        self.flaws.add_unseen(Flaw::Ragged, count - lines.len() as u64);
        for line in lines {
            self.flaws.add(Flaw::Ragged, line, || format!("it is blank, not {expected} fields"));
        }
    }

    /// Tells whether the record can be taken as it is; what is wrong with it is noted.
    fn is_sound(&mut self, record: &Record) -> bool {
        let bytes = &self.text.bytes()[..record.used];
        let (line, expected) = (self.line, self.header.len());
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            let place = self.text.offset() + at as u64;
            let byte = bytes[at];
            self.flaws.add(Flaw::Encoding, line, || format!("0x{byte:02x} at byte {place}"));
            return false;
        }
        // Asked first, since it is quick where there is none.
        if bytes.contains(&0) {
            let at = bytes.iter().take_while(|byte| **byte != 0).count();
            let place = self.text.offset() + at as u64;
            self.flaws.add(Flaw::Nul, line, || format!("byte {place}"));
            return false;
        }
        if let Some(ambiguity) = record.ambiguity {
            let flaw = match ambiguity {
                Ambiguity::TextAfterQuote => Flaw::TextAfterQuote,
                Ambiguity::LoneReturn => Flaw::LoneReturn,
            };
            self.flaws.add(flaw, line, String::new);
            return false;
        }
        if record.count < expected && !record.closed {
            let got = record.count;
            self.flaws.add(Flaw::Truncated, line, || {
                format!("the last line has {got} of {expected} fields and no line end")
            });
            return false;
        }
        if record.count != expected {
            let got = record.count;
            self.flaws.add(Flaw::Ragged, line, || format!("{got} fields, not {expected}"));
            return false;
        }
        true
    }

    fn read_header(&self, record: &Record) -> Result<Vec<String>, String> {
        let bytes = &self.text.bytes()[..record.used];
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            return Err(format!(
                "the header is not UTF-8 (0x{:02x} at byte {})",
                bytes[at],
                self.text.offset() + at as u64
            ));
        }
        if bytes.contains(&0) {
            return Err("the header holds a NUL byte, so this is no text".into());
        }
        match record.ambiguity {
            Some(Ambiguity::TextAfterQuote) => {
                return Err("the header has text behind a closing quote".into());
            }
            Some(Ambiguity::LoneReturn) => {
                return Err(
                    "its lines end in a carriage return alone; end them with LF or CRLF".into()
                );
            }
            None => {}
        }
        if record.count > MAX_COLUMNS {
            return Err(format!("it has {} columns, at most {MAX_COLUMNS} are read", record.count));
        }
        if matches!(bytes, b"\n" | b"\r\n" | b"") {
            return Err("its first line is blank; the names of the columns belong there".into());
        }
        let name = |cell: &Cell| {
            let mut text = Vec::new();
            cell.append_to(&mut text, bytes);
            String::from_utf8_lossy(&text).into_owned()
        };
        Ok(self.cells.iter().map(name).collect())
    }

    /// Goes on behind `record`.
    fn pass(&mut self, record: &Record) {
        self.text.pass(record.used);
        self.line += record.lines;
    }

    fn next_record(&mut self, limit: usize) -> io::Result<Next> {
        loop {
            let bytes = self.text.bytes();
            let at_end = self.text.at_end();
            if bytes.is_empty() && at_end {
                return Ok(Next::End);
            }
            match cut(bytes, self.delimiter, at_end, limit, &mut self.cells) {
                Cut::Record(record) if record.used > MAX_ROW => {
                    return Ok(Next::TooLong { in_quotes: false });
                }
                Cut::Record(record) => return Ok(Next::Record(record)),
                Cut::Part { in_quotes } if bytes.len() > MAX_ROW => {
                    return Ok(Next::TooLong { in_quotes });
                }
                Cut::Part { .. } if at_end => return Ok(Next::Open),
                Cut::Part { .. } => self.text.fill()?,
            }
        }
    }
}

enum Next {
    Record(Record),
    /// A quote is open where the file ends.
    Open,
    TooLong {
        in_quotes: bool,
    },
    End,
}
