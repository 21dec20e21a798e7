//! How much the rows of each comparison say: by blocks, by their order, or each for itself.

use std::collections::HashMap;

use plimsoll_stats::drift::clusters::{self, Clusters};
use plimsoll_stats::drift::facet::{Aspect, Test};
use plimsoll_stats::drift::ladder::grid;
use plimsoll_stats::drift::permutation::{self, BlockCounts, Statistic};
use plimsoll_stats::drift::series::{GRADES, Serial, of_codes, of_grades};
use plimsoll_stats::drift::sides::{Sides, Weight};
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::random::Seed;
use plimsoll_stats::tested::NoAnswer;

use super::DriftError;
use super::look::{Look, Measure};
use super::pass::{Blocks, Rows};
use super::slots::Slots;
use crate::profile::{self, Column, Grid, Kind, Profile};
use crate::sketch::hash;

/// A look at a column, which is found by its name.
pub(super) type Named<'a> = (&'a str, &'a Look);

/// Where the blocks of a side are counted.
#[derive(Clone, Copy)]
pub(super) enum Counted<'a> {
    /// In its rows, which are read again.
    Rows(&'a Rows<'a>),
    /// In its profile.
    Stored(&'a Profile, &'a str),
}

/// How the rows of both sides come in blocks, look by look.
pub(super) struct InBlocks {
    /// How alike the rows of a block are; none where a row alone does not tell its cell.
    clusters: Vec<[Option<Clusters>; 2]>,
    /// The counts themselves, where rows were read on both sides.
    counts: Vec<Option<[BlockCounts; 2]>>,
    /// In how many blocks each value is, of looks at new values.
    values: HashMap<usize, Vec<u64>>,
    /// How many blocks each side has.
    pub(super) blocks: [usize; 2],
}

