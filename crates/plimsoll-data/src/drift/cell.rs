//! What each row of a column has.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::profile::read::{Cell, read};

/// What a row has in a column, read as a profile reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen<'a> {
    /// Nothing, in whatever way that is said.
    Nothing,
    /// A number, not NaN.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Days since 1970-01-01.
    Day(i64),
    /// Microseconds since 1970-01-01 UTC.
    Moment(i64),
    /// None of these.
    Text(&'a str),
}

impl<'a> Seen<'a> {
    fn of_text(text: &'a str) -> Self {
        match read(text) {
            Cell::Missing(_) => Self::Nothing,
            #[expect(clippy::cast_precision_loss, reason = "numbers are compared as floats")]
            Cell::Integer(value) => Self::Number(value as f64),
            Cell::Number(value) => Self::Number(value),
            Cell::Flag(flag) => Self::Flag(flag),
            Cell::Date(day) => Self::Day(day.into()),
            Cell::Stamp(stamp) => Self::Moment(stamp),
            Cell::Text => Self::Text(text),
        }
    }

    fn of_number(value: f64) -> Self {
        if value.is_nan() { Self::Nothing } else { Self::Number(value) }
    }
}

/// Returns what `value` makes of each row.
pub(super) fn each<T: Copy>(cells: &ArrayRef, value: &impl Fn(Seen<'_>) -> T) -> Vec<T> {
    let converted = |target: &DataType| match cast(cells, target) {
        Ok(cells) => each(&cells, value),
        Err(_) => formatted(cells, value),
    };
    match cells.data_type() {
        DataType::Null => vec![value(Seen::Nothing); cells.len()],
        DataType::Boolean => {
            let seen = |flag: Option<bool>| flag.map_or(Seen::Nothing, Seen::Flag);
            cells.as_boolean().iter().map(|flag| value(seen(flag))).collect()
        }
        DataType::Float64 => {
            primitive::<Float64Type, T>(cells, |number| value(Seen::of_number(number)), value)
        }
        DataType::Date32 => {
            primitive::<Date32Type, T>(cells, |day| value(Seen::Day(day.into())), value)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType, T>(cells, |at| value(Seen::Moment(at)), value)
        }
        DataType::Utf8 => texts(cells.as_string(), value),
        DataType::Dictionary(key, of) if **key == DataType::Int32 && **of == DataType::Utf8 => {
            let cells = cells.as_dictionary::<Int32Type>();
            // Each text is looked at once, however many rows have it.
            let values = texts(cells.values().as_string(), value);
            let nothing = value(Seen::Nothing);
            let of_key = |key: Option<i32>| {
                let place = key.and_then(|key| usize::try_from(key).ok());
                place.and_then(|place| values.get(place)).copied().unwrap_or(nothing)
            };
            cells.keys().iter().map(of_key).collect()
        }
        DataType::Date64 => converted(&DataType::Date32),
        DataType::Timestamp(..) => converted(&DataType::Timestamp(TimeUnit::Microsecond, None)),
        DataType::LargeUtf8 | DataType::Utf8View => converted(&DataType::Utf8),
        DataType::Dictionary(_, of) if of.is_string() => {
            let (key, of) = (Box::new(DataType::Int32), Box::new(DataType::Utf8));
            converted(&DataType::Dictionary(key, of))
        }
        DataType::Dictionary(_, of) => converted(of.as_ref()),
        DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit) => {
            seconds(cells, *unit, value)
        }
        of if of.is_integer() || of.is_floating() || is_decimal(of) => {
            converted(&DataType::Float64)
        }
        _ => formatted(cells, value),
    }
}

