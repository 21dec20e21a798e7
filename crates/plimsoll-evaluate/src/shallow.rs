//! A shallow tree: what a model has to beat to be worth its trouble.

use crate::bins::Binned;
use crate::loss::{Loss, median};
use crate::truth::Truth;

/// How many questions the tree asks of a row.
const DEPTH: usize = 3;

/// A leaf has so many rows at least.
const FEWEST_ROWS: usize = 20;

/// A decision tree over binned features (Breiman et al. 1984): splits that lower the sum of squares
/// the most, of classes that of their indicators (Gini).
pub(crate) struct Shallow {
    root: Node,
}

enum Node {
    Leaf(Answer),
    Split {
        feature: usize,
        /// Whether rows of each bin go to the first side.
        first: Vec<bool>,
        sides: Box<[Node; 2]>,
    },
}

/// What the rows of a leaf are answered.
enum Answer {
    /// The median of its rows.
    Number(f64),
    /// The share of each class.
    Shares(Vec<f64>),
}

/// Rows with what is true of them, as indicators: one column for a number, one for each class.
struct Known<'k> {
    features: &'k [Binned],
    width: usize,
    values: Vec<f64>,
    numbers: Option<&'k [f64]>,
}

impl Shallow {
    /// Fits a tree to `rows` of the features and their truth.
    pub(crate) fn fit(features: &[Binned], truth: &Truth, rows: &[usize]) -> Self {
        let (width, values, numbers) = match truth {
            Truth::Numbers(numbers) => (1, numbers.clone(), Some(numbers.as_slice())),
            Truth::Classes { classes, of_row, .. } => {
                let width = classes.len();
                let mut values = vec![0.0; width * of_row.len()];
                for (row, class) in of_row.iter().enumerate() {
                    values[row * width + class] = 1.0;
                }
                (width, values, None)
            }
        };
        let known = Known { features, width, values, numbers };
        Self { root: known.grow(rows, DEPTH) }
    }

    /// Returns what each of `rows` costs the tree; `None` where the truth has no such loss.
    pub(crate) fn losses(
        &self,
        loss: Loss,
        features: &[Binned],
        truth: &Truth,
        rows: &[usize],
    ) -> Option<Vec<f64>> {
        let cost = |row: &usize| match (truth, self.root.of(features, *row)) {
            (Truth::Numbers(truth), Answer::Number(answer)) if loss == Loss::Absolute => {
                Some((truth[*row] - answer).abs())
            }
            (Truth::Classes { of_row, positive, .. }, Answer::Shares(shares)) => {
                let class = of_row[*row];
                let squares: f64 = shares.iter().map(|share| share * share).sum();
                let half = if positive.is_some() { 0.5 } else { 1.0 };
                let most = (0..shares.len()).rev().max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
                match loss {
                    Loss::Wrong => Some(f64::from(u8::from(Some(class) != most))),
                    Loss::Brier => Some(half * (squares - 2.0 * shares[class] + 1.0)),
                    Loss::Log | Loss::Absolute => None,
                }
            }
            _ => None,
        };
        rows.iter().map(cost).collect()
    }
}

impl Node {
    fn of(&self, features: &[Binned], row: usize) -> &Answer {
        match self {
            Self::Leaf(answer) => answer,
            Self::Split { feature, first, sides } => {
                let bin = features[*feature].of_row[row] as usize;
                let side = usize::from(!first.get(bin).copied().unwrap_or(false));
                sides[side].of(features, row)
            }
        }
    }
}

/// A split that was looked at.
struct Candidate {
    gain: f64,
    feature: usize,
    first: Vec<bool>,
}

