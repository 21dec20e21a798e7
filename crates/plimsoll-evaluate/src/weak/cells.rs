//! Every part that is looked at, tested against the rest.

use plimsoll_stats::p_value::PValue;
use plimsoll_stats::tails;

use super::Losses;
use crate::bins::Binned;

/// The rows that are looked at, block after block.
pub(crate) struct Rows<'l> {
    pub(crate) losses: &'l Losses,
    /// The places of the rows in the test set; those of one block lie together.
    pub(crate) places: Vec<usize>,
    /// Where each block begins among them, and their end; absent where every row is its own.
    pub(crate) starts: Option<Vec<usize>>,
    /// How far each row's loss is above what is usual for its weight, by its place in the test set.
    above: Vec<f64>,
    totals: Totals,
}

/// A part: one bin of one feature, or of each of two.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Feature and bin.
    pub(crate) bins: Vec<(usize, usize)>,
    /// The loss of its rows over that of the rest.
    pub(crate) ratio: f64,
    /// The one-sided p-value of its loss not being above that of the rest.
    pub(crate) p: PValue,
}

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    rows: f64,
    /// Of what is above the usual, and its square.
    above: f64,
    squares: f64,
    values: f64,
    weights: f64,
}

/// Sums over all rows and blocks.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    all: Sums,
    blocks: f64,
    /// Over blocks, of squared sums, of sums times rows, and of squared rows.
    above_squared: f64,
    above_times_rows: f64,
    rows_squared: f64,
}

/// What the blocks of a part add up to.
#[derive(Clone, Copy, Debug, Default)]
struct OfBlocks {
    blocks: usize,
    /// The sum of squares of the part's difference from the rest, over the blocks that it has rows in.
    inside: f64,
    /// What these blocks would have added without it.
    outside: f64,
}

impl Sums {
    fn add(&mut self, above: f64, value: f64, weight: f64) {
        self.rows += 1.0;
        self.above += above;
        self.squares += above * above;
        self.values += value;
        self.weights += weight;
    }

    fn without(&self, part: &Self) -> Self {
        Self {
            rows: self.rows - part.rows,
            above: self.above - part.above,
            squares: self.squares - part.squares,
            values: self.values - part.values,
            weights: self.weights - part.weights,
        }
    }

    fn mean(&self) -> f64 {
        self.above / self.rows
    }

    /// Returns the variance of the mean.
    fn error(&self) -> f64 {
        let spread = (self.squares - self.above * self.mean()).max(0.0);
        spread / (self.rows - 1.0) / self.rows
    }
}

impl<'l> Rows<'l> {
    /// Takes rows of the test set; `blocks` are the numbers of all rows' blocks.
    pub(crate) fn new(losses: &'l Losses, mut rows: Vec<usize>, blocks: Option<&[u64]>) -> Self {
        let starts = blocks.map(|blocks| {
            rows.sort_by_key(|row| blocks[*row]);
            let mut starts = Vec::new();
            for (at, row) in rows.iter().enumerate() {
                if at == 0 || blocks[rows[at - 1]] != blocks[*row] {
                    starts.push(at);
                }
            }
            starts.push(rows.len());
            starts
        });
        let values: f64 = rows.iter().map(|row| losses.values[*row]).sum();
        let weights: f64 = rows.iter().map(|row| losses.weights[*row]).sum();
        // Without any weight there is no usual loss, and nothing is above it.
        let usual = if weights > 0.0 { values / weights } else { 0.0 };
        let pairs = losses.values.iter().zip(&losses.weights);
        let above = pairs.map(|(value, weight)| value - usual * weight).collect();
        let mut of = Self { losses, places: rows, starts, above, totals: Totals::default() };
        of.totals = of.add_up();
        of
    }

    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    fn add_up(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.places {
            totals.all.add(self.above[*row], self.losses.values[*row], self.losses.weights[*row]);
        }
        for block in self.blocks() {
            let above: f64 = block.iter().map(|row| self.above[*row]).sum();
            #[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
            let rows = block.len() as f64;
            totals.blocks += 1.0;
            totals.above_squared += above * above;
            totals.above_times_rows += above * rows;
            totals.rows_squared += rows * rows;
        }
        totals
    }

