//! Measured numbers as rows of a table.

use plimsoll_core::evidence::{Compared, Interval, Measured};
use plimsoll_core::gate::Bound;
use plimsoll_core::number;

use super::range::Range;

/// A metric, or by how much it is better than the champion's.
pub(crate) struct MetricRow {
    pub name: &'static str,
    pub value: String,
    pub interval: String,
    pub method: String,
    pub baseline: String,
    pub note: String,
    pub picture: String,
}

impl MetricRow {
    pub(crate) fn of(measured: &Measured, baseline: String) -> Self {
        let interval = measured.interval.as_ref();
        Self {
            name: measured.metric.label(),
            value: value(measured.value),
            interval: ends(interval, number::show),
            method: method(interval),
            baseline,
            note: note(measured.reason.as_ref(), interval),
            picture: String::new(),
        }
    }

    /// `least` are the gains that rules demand.
    pub(crate) fn of_gain(compared: &Compared, least: &[Bound]) -> Self {
        let show = compared.metric.gain_format();
        let interval = compared.interval.as_ref();
        let picture = compared.gain.map(|value| {
            let range = Range { value, interval, bounds: least, guide: Some(0.0) };
            range.draw(&range.axis(), show)
        });
        Self {
            name: compared.metric.label(),
            value: compared.gain.map_or("no value".to_owned(), show),
            interval: ends(interval, show),
            method: method(interval),
            baseline: format!("{} → {}", value(compared.champion), value(compared.challenger)),
            note: note(compared.reason.as_ref(), interval),
            picture: picture.unwrap_or_default(),
        }
    }
}

fn value(value: Option<f64>) -> String {
    value.map_or("no value".to_owned(), number::show)
}

pub(super) fn ends(interval: Option<&Interval>, show: fn(f64) -> String) -> String {
    interval.map(|ends| format!("[{}, {}]", show(ends.low), show(ends.high))).unwrap_or_default()
}

fn method(interval: Option<&Interval>) -> String {
    interval.map(|ends| format!("{}, {}", ends.level_in_words(), ends.method)).unwrap_or_default()
}

fn note(reason: Option<&String>, interval: Option<&Interval>) -> String {
    let approximate = interval.and_then(|interval| interval.approximate.as_ref());
    let approximate = approximate.map(|why| format!("approximate: {why}"));
    reason.into_iter().cloned().chain(approximate).collect::<Vec<_>>().join("; ")
}
