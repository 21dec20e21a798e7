//! Values on their way into and out of a model.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Class;

/// What the elements of a tensor are, named as ONNX names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ElementType {
    /// 32-bit floating point numbers.
    Float,
    /// 64-bit floating point numbers.
    Double,
    /// 64-bit signed integers.
    Int64,
    /// 32-bit signed integers.
    Int32,
    /// Truth values.
    Bool,
    /// Text.
    String,
}

impl ElementType {
    /// Returns the name in ONNX.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Double => "double",
            Self::Int64 => "int64",
            Self::Int32 => "int32",
            Self::Bool => "bool",
            Self::String => "string",
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The elements of a tensor, row after row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit floating point numbers.
    Float(Vec<f32>),
    /// 64-bit floating point numbers.
    Double(Vec<f64>),
    /// 64-bit signed integers.
    Int64(Vec<i64>),
    /// 32-bit signed integers.
    Int32(Vec<i32>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Text.
    String(Vec<String>),
}

impl Values {
    /// Returns what the elements are.
    pub fn element(&self) -> ElementType {
        match self {
            Self::Float(_) => ElementType::Float,
            Self::Double(_) => ElementType::Double,
            Self::Int64(_) => ElementType::Int64,
            Self::Int32(_) => ElementType::Int32,
            Self::Bool(_) => ElementType::Bool,
            Self::String(_) => ElementType::String,
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::String(values) => values.len(),
        }
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many are NaN.
    pub fn nans(&self) -> usize {
        match self {
            Self::Float(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Double(values) => values.iter().filter(|value| value.is_nan()).count(),
            Self::Int64(_) | Self::Int32(_) | Self::Bool(_) | Self::String(_) => 0,
        }
    }

    /// Appends the elements of `more`, and tells whether they are of the same type.
    pub(crate) fn append(&mut self, more: Self) -> bool {
        match (self, more) {
            (Self::Float(all), Self::Float(mut more)) => all.append(&mut more),
            (Self::Double(all), Self::Double(mut more)) => all.append(&mut more),
            (Self::Int64(all), Self::Int64(mut more)) => all.append(&mut more),
            (Self::Int32(all), Self::Int32(mut more)) => all.append(&mut more),
            (Self::Bool(all), Self::Bool(mut more)) => all.append(&mut more),
            (Self::String(all), Self::String(mut more)) => all.append(&mut more),
            _ => return false,
        }
        true
    }
}

/// A shape that does not fit the number of elements.
#[derive(Debug, thiserror::Error)]
#[error("a tensor of shape {} has {expected} elements, got {found}", shown(.shape))]
pub struct ShapeError {
    /// The shape.
    pub shape: Vec<usize>,
    /// How many elements it has.
    pub expected: usize,
    /// How many there are.
    pub found: usize,
}

/// Numbers or text in a shape, whose first dimension counts rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Values,
}

impl Tensor {
    /// Makes a tensor.
    ///
    /// # Errors
    /// The shape has another number of elements.
    pub fn new(shape: Vec<usize>, values: Values) -> Result<Self, ShapeError> {
        let product = shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size));
        let expected = product.unwrap_or(usize::MAX);
        let found = values.len();
        if expected == found {
            Ok(Self { shape, values })
        } else {
            Err(ShapeError { shape, expected, found })
        }
    }

    /// Makes a tensor of one value for each row, `[n]`.
    pub fn of_rows(values: Values) -> Self {
        Self { shape: vec![values.len()], values }
    }

    /// Makes a tensor of `columns` values for each of `rows` rows; the caller filled it so.
    pub(crate) fn of_columns(rows: usize, columns: usize, values: Values) -> Self {
        debug_assert_eq!(rows * columns, values.len());
        Self { shape: vec![rows, columns], values }
    }

    /// Returns the size of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the elements, row after row.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Returns the size of the first dimension; a scalar is one row.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Returns how many elements a row has.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Takes the tensor apart.
    pub fn into_parts(self) -> (Vec<usize>, Values) {
        (self.shape, self.values)
    }

    /// Appends the rows of `more`, and tells whether it has the same type and row shape.
    pub(crate) fn append(&mut self, more: Self) -> bool {
        let fits = !self.shape.is_empty()
            && self.shape.len() == more.shape.len()
            && self.shape[1..] == more.shape[1..];
        let rows = more.rows();
        if fits && self.values.append(more.values) {
            self.shape[0] += rows;
            return true;
        }
        false
    }
}

/// What a model is given, by input name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs(pub Vec<(String, Tensor)>);

impl Inputs {
    /// Returns the tensor called `name`.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, tensor)| tensor)
    }

    /// Returns the inputs that hold NaN, and how many of each. A tree takes NaN for a missing value,
    /// other models answer NaN; what to make of it is the caller's decision.
    pub fn nans(&self) -> Vec<(&str, usize)> {
        let counted = self.0.iter().map(|(name, tensor)| (name.as_str(), tensor.values.nans()));
        counted.filter(|(_, nans)| *nans > 0).collect()
    }
}

/// A score for each class and row, which `ZipMap` writes as one map for each row.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassScores {
    /// The classes, in the order of the maps' keys.
    pub classes: Vec<Class>,
    /// The scores, row after row.
    pub scores: Vec<f64>,
}

impl ClassScores {
    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.scores.len().checked_div(self.classes.len()).unwrap_or(0)
    }
}

/// One answer of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A tensor.
    Tensor(Tensor),
    /// Scores by class.
    ClassScores(ClassScores),
}

impl Output {
    /// Returns how many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::Tensor(tensor) => tensor.rows(),
            Self::ClassScores(scores) => scores.rows(),
        }
    }
}

/// What a model answers, in the order of its outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs(pub Vec<(String, Output)>);

impl Outputs {
    /// Returns the output called `name`.
    pub fn get(&self, name: &str) -> Option<&Output> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, output)| output)
    }
}

/// Returns a shape as people read it, `[3, 11]`.
pub(crate) fn shown(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_must_hold_its_elements() {
        let error = Tensor::new(vec![2, 3], Values::Float(vec![0.0; 5])).unwrap_err();
        assert_eq!(error.to_string(), "a tensor of shape [2, 3] has 6 elements, got 5");
        assert!(Tensor::new(vec![usize::MAX, 2], Values::Bool(vec![])).is_err());
        assert!(Tensor::new(vec![0, 3], Values::Float(vec![])).is_ok());
    }

    #[test]
    fn rows_are_appended_to_like_rows() {
        let rows = |n: usize| Tensor::new(vec![n, 2], Values::Int64(vec![7; 2 * n])).unwrap();
        let mut all = rows(2);
        assert!(all.append(rows(3)));
        assert_eq!((all.rows(), all.width(), all.values().len()), (5, 2, 10));
        assert!(!all.append(Tensor::of_rows(Values::Int64(vec![7, 7]))));
        assert!(!all.append(Tensor::new(vec![1, 2], Values::Int32(vec![7, 7])).unwrap()));
    }

    #[test]
    fn nans_are_counted_by_input() {
        let tensor = Tensor::of_rows(Values::Double(vec![f64::NAN, 1.0, f64::NAN]));
        let other = Tensor::of_rows(Values::Int64(vec![1, 2, 3]));
        let inputs = Inputs(vec![("a".to_owned(), tensor), ("b".to_owned(), other)]);
        assert_eq!(inputs.nans(), vec![("a", 2)]);
    }
}
