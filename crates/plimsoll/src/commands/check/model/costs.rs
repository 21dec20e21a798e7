//! What serving the model costs, against limits.

use std::path::PathBuf;
use std::time::Duration;

use plimsoll_core::evidence::{Budget, Cost, Spent, Unit};
use plimsoll_core::gate::{Against, Bound};
use plimsoll_core::{Code, Finding, Severity};
use plimsoll_data::{Wanted, read_columns};
use plimsoll_evaluate::Served;
use plimsoll_evaluate::budget::{self, BudgetRequest};
use plimsoll_evaluate::checks::{CheckRequest, Ending, Subject};
use plimsoll_evaluate::report::CostLimit;
use plimsoll_predict::EndpointLimits;

use super::Args;
use crate::boot::Booted;
use crate::error::{CommandError, Kind};

/// Serving the model costs more than was accepted.
const OVER_BUDGET: Code = Code::of("model.over-budget");

/// A limit of a cost, in its unit: the most, or of throughput the least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    budget: Budget,
    value: f64,
}

impl Limit {
    /// Reads `latency-p99=5ms`, `memory=200MB`, `throughput=1000/s`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let all: Vec<&str> = Budget::ALL.into_iter().map(Budget::as_str).collect();
        let unread = || {
            format!(
                "`{text}` is no budget (expected such as `latency-p99=5ms`; there are {})",
                all.join(", ")
            )
        };
        let (name, quantity) = text.split_once('=').ok_or_else(unread)?;
        let budget: Budget = name.parse().map_err(|_| unread())?;
        let (value, of) = plimsoll_config::quantity(quantity).ok_or_else(unread)?;
        if of != budget.unit() || !value.is_finite() || value <= 0.0 {
            return Err(unread());
        }
        Ok(Self { budget, value })
    }

    /// Holds a cost against the limit; `None` where it has no value.
    pub(super) fn judge(self, spent: &Spent) -> Option<Against> {
        let cost = spent.costs.iter().find(|cost| cost.budget == self.budget)?;
        let value = cost.value?;
        Some(self.bound().against(cost.interval.unwrap_or([value, value])))
    }

    /// Returns how a check would end that stands so.
    pub(super) fn ending(self, spent: &Spent) -> Ending {
        match self.judge(spent) {
            Some(Against::Within) => Ending::Pass,
            Some(Against::Inside) => Ending::Undecided,
            Some(Against::Beyond) => Ending::Block,
            None => Ending::Failed,
        }
    }

    fn bound(self) -> Bound {
        match self.budget.unit() {
            Unit::PerSecond => Bound::Min(self.value),
            Unit::Seconds | Unit::Bytes => Bound::Max(self.value),
        }
    }
}

/// Returns the limit of a cost, where there is one.
pub(super) fn limit_of(limits: &[Limit], cost: &Cost) -> Option<Limit> {
    limits.iter().copied().find(|limit| limit.budget == cost.budget)
}

impl Limit {
    /// Returns the limit as the HTML page shows it.
    pub(super) fn of_report(self, spent: &Spent) -> CostLimit {
        let ending = self.ending(spent);
        CostLimit { budget: self.budget, limit: self.shown(), ending }
    }

    /// Returns the limit as a person reads it.
    pub(super) fn shown(self) -> String {
        let most = if self.budget.unit() == Unit::PerSecond { "at least" } else { "at most" };
        format!("{most} {}", self.budget.show(self.value))
    }
}

