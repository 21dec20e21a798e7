//! Metrics of forecasts that are intervals.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::measure::{Way, mean_of, measure_columns, saved_share, share_of_rows};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_levels, check_numbers, check_same};

/// Targets and predicted intervals of one level, all finite.
#[derive(Clone, Copy, Debug)]
pub struct IntervalForecast<'a> {
    target: &'a [f64],
    low: &'a [f64],
    high: &'a [f64],
    /// How often the intervals should hold the target.
    level: f64,
}

impl<'a> IntervalForecast<'a> {
    /// Puts targets and intervals of the same rows together, which are to hold the target with the
    /// chance `level`, half of the rest on each side.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, the level is not between 0 and 1, a number is NaN or
    /// infinite, or a lower end lies above its upper end.
    pub fn new(
        target: &'a [f64],
        low: &'a [f64],
        high: &'a [f64],
        level: f64,
    ) -> Result<Self, SampleError> {
        check_numbers("the target", target, target.len())?;
        check_levels(&[level])?;
        check_numbers("the lower end", low, target.len())?;
        check_numbers("the upper end", high, target.len())?;
        let mut crossed = (0..low.len()).filter(|&row| low[row] > high[row]);
        if let Some(first) = crossed.next() {
            let count = 1 + crossed.count();
            return Err(SampleError::CrossedEnds { count, rows: low.len(), first });
        }
        Ok(Self { target, low, high, level })
    }

    /// Computes coverage by Wilson, with declared blocks by boot-t on the logit, and mean width and
    /// interval score by boot-t on the log; other metrics do not apply.
    ///
    /// The score of an interval `[l, u]` is `u - l + 2/(1 - level) (l - y if y < l, y - u if y >
    /// u)`, in the unit of the target: lower is better (Winkler 1972; Gneiting and Raftery 2007).
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
        let columns = vec![
            blocks.sums(self.target.iter().map(|_| 1.0)),
            blocks.sums(self.widths()),
            blocks.sums(self.scores()),
        ];
        let way = |metric| match metric {
            Metric::Width => mean_of([1, 0]),
            Metric::IntervalScore => mean_of([2, 0]),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        let mut answers = measure_columns(columns, wanted, way, blocks, plan)?;
        for (answer, wanted) in answers.iter_mut().zip(wanted) {
            if wanted.metric == Metric::Coverage {
                *answer = share_of_rows(&self.hits(), wanted.limits, blocks, plan)?;
            }
        }
        Ok(answers)
    }

    /// Computes the shares of width and interval score that `challenger` saves, on the same rows, by
    /// boot-t on the log of the ratio; other metrics do not apply.
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
        if self.level.to_bits() != challenger.level.to_bits() {
            return Err(SampleError::DifferentLevels);
        }
        check_length("the block column", blocks.row_count(), self.target.len())?;
        let columns = vec![
            blocks.sums(self.widths()),
            blocks.sums(challenger.widths()),
            blocks.sums(self.scores()),
            blocks.sums(challenger.scores()),
        ];
        let way = |metric| match metric {
            Metric::Width => saved_share([1, 0]),
            Metric::IntervalScore => saved_share([3, 2]),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        measure_columns(columns, wanted, way, blocks, plan)
    }

    /// Returns the interval score of each row, to be compared or sliced.
    pub fn scores(&self) -> impl Iterator<Item = f64> {
        let outside = 2.0 / (1.0 - self.level);
        self.rows().map(move |(target, low, high)| {
            high - low + outside * ((low - target).max(0.0) + (target - high).max(0.0))
        })
    }

    fn widths(&self) -> impl Iterator<Item = f64> {
        self.rows().map(|(_, low, high)| high - low)
    }

    fn hits(&self) -> Vec<bool> {
        self.rows().map(|(target, low, high)| low <= target && target <= high).collect()
    }

    fn rows(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let ends = self.low.iter().zip(self.high);
        self.target.iter().zip(ends).map(|(&target, (&low, &high))| (target, low, high))
    }
}
