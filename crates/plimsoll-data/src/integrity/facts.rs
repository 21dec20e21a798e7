//! What one pass learned of a file: the input of every check.

use plimsoll_core::Finding;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::coded::CodedSet;
use super::column::Column;
use super::frame::Answer;
use super::groups::{Conflicts, Repeats, Shared};
use super::roles::{Layout, Role};
use super::sample::Sample;
use super::spot::Spots;
use crate::anomaly::{Hours, Outliers};
use crate::example::{Place, Tally};

/// A file, looked at.
#[derive(Debug)]
pub(crate) struct Facts {
    /// How many rows there are, damaged ones included.
    pub(crate) rows: u64,
    /// How many of them are sound; only those are known of.
    pub(crate) sound: u64,
    /// What is wrong with the others, or with the file.
    pub(crate) damage: Vec<Finding>,
    /// What the spots of rows mean.
    pub(crate) spots: Spots,
    /// Which columns were looked at and what they mean.
    pub(crate) layout: Layout,
    /// Those columns.
    pub(crate) columns: Vec<Column>,
    /// Rows drawn at random.
    pub(crate) sample: Sample,
    /// Rows that repeat others, by all columns but identifiers.
    pub(crate) repeats: Repeats,
    /// How many rows have a twin by the columns by which they are remembered.
    pub(crate) twins: u64,
    /// Rows that contradict others, where there is a label.
    pub(crate) conflicts: Option<Conflicts>,
    /// Rows that the reference has as well, where they could be compared.
    pub(crate) rows_shared: Option<Shared>,
    /// Identifiers that the reference has as well, where both have them.
    pub(crate) index_shared: Option<Shared>,
    /// The digests of rows and of identifiers, where they were asked for.
    pub(crate) row_digests: Option<CodedSet>,
    pub(crate) index_digests: Option<CodedSet>,
    /// From when to when the rows are, where there is a time.
    pub(crate) time: TimeSpan,
    /// The series over that time.
    pub(crate) series: Vec<Hours>,
    /// Rows that are far from the rest, where they were looked for.
    pub(crate) outliers: Option<Outliers>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            rows: 0,
            sound: 0,
            damage: Vec::new(),
            spots: Spots::default(),
            layout: Layout::default(),
            columns: Vec::new(),
            sample: Sample::new(0),
            repeats: Repeats::default(),
            twins: 0,
            conflicts: None,
            rows_shared: None,
            index_shared: None,
            row_digests: None,
            index_digests: None,
            time: TimeSpan::default(),
            series: Vec::new(),
            outliers: None,
        }
    }
}

impl Facts {
    /// Returns the columns that a model may be given, with their places.
    pub(crate) fn features(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(at, _)| self.layout.is_feature(*at))
    }

    /// Returns the columns by which rows are compared.
    pub(crate) fn compared(&self) -> impl Iterator<Item = usize> {
        let is_index = |at: &usize| self.layout.index.at().is_some_and(|index| index.contains(at));
        (0..self.columns.len()).filter(move |at| !is_index(at))
    }

    /// Returns how many of so many pairs of rows would agree in all of these columns if columns had
    /// nothing to do with each other.
    pub(crate) fn pairs_by_chance(&self, columns: impl Iterator<Item = usize>, rows: u64) -> f64 {
        let rows = rows as f64;
        let pairs = rows * (rows - 1.0) / 2.0;
        columns.map(|at| self.sample.agreement(at)).fold(pairs, |pairs, chance| pairs * chance)
    }
}

/// What a column that says when counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TimeKind {
    /// Microseconds since 1970 UTC, written as dates or moments.
    Moment,
    /// Numbers of any unit.
    Number,
}

/// From when to when rows are.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeSpan {
    /// What it counts in; the first value decides.
    pub(crate) kind: Option<TimeKind>,
    /// The first and the last, of at least one value.
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// How many rows say when.
    pub(crate) rows: u64,
    /// Cells that do not, or in another way.
    pub(crate) unread: Tally,
    /// Rows that are not later than the end of the reference.
    pub(crate) early: Tally,
}

impl TimeSpan {
    /// Takes in a cell; `end` is when the reference ends.
    pub(crate) fn add(
        &mut self,
        cell: Cell<'_>,
        place: impl Fn() -> Place,
        end: Option<(TimeKind, f64)>,
    ) {
        let (kind, at) = match cell {
            Cell::Moment(micros, _) => (TimeKind::Moment, micros as f64),
            Cell::Integer(number) => (TimeKind::Number, number as f64),
            Cell::Number(number) if number.is_finite() => (TimeKind::Number, number),
            _ => return self.unread.add(place(), String::new),
        };
        if *self.kind.get_or_insert(kind) != kind {
            return self.unread.add(place(), String::new);
        }
        (self.min, self.max) =
            if self.rows == 0 { (at, at) } else { (self.min.min(at), self.max.max(at)) };
        self.rows += 1;
        if end.is_some_and(|(of, end)| of == kind && at <= end) {
            self.early.add(place(), String::new);
        }
    }
}

/// Returns why a role has no column: nobody named one, or it is not there.
pub(crate) enum Absent {
    /// Nobody named one.
    NotNamed,
    /// It is not there: why.
    Lost(String),
}

impl Absent {
    /// Returns what a check answers that needs the role.
    pub(crate) fn answer(self, not_named: &str) -> Answer {
        match self {
            Self::NotNamed => Answer::Idle(not_named.to_owned()),
            Self::Lost(said) => Answer::Unable(said),
        }
    }
}

impl<T> Role<T> {
    /// Returns the place, or why there is none.
    pub(crate) fn get(&self) -> Result<&T, Absent> {
        match self {
            Self::At(at) => Ok(at),
            Self::NotNamed => Err(Absent::NotNamed),
            Self::Lost(said) => Err(Absent::Lost(said.clone())),
        }
    }
}
