//! Columns as a tree sees them.

use std::collections::BTreeMap;

/// The number of bins, as many as a word has bits.
pub(super) const BINS: usize = 64;

/// Rare categories.
const LAST: u8 = 63;

/// Rows without a value.
const MISSING: u8 = 0;

/// A column: for each row one of 64 bins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    bins: Vec<u8>,
    /// Whether bins are only parted at a place of their order.
    ordered: bool,
}

impl Feature {
    /// Puts numbers into bins of about equally many rows. NaN is a missing value, and the lowest.
    #[expect(clippy::cast_possible_truncation, reason = "below 64")]
    pub fn of_numbers(numbers: &[f64]) -> Self {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let parts = BINS - 1;
        let mut ends: Vec<f64> = (1..parts)
            .filter_map(|part| sorted.get(part * sorted.len() / parts).copied())
            .collect();
        ends.dedup_by(|a, b| a <= b);
        let bin = |number: &f64| {
            if number.is_nan() {
                MISSING
            } else {
                1 + ends.partition_point(|end| end <= number) as u8
            }
        };
        Self { bins: numbers.iter().map(bin).collect(), ordered: true }
    }

    /// Gives the frequent categories a bin each and the others the last one together.
    pub fn of_codes(codes: &[Option<u32>]) -> Self {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for code in codes.iter().flatten() {
            *counts.entry(*code).or_default() += 1;
        }
        let mut frequent: Vec<(u32, usize)> = counts.into_iter().collect();
        frequent.sort_by_key(|&(code, count)| (std::cmp::Reverse(count), code));
        let bins: BTreeMap<u32, u8> =
            frequent.into_iter().map(|(code, _)| code).zip(1..LAST).collect();
        let bin = |code: &Option<u32>| match code {
            None => MISSING,
            Some(code) => bins.get(code).copied().unwrap_or(LAST),
        };
        Self { bins: codes.iter().map(bin).collect(), ordered: false }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.bins.len()
    }

    pub(super) fn bin(&self, row: usize) -> usize {
        usize::from(self.bins[row])
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_and_missing_ones_are_apart() {
        let numbers: Vec<f64> =
            (0..1_000).map(f64::from).chain([f64::NAN, f64::INFINITY]).collect();
        let feature = Feature::of_numbers(&numbers);
        assert!(feature.bins[..1_000].is_sorted() && feature.bins[0] == 1);
        assert_eq!((feature.bins[999], feature.bins[1_000], feature.bins[1_001]), (63, 0, 63));
        assert_eq!(Feature::of_numbers(&[7.0; 9]).bins, [2; 9]);
    }

    #[test]
    fn rare_categories_share_a_bin() {
        let codes: Vec<Option<u32>> =
            (0..100).flat_map(|code| vec![Some(code); 200 - code as usize]).chain([None]).collect();
        let feature = Feature::of_codes(&codes);
        assert_eq!((feature.bins[0], feature.bins.last()), (1, Some(&0)));
        assert_eq!(feature.bins[feature.bins.len() - 2], 63);
    }
}
