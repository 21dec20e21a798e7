//! All columns together: can a model tell the sides apart?

mod bins;
mod trees;

use std::collections::BTreeMap;

use crate::binary::Binary;
use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::random::Random;
use crate::sample::{SampleError, check_length};

pub use self::bins::Feature;

/// So many parts the rows fall into; each is judged by a model of the others.
const FOLDS: usize = 5;

/// From this area on the sides are told apart.
pub const LEAST_AUC: f64 = 0.60;

/// How well a model tells current rows from those of the reference.
#[derive(Clone, Debug)]
pub struct Domain {
    /// The area under the ROC curve of rows that the model has not seen, with its interval: 0.5
    /// where the sides are alike.
    pub auc: Result<Estimate, NoValue>,
    /// For each feature the share of the models' gain that came from it; all 0 if nothing was
    /// gained.
    pub telling: Vec<f64>,
}

impl Domain {
    /// Tells whether the sides differ: the lower end of the interval is at least
    /// [`LEAST_AUC`]. Nothing if there is no interval, or too few rows or blocks for one.
    pub fn differs(&self) -> Option<bool> {
        let auc = self.auc.as_ref().ok().filter(|auc| auc.is_enough_evidence())?;
        auc.interval.map(|interval| interval.judged().low >= LEAST_AUC)
    }
}

