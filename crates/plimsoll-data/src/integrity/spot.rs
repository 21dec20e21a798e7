//! Places of rows as numbers, to be sorted and put aside by the million.

use std::sync::Arc;

use crate::example::Place;

/// How many bits a spot takes.
pub(crate) const SPOT_BITS: u32 = 48;

/// How many of those say which line or row; the others say which file.
const NUMBER_BITS: u32 = 36;

/// How many files are told apart; the places of more are those of the last of these.
const MOST_FILES: usize = 1 << (SPOT_BITS - NUMBER_BITS);

/// The place of a row among those of a table: first by file, then by line or row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot(u64);

impl Spot {
    /// Takes a spot back from its bits.
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the spot as [`SPOT_BITS`] bits.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }
}

/// What the spots of a table mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spots {
    are_rows: bool,
    /// The files, where there are several.
    files: Vec<Arc<str>>,
}

impl Spots {
    /// Returns the spot of a place; places come file by file.
    pub(crate) fn spot(&mut self, place: &Place) -> Spot {
        let (number, file) = match place {
            Place::Line(number) | Place::Row(number) => (*number, None),
            Place::LineOf(file, number) | Place::RowOf(file, number) => (*number, Some(file)),
        };
        self.are_rows = place.line().is_none();
        if let Some(file) = file
            && self.files.last() != Some(file)
            && self.files.len() < MOST_FILES
        {
            self.files.push(Arc::clone(file));
        }
        let file = self.files.len().saturating_sub(1) as u64;
        Spot(file << NUMBER_BITS | number.min((1 << NUMBER_BITS) - 1))
    }

    /// Returns the place of a spot.
    pub(crate) fn place(&self, spot: Spot) -> Place {
        let number = spot.0 & ((1 << NUMBER_BITS) - 1);
        let place = if self.are_rows { Place::Row(number) } else { Place::Line(number) };
        let file = usize::try_from(spot.0 >> NUMBER_BITS).ok().and_then(|at| self.files.get(at));
        match file {
            Some(file) => place.in_file(file),
            None => place,
        }
    }
}

/// A place with the number of its row in the whole table, by which places are in order.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) row: u64,
    pub(crate) place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_knows_its_place() {
        let (one, other): (Arc<str>, Arc<str>) = ("a.csv".into(), "b.csv".into());
        let places =
            [Place::LineOf(Arc::clone(&one), 2), Place::LineOf(one, 9), Place::LineOf(other, 3)];
        let mut spots = Spots::default();
        let all = places.clone().map(|place| spots.spot(&place));
        assert!(all.is_sorted() && all.iter().all(|spot| spot.bits() < 1 << SPOT_BITS));
        assert_eq!(all.map(|spot| spots.place(spot)), places);
        let mut spots = Spots::default();
        let spot = spots.spot(&Place::Row(7));
        assert_eq!(spots.place(Spot::from_bits(spot.bits())), Place::Row(7));
    }
}