fn primitive<A: ArrowPrimitiveType, T: Copy>(
    cells: &ArrayRef,
    of: impl Fn(A::Native) -> T,
    value: &impl Fn(Seen<'_>) -> T,
) -> Vec<T> {
    let cells: &PrimitiveArray<A> = cells.as_primitive();
    if cells.null_count() == 0 {
        return cells.values().iter().map(|cell| of(*cell)).collect();
    }
    let nothing = value(Seen::Nothing);
    cells.iter().map(|cell| cell.map_or(nothing, &of)).collect()
}

fn texts<T: Copy>(cells: &StringArray, value: &impl Fn(Seen<'_>) -> T) -> Vec<T> {
    cells.iter().map(|text| value(text.map_or(Seen::Nothing, Seen::of_text))).collect()
}

/// Times of day and durations, as seconds.
fn seconds<T: Copy>(cells: &ArrayRef, unit: TimeUnit, value: &impl Fn(Seen<'_>) -> T) -> Vec<T> {
    let a_second = match unit {
        TimeUnit::Second => 1.0,
        TimeUnit::Millisecond => 1e3,
        TimeUnit::Microsecond => 1e6,
        TimeUnit::Nanosecond => 1e9,
    };
    let whole = cast(cells, &DataType::Int64).or_else(|_| {
        cast(cells, &DataType::Int32).and_then(|cells| cast(&cells, &DataType::Int64))
    });
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a second after 285 years")]
    let number = |count: i64| value(Seen::Number(count as f64 / a_second));
    match whole {
        Ok(whole) => primitive::<Int64Type, T>(&whole, number, value),
        Err(_) => formatted(cells, value),
    }
}

/// What has no form of its own is a text that is nothing else.
fn formatted<T: Copy>(cells: &ArrayRef, value: &impl Fn(Seen<'_>) -> T) -> Vec<T> {
    let options = FormatOptions::new();
    let Ok(formatter) = ArrayFormatter::try_new(cells.as_ref(), &options) else {
        return vec![value(Seen::Nothing); cells.len()];
    };
    let cell = |row| {
        if cells.is_valid(row) {
            value(Seen::Text(&formatter.value(row).to_string()))
        } else {
            value(Seen::Nothing)
        }
    };
    (0..cells.len()).map(cell).collect()
}

fn is_decimal(of: &DataType) -> bool {
    matches!(
        of,
        DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        DictionaryArray, Int8Array, Time32SecondArray, TimestampMillisecondArray, UInt64Array,
    };

    use super::*;

    fn seen(cells: impl Array + 'static) -> Vec<String> {
        let words = std::cell::RefCell::new(Vec::new());
        let cells: ArrayRef = Arc::new(cells);
        let places = each(&cells, &|seen| {
            words.borrow_mut().push(format!("{seen:?}"));
            words.borrow().len() - 1
        });
        let words = words.into_inner();
        places.into_iter().map(|place| words[place].clone()).collect()
    }

    #[test]
    fn text_is_read_and_dictionaries_once() {
        let texts = [Some("7"), None, Some("NA"), Some("true"), Some("2011-01-02"), Some("tea")];
        let expected =
            ["Number(7.0)", "Nothing", "Nothing", "Flag(true)", "Day(14976)", "Text(\"tea\")"];
        assert_eq!(seen(StringArray::from(texts.to_vec())), expected);
        let coded: DictionaryArray<Int32Type> = texts.into_iter().collect();
        assert_eq!(seen(coded), expected);
    }

    #[test]
    fn stored_types_are_read_as_what_they_are() {
        assert_eq!(seen(Int8Array::from(vec![Some(3), None])), ["Number(3.0)", "Nothing"]);
        assert_eq!(seen(UInt64Array::from(vec![u64::MAX])), ["Number(1.8446744073709552e19)"]);
        let nan = PrimitiveArray::<Float64Type>::from(vec![f64::NAN, f64::INFINITY]);
        assert_eq!(seen(nan), ["Nothing", "Number(inf)"]);
        assert_eq!(seen(Time32SecondArray::from(vec![90])), ["Number(90.0)"]);
        assert_eq!(seen(TimestampMillisecondArray::from(vec![5])), ["Moment(5000)"]);
    }
}
