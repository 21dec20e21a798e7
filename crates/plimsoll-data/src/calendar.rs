//! Days as dates, and durations as people write them.

/// The microseconds of a day.
pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    /// From 0.
    pub(crate) day_of_year: i64,
}

/// Returns the date that lies `days` after 1970-01-01 (Hinnant, `civil_from_days`).
pub(crate) fn civil(days: i64) -> Civil {
    // Years begin in March here, so that the day that comes and goes is the last one.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year_of_era + later;
    let leap = i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    // The first of March is day 59 of a year, counted from 0, or day 60.
    let day_of_year = if later == 1 { of_year - 306 } else { of_year + 59 + leap };
    Civil { year, month, day, day_of_year }
}

/// Reads `2d`, `36h` or `1h30m` as microseconds: days, hours, minutes and seconds in this order.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let mut seconds = 0_i64;
    let mut rest = text;
    for (unit, length) in [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)] {
        let Some((digits, after)) = rest.split_once(unit) else { continue };
        if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|d| d.is_ascii_digit()) {
            return None;
        }
        seconds += digits.parse::<i64>().ok()? * length;
        rest = after;
    }
    let is_whole = rest.is_empty() && !text.is_empty();
    is_whole.then(|| seconds.checked_mul(1_000_000))?
}

/// Says a time that passes for a person: `3 days 4 hours`, `12 minutes`.
pub(crate) fn in_words(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let first = units.iter().position(|(_, length)| seconds >= *length).unwrap_or(3);
    let mut said = Vec::new();
    let mut rest = seconds;
    for (name, length) in units.iter().skip(first).take(2) {
        let count = rest / length;
        rest %= length;
        if count > 0 || said.is_empty() {
            said.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text;

    proptest! {
        #[test]
        fn a_day_is_the_date_that_is_read_as_it(days in -719_162_i32..2_932_896) {
            let date = civil(i64::from(days));
            let written = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
            prop_assert_eq!(text::date(&written), Some(days));
            let first = text::date(&format!("{:04}-01-01", date.year)).unwrap();
            prop_assert_eq!(i64::from(days - first), date.day_of_year);
        }
    }

    #[test]
    fn durations_have_one_meaning() {
        assert_eq!(duration("2d"), Some(2 * MICROS_PER_DAY));
        assert_eq!(duration("1h30m"), Some(5_400_000_000));
        for bad in ["", "2", "h", "30m1h", "1.5h", "-1s", "9999999999s", "999999999d999999999d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert!(duration("999999999d").is_none());
        assert_eq!(in_words(2 * MICROS_PER_DAY + 3_600_000_000), "2 days 1 hour");
        assert_eq!(in_words(61_000_000), "1 minute 1 second");
        assert_eq!(in_words(10), "0 seconds");
        assert_eq!(in_words(MICROS_PER_DAY), "1 day");
    }
}
