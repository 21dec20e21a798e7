//! Checks of a model beyond its metrics: is it stable, robust, lawful, needed, calibrated, fair?
//!
//! A check asks the model again about rows that were changed on purpose, or looks at its answers
//! from another side, and holds what it sees against a limit. Three things keep it honest:
//!
//! - **Effect and interval.** A share of rows or a difference of losses is judged with its 95 %
//!   interval: beyond the limit is a finding, within it is none, and where the interval holds the
//!   limit the check is undecided. More rows narrow the interval; they do not turn the answer.
//! - **No alarms by trying often.** What one check tries on many columns is one family of tests:
//!   only what is left after Benjamini-Hochberg is a finding.
//! - **Time.** Rows are drawn by the seed, so many and no more. A check whose time is over before it
//!   has seen what it needs is undecided or failed, never passed.
//!
//! [`run`] is the entry: names and a [`CheckRequest`] in, a [`Checked`] for each name out.

mod answers;
mod baseline;
mod calibration;
mod ending;
mod facets;
mod fairness;
mod overfit;
mod parity;
mod request;
mod robustness;
mod rules;
mod sensitivity;
mod stability;
mod target;
mod trial;

#[cfg(test)]
pub(crate) mod test_trials;

use plimsoll_core::evidence::{CheckName, CheckState, Checked, Metric, Part};
use plimsoll_core::project::Costs;
use plimsoll_stats::sample::SampleError;

pub use baseline::{NO_BETTER_THAN_SHALLOW, NO_BETTER_THAN_SIMPLEST};
pub use calibration::MISCALIBRATED;
pub use ending::Ending;
pub(crate) use facets::FALSE_ALARMS;
pub use fairness::UNFAIR;
pub use overfit::OVERFIT;
pub use parity::ANSWERS_OTHERWISE;
pub use request::{CheckRequest, Subject};
pub use robustness::{ANSWERS_NONSENSE, BREAKS_ON_MISSING, BREAKS_ON_UNSEEN, NOT_ROBUST};
pub use rules::BREAKS_RULE;
pub use sensitivity::RELIES_ON_ONE;
pub use stability::{DEPENDS_ON_BATCH, UNSTABLE};
pub use target::task_of;
pub use trial::Trial;
pub(crate) use trial::TrialParts;

use crate::asked::AskError;
use crate::evaluate::{EvaluateError, LoadRuntime};
use crate::{loss, measure};

/// Runs checks of one model. What cannot be opened makes every one of them `Failed`, with the
/// reason.
///
/// The answers are in the order of `names`; cheap checks run first, so that an expensive one takes
/// no time from them. `runtime` is asked only where a model's file has to be run.
pub fn run(names: &[CheckName], request: &CheckRequest, runtime: &LoadRuntime<'_>) -> Vec<Checked> {
    match Trial::open(request, runtime) {
        Ok(mut trial) => trial.run(names),
        Err(error) => none_could_run(names, &error),
    }
}

/// Makes the answers of checks of a model that could not be opened.
pub(crate) fn none_could_run(names: &[CheckName], error: &EvaluateError) -> Vec<Checked> {
    let reason = chain(error);
    names.iter().map(|name| failed(*name, 0, reason.clone())).collect()
}

impl Trial {
    /// Runs checks; the answers are in the order of `names`.
    pub fn run(&mut self, names: &[CheckName]) -> Vec<Checked> {
        let mut done: Vec<Option<Checked>> = vec![None; names.len()];
        for cheap in BY_COST {
            for (name, done) in names.iter().zip(&mut done).filter(|(name, _)| **name == cheap) {
                *done = Some(self.check(*name));
            }
        }
        let rest = names.iter().zip(done);
        rest.map(|(name, done)| done.unwrap_or_else(|| self.check(*name))).collect()
    }

