//! How much a bootstrap may do.

use std::num::NonZeroUsize;

use crate::interval::Level;
use crate::random::Seed;

/// The seed and the size of a bootstrap.
///
/// The result depends on the seed and the numbers of resamples, never on the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the resamples are drawn from.
    pub seed: Seed,
    /// The number of resamples. At 10,000 the Monte-Carlo error of an end is 0.027 standard errors.
    pub resamples: usize,
    /// The number of resamples where a limit lies so close to an end that this error could decide.
    /// The same as `resamples` switches this off.
    pub most_resamples: usize,
    /// How many threads may work on it.
    pub threads: NonZeroUsize,
    /// How often the intervals are to hold the truth.
    pub level: Level,
    /// Which intervals are wanted.
    pub intervals: Intervals,
}

/// By which method intervals are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intervals {
    /// By the method that is the most reliable for each metric.
    #[default]
    Recommended,
    /// By the bias-corrected and accelerated bootstrap, whatever the metric.
    Bca,
    /// By the quantiles of the resampled values, whatever the metric.
    Percentile,
}

/// A limit closer to an end than this many standard errors is looked at with
/// [`Plan::most_resamples`].
pub const CLOSE_TO_LIMIT: f64 = 0.08;

/// So many resamples are to lie beyond an end of an interval above the usual level, as far as
/// [`Plan::most_resamples`] allows.
const DRAWS_BEYOND_AN_END: f64 = 100.0;

/// Above this many blocks nothing is resampled: the bootstrap and the transformed t agree there.
pub const MAX_RESAMPLED_BLOCKS: usize = 5_000_000;

impl Plan {
    /// Returns the default plan: 10,000 resamples, 100,000 near a limit, one thread, 95 %
    /// intervals by the recommended methods.
    pub fn new(seed: Seed) -> Self {
        Self {
            seed,
            resamples: 10_000,
            most_resamples: 100_000,
            threads: NonZeroUsize::MIN,
            level: Level::USUAL,
            intervals: Intervals::Recommended,
        }
    }

    /// Returns the plan with this many threads.
    #[must_use]
    pub fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// Returns the plan with intervals of this level, such as that of a
    /// [look](crate::ledger::Look) at a test set.
    #[must_use]
    pub fn at_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Returns how many resamples are drawn at first: more than [`resamples`](Self::resamples)
    /// where the level is so high that these would hardly reach beyond its ends.
    pub(crate) fn first_resamples(&self) -> usize {
        if self.level.tail() >= Level::USUAL.tail() {
            return self.resamples;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive; a float beyond the range of usize becomes its largest"
        )]
        let wanted = (DRAWS_BEYOND_AN_END / self.level.tail()).ceil() as usize;
        self.resamples.max(wanted.min(self.most_resamples))
    }
}

/// Runs `work` on consecutive pieces of `0..count`, one for each thread, and returns the answers
/// in order.
pub(crate) fn in_threads<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Vec<T> {
    let piece = count.div_ceil(threads.max(1)).max(1);
    let pieces: Vec<_> =
        (0..count).step_by(piece).map(|start| start..(start + piece).min(count)).collect();
    if pieces.len() < 2 {
        return pieces.into_iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            pieces.into_iter().map(|piece| scope.spawn(move || work(piece))).collect();
        let finish = |thread: std::thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().map(finish).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_level_is_given_more_resamples() {
        let plan = Plan::new(Seed::from(1));
        assert_eq!(plan.first_resamples(), 10_000);
        let look_5 = plan.at_level(Level::of_tail(0.05 / 30.0).unwrap());
        assert_eq!(look_5.first_resamples(), 60_000);
        let look_50 = plan.at_level(Level::of_tail(0.05 / 2_550.0).unwrap());
        assert_eq!(look_50.first_resamples(), 100_000);
        let few = |plan: Plan| Plan { resamples: 200, ..plan }.first_resamples();
        assert_eq!((few(plan), few(look_5)), (200, 60_000));
    }

    #[test]
    fn pieces_come_back_in_order_and_complete() {
        for threads in [1, 2, 3, 7, 100] {
            let pieces = in_threads(threads, 20, Iterator::collect::<Vec<_>>);
            assert_eq!(pieces.concat(), (0..20).collect::<Vec<_>>(), "{threads} threads");
        }
        assert!(in_threads(2, 0, |piece| piece).is_empty());
    }
}
