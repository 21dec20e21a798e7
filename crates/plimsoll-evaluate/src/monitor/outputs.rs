//! Recorded answers as the model gave them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, filter, is_not_null};
use arrow::datatypes::{ArrowNativeType, DataType, Float32Type, Float64Type, Int64Type};
use plimsoll_predict::{Output, Outputs, Port, Tensor, Values};

use super::{MonitorError, OUTPUT};

/// Tells for each row whether every answer is there, finite, and as wide as that of the others.
///
/// `given` are the model's outputs: what other versions answered may stand beside them, empty.
pub(super) fn are_sound(table: &RecordBatch, given: &[Port]) -> Result<Vec<bool>, MonitorError> {
    let mut sound = vec![true; table.num_rows()];
    let mut any = false;
    for (name, column) in answers(table, given) {
        any = true;
        let (cells, widths) = flat(name, column)?;
        let width = widths.iter().copied().find(|width| *width > 0).unwrap_or(1);
        let finite = are_finite(name, &cells)?;
        let mut at = 0;
        for (sound, found) in sound.iter_mut().zip(widths) {
            *sound &= found == width && finite[at..at + found].iter().all(|finite| *finite);
            at += found;
        }
    }
    if any { Ok(sound) } else { Err(MonitorError::Recorded(OUTPUT)) }
}

/// Returns the answers of rows that are all sound.
pub(super) fn read(table: &RecordBatch, given: &[Port]) -> Result<Outputs, MonitorError> {
    let mut outputs = Vec::new();
    for (name, column) in answers(table, given) {
        let (cells, widths) = flat(name, column)?;
        let values = values(&cells).ok_or_else(|| strange(name, &cells))?;
        let tensor = match widths.first() {
            Some(&width) if is_list(column) => {
                Tensor::new(vec![widths.len(), width], values).map_err(|_| strange(name, column))?
            }
            _ => Tensor::of_rows(values),
        };
        outputs.push((name.to_owned(), Output::Tensor(tensor)));
    }
    Ok(Outputs(outputs))
}

fn answers<'t>(
    table: &'t RecordBatch,
    given: &'t [Port],
) -> impl Iterator<Item = (&'t str, &'t ArrayRef)> {
    let column = |name: &str| table.column_by_name(&format!("{OUTPUT}{name}"));
    given.iter().filter_map(move |port| Some((&*port.name, column(&port.name)?)))
}

fn strange(name: &str, column: &ArrayRef) -> MonitorError {
    let (output, found) = (name.to_owned(), column.data_type().to_string());
    MonitorError::Output { output, found }
}

fn is_list(column: &ArrayRef) -> bool {
    matches!(column.data_type(), DataType::List(_) | DataType::FixedSizeList(..))
}

/// Returns all values of a column, row after row, and how many each row has: 0 where it is empty.
fn flat(name: &str, column: &ArrayRef) -> Result<(ArrayRef, Vec<usize>), MonitorError> {
    let is_there = |row: &usize| column.is_valid(*row);
    let mut widths: Vec<usize> = (0..column.len()).map(|row| usize::from(is_there(&row))).collect();
    let there = if column.null_count() == 0 {
        Arc::clone(column)
    } else {
        let mask = is_not_null(column).and_then(|mask| filter(column, &mask));
        mask.map_err(|_| strange(name, column))?
    };
    let (DataType::List(item) | DataType::FixedSizeList(item, _)) = column.data_type() else {
        return Ok((there, widths));
    };
    let list = cast(&there, &DataType::List(Arc::clone(item)));
    let list = list.map_err(|_| strange(name, column))?;
    let list = list.as_list::<i32>();
    let offsets: Vec<usize> = list.value_offsets().iter().map(|at| at.as_usize()).collect();
    let sizes = offsets.windows(2).map(|ends| ends[1] - ends[0]);
    widths
        .iter_mut()
        .filter(|width| **width > 0)
        .zip(sizes)
        .for_each(|(width, size)| *width = size);
    let (from, to) = (offsets.first().unwrap_or(&0), offsets.last().unwrap_or(&0));
    Ok((list.values().slice(*from, to - from), widths))
}

