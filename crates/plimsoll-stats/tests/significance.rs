//! Tests of significance against scipy, statsmodels and arithmetic with 50 digits.
//!
//! All numbers were printed by references/significance.py (scipy 1.17.1, statsmodels 0.15.0,
//! mpmath 1.3.0) into references/significance.txt.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use std::cmp::Ordering;

use plimsoll_stats::chi_square::{self, Divergence};
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::hypergeometric::Hypergeometric;
use plimsoll_stats::kolmogorov;
use plimsoll_stats::kolmogorov_smirnov as ks;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::tails;
use plimsoll_stats::two_proportions::{Continuity, TwoProportions};

/// What the script printed: a name, its arguments, the number.
const PRINTED: &str = include_str!("../references/significance.txt");

/// The lines of a name, each as its arguments and its number.
fn printed(name: &str) -> Vec<(Vec<&'static str>, f64)> {
    let lines = PRINTED.lines().filter_map(|line| line.split_once(' '));
    let of_name = lines.filter(|(first, _)| *first == name);
    let parsed = of_name.map(|(_, rest)| {
        let mut words: Vec<_> = rest.split(' ').collect();
        let number = words.pop().unwrap().parse().unwrap();
        (words, number)
    });
    let all: Vec<_> = parsed.collect();
    assert!(!all.is_empty(), "the script printed no {name}");
    all
}

/// The lines of a name whose arguments are numbers.
fn numbers(name: &str) -> Vec<(Vec<f64>, f64)> {
    let parse = |words: Vec<&str>| words.iter().map(|word| word.parse().unwrap()).collect();
    printed(name).into_iter().map(|(words, number)| (parse(words), number)).collect()
}

fn counts(name: &str) -> Vec<(Vec<u64>, f64)> {
    let parse = |words: Vec<&str>| words.iter().map(|word| word.parse().unwrap()).collect();
    printed(name).into_iter().map(|(words, number)| (parse(words), number)).collect()
}

/// Within 1e-9 of each other, relatively.
fn close(found: f64, expected: f64, what: &dyn std::fmt::Debug) {
    let error = (found - expected).abs();
    assert!(error <= 1e-9 * expected.abs().max(1e-12), "{what:?}: {found} is not {expected}");
}

fn each(name: &str, compute: impl Fn(&[f64]) -> f64) {
    for (arguments, expected) in numbers(name) {
        close(compute(&arguments), expected, &(name, &arguments));
    }
}

#[test]
fn tails_are_right_however_far_out() {
    each("normal", |x| tails::normal(x[0]).unwrap().ln());
    each("student", |x| tails::student(x[0], x[1]).unwrap().ln());
    each("chi-square", |x| tails::chi_square(x[0], x[1]).unwrap().ln());
    each("f", |x| tails::f(x[0], x[1], x[2]).unwrap().ln());
    each("kolmogorov-p", |x| kolmogorov::limit(x[0]).unwrap().get());
    each("kolmogorov-ln", |x| kolmogorov::limit(x[0]).unwrap().ln());
    for (arguments, expected) in printed("binomial") {
        let hits = arguments[0].parse().unwrap();
        let draws = arguments[1].parse().unwrap();
        let p = tails::binomial(hits, draws, arguments[2].parse().unwrap()).unwrap();
        close(p.ln(), expected, &arguments);
    }
    for (x, expected) in counts("hypergeometric") {
        let draw = Hypergeometric::new(x[0], x[1], x[2]).unwrap();
        close(draw.at_least(x[3]).ln(), expected, &x);
    }
}

#[test]
fn two_proportions_agree() {
    let of = |x: &[u64]| TwoProportions::new((x[0], x[1]), (x[2], x[3])).unwrap();
    for (x, expected) in counts("fisher-p") {
        close(of(&x).fisher().p.get(), expected, &x);
    }
    for (x, expected) in counts("exact-p") {
        close(of(&x).exact().p.get(), expected, &x);
    }
    for (x, expected) in counts("z") {
        close(of(&x).z(Continuity::Plain).unwrap().statistic, expected, &x);
    }
    for (x, expected) in counts("z-p") {
        close(of(&x).z(Continuity::Plain).unwrap().p.get(), expected, &x);
    }
    for (x, expected) in counts("z-corrected-p") {
        close(of(&x).z(Continuity::Corrected).unwrap().p.get(), expected, &x);
    }
}

