//! What the cells of one column have in common.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::compute::{max, min};
use arrow::datatypes::{
    ArrowNumericType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::util::display::array_value_to_string;

use crate::example::{grouped, quoted, rows_in_words, shown};
use crate::schema::ColumnType;
use crate::text;
use crate::typed::Typed;

/// The most different values that are remembered.
pub(super) const MOST_VALUES: usize = 20;

/// The longest text that is remembered as a value, in bytes.
const LONGEST_VALUE: usize = 40;

/// Text that people write for an empty cell.
const MARKERS: [&str; 9] = ["", "?", "-", "NA", "N/A", "NULL", "null", "None", "nan"];

/// A column so far.
pub(super) struct Profile {
    pub(super) column_type: ColumnType,
    pub(super) rows: u64,
    pub(super) empty: u64,
    pub(super) wrong: usize,
    pub(super) not_finite: u64,
    /// The ends of integers, days and moments.
    pub(super) whole: Option<(i64, i64)>,
    /// The ends of numbers.
    pub(super) numbers: Option<(f64, f64)>,
    /// Different integers, `None` once there are too many.
    pub(super) integers: Option<BTreeSet<i64>>,
    /// Different texts, `None` once there are too many or they are long.
    pub(super) strings: Option<BTreeSet<String>>,
    /// Whether each integer is the next of the one before.
    counts: bool,
    last: Option<i64>,
    /// Cells that hold a marker, and the first such.
    marked: (u64, Option<String>),
    /// Whether every other cell of text is a number.
    else_numbers: bool,
    ends: Option<(String, String)>,
}

impl Profile {
    pub(super) fn new(column_type: ColumnType) -> Self {
        Self {
            column_type,
            rows: 0,
            empty: 0,
            wrong: 0,
            not_finite: 0,
            whole: None,
            numbers: None,
            integers: Some(BTreeSet::new()),
            strings: Some(BTreeSet::new()),
            counts: true,
            last: None,
            marked: (0, None),
            else_numbers: true,
            ends: None,
        }
    }

    /// Takes in some cells.
    pub(super) fn see(&mut self, cells: &Typed) {
        let values = &cells.values;
        self.rows += values.len() as u64;
        self.wrong += cells.wrong.len();
        self.empty += values.null_count() as u64;
        if let Some(values) = values.as_primitive_opt::<Int64Type>() {
            self.see_integers(values);
            self.widen(values, |value| value);
        } else if let Some(values) = values.as_primitive_opt::<Float64Type>() {
            for value in values.iter().flatten() {
                if value.is_finite() {
                    let (low, high) = self.numbers.unwrap_or((value, value));
                    self.numbers = Some((low.min(value), high.max(value)));
                } else {
                    self.not_finite += 1;
                }
            }
        } else if let Some(values) = values.as_primitive_opt::<Date32Type>() {
            self.widen(values, i64::from);
        } else if let Some(values) = values.as_primitive_opt::<TimestampMicrosecondType>() {
            self.widen(values, |value| value);
        } else if let Some(values) = values.as_string_opt::<i32>() {
            values.iter().flatten().for_each(|value| self.see_string(value));
        }
    }

    fn see_integers(&mut self, values: &PrimitiveArray<Int64Type>) {
        for value in values {
            let Some(value) = value else {
                self.counts = false;
                continue;
            };
            self.counts &= self.last.is_none_or(|last| last.checked_add(1) == Some(value));
            self.last = Some(value);
            if let Some(seen) = &mut self.integers {
                seen.insert(value);
                if seen.len() > MOST_VALUES {
                    self.integers = None;
                }
            }
        }
    }

    fn see_string(&mut self, value: &str) {
        let trimmed = value.trim();
        if MARKERS.contains(&trimmed) {
            self.marked.0 += 1;
            self.marked.1.get_or_insert_with(|| value.chars().take(8).collect());
        } else if self.else_numbers {
            self.else_numbers = text::number(value).is_some();
        }
        if let Some(seen) = &mut self.strings
            && !seen.contains(value)
        {
            if value.len() > LONGEST_VALUE || seen.len() == MOST_VALUES {
                self.strings = None;
            } else {
                seen.insert(value.to_owned());
            }
        }
    }

    /// Takes in the ends of whole values, and how they are written.
    fn widen<T: ArrowNumericType>(
        &mut self,
        values: &PrimitiveArray<T>,
        whole: impl Fn(T::Native) -> i64,
    ) {
        let (Some(low), Some(high)) = (min(values), max(values)) else { return };
        let written = |value: T::Native| {
            let one = PrimitiveArray::<T>::from_value(value, 1)
                .with_data_type(values.data_type().clone());
            array_value_to_string(&one, 0).unwrap_or_default()
        };
        let (old_low, old_high) = self.whole.unwrap_or((whole(low), whole(high)));
        let (low_text, high_text) = self.ends.get_or_insert_with(|| (written(low), written(high)));
        if whole(low) < old_low {
            *low_text = written(low);
        }
        if whole(high) > old_high {
            *high_text = written(high);
        }
        self.whole = Some((old_low.min(whole(low)), old_high.max(whole(high))));
    }

    /// Tells whether the column may be a key: by its name, or because it counts.
    pub(super) fn may_be_key(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let named = ["id", "key", "uuid", "guid"].contains(&lower.as_str())
            || ["_id", "_key", "_uuid", "_guid"].iter().any(|end| lower.ends_with(end))
            || ["Id", "ID"].iter().any(|end| name.ends_with(end));
        let counts = self.column_type == ColumnType::Integer && self.counts && self.rows > 1;
        let fits = matches!(self.column_type, ColumnType::Integer | ColumnType::String);
        self.empty == 0 && fits && (named || counts)
    }

    /// Says for a person what was seen.
    pub(super) fn comment(&self) -> String {
        let mut said = Vec::new();
        let filled = self.rows - self.empty;
        if filled == 0 {
            said.push("always empty".to_owned());
        } else if let Some((low, high)) = &self.ends {
            said.push(seen(&shown(low), &shown(high)));
        } else if let Some((low, high)) = self.numbers {
            said.push(seen(&low.to_string(), &high.to_string()));
        } else if self.column_type == ColumnType::String {
            match &self.strings {
                Some(values) if values.len() == 1 => {
                    said.extend(values.first().map(|value| format!("always {}", quoted(value))));
                }
                Some(values) => said.push(format!("{} values", values.len())),
                None => said.push("free text".to_owned()),
            }
        }
        if self.empty > 0 && filled > 0 {
            said.push(format!("{} empty", grouped(self.empty)));
        }
        if self.not_finite > 0 {
            said.push(format!("{} not finite, which is a finding", grouped(self.not_finite)));
        }
        if let (count, Some(marker)) = &self.marked {
            let rest =
                if self.else_numbers && *count < filled { " The rest are numbers" } else { "" };
            let (marker, rows) = (quoted(marker), rows_in_words(*count));
            said.push(format!("{marker} in {rows}: is that an empty cell?{rest}"));
        }
        said.join(", ")
    }
}

fn seen(low: &str, high: &str) -> String {
    if low == high { format!("always {low}") } else { format!("{low} to {high}") }
}
