//! What the gate's rules ask of an evaluation beyond metrics: checks, the search for weak parts, and
//! what serving costs.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use plimsoll_core::checks::{Excess, USUAL_TIME};
use plimsoll_core::evidence::{Budget, CheckName, Checked, Cost, Metric, Spent, WeakParts};
use plimsoll_core::gate::Demand;
use plimsoll_core::ports::EvaluateRequest;
use plimsoll_core::project::Predictor;
use plimsoll_predict::EndpointLimits;

use crate::budget::{self, BudgetRequest};
use crate::checks::{self, CheckRequest, Subject, Trial, TrialParts};
use crate::data_checks;
use crate::evaluate::{LoadRuntime, ServeModel, Served};
use crate::weak;

/// Why nothing can be compared with what the model was trained on.
const TRAINED_ON_THE_TEST: &str = "`evaluate.train` is the test set itself";

/// The share of the time that replaying rows against a server may take.
const SHARE_OF_REPLAY: u32 = 4;

/// What was asked for, measured.
#[derive(Debug, Default)]
pub(crate) struct Demanded {
    pub(crate) checks: Vec<Checked>,
    pub(crate) weak: Option<WeakParts>,
    /// Why weak parts were asked for and not searched.
    pub(crate) weak_failed: Option<String>,
    pub(crate) spent: Option<Spent>,
}

/// Measures what the demands of `request` ask for, of a model that `answered` its test set. What
/// cannot run is said in its place, so that the rule that asked for it cannot pass.
pub(crate) fn measure(
    request: &EvaluateRequest,
    mut answered: TrialParts,
    runtime: &LoadRuntime<'_>,
    serve: &ServeModel<'_>,
) -> Demanded {
    let time = answered.settings.time.unwrap_or(USUAL_TIME);
    answered.until = Instant::now().checked_add(time);
    let budgets = budgets_of(&request.demands);
    let names = checks_of(&request.demands);
    let has_parity = names.contains(&CheckName::ModelParity);
    // One server for all that is tried on it, only where something is.
    let is_served = has_parity || budgets.iter().any(|budget| *budget != Budget::FileSize);
    let served = match &request.evaluate.predictor {
        Predictor::Model(_) if is_served => Some(serve(&request.predictor)),
        _ => None,
    };
    let served = match &served {
        None => Err("a file of predictions is not served".to_owned()),
        Some(Ok(served)) => Ok(&**served),
        Some(Err(error)) => Err(error.message.clone()),
    };
    let replay = time / SHARE_OF_REPLAY;
    let mut demanded = Demanded {
        spent: spent(request, &budgets, &served, &answered.table, replay),
        ..Demanded::default()
    };
    let parity = has_parity.then(|| parity(request, &served, replay, runtime));
    let by = weak_by(&request.demands);
    let (of_data, of_model): (Vec<CheckName>, Vec<CheckName>) =
        names.iter().copied().partition(|name| data_checks::is_of_data(*name));
    let others: Vec<CheckName> =
        of_model.into_iter().filter(|name| *name != CheckName::ModelParity).collect();
    let mut trial = Trial::of_parts(answered);
    let read = request.train.as_ref().filter(|_| !others.is_empty()).map(|train| {
        let shown = request.evaluate.train.as_ref().map(ToString::to_string).unwrap_or_default();
        let positive = request.evaluate.positive.as_ref();
        trial.read_train(&train.path, &shown, request.task, positive)
    });
    demanded.checks = match read {
        Some(Err(error)) => checks::none_could_run(&others, &error),
        None | Some(Ok(())) => trial.run(&others),
    };
    demanded.checks.extend(parity);
    let features = trial.features.as_deref();
    let of_data = of_data.into_iter().map(|name| data_checks::check(name, request, features));
    demanded.checks.extend(of_data);
    if request.train.as_ref().is_some_and(|train| train.digest == request.on_digest) {
        let compares = |name| matches!(name, CheckName::ModelOverfit | CheckName::DataDrift);
        for checked in demanded.checks.iter_mut().filter(|checked| compares(checked.check)) {
            *checked = checks::failed(checked.check, 0, TRAINED_ON_THE_TEST.to_owned());
        }
    }
    let place = |checked: &Checked| names.iter().position(|name| *name == checked.check);
    demanded.checks.sort_by_key(place);
    if let Some((metric, least)) = by {
        // What is reported must reach down to the strictest rule, or that one would not see it.
        let worse_by = least.min(trial.settings.weak.worse_by);
        let settings = plimsoll_core::checks::Weak {
            metric: Some(metric),
            worse_by,
            ..trial.settings.weak.clone()
        };
        match weak::search(&trial, &settings) {
            Ok(parts) => demanded.weak = Some(parts),
            Err(error) => demanded.weak_failed = Some(error.to_string()),
        }
    }
    demanded
}

