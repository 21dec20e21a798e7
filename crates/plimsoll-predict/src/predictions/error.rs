//! Why answers or a file are no predictions for a task.

use plimsoll_core::project::Task;
use serde_json::Value;

use crate::Class;
use crate::class::listed;

/// Answers of a model, or a table, are no predictions for the task.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictionsError {
    /// A binary task does not say what is positive.
    #[error("the task is binary, and no class is declared to be `positive`")]
    NoPositive,
    /// What is declared to be positive is no class.
    #[error("`positive: {0}` is no class (expected text, a whole number, true or false)")]
    BadPositive(Value),
    /// A quantile has no level, or one that another has.
    #[error("`{0}` names no level of its own between 0 and 1, such as `quantile_0.9`")]
    Level(String),
    /// The number of rows differs.
    #[error("{of} has {found} rows, the test set has {expected}")]
    Rows {
        /// What was counted.
        of: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// No output fits the task, or several.
    #[error("the model's outputs ({outputs}) are no answer to a {task} task: {reason}")]
    Outputs {
        /// The outputs with their types and shapes.
        outputs: String,
        /// The task.
        task: Task,
        /// What is missing or too much.
        reason: &'static str,
    },
    /// A row has more values than the task asks for.
    #[error("output `{output}` gives {width} values for each row, {expected}")]
    Width {
        /// The output.
        output: String,
        /// How many values.
        width: usize,
        /// What would do.
        expected: &'static str,
    },
    /// Numbers are NaN or infinite.
    #[error("{of} is NaN or infinite in {count} of {rows} rows, the first is row {first}")]
    NotFinite {
        /// Which numbers.
        of: String,
        /// How many rows.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
    },
    /// Numbers are no probabilities.
    #[error(
        "{of} holds no probabilities: row {row} has {shown}, expected numbers from 0 to 1{}; logits \
         and other scores are not turned into probabilities by guessing",
        if *.classes > 1 { " that add up to 1" } else { "" }
    )]
    NoProbability {
        /// Which numbers.
        of: String,
        /// The first such row, counted from 1.
        row: usize,
        /// What stands there.
        shown: String,
        /// How many scores a row has.
        classes: usize,
    },
    /// Which class a score is for cannot be told.
    #[error(
        "which class a score of output `{output}` ({classes} for each row) is for cannot be told: \
         {reason}"
    )]
    Order {
        /// The output.
        output: String,
        /// How many scores a row has.
        classes: usize,
        /// Why not.
        reason: String,
    },
    /// The positive class is none of the model's.
    #[error("the positive class `{positive}` is none of the model's ({})", listed(classes))]
    Positive {
        /// The positive class.
        positive: Class,
        /// The model's.
        classes: Vec<Class>,
    },
    /// A binary task has another number of classes.
    #[error("the task is binary, and the model tells apart {} classes ({})", .0.len(), listed(.0))]
    NotBinary(Vec<Class>),
    /// A label is none of the known classes.
    #[error("{of} is `{label}` in row {row}, which is none of {}", listed(truths))]
    StrangeLabel {
        /// Which labels.
        of: String,
        /// The first such row, counted from 1.
        row: usize,
        /// What stands there.
        label: Class,
        /// What could stand there.
        truths: Vec<Class>,
    },
    /// A table lacks a column.
    #[error("the predictions have no column {wanted} (they have {known})")]
    NoColumn {
        /// What would do.
        wanted: &'static str,
        /// The columns that there are.
        known: String,
    },
    /// A column holds something else.
    #[error("column `{column}` of the predictions holds {found}, expected {wanted}")]
    Type {
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// A column has empty cells.
    #[error(
        "column `{column}` of the predictions is empty in {count} of {rows} rows, the first is row \
         {first}"
    )]
    Empty {
        /// The column.
        column: String,
        /// How many rows.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
    },
    /// A row is about something else.
    #[error(
        "column `{column}` of the predictions has `{found}` in row {row}, the test set has \
         `{expected}`: the rows are not in the same order"
    )]
    OtherRow {
        /// The column.
        column: String,
        /// The first such row, counted from 1.
        row: usize,
        /// What the predictions have.
        found: String,
        /// What the test set has.
        expected: String,
    },
}
