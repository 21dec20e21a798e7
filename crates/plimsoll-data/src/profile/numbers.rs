//! The numbers of a column: exactly while few of them are different, sketched thereafter.

use serde::{Deserialize, Serialize};

use crate::sketch::counts::{Added, Counts, EXACT};
use crate::sketch::distinct::Distinct;
use crate::sketch::extremes::Extremes;
use crate::sketch::hash;
use crate::sketch::moments::Moments;
use crate::sketch::order::{self, Scale};
use crate::sketch::quantiles::{K, Quantiles};
use crate::sketch::sort::sort;

/// How many values are sorted together. A value that is there once among them is not seen as
/// frequent, so the counts of frequent values may be too low by one in as many.
const SORTED: usize = 8192;

/// How far keys may lie from each other to be counted by their place.
const NEAR: usize = 4096;

/// How many frequent numbers are kept once there are too many to count all.
const FREQUENT: usize = 256;

/// Numbers of one column. Infinities are values, NaN is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Numbers {
    scale: Scale,
    /// All values, or the frequent ones.
    counts: Counts,
    sketched: Option<Box<Sketched>>,
    /// Of those that are finite.
    moments: Moments,
    seed: u64,
}

/// What is known of numbers that are too many to be counted one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Sketched {
    quantiles: Quantiles,
    distinct: Distinct,
    extremes: Extremes,
    /// What waits to be sorted; nothing in what is stored.
    #[serde(skip)]
    fresh: Vec<u64>,
}

/// The values beyond a limit at one end of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// The limit, itself a value of the column.
    pub limit: f64,
    /// How many values lie strictly beyond it.
    pub beyond: u64,
}

impl Numbers {
    /// Makes an empty one whose chance comes from `seed`.
    pub(super) fn new(scale: Scale, seed: u64) -> Self {
        let (counts, moments) = (Counts::default(), Moments::default());
        Self { scale, counts, sketched: None, moments, seed }
    }

    /// Returns how many values there are.
    pub fn count(&self) -> u64 {
        match &self.sketched {
            Some(sketched) => sketched.quantiles.count() + sketched.fresh.len() as u64,
            None => self.counts.entries().iter().map(|entry| entry.count).sum(),
        }
    }

    /// Returns what the keys of the values stand for.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Tells whether every value is counted.
    pub fn is_exact(&self) -> bool {
        self.sketched.is_none()
    }

    /// Returns mean, standard deviation and skewness of the finite values.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// Returns how many different values there are; about, unless [`Numbers::is_exact`].
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^64")]
    pub fn distinct(&self) -> u64 {
        match &self.sketched {
            Some(sketched) => (sketched.distinct.estimate().round() as u64).min(self.count()),
            None => self.counts.entries().len() as u64,
        }
    }

    /// Returns values in ascending order, each with how many values it stands for; together they
    /// stand for all.
    pub fn items(&self) -> Vec<(f64, u64)> {
        let number = |(key, count): (u64, u64)| (self.scale.number(key), count);
        self.keys().into_iter().map(number).collect()
    }

    /// Returns by how much a rank among [`Numbers::items`] may be off, as a share of all values.
    pub fn rank_error(&self) -> f64 {
        self.sketched.as_ref().map_or(0.0, |sketched| sketched.quantiles.rank_error())
    }

    /// Returns the values that were counted, each with its count, the most frequent first: all of
    /// them while [`Numbers::is_exact`], else some that are repeated.
    pub fn frequent(&self) -> Vec<(f64, u64)> {
        let mut entries = self.counts.entries().to_vec();
        entries.sort_unstable_by(|a, b| (b.count, a.key).cmp(&(a.count, b.key)));
        entries.iter().map(|entry| (self.scale.number(entry.key), entry.count)).collect()
    }

    /// Returns [`Numbers::frequent`] with the numbers in their shortest form, in any order.
    pub(super) fn frequent_by_name(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let entries = self.counts.entries().iter();
        entries.map(|entry| match self.scale {
            Scale::Integer => (order::integer(entry.key).to_string(), entry.count),
            Scale::Float => (order::float(entry.key).to_string(), entry.count),
        })
    }

    /// Returns [`Numbers::frequent`] of integers as they are, in any order.
    pub(super) fn frequent_integers(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.counts.entries().iter().map(|entry| (order::integer(entry.key), entry.count))
    }

    /// Returns by how much a count of [`Numbers::frequent`] may be too low.
    pub fn frequent_error(&self) -> u64 {
        self.counts.error()
    }

