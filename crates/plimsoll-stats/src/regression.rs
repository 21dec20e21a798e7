//! Metrics of numeric predictions.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::measure::{Way, mean_of, measure, measure_one};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_numbers, check_same};
use crate::smooth::{Form, OverSpread, Ratio, Scale};
use crate::sum::sum;
use crate::table::Table;

/// Numeric targets and what a model predicted for them, all finite.
#[derive(Clone, Copy, Debug)]
pub struct Regression<'a> {
    target: &'a [f64],
    prediction: &'a [f64],
}

// Columns of the table of one model.
const ROWS: usize = 0;
const ABSOLUTE: usize = 1;
const SQUARED: usize = 2;
const ERROR: usize = 3;
const TARGET_SIZE: usize = 4;
const CENTRED: usize = 5;
const CENTRED_SQUARE: usize = 6;
const RELATIVE: usize = 7;
// Further columns in the table of two models.
const OTHER_ABSOLUTE: usize = 3;
const OTHER_SQUARED: usize = 4;
const SQUARED_SAVED: usize = 7;
const OLD_RELATIVE: usize = 8;
const OTHER_RELATIVE: usize = 9;

impl<'a> Regression<'a> {
    /// Puts targets and predictions of the same rows together.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a number is NaN or infinite.
    pub fn new(target: &'a [f64], prediction: &'a [f64]) -> Result<Self, SampleError> {
        check_numbers("the target", target, target.len())?;
        check_numbers("the prediction", prediction, target.len())?;
        Ok(Self { target, prediction })
    }

