//! How to compare.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use plimsoll_stats::drift::decide::Limits;

use super::method::Rule;

/// How p-values of blocks are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tested {
    /// By formulas, with the variance between blocks.
    #[default]
    ByFormula,
    /// By exchanging whole blocks between the sides.
    Permuted,
}

/// How to compare.
#[derive(Clone, Debug)]
pub struct Options {
    /// The smallest effects that matter, and the level.
    pub limits: Limits,
    /// The column of which rows with one value belong together, of time stamps rows of one day;
    /// absent for that of a stored profile, if it has one.
    pub block: Option<String>,
    /// How p-values of blocks are computed.
    pub tested: Tested,
    /// The columns to compare; absent for all of them.
    pub columns: Option<Vec<String>>,
    /// The column that a model is to predict.
    pub target: Option<String>,
    /// The methods by which shapes are judged instead, each where it applies.
    pub methods: Vec<Rule>,
    /// The same of single columns.
    pub of_columns: BTreeMap<String, Rule>,
    /// Whether all columns are looked at together as well.
    pub together: bool,
    /// How many threads may work; the answer is the same with any number.
    pub threads: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            block: None,
            tested: Tested::default(),
            columns: None,
            target: None,
            methods: Vec::new(),
            of_columns: BTreeMap::new(),
            together: false,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl Options {
    /// Returns into how many parts numbers are put to see how their blocks differ.
    pub(super) fn grid(&self) -> u64 {
        match self.tested {
            Tested::ByFormula => 15,
            // Distances are computed on these alone.
            Tested::Permuted => 63,
        }
    }
}
