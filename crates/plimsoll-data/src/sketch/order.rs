//! Numbers as unsigned integers in the same order.

use serde::{Deserialize, Serialize};

const SIGN: u64 = 1 << 63;

/// What the keys of a sketch stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Integers of 64 bits.
    Integer,
    /// Floats of 64 bits, infinities included.
    Float,
}

impl Scale {
    /// Returns the number that `key` stands for; integers beyond 2^53 are rounded.
    #[expect(clippy::cast_precision_loss, reason = "rounding is what is promised")]
    pub fn number(self, key: u64) -> f64 {
        match self {
            Self::Integer => integer(key) as f64,
            Self::Float => float(key),
        }
    }
}

/// Returns the key of an integer.
pub(crate) fn of_integer(value: i64) -> u64 {
    value.cast_unsigned() ^ SIGN
}

/// Returns the integer of a key.
pub(crate) fn integer(key: u64) -> i64 {
    (key ^ SIGN).cast_signed()
}

/// Returns the key of a float that is a number; both zeros have one.
pub(crate) fn of_float(value: f64) -> u64 {
    // Adding zero turns the negative zero into the positive one.
    let bits = (value + 0.0).to_bits();
    let negative = (bits.cast_signed() >> 63).cast_unsigned();
    bits ^ (negative | SIGN)
}

/// Returns the float of a key.
pub(crate) fn float(key: u64) -> f64 {
    let positive = (key.cast_signed() >> 63).cast_unsigned();
    f64::from_bits(key ^ (!positive | SIGN))
}

/// Returns the key of a float for the key of an integer, rounded beyond 2^53.
#[expect(clippy::cast_precision_loss, reason = "floats hold no more")]
pub(crate) fn integer_as_float(key: u64) -> u64 {
    of_float(integer(key) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_numbers() {
        let floats = [
            f64::NEG_INFINITY,
            -1e300,
            -1.5,
            -f64::MIN_POSITIVE,
            0.0,
            5e-324,
            1.0,
            1.0 + f64::EPSILON,
            f64::INFINITY,
        ];
        assert!(floats.map(of_float).is_sorted_by(|a, b| a < b));
        assert_eq!(floats.map(|value| float(of_float(value)).to_bits()), floats.map(f64::to_bits));
        assert_eq!(of_float(-0.0), of_float(0.0));
        let integers = [i64::MIN, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];
        assert!(integers.map(of_integer).is_sorted_by(|a, b| a < b));
        assert_eq!(integers.map(|value| integer(of_integer(value))), integers);
        assert_eq!(integer_as_float(of_integer(-3)), of_float(-3.0));
    }
}
