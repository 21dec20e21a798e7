//! Tests that may be looked at after every row, and stopped at any time.
//!
//! An e-process starts at 1 and, if the hypothesis is true, is not expected to grow, whatever is
//! done with it: it exceeds `1/a` at any time with a chance of at most a (Ville 1939). So a rollout
//! may be judged row by row, where a usual test that is looked at again and again ends in a false
//! alarm nearly half of the time. Two run at once:
//!
//! - **harm**: the hypothesis is that the new one is no worse than the margin. Rejected, it is
//!   rolled back.
//! - **fit**: the hypothesis is that it is worse by at least the margin. Rejected, it is promoted.
//!
//! | module | what is judged |
//! |---|---|
//! | [`error_rates`] | errors of a canary: on which side the next one falls |
//! | [`exceedances`] | a quantile, such as latency: how often a limit is exceeded |
//! | [`shadow`] | losses of two models on the same rows |
//! | [`evidence`] | what they have in common; several metrics; how long to wait |
//! | [`confidence`] | a running interval, to be shown and not to be judged by |
//!
//! Each holds a few numbers that can be stored and taken up again. Rows that depend on each other
//! are to be brought together first: a minute, or all that one user saw, is then one row.

pub mod confidence;
pub mod error_rates;
pub mod evidence;
pub mod exceedances;
mod odds;
pub mod shadow;

/// The input of a sequential test makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SequentialError {
    /// A chance or a share that has to lie between 0 and 1 does not.
    #[error("{what} is {value}, which is not between 0 and 1")]
    NotBetween0And1 {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// A number that has to be above 0 and finite is not.
    #[error("{what} is {value}, which is not above 0")]
    NotPositive {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// A loss is below 0, NaN or infinite.
    #[error("a loss is {value}, which is no number from 0 on")]
    NoLoss {
        /// What it is.
        value: f64,
    },
    /// The margin lies outside of what capped losses can differ by.
    #[error("the margin {margin} is not between {least} and {most}, by which losses can differ", least = -cap, most = cap)]
    MarginBeyondCap {
        /// The margin.
        margin: f64,
        /// What losses are capped at.
        cap: f64,
    },
}

/// What is tried to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// That the new one is worse than the margin.
    Harm,
    /// That the new one is not worse by as much as the margin.
    Fit,
}

fn between_0_and_1(what: &'static str, value: f64) -> Result<f64, SequentialError> {
    let fine = value > 0.0 && value < 1.0;
    if fine { Ok(value) } else { Err(SequentialError::NotBetween0And1 { what, value }) }
}

fn positive(what: &'static str, value: f64) -> Result<f64, SequentialError> {
    let fine = value > 0.0 && value.is_finite();
    if fine { Ok(value) } else { Err(SequentialError::NotPositive { what, value }) }
}