/// Fits a model to which side each row is on, and measures it on rows that it has not seen.
///
/// A domain classifier (Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests"; Lipton,
/// Wang and Smola 2018): gradient-boosted trees (Friedman 2001) over `features`, which hold a bin for
/// each row. Rows of one block are in one of five folds, which hold equally many rows of each side
/// as far as blocks allow; every fold is scored by trees of the four others. The interval is
/// `DeLong`'s on the logit, of declared blocks that of whole blocks.
///
/// It sees what single columns cannot show, for example two that are swapped in some rows. It takes
/// time with rows times features: some ten thousand rows are enough.
///
/// # Errors
/// There are no rows, or something has another number of rows.
pub fn classify(
    features: &[Feature],
    is_current: &[bool],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Domain, SampleError> {
    let rows = is_current.len();
    if rows == 0 {
        return Err(SampleError::Empty);
    }
    check_length("the block column", blocks.row_count(), rows)?;
    for feature in features {
        check_length("a feature", feature.rows(), rows)?;
    }
    let folds = folds(is_current, blocks, Random::new(plan.seed, "folds"));
    let (mut scores, mut gains) = (vec![0.0; rows], vec![0.0; features.len()]);
    for fold in 0..FOLDS {
        let (judged, fitted): (Vec<usize>, Vec<usize>) =
            (0..rows).partition(|&row| folds[row] == fold);
        let forest = trees::fit(features, is_current, &fitted);
        for row in judged {
            scores[row] = forest.score(features, row);
        }
        gains.iter_mut().zip(&forest.gains).for_each(|(all, gain)| *all += gain);
    }
    let predicted: Vec<bool> = scores.iter().map(|&score| score > 0.0).collect();
    let judged = Binary::new(is_current, &predicted, Some(&scores))?;
    let wanted = [Wanted { metric: Metric::Auc, limits: &[LEAST_AUC] }];
    let auc = judged.measure(&wanted, blocks, plan)?.pop().unwrap_or(Err(NoValue::NotApplicable));
    let all: f64 = gains.iter().sum();
    let share = |gain: &f64| if all > 0.0 { gain / all } else { 0.0 };
    Ok(Domain { auc, telling: gains.iter().map(share).collect() })
}

/// Deals whole blocks to folds in a random order, each to the fold that has the fewest rows of its
/// side so far.
fn folds(is_current: &[bool], blocks: &Blocks, random: Random) -> Vec<usize> {
    let mut of_block: BTreeMap<(bool, usize), Vec<usize>> = BTreeMap::new();
    for (row, &side) in is_current.iter().enumerate() {
        of_block.entry((side, blocks.of_row(row))).or_default().push(row);
    }
    let mut order: Vec<_> = of_block.into_iter().collect();
    order
        .sort_by_cached_key(|((side, block), _)| random.word(2 * *block as u64 + u64::from(*side)));
    let mut sizes = [[0; FOLDS]; 2];
    let mut folds = vec![0; is_current.len()];
    for ((side, _), rows) in order {
        let sizes = &mut sizes[usize::from(side)];
        let fold = (0..FOLDS).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[fold] += rows.len();
        for row in rows {
            folds[row] = fold;
        }
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn plan() -> Plan {
        Plan { resamples: 400, most_resamples: 400, ..Plan::new(Seed::from(5)) }
    }

    fn numbers(rows: u64, purpose: &str) -> Vec<f64> {
        let random = Random::new(Seed::from(9), purpose);
        (0..rows).map(|row| random.unit(row)).collect()
    }

    #[test]
    fn two_columns_that_are_swapped_are_seen_together_only() {
        // Each column is even on [0, 1) on both sides; in the reference they are equal, in the
        // current rows the one is the other turned around.
        let first = numbers(2_000, "first");
        let is_current: Vec<bool> = (0..2_000).map(|row| row % 2 == 1).collect();
        let second: Vec<f64> = first
            .iter()
            .zip(&is_current)
            .map(|(x, turned)| if *turned { 1.0 - x } else { *x })
            .collect();
        let features = [
            Feature::of_numbers(&first),
            Feature::of_numbers(&second),
            Feature::of_numbers(&numbers(2_000, "noise")),
        ];
        let domain = classify(&features, &is_current, &Blocks::rows(2_000), &plan()).unwrap();
        assert_eq!(domain.differs(), Some(true));
        assert!(domain.auc.unwrap().value > 0.9);
        assert!(domain.telling[0] + domain.telling[1] > 0.9, "{:?}", domain.telling);
        let alone = classify(&features[..1], &is_current, &Blocks::rows(2_000), &plan()).unwrap();
        assert_eq!(alone.differs(), Some(false));
    }

    #[test]
    fn rows_of_a_block_are_never_learnt_from_and_judged() {
        // Every block has a number of its own: by it alone a model would know each row's side.
        let blocks: Vec<u32> = (0..1_200).map(|row| row / 24).collect();
        let is_current: Vec<bool> = blocks.iter().map(|block| block % 3 == 0).collect();
        let number: Vec<f64> = blocks.iter().map(|block| f64::from(block * 7919 % 50)).collect();
        let features = [Feature::of_numbers(&number)];
        let whole = Blocks::of_labels(&blocks);
        let fair = classify(&features, &is_current, &whole, &plan()).unwrap();
        assert_eq!(fair.differs(), Some(false));
        let unfair = classify(&features, &is_current, &Blocks::rows(1_200), &plan()).unwrap();
        assert_eq!(unfair.differs(), Some(true));
    }

    #[test]
    fn categories_are_told_apart_whatever_their_order() {
        let is_current: Vec<bool> = (0..1_000).map(|row| row % 2 == 1).collect();
        // Even codes are the reference's, in nine of ten rows.
        let codes: Vec<Option<u32>> =
            (0..1_000).map(|row| (row % 40 != 1).then_some(row * 3 % 20)).collect();
        let features = [Feature::of_codes(&codes)];
        let domain = classify(&features, &is_current, &Blocks::rows(1_000), &plan()).unwrap();
        assert!(domain.auc.unwrap().value > 0.99);
    }

    #[test]
    fn one_side_alone_is_no_answer() {
        let features = [Feature::of_numbers(&numbers(100, "x"))];
        let domain = classify(&features, &[true; 100], &Blocks::rows(100), &plan()).unwrap();
        assert_eq!((domain.differs(), domain.auc.err()), (None, Some(NoValue::OneClass)));
        assert!(classify(&[], &[], &Blocks::rows(0), &plan()).is_err());
        assert!(classify(&features, &[true; 99], &Blocks::rows(99), &plan()).is_err());
    }
}
