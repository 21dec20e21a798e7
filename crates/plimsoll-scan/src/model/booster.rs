//! Boosted trees in the formats of their libraries, which hold numbers and names and run nothing.
//!
//! What is left to find is what does not belong there.

pub(crate) mod catboost;
pub(crate) mod lightgbm;
pub(crate) mod ubjson;
pub(crate) mod xgboost;
