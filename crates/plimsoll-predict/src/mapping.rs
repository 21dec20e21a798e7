//! Columns of a table on their way into a model.

mod element;
#[cfg(test)]
mod tests;

use arrow::array::RecordBatch;
use element::{Element, fill};
use plimsoll_core::project::Features;

use crate::cells::Cells;
use crate::{ElementType, Inputs, Kind, Port, Signature, Tensor, Values};
use plimsoll_core::nearest::nearest;

/// Which columns feed which input: what `features:` declares, held against a model's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureMapping {
    feeds: Vec<Feed>,
}

/// One input and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Feed {
    input: String,
    element: ElementType,
    columns: Vec<String>,
    /// Whether the input takes `[n]` instead of `[n, k]`.
    flat: bool,
}

/// The declared features do not fit the model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// The model would be given the answer.
    #[error("feature `{0}` is the target: the model would be given what it is to predict")]
    Target(String),
    /// Nothing is given to the model.
    #[error("no column is listed as a feature")]
    Nothing,
    /// A column is named twice.
    #[error("feature `{0}` is listed twice")]
    Twice(String),
    /// One tensor is declared, and the model has several inputs.
    #[error(
        "the features are one tensor of {columns} columns, and the model has {} inputs ({}); \
         leave `features` out to feed each input from the column of its name",
        inputs.len(),
        listed(inputs)
    )]
    ManyInputs {
        /// How many columns are declared.
        columns: usize,
        /// The model's inputs.
        inputs: Vec<Port>,
    },
    /// The tensor has another number of columns than the model takes.
    #[error("input {input} takes {expected} columns, {columns} are listed as features")]
    Width {
        /// The input.
        input: Port,
        /// How many columns it takes.
        expected: u64,
        /// How many columns are declared.
        columns: usize,
    },
    /// An input takes more than a column.
    #[error(
        "input {0} is not fed by one column of its name; list its columns as `features: {{ input: [..] }}`"
    )]
    NotOneColumn(Port),
    /// An input is of a shape that rows of columns do not have.
    #[error("input {0} does not take rows of columns")]
    Shape(Port),
}

/// A table cannot be fed to a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// A column is not there.
    #[error(
        "feature `{column}` is no column of the data{}",
        nearest.as_ref().map(|name| format!(" (the nearest is `{name}`)")).unwrap_or_default()
    )]
    Missing {
        /// The column.
        column: String,
        /// A column that may have been meant.
        nearest: Option<String>,
    },
    /// A column is of a type that no input takes.
    #[error("column `{column}` holds {found}, which is not fed as {element}")]
    Type {
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What the model takes.
        element: ElementType,
    },
    /// Cells would be other values in the model.
    #[error(
        "column `{column}` cannot be fed as {element} in {count} of {rows} rows, the first is row \
         {first} with `{shown}`"
    )]
    Unfit {
        /// The column.
        column: String,
        /// What the model takes.
        element: ElementType,
        /// How many cells.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
        /// What stands there.
        shown: String,
    },
    /// Cells are empty, and the model has nothing to take for them.
    #[error(
        "column `{column}` is empty in {count} of {rows} rows, the first is row {first}; {element} \
         has no missing value"
    )]
    Empty {
        /// The column.
        column: String,
        /// What the model takes.
        element: ElementType,
        /// How many cells.
        count: usize,
        /// Of how many.
        rows: usize,
        /// The first, counted from 1.
        first: usize,
    },
}

/// Rows as a model takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fed {
    /// The tensors.
    pub inputs: Inputs,
    /// The columns with cells that are empty or NaN, which became NaN, and how many each.
    pub missing: Vec<(String, usize)>,
}

impl FeatureMapping {
    /// Holds declared features against a model.
    ///
    /// # Errors
    /// They do not fill its inputs exactly, or the target is among them.
    pub fn new(
        features: &Features,
        target: &str,
        signature: &Signature,
    ) -> Result<Self, MappingError> {
        let feeds = match features {
            Features::Inputs => {
                signature.inputs.iter().map(one_column).collect::<Result<Vec<_>, _>>()?
            }
            Features::Tensor(columns) => vec![one_tensor(columns, &signature.inputs)?],
        };
        let mapping = Self { feeds };
        if mapping.columns().any(|column| column == target) {
            return Err(MappingError::Target(target.to_owned()));
        }
        Ok(mapping)
    }