    /// Computes metrics with their intervals, all from the same resamples.
    ///
    /// MAE, RMSE, WAPE and MAPE by boot-t on the log, R2 on `-ln(1 - R2)`, bias as it is. There is no
    /// R2 of a constant target, no WAPE of targets that are all 0, and no MAPE where any is. A model without any error has
    /// the interval `[x, x]`, marked as constant. Answers come in the order of `wanted`.
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
        let errors = || self.errors();
        let (centred, of_centred) = self.centred_target(blocks);
        let table = Table::new(
            blocks.count(),
            vec![
                blocks.sums(self.target.iter().map(|_| 1.0)),
                blocks.sums(errors().map(f64::abs)),
                blocks.sums(errors().map(|error| error * error)),
                blocks.sums(errors()),
                blocks.sums(self.target.iter().map(|target| target.abs())),
                centred,
                of_centred,
                self.relative(blocks),
            ],
        )?;
        let ways: Vec<_> = wanted.iter().map(|wanted| self.way(wanted.metric)).collect();
        Ok(measure(&table, wanted, &ways, blocks, plan))
    }

    fn way(&self, metric: Metric) -> Way {
        let ratio = |columns, form, scale| {
            Way::Sums(Box::new(Ratio { columns, form, scale }), NoValue::ZeroDenominator)
        };
        match metric {
            Metric::Mae => ratio([ABSOLUTE, ROWS], Form::Plain, Scale::Log),
            Metric::Rmse => ratio([SQUARED, ROWS], Form::Root, Scale::Log),
            Metric::Wape => ratio([ABSOLUTE, TARGET_SIZE], Form::Plain, Scale::Log),
            Metric::Mape => self.of_nonzero(ratio([RELATIVE, ROWS], Form::Plain, Scale::Log)),
            Metric::Bias => ratio([ERROR, ROWS], Form::Plain, Scale::Identity),
            Metric::R2 => {
                let columns = [SQUARED, ROWS, CENTRED, CENTRED_SQUARE];
                self.of_variance(OverSpread { columns, form: Form::Rest, scale: Scale::LogOfRest })
            }
            _ => Way::Known(Err(NoValue::NotApplicable)),
        }
    }

    /// Computes how much better `challenger` is, on the same rows, with intervals from the same
    /// resamples of both: relative gains in MAE, RMSE, WAPE and MAPE by boot-t on the log of
    /// the ratio, the difference in R2 as it is (see [`Metric::gain`]). Positive is better.
    ///
    /// There is no relative gain on a champion without error, and no gain in bias.
    ///
    /// # Errors
    /// The targets differ, or `blocks` has another number of rows.
    pub fn compare(
        &self,
        challenger: &Self,
        wanted: &[Wanted<'_>],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_same(self.target, challenger.target)?;
        check_length("the block column", blocks.row_count(), self.target.len())?;
        let squared = |model: &Self| blocks.sums(model.errors().map(|error| error * error));
        let absolute = |model: &Self| blocks.sums(model.errors().map(f64::abs));
        let saved =
            self.errors().zip(challenger.errors()).map(|(old, new)| (old - new) * (old + new));
        let (centred, of_centred) = self.centred_target(blocks);
        let table = Table::new(
            blocks.count(),
            vec![
                blocks.sums(self.target.iter().map(|_| 1.0)),
                absolute(self),
                squared(self),
                absolute(challenger),
                squared(challenger),
                centred,
                of_centred,
                blocks.sums(saved),
                self.relative(blocks),
                challenger.relative(blocks),
            ],
        )?;
        let gain = |columns, form| {
            let ratio = Ratio { columns, form, scale: Scale::LogOfRest };
            Way::Sums(Box::new(ratio), NoValue::PerfectChampion)
        };
        let ways: Vec<_> = wanted
            .iter()
            .map(|wanted| match wanted.metric {
                // The rows, and the sizes of the targets, are the same for both and cancel.
                Metric::Wape if self.target.iter().all(|&target| target == 0.0) => {
                    Way::Known(Err(NoValue::ZeroDenominator))
                }
                Metric::Mape => self.of_nonzero(gain([OTHER_RELATIVE, OLD_RELATIVE], Form::Rest)),
                Metric::Mae | Metric::Wape => gain([OTHER_ABSOLUTE, ABSOLUTE], Form::Rest),
                Metric::Rmse => gain([OTHER_SQUARED, SQUARED], Form::RestOfRoot),
                Metric::R2 => {
                    let columns = [SQUARED_SAVED, ROWS, CENTRED, CENTRED_SQUARE];
                    self.of_variance(OverSpread {
                        columns,
                        form: Form::Plain,
                        scale: Scale::Identity,
                    })
                }
                _ => Way::Known(Err(NoValue::NotApplicable)),
            })
            .collect();
        Ok(measure(&table, wanted, &ways, blocks, plan))
    }

    /// Returns one loss for each row: absolute errors for MAE and WAPE, squared ones for RMSE,
    /// relative ones for MAPE. Other metrics are no means of such.
    ///
    /// # Errors
    /// A target is 0 (MAPE), or the metric is no mean over rows.
    pub fn row_losses(&self, metric: Metric) -> Result<Vec<f64>, NoValue> {
        match metric {
            Metric::Mae | Metric::Wape => Ok(self.errors().map(f64::abs).collect()),
            Metric::Rmse => Ok(self.errors().map(|error| error * error).collect()),
            Metric::Mape => match self.of_nonzero(mean_of([RELATIVE, ROWS])) {
                Way::Known(Err(reason)) => Err(reason),
                _ => Ok(self.relative(&Blocks::rows(self.target.len()))),
            },
            _ => Err(NoValue::NotApplicable),
        }
    }

    fn errors(&self) -> impl Iterator<Item = f64> + 'a {
        self.prediction.iter().zip(self.target).map(|(prediction, target)| prediction - target)
    }

    /// A constant is recognised before its mean is rounded away from it.
    fn of_variance(&self, statistic: OverSpread) -> Way {
        let first = self.target[0].to_bits();
        if self.target.iter().all(|target| target.to_bits() == first) {
            return Way::Known(Err(NoValue::ConstantTarget));
        }
        Way::Sums(Box::new(statistic), NoValue::ConstantTarget)
    }

    /// The absolute errors over the absolute targets; of targets of 0, which have none, 0.
    fn relative(&self, blocks: &Blocks) -> Vec<f64> {
        let errors = self.errors().zip(self.target);
        let share = |(error, target): (f64, &f64)| {
            if *target == 0.0 { 0.0 } else { (error / target).abs() }
        };
        blocks.sums(errors.map(share))
    }

    fn of_nonzero(&self, way: Way) -> Way {
        let rows = self.target.iter().filter(|&&target| target == 0.0).count();
        if rows > 0 { Way::Known(Err(NoValue::ZeroTargets { rows })) } else { way }
    }

    fn centred_target(&self, blocks: &Blocks) -> (Vec<f64>, Vec<f64>) {
        let mean = sum(self.target.iter().copied()) / self.target.len() as f64;
        let centred = || self.target.iter().map(|target| target - mean);
        (blocks.sums(centred()), blocks.sums(centred().map(|target| target * target)))
    }
}

/// Returns the mean of `numbers` with its interval, by boot-t on the numbers' own scale.
///
/// # Errors
/// There are no rows, a number is NaN or infinite, or `blocks` has another number of rows.
pub fn mean(
    numbers: &[f64],
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Result<Estimate, NoValue>, SampleError> {
    check_numbers("the column", numbers, numbers.len())?;
    let mean = Ratio { columns: [1, 0], form: Form::Plain, scale: Scale::Identity };
    let way = Way::Sums(Box::new(mean), NoValue::ZeroDenominator);
    measure_one(&[&vec![1.0; numbers.len()][..], numbers], way, limits, blocks, plan)
}
