//! How often tests reject although nothing differs, at the 5 % level.
//!
//! `cargo test --release -p plimsoll-stats --test size -- --ignored --nocapture --test-threads 1`
//! prints all rates and, of each test, the highest, which stands in docs/src/concepts/operating.md.
//! Seeds are fixed. With 10,000 runs the Monte-Carlo error of a rate of 5 % is 0.22 points, with
//! 2,000 it is 0.5, with 1,000 0.7.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]
#![expect(clippy::cast_precision_loss, reason = "small counts")]
#![expect(clippy::print_stdout, reason = "the table is what the simulation is for")]

mod dice;
#[path = "size/judgements.rs"]
mod judgements;

use std::num::NonZeroUsize;

use plimsoll_stats::chi_square::{self, Divergence};
use plimsoll_stats::correlation::{p_of, pearson, spearman};
use plimsoll_stats::correlation_ratio::correlation_ratio;
use plimsoll_stats::cramers_v::cramers_v;
use plimsoll_stats::moments::Moments;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::permutation::Permutation;
use plimsoll_stats::random::Seed;
use plimsoll_stats::steps::Steps;
use plimsoll_stats::student::{self, Variances};
use plimsoll_stats::two_proportions::{Continuity, TwoProportions};
use plimsoll_stats::wasserstein::energy_test;
use plimsoll_stats::{
    anderson_darling, cramer_von_mises, epps_singleton, kolmogorov_smirnov, mann_whitney, mmd,
};

use crate::dice::Dice;

impl Dice {
    /// One of as many categories as there are sums of weights.
    fn category(&mut self, sums: &[f64]) -> usize {
        let at = self.unit() * sums[sums.len() - 1];
        sums.partition_point(|&sum| sum <= at)
    }

