//! Calibration against scikit-learn and formulas written out, and where there is hardly any.
//!
//! The numbers were printed by references/calibration.py into references/calibration.txt.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::calibration::{Calibration, Confidence, Reliability, USUAL_BINS};
use plimsoll_stats::calibration_bins::Bins;
use plimsoll_stats::estimate::NoValue;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::Seed;

const PRINTED: &str = include_str!("../references/calibration.txt");
const WIDTH: Bins = Bins::EqualWidth(USUAL_BINS);
const MASS: Bins = Bins::EqualMass(USUAL_BINS);

fn plan() -> Plan {
    Plan { resamples: 999, most_resamples: 999, ..Plan::new(Seed::from(1)) }
}

/// Outcomes that are less extreme than their probabilities, and a block for each.
fn sample() -> (Vec<bool>, Vec<f64>, Vec<u32>) {
    let rows = || (0..300).map(f64::from);
    let logit = |i: f64| 1.8 * (0.7 * i).sin() - 0.4 + 1.2 * (2.9 * i).sin();
    let probability: Vec<f64> = rows().map(|i| 1.0 / (1.0 + (-logit(i)).exp())).collect();
    let noise = rows().map(|i| ((12.9898 * i).sin() * 43_758.545_3).abs().fract());
    let outcome = noise.zip(&probability).map(|(noise, p)| noise < 0.15 + 0.6 * p).collect();
    (outcome, probability, (0..300).map(|row| (row * 5 + row / 11) % 23).collect())
}

fn reliability(outcome: &[bool], probability: &[f64], bins: Bins, blocks: &Blocks) -> Reliability {
    let calibration = Calibration::new(outcome, probability).unwrap().unwrap();
    calibration.reliability(bins, blocks, &plan()).unwrap()
}

fn close(found: f64, expected: &str, what: &str) {
    let expected: f64 = expected.parse().unwrap();
    assert!((found - expected).abs() < 1e-9, "{what}: {found} instead of {expected}");
}

#[test]
fn agrees_with_scikit_learn_and_the_formulas_written_out() {
    let (outcome, probability, day) = sample();
    let rows = Blocks::rows(300);
    let mut compared = 0;
    for (name, bins) in [("uniform", WIDTH), ("quantile", MASS)] {
        let found = reliability(&outcome, &probability, bins, &rows);
        let by_day = reliability(&outcome, &probability, bins, &Blocks::of_labels(&day));
        let mut curve = found.bins.iter();
        for line in PRINTED.lines().filter(|line| line.starts_with(name)) {
            let words: Vec<&str> = line.split(' ').collect();
            compared += 1;
            if let [_, "bin", mean, share] = words[..] {
                let bin = curve.next().unwrap();
                close(bin.mean_probability, mean, line);
                close(bin.share, share, line);
                continue;
            }
            let [_, unit, plug_in, corrected, low, high] = words[..] else { panic!("{line}") };
            let found = if unit == "rows" { &found } else { &by_day };
            let interval = found.error.interval.unwrap();
            close(found.plug_in, plug_in, line);
            close(found.error.value, corrected, line);
            close(interval.low, low, line);
            close(interval.high, high, line);
        }
        assert!(curve.next().is_none());
    }
    assert_eq!(compared, 24);
    let calibration = Calibration::new(&outcome, &probability).unwrap().unwrap();
    let mean = |name: &str| PRINTED.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let bias = calibration.bias(&rows, &plan()).unwrap().unwrap();
    close(bias.value, mean("bias "), "bias");
    let beyond = calibration.overconfidence(&rows, &plan()).unwrap().unwrap();
    close(beyond.value, mean("overconfidence "), "overconfidence");
    assert_eq!(Confidence::proven_by(&beyond), Confidence::Over);
}

#[test]
fn probabilities_that_are_off_are_rejected_and_others_are_not() {
    let (outcome, probability, day) = sample();
    // Blocks say less: there are only 23.
    for (blocks, most) in [(Blocks::rows(300), 0.03), (Blocks::of_labels(&day), 0.1)] {
        let off = reliability(&outcome, &probability, WIDTH, &blocks);
        assert!(off.p.get() < most, "{}", off.p);
        let mended: Vec<f64> = probability.iter().map(|p| 0.15 + 0.6 * p).collect();
        let fine = reliability(&outcome, &mended, WIDTH, &blocks);
        assert!(fine.p.get() > 0.05, "{}", fine.p);
        assert!(fine.error.value < off.error.value / 2.0);
    }
}

