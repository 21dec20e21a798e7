//! What kinds of cells a column has, and what kind of column that makes it.

use plimsoll_core::Share;
use std::num::NonZeroU64;

use super::cell::Cell;
use crate::example::Place;

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CellKind {
    /// A number, whole or not.
    Number,
    /// Yes or no.
    Boolean,
    /// A date or a moment.
    Moment,
    /// Digits that are no number.
    Code,
    /// Other text.
    Text,
    /// A word for no value.
    NullLike,
}

impl CellKind {
    const COUNT: usize = 6;

    /// Returns the kind of a cell that is not missing and not null-like.
    pub(crate) fn of(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Missing => None,
            Cell::Integer(_) | Cell::Number(_) => Some(Self::Number),
            Cell::Boolean(_) => Some(Self::Boolean),
            Cell::Moment(..) => Some(Self::Moment),
            Cell::Code(_) => Some(Self::Code),
            Cell::Text(_) => Some(Self::Text),
        }
    }
}

/// What a column holds, by what nearly all of its cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Nothing.
    Empty,
    /// Numbers.
    Number,
    /// Yes and no.
    Boolean,
    /// Dates or moments.
    Moment,
    /// Text, codes of digits, or a mixture.
    Text,
    /// Lists, bytes and other things that are only compared.
    Opaque,
}

/// The least share of a column's cells that make it a column of their kind.
const NEARLY_ALL: f64 = 0.9;

/// How many examples of each kind are held.
const EXAMPLES: usize = 3;

/// How many cells of each kind there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds {
    counts: [u64; CellKind::COUNT],
    examples: [Vec<(Place, String)>; CellKind::COUNT],
}

impl Kinds {
    /// Counts a cell; `shown` is asked for while examples are wanted.
    #[inline]
    pub(crate) fn add(
        &mut self,
        kind: CellKind,
        place: impl FnOnce() -> Place,
        shown: impl FnOnce() -> String,
    ) {
        let at = kind as usize;
        self.counts[at] += 1;
        if self.examples[at].len() < EXAMPLES {
            self.examples[at].push((place(), shown()));
        }
    }

    /// Returns how many cells are of `kind`.
    pub(crate) fn count(&self, kind: CellKind) -> u64 {
        self.counts[kind as usize]
    }

    /// Returns the first cells of `kind`.
    pub(crate) fn examples(&self, kind: CellKind) -> &[(Place, String)] {
        &self.examples[kind as usize]
    }

    /// Returns how many cells hold a value.
    pub(crate) fn filled(&self) -> u64 {
        self.counts.iter().sum::<u64>() - self.count(CellKind::NullLike)
    }

    /// Returns what kind of column these cells make.
    pub(crate) fn column(&self) -> ColumnKind {
        let Some(filled) = NonZeroU64::new(self.filled()) else { return ColumnKind::Empty };
        let is_nearly_all = |kind| Share::of(self.count(kind), filled).get() >= NEARLY_ALL;
        // Numbers beside digits that are none, such as 01234, are codes as well.
        if is_nearly_all(CellKind::Number) && self.count(CellKind::Code) == 0 {
            ColumnKind::Number
        } else if is_nearly_all(CellKind::Boolean) {
            ColumnKind::Boolean
        } else if is_nearly_all(CellKind::Moment) {
            ColumnKind::Moment
        } else {
            ColumnKind::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[(CellKind, u64)]) -> ColumnKind {
        let mut kinds = Kinds::default();
        for (kind, count) in cells {
            for _ in 0..*count {
                kinds.add(*kind, || Place::Line(2), String::new);
            }
        }
        kinds.column()
    }

    #[test]
    fn nearly_all_cells_decide() {
        use CellKind::{Boolean, Code, Moment, NullLike, Number, Text};
        assert_eq!(column(&[]), ColumnKind::Empty);
        assert_eq!(column(&[(NullLike, 5)]), ColumnKind::Empty);
        assert_eq!(column(&[(Number, 9), (Text, 1), (NullLike, 50)]), ColumnKind::Number);
        assert_eq!(column(&[(Number, 8), (Text, 2)]), ColumnKind::Text);
        assert_eq!(column(&[(Number, 99), (Code, 1)]), ColumnKind::Text);
        assert_eq!(column(&[(Boolean, 10)]), ColumnKind::Boolean);
        assert_eq!(column(&[(Moment, 10), (Text, 1)]), ColumnKind::Moment);
    }
}
