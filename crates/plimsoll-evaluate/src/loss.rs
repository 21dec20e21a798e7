//! What each row costs: the losses that checks compare.

use plimsoll_core::evidence::Metric;
use plimsoll_predict::Scores;

use crate::outcomes::Outcomes;
use crate::truth::Truth;

/// A loss of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The distance of a number from the truth, in its unit.
    Absolute,
    /// The squared distance of probabilities from what happened (Brier).
    Brier,
    /// Minus the logarithm of the probability that the truth was given, clipped at the epsilon of
    /// 64-bit floats as the metric is.
    Log,
    /// 1 for a wrong class, 0 for the right one.
    Wrong,
}

impl Loss {
    /// Returns the loss that says most about these outcomes without being carried by a few rows.
    pub(crate) fn usual(outcomes: &Outcomes) -> Self {
        match outcomes {
            Outcomes::Regression { .. } => Self::Absolute,
            _ if has_probabilities(outcomes) => Self::Brier,
            _ => Self::Wrong,
        }
    }

    /// Returns the loss whose mean, or whose ratio to the truth, is this metric.
    pub(crate) fn of_metric(metric: Metric) -> Option<Self> {
        Some(match metric {
            Metric::Mae | Metric::Wape => Self::Absolute,
            Metric::Accuracy => Self::Wrong,
            Metric::LogLoss => Self::Log,
            Metric::Brier => Self::Brier,
            _ => return None,
        })
    }

    /// Returns its name in words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute error",
            Self::Brier => "squared error of probabilities",
            Self::Log => "log loss",
            Self::Wrong => "wrong answers",
        }
    }

    /// Returns the loss of each row; `None` where the outcomes have no such loss.
    pub(crate) fn of(self, outcomes: &Outcomes) -> Option<Vec<f64>> {
        match (self, outcomes) {
            (Self::Absolute, Outcomes::Regression { truth, prediction, .. }) => {
                Some(truth.iter().zip(prediction).map(|(y, p)| (p - y).abs()).collect())
            }
            (Self::Wrong, Outcomes::Binary { truth, predicted, .. }) => {
                Some(wrong(truth, predicted))
            }
            (Self::Wrong, Outcomes::Multiclass { truth, predicted, .. }) => {
                Some(wrong(truth, predicted))
            }
            (
                Self::Brier | Self::Log,
                Outcomes::Binary { truth, scores: Some(Scores::Probability(scores)), .. },
            ) => {
                let rows = truth.iter().zip(scores);
                let of_truth = rows.map(|(truth, p)| if *truth { *p } else { 1.0 - p });
                let loss = |p: f64| if self == Self::Log { log(p) } else { (1.0 - p).powi(2) };
                Some(of_truth.map(loss).collect())
            }
            (
                Self::Brier | Self::Log,
                Outcomes::Multiclass { classes, truth, probability: Some(all), .. },
            ) => {
                let rows = truth.iter().zip(all.chunks_exact(classes.len().max(1)));
                let loss = |(truth, row): (&u32, &[f64])| {
                    let of_truth = row.get(*truth as usize).copied().unwrap_or(0.0);
                    if self == Self::Log {
                        return log(of_truth);
                    }
                    let squares: f64 = row.iter().map(|p| p * p).sum();
                    squares - 2.0 * of_truth + 1.0
                };
                Some(rows.map(loss).collect())
            }
            _ => None,
        }
    }

    /// Returns what each row of `truth` costs the simplest model, one that always answers the same:
    /// the median of `known`, its shares of classes, or its most frequent class.
    pub(crate) fn of_simplest(self, known: &Truth, truth: &Truth) -> Option<Vec<f64>> {
        match (known, truth) {
            (Truth::Numbers(known), Truth::Numbers(truth)) if self == Self::Absolute => {
                let middle = median(known)?;
                Some(truth.iter().map(|y| (y - middle).abs()).collect())
            }
            (
                Truth::Classes { classes, of_row, .. },
                Truth::Classes { classes: others, of_row: rows, positive },
            ) => {
                let shares = shares(classes, of_row, others);
                let most = (0..shares.len()).rev().max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
                // Of two classes the loss is that of one probability, as the metric has it.
                let half = if positive.is_some() { 0.5 } else { 1.0 };
                let squares: f64 = shares.iter().map(|share| share * share).sum();
                let loss = |row: &usize| match self {
                    Self::Wrong => f64::from(u8::from(Some(*row) != most)),
                    Self::Log => log(shares[*row]),
                    _ => half * (squares - 2.0 * shares[*row] + 1.0),
                };
                Some(rows.iter().map(loss).collect())
            }
            _ => None,
        }
    }
}

