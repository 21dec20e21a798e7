//! One column held against its rule.

use std::collections::HashSet;
use std::fmt::Display;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::util::display::array_value_to_string;
use plimsoll_core::{Code, Finding, Severity};

use crate::code;
use crate::example::{Tally, quoted, shown};
use crate::schema::{ColumnRule, Domain, Limit, Range};
use crate::table::Batch;
use crate::typed::Typed;

/// How many accepted values a message lists.
const LISTED: usize = 10;

/// A column, and what was wrong with it so far.
pub(super) struct ColumnCheck<'a> {
    name: &'a str,
    rule: &'a ColumnRule,
    accepted: Accepted<'a>,
    missing: Tally,
    wrong: Tally,
    not_finite: Tally,
    below: Beyond,
    above: Beyond,
    unexpected: Tally,
}

/// Values beyond one end of a range.
#[derive(Default)]
struct Beyond {
    tally: Tally,
    /// The one that is farthest off, where values are numbers.
    farthest: Option<f64>,
}

/// Accepted values in a form that is quick to ask.
enum Accepted<'a> {
    All,
    /// Bit `n` stands for the value `first + n`.
    Bits {
        first: i64,
        bits: u64,
    },
    Integers(HashSet<i64>),
    Strings(HashSet<&'a str>),
}

impl<'a> Accepted<'a> {
    fn of(domain: &'a Domain) -> Self {
        match domain {
            Domain::Integer { values: Some(values), .. } => {
                let ends = values.first().zip(values.last());
                match ends {
                    Some((first, last)) if last.checked_sub(*first).is_some_and(|n| n < 64) => {
                        let bits = values.iter().fold(0, |bits, value| bits | 1 << (value - first));
                        Self::Bits { first: *first, bits }
                    }
                    _ => Self::Integers(values.iter().copied().collect()),
                }
            }
            Domain::String { values: Some(values) } => {
                Self::Strings(values.iter().map(String::as_str).collect())
            }
            _ => Self::All,
        }
    }

    #[inline]
    fn has_integer(&self, value: i64) -> bool {
        match self {
            Self::Bits { first, bits } => {
                let place = value.wrapping_sub(*first).cast_unsigned();
                place < 64 && bits >> place & 1 == 1
            }
            Self::Integers(values) => values.contains(&value),
            Self::All | Self::Strings(_) => true,
        }
    }
}

impl<'a> ColumnCheck<'a> {
    pub(super) fn new(name: &'a str, rule: &'a ColumnRule) -> Self {
        Self {
            name,
            rule,
            accepted: Accepted::of(&rule.domain),
            missing: Tally::default(),
            wrong: Tally::default(),
            not_finite: Tally::default(),
            below: Beyond::default(),
            above: Beyond::default(),
            unexpected: Tally::default(),
        }
    }

