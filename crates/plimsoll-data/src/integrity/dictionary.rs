//! How often each value of a column is there, as long as there are few enough to be held.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::marks::Marks;
use super::spot::At;

/// The longest text that is kept of a value, in bytes; a cut one is compared by its digest alone.
const KEPT: usize = 200;

/// A value of a column.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// How many rows have it.
    pub(crate) count: u64,
    /// How many of them have blanks around it.
    pub(crate) padded: u64,
    /// Where it was seen first.
    pub(crate) first: At,
    /// Its text, perhaps cut.
    pub(crate) text: Box<str>,
    /// What was noted of it when it was new.
    pub(crate) marks: Marks,
}

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// Its value is new and held now.
    New(Marks),
    /// Its value is held already.
    Known(Marks),
    /// Its value may be new and is not held.
    Full,
}

/// The values that were seen first, by digest.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    values: HashMap<u64, Value, BuildHasherDefault<AsItIs>>,
    most: usize,
    /// Rows whose value is not held.
    beyond: u64,
}

impl Dictionary {
    /// Holds up to `most` values.
    pub(crate) fn new(most: usize) -> Self {
        Self { values: HashMap::default(), most, beyond: 0 }
    }

    /// Counts a cell with this digest; its text and marks are asked for when the value is new.
    #[inline]
    pub(crate) fn add(
        &mut self,
        word: u64,
        padded: bool,
        at: impl FnOnce() -> At,
        text: impl FnOnce() -> (String, Marks),
    ) -> Added {
        if let Some(value) = self.values.get_mut(&word) {
            value.count += 1;
            value.padded += u64::from(padded);
            return Added::Known(value.marks);
        }
        if self.values.len() >= self.most {
            self.beyond += 1;
            return Added::Full;
        }
        let (mut text, marks) = text();
        text.truncate(text.floor_char_boundary(KEPT));
        let value = Value {
            count: 1,
            padded: u64::from(padded),
            first: at(),
            text: text.into_boxed_str(),
            marks,
        };
        self.values.insert(word, value);
        Added::New(marks)
    }

    /// Tells whether every value is held.
    pub(crate) fn is_whole(&self) -> bool {
        self.beyond == 0
    }

    /// Returns how many values are held.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the value with this digest.
    pub(crate) fn get(&self, word: u64) -> Option<&Value> {
        self.values.get(&word)
    }

    /// Returns the values with their digests, the most frequent first, then by place.
    pub(crate) fn by_count(&self) -> Vec<(u64, &Value)> {
        let mut values: Vec<_> = self.values.iter().map(|(word, value)| (*word, value)).collect();
        values.sort_unstable_by(|(a, one), (b, other)| {
            let key = |word, value: &Value| (std::cmp::Reverse(value.count), value.first.row, word);
            key(*a, one).cmp(&key(*b, other))
        });
        values
    }

    /// Returns the values in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = (u64, &Value)> {
        self.values.iter().map(|(word, value)| (*word, value))
    }
}

/// Digests are spread already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only words are hashed; anything else is folded, not lost.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Place;

    #[test]
    fn what_is_held_is_counted_to_the_end() {
        let mut dictionary = Dictionary::new(2);
        let mut add = |text: &str, line| {
            let word = crate::integrity::digest::word(crate::integrity::cell::Cell::of_text(text));
            let padded = text.starts_with(' ');
            dictionary.add(
                word,
                padded,
                || At { row: line, place: Place::Line(line) },
                || (text.to_owned(), Marks::default()),
            )
        };
        assert_eq!(add("a", 2), Added::New(Marks::default()));
        assert_eq!(add("b", 3), Added::New(Marks::default()));
        assert_eq!(add("c", 4), Added::Full);
        assert_eq!(add(" b", 5), Added::Known(Marks::default()));
        assert_eq!(add("b", 6), Added::Known(Marks::default()));
        assert!(!dictionary.is_whole());
        let values: Vec<_> = dictionary
            .by_count()
            .into_iter()
            .map(|(_, value)| (&*value.text, value.count, value.padded, value.first.row))
            .collect();
        assert_eq!(values, [("b", 3, 1, 3), ("a", 1, 0, 2)]);
    }
}
