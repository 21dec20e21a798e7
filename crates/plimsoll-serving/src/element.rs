//! Values of a request as elements of a tensor, exactly or as the nearest floating point number.

use plimsoll_predict::{ElementType, Values};

/// What a tensor is made of. A conversion that would change the value gives none; rounding to a
/// floating point number does not count as a change.
pub(crate) trait Element: Clone + Default + 'static {
    /// Its type.
    const TYPE: ElementType;

    fn of_i64(_: i64) -> Option<Self> {
        None
    }

    fn of_f64(_: f64) -> Option<Self> {
        None
    }

    fn of_bool(_: bool) -> Option<Self> {
        None
    }

    /// Takes over a text that is a text, not the spelling of a number.
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// Reads the spelling of a value, as cells of CSV hold it.
    fn parse(spelling: &str) -> Option<Self>;

    /// Returns elements of any type as the enumeration holds them.
    fn values(elements: Vec<Self>) -> Values;

    /// Returns the elements of `values`, if they are of this type.
    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>>;
}

/// Returns `value` as a whole number, if it is one that a double holds exactly.
fn whole(value: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0; // 2^53: above it, not every integer is a double.
    #[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
    (value.fract() == 0.0 && value.abs() <= LARGEST).then_some(value as i64)
}

impl Element for f32 {
    const TYPE: ElementType = ElementType::Float;

    fn of_i64(value: i64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "the model computes in 32 bits")]
        Some(value as Self)
    }

    fn of_f64(value: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the model computes in 32 bits")]
        let single = value as Self;
        single.is_finite().then_some(single)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(u8::from(value).into())
    }

    fn parse(spelling: &str) -> Option<Self> {
        spelling.trim().parse().ok().filter(|value: &Self| value.is_finite())
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::Float(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::Float(elements) = values { Some(elements) } else { None }
    }
}

impl Element for f64 {
    const TYPE: ElementType = ElementType::Double;

    fn of_i64(value: i64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "the model computes in floating point")]
        Some(value as Self)
    }

    fn of_f64(value: f64) -> Option<Self> {
        value.is_finite().then_some(value)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn parse(spelling: &str) -> Option<Self> {
        spelling.trim().parse().ok().filter(|value: &Self| value.is_finite())
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::Double(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::Double(elements) = values { Some(elements) } else { None }
    }
}

impl Element for i64 {
    const TYPE: ElementType = ElementType::Int64;

    fn of_i64(value: i64) -> Option<Self> {
        Some(value)
    }

    fn of_f64(value: f64) -> Option<Self> {
        whole(value)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn parse(spelling: &str) -> Option<Self> {
        let spelling = spelling.trim();
        spelling.parse().ok().or_else(|| spelling.parse().ok().and_then(whole))
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::Int64(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::Int64(elements) = values { Some(elements) } else { None }
    }
}

impl Element for i32 {
    const TYPE: ElementType = ElementType::Int32;

    fn of_i64(value: i64) -> Option<Self> {
        value.try_into().ok()
    }

    fn of_f64(value: f64) -> Option<Self> {
        whole(value).and_then(Self::of_i64)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.into())
    }

    fn parse(spelling: &str) -> Option<Self> {
        i64::parse(spelling).and_then(Self::of_i64)
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::Int32(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::Int32(elements) = values { Some(elements) } else { None }
    }
}

impl Element for bool {
    const TYPE: ElementType = ElementType::Bool;

    fn of_i64(value: i64) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn of_f64(value: f64) -> Option<Self> {
        whole(value).and_then(Self::of_i64)
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value)
    }

    fn parse(spelling: &str) -> Option<Self> {
        match spelling.trim() {
            "true" | "True" | "TRUE" | "1" => Some(true),
            "false" | "False" | "FALSE" | "0" => Some(false),
            _ => None,
        }
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::Bool(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::Bool(elements) = values { Some(elements) } else { None }
    }
}

impl Element for String {
    const TYPE: ElementType = ElementType::String;

    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn parse(spelling: &str) -> Option<Self> {
        Some(spelling.to_owned())
    }

    fn values(elements: Vec<Self>) -> Values {
        Values::String(elements)
    }

    fn of_values(values: &mut Values) -> Option<&mut Vec<Self>> {
        if let Values::String(elements) = values { Some(elements) } else { None }
    }
}

/// Calls a function that is generic over the [`Element`] of an [`ElementType`].
macro_rules! with_element {
    ($element:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $element {
            plimsoll_predict::ElementType::Float => $function::<f32>($($argument),*),
            plimsoll_predict::ElementType::Double => $function::<f64>($($argument),*),
            plimsoll_predict::ElementType::Int64 => $function::<i64>($($argument),*),
            plimsoll_predict::ElementType::Int32 => $function::<i32>($($argument),*),
            plimsoll_predict::ElementType::Bool => $function::<bool>($($argument),*),
            plimsoll_predict::ElementType::String => $function::<String>($($argument),*),
        }
    };
}
pub(crate) use with_element;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_the_number_that_it_is() {
        assert_eq!(i64::of_f64(3.0), Some(3));
        assert_eq!(i64::of_f64(3.5), None);
        assert_eq!(i64::of_f64(1e300), None);
        assert_eq!(i32::of_i64(1 << 40), None);
        assert_eq!(bool::of_f64(1.0), Some(true));
        assert_eq!(bool::of_i64(2), None);
        assert_eq!(f32::of_f64(1e39), None);
        assert_eq!(f32::of_f64(0.1), Some(0.1));
        assert_eq!(f64::of_bool(true), Some(1.0));
        assert_eq!(String::of_i64(3), None);
    }

    #[test]
    fn cells_are_spelled() {
        assert_eq!(i64::parse(" 12.0 "), Some(12));
        assert_eq!(i32::parse("99999999999"), None);
        assert_eq!(f32::parse("nan"), None);
        assert_eq!(f64::parse("1e3"), Some(1000.0));
        assert_eq!(bool::parse("True"), Some(true));
        assert_eq!(String::parse(" a"), Some(" a".to_owned()));
    }
}
