//! How often each value is there: exactly while there are few, of the frequent ones thereafter.

use serde::{Deserialize, Serialize};

use super::bytes;

/// How many different values of a column are counted exactly.
pub const EXACT: usize = 10_000;

/// The slots of a new table.
const FIRST_SLOTS: usize = 64;

/// Counts of values, which are named by numbers of 64 bits.
///
/// Counts are exact until [`Counts::keep_frequent`] is asked for. Then only so many are kept, and
/// what the others had is taken from all (Misra and Gries 1982; merged as Agarwal et al. 2012):
/// no count is too high, and none is too low by more than [`Counts::error`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Counts {
    /// Places in `entries`, counted from 1; 0 is free. A power of two of them.
    slots: Vec<u32>,
    entries: Vec<Entry>,
    error: u64,
}

/// A value and how often it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the value.
    pub key: u64,
    /// How often it was seen.
    pub count: u64,
}

/// What became of a value that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It was known, at this place.
    Known,
    /// It is new, and the last of [`Counts::entries`].
    New,
    /// It is new and there is no room for it.
    Full,
}

/// The order in which values appeared does not matter.
impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.error == other.error && self.in_order() == other.in_order()
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self { slots: vec![0; FIRST_SLOTS], entries: Vec::new(), error: 0 }
    }
}

impl Counts {
    /// Returns the values so far, in the order of their first appearance.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the values so far, in the order of their names.
    pub(crate) fn in_order(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        entries.sort_unstable_by_key(|entry| entry.key);
        entries
    }

