//! A profile as it is shown.

use std::fmt;
use std::path::Path;

use plimsoll_core::{Finding, number};
use plimsoll_data::printable;
use plimsoll_data::profile::summary::{ColumnSummary, Histogram, Summary};
use plimsoll_data::profile::{Association, Associations, Kind, Measure, Relation, Target};
use serde::Serialize;

use super::{Args, Found};
use crate::ui::{Cell, Document, Paint, Table, paint};
use crate::view;

/// How many associations are shown, and how strong they must be.
const MOST_PAIRS: usize = 10;
const WEAKEST: f64 = 0.3;

/// How many columns are shown beside a target.
const MOST_RELATIONS: usize = 15;

/// The width of a picture of values, and of the name of a column.
const WIDTH: usize = 12;
const LONGEST: usize = 28;

/// A profile.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Shown {
    pub(super) files: Vec<String>,
    profile: Option<String>,
    #[serde(flatten)]
    pub(super) summary: Summary,
    associations: Associations,
    target: Option<Target>,
    findings: Vec<Finding>,
}

impl Shown {
    pub(super) fn of(args: &Args, stored: Option<&Path>, found: &Found) -> Self {
        Self {
            files: args.files.iter().map(|file| file.display().to_string()).collect(),
            profile: stored.map(|file| file.display().to_string()),
            summary: found.profile.summary(),
            associations: found.associations.clone(),
            target: found.target.clone(),
            findings: found.damage.clone(),
        }
    }

    fn headline(&self) -> String {
        let name = match &self.files[..] {
            [one] => one.clone(),
            files => format!("{} files", files.len()),
        };
        let columns = self.summary.columns.len();
        let repeated = match self.summary.repeated {
            None => String::new(),
            Some(repeated) if repeated.rows == 0 => ", no row twice".to_owned(),
            Some(repeated) => {
                let about = if repeated.exact { "" } else { "about " };
                format!(", {about}{} rows repeat another ({})", repeated.rows, repeated.share)
            }
        };
        format!("{name}: {} rows, {columns} columns{repeated}", self.summary.rows)
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.data-profile/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", paint(Paint::Strong, self.headline()))?;
        let mut table = Table::new(&["column", "kind", ">missing", ">distinct", "shape", "values"]);
        for column in &self.summary.columns {
            table.row(row(column));
        }
        write!(f, "{table}")?;
        let worth_a_look = self.summary.columns.iter().filter(|column| !column.notes.is_empty());
        let mut notes = Table::new(&["column", "look at", ""]);
        for column in worth_a_look {
            for note in &column.notes {
                let name = Cell::painted(Paint::Warning, shortened(&column.name));
                notes.row([name, note.note.into(), note.message.as_str().into()]);
            }
        }
        if !notes.is_empty() {
            write!(f, "\n{notes}")?;
        }
        match &self.target {
            Some(target) => write_target(f, target)?,
            None => write_pairs(f, &self.associations)?,
        }
        view::verdict::write_findings(f, &self.findings)
    }
}

fn row(column: &ColumnSummary) -> [Cell; 6] {
    let about = if column.distinct.error > 0.0 { "~" } else { "" };
    let missing = if column.missing == 0 { "-".into() } else { column.missing_share.to_string() };
    let missing = match column.missing_share.get() {
        share if share > 0.5 => Cell::painted(Paint::Warning, missing),
        _ => missing.into(),
    };
    let histogram = column.numbers.as_ref().and_then(|numbers| numbers.histogram.as_ref());
    [
        shortened(&column.name).into(),
        column.kind.into(),
        missing,
        format!("{about}{}", column.distinct.count).into(),
        Cell::painted(Paint::Faint, histogram.map(sparkline).unwrap_or_default()),
        values(column).into(),
    ]
}

/// Says what a column holds in a few words.
fn values(column: &ColumnSummary) -> String {
    if let Some(instants) = &column.instants {
        return format!("{} to {}", instants.first, instants.last);
    }
    if let Some(numbers) = &column.numbers {
        let written =
            |value: Option<f64>| value.map_or("infinite".to_owned(), |it| column.written(it));
        let median = numbers.quantiles.get("50").copied().flatten();
        let (low, high) = (written(numbers.min), written(numbers.max));
        return if column.distinct.count == 1 {
            format!("always {low}")
        } else {
            format!("{low} … {} … {high}", written(median))
        };
    }
    let frequent = column.frequent.iter().take(3);
    let shown = frequent.map(|value| format!("{} {}", printable(&value.value, 16), value.share));
    let shown: Vec<String> = shown.collect();
    match (&column.text, shown.is_empty()) {
        (_, false) if !matches!(column.kind, Kind::Identifier | Kind::Text | Kind::Json) => {
            shown.join(", ")
        }
        (Some(text), _) if text.shortest == text.longest => format!("{} characters", text.longest),
        (Some(text), _) => format!("{} to {} characters", text.shortest, text.longest),
        _ => String::new(),
    }
}

/// Draws a histogram in a line of blocks.
fn sparkline(histogram: &Histogram) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let counts = &histogram.counts;
    let width = counts.len().min(WIDTH);
    let part = |at: usize| {
        let (from, to) = (at * counts.len() / width, (at + 1) * counts.len() / width);
        counts[from..to].iter().sum::<u64>()
    };
    let parts: Vec<u64> = (0..width).map(part).collect();
    let most = parts.iter().copied().max().unwrap_or(0).max(1);
    let block = |count: &u64| {
        // Seven steps above the lowest one, which also stands for few.
        let step = usize::try_from(count.saturating_mul(7).div_ceil(most)).unwrap_or(7);
        if *count == 0 { ' ' } else { BLOCKS[step.min(7)] }
    };
    parts.iter().map(block).collect()
}

fn write_pairs(f: &mut fmt::Formatter<'_>, found: &Associations) -> fmt::Result {
    let strong = found.pairs.iter().filter(|pair| pair.value.abs() >= WEAKEST);
    let mut table = Table::new(&["columns that go along", "", ">strength", "measure"]);
    for pair in strong.take(MOST_PAIRS) {
        let Association { a, b, measure, value, .. } = pair;
        let (a, b) = (shortened(a), shortened(b));
        table.row([a.into(), b.into(), number::show(*value).into(), named(*measure).into()]);
    }
    if table.is_empty() { Ok(()) } else { write!(f, "\n{table}") }
}

fn write_target(f: &mut fmt::Formatter<'_>, target: &Target) -> fmt::Result {
    let heading = format!("with {}", shortened(&target.column));
    let mut table = Table::new(&[&heading, ">strength", "measure", "along the column"]);
    for relation in target.relations.iter().take(MOST_RELATIONS) {
        let Relation { column, measure, value, groups } = relation;
        let along = match (groups.first(), groups.last()) {
            (Some(first), Some(last)) if groups.len() > 1 => {
                let shown = |label: &str| printable(label, 24);
                let (from, to) = (number::show(first.value), number::show(last.value));
                format!("{from} ({}) … {to} ({})", shown(&first.label), shown(&last.label))
            }
            _ => String::new(),
        };
        let value = number::show(*value);
        table.row([shortened(column).into(), value.into(), named(*measure).into(), along.into()]);
    }
    if table.is_empty() { Ok(()) } else { write!(f, "\n{table}") }
}

fn named(measure: Measure) -> &'static str {
    match measure {
        Measure::Spearman => "rank correlation",
        Measure::Pearson => "correlation",
        Measure::CramersV => "Cramér's V",
        Measure::CorrelationRatio => "correlation ratio",
    }
}

fn shortened(name: &str) -> String {
    printable(name, LONGEST)
}
