//! Columns whose values must be in another file.
//!
//! The keys of the other file are held as hashes of 128 bits, as many as fit; where they do not,
//! they are parted by their hashes, and each part takes a pass over both files. So memory is
//! bounded whatever the sizes, and nothing is written to disk.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;

use plimsoll_core::{Finding, Severity};

use super::Options;
use super::found::Found;
use super::key::{in_quotes, subject};
use super::layout::Matched;
use crate::code;
use crate::example::{Tally, shown, shown_path};
use crate::schema::{ColumnType, Reference};
use crate::table::{Batch, ReadError, Table};
use crate::tables::Tables;
use crate::typed::{Typed, can_be};
use crate::unique::{Keys, wide_hash};

/// What a hash takes in memory, with the room that a table of them leaves free, and twice that:
/// parts are not all of one size.
const BYTES_PER_KEY: usize = 80;

/// The most parts that the other file is read in.
const MOST_PARTS: u64 = 1 << 12;

/// Hashes of hashes are what they are.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only whole hashes are written, below.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        {
            self.0 = hash as u64;
        }
    }
}

/// The keys of the other file whose hash is `part` modulo `parts`.
struct Keyset {
    keys: HashSet<u128, BuildHasherDefault<Same>>,
    part: u64,
    parts: u64,
}

impl Keyset {
    /// Tells whether a key belongs to this part.
    fn is_of(&self, hash: u128) -> bool {
        part_of(hash, self.parts) == self.part
    }
}

fn part_of(hash: u128, parts: u64) -> u64 {
    let upper = (hash >> 64) as u64;
    upper % parts
}

/// A reference, and the part of the other file's keys that is held.
pub(super) struct ReferencePlan<'a> {
    reference: &'a Reference,
    columns: Vec<Matched<'a>>,
    /// The places of its columns among those that are read.
    pub(super) at: Vec<usize>,
    path: PathBuf,
    keyset: Keyset,
    memory: usize,
    examples: usize,
}

