//! Precision, recall and specificity: shares of right answers in a part of the rows.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, NoValue};
use crate::metric::Metric;
use crate::plan::Plan;
use crate::proportion::{PairedCounts, wilson};

/// Which rows are positive, and which are predicted to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) positive: &'a [bool],
    pub(crate) predicted: &'a [bool],
}

/// The rows in which the share of right answers is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those predicted positive: precision.
    Predicted,
    /// The positive ones: recall.
    Positive,
    /// The negative ones: specificity.
    Negative,
}

impl Part {
    /// How many columns [`Rows::columns`] has.
    pub(crate) const COLUMNS: usize = 8;

    const ALL: [Self; 3] = [Self::Predicted, Self::Positive, Self::Negative];

    pub(crate) fn of(metric: Metric) -> Option<Self> {
        match metric {
            Metric::Precision => Some(Self::Predicted),
            Metric::Recall => Some(Self::Positive),
            Metric::Specificity => Some(Self::Negative),
            _ => None,
        }
    }

    /// Returns whether it has the same rows whatever is predicted.
    pub(crate) fn is_of_truth(self) -> bool {
        self != Self::Predicted
    }

    /// Its columns of hits and of rows, where those of a model start at `first`.
    pub(crate) fn columns(self, first: usize) -> [usize; 2] {
        let place = first + 2 + 2 * self as usize;
        [place, place + 1]
    }

    fn holds(self, truth: bool, answer: bool) -> bool {
        match self {
            Self::Predicted => answer,
            Self::Positive => truth,
            Self::Negative => !truth,
        }
    }
}

impl<'a> Rows<'a> {
    /// `2 TP` and `2 TP + FP + FN`, then hits and rows of each [`Part`].
    pub(crate) fn columns(self, blocks: &Blocks) -> Vec<Vec<f64>> {
        let column = |count: &dyn Fn(bool, bool) -> u8| {
            blocks.sums(self.answers().map(|(truth, answer)| f64::from(count(truth, answer))))
        };
        let mut columns = vec![
            column(&|truth, answer| 2 * u8::from(truth && answer)),
            column(&|truth, answer| u8::from(truth) + u8::from(answer)),
        ];
        for part in Part::ALL {
            columns.push(column(&|truth, answer| {
                u8::from(part.holds(truth, answer) && truth == answer)
            }));
            columns.push(column(&|truth, answer| u8::from(part.holds(truth, answer))));
        }
        columns
    }

    /// Returns the share of right answers in a part, by Wilson.
    pub(crate) fn share(
        self,
        part: Part,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Estimate, NoValue> {
        let (mut hits, mut held) = (0_u64, 0_u64);
        for (truth, answer) in self.answers().filter(|&(truth, answer)| part.holds(truth, answer)) {
            held += 1;
            hits += u64::from(truth == answer);
        }
        let interval = wilson(hits, held, plan.level).ok_or(NoValue::ZeroDenominator)?;
        Ok(Estimate::new(hits as f64 / held as f64, Some(interval), blocks))
    }

    /// Returns the gain of `challenger` in a part that is the same for both, by Newcombe's paired
    /// interval.
    pub(crate) fn gain(
        self,
        part: Part,
        challenger: Self,
        blocks: &Blocks,
        plan: &Plan,
    ) -> Result<Estimate, NoValue> {
        let rows = challenger.answers().zip(self.predicted);
        let held = rows.filter(|&((truth, _), _)| part.holds(truth, truth));
        let counts =
            PairedCounts::of(held.map(|((truth, new), &old)| (new == truth, old == truth)));
        let interval = counts.difference(plan.level).ok_or(NoValue::ZeroDenominator)?;
        let gain = (counts.first as f64 - counts.second as f64) / counts.rows() as f64;
        Ok(Estimate::new(gain, Some(interval), blocks))
    }

    fn answers(self) -> impl Iterator<Item = (bool, bool)> + use<'a> {
        self.positive.iter().copied().zip(self.predicted.iter().copied())
    }
}
