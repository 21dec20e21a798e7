//! What a target says about the task, where nobody else does.

use arrow::array::ArrayRef;
use plimsoll_core::project::Task;
use plimsoll_predict::Class;
use serde_json::Value;

use crate::column;

/// A target with so many whole numbers at most is one of classes.
const MOST_NUMBERED: usize = 20;

/// Returns the task that a target shows, and of two values the one that counts as positive by
/// custom: 1, or true.
///
/// Two values are a binary task, texts and few whole numbers are classes, all else are numbers.
pub fn task_of(target: &ArrayRef) -> (Task, Option<Value>) {
    let Some(classes) = Class::of_column(target) else { return (Task::Regression, None) };
    let mut classes: Vec<Class> = classes.into_iter().flatten().collect();
    classes.sort();
    classes.dedup();
    if classes.len() == 2 {
        let usual = classes.iter().find_map(|class| match class {
            Class::Int(1) => Some(Value::from(1)),
            Class::Bool(true) => Some(Value::from(true)),
            _ => None,
        });
        return (Task::Binary, usual);
    }
    if column::is_number(target) && classes.len() > MOST_NUMBERED {
        return (Task::Regression, None);
    }
    (Task::Multiclass, None)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Float64Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn a_target_shows_its_task() {
        let task = |column: ArrayRef| task_of(&column);
        let numbers = Arc::new(Float64Array::from(vec![0.5, 1.0, 2.25]));
        assert_eq!(task(numbers), (Task::Regression, None));
        let counts = Arc::new(Int64Array::from_iter_values(0..100));
        assert_eq!(task(counts), (Task::Regression, None));
        let zeros = Arc::new(Int64Array::from(vec![0, 1, 1]));
        assert_eq!(task(zeros), (Task::Binary, Some(1.into())));
        let truths = Arc::new(BooleanArray::from(vec![false, true]));
        assert_eq!(task(truths), (Task::Binary, Some(true.into())));
        let words = Arc::new(StringArray::from(vec!["no", "yes"]));
        assert_eq!(task(words), (Task::Binary, None));
        let grades = Arc::new(Int64Array::from_iter_values((0..100).map(|row| row % 5)));
        assert_eq!(task(grades), (Task::Multiclass, None));
        let names = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        assert_eq!(task(names), (Task::Multiclass, None));
    }
}
