//! What serving a model costs where it is tried: rows of the test set are replayed, one a request.
//!
//! The server is somebody else's: [`measure`] is given its address and, on the same machine, its
//! process. Latency is what a caller on this machine waits, over one connection that stays open;
//! throughput is what as many callers as there are processors get answered together. A quantile's
//! interval is made of order statistics, so nothing is assumed of how latencies are distributed, only
//! that one request says nothing about the next.

mod process;
mod quantile;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use plimsoll_core::evidence::{Budget, Cost, Spent};
use plimsoll_core::project::Features;
use plimsoll_predict::{
    Endpoint, EndpointAddress, EndpointError, EndpointLimits, FeatureMapping, FeedError,
    MappingError,
};
use plimsoll_stats::quantile::student_upper;

/// So many requests are sent before time counts: the first ones warm caches up.
const WARM_UP: usize = 50;

/// Requests that are timed: enough for both ends of the interval of a 99th percentile.
const FEWEST_REQUESTS: usize = 1000;

/// Rows that are replayed at most.
const MOST_ROWS: usize = 2000;

/// How long throughput is looked at, in windows of equal length.
const WINDOWS: usize = 10;

/// A served model and what it is to be tried on.
#[derive(Clone, Debug)]
pub struct BudgetRequest<'r> {
    /// Where it is served.
    pub address: EndpointAddress,
    /// What is sent as `Authorization: Bearer`.
    pub token: Option<String>,
    /// How patient the caller is.
    pub limits: EndpointLimits,
    /// The server's process, where it runs on this machine.
    pub process: Option<u32>,
    /// How long it took from its start to its first answer, where somebody watched it start.
    pub start_up: Option<Duration>,
    /// The model's file.
    pub file: Option<PathBuf>,
    /// The rows to replay.
    pub table: &'r RecordBatch,
    /// How the model is fed; `None` as the server says.
    pub features: Option<Features>,
    /// The column with the truth, which is not sent.
    pub target: String,
    /// How long it may take.
    pub time: Duration,
}