impl Known<'_> {
    fn grow(&self, rows: &[usize], depth: usize) -> Node {
        let split = if depth == 0 || rows.len() < 2 * FEWEST_ROWS { None } else { self.best(rows) };
        let Some(Candidate { feature, first, .. }) = split else {
            return Node::Leaf(self.answer(rows));
        };
        let goes_first = |row: &&usize| first[self.features[feature].of_row[**row] as usize];
        let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| goes_first(row));
        let sides = Box::new([self.grow(&left, depth - 1), self.grow(&right, depth - 1)]);
        Node::Split { feature, first, sides }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
    fn answer(&self, rows: &[usize]) -> Answer {
        if let Some(numbers) = self.numbers {
            let own: Vec<f64> = rows.iter().map(|row| numbers[*row]).collect();
            return Answer::Number(median(&own).unwrap_or(0.0));
        }
        let mut shares = vec![0.0; self.width];
        for row in rows {
            let own = &self.values[row * self.width..(row + 1) * self.width];
            shares.iter_mut().zip(own).for_each(|(share, value)| *share += value);
        }
        // A share of 0 would be certain of what a few rows did not show (Laplace's rule).
        let all = rows.len() as f64 + self.width as f64;
        Answer::Shares(shares.into_iter().map(|share| (share + 1.0) / all).collect())
    }

    /// Returns the split that lowers the sum of squares the most, none where nothing does.
    fn best(&self, rows: &[usize]) -> Option<Candidate> {
        let mut best: Option<Candidate> = None;
        for (feature, binned) in self.features.iter().enumerate() {
            let bins = binned.bins.len();
            let mut counts = vec![0.0; bins];
            let mut sums = vec![0.0; bins * self.width];
            for row in rows {
                let bin = binned.of_row[*row] as usize;
                counts[bin] += 1.0;
                let own = &self.values[row * self.width..(row + 1) * self.width];
                sums[bin * self.width..].iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
            }
            let mut order: Vec<usize> = (0..bins).filter(|bin| counts[*bin] > 0.0).collect();
            if !binned.is_ordered {
                // Of one number or two classes the best cut lies along the means (Fisher 1958).
                let along = self.width - 1;
                let mean = |bin: &usize| sums[bin * self.width + along] / counts[*bin];
                order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
            }
            let all_count: f64 = counts.iter().sum();
            let all: Vec<f64> = (0..self.width)
                .map(|k| (0..bins).map(|b| sums[b * self.width + k]).sum())
                .collect();
            let square = |sums: &[f64], count: f64| -> f64 {
                sums.iter().map(|sum| sum * sum).sum::<f64>() / count
            };
            let whole = square(&all, all_count);
            let mut count = 0.0;
            let mut side = vec![0.0; self.width];
            for (at, bin) in order.iter().enumerate().take(order.len().saturating_sub(1)) {
                count += counts[*bin];
                side.iter_mut().zip(&sums[bin * self.width..]).for_each(|(side, sum)| *side += sum);
                let rest_count = all_count - count;
                #[expect(clippy::cast_precision_loss, reason = "a small constant")]
                let fewest = FEWEST_ROWS as f64;
                if count < fewest || rest_count < fewest {
                    continue;
                }
                let rest: Vec<f64> = all.iter().zip(&side).map(|(all, side)| all - side).collect();
                let gain = square(&side, count) + square(&rest, rest_count) - whole;
                let least = best.as_ref().map_or(1e-9 * whole.abs(), |best| best.gain);
                if gain > least {
                    let mut first = vec![false; bins];
                    order[..=at].iter().for_each(|bin| first[*bin] = true);
                    best = Some(Candidate { gain, feature, first });
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, StringArray};
    use plimsoll_predict::Class;

    use super::*;
    use crate::bins::Fineness;

    const FINE: Fineness = Fineness { quantiles: 16, texts: 20 };

    fn features(rows: u32) -> Vec<Binned> {
        let x: ArrayRef = Arc::new(Float64Array::from_iter_values(
            (0..rows).map(|row| f64::from(row * 7919 % 1000)),
        ));
        let town: ArrayRef =
            Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("t{}", row % 5))));
        vec![Binned::of("x", &x, FINE).unwrap(), Binned::of("town", &town, FINE).unwrap()]
    }

    #[test]
    fn steps_of_a_number_and_of_a_text_are_found() {
        let features = features(800);
        let step = |row: usize| {
            let x = row * 7919 % 1000;
            (if x < 500 { 10.0 } else { 30.0 }) + if row % 5 == 3 { 100.0 } else { 0.0 }
        };
        let truth = Truth::Numbers((0..800).map(step).collect());
        let (even, odd): (Vec<usize>, Vec<usize>) = (0..800).partition(|row| row % 2 == 0);
        let tree = Shallow::fit(&features, &truth, &even);
        let losses = tree.losses(Loss::Absolute, &features, &truth, &odd).unwrap();
        let mean = losses.iter().sum::<f64>() / 400.0;
        assert!(mean < 1.5, "{mean}");
    }

    #[test]
    fn noise_is_not_learned_beyond_its_shares() {
        let features = features(400);
        let of_row: Vec<usize> =
            (0..400).map(|row| usize::from(((row * 2_654_435_761_usize) >> 9) % 10 < 3)).collect();
        let classes = vec![Class::Int(0), Class::Int(1)];
        let truth = Truth::Classes { classes, of_row, positive: Some(1) };
        let (even, odd): (Vec<usize>, Vec<usize>) = (0..400).partition(|row| row / 2 % 2 == 0);
        let tree = Shallow::fit(&features, &truth, &even);
        let losses = tree.losses(Loss::Brier, &features, &truth, &odd).unwrap();
        let mean = losses.iter().sum::<f64>() / 200.0;
        assert!((0.18..0.26).contains(&mean), "{mean}");
        let few = Shallow::fit(&features, &truth, &[]);
        let none = few.losses(Loss::Brier, &features, &truth, &[0]).unwrap();
        assert!((none[0] - 0.25).abs() < 1e-12);
    }
}