    /// Takes in the column at `at` of `batch`, read as `typed`.
    pub(super) fn take(&mut self, batch: &Batch, at: usize, typed: &Typed) {
        let cells = &batch.columns[at];
        if !self.rule.nullable
            && let Some(nulls) = cells.logical_nulls().filter(|nulls| nulls.null_count() > 0)
        {
            for row in (0..batch.rows).filter(|&row| nulls.is_null(row)) {
                self.missing.add(batch.place(row), String::new);
            }
        }
        for &row in &typed.wrong {
            self.wrong.add(batch.place(row), || batch.cell(at, row));
        }
        match &self.rule.domain {
            Domain::Integer { range, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "shown as the farthest only")]
                let number = |value| Some(value as f64);
                self.range::<Int64Type>(batch, cells, typed, range, number);
                self.integers(batch, typed);
            }
            Domain::Number { range } => {
                self.finite(batch, cells, typed);
                self.range::<Float64Type>(batch, cells, typed, range, Some);
            }
            Domain::Date { range } => {
                self.range::<Date32Type>(batch, cells, typed, range, |_| None);
            }
            Domain::Timestamp { range } => {
                self.range::<TimestampMicrosecondType>(batch, cells, typed, range, |_| None);
            }
            Domain::String { .. } => self.strings(batch, typed),
            Domain::Boolean => {}
        }
    }

    fn range<T: ArrowPrimitiveType>(
        &mut self,
        batch: &Batch,
        cells: &ArrayRef,
        typed: &Typed,
        range: &Range<T::Native>,
        number: impl Fn(T::Native) -> Option<f64>,
    ) where
        T::Native: PartialOrd,
    {
        let Some(values) = typed.values.as_primitive_opt::<T>() else { return };
        // Empty cells hold some number too; whether one of them did this is told below.
        if let Some(min) = range.min.as_ref().map(|limit| limit.value)
            && any(values, |value| value < min)
        {
            for row in filled(values).filter(|&row| values.value(row) < min) {
                self.below.tally.add(batch.place(row), || shown(&text(cells, row)));
                let far = number(values.value(row));
                self.below.farthest =
                    far.map(|far| self.below.farthest.map_or(far, |other| far.min(other)));
            }
        }
        if let Some(max) = range.max.as_ref().map(|limit| limit.value)
            && any(values, |value| value > max)
        {
            for row in filled(values).filter(|&row| values.value(row) > max) {
                self.above.tally.add(batch.place(row), || shown(&text(cells, row)));
                let far = number(values.value(row));
                self.above.farthest =
                    far.map(|far| self.above.farthest.map_or(far, |other| far.max(other)));
            }
        }
    }

    fn finite(&mut self, batch: &Batch, cells: &ArrayRef, typed: &Typed) {
        let Some(values) = typed.values.as_primitive_opt::<Float64Type>() else { return };
        if any(values, |value| !value.is_finite()) {
            for row in filled(values).filter(|&row| !values.value(row).is_finite()) {
                self.not_finite.add(batch.place(row), || shown(&text(cells, row)));
            }
        }
    }

    fn integers(&mut self, batch: &Batch, typed: &Typed) {
        let Some(values) = typed.values.as_primitive_opt::<Int64Type>() else { return };
        if !matches!(self.accepted, Accepted::All)
            && any(values, |value| !self.accepted.has_integer(value))
        {
            for row in filled(values).filter(|&row| !self.accepted.has_integer(values.value(row))) {
                self.unexpected.add(batch.place(row), || values.value(row).to_string());
            }
        }
    }

    fn strings(&mut self, batch: &Batch, typed: &Typed) {
        let Accepted::Strings(accepted) = &self.accepted else { return };
        let Some(values) = typed.values.as_string_opt::<i32>() else { return };
        let mut known = "";
        for (row, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            // Equal values often follow each other.
            if value == known && !known.is_empty() {
                continue;
            }
            match accepted.get(value) {
                Some(accepted) => known = accepted,
                None => self.unexpected.add(batch.place(row), || quoted(value)),
            }
        }
    }

    /// Returns what was wrong in `rows` rows.
    pub(super) fn findings(&self, rows: u64) -> Vec<Finding> {
        let column_type = self.rule.domain.column_type();
        let mut findings = Vec::new();
        findings.extend(self.finding(
            code::TYPE,
            &self.wrong,
            &format!("holds no {column_type}"),
            rows,
        ));
        findings.extend(self.finding(code::MISSING_VALUES, &self.missing, "is empty", rows));
        findings.extend(self.finding(code::NOT_FINITE, &self.not_finite, "is not finite", rows));
        findings.extend(self.finding(code::VALUES, &self.unexpected, &self.none_of(), rows));
        let ends = ends(&self.rule.domain);
        for (beyond, (limit, number), side) in
            [(&self.below, ends.0, "below"), (&self.above, ends.1, "above")]
        {
            let finding =
                self.finding(code::RANGE, &beyond.tally, &format!("is {side} {limit}"), rows);
            findings.extend(finding.map(|finding| Finding {
                limit: number,
                value: beyond.farthest.filter(|value| value.is_finite()),
                ..finding
            }));
        }
        findings
    }

    fn finding(&self, code: Code, tally: &Tally, says: &str, rows: u64) -> Option<Finding> {
        tally.count()?;
        let (name, of, examples) = (shown(self.name), tally.of(rows), tally.examples());
        let message = format!("column `{name}` {says} in {of}{examples}");
        Some(Finding {
            line: tally.first_line(),
            path: tally.first_file(),
            subject: Some(self.name.to_owned()),
            ..Finding::new(code, Severity::Error, message)
        })
    }

    fn none_of(&self) -> String {
        fn list<T: Display>(values: impl ExactSizeIterator<Item = T>) -> String {
            let more = values.len().saturating_sub(LISTED);
            let listed: Vec<String> = values.take(LISTED).map(|value| value.to_string()).collect();
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("is none of {}{rest}", listed.join(", "))
        }
        match &self.rule.domain {
            Domain::Integer { values: Some(values), .. } => list(values.iter()),
            Domain::String { values: Some(values) } => {
                list(values.iter().map(|value| quoted(value)))
            }
            _ => String::new(),
        }
    }
}

/// An end of a range as text, and as a number where it is one.
type End<'a> = (&'a str, Option<f64>);

fn ends(domain: &Domain) -> (End<'_>, End<'_>) {
    fn both<T: Copy>(range: &Range<T>, number: fn(T) -> Option<f64>) -> (End<'_>, End<'_>) {
        (end(range.min.as_ref(), number), end(range.max.as_ref(), number))
    }
    fn end<T: Copy>(limit: Option<&Limit<T>>, number: fn(T) -> Option<f64>) -> End<'_> {
        limit.map_or(("", None), |limit| (limit.text.as_str(), number(limit.value)))
    }
    match domain {
        #[expect(clippy::cast_precision_loss, reason = "shown beside the exact text")]
        Domain::Integer { range, .. } => both(range, |value| Some(value as f64)),
        Domain::Number { range } => both(range, Some),
        Domain::Date { range } => both(range, |_| None),
        Domain::Timestamp { range } => both(range, |_| None),
        Domain::String { .. } | Domain::Boolean => (("", None), ("", None)),
    }
}

/// Tells whether any value, empty cells' included, is `bad`. Written so that it is vectorised.
#[inline]
fn any<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, bad: impl Fn(T::Native) -> bool) -> bool {
    values
        .values()
        .chunks(256)
        .any(|chunk| chunk.iter().fold(false, |any, &value| any | bad(value)))
}

fn filled<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>) -> impl Iterator<Item = usize> + '_ {
    (0..values.len()).filter(|&row| values.is_valid(row))
}

/// Returns the cell as the file has it.
pub(super) fn text(cells: &ArrayRef, row: usize) -> String {
    array_value_to_string(cells, row).unwrap_or_default()
}
