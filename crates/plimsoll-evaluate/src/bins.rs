//! Columns cut into few bins: what a search over parts of a table, and a shallow tree, look at.

use std::collections::BTreeMap;
use std::fmt;

use arrow::array::ArrayRef;

use crate::column::{self, ColumnError};

/// How finely columns are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fineness {
    /// In how many bins of about equally many rows numbers are cut, equal ones staying together.
    pub(crate) quantiles: usize,
    /// How many of the most frequent texts have a bin of their own; the others share one.
    pub(crate) texts: usize,
}

/// A column with so few numbers, all whole, has a bin for each: they are codes.
const CODES: usize = 10;

/// A column in bins.
#[derive(Clone, Debug)]
pub(crate) struct Binned {
    pub(crate) name: String,
    /// The bin of each row.
    pub(crate) of_row: Vec<u8>,
    /// What the bins hold, at most 250 of them.
    pub(crate) bins: Vec<Bin>,
    /// Whether the bins lie in the order of their numbers.
    pub(crate) is_ordered: bool,
}

/// What a bin holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bin {
    /// Numbers from the first to the second, both included: the least and the greatest that there
    /// are.
    Range(f64, f64),
    /// One value.
    Value(String),
    /// All texts that are not frequent enough for a bin of their own.
    Rest,
    /// Empty cells.
    Missing,
}

impl Binned {
    /// Cuts a column.
    pub(crate) fn of(
        name: &str,
        cells: &ArrayRef,
        fineness: Fineness,
    ) -> Result<Self, ColumnError> {
        if column::is_number(cells) {
            return Ok(Self::of_numbers(name, &column::numbers(name, cells)?, fineness.quantiles));
        }
        Ok(Self::of_texts(name, &column::texts(name, cells)?, fineness.texts))
    }

    fn of_numbers(name: &str, numbers: &[Option<f64>], most: usize) -> Self {
        let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut distinct = sorted.clone();
        distinct.dedup_by(|a, b| column::is_same(*a, *b));
        let codes = distinct.len() <= CODES && distinct.iter().all(|value| value.fract() == 0.0);
        // The first number of each bin; a bin ends where a number ends, so equal ones stay together.
        let starts: Vec<f64> = if codes {
            distinct
        } else {
            let count = sorted.len();
            let most = most.clamp(1, 200);
            let at = |bin: usize| sorted.get(bin * count / most).copied();
            let places: Vec<f64> = (0..most).filter_map(at).collect();
            let mut starts = Vec::new();
            for run in places.chunk_by(|a, b| column::is_same(*a, *b)) {
                starts.push(run[0]);
                // A number that fills a bin and more has one to itself.
                let next = distinct.partition_point(|value| *value <= run[0]);
                starts.extend(distinct.get(next).filter(|_| run.len() > 1));
            }
            starts.dedup_by(|a, b| column::is_same(*a, *b));
            starts
        };
        let place = |value: f64| starts.partition_point(|start| *start <= value).saturating_sub(1);
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); starts.len()];
        for value in &sorted {
            if let Some(range) = ranges.get_mut(place(*value)) {
                *range = (range.0.min(*value), range.1.max(*value));
            }
        }
        let range = |(low, high): &(f64, f64)| {
            if low >= high { Bin::Value(short(*low)) } else { Bin::Range(*low, *high) }
        };
        let mut bins: Vec<Bin> = ranges.iter().map(range).collect();
        let missing = bins.len();
        if numbers.iter().any(Option::is_none) {
            bins.push(Bin::Missing);
        }
        let of_row = numbers.iter().map(|value| small(value.map_or(missing, place))).collect();
        Self { name: name.to_owned(), of_row, bins, is_ordered: true }
    }

    fn of_texts(name: &str, texts: &[Option<String>], most: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for text in texts.iter().flatten() {
            *counts.entry(text).or_default() += 1;
        }
        let mut frequent: Vec<(&str, usize)> = counts.into_iter().collect();
        // By count, then by name: the map came in the order of names, and the sort keeps it.
        frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let most = most.clamp(1, 200);
        // One text more than bins: it gets the bin that the rest would have.
        let own = if frequent.len() <= most + 1 { frequent.len() } else { most };
        let places: BTreeMap<&str, usize> =
            frequent.iter().take(own).enumerate().map(|(at, (text, _))| (*text, at)).collect();
        let mut bins: Vec<Bin> =
            frequent.iter().take(own).map(|(text, _)| Bin::Value((*text).to_owned())).collect();
        let rest = bins.len();
        if frequent.len() > own {
            bins.push(Bin::Rest);
        }
        let missing = bins.len();
        if texts.iter().any(Option::is_none) {
            bins.push(Bin::Missing);
        }
        let place = |text: &Option<String>| match text.as_deref() {
            None => missing,
            Some(text) => places.get(text).copied().unwrap_or(rest),
        };
        let of_row = texts.iter().map(|text| small(place(text))).collect();
        Self { name: name.to_owned(), of_row, bins, is_ordered: false }
    }

    /// Returns the condition of a bin in words: `hr from 17 to 19`.
    pub(crate) fn condition(&self, bin: usize) -> String {
        match self.bins.get(bin) {
            Some(Bin::Rest) => format!("{} none of the {} most frequent", self.name, bin),
            Some(bin) => format!("{} {bin}", self.name),
            None => self.name.clone(),
        }
    }
}