    /// Returns the rows of each declared block.
    fn blocks(&self) -> impl Iterator<Item = &[usize]> {
        let starts = self.starts.as_deref().unwrap_or_default();
        starts.windows(2).map(|ends| &self.places[ends[0]..ends[1]])
    }

    /// Returns the p-value of a pair's loss not being above that of the rest of its parent; `None`
    /// where one of the two is too small to tell.
    pub(super) fn above_rest_of(
        &self,
        binned: &[Binned],
        pair: &Cell,
        parent: &Cell,
    ) -> Option<PValue> {
        let mut groups = Groups::new(self, 2);
        groups.fill(|row| parent.holds(binned, row).then(|| usize::from(!pair.holds(binned, row))));
        let inside = groups.sums[0];
        let rest = groups.sums[1];
        if inside.rows < 2.0 || rest.rows < 2.0 {
            return None;
        }
        if self.starts.is_none() {
            return Some(welch(&inside, &rest));
        }
        // The parent alone is the whole here: its blocks are gone through once more.
        let (m1, m0) = (inside.mean(), rest.mean());
        let (mut blocks, mut squares) = (0.0, 0.0);
        for block in self.blocks() {
            let (mut own, mut of_rest) = (0.0, 0.0);
            let mut any = false;
            for row in block.iter().filter(|row| parent.holds(binned, **row)) {
                any = true;
                if pair.holds(binned, *row) {
                    own += self.above[*row] - m1;
                } else {
                    of_rest += self.above[*row] - m0;
                }
            }
            if any {
                blocks += 1.0;
                squares += (own / inside.rows - of_rest / rest.rows).powi(2);
            }
        }
        Some(cluster(m1 - m0, squares, blocks, blocks))
    }
}

impl Cell {
    /// Tells whether a row of the test set belongs to it.
    pub(crate) fn holds(&self, binned: &[Binned], row: usize) -> bool {
        self.bins.iter().all(|(feature, bin)| usize::from(binned[*feature].of_row[row]) == *bin)
    }
}

/// Rows put into groups, with their sums.
struct Groups<'r, 'l> {
    rows: &'r Rows<'l>,
    sums: Vec<Sums>,
}

impl<'r, 'l> Groups<'r, 'l> {
    fn new(rows: &'r Rows<'l>, count: usize) -> Self {
        Self { rows, sums: vec![Sums::default(); count] }
    }

    fn fill(&mut self, group: impl Fn(usize) -> Option<usize>) {
        let Rows { losses, places, above, .. } = self.rows;
        for row in places {
            if let Some(group) = group(*row) {
                self.sums[group].add(above[*row], losses.values[*row], losses.weights[*row]);
            }
        }
    }

    /// Adds up over blocks what a cluster-robust variance needs, for every group against the rest.
    fn of_blocks(&self, group: impl Fn(usize) -> usize) -> Vec<OfBlocks> {
        let all = &self.rows.totals.all;
        let mut of = vec![OfBlocks::default(); self.sums.len()];
        let mut own = vec![(0.0, 0.0); self.sums.len()];
        let mut touched = Vec::new();
        for block in self.rows.blocks() {
            let (mut above, mut count) = (0.0, 0.0);
            for row in block {
                let group = group(*row);
                let (sum, rows) = &mut own[group];
                if *rows == 0.0 {
                    touched.push(group);
                }
                *sum += self.rows.above[*row];
                *rows += 1.0;
                above += self.rows.above[*row];
                count += 1.0;
            }
            for group in touched.drain(..) {
                let (sum, rows) = std::mem::take(&mut own[group]);
                let inside = &self.sums[group];
                let rest = all.without(inside);
                let (m1, m0) = (inside.mean(), rest.mean());
                let of_rest = (above - sum) - (count - rows) * m0;
                let apart = (sum - rows * m1) / inside.rows - of_rest / rest.rows;
                of[group].blocks += 1;
                of[group].inside += apart * apart;
                of[group].outside += ((above - count * m0) / rest.rows).powi(2);
            }
        }
        of
    }
}

