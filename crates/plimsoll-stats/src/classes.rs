//! What metrics of two and of more classes have in common.

use crate::blocks::Blocks;
use crate::class_scores::ClassScore;
use crate::class_sums::{ClassSums, WantedScore};
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::measure::{Way, is_by_formula, measure, share};
use crate::metric::{Metric, Wanted};
use crate::plan::Plan;
use crate::proportion::{PairedCounts, wilson};
use crate::sample::SampleError;
use crate::smooth::{Form, Ratio, Scale};
use crate::table::Table;

// Columns of both tables.
const ROWS: usize = 0;
const HITS: usize = 1;
const LOG: usize = 2;
const SQUARED: usize = 3;
// Further columns in the table of two models.
const OTHER_LOG: usize = 4;
const OTHER_SQUARED: usize = 5;

/// The first column that a caller adds to the table of one model.
pub(crate) const ADDED: usize = 4;
/// The first column that a caller adds to the table of two models.
pub(crate) const ADDED_TO_PAIR: usize = 6;

/// The answers of one model: which rows are right, and the losses of its probabilities.
pub(crate) struct Answers {
    pub(crate) hits: Vec<bool>,
    pub(crate) losses: Result<Losses, NoValue>,
}

impl Answers {
    /// Measures one model; `other` has the ways of metrics that need more than hits and losses, by
    /// their positions, and reads the `added` columns.
    pub(crate) fn measure(
        &self,
        wanted: &[Wanted<'_>],
        added: Vec<Vec<f64>>,
        other: impl Fn(&Wanted<'_>, usize) -> Way,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        let mut columns = vec![
            blocks.sums(self.hits.iter().map(|_| 1.0)),
            blocks.sums(self.hits.iter().map(|&hit| f64::from(u8::from(hit)))),
            self.losses_in(blocks, |losses| &losses.log),
            self.losses_in(blocks, |losses| &losses.squared),
        ];
        columns.extend(added);
        let ways: Vec<_> = wanted
            .iter()
            .enumerate()
            .map(|(position, wanted)| match wanted.metric {
                Metric::Accuracy if is_by_formula(blocks, plan) => {
                    Way::Known(Ok(self.accuracy(blocks, plan)))
                }
                Metric::Accuracy => share([HITS, ROWS], NoValue::ZeroDenominator),
                Metric::LogLoss => self.loss([LOG, ROWS], Form::Plain, Scale::Log),
                Metric::Brier => self.loss([SQUARED, ROWS], Form::Plain, Scale::Log),
                _ => other(wanted, position),
            })
            .collect();
        let table = Table::new(blocks.count(), columns)?;
        let mut answers = measure(&table, wanted, &ways, blocks, plan);
        for (answer, wanted) in answers.iter_mut().zip(wanted) {
            if let (Ok(estimate), Ok(losses), Metric::LogLoss) =
                (answer, &self.losses, wanted.metric)
            {
                estimate.clipped_rows = losses.clipped_rows;
            }
        }
        Ok(answers)
    }

    /// Compares `challenger` with this champion on the same rows; `other` as for
    /// [`measure`](Self::measure).
    pub(crate) fn compare(
        &self,
        challenger: &Self,
        wanted: &[Wanted<'_>],
        added: Vec<Vec<f64>>,
        other: impl Fn(&Wanted<'_>, usize) -> Way,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Vec<Result<Estimate, NoValue>>, SampleError> {
        let pairs = self.hits.iter().zip(&challenger.hits);
        let more_hits = pairs.map(|(&old, &new)| f64::from(i8::from(new) - i8::from(old)));
        let mut columns = vec![
            blocks.sums(self.hits.iter().map(|_| 1.0)),
            blocks.sums(more_hits),
            self.losses_in(blocks, |losses| &losses.log),
            self.losses_in(blocks, |losses| &losses.squared),
            challenger.losses_in(blocks, |losses| &losses.log),
            challenger.losses_in(blocks, |losses| &losses.squared),
        ];
        columns.extend(added);
        let saved = |columns| match &challenger.losses {
            Ok(_) => match self.loss(columns, Form::Rest, Scale::LogOfRest) {
                Way::Sums(statistic, _) => Way::Sums(statistic, NoValue::PerfectChampion),
                known @ Way::Known(_) => known,
            },
            Err(reason) => Way::Known(Err(*reason)),
        };
        let ways: Vec<_> = wanted
            .iter()
            .enumerate()
            .map(|(position, wanted)| match wanted.metric {
                Metric::Accuracy if is_by_formula(blocks, plan) => {
                    Way::Known(Ok(self.accuracy_gain(challenger, blocks, plan)))
                }
                Metric::Accuracy => {
                    let columns = [HITS, ROWS];
                    let ratio = Ratio { columns, form: Form::Plain, scale: Scale::Identity };
                    Way::Sums(Box::new(ratio), NoValue::ZeroDenominator)
                }
                Metric::LogLoss => saved([OTHER_LOG, LOG]),
                Metric::Brier => saved([OTHER_SQUARED, SQUARED]),
                _ => other(wanted, position),
            })
            .collect();
        let table = Table::new(blocks.count(), columns)?;
        let mut answers = measure(&table, wanted, &ways, blocks, plan);
        for (answer, wanted) in answers.iter_mut().zip(wanted) {
            let losses = (&self.losses, &challenger.losses, wanted.metric);
            if let (Ok(estimate), (Ok(old), Ok(new), Metric::LogLoss)) = (answer, losses) {
                estimate.clipped_rows = old.clipped_rows + new.clipped_rows;
            }
        }
        Ok(answers)
    }

    /// Returns one loss for each row, of which the metric is the mean (of accuracy the share of wrong
    /// answers).
    pub(crate) fn row_losses(&self, metric: Metric) -> Result<Vec<f64>, NoValue> {
        let losses = || self.losses.as_ref().map_err(|reason| *reason);
        match metric {
            Metric::Accuracy => {
                Ok(self.hits.iter().map(|&hit| f64::from(u8::from(!hit))).collect())
            }
            Metric::LogLoss => Ok(losses()?.log.clone()),
            Metric::Brier => Ok(losses()?.squared.clone()),
            _ => Err(NoValue::NotApplicable),
        }
    }

    fn losses_in(&self, blocks: &Blocks, which: impl Fn(&Losses) -> &Vec<f64>) -> Vec<f64> {
        match &self.losses {
            Ok(losses) => blocks.sums(which(losses).iter().copied()),
            Err(_) => vec![0.0; blocks.count()],
        }
    }

    fn loss(&self, columns: [usize; 2], form: Form, scale: Scale) -> Way {
        match self.losses {
            Ok(_) => Way::Sums(Box::new(Ratio { columns, form, scale }), NoValue::ZeroDenominator),
            Err(reason) => Way::Known(Err(reason)),
        }
    }

    fn accuracy(&self, blocks: &Blocks, plan: &Plan) -> Estimate {
        let hits = self.hits.iter().filter(|&&hit| hit).count();
        let interval = wilson(hits as u64, self.hits.len() as u64, plan.level);
        Estimate::new(hits as f64 / self.hits.len() as f64, interval, blocks)
    }

    fn accuracy_gain(&self, challenger: &Self, blocks: &Blocks, plan: &Plan) -> Estimate {
        let pairs = challenger.hits.iter().zip(&self.hits);
        let counts = PairedCounts::of(pairs.map(|(&new, &old)| (new, old)));
        let gain = (counts.first as f64 - counts.second as f64) / counts.rows() as f64;
        Estimate::new(gain, counts.difference(plan.level), blocks)
    }
}

/// Computes scores of classes, all from the same resamples; of other metrics there is nothing.
///
/// `models` are those of [`ClassSums::new`], and the answers are in the order of `wanted`.
pub(crate) fn class_scores(
    truth: &[u32],
    models: &[(f64, &[u32])],
    wanted: &[Wanted<'_>],
    is_score: impl Fn(Metric) -> bool,
    blocks: &Blocks,
    plan: &Plan,
) -> Vec<Option<Result<Estimate, NoValue>>> {
    let score =
        |wanted: &Wanted<'_>| ClassScore::of(wanted.metric).filter(|_| is_score(wanted.metric));
    let scores: Vec<_> = wanted
        .iter()
        .filter_map(|wanted| Some(WantedScore { score: score(wanted)?, limits: wanted.limits }))
        .collect();
    if scores.is_empty() {
        return vec![None; wanted.len()];
    }
    let classes = models.iter().flat_map(|(_, answers)| answers.iter()).chain(truth);
    let classes = classes.max().map_or(0, |&last| last + 1);
    let bounded = ClassSums::new(truth, models, classes, blocks).bounded(&scores, plan);
    let mut answers = bounded
        .into_iter()
        .map(|bounded| bounded.map(|found| Estimate::new(found.value, found.interval, blocks)));
    wanted.iter().map(|wanted| score(wanted).and_then(|_| answers.next())).collect()
}

/// The way of a metric that is known by its position; elsewhere it does not apply.
pub(crate) fn known(answers: &[Option<Result<Estimate, NoValue>>], position: usize) -> Way {
    Way::Known(answers[position].clone().unwrap_or(Err(NoValue::NotApplicable)))
}