/// The numbers that the script's `sample` makes.
fn wave(rows: u32, seed: f64, shift: f64, grid: f64) -> Vec<f64> {
    let number = |row: u32| {
        let at = seed * f64::from(row);
        let x = at.sin() * 3.0 + (2.3 * at).cos() + shift;
        if grid > 0.0 { (x * grid).round() / grid } else { x }
    };
    (1..=rows).map(number).collect()
}

fn pair(name: &str) -> (Vec<f64>, Vec<f64>) {
    match name {
        "small" => (wave(9, 1.1, 0.0, 0.0), wave(13, 0.7, 0.9, 0.0)),
        "equal" => (wave(30, 1.1, 0.0, 0.0), wave(30, 0.7, 1.5, 0.0)),
        "tied" => (wave(40, 1.1, 0.0, 2.0), wave(25, 0.7, 0.5, 2.0)),
        "large" => (wave(400, 1.1, 0.0, 0.0), wave(300, 0.7, 0.3, 0.0)),
        _ => (wave(800, 1.1, 0.0, 0.0), wave(700, 0.7, 5.0, 0.0)),
    }
}

#[test]
fn kolmogorov_smirnov_agrees() {
    let each = |name: &str, compute: fn(&ks::Gap) -> f64| {
        for (pairs, expected) in printed(name) {
            let (a, b) = pair(pairs[0]);
            close(compute(&ks::of_numbers(&a, &b).unwrap()), expected, &(name, pairs));
        }
    };
    each("ks", |gap| gap.distance);
    each("ks-at", |gap| gap.at.unwrap());
    each("ks-sign", |gap| if gap.first_has == Ordering::Greater { 1.0 } else { -1.0 });
    each("ks-limit-ln", |gap| gap.p_asymptotic().ln());
    each("ks-exact-p", |gap| gap.p_exact().unwrap().get());
}

#[test]
fn tables_of_counts_agree() {
    for (name, divergence) in [("chi-square", Divergence::ChiSquare), ("g", Divergence::G)] {
        let table = |name: &str| -> (&[u64], &[u64]) {
            match name {
                "plain" => (&[10, 20, 30, 5], &[12, 25, 20, 9]),
                "unequal" => (&[100, 0, 31, 8, 4], &[1200, 25, 207, 3, 90]),
                _ => (&[5000, 3000, 100], &[3000, 5000, 400]),
            }
        };
        let test = |name| {
            let (a, b) = table(name);
            chi_square::test(a, b, divergence).unwrap()
        };
        let tables = printed(&format!("{name}-statistic"));
        for (tables, expected) in tables.into_iter().filter(|(tables, _)| tables[0] != "wide") {
            close(test(tables[0]).statistic, expected, &(name, tables));
        }
        for (tables, expected) in printed(&format!("{name}-ln")) {
            close(test(tables[0]).p.ln(), expected, &(name, tables));
        }
    }
    let wide: [&[u64]; 3] = [&[10, 20, 30], &[12, 25, 20], &[40, 2, 9]];
    let found = chi_square::homogeneity(&wide, Divergence::ChiSquare).unwrap().statistic;
    let (_, expected) = printed("chi-square-statistic").pop().unwrap();
    close(found, expected, &"wide");
}

#[test]
fn adjusted_p_values_agree() {
    let family = [0.041, 0.001, 0.039, 0.9, 0.039, 1e-200, 0.7, 0.008];
    let family = family.map(|p| PValue::of(p).unwrap());
    let adjusted = benjamini_hochberg(&family);
    for (arguments, expected) in counts("bh") {
        let index = usize::try_from(arguments[0]).unwrap();
        close(adjusted[index].get(), expected, &index);
    }
}
