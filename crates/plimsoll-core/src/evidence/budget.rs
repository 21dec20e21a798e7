//! What a served model may cost: time, memory, size.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A cost of serving a model that a gate can limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// The median time of an answer, in seconds.
    LatencyP50,
    /// The time that 95 of 100 answers take at most, in seconds.
    LatencyP95,
    /// The time that 99 of 100 answers take at most, in seconds.
    LatencyP99,
    /// Requests answered in a second.
    Throughput,
    /// Memory that the server holds after the replay, in bytes.
    Memory,
    /// Time from the start of the server to its first answer, in seconds.
    StartUp,
    /// Size of the model's file, in bytes.
    FileSize,
}

/// What a budget is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Requests per second, of which more is better.
    PerSecond,
}

impl Budget {
    /// Every budget, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::Throughput,
        Self::Memory,
        Self::StartUp,
        Self::FileSize,
    ];

    /// Returns the name as it is written in `plimsoll.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LatencyP50 => "latency-p50",
            Self::LatencyP95 => "latency-p95",
            Self::LatencyP99 => "latency-p99",
            Self::Throughput => "throughput",
            Self::Memory => "memory",
            Self::StartUp => "start-up",
            Self::FileSize => "file-size",
        }
    }

    /// Returns what it is counted in.
    pub fn unit(self) -> Unit {
        match self {
            Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::StartUp => Unit::Seconds,
            Self::Memory | Self::FileSize => Unit::Bytes,
            Self::Throughput => Unit::PerSecond,
        }
    }

    /// Returns `value` with its unit, for a person: `4.2 ms`, `57.1 MB`, `31400 requests/s`.
    pub fn show(self, value: f64) -> String {
        match self.unit() {
            Unit::Seconds if value >= 1.0 => format!("{value:.2} s"),
            Unit::Seconds if value >= 0.001 => format!("{:.2} ms", value * 1e3),
            Unit::Seconds => format!("{:.0} us", value * 1e6),
            Unit::Bytes if value >= 1e9 => format!("{:.2} GB", value / 1e9),
            Unit::Bytes if value >= 1e6 => format!("{:.1} MB", value / 1e6),
            Unit::Bytes => format!("{:.1} kB", value / 1e3),
            Unit::PerSecond => format!("{value:.0} requests/s"),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no budget.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no budget")]
pub struct ParseBudgetError(String);

impl FromStr for Budget {
    type Err = ParseBudgetError;

    fn from_str(s: &str) -> Result<Self, ParseBudgetError> {
        let found = Self::ALL.into_iter().find(|budget| budget.as_str() == s);
        found.ok_or_else(|| ParseBudgetError(s.to_owned()))
    }
}

/// What serving the model cost where it was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spent {
    /// Where it was measured, processor, cores, system; `None` where nothing depends on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// How many rows were replayed, one a request.
    pub requests: u64,
    /// The costs.
    pub costs: Vec<Cost>,
}

/// One cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cost {
    /// Which.
    pub budget: Budget,
    /// Its value in the unit of [`Budget::unit`]; `None` where it could not be measured.
    pub value: Option<f64>,
    /// The 95 % interval of a quantile, by order statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_reads_with_its_unit() {
        assert_eq!(Budget::LatencyP99.show(0.0042), "4.20 ms");
        assert_eq!(Budget::LatencyP50.show(0.000_017), "17 us");
        assert_eq!(Budget::Memory.show(57_100_000.0), "57.1 MB");
        assert_eq!(Budget::Throughput.show(31_400.0), "31400 requests/s");
        for budget in Budget::ALL {
            assert_eq!(budget.as_str().parse::<Budget>().unwrap(), budget);
        }
    }
}
