//! Rows in order of time, of which no block is known.

use plimsoll_stats::drift::decide::{Answer, Limits, decide};
use plimsoll_stats::drift::facet::{Aspect, Facet};
use plimsoll_stats::drift::ladder::Ladder;
use plimsoll_stats::drift::numbers;
use plimsoll_stats::drift::series::{GRADES, of_grades};
use plimsoll_stats::drift::sides::{Sides, Weight};

use crate::dice::Dice;

/// A series that goes on from the row before with skewed innovations.
fn series(rows: usize, carries: f64, dice: &mut Dice) -> Vec<f64> {
    let mut at = 0.0;
    let mut next = |_| {
        at = carries * at + (1.0 - carries * carries).sqrt() * (dice.exponential() - 1.0);
        at
    };
    (0..rows + 300).map(&mut next).skip(300).collect()
}

fn grades(rows: &[f64], sorted: &[f64]) -> Vec<u16> {
    let grade = |row: &f64| {
        let rank = sorted.partition_point(|other| other < row);
        u16::try_from(rank * usize::from(GRADES) / sorted.len()).unwrap().min(GRADES - 1)
    };
    rows.iter().map(grade).collect()
}

fn facet(a: &[f64], b: &[f64], in_order: bool) -> Facet {
    let mut rows = [a.to_vec(), b.to_vec()];
    for side in &mut rows {
        side.sort_unstable_by(f64::total_cmp);
    }
    let weight = |side: &[f64], sorted: &[f64]| {
        let effect = if in_order { of_grades(&grades(side, sorted)).design_effect } else { 1.0 };
        Weight::in_order(side.len() as u64, effect)
    };
    let sides = Sides { reference: weight(a, &rows[0]), current: weight(b, &rows[1]) };
    let both = [&Ladder::of_rows(0, &rows[0]), &Ladder::of_rows(0, &rows[1])];
    numbers::shape(Aspect::Shape, both, sides, Limits::default().shape, 0.0).unwrap()
}

/// Alarms with rows as independent, and by their order, at the first step of a family of 20.
fn compare(reference: usize, current: usize, carries: f64, runs: u64) -> [u64; 2] {
    let mut alarms = [0, 0];
    for run in 0..runs {
        let mut dice = Dice::new(&format!("order {reference} {current} {carries}"), run);
        let (a, b) = (series(reference, carries, &mut dice), series(current, carries, &mut dice));
        for (alarms, in_order) in alarms.iter_mut().zip([false, true]) {
            let judged = decide(&[vec![facet(&a, &b, in_order)]], Limits::default().level / 20.0);
            *alarms += u64::from(judged[0][0].answer == Answer::Yes);
        }
    }
    alarms
}

#[test]
fn a_series_that_wanders_is_no_alarm() {
    assert_eq!(compare(1_000, 1_000, 0.9, 10)[1], 0);
}

#[test]
#[ignore = "minutes; prints a table of the documentation"]
fn false_alarms_of_series_are_rare() {
    println!(
        "| rows (reference, current) | carried over | runs | rows as independent | by their order |"
    );
    println!("|---|---|---|---|---|");
    for (reference, current, carries) in [
        (1_000, 1_000, 0.5),
        (1_000, 1_000, 0.9),
        (10_000, 2_000, 0.9),
        (10_000, 10_000, 0.99),
        (10_000, 2_000, 0.0),
    ] {
        let runs = 1_000;
        let alarms = compare(reference, current, carries, runs);
        let percent = alarms.map(|count| 100.0 * count as f64 / runs as f64);
        println!(
            "| {reference}, {current} | {carries} | {runs} | {:.1} % | {:.1} % |",
            percent[0], percent[1],
        );
        assert!(percent[1] < 0.5, "{reference} {current} {carries}");
    }
}
