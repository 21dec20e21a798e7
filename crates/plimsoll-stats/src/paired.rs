//! The losses of two models on the same rows, or any other column of costs, compared.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::interval::{Ends, Interval, Level, Method, Remark, is_carried_by_few};
use crate::measure::{Way, measure_one};
use crate::p_value::PValue;
use crate::plan::{Intervals, Plan};
use crate::quantile::student_upper;
use crate::sample::{SampleError, check_length, check_numbers};
use crate::smooth::{Form, Ratio, Scale};
use crate::sum::sum;
use crate::tails;

/// One loss or cost of each row for the champion and for the challenger, all finite.
///
/// It takes whatever is a sum over rows: absolute errors, quantile losses, the cost of a decision.
#[derive(Clone, Copy, Debug)]
pub struct PairedLosses<'a> {
    champion: &'a [f64],
    challenger: &'a [f64],
}

/// What a challenger has to save, at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Required {
    /// So much a row, in the unit of the losses; below 0 it may cost that much more.
    PerRow(f64),
    /// This share of the champion's loss.
    Share(f64),
}

impl<'a> PairedLosses<'a> {
    /// Puts the losses of the same rows together.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a loss is NaN or infinite.
    pub fn new(champion: &'a [f64], challenger: &'a [f64]) -> Result<Self, SampleError> {
        check_numbers("the champion's loss", champion, champion.len())?;
        check_numbers("the challenger's loss", challenger, champion.len())?;
        Ok(Self { champion, challenger })
    }

    /// Computes how much the challenger saves a row beyond what is `required`: the mean of
    /// `champion - challenger` or, for a share g, of `(1 - g) champion - challenger`, by Student's t
    /// as [`p_above`](Self::p_above).
    ///
    /// It is above 0 exactly where the requirement is met; its limit is 0. Losses of any sign will
    /// do, where a share of the champion's loss may not even be defined. Differences of losses are
    /// nearly symmetric, so t holds its level where boot-t of them does not (`docs`, operating
    /// characteristics); a plan that asks for other intervals gets those.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn saved_beyond(
        &self,
        required: Required,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Result<Estimate, NoValue>, SampleError> {
        check_length("the block column", blocks.row_count(), self.champion.len())?;
        let differences = self.beyond(required);
        if plan.intervals == Intervals::Recommended {
            let mean = Mean::new(&differences, blocks);
            return Ok(
                mean.map(|mean| Estimate::new(mean.value, mean.interval(plan.level), blocks))
            );
        }
        let ratio = Ratio { columns: [1, 0], form: Form::Plain, scale: Scale::Identity };
        let columns = [vec![1.0; differences.len()], differences];
        let way = Way::Sums(Box::new(ratio), NoValue::ZeroDenominator);
        measure_one(&columns, way, &[0.0], blocks, plan)
    }

    /// Computes the share of the champion's loss that the challenger saves, `1 - challenger /
    /// champion`, by paired boot-t on the log of the ratio.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn saved_share(
        &self,
        limits: &[f64],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Result<Estimate, NoValue>, SampleError> {
        let ratio = Ratio { columns: [1, 0], form: Form::Rest, scale: Scale::LogOfRest };
        let way = Way::Sums(Box::new(ratio), NoValue::PerfectChampion);
        measure_one(&[self.champion, self.challenger], way, limits, blocks, plan)
    }

    /// Returns the one-sided p-value of saving no more than `required`: Student's t of the mean of
    /// the differences, with the variance of block sums and one degree of freedom less than blocks.
    ///
    /// Where no block differs from the others it is 0 or 1 by the side that they all lie on; one
    /// block alone tells nothing: 1.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn p_above(
        &self,
        required: Required,
        blocks: &Blocks,
    ) -> Result<Result<PValue, NoValue>, SampleError> {
        check_length("the block column", blocks.row_count(), self.champion.len())?;
        Ok(Mean::new(&self.beyond(required), blocks).map(|mean| mean.p_above_0()))
    }

    fn beyond(&self, required: Required) -> Vec<f64> {
        let (kept, taken) = match required {
            Required::PerRow(amount) => (1.0, amount),
            Required::Share(share) => (1.0 - share, 0.0),
        };
        let rows = self.champion.iter().zip(self.challenger);
        rows.map(|(old, new)| kept * old - new - taken).collect()
    }
}

/// A mean with what block sums say about its error.
struct Mean {
    value: f64,
    error: f64,
    blocks: usize,
    carry: f64,
}

impl Mean {
    fn new(numbers: &[f64], blocks: &Blocks) -> Result<Self, NoValue> {
        let rows = numbers.len() as f64;
        let value = sum(numbers.iter().copied()) / rows;
        let apart = blocks.sums(numbers.iter().map(|number| number - value));
        let squares = sum(apart.iter().map(|sum| sum * sum));
        let size = sum(numbers.iter().map(|number| number * number));
        if !value.is_finite() || !squares.is_finite() || !size.is_finite() {
            return Err(NoValue::OutOfRange);
        }
        let count = apart.len() as f64;
        // What is left of equal numbers after rounding is no spread.
        let error = if squares > 1e-24 * size {
            (count / (count - 1.0) * squares).sqrt() / rows
        } else {
            0.0
        };
        let carry = 1.0 / sum(apart.iter().map(|sum| (sum * sum / squares).powi(2)));
        Ok(Self { value, error, blocks: apart.len(), carry })
    }

