//! Moments and days, as values.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Who needs the present is handed it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Returns the moment `milliseconds` after the epoch.
    pub fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Returns the milliseconds since the epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the milliseconds from `earlier` to here, 0 where the clock went backwards.
    pub fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

/// A day of the calendar, written `2012-01-31`. Moments belong to their day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// The text is no day.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no day (expected YYYY-MM-DD)")]
pub struct ParseDayError(String);

impl Day {
    /// Returns the day of `moment`; the first or last day that there is where it lies beyond.
    pub fn of(moment: Timestamp) -> Self {
        let nearest = if moment.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let moment = jiff::Timestamp::from_millisecond(moment.0).unwrap_or(nearest);
        Self(moment.to_zoned(TimeZone::UTC).date())
    }

    /// Returns the day `days` later, earlier where negative; the first or last one there is at most.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        let bounded = days.clamp(-7_000_000, 7_000_000);
        Self(self.0.saturating_add(Span::new().days(bounded)))
    }

    /// Returns how many days later than `earlier` it is; negative where it is before it.
    pub fn days_since(self, earlier: Self) -> i64 {
        let apart = earlier.0.duration_until(self.0);
        apart.as_hours() / 24
    }

    /// Returns its first moment, in UTC.
    pub fn start(self) -> Timestamp {
        let start = self.0.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
        Timestamp(start.map_or(0, jiff::Timestamp::as_millisecond))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(s: &str) -> Result<Self, ParseDayError> {
        let invalid = || ParseDayError(s.chars().take(100).collect());
        let day = Self(s.parse().map_err(|_| invalid())?);
        // One day has one spelling, for it names windows and files.
        if day.to_string() == s { Ok(day) } else { Err(invalid()) }
    }
}

impl TryFrom<String> for Day {
    type Error = ParseDayError;

    fn try_from(text: String) -> Result<Self, ParseDayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        let day: Day = "2012-02-28".parse().unwrap();
        assert_eq!(day.plus(2).to_string(), "2012-03-01");
        assert_eq!(day.plus(2).days_since(day), 2);
        assert_eq!(day.days_since(day.plus(400)), -400);
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(Timestamp::from_millis(day.start().as_millis() - 1)), day.plus(-1));
        assert_eq!(Day::of(Timestamp::from_millis(i64::MAX)).to_string(), "9999-12-30");
    }

    #[test]
    fn a_day_has_one_spelling() {
        for text in ["2012-2-28", "20120228", "2012-02-30", "2012-02-28T00:00", ""] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
