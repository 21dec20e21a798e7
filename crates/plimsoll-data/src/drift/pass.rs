//! Reading rows again, for what a profile does not hold: how they come in blocks, how they follow
//! each other, and each number.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::ArrayRef;
use plimsoll_stats::drift::permutation::BlockCounts;

use super::DriftError;
use super::cell::{Seen, each};
use super::slots::{Slots, day, named, number};
use crate::profile::{Kind, queue};
use crate::table::{Strings, Table};
use crate::tables::Tables;

/// How many bytes of counts or numbers are held at once; what needs more is read in several passes.
const MOST_BYTES: usize = 256 << 20;

/// How many blocks are told apart.
const MOST_BLOCKS: usize = 4 << 20;

/// Returns what the rows of a block have in common: a value of a column, of time stamps its day.
pub(super) fn label(seen: Seen<'_>) -> Option<u64> {
    day(Kind::Timestamp, seen).map_or_else(|| named(seen), |day| named(Seen::Day(day)))
}

/// The rows of one side, to be read again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) tables: &'a Tables,
    pub(super) shown: &'a str,
    /// How many sound rows there were the first time.
    pub(super) expected: u64,
    pub(super) threads: NonZeroUsize,
}

/// Blocks by their labels.
#[derive(Debug)]
pub(super) struct Blocks {
    column: String,
    of: HashMap<u64, u32>,
}

impl Blocks {
    pub(super) fn count(&self) -> usize {
        self.of.len()
    }
}

