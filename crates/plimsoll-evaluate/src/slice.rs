//! Which rows of the test set belong to a slice.

use arrow::array::{ArrayRef, RecordBatch};
use plimsoll_core::project::{Condition, Slice};
use serde_json::Value;

use crate::column::{self, ColumnError};

/// Returns for each row whether it meets every condition; an empty cell meets none.
pub(crate) fn rows_of(slice: &Slice, table: &RecordBatch) -> Result<Vec<bool>, ColumnError> {
    let mut chosen = vec![true; table.num_rows()];
    for (name, condition) in slice {
        let met = met(name, column::find(table, name)?, condition)?;
        chosen.iter_mut().zip(met).for_each(|(chosen, met)| *chosen &= met);
    }
    Ok(chosen)
}

/// Returns the conditions in words.
pub(crate) fn describe(slice: &Slice) -> String {
    let conditions = slice.iter().map(|(name, condition)| format!("{name} {condition}"));
    conditions.collect::<Vec<_>>().join(" and ")
}

fn met(name: &str, cells: &ArrayRef, condition: &Condition) -> Result<Vec<bool>, ColumnError> {
    match condition {
        Condition::Range { min, max } => {
            let within = |value: f64| {
                min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
            };
            let numbers = column::numbers(name, cells)?;
            Ok(numbers.into_iter().map(|value| value.is_some_and(within)).collect())
        }
        Condition::In(values) if column::is_number(cells) => {
            let wanted: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
            let is_wanted = |value: f64| wanted.contains(&value);
            let numbers = column::numbers(name, cells)?;
            Ok(numbers.into_iter().map(|value| value.is_some_and(is_wanted)).collect())
        }
        Condition::In(values) => {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let wanted: Vec<String> = values.iter().map(text).collect();
            let cells = column::texts(name, cells)?;
            Ok(cells
                .into_iter()
                .map(|cell| cell.is_some_and(|cell| wanted.contains(&cell)))
                .collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Int64Array, StringArray};

    use super::*;

    fn table() -> RecordBatch {
        RecordBatch::try_from_iter([
            ("hr", Arc::new(Int64Array::from(vec![Some(17), Some(3), None])) as ArrayRef),
            ("sex", Arc::new(StringArray::from(vec!["F", "M", "F"]))),
            ("day", Arc::new(Date32Array::from(vec![0, 1, 2]))),
        ])
        .unwrap()
    }

    fn chosen(conditions: &[(&str, Condition)]) -> Result<Vec<bool>, ColumnError> {
        let slice = conditions.iter().map(|(name, c)| ((*name).to_owned(), c.clone())).collect();
        rows_of(&slice, &table())
    }

    #[test]
    fn every_condition_must_be_met_and_empty_cells_meet_none() {
        let evening = Condition::In(vec![17.into(), 18.into()]);
        assert_eq!(chosen(&[("hr", evening.clone())]).unwrap(), [true, false, false]);
        let women = Condition::In(vec!["F".into()]);
        assert_eq!(chosen(&[("sex", women.clone())]).unwrap(), [true, false, true]);
        assert_eq!(chosen(&[("sex", women), ("hr", evening)]).unwrap(), [true, false, false]);
        let night = Condition::Range { min: None, max: Some(5.0) };
        assert_eq!(chosen(&[("hr", night)]).unwrap(), [false, true, false]);
        let day = Condition::In(vec!["1970-01-02".into()]);
        assert_eq!(chosen(&[("day", day)]).unwrap(), [false, true, false]);
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        let range = Condition::Range { min: Some(1.0), max: None };
        assert!(matches!(chosen(&[("sex", range.clone())]), Err(ColumnError::Type { .. })));
        assert!(matches!(chosen(&[("none", range)]), Err(ColumnError::Missing { .. })));
    }
}
