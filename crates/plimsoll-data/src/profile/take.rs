//! How the cells of a batch get into a column.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::column::Column;
use super::dictionary::Dictionary;
use super::instants::Unit;
use super::read::{Cell, read};
use crate::sketch::hash;
use crate::sketch::order::{self, Scale};

/// A column while it is read.
pub(super) struct Taking {
    pub(super) column: Column,
    /// The dictionary that its texts come with.
    dictionary: Option<Dictionary>,
}

/// The cells of a batch, row by row, for what looks at several columns.
#[derive(Default)]
pub(super) struct Aligned {
    /// The hash of each value, 0 where there is none.
    pub(super) hashes: Vec<u64>,
    /// The number that each value is, NaN where it is none; empty where none is.
    pub(super) numbers: Vec<f64>,
}

/// Room that is used again for each batch.
#[derive(Default)]
pub(super) struct Scratch {
    keys: Vec<u64>,
    hashes: Vec<u64>,
    numbers: Vec<f64>,
    integers: Vec<i64>,
    days: Vec<i64>,
    stamps: Vec<i64>,
}

impl Taking {
    pub(super) fn new(column: Column) -> Self {
        Self { column, dictionary: None }
    }

    /// Ends taking: everything is in the sketches now.
    pub(super) fn finish(&mut self) {
        if let Some(dictionary) = self.dictionary.take() {
            dictionary.count_into(&mut self.column);
        }
        self.column.settle();
    }

    /// Takes in cells, and says in `out` what each row has.
    pub(super) fn take(&mut self, cells: &ArrayRef, scratch: &mut Scratch, out: &mut Aligned) {
        out.hashes.clear();
        out.numbers.clear();
        self.column.add_rows(cells.len() as u64);
        self.take_typed(cells, scratch, out);
        debug_assert_eq!(out.hashes.len(), cells.len());
        self.column.trend_mut().take(&out.numbers);
    }

