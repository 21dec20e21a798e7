//! Everything about one column.

use plimsoll_core::number;
use plimsoll_data::printable;
use plimsoll_data::profile::summary::{ColumnSummary, Frequent, Note};

use super::{LONGEST, anchor, grouped, picture, row};

/// How many frequent values are listed.
const LISTED: usize = 10;

/// A column.
pub(super) struct Card {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) values: String,
    pub(super) notes: Vec<Note>,
    pub(super) picture: String,
    /// What lies outside of the picture.
    pub(super) beyond: String,
    pub(super) cycles: Vec<(&'static str, String)>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) frequent: Vec<Value>,
    pub(super) frequent_note: String,
}

/// A value and how often it is there.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) count: String,
    pub(super) share: String,
    pub(super) bar: String,
}

impl Value {
    fn of(value: &Frequent) -> Self {
        Self {
            text: printable(&value.value, LONGEST),
            count: grouped(value.count),
            share: value.share.to_string(),
            bar: picture::bar(value.share.get()),
        }
    }
}

impl Card {
    pub(super) fn of(place: usize, column: &ColumnSummary) -> Self {
        let histogram = column.numbers.as_ref().and_then(|numbers| numbers.histogram.as_ref());
        let beyond = histogram.map(|of| (of.below, of.above)).filter(|(a, b)| a + b > 0);
        let beyond = beyond.map(|(below, above)| {
            let (below, above) = (grouped(below), grouped(above));
            format!("{below} rows lie below the picture, {above} above")
        });
        let is_drawn = histogram.is_some_and(|of| !of.values.is_empty());
        let frequent = column.frequent.iter().take(LISTED).map(Value::of);
        Self {
            anchor: anchor(place),
            name: printable(&column.name, LONGEST),
            about: about(column),
            values: row::values(column),
            notes: column.notes.clone(),
            picture: histogram.map(|of| picture::histogram(column, of)).unwrap_or_default(),
            beyond: beyond.unwrap_or_default(),
            cycles: cycles(column),
            facts: facts(column),
            // A picture with a bar for each value has said it.
            frequent: if is_drawn { Vec::new() } else { frequent.collect() },
            frequent_note: frequent_note(column),
        }
    }
}

fn about(column: &ColumnSummary) -> String {
    let stored = printable(&column.stored, LONGEST);
    let kind = column.kind;
    if stored == "text" || stored.eq_ignore_ascii_case(kind.name()) {
        kind.to_string()
    } else {
        format!("{kind}, stored as {stored}")
    }
}

fn frequent_note(column: &ColumnSummary) -> String {
    match column.frequent_error {
        0 => String::new(),
        error => format!("each may be there up to {} times more", grouped(error)),
    }
}

fn cycles(column: &ColumnSummary) -> Vec<(&'static str, String)> {
    let Some(instants) = &column.instants else { return Vec::new() };
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(str::to_owned);
    let mut cycles = vec![("days of the week", picture::cycle(&instants.weekdays, &days))];
    if let Some(hours) = &instants.hours {
        let names: Vec<String> = (0..24).map(|hour| format!("{hour} h")).collect();
        cycles.push(("hours of the day (UTC)", picture::cycle(hours, &names)));
    }
    cycles
}

fn facts(column: &ColumnSummary) -> Vec<(&'static str, String)> {
    let mut facts = vec![("different values", row::distinct(column))];
    let missing = match column.missing {
        0 => "none".to_owned(),
        missing => format!("{} ({})", grouped(missing), column.missing_share),
    };
    facts.push(("missing", missing));
    let parts = [("empty cells", column.empty), ("NaN", column.not_a_number)];
    if column.missing > column.empty {
        facts.extend(
            parts.into_iter().filter(|(_, count)| *count > 0).map(|(of, it)| (of, grouped(it))),
        );
    }
    if let Some(trend) = column.trend {
        facts.push(("from row to row", trend.replace('-', " ")));
    }
    if let Some(instants) = &column.instants {
        facts.push(("first", instants.first.clone()));
        facts.push(("last", instants.last.clone()));
        if let (Some(days), Some(gaps)) = (instants.days, &instants.gaps) {
            facts.push(("days with rows", grouped(days)));
            let longest = match &gaps.since {
                Some(since) => format!(", the longest run {} from {since}", grouped(gaps.longest)),
                None => String::new(),
            };
            facts.push(("days without", format!("{}{longest}", grouped(gaps.days))));
        }
        return facts;
    }
    if let Some(numbers) = &column.numbers {
        let optional = |value: Option<f64>| {
            value.map_or_else(|| "infinite".to_owned(), |value| column.written(value))
        };
        facts.push(("minimum", optional(numbers.min)));
        for (name, quantile) in [
            ("1 %", "1"),
            ("5 %", "5"),
            ("25 %", "25"),
            ("median", "50"),
            ("75 %", "75"),
            ("95 %", "95"),
            ("99 %", "99"),
        ] {
            facts.push((name, optional(numbers.quantiles.get(quantile).copied().flatten())));
        }
        facts.push(("maximum", optional(numbers.max)));
        let statistics = [
            ("mean", numbers.mean),
            ("standard deviation", numbers.standard_deviation),
            ("skewness", numbers.skewness),
        ];
        let known = statistics.into_iter().filter_map(|(name, value)| Some((name, value?)));
        facts.extend(known.map(|(name, value)| (name, number::show(value))));
        if let Some(zeros) = numbers.zeros.filter(|zeros| *zeros > 0) {
            facts.push(("zeros", grouped(zeros)));
        }
        if numbers.infinite > 0 {
            facts.push(("infinite", grouped(numbers.infinite)));
        }
    }
    if let Some(text) = &column.text {
        facts.push((
            "characters",
            format!("{} to {}, median {}", text.shortest, text.longest, text.median),
        ));
        let mut classes: Vec<_> = text.classes.iter().filter(|(_, of)| of.get() > 0.0).collect();
        classes.sort_by(|a, b| b.1.get().total_cmp(&a.1.get()));
        let said: Vec<String> =
            classes.iter().take(4).map(|(name, share)| format!("{name} {share}")).collect();
        facts.push(("made of", said.join(", ")));
    }
    if column.unparsed > 0 {
        facts.push(("of another kind", grouped(column.unparsed)));
    }
    facts
}
