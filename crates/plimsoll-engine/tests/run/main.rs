//! Whole runs: real commands, real folders, real kills.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod begin;
mod fake;
mod hostile;
mod interrupted;
mod retrain;
mod sandbox;
mod speed;
mod together;
mod whole;