fn are_finite(name: &str, cells: &ArrayRef) -> Result<Vec<bool>, MonitorError> {
    let finite = match values(cells).ok_or_else(|| strange(name, cells))? {
        Values::Float(values) => values.iter().map(|value| value.is_finite()).collect(),
        Values::Double(values) => values.iter().map(|value| value.is_finite()).collect(),
        others => vec![true; others.len()],
    };
    let there = |(row, finite)| cells.is_valid(row) && finite;
    Ok(finite.into_iter().enumerate().map(there).collect())
}

/// Returns the values of a column; those of empty cells mean nothing.
fn values(cells: &ArrayRef) -> Option<Values> {
    let of = |kind: &DataType| cast(cells, kind).ok();
    match cells.data_type() {
        DataType::Float16 | DataType::Float32 => {
            let values = of(&DataType::Float32)?;
            Some(Values::Float(values.as_primitive::<Float32Type>().values().to_vec()))
        }
        DataType::Float64 => {
            Some(Values::Double(cells.as_primitive::<Float64Type>().values().to_vec()))
        }
        kind if kind.is_integer() => {
            let values = of(&DataType::Int64)?;
            Some(Values::Int64(values.as_primitive::<Int64Type>().values().to_vec()))
        }
        DataType::Boolean => {
            Some(Values::Bool(cells.as_boolean().iter().map(Option::unwrap_or_default).collect()))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let values = of(&DataType::Utf8)?;
            let values = values.as_string::<i32>().iter();
            Some(Values::String(values.map(|text| text.unwrap_or_default().to_owned()).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Date32Array, FixedSizeListArray, Float32Array, Int64Array, ListArray, StringArray,
    };

    use plimsoll_predict::{ElementType, Kind};

    use super::*;

    fn ports(names: &[&str]) -> Vec<Port> {
        let kind = Kind::Tensor { element: ElementType::Float, shape: Vec::new() };
        names.iter().map(|name| Port { name: (*name).to_owned(), kind: kind.clone() }).collect()
    }

    fn table(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("output:y", column)]).unwrap()
    }

    #[test]
    fn rows_without_a_finite_answer_are_told() {
        let cells = Float32Array::from(vec![Some(1.0), None, Some(f32::NAN), Some(2.0)]);
        assert_eq!(
            are_sound(&table(Arc::new(cells)), &ports(&["y"])).unwrap(),
            [true, false, false, true]
        );
        let lists = ListArray::from_iter_primitive::<Float32Type, _, _>([
            Some(vec![Some(0.1), Some(0.9)]),
            None,
            Some(vec![Some(0.3), None]),
            Some(vec![Some(1.0)]),
            Some(vec![Some(0.5), Some(0.5)]),
        ]);
        let sound = are_sound(&table(Arc::new(lists)), &ports(&["y"])).unwrap();
        assert_eq!(sound, [true, false, false, false, true]);
    }

    #[test]
    fn answers_are_tensors_of_rows() {
        let lists = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
            [Some(vec![Some(0.1), Some(0.9)]), Some(vec![Some(0.6), Some(0.4)])],
            2,
        );
        let batch = RecordBatch::try_from_iter([
            ("hr", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
            ("output:label", Arc::new(StringArray::from(vec!["b", "a"]))),
            ("output:probabilities", Arc::new(lists)),
        ])
        .unwrap();
        let outputs = read(&batch, &ports(&["label", "probabilities", "none"])).unwrap();
        let Some(Output::Tensor(scores)) = outputs.get("probabilities") else { panic!() };
        assert_eq!((scores.shape(), scores.rows()), (&[2, 2][..], 2));
        let Some(Output::Tensor(labels)) = outputs.get("label") else { panic!() };
        assert_eq!(labels.values(), &Values::String(vec!["b".to_owned(), "a".to_owned()]));
    }

    #[test]
    fn what_no_model_gives_is_an_error() {
        let dates = table(Arc::new(Date32Array::from(vec![1])));
        assert!(matches!(are_sound(&dates, &ports(&["y"])), Err(MonitorError::Output { .. })));
        let none =
            RecordBatch::try_from_iter([("y", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
        assert!(matches!(
            are_sound(&none.unwrap(), &ports(&["y"])),
            Err(MonitorError::Recorded(OUTPUT))
        ));
    }
}
