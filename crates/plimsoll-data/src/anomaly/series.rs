//! Points of a series that are far from what is usual at their hour of the week.

use std::collections::BTreeMap;

use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::series::{Episode, MIN_WEEKS, Point, episodes, judge};
use serde::{Deserialize, Serialize};

use crate::example::{Place, grouped, rows_in_words, shown};
use crate::integrity::facts::TimeKind;
use crate::integrity::frame::{Answer, Examine, Subject, about, seen_at};
use crate::integrity::say;
use crate::leakage::moment;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// How many hours are held: two hundred years.
const MOST_HOURS: usize = 1_800_000;

/// How many episodes a message shows.
const SHOWN: usize = 5;

/// Looks for points of a series that are far from what is usual at their hour of the week, or on
/// their weekday where there is one point a day.
///
/// Rows of one hour are one point, their mean. Each week is judged by the 4 to 26 weeks before it
/// ([`plimsoll_stats::series`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SeriesAnomalies {
    /// How much a finding weighs.
    pub severity: Severity,
    /// How many false alarms are accepted in 30 days.
    pub monthly_false_alarms: f64,
}

impl Default for SeriesAnomalies {
    fn default() -> Self {
        Self { severity: Severity::Warning, monthly_false_alarms: 0.2 }
    }
}

/// The values of a column over time, hour by hour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hours {
    hours: BTreeMap<i64, Hour>,
    /// Rows that lie in more hours than are held.
    beyond: u64,
}

#[derive(Clone, Debug)]
struct Hour {
    sum: f64,
    rows: u64,
    first: Place,
}

impl Hours {
    /// Takes in a value at a moment, in microseconds.
    pub(crate) fn add(&mut self, micros: i64, value: f64, place: impl FnOnce() -> Place) {
        let at = micros.div_euclid(HOUR);
        if let Some(hour) = self.hours.get_mut(&at) {
            hour.sum += value;
            hour.rows += 1;
        } else if self.hours.len() < MOST_HOURS {
            self.hours.insert(at, Hour { sum: value, rows: 1, first: place() });
        } else {
            self.beyond += 1;
        }
    }

    /// Returns the points at equal distances, or why there are none.
    fn grid(&self) -> Result<Grid<'_>, String> {
        let (Some((first, _)), Some((last, _))) =
            (self.hours.first_key_value(), self.hours.last_key_value())
        else {
            return Err("it has no values with a time".to_owned());
        };
        if self.beyond > 0 {
            return Err(format!("it reaches over more than {} hours", grouped(MOST_HOURS as u64)));
        }
        let is_daily = self.hours.keys().all(|hour| hour.rem_euclid(24) == first.rem_euclid(24));
        let (step, week) = if is_daily { (24, 7) } else { (1, 168) };
        let count = usize::try_from((last - first) / step + 1).unwrap_or(usize::MAX);
        if count > MOST_HOURS || 2 * self.hours.len() < count {
            let every = if is_daily { "days" } else { "hours" };
            return Err(format!("it has values in fewer than half of its {every}"));
        }
        let at = |point: usize| first + step * point.cast_signed() as i64;
        let hours: Vec<Option<&Hour>> =
            (0..count).map(|point| self.hours.get(&at(point))).collect();
        Ok(Grid { hours, first: *first, step, week })
    }
}

/// Points at equal distances.
struct Grid<'a> {
    hours: Vec<Option<&'a Hour>>,
    first: i64,
    /// How many hours a point is.
    step: i64,
    week: usize,
}

impl Grid<'_> {
    fn values(&self) -> Vec<Option<f64>> {
        self.hours.iter().map(|hour| hour.map(|hour| hour.sum / hour.rows as f64)).collect()
    }

    fn when(&self, point: usize) -> String {
        let micros = (self.first + self.step * point.cast_signed() as i64) * HOUR;
        moment(
            TimeKind::Moment,
            (if self.step == 24 { micros.div_euclid(DAY) * DAY } else { micros }) as f64,
        )
    }
}

