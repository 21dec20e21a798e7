//! Tables with more values than are counted one by one: parts, orders and chunks of them.

use plimsoll_stats::random::{Random, Seed};

use super::*;

const ROWS: u64 = 24_000;

/// Returns skewed numbers with ties, and words of which few are frequent.
fn columns(seed: u64) -> (Vec<f64>, Vec<String>) {
    let random = Random::new(Seed::from(seed), "columns");
    let unit = |at: u64| {
        let bits = u32::try_from(random.word(at) >> 32).unwrap();
        (f64::from(bits) + 0.5) / f64::from(u32::MAX)
    };
    let number = |row: u64| match random.word(2 * ROWS + row) % 10 {
        0 => 7.0,
        _ => (4.0 * unit(row)).exp(),
    };
    let word = |row: u64| format!("w{:.0}", 20.0 / unit(ROWS + row));
    ((0..ROWS).map(number).collect(), (0..ROWS).map(word).collect())
}

/// Returns the profile of these rows, read in row groups of so many.
fn of_rows(numbers: &[f64], words: &[String], group: usize) -> Profile {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Float64Array::from(numbers.to_vec()))),
        ("w", Arc::new(StringArray::from(words))),
    ];
    of_file(&parquet(columns, group), 2)
}

/// Holds what a profile says against the rows that it was made of.
fn check(profile: &Profile, numbers: &[f64], words: &[String]) {
    let (n, w) = (profile.column("n").unwrap(), profile.column("w").unwrap());
    assert_eq!((n.rows(), w.rows()), (numbers.len() as u64, words.len() as u64));
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let of_numbers = n.numbers().unwrap();
    assert!(!of_numbers.is_exact());
    let room = of_numbers.rank_error() * as_float(sorted.len()) + 1.0;
    for percent in 1..100_u32 {
        let share = f64::from(percent) / 100.0;
        let found = of_numbers.quantile(share).unwrap();
        let below = as_float(sorted.partition_point(|value| *value < found));
        let through = as_float(sorted.partition_point(|value| *value <= found));
        let rank = share * as_float(sorted.len());
        let off = (below - rank).max(rank - through).max(0.0);
        assert!(off <= room, "{percent} %: {off} ranks off, {room} stated");
    }
    assert_eq!(of_numbers.ends(), Some((sorted[0], sorted[sorted.len() - 1])));
    // Counts of frequent values are at most so much too low, and never too high.
    let count = |word: &str| words.iter().filter(|other| *other == word).count() as u64;
    let values = w.values();
    for (word, found) in values.counts.iter().take(20) {
        let count = count(word);
        assert!((count.saturating_sub(values.error)..=count).contains(found), "{word}: {found}");
    }
    let distinct = |of: &Column, count: usize| {
        let off = as_float(usize::try_from(of.distinct()).unwrap()) / as_float(count) - 1.0;
        assert!(off.abs() < 4.0 * 0.0081, "{}: {off}", of.name());
    };
    sorted.dedup();
    distinct(n, sorted.len());
    distinct(w, words.iter().collect::<std::collections::BTreeSet<_>>().len());
    let mean = numbers.iter().sum::<f64>() / as_float(numbers.len());
    assert!((of_numbers.moments().mean().unwrap() / mean - 1.0).abs() < 1e-12);
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[test]
fn merged_parts_are_within_the_error_that_is_stated() {
    for (seed, first) in [(1, 1_000), (2, 2_000), (3, 3_000)] {
        let (numbers, words) = columns(seed);
        let cuts = [0, first, 13_000, numbers.len()];
        let part =
            |pair: &[usize]| of_rows(&numbers[pair[0]..pair[1]], &words[pair[0]..pair[1]], 5_000);
        let mut parts = cuts.windows(2).map(part);
        let mut merged = parts.next().unwrap();
        parts.for_each(|next| merged.merge(next).unwrap());
        check(&merged, &numbers, &words);
        assert!(written(&merged) == merged);
    }
}

#[test]
fn order_and_chunks_do_not_matter_beyond_that_error() {
    let (numbers, words) = columns(9);
    for group in [2_000, 7_000, 100_000] {
        check(&of_rows(&numbers, &words, group), &numbers, &words);
    }
    let random = Random::new(Seed::from(3), "order");
    let mut shuffled: Vec<usize> = (0..numbers.len()).collect();
    shuffled.sort_by_key(|row| random.word(*row as u64));
    let mut rising: Vec<usize> = (0..numbers.len()).collect();
    rising.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    for order in [shuffled, rising] {
        let numbers: Vec<f64> = order.iter().map(|row| numbers[*row]).collect();
        let words: Vec<String> = order.iter().map(|row| words[*row].clone()).collect();
        check(&of_rows(&numbers, &words, 6_000), &numbers, &words);
    }
}
