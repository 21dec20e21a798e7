//! Every part that is looked at, tested against the rest.

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::slice::Slice;
use plimsoll_stats::slices::Losses;

use super::RowLosses;
use crate::bins::Binned;

/// Some rows of the test set with their losses.
pub(crate) struct Rows {
    /// Their places in the test set.
    pub(crate) places: Vec<usize>,
    pub(crate) values: Vec<f64>,
    /// What a loss is a share of, where it is one.
    pub(crate) sizes: Option<Vec<f64>>,
    pub(crate) blocks: Blocks,
}

/// A part: one bin of one feature, or of each of two.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Feature and bin.
    pub(crate) bins: Vec<(usize, usize)>,
    pub(crate) slice: Slice,
    /// The loss of its rows over that of the rest; infinite where the rest has none.
    pub(crate) ratio: f64,
    /// The one-sided p-value of its loss not being above that of the rest.
    pub(crate) p: PValue,
}

/// What a part needs to be looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Support {
    pub(super) rows: usize,
    pub(super) blocks: usize,
}

impl Rows {
    /// Takes rows of the test set; `blocks` are the numbers of all rows' blocks.
    pub(crate) fn new(losses: &RowLosses, places: Vec<usize>, blocks: Option<&[u64]>) -> Self {
        let of = |numbers: &[f64]| places.iter().map(|row| numbers[*row]).collect::<Vec<f64>>();
        let blocks = match blocks {
            Some(blocks) => {
                Blocks::of_labels(&places.iter().map(|row| blocks[*row]).collect::<Vec<u64>>())
            }
            None => Blocks::rows(places.len()),
        };
        let sizes = losses.sizes.as_ref().map(|sizes| of(sizes));
        Self { values: of(&losses.values), sizes, blocks, places }
    }

    pub(crate) fn losses(&self) -> Result<Losses<'_>, SampleError> {
        Losses::new(&self.values, self.sizes.as_deref(), &self.blocks)
    }
}

impl Cell {
    /// Tells whether a row of the test set belongs to it.
    pub(crate) fn holds(&self, binned: &[Binned], row: usize) -> bool {
        self.bins.iter().all(|(feature, bin)| usize::from(binned[*feature].of_row[row]) == *bin)
    }

    /// Returns the p-value of its loss not being above that of the rest of a part that holds it;
    /// `None` where one of the two is too small to tell.
    pub(super) fn above_rest_of(&self, parent: &Self) -> Option<PValue> {
        let rest = parent.slice.without(&self.slice);
        self.slice.worse_than(&rest).ok().map(|worse| worse.p)
    }
}

/// Returns every part with enough rows inside and outside.
pub(super) fn of(
    rows: &Rows,
    binned: &[Binned],
    pairs: bool,
    support: Support,
) -> Result<Vec<Cell>, SampleError> {
    let losses = rows.losses()?;
    let whole = losses.whole();
    let mut all = Vec::new();
    let mut look = |count: usize,
                    group: &dyn Fn(usize) -> usize,
                    bins: &dyn Fn(usize) -> Vec<(usize, usize)>|
     -> Result<(), SampleError> {
        let small = |group: usize| u32::try_from(group).unwrap_or(u32::MAX);
        let of_row: Vec<u32> = rows.places.iter().map(|row| small(group(*row))).collect();
        let cells = losses.cells(&of_row, count)?.into_iter().enumerate();
        all.extend(cells.filter_map(|(at, slice)| tested(&whole, slice, bins(at), support)));
        Ok(())
    };
    for (at, feature) in binned.iter().enumerate() {
        let group = |row: usize| usize::from(feature.of_row[row]);
        look(feature.bins.len(), &group, &|bin| vec![(at, bin)])?;
    }
    for (at, feature) in binned.iter().enumerate().filter(|_| pairs) {
        for (other, with) in binned.iter().enumerate().skip(at + 1) {
            let width = with.bins.len();
            let group = |row: usize| {
                usize::from(feature.of_row[row]) * width + usize::from(with.of_row[row])
            };
            let bins = |group: usize| vec![(at, group / width), (other, group % width)];
            look(feature.bins.len() * width, &group, &bins)?;
        }
    }
    Ok(all)
}

/// Tests a part against all other rows; `None` where it has too little support.
fn tested(
    whole: &Slice,
    slice: Slice,
    bins: Vec<(usize, usize)>,
    support: Support,
) -> Option<Cell> {
    let rest = whole.without(&slice);
    let few = |side: &Slice| {
        side.rows() < support.rows || side.blocks().is_some_and(|blocks| blocks < support.blocks)
    };
    if few(&slice) || few(&rest) {
        return None;
    }
    let p = slice.worse_than(&rest).ok()?.p;
    let ratio = match (slice.loss()?, rest.loss()?) {
        (own, others) if others > 0.0 => own / others,
        // Where the rest loses nothing any loss is without measure; of two zeros none is worse.
        (own, _) if own > 0.0 => f64::INFINITY,
        _ => 0.0,
    };
    Some(Cell { bins, slice, ratio, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binned(name: &str, of_row: Vec<u8>) -> Binned {
        let bins = (0..=*of_row.iter().max().unwrap())
            .map(|bin| crate::bins::Bin::Value(bin.to_string()))
            .collect();
        Binned { name: name.to_owned(), of_row, bins, is_ordered: true }
    }

    #[test]
    fn every_pair_with_enough_rows_is_looked_at() {
        let losses = RowLosses { name: "loss", values: vec![1.0; 400], sizes: None };
        let rows = Rows::new(&losses, (0..400).collect(), None);
        let one = binned("a", (0..400).map(|row| u8::from(row % 2 == 0)).collect());
        let other = binned("b", (0..400).map(|row| u8::from(row < 300)).collect());
        let support = Support { rows: 110, blocks: 10 };
        let cells = of(&rows, &[one, other], true, support).unwrap();
        let bins: Vec<&[(usize, usize)]> = cells.iter().map(|cell| cell.bins.as_slice()).collect();
        let expected: [&[(usize, usize)]; 4] =
            [&[(0, 0)], &[(0, 1)], &[(0, 0), (1, 1)], &[(0, 1), (1, 1)]];
        assert_eq!(bins, expected);
        assert!(cells.iter().all(|cell| cell.p == PValue::ONE), "nothing varies, nothing is worse");
    }

    #[test]
    fn a_part_of_few_blocks_is_not_looked_at() {
        let losses = RowLosses { name: "loss", values: vec![1.0; 400], sizes: None };
        let days: Vec<u64> = (0..400).map(|row| row / 10).collect();
        let rows = Rows::new(&losses, (0..400).collect(), Some(&days));
        // The first bin has 8 of the 40 days.
        let early = binned("a", (0..400).map(|row| u8::from(row >= 80)).collect());
        let of = |blocks| {
            of(&rows, std::slice::from_ref(&early), false, Support { rows: 50, blocks }).unwrap()
        };
        assert_eq!((of(8).len(), of(9).len()), (2, 0));
    }
}
