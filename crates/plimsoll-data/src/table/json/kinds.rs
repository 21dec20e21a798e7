//! What the cells of a column are in JSON.

use super::value::Kind;

/// The kind of each cell of a column; of an empty one it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// Every cell that is filled is of this kind.
    All(Kind),
    /// They are of different kinds.
    Each(Vec<Kind>),
}

impl Kinds {
    /// Takes the kinds of cells, some of which are filled.
    pub(super) fn of(kinds: Vec<Kind>, filled: &[bool]) -> Self {
        let mut found = kinds.iter().zip(filled).filter(|(_, filled)| **filled);
        let first = found.next().map_or(Kind::Text, |(kind, _)| *kind);
        if found.all(|(kind, _)| *kind == first) { Self::All(first) } else { Self::Each(kinds) }
    }

    /// Returns the kind of the cell at `row`.
    pub(crate) fn at(&self, row: usize) -> Kind {
        match self {
            Self::All(kind) => *kind,
            Self::Each(kinds) => kinds[row],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_have_no_say() {
        let kinds = |kinds: &[(Kind, bool)]| {
            let (kinds, filled): (_, Vec<_>) = kinds.iter().copied().unzip();
            Kinds::of(kinds, &filled)
        };
        let (text, number) = (Kind::Text, Kind::Number);
        assert_eq!(kinds(&[(text, false), (number, true), (number, true)]), Kinds::All(number));
        assert_eq!(kinds(&[(text, false)]), Kinds::All(text));
        let mixed = kinds(&[(number, true), (text, false), (text, true)]);
        assert_eq!((0..3).map(|row| mixed.at(row)).collect::<Vec<_>>(), [number, text, text]);
    }
}
