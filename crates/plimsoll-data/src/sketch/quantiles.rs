//! Ranks and quantiles of a stream.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::hash::mixed;
use super::sort::merge_into;

/// The size that drift's verdicts were simulated with.
pub const K: u16 = 2048;

/// The fewest items that a level holds.
const LEAST: usize = 8;

/// More levels would need more rows than can be counted.
const MOST_LEVELS: usize = 60;

/// A sketch after Karnin, Lang and Liberty (2016): levels of sorted items, each item of level h
/// standing for 2^h values.
///
/// Where there are too many, the lowest level that is full gives every second of its items, from
/// the first or the second on by chance, to the next. Levels shrink by two thirds downwards, so
/// that about 3 k items are kept. Chance is a generator that is seeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Quantiles {
    k: u16,
    levels: Vec<Vec<u64>>,
    /// How many values there are.
    count: u64,
    /// The state of chance.
    chance: u64,
    /// Whether every value is still there.
    exact: bool,
}

impl Quantiles {
    /// Makes a sketch of size `k` whose chance comes from `seed`.
    pub(crate) fn new(k: u16, seed: u64) -> Self {
        Self { k, levels: vec![Vec::new()], count: 0, chance: seed, exact: true }
    }

    /// Returns how many values were seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns by how much a rank may be off, as a share of all values, at 99 % confidence for one
    /// rank: `2.296 / k^0.9723` (the constants of Apache `DataSketches`), 0 while every value is
    /// kept. For k = 2048 that is 0.138 %.
    pub fn rank_error(&self) -> f64 {
        if self.exact { 0.0 } else { 2.296 / f64::from(self.k).powf(0.9723) }
    }

    /// Takes in sorted values.
    pub(crate) fn take_sorted(&mut self, values: &[u64]) {
        debug_assert!(values.is_sorted());
        self.count += values.len() as u64;
        merge_into(&mut self.levels[0], values);
        self.shrink();
    }

    /// Takes in values in ascending order, each with how often it is there.
    pub(crate) fn take_counted(&mut self, values: impl Iterator<Item = (u64, u64)>) {
        let mut runs: Vec<Vec<u64>> = Vec::new();
        for (value, count) in values {
            self.count += count;
            let mut left = count;
            while left > 0 {
                let level = left.trailing_zeros() as usize;
                if runs.len() <= level {
                    runs.resize_with(level + 1, Vec::new);
                }
                runs[level].push(value);
                left &= left - 1;
            }
        }
        for (level, run) in runs.iter().enumerate() {
            self.level(level);
            merge_into(&mut self.levels[level], run);
        }
        self.shrink();
    }

    /// Takes in what another one has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.k = self.k.min(other.k);
        self.count += other.count;
        self.exact &= other.exact;
        self.chance = mixed(self.chance ^ other.chance.rotate_left(32));
        for (level, items) in other.levels.iter().enumerate() {
            self.level(level);
            merge_into(&mut self.levels[level], items);
        }
        self.shrink();
    }

    /// Gives the items other names in the same order.
    pub(crate) fn rename(&mut self, name: impl Fn(u64) -> u64) {
        self.levels.iter_mut().flatten().for_each(|item| *item = name(*item));
    }

    /// Returns the kept items in ascending order, each with how many values it stands for. They
    /// stand for [`Quantiles::count`] values together.
    pub fn items(&self) -> Vec<(u64, u64)> {
        let levels = self.levels.iter().enumerate();
        let weighted =
            levels.flat_map(|(level, items)| items.iter().map(move |item| (*item, 1_u64 << level)));
        let mut items: Vec<(u64, u64)> = weighted.collect();
        items.sort_unstable();
        items.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        items
    }

    fn level(&mut self, level: usize) {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
    }

    /// Halves levels until there are no more items than there is room for.
    fn shrink(&mut self) {
        loop {
            let held: usize = self.levels.iter().map(Vec::len).sum();
            let top = self.levels.len() - 1;
            let room = |level: usize| room(self.k, top - level);
            let most: usize = (0..=top).map(room).sum();
            if held <= most {
                return;
            }
            // There is one: not all of them can be within their room.
            let full = (0..=top).find(|&level| self.levels[level].len() >= room(level));
            let Some(full) = full.filter(|_| top < MOST_LEVELS) else { return };
            self.level(full + 1);
            self.halve(full);
        }
    }

    /// Gives every second item of a level to the next one.
    fn halve(&mut self, level: usize) {
        self.exact = false;
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let from = usize::from(mixed(self.chance) >> 63 == 1);
        let items = std::mem::take(&mut self.levels[level]);
        // Of an odd number one stays, which loses nothing.
        let odd = items.len() % 2;
        let given: Vec<u64> = items[odd..].iter().skip(from).step_by(2).copied().collect();
        merge_into(&mut self.levels[level + 1], &given);
        self.levels[level].extend_from_slice(&items[..odd]);
    }
}

/// Returns how many items a level holds that is `below` levels below the highest.
fn room(k: u16, below: usize) -> usize {
    let exponent = i32::try_from(below).unwrap_or(i32::MAX);
    let room = f64::from(k) * (2.0_f64 / 3.0).powi(exponent);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to k")]
    let room = room.ceil() as usize;
    room.max(LEAST)
}

