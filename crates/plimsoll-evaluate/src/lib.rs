//! From a model and a test set to evidence.
//!
//! Purpose: [`evaluate()`] gives metrics with intervals, slices, the comparison with a champion,
//! [leaks](leak) and plots; [`checks`] tries what metrics do not show, and [`weak`] searches for parts
//! on which a model is worse; [`contest`] compares two models; [`report`] shows them as HTML.
//! [`monitor`] does the same for what a served model answered, [`health`] shows what became of a
//! model, [`profile`] what a table holds, and [`drift`] how two tables differ. Deliberately absent:
//! verdicts, which `plimsoll-core` gives, and fetching: models and tables are there, and a runtime
//! is asked for.

mod asked;
mod baseline;
mod bins;
pub mod budget;
pub mod checks;
mod column;
pub mod contest;
mod cost;
mod data_checks;
mod demanded;
pub mod drift;
mod evaluate;
pub mod health;
pub mod leak;
mod loss;
mod measure;
pub mod monitor;
mod outcomes;
mod plots;
pub mod profile;
mod quantile;
pub mod report;
mod shallow;
mod slice;
mod truth;
pub mod weak;

pub use column::ColumnError;
pub use data_checks::personal_data;
pub use evaluate::{EvaluateError, LoadRuntime, ServeModel, Served, evaluate};
pub use outcomes::Outcomes;
pub use truth::TruthError;