impl InBlocks {
    /// Counts the blocks by `column` of both sides.
    pub(super) fn count(
        looks: &[Named<'_>],
        sides: [Counted<'_>; 2],
        column: &str,
    ) -> Result<Self, DriftError> {
        let mut found = Self {
            clusters: vec![[None, None]; looks.len()],
            counts: Vec::new(),
            values: HashMap::new(),
            blocks: [0; 2],
        };
        let mut counts: [Vec<Option<BlockCounts>>; 2] = [Vec::new(), Vec::new()];
        for (side, counted) in sides.into_iter().enumerate() {
            match counted {
                Counted::Rows(rows) => {
                    counts[side] = found.read(looks, rows, column, side)?;
                }
                Counted::Stored(profile, shown) => {
                    let Some(blocks) = profile.blocks() else { continue };
                    let nameless = blocks.names().iter().position(String::is_empty);
                    if let Some(rows) = nameless.and_then(|at| blocks.rows().get(at)) {
                        let (file, column) = (shown.to_owned(), column.to_owned());
                        return Err(DriftError::NoBlock { file, column, rows: *rows });
                    }
                    found.blocks[side] = blocks.rows().len();
                    for (clusters, (name, look)) in found.clusters.iter_mut().zip(looks) {
                        let of = profile.column(name);
                        clusters[side] = of.and_then(|of| stored(of, blocks, look));
                    }
                }
            }
        }
        let [a, b] = counts;
        found.counts = a.into_iter().zip(b).map(|(a, b)| Some([a?, b?])).collect();
        found.counts.resize(looks.len(), None);
        Ok(found)
    }

    fn read(
        &mut self,
        looks: &[Named<'_>],
        rows: &Rows<'_>,
        column: &str,
        side: usize,
    ) -> Result<Vec<Option<BlockCounts>>, DriftError> {
        let blocks: Blocks = rows.blocks(column)?;
        self.blocks[side] = blocks.count();
        let too_many = || DriftError::TooManyBlocks {
            file: rows.shown.to_owned(),
            column: column.to_owned(),
            blocks: blocks.count(),
        };
        for (at, (name, look)) in looks.iter().enumerate() {
            let Some(slots) = each_value(look) else { continue };
            // One after the other, as each may need much room.
            let counts = rows.counts(&[(*name, &slots)], Some(&blocks))?.pop().flatten();
            let sum = self.values.entry(at).or_insert_with(|| vec![0; slots.count()]);
            add_blocks(sum, &counts.ok_or_else(too_many)?);
        }
        let wanted: Vec<(&str, &Slots)> =
            looks.iter().filter_map(|(name, look)| Some((*name, look.slots.as_ref()?))).collect();
        let mut counts = rows.counts(&wanted, Some(&blocks))?.into_iter();
        let mut all = Vec::with_capacity(looks.len());
        for (clusters, (_, look)) in self.clusters.iter_mut().zip(looks) {
            let Some(slots) = &look.slots else {
                all.push(None);
                continue;
            };
            let counts = counts.next().flatten().ok_or_else(too_many)?;
            clusters[side] = Some(self::clusters(slots, &counts));
            all.push(Some(counts));
        }
        Ok(all)
    }

    /// Returns in how many blocks each value of the look at `at` is.
    pub(super) fn of_values(&self, at: usize) -> Option<&[u64]> {
        self.values.get(&at).map(Vec::as_slice)
    }

    /// Returns how much the rows of the look at `at` say; of one whose cells a row alone does not
    /// tell, those of a block together as much as one row.
    pub(super) fn sides(&self, at: usize, rows: [u64; 2]) -> Sides {
        match &self.clusters[at] {
            [Some(a), Some(b)] => clusters::sides(a, b),
            _ => Sides { reference: self.as_one_each(0, rows), current: self.as_one_each(1, rows) },
        }
    }

    fn as_one_each(&self, side: usize, rows: [u64; 2]) -> Weight {
        let blocks = self.blocks[side].max(1);
        #[expect(clippy::cast_precision_loss, reason = "counts of rows and blocks")]
        let of_block = rows[side] as f64 / blocks as f64;
        Weight::clustered(rows[side], of_block, self.blocks[side] as u64)
    }

    /// Returns p of the look at `at` with whole blocks exchanged, where the distance is one that
    /// can be computed from blocks.
    pub(super) fn exchanged(
        &self,
        at: usize,
        look: &Look,
    ) -> Result<Option<(Test, PValue)>, NoAnswer> {
        let (Some([a, b]), Some(slots)) = (&self.counts[at], &look.slots) else { return Ok(None) };
        if !(look.aspect.is_shape() || look.aspect == Aspect::Missing) {
            return Ok(None);
        }
        let statistic = if slots.is_ordered() { Statistic::Largest } else { Statistic::HalfSum };
        let (a, b) = (cumulative(slots, a), cumulative(slots, b));
        let p = permutation::p_value([&a, &b], statistic, seed([&a, &b]))?;
        Ok(Some((Test::BlockPermutation, p)))
    }
}

/// Tells whether a stored profile says how the rows of a look come in blocks.
pub(super) fn is_stored(look: &Look, kind: Kind) -> bool {
    let shape =
        matches!(kind, Kind::Integer | Kind::Number | Kind::Boolean | Kind::Category | Kind::Mixed);
    match look.aspect {
        Aspect::Missing | Aspect::Duplicates => true,
        Aspect::Shape | Aspect::Tails => shape,
        _ => false,
    }
}

/// Returns how alike the rows of a block are by a stored profile. Tails are taken to be like the
/// whole shape.
fn stored(column: &Column, blocks: &profile::Blocks, look: &Look) -> Option<Clusters> {
    let spread = column.spread()?;
    let is_ordered = matches!(spread.grid(), Grid::Cuts(_));
    let cells = match look.aspect {
        Aspect::Missing => 1,
        // Of ordered cells the last sum is that of all rows.
        _ => spread.grid().width() - usize::from(is_ordered),
    };
    let mut clusters = Clusters::of_cells(cells);
    for (counts, &rows) in spread.blocks().zip(blocks.rows()) {
        let (missing, filled) = counts.split_last()?;
        let mut sum = 0;
        let in_cells = std::iter::once(missing).chain(filled).map(|count| {
            sum += count;
            if is_ordered { sum } else { *count }
        });
        clusters.add(rows, &in_cells.take(cells).collect::<Vec<u64>>());
    }
    Some(clusters)
}

/// Returns a cell for each value of a look at new values.
fn each_value(look: &Look) -> Option<Slots> {
    let Measure::New { names, .. } = &look.measure else { return None };
    let other = u16::try_from(names.len()).ok().filter(|other| *other < u16::MAX)?;
    let of = names.iter().map(|name| hash::of_bytes(name.as_bytes())).zip(0..).collect();
    Some(Slots::Values { of, missing: other, other, count: other + 1 })
}

fn add_blocks(sum: &mut [u64], counts: &BlockCounts) {
    for of_block in counts.counts.chunks(sum.len()) {
        for (sum, count) in sum.iter_mut().zip(of_block) {
            *sum += u64::from(*count > 0);
        }
    }
}

/// Returns the design effects of both sides' rows, as far as one is in the order of time.
pub(super) fn in_order(
    looks: &[Named<'_>],
    rows: [Option<&Rows<'_>>; 2],
) -> Result<Vec<[Serial; 2]>, DriftError> {
    let one = Serial { design_effect: 1.0, resolved: true };
    let mut found = vec![[one; 2]; looks.len()];
    for (side, rows) in rows.into_iter().enumerate() {
        let Some(rows) = rows else { continue };
        let fine: Vec<(usize, &str, Slots)> = looks
            .iter()
            .enumerate()
            .filter_map(|(at, (name, look))| Some((at, *name, finer(look, side)?)))
            .collect();
        let wanted: Vec<(&str, &Slots)> =
            fine.iter().map(|(_, name, slots)| (*name, slots)).collect();
        let mut next = fine.iter();
        rows.series(&wanted, |series| {
            if let Some((at, _, slots)) = next.next() {
                let serial =
                    if slots.is_ordered() { of_grades(&series) } else { of_codes(&series) };
                found[*at][side] = serial;
            }
        })?;
    }
    Ok(found)
}

/// Returns sides whose rows resemble those before them. Where rows far apart still do, a side says
/// no more than one row.
pub(super) fn sides_in_order(serial: [Serial; 2], rows: [u64; 2]) -> Sides {
    let weight = |side: usize| {
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let all = rows[side] as f64;
        let effect = if serial[side].resolved { serial[side].design_effect.min(all) } else { all };
        Weight::in_order(rows[side], effect)
    };
    Sides { reference: weight(0), current: weight(1) }
}

/// Returns cells that tell nearly as much as ranks.
fn finer(look: &Look, side: usize) -> Option<Slots> {
    let slots = look.slots.clone()?;
    let Measure::Ordered { sides, .. } = &look.measure else { return Some(slots) };
    let ladder = sides[side].ladder();
    let none = plimsoll_stats::drift::ladder::Ladder::of_rows(0, &[]);
    // A slot of its own for rows without a value, and one above the last cut.
    let cuts = grid(&ladder, &none, u64::from(GRADES) - 2);
    Some(match slots {
        Slots::Numbers { kind, .. } => Slots::Numbers { kind, cuts },
        Slots::Lengths { .. } => Slots::Lengths { cuts },
        other => other,
    })
}

fn clusters(slots: &Slots, counts: &BlockCounts) -> Clusters {
    let from = first_cell(slots);
    let width = slots.count();
    let cells = width - from - usize::from(slots.is_ordered());
    let mut clusters = Clusters::of_cells(cells);
    let mut in_cells = vec![0; cells];
    for (&rows, counts) in counts.rows.iter().zip(counts.counts.chunks(width)) {
        let mut sum = 0;
        for (cell, count) in in_cells.iter_mut().zip(&counts[from..]) {
            sum += count;
            *cell = if slots.is_ordered() { sum } else { *count };
        }
        clusters.add(rows, &in_cells);
    }
    clusters
}

/// The cell of rows that do not have what is looked for tells no more than the others.
fn first_cell(slots: &Slots) -> usize {
    match slots {
        Slots::Missing { .. } | Slots::Tails { .. } | Slots::Unseen { .. } => 1,
        _ => 0,
    }
}

fn cumulative(slots: &Slots, counts: &BlockCounts) -> BlockCounts {
    let mut counts = counts.clone();
    if slots.is_ordered() {
        for of_block in counts.counts.chunks_mut(slots.count()) {
            for at in 1..of_block.len() {
                of_block[at] += of_block[at - 1];
            }
        }
    }
    counts
}

/// The seed is what is counted, so that the same data give the same p.
fn seed(sides: [&BlockCounts; 2]) -> Seed {
    let words = sides.into_iter().flat_map(|side| side.counts.iter().chain(&side.rows));
    Seed::from(words.fold(0, |seed, word| hash::mixed(seed ^ *word)))
}
