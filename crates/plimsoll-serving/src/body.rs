//! The body of a request, read within its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::refusal::Refusal;
use crate::settings::Limits;

/// Smaller bodies are not counted: connections are bounded, so they are.
const SMALL: usize = 64 << 10;

/// How many bytes of large bodies are in memory.
#[derive(Debug, Default)]
pub(crate) struct Budget(AtomicUsize);

/// A part of a [`Budget`], given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Budget {
    fn hold(self: &Arc<Self>, bytes: usize, limit: usize) -> Result<Held, Refusal> {
        let before = self.0.fetch_add(bytes, Ordering::Relaxed);
        let held = Held { budget: Arc::clone(self), bytes };
        if before.saturating_add(bytes) > limit { Err(Refusal::Busy) } else { Ok(held) }
    }
}

/// Reads a body whole, and returns what it holds of the budget.
pub(crate) async fn read(
    body: Incoming,
    limits: &Limits,
    budget: &Arc<Budget>,
) -> Result<(Bytes, Option<Held>), Refusal> {
    let hint = body.size_hint();
    let announced = hint.exact().map(|exact| usize::try_from(exact).unwrap_or(usize::MAX));
    if announced.is_some_and(|announced| announced > limits.body) {
        return Err(Refusal::TooLarge { limit: limits.body });
    }
    // A body of unknown length is taken for as large as it may be.
    let expected = announced.unwrap_or(limits.body);
    let held = (expected > SMALL).then(|| budget.hold(expected, limits.bodies)).transpose()?;
    let read = tokio::time::timeout(limits.body_time, collect(body, expected, limits.body));
    match read.await {
        Ok(read) => read.map(|bytes| (bytes, held)),
        Err(_) => Err(Refusal::Slow { part: "body", seconds: limits.body_time.as_secs() }),
    }
}

async fn collect(mut body: Incoming, expected: usize, limit: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let count = first.len() + all.len();
        let Ok(frame) = frame else { return Err(Refusal::BrokenOff(count)) };
        let Ok(data) = frame.into_data() else { continue };
        if count + data.len() > limit {
            return Err(Refusal::TooLarge { limit });
        }
        if count == 0 {
            // Mostly everything is here already and need not be copied.
            first = data;
            continue;
        }
        if all.is_empty() {
            all.reserve(expected.min(limit).min(1 << 20).max(first.len() + data.len()));
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
