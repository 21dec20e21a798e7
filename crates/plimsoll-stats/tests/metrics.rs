//! Further metrics, and the other intervals, against scikit-learn and a second implementation.
//!
//! All numbers were printed by references/metrics.py (numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1)
//! into references/metrics.txt.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

mod fixture;

use std::collections::BTreeMap;

use fixture::{Fixture, close, fixture};
use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::interval::Method;
use plimsoll_stats::interval_forecasts::IntervalForecast;
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::multiclass::Multiclass;
use plimsoll_stats::plan::{Intervals, Plan};
use plimsoll_stats::quantile_forecasts::QuantileForecast;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::Regression;

/// What the script printed; of intervals: name, rows or blocks (13 of them), value, lower end, upper
/// end, carry.
const PRINTED: &str = include_str!("../references/metrics.txt");

type Named = BTreeMap<String, Estimate>;

fn plan(intervals: Intervals) -> Plan {
    Plan { resamples: 2_000, most_resamples: 2_000, intervals, ..Plan::new(Seed::from(2026)) }
}

fn insert(named: &mut Named, prefix: &str, answers: Vec<Result<Estimate, NoValue>>) {
    for (metric, answer) in Metric::ALL.iter().zip(answers) {
        if let Ok(estimate) = answer {
            named.insert(format!("{prefix}{metric}"), estimate);
        }
    }
}

/// The classes that a second model predicts.
fn second() -> Vec<u32> {
    let wave = |i: f64| 3.0 * ((0.7 * i).sin() + 0.5 * (3.7 * i).sin() + 1.0) / 2.0;
    let class = |x: f64| if x < 1.0 { 0 } else { u32::from(x >= 2.0) + 1 };
    (0..120_u32).map(|i| class(wave(f64::from(i)))).collect()
}

/// The lower and upper ends of the predictions of champion and challenger.
fn forecasts(fixture: &Fixture) -> [[Vec<f64>; 2]; 2] {
    let rows = || (0..120_u32).map(f64::from);
    let cos = |i: f64| (0.4 * i).cos().powi(2);
    let sin = |i: f64| (0.9 * i).sin().powi(2);
    let around = |centre: &[f64], low: &dyn Fn(f64) -> f64, high: &dyn Fn(f64) -> f64| {
        let pairs = || centre.iter().zip(rows());
        [
            pairs().map(|(centre, i)| centre - low(i)).collect(),
            pairs().map(|(centre, i)| centre + high(i)).collect(),
        ]
    };
    [
        around(&fixture.p, &|i| 4.0 + 3.0 * cos(i), &|i| 4.0 + 3.0 * sin(i)),
        around(&fixture.q, &|i| 5.0 + cos(i), &|i| 3.0 + sin(i)),
    ]
}

