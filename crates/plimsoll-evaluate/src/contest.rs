//! Two models on the same rows: is the challenger better, by how much, and where is it worse.
//!
//! The one metric that was named decides, by the whole interval of the paired gain against what is
//! required: a minimum gain, better at all, or worse by no more than a margin. Guard rails (other
//! metrics) may not be shown to be lost, and no slice may be proven to be harmed. All must pass, so
//! passing needs no correction for their number; that slices do not block by chance is
//! Benjamini-Hochberg's doing.

mod part;
mod test;

use std::num::NonZeroUsize;

use plimsoll_core::evidence::{Better, Compared, Interval, Metric};
use plimsoll_core::gate::Outcome;
use plimsoll_core::project::{Costs, Task};
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::needed::to_settle;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::verdict::{self, Margin};
use serde::Serialize;

use crate::checks::Trial;
use crate::column::{self, ColumnError};
use crate::loss::{self, Loss};
use crate::measure::{self, MetricChoice};
use crate::outcomes::Outcomes;

pub use part::Harm;
pub use test::Tested;

/// The least gain where nobody names one, as a share of what the champion loses: with many rows a
/// gain that is of no use is significant all the same.
pub const USUAL_GAIN: f64 = 0.01;

/// What a guard rail may lose, as a share.
pub const USUAL_TOLERANCE: f64 = 0.02;

/// What a challenger has to show.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The metric that decides; the usual one of the task where none is named.
    pub metric: Option<Metric>,
    /// The gain that is required, as [`Compared::gain`] counts it: 0 for better at all, below 0 where
    /// a loss is tolerated. [`USUAL_GAIN`] of the champion's loss where none is named.
    pub by: Option<f64>,
    /// The gain that is counted on, for the number of rows that would settle it.
    pub planned: Option<f64>,
    /// Metrics that may not be lost by more than `tolerance`.
    pub guards: Vec<Metric>,
    /// What answers cost, where the metric asks for it.
    pub costs: Option<Costs>,
    /// What guard rails and slices may lose, as a share of what the champion loses.
    pub tolerance: f64,
    /// Columns whose values are slices.
    pub slices: Vec<String>,
    /// Where rows are forecasts of one series: the column that orders them, and how many steps ahead
    /// they were made.
    pub horizon: Option<(String, NonZeroUsize)>,
}

/// Two models cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContestError {
    /// The metric is not of the task.
    #[error("metric `{metric}` is not measured for a {task} task")]
    Metric {
        /// Which.
        metric: Metric,
        /// Of which task.
        task: Task,
    },
    /// More of it, or less, is not better.
    #[error("no model gains on another in `{0}`, which is to be near a value: judge it by limits")]
    NoGain(Metric),
    /// Rows have no such loss of their own.
    #[error("`{0}` is no mean over rows, so {1} cannot be compared by it")]
    Loss(Metric, &'static str),
    /// A column cannot be used.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// A column has too many values to be slices.
    #[error("column `{column}` has {count} values (at most {most} are slices)")]
    Slices {
        /// Which.
        column: String,
        /// How many.
        count: usize,
        /// How many may be.
        most: usize,
    },
    /// The numbers are no sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

/// What a comparison shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Contest {
    /// What all of it says together.
    pub verdict: Outcome,
    /// How many rows were compared.
    pub rows: u64,
    /// How many blocks they form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u64>,
    /// The metric that decides.
    pub decisive: Claim,
    /// The guard rails.
    pub guards: Vec<Claim>,
    /// The slices, the most harmed first.
    pub slices: Vec<Harm>,
    /// The tests of the book that apply.
    pub tests: Vec<Tested>,
    /// Every metric of the task.
    pub metrics: Vec<Compared>,
}

/// A gain against what is required of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Claim {
    /// Which metric.
    pub metric: Metric,
    /// The champion's value.
    pub champion: Option<f64>,
    /// The challenger's value.
    pub challenger: Option<f64>,
    /// The gain, positive where the challenger is better.
    pub difference: Option<f64>,
    /// Its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// The gain that is required.
    pub required: f64,
    /// What follows.
    pub outcome: Outcome,
    /// About how many rows like these would settle it with a power of 80 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<u64>,
    /// All of it in a sentence.
    pub message: String,
}

