//! Truth and prediction of the same rows, by task.

use plimsoll_core::project::Task;
use plimsoll_predict::{Quantiles, Scores};

/// Truth and prediction of the same rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcomes {
    /// Numbers.
    Regression {
        /// The truth, all finite.
        truth: Vec<f64>,
        /// The prediction, all finite.
        prediction: Vec<f64>,
        /// Its quantiles, where they are predicted too.
        quantiles: Option<Quantiles>,
    },
    /// Two classes.
    Binary {
        /// Whether a row is positive.
        truth: Vec<bool>,
        /// Whether it is predicted to be.
        predicted: Vec<bool>,
        /// What speaks for being positive, where the model says.
        scores: Option<Scores>,
    },
    /// Several classes, numbered in the order of their names.
    Multiclass {
        /// The names of the classes.
        classes: Vec<String>,
        /// The class of a row.
        truth: Vec<u32>,
        /// The predicted class.
        predicted: Vec<u32>,
        /// The probabilities of all classes, row after row, where the model gives them.
        probability: Option<Vec<f64>>,
    },
}

impl Outcomes {
    /// Puts numbers together, without quantiles.
    pub fn numbers(truth: Vec<f64>, prediction: Vec<f64>) -> Self {
        Self::Regression { truth, prediction, quantiles: None }
    }

    /// Returns the predicted quantiles.
    pub(crate) fn quantiles(&self) -> Option<&Quantiles> {
        match self {
            Self::Regression { quantiles, .. } => quantiles.as_ref(),
            _ => None,
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Regression { truth, .. } => truth.len(),
            Self::Binary { truth, .. } => truth.len(),
            Self::Multiclass { truth, .. } => truth.len(),
        }
    }

    /// Returns what is predicted.
    pub fn task(&self) -> Task {
        match self {
            Self::Regression { .. } => Task::Regression,
            Self::Binary { .. } => Task::Binary,
            Self::Multiclass { .. } => Task::Multiclass,
        }
    }

    /// Returns the rows for which `chosen` holds, in order.
    #[must_use]
    pub fn only(&self, chosen: &[bool]) -> Self {
        match self {
            Self::Regression { truth, prediction, quantiles } => Self::Regression {
                truth: pick(truth, chosen, 1),
                prediction: pick(prediction, chosen, 1),
                quantiles: quantiles.as_ref().map(|all| Quantiles {
                    values: pick(&all.values, chosen, all.levels.len()),
                    levels: all.levels.clone(),
                }),
            },
            Self::Binary { truth, predicted, scores } => Self::Binary {
                truth: pick(truth, chosen, 1),
                predicted: pick(predicted, chosen, 1),
                scores: scores.as_ref().map(|scores| match scores {
                    Scores::Probability(values) => Scores::Probability(pick(values, chosen, 1)),
                    Scores::Ranking(values) => Scores::Ranking(pick(values, chosen, 1)),
                }),
            },
            Self::Multiclass { classes, truth, predicted, probability } => Self::Multiclass {
                classes: classes.clone(),
                truth: pick(truth, chosen, 1),
                predicted: pick(predicted, chosen, 1),
                probability: probability.as_ref().map(|all| pick(all, chosen, classes.len())),
            },
        }
    }
}

/// Returns the chosen rows of `values`, which has `width` values for each.
pub(crate) fn pick<T: Clone>(values: &[T], chosen: &[bool], width: usize) -> Vec<T> {
    let rows = values.chunks_exact(width.max(1)).zip(chosen);
    rows.filter(|(_, chosen)| **chosen).flat_map(|(row, _)| row.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_picked_whole() {
        let all = Outcomes::Multiclass {
            classes: vec!["a".into(), "b".into()],
            truth: vec![0, 1, 0],
            predicted: vec![0, 0, 1],
            probability: Some(vec![0.9, 0.1, 0.6, 0.4, 0.3, 0.7]),
        };
        let Outcomes::Multiclass { truth, probability, .. } = all.only(&[true, false, true]) else {
            panic!("another task")
        };
        assert_eq!((truth, probability), (vec![0, 0], Some(vec![0.9, 0.1, 0.3, 0.7])));
    }
}