impl Rows<'_> {
    /// Finds the blocks.
    pub(super) fn blocks(&self, column: &str) -> Result<Blocks, DriftError> {
        let mut of = HashMap::new();
        let mut missing = 0;
        let mut order = Vec::new();
        self.scan(
            &[column],
            |columns, _| each(&columns[0], &label),
            |labels| {
                for label in labels {
                    let Some(label) = label else {
                        missing += 1;
                        continue;
                    };
                    if of.len() <= MOST_BLOCKS {
                        let next = u32::try_from(of.len()).unwrap_or(u32::MAX);
                        if *of.entry(label).or_insert(next) == next {
                            order.push(label);
                        }
                    }
                }
            },
        )?;
        let (file, column) = (self.shown.to_owned(), column.to_owned());
        if missing > 0 {
            return Err(DriftError::NoBlock { file, column, rows: missing });
        }
        if of.len() > MOST_BLOCKS {
            return Err(DriftError::TooManyBlocks { file, column, blocks: of.len() });
        }
        // Numbered by their labels, whatever the order of the rows.
        order.sort_unstable();
        let numbers = order.into_iter().zip(0..).collect();
        Ok(Blocks { column, of: numbers })
    }

    /// Counts the rows of each block in each cell. Without blocks all rows are one.
    ///
    /// `None` stands for cells that are too many for so many blocks.
    pub(super) fn counts(
        &self,
        looks: &[(&str, &Slots)],
        blocks: Option<&Blocks>,
    ) -> Result<Vec<Option<BlockCounts>>, DriftError> {
        let many = blocks.map_or(1, Blocks::count);
        let bytes = |(_, slots): &(&str, &Slots)| slots.count() * many * 4;
        let mut found = Vec::with_capacity(looks.len());
        for group in groups(looks, bytes) {
            if group.iter().map(&bytes).sum::<usize>() > MOST_BYTES {
                found.push(None);
                continue;
            }
            found.extend(self.count_group(group, blocks, many)?.into_iter().map(Some));
        }
        Ok(found)
    }

    fn count_group(
        &self,
        looks: &[(&str, &Slots)],
        blocks: Option<&Blocks>,
        many: usize,
    ) -> Result<Vec<BlockCounts>, DriftError> {
        let zeros =
            |count: usize| -> Vec<AtomicU32> { (0..count).map(|_| AtomicU32::new(0)).collect() };
        let rows = zeros(many);
        let counts: Vec<Vec<AtomicU32>> =
            looks.iter().map(|(_, slots)| zeros(slots.count() * many)).collect();
        let mut names: Vec<&str> = looks.iter().map(|(name, _)| *name).collect();
        names.extend(blocks.map(|blocks| blocks.column.as_str()));
        let add = |count: &AtomicU32| _ = count.fetch_add(1, Ordering::Relaxed);
        let work = |columns: &[ArrayRef], _| {
            let length = columns.first().map_or(0, |column| column.len());
            let of_rows = match (blocks, columns.last()) {
                (Some(blocks), Some(cells)) => {
                    // A label that was not there before is a file that changed: its row is lost,
                    // and the number of rows is what tells.
                    let block = |seen: Seen<'_>| blocks.of.get(&label(seen)?).copied();
                    each(cells, &block)
                }
                _ => vec![Some(0); length],
            };
            of_rows.iter().flatten().for_each(|block| add(&rows[*block as usize]));
            for (((_, slots), counts), cells) in looks.iter().zip(&counts).zip(columns) {
                let width = slots.count();
                let in_cells = each(cells, &|seen| slots.of(seen));
                for (block, cell) in of_rows.iter().zip(in_cells) {
                    if let Some(block) = block {
                        add(&counts[*block as usize * width + usize::from(cell)]);
                    }
                }
            }
        };
        self.scan(&names, work, |()| ())?;
        let plain = |counts: Vec<AtomicU32>| -> Vec<u64> {
            counts.into_iter().map(|count| count.into_inner().into()).collect()
        };
        let rows = plain(rows);
        if rows.iter().sum::<u64>() != self.expected {
            return Err(self.changed());
        }
        let found = counts
            .into_iter()
            .map(|counts| BlockCounts { rows: rows.clone(), counts: plain(counts) });
        Ok(found.collect())
    }

    /// Returns the cell of each row, in the order of the rows, to `use_up` look by look.
    pub(super) fn series(
        &self,
        looks: &[(&str, &Slots)],
        mut use_up: impl FnMut(Vec<u16>),
    ) -> Result<(), DriftError> {
        let rows = self.room();
        for group in groups(looks, |_| 2 * rows) {
            let names: Vec<&str> = group.iter().map(|(name, _)| *name).collect();
            let mut found: Vec<Vec<u16>> = group.iter().map(|_| Vec::with_capacity(rows)).collect();
            let work = |columns: &[ArrayRef], _| {
                let cells = |((_, slots), cells): (&(&str, &Slots), &ArrayRef)| {
                    each(cells, &|seen| slots.of(seen))
                };
                group.iter().zip(columns).map(cells).collect::<Vec<_>>()
            };
            self.scan(&names, work, |pieces| {
                found.iter_mut().zip(pieces).for_each(|(all, piece)| all.extend(piece));
            })?;
            found.into_iter().for_each(&mut use_up);
        }
        Ok(())
    }

    /// Returns the numbers of columns, to `use_up` column by column: NaN where a row has none.
    pub(super) fn numbers(
        &self,
        columns: &[(&str, Kind)],
        mut use_up: impl FnMut(Vec<f64>),
    ) -> Result<(), DriftError> {
        let rows = self.room();
        for group in groups(columns, |_| 8 * rows) {
            let names: Vec<&str> = group.iter().map(|(name, _)| *name).collect();
            let mut found: Vec<Vec<f64>> = group.iter().map(|_| Vec::with_capacity(rows)).collect();
            let work = |cells: &[ArrayRef], _| {
                let of = |((_, kind), cells): (&(&str, Kind), &ArrayRef)| {
                    each(cells, &|seen| number(*kind, seen).unwrap_or(f64::NAN))
                };
                group.iter().zip(cells).map(of).collect::<Vec<_>>()
            };
            self.scan(&names, work, |pieces| {
                found.iter_mut().zip(pieces).for_each(|(all, piece)| all.extend(piece));
            })?;
            found.into_iter().for_each(&mut use_up);
        }
        Ok(())
    }

    /// Tells whether all numbers of a column can be held.
    pub(super) fn fit(&self) -> bool {
        8 * self.room() <= MOST_BYTES
    }

    fn room(&self) -> usize {
        usize::try_from(self.expected).unwrap_or(usize::MAX / 8)
    }

    fn changed(&self) -> DriftError {
        DriftError::Changed { file: self.shown.to_owned() }
    }

    /// Reads the columns of these names, batch by batch on several threads; what `work` makes of a
    /// batch, and of a number that every row has for itself, is given to `merge` in the order of the
    /// rows.
    pub(super) fn scan<T: Send>(
        &self,
        names: &[&str],
        work: impl Fn(&[ArrayRef], u64) -> T + Sync,
        mut merge: impl FnMut(T) + Send,
    ) -> Result<(), DriftError> {
        let table = self.tables.open()?;
        let place = |name: &&str| {
            let found = table.columns().iter().position(|column| column.name == *name);
            found.ok_or_else(|| self.changed())
        };
        let wanted = names.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        // A column may be asked for twice; it is read once.
        let mut once = wanted.clone();
        once.sort_unstable();
        once.dedup();
        let of_once: Vec<usize> =
            wanted.iter().filter_map(|at| once.binary_search(at).ok()).collect();
        let parts = table.into_parts(&once, Strings::Dictionaries)?;
        let jobs = parts.into_iter().enumerate();
        let mut rows = 0;
        let read = |(part, mut table): (usize, Table)| {
            let mut made = Vec::new();
            let mut rows = 0;
            while let Some(batch) = table.next_batch()? {
                rows += batch.rows as u64;
                let columns: Vec<ArrayRef> =
                    of_once.iter().map(|&at| batch.columns[at].clone()).collect();
                made.push(work(&columns, ((part as u64) << 40) + batch.first));
            }
            Ok::<_, DriftError>((rows, made))
        };
        queue::in_order(self.threads, jobs, read, |(more, made)| {
            rows += more;
            made.into_iter().for_each(&mut merge);
        })?;
        if rows == self.expected { Ok(()) } else { Err(self.changed()) }
    }
}

/// Parts `all` into groups that need at most [`MOST_BYTES`], of one at least.
fn groups<T>(all: &[T], bytes: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut groups = Vec::new();
    let (mut from, mut held) = (0, 0_usize);
    for (at, one) in all.iter().enumerate() {
        let more = bytes(one);
        if at > from && held.saturating_add(more) > MOST_BYTES {
            groups.push(&all[from..at]);
            (from, held) = (at, 0);
        }
        held = held.saturating_add(more);
    }
    if from < all.len() {
        groups.push(&all[from..]);
    }
    groups
}