/// Returns what the model costs, where rules limit that.
fn spent(
    request: &EvaluateRequest,
    budgets: &[Budget],
    served: &Result<&dyn Served, String>,
    table: &RecordBatch,
    time: Duration,
) -> Option<Spent> {
    if budgets.is_empty() {
        return None;
    }
    let file = request.predictor.clone();
    if budgets.iter().all(|budget| *budget == Budget::FileSize) {
        return Some(Spent { machine: None, requests: 0, costs: vec![budget::file_size(&file)] });
    }
    let replayed = served.clone().and_then(|served| {
        let mut asked = BudgetRequest {
            address: served.address().clone(),
            token: None,
            limits: EndpointLimits::default(),
            process: Some(served.process()),
            start_up: None,
            file: Some(file.clone()),
            table,
            features: Some(request.evaluate.features.clone()),
            target: request.evaluate.target.clone(),
            time,
        };
        budget::first_answer(&asked).map_err(|error| checks::chain(&error))?;
        asked.start_up = Some(served.started().elapsed());
        budget::measure(&asked).map_err(|error| checks::chain(&error))
    });
    Some(replayed.unwrap_or_else(|reason| {
        let unknown = |budget: &Budget| match budget {
            Budget::FileSize => budget::file_size(&file),
            other => {
                Cost { budget: *other, value: None, interval: None, reason: Some(reason.clone()) }
            }
        };
        Spent { machine: None, requests: 0, costs: budgets.iter().map(unknown).collect() }
    }))
}

/// Holds what the served model answers against what was recorded in training. A file of predictions
/// is held against it as it is.
fn parity(
    request: &EvaluateRequest,
    served: &Result<&dyn Served, String>,
    time: Duration,
    runtime: &LoadRuntime<'_>,
) -> Checked {
    let failed = |reason: &str| checks::failed(CheckName::ModelParity, 0, reason.to_owned());
    let declared = &request.evaluate;
    let Some(recorded) = &request.recorded else {
        return failed("there are no answers recorded in training to compare with");
    };
    let subject = match (&declared.predictor, served) {
        (Predictor::Predictions(_), _) => Subject::Predictions(request.predictor.clone()),
        (Predictor::Model(_), Ok(served)) => Subject::Endpoint {
            address: served.address().clone(),
            token: None,
            limits: EndpointLimits::default(),
        },
        (Predictor::Model(_), Err(reason)) => return failed(reason),
    };
    let shown = declared.recorded.as_ref().map(ToString::to_string).unwrap_or_default();
    let asked = CheckRequest {
        subject,
        shown: format!("`{}`", declared.predictor.path()),
        task: request.task,
        on: recorded.on.clone(),
        on_shown: declared.on.to_string(),
        train: None,
        recorded: Some((Subject::Predictions(recorded.answers.clone()), format!("`{shown}`"))),
        target: declared.target.clone(),
        positive: declared.positive.clone(),
        block: None,
        features: Some(declared.features.clone()),
        digests: vec![request.predictor_digest, request.on_digest],
        seed: request.seed,
        settings: declared.checks.clone().unwrap_or_default(),
        time,
    };
    let mut done = checks::run(&[CheckName::ModelParity], &asked, runtime);
    done.pop().unwrap_or_else(|| failed("it was not run"))
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

/// Returns the budgets that rules limit, each once.
fn budgets_of(demands: &[Demand]) -> Vec<Budget> {
    let mut budgets = Vec::new();
    for demand in demands {
        if let Demand::Budget { budget, .. } = demand
            && !budgets.contains(budget)
        {
            budgets.push(*budget);
        }
    }
    budgets
}

/// Returns the metric that weak parts are searched for by and the least that a rule accepts, where
/// rules ask for them.
fn weak_by(demands: &[Demand]) -> Option<(Metric, Excess)> {
    let asked = demands.iter().filter_map(|demand| match demand {
        Demand::Weak { metric, worse_by } => Some((*metric, *worse_by)),
        _ => None,
    });
    let (metric, least) = asked.reduce(|(metric, a), (_, b)| (metric, a.min(b)))?;
    // A limit that is no excess finds whatever is worse at all.
    Some((metric, Excess::try_from(least).unwrap_or(Excess::NONE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_rules_name_is_done_once_by_the_stricter_one() {
        let demands = [
            Demand::Check { check: CheckName::ModelRobustness },
            Demand::Weak { metric: Metric::Wape, worse_by: 0.5 },
            Demand::Check { check: CheckName::ModelBaseline },
            Demand::Weak { metric: Metric::Wape, worse_by: 0.02 },
            Demand::Check { check: CheckName::ModelRobustness },
        ];
        let names = [CheckName::ModelRobustness, CheckName::ModelBaseline];
        assert_eq!(checks_of(&demands), names);
        let (metric, least) = weak_by(&demands).unwrap();
        assert_eq!((metric, least), (Metric::Wape, Excess::try_from(0.02).unwrap()));
        assert_eq!(weak_by(&demands[..1]), None);
    }
}
