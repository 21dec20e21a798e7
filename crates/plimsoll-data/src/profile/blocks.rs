//! Rows that belong together (a day, a user): how each column is spread over them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::kind::Kind;
use crate::sketch::{hash, real};

/// At how many quantiles a column of numbers is counted.
pub(super) const CUTS: usize = 15;

/// How many values of a column are counted one by one.
pub(super) const CELLS: usize = 24;

/// How many blocks there are at most.
pub(super) const MOST_BLOCKS: usize = 10_000;

/// How many counts are held at most.
pub(super) const MOST_COUNTS: usize = 16 << 20;

/// The blocks of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Blocks {
    column: String,
    /// The names, in order.
    names: Vec<String>,
    rows: Vec<u64>,
}

/// What the cells of a block are counted by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grid {
    /// Numbers: those up to the first cut, between it and the second, …, beyond the last.
    Cuts(#[serde(with = "real")] Vec<f64>),
    /// Values by name, then all others.
    Values(Vec<String>),
}

/// How a column is spread over the blocks of its table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spread {
    grid: Grid,
    /// The lowest and the highest number, for merging.
    #[serde(with = "real")]
    ends: Option<(f64, f64)>,
    /// For each block, in the order of their names: rows in each cell of the grid, then rows
    /// without a value.
    counts: Vec<u64>,
}

impl Blocks {
    /// Returns the column whose values are the blocks; of time stamps each day is one.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Returns the names of the blocks, in order; rows without a block are the one without a name.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns how many rows each block has.
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// Tells what is wrong with blocks that were read back.
    pub(super) fn flaw(&self, rows: u64) -> Option<&'static str> {
        let sum = self.rows.iter().try_fold(0_u64, |sum, rows| sum.checked_add(*rows));
        let sound = self.names.len() == self.rows.len()
            && self.names.len() <= MOST_BLOCKS
            && self.names.is_sorted_by(|a, b| a < b)
            && sum == Some(rows);
        if sound { None } else { Some("the blocks do not have all rows of the table") }
    }
}

impl Grid {
    /// Returns the grid of a column: its quantiles at 1/16 to 15/16, or its frequent values.
    pub(super) fn of(column: &Column) -> Self {
        let Some(numbers) = column.numbers().filter(|_| column.kind() != Kind::Identifier) else {
            let values = column.values().counts.into_iter().take(CELLS);
            return Self::Values(values.map(|(value, _)| value).collect());
        };
        let items = numbers.items();
        #[expect(clippy::cast_precision_loss, reason = "15 of them")]
        let share = |cut: usize| cut as f64 / (CUTS + 1) as f64;
        let cuts = (1..=CUTS).filter_map(|cut| super::numbers::quantile(&items, share(cut)));
        let mut cuts: Vec<f64> = cuts.collect();
        cuts.dedup();
        Self::Cuts(cuts)
    }

    /// Returns the lowest and the highest number of a column that has numbers by its kind.
    pub(super) fn ends(column: &Column) -> Option<(f64, f64)> {
        column.numbers().and_then(super::Numbers::ends)
    }

    /// Returns how many counts a block has: the cells, and rows without a value.
    pub fn width(&self) -> usize {
        match self {
            Self::Cuts(cuts) => cuts.len() + 2,
            Self::Values(values) => values.len() + 2,
        }
    }
}