    /// Returns the columns that the model is given, in its order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().flat_map(|feed| feed.columns.iter().map(String::as_str))
    }

    /// Makes a model's inputs of a table, or of a part of it that begins with row `first_row` of the
    /// whole, counted from 1.
    ///
    /// # Errors
    /// A column is missing, or holds what would be another value in the model.
    pub fn feed(&self, table: &RecordBatch, first_row: usize) -> Result<Fed, FeedError> {
        let mut fed = Fed { inputs: Inputs::default(), missing: Vec::new() };
        for feed in &self.feeds {
            let values = match feed.element {
                ElementType::Float => Values::Float(feed.fill(table, first_row, &mut fed)?),
                ElementType::Double => Values::Double(feed.fill(table, first_row, &mut fed)?),
                ElementType::Int64 => Values::Int64(feed.fill(table, first_row, &mut fed)?),
                ElementType::Int32 => Values::Int32(feed.fill(table, first_row, &mut fed)?),
                ElementType::Bool => Values::Bool(feed.fill(table, first_row, &mut fed)?),
                ElementType::String => Values::String(feed.fill(table, first_row, &mut fed)?),
            };
            let tensor = if feed.flat {
                Tensor::of_rows(values)
            } else {
                Tensor::of_columns(table.num_rows(), feed.columns.len(), values)
            };
            fed.inputs.0.push((feed.input.clone(), tensor));
        }
        Ok(fed)
    }
}

impl Feed {
    fn fill<T: Element>(
        &self,
        table: &RecordBatch,
        first_row: usize,
        fed: &mut Fed,
    ) -> Result<Vec<T>, FeedError> {
        let width = self.columns.len();
        let mut values = vec![T::default(); table.num_rows() * width];
        for (at, name) in self.columns.iter().enumerate() {
            let Some(column) = table.column_by_name(name) else {
                let schema = table.schema();
                let known = schema.fields().iter().map(|field| field.name().as_str());
                let nearest = nearest(name, known).map(str::to_owned);
                return Err(FeedError::Missing { column: name.clone(), nearest });
            };
            let cells = Cells::of(column).ok_or_else(|| FeedError::Type {
                column: name.clone(),
                found: column.data_type().to_string(),
                element: T::ELEMENT,
            })?;
            // Without rows there is no place to begin at.
            let places = values.get_mut(at..).unwrap_or_default();
            let missing = fill(&cells, name, first_row, places, width)?;
            if missing > 0 {
                fed.missing.push((name.clone(), missing));
            }
        }
        Ok(values)
    }
}

/// Feeds an input from the column of its name.
fn one_column(port: &Port) -> Result<Feed, MappingError> {
    let Kind::Tensor { element, shape } = &port.kind else {
        return Err(MappingError::Shape(port.clone()));
    };
    let flat = match shape.as_slice() {
        [_] => true,
        [] | [_, None | Some(1)] => false,
        _ => return Err(MappingError::NotOneColumn(port.clone())),
    };
    let name = port.name.clone();
    Ok(Feed { input: name.clone(), element: *element, columns: vec![name], flat })
}

/// Feeds the only input from columns in order.
fn one_tensor(columns: &[String], inputs: &[Port]) -> Result<Feed, MappingError> {
    let [port] = inputs else {
        let (columns, inputs) = (columns.len(), inputs.to_vec());
        return Err(MappingError::ManyInputs { columns, inputs });
    };
    if columns.is_empty() {
        return Err(MappingError::Nothing);
    }
    for (at, column) in columns.iter().enumerate() {
        if columns[..at].contains(column) {
            return Err(MappingError::Twice(column.clone()));
        }
    }
    let Kind::Tensor { element, shape } = &port.kind else {
        return Err(MappingError::Shape(port.clone()));
    };
    let (flat, width) = match shape.as_slice() {
        [] => (false, None),
        [_] => (true, Some(1)),
        [_, width] => (false, *width),
        _ => return Err(MappingError::Shape(port.clone())),
    };
    if let Some(expected) = width
        && u64::try_from(columns.len()) != Ok(expected)
    {
        return Err(MappingError::Width { input: port.clone(), expected, columns: columns.len() });
    }
    Ok(Feed { input: port.name.clone(), element: *element, columns: columns.to_vec(), flat })
}

fn listed(ports: &[Port]) -> String {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    ports.join(", ")
}