    fn take_typed(&mut self, cells: &ArrayRef, scratch: &mut Scratch, out: &mut Aligned) {
        match cells.data_type() {
            DataType::Null => {
                self.column.add_empty(cells.len() as u64);
                out.hashes.resize(cells.len(), 0);
            }
            DataType::Boolean => self.flags(cells.as_boolean(), out),
            DataType::Int64 => self.integers(cells.as_primitive(), scratch, out),
            DataType::UInt64 => {
                let large = |value: &u64| i64::try_from(*value).is_err();
                let target = if cells.as_primitive::<UInt64Type>().values().iter().any(large) {
                    DataType::Float64
                } else {
                    DataType::Int64
                };
                self.converted(cells, &target, scratch, out);
            }
            of if of.is_integer() => self.converted(cells, &DataType::Int64, scratch, out),
            DataType::Float64 => self.floats(cells.as_primitive(), scratch, out),
            of if of.is_floating() || is_decimal(of) => {
                self.converted(cells, &DataType::Float64, scratch, out);
            }
            DataType::Date32 => {
                let days = cells.as_primitive::<Date32Type>();
                let days: PrimitiveArray<Int64Type> = days.unary(i64::from);
                self.instants(&days, Unit::Day, scratch, out);
            }
            DataType::Date64 => self.converted(cells, &DataType::Date32, scratch, out),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let stamps = cells.as_primitive::<TimestampMicrosecondType>();
                let stamps = stamps.reinterpret_cast::<Int64Type>();
                self.instants(&stamps, Unit::Microsecond, scratch, out);
            }
            DataType::Timestamp(..) => {
                let target = DataType::Timestamp(TimeUnit::Microsecond, None);
                self.converted(cells, &target, scratch, out);
            }
            DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit) => {
                self.seconds(cells, *unit, scratch, out);
            }
            DataType::Utf8 => self.texts(cells.as_string(), scratch, out),
            DataType::LargeUtf8 | DataType::Utf8View => {
                self.converted(cells, &DataType::Utf8, scratch, out);
            }
            DataType::Dictionary(key, value)
                if **key == DataType::Int32 && **value == DataType::Utf8 =>
            {
                let cells = cells.as_dictionary::<Int32Type>();
                Dictionary::take(&mut self.dictionary, cells, &mut self.column, out);
            }
            DataType::Dictionary(_, value) if value.is_string() => {
                let (key, value) = (Box::new(DataType::Int32), Box::new(DataType::Utf8));
                self.converted(cells, &DataType::Dictionary(key, value), scratch, out);
            }
            DataType::Dictionary(_, value) => {
                let target = value.as_ref().clone();
                self.converted(cells, &target, scratch, out);
            }
            _ => self.nested(cells, scratch, out),
        }
    }

    /// Takes in cells as those of another type. What that cannot hold is counted as unreadable.
    fn converted(
        &mut self,
        cells: &ArrayRef,
        target: &DataType,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        let empty = cells.logical_null_count();
        match cast(cells, target) {
            Ok(converted) => {
                let lost = (converted.logical_null_count().saturating_sub(empty)) as u64;
                self.take_typed(&converted, scratch, out);
                self.column.take_back_empty(lost);
            }
            Err(_) => self.nested(cells, scratch, out),
        }
    }

    /// Takes in what has no form of its own as text.
    fn nested(&mut self, cells: &ArrayRef, scratch: &mut Scratch, out: &mut Aligned) {
        self.column.set_nested();
        let options = FormatOptions::new();
        let Ok(formatter) = ArrayFormatter::try_new(cells.as_ref(), &options) else {
            self.column.add_unreadable(cells.len() as u64);
            out.hashes.resize(cells.len(), 0);
            return;
        };
        let text = |row| cells.is_valid(row).then(|| formatter.value(row).to_string());
        let texts: StringArray = (0..cells.len()).map(text).collect();
        for text in &texts {
            let Some(text) = text else {
                self.column.add_empty(1);
                out.hashes.push(0);
                continue;
            };
            let hash = hash::of_bytes(text.as_bytes());
            self.column.texts_mut().take(text, hash, 1);
            out.hashes.push(hash);
        }
        _ = scratch;
    }

    fn flags(&mut self, cells: &BooleanArray, out: &mut Aligned) {
        for cell in cells {
            out.hashes.push(cell.map_or(0, |flag| hash::of_float(f64::from(u8::from(flag)))));
            out.numbers.push(cell.map_or(f64::NAN, |flag| f64::from(u8::from(flag))));
        }
        let filled = cells.len() - cells.null_count();
        let held = cells.true_count();
        self.column.add_empty(cells.null_count() as u64);
        self.column.add_flags(true, held as u64);
        self.column.add_flags(false, (filled - held) as u64);
    }

    fn floats(
        &mut self,
        cells: &PrimitiveArray<Float64Type>,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        let values = cells.values();
        let finite = values.iter().fold(true, |all, value| all & value.is_finite());
        out.numbers.extend_from_slice(values);
        scratch.keys.clear();
        if finite && cells.null_count() == 0 {
            out.hashes.extend(values.iter().map(|value| hash::of_float(*value)));
            scratch.keys.extend(values.iter().map(|value| order::of_float(*value)));
            if !values.is_empty() {
                let numbers = self.column.numbers_mut(Scale::Float);
                numbers.become_float();
                numbers.take(&scratch.keys, &out.hashes, values);
            }
            return;
        }
        scratch.hashes.clear();
        scratch.numbers.clear();
        blank(&mut out.numbers, cells.nulls());
        let hash = |value: &f64| if value.is_nan() { 0 } else { hash::of_float(*value) };
        out.hashes.extend(out.numbers.iter().map(hash));
        for run in runs(&out.numbers) {
            let values = &out.numbers[run.clone()];
            scratch.hashes.extend_from_slice(&out.hashes[run]);
            scratch.keys.extend(values.iter().map(|value| order::of_float(*value)));
            if finite {
                scratch.numbers.extend_from_slice(values);
            } else {
                scratch.numbers.extend(values.iter().filter(|value| value.is_finite()));
            }
        }
        let filled = scratch.keys.len();
        self.column.add_empty(cells.null_count() as u64);
        self.column.add_not_numbers((cells.len() - cells.null_count() - filled) as u64);
        if filled > 0 {
            let numbers = self.column.numbers_mut(Scale::Float);
            numbers.become_float();
            numbers.take(&scratch.keys, &scratch.hashes, &scratch.numbers);
        }
    }

    fn integers(
        &mut self,
        cells: &PrimitiveArray<Int64Type>,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        self.whole(cells, scratch, out);
        let filled = (cells.len() - cells.null_count()) as u64;
        if filled > 0 {
            self.column.add_whole(filled);
            scratch.integers_into(&mut self.column);
        }
    }

    fn instants(
        &mut self,
        cells: &PrimitiveArray<Int64Type>,
        unit: Unit,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        self.whole(cells, scratch, out);
        if !scratch.integers.is_empty() {
            let Scratch { keys, hashes, numbers, integers, .. } = scratch;
            keys.extend(integers.iter().map(|value| order::of_integer(*value)));
            self.column.instants_mut(unit).take(integers, keys, hashes, numbers);
        }
    }

    /// Lays out whole numbers: all rows in `out`, those that are filled in `scratch`.
    #[expect(clippy::cast_precision_loss, reason = "what looks at several columns takes floats")]
    fn whole(
        &mut self,
        cells: &PrimitiveArray<Int64Type>,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        scratch.clear();
        let values = cells.values();
        out.numbers.extend(values.iter().map(|value| *value as f64));
        out.hashes.extend(values.iter().map(|value| hash::of_integer(*value)));
        self.column.add_empty(cells.null_count() as u64);
        let Some(nulls) = cells.nulls().filter(|nulls| nulls.null_count() > 0) else {
            scratch.integers.extend_from_slice(values);
            scratch.hashes.extend_from_slice(&out.hashes);
            scratch.numbers.extend_from_slice(&out.numbers);
            return;
        };
        for row in nulls.valid_indices() {
            scratch.integers.push(values[row]);
            scratch.hashes.push(out.hashes[row]);
            scratch.numbers.push(out.numbers[row]);
        }
        for row in empty_rows(nulls) {
            out.numbers[row] = f64::NAN;
            out.hashes[row] = 0;
        }
    }

    /// Takes in times of day and durations as seconds.
    fn seconds(
        &mut self,
        cells: &ArrayRef,
        unit: TimeUnit,
        scratch: &mut Scratch,
        out: &mut Aligned,
    ) {
        let a_second = match unit {
            TimeUnit::Second => 1.0,
            TimeUnit::Millisecond => 1e3,
            TimeUnit::Microsecond => 1e6,
            TimeUnit::Nanosecond => 1e9,
        };
        // A 32-bit time of day becomes an integer of 32 bits first.
        let whole = cast(cells, &DataType::Int64).or_else(|_| {
            cast(cells, &DataType::Int32).and_then(|cells| cast(&cells, &DataType::Int64))
        });
        let Ok(whole) = whole else { return self.nested(cells, scratch, out) };
        #[expect(clippy::cast_precision_loss, reason = "a fraction of a second after 285 years")]
        let seconds: PrimitiveArray<Float64Type> =
            whole.as_primitive::<Int64Type>().unary(|value| value as f64 / a_second);
        self.take_typed(&(Arc::new(seconds) as ArrayRef), scratch, out);
    }

    fn texts(&mut self, cells: &StringArray, scratch: &mut Scratch, out: &mut Aligned) {
        scratch.clear();
        let mut are_integers = true;
        let mut seen = (0, 0);
        for cell in cells {
            let (hash, number) = match cell {
                None => {
                    seen.0 += 1;
                    (0, f64::NAN)
                }
                Some(text) => self.text(text, scratch, &mut are_integers, &mut seen.1),
            };
            out.hashes.push(hash);
            out.numbers.push(number);
        }
        self.column.add_empty(seen.0);
        self.column.add_whole(seen.1);
        if out.numbers.iter().all(|number| number.is_nan()) {
            out.numbers.clear();
        }
        scratch.waiting_into(&mut self.column, are_integers);
    }

    /// Takes in the text of a cell and returns its hash and its number. Numbers wait in `scratch`.
    #[expect(clippy::cast_precision_loss, reason = "what looks at several columns takes floats")]
    fn text(
        &mut self,
        text: &str,
        scratch: &mut Scratch,
        are_integers: &mut bool,
        whole: &mut u64,
    ) -> (u64, f64) {
        match read(text) {
            Cell::Integer(value) => {
                *whole += 1;
                scratch.integers.push(value);
                scratch.numbers.push(value as f64);
                (hash::of_integer(value), value as f64)
            }
            Cell::Number(value) => {
                *are_integers = false;
                scratch.numbers.push(value);
                (hash::of_float(value), value)
            }
            Cell::Flag(flag) => {
                self.column.add_flags(flag, 1);
                let number = f64::from(u8::from(flag));
                (hash::of_float(number), number)
            }
            Cell::Date(day) => {
                let day = i64::from(day);
                scratch.days.push(day);
                (hash::of_integer(day), day as f64)
            }
            Cell::Stamp(stamp) => {
                scratch.stamps.push(stamp);
                (hash::of_integer(stamp), stamp as f64)
            }
            Cell::Missing(spelling) => {
                self.column.add_spelled(spelling, 1);
                (0, f64::NAN)
            }
            Cell::Text => {
                let hash = hash::of_bytes(text.as_bytes());
                self.column.texts_mut().take(text, hash, 1);
                (hash, f64::NAN)
            }
        }
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.keys.clear();
        self.hashes.clear();
        self.numbers.clear();
        self.integers.clear();
        self.days.clear();
        self.stamps.clear();
    }

    /// Gives integers to a column, with the hashes and floats beside them.
    fn integers_into(&mut self, column: &mut Column) {
        self.keys.clear();
        let numbers = column.numbers_mut(Scale::Integer);
        match numbers.scale() {
            Scale::Integer => {
                self.keys.extend(self.integers.iter().map(|value| order::of_integer(*value)));
            }
            Scale::Float => {
                self.keys.extend(self.numbers.iter().map(|value| order::of_float(*value)));
            }
        }
        numbers.take(&self.keys, &self.hashes, &self.numbers);
    }

    /// Gives what was read from texts to a column.
    #[expect(clippy::cast_precision_loss, reason = "moments are floats")]
    fn waiting_into(&mut self, column: &mut Column, are_integers: bool) {
        if !self.numbers.is_empty() {
            if are_integers {
                self.hashes.extend(self.integers.iter().map(|value| hash::of_integer(*value)));
                self.integers_into(column);
            } else {
                self.hashes.extend(self.numbers.iter().map(|value| hash::of_float(*value)));
                self.keys.extend(self.numbers.iter().map(|value| order::of_float(*value)));
                self.numbers.retain(|value| value.is_finite());
                let numbers = column.numbers_mut(Scale::Float);
                numbers.become_float();
                numbers.take(&self.keys, &self.hashes, &self.numbers);
            }
        }
        for (unit, values) in [(Unit::Day, &self.days), (Unit::Microsecond, &self.stamps)] {
            if values.is_empty() {
                continue;
            }
            self.keys.clear();
            self.keys.extend(values.iter().map(|value| order::of_integer(*value)));
            self.hashes.clear();
            self.hashes.extend(values.iter().map(|value| hash::of_integer(*value)));
            self.numbers.clear();
            self.numbers.extend(values.iter().map(|value| *value as f64));
            let instants = column.instants_mut(unit);
            instants.take(values, &self.keys, &self.hashes, &self.numbers);
        }
    }
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

/// Returns the runs of numbers between those that are NaN.
fn runs(numbers: &[f64]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        from += numbers[from..].iter().position(|number| !number.is_nan())?;
        let length = numbers[from..].iter().position(|number| number.is_nan());
        let run = from..length.map_or(numbers.len(), |length| from + length);
        from = run.end;
        Some(run)
    })
}

/// Makes NaN of what is null.
fn blank(numbers: &mut [f64], nulls: Option<&NullBuffer>) {
    for row in nulls.into_iter().flat_map(empty_rows) {
        numbers[row] = f64::NAN;
    }
}

/// Returns the rows that are null; they are few.
fn empty_rows(nulls: &NullBuffer) -> Vec<usize> {
    (!nulls.inner()).set_indices().collect()
}
