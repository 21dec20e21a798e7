//! What is wrong with what was sent.

use std::fmt::Write as _;

use crate::cells::Fault;
use crate::datatype::Datatype;

/// A request does not bring what the model takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IntakeError {
    /// A name leads nowhere.
    #[error("the model has no input `{name}`{}", meant(nearest.as_deref(), known))]
    Unknown {
        /// The name.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
        /// The inputs that there are.
        known: String,
    },
    /// An input is there more than once.
    #[error("input `{0}` is given twice")]
    Twice(String),
    /// An input is there as a whole and in parts.
    #[error("input `{port}` is given as a whole and by its column `{feature}`")]
    Mixed {
        /// The input.
        port: String,
        /// The column.
        feature: String,
    },
    /// An input is not there.
    #[error("input `{name}` ({takes}) is missing")]
    Missing {
        /// Its name.
        name: String,
        /// What it takes.
        takes: String,
    },
    /// Columns of an input are not there.
    #[error("{missing} of the {all} columns of input `{port}` are missing: {names}")]
    MissingFeatures {
        /// The input.
        port: String,
        /// How many.
        missing: usize,
        /// Of how many.
        all: usize,
        /// Their names.
        names: String,
    },
    /// An input has another shape.
    #[error("input `{name}` takes {expected}, got shape {}", sizes(found))]
    Shape {
        /// Its name.
        name: String,
        /// The shape that it takes.
        expected: String,
        /// The shape that was given.
        found: Vec<usize>,
    },
    /// The data is not as long as the shape says.
    #[error("input `{name}` of shape {} has {}, got {found}", sizes(shape), values(*expected))]
    Count {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// How many values that are; none where no data could be as long.
        expected: Option<usize>,
        /// How many there are.
        found: usize,
    },
    /// The datatype is of another kind.
    #[error("input `{name}` takes {expected}, got {found}")]
    Datatype {
        /// Its name.
        name: String,
        /// What it takes.
        expected: Datatype,
        /// What was given.
        found: Datatype,
    },
    /// A value does not fit.
    #[error("input `{name}`{}: {fault}", place(*row))]
    Value {
        /// The input.
        name: String,
        /// Which row, from 1.
        row: Option<usize>,
        /// What is wrong.
        fault: Fault,
    },
    /// Inputs differ in rows.
    #[error("input `{name}` has {rows} rows, `{first}` has {expected}")]
    Rows {
        /// The input.
        name: String,
        /// How many rows it has.
        rows: usize,
        /// The input that it differs from.
        first: String,
        /// How many rows that has.
        expected: usize,
    },
    /// There is nothing to answer.
    #[error("input `{0}` has no rows")]
    Empty(String),
}

fn meant(nearest: Option<&str>, known: &str) -> String {
    match nearest {
        Some(nearest) => format!(" (did you mean `{nearest}`?)"),
        None => format!(" (it takes {known})"),
    }
}

/// Returns a shape as people read it; one of many dimensions is only begun.
fn sizes(shape: &[usize]) -> String {
    const SHOWN: usize = 8;
    match shape.get(..SHOWN) {
        Some(first) if shape.len() > SHOWN => format!("{first:?} and {} more", shape.len() - SHOWN),
        _ => format!("{shape:?}"),
    }
}

fn values(count: Option<usize>) -> String {
    count.map_or("more values than fit".to_owned(), |count| format!("{count} values"))
}

fn place(row: Option<usize>) -> String {
    row.map_or(String::new(), |row| format!(", row {row}"))
}

/// Returns names as people read them, the first twelve of them.
pub(super) fn named<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let mut shown = names[..names.len() - rest].join(", ");
    if rest > 0 {
        _ = write!(shown, " and {rest} more");
    }
    shown
}
