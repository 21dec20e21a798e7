//! A rule that every cell seen keeps, and that more cells of the kind would keep too.

use std::collections::BTreeSet;

use super::profile::Profile;
use crate::schema::{ColumnRule, ColumnType, Domain, Lengths, Limit, Range};

/// How often the values of a closed set are seen, on average.
const TIMES: u64 = 10;

/// More neighbouring integers than this are shorter as a range.
const FEW: usize = 4;

/// Returns the rule for a column.
pub(super) fn rule(profile: &Profile) -> ColumnRule {
    let domain = match profile.column_type {
        ColumnType::Integer => integers(profile),
        ColumnType::Number => Domain::Number { range: numbers(profile.numbers), values: None },
        ColumnType::String => {
            let values = profile.strings.as_ref();
            let (pattern, length) = (None, Lengths::default());
            Domain::String { values: closed(profile, values).cloned(), pattern, length }
        }
        other => Domain::any(other),
    };
    ColumnRule { nullable: profile.empty > 0, ..ColumnRule::new(domain) }
}

fn integers(profile: &Profile) -> Domain {
    let from = |value: i64| Some(Limit { value, text: value.to_string() });
    if let Some(values) = closed(profile, profile.integers.as_ref())
        && let (Some(&first), Some(&last)) = (values.first(), values.last())
    {
        let neighbours = last.checked_sub(first).and_then(|span| usize::try_from(span).ok())
            == Some(values.len() - 1);
        if neighbours && values.len() > FEW {
            return Domain::Integer {
                range: Range { min: from(first), max: from(last) },
                values: None,
            };
        }
        return Domain::Integer { range: Range::default(), values: Some(values.clone()) };
    }
    let counts = profile.whole.is_some_and(|(low, _)| low >= 0);
    let min = if counts { from(0) } else { None };
    Domain::Integer { range: Range { min, max: None }, values: None }
}

/// Returns the values where they are clearly all that there are.
fn closed<'a, T>(profile: &Profile, values: Option<&'a BTreeSet<T>>) -> Option<&'a BTreeSet<T>> {
    let filled = profile.rows - profile.empty;
    values.filter(|values| values.len() > 1 && filled >= values.len() as u64 * TIMES)
}

fn numbers(ends: Option<(f64, f64)>) -> Range<f64> {
    let limit = |value: f64| Some(Limit { value, text: value.to_string() });
    match ends {
        Some((low, high)) if low >= 0.0 && high > 0.0 && high <= 1.0 => {
            Range { min: limit(0.0), max: limit(1.0) }
        }
        Some((low, _)) if low >= 0.0 => Range { min: limit(0.0), max: None },
        _ => Range::default(),
    }
}
