//! How long the texts of a column are.

use super::spot::At;

/// Lengths up to this many characters are counted one by one, longer ones in 16 bins an octave.
const EXACT: usize = 256;
const BINS: usize = EXACT + 16 * 24;

/// How many of the shortest and of the longest texts are remembered.
const EXTREMES: usize = 5;

/// The lengths of texts in characters.
#[derive(Clone, Debug)]
pub(crate) struct Lengths {
    bins: Vec<u64>,
    count: u64,
    shortest: Vec<(usize, At)>,
    longest: Vec<(usize, At)>,
}

impl Default for Lengths {
    fn default() -> Self {
        Self { bins: vec![0; BINS], count: 0, shortest: Vec::new(), longest: Vec::new() }
    }
}

impl Lengths {
    /// Takes in a text.
    #[inline]
    pub(crate) fn add(&mut self, text: &str, at: impl Fn() -> At) {
        let length = if text.is_ascii() { text.len() } else { text.chars().count() };
        self.bins[bin(length)] += 1;
        self.count += 1;
        remember(&mut self.shortest, length, &at, |new, old| new < old);
        remember(&mut self.longest, length, &at, |new, old| new > old);
    }

    /// Returns how many texts there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the length that is at or above `share` of all.
    pub(crate) fn quantile(&self, share: f64) -> usize {
        let wanted = share * self.count as f64;
        let mut below = 0;
        for (bin, count) in self.bins.iter().enumerate() {
            below += count;
            if below as f64 >= wanted && below > 0 {
                return start(bin);
            }
        }
        0
    }

    /// Returns the most frequent length and how many texts have it.
    pub(crate) fn mode(&self) -> (usize, u64) {
        let most = self.bins.iter().enumerate().max_by_key(|(bin, count)| (**count, BINS - bin));
        most.map_or((0, 0), |(bin, count)| (start(bin), *count))
    }

    /// Returns how many texts are shorter than `least` or longer than `most`.
    pub(crate) fn outside(&self, least: usize, most: usize) -> u64 {
        let bins = self.bins.iter().enumerate();
        bins.filter(|(bin, _)| start(*bin) < least || start(*bin) > most).map(|(_, n)| n).sum()
    }

    /// Returns the shortest and longest texts outside of `least..=most` by place, with lengths.
    pub(crate) fn extremes(&self, least: usize, most: usize) -> Vec<(usize, At)> {
        let all = self.shortest.iter().chain(&self.longest);
        let is_outside = |length: usize| length < least || start(bin(length)) > most;
        let mut outside: Vec<_> = all.filter(|(length, _)| is_outside(*length)).cloned().collect();
        outside.sort_unstable_by_key(|(_, at)| at.row);
        outside.dedup_by_key(|(_, at)| at.row);
        outside
    }
}

#[inline]
fn remember(
    held: &mut Vec<(usize, At)>,
    length: usize,
    at: &impl Fn() -> At,
    goes_before: impl Fn(usize, usize) -> bool,
) {
    if held.len() == EXTREMES && !held.last().is_some_and(|(last, _)| goes_before(length, *last)) {
        return;
    }
    let slot = held.partition_point(|(other, _)| !goes_before(length, *other));
    held.insert(slot, (length, at()));
    held.truncate(EXTREMES);
}

fn bin(length: usize) -> usize {
    if length < EXACT {
        return length;
    }
    let octave = length.ilog2() - EXACT.ilog2();
    let part = (length >> (length.ilog2() - 4)) & 15;
    (EXACT + 16 * octave as usize + part).min(BINS - 1)
}

/// Returns the least length in a bin.
fn start(bin: usize) -> usize {
    if bin < EXACT {
        return bin;
    }
    let (octave, part) = ((bin - EXACT) / 16, (bin - EXACT) % 16);
    (16 + part) << (octave + 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Place;

    #[test]
    fn long_texts_share_bins_and_none_is_lost() {
        for length in (0..5000).chain([100_000, 4 << 20]) {
            let bin = bin(length);
            assert!(start(bin) <= length && length < start(bin + 1), "{length}");
        }
        let mut lengths = Lengths::default();
        for line in 0..100 {
            let text = "x".repeat(if line == 40 { 900 } else { 10 + usize::from(line % 2 == 0) });
            lengths.add(&text, || At { row: line, place: Place::Line(line) });
        }
        assert_eq!((lengths.quantile(0.25), lengths.quantile(0.75)), (10, 11));
        assert_eq!(lengths.mode(), (10, 50));
        assert_eq!(lengths.outside(5, 40), 1);
        let extremes: Vec<_> =
            lengths.extremes(5, 40).into_iter().map(|(length, at)| (length, at.row)).collect();
        assert_eq!(extremes, [(900, 40)]);
    }
}
