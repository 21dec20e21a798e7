//! What about a column a person should look at.

use serde::Serialize;

use super::ColumnSummary;
use crate::example::{grouped, quoted};
use crate::profile::{Column, Kind};

/// Something to look at. It is no finding: a profile has no limits to hold a column against.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Note {
    /// The stable name of what it is about.
    pub note: &'static str,
    /// What and how much, for a person.
    pub message: String,
}

/// Returns what there is to say about a column, the gravest first.
pub(super) fn notes(column: &Column, summary: &ColumnSummary) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut add = |note, message| notes.push(Note { note, message });
    let (rows, filled) = (column.rows(), column.filled());
    if rows == 0 {
        return notes;
    }
    let missing = summary.missing_share.get();
    if filled == 0 {
        add("empty", "no row has a value".to_owned());
        return notes;
    }
    if summary.kind == Kind::Mixed {
        add("mixed", format!("values of several kinds: {}", forms(column)));
    }
    if missing > 0.5 {
        add("mostly-missing", format!("{} of the rows have no value", summary.missing_share));
    }
    if summary.distinct.count == 1 && rows > 1 {
        let value = summary.frequent.first().map(|frequent| quoted(&frequent.value));
        add("constant", format!("always {}", value.unwrap_or_else(|| "the same".to_owned())));
    } else if let Some(first) = summary.frequent.first()
        && first.share.get() > 0.99
    {
        let message = format!("{} in {} of the rows", quoted(&first.value), first.share);
        add("nearly-constant", message);
    }
    if summary.unparsed > 0 {
        let (count, share) = (grouped(summary.unparsed), summary.unparsed_share);
        let kind = summary.kind;
        let message = format!("{count} values ({share}) are no {kind}{}", others(column, kind));
        add("unparsed", message);
    }
    if !summary.spelled.is_empty() {
        let spelled = summary.spelled.iter();
        let said =
            spelled.map(|(text, count)| format!("{} {} times", quoted(text), grouped(*count)));
        let said: Vec<String> = said.collect();
        add("spelled-missing", format!("missing values are spelled {}", said.join(", ")));
    }
    if let Some(numbers) = &summary.numbers
        && numbers.infinite > 0
    {
        add("infinite", format!("{} values are infinite", grouped(numbers.infinite)));
    }
    if summary.kind == Kind::Category && !column.is_counted() {
        let count = grouped(summary.distinct.count);
        add("high-cardinality", format!("about {count} different values, too many to count each"));
    } else if summary.kind == Kind::Category && summary.distinct.count > 1_000 {
        let count = grouped(summary.distinct.count);
        add("high-cardinality", format!("{count} different values"));
    }
    if let Some(texts) = column.texts()
        && texts.codes() > 0
        && column.all_numbers().is_some()
    {
        let count = grouped(texts.codes());
        let message = format!("{count} values are digits behind a zero: codes, not numbers");
        add("leading-zeros", message);
    }
    notes
}

fn forms(column: &Column) -> String {
    let names = ["numbers", "flags", "dates", "time stamps", "texts"];
    let forms = column.forms().into_iter().zip(names);
    let said = forms
        .filter(|((_, count), _)| *count > 0)
        .map(|((_, count), name)| format!("{} {name}", grouped(count)));
    said.collect::<Vec<_>>().join(", ")
}

/// Says which texts stand among other values, the most frequent ones.
fn others(column: &Column, kind: Kind) -> String {
    let texts = column.texts().filter(|_| !matches!(kind, Kind::Category | Kind::Text));
    let Some(texts) = texts else { return String::new() };
    let mut words: Vec<(&str, u64)> = texts.words().iter().collect();
    words.sort_unstable_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let said: Vec<String> = words.iter().take(3).map(|(word, _)| quoted(word)).collect();
    if said.is_empty() { String::new() } else { format!(", for example {}", said.join(", ")) }
}
