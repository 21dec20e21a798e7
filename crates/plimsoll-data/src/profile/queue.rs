//! Pieces of work that several threads do, put together in their order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many pieces may be done before an earlier one is, so that what waits stays small.
const AHEAD: usize = 2;

/// Does `jobs` with `work` and gives what comes of them to `merge`, in the order of the jobs.
///
/// # Errors
/// The first error, by the order of the jobs that were begun.
pub(crate) fn in_order<J, R, E>(
    threads: NonZeroUsize,
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(J) -> Result<R, E> + Sync,
    merge: impl FnMut(R) + Send,
) -> Result<(), E>
where
    J: Send,
    R: Send,
    E: Send,
{
    let queue = Queue {
        state: Mutex::new(State {
            jobs,
            merge,
            begun: 0,
            merged: 0,
            done: BTreeMap::new(),
            ended: false,
            error: None,
        }),
        moved: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(|| queue.work_off(&work));
        }
        queue.work_off(&work);
    });
    let state = queue.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    state.error.map_or(Ok(()), |(_, error)| Err(error))
}

struct Queue<I, M, R, E> {
    state: Mutex<State<I, M, R, E>>,
    moved: Condvar,
}

struct State<I, M, R, E> {
    jobs: I,
    merge: M,
    begun: usize,
    merged: usize,
    done: BTreeMap<usize, R>,
    /// Whether there are no more jobs, or none is to be begun after an error.
    ended: bool,
    error: Option<(usize, E)>,
}

impl<I, M, R, E> Queue<I, M, R, E> {
    fn lock(&self) -> MutexGuard<'_, State<I, M, R, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_off<J>(&self, work: &(impl Fn(J) -> Result<R, E> + Sync))
    where
        I: Iterator<Item = J>,
        M: FnMut(R),
    {
        let waker = EndsWithThread(self);
        while let Some((number, job)) = self.next() {
            let done = work(job);
            let mut state = self.lock();
            match done {
                Ok(done) => _ = state.done.insert(number, done),
                Err(error) => {
                    state.ended = true;
                    if state.error.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
                        state.error = Some((number, error));
                    }
                }
            }
            let State { done, merged, merge, .. } = &mut *state;
            while let Some(next) = done.remove(merged) {
                merge(next);
                *merged += 1;
            }
            drop(state);
            self.moved.notify_all();
        }
        std::mem::forget(waker);
    }

    /// Waits for a job that may be begun.
    fn next<J>(&self) -> Option<(usize, J)>
    where
        I: Iterator<Item = J>,
    {
        let mut state = self.lock();
        while !state.ended && state.begun >= state.merged + AHEAD {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended {
            return None;
        }
        let Some(job) = state.jobs.next() else {
            state.ended = true;
            return None;
        };
        let number = state.begun;
        state.begun += 1;
        Some((number, job))
    }
}

/// A thread that panics is waited for by nobody.
struct EndsWithThread<'a, I, M, R, E>(&'a Queue<I, M, R, E>);

impl<I, M, R, E> Drop for EndsWithThread<'_, I, M, R, E> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn three() -> NonZeroUsize {
        NonZeroUsize::new(3).unwrap()
    }

    #[test]
    fn what_is_done_is_put_together_in_order() {
        let mut all = Vec::new();
        let jobs = 0..50_u64;
        let work = |job: u64| {
            thread::sleep(Duration::from_micros(job * 7919 % 300));
            Ok::<_, String>(job * 2)
        };
        in_order(three(), jobs, work, |done| all.push(done)).unwrap();
        assert_eq!(all, (0..50).map(|job| job * 2).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_begun_after_an_error() {
        let mut merged = 0;
        let jobs = 0..1_000_u64;
        let work = |job: u64| if job == 5 { Err(format!("job {job}")) } else { Ok(job) };
        let error = in_order(three(), jobs, work, |_| merged += 1).unwrap_err();
        assert_eq!(error, "job 5");
        assert!(merged < 10);
    }

    #[test]
    fn a_panic_does_not_hold_up_the_others() {
        let jobs = 0..20_u64;
        let work = |job: u64| if job == 2 { panic!("a bug") } else { Ok::<_, String>(job) };
        let done = std::panic::catch_unwind(|| in_order(three(), jobs, work, |_| ()));
        assert!(done.is_err());
    }
}
