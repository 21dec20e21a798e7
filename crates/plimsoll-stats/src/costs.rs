//! What predictions cost.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::measure::{Way, measure_one};
use crate::plan::Plan;
use crate::sample::{SampleError, check_class, check_length, check_numbers};
use crate::smooth::{Form, Ratio, Scale};

/// What each answer costs under each truth, in any currency; what brings something in is below 0.
#[derive(Clone, Debug, PartialEq)]
pub struct CostMatrix {
    classes: u32,
    /// One row for each truth.
    costs: Vec<f64>,
}

impl CostMatrix {
    /// Takes the costs of `classes` classes, the answers of each truth one after the other.
    ///
    /// For two classes with the positive one last: true negative, false positive, false negative,
    /// true positive.
    ///
    /// # Errors
    /// There is not one cost for each pair of classes, or one is NaN or infinite.
    pub fn new(classes: u32, costs: Vec<f64>) -> Result<Self, SampleError> {
        let pairs = (classes as usize).saturating_mul(classes as usize);
        check_numbers("the cost matrix", &costs, pairs)?;
        Ok(Self { classes, costs })
    }

    /// Returns the cost of each row, of which [`mean_cost`] makes an estimate and
    /// [`PairedLosses`](crate::paired::PairedLosses) a comparison.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a class is not among those of the matrix.
    pub fn of_rows(&self, truth: &[u32], predicted: &[u32]) -> Result<Vec<f64>, SampleError> {
        if truth.is_empty() {
            return Err(SampleError::Empty);
        }
        check_length("the prediction", predicted.len(), truth.len())?;
        check_class("the target", truth, self.classes)?;
        check_class("the prediction", predicted, self.classes)?;
        let cost = |(&truth, &answer): (&u32, &u32)| {
            self.costs[truth as usize * self.classes as usize + answer as usize]
        };
        Ok(truth.iter().zip(predicted).map(cost).collect())
    }
}

/// Returns the mean cost of a row with its interval: by boot-t on the log or, where some rows bring
/// something in, on the costs' own scale. For the sum over the rows multiply it by their number.
///
/// # Errors
/// There are no rows, a cost is NaN or infinite, or `blocks` has another number of rows.
pub fn mean_cost(
    costs: &[f64],
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Result<Estimate, NoValue>, SampleError> {
    check_numbers("the cost", costs, costs.len())?;
    let scale = if costs.iter().all(|&cost| cost >= 0.0) { Scale::Log } else { Scale::Identity };
    let ratio = Ratio { columns: [1, 0], form: Form::Plain, scale };
    let way = Way::Sums(Box::new(ratio), NoValue::ZeroDenominator);
    measure_one(&[&vec![1.0; costs.len()][..], costs], way, limits, blocks, plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn plan() -> Plan {
        Plan { resamples: 999, most_resamples: 999, ..Plan::new(Seed::from(1)) }
    }

    #[test]
    fn each_pair_of_truth_and_answer_has_its_cost() {
        let matrix = CostMatrix::new(2, vec![0.0, 1.0, 20.0, -3.0]).unwrap();
        let costs = matrix.of_rows(&[0, 0, 1, 1], &[0, 1, 0, 1]).unwrap();
        assert_eq!(costs, [0.0, 1.0, 20.0, -3.0]);
        assert!(matrix.of_rows(&[0, 2], &[0, 1]).is_err());
        assert!(matrix.of_rows(&[0], &[0, 1]).is_err() && matrix.of_rows(&[], &[]).is_err());
        assert!(CostMatrix::new(2, vec![0.0; 3]).is_err());
        assert!(CostMatrix::new(1, vec![f64::NAN]).is_err());
        assert!(CostMatrix::new(u32::MAX, vec![0.0; 3]).is_err());
    }

    #[test]
    fn costs_of_one_sign_have_an_interval_of_that_sign() {
        let costs: Vec<f64> = (0..60).map(|row| if row % 4 == 0 { 6.0 } else { 0.0 }).collect();
        let blocks = Blocks::rows(60);
        let of = |costs: &[f64]| mean_cost(costs, &[], &blocks, &plan()).unwrap().unwrap();
        let paid = of(&costs);
        assert!((paid.value - 1.5).abs() < 1e-12 && paid.interval.unwrap().low > 0.0);
        let mixed: Vec<f64> = costs.iter().map(|cost| cost - 1.4).collect();
        let mixed = of(&mixed);
        assert!((mixed.value - 0.1).abs() < 1e-12 && mixed.interval.unwrap().low < 0.0);
        assert!(mean_cost(&costs, &[], &Blocks::rows(59), &plan()).is_err());
    }
}
