//! What must not change a result, or change it in a known way.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::{Estimate, NoValue};
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;
use plimsoll_stats::regression::Regression;
use proptest::prelude::*;

const METRICS: [Metric; 5] = [Metric::Mae, Metric::Rmse, Metric::Wape, Metric::R2, Metric::Bias];

/// The target, the prediction and the block of a row.
type Row = (f64, f64, u32);

fn measure(rows: &[Row]) -> Vec<Result<Estimate, NoValue>> {
    let target: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let prediction: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let labels: Vec<u32> = rows.iter().map(|row| row.2).collect();
    let plan = Plan { resamples: 300, most_resamples: 300, ..Plan::new(Seed::from(5)) };
    let sample = Regression::new(&target, &prediction).unwrap();
    sample.measure(&METRICS.map(Wanted::of), &Blocks::of_labels(&labels), &plan).unwrap()
}

fn numbers(answer: &Result<Estimate, NoValue>) -> Vec<f64> {
    let Ok(estimate) = answer else { return Vec::new() };
    let ends = estimate.interval.map(|interval| (interval.ends(), interval.judged()));
    let ends =
        ends.map_or(Vec::new(), |(ends, wide)| vec![ends.low, ends.high, wide.low, wide.high]);
    [vec![estimate.value], ends].concat()
}

fn agree(metric: Metric, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{metric}");
    for (found, expected) in found.iter().zip(expected) {
        let near = 1e-9 * expected.abs().max(1.0);
        assert!((found - expected).abs() <= near, "{metric}: {found} instead of {expected}");
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((1.0..50.0_f64, 1.0..50.0_f64, 0..12_u32), 30..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows(), turn in 1..29_usize) {
        let mut turned = rows.clone();
        turned.rotate_left(turn);
        turned.reverse();
        for ((metric, a), b) in METRICS.into_iter().zip(measure(&rows)).zip(measure(&turned)) {
            agree(metric, &numbers(&a), &numbers(&b));
        }
    }

    #[test]
    fn a_change_of_unit_changes_the_unit_only(rows in rows(), unit in 0.01..100.0_f64) {
        let scaled: Vec<Row> = rows.iter().map(|row| (unit * row.0, unit * row.1, row.2)).collect();
        for ((metric, a), b) in METRICS.into_iter().zip(measure(&rows)).zip(measure(&scaled)) {
            let in_unit = matches!(metric, Metric::Mae | Metric::Rmse | Metric::Bias);
            let factor = if in_unit { unit } else { 1.0 };
            let expected: Vec<f64> = numbers(&a).iter().map(|number| factor * number).collect();
            agree(metric, &numbers(&b), &expected);
        }
    }

    #[test]
    fn intervals_are_finite_and_hold_the_estimate(rows in rows()) {
        for (metric, answer) in METRICS.into_iter().zip(measure(&rows)) {
            let estimate = answer.unwrap();
            let interval = estimate.interval.unwrap();
            prop_assert!(interval.ends().contain(estimate.value), "{metric}: {interval:?}");
            prop_assert!(interval.low.is_finite() && interval.high.is_finite());
            prop_assert_eq!(interval.wide.is_some(), interval.is_approximate());
            let wide = interval.judged();
            prop_assert!(wide.low <= interval.low && wide.high >= interval.high);
        }
    }

    #[test]
    fn blocks_of_one_row_are_rows(rows in prop::collection::vec((1.0..50.0_f64, 1.0..50.0_f64), 30..60)) {
        let numbered: Vec<Row> = rows.iter().zip(0..).map(|(row, i)| (row.0, row.1, i)).collect();
        let target: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let prediction: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let plan = Plan { resamples: 300, most_resamples: 300, ..Plan::new(Seed::from(5)) };
        let sample = Regression::new(&target, &prediction).unwrap();
        let plain =
            sample.measure(&METRICS.map(Wanted::of), &Blocks::rows(rows.len()), &plan).unwrap();
        for ((metric, a), b) in METRICS.into_iter().zip(measure(&numbered)).zip(plain) {
            agree(metric, &numbers(&a), &numbers(&b));
        }
    }
}
