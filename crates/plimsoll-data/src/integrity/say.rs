//! Counts and places in words.

use std::num::NonZeroU64;

use plimsoll_core::Share;

use super::column::Column;
use crate::example::{Place, Tally, grouped};

/// Says `24 of 8,669 rows (0.3 %)`.
pub(crate) fn of_rows(count: u64, rows: u64) -> String {
    let share = NonZeroU64::new(rows).map(|rows| format!(" ({})", Share::of(count, rows)));
    format!("{} of {} rows{}", grouped(count), grouped(rows), share.unwrap_or_default())
}

/// Returns `count` as a share of `rows`, none of no rows.
pub(crate) fn share(count: u64, rows: u64) -> f64 {
    if rows == 0 { 0.0 } else { count as f64 / rows as f64 }
}

/// Says `, for example line 2: 9.84, line 3: 9.02`; values of columns about persons are left out.
pub(crate) fn for_example<'a>(
    column: &Column,
    examples: impl IntoIterator<Item = (&'a Place, &'a str)>,
) -> String {
    let hides = column.is_personal();
    let said = examples.into_iter().map(|(place, value)| match value {
        "" => place.to_string(),
        _ if hides => place.to_string(),
        value => format!("{place}: {value}"),
    });
    let said = said.collect::<Vec<_>>().join(", ");
    if said.is_empty() { said } else { format!(", for example {said}") }
}

/// Says the same of a tally.
pub(crate) fn examples(column: &Column, tally: &Tally) -> String {
    for_example(column, tally.examples_seen())
}

/// Says `, for example line 6 (as line 2)`.
pub(crate) fn pairs(pairs: impl IntoIterator<Item = (Place, Place)>, as_or: &str) -> String {
    let said = pairs.into_iter().map(|(place, other)| format!("{place} ({as_or} {other})"));
    let said = said.collect::<Vec<_>>().join(", ");
    if said.is_empty() { said } else { format!(", for example {said}") }
}

/// Says how many columns: `1 column`, `21 columns`.
pub(crate) fn columns(count: usize) -> String {
    format!("{count} column{}", if count == 1 { "" } else { "s" })
}
