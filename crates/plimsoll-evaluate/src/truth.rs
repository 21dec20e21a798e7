//! The target of the test set, as the task needs it.

use arrow::array::RecordBatch;
use plimsoll_core::project::Task;
use plimsoll_predict::{Class, Predictions};
use serde_json::Value;

use crate::column::{self, ColumnError};
use crate::outcomes::Outcomes;

/// More classes than this are no classes but numbers or names.
const MOST_CLASSES: usize = 1000;

/// The target cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TruthError {
    /// The column cannot be used.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// A binary target has other values than two.
    #[error("target `{target}` has {count} values where two are expected: {values}")]
    NotBinary {
        /// The column.
        target: String,
        /// How many.
        count: usize,
        /// Some of them.
        values: String,
    },
    /// The positive class is none of the target's values.
    #[error("`positive: {positive}` is no value of target `{target}` ({values})")]
    NoPositive {
        /// The column.
        target: String,
        /// The declared class.
        positive: String,
        /// The values.
        values: String,
    },
    /// There are too many values to be classes.
    #[error("target `{target}` has {count} values, at most {MOST_CLASSES} classes are accepted")]
    TooManyClasses {
        /// The column.
        target: String,
        /// How many.
        count: usize,
    },
}

/// The truth of each row.
#[derive(Clone, Debug)]
pub(crate) enum Truth {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Classes, by their place in the list.
    Classes {
        /// The values of the target, sorted.
        classes: Vec<Class>,
        /// The class of each row.
        of_row: Vec<usize>,
        /// The place of the positive one, of a binary task.
        positive: Option<usize>,
    },
}

impl Truth {
    /// Reads the column `target` of `table`.
    pub(crate) fn read(
        table: &RecordBatch,
        target: &str,
        task: Task,
        positive: Option<&Value>,
    ) -> Result<Self, TruthError> {
        let cells = column::find(table, target)?;
        if task == Task::Regression {
            return Ok(Self::Numbers(column::finite(target, cells)?));
        }
        let rows = column::filled(target, cells, Class::of_column(cells))?;
        let mut classes = rows.clone();
        classes.sort();
        classes.dedup();
        if classes.len() > MOST_CLASSES {
            let (target, count) = (target.to_owned(), classes.len());
            return Err(TruthError::TooManyClasses { target, count });
        }
        let place = |class: &Class| classes.binary_search(class).unwrap_or(0);
        let of_row = rows.iter().map(place).collect();
        let values = || {
            let shown: Vec<String> = classes.iter().take(10).map(ToString::to_string).collect();
            shown.join(", ")
        };
        let positive = match (task, positive) {
            (Task::Binary, Some(positive)) => {
                if classes.len() > 2 {
                    let (target, count) = (target.to_owned(), classes.len());
                    return Err(TruthError::NotBinary { target, count, values: values() });
                }
                let wanted = Class::of_value(positive);
                let found =
                    wanted.and_then(|wanted| classes.iter().position(|class| class.is(&wanted)));
                Some(found.ok_or_else(|| TruthError::NoPositive {
                    target: target.to_owned(),
                    positive: positive.to_string(),
                    values: values(),
                })?)
            }
            _ => None,
        };
        Ok(Self::Classes { classes, of_row, positive })
    }

