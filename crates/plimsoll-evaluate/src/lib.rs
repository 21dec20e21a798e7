//! From a model and a test set to evidence.
//!
//! Purpose: metrics with intervals ([`measure`]), slices, the comparison with a champion, leaks,
//! plots and the HTML [`report`]. Deliberately absent: verdicts, which `plimsoll-core` gives, and
//! fetching: models and tables come in opened.

mod baseline;
mod column;
pub mod leak;
mod measure;
mod outcomes;
mod plots;
pub mod report;
mod slice;

pub use column::ColumnError;
pub use outcomes::Outcomes;
