//! How often something is called drift although nothing changed.

use plimsoll_stats::drift::decide::{Answer, Limits};

use crate::dice::Dice;
use crate::table::{Drawn, judge, twenty};

#[derive(Default)]
struct Seen {
    alarms: u64,
    significant: u64,
    undecided: u64,
    columns: u64,
    largest: f64,
}

fn compare(reference: u64, current: u64, runs: u64) -> Seen {
    let columns = twenty();
    let mut seen = Seen::default();
    for run in 0..runs {
        let mut dice = Dice::new(&format!("false alarms {reference} {current}"), run);
        let draw = |rows: u64, dice: &mut Dice| -> Vec<Drawn> {
            columns.iter().map(|column| column.draw(rows, dice)).collect()
        };
        let (a, b) = (draw(reference, &mut dice), draw(current, &mut dice));
        let judged = judge(&columns, &a, &b);
        let facets = || judged.iter().flatten();
        seen.alarms += u64::from(facets().any(|one| one.answer == Answer::Yes));
        let level = Limits::default().level;
        seen.significant += u64::from(facets().any(|one| one.adjusted.get() <= level));
        let undecided = |column: &&Vec<_>| {
            column
                .iter()
                .any(|one: &plimsoll_stats::drift::decide::Judged| one.answer == Answer::Undecided)
        };
        seen.undecided += judged.iter().filter(undecided).count() as u64;
        seen.columns += columns.len() as u64;
        let shapes = facets().filter(|one| one.facet.aspect.is_shape());
        seen.largest = shapes.map(|one| one.facet.effect).fold(seen.largest, f64::max);
    }
    seen
}

#[test]
fn nothing_that_changed_is_no_alarm() {
    for (reference, current) in [(300, 300), (1_000, 1_000), (4_000, 1_000)] {
        let seen = compare(reference, current, 12);
        assert_eq!(seen.alarms, 0, "{reference} {current}");
    }
}

#[test]
#[ignore = "minutes; prints a table of the documentation"]
fn false_alarms_are_below_one_in_a_hundred_tables() {
    println!(
        "| rows (reference, current) | runs | false alarms | test alone | undecided columns | largest effect |"
    );
    println!("|---|---|---|---|---|---|");
    for (reference, current, runs) in [
        (200, 200, 5_000),
        (200, 1_000_000, 500),
        (1_000, 1_000, 5_000),
        (1_000, 10_000, 5_000),
        (10_000, 1_000, 5_000),
        (1_000, 1_000_000, 500),
        (1_000_000, 1_000, 500),
        (10_000, 10_000, 5_000),
        (100_000, 100_000, 2_000),
        (1_000_000, 1_000_000, 300),
    ] {
        let seen = compare(reference, current, runs);
        let percent = |count: u64| 100.0 * count as f64 / runs as f64;
        println!(
            "| {reference}, {current} | {runs} | {:.2} % | {:.2} % | {:.1} % | {:.3} |",
            percent(seen.alarms),
            percent(seen.significant),
            100.0 * seen.undecided as f64 / seen.columns as f64,
            seen.largest,
        );
        // The upper end of a 95 % interval of none in 300 runs is 1 %.
        assert!(percent(seen.alarms) < 1.0, "{reference} {current}");
    }
}