/// Returns every part with enough rows inside and outside.
pub(super) fn of(
    rows: &Rows<'_>,
    binned: &[Binned],
    pairs: bool,
    support: usize,
    fewest_blocks: usize,
) -> Vec<Cell> {
    let mut all = Vec::new();
    for (at, feature) in binned.iter().enumerate() {
        let group = |row: usize| usize::from(feature.of_row[row]);
        let bins = |group: usize| vec![(at, group)];
        all.extend(tested(rows, feature.bins.len(), group, bins, (support, fewest_blocks)));
    }
    for (at, feature) in binned.iter().enumerate().filter(|_| pairs) {
        for (other, with) in binned.iter().enumerate().skip(at + 1) {
            let width = with.bins.len();
            let group = |row: usize| {
                usize::from(feature.of_row[row]) * width + usize::from(with.of_row[row])
            };
            let bins = |group: usize| vec![(at, group / width), (other, group % width)];
            let count = feature.bins.len() * width;
            all.extend(tested(rows, count, group, bins, (support, fewest_blocks)));
        }
    }
    all
}

/// Tests every group of rows against all others.
fn tested(
    rows: &Rows<'_>,
    count: usize,
    group: impl Fn(usize) -> usize,
    bins: impl Fn(usize) -> Vec<(usize, usize)>,
    (support, fewest_blocks): (usize, usize),
) -> Vec<Cell> {
    let mut groups = Groups::new(rows, count);
    groups.fill(|row| Some(group(row)));
    let of_blocks = rows.starts.as_ref().map(|_| groups.of_blocks(&group));
    let totals = &rows.totals;
    let mut cells = Vec::new();
    for (at, inside) in groups.sums.iter().enumerate() {
        let rest = totals.all.without(inside);
        #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
        let fewest = support as f64;
        if inside.rows < fewest || rest.rows < fewest {
            continue;
        }
        let p = match &of_blocks {
            None => welch(inside, &rest),
            Some(of_blocks) => {
                let of = &of_blocks[at];
                if of.blocks < fewest_blocks {
                    continue;
                }
                // Blocks without a row of the part add what they add to the rest.
                let m0 = rest.mean();
                let everywhere = totals.above_squared - 2.0 * m0 * totals.above_times_rows
                    + m0 * m0 * totals.rows_squared;
                let squares =
                    of.inside + (everywhere / (rest.rows * rest.rows) - of.outside).max(0.0);
                #[expect(clippy::cast_precision_loss, reason = "a count of blocks")]
                let own = of.blocks as f64;
                cluster(inside.mean() - m0, squares, totals.blocks, own)
            }
        };
        cells.push(Cell { bins: bins(at), ratio: ratio(inside, &rest), p });
    }
    cells
}

fn ratio(inside: &Sums, rest: &Sums) -> f64 {
    let (own, others) = (inside.values / inside.weights, rest.values / rest.weights);
    // Where the rest loses nothing any loss is without measure; of two zeros none is worse.
    match (own > 0.0, others > 0.0) {
        (_, true) if own.is_finite() => own / others,
        (true, false) => f64::INFINITY,
        _ => 0.0,
    }
}

/// Returns the one-sided p-value of Welch's t (Welch 1947): the mean inside is not above the rest.
fn welch(inside: &Sums, rest: &Sums) -> PValue {
    let (a, b) = (inside.error(), rest.error());
    let apart = inside.mean() - rest.mean();
    let variance = a + b;
    if variance <= 0.0 || variance.is_nan() {
        return of_side(apart);
    }
    let degrees = variance * variance / (a * a / (inside.rows - 1.0) + b * b / (rest.rows - 1.0));
    tails::student(apart / variance.sqrt(), degrees).unwrap_or(PValue::ONE)
}

