//! How columns of numbers go along with each other: sums of products, exactly and in one pass.

use serde::{Deserialize, Serialize};

use super::take::Aligned;
use crate::sketch::real;

/// How many columns are looked at in pairs: the work for each row grows with their square.
pub(super) const MOST_COLUMNS: usize = 50;

/// How many rows are multiplied while they are near the processor.
const TILE: usize = 1024;

/// The moments of two columns over the rows in which both have a finite number, merged by the
/// formulas of Chan, Golub and `LeVeque` (1983).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pair {
    count: u64,
    #[serde(with = "real")]
    means: [f64; 2],
    #[serde(with = "real")]
    squares: [f64; 2],
    #[serde(with = "real")]
    product: f64,
}

/// All pairs of some columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Pairs {
    /// The pair of columns i < j is at place j (j - 1) / 2 + i.
    pairs: Vec<Pair>,
}

/// A column of a batch, as it differs from a number near its mean.
#[derive(Debug, Default)]
struct Centred {
    /// Which column it is.
    place: usize,
    /// What each row is above `near`, 0 where there is no number.
    values: Vec<f64>,
    near: f64,
    sum: f64,
    square: f64,
    /// The rows without a number, and for each row whether it is one.
    gaps: Vec<usize>,
    is_gap: Vec<bool>,
}

impl Pair {
    /// Returns in how many rows both columns have a number.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns Pearson's correlation; none where one of the columns is constant, or where there
    /// are fewer than two rows.
    pub(super) fn correlation(&self) -> Option<f64> {
        let noise = |at: usize| self.squares[at] <= rounding(self.means[at], self.count);
        if self.count < 2 || noise(0) || noise(1) {
            return None;
        }
        let correlation = self.product / (self.squares[0].sqrt() * self.squares[1].sqrt());
        Some(correlation.clamp(-1.0, 1.0)).filter(|correlation| correlation.is_finite())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let apart = [0, 1].map(|at| other.means[at] - self.means[at]);
        let weight = a * b / n;
        for (at, apart) in apart.iter().enumerate() {
            self.squares[at] += other.squares[at] + apart * apart * weight;
            self.means[at] += apart * (b / n);
        }
        self.product += other.product + apart[0] * apart[1] * weight;
        self.count += other.count;
    }

    fn turned(self) -> Self {
        let ([a, b], [c, d]) = (self.means, self.squares);
        Self { means: [b, a], squares: [d, c], ..self }
    }
}

/// Returns what rounding may leave in the sum of squares of a constant.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn rounding(mean: f64, count: u64) -> f64 {
    (mean.abs() * f64::EPSILON * 4.0).powi(2) * count as f64
}

fn place(i: usize, j: usize) -> usize {
    j * (j - 1) / 2 + i
}

impl Pairs {
    /// Makes room for the pairs of `columns`; none where they are too many.
    pub(super) fn of(columns: usize) -> Option<Self> {
        (columns <= MOST_COLUMNS)
            .then(|| Self { pairs: vec![Pair::default(); columns * columns.saturating_sub(1) / 2] })
    }

