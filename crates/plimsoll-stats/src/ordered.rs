//! Samples in ascending order.

use crate::sample::SampleError;

/// One sample in order: first the rows without a value, then those with one.
///
/// `items` are `(value, rows)` in ascending order of the value: sorted numbers ([`of_sorted`]), or
/// the weighted items of a sketch. A value may come several times in a row.
#[derive(Clone, Debug)]
pub struct Ordered<I> {
    /// Rows without a value; they sort before every value.
    pub missing: u64,
    /// The values and how many rows have each.
    pub items: I,
}

/// Returns a sample of numbers that are in ascending order already.
pub fn of_sorted(
    numbers: &[f64],
    missing: u64,
) -> Ordered<impl Iterator<Item = (f64, u64)> + Clone + '_> {
    Ordered { missing, items: numbers.iter().map(|&number| (number, 1)) }
}

/// A walk over a sample, from the smallest value up.
pub(crate) struct Walk<I> {
    items: I,
    pub(crate) next: Option<(f64, u64)>,
    /// The rows passed so far, the ones without a value included.
    pub(crate) upto: u64,
    pub(crate) rows: u64,
}

impl<I: Iterator<Item = (f64, u64)> + Clone> Walk<I> {
    pub(crate) fn new(what: &'static str, sample: Ordered<I>) -> Result<Self, SampleError> {
        let mut items = sample.items;
        let (mut rows, mut last) = (sample.missing, f64::NEG_INFINITY);
        for (row, (value, count)) in items.clone().enumerate() {
            if value.is_nan() || value < last {
                return Err(SampleError::Unordered { what, row });
            }
            (rows, last) = (rows.saturating_add(count), value);
        }
        let next = items.next();
        Ok(Self { items, next, upto: sample.missing, rows })
    }

    /// Passes all rows up to `value`.
    pub(crate) fn pass(&mut self, value: f64) {
        while let Some((_, rows)) = self.next.filter(|(next, _)| *next <= value) {
            self.upto = self.upto.saturating_add(rows);
            self.next = self.items.next();
        }
    }
}