/// Tells whether outcomes have probabilities, and not only scores that rank.
pub(crate) fn has_probabilities(outcomes: &Outcomes) -> bool {
    match outcomes {
        Outcomes::Regression { .. } => false,
        Outcomes::Binary { scores, .. } => matches!(scores, Some(Scores::Probability(_))),
        Outcomes::Multiclass { probability, .. } => probability.is_some(),
    }
}

/// Returns the share that each of `wanted` has among the rows of `classes`.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn shares(
    classes: &[plimsoll_predict::Class],
    of_row: &[usize],
    wanted: &[plimsoll_predict::Class],
) -> Vec<f64> {
    let mut counts = vec![0_usize; classes.len()];
    for class in of_row {
        counts[*class] += 1;
    }
    let share = |wanted: &plimsoll_predict::Class| {
        let place = classes.iter().position(|class| class.is(wanted));
        place.map_or(0.0, |place| counts[place] as f64 / of_row.len().max(1) as f64)
    };
    wanted.iter().map(share).collect()
}

fn wrong<T: PartialEq>(truth: &[T], predicted: &[T]) -> Vec<f64> {
    truth.iter().zip(predicted).map(|(y, p)| f64::from(u8::from(y != p))).collect()
}

fn log(p: f64) -> f64 {
    -p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// Returns the middle of numbers.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    plimsoll_stats::quantile::of_sorted(&sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use plimsoll_predict::Class;
    use plimsoll_stats::blocks::Blocks;

    use super::*;
    use crate::measure::{MetricChoice, measure, plan};

    fn mean(losses: &[f64]) -> f64 {
        losses.iter().sum::<f64>() / f64::from(u32::try_from(losses.len()).unwrap())
    }

    fn agrees(outcomes: &Outcomes, pairs: &[(Loss, Metric)]) {
        let rows = Blocks::rows(outcomes.rows());
        let measured =
            measure(outcomes, &rows, MetricChoice::default(), None, &plan(&[], 0)).unwrap();
        for (loss, metric) in pairs {
            let value = measured.iter().find(|m| m.metric == *metric).unwrap().value.unwrap();
            let value = if *metric == Metric::Accuracy { 1.0 - value } else { value };
            assert!((mean(&loss.of(outcomes).unwrap()) - value).abs() < 1e-12, "{metric}");
        }
    }

    #[test]
    fn the_mean_of_a_loss_is_the_metric() {
        let numbers = Outcomes::numbers(vec![1.0, 2.0, 5.0], vec![2.0, 2.5, 1.0]);
        agrees(&numbers, &[(Loss::Absolute, Metric::Mae)]);
        let classes = [
            (Loss::Wrong, Metric::Accuracy),
            (Loss::Log, Metric::LogLoss),
            (Loss::Brier, Metric::Brier),
        ];
        let binary = Outcomes::Binary {
            truth: vec![true, false, true],
            predicted: vec![true, true, false],
            scores: Some(Scores::Probability(vec![0.9, 0.7, 0.2])),
        };
        agrees(&binary, &classes);
        let several = Outcomes::Multiclass {
            classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
            truth: vec![0, 2, 1],
            predicted: vec![0, 0, 1],
            probability: Some(vec![0.6, 0.3, 0.1, 0.5, 0.2, 0.3, 0.1, 0.8, 0.1]),
        };
        agrees(&several, &classes);
        assert_eq!(Loss::Log.of(&numbers), None);
    }

    #[test]
    fn the_simplest_model_answers_what_is_known() {
        let numbers = |values: &[f64]| Truth::Numbers(values.to_vec());
        let losses = Loss::Absolute.of_simplest(&numbers(&[1.0, 2.0, 9.0]), &numbers(&[2.0, 4.0]));
        assert_eq!(losses.unwrap(), [0.0, 2.0]);
        let classes = |of_row: &[usize], positive| Truth::Classes {
            classes: vec![Class::Int(0), Class::Int(1)],
            of_row: of_row.to_vec(),
            positive,
        };
        let known = classes(&[0, 0, 0, 1], Some(1));
        let truth = classes(&[0, 1], Some(1));
        let of = |loss: Loss| loss.of_simplest(&known, &truth).unwrap();
        assert_eq!(of(Loss::Wrong), [0.0, 1.0]);
        assert_eq!(of(Loss::Brier), [0.0625, 0.5625]);
        let several = Loss::Brier.of_simplest(&classes(&[0, 1], None), &classes(&[0], None));
        assert_eq!(several.unwrap(), [0.5]);
    }
}
