//! Metrics of several classes.

use crate::blocks::Blocks;
use crate::bootstrap::Bounded;
use crate::classes::Answers;
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::macro_f1::MacroF1;
use crate::measure::Way;
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_length, check_numbers, check_same};

/// True and predicted classes, numbered from 0, and the probabilities of all classes.
#[derive(Clone, Copy, Debug)]
pub struct Multiclass<'a> {
    truth: &'a [u32],
    predicted: &'a [u32],
    classes: u32,
    probability: Option<&'a [f64]>,
}

impl<'a> Multiclass<'a> {
    /// Puts targets and predictions of the same rows together.
    ///
    /// `probability` has one number for each class, row after row; without it there is no log loss
    /// and no Brier score.
    ///
    /// # Errors
    /// There are no rows, the lengths differ, a class is not below `classes`, or a probability is
    /// NaN or infinite.
    pub fn new(
        truth: &'a [u32],
        predicted: &'a [u32],
        classes: u32,
        probability: Option<&'a [f64]>,
    ) -> Result<Self, SampleError> {
        if truth.is_empty() {
            return Err(SampleError::Empty);
        }
        check_length("the prediction", predicted.len(), truth.len())?;
        for (what, column) in [("the target", truth), ("the prediction", predicted)] {
            if let Some(row) = column.iter().position(|&class| class >= classes) {
                return Err(SampleError::UnknownClass { what, class: column[row], classes, row });
            }
        }
        if let Some(probability) = probability {
            check_numbers("the probability", probability, truth.len() * classes as usize)?;
        }
        Ok(Self { truth, predicted, classes, probability })
    }

    /// Computes metrics with their intervals, those of sums from the same resamples.
    ///
    /// Accuracy by Wilson, with declared blocks by boot-t on the logit; F1 is the mean over the
    /// classes that occur, by boot-t on the logit; log loss and Brier score by boot-t on the log.
    /// AUC does not apply. Answers come in the order of `wanted`.
    ///
    /// # Errors
    /// `blocks` has another number of rows.
    pub fn measure(
        &self,
        wanted: &[Wanted<'_>],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        check_length("the block column", blocks.row_count(), self.truth.len())?;
        let other =
            |wanted: &Wanted<'_>| self.macro_f1(&[(1.0, self.predicted)], wanted, blocks, plan);
        self.answers().measure(wanted, Vec::new(), other, blocks, plan)
    }

    /// Computes how much better `challenger` is, on the same rows: relative gains in log loss and
    /// Brier score, differences in accuracy (without declared blocks Newcombe's paired interval)
    /// and F1. Positive is better.
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
        check_same(self.truth, challenger.truth)?;
        check_length("the block column", blocks.row_count(), self.truth.len())?;
        let models = [(1.0, challenger.predicted), (-1.0, self.predicted)];
        let other = |wanted: &Wanted<'_>| self.macro_f1(&models, wanted, blocks, plan);
        let (old, new) = (self.answers(), challenger.answers());
        old.compare(&new, wanted, Vec::new(), other, blocks, plan)
    }

    fn answers(&self) -> Answers {
        let hits = self.truth.iter().zip(self.predicted).map(|(truth, answer)| truth == answer);
        let losses = self.probability.map_or(Err(NoValue::NoProbabilities), |probability| {
            Losses::of_classes(self.truth, probability, self.classes)
        });
        Answers { hits: hits.collect(), losses }
    }

    fn macro_f1(
        &self,
        models: &[(f64, &[u32])],
        wanted: &Wanted<'_>,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Way {
        if wanted.metric != Metric::F1 {
            return Way::Known(Err(NoValue::NotApplicable));
        }
        let classes = models.iter().flat_map(|(_, answers)| answers.iter()).chain(self.truth);
        let classes = classes.max().map_or(0, |&last| last + 1);
        let bounded =
            MacroF1::new(self.truth, models, classes, blocks).bounded(wanted.limits, plan);
        let estimate = |found: Bounded| Estimate::new(found.value, found.interval, blocks);
        Way::Known(bounded.map(estimate))
    }
}
