//! Libraries that panic at damaged files.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a library, which is known to panic at some damaged files (apache/arrow-rs#9742).
pub(super) fn guarded<T, E: From<&'static str>>(
    run: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    // What was being read is dropped after a panic and never used again.
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("it is damaged (the library that reads it gave up on it)".into()))
}