    fn degrees(&self) -> f64 {
        self.blocks as f64 - 1.0
    }

    fn interval(&self, level: Level) -> Option<Interval> {
        if self.blocks < 2 {
            return None;
        }
        if self.error <= 0.0 {
            return Some(Interval::constant(level, self.value, Method::StudentT));
        }
        let ends = |level: Level| {
            let half = student_upper(level.tail(), self.degrees()) * self.error;
            Ends { low: self.value - half, high: self.value + half }
        };
        let remark = is_carried_by_few(self.carry, self.blocks).then_some(Remark::FewCarry);
        Some(Interval::new(level, ends, Method::StudentT, remark).with_carry(self.carry))
    }

    fn p_above_0(&self) -> PValue {
        if self.blocks < 2 {
            return PValue::ONE;
        }
        if self.error <= 0.0 {
            return if self.value > 0.0 { PValue::ZERO } else { PValue::ONE };
        }
        tails::student(self.value / self.error, self.degrees()).unwrap_or(PValue::ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn losses() -> (Vec<f64>, Vec<f64>, Vec<u32>) {
        let rows = || (0..120).map(f64::from);
        let champion = rows().map(|i| 2.0 + (0.7 * i).sin() + 0.5 * (2.3 * i).cos()).collect();
        let challenger = rows().map(|i| 1.6 + (0.7 * i).sin() * 0.8 + 0.3 * (1.1 * i).cos());
        (champion, challenger.collect(), (0..120).map(|row| (row * 5 + row / 11) % 13).collect())
    }

    fn plan() -> Plan {
        Plan { resamples: 2_000, most_resamples: 2_000, ..Plan::new(Seed::from(1)) }
    }

    #[test]
    fn p_agrees_with_scipy_and_statsmodels() {
        let (champion, challenger, days) = losses();
        let pair = PairedLosses::new(&champion, &challenger).unwrap();
        let rows = Blocks::rows(120);
        // references/comparison.py: ttest_rel and OLS with clustered errors
        for (required, blocks, p) in [
            (Required::PerRow(0.0), &rows, 7.415_409_983_426_499e-18),
            (Required::PerRow(0.35), &rows, 0.094_903_979_027_297_03),
            (Required::Share(0.15), &rows, 0.001_869_526_892_865_851_6),
            (Required::PerRow(0.35), &Blocks::of_labels(&days), 0.180_069_591_289_643_6),
        ] {
            let found = pair.p_above(required, blocks).unwrap().unwrap().get();
            assert!((found / p - 1.0).abs() < 1e-9, "{required:?}: {found}");
        }
    }

    #[test]
    fn the_interval_ends_where_p_is_its_tail() {
        let (champion, challenger, days) = losses();
        let pair = PairedLosses::new(&champion, &challenger).unwrap();
        for blocks in [Blocks::rows(120), Blocks::of_labels(&days)] {
            let saved = pair.saved_beyond(Required::PerRow(0.0), &blocks, &plan()).unwrap();
            let low = saved.unwrap().interval.unwrap().low;
            let p = pair.p_above(Required::PerRow(low), &blocks).unwrap().unwrap();
            assert!((p.get() - 0.025).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn what_is_saved_beyond_a_share_is_above_0_where_the_share_is_met() {
        let (champion, challenger, _) = losses();
        let pair = PairedLosses::new(&champion, &challenger).unwrap();
        let blocks = Blocks::rows(120);
        let share = pair.saved_share(&[], &blocks, &plan()).unwrap().unwrap();
        for (required, met) in [(share.value - 1e-6, true), (share.value + 1e-6, false)] {
            let required = Required::Share(required);
            let beyond = pair.saved_beyond(required, &blocks, &plan()).unwrap().unwrap();
            assert_eq!(beyond.value > 0.0, met);
        }
        let saved = pair.saved_beyond(Required::PerRow(0.0), &blocks, &plan()).unwrap().unwrap();
        assert!((saved.value - share.value * sum(champion.iter().copied()) / 120.0).abs() < 1e-12);
    }

    #[test]
    fn without_variation_the_side_decides() {
        let pair = PairedLosses::new(&[0.3; 30], &[0.2; 30]).unwrap();
        let blocks = Blocks::rows(30);
        let p = |required| pair.p_above(Required::PerRow(required), &blocks).unwrap();
        assert_eq!((p(0.05), p(0.2)), (Ok(PValue::ZERO), Ok(PValue::ONE)));
        assert_eq!(p(f64::NAN), Err(NoValue::OutOfRange));
        let one_day = Blocks::of_labels(&[1; 30]);
        assert_eq!(pair.p_above(Required::PerRow(0.0), &one_day), Ok(Ok(PValue::ONE)));
        let beyond = pair.saved_beyond(Required::PerRow(f64::NAN), &blocks, &plan()).unwrap();
        assert_eq!(beyond, Err(NoValue::OutOfRange));
        assert!(pair.p_above(Required::PerRow(0.0), &Blocks::rows(29)).is_err());
    }
}
