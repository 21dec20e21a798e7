//! What monitors raised, and what followed.

use plimsoll_core::evidence::Part;
use plimsoll_core::monitoring::{Watched, WatchedLimit};
use plimsoll_core::{Day, Digest, Version};

use super::decisions::{self, anchor as anchor_of};
use super::watched::Yardstick;
use super::{Decided, Health, Look};
use crate::monitor::limit::with_ends;
use crate::monitor::report::{class, picture};
use crate::monitor::shown;

/// So many slices are shown, the worst.
const MOST_SLICES: usize = 4;

/// Looks at a version that saw the same: one breach, however often it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Alert<'h> {
    pub version: &'h Version,
    pub answer: Watched,
    since: Option<Day>,
    looks: Vec<&'h Look>,
}

impl<'h> Alert<'h> {
    /// Returns the alerts in the order in which they were raised.
    pub(super) fn of(looks: &'h [Look]) -> Vec<Self> {
        let mut alerts: Vec<Self> = Vec::new();
        for (place, look) in looks.iter().enumerate() {
            let monitoring = &look.monitoring;
            let version = &monitoring.version;
            if !matches!(monitoring.answer, Watched::Breach | Watched::Error) {
                continue;
            }
            let before = looks[..place].iter().rev();
            let before = before.map(|look| &look.monitoring).find(|of| of.version == *version);
            let goes_on = before.is_some_and(|before| {
                before.answer == monitoring.answer && before.since == monitoring.since
            });
            let open = alerts.iter_mut().rev().find(|alert| alert.version == version);
            match open.filter(|_| goes_on) {
                Some(open) => open.looks.push(look),
                None => alerts.push(Self {
                    version,
                    answer: monitoring.answer,
                    since: monitoring.since,
                    looks: vec![look],
                }),
            }
        }
        alerts
    }

    /// Tells whether `evidence` is one of its looks.
    pub(super) fn holds(&self, evidence: &Digest) -> bool {
        self.looks.iter().any(|look| look.evidence == *evidence)
    }

    /// Returns the first day that is in question: of the breach, else of the look.
    pub(super) fn day(&self) -> Option<Day> {
        self.since.or_else(|| self.looks.first().map(|look| Day::of(look.at)))
    }
}

/// Returns the alert that `evidence` belongs to, with its anchor on the page.
pub(super) fn find<'a, 'h>(
    alerts: &'a [Alert<'h>],
    evidence: &Digest,
) -> Option<(&'a Alert<'h>, String)> {
    let place = alerts.iter().position(|alert| alert.holds(evidence))?;
    Some((&alerts[place], format!("alert-{}", place + 1)))
}

/// An alert on the page.
pub(super) struct AlertCard {
    pub id: String,
    pub class: &'static str,
    pub title: String,
    pub seen: String,
    pub limits: Vec<LimitLine>,
    pub slices: Vec<SliceLine>,
    /// What was said, where no limit tells it.
    pub message: String,
    pub followed: Vec<Followed>,
}

/// A limit that was breached.
pub(super) struct LimitLine {
    pub name: String,
    pub value: String,
    pub picture: String,
    pub message: String,
}

/// A slice in the window of an alert.
pub(super) struct SliceLine {
    pub name: String,
    pub now: String,
    pub released: String,
}

/// Something that was done because of an alert.
pub(super) struct Followed {
    pub day: Day,
    pub class: &'static str,
    pub sign: &'static str,
    pub what: String,
    pub anchor: String,
}