impl Spread {
    /// Returns what the cells are.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Returns for each block, in the order of [`Blocks::names`], how many rows each cell of the
    /// grid has, and last how many have no value.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.counts.chunks_exact(self.grid.width())
    }

    /// Tells what is wrong with a spread that was read back.
    pub(super) fn flaw(&self, blocks: &Blocks) -> Option<&'static str> {
        let sorted = match &self.grid {
            Grid::Cuts(cuts) => {
                let is_known = cuts.iter().all(|cut| !cut.is_nan());
                is_known && cuts.is_sorted_by(|a, b| a < b) && cuts.len() <= CUTS
            }
            Grid::Values(values) => values.len() <= CELLS,
        };
        let whole = self.counts.len() == blocks.names.len() * self.grid.width();
        let fits = self.blocks().zip(&blocks.rows).all(|(counts, rows)| {
            counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count)) == *rows
        });
        (!sorted || !whole || !fits).then_some("its blocks do not have all rows of the table")
    }

    /// Returns the counts of a block on another grid: shares between cuts are taken as spread
    /// evenly, and values that are not on the grid are others.
    fn on(&self, counts: &[u64], grid: &Grid) -> Vec<u64> {
        let missing = counts.last().copied().unwrap_or_default();
        let mut moved = vec![0; grid.width()];
        match (&self.grid, grid) {
            (mine, its) if mine == its => return counts.to_vec(),
            (Grid::Values(mine), Grid::Values(its)) => {
                for (at, count) in counts[..counts.len() - 1].iter().enumerate() {
                    let place =
                        mine.get(at).and_then(|value| its.iter().position(|it| it == value));
                    moved[place.unwrap_or(its.len())] += count;
                }
            }
            (Grid::Cuts(mine), Grid::Cuts(its)) => {
                let filled: u64 = counts[..counts.len() - 1].iter().sum();
                let mut below = 0;
                for (at, cut) in its.iter().enumerate() {
                    let until = self.below(mine, counts, *cut).clamp(below, filled);
                    moved[at] = until - below;
                    below = until;
                }
                moved[its.len()] = filled - below;
            }
            // A column that changes its kind between profiles has nothing to be compared by.
            (_, its) => {
                let cells = counts[..counts.len() - 1].iter().sum::<u64>();
                moved[its.width() - 2] = cells;
            }
        }
        moved[grid.width() - 1] = missing;
        moved
    }

    /// Returns about how many values of a block are not above `limit`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of rows are below 2^52"
    )]
    fn below(&self, cuts: &[f64], counts: &[u64], limit: f64) -> u64 {
        let (low, high) = self.ends.unwrap_or_default();
        let mut sum = 0;
        let mut from = low;
        for (at, count) in counts[..counts.len() - 1].iter().enumerate() {
            let to = cuts.get(at).copied().unwrap_or(high);
            if limit < to {
                let share = (limit - from) / (to - from);
                let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
                return sum + (share * *count as f64).round() as u64;
            }
            sum += count;
            from = to;
        }
        sum
    }
}

/// Blocks while rows are read.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    places: BTreeMap<String, usize>,
    rows: Vec<u64>,
    grids: Vec<Lookup>,
    /// For each column the counts of all blocks, in the order of their first rows.
    counts: Vec<Vec<u64>>,
}

/// A grid that is looked up quickly.
#[derive(Clone, Debug)]
pub(super) enum Lookup {
    Cuts(Vec<f64>),
    /// The hashes of values.
    Values(Vec<u64>),
}

impl Lookup {
    pub(super) fn of(grid: &Grid) -> Self {
        match grid {
            Grid::Cuts(cuts) => Self::Cuts(cuts.clone()),
            Grid::Values(values) => Self::Values(values.iter().map(|value| named(value)).collect()),
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Cuts(cuts) => cuts.len() + 2,
            Self::Values(values) => values.len() + 2,
        }
    }

    fn place(&self, hash: u64, number: f64) -> usize {
        match self {
            _ if hash == 0 => self.width() - 1,
            Self::Cuts(_) if number.is_nan() => self.width() - 1,
            Self::Cuts(cuts) => cuts.partition_point(|cut| *cut < number),
            Self::Values(values) => {
                values.iter().position(|value| *value == hash).unwrap_or(values.len())
            }
        }
    }
}

/// Returns the hash that the cells have whose value is written `name`.
pub(super) fn named(name: &str) -> u64 {
    use super::read::{Cell, read};
    match read(name) {
        Cell::Integer(value) => hash::of_integer(value),
        Cell::Number(value) => hash::of_float(value),
        Cell::Flag(flag) => hash::of_float(f64::from(u8::from(flag))),
        Cell::Date(day) => hash::of_integer(i64::from(day)),
        Cell::Stamp(stamp) => hash::of_integer(stamp),
        Cell::Missing(_) | Cell::Text => hash::of_bytes(name.as_bytes()),
    }
}

