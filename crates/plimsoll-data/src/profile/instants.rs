//! Dates and time stamps of a column: which days, hours and days of the week.

use arrow::datatypes::Date32Type;
use serde::{Deserialize, Serialize};

use super::Numbers;
use crate::sketch::counts::{Counts, EXACT};
use crate::sketch::order::{self, Scale};

const MICROS_PER_HOUR: i64 = 3_600_000_000;
const HOURS_PER_DAY: i64 = 24;
const MICROS_PER_DAY: i64 = MICROS_PER_HOUR * HOURS_PER_DAY;

/// The unit that instants are counted in, from 1970-01-01 UTC on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Days: dates.
    Day,
    /// Millionths of a second: time stamps.
    Microsecond,
}

impl Unit {
    /// Writes an instant as `2011-01-01` or `2011-01-01T08:30:00.5Z`; one beyond the years that can
    /// be written as its number.
    pub fn written(self, value: i64) -> String {
        let (days, micros) = match self {
            Self::Day => (value, 0),
            Self::Microsecond => {
                (value.div_euclid(MICROS_PER_DAY), value.rem_euclid(MICROS_PER_DAY))
            }
        };
        let day = i32::try_from(days).ok().and_then(Date32Type::to_naive_date_opt);
        let Some(day) = day else { return value.to_string() };
        match self {
            Self::Day => day.to_string(),
            Self::Microsecond => {
                let seconds = micros / 1_000_000;
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                let fraction = format!(".{:06}", micros % 1_000_000);
                let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
                format!("{day}T{hours:02}:{minutes:02}:{:02}{fraction}Z", seconds % 60)
            }
        }
    }
}

/// Dates or time stamps of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Instants {
    unit: Unit,
    values: Numbers,
    /// Rows a day, by the day since 1970-01-01.
    days: Counts,
    /// Whether there are more days than are counted.
    overflowed: bool,
    hours: [u64; 24],
    weekdays: [u64; 7],
}

/// Days without rows between the first and the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gaps {
    /// How many days have no row.
    pub days: u64,
    /// The longest run of them.
    pub longest: u64,
    /// The first day of that run, counted from 1970-01-01.
    pub since: i64,
}

impl Instants {
    pub(super) fn new(unit: Unit, seed: u64) -> Self {
        Self {
            unit,
            values: Numbers::new(Scale::Integer, seed),
            days: Counts::default(),
            overflowed: false,
            hours: [0; 24],
            weekdays: [0; 7],
        }
    }

    /// Returns what the values count.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Returns the values, counted in [`Instants::unit`] since 1970-01-01 UTC.
    pub fn values(&self) -> &Numbers {
        &self.values
    }

    /// Returns the first and the last, counted in [`Instants::unit`]; none where there are none.
    pub fn ends(&self) -> Option<(i64, i64)> {
        let (first, last) = self.values.end_keys()?;
        Some((order::integer(first), order::integer(last)))
    }

    /// Returns how many rows each day has, counted from 1970-01-01, ascending; none where there
    /// are more than 10,000 days.
    pub fn days(&self) -> Option<Vec<(i64, u64)>> {
        if self.overflowed {
            return None;
        }
        let entries = self.days.entries().iter();
        let mut days: Vec<_> =
            entries.map(|entry| (entry.key.cast_signed(), entry.count)).collect();
        days.sort_unstable();
        Some(days)
    }

    /// Returns how many rows each hour of the day has, UTC; all in the first of dates.
    pub fn hours(&self) -> &[u64; 24] {
        &self.hours
    }

    /// Returns how many rows each day of the week has, from Monday on.
    pub fn weekdays(&self) -> &[u64; 7] {
        &self.weekdays
    }

    /// Returns the days without rows; none where days are not counted.
    pub fn gaps(&self) -> Option<Gaps> {
        let days = self.days()?;
        let mut gaps = Gaps { days: 0, longest: 0, since: 0 };
        for pair in days.windows(2) {
            let between = u64::try_from(pair[1].0 - pair[0].0 - 1).unwrap_or_default();
            gaps.days += between;
            if between > gaps.longest {
                gaps.longest = between;
                gaps.since = pair[0].0 + 1;
            }
        }
        Some(gaps)
    }

