//! Rows out of CSV, with the line of each, and everything that is wrong with the text.

mod careful;
mod delimiter;
mod header;
mod marks;
mod plain;
mod record;
mod text;

use std::io;

use self::careful::Next;
use self::delimiter::detect;
use self::marks::mark;
use self::plain::{Stop, Wanted};
use self::record::Cell;
use self::text::Text;
use super::flaw::Flaws;
use super::input::Bytes;
use super::source::{Failure, Piece};
use super::window::Window;
use super::{BATCH_BYTES, BATCH_ROWS, MAX_COLUMNS, MAX_ROW};

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
    /// How many bytes the columns of the batch before held.
    sizes: Vec<usize>,
    cells: Vec<Cell>,
    marked: Marked,
    /// Where in the text rows are plain again, as far as is known.
    careful_until: u64,
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
            sizes: Vec::new(),
            cells: Vec::new(),
            marked: Marked::default(),
            careful_until: 0,
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
        reader.pass(&record);
        reader.project((0..reader.header.len()).collect());
        Ok(reader)
    }

    /// Reads on with the columns at `wanted` alone.
    pub(super) fn project(&mut self, wanted: Vec<usize>) {
        self.sizes = vec![0; wanted.len()];
        self.wanted = wanted;
    }

    /// Returns the next rows, none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut batch = Rows::like(&self.sizes);
        while batch.lines.len() < BATCH_ROWS && batch.held < BATCH_BYTES && !self.ended {
            if let Err(error) = self.take_rows(&mut batch) {
                self.failed = Some(error);
                self.ended = true;
            }
        }
        if batch.lines.is_empty() {
            return self.failed.take().map_or(Ok(None), Err);
        }
        self.sizes = batch.columns.iter().map(Text::bytes).collect();
        let columns: Result<_, _> = batch.columns.into_iter().map(Text::into_array).collect();
        Ok(Some(Piece::of_text(columns.map_err(io::Error::other)?, batch.lines)))
    }

    /// Takes the next rows as far as they are held and plain, or one that is not.
    fn take_rows(&mut self, batch: &mut Rows) -> io::Result<()> {
        if self.blank.0 == 0 && self.text.offset() >= self.careful_until {
            match self.take_plain(batch) {
                Stop::Enough => return Ok(()),
                Stop::More if !self.text.at_end() && self.text.bytes().len() <= MAX_ROW => {
                    return self.text.fill();
                }
                Stop::More | Stop::Odd => {}
            }
        }
        self.take_one(batch)
    }

    /// Takes rows as long as they are plain.
    fn take_plain(&mut self, batch: &mut Rows) -> Stop {
        if self.marked.fills != self.text.fills() {
            self.marked.fills = self.text.fills();
            self.marked.from = self.text.offset();
            self.marked.next = 0;
            mark(self.text.bytes(), self.delimiter, &mut self.marked.places);
        }
        let bytes = self.text.bytes_from(self.marked.from);
        let from = bytes.len() - self.text.bytes().len();
        let marks = &self.marked.places[self.marked.next..];
        let passed = marks.iter().take_while(|place| (**place as usize) < from).count();
        let wanted = Wanted {
            cells: self.header.len(),
            longest: MAX_ROW,
            rows: BATCH_ROWS - batch.lines.len(),
            bytes: BATCH_BYTES.saturating_sub(batch.held),
            beside: batch.columns.len() * size_of::<i32>(),
        };
        let sound = batch.lines.len();
        let marks = &marks[passed..];
        let plain =
            plain::cut(bytes, from, marks, &wanted, self.line, &mut self.cells, &mut batch.lines);
        let taken = &bytes[from..plain.end];
        if simdutf8::basic::from_utf8(taken).is_err() || memchr::memchr(0, taken).is_some() {
            batch.lines.truncate(sound);
            self.careful_until = self.text.offset() + taken.len() as u64;
            return Stop::Odd;
        }
        for (text, &at) in batch.columns.iter_mut().zip(&self.wanted) {
            text.extend(&self.cells, wanted.cells, at, bytes);
        }
        batch.held += plain.held;
        self.marked.next += passed + plain.marks;
        self.rows += plain.rows as u64;
        self.line += plain.lines;
        self.text.pass(plain.end - from);
        plain.stop
    }
}

