//! Tests and distances of two samples, and measures of two columns, against scipy and arithmetic
//! with 50 digits.
//!
//! All numbers were printed by `references/two_samples.py` (numpy 2.4.6, scipy 1.17.1, mpmath 1.3.0)
//! into `references/two_samples.txt`.

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]

use plimsoll_stats::correlation::{p_of, pearson, spearman};
use plimsoll_stats::correlation_ratio::correlation_ratio;
use plimsoll_stats::cramers_v::cramers_v;
use plimsoll_stats::divergence::{self, Unit};
use plimsoll_stats::moments::Moments;
use plimsoll_stats::permutation::Permutation;
use plimsoll_stats::random::Seed;
use plimsoll_stats::steps::Steps;
use plimsoll_stats::student::{self, Variances};
use plimsoll_stats::tested::{Basis, Tested};
use plimsoll_stats::wasserstein::{energy, energy_test, normed, wasserstein};
use plimsoll_stats::weighted_chi_squares as limits;
use plimsoll_stats::{anderson_darling, cramer_von_mises, epps_singleton, mann_whitney, mmd};

/// What the script printed: a name, its arguments, the number.
const PRINTED: &str = include_str!("../references/two_samples.txt");

/// Checks every line of a name to 1e-9, relatively; `compute` gets its arguments.
fn each(name: &str, compute: impl Fn(&[&str]) -> f64) {
    let mut lines = 0;
    for line in PRINTED.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (first, arguments) = (words[0], &words[1..words.len() - 1]);
        if first == name {
            let expected: f64 = words[words.len() - 1].parse().unwrap();
            let found = compute(arguments);
            let is_close = (found - expected).abs() <= 1e-9 * expected.abs().max(1e-5);
            let is_infinite = expected.is_infinite() && found.total_cmp(&expected).is_eq();
            assert!(is_close && expected.is_finite() || is_infinite, "{line}: {found}");
            lines += 1;
        }
    }
    assert!(lines > 0, "the script printed no {name}");
}

/// The numbers that waves.py makes.
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
        "few" => (wave(12, 1.1, 0.0, 0.0), wave(18, 0.7, 0.9, 0.0)),
        "few-tied" => (wave(14, 1.1, 0.0, 2.0), wave(11, 0.7, 0.9, 2.0)),
        "small" => (wave(9, 1.1, 0.0, 0.0), wave(13, 0.7, 0.9, 0.0)),
        "equal" => (wave(30, 1.1, 0.0, 0.0), wave(30, 0.7, 1.5, 0.0)),
        "tied" => (wave(40, 1.1, 0.0, 2.0), wave(25, 0.7, 0.5, 2.0)),
        "large" => (wave(400, 1.1, 0.0, 0.0), wave(300, 0.7, 0.3, 0.0)),
        _ => (wave(800, 1.1, 0.0, 0.0), wave(700, 0.7, 5.0, 0.0)),
    }
}

/// The two columns of a name.
fn columns(name: &str) -> (Vec<f64>, Vec<f64>) {
    let add = |a: Vec<f64>, b: Vec<f64>, of_a: f64, of_b: f64| -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| of_a * a + of_b * b).collect()
    };
    let (first, second) = (|rows| wave(rows, 1.1, 0.0, 0.0), |rows| wave(rows, 0.7, 0.0, 0.0));
    match name {
        "plain" => (first(60), second(60)),
        "tied" => {
            let both = add(wave(80, 1.1, 0.0, 1.0), wave(80, 0.7, 0.0, 1.0), 1.0, 1.0);
            (wave(80, 1.1, 0.0, 2.0), both)
        }
        "close" => (first(500), add(first(500), second(500), 1.0, 0.2)),
        "against" => (first(25), add(first(25), second(25), -1.0, 0.5)),
        _ => (first(3), second(3)),
    }
}

fn permutation() -> Permutation {
    Permutation { resamples: std::num::NonZeroUsize::MIN, ..Permutation::new(Seed::from(1)) }
}

fn number(word: &str) -> f64 {
    word.parse().unwrap()
}

#[test]
fn limits_of_sums_of_squares_agree() {
    each("cvm-limit-ln", |x| limits::cramer_von_mises(number(x[0])).unwrap().ln());
    each("ad-limit-ln", |x| limits::anderson_darling(number(x[0])).unwrap().ln());
}

#[test]
fn anderson_darling_agrees() {
    let test = |name: &str| {
        let (a, b) = pair(name);
        let grid = if name == "three-tied" { 2.0 } else { 0.0 };
        let three = [wave(15, 1.1, 0.0, grid), wave(22, 0.7, 0.9, grid), wave(19, 1.7, 2.4, grid)];
        let two: [&[f64]; 2] = [&a, &b];
        let is_three = name.starts_with("three");
        let samples =
            if is_three { three.iter().map(Vec::as_slice).collect() } else { two.to_vec() };
        anderson_darling::test(&samples, &permutation()).unwrap()
    };
    each("ad", |x| test(x[0]).statistic);
    each("ad-p", |x| {
        assert_eq!(test(x[0]).basis, Basis::Interpolated);
        test(x[0]).p.get()
    });
}