    fn draw(&mut self, shape: Shape) -> f64 {
        match shape {
            Shape::Normal => self.normal(),
            Shape::Lognormal => self.normal().exp(),
            Shape::T3 => {
                let square: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
                self.normal() / (square / 3.0).sqrt()
            }
            // Poisson with mean 3.
            Shape::Counts => {
                let (mut count, mut product) = (0.0, self.unit());
                while product > (-3.0_f64).exp() {
                    count += 1.0;
                    product *= self.unit();
                }
                count
            }
            Shape::Zeros => {
                if self.unit() < 0.6 {
                    0.0
                } else {
                    self.exponential()
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Normal,
    Lognormal,
    T3,
    Counts,
    Zeros,
}

const SHAPES: [Shape; 5] =
    [Shape::Normal, Shape::Lognormal, Shape::T3, Shape::Counts, Shape::Zeros];

const SIZES: [(usize, usize); 3] = [(50, 50), (50, 500), (500, 500)];

/// The sums of weights up to each.
fn sums(weights: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}

/// The share of runs, in percent, in which p is at most 5 %.
fn rate(runs: u64, p: impl Fn(u64) -> Option<PValue>) -> f64 {
    let level = PValue::of(0.05).unwrap();
    let rejected = (0..runs).filter(|&run| p(run).is_some_and(|p| p <= level)).count();
    100.0 * rejected as f64 / runs as f64
}

type Compare = fn(&[f64], &[f64], u64) -> Option<PValue>;

fn dealt(run: u64, resamples: usize) -> Permutation {
    Permutation { seed: Seed::from(run), resamples: NonZeroUsize::new(resamples).unwrap() }
}

fn t_test(a: &[f64], b: &[f64], variances: Variances) -> Option<PValue> {
    let (a, b) = (Moments::of(a).unwrap(), Moments::of(b).unwrap());
    student::test(&a, &b, variances).ok().map(|tested| tested.p)
}

fn shuffled(a: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>) {
    // As many rows of one as of the other, for tests of two columns.
    let rows = a.len().min(b.len());
    (a[..rows].to_vec(), b[..rows].to_vec())
}

const RANKS: [(&str, u64, Compare); 4] = [
    ("Kolmogorov-Smirnov", 10_000, |a, b, _| {
        Some(kolmogorov_smirnov::of_numbers(a, b).unwrap().test().p)
    }),
    ("Cramér-von Mises", 10_000, |a, b, _| {
        cramer_von_mises::test(&Steps::of(a, b).unwrap()).ok().map(|tested| tested.p)
    }),
    ("Anderson-Darling", 2_000, |a, b, run| {
        anderson_darling::test(&[a, b], &dealt(run, 199)).ok().map(|tested| tested.p)
    }),
    ("Mann-Whitney", 10_000, |a, b, _| {
        mann_whitney::test(&Steps::of(a, b).unwrap()).ok().map(|tested| tested.p)
    }),
];

const MEANS: [(&str, u64, Compare); 2] = [
    ("Student's t", 10_000, |a, b, _| t_test(a, b, Variances::Equal)),
    ("Welch's t", 10_000, |a, b, _| t_test(a, b, Variances::Own)),
];

const ANY_CHANGE: [(&str, u64, Compare); 3] = [
    ("Epps-Singleton", 2_000, |a, b, run| {
        epps_singleton::test(a, b, &dealt(run, 199)).ok().map(|tested| tested.p)
    }),
    ("energy (199 permutations)", 2_000, |a, b, run| {
        energy_test(a, b, &dealt(run, 199)).ok().map(|tested| tested.p)
    }),
    ("MMD (199 permutations)", 1_000, |a, b, run| {
        mmd::test(a, b, &dealt(run, 199)).ok().map(|tested| tested.p)
    }),
];

const TWO_COLUMNS: [(&str, u64, Compare); 3] = [
    ("Pearson", 10_000, |a, b, _| {
        let (a, b) = shuffled(a, b);
        p_of(pearson(&a, &b).unwrap()?, a.len()).ok()
    }),
    ("Spearman", 10_000, |a, b, _| {
        let (a, b) = shuffled(a, b);
        p_of(spearman(&a, &b).unwrap()?, a.len()).ok()
    }),
    ("correlation ratio, 4 groups", 10_000, |a, _, run| {
        let mut dice = Dice::new("groups", run);
        let groups: Vec<usize> = a.iter().map(|_| dice.category(&[4.0, 7.0, 9.0, 10.0])).collect();
        correlation_ratio(&groups, a).ok().map(|ratio| ratio.equal_means.p)
    }),
];

/// A table of rates that is printed row by row, and what is to be remembered of it.
struct Table {
    /// What the rows of a column are like.
    shapes: Vec<String>,
    /// Of each test the highest rate and where it was.
    highest: Vec<(String, f64, String)>,
}

impl Table {
    fn new(shapes: &[&str]) -> Self {
        println!("\n| test | rows | {} |", shapes.join(" | "));
        println!("|---|---|{}", "---|".repeat(shapes.len()));
        let shapes = shapes.iter().map(|shape| (*shape).to_owned()).collect();
        Self { shapes, highest: Vec::new() }
    }

    /// Prints a row, and checks that none of the rates is above what it may be: 5.5 % and two
    /// standard errors, unless the test is known not to keep its level.
    fn print(&mut self, name: &str, (n, m): (usize, usize), rates: &[f64], runs: u64) {
        let cells: Vec<String> = rates.iter().map(|rate| format!("{rate:.1}")).collect();
        println!("| {name} | {n}, {m} | {} |", cells.join(" | "));
        let most = match name {
            // Skewed samples of unequal size have means that are not normal, and this is a test of
            // means whose standard error is mostly that of the smaller one.
            "Welch's t" if n != m => 9.0,
            // Without the correction counts are too coarse.
            "z, plain" => 7.0,
            _ => 5.5 + 200.0 * (0.05 * 0.95 / runs as f64).sqrt(),
        };
        assert!(rates.iter().all(|rate| *rate <= most), "{name}: {rates:?} are above {most}");
        for (shape, rate) in self.shapes.iter().zip(rates) {
            let place = format!("{shape}, {n} and {m} rows");
            match self.highest.iter_mut().find(|highest| highest.0 == name) {
                Some(highest) if highest.1 >= *rate => {}
                Some(highest) => (highest.1, highest.2) = (*rate, place),
                None => self.highest.push((name.to_owned(), *rate, place)),
            }
        }
    }

    fn print_highest(&self) {
        println!("\n| test | highest rate | at |\n|---|---|---|");
        for (name, rate, place) in &self.highest {
            println!("| {name} | {rate:.1} | {place} |");
        }
    }
}

fn simulate(tests: &[(&str, u64, Compare)]) {
    let mut table = Table::new(&["normal", "lognormal", "t3", "Poisson(3)", "60 % zeros"]);
    for &(name, runs, compare) in tests {
        for (n, m) in SIZES {
            let rates = SHAPES.map(|shape| {
                rate(runs, |run| {
                    let mut dice = Dice::new(&format!("{name} {shape:?} {n} {m}"), run);
                    let a: Vec<f64> = (0..n).map(|_| dice.draw(shape)).collect();
                    let b: Vec<f64> = (0..m).map(|_| dice.draw(shape)).collect();
                    compare(&a, &b, run)
                })
            });
            table.print(name, (n, m), &rates, runs);
        }
    }
    table.print_highest();
}

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_ranks_keep_their_level() {
    simulate(&RANKS);
}

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_means_keep_their_level() {
    simulate(&MEANS);
}

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_any_change_keep_their_level() {
    simulate(&ANY_CHANGE);
}

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_two_columns_keep_their_level() {
    simulate(&TWO_COLUMNS);
}

/// The categories and how often each comes.
const WEIGHTS: [(&str, &[f64]); 4] = [
    ("3 equal", &[1.0, 1.0, 1.0]),
    ("5 unequal", &[10.0, 5.0, 3.0, 1.0, 1.0]),
    ("24 equal", &[1.0; 24]),
    ("200, Zipf", &ZIPF),
];

const ZIPF: [f64; 200] = {
    let mut weights = [0.0; 200];
    let mut place = 0;
    while place < 200 {
        weights[place] = 1.0 / (place as f64 + 1.0);
        place += 1;
    }
    weights
};

type CompareCategories = fn(&[usize], &[usize]) -> Option<PValue>;

const CATEGORICAL: [(&str, CompareCategories); 3] = [
    ("chi-square, rare pooled", |a, b| {
        chi_square::of_categories(a, b, Divergence::ChiSquare).ok().map(|tested| tested.p)
    }),
    ("G, rare pooled", |a, b| {
        chi_square::of_categories(a, b, Divergence::G).ok().map(|tested| tested.p)
    }),
    ("Cramér's V", |a, b| {
        let rows = a.len().min(b.len());
        cramers_v(&a[..rows], &b[..rows]).ok().map(|found| found.independence.p)
    }),
];

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_categories_keep_their_level() {
    let mut table = Table::new(&WEIGHTS.map(|(shape, _)| shape));
    for (name, compare) in CATEGORICAL {
        for (n, m) in SIZES {
            let rates = WEIGHTS.map(|(shape, weights)| {
                let weights = sums(weights);
                rate(10_000, |run| {
                    let mut dice = Dice::new(&format!("{name} {shape} {n} {m}"), run);
                    let a: Vec<usize> = (0..n).map(|_| dice.category(&weights)).collect();
                    let b: Vec<usize> = (0..m).map(|_| dice.category(&weights)).collect();
                    compare(&a, &b)
                })
            });
            table.print(name, (n, m), &rates, 10_000);
        }
    }
    table.print_highest();
}

#[test]
#[ignore = "a simulation of minutes"]
fn tests_of_proportions_keep_their_level() {
    type Of = fn(&TwoProportions) -> PValue;
    let tests: [(&str, Of); 5] = [
        ("default", |hits| hits.test().unwrap().p),
        ("z, corrected", |hits| hits.z(Continuity::Corrected).unwrap().p),
        ("z, plain", |hits| hits.z(Continuity::Plain).unwrap().p),
        ("exact, doubled", |hits| hits.exact().p),
        ("Fisher", |hits| hits.fisher().p),
    ];
    let shares = [0.01, 0.1, 0.3, 0.5];
    let mut table = Table::new(&["1 %", "10 %", "30 %", "50 %"]);
    for (name, compare) in tests {
        for (n, m) in SIZES {
            let rates = shares.map(|share| {
                rate(10_000, |run| {
                    let mut dice = Dice::new(&format!("{name} {share} {n} {m}"), run);
                    let mut hits =
                        |rows: usize| (0..rows).filter(|_| dice.unit() < share).count() as u64;
                    let (first, second) = ((hits(n), n as u64), (hits(m), m as u64));
                    Some(compare(&TwoProportions::new(first, second).unwrap()))
                })
            });
            table.print(name, (n, m), &rates, 10_000);
        }
    }
    table.print_highest();
}
