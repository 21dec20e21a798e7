//! Groups with known shares, few rows, and rows that hang together.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::NoValue;
use plimsoll_stats::fairness::{Disparity, Fairness, Rate, Reference};
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;

const RATES: [Rate; 3] = [Rate::Selection, Rate::TruePositive, Rate::FalsePositive];

fn plan() -> Plan {
    Plan { resamples: 999, most_resamples: 999, ..Plan::new(Seed::from(1)) }
}

/// Three groups of 200, 160 and 40 rows; the second is selected less often where it is positive.
fn sample() -> (Vec<bool>, Vec<bool>, Vec<u32>) {
    let group: Vec<u32> =
        (0..400).map(|row| u32::from(row >= 200) + u32::from(row >= 360)).collect();
    let positive: Vec<bool> = (0..400).map(|row| row % 2 == 0).collect();
    let predicted = |row: usize| match (group[row], positive[row]) {
        (1, true) => row % 20 < 8,
        (_, true) => row % 20 < 16,
        (_, false) => row % 20 == 1,
    };
    let predicted = (0..400).map(predicted).collect();
    (positive, predicted, group)
}

fn find(found: &[Disparity], group: u32, rate: Rate) -> &Disparity {
    found.iter().find(|disparity| (disparity.group, disparity.rate) == (group, rate)).unwrap()
}

#[test]
fn rates_are_those_of_the_rows_that_count() {
    let (positive, predicted, group) = sample();
    let blocks = Blocks::rows(400);
    let fairness = Fairness::new(&positive, &predicted, &group, 3, &blocks).unwrap();
    let found = fairness.disparities(&RATES, Reference::Group(0), &plan());
    assert_eq!(found.len(), 6);
    let parity = find(&found, 1, Rate::Selection);
    // 0.2 + 0.05 of the rows against 0.4 + 0.05.
    assert!((parity.difference.as_ref().unwrap().value + 0.2).abs() < 1e-12);
    assert!((parity.ratio.as_ref().unwrap().value - 0.25 / 0.45).abs() < 1e-12);
    assert_eq!(parity.rows, [160, 200]);
    let opportunity = find(&found, 1, Rate::TruePositive);
    assert!((opportunity.difference.as_ref().unwrap().value + 0.4).abs() < 1e-12);
    assert_eq!(opportunity.rows, [80, 100]);
    assert!(opportunity.adjusted.unwrap().get() < 0.001);
    let false_positives = find(&found, 1, Rate::FalsePositive);
    assert!(false_positives.difference.as_ref().unwrap().value.abs() < 1e-12);
    assert!(false_positives.adjusted.unwrap().get() > 0.5);
}

#[test]
fn p_are_adjusted_over_what_can_be_judged() {
    let (positive, predicted, group) = sample();
    let blocks = Blocks::rows(400);
    let fairness = Fairness::new(&positive, &predicted, &group, 4, &blocks).unwrap();
    let found = fairness.disparities(&RATES, Reference::Rest, &plan());
    // The third group has 40 rows and the fourth none.
    assert_eq!(found.len(), 9);
    let judged: Vec<_> = found.iter().filter(|disparity| disparity.p.is_some()).collect();
    assert!(judged.iter().all(|disparity| disparity.group < 2) && judged.len() == 6);
    let family: Vec<_> = judged.iter().filter_map(|disparity| disparity.p).collect();
    let adjusted: Vec<_> = judged.iter().filter_map(|disparity| disparity.adjusted).collect();
    assert_eq!(benjamini_hochberg(&family), adjusted);
    let small = find(&found, 2, Rate::Selection);
    assert!(small.adjusted.is_none() && small.difference.is_ok());
}

#[test]
fn rows_that_hang_together_prove_less() {
    let (positive, predicted, group) = sample();
    let rows = Blocks::rows(400);
    // Ten rows of a class each, so that a block holds rows of one group only.
    let labels: Vec<usize> = (0..400).map(|row| row / 20 * 2 + row % 2).collect();
    let (of_20, of_two) = (Blocks::of_labels(&labels), Blocks::of_labels(&group));
    let p = |blocks: &Blocks| {
        let fairness = Fairness::new(&positive, &predicted, &group, 3, blocks).unwrap();
        let found = fairness.disparities(&[Rate::Selection], Reference::Group(0), &plan());
        let parity = find(&found, 1, Rate::Selection);
        let interval = parity.difference.as_ref().unwrap().interval;
        (parity.p.map(plimsoll_stats::p_value::PValue::get), interval)
    };
    let (single, blocks) = (p(&rows), p(&of_20));
    assert!(blocks.0.unwrap() > single.0.unwrap());
    assert!(blocks.1.unwrap().low < single.1.unwrap().low);
    assert_eq!(p(&of_two).0, None, "three blocks decide nothing");
}

#[test]
fn a_rate_without_rows_has_no_value() {
    let (blocks, group) = (Blocks::rows(4), [0, 0, 1, 1]);
    let positive = [true, true, false, false];
    let fairness =
        Fairness::new(&positive, &[true, false, true, false], &group, 2, &blocks).unwrap();
    let found = fairness.disparities(&RATES, Reference::Rest, &plan());
    for disparity in &found[1..3] {
        assert_eq!(disparity.difference, Err(NoValue::ZeroDenominator), "{disparity:?}");
        assert!(disparity.p.is_none());
    }
    assert!(Fairness::new(&positive, &positive, &[0, 0, 2, 1], 2, &blocks).is_err());
    assert!(Fairness::new(&[], &[], &[], 2, &Blocks::rows(0)).is_err());
}
