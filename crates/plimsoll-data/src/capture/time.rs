//! When something happened, as a request says it.

use plimsoll_core::Timestamp;

use super::record::{Column, Values};
use crate::example::shown;
use crate::text;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Integers nearer to zero are taken for seconds, not for milliseconds: 1973-03-03.
const LEAST_MILLIS: i64 = 100_000_000_000;

/// The last millisecond of the year 9999.
const LAST_MILLIS: i64 = 253_402_300_799_999;

/// How exactly a time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// To the day; its moment is the day's first, in UTC.
    Day,
    /// To the millisecond.
    Moment,
}

/// A value is no time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTimeError {
    /// The text is neither a day nor a moment.
    #[error(
        "`{0}` is no time (expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or milliseconds as an integer)"
    )]
    Text(String),
    /// The integer is no likely number of milliseconds.
    #[error("{0} is no time (expected milliseconds since 1970, from 1973 to 9999)")]
    Millis(i64),
    /// The column holds values of another type, or several for a row.
    #[error("column `{0}` holds no times (expected one text or integer a row)")]
    Type(String),
}

/// Reads `YYYY-MM-DD`, or a moment as RFC 3339 writes it. Without a zone it is taken as UTC.
pub fn parse_time(text: &str) -> Result<(Timestamp, Grain), ParseTimeError> {
    if let Some(days) = text::date(text) {
        return Ok((Timestamp::from_millis(i64::from(days) * MILLIS_PER_DAY), Grain::Day));
    }
    match text::timestamp(text) {
        Some(micros) => Ok((Timestamp::from_millis(micros.div_euclid(1000)), Grain::Moment)),
        None => Err(ParseTimeError::Text(shown(text))),
    }
}

/// Reads an integer as milliseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// It lies before 1973-03-03 or beyond the year 9999. A number of seconds ends here, since it would
/// be a day in January 1970 otherwise.
pub fn time_of_millis(millis: i64) -> Result<(Timestamp, Grain), ParseTimeError> {
    if (LEAST_MILLIS..=LAST_MILLIS).contains(&millis) {
        Ok((Timestamp::from_millis(millis), Grain::Moment))
    } else {
        Err(ParseTimeError::Millis(millis))
    }
}

impl Column {
    /// Reads the value of the row at `row`, counted from 0, as the time when it happened.
    pub fn time(&self, row: usize) -> Result<(Timestamp, Grain), ParseTimeError> {
        let other = || ParseTimeError::Type(shown(&self.name));
        if self.width != 1 {
            return Err(other());
        }
        match &self.values {
            Values::Text(values) => parse_time(values.get(row).ok_or_else(other)?),
            Values::Int64(values) => time_of_millis(*values.get(row).ok_or_else(other)?),
            Values::Float32(_) | Values::Float64(_) | Values::Bool(_) => Err(other()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_moment_are_told_apart() {
        // date -u -d 2012-10-01 +%s: 1349049600
        let day = Timestamp::from_millis(1_349_049_600_000);
        assert_eq!(parse_time("2012-10-01"), Ok((day, Grain::Day)));
        assert_eq!(parse_time("2012-10-01T02:00:00+02:00"), Ok((day, Grain::Moment)));
        assert_eq!(time_of_millis(day.as_millis()), Ok((day, Grain::Moment)));
    }

    #[test]
    fn what_is_no_time_is_said() {
        let said =
            |error: Result<(Timestamp, Grain), ParseTimeError>| error.unwrap_err().to_string();
        insta::assert_snapshot!([
            said(parse_time("yesterday")),
            said(parse_time("1349049600000")),
            said(time_of_millis(1_349_049_600)),
        ].join("\n"), @r"
        `yesterday` is no time (expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or milliseconds as an integer)
        `1349049600000` is no time (expected YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or milliseconds as an integer)
        1349049600 is no time (expected milliseconds since 1970, from 1973 to 9999)
        ");
    }
}