    /// Takes in values with their keys and hashes.
    pub(super) fn take(&mut self, values: &[i64], keys: &[u64], hashes: &[u64], as_float: &[f64]) {
        self.values.take(keys, hashes, as_float);
        // Rows of one hour often come together.
        let mut run = (0_i64, 0_u64);
        for &value in values {
            let hour = self.hour_of(value);
            if hour == run.0 {
                run.1 += 1;
            } else {
                self.count(run.0, run.1);
                run = (hour, 1);
            }
        }
        self.count(run.0, run.1);
    }

    /// Takes in values in any order, each once, with how often it is there.
    pub(super) fn take_counted(&mut self, values: &[(i64, u64)]) {
        let mut keys: Vec<_> =
            values.iter().map(|(value, count)| (order::of_integer(*value), *count)).collect();
        self.values.take_counted(&mut keys);
        for &(value, count) in values {
            self.count(self.hour_of(value), count);
        }
    }

    /// Takes in the instants of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.values.merge(other.values);
        self.overflowed |= other.overflowed;
        for entry in other.days.entries() {
            self.count_day(entry.key.cast_signed(), entry.count);
        }
        self.hours.iter_mut().zip(other.hours).for_each(|(mine, its)| *mine += its);
        self.weekdays.iter_mut().zip(other.weekdays).for_each(|(mine, its)| *mine += its);
    }

    pub(super) fn values_mut(&mut self) -> &mut Numbers {
        &mut self.values
    }

    /// Tells what is wrong with instants that were read back.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let many = self.days.entries().len() > EXACT;
        let sum = |counts: &[u64]| counts.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
        if many
            || sum(&self.hours) != self.values.count()
            || sum(&self.weekdays) != sum(&self.hours)
        {
            return Some("the hours of instants are not those of all rows");
        }
        self.values.flaw()
    }

    fn hour_of(&self, value: i64) -> i64 {
        match self.unit {
            Unit::Day => value.saturating_mul(HOURS_PER_DAY),
            Unit::Microsecond => value.div_euclid(MICROS_PER_HOUR),
        }
    }

    fn count(&mut self, hour: i64, count: u64) {
        if count == 0 {
            return;
        }
        let day = hour.div_euclid(HOURS_PER_DAY);
        self.hours[place(hour, HOURS_PER_DAY)] += count;
        // 1970-01-01 was a Thursday.
        self.weekdays[place(day + 3, 7)] += count;
        self.count_day(day, count);
    }

    fn count_day(&mut self, day: i64, count: u64) {
        if !self.overflowed {
            self.days.add(day.cast_unsigned(), count, usize::MAX);
            if self.days.entries().len() > EXACT {
                self.overflowed = true;
                self.days = Counts::default();
            }
        }
    }
}

/// Returns the place of a number in a cycle.
fn place(of: i64, cycle: i64) -> usize {
    usize::try_from(of.rem_euclid(cycle)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_people_read_them() {
        assert_eq!(Unit::Day.written(14_975), "2011-01-01");
        assert_eq!(Unit::Day.written(-719_162), "0001-01-01");
        let stamp = 14_975 * MICROS_PER_DAY + 30_600_500_000;
        assert_eq!(Unit::Microsecond.written(stamp), "2011-01-01T08:30:00.5Z");
        assert_eq!(Unit::Microsecond.written(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(Unit::Microsecond.written(i64::MAX), "9223372036854775807");
    }

    #[test]
    fn days_hours_and_gaps_are_counted() {
        let mut stamps = Instants::new(Unit::Microsecond, 1);
        // Saturday 2011-01-01, twice at 8 and once at 23, then Wednesday.
        let day = 14_975 * MICROS_PER_DAY;
        let at = |day_: i64, hour: i64| day + day_ * MICROS_PER_DAY + hour * MICROS_PER_HOUR;
        stamps.take_counted(&[(at(0, 8), 2), (at(0, 23), 1), (at(4, 0), 1)]);
        assert_eq!(stamps.days().unwrap(), [(14_975, 3), (14_979, 1)]);
        assert_eq!((stamps.hours()[8], stamps.hours()[23], stamps.hours()[0]), (2, 1, 1));
        assert_eq!(stamps.weekdays(), &[0, 0, 1, 0, 0, 3, 0]);
        assert_eq!(stamps.gaps(), Some(Gaps { days: 3, longest: 3, since: 14_976 }));
        assert_eq!(stamps.flaw(), None);
    }
}
