//! Metrics of several classes.

use crate::blocks::Blocks;
use crate::classes::{Answers, class_scores, known};
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::sample::{SampleError, check_class, check_length, check_numbers, check_same};

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
        check_class("the target", truth, classes)?;
        check_class("the prediction", predicted, classes)?;
        if let Some(probability) = probability {
            check_numbers("the probability", probability, truth.len() * classes as usize)?;
        }
        Ok(Self { truth, predicted, classes, probability })
    }

    /// Computes metrics with their intervals, those of sums from the same resamples.
    ///
    /// Accuracy by Wilson, with declared blocks by boot-t on the logit; F1, precision, recall and
    /// balanced accuracy are means over classes, by boot-t on the logit, as are their weighted
    /// forms; kappa and MCC by boot-t on Fisher's z; log loss and Brier score by boot-t on the log.
    /// AUC, average precision and specificity do not apply. Answers come in the order of `wanted`.
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
        let models = [(1.0, self.predicted)];
        let scores = class_scores(self.truth, &models, wanted, |_| true, blocks, plan);
        let other = |_: &Wanted<'_>, position: usize| known(&scores, position);
        self.answers().measure(wanted, Vec::new(), other, blocks, plan)
    }

    /// Computes how much better `challenger` is, on the same rows: relative gains in log loss and
    /// Brier score, differences in accuracy (without declared blocks Newcombe's paired interval)
    /// and the scores of classes. Positive is better.
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
        let scores = class_scores(self.truth, &models, wanted, |_| true, blocks, plan);
        let other = |_: &Wanted<'_>, position: usize| known(&scores, position);
        let (old, new) = (self.answers(), challenger.answers());
        old.compare(&new, wanted, Vec::new(), other, blocks, plan)
    }

    /// Returns one loss for each row: wrong answers for accuracy, `-ln` of the probability of the
    /// truth for log loss, squared errors for Brier. Other metrics are no means of such.
    ///
    /// # Errors
    /// There are no probabilities, or the metric is no mean over rows.
    pub fn row_losses(&self, metric: Metric) -> Result<Vec<f64>, NoValue> {
        self.answers().row_losses(metric)
    }

    fn answers(&self) -> Answers {
        let hits = self.truth.iter().zip(self.predicted).map(|(truth, answer)| truth == answer);
        let losses = self.probability.map_or(Err(NoValue::NoProbabilities), |probability| {
            Losses::of_classes(self.truth, probability, self.classes)
        });
        Answers { hits: hits.collect(), losses }
    }
}
