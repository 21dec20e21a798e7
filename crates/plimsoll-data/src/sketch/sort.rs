//! Sorting many keys at once, and merging what is sorted.

/// How many bits of a key a pass looks at.
const DIGIT: u32 = 11;

const BUCKETS: usize = 1 << DIGIT;

/// How many passes there are at most: what their bits leave equal is sorted apart.
const PASSES: u32 = 3;

/// Fewer keys are sorted by comparing them.
const FEW: usize = 512;

/// Sorts keys in ascending order; `spare` is room that is used again.
///
/// Keys are dealt out by the highest bits in which they differ, the lowest of these first, and runs
/// that are equal in all of these are sorted by comparing. Of values that spread, that takes half
/// the time of comparing them all.
pub(crate) fn sort(keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
    if keys.len() < FEW {
        keys.sort_unstable();
        return;
    }
    let (any, all) = keys.iter().fold((0, u64::MAX), |(any, all), key| (any | key, all & key));
    let differing = u64::BITS - (any ^ all).leading_zeros();
    let passes = differing.div_ceil(DIGIT).min(PASSES);
    let lowest = differing.saturating_sub(PASSES * DIGIT);
    spare.clear();
    spare.resize(keys.len(), 0);
    for pass in 0..passes {
        deal(keys, spare, lowest + pass * DIGIT);
        std::mem::swap(keys, spare);
    }
    if lowest > 0 {
        sort_runs(keys, lowest);
    }
}

/// Writes `keys` to `into` in the order of the digit at `shift`, equal ones in their own order.
fn deal(keys: &[u64], into: &mut [u64], shift: u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the digit is what is wanted")]
    let digit = |key: u64| (key >> shift) as usize % BUCKETS;
    let mut next = [0_usize; BUCKETS];
    for &key in keys {
        next[digit(key)] += 1;
    }
    let mut sum = 0;
    for place in &mut next {
        sum += std::mem::replace(place, sum);
    }
    for &key in keys {
        let place = &mut next[digit(key)];
        into[*place] = key;
        *place += 1;
    }
}

/// Sorts each run of keys that are equal above `lowest`.
fn sort_runs(keys: &mut [u64], lowest: u32) {
    let mut at = 1;
    while at < keys.len() {
        if keys[at] >= keys[at - 1] {
            at += 1;
            continue;
        }
        let top = keys[at] >> lowest;
        let from = keys[..at].iter().rposition(|key| key >> lowest != top).map_or(0, |at| at + 1);
        let length = keys[at..].iter().position(|key| key >> lowest != top);
        let to = length.map_or(keys.len(), |length| at + length);
        keys[from..to].sort_unstable();
        at = to.max(at + 1);
    }
}

/// Merges sorted values into sorted ones, from the end, in place.
pub(crate) fn merge_into(items: &mut Vec<u64>, more: &[u64]) {
    if items.last().is_none_or(|last| more.first().is_none_or(|first| last <= first)) {
        items.extend_from_slice(more);
        return;
    }
    let (mut mine, mut its) = (items.len(), more.len());
    items.resize(mine + its, 0);
    while its > 0 {
        let at = mine + its - 1;
        if mine > 0 && items[mine - 1] > more[its - 1] {
            items[at] = items[mine - 1];
            mine -= 1;
        } else {
            items[at] = more[its - 1];
            its -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::hash::mixed;
    use crate::sketch::order;

    #[track_caller]
    fn ensure_sorted(keys: impl Iterator<Item = u64>) {
        let mut keys: Vec<u64> = keys.collect();
        let mut expected = keys.clone();
        expected.sort_unstable();
        sort(&mut keys, &mut Vec::new());
        assert_eq!(keys, expected);
    }

    #[test]
    fn keys_of_all_kinds_are_sorted() {
        let wide = |at: u64| mixed(at + 1);
        for count in [0, 1, FEW as u64 - 1, FEW as u64, 8192, 10_000] {
            ensure_sorted((0..count).map(wide));
            ensure_sorted((0..count).map(|at| wide(at) % 5));
            ensure_sorted((0..count).map(|_| 7));
            ensure_sorted((0..count).map(|at| wide(at) % 20_000));
            ensure_sorted((0..count).rev());
            // Far from each other, and in clusters that differ in their lowest bits alone.
            ensure_sorted((0..count).map(|at| ((wide(at) % 3) << 62) | (wide(at + 7) % 1000)));
            let ends = [0, u64::MAX].into_iter().cycle();
            ensure_sorted((0..count).map(wide).zip(ends).flat_map(|(key, end)| [key, end]));
            #[expect(clippy::cast_precision_loss, reason = "any number will do")]
            let float = |at: u64| (wide(at) % 2001) as f64 / 1e3 - 1.0;
            ensure_sorted((0..count).map(|at| order::of_float(float(at))));
        }
    }
}
