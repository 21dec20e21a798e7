//! A column in the table of all columns, and what there is to look at.

use plimsoll_data::printable;
use plimsoll_data::profile::Kind;
use plimsoll_data::profile::summary::ColumnSummary;

use super::{LONGEST, anchor, grouped, picture};

/// How many values of a category are named.
const NAMED: usize = 3;

/// A column.
pub(super) struct Row {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) picture: String,
    pub(super) missing: String,
    pub(super) bar: String,
    pub(super) distinct: String,
    pub(super) values: String,
    /// How many notes there are.
    pub(super) notes: usize,
}

/// Something to look at.
pub(super) struct NoteRow {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) note: &'static str,
    pub(super) message: String,
}

impl NoteRow {
    pub(super) fn of(place: usize, column: &ColumnSummary) -> impl Iterator<Item = Self> {
        let name = printable(&column.name, LONGEST);
        column.notes.iter().map(move |note| Self {
            anchor: anchor(place),
            name: name.clone(),
            note: note.note,
            message: note.message.clone(),
        })
    }
}

impl Row {
    pub(super) fn of(place: usize, column: &ColumnSummary) -> Self {
        let missing = column.missing_share;
        Self {
            anchor: anchor(place),
            name: printable(&column.name, LONGEST),
            kind: column.kind,
            picture: picture::spark(column),
            missing: if column.missing == 0 { "–".to_owned() } else { missing.to_string() },
            bar: if column.missing == 0 { String::new() } else { picture::bar(missing.get()) },
            distinct: distinct(column),
            values: values(column),
            notes: column.notes.len(),
        }
    }
}

pub(super) fn distinct(column: &ColumnSummary) -> String {
    let about = if column.distinct.error > 0.0 { "≈ " } else { "" };
    format!("{about}{}", grouped(column.distinct.count))
}

/// Says what a column holds in a few words.
pub(super) fn values(column: &ColumnSummary) -> String {
    if let Some(instants) = &column.instants {
        return format!("{} to {}", instants.first, instants.last);
    }
    if let Some(numbers) = &column.numbers {
        let written = |value: Option<f64>| {
            value.map_or_else(|| "infinite".to_owned(), |value| column.written(value))
        };
        let (low, high) = (written(numbers.min), written(numbers.max));
        if column.distinct.count == 1 {
            return format!("always {low}");
        }
        let median = numbers.quantiles.get("50").copied().flatten();
        return format!("{low} … {} … {high}", written(median));
    }
    let is_named = matches!(column.kind, Kind::Category | Kind::Boolean | Kind::Mixed);
    if is_named && !column.frequent.is_empty() {
        let frequent = column.frequent.iter().take(NAMED);
        let said = frequent.map(|value| format!("{} {}", printable(&value.value, 24), value.share));
        return said.collect::<Vec<_>>().join(" · ");
    }
    match &column.text {
        Some(text) if text.shortest == text.longest => format!("{} characters", text.longest),
        Some(text) => format!("{} to {} characters", text.shortest, text.longest),
        None => String::new(),
    }
}