    /// Returns why a check does not apply to what was opened, in words; nothing where it does.
    ///
    /// Running it all the same makes it `Failed`: who asks for a check by its name gets no pass for
    /// what could not be tried.
    pub fn why_not(&self, name: CheckName) -> Option<&'static str> {
        let asks_again = matches!(
            name,
            CheckName::ModelStability
                | CheckName::ModelRobustness
                | CheckName::ModelRules
                | CheckName::ModelSensitivity
                | CheckName::ModelOverfit
        );
        match name {
            CheckName::ModelOverfit if self.train.is_none() => Some("there is no training data"),
            CheckName::ModelRules if self.settings.rules.is_empty() => {
                Some("no rules are declared")
            }
            CheckName::ModelParity if self.recorded.is_none() => {
                Some("no answers of training are given")
            }
            CheckName::ModelCalibration if !loss::has_probabilities(&self.outcomes()) => {
                Some("the answers have no probabilities")
            }
            CheckName::ModelFairness if self.settings.fairness.by.is_empty() => {
                Some("no groups are declared")
            }
            _ if asks_again && !self.can_be_asked() => {
                Some("a file of predictions cannot be asked again")
            }
            CheckName::DataDrift
            | CheckName::DataIntegrity
            | CheckName::DataLeakage
            | CheckName::DataPersonal => Some("it is a check of data"),
            _ => None,
        }
    }

    /// Measures the usual metrics of the whole test set, and `metrics` besides; `costs` are what
    /// answers cost.
    ///
    /// # Errors
    /// The numbers are no sample.
    pub fn overall(&self, metrics: &[Metric], costs: Option<&Costs>) -> Result<Part, SampleError> {
        let choice = measure::MetricChoice { metrics, costs, demands: &[] };
        let blocks = self.blocks();
        let metrics = measure::measure(&self.outcomes(), &blocks, choice, None, &self.plan)?;
        Ok(Part {
            rows: self.rows() as u64,
            blocks: blocks.declared_count().map(|count| count as u64),
            condition: None,
            metrics,
        })
    }

    fn check(&mut self, name: CheckName) -> Checked {
        let rows = self.rows() as u64;
        match name {
            CheckName::ModelBaseline => baseline::check(self),
            CheckName::ModelCalibration => calibration::check(self),
            CheckName::ModelFairness => fairness::check(self),
            CheckName::ModelOverfit => overfit::check(self),
            CheckName::ModelParity => parity::check(self),
            CheckName::ModelStability => stability::check(self),
            CheckName::ModelRobustness => robustness::check(self),
            CheckName::ModelRules => rules::check(self),
            CheckName::ModelSensitivity => sensitivity::check(self),
            other => {
                let reason = format!("{other} is not tried on a model");
                failed(other, rows, reason)
            }
        }
    }
}

/// The checks of models, the cheapest first: those that ask nothing, then those that ask again.
const BY_COST: [CheckName; 9] = [
    CheckName::ModelBaseline,
    CheckName::ModelCalibration,
    CheckName::ModelFairness,
    CheckName::ModelParity,
    CheckName::ModelOverfit,
    CheckName::ModelStability,
    CheckName::ModelRules,
    CheckName::ModelSensitivity,
    CheckName::ModelRobustness,
];

/// Makes the answer of a check that could not run.
pub(crate) fn failed(check: CheckName, rows: u64, reason: String) -> Checked {
    Checked {
        check,
        state: CheckState::Failed,
        summary: reason,
        rows,
        rows_needed: None,
        findings: Vec::new(),
        figures: Vec::new(),
        plots: Vec::new(),
    }
}

/// Makes the answer of a check whose model did not answer.
fn not_asked(check: CheckName, rows: u64, error: &AskError) -> Checked {
    let reason = if error.is_late() {
        "the time was over; give more of it, or fewer rows".to_owned()
    } else {
        format!("the model did not answer: {}", chain(error))
    };
    failed(check, rows, reason)
}

/// Returns an error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