/// Makes a finding of each limit that is not kept.
pub(super) fn findings(limits: &[Limit], spent: &Spent) -> Vec<Finding> {
    let beyond = limits.iter().filter(|limit| limit.judge(spent) == Some(Against::Beyond));
    let finding = |limit: &Limit| {
        let cost = spent.costs.iter().find(|cost| cost.budget == limit.budget)?;
        let (budget, value) = (limit.budget, cost.value?);
        let ends = cost
            .interval
            .map(|[low, high]| format!(" [{}, {}] at 95 %", budget.show(low), budget.show(high)));
        let message = format!(
            "{budget} is {}{} over {} requests on {}; {} accepted",
            budget.show(value),
            ends.unwrap_or_default(),
            spent.requests,
            spent.machine.as_deref().unwrap_or("this machine"),
            limit.shown(),
        );
        let mut finding = Finding::new(OVER_BUDGET, Severity::Error, message);
        finding.subject = Some(budget.to_string());
        (finding.value, finding.limit) = (Some(value), Some(limit.value));
        finding.next = Some("make the model smaller, or measure on the machine that serves".into());
        Some(finding)
    };
    beyond.filter_map(finding).collect()
}

/// Serves the model as it would be served, and replays the test set.
pub(super) fn measure(
    args: &Args,
    request: &CheckRequest,
    library: Option<&PathBuf>,
    time: Duration,
) -> Result<Spent, CommandError> {
    let table = read_columns(&request.on, Wanted::All)
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    let limits = EndpointLimits::default();
    let (booted, address, token, file) = match &request.subject {
        Subject::Endpoint { address, token, .. } => (None, address.clone(), token.clone(), None),
        Subject::Model(file) => {
            let booted = Booted::start(file, library.map(PathBuf::as_path), args.offline)?;
            let address = booted.address().clone();
            (Some(booted), address, None, Some(file.clone()))
        }
        Subject::Predictions(_) => {
            let message = "a file of predictions is not served, so it has no costs";
            return Err(CommandError::usage(message));
        }
    };
    let mut asked = BudgetRequest {
        address,
        token,
        limits,
        process: booted.as_ref().map(Served::process),
        start_up: None,
        file,
        table: &table,
        features: request.features.clone(),
        target: request.target.clone(),
        time,
    };
    let unserved = |error| CommandError::new(Kind::World, error);
    if let Some(booted) = &booted {
        budget::first_answer(&asked).map_err(unserved)?;
        asked.start_up = Some(booted.started().elapsed());
    }
    budget::measure(&asked).map_err(unserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(value: Option<f64>, interval: Option<[f64; 2]>) -> Spent {
        let of = |budget| Cost { budget, value, interval, reason: None };
        let costs = vec![of(Budget::LatencyP99), of(Budget::Throughput)];
        Spent { machine: Some("a machine".into()), requests: 1000, costs }
    }

    #[test]
    fn a_limit_has_a_name_and_a_unit_that_fit() {
        let value = |text| Limit::read(text).map(|limit| limit.value);
        assert!((value("latency-p99=5ms").unwrap() - 0.005).abs() < 1e-15);
        assert!((value("memory=1.5GB").unwrap() - 1.5e9).abs() < 1.0);
        assert!((value("throughput=1000/s").unwrap() - 1000.0).abs() < 1e-9);
        for bad in
            ["latency-p99", "latency-p99=5", "latency=5ms", "memory=5ms", "memory=0MB", "=1s"]
        {
            assert!(value(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_worse_end_passes_and_the_better_end_blocks() {
        let most = Limit::read("latency-p99=5ms").unwrap();
        let at = |low, high| most.judge(&spent(Some(low), Some([low, high])));
        assert_eq!(at(0.003, 0.005), Some(Against::Within));
        assert_eq!(at(0.004, 0.006), Some(Against::Inside));
        assert_eq!(at(0.006, 0.007), Some(Against::Beyond));
        assert_eq!(most.judge(&spent(None, None)), None);
        let least = Limit::read("throughput=100/s").unwrap();
        assert_eq!(least.judge(&spent(Some(99.0), Some([90.0, 99.5]))), Some(Against::Beyond));
        assert_eq!(least.judge(&spent(Some(120.0), None)), Some(Against::Within));
        assert_eq!(findings(&[most], &spent(Some(0.007), None)).len(), 1);
    }
}
