//! Metrics of a positive and a negative class.

use crate::auc::Placements;
use crate::auc_blocks;
use crate::blocks::Blocks;
use crate::classes::{ADDED, ADDED_TO_PAIR, Answers, is_by_formula, share};
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::measure::Way;
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_numbers, check_same};
use crate::smooth::RatioDifference;

/// Which rows are positive, which are predicted to be, and the scores of being positive.
#[derive(Clone, Copy, Debug)]
pub struct Binary<'a> {
    positive: &'a [bool],
    predicted: &'a [bool],
    score: Option<&'a [f64]>,
}

impl<'a> Binary<'a> {
    /// Puts targets, predictions and scores of the same rows together.
    ///
    /// Scores rise with the chance of being positive. If they are probabilities there are log loss
    /// and Brier score; without scores there is no AUC either.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, or a score is NaN or infinite.
    pub fn new(
        positive: &'a [bool],
        predicted: &'a [bool],
        score: Option<&'a [f64]>,
    ) -> Result<Self, SampleError> {
        if positive.is_empty() {
            return Err(SampleError::Empty);
        }
        check_length("the prediction", predicted.len(), positive.len())?;
        if let Some(score) = score {
            check_numbers("the score", score, positive.len())?;
        }
        Ok(Self { positive, predicted, score })
    }

    /// Computes metrics with their intervals, those of sums from the same resamples.
    ///
    /// Accuracy by Wilson, with declared blocks by boot-t on the logit; F1 of the positive class by
    /// boot-t on the logit; log loss and Brier score by boot-t on the log; AUC by `DeLong` on the
    /// logit, with declared blocks by the percentile interval of whole blocks. Answers come in the
    /// order of `wanted`.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn measure(
        &self,
        wanted: &[Wanted<'_>],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_length("the block column", blocks.row_count(), self.positive.len())?;
        let other = |wanted: &Wanted<'_>| match wanted.metric {
            Metric::F1 => share([ADDED, ADDED + 1], NoValue::NoSuchClass),
            Metric::Auc => Way::Known(self.auc(wanted.limits, blocks, plan)),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        let added = self.f1_columns(blocks).to_vec();
        self.answers().measure(wanted, added, other, blocks, plan)
    }

    /// Computes how much better `challenger` is, on the same rows, with intervals from the same
    /// resamples of both: relative gains in log loss and Brier score, differences in accuracy, F1
    /// and AUC (see [`Metric::gain`]). Positive is better.
    ///
    /// Without declared blocks the difference in accuracy has Newcombe's paired interval and that
    /// in AUC `DeLong`'s.
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
        check_same(self.positive, challenger.positive)?;
        check_length("the block column", blocks.row_count(), self.positive.len())?;
        let other = |wanted: &Wanted<'_>| match wanted.metric {
            Metric::F1 => {
                let columns =
                    [ADDED_TO_PAIR, ADDED_TO_PAIR + 1, ADDED_TO_PAIR + 2, ADDED_TO_PAIR + 3];
                Way::Sums(Box::new(RatioDifference { columns }), NoValue::NoSuchClass)
            }
            Metric::Auc => Way::Known(self.auc_gain(challenger, wanted.limits, blocks, plan)),
            _ => Way::Known(Err(NoValue::NotApplicable)),
        };
        let added = [challenger.f1_columns(blocks), self.f1_columns(blocks)].concat();
        self.answers().compare(&challenger.answers(), wanted, added, other, blocks, plan)
    }

    fn answers(&self) -> Answers {
        let hits = self.positive.iter().zip(self.predicted).map(|(truth, answer)| truth == answer);
        let losses = self
            .score
            .map_or(Err(NoValue::NoProbabilities), |score| Losses::of_binary(self.positive, score));
        Answers { hits: hits.collect(), losses }
    }

    /// `2 TP` and `2 TP + FP + FN`.
    fn f1_columns(&self, blocks: &Blocks) -> [Vec<f64>; 2] {
        let rows = || self.positive.iter().zip(self.predicted);
        let either =
            |(&truth, &answer): (&bool, &bool)| f64::from(u8::from(truth) + u8::from(answer));
        let both = |(&truth, &answer): (&bool, &bool)| if truth && answer { 2.0 } else { 0.0 };
        [blocks.sums(rows().map(both)), blocks.sums(rows().map(either))]
    }

    fn auc(&self, limits: &[f64], blocks: &Blocks, plan: &Plan) -> Result<Estimate, NoValue> {
        let score = self.score.ok_or(NoValue::NoProbabilities)?;
        let placements = Placements::new(self.positive, score)?;
        let interval = if is_by_formula(blocks, plan) {
            Some(placements.interval(plan.level))
        } else {
            auc_blocks::interval(self.positive, score, &placements, limits, blocks, plan)
        };
        Ok(Estimate::new(placements.auc, interval, blocks))
    }

    fn auc_gain(
        &self,
        challenger: &Self,
        limits: &[f64],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Estimate, NoValue> {
        let (Some(old), Some(new)) = (self.score, challenger.score) else {
            return Err(NoValue::NoProbabilities);
        };
        let champion = Placements::new(self.positive, old)?;
        let better = Placements::new(self.positive, new)?;
        let interval = if is_by_formula(blocks, plan) {
            Some(better.gain_interval(&champion, plan.level))
        } else {
            let models = [(old, &champion), (new, &better)];
            auc_blocks::gain_interval(self.positive, models, limits, blocks, plan)
        };
        Ok(Estimate::new(better.auc - champion.auc, interval, blocks))
    }
}