/// Rows of a batch so far.
struct Rows {
    columns: Vec<Text>,
    lines: Vec<u64>,
    /// How many bytes they count as.
    held: usize,
}

impl Rows {
    fn like(sizes: &[usize]) -> Self {
        let columns = sizes.iter().map(|&bytes| Text::like(bytes, BATCH_ROWS)).collect();
        Self { columns, lines: Vec::with_capacity(BATCH_ROWS), held: 0 }
    }
}

/// The signs in what is held of the text.
#[derive(Default)]
struct Marked {
    /// When the text was filled last before they were looked for.
    fills: u64,
    /// Where in the text they were looked for from.
    from: u64,
    places: Vec<u32>,
    /// How many of them were passed.
    next: usize,
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use arrow::array::AsArray;
    use proptest::prelude::*;

    use super::*;

    /// Hands bytes out a few at a time.
    struct Slow(Vec<u8>, usize, usize);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.2.min(into.len()).min(self.0.len() - self.1);
            into[..count].copy_from_slice(&self.0[self.1..self.1 + count]);
            self.1 += count;
            Ok(count)
        }
    }

    /// All that is read: the rows with their lines, and what is said about the rest.
    fn read(bytes: &[u8], at_once: usize, careful: bool) -> Result<Vec<String>, String> {
        let input = Box::new(Slow(bytes.to_vec(), 0, at_once));
        let mut reader = CsvReader::open(input, false).map_err(|failure| failure.to_string())?;
        if careful {
            reader.careful_until = u64::MAX;
        }
        let mut said = vec![format!("{:?}", reader.header)];
        while let Some(piece) = reader.next().map_err(|error| error.to_string())? {
            for (row, line) in piece.lines.iter().flatten().enumerate() {
                let cells = piece.columns.iter().map(|cells| {
                    let cells = cells.as_string::<i32>();
                    arrow::array::Array::is_valid(cells, row).then(|| cells.value(row))
                });
                said.push(format!("{line}: {:?}", cells.collect::<Vec<_>>()));
            }
        }
        let findings = reader.flaws.findings(reader.rows);
        said.extend(findings.iter().map(|finding| format!("{finding:?}")));
        said.push(format!("{} rows", reader.rows));
        Ok(said)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn many_rows_at_a_time_are_what_one_at_a_time_is(
            rows in prop::collection::vec(
                prop::collection::vec(
                    prop::sample::select(vec![
                        &b"1"[..], b"x", b"", b"\"a\"", b"\"\"", b"\"b\"\"c\"", b"\"d,e\"", b"\"f\ng\"",
                        b"h\"", b"\"i\"j", b"k\rl", b"\"m", b"\xff", b"\0", b"a text of more than 16 bytes",
                        b"\"one with, all \"\"that\"\"\r\nthere may be\"",
                    ]),
                    1..4,
                ),
                0..12,
            ),
            end in prop::sample::select(vec![&b"\n"[..], b"\r\n"]),
            odd in prop::collection::vec(prop::sample::select(vec![&b""[..], b"", b"", b"\n", b"\r"]), 12),
            at_once in 1..200_usize,
        ) {
            let mut bytes = b"a,b\n".to_vec();
            for (row, odd) in rows.iter().zip(&odd) {
                bytes.extend(row.join(&b','));
                bytes.extend(*odd);
                bytes.extend(end);
            }
            prop_assert_eq!(read(&bytes, at_once, false), read(&bytes, at_once, true));
            // Without the last line end.
            bytes.pop();
            prop_assert_eq!(read(&bytes, 1000, false), read(&bytes, 1000, true));
        }
    }
}
