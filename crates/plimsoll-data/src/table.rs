//! Rows and columns of a file, or of several that are read as one, batch by batch.

mod arrow;
mod batch;
mod csv;
mod error;
mod files;
mod flaw;
mod guard;
mod input;
mod json;
mod parquet;
mod passes;
mod source;
mod stored;
mod window;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use plimsoll_core::Finding;

use self::batch::Origin;
use self::files::Opened;
use self::flaw::Flaws;
use self::source::{Piece, Source};
use crate::tables::Tables;

pub use self::batch::{Batch, Field, Format, Strings};
pub use self::error::ReadError;
pub(crate) use self::files::Files;
pub use self::guard::hush_caught_panics;
pub(crate) use self::input::{Input, Spool, is_data};
pub use self::json::Kind;
pub(crate) use self::json::Kinds;

/// How many rows a batch holds at most.
const BATCH_ROWS: usize = 8192;

/// How many bytes of text and of places of cells a batch of text holds, give or take a row.
const BATCH_BYTES: usize = 8 << 20;

/// The longest row of text, in bytes. An unclosed quote reads on to here.
const MAX_ROW: usize = 4 << 20;

/// How many columns are read at most.
const MAX_COLUMNS: usize = 10_000;

/// How many files are held open for their parts at most.
const MOST_OPEN: usize = 16;

/// Rows and columns, from the first row on.
pub struct Table {
    files: Arc<Files>,
    /// Which files are still to be opened.
    ahead: Range<usize>,
    reading: Option<Reading>,
    wanted: Arc<[usize]>,
    strings: Strings,
    done: Done,
    /// What is wrong with the files' columns.
    findings: Vec<Finding>,
    leaves_out: bool,
    /// How many sound rows were handed out.
    sound: u64,
}

/// The file that is read.
struct Reading {
    at: usize,
    source: Source,
    places: Vec<usize>,
    /// How many rows of the file come before the next.
    before: u64,
    projected: bool,
}

/// What was read of the files before.
#[derive(Default)]
struct Done {
    rows: u64,
    flaws: Flaws,
}

