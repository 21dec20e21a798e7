//! How a run ended.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::{Evaluation, Validation};
use plimsoll_core::gate::Verdict;
use plimsoll_core::ports::Damaged;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, StepName};

use super::Beginning;

/// A run that ended.
#[derive(Debug)]
pub struct RunOutcome {
    /// Everything that its log says.
    pub record: RunRecord,
    /// How it ended.
    pub end: RunEnd,
    /// Whether it had been begun by another process.
    pub beginning: Beginning,
    /// What was found wrong with datasets, of those that are not valid.
    pub invalid: BTreeMap<DatasetName, Validation>,
    /// The evaluation.
    pub evaluation: Option<Evaluation>,
    /// The verdict, where the run was judged.
    pub verdict: Option<Verdict>,
    /// The folders of failed steps, kept to be looked at.
    pub kept: BTreeMap<StepName, PathBuf>,
    /// Objects of the own store that turned out to be damaged.
    pub damaged: Vec<Damaged>,
}