    /// Returns by how much a count may be too low; a value that is missing may have been there as
    /// often.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// Counts `key`, unless it is new and `limit` are there.
    #[inline]
    pub(crate) fn add(&mut self, key: u64, count: u64, limit: usize) -> Added {
        let mask = self.slots.len() - 1;
        let mut slot = place(key) & mask;
        loop {
            match self.slots[slot] {
                0 => break,
                at => {
                    let entry = &mut self.entries[at as usize - 1];
                    if entry.key == key {
                        entry.count = entry.count.saturating_add(count);
                        return Added::Known;
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        if self.entries.len() >= limit {
            return Added::Full;
        }
        self.entries.push(Entry { key, count });
        self.slots[slot] = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if self.entries.len() * 2 > self.slots.len() {
            self.index(self.slots.len() * 2);
        }
        Added::New
    }

    /// Keeps at most `most` values, the most frequent ones: what the next one has is taken from
    /// each. `kept` is told the old place of each that stays, in the new order.
    pub(crate) fn keep_frequent(&mut self, most: usize, mut kept: impl FnMut(usize)) {
        if self.entries.len() <= most {
            return;
        }
        let mut counts: Vec<u64> = self.entries.iter().map(|entry| entry.count).collect();
        let (_, next, _) = counts.select_nth_unstable_by(most, |a, b| b.cmp(a));
        let taken = *next;
        self.error = self.error.saturating_add(taken);
        let entries = std::mem::take(&mut self.entries);
        for (at, entry) in entries.into_iter().enumerate() {
            if entry.count > taken {
                kept(at);
                self.entries.push(Entry { count: entry.count - taken, ..entry });
            }
        }
        // Others will come, as many as came before.
        let slots = self.slots.len().min((8 * most).next_power_of_two());
        self.index(slots.max((self.entries.len() * 2).next_power_of_two()).max(FIRST_SLOTS));
    }

    /// Notes that values may have been there `more` often without being counted.
    pub(crate) fn widen_error(&mut self, more: u64) {
        self.error = self.error.saturating_add(more);
    }

    /// Gives the values other names, and counts those together that come to share one.
    pub(crate) fn rename(&mut self, name: impl Fn(u64) -> u64) {
        let entries = std::mem::take(&mut self.entries);
        self.slots = vec![0; FIRST_SLOTS];
        for entry in entries {
            let key = name(entry.key);
            self.add(key, entry.count, usize::MAX);
        }
    }

    fn index(&mut self, slots: usize) {
        self.slots = vec![0; slots];
        for (at, entry) in self.entries.iter().enumerate() {
            let mut slot = place(entry.key) & (slots - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            self.slots[slot] = u32::try_from(at + 1).unwrap_or(u32::MAX);
        }
    }
}

/// Returns where to look for `key` first: the middle bits of a product depend on all lower ones
/// (Knuth's multiplicative hashing).
fn place(key: u64) -> usize {
    let spread = (key ^ (key >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> 32) as usize
}

/// Counts as they are stored: in the order of the keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    #[serde(with = "bytes")]
    keys: Vec<u64>,
    counts: Vec<u64>,
    error: u64,
}

impl From<Counts> for Stored {
    fn from(counts: Counts) -> Self {
        let entries = counts.in_order();
        Self {
            keys: entries.iter().map(|entry| entry.key).collect(),
            counts: entries.iter().map(|entry| entry.count).collect(),
            error: counts.error,
        }
    }
}

impl TryFrom<Stored> for Counts {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if stored.keys.len() != stored.counts.len() {
            return Err("there are not as many counts as values");
        }
        if !stored.keys.is_sorted_by(|a, b| a < b) || stored.counts.contains(&0) {
            return Err("values are not in order, or not counted");
        }
        let entries = stored.keys.into_iter().zip(stored.counts);
        let entries: Vec<Entry> = entries.map(|(key, count)| Entry { key, count }).collect();
        let slots = FIRST_SLOTS.max((entries.len() * 2).next_power_of_two());
        let mut counts = Self { slots: Vec::new(), entries, error: stored.error };
        counts.index(slots);
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn counted(values: &[u64], capacity: usize) -> Counts {
        let mut counts = Counts::default();
        for &value in values {
            counts.add(value, 1, usize::MAX);
            if counts.entries().len() > 2 * capacity {
                counts.keep_frequent(capacity, |_| {});
            }
        }
        counts.keep_frequent(capacity, |_| {});
        counts
    }

    #[test]
    fn few_values_are_counted_exactly_and_no_more_are_taken() {
        let mut counts = Counts::default();
        for value in (0..1000).chain(0..500) {
            counts.add(value, 1, 1000);
        }
        assert_eq!(counts.entries().len(), 1000);
        assert_eq!(counts.entries()[499], Entry { key: 499, count: 2 });
        assert_eq!(counts.add(7, 3, 1000), Added::Known);
        assert_eq!(counts.add(1000, 1, 1000), Added::Full);
        assert_eq!(counts.error(), 0);
        let text = serde_json::to_string(&counts).unwrap();
        let again: Counts = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        assert_eq!(again.clone().add(999, 1, 1000), Added::Known);
    }

    #[test]
    fn damaged_counts_are_refused() {
        for text in [
            r#"{"keys":"AQAAAAAAAAA","counts":[],"error":0}"#,
            r#"{"keys":"AQAAAAAAAAA","counts":[0],"error":0}"#,
            r#"{"keys":"AQAAAAAAAA","counts":[1],"error":0}"#,
            r#"{"keys":"AQAAAAAAAAABAAAAAAAAAA","counts":[1,1],"error":0}"#,
        ] {
            assert!(serde_json::from_str::<Counts>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn frequent_values_are_within_the_error(
            values in prop::collection::vec(0_u64..200, 0..2000),
            skew in 1_u32..4,
            at in 0..100_usize,
        ) {
            let values: Vec<u64> = values.iter().map(|value| value.pow(skew) / 200_u64.pow(skew - 1)).collect();
            let mut truth = BTreeMap::new();
            for value in &values {
                *truth.entry(*value).or_insert(0_u64) += 1;
            }
            let (a, b) = values.split_at(values.len() * at / 100);
            let mut merged = counted(a, 20);
            let other = counted(b, 20);
            merged.widen_error(other.error());
            for entry in other.entries() {
                merged.add(entry.key, entry.count, usize::MAX);
            }
            merged.keep_frequent(20, |_| {});
            for counts in [counted(&values, 20), merged] {
                prop_assert!(counts.entries().len() <= 20);
                prop_assert!(counts.error() <= values.len() as u64 / 21 + 1);
                for (value, &count) in &truth {
                    let found = counts.entries().iter().find(|entry| entry.key == *value);
                    let found = found.map_or(0, |entry| entry.count);
                    prop_assert!(found <= count && count <= found + counts.error());
                }
            }
        }
    }
}
