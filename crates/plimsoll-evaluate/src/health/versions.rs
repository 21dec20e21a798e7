//! The versions, the newest first.

use plimsoll_core::evidence::Compared;
use plimsoll_core::gate::{Bound, Demand, Verdict};
use plimsoll_core::{Day, number};

use super::alerts::{self, Alert};
use super::decisions::{anchor, cause};
use super::watched::Yardstick;
use super::{Decided, Health, ReleasedVersion};
use crate::monitor::limit::with_ends;
use crate::report::numbers::MetricRow;
use crate::report::range::{self, Range};

/// A version on the page.
pub(super) struct VersionRow {
    pub id: String,
    pub name: String,
    /// The class of its colour.
    pub colour: String,
    pub is_champion: bool,
    pub yanked: String,
    pub day: Day,
    pub bump: String,
    pub because: String,
    /// What led to it, with an anchor where that is on the page.
    pub cause: String,
    pub cause_anchor: String,
    pub value: String,
    pub picture: String,
    /// The gain over the champion, with its interval.
    pub gain: String,
    pub gain_picture: String,
    /// The verdict in words, with its anchor.
    pub verdict: String,
    pub anchor: String,
}

impl VersionRow {
    pub(super) fn of_all(
        health: &Health,
        alerts: &[Alert<'_>],
        yardstick: Option<&Yardstick>,
    ) -> Vec<Self> {
        let bound = yardstick.and_then(|by| limit(health, by));
        let measured = |version: &ReleasedVersion| {
            let evaluation = version.evaluation.as_ref()?;
            yardstick?.measured(&evaluation.overall, &evaluation.slices).cloned()
        };
        let all: Vec<_> = health.versions.iter().filter_map(measured).collect();
        let ends = all.iter().flat_map(|measured| {
            let ends = measured.interval.iter().flat_map(|ends| [ends.low, ends.high]);
            ends.chain(measured.value)
        });
        // All pictures have one axis, so that versions can be compared.
        let axis = range::axis(ends.chain(bound.map(Bound::limit)));
        let row = |(place, version): (usize, &ReleasedVersion)| {
            let measured = measured(version);
            let value = measured.as_ref().and_then(|measured| measured.value);
            let interval = measured.as_ref().and_then(|measured| measured.interval.as_ref());
            let bounds: Vec<Bound> = bound.into_iter().collect();
            let range = value.map(|value| Range { value, interval, bounds: &bounds, guide: None });
            let verdict = verdict(health, version);
            let gain = gain(version, verdict, yardstick);
            let cause_of = version.cause.as_ref();
            let found = cause_of.and_then(|cause| alerts::find(alerts, &cause.evidence));
            let (cause, cause_anchor) = match (found, cause_of) {
                (Some((alert, anchor)), _) => (cause(alert, health), anchor),
                (None, Some(cause)) => (cause.summary.clone(), String::new()),
                (None, None) => ("asked for by a person".to_owned(), String::new()),
            };
            let yanked = version.yanked.as_ref();
            Self {
                id: format!("version-{}", version.version),
                name: health.name(&version.version),
                colour: colour(place),
                is_champion: health.champion.as_ref() == Some(&version.version),
                yanked: yanked.map(|by| format!("{} ({})", by.who, by.why)).unwrap_or_default(),
                day: Day::of(version.at),
                bump: version.bump.to_string(),
                because: version.because.clone(),
                cause,
                cause_anchor,
                value: value.map(|value| with_ends(value, interval)).unwrap_or_default(),
                picture: range.map(|range| range.draw(&axis, number::show)).unwrap_or_default(),
                gain: gain.as_ref().map(in_words).unwrap_or_default(),
                gain_picture: gain.map(|row| row.picture).unwrap_or_default(),
                verdict: verdict.map(Verdict::holding).unwrap_or_default(),
                anchor: anchor(version.run),
            }
        };
        health.versions.iter().enumerate().rev().map(row).collect()
    }
}

fn in_words(gain: &MetricRow) -> String {
    format!("{} {} {}", gain.name, gain.value, gain.interval).trim_end().to_owned()
}

/// Returns the class of the colour of the version at `place`.
pub(super) fn colour(place: usize) -> String {
    format!("s{}", place % 4)
}

/// Returns the limit that the monitor held the newest window against.
fn limit(health: &Health, by: &Yardstick) -> Option<Bound> {
    let windows = health.looks.iter().rev().filter_map(|look| look.monitoring.judged());
    windows.into_iter().find_map(|window| by.bound(window))
}

fn verdict<'h>(health: &'h Health, version: &ReleasedVersion) -> Option<&'h Verdict> {
    health.decisions.iter().find_map(|decision| match &decision.decided {
        Decided::Judged { run, verdict } if *run == version.run => Some(&**verdict),
        _ => None,
    })
}

/// Returns the gain by the metric that the gate demanded one in, else by the yardstick.
fn gain(
    version: &ReleasedVersion,
    verdict: Option<&Verdict>,
    yardstick: Option<&Yardstick>,
) -> Option<MetricRow> {
    let compared: &[Compared] = &version.evaluation.as_ref()?.comparison.as_ref()?.metrics;
    let demanded = verdict.into_iter().flat_map(|verdict| &verdict.rules);
    let demanded = demanded.filter_map(|judged| match &judged.rule.demand {
        Demand::Beats { metric, by } => Some((*metric, Some(Bound::Min(*by)))),
        _ => None,
    });
    let yardstick = yardstick.map(|by| (by.metric, None));
    let (metric, least) = demanded.chain(yardstick).next()?;
    let compared = compared.iter().find(|compared| compared.metric == metric)?;
    let least: Vec<Bound> = least.into_iter().collect();
    Some(MetricRow::of_gain(compared, &least))
}
