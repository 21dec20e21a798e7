//! Under which terms packages, files, datasets and models come, and what a policy says of it.

mod claim;
mod classifier;
mod expression;
mod names;
mod reconcile;
mod sources;
mod terms;
mod text;

pub use expression::{Expression, License, MAX_EXPRESSION, ParseExpressionError};
pub use terms::{Bundled, Confidence, Said, State, Terms};
pub use text::{MAX_TEXT, Remainder};