fn answers(fixture: &Fixture, blocks: &Blocks, intervals: Intervals) -> Named {
    let (plan, wanted) = (plan(intervals), Metric::ALL.map(Wanted::of));
    let mut named = Named::new();

    let champion = Regression::new(&fixture.y, &fixture.p).unwrap();
    let challenger = Regression::new(&fixture.y, &fixture.q).unwrap();
    insert(&mut named, "", champion.measure(&wanted, blocks, &plan).unwrap());
    insert(&mut named, "gain-", champion.compare(&challenger, &wanted, blocks, &plan).unwrap());

    let above = |score: &[f64]| score.iter().map(|&score| score > 0.5).collect::<Vec<_>>();
    let (old, new) = (above(&fixture.score), above(&fixture.other));
    let coarse = Binary::new(&fixture.positive, &old, Some(&fixture.coarse)).unwrap();
    insert(&mut named, "coarse-", coarse.measure(&wanted, blocks, &plan).unwrap());
    let champion = Binary::new(&fixture.positive, &old, Some(&fixture.score)).unwrap();
    let challenger = Binary::new(&fixture.positive, &new, Some(&fixture.other)).unwrap();
    insert(&mut named, "", champion.measure(&wanted, blocks, &plan).unwrap());
    insert(&mut named, "gain-", champion.compare(&challenger, &wanted, blocks, &plan).unwrap());

    let champion = Multiclass::new(&fixture.truth, &fixture.answer, 3, None).unwrap();
    let second = second();
    let challenger = Multiclass::new(&fixture.truth, &second, 3, None).unwrap();
    insert(&mut named, "macro-", champion.measure(&wanted, blocks, &plan).unwrap());
    let gains = champion.compare(&challenger, &wanted, blocks, &plan).unwrap();
    insert(&mut named, "macro-gain-", gains);

    let [[low, high], [other_low, other_high]] = forecasts(fixture);
    let champion = IntervalForecast::new(&fixture.y, &low, &high, 0.8).unwrap();
    let challenger = IntervalForecast::new(&fixture.y, &other_low, &other_high, 0.8).unwrap();
    insert(&mut named, "", champion.measure(&wanted, blocks, &plan).unwrap());
    insert(&mut named, "gain-", champion.compare(&challenger, &wanted, blocks, &plan).unwrap());

    let levels = [0.1, 0.5, 0.9];
    let side_by_side = |low: &[f64], middle: &[f64], high: &[f64]| -> Vec<f64> {
        (0..120).flat_map(|row| [low[row], middle[row], high[row]]).collect()
    };
    let quantiles = side_by_side(&low, &fixture.p, &high);
    let other = side_by_side(&other_low, &fixture.q, &other_high);
    let champion = QuantileForecast::new(&fixture.y, &levels, &quantiles).unwrap();
    let challenger = QuantileForecast::new(&fixture.y, &levels, &other).unwrap();
    insert(&mut named, "", champion.measure(&wanted, blocks, &plan).unwrap());
    insert(&mut named, "gain-", champion.compare(&challenger, &wanted, blocks, &plan).unwrap());
    named
}

/// What is computed by a formula where the script resampled.
fn is_by_formula(name: &str, unit: &str) -> bool {
    let name = name.trim_start_matches("gain-");
    unit == "rows" && ["recall", "specificity", "precision", "coverage"].contains(&name)
}

fn agree(blocks: &Blocks, unit: &str) {
    let fixture = fixture();
    let methods = [Intervals::Recommended, Intervals::Percentile, Intervals::Bca];
    let found = methods.map(|intervals| answers(&fixture, blocks, intervals));
    let mut compared = 0;
    for line in PRINTED.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, of, numbers @ ..] = &words[..] else { panic!("unreadable: {line}") };
        if *of != unit {
            continue;
        }
        let (found, name, method) = if let Some(name) = name.strip_prefix("percentile-") {
            (&found[1], name, Method::Percentile)
        } else if let Some(name) = name.strip_prefix("bca-") {
            (&found[2], name, Method::Bca)
        } else {
            let by_t = name.ends_with("average_precision");
            (&found[0], *name, if by_t { Method::TransformedT } else { Method::BootT })
        };
        let Some(estimate) = found.get(name) else { panic!("{name} has no value") };
        let numbers: Vec<f64> = numbers.iter().map(|number| number.parse().unwrap()).collect();
        let [value, low, high, carry] = numbers[..] else { panic!("unreadable: {line}") };
        close(estimate.value, value, name);
        compared += 1;
        let interval = estimate.interval.unwrap();
        if is_by_formula(name, unit) && interval.carry.is_none() {
            continue;
        }
        close(interval.low, low, line);
        close(interval.high, high, line);
        close(interval.carry.unwrap(), carry, line);
        assert_eq!(interval.method, method, "{line}");
    }
    assert_eq!(compared, 48, "{unit}");
}

#[test]
fn intervals_of_rows_agree_with_a_second_implementation() {
    agree(&Blocks::rows(120), "rows");
}

#[test]
fn intervals_of_blocks_agree_with_a_second_implementation() {
    agree(&Blocks::of_labels(&fixture().day), "blocks");
}

#[test]
fn points_agree_with_scikit_learn() {
    let found = answers(&fixture(), &Blocks::rows(120), Intervals::Recommended);
    let mut compared = 0;
    for line in PRINTED.lines() {
        let Some(words) = line.strip_prefix("sklearn ") else { continue };
        let (name, value) = words.split_once(' ').unwrap();
        close(found[name].value, value.parse().unwrap(), name);
        compared += 1;
    }
    assert_eq!(compared, 17);
}
