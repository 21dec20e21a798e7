//! Recording of requests and answers: a bounded queue that never waits, and one thread that writes.

mod columns;
mod writing;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use plimsoll_core::Timestamp;
use plimsoll_predict::{Output, Values};

use crate::answer::Answered;
use crate::metrics::Metrics;
use crate::server::ServeError;
use crate::settings::{CaptureSettings, Clock};

/// How long what is recorded waits before it is written, if nothing hurries.
const PAUSE: Duration = Duration::from_millis(100);

/// A request that is to be recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) answered: Answered,
    pub(crate) received_at: Timestamp,
    pub(crate) latency_us: u32,
}

/// The queue between those who answer and the one who writes.
#[derive(Debug)]
pub(crate) struct Capture {
    waiting: Mutex<Vec<(Recorded, usize)>>,
    bytes: AtomicUsize,
    limit: usize,
    ending: AtomicBool,
    /// Whether the losses of now were told already.
    losing: AtomicBool,
    writer: OnceLock<Thread>,
    metrics: Arc<Metrics>,
}

impl Capture {
    /// Opens the captures and starts the thread that writes them.
    pub(crate) fn start(
        settings: &CaptureSettings,
        keys: (Option<String>, Option<String>),
        limit: usize,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Result<(Arc<Self>, JoinHandle<u64>), ServeError> {
        let writer = writing::open(settings, keys, clock())?;
        let capture = Arc::new(Self {
            waiting: Mutex::default(),
            bytes: AtomicUsize::new(0),
            limit,
            ending: AtomicBool::new(false),
            losing: AtomicBool::new(false),
            writer: OnceLock::new(),
            metrics,
        });
        let queue = Arc::clone(&capture);
        let spawned = thread::Builder::new()
            .name("plimsoll-capture".to_owned())
            .spawn(move || writing::write(&queue, writer, &clock));
        let thread = spawned.map_err(ServeError::Threads)?;
        _ = capture.writer.set(thread.thread().clone());
        Ok((capture, thread))
    }

    /// Takes over a request, or counts it as lost where too much waits already.
    pub(crate) fn record(&self, recorded: Recorded) {
        let size = size(&recorded.answered);
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        if before.saturating_add(size) > self.limit {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            self.lose(recorded.answered.rows, "more waits to be written than is kept");
            self.hurry();
            return;
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((recorded, size));
        if before <= self.limit / 2 && before + size > self.limit / 2 {
            self.hurry();
        }
    }

    /// Takes out everything that waits.
    fn take(&self, into: &mut Vec<(Recorded, usize)>) {
        std::mem::swap(into, &mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Counts rows as lost, and says so once until something is recorded again.
    fn lose(&self, rows: usize, reason: &str) {
        self.metrics.lost.inc_by(u64::try_from(rows).unwrap_or(u64::MAX));
        if !self.losing.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "captures are being lost; requests are answered all the same");
        }
    }

    fn hurry(&self) {
        if let Some(writer) = self.writer.get() {
            writer.unpark();
        }
    }

    /// Tells the writer to write what is left and to end.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.hurry();
    }
}

/// Returns about how many bytes a request takes while it waits.
fn size(answered: &Answered) -> usize {
    const EACH: usize = 256;
    let values = |values: &Values| match values {
        Values::Float(values) => 4 * values.len(),
        Values::Double(values) => 8 * values.len(),
        Values::Int64(values) => 8 * values.len(),
        Values::Int32(values) => 4 * values.len(),
        Values::Bool(values) => values.len(),
        Values::String(texts) => texts.iter().map(|text| 24 + text.len()).sum(),
    };
    let inputs: usize = answered.inputs.0.iter().map(|(_, tensor)| values(tensor.values())).sum();
    let context: usize = answered.context.iter().map(|(_, along)| values(along)).sum();
    let outputs = answered.outputs.0.iter().map(|(_, output)| match output {
        Output::Tensor(tensor) => values(tensor.values()),
        Output::ClassScores(scores) => 8 * scores.scores.len(),
    });
    EACH + inputs + context + outputs.sum::<usize>()
}
