//! One self-contained HTML page about a model: its health record.
//!
//! Everything that was measured, decided and done, from what is stored. No script, no request to
//! anywhere, as the page about a run.

mod alerts;
mod chart;
mod decisions;
mod headline;
mod lanes;
mod scene;
mod sums;
mod versions;
mod watched;

use std::collections::BTreeMap;

use askama::Template;
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::{Bump, Cause, Yanked};
use plimsoll_core::monitoring::Monitoring;
use plimsoll_core::{Day, Digest, Finding, ModelName, RunId, Timestamp, Version};
use serde_json::Value;

use crate::report::ReportError;
use alerts::{Alert, AlertCard};
use chart::Picture;
use decisions::DecisionRow;
use headline::Headline;
use sums::{Fact, Sums};
use versions::VersionRow;
use watched::Yardstick;

/// Everything that the page shows, each list the oldest first.
#[derive(Clone, Debug)]
pub struct Health {
    /// The model.
    pub model: ModelName,
    /// The version that is served; `None` while none is.
    pub champion: Option<Version>,
    /// Every version.
    pub versions: Vec<ReleasedVersion>,
    /// Every change of the champion.
    pub moves: Vec<Move>,
    /// Every look of a monitor.
    pub looks: Vec<Look>,
    /// Everything that asked to become a version.
    pub decisions: Vec<Decision>,
    /// Everything that happened.
    pub entries: Vec<Entry>,
}

/// A version as it was released.
#[derive(Clone, Debug)]
pub struct ReleasedVersion {
    /// When.
    pub at: Timestamp,
    /// Its name and number.
    pub version: Version,
    /// What the number follows from.
    pub bump: Bump,
    /// The same in words.
    pub because: String,
    /// The run that made it.
    pub run: RunId,
    /// What made somebody train it.
    pub cause: Option<Cause>,
    /// Who took it back.
    pub yanked: Option<Yanked>,
    /// What it was released on.
    pub evaluation: Option<Evaluation>,
}

/// Another version became the champion.
#[derive(Clone, Debug)]
pub struct Move {
    /// When.
    pub at: Timestamp,
    /// Which was it before; `None` for none.
    pub from: Option<Version>,
    /// Which is it now; `None` for none.
    pub to: Option<Version>,
}

/// A monitor looked at a version.
#[derive(Clone, Debug)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The digest that the monitoring is stored under.
    pub evidence: Digest,
    /// What it saw.
    pub monitoring: Monitoring,
}

/// Something asked to become a version.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// What sets it apart from a run that a person asked for.
    pub retraining: Option<Retrained>,
    /// What was decided.
    pub decided: Decided,
}

/// Why and with what a model was to be trained again.
#[derive(Clone, Debug)]
pub struct Retrained {
    /// What led to it.
    pub cause: Cause,
    /// The parameters that differ from the committed ones, by dotted name.
    pub set: BTreeMap<String, Value>,
}

/// What was decided of something that asked to become a version.
#[derive(Clone, Debug)]
pub enum Decided {
    /// The gate judged it.
    Judged {
        /// The run.
        run: RunId,
        /// The verdict.
        verdict: Box<Verdict>,
    },
    /// Its data was not valid, so no step ran.
    Invalid {
        /// The run.
        run: RunId,
        /// What was wrong.
        findings: Vec<Finding>,
    },
    /// It was refused before it ran.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: String,
    /// Whether it is well.
    pub tone: Tone,
    /// What it is about.
    pub subject: String,
    /// What happened, in words.
    pub what: String,
    /// Who did it, where somebody did.
    pub who: Option<String>,
}

/// Whether something is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is.
    Good,
    /// It is neither.
    Plain,
    /// It is not.
    Bad,
}

/// Returns the page.
pub fn html(health: &Health) -> Result<String, ReportError> {
    Ok(Page::of(health).render()?)
}

#[derive(Template)]
#[template(path = "health.html")]
struct Page<'h> {
    of: &'h Health,
    headline: Headline,
    picture: Option<Picture>,
    facts: Vec<Fact>,
    versions: Vec<VersionRow>,
    /// The metric that versions are compared by.
    metric: String,
    alerts: Vec<AlertCard>,
    decisions: Vec<DecisionRow>,
    entries: Vec<EntryRow<'h>>,
}

struct EntryRow<'h> {
    of: &'h Entry,
    when: String,
    class: &'static str,
    sign: &'static str,
}

impl<'h> Page<'h> {
    fn of(health: &'h Health) -> Self {
        let yardstick = Yardstick::of(health);
        let alerts = Alert::of(&health.looks);
        let metric = yardstick.as_ref().map_or("error".to_owned(), Yardstick::label);
        Self {
            of: health,
            headline: Headline::of(health),
            picture: yardstick.as_ref().and_then(|yardstick| Picture::of(health, yardstick)),
            facts: Sums::of(health, &alerts).facts(),
            versions: VersionRow::of_all(health, &alerts, yardstick.as_ref()),
            metric,
            alerts: AlertCard::of_all(health, &alerts, yardstick.as_ref()),
            decisions: DecisionRow::of_all(health, &alerts),
            entries: health.entries.iter().map(EntryRow::of).collect(),
        }
    }
}

impl<'h> EntryRow<'h> {
    fn of(entry: &'h Entry) -> Self {
        let (class, sign) = match entry.tone {
            Tone::Good => ("pass", "✓"),
            Tone::Plain => ("none", "·"),
            Tone::Bad => ("block", "✗"),
        };
        Self { of: entry, when: moment(entry.at), class, sign }
    }
}

impl Health {
    /// Returns what a version is called where the model is known.
    fn name(&self, version: &Version) -> String {
        let variant = &version.variant;
        match &variant.name {
            None if variant.model == self.model => version.number.to_string(),
            _ => version.to_string(),
        }
    }
}

/// Returns the minute of a moment in UTC.
fn moment(at: Timestamp) -> String {
    let minute = at.as_millis().div_euclid(60_000).rem_euclid(24 * 60);
    format!("{} {:02}:{:02}", Day::of(at), minute / 60, minute % 60)
}

/// Returns parameters as they are set on a command line.
fn settings(set: &BTreeMap<String, Value>) -> String {
    let one = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    set.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
