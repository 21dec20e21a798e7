//! Metrics of a positive and a negative class.

use crate::auc::Placements;
use crate::auc_blocks;
use crate::average_precision::AveragePrecision;
use crate::blocks::Blocks;
use crate::classes::{ADDED, ADDED_TO_PAIR, Answers, class_scores, known};
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::measure::{Way, is_by_formula, share};
use crate::metric::{Metric, Wanted};
use crate::parts::{Part, Rows};
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
    /// Accuracy, precision, recall and specificity by Wilson (of the rows that each counts), with
    /// declared blocks by boot-t on the logit; F1 of the positive class and balanced accuracy by
    /// boot-t on the logit; average precision by t on the logit; kappa and MCC by boot-t on Fisher's
    /// z; log loss and Brier score by boot-t on the log; AUC by `DeLong` on the logit, with declared blocks by
    /// the percentile interval of whole blocks. Weighted forms are of several classes only. Answers come in the order of
    /// `wanted`.
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
        let (truth, predicted) = (numbered(self.positive), numbered(self.predicted));
        let models = [(1.0, &predicted[..])];
        let scores = class_scores(&truth, &models, wanted, is_of_both_classes, blocks, plan);
        let other = |wanted: &Wanted<'_>, position: usize| {
            if let Some(part) = Part::of(wanted.metric) {
                if is_by_formula(blocks, plan) {
                    return Way::Known(self.rows().share(part, blocks, plan));
                }
                return share(part.columns(ADDED), NoValue::ZeroDenominator);
            }
            match wanted.metric {
                Metric::F1 => share([ADDED, ADDED + 1], NoValue::NoSuchClass),
                Metric::Auc => Way::Known(self.auc(wanted.limits, blocks, plan)),
                Metric::AveragePrecision => {
                    Way::Known(self.average_precision(&[self], wanted.limits, blocks, plan))
                }
                _ => known(&scores, position),
            }
        };
        self.answers().measure(wanted, self.rows().columns(blocks), other, blocks, plan)
    }

    /// Computes how much better `challenger` is, on the same rows, with intervals from the same
    /// resamples of both: relative gains in log loss and Brier score, differences in the others
    /// (see [`Metric::gain`]). Positive is better.
    ///
    /// Without declared blocks differences in accuracy, recall and specificity have Newcombe's
    /// paired interval and that in AUC `DeLong`'s.
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
        let truth = numbered(self.positive);
        let (old, new) = (numbered(self.predicted), numbered(challenger.predicted));
        let models = [(1.0, &new[..]), (-1.0, &old[..])];
        let scores = class_scores(&truth, &models, wanted, is_of_both_classes, blocks, plan);
        let difference = |[of_new, of_old]: [[usize; 2]; 2], undefined| {
            let columns = [of_new[0], of_new[1], of_old[0], of_old[1]];
            Way::Sums(Box::new(RatioDifference { columns }), undefined)
        };
        let (of_new, of_old) = (ADDED_TO_PAIR, ADDED_TO_PAIR + Part::COLUMNS);
        let other = |wanted: &Wanted<'_>, position: usize| {
            if let Some(part) = Part::of(wanted.metric) {
                if part.is_of_truth() && is_by_formula(blocks, plan) {
                    return Way::Known(self.rows().gain(part, challenger.rows(), blocks, plan));
                }
                let columns = [part.columns(of_new), part.columns(of_old)];
                return difference(columns, NoValue::ZeroDenominator);
            }
            match wanted.metric {
                Metric::F1 => {
                    let columns = [[of_new, of_new + 1], [of_old, of_old + 1]];
                    difference(columns, NoValue::NoSuchClass)
                }
                Metric::Auc => Way::Known(self.auc_gain(challenger, wanted.limits, blocks, plan)),
                Metric::AveragePrecision => {
                    let models = [challenger, self];
                    Way::Known(self.average_precision(&models, wanted.limits, blocks, plan))
                }
                _ => known(&scores, position),
            }
        };
        let added = [challenger.rows().columns(blocks), self.rows().columns(blocks)].concat();
        self.answers().compare(&challenger.answers(), wanted, added, other, blocks, plan)
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
        let hits = self.positive.iter().zip(self.predicted).map(|(truth, answer)| truth == answer);
        let losses = self
            .score
            .map_or(Err(NoValue::NoProbabilities), |score| Losses::of_binary(self.positive, score));
        Answers { hits: hits.collect(), losses }
    }

    fn rows(&self) -> Rows<'a> {
        Rows { positive: self.positive, predicted: self.predicted }
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

    /// That of one model, or of a challenger less that of a champion.
    fn average_precision(
        &self,
        models: &[&Self],
        limits: &[f64],
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Estimate, NoValue> {
        let scores: Option<Vec<&[f64]>> = models.iter().map(|model| model.score).collect();
        let scores = scores.ok_or(NoValue::NoProbabilities)?;
        let found = AveragePrecision::new(self.positive, &scores, blocks)?.bounded(limits, plan)?;
        Ok(Estimate::new(found.value, found.interval, blocks))
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

/// The scores of classes that treat both classes alike.
fn is_of_both_classes(metric: Metric) -> bool {
    matches!(metric, Metric::BalancedAccuracy | Metric::Kappa | Metric::Mcc)
}

fn numbered(positive: &[bool]) -> Vec<u32> {
    positive.iter().map(|&positive| u32::from(positive)).collect()
}
