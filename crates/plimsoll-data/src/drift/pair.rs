//! A column on both sides, and as what it is compared.

use crate::profile::{Column, Kind};

/// A column that both sides have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) reference: &'a Column,
    pub(super) current: &'a Column,
    /// As what it is compared.
    pub(super) kind: Kind,
}

/// The values of a column are of another kind than they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) from: Kind,
    pub(super) to: Kind,
}

impl<'a> Pair<'a> {
    pub(super) fn new(reference: &'a Column, current: &'a Column) -> Result<Self, Changed> {
        joint(reference, current).map(|kind| Self { reference, current, kind })
    }

    pub(super) fn name(&self) -> &'a str {
        self.reference.name()
    }

    pub(super) fn columns(&self) -> [&'a Column; 2] {
        [self.reference, self.current]
    }

    /// Returns how many rows have a value of the kind that is compared: what is nothing, and what
    /// is something else, is missing.
    pub(super) fn filled(&self) -> [u64; 2] {
        self.columns().map(|column| filled(column, self.kind))
    }

    pub(super) fn missing(&self) -> [u64; 2] {
        self.columns().map(|column| column.rows() - filled(column, self.kind))
    }
}

/// Returns the kind that both columns are of.
///
/// A few rows may look like another kind than many: integers like numbers or like a key, words like
/// categories, text or names. Then the more general one is taken.
fn joint(reference: &Column, current: &Column) -> Result<Kind, Changed> {
    use Kind::{Category, Empty, Identifier, Integer, Json, Number, Text};
    let (from, to) = (reference.kind(), current.kind());
    let numbered = |column: &Column| column.texts().is_none();
    match (from, to) {
        _ if from == to && from != Identifier => Ok(from),
        (Empty, other) | (other, Empty) => Ok(other),
        (Integer, Number) | (Number, Integer) => Ok(Number),
        (Identifier, Identifier) if numbered(reference) == numbered(current) => Ok(Identifier),
        // A key stays one where rows were left out, are few, or repeat each other, which is what is
        // looked for.
        (Identifier, Integer) if numbered(reference) => Ok(Identifier),
        (Identifier, Category | Text) if !numbered(reference) => Ok(Identifier),
        // A short side may number its rows by chance, as the hours of one day do.
        (Integer, Identifier) if numbered(current) => Ok(Integer),
        (Identifier, Category | Text | Json) if numbered(reference) => Err(Changed { from, to }),
        (Category | Text | Json, Identifier) if numbered(current) => Err(Changed { from, to }),
        (Category, Identifier) => Ok(Category),
        // By length and letters alone, values that became others look as they did.
        (Category, Text | Json) if current.is_counted() => Ok(Category),
        (Category, Text | Json) => Err(Changed { from, to }),
        (Category | Text | Json | Identifier, Category | Text | Json | Identifier) => Ok(Text),
        _ => Err(Changed { from, to }),
    }
}

fn filled(column: &Column, kind: Kind) -> u64 {
    let instants = || column.instants().map_or(0, |instants| instants.values().count());
    match kind {
        Kind::Integer | Kind::Number => {
            column.all_numbers().map_or(0, crate::profile::Numbers::count)
        }
        Kind::Boolean => column.flags().iter().sum(),
        Kind::Date | Kind::Timestamp => instants(),
        Kind::Text | Kind::Json => column.texts().map_or(0, crate::profile::Texts::count),
        Kind::Category | Kind::Identifier | Kind::Mixed | Kind::Empty => column.filled(),
    }
}
