//! Into which cell of a comparison each row falls.

use std::collections::{HashMap, HashSet};

use super::cell::Seen;
use crate::profile::texts::measured;
use crate::profile::{Kind, Unit};
use crate::sketch::hash;

const MICROS_PER_HOUR: i64 = 3_600_000_000;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// How the rows of a column fall into cells, which are numbered from 0.
#[derive(Clone, Debug)]
pub(super) enum Slots {
    /// 0 without a value, else 1 and how many of these ascending numbers are below it.
    Numbers { kind: Kind, cuts: Vec<f64> },
    /// The same of lengths of texts.
    Lengths { cuts: Vec<f64> },
    /// 1 without a value of the kind.
    Missing { kind: Kind },
    /// 1 below the first of these numbers, 2 above the second.
    Tails { kind: Kind, limits: [f64; 2] },
    /// The cell of each value by the hash of its name, of what is nothing, of every other value.
    Values { of: HashMap<u64, u16>, missing: u16, other: u16, count: u16 },
    /// 1 of values that are not among these hashes.
    Unseen { known: HashSet<u64> },
    /// By the hour of the day from 0 on; 24 without a value.
    Hours,
    /// By the day of the week from Monday on; 7 without a value.
    Weekdays { kind: Kind },
    /// By which classes of characters a text has: each of 64 ways, the last without a text.
    Characters { of: Vec<u16>, count: u16 },
    /// By what a cell was read as: nothing, number, flag, day, moment, text.
    Forms,
}

impl Slots {
    /// Returns how many cells there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Numbers { cuts, .. } | Self::Lengths { cuts } => cuts.len() + 2,
            Self::Missing { .. } | Self::Unseen { .. } => 2,
            Self::Tails { .. } => 3,
            Self::Values { count, .. } | Self::Characters { count, .. } => usize::from(*count),
            Self::Hours => 25,
            Self::Weekdays { .. } => 8,
            Self::Forms => 6,
        }
    }

    /// Tells whether a share is one of rows up to a cell, not in it.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Numbers { .. } | Self::Lengths { .. })
    }

    /// Returns the cell of a row.
    pub(super) fn of(&self, seen: Seen<'_>) -> u16 {
        match self {
            Self::Numbers { kind, cuts } => {
                number(*kind, seen).map_or(0, |number| 1 + below(cuts, number))
            }
            Self::Lengths { cuts } => length(seen).map_or(0, |length| 1 + below(cuts, length)),
            Self::Missing { kind } => u16::from(!is_of(*kind, seen)),
            Self::Tails { kind, limits: [low, high] } => match number(*kind, seen) {
                Some(number) if number < *low => 1,
                Some(number) if number > *high => 2,
                _ => 0,
            },
            Self::Values { of, missing, other, .. } => match named(seen) {
                Some(name) => of.get(&name).copied().unwrap_or(*other),
                None => *missing,
            },
            Self::Unseen { known } => {
                u16::from(named(seen).is_some_and(|name| !known.contains(&name)))
            }
            Self::Hours => match seen {
                Seen::Moment(micros) => small(micros.rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR),
                _ => 24,
            },
            Self::Weekdays { kind } => {
                day(*kind, seen).map_or(7, |day| small((day + 3).rem_euclid(7)))
            }
            Self::Characters { of, .. } => {
                let way = match seen {
                    Seen::Text(text) => usize::from(measured(text).1),
                    _ => of.len() - 1,
                };
                of[way]
            }
            Self::Forms => match seen {
                Seen::Nothing => 0,
                Seen::Number(_) => 1,
                Seen::Flag(_) => 2,
                Seen::Day(_) => 3,
                Seen::Moment(_) => 4,
                Seen::Text(_) => 5,
            },
        }
    }
}

/// Returns the number that a row is in a column of this kind.
#[expect(clippy::cast_precision_loss, reason = "microseconds of the year 2255 are exact")]
pub(super) fn number(kind: Kind, seen: Seen<'_>) -> Option<f64> {
    match (kind, seen) {
        (Kind::Integer | Kind::Number | Kind::Identifier, Seen::Number(number)) => Some(number),
        (Kind::Date, Seen::Day(day)) => Some(day as f64),
        (Kind::Timestamp, Seen::Moment(micros)) => Some(micros as f64),
        (Kind::Boolean, Seen::Flag(flag)) => Some(f64::from(u8::from(flag))),
        _ => None,
    }
}

/// Returns the hash of a row's name among the values of a column; none of nothing.
pub(super) fn named(seen: Seen<'_>) -> Option<u64> {
    let of = |name: &str| Some(hash::of_bytes(name.as_bytes()));
    match seen {
        Seen::Nothing => None,
        Seen::Text(text) => of(text),
        Seen::Number(number) => of(&number.to_string()),
        Seen::Flag(flag) => of(if flag { "true" } else { "false" }),
        Seen::Day(day) => of(&Unit::Day.written(day)),
        Seen::Moment(micros) => of(&Unit::Microsecond.written(micros)),
    }
}

/// Returns the day of a row, counted from 1970-01-01.
pub(super) fn day(kind: Kind, seen: Seen<'_>) -> Option<i64> {
    match (kind, seen) {
        (Kind::Date, Seen::Day(day)) => Some(day),
        (Kind::Timestamp, Seen::Moment(micros)) => Some(micros.div_euclid(MICROS_PER_DAY)),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
fn length(seen: Seen<'_>) -> Option<f64> {
    match seen {
        Seen::Text(text) => Some(measured(text).0 as f64),
        _ => None,
    }
}

fn is_of(kind: Kind, seen: Seen<'_>) -> bool {
    match kind {
        Kind::Integer | Kind::Number => matches!(seen, Seen::Number(_)),
        Kind::Boolean => matches!(seen, Seen::Flag(_)),
        Kind::Date => matches!(seen, Seen::Day(_)),
        Kind::Timestamp => matches!(seen, Seen::Moment(_)),
        Kind::Text | Kind::Json => matches!(seen, Seen::Text(_)),
        Kind::Category | Kind::Identifier | Kind::Mixed | Kind::Empty => seen != Seen::Nothing,
    }
}

fn below(cuts: &[f64], number: f64) -> u16 {
    u16::try_from(cuts.partition_point(|cut| *cut < number)).unwrap_or(u16::MAX - 1)
}

fn small(number: i64) -> u16 {
    u16::try_from(number).unwrap_or_default()
}