    /// Returns the pair of the columns at `i` and `j`, which differ.
    pub(super) fn get(&self, i: usize, j: usize) -> Option<Pair> {
        match i.cmp(&j) {
            std::cmp::Ordering::Less => self.pairs.get(place(i, j)).copied(),
            std::cmp::Ordering::Greater => self.pairs.get(place(j, i)).map(|pair| pair.turned()),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Tells whether these are the pairs of so many columns.
    pub(super) fn are_of(&self, columns: usize) -> bool {
        self.pairs.len() == columns * columns.saturating_sub(1) / 2
    }

    /// Takes in the rows of a batch.
    #[expect(clippy::cast_precision_loss, reason = "rows of a batch")]
    pub(super) fn take(&mut self, columns: &[Aligned]) {
        let columns: Vec<Centred> =
            columns.iter().enumerate().filter_map(|(place, of)| Centred::of(place, of)).collect();
        let Some(rows) = columns.first().map(|column| column.values.len()) else { return };
        let mut products = vec![0.0; columns.len() * columns.len().saturating_sub(1) / 2];
        for from in (0..rows).step_by(TILE) {
            let tile = from..rows.min(from + TILE);
            for j in 1..columns.len() {
                for i in 0..j {
                    let (a, b) =
                        (&columns[i].values[tile.clone()], &columns[j].values[tile.clone()]);
                    products[place(i, j)] += dot(a, b);
                }
            }
        }
        for j in 1..columns.len() {
            for i in 0..j {
                let (a, b) = (&columns[i], &columns[j]);
                // What is summed up where the other column has no number is taken out again.
                let (over_a, over_b) = (a.over(&b.gaps), b.over(&a.gaps));
                let of_a = (a.sum - over_a.0, a.square - over_a.1);
                let of_b = (b.sum - over_b.0, b.square - over_b.1);
                let both = a.gaps.iter().filter(|row| b.is_gap.get(**row) == Some(&true)).count();
                let count = rows + both - a.gaps.len() - b.gaps.len();
                if count == 0 {
                    continue;
                }
                let n = count as f64;
                let pair = Pair {
                    count: count as u64,
                    means: [a.near + of_a.0 / n, b.near + of_b.0 / n],
                    squares: [
                        (of_a.1 - of_a.0 * of_a.0 / n).max(0.0),
                        (of_b.1 - of_b.0 * of_b.0 / n).max(0.0),
                    ],
                    product: products[place(i, j)] - of_a.0 * of_b.0 / n,
                };
                self.pairs[place(a.place, b.place)].merge(&pair);
            }
        }
    }

    /// Takes in pairs of other rows, whose column `at[i]` is this one's column i.
    pub(super) fn merge(&mut self, other: &Self, at: &[usize]) {
        for j in 1..at.len() {
            for i in 0..j {
                let theirs = other.get(at[i], at[j]).unwrap_or_default();
                if let Some(mine) = self.pairs.get_mut(place(i, j)) {
                    mine.merge(&theirs);
                }
            }
        }
    }
}

impl Centred {
    #[expect(clippy::cast_precision_loss, reason = "rows of a batch")]
    fn of(place: usize, column: &Aligned) -> Option<Self> {
        let numbers = column.numbers.as_slice();
        if numbers.is_empty() {
            return None;
        }
        let mut centred = Self { place, ..Self::default() };
        let finite = numbers.iter().fold(true, |all, value| all & value.is_finite());
        if finite {
            // Near the mean is near enough: what is left is taken out of the products.
            let few = &numbers[..numbers.len().min(TILE)];
            centred.near = total(few) / few.len() as f64;
            centred.values = numbers.iter().map(|value| value - centred.near).collect();
        } else {
            centred.is_gap = numbers.iter().map(|value| !value.is_finite()).collect();
            centred.gaps = places(&centred.is_gap);
            let filled = numbers.iter().copied().filter(|value| value.is_finite());
            let few: Vec<f64> = filled.take(TILE).collect();
            if few.is_empty() {
                return None;
            }
            centred.near = total(&few) / few.len() as f64;
            let value = |value: &f64| if value.is_finite() { value - centred.near } else { 0.0 };
            centred.values = numbers.iter().map(value).collect();
        }
        centred.sum = total(&centred.values);
        centred.square = dot(&centred.values, &centred.values);
        Some(centred)
    }

    /// Sums up the values of some rows, and their squares.
    fn over(&self, rows: &[usize]) -> (f64, f64) {
        let values = rows.iter().map(|row| self.values[*row]);
        values.fold((0.0, 0.0), |sums, value| (sums.0 + value, sums.1 + value * value))
    }
}

/// Returns the places that are set; they are few.
fn places(is_set: &[bool]) -> Vec<usize> {
    let mut places = Vec::new();
    for (at, group) in is_set.chunks(64).enumerate() {
        if group.iter().fold(false, |any, is_set| any | is_set) {
            let set = group.iter().enumerate().filter(|(_, is_set)| **is_set);
            places.extend(set.map(|(place, _)| at * 64 + place));
        }
    }
    places
}

fn total(values: &[f64]) -> f64 {
    let (groups, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for group in groups {
        lanes.iter_mut().zip(group).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(columns: &[Vec<f64>]) -> Pairs {
        let mut pairs = Pairs::of(columns.len()).unwrap();
        let aligned: Vec<Aligned> = columns
            .iter()
            .map(|numbers| Aligned { numbers: numbers.clone(), ..Aligned::default() })
            .collect();
        pairs.take(&aligned);
        pairs
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy 1.17.1: pearsonr(a, b).statistic, and of the first nine rows
        let a = vec![0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64];
        let mut b = vec![0.61, 0.82, 0.61, 1.45, 0.29, 0.29, 0.95, 1.73, 0.29, 2.5];
        let whole = of(&[a.clone(), b.clone()]).get(0, 1).unwrap();
        assert!(
            (whole.correlation().unwrap() - 0.577_130_166_337_110_8).abs() < 1e-12,
            "{whole:?}"
        );
        b[9] = f64::NAN;
        let part = of(&[a, b]).get(1, 0).unwrap();
        assert_eq!(part.count(), 9);
        assert!((part.correlation().unwrap() - 0.263_216_739_237_385_8).abs() < 1e-12, "{part:?}");
    }

    #[test]
    fn constants_and_single_rows_have_none() {
        let pairs = of(&[vec![0.1; 5000], (0..5000).map(f64::from).collect(), vec![1e9; 5000]]);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            assert_eq!(pairs.get(i, j).unwrap().correlation(), None, "{i} {j}");
        }
        assert_eq!(of(&[vec![1.0], vec![2.0]]).get(0, 1).unwrap().correlation(), None);
        assert_eq!(Pairs::of(MOST_COLUMNS + 1), None);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            rows in prop::collection::vec((-9..9_i32, -9..9_i32, 0..6_u8), 2..400),
            offset in prop::sample::select(vec![0.0, 1e6]),
            at in 0..100_usize,
        ) {
            let gap = |value: i32, is_gap: bool| if is_gap { f64::NAN } else { f64::from(value) + offset };
            let a: Vec<f64> = rows.iter().map(|row| gap(row.0, row.2 == 1)).collect();
            let b: Vec<f64> = rows.iter().map(|row| gap(row.1, row.2 == 2)).collect();
            let c: Vec<f64> = rows.iter().map(|row| f64::from(row.0 - row.1)).collect();
            let columns = [a, b, c];
            let cut = rows.len() * at / 100;
            let mut merged = of(&columns.clone().map(|column| column[..cut].to_vec()));
            merged.merge(&of(&columns.clone().map(|column| column[cut..].to_vec())), &[0, 1, 2]);
            let whole = of(&columns);
            for (i, j) in [(0, 1), (0, 2), (1, 2)] {
                let (whole, merged) = (whole.get(i, j).unwrap(), merged.get(i, j).unwrap());
                prop_assert_eq!(whole.count(), merged.count());
                if let (Some(a), Some(b)) = (whole.correlation(), merged.correlation()) {
                    prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b);
                }
            }
        }
    }
}
