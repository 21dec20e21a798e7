//! What monitors measured, and the metric that tells how a model is.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Measured, Metric, Part};
use plimsoll_core::gate::Bound;
use plimsoll_core::monitoring::{DayServed, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{SliceName, Version};

use super::{Health, Look};
use crate::monitor::shown;

/// Something that was measured of a version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'h, T> {
    pub version: &'h Version,
    pub of: &'h T,
}

/// Returns every window once, as it was looked at last, in the order of their last days.
pub(super) fn windows(looks: &[Look]) -> Vec<Seen<'_, Window>> {
    let mut last = BTreeMap::new();
    for monitoring in looks.iter().map(|look| &look.monitoring) {
        for window in &monitoring.windows {
            last.insert((window.to, window.from, &monitoring.version), window);
        }
    }
    last.into_iter().map(|((_, _, version), of)| Seen { version, of }).collect()
}

/// Returns every day of every version once, as it was looked at last, version by version.
pub(super) fn days(looks: &[Look]) -> Vec<Seen<'_, DayServed>> {
    let mut last = BTreeMap::new();
    for monitoring in looks.iter().map(|look| &look.monitoring) {
        for day in &monitoring.days {
            last.insert((&monitoring.version, day.day), day);
        }
    }
    last.into_iter().map(|((version, _), of)| Seen { version, of }).collect()
}

/// The metric of the first limit, of all rows or of a slice.
#[derive(Clone, Debug)]
pub(super) struct Yardstick {
    pub metric: Metric,
    pub slice: Option<SliceName>,
}

impl Yardstick {
    /// Returns that of the newest look; where nobody looked, the first metric of the newest version.
    pub(super) fn of(health: &Health) -> Option<Self> {
        if let Some(look) = health.looks.last() {
            let (metric, slice) = shown::judged_metric(&look.monitoring)?;
            return Some(Self { metric, slice: slice.cloned() });
        }
        let newest =
            health.versions.iter().rev().find_map(|version| version.evaluation.as_ref())?;
        let metric = Metric::usual(newest.task).next()?;
        Some(Self { metric, slice: None })
    }

    pub(super) fn label(&self) -> String {
        let on = self.slice.as_ref().map(|slice| format!(" on {slice}")).unwrap_or_default();
        format!("{}{on}", self.metric.label())
    }

    /// Returns what was measured of it.
    pub(super) fn measured<'p>(
        &self,
        overall: &'p Part,
        slices: &'p BTreeMap<SliceName, Part>,
    ) -> Option<&'p Measured> {
        shown::part(overall, slices, self.slice.as_ref())?.measured(self.metric)
    }

    /// Returns the limit that a window was held against.
    pub(super) fn bound(&self, window: &Window) -> Option<Bound> {
        window.limits.iter().find_map(|limit| match &limit.watch.limit {
            Limit::Metric { metric, bound, slice }
                if *metric == self.metric && *slice == self.slice =>
            {
                Some(*bound)
            }
            _ => None,
        })
    }
}
