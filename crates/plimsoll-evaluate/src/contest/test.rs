//! The tests of the book between two models on the same rows.

use std::num::NonZeroUsize;

use plimsoll_core::evidence::{Better, Metric};
use plimsoll_core::number;
use plimsoll_stats::auc::paired_delong;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::forecasts::{Variance, diebold_mariano};
use plimsoll_stats::needed::rows_for_mcnemar;
use plimsoll_stats::p_value::{self, PValue};
use plimsoll_stats::paired::{PairedLosses, Required};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::proportion::PairedCounts;
use plimsoll_stats::sample::SampleError;
use serde::Serialize;

use crate::loss::Loss;
use crate::outcomes::Outcomes;

/// A test and what it says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tested {
    /// Its name: `McNemar, mid-p`.
    pub name: String,
    /// What its p-value is the chance under.
    pub null: String,
    /// The p-value.
    pub p: f64,
    /// What it was computed from, in words.
    pub from: String,
    /// How many rows like these such a test needs for a power of 80 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<u64>,
}

impl Tested {
    fn new(name: &str, null: String, p: PValue, from: String) -> Self {
        Self { name: name.to_owned(), null, p: p.get(), from, rows_needed: None }
    }

    /// Returns what it was computed from, and how many rows would be needed.
    pub fn told(&self) -> String {
        let rows = self.rows_needed.map(|rows| format!("; {rows} rows would show it"));
        format!("{}{}", self.from, rows.unwrap_or_default())
    }

    /// Returns how its p-value reads.
    pub fn shown_p(&self) -> String {
        p_value::shown(self.p)
    }
}

