//! What the text of a cell says: an integer, a number, a date.
//!
//! Blanks around a value do not count, except in strings. A cell that holds nothing but blanks is
//! no value of any of these types, and no empty cell either.

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Reads an integer that fits in 64 bits.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let text = trimmed(text);
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    if digits.len() > 18 {
        return text.parse().ok();
    }
    let mut value = 0_i64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// Reads a number; `nan`, `inf` and what is too large for 64 bits are numbers that are not finite.
pub(crate) fn number(text: &str) -> Option<f64> {
    trimmed(text).parse().ok()
}

/// Reads `true` or `false` in the cases of pandas, JSON and spreadsheets.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match trimmed(text) {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Reads `YYYY-MM-DD` as days since 1970-01-01.
pub(crate) fn date(text: &str) -> Option<i32> {
    days(trimmed(text).as_bytes())
}

/// Reads `YYYY-MM-DD`, `T` or a blank, `HH:MM`, then perhaps `:SS`, `.fraction` and `Z` or
/// `+HH:MM`, as microseconds since 1970-01-01 UTC. Without a zone it is taken as UTC.
pub(crate) fn timestamp(text: &str) -> Option<i64> {
    let text = trimmed(text).as_bytes();
    let (day, rest) = text.split_at_checked(10)?;
    let day = i64::from(days(day)?);
    let (separator, rest) = rest.split_first()?;
    if !matches!(separator, b'T' | b' ') {
        return None;
    }
    let (clock, zone) = match rest.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-')) {
        Some(at) => rest.split_at(at),
        None => (rest, &b""[..]),
    };
    let seconds = day * SECONDS_PER_DAY - offset(zone)?;
    let (clock, micros) = match clock.iter().position(|byte| *byte == b'.') {
        // A fraction belongs to seconds.
        Some(at) if at == 8 => (&clock[..at], fraction(&clock[at + 1..])?),
        Some(_) => return None,
        None => (clock, 0),
    };
    let seconds = match clock {
        [h, h2, b':', m, m2] => seconds + hours_minutes(*h, *h2, *m, *m2)?,
        [h, h2, b':', m, m2, b':', s, s2] => {
            seconds + hours_minutes(*h, *h2, *m, *m2)? + two(*s, *s2).filter(|s| *s < 60)?
        }
        _ => return None,
    };
    Some(seconds * MICROS_PER_SECOND + micros)
}

/// Writes microseconds since 1970-01-01 UTC as a day, or as a moment if they are no whole day.
pub(crate) fn moment(micros: i64) -> String {
    let days = micros.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND);
    let seconds = micros.rem_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND) / MICROS_PER_SECOND;
    // Years that begin in March end with the day that comes and goes (Hinnant, `civil_from_days`).
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + era * 400 + i64::from(month > 9), (month + 2) % 12 + 1);
    let clock = format!("T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}{}", if seconds == 0 { "" } else { &clock })
}

/// Returns the seventh to ninth digit of a timestamp's fraction.
pub(crate) fn nanoseconds(text: &str) -> i64 {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction).bytes();
    let digits = fraction.take_while(u8::is_ascii_digit).chain(std::iter::repeat(b'0'));
    digits.skip(6).take(3).fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn hours_minutes(h: u8, h2: u8, m: u8, m2: u8) -> Option<i64> {
    let hours = two(h, h2).filter(|hours| *hours < 24)?;
    let minutes = two(m, m2).filter(|minutes| *minutes < 60)?;
    Some(hours * 3600 + minutes * 60)
}

/// Reads a zone as seconds east of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, [h, h2, rest @ ..]) = (match zone {
        [] | [b'Z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    }) else {
        return None;
    };
    match rest {
        [] => Some(sign * hours_minutes(*h, *h2, b'0', b'0')?),
        [m, m2] | [b':', m, m2] => Some(sign * hours_minutes(*h, *h2, *m, *m2)?),
        _ => None,
    }
}

/// Reads one to nine digits behind the point as microseconds.
fn fraction(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let six = (0..6).map(|at| digits.get(at).map_or(0, |digit| i64::from(digit - b'0')));
    Some(six.fold(0, |value, digit| value * 10 + digit))
}

fn days(text: &[u8]) -> Option<i32> {
    let [y, y2, y3, y4, b'-', m, m2, b'-', d, d2] = text else { return None };
    let year = two(*y, *y2)? * 100 + two(*y3, *y4)?;
    let (month, day) = (two(*m, *m2)?, two(*d, *d2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March end with the day that comes and goes (Hinnant, `days_from_civil`).
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    i32::try_from(days + day_of_year - 719_468).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_whole_and_fit() {
        let read = ["0", "-12", " 77516", "+5", "9223372036854775807", "007"].map(integer);
        assert_eq!(read.map(Option::unwrap), [0, -12, 77516, 5, i64::MAX, 7]);
        for bad in ["", " ", "1.0", "1e3", "--1", "+-1", "9223372036854775808", "1_000", "0x1"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_exist() {
        // date -u -d 2011-01-01 +%s: 1293840000, 14975 days
        assert_eq!(date("2011-01-01"), Some(14_975));
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("2000-02-29"), Some(11_016));
        assert_eq!(date("0000-01-01"), Some(-719_528));
        for bad in
            ["2011-02-29", "1900-02-29", "2011-1-1", "2011-13-01", "01/02/2011", "2011-00-10"]
        {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments_are_written_as_they_are_read() {
        for text in ["2011-01-01", "2000-02-29T23:59:59Z", "1969-12-31T00:00:01Z", "0000-01-01"] {
            let micros = timestamp(text).or(date(text).map(|day| i64::from(day) * 86_400_000_000));
            assert_eq!(moment(micros.unwrap()), text);
        }
    }

    #[test]
    fn timestamps_know_zones_and_fractions() {
        let day = 14_975 * 86_400_000_000;
        assert_eq!(timestamp("2011-01-01T00:00"), Some(day));
        assert_eq!(timestamp("2011-01-01 01:00:00.5"), Some(day + 3_600_500_000));
        assert_eq!(timestamp("2011-01-01T01:00:00+01:00"), Some(day));
        assert_eq!(timestamp("2010-12-31T19:00:00-0500"), Some(day));
        let exact = "2011-01-01T00:00:00.123456789Z";
        assert_eq!((timestamp(exact), nanoseconds(exact)), (Some(day + 123_456), 789));
        for bad in ["2011-01-01", "2011-01-01T24:00", "2011-01-01T00:00.5", "2011-01-01T00:00:0"] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
    }
}
