//! Gradient-boosted trees for two classes.

use super::bins::{BINS, Feature};

const ROUNDS: usize = 40;
const DEPTH: u32 = 3;
const RATE: f64 = 0.2;

/// Added to every sum of curvatures, so that few rows move a leaf little.
const RIDGE: f64 = 1.0;

const LEAST_ROWS: u32 = 20;

/// Trees that are added up to the log-odds of a row being on the current side.
pub(super) struct Forest {
    start: f64,
    trees: Vec<Tree>,
    /// By how much the splits of each feature lowered the loss.
    pub(super) gains: Vec<f64>,
}

/// A full tree: node k has the children 2 k + 1 and 2 k + 2.
struct Tree {
    nodes: Vec<Split>,
    leaves: Vec<f64>,
}

/// Rows whose bin is among these go left. Of a node that is not split all do.
#[derive(Clone, Copy)]
struct Split {
    feature: usize,
    left: u64,
}

impl Forest {
    pub(super) fn score(&self, features: &[Feature], row: usize) -> f64 {
        self.start + self.trees.iter().map(|tree| tree.score(features, row)).sum::<f64>()
    }
}

impl Tree {
    fn score(&self, features: &[Feature], row: usize) -> f64 {
        let mut node = 0;
        while let Some(split) = self.nodes.get(node) {
            node = 2 * node + 1 + usize::from(!split.goes_left(features, row));
        }
        self.leaves[node - self.nodes.len()]
    }
}

impl Split {
    fn goes_left(&self, features: &[Feature], row: usize) -> bool {
        features.get(self.feature).is_none_or(|feature| self.left >> feature.bin(row) & 1 == 1)
    }
}

/// Sums over the rows of a bin or a node.
#[derive(Clone, Copy, Default)]
struct Sums {
    gradient: f64,
    curvature: f64,
    rows: u32,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.rows += other.rows;
    }

    fn without(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }

    fn score(self) -> f64 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }
}

/// Fits trees to `rows` alone.
pub(super) fn fit(features: &[Feature], is_current: &[bool], rows: &[usize]) -> Forest {
    let current = rows.iter().filter(|&&row| is_current[row]).count() as f64;
    // Half a row on each side keeps the odds finite.
    let start = ((current + 0.5) / (rows.len() as f64 - current + 0.5)).ln();
    let mut forest = Forest { start, trees: Vec::new(), gains: vec![0.0; features.len()] };
    let mut odds = vec![start; rows.len()];
    for _ in 0..ROUNDS {
        let sums: Vec<Sums> = rows
            .iter()
            .zip(&odds)
            .map(|(&row, odds)| {
                let chance = 1.0 / (1.0 + (-odds).exp());
                let gradient = f64::from(u8::from(is_current[row])) - chance;
                Sums { gradient, curvature: chance * (1.0 - chance), rows: 1 }
            })
            .collect();
        let tree = grow(features, rows, &sums, &mut forest.gains);
        for (odds, &row) in odds.iter_mut().zip(rows) {
            *odds += tree.score(features, row);
        }
        forest.trees.push(tree);
    }
    forest
}

fn grow(features: &[Feature], rows: &[usize], sums: &[Sums], gains: &mut [f64]) -> Tree {
    let mut nodes = Vec::new();
    // Where each row is in the level that is being split.
    let mut places = vec![0_usize; rows.len()];
    for level in 0..DEPTH {
        let width = 1_usize << level;
        let mut best = vec![(0.0, Split { feature: usize::MAX, left: u64::MAX }); width];
        for (at, feature) in features.iter().enumerate() {
            let mut bins = vec![[Sums::default(); BINS]; width];
            for ((&row, &place), &sum) in rows.iter().zip(&places).zip(sums) {
                bins[place][feature.bin(row)].add(sum);
            }
            for (best, bins) in best.iter_mut().zip(&bins) {
                let (gain, left) = split(bins, feature.is_ordered());
                if gain > best.0 {
                    *best = (gain, Split { feature: at, left });
                }
            }
        }
        for (place, &row) in places.iter_mut().zip(rows) {
            *place = 2 * *place + usize::from(!best[*place].1.goes_left(features, row));
        }
        for (gain, split) in best {
            if let Some(sum) = gains.get_mut(split.feature) {
                *sum += gain;
            }
            nodes.push(split);
        }
    }
    let mut totals = vec![Sums::default(); 1 << DEPTH];
    for (&place, &sum) in places.iter().zip(sums) {
        totals[place].add(sum);
    }
    let leaf = |sum: Sums| RATE * sum.gradient / (sum.curvature + RIDGE);
    Tree { nodes, leaves: totals.into_iter().map(leaf).collect() }
}

/// Returns the best way to part bins in two: its gain and the bins on the left.
///
/// Categories are put in the order of their mean first, of which some cut is the best of all ways
/// (Fisher 1958).
fn split(bins: &[Sums; BINS], ordered: bool) -> (f64, u64) {
    let mut order: Vec<usize> = (0..BINS).filter(|&bin| bins[bin].rows > 0).collect();
    if !ordered {
        let mean = |bin: &usize| bins[*bin].gradient / bins[*bin].curvature.max(1e-12);
        order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    }
    let mut all = Sums::default();
    for bin in bins {
        all.add(*bin);
    }
    let (mut left, mut mask) = (Sums::default(), 0_u64);
    let mut best = (0.0, u64::MAX);
    for bin in order {
        left.add(bins[bin]);
        mask |= 1 << bin;
        let right = all.without(left);
        if left.rows < LEAST_ROWS || right.rows < LEAST_ROWS {
            continue;
        }
        let gain = left.score() + right.score() - all.score();
        if gain > best.0 {
            best = (gain, mask);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_cut_of_categories_parts_those_that_differ() {
        let mut bins = [Sums::default(); BINS];
        for (bin, gradient) in [(3, -20.0), (5, 30.0), (8, -25.0), (9, 35.0)] {
            bins[bin] = Sums { gradient, curvature: 25.0, rows: 100 };
        }
        let left = (1 << 3) | (1 << 8);
        assert_eq!(split(&bins, false).1, left);
        // In their order the best cut is before the last.
        assert_eq!(split(&bins, true).1, left | (1 << 5));
        assert!(split(&bins, false).0 > split(&bins, true).0);
    }

    #[test]
    fn few_rows_are_not_split() {
        let mut bins = [Sums::default(); BINS];
        bins[1] = Sums { gradient: 9.0, curvature: 2.0, rows: LEAST_ROWS - 1 };
        bins[2] = Sums { gradient: -9.0, curvature: 2.0, rows: 100 };
        assert_eq!(split(&bins, true), (0.0, u64::MAX));
    }

    #[test]
    fn rows_of_one_side_get_high_odds_and_no_tree() {
        let features = [Feature::of_numbers(&[1.0, 2.0, 3.0])];
        let forest = fit(&features, &[true; 3], &[0, 1, 2]);
        assert!(forest.score(&features, 1) > 1.0 && forest.gains == [0.0]);
    }
}