impl AlertCard {
    pub(super) fn of_all(
        health: &Health,
        alerts: &[Alert<'_>],
        yardstick: Option<&Yardstick>,
    ) -> Vec<Self> {
        let cards = alerts.iter().enumerate().filter_map(|(place, alert)| {
            let last = alert.looks.last()?;
            let first = alert.looks.first()?;
            let name = health.name(alert.version);
            let title = match (alert.answer, alert.since) {
                (Watched::Breach, Some(since)) => format!("✗ {name} in breach since {since}"),
                (Watched::Breach, None) => format!("✗ {name} in breach"),
                _ => format!("! {name} could not be judged"),
            };
            let limits = Self::limits(last);
            let message =
                if limits.is_empty() { last.monitoring.message.clone() } else { String::new() };
            Some(Self {
                id: format!("alert-{}", place + 1),
                class: class(alert.answer),
                title,
                seen: seen(first, last, alert.looks.len()),
                limits,
                slices: yardstick.map(|by| Self::slices(last, by)).unwrap_or_default(),
                message,
                followed: Self::followed(health, alert),
            })
        });
        cards.collect()
    }

    fn limits(look: &Look) -> Vec<LimitLine> {
        let limits = look.monitoring.judged().map_or(&[][..], |window| &window.limits);
        let bad = limits.iter().filter(|limit| limit.outcome > Watched::Early);
        let line = |limit: &WatchedLimit| LimitLine {
            name: limit.watch.limit.to_string(),
            value: limit
                .value
                .map_or("no value".to_owned(), |value| with_ends(value, limit.interval.as_ref())),
            picture: picture(limit),
            message: limit.message.clone(),
        };
        bad.map(line).collect()
    }

    /// Returns all rows and the worst slices, now and at release.
    fn slices(look: &Look, by: &Yardstick) -> Vec<SliceLine> {
        let monitoring = &look.monitoring;
        let Some(window) = monitoring.judged() else { return Vec::new() };
        let slices = shown::slices(window, by.metric).into_iter().take(MOST_SLICES);
        if slices.len() == 0 {
            return Vec::new();
        }
        let parts = slices.map(|(name, part)| (Some(name), part));
        let parts = std::iter::once((None, &window.overall)).chain(parts);
        let value = |part: Option<&Part>| {
            let measured = part.and_then(|part| part.measured(by.metric));
            let value = measured
                .and_then(|measured| Some(with_ends(measured.value?, measured.interval.as_ref())));
            value.unwrap_or_else(|| "no value".to_owned())
        };
        let reference = &monitoring.reference;
        let line = |(name, part)| SliceLine {
            name: Option::map_or(name, "all rows".to_owned(), ToString::to_string),
            now: value(Some(part)),
            released: value(shown::part(&reference.overall, &reference.slices, name)),
        };
        parts.map(line).collect()
    }

    fn followed(health: &Health, alert: &Alert<'_>) -> Vec<Followed> {
        let decisions = health.decisions.iter().filter_map(|decision| {
            let retraining = decision.retraining.as_ref()?;
            if !alert.holds(&retraining.cause.evidence) {
                return None;
            }
            let (class, sign) = decisions::sign(&decision.decided);
            let with = super::settings(&retraining.set);
            let with = if with.is_empty() { with } else { format!(" with {with}") };
            let (what, anchor) = match &decision.decided {
                Decided::Refused { reason } => (format!("retraining refused: {reason}"), None),
                Decided::Invalid { run, .. } => {
                    (format!("retraining{with}: its data is not valid"), Some(run))
                }
                Decided::Judged { run, verdict } => {
                    let reasons = decisions::reasons(verdict);
                    let reasons = if reasons.is_empty() { "passed".to_owned() } else { reasons };
                    (format!("retraining{with}: {reasons}"), Some(run))
                }
            };
            let anchor = anchor.map(|run| anchor_of(*run)).unwrap_or_default();
            let day = Day::of(decision.at);
            Some((decision.at, Followed { day, class, sign, what, anchor }))
        });
        let released = health.versions.iter().filter_map(|version| {
            let cause = version.cause.as_ref()?;
            let what = format!("{} released", health.name(&version.version));
            let anchor = format!("version-{}", version.version);
            let day = Day::of(version.at);
            let followed = Followed { day, class: "pass", sign: "✓", what, anchor };
            alert.holds(&cause.evidence).then_some((version.at, followed))
        });
        let mut all: Vec<_> = decisions.chain(released).collect();
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, followed)| followed).collect()
    }
}

fn seen(first: &Look, last: &Look, looks: usize) -> String {
    let (from, to) = (Day::of(first.at), Day::of(last.at));
    let seen = if looks == 1 {
        format!("seen on {from}")
    } else {
        format!("seen {looks} times from {from} to {to}")
    };
    let window = last.monitoring.judged().map(|window| (window.from, window.to));
    window.map_or(seen.clone(), |(from, to)| format!("{seen} in {from} to {to}"))
}