/// The sketch as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    k: u16,
    count: u64,
    exact: bool,
    chance: u64,
    levels: Vec<Level>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Level(#[serde(with = "bytes")] Vec<u64>);

impl From<Quantiles> for Stored {
    fn from(sketch: Quantiles) -> Self {
        let Quantiles { k, count, exact, chance, levels } = sketch;
        Self { k, count, exact, chance, levels: levels.into_iter().map(Level).collect() }
    }
}

impl TryFrom<Stored> for Quantiles {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { k, count, exact, chance, levels } = stored;
        let levels: Vec<Vec<u64>> = levels.into_iter().map(|level| level.0).collect();
        if k < 8 || levels.is_empty() || levels.len() > MOST_LEVELS {
            return Err("a sketch of quantiles has an impossible size");
        }
        if !levels.iter().all(|level| level.is_sorted()) {
            return Err("a sketch of quantiles is not in order");
        }
        let weighed = (0_u32..).zip(&levels).try_fold(0_u64, |sum, (level, items)| {
            sum.checked_add((items.len() as u64).checked_mul(1 << level)?)
        });
        if weighed != Some(count) {
            return Err("the items of a sketch of quantiles do not stand for all values");
        }
        Ok(Self { k, levels, count, chance, exact })
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the largest error of a rank over all values 0 to n - 1.
    fn largest_error(sketch: &Quantiles) -> f64 {
        let mut below = 0_u64;
        let mut largest = 0_u64;
        for (value, weight) in sketch.items() {
            // Values below the item: `value` in truth, `below` by the sketch.
            largest = largest.max(below.abs_diff(value));
            below += weight;
            largest = largest.max(below.abs_diff(value + 1));
        }
        largest as f64 / sketch.count() as f64
    }

    fn shuffled(count: u64, seed: u64) -> Vec<u64> {
        let mut values: Vec<u64> = (0..count).collect();
        values.sort_by_key(|value| mixed(value ^ mixed(seed)));
        values
    }

    fn sketched(k: u16, values: &[u64], chunk: usize, seed: u64) -> Quantiles {
        let mut sketch = Quantiles::new(k, seed);
        for chunk in values.chunks(chunk) {
            let mut chunk = chunk.to_vec();
            chunk.sort_unstable();
            sketch.take_sorted(&chunk);
        }
        sketch
    }

    #[test]
    fn ranks_are_within_the_published_error() {
        // The bound holds for one rank in 99 % of runs; this looks at the worst of all ranks, for
        // which DataSketches states 2.446 / k^0.9433.
        for k in [64_u16, 200] {
            let all = 2.446 / f64::from(k).powf(0.9433);
            let mut beyond = 0;
            for seed in 0..25 {
                let sketch = sketched(k, &shuffled(8_000, seed), 50, seed);
                assert_eq!(sketch.items().iter().map(|item| item.1).sum::<u64>(), 8_000);
                assert!(sketch.items().len() < 4 * usize::from(k) + 100);
                beyond += u32::from(largest_error(&sketch) > all);
            }
            assert!(beyond <= 2, "k = {k}: {beyond} of 25 beyond {all}");
        }
    }

    #[test]
    fn a_rank_is_within_the_error_that_is_used_in_verdicts() {
        let (mut beyond, mut all) = (0, 0);
        for seed in 0..50 {
            let sketch = sketched(200, &shuffled(8_000, seed), 50, seed + 1000);
            for rank in [400, 2_000, 4_000, 6_000, 7_600] {
                let items = sketch.items();
                let below: u64 = items.iter().filter(|item| item.0 < rank).map(|item| item.1).sum();
                let error = below.abs_diff(rank) as f64 / 8_000.0;
                beyond += u32::from(error > sketch.rank_error());
                all += 1;
            }
        }
        assert!(beyond <= all / 50, "{beyond} of {all}");
    }

    #[test]
    fn counted_values_are_the_same_as_repeated_ones() {
        let mut counted = Quantiles::new(64, 1);
        counted.take_counted([(3, 5), (7, 1), (9, 250)].into_iter());
        assert_eq!(counted.items(), [(3, 5), (7, 1), (9, 250)]);
        assert_eq!((counted.count(), counted.rank_error()), (256, 0.0));
        counted.take_counted((0..4_000).map(|value| (value, 5)));
        assert_eq!(counted.items().iter().map(|item| item.1).sum::<u64>(), 20_256);
        assert!(counted.items().len() < 400 && counted.rank_error() > 0.0);
    }

    #[test]
    fn what_is_stored_comes_back_and_damage_is_refused() {
        let sketch = sketched(64, &shuffled(5_000, 3), 100, 3);
        let text = serde_json::to_string(&sketch).unwrap();
        assert_eq!(serde_json::from_str::<Quantiles>(&text).unwrap(), sketch);
        for (from, to) in
            [("5000", "5001"), ("\"k\":64", "\"k\":1"), ("\"levels\":[", "\"levels\":[\"AQ\",")]
        {
            assert!(
                serde_json::from_str::<Quantiles>(&text.replacen(from, to, 1)).is_err(),
                "{to}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn parts_merge_to_the_whole(
            count in 1_u64..9_000,
            at in 0..100_usize,
            chunk in 1_usize..700,
            seed in any::<u64>(),
        ) {
            let values = shuffled(count, seed);
            let (a, b) = values.split_at(values.len() * at / 100);
            let mut merged = sketched(100, a, chunk, 1);
            merged.merge(&sketched(100, b, chunk, 2));
            prop_assert_eq!(merged.count(), count);
            prop_assert_eq!(merged.items().iter().map(|item| item.1).sum::<u64>(), count);
            // Twice the bound of one rank is never seen in so few runs.
            prop_assert!(largest_error(&merged) <= 2.0 * merged.rank_error() + 1.0 / count as f64);
        }
    }
}