/// Compares two models that answered the same test set.
///
/// # Errors
/// The terms ask for what the task, the rows or the answers do not have.
pub fn compare(
    champion: &Trial,
    challenger: &Trial,
    terms: &Terms,
) -> Result<Contest, ContestError> {
    let (old, new) = against(champion, challenger);
    let blocks = champion.blocks();
    let plan = &champion.plan;
    let metric = match terms.metric {
        Some(metric) => metric,
        None => usual(&old, &new),
    };
    for metric in [metric].iter().chain(&terms.guards) {
        if !metric.is_of(old.task()) {
            return Err(ContestError::Metric { metric: *metric, task: old.task() });
        }
        if !metric.has_gain() {
            return Err(ContestError::NoGain(*metric));
        }
    }
    let named: Vec<Metric> = [metric].into_iter().chain(terms.guards.iter().copied()).collect();
    let choice =
        MetricChoice { metrics: &named, costs: terms.costs.as_ref(), ..MetricChoice::default() };
    let metrics = measure::compare(&old, &new, &blocks, choice, plan)?;
    let value = |metric: Metric| metrics.iter().find(|compared| compared.metric == metric);
    // What the champion loses, in the unit of gains: of losses, whose gains are shares, all of it.
    let at_stake = |metric: Metric| match metric.better() {
        Better::Higher => value(metric).and_then(|it| it.champion).map_or(0.0, |it| 1.0 - it),
        _ => 1.0,
    };
    let required = terms.by.unwrap_or_else(|| USUAL_GAIN * at_stake(metric).max(0.0));
    let claim = |metric: Metric, margin: Margin, planned: Option<f64>| {
        let of = (metric, margin.required());
        let gain = measure::gain(&old, &new, &blocks, of, terms.costs.as_ref(), plan)?;
        Ok::<_, SampleError>(Claim::of(metric, value(metric), gain, margin, planned, champion))
    };
    let asked =
        if required < 0.0 { Margin::no_worse_than(-required) } else { Margin::gain_of(required) };
    let mut decisive = claim(metric, asked.unwrap_or(Margin::SUPERIOR), terms.planned)?;
    let mut tests = test::all(&old, &new, (metric, required), &blocks, plan)?;
    if let Some((column, horizon)) = &terms.horizon {
        let loss = Loss::of_metric(metric).ok_or(ContestError::Loss(metric, "forecasts"))?;
        let order = column::order(column, column::find(&champion.table, column)?)?;
        let over = test::over_time(&old, &new, loss, (metric, required), (&order, *horizon), plan)?;
        if let Some(over) = over {
            // Errors of forecasts overlap: what takes rows for independent decides nothing here.
            // The interval of independent rows is not what it is judged by.
            decisive.interval = None;
            decisive.judge(&over.beyond, Margin::SUPERIOR, None, champion);
            decisive.message = format!(
                "{} (judged over time, {horizon} step(s) ahead, by Diebold and Mariano's test)",
                decisive.message
            );
            tests.push(over.tested);
        }
    }
    let guards = terms
        .guards
        .iter()
        .map(|metric| {
            let tolerated = Margin::no_worse_than(terms.tolerance * at_stake(*metric).max(0.0));
            claim(*metric, tolerated.unwrap_or(Margin::SUPERIOR), None)
        })
        .collect::<Result<Vec<Claim>, _>>()?;
    let slices = if terms.slices.is_empty() {
        Vec::new()
    } else {
        part::harms(champion, (&old, &new), metric, terms)?
    };
    let mut verdict = decisive.outcome;
    for outcome in guards.iter().map(|guard| guard.outcome) {
        verdict = verdict.max(outcome);
    }
    if slices.iter().any(|slice| slice.is_proven) {
        verdict = verdict.max(Outcome::Block);
    }
    Ok(Contest {
        verdict,
        rows: champion.rows() as u64,
        blocks: blocks.declared_count().map(|count| count as u64),
        decisive,
        guards,
        slices,
        tests,
        metrics,
    })
}

