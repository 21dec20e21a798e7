//! Integers and numbers of each row.

use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowNativeType, DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};

use super::Rows;
use super::nodes::{Arithmetic, Bools, Doubles, Ints, Part, Strings};
use super::vector::{Failure, Failures, Lane, Texts, Values, both};
use crate::calendar::{MICROS_PER_DAY, civil};

impl Ints {
    pub(super) fn of(&self, rows: &Rows<'_>) -> Lane<i64> {
        match self {
            Self::Column(place) => integers(&rows.columns[*place]),
            Self::Days(place) => {
                let days = Lane::<i32>::column::<Date32Type>(&rows.columns[*place]);
                days.map(|day| i64::from(day) * MICROS_PER_DAY)
            }
            Self::Constant(value) => Lane::constant(*value),
            Self::Now => match rows.now {
                Some(now) => Lane::constant(now),
                None => Lane::failed(&Failure::NoClock, 0, rows.count),
            },
            Self::Arithmetic(by, one, other) => {
                whole(*by, one.of(rows), other.of(rows), rows.count)
            }
            Self::Negate(of) => {
                let of = of.of(rows);
                of.fail_where(rows.count, &Failure::Overflow, |value| value == i64::MIN)
                    .map(i64::wrapping_neg)
            }
            Self::If(condition, yes, no) => choose(condition, &yes.of(rows), &no.of(rows), rows),
            Self::Size(of) => {
                let texts = of.of(rows);
                let size = |text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                let (known, failures) = texts.known();
                let values = match &texts {
                    Texts::Same(text) => Values::Same(size(text)),
                    Texts::Rows(texts, _) => {
                        Values::Rows((0..texts.len()).map(|row| size(texts.value(row))).collect())
                    }
                };
                Lane { values, known, failures }
            }
            Self::Part(part, of) => of.of(rows).map(|micros| part.of(micros)),
            Self::Interpreted(of) => of.numbers(rows),
        }
    }
}

/// Reads a column of integers, or of timestamps as microseconds.
fn integers(column: &ArrayRef) -> Lane<i64> {
    match column.data_type() {
        DataType::Timestamp(..) => Lane::column::<TimestampMicrosecondType>(column),
        _ => Lane::column::<Int64Type>(column),
    }
}

impl Doubles {
    pub(super) fn of(&self, rows: &Rows<'_>) -> Lane<f64> {
        match self {
            Self::Column(place) => Lane::column::<Float64Type>(&rows.columns[*place]),
            Self::Constant(value) => Lane::constant(*value),
            #[expect(clippy::cast_precision_loss, reason = "as CEL makes a double of an int")]
            Self::OfInteger(of) => of.of(rows).map(|value| value as f64),
            Self::Arithmetic(by, one, other) => {
                let (one, other) = (one.of(rows), other.of(rows));
                match by {
                    Arithmetic::Add => zip(one, other, |a, b| a + b),
                    Arithmetic::Subtract => zip(one, other, |a, b| a - b),
                    Arithmetic::Multiply => zip(one, other, |a, b| a * b),
                    Arithmetic::Divide => zip(one, other, |a, b| a / b),
                    Arithmetic::Remainder => zip(one, other, |a, b| a % b),
                }
            }
            Self::Negate(of) => of.of(rows).map(|value| -value),
            Self::If(condition, yes, no) => choose(condition, &yes.of(rows), &no.of(rows), rows),
            Self::Interpreted(of) => of.numbers(rows),
        }
    }
}

impl Strings {
    pub(super) fn of<'s>(&'s self, rows: &Rows<'_>) -> Texts<'s> {
        match self {
            Self::Column(place) => {
                Texts::Rows(rows.columns[*place].as_string::<i32>().clone(), Failures::new())
            }
            Self::Constant(text) => Texts::Same(text),
            Self::Interpreted(of) => {
                let (texts, failures) = of.texts(rows);
                Texts::Rows(texts, failures)
            }
        }
    }
}

/// Computes something of each pair.
pub(super) fn zip<T: ArrowNativeType, R: ArrowNativeType>(
    one: Lane<T>,
    other: Lane<T>,
    of: impl Fn(T, T) -> R,
) -> Lane<R> {
    let values = match (&one.values, &other.values) {
        (Values::Same(a), Values::Same(b)) => Values::Same(of(*a, *b)),
        (Values::Same(a), Values::Rows(b)) => Values::Rows(b.iter().map(|b| of(*a, *b)).collect()),
        (Values::Rows(a), Values::Same(b)) => Values::Rows(a.iter().map(|a| of(*a, *b)).collect()),
        (Values::Rows(a), Values::Rows(b)) => {
            Values::Rows(a.iter().zip(b.iter()).map(|(a, b)| of(*a, *b)).collect())
        }
    };
    let (known, failures) = both((one.known, one.failures), (other.known, other.failures));
    Lane { values, known, failures }
}

