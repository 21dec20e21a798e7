//! The names of what a classifier tells apart.

use std::fmt;

use arrow::array::ArrayRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cells::Cells;

/// A class as a model names it: `1`, `true` or `"spam"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Class {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
}

impl Class {
    /// Returns the class that a value of `plimsoll.yaml` names; a number must be whole.
    pub fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Number(value) => value.as_i64().map_or_else(
                || value.as_f64().and_then(whole).map(Self::Int),
                |whole| Some(Self::Int(whole)),
            ),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns the classes that the cells of a column name, `None` for an empty cell. Whole numbers
    /// are the same class whether they are written as integers or not; a column with fractions,
    /// dates or anything else names none.
    pub fn of_column(column: &ArrayRef) -> Option<Vec<Option<Self>>> {
        match Cells::of(column)? {
            Cells::Int(cells) => Some(cells.iter().map(|cell| cell.map(Self::Int)).collect()),
            Cells::Bool(cells) => Some(cells.iter().map(|cell| cell.map(Self::Bool)).collect()),
            Cells::Text(cells) => Some(
                cells.iter().map(|cell| cell.map(|text| Self::Text(text.to_owned()))).collect(),
            ),
            Cells::Float(cells) => {
                let class = |cell: Option<f64>| match cell {
                    Some(number) => whole(number).map(|number| Some(Self::Int(number))),
                    None => Some(None),
                };
                cells.iter().map(class).collect()
            }
        }
    }

    /// Tells whether both name one class: spelled alike, or the truth values `false` and `true` as
    /// the numbers 0 and 1 that libraries encode them with.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(truth), Self::Int(number)) | (Self::Int(number), Self::Bool(truth)) => {
                *number == i64::from(*truth)
            }
            (Self::Bool(truth), Self::Text(text)) | (Self::Text(text), Self::Bool(truth)) => {
                text.eq_ignore_ascii_case(if *truth { "true" } else { "false" })
            }
            _ => self.to_string() == other.to_string(),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(text) => f.pad(text),
        }
    }
}

/// Returns `value` as an integer, if it is one that a double holds exactly.
pub(crate) fn whole(value: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0; // 2^53: above it, not every integer is a double.
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    (value.fract() == 0.0 && value.abs() <= LARGEST).then_some(value as i64)
}

/// Returns classes as people read them.
pub(crate) fn listed(classes: &[Class]) -> String {
    const SHOWN: usize = 12;
    let mut shown: Vec<String> =
        classes.iter().take(SHOWN).map(|class| format!("`{class}`")).collect();
    if classes.len() > SHOWN {
        shown.push(format!("{} more", classes.len() - SHOWN));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_class_is_found_in_any_spelling() {
        let yes = Class::of_value(&json!("yes")).unwrap();
        assert!(yes.is(&Class::Text("yes".to_owned())));
        assert!(!yes.is(&Class::Text("Yes".to_owned())));
        let one = Class::of_value(&json!(1.0)).unwrap();
        assert!(one.is(&Class::Int(1)) && one.is(&Class::Text("1".to_owned())));
        assert!(one.is(&Class::Bool(true)) && !one.is(&Class::Bool(false)));
        assert!(Class::Bool(true).is(&Class::Text("True".to_owned())));
        assert!(!Class::Bool(true).is(&Class::Int(2)));
        assert_eq!(Class::of_value(&json!(0.5)), None);
        assert_eq!(Class::of_value(&json!(null)), None);
    }

    #[test]
    fn classes_are_written_as_the_values_that_they_are() {
        let classes = vec![Class::Int(3), Class::Text("3".to_owned()), Class::Bool(true)];
        let written = serde_json::to_string(&classes).unwrap();
        assert_eq!(written, r#"[3,"3",true]"#);
        assert_eq!(serde_json::from_str::<Vec<Class>>(&written).unwrap(), classes);
    }
}
