//! Values as people write them on a command line.

use std::time::Duration;

use plimsoll_core::checks::Excess;

/// Reads `90s`, `5m` or `1h30m`, as plimsoll.yaml has it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let read = plimsoll_config::duration(text);
    read.ok_or_else(|| format!("`{text}` is no time (expected such as `90s`, `5m` or `1h30m`)"))
}

/// Reads `5%`, `0.05` or `-2%`: a part of a whole, or what is lost of it.
pub(crate) fn gain(text: &str) -> Result<f64, String> {
    let read = fraction(text).filter(|share| share.abs() <= 1.0);
    read.ok_or_else(|| format!("`{text}` is no share (expected such as `5%`, `0.05` or `-2%`)"))
}

/// Reads `5%` or `0.05`, not below 0.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let read = fraction(text).filter(|share| (0.0..=1.0).contains(share));
    read.ok_or_else(|| format!("`{text}` is no share (expected such as `5%` or `0.05`)"))
}

/// Reads `50%`, `0.5` or `150%`: how much more than something.
pub(crate) fn excess(text: &str) -> Result<Excess, String> {
    let read = fraction(text).and_then(|share| Excess::try_from(share).ok());
    read.ok_or_else(|| format!("`{text}` is no share (expected such as `50%` or `0.5`)"))
}

/// Reads a finite number, or a percentage as one.
fn fraction(text: &str) -> Option<f64> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 0.01),
        None => (text.trim(), 1.0),
    };
    number.parse::<f64>().ok().map(|number| number * unit).filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_with_and_without_its_sign() {
        let near = |read: f64, value: f64| (read - value).abs() < 1e-15;
        assert!(near(gain("5%").unwrap(), 0.05) && near(share("0.05").unwrap(), 0.05));
        assert!(near(gain("-2 %").unwrap(), -0.02) && near(share("0").unwrap(), 0.0));
        assert!(near(excess("150%").unwrap().get(), 1.5) && near(excess("2").unwrap().get(), 2.0));
        for bad in ["", "%", "five", "nan", "inf"] {
            assert!(gain(bad).is_err() && share(bad).is_err() && excess(bad).is_err(), "{bad}");
        }
        assert!(gain("200%").is_err() && share("200%").is_err());
        assert!(share("-2%").is_err() && excess("-2%").is_err());
    }

    #[test]
    fn a_time_is_read_as_in_the_configuration() {
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for bad in ["", "90", "5 minutes", "-1s", "1s1m"] {
            assert!(duration(bad).unwrap_err().contains("is no time"), "{bad}");
        }
    }
}
