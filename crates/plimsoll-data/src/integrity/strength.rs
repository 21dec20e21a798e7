//! How well one column tells the label, on rows drawn at random.

use std::collections::HashMap;

use plimsoll_stats::{auc, correlation};

use super::column::Column;
use super::facts::Facts;
use super::kind::ColumnKind;
use super::label::{Label, LabelKind};
use super::sample::Drawn;

/// With fewer rows, or fewer of the rarer class, chance tells a label well.
pub(crate) const FEWEST_ROWS: usize = 20;
pub(crate) const FEWEST_OF_CLASS: usize = 10;

/// What tells how well a column tells the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Of numbers: the square of Spearman's rank correlation.
    SquaredSpearman,
    /// Of two classes: the area under the ROC curve, in either direction.
    Auc,
    /// Of more classes: the share of errors that disappear when the class is told by the column
    /// rather than by the most frequent one (Goodman and Kruskal's lambda, 1954).
    Lambda,
}

impl Measure {
    /// Returns its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SquaredSpearman => "squared Spearman correlation",
            Self::Auc => "AUC",
            Self::Lambda => "Goodman and Kruskal's lambda",
        }
    }

    /// Returns how a label of a kind is measured.
    pub(crate) fn of(kind: LabelKind) -> Self {
        match kind {
            LabelKind::Number => Self::SquaredSpearman,
            LabelKind::Binary => Self::Auc,
            LabelKind::Classes => Self::Lambda,
        }
    }
}

/// The cells of a column that may tell a label.
pub(crate) enum Feature {
    /// Numbers, dates among them.
    Numbers(Vec<Option<f64>>),
    /// Categories, by digest.
    Categories(Vec<Option<u64>>),
}

impl Feature {
    /// Returns a column as it may tell a label; nothing of columns that are no single values.
    pub(crate) fn of(facts: &Facts, at: usize) -> Option<Self> {
        let cells = facts.sample.column(at);
        match facts.columns.get(at).map(Column::kind)? {
            ColumnKind::Number | ColumnKind::Moment => {
                Some(Self::Numbers(cells.iter().map(|cell| cell.number()).collect()))
            }
            ColumnKind::Boolean | ColumnKind::Text => {
                Some(Self::Categories(cells.iter().map(|cell| cell.key()).collect()))
            }
            ColumnKind::Empty | ColumnKind::Opaque => None,
        }
    }

    /// Returns it as numbers: of a category the mean of `truth` over the same category in the other
    /// half of the rows, so that a column of unique values tells nothing.
    fn numbers(self, truth: &[Option<f64>]) -> Vec<Option<f64>> {
        match self {
            Self::Numbers(numbers) => numbers,
            Self::Categories(categories) => mean_of_other_half(&categories, truth),
        }
    }
}

/// Returns how well the column at `at` tells the label; nothing where too few rows have both.
pub(crate) fn strength(facts: &Facts, at: usize, label: &Label<'_>) -> Option<f64> {
    let feature = Feature::of(facts, at)?;
    let truth = facts.sample.column(label.at);
    match label.kind {
        LabelKind::Number => {
            let truth: Vec<_> = truth.iter().map(|cell| cell.number()).collect();
            let (values, truth) = both(feature.numbers(&truth), &truth)?;
            let correlation = correlation::spearman(&values, &truth).ok()??;
            Some(correlation * correlation)
        }
        LabelKind::Binary => {
            let truth = zero_one(truth);
            let (values, truth) = both(feature.numbers(&truth), &truth)?;
            let positive: Vec<bool> = truth.iter().map(|truth| *truth > 0.5).collect();
            let ones = positive.iter().filter(|positive| **positive).count();
            if ones.min(positive.len() - ones) < FEWEST_OF_CLASS {
                return None;
            }
            let auc = auc::auc(&positive, &values).ok()?.ok()?;
            Some(auc.max(1.0 - auc))
        }
        LabelKind::Classes => {
            let truth: Vec<Option<u64>> = truth.iter().map(|cell| cell.key()).collect();
            let categories = match feature {
                Feature::Numbers(numbers) => binned(&numbers),
                Feature::Categories(categories) => categories,
            };
            lambda(&categories, &truth)
        }
    }
}

/// Returns two classes as 0 and 1, the one with the greater digest as 1.
pub(crate) fn zero_one(truth: &[Drawn]) -> Vec<Option<f64>> {
    let greatest = truth.iter().filter_map(|cell| cell.key()).max();
    truth
        .iter()
        .map(|cell| cell.key().map(|key| f64::from(u8::from(Some(key) == greatest))))
        .collect()
}

