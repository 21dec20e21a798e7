//! What a model predicts for each row, as an evaluation needs it.

mod answers;
mod error;
mod quantiles;
mod scores;
mod table;
#[cfg(test)]
mod tests;

use arrow::array::{ArrayRef, RecordBatch};
pub use error::PredictionsError;
use plimsoll_core::project::Task;
use serde_json::Value;

use crate::{Class, Outputs, Signature};

/// What is asked of predictions.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// What the model predicts.
    pub task: Task,
    /// The class that counts as positive, which a binary task needs.
    pub positive: Option<&'w Value>,
    /// The values of the target in the test set; none where they are not known.
    pub truths: &'w [Class],
    /// How many rows the test set has.
    pub rows: usize,
}

/// What is predicted, a value for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictions {
    /// Finite numbers.
    Regression {
        /// The number of each row.
        values: Vec<f64>,
        /// Its quantiles, where they are predicted too.
        quantiles: Option<Quantiles>,
    },
    /// One of two classes.
    Binary {
        /// Whether a row is predicted to be positive: the label where there is one, else a
        /// probability above a half.
        predicted: Vec<bool>,
        /// How likely it is said to be.
        scores: Option<Scores>,
    },
    /// One of several classes.
    Multiclass {
        /// The classes, in the order of the probabilities.
        classes: Vec<Class>,
        /// The predicted class, by its place among them: the label where there is one, else the
        /// first of the likeliest.
        predicted: Vec<u32>,
        /// The probabilities of all classes, row after row.
        probabilities: Option<Vec<f64>>,
    },
}

/// Predicted quantiles, all finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantiles {
    /// Their levels, between 0 and 1, ascending.
    pub levels: Vec<f64>,
    /// A number for each level, row after row.
    pub values: Vec<f64>,
}

/// How much speaks for the positive class, all finite.
#[derive(Clone, Debug, PartialEq)]
pub enum Scores {
    /// From 0 to 1, a probability.
    Probability(Vec<f64>),
    /// Any number, more is likelier: enough for AUC, not for log loss and Brier.
    Ranking(Vec<f64>),
}

impl Scores {
    /// Returns the numbers, to rank rows by.
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Probability(values) | Self::Ranking(values) => values,
        }
    }
}

/// The rows that a file of predictions claims to be about.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'i> {
    /// The column's name, in both.
    pub name: &'i str,
    /// The column of the test set.
    pub column: &'i ArrayRef,
}

impl Predictions {
    /// Takes numbers, without quantiles.
    pub fn numbers(values: Vec<f64>) -> Self {
        Self::Regression { values, quantiles: None }
    }

    /// Reads them from what a model answers.
    ///
    /// A regression's outputs `quantile_0.1`, `quantile_0.9` and so on are quantiles; without another
    /// one `quantile_0.5` is the prediction.
    ///
    /// A classifier is read as the usual libraries export it: `label` and `probabilities`, or only
    /// one of them. The order of classes is that of the scores' map, else of
    /// the model's file, else the one that its labels show; a network that names none of them has
    /// class 0 first, and its only score is the probability of class 1.
    ///
    /// # Errors
    /// No output fits the task, its values are no probabilities, or which class a score is for
    /// cannot be told.
    pub fn from_outputs(
        outputs: &Outputs,
        signature: &Signature,
        wanted: &Wanted<'_>,
    ) -> Result<Self, PredictionsError> {
        answers::read(outputs, signature, wanted)
    }