#[test]
fn every_row_is_in_one_bin() {
    let probability = [0.0, 0.05, 0.1, 0.3, 0.3, 0.95, 1.0, 1.000_000_4];
    let outcome = [false, false, true, false, true, true, true, true];
    let found = reliability(&outcome, &probability, WIDTH, &Blocks::rows(8));
    let bins: Vec<_> = found.bins.iter().map(|bin| (bin.low, bin.high, bin.rows)).collect();
    assert_eq!(bins, [(0.0, 0.1, 2), (0.1, 0.2, 1), (0.3, 0.4, 2), (0.9, 1.0, 3)]);
    let mass = reliability(&outcome, &probability, MASS, &Blocks::rows(8));
    assert_eq!(mass.bins.iter().map(|bin| bin.rows).sum::<u64>(), 8);
    let same = reliability(&[true, false, true], &[0.4; 3], MASS, &Blocks::rows(3));
    assert_eq!(same.bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_single_row_is_known_to_be_uncertain() {
    let found = reliability(&[true], &[0.4], WIDTH, &Blocks::rows(1));
    // 0.6 apart, half of that by chance: 0.798 * 0.5.
    assert!((found.error.value - (0.6 - 0.398_942_280_401)).abs() < 1e-9);
    let interval = found.error.interval.unwrap();
    assert!(interval.low <= 0.0 && interval.high >= 1.0 && !found.error.is_enough_evidence());
}

#[test]
fn no_probabilities_have_no_calibration() {
    let none = Calibration::new(&[true, false, true], &[1.2, 0.5, -3.0]).unwrap();
    assert_eq!(none.unwrap_err(), NoValue::NotProbabilities { rows: 2 });
    assert!(Calibration::new(&[], &[]).is_err());
    assert!(Calibration::new(&[true], &[f64::NAN]).is_err());
    assert!(Calibration::new(&[true, false], &[0.5]).is_err());
}

#[test]
fn confidence_on_the_line_is_neither_over_nor_under() {
    let outcome: Vec<bool> = (0..40).map(|row| row % 4 == 0).collect();
    let calibration = Calibration::new(&outcome, &[0.5; 40]).unwrap().unwrap();
    let beyond = calibration.overconfidence(&Blocks::rows(40), &plan()).unwrap().unwrap();
    assert_eq!((beyond.value, Confidence::proven_by(&beyond)), (0.0, Confidence::Undecided));
    // Sure of what is right in three of four rows.
    let sure = Calibration::new(&outcome, &[0.01; 40]).unwrap().unwrap();
    let beyond = sure.overconfidence(&Blocks::rows(40), &plan()).unwrap().unwrap();
    assert_eq!(Confidence::proven_by(&beyond), Confidence::Over);
    let doubting = Calibration::new(&[false; 40], &[0.3; 40]).unwrap().unwrap();
    let beyond = doubting.overconfidence(&Blocks::rows(40), &plan()).unwrap().unwrap();
    assert_eq!(Confidence::proven_by(&beyond), Confidence::Under);
}

#[test]
fn rows_that_all_came_out_alike_are_no_proof_that_they_had_to() {
    // All of 30 rows came true: of what was said to be .999, of which .94 may be true as well.
    let outcome = vec![true; 30];
    let said = Calibration::new(&outcome, &[0.999; 30]).unwrap().unwrap();
    let found = said.reliability(Bins::EqualWidth(USUAL_BINS), &Blocks::rows(30), &plan()).unwrap();
    let ends = found.error.interval.unwrap().judged();
    assert!(ends.high > 0.059, "{ends:?}");
    let days = Blocks::of_labels(&(0..30).map(|row| row / 2).collect::<Vec<_>>());
    let found = said.reliability(Bins::EqualWidth(USUAL_BINS), &days, &plan()).unwrap();
    assert!(found.error.interval.unwrap().judged().high > 0.059);
}
