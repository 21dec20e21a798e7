//! What metrics of two and of more classes have in common.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::losses::Losses;
use crate::measure::{Way, measure};
use crate::metric::{Metric, Wanted};
use crate::plan::{Intervals, Plan};
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
    /// Measures one model; `other` has the ways of metrics that need more than hits and losses,
    /// and reads the `added` columns.
    pub(crate) fn measure(
        &self,
        wanted: &[Wanted<'_>],
        added: Vec<Vec<f64>>,
        other: impl Fn(&Wanted<'_>) -> Way,
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
            .map(|wanted| match wanted.metric {
                Metric::Accuracy if is_by_formula(blocks, plan) => {
                    Way::Known(Ok(self.accuracy(blocks, plan)))
                }
                Metric::Accuracy => share([HITS, ROWS], NoValue::ZeroDenominator),
                Metric::LogLoss => self.loss([LOG, ROWS], Form::Plain, Scale::Log),
                Metric::Brier => self.loss([SQUARED, ROWS], Form::Plain, Scale::Log),
                _ => other(wanted),
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
        other: impl Fn(&Wanted<'_>) -> Way,
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
            .map(|wanted| match wanted.metric {
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
                _ => other(wanted),
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
        Estimate::new(fraction(hits, self.hits.len()), interval, blocks)
    }

    fn accuracy_gain(&self, challenger: &Self, blocks: &Blocks, plan: &Plan) -> Estimate {
        let mut counts = PairedCounts::default();
        for (&old, &new) in self.hits.iter().zip(&challenger.hits) {
            *match (new, old) {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.first,
                (false, true) => &mut counts.second,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        let of = |hits: &[bool]| fraction(hits.iter().filter(|&&hit| hit).count(), hits.len());
        let gain = of(&challenger.hits) - of(&self.hits);
        Estimate::new(gain, counts.difference(plan.level), blocks)
    }
}

/// Returns whether shares and areas have intervals by a formula: of rows on their own, unless the
/// plan asks for resampling.
pub(crate) fn is_by_formula(blocks: &Blocks, plan: &Plan) -> bool {
    blocks.declared_count().is_none() && plan.intervals == Intervals::Recommended
}

/// The way of a share by boot-t on the logit.
pub(crate) fn share(columns: [usize; 2], undefined: NoValue) -> Way {
    Way::Sums(Box::new(Ratio { columns, form: Form::Plain, scale: Scale::Logit }), undefined)
}

fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
