//! How values follow each other, and the newest of them.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};

use crate::calendar::MICROS_PER_DAY;
use crate::example::{Place, Tally};
use crate::schema::Monotone;
use crate::table::Batch;
use crate::typed::Typed;

/// How far the first places on Earth are ahead of UTC.
const FARTHEST_EAST: i64 = 14 * 3_600_000_000;

/// A value of any ordered type.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Key {
    Whole(i64),
    Number(f64),
}

impl From<i64> for Key {
    fn from(value: i64) -> Self {
        Self::Whole(value)
    }
}

impl From<i32> for Key {
    fn from(value: i32) -> Self {
        Self::Whole(value.into())
    }
}

impl From<f64> for Key {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

/// Rows whose value does not follow the one before.
pub(super) struct Order {
    pub(super) tally: Tally,
    first: Option<(Key, Place, String)>,
    last: Option<(Key, String)>,
    monotone: Option<Monotone>,
}

impl Order {
    pub(super) fn new(examples: usize) -> Self {
        Self { tally: Tally::showing(examples), first: None, last: None, monotone: None }
    }

    /// Takes in the next values; empty cells and NaN are passed over.
    pub(super) fn take<T: ArrowPrimitiveType>(
        &mut self,
        monotone: Monotone,
        values: &PrimitiveArray<T>,
        batch: &Batch,
        shown: impl Fn(usize) -> String,
    ) where
        T::Native: PartialOrd + Into<Key>,
    {
        self.monotone = Some(monotone);
        let rows = || {
            (0..values.len()).filter(|&row| values.is_valid(row) && has_order(&values.value(row)))
        };
        let Some(first) = rows().next() else { return };
        let last = rows().next_back().unwrap_or(first);
        if self.first.is_none() {
            self.first = Some((values.value(first).into(), batch.place(first), shown(first)));
        }
        let follows = |one: T::Native, next: T::Native| match monotone {
            Monotone::Increasing => one <= next,
            Monotone::StrictlyIncreasing => one < next,
            Monotone::Decreasing => one >= next,
            Monotone::StrictlyDecreasing => one > next,
        };
        if let Some((key, before)) = self.last.take()
            && !is_followed(monotone, key, values.value(first).into())
        {
            let value = || format!("{} after {before}", shown(first));
            self.tally.add(batch.place(first), value);
        }
        // Batches in order are told from others without asking for cells.
        let pairs = values.values().windows(2);
        let plain = values.null_count() == 0
            && pairs.fold(true, |all, pair| all & follows(pair[0], pair[1]));
        if !plain {
            let mut before = first;
            for row in rows().skip(1) {
                if !follows(values.value(before), values.value(row)) {
                    let value = || format!("{} after {}", shown(row), shown(before));
                    self.tally.add(batch.place(row), value);
                }
                before = row;
            }
        }
        self.last = Some((values.value(last).into(), shown(last)));
    }

    /// Takes in what was seen in rows behind these.
    pub(super) fn absorb(&mut self, other: Self) {
        if let (Some(monotone), Some((key, before)), Some((first, place, value))) =
            (other.monotone, &self.last, &other.first)
            && !is_followed(monotone, *key, *first)
        {
            self.tally.add(place.clone(), || format!("{value} after {before}"));
        }
        self.tally.absorb(other.tally, None);
        self.first = self.first.take().or(other.first);
        self.last = other.last.or(self.last.take());
        self.monotone = self.monotone.or(other.monotone);
    }
}

/// Tells NaN from what has an order: it has none, not even with itself.
fn has_order<T: PartialOrd>(value: &T) -> bool {
    value.partial_cmp(value).is_some()
}

fn is_followed(monotone: Monotone, one: Key, next: Key) -> bool {
    match monotone {
        Monotone::Increasing => one <= next,
        Monotone::StrictlyIncreasing => one < next,
        Monotone::Decreasing => one >= next,
        Monotone::StrictlyDecreasing => one > next,
    }
}

/// The newest moment that is not after the present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Newest {
    /// When the newest value ends: a day does at midnight in UTC.
    pub(super) end: Option<i64>,
    /// The value: days or microseconds.
    pub(super) value: Option<i64>,
}

impl Newest {
    /// Takes in days; one that has begun anywhere on Earth is not after the present.
    pub(super) fn take_days(&mut self, typed: &Typed, now: i64) {
        let Some(days) = typed.values.as_primitive_opt::<Date32Type>() else { return };
        let latest = (now + FARTHEST_EAST).div_euclid(MICROS_PER_DAY);
        let newest = days.iter().flatten().map(i64::from).filter(|day| *day <= latest).max();
        if let Some(day) = newest {
            self.take(day, (day + 1) * MICROS_PER_DAY);
        }
    }

    pub(super) fn take_moments(&mut self, typed: &Typed, now: i64) {
        let moments = typed.values.as_primitive_opt::<TimestampMicrosecondType>();
        let newest =
            moments.and_then(|moments| moments.iter().flatten().filter(|at| *at <= now).max());
        if let Some(moment) = newest {
            self.take(moment, moment);
        }
    }

    fn take(&mut self, value: i64, end: i64) {
        self.value = self.value.max(Some(value));
        self.end = self.end.max(Some(end));
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.value = self.value.max(other.value);
        self.end = self.end.max(other.end);
    }
}
