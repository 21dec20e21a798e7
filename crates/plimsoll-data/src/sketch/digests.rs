//! Which rows are there, and how often: all of them while they are few, a fair part thereafter.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::counts::{Added, Counts};

/// How many different rows are remembered while a table is read.
pub const HELD: usize = 1 << 17;

/// How many different rows are stored.
pub const STORED: usize = 1 << 15;

/// Digests of rows with how often each was seen, sampled by the digest itself: at level l those
/// whose lowest l bits are zero (adaptive sampling: Wegman; Flajolet 1990; Gibbons 2001).
///
/// Every different row has the same chance of being remembered, with all of its repetitions, so
/// that the share of repeated rows and the overlap of two tables can be estimated; at level 0 both
/// are exact. Which rows are remembered does not depend on their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "Stored", into = "Stored")]
pub struct Digests {
    level: u32,
    counts: Counts,
    rows: u64,
}

impl Digests {
    /// Returns the level: a row is remembered with a chance of 2 to the minus level.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Returns the digests that are remembered, each with how often the row is there.
    pub fn remembered(&self) -> impl ExactSizeIterator<Item = (u64, u64)> + '_ {
        self.counts.entries().iter().map(|entry| (entry.key, entry.count))
    }

    /// Returns how many different rows there are; exactly at level 0.
    pub fn distinct(&self) -> u64 {
        (self.counts.entries().len() as u64) << self.level
    }

    /// Returns how many rows repeat an earlier one; exactly at level 0.
    pub fn repeated(&self) -> u64 {
        let beyond = self.counts.entries().iter().map(|entry| entry.count - 1).sum::<u64>();
        // An estimate may lie beyond what there is.
        (beyond << self.level).min(self.rows.saturating_sub(1))
    }

    /// Takes in the digests of rows.
    pub(crate) fn take(&mut self, digests: &[u64]) {
        self.rows += digests.len() as u64;
        let mut beyond = mask(self.level);
        for &digest in digests {
            if digest & beyond == 0 {
                // There is always room: it is looked after right here.
                if self.counts.add(digest, 1, usize::MAX) == Added::New {
                    self.thin(HELD);
                    beyond = mask(self.level);
                }
            }
        }
    }

    /// Takes in what another one has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        if other.level > self.level {
            self.rise_to(other.level);
        }
        for entry in other.counts.entries() {
            if entry.key & mask(self.level) == 0 {
                self.counts.add(entry.key, entry.count, usize::MAX);
            }
        }
        self.thin(HELD);
    }

    /// Begins at the level that earlier rows of the same table have reached already.
    pub(crate) fn at_level(level: u32) -> Self {
        Self { level, ..Self::default() }
    }

    /// Rises to the level at which at most `most` are remembered.
    pub(crate) fn thin(&mut self, most: usize) {
        while self.counts.entries().len() > most {
            self.rise_to(self.level + 1);
        }
    }

    fn rise_to(&mut self, level: u32) {
        self.level = level;
        let mut kept = Counts::default();
        for entry in self.counts.entries() {
            if entry.key & mask(level) == 0 {
                kept.add(entry.key, entry.count, usize::MAX);
            }
        }
        self.counts = kept;
    }
}

fn mask(level: u32) -> u64 {
    1_u64.checked_shl(level).unwrap_or(0).wrapping_sub(1)
}

/// Digests as they are stored: in order, and how often those are there that are repeated.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    level: u32,
    rows: u64,
    #[serde(with = "bytes")]
    once: Vec<u64>,
    #[serde(with = "bytes")]
    repeated: Vec<u64>,
    counts: Vec<u64>,
}

impl From<Digests> for Stored {
    fn from(mut digests: Digests) -> Self {
        digests.thin(STORED);
        let Digests { level, counts, rows } = digests;
        let entries = counts.in_order();
        let (once, repeated): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.count == 1);
        Self {
            level,
            rows,
            once: once.iter().map(|entry| entry.key).collect(),
            repeated: repeated.iter().map(|entry| entry.key).collect(),
            counts: repeated.iter().map(|entry| entry.count).collect(),
        }
    }
}

impl TryFrom<Stored> for Digests {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { level, rows, once, repeated, counts } = stored;
        if level > 60 || repeated.len() != counts.len() || counts.iter().any(|count| *count < 2) {
            return Err("the digests of rows are not counted");
        }
        let total = counts.iter().try_fold(once.len() as u64, |sum, count| sum.checked_add(*count));
        if total.is_none_or(|total| total > rows) {
            return Err("there are more digests than rows");
        }
        let mut digests = Self { level, rows, ..Self::default() };
        let once = once.into_iter().map(|key| (key, 1));
        for (key, count) in once.chain(repeated.into_iter().zip(counts)) {
            let added = digests.counts.add(key, count, usize::MAX);
            if added != Added::New || key & mask(level) != 0 {
                return Err("a digest of a row is there twice, or should not be there");
            }
        }
        Ok(digests)
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use super::super::hash::mixed;
    use super::*;

    #[test]
    fn few_rows_are_counted_exactly() {
        let rows: Vec<u64> = (0..1_000).chain(0..250).chain(0..10).map(mixed).collect();
        let mut digests = Digests::default();
        digests.take(&rows);
        assert_eq!((digests.level(), digests.distinct(), digests.repeated()), (0, 1_000, 260));
    }

    #[test]
    fn many_rows_are_estimated_whatever_their_order() {
        let rows: Vec<u64> = (0..600_000).chain(0..60_000).map(mixed).collect();
        let mut whole = Digests::default();
        whole.take(&rows);
        assert!(whole.level() > 0);
        let off = whole.repeated() as f64 / 60_000.0 - 1.0;
        assert!(off.abs() < 0.03, "{off}");
        let mut merged = Digests::default();
        for chunk in rows.chunks(123_456).rev() {
            let mut part = Digests::at_level(merged.level());
            part.take(chunk);
            merged.merge(&part);
        }
        let sorted = |digests: &Digests| {
            let mut all: Vec<_> = digests.remembered().collect();
            all.sort_unstable();
            all
        };
        assert_eq!((merged.level(), sorted(&merged)), (whole.level(), sorted(&whole)));
    }

    #[test]
    fn what_is_stored_is_thinned_and_read_back() {
        let mut digests = Digests::default();
        digests.take(&(0..100_000).chain(0..10_000).map(mixed).collect::<Vec<_>>());
        let text = serde_json::to_string(&digests).unwrap();
        let stored: Digests = serde_json::from_str(&text).unwrap();
        assert!(stored.remembered().len() <= STORED);
        assert!((stored.repeated() as f64 / 10_000.0 - 1.0).abs() < 0.1);
        assert_eq!(serde_json::to_string(&stored).unwrap(), text);
        let lied = text.replacen("\"rows\":110000", "\"rows\":1100", 1);
        assert!(serde_json::from_str::<Digests>(&lied).is_err());
    }
}
