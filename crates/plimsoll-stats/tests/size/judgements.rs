//! The tests by which models are judged.

use std::num::NonZeroUsize;

use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::calibration::{Calibration, USUAL_BINS};
use plimsoll_stats::calibration_bins::Bins;
use plimsoll_stats::fairness::{Fairness, Rate, Reference};
use plimsoll_stats::forecasts::diebold_mariano;
use plimsoll_stats::interval::Level;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::paired::{PairedLosses, Required};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::proportion::PairedCounts;
use plimsoll_stats::random::Seed;
use plimsoll_stats::slices::Losses;

use super::rate;
use crate::dice::Dice;

/// Losses of which the challenger saves exactly a tenth, normal on the log.
fn saved_tenth(rows: usize, mut dice: Dice) -> PValue {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let shared = dice.normal();
        old.push((0.7 * (shared + dice.normal())).exp());
        new.push(0.9 * (0.7 * (shared + dice.normal())).exp());
    }
    let losses = PairedLosses::new(&old, &new).unwrap();
    losses.p_above(Required::Share(0.1), &Blocks::rows(rows)).unwrap().unwrap()
}

/// Two equally good models that disagree in a share of the rows.
fn discordant(rows: usize, share: f64, mut dice: Dice) -> PValue {
    let answer = |_| {
        let first = dice.unit() < 0.5;
        if dice.unit() < share { (first, !first) } else { (first, first) }
    };
    PairedCounts::of((0..rows).map(answer)).mcnemar_mid_p()
}

/// Losses of two forecasters whose errors overlap over a horizon, skewed.
fn forecasters(rows: usize, horizon: usize, mut dice: Dice) -> PValue {
    let mut losses = || -> Vec<f64> {
        let steps: Vec<f64> = (0..rows + horizon).map(|_| dice.exponential()).collect();
        steps.windows(horizon).take(rows).map(|window| window.iter().sum()).collect()
    };
    let (old, new) = (losses(), losses());
    let horizon = NonZeroUsize::new(horizon).unwrap();
    diebold_mariano(&old, &new, horizon, Level::USUAL).unwrap().p_above(0.0)
}

/// Outcomes that come true as often as is said.
fn calibrated(rows: usize, run: u64, mut dice: Dice) -> PValue {
    let probability: Vec<f64> = (0..rows).map(|_| dice.unit().powi(2)).collect();
    let outcome: Vec<bool> = probability.iter().map(|p| dice.unit() < *p).collect();
    let calibration = Calibration::new(&outcome, &probability).unwrap().unwrap();
    let plan = Plan::new(Seed::from(run));
    calibration.reliability(Bins::EqualWidth(USUAL_BINS), &Blocks::rows(rows), &plan).unwrap().p
}

/// Two groups, a quarter and the rest, of which equal shares are selected.
fn groups(rows: usize, share: f64, run: u64, mut dice: Dice) -> Option<PValue> {
    let group: Vec<u32> = (0..rows).map(|row| u32::from(row % 4 == 0)).collect();
    let selected: Vec<bool> = (0..rows).map(|_| dice.unit() < share).collect();
    let blocks = Blocks::rows(rows);
    let fairness = Fairness::new(&selected, &selected, &group, 2, &blocks).unwrap();
    let plan = Plan::new(Seed::from(run));
    fairness.disparities(&[Rate::Selection], Reference::Group(0), &plan)[0].p
}

/// A tenth of the rows, whose losses are like those of the others.
fn slice(rows: usize, heavy: f64, mut dice: Dice) -> PValue {
    let losses: Vec<f64> = (0..rows).map(|_| (heavy * dice.normal()).exp()).collect();
    let blocks = Blocks::rows(rows);
    let losses = Losses::new(&losses, None, &blocks).unwrap();
    let (inside, rest) = (losses.slice(|row| row % 10 == 0), losses.slice(|row| row % 10 != 0));
    inside.worse_than(&rest).unwrap().p
}

#[test]
#[ignore = "a simulation of minutes"]
fn judgements_keep_their_level() {
    type Of = Box<dyn Fn(u64, Dice) -> Option<PValue>>;
    let mut cells: Vec<(&str, String, u64, Of)> = Vec::new();
    for rows in [50, 500, 5_000] {
        let runs = if rows > 1_000 { 4_000 } else { 10_000 };
        let size = format!("{rows} rows");
        let name = "paired t, a tenth is saved";
        let of: Of = Box::new(move |_, dice| Some(saved_tenth(rows, dice)));
        cells.push((name, size.clone(), runs, of));
        let share = if rows > 1_000 { 0.02 } else { 0.1 };
        let of: Of = Box::new(move |_, dice| Some(discordant(rows, share, dice)));
        cells.push(("McNemar, mid-p", size.clone(), runs, of));
        let runs = 4_000;
        let of: Of = Box::new(move |run, dice| Some(calibrated(rows, run, dice)));
        cells.push(("calibration", size, runs, of));
    }
    for (rows, horizon) in [(60, 1), (100, 7), (200, 7), (500, 7), (240, 24), (1_000, 24)] {
        let place = format!("{rows} rows, {horizon} steps ahead");
        let of: Of = Box::new(move |_, dice| Some(forecasters(rows, horizon, dice)));
        cells.push(("Diebold-Mariano", place, 5_000, of));
    }
    for (rows, share) in [(240, 0.3), (240, 0.05), (4_000, 0.3), (4_000, 0.01)] {
        let place = format!("{rows} rows, {} % selected", 100.0 * share);
        let of: Of = Box::new(move |run, dice| groups(rows, share, run, dice));
        cells.push(("selection of two groups", place, 10_000, of));
    }
    for (rows, heavy) in [(500, 0.5), (500, 1.0), (5_000, 1.0)] {
        let place = format!("{} of {rows} rows, lognormal s = {heavy}", rows / 10);
        let of: Of = Box::new(move |_, dice| Some(slice(rows, heavy, dice)));
        cells.push(("loss of a slice", place, 4_000, of));
    }
    cells.sort_by_key(|cell| cell.0);
    println!("\n| test | at | runs | rate |\n|---|---|---|---|");
    for (name, place, runs, of) in cells {
        let rate = rate(runs, |run| of(run, Dice::new(&format!("{name} {place}"), run)));
        println!("| {name} | {place} | {runs} | {rate:.1} |");
        let most = 5.5 + 200.0 * (0.05 * 0.95 / runs as f64).sqrt();
        assert!(rate <= most, "{name}, {place}: {rate} is above {most}");
    }
}
