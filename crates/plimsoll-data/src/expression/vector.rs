//! Values of many rows: what is known of them, what is not, and what could not be computed.

use std::collections::BTreeMap;
use std::fmt;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBufferBuilder, NullBufferBuilder, StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, ArrowPrimitiveType};

/// Why a row has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// An integer, a timestamp or a duration outgrew 64 bits.
    Overflow,
    /// An integer was divided by nought.
    DivisionByZero,
    /// A number that is none (NaN) was compared.
    NotANumber,
    /// `now` was asked for and nobody said what time it is.
    NoClock,
    /// What the interpreter said.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overflow => "a result outgrows 64 bits",
            Self::DivisionByZero => "an integer is divided by 0",
            Self::NotANumber => "a number that is none (NaN) is compared",
            Self::NoClock => "the present is not known",
            Self::Other(message) => message,
        })
    }
}

/// Rows without an answer. Each is unknown among the values as well.
pub(super) type Failures = BTreeMap<usize, Failure>;

/// True, false or unknown of each row.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// The answer; it means nothing where it is not known.
    pub(crate) values: BooleanBuffer,
    /// Where it is known; everywhere if `None`.
    pub(crate) known: Option<NullBuffer>,
    /// Why it is not known, where that is nobody's wish.
    pub(crate) failures: Failures,
}

impl Truth {
    pub(super) fn all(value: bool, rows: usize) -> Self {
        let values =
            if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
        Self { values, known: None, failures: Failures::new() }
    }

    /// Puts the answers of `parts` one behind the other.
    pub(super) fn of_parts(parts: impl Iterator<Item = Self>) -> Self {
        let (mut values, mut known) = (BooleanBufferBuilder::new(0), NullBufferBuilder::new(0));
        let mut failures = Failures::new();
        for part in parts {
            let (before, rows) = (values.len(), part.values.len());
            values.append_buffer(&part.values);
            match &part.known {
                Some(part) => known.append_buffer(part),
                None => known.append_n_non_nulls(rows),
            }
            failures.extend(part.failures.into_iter().map(|(row, why)| (before + row, why)));
        }
        Self { values: values.finish(), known: known.finish(), failures }
    }

    /// Returns the rows that are known to be `value`.
    pub(crate) fn is(&self, value: bool) -> BooleanBuffer {
        let values = if value { self.values.clone() } else { !&self.values };
        match &self.known {
            Some(known) => &values & known.inner(),
            None => values,
        }
    }

    /// Brings two answers together; `decisive` of one side decides whatever the other is.
    pub(super) fn joined(self, other: Self, decisive: bool) -> Self {
        if self.known.is_none() && other.known.is_none() {
            let values =
                if decisive { &self.values | &other.values } else { &self.values & &other.values };
            return Self { values, known: None, failures: Failures::new() };
        }
        let decided = &self.is(decisive) | &other.is(decisive);
        let opposite = &self.is(!decisive) & &other.is(!decisive);
        let known = &decided | &opposite;
        let values = if decisive { decided } else { opposite };
        let mut failures = self.failures;
        failures.extend(other.failures);
        failures.retain(|row, _| !known.value(*row));
        Self { values, known: Some(NullBuffer::new(known)), failures }
    }

    pub(super) fn negated(self) -> Self {
        Self { values: !&self.values, ..self }
    }
}

/// Values of each row, or one of them all.
#[derive(Clone, Debug)]
pub(super) enum Values<T: ArrowNativeType> {
    Same(T),
    Rows(ScalarBuffer<T>),
}

/// Numbers of each row; what is not known has any value.
#[derive(Clone, Debug)]
pub(super) struct Lane<T: ArrowNativeType> {
    pub(super) values: Values<T>,
    pub(super) known: Option<NullBuffer>,
    pub(super) failures: Failures,
}

impl<T: ArrowNativeType> Lane<T> {
    pub(super) fn constant(value: T) -> Self {
        Self { values: Values::Same(value), known: None, failures: Failures::new() }
    }