impl Table {
    /// Opens the file at `path` and reads its columns' names.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Tables::file(path).open()
    }

    /// Looks at all of `inputs`, of which there is one at least.
    pub(crate) fn survey(inputs: Arc<[Input]>) -> Result<Self, ReadError> {
        let (files, first) = Files::survey(inputs)?;
        Ok(Self::of(Arc::new(files), first))
    }

    /// Returns what was found when all files were looked at.
    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Opens files again that were looked at before.
    pub(crate) fn reopen(files: &Arc<Files>) -> Result<Self, ReadError> {
        let files = Arc::clone(files);
        Ok(match files.open(0)? {
            Some(first) => Self::of(files, first),
            None => Self { ahead: 0..files.inputs.len(), ..Self::empty(files) },
        })
    }

    fn of(files: Arc<Files>, first: Opened) -> Self {
        let ahead = 1..files.inputs.len();
        let reading = Some(Reading::of(0, first));
        let (findings, leaves_out) = (files.findings.clone(), files.leave_out());
        Self { ahead, reading, findings, leaves_out, ..Self::empty(files) }
    }

    fn empty(files: Arc<Files>) -> Self {
        let wanted = (0..files.columns.len()).collect();
        Self {
            files,
            ahead: 0..0,
            reading: None,
            wanted,
            strings: Strings::Plain,
            done: Done::default(),
            findings: Vec::new(),
            leaves_out: false,
            sound: 0,
        }
    }

    /// Returns the form of the files.
    pub fn format(&self) -> Format {
        self.files.format
    }

    /// Returns every column, in the order of the first file; names may be repeated.
    pub fn columns(&self) -> &[Field] {
        &self.files.columns
    }

    /// Returns how many rows were read so far, damaged ones included.
    pub fn rows(&self) -> u64 {
        self.done.rows + self.reading.as_ref().map_or(0, |reading| reading.source.rows())
    }

    /// Parts columns into groups that can be read in bounded memory, each in a pass of its own:
    /// nearly always one. Those `together` are in the first group. To be called before the first
    /// batch.
    pub fn passes(
        &self,
        together: &[usize],
        others: &[usize],
    ) -> Result<Vec<Vec<usize>>, ReadError> {
        let mut most: HashMap<usize, u64> = HashMap::new();
        let mut look = |at: usize, source: &Source, places: &[usize]| {
            for &column in together.iter().chain(others) {
                let pages = source.pages(&self.files.inputs[at], places[column])?;
                let most = most.entry(column).or_default();
                *most = pages.max(*most);
            }
            Ok(())
        };
        if !self.format().is_text() {
            if let Some(reading) = &self.reading {
                look(reading.at, &reading.source, &reading.places)?;
            }
            for at in self.ahead.clone() {
                if let Some(opened) = self.files.open(at)? {
                    look(at, &opened.source, &opened.places)?;
                }
            }
        }
        let pages = |column| Ok(most.get(&column).copied().unwrap_or_default());
        passes::passes(together, others, parquet::MAX_PAGES, pages)
    }

    /// Reads on with the columns at these places of [`Table::columns`] alone. To be called before
    /// the first batch.
    pub fn project(&mut self, wanted: &[usize]) {
        self.wanted = wanted.into();
    }

    /// Parts the table into ones that can be read at the same time, in the order of the rows, with
    /// the columns at `wanted` alone. To be called before the first batch.
    ///
    /// Of Parquet each row group is a part, or each file where there are many; else each file is.
    /// There is one part at least. [`Batch::place`] says where a row is in its file;
    /// [`Batch::first`], [`Table::rows`] and [`Table::damage`] are those of the part. What is wrong
    /// with the files' columns is the damage of the first. `wanted` is a pass of
    /// [`Table::passes`], so that each part is read in bounded memory.
    pub fn into_parts(self, wanted: &[usize], strings: Strings) -> Result<Vec<Self>, ReadError> {
        let wanted: Arc<[usize]> = wanted.into();
        let part = || Self {
            wanted: Arc::clone(&wanted),
            strings,
            ..Self::empty(Arc::clone(&self.files))
        };
        let mut parts = Vec::new();
        let few = self.files.inputs.len() <= MOST_OPEN;
        let mut readings = Vec::from_iter(self.reading);
        for at in self.ahead.clone() {
            if !few {
                parts.push(Self { ahead: at..at + 1, ..part() });
            } else if let Some(opened) = self.files.open(at)? {
                readings.push(Reading::of(at, opened));
            }
        }
        let mut opened = Vec::new();
        for mut reading in readings {
            reading.project(&wanted, strings);
            for reading in reading.parts(&self.files)? {
                opened.push(Self { reading: Some(reading), ..part() });
            }
        }
        // The first file was open already, the others come behind it.
        opened.append(&mut parts);
        if opened.is_empty() {
            opened.push(part());
        }
        opened[0].findings = self.findings;
        opened[0].leaves_out = self.leaves_out;
        Ok(opened)
    }

    /// Returns the next sound rows, none at the end. Damaged rows of text are left out and noted
    /// in [`Table::damage`].
    pub fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        loop {
            let Some(reading) = &mut self.reading else {
                let Some(at) = self.ahead.next() else { return Ok(None) };
                let opened = self.files.open(at).inspect_err(|_| self.ahead = 0..0)?;
                self.reading = opened.map(|opened| Reading::of(at, opened));
                continue;
            };
            if !reading.projected {
                reading.project(&self.wanted, self.strings);
            }
            match reading.source.next(&self.files.inputs[reading.at]) {
                Ok(Some(piece)) => {
                    let before = reading.before;
                    reading.before += piece.rows as u64;
                    let at = reading.at;
                    return self.batch(at, before, piece).map(Some);
                }
                Ok(None) if self.ahead.is_empty() => return Ok(None),
                Ok(None) => self.end_of_file(),
                Err(error) => {
                    self.ahead = 0..0;
                    return Err(error);
                }
            }
        }
    }

    fn end_of_file(&mut self) {
        if let Some(reading) = self.reading.take() {
            self.done.rows += reading.source.rows();
            if let Some(flaws) = reading.source.flaws() {
                let file = self.files.name_among(reading.at);
                self.done.flaws.absorb(flaws.clone(), file.as_ref());
            }
        }
    }

    fn batch(&mut self, at: usize, before: u64, piece: Piece) -> Result<Batch, ReadError> {
        let Piece { columns, rows, lines, kinds } = piece;
        let columns = columns.into_iter().zip(self.wanted.iter());
        let columns = columns
            .map(|(cells, &place)| self.files.in_common(place, self.strings, cells))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| {
                let path = self.files.inputs[at].path().to_owned();
                ReadError::Unreadable { path, reason }
            })?;
        let origin = Origin { lines, before, file: self.files.name_among(at) };
        let first = self.sound;
        self.sound += rows as u64;
        Ok(Batch { columns, rows, first, format: self.files.format, kinds, origin })
    }

    /// Returns what was wrong so far: with the files' columns, and a finding for each kind of
    /// damage to rows.
    pub fn damage(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        let flaws = self.flaws();
        if !flaws.is_empty() {
            findings.extend(flaws.findings(self.rows()));
        }
        findings
    }

    fn flaws(&self) -> Flaws {
        let mut flaws = self.done.flaws.clone();
        if let Some(reading) = &self.reading
            && let Some(more) = reading.source.flaws()
        {
            flaws.absorb(more.clone(), self.files.name_among(reading.at).as_ref());
        }
        flaws
    }

    /// Tells whether not all rows could be read, which is noted as damage.
    pub(crate) fn broke_off(&self) -> bool {
        self.leaves_out || self.flaws().ended_reading()
    }

    /// Refuses what was read if any row of it was damaged.
    pub(crate) fn ensure_sound(&self) -> Result<(), ReadError> {
        let findings = self.damage();
        if findings.is_empty() {
            Ok(())
        } else {
            Err(ReadError::Damaged { path: self.files.inputs[0].path().to_owned(), findings })
        }
    }
}

impl Reading {
    fn of(at: usize, opened: Opened) -> Self {
        let Opened { source, places } = opened;
        Self { at, source, places, before: 0, projected: false }
    }

    fn project(&mut self, wanted: &[usize], strings: Strings) {
        let places: Vec<usize> = wanted.iter().map(|&column| self.places[column]).collect();
        self.source.project(&places, strings);
        self.projected = true;
    }

    fn parts(self, files: &Files) -> Result<Vec<Self>, ReadError> {
        let Self { at, source, places, before, projected } = self;
        match source {
            Source::Csv(_) | Source::Json(_) | Source::Arrow(_) => {
                Ok(vec![Self { at, source, places, before, projected }])
            }
            Source::Parquet(rows) => {
                let path = || files.inputs[at].path().to_owned();
                let parts = rows
                    .parts()
                    .map_err(|reason| ReadError::Unreadable { path: path(), reason })?;
                let part = |(before, rows)| Self {
                    at,
                    source: Source::Parquet(Box::new(rows)),
                    places: places.clone(),
                    before,
                    projected,
                };
                Ok(parts.into_iter().map(part).collect())
            }
        }
    }
}