    /// Returns the truth of `rows`, in their order.
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(all) => {
                Self::Numbers(rows.iter().filter_map(|row| all.get(*row).copied()).collect())
            }
            Self::Classes { classes, of_row, positive } => Self::Classes {
                classes: classes.clone(),
                of_row: rows.iter().filter_map(|row| of_row.get(*row).copied()).collect(),
                positive: *positive,
            },
        }
    }

    /// Returns the truth of these rows and then of others, `None` where the two are of other kinds.
    pub(crate) fn followed_by(&self, more: &Self) -> Option<Self> {
        match (self, more) {
            (Self::Numbers(all), Self::Numbers(more)) => {
                Some(Self::Numbers(all.iter().chain(more).copied().collect()))
            }
            (
                Self::Classes { classes, of_row, positive },
                Self::Classes { classes: others, of_row: more, .. },
            ) => {
                let mut classes = classes.clone();
                for class in others {
                    if !classes.iter().any(|known| known.is(class)) {
                        classes.push(class.clone());
                    }
                }
                let place = |class: &Class| classes.iter().position(|known| known.is(class));
                let places: Option<Vec<usize>> = others.iter().map(place).collect();
                let places = places?;
                let of_row = of_row.iter().copied().chain(more.iter().map(|class| places[*class]));
                let of_row = of_row.collect();
                Some(Self::Classes { classes, of_row, positive: *positive })
            }
            _ => None,
        }
    }

    /// Returns the values of a target with classes.
    pub(crate) fn classes(&self) -> &[Class] {
        match self {
            Self::Numbers(_) => &[],
            Self::Classes { classes, .. } => classes,
        }
    }

    /// Puts truth and predictions of the same rows together. `predicted_classes` are those that
    /// the compared models know; a class that only the truth has is added behind them.
    pub(crate) fn against(
        &self,
        predictions: &Predictions,
        predicted_classes: &[Class],
    ) -> Outcomes {
        match (self, predictions) {
            (Self::Numbers(truth), Predictions::Regression { values, quantiles }) => {
                Outcomes::Regression {
                    truth: truth.clone(),
                    prediction: values.clone(),
                    quantiles: quantiles.clone(),
                }
            }
            (Self::Classes { of_row, positive, .. }, Predictions::Binary { predicted, scores }) => {
                Outcomes::Binary {
                    truth: of_row.iter().map(|class| Some(*class) == *positive).collect(),
                    predicted: predicted.clone(),
                    scores: scores.clone(),
                }
            }
            (
                Self::Classes { classes, of_row, .. },
                Predictions::Multiclass { classes: known, predicted, probabilities },
            ) => {
                let all = together(predicted_classes, classes);
                let place =
                    |class: &Class| all.iter().position(|other| other.is(class)).unwrap_or(0);
                let truth_places: Vec<u32> =
                    classes.iter().map(|class| small(place(class))).collect();
                let known_places: Vec<usize> = known.iter().map(place).collect();
                let probability =
                    probabilities.as_ref().map(|given| spread(given, &known_places, all.len()));
                let place_of =
                    |class: &u32| small(known_places.get(*class as usize).copied().unwrap_or(0));
                Outcomes::Multiclass {
                    truth: of_row.iter().map(|class| truth_places[*class]).collect(),
                    predicted: predicted.iter().map(place_of).collect(),
                    probability,
                    classes: all.iter().map(ToString::to_string).collect(),
                }
            }
            // `Predictions` are read for the task of the truth, so the two never differ in kind.
            _ => Outcomes::numbers(Vec::new(), Vec::new()),
        }
    }
}

fn together(predicted: &[Class], truth: &[Class]) -> Vec<Class> {
    let mut all = predicted.to_vec();
    for class in truth {
        if !all.iter().any(|known| known.is(class)) {
            all.push(class.clone());
        }
    }
    all.sort_by_key(ToString::to_string);
    all
}

/// Puts each row's probabilities at the places of their classes, 0 for a class that the model does
/// not know.
fn spread(given: &[f64], places: &[usize], width: usize) -> Vec<f64> {
    let rows = given.len() / places.len().max(1);
    let mut all = vec![0.0; rows * width];
    for (row, values) in given.chunks_exact(places.len().max(1)).enumerate() {
        for (value, place) in values.iter().zip(places) {
            all[row * width + place] = *value;
        }
    }
    all
}

fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn table(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("y", column)]).unwrap()
    }

    #[test]
    fn a_binary_target_needs_two_values_and_the_positive_one() {
        let read = |values: Vec<i64>, positive: Value| {
            let table = table(Arc::new(Int64Array::from(values)));
            Truth::read(&table, "y", Task::Binary, Some(&positive))
        };
        assert!(read(vec![0, 1, 1], 1.into()).is_ok());
        assert!(matches!(
            read(vec![0, 1, 2], 1.into()),
            Err(TruthError::NotBinary { count: 3, .. })
        ));
        assert!(matches!(read(vec![0, 1], 7.into()), Err(TruthError::NoPositive { .. })));
    }

    #[test]
    fn classes_of_truth_and_model_are_brought_together() {
        let names = StringArray::from(vec!["b", "c", "a"]);
        let truth = Truth::read(&table(Arc::new(names)), "y", Task::Multiclass, None).unwrap();
        let text = |name: &str| Class::Text(name.to_owned());
        let known = vec![text("b"), text("a")];
        let predictions = Predictions::Multiclass {
            classes: known.clone(),
            predicted: vec![0, 1, 1],
            probabilities: Some(vec![0.9, 0.1, 0.4, 0.6, 0.2, 0.8]),
        };
        let outcomes = truth.against(&predictions, &known);
        let Outcomes::Multiclass { classes, truth, predicted, probability } = outcomes else {
            panic!()
        };
        assert_eq!(classes, ["a", "b", "c"]);
        assert_eq!((truth, predicted), (vec![1, 2, 0], vec![1, 0, 0]));
        assert_eq!(probability.unwrap(), [0.1, 0.9, 0.0, 0.6, 0.4, 0.0, 0.8, 0.2, 0.0]);
    }
}