    /// Takes a column, which is of type `P`.
    pub(super) fn column<P: ArrowPrimitiveType<Native = T>>(column: &ArrayRef) -> Self {
        let column = column.as_primitive::<P>();
        Self {
            values: Values::Rows(column.values().clone()),
            known: column.nulls().cloned(),
            failures: Failures::new(),
        }
    }

    /// Nothing is known of any of `rows` rows, because of `failure`.
    pub(super) fn failed(failure: &Failure, value: T, rows: usize) -> Self {
        Self {
            values: Values::Same(value),
            known: Some(NullBuffer::new_null(rows)),
            failures: (0..rows).map(|row| (row, failure.clone())).collect(),
        }
    }

    pub(super) fn get(&self, row: usize) -> T {
        match &self.values {
            Values::Same(value) => *value,
            Values::Rows(values) => values[row],
        }
    }

    /// Computes something from each value.
    pub(super) fn map<R: ArrowNativeType>(self, of: impl Fn(T) -> R) -> Lane<R> {
        let values = match self.values {
            Values::Same(value) => Values::Same(of(value)),
            Values::Rows(values) => Values::Rows(values.iter().map(|value| of(*value)).collect()),
        };
        Lane { values, known: self.known, failures: self.failures }
    }

    /// Asks something of each value.
    pub(super) fn ask(self, rows: usize, of: impl Fn(T) -> bool) -> Truth {
        let values = match &self.values {
            Values::Same(value) if of(*value) => BooleanBuffer::new_set(rows),
            Values::Same(_) => BooleanBuffer::new_unset(rows),
            Values::Rows(values) => BooleanBuffer::collect_bool(rows, |row| of(values[row])),
        };
        Truth { values, known: self.known, failures: self.failures }
    }

    /// Notes a failure at each known row whose value is `bad`.
    pub(super) fn fail_where(
        mut self,
        rows: usize,
        failure: &Failure,
        bad: impl Fn(T) -> bool,
    ) -> Self {
        let any = match &self.values {
            Values::Same(value) => bad(*value),
            Values::Rows(values) => {
                values.chunks(256).any(|some| some.iter().fold(false, |any, &v| any | bad(v)))
            }
        };
        if any {
            let is_known = |row: usize| self.known.as_ref().is_none_or(|known| known.is_valid(row));
            let failed: Vec<usize> =
                (0..rows).filter(|&row| is_known(row) && bad(self.get(row))).collect();
            self.fail(rows, failed, failure);
        }
        self
    }

    pub(super) fn fail(&mut self, rows: usize, failed: Vec<usize>, failure: &Failure) {
        if failed.is_empty() {
            return;
        }
        self.known = Some(without(self.known.as_ref(), rows, failed.iter().copied()));
        self.failures.extend(failed.into_iter().map(|row| (row, failure.clone())));
    }
}

/// Returns `known` with some rows taken out.
pub(super) fn without(
    known: Option<&NullBuffer>,
    rows: usize,
    out: impl Iterator<Item = usize>,
) -> NullBuffer {
    let mut valid: Vec<bool> = match known {
        Some(known) => known.iter().collect(),
        None => vec![true; rows],
    };
    out.for_each(|row| valid[row] = false);
    NullBuffer::from(valid)
}

/// What is known of a result that comes of both.
pub(super) fn both(
    one: (Option<NullBuffer>, Failures),
    other: (Option<NullBuffer>, Failures),
) -> (Option<NullBuffer>, Failures) {
    let known = NullBuffer::union(one.0.as_ref(), other.0.as_ref());
    let mut failures = one.1;
    failures.extend(other.1);
    (known, failures)
}

/// Texts of each row, or one of them all.
pub(super) enum Texts<'a> {
    Same(&'a str),
    Rows(StringArray, Failures),
}

impl Texts<'_> {
    pub(super) fn get(&self, row: usize) -> &str {
        match self {
            Self::Same(text) => text,
            Self::Rows(texts, _) => texts.value(row),
        }
    }

    pub(super) fn known(&self) -> (Option<NullBuffer>, Failures) {
        match self {
            Self::Same(_) => (None, Failures::new()),
            Self::Rows(texts, failures) => (texts.nulls().cloned(), failures.clone()),
        }
    }
}