/// Returns the one-sided p-value of a difference whose variance is robust to clusters: Student's t
/// with a degree of freedom less than the part has blocks (Cameron, Gelbach, Miller 2008).
fn cluster(apart: f64, squares: f64, blocks: f64, own: f64) -> PValue {
    if own < 2.0 {
        return PValue::ONE;
    }
    let variance = blocks / (blocks - 1.0) * squares;
    if variance <= 0.0 || variance.is_nan() {
        return of_side(apart);
    }
    tails::student(apart / variance.sqrt(), own - 1.0).unwrap_or(PValue::ONE)
}

/// Without any variation the side decides.
fn of_side(apart: f64) -> PValue {
    if apart > 0.0 { PValue::ZERO } else { PValue::ONE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(values: &[f64]) -> Losses {
        Losses { name: "loss", values: values.to_vec(), weights: vec![1.0; values.len()] }
    }

    fn binned(name: &str, of_row: Vec<u8>) -> Binned {
        let bins = (0..=*of_row.iter().max().unwrap())
            .map(|bin| crate::bins::Bin::Value(bin.to_string()))
            .collect();
        Binned { name: name.to_owned(), of_row, bins, is_ordered: true }
    }

    #[test]
    fn welch_agrees_with_scipy() {
        // references/weak_parts.py: scipy 1.17.1 ttest_ind(equal_var=False)
        let a = [3.1, 2.7, 4.0, 3.9, 2.2, 5.1, 3.3];
        let b = [2.0, 1.1, 2.9, 2.4, 1.8, 2.2, 3.0, 1.4, 2.6];
        let losses = losses(&[&a[..], &b[..]].concat());
        let rows = Rows::new(&losses, (0..16).collect(), None);
        let feature = binned("side", [vec![0; 7], vec![1; 9]].concat());
        let cells = of(&rows, &[feature], false, 2, 2);
        assert!(
            (cells[0].p.get() - 0.005_354_880_786_001_518).abs() < 1e-9,
            "{}",
            cells[0].p.get()
        );
        assert!((cells[1].p.get() - (1.0 - 0.005_354_880_786_001_518)).abs() < 1e-9);
        let (own, rest) = (a.iter().sum::<f64>() / 7.0, b.iter().sum::<f64>() / 9.0);
        assert!((cells[0].ratio - own / rest).abs() < 1e-12);
    }

    #[test]
    fn clusters_agree_with_statsmodels() {
        // references/weak_parts.py: statsmodels 0.15.0 OLS with cov_type="cluster"
        let values =
            [3.1, 2.7, 4.0, 3.9, 2.2, 5.1, 3.3, 2.0, 1.1, 2.9, 2.4, 1.8, 2.2, 3.0, 1.4, 2.6];
        let losses = losses(&values);
        let blocks: Vec<u64> = (0..16).map(|row| row % 5).collect();
        let rows = Rows::new(&losses, (0..16).collect(), Some(&blocks));
        // The part has rows of the blocks 0 to 3 only.
        let part = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1].to_vec();
        let cells = of(&rows, &[binned("side", part)], false, 2, 2);
        assert!(
            (cells[0].p.get() - 0.004_361_753_838_455_584).abs() < 1e-9,
            "{}",
            cells[0].p.get()
        );
    }

    #[test]
    fn every_pair_with_enough_rows_is_looked_at() {
        let losses = losses(&vec![1.0; 400]);
        let rows = Rows::new(&losses, (0..400).collect(), None);
        let one = binned("a", (0..400).map(|row| u8::from(row % 2 == 0)).collect());
        let other = binned("b", (0..400).map(|row| u8::from(row < 300)).collect());
        let cells = of(&rows, &[one, other], true, 110, 10);
        let bins: Vec<&[(usize, usize)]> = cells.iter().map(|cell| cell.bins.as_slice()).collect();
        let expected: [&[(usize, usize)]; 4] =
            [&[(0, 0)], &[(0, 1)], &[(0, 0), (1, 1)], &[(0, 1), (1, 1)]];
        assert_eq!(bins, expected);
        assert!(cells.iter().all(|cell| cell.p == PValue::ONE), "nothing varies, nothing is worse");
    }
}
