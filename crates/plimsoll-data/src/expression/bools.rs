//! True, false or unknown of each row.

use arrow::array::{Array, AsArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::ArrowNativeType;

use super::Rows;
use super::nodes::{Any, Bools, Comparison, Holds};
use super::vector::{Failure, Failures, Lane, Texts, Truth, Values, both};

impl Bools {
    pub(super) fn of(&self, rows: &Rows<'_>) -> Truth {
        let count = rows.count;
        match self {
            Self::Column(place) => {
                let column = rows.columns[*place].as_boolean();
                Truth {
                    values: column.values().clone(),
                    known: column.nulls().cloned(),
                    failures: Failures::new(),
                }
            }
            Self::Constant(value) => Truth::all(*value, count),
            Self::Not(of) => of.of(rows).negated(),
            Self::And(one, other) => one.of(rows).joined(other.of(rows), false),
            Self::Or(one, other) => one.of(rows).joined(other.of(rows), true),
            Self::If(condition, yes, no) => {
                chosen(&condition.of(rows), &yes.of(rows), &no.of(rows), count)
            }
            Self::IsEmpty(of) => is_empty(of, rows),
            Self::Integers(by, one, other) => compare(*by, &one.of(rows), &other.of(rows), count),
            Self::Numbers(by, one, other) => {
                let (one, other) = (sound(one.of(rows), count), sound(other.of(rows), count));
                compare(*by, &one, &other, count)
            }
            Self::Strings(by, one, other) => strings(*by, &one.of(rows), &other.of(rows), count),
            Self::Booleans(by, one, other) => booleans(*by, &one.of(rows), &other.of(rows), count),
            Self::AmongIntegers(of, accepted) => {
                of.of(rows).ask(count, |value| accepted.contains(&value))
            }
            Self::AmongNumbers(of, accepted) => sound(of.of(rows), count).ask(count, |value| {
                accepted.binary_search_by(|other| other.total_cmp(&(value + 0.0))).is_ok()
            }),
            Self::AmongStrings(of, accepted) => {
                ask(&of.of(rows), count, |text| accepted.contains(text))
            }
            Self::Holds(holds, of, other) => holding(*holds, &of.of(rows), &other.of(rows), count),
            Self::Matches(of, pattern) => ask(&of.of(rows), count, |text| pattern.is_match(text)),
            Self::Interpreted(of) => of.truth(rows),
        }
    }
}

/// Takes out numbers that are none, which nothing can be compared with.
fn sound(numbers: Lane<f64>, rows: usize) -> Lane<f64> {
    numbers.fail_where(rows, &Failure::NotANumber, f64::is_nan)
}

fn compare<T: ArrowNativeType + PartialOrd>(
    by: Comparison,
    one: &Lane<T>,
    other: &Lane<T>,
    rows: usize,
) -> Truth {
    let (known, failures) = both(
        (one.known.clone(), one.failures.clone()),
        (other.known.clone(), other.failures.clone()),
    );
    let values = match by {
        Comparison::Equal => bits(one, other, rows, |a, b| a == b),
        Comparison::NotEqual => bits(one, other, rows, |a, b| a != b),
        Comparison::Less => bits(one, other, rows, |a, b| a < b),
        Comparison::LessOrEqual => bits(one, other, rows, |a, b| a <= b),
        Comparison::Greater => bits(one, other, rows, |a, b| a > b),
        Comparison::GreaterOrEqual => bits(one, other, rows, |a, b| a >= b),
    };
    Truth { values, known, failures }
}

fn bits<T: ArrowNativeType>(
    one: &Lane<T>,
    other: &Lane<T>,
    rows: usize,
    of: impl Fn(T, T) -> bool,
) -> BooleanBuffer {
    match (&one.values, &other.values) {
        (Values::Same(a), Values::Same(b)) if of(*a, *b) => BooleanBuffer::new_set(rows),
        (Values::Same(_), Values::Same(_)) => BooleanBuffer::new_unset(rows),
        (Values::Same(a), Values::Rows(b)) => {
            BooleanBuffer::collect_bool(rows, |row| of(*a, b[row]))
        }
        (Values::Rows(a), Values::Same(b)) => {
            BooleanBuffer::collect_bool(rows, |row| of(a[row], *b))
        }
        (Values::Rows(a), Values::Rows(b)) => {
            BooleanBuffer::collect_bool(rows, |row| of(a[row], b[row]))
        }
    }
}

fn strings(by: Comparison, one: &Texts<'_>, other: &Texts<'_>, rows: usize) -> Truth {
    let (known, failures) = both(one.known(), other.known());
    let values = BooleanBuffer::collect_bool(rows, |row| {
        let (one, other) = (one.get(row), other.get(row));
        match by {
            Comparison::Equal => one == other,
            Comparison::NotEqual => one != other,
            Comparison::Less => one < other,
            Comparison::LessOrEqual => one <= other,
            Comparison::Greater => one > other,
            Comparison::GreaterOrEqual => one >= other,
        }
    });
    Truth { values, known, failures }
}

fn booleans(by: Comparison, one: &Truth, other: &Truth, rows: usize) -> Truth {
    let number = |truth: &Truth| Lane::<u8> {
        values: Values::Rows(truth.values.iter().map(u8::from).collect()),
        known: truth.known.clone(),
        failures: truth.failures.clone(),
    };
    compare(by, &number(one), &number(other), rows)
}

fn holding(holds: Holds, of: &Texts<'_>, other: &Texts<'_>, rows: usize) -> Truth {
    let (known, failures) = both(of.known(), other.known());
    let values = BooleanBuffer::collect_bool(rows, |row| {
        let (text, part) = (of.get(row), other.get(row));
        match holds {
            Holds::Prefix => text.starts_with(part),
            Holds::Suffix => text.ends_with(part),
            Holds::Part => text.contains(part),
        }
    });
    Truth { values, known, failures }
}

fn ask(texts: &Texts<'_>, rows: usize, of: impl Fn(&str) -> bool) -> Truth {
    let (known, failures) = texts.known();
    let values = match texts {
        Texts::Same(text) if of(text) => BooleanBuffer::new_set(rows),
        Texts::Same(_) => BooleanBuffer::new_unset(rows),
        Texts::Rows(texts, _) => {
            BooleanBuffer::collect_bool(rows, |row| texts.is_valid(row) && of(texts.value(row)))
        }
    };
    Truth { values, known, failures }
}

fn chosen(condition: &Truth, yes: &Truth, no: &Truth, rows: usize) -> Truth {
    // `c ? a : b` is `c && a || !c && b`, but for what is not chosen and not known.
    let (on, off) = (condition.is(true), condition.is(false));
    let values = &(&on & &yes.values) | &(&off & &no.values);
    let known = |truth: &Truth| match &truth.known {
        Some(known) => known.inner().clone(),
        None => BooleanBuffer::new_set(rows),
    };
    let known = &(&on & &known(yes)) | &(&off & &known(no));
    let mut failures = condition.failures.clone();
    let of = |truth: &Truth, picked: &BooleanBuffer| {
        let picked = truth.failures.iter().filter(|(row, _)| picked.value(**row));
        picked.map(|(row, failure)| (*row, failure.clone())).collect::<Vec<_>>()
    };
    failures.extend(of(yes, &on));
    failures.extend(of(no, &off));
    Truth { values, known: Some(NullBuffer::new(known)), failures }
}

/// Tells where a value is unknown; what could not be computed stays so.
fn is_empty(of: &Any, rows: &Rows<'_>) -> Truth {
    let count = rows.count;
    let (known, failures) = match of {
        Any::Null => return Truth::all(true, count),
        Any::Bools(of) => {
            let truth = of.of(rows);
            (truth.known, truth.failures)
        }
        Any::Ints(of) | Any::Timestamps(of) | Any::Durations(of) => {
            let lane = of.of(rows);
            (lane.known, lane.failures)
        }
        Any::Doubles(of) => {
            let lane = of.of(rows);
            (lane.known, lane.failures)
        }
        Any::Strings(of) => of.of(rows).known(),
    };
    let values = match known {
        Some(known) => !known.inner(),
        None => BooleanBuffer::new_unset(count),
    };
    let known = (!failures.is_empty())
        .then(|| super::vector::without(None, count, failures.keys().copied()));
    Truth { values, known, failures }
}