/// Costs could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetError {
    /// The server does not answer.
    #[error("the served model does not answer")]
    Endpoint(#[from] EndpointError),
    /// The model's inputs and the features do not fit.
    #[error("the served model cannot be given its features")]
    Mapping(#[from] MappingError),
    /// The rows cannot be fed to the model.
    #[error("the served model cannot be given the rows")]
    Feed(#[from] FeedError),
    /// There is nothing to replay.
    #[error("there are no rows to replay")]
    NoRows,
}

/// Waits for the first answer to the first row: what ends the time that a server takes to start.
///
/// # Errors
/// The server does not answer, or the rows do not fit its model.
pub fn first_answer(request: &BudgetRequest<'_>) -> Result<(), BudgetError> {
    let endpoint = open(request)?;
    let first = request.table.slice(0, 1);
    let bodies = bodies(&BudgetRequest { table: &first, ..request.clone() }, &endpoint)?;
    if let Some(body) = bodies.first() {
        endpoint.infer(body, Instant::now().checked_add(request.time))?;
    }
    Ok(())
}

/// Replays rows, and returns what they cost. What could not be measured has a reason and no value.
///
/// # Errors
/// The server does not answer, or the rows do not fit its model.
pub fn measure(request: &BudgetRequest<'_>) -> Result<Spent, BudgetError> {
    let started = Instant::now();
    let until = started.checked_add(request.time);
    let endpoint = open(request)?;
    let bodies = bodies(request, &endpoint)?;
    for body in bodies.iter().cycle().take(WARM_UP) {
        endpoint.infer(body, until)?;
    }
    // Latency gets two thirds of the time that is left, throughput the rest.
    let left = request.time.saturating_sub(started.elapsed());
    let latencies = replay(&endpoint, &bodies, Instant::now() + left * 2 / 3)?;
    let rates = together(request, &bodies, left / 3)?;
    let mut costs: Vec<Cost> =
        [(Budget::LatencyP50, 0.5), (Budget::LatencyP95, 0.95), (Budget::LatencyP99, 0.99)]
            .map(|(budget, share)| quantile::cost(budget, &latencies, share))
            .to_vec();
    costs.push(throughput(&rates));
    costs.push(process::memory(request.process));
    costs.push(match request.start_up {
        Some(start_up) => known(Budget::StartUp, start_up.as_secs_f64()),
        None => unknown(Budget::StartUp, "nobody watched the server start"),
    });
    costs.push(match &request.file {
        Some(file) => file_size(file),
        None => unknown(Budget::FileSize, "the model's file is not at hand"),
    });
    Ok(Spent { machine: Some(process::machine()), requests: latencies.len() as u64, costs })
}

/// Returns the size of the model's file.
pub(crate) fn file_size(file: &Path) -> Cost {
    match std::fs::metadata(file) {
        #[expect(clippy::cast_precision_loss, reason = "files are below 2^52 bytes")]
        Ok(found) => known(Budget::FileSize, found.len() as f64),
        Err(error) => unknown(Budget::FileSize, &error.to_string()),
    }
}

fn open(request: &BudgetRequest<'_>) -> Result<Endpoint, EndpointError> {
    Endpoint::open(request.address.clone(), request.token.clone(), request.limits)
}

/// Writes the question for each row.
fn bodies(request: &BudgetRequest<'_>, endpoint: &Endpoint) -> Result<Vec<Vec<u8>>, BudgetError> {
    let told = endpoint.features();
    let features = request.features.as_ref().or(told.as_ref()).unwrap_or(&Features::Inputs);
    let mapping = FeatureMapping::new(features, &request.target, endpoint.signature())?;
    let rows = request.table.num_rows().min(MOST_ROWS);
    if rows == 0 {
        return Err(BudgetError::NoRows);
    }
    let fed = mapping.feed(&request.table.slice(0, rows), 1)?;
    let bodies = (0..rows).map(|row| endpoint.question(&fed.inputs, row));
    Ok(bodies.collect::<Result<_, _>>()?)
}

/// Asks row after row, each once and all of them again until there are enough, and returns how long
/// each answer took, in seconds.
fn replay(
    endpoint: &Endpoint,
    bodies: &[Vec<u8>],
    until: Instant,
) -> Result<Vec<f64>, EndpointError> {
    let wanted = bodies.len().max(FEWEST_REQUESTS);
    let mut latencies = Vec::with_capacity(wanted);
    for body in bodies.iter().cycle().take(wanted) {
        let asked = Instant::now();
        if asked >= until {
            break;
        }
        endpoint.send(body, None)?;
        latencies.push(asked.elapsed().as_secs_f64());
    }
    Ok(latencies)
}

/// Lets as many callers as there are processors ask together for `time`, and returns how many
/// requests a second were answered in each window.
fn together(
    request: &BudgetRequest<'_>,
    bodies: &[Vec<u8>],
    time: Duration,
) -> Result<Vec<f64>, EndpointError> {
    /// Longer tells no more.
    const LONGEST: Duration = Duration::from_secs(3);
    let callers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let window = time.min(LONGEST) / u32::try_from(WINDOWS).unwrap_or(1);
    if window < Duration::from_millis(20) {
        return Ok(Vec::new());
    }
    let begin = Instant::now();
    let counts = std::thread::scope(|scope| {
        let running: Vec<_> = (0..callers)
            .map(|caller| scope.spawn(move || ask_on(request, bodies, caller, begin, window)))
            .collect();
        let finish = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().map(finish).collect::<Result<Vec<[u32; WINDOWS]>, EndpointError>>()
    })?;
    let of_window = |at: usize| {
        let all: u32 = counts.iter().map(|counts| counts[at]).sum();
        f64::from(all) / window.as_secs_f64()
    };
    // In the first window connections are made.
    Ok((1..WINDOWS).map(of_window).collect())
}

fn ask_on(
    request: &BudgetRequest<'_>,
    bodies: &[Vec<u8>],
    caller: usize,
    begin: Instant,
    window: Duration,
) -> Result<[u32; WINDOWS], EndpointError> {
    let endpoint = open(request)?;
    let mut counts = [0; WINDOWS];
    for body in bodies.iter().cycle().skip(caller) {
        endpoint.send(body, None)?;
        let at = begin.elapsed().as_nanos() / window.as_nanos().max(1);
        let Some(count) = usize::try_from(at).ok().and_then(|at| counts.get_mut(at)) else { break };
        *count += 1;
    }
    Ok(counts)
}

/// Returns the mean of the windows, with Student's t interval.
#[expect(clippy::cast_precision_loss, reason = "a few windows")]
fn throughput(rates: &[f64]) -> Cost {
    let count = rates.len() as f64;
    if rates.len() < 2 {
        return unknown(Budget::Throughput, "there was no time left to look at it");
    }
    let mean = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = student_upper(0.025, count - 1.0) * (variance / count).sqrt();
    Cost {
        interval: Some([(mean - half).max(0.0), mean + half]),
        ..known(Budget::Throughput, mean)
    }
}

fn known(budget: Budget, value: f64) -> Cost {
    Cost { budget, value: Some(value), interval: None, reason: None }
}

fn unknown(budget: Budget, reason: &str) -> Cost {
    Cost { budget, value: None, interval: None, reason: Some(reason.to_owned()) }
}

#[cfg(test)]
mod tests;
