//! The real binary in a clean folder: what a person types and sees.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]

mod bad_input;
mod help;
mod pipeline;
mod sandbox;
mod story;