    /// Returns the classes that a classifier's scores are for, in their order; none of a regression,
    /// and of a classifier without scores of several classes.
    ///
    /// What only the labels of many rows show is then known of a single row too: put it into the
    /// [`Signature`].
    ///
    /// # Errors
    /// Which class a score is for cannot be told.
    pub fn class_order(
        outputs: &Outputs,
        signature: &Signature,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Class>, PredictionsError> {
        match wanted.task {
            Task::Regression => Ok(Vec::new()),
            Task::Binary | Task::Multiclass => answers::order(outputs, signature, wanted),
        }
    }

    /// Reads them from a table: `prediction` (a number or label), `quantile_LEVEL` of numbers;
    /// `probability` or `score` of a
    /// binary task; `probability_CLASS` of each class of a multiclass task. The rows are in the order
    /// of the test set, which `ids` can prove.
    ///
    /// # Errors
    /// A column that the task needs is missing or holds something else, or the rows are others.
    pub fn from_table(
        table: &RecordBatch,
        ids: Option<Ids<'_>>,
        wanted: &Wanted<'_>,
    ) -> Result<Self, PredictionsError> {
        table::read(table, ids, wanted)
    }

    /// Returns the predictions for `rows`, in their order; a row may be named more than once.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let of = |values: &[f64], width: usize| {
            let row = |row: &usize| values.get(row * width..(row + 1) * width).unwrap_or_default();
            rows.iter().flat_map(row).copied().collect::<Vec<f64>>()
        };
        match self {
            Self::Regression { values, quantiles } => Self::Regression {
                values: of(values, 1),
                quantiles: quantiles.as_ref().map(|all| Quantiles {
                    levels: all.levels.clone(),
                    values: of(&all.values, all.levels.len()),
                }),
            },
            Self::Binary { predicted, scores } => Self::Binary {
                predicted: rows.iter().filter_map(|row| predicted.get(*row).copied()).collect(),
                scores: scores.as_ref().map(|scores| match scores {
                    Scores::Probability(values) => Scores::Probability(of(values, 1)),
                    Scores::Ranking(values) => Scores::Ranking(of(values, 1)),
                }),
            },
            Self::Multiclass { classes, predicted, probabilities } => Self::Multiclass {
                predicted: rows.iter().filter_map(|row| predicted.get(*row).copied()).collect(),
                probabilities: probabilities.as_ref().map(|all| of(all, classes.len())),
                classes: classes.clone(),
            },
        }
    }

    /// Returns how many rows are predicted.
    pub fn rows(&self) -> usize {
        match self {
            Self::Regression { values, .. } => values.len(),
            Self::Binary { predicted, .. } => predicted.len(),
            Self::Multiclass { predicted, .. } => predicted.len(),
        }
    }
}

impl Wanted<'_> {
    /// Returns the positive class.
    fn positive(&self) -> Result<Class, PredictionsError> {
        let value = self.positive.ok_or(PredictionsError::NoPositive)?;
        Class::of_value(value).ok_or_else(|| PredictionsError::BadPositive(value.clone()))
    }

    /// Checks that a row is predicted for each row of the test set.
    fn has_rows(&self, of: &str, rows: usize) -> Result<(), PredictionsError> {
        if rows == self.rows {
            return Ok(());
        }
        Err(PredictionsError::Rows { of: of.to_owned(), found: rows, expected: self.rows })
    }

    /// Tells which labels are the positive class. Where the target has two values, a third is not
    /// taken for the negative one.
    fn are_positive(&self, of: &str, labels: &[Class]) -> Result<Vec<bool>, PredictionsError> {
        let positive = self.positive()?;
        let strange = |label: &&Class| !self.truths.iter().any(|truth| truth.is(label));
        if self.truths.len() == 2
            && let Some((row, label)) = labels.iter().enumerate().find(|(_, label)| strange(label))
        {
            return Err(PredictionsError::StrangeLabel {
                of: of.to_owned(),
                row: row + 1,
                label: label.clone(),
                truths: self.truths.to_vec(),
            });
        }
        Ok(labels.iter().map(|label| label.is(&positive)).collect())
    }
}

/// Returns the place of each label among `classes`.
fn places(of: &str, labels: &[Class], classes: &[Class]) -> Result<Vec<u32>, PredictionsError> {
    let place = |(row, label): (usize, &Class)| {
        let place = classes.iter().position(|class| class.is(label));
        place.and_then(|place| u32::try_from(place).ok()).ok_or_else(|| {
            PredictionsError::StrangeLabel {
                of: of.to_owned(),
                row: row + 1,
                label: label.clone(),
                truths: classes.to_vec(),
            }
        })
    };
    labels.iter().enumerate().map(place).collect()
}
