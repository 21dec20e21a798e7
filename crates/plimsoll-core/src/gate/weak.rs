//! The parts of a test set that a search found, against how bad a part may be.

use super::{Against, Bound};
use crate::evidence::{WeakPart, WeakParts};
use crate::{Code, Finding, Severity, number};

/// A part of the test set is worse than the rest by more than is accepted.
pub const WEAK_PART: Code = Code::of("model.weak-part");

impl WeakParts {
    /// Returns a finding of severity `error` for each part that is worse than the rest by more than
    /// `worse_by` with its whole interval.
    pub fn beyond(&self, worse_by: f64) -> Vec<Finding> {
        let limit = 1.0 + worse_by;
        let found = self.parts.iter().filter(|part| against(part, limit) == Against::Beyond);
        found.map(|part| self.finding(part, limit)).collect()
    }

    /// Returns the parts of which the rows cannot tell whether they are.
    pub fn undecided(&self, worse_by: f64) -> impl Iterator<Item = &WeakPart> {
        let limit = 1.0 + worse_by;
        self.parts.iter().filter(move |part| against(part, limit) == Against::Inside)
    }

    /// Returns how many parts were found and are not among [`WeakParts::parts`].
    pub fn untold(&self) -> u64 {
        self.found.saturating_sub(self.parts.len() as u64)
    }

    fn finding(&self, part: &WeakPart, limit: f64) -> Finding {
        let message = format!(
            "where {}, the {} is {} times that of all other rows [{}, {}], on {} rows; at most {} accepted",
            part.condition,
            self.loss,
            number::show(part.ratio),
            number::show(part.interval.low),
            number::show(part.interval.high),
            part.rows,
            number::show(limit),
        );
        Finding {
            subject: Some(part.condition.clone()),
            limit: Some(limit),
            value: Some(part.ratio),
            next: Some(
                "look at the rows of the part: few of them in training, missing features, another meaning of a column"
                    .to_owned(),
            ),
            ..Finding::new(WEAK_PART, Severity::Error, message)
        }
    }
}

fn against(part: &WeakPart, limit: f64) -> Against {
    Bound::Max(limit).against([part.interval.low, part.interval.high])
}
