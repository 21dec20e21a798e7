//! Numbers as people read them.

/// Returns `number` with about three digits that carry meaning.
pub fn show(number: f64) -> String {
    if number.abs() >= 1e9 {
        format!("{number:.2e}")
    } else if number == 0.0 || number.abs() >= 100.0 {
        format!("{number:.1}")
    } else if number.abs() >= 10.0 {
        format!("{number:.2}")
    } else if number.abs() >= 0.001 {
        format!("{number:.3}")
    } else {
        format!("{number:.2e}")
    }
}

/// Returns a share of one as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_carry_meaning() {
        let shown = [1234.56, 22.44, 0.1604, 0.0, 0.000_012, -3.0, 7e300].map(show);
        assert_eq!(shown, ["1234.6", "22.44", "0.160", "0.0", "1.20e-5", "-3.000", "7.00e300"]);
        assert_eq!(percent(0.647), "64.7 %");
    }
}
