//! How long a connection has been waiting for its client, and for what.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};

use crate::settings::Limits;

/// What a connection waits for, noted where bytes go in and out.
#[derive(Debug)]
pub(super) struct Pace {
    /// Whether a request is being answered: then nothing is waited for here.
    answering: Cell<bool>,
    /// Since when the client owes the rest of a head.
    head: Cell<Option<Instant>>,
    /// Since when the client takes nothing of an answer.
    stalled: Cell<Option<Instant>>,
    /// Since when nothing has happened.
    idle: Cell<Instant>,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// The rest of a head.
    Head,
    /// The next request.
    Idle,
    /// Taking an answer.
    Write,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            answering: Cell::new(false),
            head: Cell::new(None),
            stalled: Cell::new(None),
            idle: Cell::new(Instant::now()),
        }
    }

    /// Notes that a head is complete.
    pub(super) fn answer(&self) {
        self.answering.set(true);
        self.head.set(None);
    }

    /// Notes that the answer is made.
    pub(super) fn answered(&self, now: Instant) {
        self.answering.set(false);
        self.idle.set(now);
    }

    /// Tells what takes too long at `now`.
    pub(super) fn late(&self, now: Instant, limits: &Limits) -> Option<Late> {
        let since = |then: Instant, limit: Duration| now.saturating_duration_since(then) >= limit;
        if self.stalled.get().is_some_and(|then| since(then, limits.write_time)) {
            return Some(Late::Write);
        }
        if self.answering.get() {
            return None;
        }
        match self.head.get() {
            Some(then) => since(then, limits.head_time).then_some(Late::Head),
            None => since(self.idle.get(), limits.idle_time).then_some(Late::Idle),
        }
    }
}

/// Bytes in and out that a [`Pace`] notes.
#[derive(Debug)]
pub(super) struct Paced<'p, T> {
    pub(super) inner: T,
    pub(super) pace: &'p Pace,
}

impl<T: Read + Unpin> Read for Paced<'_, T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<Result<(), std::io::Error>> {
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        if !self.pace.answering.get() && self.pace.head.get().is_none() {
            self.pace.head.set(Some(Instant::now()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Paced<'_, T> {
    fn note<R>(&self, result: Poll<R>) -> Poll<R> {
        let since = match &result {
            Poll::Ready(_) => None,
            Poll::Pending => self.pace.stalled.get().or_else(|| Some(Instant::now())),
        };
        self.pace.stalled.set(since);
        result
    }
}

impl<T: Write + Unpin> Write for Paced<'_, T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, std::io::Error>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.note(result)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), std::io::Error>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), std::io::Error>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize, std::io::Error>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, pieces);
        self.note(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_has_its_own_limit() {
        let limits = Limits {
            head_time: Duration::from_secs(1),
            idle_time: Duration::from_secs(5),
            write_time: Duration::from_secs(2),
            ..Limits::default()
        };
        let pace = Pace::new();
        let start = pace.idle.get();
        let late = |seconds| pace.late(start + Duration::from_secs(seconds), &limits);
        assert_eq!((late(4), late(5)), (None, Some(Late::Idle)));
        pace.head.set(Some(start));
        assert_eq!((late(0), late(1)), (None, Some(Late::Head)));
        pace.answer();
        assert_eq!(late(100), None);
        pace.stalled.set(Some(start));
        assert_eq!((late(1), late(2)), (None, Some(Late::Write)));
        pace.stalled.set(None);
        pace.answered(start + Duration::from_secs(10));
        assert_eq!((late(14), late(15)), (None, Some(Late::Idle)));
    }
}
