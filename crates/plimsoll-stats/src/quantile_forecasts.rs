//! Metrics of forecasts that are quantiles.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::losses::pinball;
use crate::measure::{Way, mean_of, measure_columns, saved_share, share_of_rows};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_levels, check_numbers, check_same};

/// Targets and predicted quantiles of some levels, all finite.
#[derive(Clone, Copy, Debug)]
pub struct QuantileForecast<'a> {
    target: &'a [f64],
    levels: &'a [f64],
    prediction: &'a [f64],
}

impl<'a> QuantileForecast<'a> {
    /// Puts targets and predictions of the same rows together; `prediction` has one number for each
    /// of the `levels`, row after row, and the levels are between 0 and 1.
    ///
    /// # Errors
    /// There are no rows or no levels, the lengths differ, a level is not between 0 and 1, or a
    /// number is NaN or infinite.
    pub fn new(
        target: &'a [f64],
        levels: &'a [f64],
        prediction: &'a [f64],
    ) -> Result<Self, SampleError> {
        check_numbers("the target", target, target.len())?;
        check_levels(levels)?;
        check_numbers("the prediction", prediction, target.len().saturating_mul(levels.len()))?;
        Ok(Self { target, levels, prediction })
    }

    /// Computes the quantile loss ([`Metric::QuantileLoss`], the mean over the levels) by boot-t on
    /// the log; other metrics do not apply. For the loss of one level give that level alone.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn measure(
        &self,
        wanted: &[Wanted<'_>],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_length("the block column", blocks.row_count(), self.target.len())?;
        let columns = vec![blocks.sums(self.target.iter().map(|_| 1.0)), self.losses(blocks)];
        let way = |metric| match metric {
            Metric::QuantileLoss => mean_of([1, 0]),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        measure_columns(columns, wanted, way, blocks, plan)
    }

    /// Computes the share of the quantile loss that `challenger` saves, on the same rows and
    /// levels, by boot-t on the log of the ratio.
    ///
    /// # Errors
    /// The targets or the levels differ, or `blocks` has another number of rows.
    pub fn compare(
        &self,
        challenger: &Self,
        wanted: &[Wanted<'_>],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_same(self.target, challenger.target)?;
        check_length("the challenger's levels", challenger.levels.len(), self.levels.len())?;
        if self.levels != challenger.levels {
            return Err(SampleError::DifferentLevels);
        }
        check_length("the block column", blocks.row_count(), self.target.len())?;
        let columns = vec![self.losses(blocks), challenger.losses(blocks)];
        let way = |metric| match metric {
            Metric::QuantileLoss => saved_share([1, 0]),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        measure_columns(columns, wanted, way, blocks, plan)
    }

    /// Returns for each level the share of targets at or below the predicted quantile, by Wilson or
    /// by boot-t of blocks; of a calibrated forecast it is the level itself.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn shares_below(
        &self,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_length("the block column", blocks.row_count(), self.target.len())?;
        let mut shares = Vec::new();
        for place in 0..self.levels.len() {
            let rows = self.target.iter().zip(self.prediction.chunks_exact(self.levels.len()));
            let hits: Vec<bool> = rows.map(|(target, row)| *target <= row[place]).collect();
            shares.push(share_of_rows(&hits, &[], blocks, plan)?);
        }
        Ok(shares)
    }

    /// Returns in how many rows a quantile of a higher level is below one of a lower level.
    pub fn crossed_rows(&self) -> usize {
        let mut order: Vec<usize> = (0..self.levels.len()).collect();
        order.sort_by(|&a, &b| self.levels[a].total_cmp(&self.levels[b]));
        let crosses = |row: &&[f64]| order.windows(2).any(|pair| row[pair[0]] > row[pair[1]]);
        self.prediction.chunks_exact(self.levels.len()).filter(crosses).count()
    }

    fn losses(&self, blocks: &Blocks) -> Vec<f64> {
        let levels = self.levels.len();
        let of_row = |(&target, row): (&f64, &[f64])| {
            let losses = row.iter().zip(self.levels).map(|(&q, &level)| pinball(target, q, level));
            losses.sum::<f64>() / levels as f64
        };
        blocks.sums(self.target.iter().zip(self.prediction.chunks_exact(levels)).map(of_row))
    }
}