#[test]
fn tests_of_ranks_agree() {
    let cvm = |name: &str| {
        let (a, b) = pair(name);
        cramer_von_mises::test(&Steps::of(&a, &b).unwrap()).unwrap()
    };
    each("cvm", |x| cvm(x[0]).statistic);
    each("cvm-ln", |x| cvm(x[0]).p.ln());
    each("cvm-p", |x| {
        assert_eq!(cvm(x[0]).basis, Basis::Exact);
        cvm(x[0]).p.get()
    });
    let mw = |name: &str| {
        let (a, b) = pair(name);
        mann_whitney::test(&Steps::of(&a, &b).unwrap()).unwrap()
    };
    each("mw", |x| mw(x[0]).statistic);
    each("mw-p", |x| mw(x[0]).p.get());
}

#[test]
fn tests_of_means_and_characteristic_functions_agree() {
    for (name, variances) in [("student", Variances::Equal), ("welch", Variances::Own)] {
        let test = |pairs: &str| {
            let (a, b) = pair(pairs);
            let (a, b) = (Moments::of(&a).unwrap(), Moments::of(&b).unwrap());
            student::test(&a, &b, variances).unwrap()
        };
        each(name, |x| test(x[0]).statistic);
        each(&format!("{name}-ln"), |x| test(x[0]).p.ln());
    }
    let es = |name: &str| -> Tested {
        let (a, b) = pair(name);
        epps_singleton::test(&a, &b, &permutation()).unwrap()
    };
    each("es", |x| es(x[0]).statistic);
    each("es-ln", |x| es(x[0]).p.ln());
}

#[test]
fn distances_in_units_agree() {
    let steps = |name: &str| {
        let (a, b) = pair(name);
        Steps::of(&a, &b).unwrap()
    };
    each("wasserstein", |x| wasserstein(&steps(x[0])).unwrap());
    each("energy", |x| energy(&steps(x[0])).unwrap());
    each("energy", |x| {
        let (a, b) = pair(x[0]);
        energy_test(&a, &b, &permutation()).unwrap().statistic
    });
    each("normed", |x| {
        let (a, b) = pair(x[0]);
        normed(&Steps::of(&a, &b).unwrap()).unwrap()
    });
    each("mmd", |x| {
        let (a, b) = pair(x[0]);
        mmd::test(&a, &b, &permutation()).unwrap().statistic
    });
}

#[test]
fn moments_agree() {
    let of = |x: &[&str]| {
        let (a, b) = pair(x[0]);
        Moments::of(if x[1] == "first" { &a } else { &b }).unwrap()
    };
    each("mean", |x| of(x).mean().unwrap());
    each("variance", |x| of(x).variance().unwrap());
    each("skewness", |x| of(x).skewness().unwrap());
    each("kurtosis", |x| of(x).kurtosis().unwrap());
}

#[test]
fn distances_of_shares_agree() {
    let counts = |name: &str| -> (&[u64], &[u64]) {
        match name {
            "plain" => (&[10, 20, 30, 5], &[12, 25, 20, 9]),
            "gaps" => (&[4, 0, 7, 0, 90], &[1, 3, 0, 0, 60]),
            _ => (&[1000, 2000, 3000], &[1001, 2001, 2998]),
        }
    };
    let apply = |name: &str, of: &dyn Fn(&[u64], &[u64]) -> f64| of(counts(name).0, counts(name).1);
    let js = |unit| move |a: &[u64], b: &[u64]| divergence::jensen_shannon(a, b, unit).unwrap();
    each("js", |x| apply(x[0], &js(Unit::Nats)));
    each("js-bits", |x| apply(x[0], &js(Unit::Bits)));
    let kl = |a: &[u64], b: &[u64]| divergence::kullback_leibler(a, b, Unit::Nats).unwrap();
    each("kl", |x| apply(x[0], &kl));
    each("hellinger", |x| apply(x[0], &|a, b| divergence::hellinger(a, b).unwrap()));
    each("largest", |x| apply(x[0], &|a, b| divergence::largest(a, b).unwrap()));
}

#[test]
fn correlations_agree() {
    let measures = [("pearson", pearson as fn(&[f64], &[f64]) -> _), ("spearman", spearman)];
    for (name, correlation) in measures {
        let of = |x: &str| {
            let (a, b) = columns(x);
            (correlation(&a, &b).unwrap().unwrap(), a.len())
        };
        each(name, |x| of(x[0]).0);
        each(&format!("{name}-ln"), |x| p_of(of(x[0]).0, of(x[0]).1).unwrap().ln());
    }
}

#[test]
fn associations_agree() {
    let codes = |x: &[f64], step: f64| -> Vec<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        x.iter().map(|x| ((x + 4.0) / step).floor() as i64).collect()
    };
    let v = |name: &str| {
        let (a, b) = columns(name);
        cramers_v(&codes(&a, 2.1), &codes(&b, 1.7)).unwrap()
    };
    each("v", |x| v(x[0]).v);
    each("v-ln", |x| v(x[0]).independence.p.ln());
    each("v-corrected", |x| v(x[0]).corrected);
    let eta = |name: &str| {
        let (a, b) = columns(name);
        correlation_ratio(&codes(&a, 2.1), &b).unwrap()
    };
    each("eta", |x| eta(x[0]).eta);
    each("anova-p", |x| eta(x[0]).equal_means.p.get());
}
