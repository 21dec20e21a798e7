//! What the gate's rules ask of an evaluation beyond metrics: checks, and the search for weak parts.

use std::time::Duration;

use plimsoll_core::evidence::{Budget, CheckName, Checked, Cost, Metric, Spent, WeakParts};
use plimsoll_core::gate::Demand;
use plimsoll_core::ports::EvaluateRequest;
use plimsoll_core::project::Predictor;

use crate::checks::{CheckRequest, Subject, Trial};
use crate::evaluate::LoadRuntime;
use crate::{checks, weak};

/// How long all checks of an evaluation may take together.
const TIME: Duration = Duration::from_mins(2);

/// What was asked for, measured.
#[derive(Debug, Default)]
pub(crate) struct Demanded {
    pub(crate) checks: Vec<Checked>,
    pub(crate) weak: Option<WeakParts>,
    /// Why weak parts were asked for and not searched.
    pub(crate) weak_failed: Option<String>,
    pub(crate) spent: Option<Spent>,
}

/// Measures what the demands of `request` ask for. What cannot run is said in its place, so that
/// the rule that asked for it cannot pass.
pub(crate) fn measure(request: &EvaluateRequest, runtime: &LoadRuntime<'_>) -> Demanded {
    let spent = spent(request);
    let names = checks_of(&request.demands);
    let by = weak_by(&request.demands);
    if names.is_empty() && by.is_none() {
        return Demanded { spent, ..Demanded::default() };
    }
    let asked = check_request(request);
    let mut trial = match Trial::open(&asked, runtime) {
        Ok(trial) => trial,
        Err(error) => {
            return Demanded {
                checks: checks::none_could_run(&names, &error),
                weak: None,
                spent,
                weak_failed: by.map(|_| error.to_string()),
            };
        }
    };
    let mut demanded = Demanded { spent, ..Demanded::default() };
    if let Some(metric) = by {
        let settings =
            plimsoll_core::checks::Weak { metric: Some(metric), ..asked.settings.weak.clone() };
        match weak::search(&trial, &settings) {
            Ok(parts) => demanded.weak = Some(parts),
            Err(error) => demanded.weak_failed = Some(error.to_string()),
        }
    }
    demanded.checks = trial.run(&names);
    demanded
}

/// Returns what the model costs, where a rule limits that.
fn spent(request: &EvaluateRequest) -> Option<Spent> {
    let is_asked = |budget: Budget| {
        request.demands.iter().any(
            |demand| matches!(demand, Demand::Budget { budget: limited, .. } if *limited == budget),
        )
    };
    if !is_asked(Budget::FileSize) {
        return None;
    }
    let (value, reason) = match std::fs::metadata(&request.predictor) {
        #[expect(clippy::cast_precision_loss, reason = "a size in bytes is below 2^52")]
        Ok(found) => (Some(found.len() as f64), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let size = Cost { budget: Budget::FileSize, value, interval: None, reason };
    Some(Spent { machine: None, requests: 0, costs: vec![size] })
}

/// Returns the checks that rules name, each once.
fn checks_of(demands: &[Demand]) -> Vec<CheckName> {
    let mut names = Vec::new();
    for demand in demands {
        if let Demand::Check { check } = demand
            && !names.contains(check)
        {
            names.push(*check);
        }
    }
    names
}

/// Returns the metric that weak parts are searched for by, where a rule asks for them.
fn weak_by(demands: &[Demand]) -> Option<Metric> {
    demands.iter().find_map(|demand| match demand {
        Demand::Weak { metric, .. } => Some(*metric),
        _ => None,
    })
}

fn check_request(request: &EvaluateRequest) -> CheckRequest {
    let declared = &request.evaluate;
    let subject = match &declared.predictor {
        Predictor::Model(_) => Subject::Model(request.predictor.clone()),
        Predictor::Predictions(_) => Subject::Predictions(request.predictor.clone()),
    };
    CheckRequest {
        subject,
        shown: format!("`{}`", declared.predictor.path()),
        task: request.task,
        on: request.on.clone(),
        on_shown: declared.on.to_string(),
        train: request.train.as_ref().map(|train| train.path.clone()),
        recorded: None,
        target: declared.target.clone(),
        positive: declared.positive.clone(),
        block: declared.block.clone(),
        features: Some(declared.features.clone()),
        digests: vec![request.predictor_digest, request.on_digest],
        seed: request.seed,
        settings: declared.checks.clone().unwrap_or_default(),
        time: TIME,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_two_rules_name_runs_once() {
        let demands = [
            Demand::Check { check: CheckName::ModelRobustness },
            Demand::Weak { metric: Metric::Wape, worse_by: 0.5 },
            Demand::Check { check: CheckName::ModelBaseline },
            Demand::Check { check: CheckName::ModelRobustness },
        ];
        let names = [CheckName::ModelRobustness, CheckName::ModelBaseline];
        assert_eq!(checks_of(&demands), names);
        assert_eq!(weak_by(&demands), Some(Metric::Wape));
        assert_eq!(weak_by(&demands[..1]), None);
    }
}
