//! The cells of one column while a table is built.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, Int64Array, ListArray,
    StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};

use super::record::{Element, Values};
use super::shape::{CellType, item};

/// The cells of one column.
#[derive(Debug)]
pub(super) struct Cells {
    cell: CellType,
    values: Values,
    /// Where the values of each row end, of lists alone.
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl Cells {
    /// Makes room for `rows` cells.
    pub(super) fn new(cell: CellType, rows: usize) -> Self {
        let values = Values::none(cell.element, rows);
        Self { cell, values, ends: Vec::new(), valid: Vec::with_capacity(rows) }
    }

    /// Returns how many cells there are.
    pub(super) fn len(&self) -> usize {
        self.valid.len()
    }

    /// Adds an empty cell.
    pub(super) fn push_null(&mut self) {
        self.valid.push(false);
        if self.cell.list {
            self.ends.push(self.end());
            return;
        }
        match &mut self.values {
            Values::Float32(values) => values.push(0.0),
            Values::Float64(values) => values.push(0.0),
            Values::Int64(values) => values.push(0),
            Values::Bool(values) => values.push(false),
            Values::Text(values) => values.push(String::new()),
        }
    }

    /// Adds a cell that holds these of `values`: one where cells are no lists.
    pub(super) fn push(&mut self, values: &Values, range: Range<usize>) {
        let before = self.values.len();
        match (&mut self.values, values) {
            (Values::Float32(to), Values::Float32(from)) => to.extend(&from[range]),
            (Values::Float64(to), Values::Float64(from)) => to.extend(&from[range]),
            (Values::Int64(to), Values::Int64(from)) => to.extend(&from[range]),
            (Values::Bool(to), Values::Bool(from)) => to.extend(&from[range]),
            (Values::Text(to), from) => {
                to.extend(range.filter_map(|at| from.text(at)).map(Cow::into_owned));
            }
            (Values::Float64(to), from) => to.extend(range.filter_map(|at| from.number(at))),
            // A shape has room for every value that is added, so these do not come.
            (Values::Float32(_) | Values::Int64(_) | Values::Bool(_), _) => {}
        }
        if self.cell.list {
            self.ends.push(self.end());
            self.valid.push(true);
        } else if self.values.len() == before {
            self.push_null();
        } else {
            self.valid.push(true);
        }
    }

    fn end(&self) -> i32 {
        i32::try_from(self.values.len()).unwrap_or(i32::MAX)
    }

    /// Returns the column.
    pub(super) fn finish(self) -> ArrayRef {
        let nulls = Some(NullBuffer::from(self.valid)).filter(|nulls| nulls.null_count() > 0);
        if !self.cell.list {
            return array(self.values, nulls);
        }
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends).collect();
        let values = array(self.values, None);
        let item = Arc::new(item(values.data_type().clone()));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(ListArray::new(item, offsets, values, nulls))
    }
}

fn array(values: Values, nulls: Option<NullBuffer>) -> ArrayRef {
    match values {
        Values::Float32(values) => Arc::new(Float32Array::new(values.into(), nulls)),
        Values::Float64(values) => Arc::new(Float64Array::new(values.into(), nulls)),
        Values::Int64(values) => Arc::new(Int64Array::new(values.into(), nulls)),
        Values::Bool(values) => Arc::new(BooleanArray::new(values.into(), nulls)),
        Values::Text(values) => match nulls {
            None => Arc::new(StringArray::from_iter_values(values)),
            Some(nulls) => {
                let cells = values.into_iter().zip(nulls.iter());
                Arc::new(cells.map(|(text, valid)| valid.then_some(text)).collect::<StringArray>())
            }
        },
    }
}

/// Returns the values of an array without empty cells; none of a type that captures do not have.
pub(super) fn values_of(array: &ArrayRef) -> Values {
    match array.data_type() {
        DataType::Float32 => Values::Float32(array.as_primitive::<Float32Type>().values().to_vec()),
        DataType::Float64 => Values::Float64(array.as_primitive::<Float64Type>().values().to_vec()),
        DataType::Int64 => Values::Int64(array.as_primitive::<Int64Type>().values().to_vec()),
        DataType::Boolean => Values::Bool(array.as_boolean().values().iter().collect()),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            Values::Text((0..texts.len()).map(|at| texts.value(at).to_owned()).collect())
        }
        _ => Values::none(Element::Text, 0),
    }
}

impl Values {
    /// Returns the value at `at` as text.
    pub(super) fn text(&self, at: usize) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Float32(values) => Cow::Owned(values.get(at)?.to_string()),
            Self::Float64(values) => Cow::Owned(values.get(at)?.to_string()),
            Self::Int64(values) => Cow::Owned(values.get(at)?.to_string()),
            Self::Bool(values) => Cow::Owned(values.get(at)?.to_string()),
            Self::Text(values) => Cow::Borrowed(values.get(at)?),
        })
    }

    /// Returns the value at `at` as a number of 64 bits; none of text and truths.
    fn number(&self, at: usize) -> Option<f64> {
        match self {
            Self::Float32(values) => values.get(at).copied().map(widened),
            Self::Float64(values) => values.get(at).copied(),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the column holds numbers, and this one"
            )]
            Self::Int64(values) => values.get(at).map(|value| *value as f64),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }
}

/// Returns the number of 64 bits that is written like `narrow`: 0.24 of 32 bits is 0.24 again, and
/// not 0.23999999463558197.
///
/// It is always one that gives `narrow` when it is made narrow again.
pub(super) fn widened(narrow: f32) -> f64 {
    let exact = f64::from(narrow);
    let written = narrow.to_string().parse::<f64>().unwrap_or(exact);
    #[expect(clippy::cast_possible_truncation, reason = "it is looked at what is lost")]
    let again = written as f32;
    if again.to_bits() == narrow.to_bits() { written } else { exact }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_widened_as_they_are_written() {
        assert_eq!(widened(0.24).to_bits(), 0.24_f64.to_bits());
        assert_eq!(widened(-17.0).to_bits(), (-17.0_f64).to_bits());
        assert_eq!(widened(f32::INFINITY).to_bits(), f64::INFINITY.to_bits());
        assert!(widened(f32::NAN).is_nan());
        for narrow in [f32::MAX, f32::MIN_POSITIVE, 1e-45, 16_777_217.0, 0.1, -0.0] {
            #[expect(clippy::cast_possible_truncation, reason = "the way back is what is tested")]
            let again = widened(narrow) as f32;
            assert_eq!(again.to_bits(), narrow.to_bits());
        }
    }
}
