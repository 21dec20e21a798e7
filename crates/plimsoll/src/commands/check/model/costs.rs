//! What serving the model costs, against limits.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use plimsoll_core::evidence::{Budget, Cost, Spent, Unit};
use plimsoll_core::{Code, Finding, Severity};
use plimsoll_data::{Wanted, read_columns};
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

/// How a cost stands against its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Against {
    Within,
    Open,
    Beyond,
    Unknown,
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
        let split = quantity.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(unread)?;
        let (number, unit) = quantity.split_at(split);
        let (factor, of) = match unit.trim() {
            "us" => (1e-6, Unit::Seconds),
            "ms" => (1e-3, Unit::Seconds),
            "s" => (1.0, Unit::Seconds),
            "kB" => (1e3, Unit::Bytes),
            "MB" => (1e6, Unit::Bytes),
            "GB" => (1e9, Unit::Bytes),
            "/s" => (1.0, Unit::PerSecond),
            _ => return Err(unread()),
        };
        let value = number.parse::<f64>().map_err(|_| unread())? * factor;
        if of != budget.unit() || !value.is_finite() || value <= 0.0 {
            return Err(unread());
        }
        Ok(Self { budget, value })
    }

    /// Holds a cost against the limit by the worse end of its interval.
    pub(super) fn judge(self, spent: &Spent) -> Against {
        let Some((value, cost)) = spent
            .costs
            .iter()
            .find(|cost| cost.budget == self.budget)
            .and_then(|cost| Some((cost.value?, cost)))
        else {
            return Against::Unknown;
        };
        let [low, high] = cost.interval.unwrap_or([value, value]);
        let (within, beyond) = match self.budget.unit() {
            Unit::PerSecond => (low >= self.value, high < self.value),
            Unit::Seconds | Unit::Bytes => (high <= self.value, low > self.value),
        };
        match (within, beyond) {
            (true, _) => Against::Within,
            (_, true) => Against::Beyond,
            _ => Against::Open,
        }
    }
}

/// Returns the limit of a cost, where there is one.
pub(super) fn limit_of(limits: &[Limit], cost: &Cost) -> Option<Limit> {
    limits.iter().copied().find(|limit| limit.budget == cost.budget)
}

impl Against {
    /// Returns how a check would end that stands so.
    pub(super) fn ending(self) -> Ending {
        match self {
            Self::Within => Ending::Pass,
            Self::Open => Ending::Undecided,
            Self::Beyond => Ending::Block,
            Self::Unknown => Ending::Failed,
        }
    }
}

impl Limit {
    /// Returns the limit as the HTML page shows it.
    pub(super) fn of_report(self, spent: &Spent) -> CostLimit {
        let ending = self.judge(spent).ending();
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
    let beyond = limits.iter().filter(|limit| limit.judge(spent) == Against::Beyond);
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
            let address = booted.address.clone();
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
        process: booted.as_ref().map(Booted::process),
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
        asked.start_up = Some(Instant::now().saturating_duration_since(booted.started));
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
        assert_eq!(at(0.003, 0.005), Against::Within);
        assert_eq!(at(0.004, 0.006), Against::Open);
        assert_eq!(at(0.006, 0.007), Against::Beyond);
        assert_eq!(most.judge(&spent(None, None)), Against::Unknown);
        let least = Limit::read("throughput=100/s").unwrap();
        assert_eq!(least.judge(&spent(Some(99.0), Some([90.0, 99.5]))), Against::Beyond);
        assert_eq!(least.judge(&spent(Some(120.0), None)), Against::Within);
        assert_eq!(findings(&[most], &spent(Some(0.007), None)).len(), 1);
    }
}