/// Returns what both columns have, unless that is too little.
pub(crate) fn both(
    values: Vec<Option<f64>>,
    truth: &[Option<f64>],
) -> Option<(Vec<f64>, Vec<f64>)> {
    let both = values.into_iter().zip(truth).filter_map(|(value, truth)| Some((value?, (*truth)?)));
    let (values, truth): (Vec<f64>, Vec<f64>) = both.unzip();
    (values.len() >= FEWEST_ROWS).then_some((values, truth))
}

/// Replaces each category by the mean of `truth` over its rows in the other half (even rows for odd
/// ones and the other way round); one that the other half does not have is left out.
pub(crate) fn mean_of_other_half(
    categories: &[Option<u64>],
    truth: &[Option<f64>],
) -> Vec<Option<f64>> {
    let mut halves: [HashMap<u64, (f64, f64)>; 2] = [HashMap::new(), HashMap::new()];
    for (row, (category, truth)) in categories.iter().zip(truth).enumerate() {
        if let (Some(category), Some(truth)) = (category, truth) {
            let (sum, count) = halves[row % 2].entry(*category).or_default();
            *sum += truth;
            *count += 1.0;
        }
    }
    let mean = |(row, category): (usize, &Option<u64>)| {
        let (sum, count) = halves[(row + 1) % 2].get(&(*category)?)?;
        Some(sum / count)
    };
    categories.iter().enumerate().map(mean).collect()
}

/// Returns numbers as bins of equally many rows, 100 of them.
fn binned(numbers: &[Option<f64>]) -> Vec<Option<u64>> {
    const BINS: usize = 100;
    let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let bin =
        |value: f64| (sorted.partition_point(|other| *other < value) * BINS / sorted.len()) as u64;
    numbers.iter().map(|value| value.map(bin)).collect()
}

/// Returns which share of the errors of the most frequent class disappears when each row is given
/// the most frequent class of its category in the other half of the rows.
fn lambda(categories: &[Option<u64>], truth: &[Option<u64>]) -> Option<f64> {
    let mut halves: [HashMap<u64, HashMap<u64, usize>>; 2] = [HashMap::new(), HashMap::new()];
    let mut classes: HashMap<u64, usize> = HashMap::new();
    let rows = || categories.iter().zip(truth).enumerate();
    for (row, (category, truth)) in rows() {
        if let (Some(category), Some(truth)) = (category, truth) {
            *halves[row % 2].entry(*category).or_default().entry(*truth).or_default() += 1;
        }
    }
    let (mut right, mut looked_at) = (0_usize, 0_usize);
    for (row, (category, truth)) in rows() {
        let (Some(category), Some(truth)) = (category, truth) else { continue };
        let Some(counts) = halves[(row + 1) % 2].get(category) else { continue };
        // Of equally frequent classes the one with the lesser digest, so that the answer is one.
        let most = counts.iter().max_by_key(|(class, count)| (**count, std::cmp::Reverse(**class)));
        looked_at += 1;
        right += usize::from(most.map(|(class, _)| class) == Some(truth));
        *classes.entry(*truth).or_default() += 1;
    }
    let most = classes.values().max().copied().unwrap_or_default();
    if looked_at < FEWEST_ROWS || looked_at - most < FEWEST_OF_CLASS {
        return None;
    }
    let (errors, without) = ((looked_at - right) as f64, (looked_at - most) as f64);
    Some((1.0 - errors / without).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_the_share_of_errors_that_disappear() {
        let rows = 4000;
        let truth: Vec<Option<u64>> = (0..rows).map(|row| Some(row / 2 % 10)).collect();
        assert_eq!(lambda(&truth, &truth), Some(1.0));
        let ids: Vec<Option<u64>> = (0..rows).map(Some).collect();
        assert_eq!(lambda(&ids, &truth), None);
        let constant = vec![Some(1); truth.len()];
        assert_eq!(lambda(&constant, &truth), Some(0.0));
        // A class that nearly every row has is told by no column alone.
        let rare: Vec<Option<u64>> = (0..rows).map(|row| Some(u64::from(row % 100 == 0))).collect();
        let unrelated: Vec<Option<u64>> = (0..rows).map(|row| Some(row % 7)).collect();
        assert_eq!(lambda(&unrelated, &rare), Some(0.0));
    }

    #[test]
    fn unique_categories_tell_nothing() {
        let truth: Vec<Option<f64>> = (0..100).map(|row| Some(f64::from(row))).collect();
        let ids: Vec<Option<u64>> = (0..100).map(Some).collect();
        assert!(mean_of_other_half(&ids, &truth).iter().all(Option::is_none));
        let pairs: Vec<Option<u64>> = (0..100).map(|row| Some(row / 2)).collect();
        assert_eq!(
            mean_of_other_half(&pairs, &truth)[..4],
            [Some(1.0), Some(0.0), Some(3.0), Some(2.0)]
        );
    }
}
