//! Dates and timestamps as data schemas write them.

/// Tells `2011-12-31`.
pub(super) fn is_date(text: &str) -> bool {
    days(text).is_some()
}

/// Reads a date or a timestamp as seconds; without a zone it counts as UTC.
pub(super) fn read(text: &str) -> Option<f64> {
    if let Some(days) = days(text) {
        return Some(f64::from(days) * 86_400.0);
    }
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (clock, offset) = zone(rest)?;
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next()?;
    let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = digits(whole, 2)?;
    // A leap second is written as 60.
    if hour > 23 || minute > 59 || whole > 60 || !is_fraction {
        return None;
    }
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let seconds = f64::from(hour * 3600 + minute * 60 + whole) + fraction;
    Some(f64::from(days(date)?) * 86_400.0 + seconds - f64::from(offset))
}

/// Splits `12:30:00+02:00` into the time and the seconds ahead of UTC.
fn zone(text: &str) -> Option<(&str, i32)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at(at);
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some((clock, if offset.starts_with('-') { -seconds } else { seconds }))
}

/// Counts the days since 1970-01-01 in the Gregorian calendar (Hinnant's `days_from_civil`).
fn days(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || day < 1 || day > longest {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn digits(text: &str, length: usize) -> Option<i32> {
    let is_plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_timestamps_have_an_order() {
        assert_eq!(read("1970-01-02"), Some(86_400.0));
        assert_eq!(read("2000-02-29T12:00:00.5Z"), Some(951_825_600.5));
        assert_eq!(read("2011-01-01 00:00:00+01:00"), read("2010-12-31T23:00:00"));
        for bad in [
            "2011-02-29",
            "2011-13-01",
            "11-01-01",
            "2011-1-1",
            "2011-01-01T",
            "2011-01-01T25:00:00",
            "2011-01-01T12:00",
            "2011-01-01T12:00:00+2",
            "",
            "-",
            "2011-01-01-",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
