//! What is kept of training data, so that later files can be compared with them when they are gone.

mod file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::file::{ReadDigestsError, WriteDigestsError, is_digests};
use super::coded::CodedSet;
use super::column::Column;
use super::facts::{Facts, TimeKind};
use super::relation::Relations;

/// Training data, without the data.
///
/// Rows, identifiers and values are held as digests without a key: that one was there can be told by who
/// has it or guesses it, of values also how often. The ends of the time are held as they are.
#[derive(Debug)]
pub struct Reference {
    /// How many rows there were.
    pub(crate) rows: u64,
    /// How many of them had a twin among them, by these columns.
    pub(crate) twins: u64,
    /// The columns by which rows are compared, all but the label and identifiers, sorted.
    pub(crate) columns: Vec<String>,
    /// Their digests.
    pub(crate) rows_set: CodedSet,
    /// The identifiers.
    pub(crate) index: Option<IndexSet>,
    /// From when to when the rows were.
    pub(crate) time: Option<TimeOf>,
    /// The column that was to be predicted.
    pub(crate) label: Option<String>,
    /// The values of columns that had few enough, by digest.
    pub(crate) values: BTreeMap<String, ValuesOf>,
    /// How features went with the label.
    pub(crate) relations: Option<Relations>,
}

/// Identifiers of training data.
#[derive(Debug)]
pub(crate) struct IndexSet {
    /// The columns that they are made of, sorted.
    pub(crate) columns: Vec<String>,
    /// Their digests.
    pub(crate) set: CodedSet,
}

/// From when to when training data were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TimeOf {
    pub(crate) column: String,
    pub(crate) kind: TimeKind,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// How often the values of a column were there, by digest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ValuesOf(pub(crate) BTreeMap<u64, u64>);

impl Reference {
    /// Keeps what is needed of a file that was looked at for it.
    pub(crate) fn of(mut facts: Facts, compared_by: Option<&[String]>) -> Option<Self> {
        let rows_set = facts.row_digests.take()?;
        let is_compared = |name: &String| compared_by.is_none_or(|names| names.contains(name));
        let name_of = |at: usize| facts.columns[at].name.clone();
        let features = facts.compared().filter(|at| facts.layout.label.at() != Some(at));
        let mut columns: Vec<String> = features.map(name_of).filter(is_compared).collect();
        columns.sort();
        let index = facts.index_digests.take().zip(facts.layout.index.at()).map(|(set, places)| {
            let mut columns: Vec<String> = places.iter().map(|at| name_of(*at)).collect();
            columns.sort();
            IndexSet { columns, set }
        });
        let time = facts.layout.time.at().zip(facts.time.kind).map(|(at, kind)| TimeOf {
            column: name_of(*at),
            kind,
            min: facts.time.min,
            max: facts.time.max,
        });
        let is_label = |at: usize| facts.layout.label.at() == Some(&at);
        let kept = facts.columns.iter().enumerate();
        let kept = kept.filter(|(at, column)| column.is_category() || is_label(*at));
        let values = kept.filter(|(_, column)| column.dictionary.is_whole());
        let values =
            values.map(|(_, column)| (column.name.clone(), ValuesOf::of(column))).collect();
        let label = facts.layout.label.at().map(|at| name_of(*at));
        let relations = Relations::of(&facts);
        Some(Self {
            rows: facts.sound,
            twins: facts.twins,
            columns,
            rows_set,
            index,
            time,
            label,
            values,
            relations,
        })
    }
}

impl ValuesOf {
    fn of(column: &Column) -> Self {
        Self(column.dictionary.values().map(|(word, value)| (word, value.count)).collect())
    }
}