/// Returns the outcomes of both models by the classes that either of them names.
fn against(champion: &Trial, challenger: &Trial) -> (Outcomes, Outcomes) {
    let classes = crate::evaluate::classes(&challenger.predictions, Some(&champion.predictions));
    let outcomes = |trial: &Trial| champion.truth.against(&trial.predictions, &classes);
    (outcomes(champion), outcomes(challenger))
}

/// Returns the metric that says most of a task.
fn usual(old: &Outcomes, new: &Outcomes) -> Metric {
    match old {
        Outcomes::Regression { .. } => Metric::Mae,
        _ if loss::has_probabilities(old) && loss::has_probabilities(new) => Metric::LogLoss,
        _ => Metric::Accuracy,
    }
}

impl Claim {
    fn of(
        metric: Metric,
        compared: Option<&Compared>,
        gain: Result<Estimate, String>,
        margin: Margin,
        planned: Option<f64>,
        of: &Trial,
    ) -> Self {
        let value = |pick: fn(&Compared) -> Option<f64>| compared.and_then(pick);
        let mut claim = Self {
            metric,
            champion: value(|it| it.champion),
            challenger: value(|it| it.challenger),
            difference: None,
            interval: None,
            required: margin.required(),
            outcome: Outcome::Error,
            rows_needed: None,
            message: String::new(),
        };
        match gain {
            Ok(gain) => {
                let has_blocks = gain.blocks.is_some();
                claim.difference = Some(gain.value);
                claim.interval =
                    gain.interval.as_ref().map(|ends| measure::evidence(ends, has_blocks));
                claim.judge(&gain, margin, planned, of);
            }
            Err(reason) => {
                claim.message = format!("{} has no gain: {reason}", metric.label());
            }
        }
        claim
    }

    /// Judges a gain against `margin`, which is what the claim requires in the unit of `gain`.
    fn judge(&mut self, gain: &Estimate, margin: Margin, planned: Option<f64>, of: &Trial) {
        self.outcome = match verdict::outcome(gain, margin) {
            verdict::Outcome::Pass => Outcome::Pass,
            verdict::Outcome::Block => Outcome::Block,
            verdict::Outcome::Inconclusive => Outcome::Inconclusive,
        };
        let needed = (self.outcome == Outcome::Inconclusive)
            .then(|| to_settle(gain, margin.required(), planned))
            .flatten();
        // Beyond a hundred times the rows a number is of no use to anybody.
        let most = 100 * of.rows() as u64;
        self.rows_needed = needed.map(|needed| needed.rows).filter(|rows| *rows <= most);
        let show = self.metric.gain_format();
        let asked = match self.required {
            required if required > 0.0 => format!("at least {} required", show(required)),
            required if required < 0.0 => format!("a loss of at most {} accepted", show(-required)),
            _ if margin.is_strict() => "more than 0 required".to_owned(),
            _ => "no loss accepted".to_owned(),
        };
        let ends = self.interval.as_ref().map_or_else(String::new, |ends| {
            let why = ends.approximate.as_ref().map(|why| format!(", approximate: {why}"));
            let why = why.unwrap_or_default();
            format!(" [{}, {}] ({}{why})", show(ends.low), show(ends.high), ends.level_in_words())
        });
        let reading = match (self.outcome, self.rows_needed) {
            (Outcome::Pass, _) => "the worse end is within it".to_owned(),
            (Outcome::Block, _) => "the whole interval misses it".to_owned(),
            (_, Some(rows)) => format!("about {rows} rows like these would settle it"),
            (_, None) => "the rows cannot tell".to_owned(),
        };
        self.message = format!(
            "the gain in {} is {}{ends}, {asked}: {reading}",
            self.metric.label(),
            show(self.difference.unwrap_or(f64::NAN)),
        );
    }
}

#[cfg(test)]
mod tests;
