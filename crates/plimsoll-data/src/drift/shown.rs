//! What is shown of a column beside the decision, and decides nothing.

use plimsoll_stats::divergence::{Unit, jensen_shannon};
use plimsoll_stats::psi;
use plimsoll_stats::steps::Steps as Both;
use plimsoll_stats::wasserstein::wasserstein;
use serde::Serialize;

use super::bins::binned;
use super::look::{Look, Measure, Steps};

/// How many values are shown that became more or less frequent.
const MOST_MOVED: usize = 5;

/// Numbers that other tools show.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shown {
    /// The population stability index, in cells of a tenth of the reference.
    pub psi: Option<f64>,
    /// The Jensen-Shannon distance in the same cells, in nats.
    pub jensen_shannon: Option<f64>,
    /// The Wasserstein distance, in the unit of the column.
    pub wasserstein: Option<f64>,
    /// Quantiles of numbers and lengths.
    pub quantiles: Vec<Quantile>,
    /// The values whose share moved the most, and how many rows of new ones there are.
    pub moved: Vec<Moved>,
}

/// A quantile of both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Quantile {
    /// Which, from 0 to 1.
    pub share: f64,
    /// Of the reference.
    pub reference: f64,
    /// Of the current side.
    pub current: f64,
}

/// A value whose share moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moved {
    /// The value, or what is put together.
    pub value: String,
    /// Its share of the reference's rows.
    pub reference: f64,
    /// Its share of the current rows.
    pub current: f64,
}

/// Returns what is shown of one look.
pub(super) fn shown(look: &Look) -> Shown {
    match &look.measure {
        Measure::Ordered { sides, .. } => of_numbers(sides),
        Measure::Counted { cells, names, .. } => Shown {
            psi: psi::of_counts(&cells.reference, &cells.current).ok(),
            jensen_shannon: jensen_shannon(&cells.reference, &cells.current, Unit::Nats).ok(),
            moved: moved(names, [&cells.reference, &cells.current], |_| true),
            ..Shown::default()
        },
        Measure::New { values, names } => {
            let counts = [0, 1].map(|side: usize| {
                let count = values.iter().map(|value| [value.reference, value.current][side]);
                count.collect::<Vec<u64>>()
            });
            let moved = moved(names, [&counts[0], &counts[1]], |at| values[at].reference == 0);
            Shown { moved, ..Shown::default() }
        }
        Measure::Share { .. } | Measure::Tails { .. } => Shown::default(),
    }
}

fn of_numbers(sides: &[Steps; 2]) -> Shown {
    let [a, b] = [sides[0].ladder(), sides[1].ladder()];
    if a.filled() == 0 || b.filled() == 0 {
        return Shown::default();
    }
    let [in_a, in_b] = binned(&a, &b);
    let quantile = |share: f64| {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank"
        )]
        let at = |filled: u64| ((share * filled as f64).ceil() as u64).max(1);
        Some(Quantile {
            share,
            reference: a.at_rank(at(a.filled()))?,
            current: b.at_rank(at(b.filled()))?,
        })
    };
    let both = Both::of_ordered(a.ordered(), b.ordered()).ok();
    Shown {
        psi: psi::of_counts(&in_a, &in_b).ok(),
        jensen_shannon: jensen_shannon(&in_a, &in_b, Unit::Nats).ok(),
        wasserstein: both.and_then(|both| wasserstein(&both).ok()),
        quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].into_iter().filter_map(quantile).collect(),
        moved: Vec::new(),
    }
}

fn moved(names: &[String], [a, b]: [&[u64]; 2], is_shown: impl Fn(usize) -> bool) -> Vec<Moved> {
    let [in_a, in_b] = [shares(a), shares(b)];
    let mut moved: Vec<Moved> = (0..names.len())
        .filter(|&at| is_shown(at))
        .map(|at| Moved { value: names[at].clone(), reference: in_a[at], current: in_b[at] })
        .collect();
    let by = |one: &Moved| (one.current - one.reference).abs();
    moved.sort_by(|a, b| by(b).total_cmp(&by(a)).then_with(|| a.value.cmp(&b.value)));
    moved.truncate(MOST_MOVED);
    moved.retain(|one| by(one) > 0.0);
    moved
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn shares(counts: &[u64]) -> Vec<f64> {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|count| *count as f64 / all).collect()
}