    /// Returns the lowest and the highest value; none where there are none.
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.end_keys().map(|(low, high)| (self.scale.number(low), self.scale.number(high)))
    }

    /// Returns the keys of the lowest and the highest value.
    pub(super) fn end_keys(&self) -> Option<(u64, u64)> {
        if let Some(Sketched { extremes, .. }) = self.sketched.as_deref() {
            return Some((*extremes.low().first()?, *extremes.high().last()?));
        }
        let keys = || self.counts.entries().iter().map(|entry| entry.key);
        Some((keys().min()?, keys().max()?))
    }

    /// Returns the tails beyond the `rank`-th lowest and the `rank`-th highest value, counted from
    /// 1, exactly. Of more than a million rows only the 1,024 outermost values are kept, which is
    /// then the rank that is taken; none without values.
    pub fn tails(&self, rank: u64) -> Option<[Tail; 2]> {
        let keys: Vec<(u64, u64)>;
        let extremes;
        let (low, high): (&[u64], &[u64]) = if let Some(sketched) = &self.sketched {
            (sketched.extremes.low(), sketched.extremes.high())
        } else {
            keys = self.keys();
            let mut ends = Extremes::default();
            ends.take_counted(&keys);
            extremes = ends;
            (extremes.low(), extremes.high())
        };
        let rank = usize::try_from(rank.max(1)).ok()?.min(low.len());
        let (low_limit, high_limit) = (*low.get(rank.checked_sub(1)?)?, high[high.len() - rank]);
        let below = low.partition_point(|key| *key < low_limit);
        let above = high.len() - high.partition_point(|key| *key <= high_limit);
        let tail = |key, beyond| Tail { limit: self.scale.number(key), beyond: beyond as u64 };
        Some([tail(low_limit, below), tail(high_limit, above)])
    }

    /// Returns the smallest value that at least `share` of all values do not exceed (the inverse
    /// of the empirical distribution function), by [`Numbers::rank_error`] at most off in rank.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        quantile(&self.items(), share)
    }

    /// Takes in values by key and hash, and those of them that are finite.
    pub(super) fn take(&mut self, keys: &[u64], hashes: &[u64], finite: &[f64]) {
        self.moments.merge(&Moments::of(finite));
        let mut at = 0;
        if self.sketched.is_none() {
            if self.count_near(keys) {
                return;
            }
            while at < keys.len() && self.counts.add(keys[at], 1, EXACT) != Added::Full {
                at += 1;
            }
            if at == keys.len() {
                return;
            }
        }
        let mut keys = &keys[at..];
        let sketched = self.sketched();
        hashes[at..].iter().for_each(|hash| sketched.distinct.add(*hash));
        while !keys.is_empty() {
            let sketched = self.sketched();
            let (now, later) = keys.split_at(keys.len().min(SORTED - sketched.fresh.len()));
            sketched.fresh.extend_from_slice(now);
            keys = later;
            if sketched.fresh.len() == SORTED {
                self.settle();
            }
        }
    }

    /// Counts keys that lie near each other, as those of few integers do, by their place.
    fn count_near(&mut self, keys: &[u64]) -> bool {
        let low = keys.iter().copied().min().unwrap_or_default();
        let high = keys.iter().copied().max().unwrap_or_default();
        let span = usize::try_from(high - low).unwrap_or(usize::MAX);
        if span >= NEAR.min(keys.len()) || self.counts.entries().len() + span >= EXACT {
            return false;
        }
        let mut counts = [0_u32; NEAR];
        for key in keys {
            // Below the span, which is below the length: the remainder is the difference itself.
            counts[usize::try_from(key - low).unwrap_or_default() % NEAR] += 1;
        }
        for (place, &count) in (0..).zip(&counts[..=span]) {
            if count > 0 {
                self.counts.add(low + place, u64::from(count), EXACT);
            }
        }
        true
    }

    /// Takes in the moments of values that are counted apart.
    pub(super) fn take_moments(&mut self, moments: &Moments) {
        self.moments.merge(moments);
    }

    /// Takes in values in any order, each once, with how often it is there.
    pub(super) fn take_counted(&mut self, values: &mut [(u64, u64)]) {
        if self.sketched.is_none() {
            for (key, count) in &*values {
                self.counts.add(*key, *count, usize::MAX);
            }
            if self.counts.entries().len() > EXACT {
                self.sketched();
            }
            return;
        }
        values.sort_unstable();
        let scale = self.scale;
        let sketched = self.sketched();
        for (key, _) in &*values {
            sketched.distinct.add(hash_of(scale, *key));
        }
        sketched.quantiles.take_counted(values.iter().copied());
        sketched.extremes.take_counted(values);
        for (key, count) in &*values {
            self.counts.add(*key, *count, usize::MAX);
        }
        self.counts.keep_frequent(FREQUENT, |_| {});
    }

    /// Takes in the numbers of other rows.
    pub(super) fn merge(&mut self, mut other: Self) {
        if self.scale != other.scale {
            self.become_float();
            other.become_float();
        }
        self.settle();
        other.settle();
        self.moments.merge(&other.moments);
        let Some(its) = other.sketched else {
            let entries = other.counts.entries().iter().map(|entry| (entry.key, entry.count));
            self.take_counted(&mut entries.collect::<Vec<_>>());
            return;
        };
        let mine = self.sketched();
        mine.quantiles.merge(&its.quantiles);
        mine.distinct.merge(&its.distinct);
        mine.extremes.merge(&its.extremes);
        self.counts.widen_error(other.counts.error());
        for entry in other.counts.entries() {
            self.counts.add(entry.key, entry.count, usize::MAX);
        }
        self.counts.keep_frequent(FREQUENT, |_| {});
    }

    /// Makes floats of integers.
    pub(super) fn become_float(&mut self) {
        if self.scale == Scale::Float {
            return;
        }
        self.settle();
        self.scale = Scale::Float;
        self.counts.rename(order::integer_as_float);
        if let Some(sketched) = &mut self.sketched {
            sketched.quantiles.rename(order::integer_as_float);
            sketched.extremes.rename(order::integer_as_float);
        }
    }

    /// Puts what waits into the sketch.
    pub(super) fn settle(&mut self) {
        let Some(sketched) = &mut self.sketched else { return };
        if sketched.fresh.is_empty() {
            return;
        }
        sort(&mut sketched.fresh, &mut Vec::new());
        sketched.quantiles.take_sorted(&sketched.fresh);
        sketched.extremes.take_sorted(&sketched.fresh);
        let mut rest = sketched.fresh.as_slice();
        while let Some(at) = rest.windows(2).position(|pair| pair[0] == pair[1]) {
            let run = rest[at..].partition_point(|key| *key == rest[at]);
            self.counts.add(rest[at], run as u64, usize::MAX);
            rest = &rest[at + run..];
        }
        // What was there once was not counted.
        self.counts.widen_error(1);
        self.counts.keep_frequent(FREQUENT, |_| {});
        sketched.fresh.clear();
    }

    /// Tells what is wrong with numbers that were read back.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let most = if self.sketched.is_some() { FREQUENT } else { EXACT };
        if self.counts.entries().len() > most {
            return Some("more numbers are counted than can be");
        }
        let counts = self.counts.entries().iter();
        let counted = counts.fold(0_u64, |sum, entry| sum.saturating_add(entry.count));
        if counted > self.count() || self.moments.count() > self.count() {
            return Some("more numbers are counted than there are");
        }
        None
    }

    /// Returns the keys in ascending order, each with how many values it stands for.
    fn keys(&self) -> Vec<(u64, u64)> {
        match &self.sketched {
            Some(sketched) => {
                debug_assert!(sketched.fresh.is_empty());
                sketched.quantiles.items()
            }
            None => in_order(&self.counts),
        }
    }

    /// Goes over to the sketch, with everything that was counted so far.
    fn sketched(&mut self) -> &mut Sketched {
        let Self { scale, seed, counts, sketched, .. } = self;
        sketched.get_or_insert_with(|| {
            let keys = in_order(counts);
            counts.keep_frequent(FREQUENT, |_| {});
            let mut new = Sketched {
                quantiles: Quantiles::new(K, *seed),
                distinct: Distinct::default(),
                extremes: Extremes::default(),
                fresh: Vec::with_capacity(SORTED),
            };
            new.quantiles.take_counted(keys.iter().copied());
            new.extremes.take_counted(&keys);
            for (key, _) in keys {
                new.distinct.add(hash_of(*scale, key));
            }
            Box::new(new)
        })
    }
}

fn in_order(counts: &Counts) -> Vec<(u64, u64)> {
    let entries = counts.entries().iter();
    let mut keys: Vec<(u64, u64)> = entries.map(|entry| (entry.key, entry.count)).collect();
    keys.sort_unstable();
    keys
}

fn hash_of(scale: Scale, key: u64) -> u64 {
    match scale {
        Scale::Integer => hash::of_integer(order::integer(key)),
        Scale::Float => hash::of_float(order::float(key)),
    }
}

/// Returns the smallest of `items`, which ascend, at which `share` of all weight is reached.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
pub(super) fn quantile(items: &[(f64, u64)], share: f64) -> Option<f64> {
    let all: u64 = items.iter().map(|item| item.1).sum();
    let wanted = share * all as f64;
    let mut reached = 0;
    let found = items.iter().find(|(_, weight)| {
        reached += weight;
        reached as f64 >= wanted
    });
    found.or(items.last()).map(|item| item.0)
}