impl Counting {
    pub(super) fn new(grids: Vec<Lookup>) -> Self {
        let counts = grids.iter().map(|_| Vec::new()).collect();
        Self { places: BTreeMap::new(), rows: Vec::new(), grids, counts }
    }

    /// Returns the place of the block `name`; none where there are too many blocks.
    pub(super) fn place(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        let place = self.rows.len();
        let width: usize = self.grids.iter().map(Lookup::width).sum();
        if place == MOST_BLOCKS || (place + 1) * width > MOST_COUNTS {
            return None;
        }
        self.places.insert(name.to_owned(), place);
        self.rows.push(0);
        for (grid, counts) in self.grids.iter().zip(&mut self.counts) {
            counts.resize(counts.len() + grid.width(), 0);
        }
        Some(place)
    }

    /// Counts the rows of a batch by their blocks.
    pub(super) fn take_rows(&mut self, blocks: &[usize]) {
        for block in blocks {
            self.rows[*block] += 1;
        }
    }

    /// Counts the cells of a column.
    pub(super) fn take(
        &mut self,
        column: usize,
        blocks: &[usize],
        hashes: &[u64],
        numbers: &[f64],
    ) {
        let (grid, counts) = (&self.grids[column], &mut self.counts[column]);
        let width = grid.width();
        for (row, (block, hash)) in blocks.iter().zip(hashes).enumerate() {
            let number = numbers.get(row).copied().unwrap_or(f64::NAN);
            counts[block * width + grid.place(*hash, number)] += 1;
        }
    }

    /// Takes in what was counted of other rows; `false` where there are too many blocks.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        for (name, &theirs) in &other.places {
            let Some(mine) = self.place(name) else { return false };
            self.rows[mine] += other.rows[theirs];
            for (at, grid) in self.grids.iter().enumerate() {
                let width = grid.width();
                let from = &other.counts[at][theirs * width..(theirs + 1) * width];
                let into = &mut self.counts[at][mine * width..(mine + 1) * width];
                into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
            }
        }
        true
    }

    /// Returns the blocks in the order of their names, and the spread of each column.
    pub(super) fn finish(
        self,
        column: &str,
        grids: Vec<(Grid, Option<(f64, f64)>)>,
    ) -> (Blocks, Vec<Spread>) {
        let order: Vec<usize> = self.places.values().copied().collect();
        let spreads = grids.into_iter().zip(&self.counts).map(|((grid, ends), counts)| {
            let width = grid.width();
            let block = |at: &usize| counts[at * width..(at + 1) * width].iter().copied();
            let counts = order.iter().flat_map(block).collect();
            Spread { grid, ends, counts }
        });
        let spreads = spreads.collect();
        let rows = order.iter().map(|at| self.rows[*at]).collect();
        (
            Blocks { column: column.to_owned(), names: self.places.into_keys().collect(), rows },
            spreads,
        )
    }
}

/// Puts the blocks of two tables together; none where they are of other columns, or too many.
pub(super) fn merged(
    (mine, spreads): (&Blocks, &[&Spread]),
    (its, others): (&Blocks, &[&Spread]),
) -> Option<(Blocks, Vec<Spread>)> {
    if mine.column != its.column {
        return None;
    }
    let ends = |a: Option<(f64, f64)>, b: Option<(f64, f64)>| match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    };
    let grids = spreads.iter().zip(others);
    let grids: Vec<_> =
        grids.map(|(mine, its)| (mine.grid.clone(), ends(mine.ends, its.ends))).collect();
    let mut all = Counting::new(spreads.iter().map(|of| Lookup::of(&of.grid)).collect());
    for (blocks, of) in [(mine, spreads), (its, others)] {
        for (at, name) in blocks.names.iter().enumerate() {
            let place = all.place(name)?;
            all.rows[place] += blocks.rows[at];
            for (column, spread) in of.iter().enumerate() {
                let width = all.grids[column].width();
                let counts =
                    &spread.counts[at * spread.grid.width()..(at + 1) * spread.grid.width()];
                let moved = spread.on(counts, &grids[column].0);
                let into = &mut all.counts[column][place * width..(place + 1) * width];
                into.iter_mut().zip(moved).for_each(|(into, count)| *into += count);
            }
        }
    }
    Some(all.finish(&mine.column, grids))
}