impl Examine for SeriesAnomalies {
    const CODE: Code = Code::of("anomaly.series");

    fn examine(&self, subject: Subject<'_>) -> Answer {
        let facts = subject.facts;
        let series = match facts.layout.series.get() {
            Ok(series) => series,
            Err(absent) => return absent.answer("no series is named"),
        };
        match facts.layout.time.get() {
            Ok(_) => {}
            Err(absent) => {
                return match absent.answer("a series needs a time") {
                    Answer::Idle(reason) => Answer::Unable(reason),
                    other => other,
                };
            }
        }
        if facts.time.kind != Some(TimeKind::Moment) {
            return Answer::Unable("the time of a series is no date".to_owned());
        }
        if let Some(unread) = facts.time.unread.count() {
            let rows = rows_in_words(unread.get());
            return Answer::Unable(format!("the time does not say when in {rows}"));
        }
        let (mut findings, mut judged, mut learning) = (Vec::new(), 0, 0);
        for (at, hours) in series.iter().zip(&facts.series) {
            let name = facts.columns.get(*at).map_or("", |column| &column.name);
            let grid = match hours.grid() {
                Ok(grid) => grid,
                Err(reason) => {
                    return Answer::Unable(format!("series `{}`: {reason}", shown(name)));
                }
            };
            let values = grid.values();
            let points = match judge(&values, grid.week, self.monthly_false_alarms) {
                Ok(points) => points,
                Err(error) => {
                    return Answer::Unable(format!("series `{}`: {error}", shown(name)));
                }
            };
            let count = |wanted: fn(&Point) -> bool| {
                points.iter().filter(|point| wanted(point)).count() as u64
            };
            judged += count(|point| matches!(point, Point::Judged { .. }));
            learning += count(|point| *point == Point::Learning);
            let episodes = episodes(&points);
            if !episodes.is_empty() {
                findings.push(self.finding(name, &grid, &values, &points, &episodes));
            }
        }
        if judged == 0 {
            return Answer::Idle(format!("learning: {MIN_WEEKS} weeks with values are needed"));
        }
        let says = format!(
            "{} points of {} judged, {} learned from",
            grouped(judged),
            say::columns(series.len()),
            grouped(learning)
        );
        Answer::Looked { says, findings }
    }
}

impl SeriesAnomalies {
    fn finding(
        &self,
        name: &str,
        grid: &Grid<'_>,
        values: &[Option<f64>],
        points: &[Point],
        episodes: &[Episode],
    ) -> Finding {
        let said = episodes.iter().take(SHOWN).map(|episode| {
            let first = episode.first;
            let (value, expected, threshold) = match (values[first], points[first]) {
                (Some(value), Point::Judged { expected, threshold, .. }) => {
                    (value, expected, threshold)
                }
                _ => (f64::NAN, f64::NAN, f64::NAN),
            };
            format!(
                "{}: {}, {} ± {} expected",
                grid.when(first),
                number::show(value),
                number::show(expected),
                number::show(threshold),
            )
        });
        let said = said.collect::<Vec<_>>().join("; ");
        let more = episodes.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let alarms: usize = episodes.iter().map(|episode| episode.alarms).sum();
        let judged = points.iter().filter(|point| matches!(point, Point::Judged { .. })).count();
        let message = format!(
            "series `{}` is far from what is usual in {} of {} points, {} episode{}: {said}{more}",
            shown(name),
            grouped(alarms as u64),
            grouped(judged as u64),
            episodes.len(),
            if episodes.len() == 1 { "" } else { "s" },
        );
        let mut finding = about(Self::CODE, self.severity, name, message);
        finding.value = Some(alarms as f64);
        let months = judged as f64 / (grid.week as f64 * 30.0 / 7.0);
        finding.limit = Some(self.monthly_false_alarms * months);
        let place = grid.hours[episodes[0].first].map(|hour| &hour.first);
        seen_at(finding, place)
    }
}
