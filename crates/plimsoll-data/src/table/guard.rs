//! Libraries that panic at damaged files.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Whether a panic of this thread is caught by [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a library, which is known to panic at some damaged files (apache/arrow-rs#9742).
pub(super) fn guarded<T, E: From<&'static str>>(
    run: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let before = GUARDED.replace(true);
    // What was being read is dropped after a panic and never used again.
    let done = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(before);
    done.unwrap_or_else(|_| Err("it is damaged (the library that reads it gave up on it)".into()))
}

/// Keeps the panics of libraries at damaged files, which end in a finding, from being printed.
///
/// Every other panic is still told by the hook that was set before. A program calls this once, when
/// it starts.
pub fn hush_caught_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !GUARDED.get() {
            before(panic);
        }
    }));
}