/// Computes with integers, each result of which must fit.
fn whole(by: Arithmetic, one: Lane<i64>, other: Lane<i64>, rows: usize) -> Lane<i64> {
    let (pairs, other_pairs) = (one.clone(), other.clone());
    let pair = |row: usize| (pairs.get(row), other_pairs.get(row));
    match by {
        Arithmetic::Add => {
            let sum = zip(one, other, i64::wrapping_add);
            checked(sum, rows, pair, i64::checked_add)
        }
        Arithmetic::Subtract => {
            let difference = zip(one, other, i64::wrapping_sub);
            checked(difference, rows, pair, i64::checked_sub)
        }
        Arithmetic::Multiply => {
            let product = zip(one, other, i64::wrapping_mul);
            checked(product, rows, pair, i64::checked_mul)
        }
        Arithmetic::Divide | Arithmetic::Remainder => {
            let zero = other.clone().fail_where(rows, &Failure::DivisionByZero, |by| by == 0);
            let quotient = if by == Arithmetic::Divide {
                zip(one, zero, |a, b| a.checked_div(b).unwrap_or_default())
            } else {
                zip(one, zero, |a, b| a.checked_rem(b).unwrap_or_default())
            };
            // The least integer has no opposite.
            checked(quotient, rows, pair, |a, b| match b {
                0 => Some(0),
                b if by == Arithmetic::Divide => a.checked_div(b),
                b => a.checked_rem(b),
            })
        }
    }
}

/// Notes an overflow at each known row where `of` has no result.
fn checked(
    mut result: Lane<i64>,
    rows: usize,
    pair: impl Fn(usize) -> (i64, i64),
    of: impl Fn(i64, i64) -> Option<i64>,
) -> Lane<i64> {
    let overflows = |row: usize| {
        let (a, b) = pair(row);
        of(a, b).is_none()
    };
    // Most batches have none: that is found out without asking what is known.
    let any = (0..rows).fold(false, |any, row| any | overflows(row));
    if any {
        let is_known = |row: &usize| result.known.as_ref().is_none_or(|known| known.is_valid(*row));
        let failed: Vec<usize> = (0..rows).filter(is_known).filter(|row| overflows(*row)).collect();
        result.fail(rows, failed, &Failure::Overflow);
    }
    result
}

/// Takes the one or the other, and what is known of it.
fn choose<T: ArrowNativeType>(
    condition: &Bools,
    yes: &Lane<T>,
    no: &Lane<T>,
    rows: &Rows<'_>,
) -> Lane<T> {
    let condition = condition.of(rows);
    let picked = |row: usize| if condition.values.value(row) { yes } else { no };
    let is_known = |row: usize| {
        condition.known.as_ref().is_none_or(|known| known.is_valid(row))
            && picked(row).known.as_ref().is_none_or(|known| known.is_valid(row))
    };
    let values: ScalarBuffer<T> = (0..rows.count).map(|row| picked(row).get(row)).collect();
    let known: NullBuffer = (0..rows.count).map(is_known).collect();
    let mut failures = condition.failures.clone();
    for row in yes.failures.keys().chain(no.failures.keys()) {
        if !failures.contains_key(row)
            && condition.known.as_ref().is_none_or(|known| known.is_valid(*row))
            && let Some(failure) = picked(*row).failures.get(row)
        {
            failures.insert(*row, failure.clone());
        }
    }
    Lane { values: Values::Rows(values), known: Some(known), failures }
}

impl Part {
    /// Returns the part of a moment, in UTC.
    fn of(self, micros: i64) -> i64 {
        let day = micros.div_euclid(MICROS_PER_DAY);
        let within = micros.rem_euclid(MICROS_PER_DAY);
        let second = Duration::from_micros(within.unsigned_abs()).as_secs().cast_signed();
        match self {
            Self::Hours => second / 3600,
            Self::Minutes => second / 60 % 60,
            Self::Seconds => second % 60,
            Self::Milliseconds => within / 1000 % 1000,
            // The first of January 1970 was a Thursday.
            Self::DayOfWeek => (day + 4).rem_euclid(7),
            _ => {
                let date = civil(day);
                match self {
                    Self::Year => date.year,
                    Self::Month => date.month - 1,
                    Self::Date => date.day,
                    Self::DayOfMonth => date.day - 1,
                    _ => date.day_of_year,
                }
            }
        }
    }
}
