//! The one thing in the demo that is not real: how late it is.

use std::sync::atomic::{AtomicI64, Ordering};

use plimsoll_core::{Day, Timestamp};
use plimsoll_engine::run::Clock;

/// A clock that is set.
#[derive(Debug, Default)]
pub(super) struct SimulatedClock(AtomicI64);

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

impl SimulatedClock {
    /// Sets it to the hour of `day`, never back.
    pub(super) fn set(&self, day: Day, hour: i64) {
        self.0.fetch_max(day.start().as_millis() + hour * HOUR, Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        // Things that happen one after the other are a moment apart, so that they stay in order.
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
