//! The type that all cells of a column have.

use arrow::array::{Array, ArrayRef, AsArray};

use crate::schema::ColumnType;
use crate::table::{Kind, Kinds};
use crate::text;

/// What a column of text can still be.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    possible: Vec<ColumnType>,
    seen: bool,
    /// Whether a number was seen that is finite: a column of nothing but `nan` is text.
    finite: bool,
}

impl Default for Candidates {
    fn default() -> Self {
        // The narrower type comes first, and what is left first is taken.
        let possible = vec![
            ColumnType::Integer,
            ColumnType::Number,
            ColumnType::Boolean,
            ColumnType::Date,
            ColumnType::Timestamp,
        ];
        Self { possible, seen: false, finite: false }
    }
}

impl Candidates {
    /// Takes in cells of text, of JSON with what they are; empty ones are null and say nothing.
    pub(crate) fn see(&mut self, cells: &ArrayRef, kinds: Option<&Kinds>) {
        let Some(cells) = cells.as_string_opt::<i32>() else { return };
        self.seen |= cells.null_count() < cells.len();
        if let Some(Kinds::All(kind)) = kinds
            && cells.null_count() < cells.len()
        {
            self.possible.retain(|candidate| may_be(*kind, *candidate));
        }
        for (row, cell) in cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            if let Some(Kinds::Each(kinds)) = kinds {
                self.possible.retain(|candidate| may_be(kinds[row], *candidate));
            }
            if self.possible.is_empty() {
                return;
            }
            if self.possible[0] == ColumnType::Integer {
                if text::integer(cell).is_some() {
                    // An integer is a number and nothing else, so the rest goes at once.
                    self.finite = true;
                    self.possible.truncate(2);
                    continue;
                }
                self.possible.remove(0);
            }
            let finite = &mut self.finite;
            self.possible.retain(|candidate| match candidate {
                ColumnType::Number => {
                    text::number(cell).inspect(|number| *finite |= number.is_finite()).is_some()
                }
                ColumnType::Boolean => text::boolean(cell).is_some(),
                ColumnType::Date => text::date(cell).is_some(),
                ColumnType::Timestamp => text::timestamp(cell).is_some(),
                ColumnType::Integer | ColumnType::String => false,
            });
        }
    }

    /// Returns the narrowest type of every cell; text where none was filled.
    pub(crate) fn column_type(&self) -> ColumnType {
        let first = self.possible.first().copied().filter(|_| self.seen);
        let first = first.filter(|found| *found != ColumnType::Number || self.finite);
        first.unwrap_or(ColumnType::String)
    }
}

/// Tells whether what is of this kind in JSON may be of a type.
fn may_be(kind: Kind, candidate: ColumnType) -> bool {
    match kind {
        Kind::Text => matches!(candidate, ColumnType::Date | ColumnType::Timestamp),
        Kind::Number => matches!(candidate, ColumnType::Integer | ColumnType::Number),
        Kind::Boolean => candidate == ColumnType::Boolean,
        Kind::Nested => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    #[test]
    fn the_narrowest_type_of_all_cells_is_taken() {
        let of = |cells: &[&str]| {
            let cells: StringArray =
                cells.iter().map(|cell| Some(*cell).filter(|cell| !cell.is_empty())).collect();
            let mut candidates = Candidates::default();
            candidates.see(&(Arc::new(cells) as ArrayRef), None);
            candidates.column_type()
        };
        assert_eq!(of(&["1", "", "-2"]), ColumnType::Integer);
        assert_eq!(of(&["1", "2.5", "nan"]), ColumnType::Number);
        assert_eq!(of(&["1.5", "2"]), ColumnType::Number);
        assert_eq!(of(&["nan", "inf"]), ColumnType::String);
        assert_eq!(of(&["true", "False"]), ColumnType::Boolean);
        assert_eq!(of(&["2011-01-01"]), ColumnType::Date);
        assert_eq!(of(&["2011-01-01", "2011-01-01 10:00"]), ColumnType::String);
        assert_eq!(of(&["2011-01-01T10:00"]), ColumnType::Timestamp);
        assert_eq!(of(&["1", "true"]), ColumnType::String);
        assert_eq!(of(&["true", "1"]), ColumnType::String);
        assert_eq!(of(&["", ""]), ColumnType::String);
        assert_eq!(of(&["29.85", " "]), ColumnType::String);
    }

    #[test]
    fn of_json_text_is_no_number() {
        let of = |cells: [&str; 2], kinds| {
            let mut candidates = Candidates::default();
            candidates
                .see(&(Arc::new(StringArray::from(cells.to_vec())) as ArrayRef), Some(&kinds));
            candidates.column_type()
        };
        assert_eq!(of(["1", "2"], Kinds::All(Kind::Number)), ColumnType::Integer);
        assert_eq!(of(["1", "2"], Kinds::All(Kind::Text)), ColumnType::String);
        assert_eq!(of(["2011-01-01", "2011-01-02"], Kinds::All(Kind::Text)), ColumnType::Date);
        assert_eq!(of(["true", "true"], Kinds::All(Kind::Boolean)), ColumnType::Boolean);
        let mixed = Kinds::Each(vec![Kind::Number, Kind::Text]);
        assert_eq!(of(["1", "2"], mixed), ColumnType::String);
    }
}
