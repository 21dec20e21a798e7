//! What the default of drift does on data with known answers.
//!
//! Seeds are fixed. The distributions are others than those by which the rules were chosen
//! (`specs/statistics.md` 10). The short runs are tests like others; the long ones print the tables
//! of `docs/src/concepts/drift.md`:
//!
//! `cargo test --release -p plimsoll-stats --test drift -- --ignored --nocapture --test-threads 1`

#![expect(clippy::unwrap_used, reason = "a test may end in a panic")]
#![expect(clippy::print_stdout, reason = "the tables are for the documentation")]
#![expect(clippy::cast_precision_loss, reason = "counts are small")]

mod blocks;
mod dice;
mod false_alarms;
mod flips;
mod order;
mod table;
