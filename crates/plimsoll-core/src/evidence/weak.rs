//! Parts of the test set, searched for, on which a model is worse than on the rest.

use serde::{Deserialize, Serialize};

use super::Interval;

/// What a search for weak parts found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WeakParts {
    /// The loss of a row that was compared: `absolute error`, `wrong answers`, `log loss`.
    pub loss: String,
    /// How many parts were looked at; the p-values account for all of them.
    pub searched: u64,
    /// The fewest rows that a part of the search had.
    pub support: u64,
    /// The features that were searched.
    pub features: Vec<String>,
    /// How many parts were found.
    #[serde(default)]
    pub found: u64,
    /// What was found, the worst first, and only the most certain of it where that is much.
    pub parts: Vec<WeakPart>,
}

/// One weak part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WeakPart {
    /// Its conditions in words: `hr from 17 to 19, workingday in [1]`.
    pub condition: String,
    /// How many rows it has.
    pub rows: u64,
    /// The mean loss of its rows.
    pub loss: f64,
    /// The mean loss of its rows over that of all others.
    pub ratio: f64,
    /// The interval of the ratio.
    pub interval: Interval,
    /// The p-value after Benjamini-Hochberg over all parts of the search.
    pub p_adjusted: f64,
    /// Whether the ratio was measured on the rows that it was found on, and so flatters itself.
    pub optimistic: bool,
}
