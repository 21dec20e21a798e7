//! Whether 5 % of the data and all of it say the same.

use plimsoll_stats::drift::decide::{Answer, of_column};

use crate::dice::Dice;
use crate::table::{Column, Drawn, Kind, judge};

/// A column and one that differs from it by a distance or total variation of `effect`.
fn pairs(effect: f64) -> Vec<(Column, Column)> {
    let moved = |column: &Column| {
        // Rows without a value do not move.
        let effect = effect / (1.0 - column.missing);
        let half = column.chances.len() / 2;
        let (low, high) = column.chances.split_at(half);
        let (all_low, all_high) = (low.iter().sum::<f64>(), high.iter().sum::<f64>());
        let down = low.iter().map(|chance| chance * (1.0 - effect / all_low));
        let up = high.iter().map(|chance| chance * (1.0 + effect / all_high));
        Column { chances: down.chain(up).collect(), ..column.clone() }
    };
    let of = |count: usize, chance: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..count).map(|at| chance(at as f64)).collect()
    };
    let columns = [
        Column::new("measured", Kind::Numbers, vec![1.0; 1_001], 0.0),
        Column::new("gaps", Kind::Numbers, vec![1.0; 501], 0.2),
        Column::new("age", Kind::Numbers, of(73, &|x| 73.0 - x), 0.0),
        Column::new("flag", Kind::Boolean, vec![0.4, 0.6], 0.0),
        Column::new("six", Kind::Category, vec![1.0; 6], 0.0),
        Column::new("month", Kind::Category, vec![1.0; 12], 0.0),
        Column::new("day of month", Kind::Category, vec![1.0; 31], 0.0),
    ];
    columns.into_iter().map(|column| (column.clone(), moved(&column))).collect()
}

/// Of one column: answers yes at 5 % and at 100 %, and at both one of yes and one of no.
#[derive(Clone, Copy, Default)]
struct Seen {
    part: u64,
    whole: u64,
    undecided: u64,
    flips: u64,
}

fn compare(full: u64, effect: f64, runs: u64) -> Vec<(&'static str, Seen)> {
    let pairs = pairs(effect);
    let mut seen: Vec<_> = pairs.iter().map(|pair| (pair.0.name, Seen::default())).collect();
    // Columns that did not change make the family one of twenty.
    let quiet = || crate::table::twenty().into_iter().take(20 - pairs.len());
    for run in 0..runs {
        let mut dice = Dice::new(&format!("flips {full} {effect}"), run);
        let before: Vec<Column> = pairs.iter().map(|pair| pair.0.clone()).chain(quiet()).collect();
        let after: Vec<Column> = pairs.iter().map(|pair| pair.1.clone()).chain(quiet()).collect();
        let draw = |columns: &[Column], rows: u64, dice: &mut Dice| -> Vec<Drawn> {
            columns.iter().map(|column| column.draw(rows, dice)).collect()
        };
        let with = |part: &[Drawn], rest: &[Drawn]| -> Vec<Drawn> {
            part.iter().zip(rest).map(|(a, b)| a.and(b)).collect()
        };
        let part = [&before, &after].map(|side| draw(side, full / 20, &mut dice));
        let rest = [&before, &after].map(|side| draw(side, full - full / 20, &mut dice));
        let whole = [with(&part[0], &rest[0]), with(&part[1], &rest[1])];
        let answers = [part, whole].map(|[reference, current]| {
            let judged = judge(&before, &reference, &current);
            let answer = |column: &Vec<_>| {
                of_column(
                    column.iter().map(|one: &plimsoll_stats::drift::decide::Judged| one.answer),
                )
            };
            judged.iter().map(answer).collect::<Vec<_>>()
        });
        for (at, (_, seen)) in seen.iter_mut().enumerate() {
            let [part, whole] = [answers[0][at], answers[1][at]];
            seen.part += u64::from(part == Answer::Yes);
            seen.whole += u64::from(whole == Answer::Yes);
            seen.undecided += u64::from(part == Answer::Undecided);
            let decided = part != Answer::Undecided && whole != Answer::Undecided;
            seen.flips += u64::from(decided && part != whole);
        }
    }
    seen
}

#[test]
fn a_twentieth_of_the_data_says_the_same_outside_the_band() {
    for effect in [0.0, 0.05, 0.2] {
        for (name, seen) in compare(40_000, effect, 4) {
            assert_eq!(seen.flips, 0, "{name} at {effect}");
        }
    }
}

#[test]
#[ignore = "minutes; prints a table of the documentation"]
fn answers_agree_outside_of_a_half_to_one_and_a_half_minima() {
    // Asserted at the end, so that the tables are printed whole.
    let mut apart = Vec::new();
    for full in [20_000, 200_000, 2_000_000] {
        let runs = match full {
            20_000 => 500,
            200_000 => 200,
            _ => 60,
        };
        println!(
            "\nyes at 5 % / yes at 100 % / undecided at 5 % / verdict differs, {full} rows a side, {runs} runs\n"
        );
        let names: Vec<_> = pairs(0.0).iter().map(|pair| pair.0.name).collect();
        println!("| true effect | {} |", names.join(" | "));
        println!("|---|{}", "---|".repeat(names.len()));
        for effect in [0.0, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.3] {
            let seen = compare(full, effect, runs);
            let share = |count: u64| 100.0 * count as f64 / runs as f64;
            let cell = |seen: &Seen| {
                let numbers = [seen.part, seen.whole, seen.undecided, seen.flips];
                numbers.map(|count| format!("{:.1}", share(count))).join(" / ")
            };
            let cells: Vec<_> = seen.iter().map(|(_, seen)| cell(seen)).collect();
            println!("| {effect} | {} |", cells.join(" | "));
            let outside = effect <= 0.05 || effect >= 0.15;
            for (name, seen) in seen {
                if outside && share(seen.flips) > 5.0 {
                    apart.push(format!("{name} at {effect} of {full}: {}", share(seen.flips)));
                }
            }
        }
    }
    assert!(apart.is_empty(), "verdicts that differ in more than 5 %: {apart:?}");
}