/// Returns the tests that apply. Those that take rows for independent do not where blocks are
/// declared.
pub(super) fn all(
    old: &Outcomes,
    new: &Outcomes,
    (metric, required): (Metric, f64),
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Vec<Tested>, SampleError> {
    let mut tests = Vec::new();
    if let Some(test) = paired_t(old, new, (metric, required), blocks)? {
        tests.push(test);
    }
    if blocks.declared_count().is_some() {
        return Ok(tests);
    }
    if let Some(right) = right(old).zip(right(new)) {
        tests.extend(mcnemar(&right.0, &right.1, plan));
    }
    if let (
        Outcomes::Binary { truth, scores: Some(old), .. },
        Outcomes::Binary { scores: Some(new), .. },
    ) = (old, new)
        && let Ok(areas) = paired_delong(truth, old.values(), new.values())?
    {
        let (before, after) = (number::show(areas.champion), number::show(areas.challenger));
        let from =
            format!("areas of {before} and {after}, standard error {}", number::show(areas.error));
        let null = "both have the same area under the ROC curve".to_owned();
        tests.push(Tested::new("DeLong, paired", null, areas.p, from));
    }
    Ok(tests)
}

/// Tests that the gain in a mean loss is no more than what is required, one-sided.
fn paired_t(
    old: &Outcomes,
    new: &Outcomes,
    (metric, required): (Metric, f64),
    blocks: &Blocks,
) -> Result<Option<Tested>, SampleError> {
    let Some(loss) = Loss::of_metric(metric) else { return Ok(None) };
    let (Some(old), Some(new)) = (loss.of(old), loss.of(new)) else { return Ok(None) };
    let (beyond, shown) = match metric.better() {
        Better::Lower => (Required::Share(required), number::percent(required)),
        _ => (Required::PerRow(required), number::show(required)),
    };
    let Ok(p) = PairedLosses::new(&old, &new)?.p_above(beyond, blocks)? else { return Ok(None) };
    let name =
        if blocks.declared_count().is_some() { "paired t of block sums" } else { "paired t" };
    let null = format!("the gain in {} is at most {shown}", metric.label());
    let from = match blocks.declared_count() {
        Some(count) => format!("{} rows in {count} blocks", old.len()),
        None => format!("{} rows", old.len()),
    };
    Ok(Some(Tested::new(name, null, p, from)))
}

/// Returns which rows a classifier got right.
fn right(outcomes: &Outcomes) -> Option<Vec<bool>> {
    match outcomes {
        Outcomes::Regression { .. } => None,
        Outcomes::Binary { truth, predicted, .. } => {
            Some(truth.iter().zip(predicted).map(|(a, b)| a == b).collect())
        }
        Outcomes::Multiclass { truth, predicted, .. } => {
            Some(truth.iter().zip(predicted).map(|(a, b)| a == b).collect())
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn mcnemar(old: &[bool], new: &[bool], plan: &Plan) -> [Tested; 2] {
    let counts = PairedCounts::of(old.iter().copied().zip(new.iter().copied()));
    let only = |a: bool, b: bool| old.iter().zip(new).filter(|it| *it == (&a, &b)).count();
    let (lost, won) = (only(true, false), only(false, true));
    let from = format!("{won} rows that only the challenger got right, {lost} only the champion");
    let null = || "both are right equally often".to_owned();
    let rows = old.len().max(1) as f64;
    let (discordant, difference) = ((won + lost) as f64 / rows, (won as f64 - lost as f64) / rows);
    let mut mid = Tested::new("McNemar, mid-p", null(), counts.mcnemar_mid_p(), from.clone());
    mid.rows_needed = rows_for_mcnemar(discordant, difference, plan.level);
    [mid, Tested::new("McNemar, exact", null(), counts.mcnemar_exact(), from)]
}

/// A comparison over time.
pub(super) struct OverTime {
    /// What is gained beyond what is required, in the unit of the loss.
    pub(super) beyond: Estimate,
    pub(super) tested: Tested,
}

/// Compares the losses of forecasts of one series, in the order of `places`: those of the champion
/// less what is required, against the challenger's.
pub(super) fn over_time(
    old: &Outcomes,
    new: &Outcomes,
    loss: Loss,
    (metric, required): (Metric, f64),
    (places, horizon): (&[usize], NonZeroUsize),
    plan: &Plan,
) -> Result<Option<OverTime>, SampleError> {
    let (Some(old), Some(new)) = (loss.of(old), loss.of(new)) else { return Ok(None) };
    // Of losses a share has to disappear, of scores (whose loss is what lacks to 1) a difference.
    let is_share = metric.better() == Better::Lower;
    let left = |loss: f64| if is_share { loss * (1.0 - required) } else { loss - required };
    let old: Vec<f64> = places.iter().map(|row| left(old[*row])).collect();
    let new: Vec<f64> = places.iter().map(|row| new[*row]).collect();
    let dm = diebold_mariano(&old, &new, horizon, plan.level)?;
    let variance = match dm.variance {
        Variance::Rectangular => "Harvey-Leybourne-Newbold",
        Variance::Cosine => "cosine variance",
        Variance::None => "no variance",
    };
    let null = match required {
        required if !is_share && required.abs() > 0.0 => {
            format!("the gain in {} is exactly {}", metric.label(), number::show(required))
        }
        required if required > 0.0 => {
            format!("the challenger loses exactly {} less", number::percent(required))
        }
        required if required < 0.0 => {
            format!("the challenger loses exactly {} more", number::percent(-required))
        }
        _ => "both lose the same".to_owned(),
    };
    let from = format!(
        "{} rows in their order, {horizon} step(s) ahead: {} less {} of {} a row, standard error {}, {} degrees of freedom",
        old.len(),
        loss.name(),
        number::show(dm.gain.value),
        if required == 0.0 { "that of the champion" } else { "what is required" },
        number::show(dm.error),
        number::show(dm.degrees),
    );
    let name = format!("Diebold-Mariano, {variance}");
    let tested = Tested::new(&name, null, dm.p, from);
    Ok(Some(OverTime { beyond: dm.gain, tested }))
}