impl fmt::Display for Bin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(low, high) => write!(f, "from {} to {}", short(*low), short(*high)),
            Self::Value(value) => write!(f, "in [{value}]"),
            Self::Rest => f.write_str("none of the most frequent"),
            Self::Missing => f.write_str("missing"),
        }
    }
}

/// Writes a number with four digits that carry meaning where its own are more than seven.
fn short(number: f64) -> String {
    let own = number.to_string();
    if own.len() <= 7 || !number.is_finite() {
        return own;
    }
    let size = number.abs();
    if (1e-4..1e15).contains(&size) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        let digits = (3.0 - size.log10().floor()).clamp(0.0, 7.0) as usize;
        format!("{number:.digits$}")
    } else {
        format!("{number:.3e}")
    }
}

/// There are at most 202 bins.
fn small(place: usize) -> u8 {
    u8::try_from(place).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;

    const FINE: Fineness = Fineness { quantiles: 6, texts: 10 };

    fn conditions(binned: &Binned) -> Vec<String> {
        (0..binned.bins.len()).map(|bin| binned.condition(bin)).collect()
    }

    #[test]
    fn numbers_are_cut_by_their_quantiles_and_equal_ones_stay_together() {
        let hours: ArrayRef = Arc::new(Int64Array::from_iter_values((0..240).map(|row| row % 24)));
        let binned = Binned::of("hr", &hours, FINE).unwrap();
        assert_eq!(conditions(&binned)[..2], ["hr from 0 to 3", "hr from 4 to 7"]);
        assert_eq!(binned.bins.len(), 6);
        assert_eq!((binned.of_row[3], binned.of_row[4], binned.of_row[23]), (0, 1, 5));
        // More than half of the rows are 0: they are one bin.
        let zeros = (0..100).map(|row| if row < 60 { 0.0 } else { f64::from(row) + 0.5 });
        let zeros: ArrayRef = Arc::new(Float64Array::from_iter_values(zeros));
        let binned = Binned::of("gain", &zeros, FINE).unwrap();
        assert_eq!(conditions(&binned)[0], "gain in [0]");
        assert!(binned.of_row[..60].iter().all(|bin| *bin == 0) && binned.of_row[60] == 1);
    }

    #[test]
    fn codes_and_missing_cells_have_bins_of_their_own() {
        let codes: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(0), None, Some(1)]));
        let binned = Binned::of("holiday", &codes, FINE).unwrap();
        assert_eq!(conditions(&binned), ["holiday in [0]", "holiday in [1]", "holiday missing"]);
        assert_eq!(binned.of_row, [1, 0, 2, 1]);
    }

    #[test]
    fn numbers_are_short_and_their_own_where_they_are_short_already() {
        let shown = [0.24, 17.0, 0.937_773_027_9, -12_345.678_9, 1e-9, 123_456_789.0].map(short);
        assert_eq!(shown, ["0.24", "17", "0.9378", "-12346", "1.000e-9", "123456789"]);
    }

    #[test]
    fn rare_texts_share_a_bin() {
        let names: Vec<String> = (0..120).map(|row| format!("n{:02}", row % 15)).collect();
        let texts: ArrayRef = Arc::new(StringArray::from(names));
        let binned = Binned::of("name", &texts, FINE).unwrap();
        assert_eq!(binned.bins.len(), 11);
        assert_eq!(binned.condition(10), "name none of the 10 most frequent");
        let eleven: ArrayRef =
            Arc::new(StringArray::from_iter_values((0..11).map(|n| n.to_string())));
        assert_eq!(Binned::of("n", &eleven, FINE).unwrap().bins.len(), 11);
        let nothing: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>; 3]));
        assert_eq!(conditions(&Binned::of("n", &nothing, FINE).unwrap()), ["n missing"]);
    }
}