impl<'a> ReferencePlan<'a> {
    /// Reads the other file; what stands in the way of that is a finding.
    pub(super) fn new(
        reference: &'a Reference,
        matched: &[Matched<'a>],
        memory: usize,
        options: &Options,
    ) -> Result<Self, Box<Found>> {
        let place = |name: &String| matched.iter().position(|column| column.name == name);
        let at: Vec<usize> = reference.columns.iter().filter_map(place).collect();
        let columns: Vec<Matched<'a>> = at.iter().map(|&at| matched[at]).collect();
        let path = options.base.join(&reference.file);
        let empty = Keyset { keys: HashSet::default(), part: 0, parts: 1 };
        let examples = options.examples;
        let mut plan = Self { reference, columns, at, path, keyset: empty, memory, examples };
        plan.keyset =
            plan.load(0, 1).map_err(|reason| Box::new(unevaluated(reference, &reason)))?;
        Ok(plan)
    }

    /// Reads the keys of part `part` of `parts`; of the first part, of more parts where one does
    /// not fit.
    fn load(&self, part: u64, mut parts: u64) -> Result<Keyset, String> {
        let mut table = Table::open(&self.path).map_err(|error| in_words(&error))?;
        let format = table.format();
        let mut columns = Vec::new();
        for (name, own) in self.reference.to.iter().zip(&self.columns) {
            let column_type = own.rule.domain.column_type();
            let fields = table.columns().iter().enumerate();
            let found: Vec<_> = fields.filter(|(_, field)| field.name == *name).collect();
            match found.as_slice() {
                [(place, field)] if can_be(field, format, column_type) => {
                    columns.push((*place, column_type));
                }
                [(_, field)] => {
                    let stored = shown(&field.data_type.to_string());
                    return Err(format!(
                        "its column `{}` is stored as {stored}, expected {column_type}",
                        shown(name)
                    ));
                }
                found => {
                    let count = if found.is_empty() { "no" } else { "more than one" };
                    return Err(format!("it has {count} column `{}`", shown(name)));
                }
            }
        }
        table.project(&columns.iter().map(|(place, _)| *place).collect::<Vec<_>>());
        let most = (self.memory / BYTES_PER_KEY).max(16);
        let most = if part == 0 { most } else { 2 * most + 64 };
        let mut keys: HashSet<u128, _> = HashSet::default();
        let mut key = Vec::new();
        while let Some(batch) = table.next_batch().map_err(|error| in_words(&error))? {
            let values = values(&batch, columns.iter().map(|(_, of)| *of));
            let cells = Keys::new(batch.columns.iter().zip(&values));
            for row in (0..batch.rows).filter(|row| cells.is_whole(*row)) {
                cells.write(row, &mut key);
                let hash = wide_hash(&key);
                if part_of(hash, parts) != part || !keys.insert(hash) {
                    continue;
                }
                while keys.len() > most {
                    if part > 0 || parts >= MOST_PARTS {
                        return Err("it has too many keys for the memory that is there".to_owned());
                    }
                    parts *= 2;
                    keys.retain(|hash| part_of(*hash, parts) == part);
                }
            }
        }
        let findings = table.damage();
        if let Some(first) = findings.first() {
            return Err(first.message.clone());
        }
        if table.rows() == 0 {
            return Err("it has no rows".to_owned());
        }
        Ok(Keyset { keys, part, parts })
    }

    /// Looks for the rows of the other parts and says what was found.
    pub(super) fn found(
        mut self,
        mut state: ReferenceState,
        tables: &Tables,
    ) -> Result<Option<Found>, ReadError> {
        let types: Vec<ColumnType> =
            self.columns.iter().map(|column| column.rule.domain.column_type()).collect();
        for part in 1..self.keyset.parts {
            self.keyset = match self.load(part, self.keyset.parts) {
                Ok(keyset) => keyset,
                Err(reason) => return Ok(Some(unevaluated(self.reference, &reason))),
            };
            let mut table = tables.open()?;
            let places: Vec<usize> = self.columns.iter().map(|column| column.place).collect();
            table.project(&places);
            while let Some(batch) = table.next_batch()? {
                let values = values(&batch, types.iter().copied());
                let keys = Keys::new(batch.columns.iter().zip(&values));
                state.look(&self, &keys, &batch);
            }
        }
        let Reference { columns, to, weight, .. } = self.reference;
        let Some(count) = state.lost.count() else { return Ok(None) };
        if weight.allow.covers(count.get(), state.judged) {
            return Ok(None);
        }
        let nouns = if columns.len() == 1 { ("column", "is") } else { ("columns", "are") };
        let message = format!(
            "{} {} {} not among {} of {} in {}{}{}",
            nouns.0,
            in_quotes(columns.iter().map(String::as_str)),
            nouns.1,
            in_quotes(to.iter().map(String::as_str)),
            shown_path(&self.reference.file),
            state.lost.of(state.judged),
            weight.allow.said(),
            state.lost.examples(),
        );
        let finding = Finding::new(code::REFERENCE, weight.severity, message);
        let subject = subject(columns.iter().map(String::as_str));
        let finding = Finding { subject: Some(subject), ..finding };
        Ok(Some(Found::of_rows(finding, &state.lost, state.judged)))
    }
}

fn values(batch: &Batch, types: impl Iterator<Item = ColumnType>) -> Vec<Typed> {
    types.enumerate().map(|(at, of)| batch.typed(at, of)).collect()
}

/// Says of an error with its cause what it is, without the path that is said elsewhere.
fn in_words(error: &ReadError) -> String {
    match error {
        ReadError::Empty { .. } => "it is empty (0 bytes)".to_owned(),
        ReadError::Unreadable { reason, .. } => reason.clone(),
        ReadError::Open { source, .. } => format!("it cannot be opened ({source})"),
        ReadError::Io { source, .. } => format!("it cannot be read ({source})"),
        other => other.to_string(),
    }
}

/// Says that a reference was not checked.
pub(super) fn unevaluated(reference: &Reference, reason: &str) -> Found {
    let columns = in_quotes(reference.columns.iter().map(String::as_str));
    let file = shown_path(&reference.file);
    let message = format!("{columns} cannot be looked for in {file}: {reason}");
    let subject = subject(reference.columns.iter().map(String::as_str));
    let finding = Finding::new(code::NOT_EVALUATED, Severity::Error, message);
    Found::new(Finding { subject: Some(subject), ..finding })
}

/// What a reference saw so far.
pub(super) struct ReferenceState {
    lost: Tally,
    judged: u64,
}

impl ReferenceState {
    pub(super) fn new(plan: &ReferencePlan<'_>) -> Self {
        Self { lost: Tally::showing(plan.examples), judged: 0 }
    }

    /// Looks for the keys of some rows. A row with an empty cell refers to nothing.
    pub(super) fn take(&mut self, plan: &ReferencePlan<'_>, keys: &Keys<'_>, batch: &Batch) {
        self.judged += (0..batch.rows).filter(|row| keys.is_whole(*row)).count() as u64;
        self.look(plan, keys, batch);
    }

    fn look(&mut self, plan: &ReferencePlan<'_>, keys: &Keys<'_>, batch: &Batch) {
        let mut key = Vec::new();
        for row in (0..batch.rows).filter(|row| keys.is_whole(*row)) {
            keys.write(row, &mut key);
            let hash = wide_hash(&key);
            if plan.keyset.is_of(hash) && !plan.keyset.keys.contains(&hash) {
                self.lost.add(batch.place(row), || keys.show(row));
            }
        }
    }

    /// Takes in what was seen in rows behind these.
    pub(super) fn absorb(&mut self, other: Self) {
        self.lost.absorb(other.lost, None);
        self.judged += other.judged;
    }
}
