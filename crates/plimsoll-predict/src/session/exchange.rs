//! Values of the library in values of this crate, and back.

use std::ops::Range;

use ort::session::{SessionInputValue, SessionOutputs};
use ort::value::{
    DynMapValueType, DynValue, Tensor as OrtTensor, TensorElementType, TensorRef, ValueType,
};

use crate::{Class, ClassScores, ElementType, Kind, Output, Tensor, Values};

/// Returns what an element type of the library is, if this crate knows it.
fn element_of(element: TensorElementType) -> Option<ElementType> {
    match element {
        TensorElementType::Float32 => Some(ElementType::Float),
        TensorElementType::Float64 => Some(ElementType::Double),
        TensorElementType::Int64 => Some(ElementType::Int64),
        TensorElementType::Int32 => Some(ElementType::Int32),
        TensorElementType::Bool => Some(ElementType::Bool),
        TensorElementType::String => Some(ElementType::String),
        _ => None,
    }
}

/// Returns what a declared type is, if this crate can pass it.
pub(super) fn kind_of(declared: &ValueType) -> Option<Kind> {
    match declared {
        ValueType::Tensor { ty, shape, .. } => Some(Kind::Tensor {
            element: element_of(*ty)?,
            // Anything below zero is a size that the file leaves open.
            shape: shape.iter().map(|size| u64::try_from(*size).ok()).collect(),
        }),
        ValueType::Sequence(inner) => match **inner {
            ValueType::Map {
                key: key @ (TensorElementType::Int64 | TensorElementType::String),
                value: value @ (TensorElementType::Float32 | TensorElementType::Float64),
            } => Some(Kind::ClassScores { key: element_of(key)?, value: element_of(value)? }),
            _ => None,
        },
        ValueType::Map { .. } | ValueType::Optional(_) => None,
    }
}

/// Returns the rows `rows` of a tensor for the library. Numbers are lent, text is copied.
pub(super) fn lend<'t>(
    tensor: &'t Tensor,
    rows: &Range<usize>,
) -> Result<SessionInputValue<'t>, ort::Error> {
    let mut shape = tensor.shape().to_vec();
    if let Some(first) = shape.first_mut() {
        *first = rows.len();
    }
    let width = tensor.width();
    let part = rows.start * width..rows.end * width;
    Ok(match tensor.values() {
        Values::Float(all) => TensorRef::from_array_view((shape, &all[part]))?.into(),
        Values::Double(all) => TensorRef::from_array_view((shape, &all[part]))?.into(),
        Values::Int64(all) => TensorRef::from_array_view((shape, &all[part]))?.into(),
        Values::Int32(all) => TensorRef::from_array_view((shape, &all[part]))?.into(),
        Values::Bool(all) => TensorRef::from_array_view((shape, &all[part]))?.into(),
        Values::String(all) => OrtTensor::from_string_array((shape, &all[part]))?.into(),
    })
}

/// An answer that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The library does not hand it over.
    #[error(transparent)]
    Library(#[from] ort::Error),
    /// The model gave no value.
    #[error("it was not computed")]
    Absent,
    /// It is of a type that is not passed on.
    #[error("its type {0} is not supported")]
    Type(String),
    /// Its rows do not name the same classes.
    #[error("row {row} scores other classes than the first row")]
    Classes {
        /// Which row, from 1.
        row: usize,
    },
}

/// Takes the answer called `name` out of what a run gave.
pub(super) fn take(outputs: &SessionOutputs<'_>, name: &str) -> Result<Output, AnswerError> {
    let value = outputs.get(name).ok_or(AnswerError::Absent)?;
    match value.dtype() {
        ValueType::Tensor { ty, .. } => tensor_of(value, *ty).map(Output::Tensor),
        ValueType::Sequence(inner) => match **inner {
            ValueType::Map { .. } => scores_of(value).map(Output::ClassScores),
            _ => Err(AnswerError::Type(value.dtype().to_string())),
        },
        other => Err(AnswerError::Type(other.to_string())),
    }
}

fn tensor_of(tensor: &DynValue, element: TensorElementType) -> Result<Tensor, AnswerError> {
    let values = match element {
        TensorElementType::Float32 => Values::Float(tensor.try_extract_tensor()?.1.to_vec()),
        TensorElementType::Float64 => Values::Double(tensor.try_extract_tensor()?.1.to_vec()),
        TensorElementType::Int64 => Values::Int64(tensor.try_extract_tensor()?.1.to_vec()),
        TensorElementType::Int32 => Values::Int32(tensor.try_extract_tensor()?.1.to_vec()),
        TensorElementType::Bool => Values::Bool(tensor.try_extract_tensor()?.1.to_vec()),
        TensorElementType::String => Values::String(tensor.try_extract_strings()?.1),
        other => return Err(AnswerError::Type(other.to_string())),
    };
    let shape = tensor.shape().iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect();
    Tensor::new(shape, values).map_err(|error| AnswerError::Type(error.to_string()))
}

fn scores_of(value: &DynValue) -> Result<ClassScores, AnswerError> {
    let mut all = ClassScores { classes: Vec::new(), scores: Vec::new() };
    for (at, map) in value.try_extract_sequence::<DynMapValueType>()?.iter().enumerate() {
        let row: Vec<(Class, f64)> = match map.dtype() {
            ValueType::Map { key, value } => match (key, value) {
                (TensorElementType::Int64, TensorElementType::Float32) => {
                    pairs(map.try_extract_key_values::<i64, f32>()?, Class::Int)
                }
                (TensorElementType::Int64, TensorElementType::Float64) => {
                    pairs(map.try_extract_key_values::<i64, f64>()?, Class::Int)
                }
                (TensorElementType::String, TensorElementType::Float32) => {
                    pairs(map.try_extract_key_values::<String, f32>()?, Class::Text)
                }
                (TensorElementType::String, TensorElementType::Float64) => {
                    pairs(map.try_extract_key_values::<String, f64>()?, Class::Text)
                }
                _ => return Err(AnswerError::Type(map.dtype().to_string())),
            },
            other => return Err(AnswerError::Type(other.to_string())),
        };
        let same = row.iter().map(|(class, _)| class).eq(&all.classes);
        if at == 0 {
            all.classes = row.iter().map(|(class, _)| class.clone()).collect();
        } else if !same {
            return Err(AnswerError::Classes { row: at + 1 });
        }
        all.scores.extend(row.iter().map(|(_, score)| score));
    }
    Ok(all)
}

fn pairs<K, V: Into<f64>>(pairs: Vec<(K, V)>, class: fn(K) -> Class) -> Vec<(Class, f64)> {
    pairs.into_iter().map(|(key, value)| (class(key), value.into())).collect()
}
