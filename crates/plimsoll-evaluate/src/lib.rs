//! From a model and a test set to evidence.
//!
//! Purpose: [`evaluate()`] gives metrics with intervals, slices, the comparison with a champion,
//! [leaks](leak) and plots; [`report`] shows them as HTML. [`monitor`] does the same for what a
//! served model answered, and [`health`] shows what became of a model. Deliberately absent:
//! verdicts, which `plimsoll-core` gives, and fetching: models and tables are there, and a runtime
//! is asked for.

mod baseline;
mod column;
mod evaluate;
pub mod health;
pub mod leak;
mod measure;
pub mod monitor;
mod outcomes;
mod plots;
pub mod report;
mod slice;
mod truth;

pub use column::ColumnError;
pub use evaluate::{EvaluateError, LoadRuntime, evaluate};
pub use outcomes::Outcomes;
pub use truth::TruthError;
