//! What kind of label a column is.

use plimsoll_core::project::Task;

use super::column::Column;
use super::facts::Facts;
use super::frame::Answer;
use super::kind::ColumnKind;
use crate::example::shown;

/// The most values that are classes.
const MOST_CLASSES: usize = 100;

/// What is to be predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelKind {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Classes,
    /// A number.
    Number,
}

/// The label of a file.
#[derive(Clone, Copy)]
pub(crate) struct Label<'a> {
    /// Its place among the columns.
    pub(crate) at: usize,
    /// Its column.
    pub(crate) column: &'a Column,
    /// What kind it is.
    pub(crate) kind: LabelKind,
}

impl<'a> Label<'a> {
    /// Returns the label of a file, or what a check that needs one answers.
    ///
    /// Text and booleans are classes, and so are two numbers. More numbers are a number to predict,
    /// unless the task says that they are classes.
    pub(crate) fn of(facts: &'a Facts) -> Result<Self, Answer> {
        let at = match facts.layout.label.get() {
            Ok(at) => *at,
            Err(absent) => return Err(absent.answer("no label is named")),
        };
        let Some(column) = facts.columns.get(at) else {
            return Err(Answer::Unable("the file was not read".to_owned()));
        };
        let unable =
            |said: &str| Err(Answer::Unable(format!("the label `{}` {said}", shown(&column.name))));
        let (values, whole) = (column.dictionary.len(), column.dictionary.is_whole());
        let are_classes = whole && values <= MOST_CLASSES;
        let kind = match (column.kind(), facts.layout.task) {
            (ColumnKind::Empty, _) => return unable("is empty in every row"),
            (ColumnKind::Opaque | ColumnKind::Moment, _) => {
                return unable("holds neither classes nor numbers");
            }
            (ColumnKind::Number, None | Some(Task::Regression)) if !whole || values > 2 => {
                LabelKind::Number
            }
            (ColumnKind::Number, Some(Task::Regression)) => LabelKind::Number,
            (_, Some(Task::Regression)) => {
                return unable("holds no numbers, which a regression predicts");
            }
            _ if !are_classes => return unable("has more than 100 values, which are no classes"),
            (_, Some(Task::Binary)) if values > 2 => return unable("has more than two classes"),
            _ if values <= 2 => LabelKind::Binary,
            _ => LabelKind::Classes,
        };
        Ok(Self { at, column, kind })
    }

    /// Returns the label if it is classes, or what a check that needs classes answers.
    pub(crate) fn classes(facts: &'a Facts) -> Result<Self, Answer> {
        let label = Self::of(facts)?;
        if label.kind == LabelKind::Number {
            return Err(Answer::Idle("the label is a number".to_owned()));
        }
        Ok(label)
    }
}
