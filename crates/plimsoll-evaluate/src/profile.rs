//! One self-contained HTML page about a table: its profile.
//!
//! No script, no request to anywhere, as the page about a run.

mod card;
mod matrix;
mod picture;
mod row;
mod target;

use askama::Template;
use plimsoll_core::{Finding, number};
use plimsoll_data::printable;
use plimsoll_data::profile::summary::Summary;
use plimsoll_data::profile::{Association, Associations, Measure, Target};

use crate::report::ReportError;
use card::Card;
use row::{NoteRow, Row};
use target::TargetView;

/// So many columns are shown one by one; a page of more would not be read.
const MOST_CARDS: usize = 200;

/// With so few columns their details are open from the start.
const FEW_CARDS: usize = 8;

/// How many pairs are listed, and how strongly they must go along.
const MOST_PAIRS: usize = 15;
const WEAKEST: f64 = 0.3;

/// Longer names are cut off.
pub(crate) const LONGEST: usize = 60;

/// Everything that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The files, as they were named.
    pub files: &'a [String],
    /// The table.
    pub summary: &'a Summary,
    /// What goes along with what.
    pub associations: &'a Associations,
    /// The column that is to be predicted.
    pub target: Option<&'a Target>,
    /// What was wrong with the files.
    pub findings: &'a [Finding],
}

/// Returns the page.
pub fn html(page: &Page<'_>) -> Result<String, ReportError> {
    Ok(View::of(page).render()?)
}

#[derive(Template)]
#[template(path = "profile.html")]
struct View<'a> {
    title: String,
    about: String,
    facts: Vec<Fact>,
    findings: &'a [Finding],
    notes: Vec<NoteRow>,
    rows: Vec<Row>,
    target: Option<TargetView>,
    matrix: String,
    pairs: Vec<Pair>,
    associations: &'a Associations,
    cards: Vec<Card>,
    open: bool,
    left_out: usize,
    is_exact: bool,
}

/// A number on top of the page.
struct Fact {
    number: String,
    what: &'static str,
    more: String,
}

/// Two columns that go along.
struct Pair {
    a: String,
    b: String,
    measure: &'static str,
    value: String,
    bar: String,
    rows: String,
}

impl<'a> View<'a> {
    fn of(page: &Page<'a>) -> Self {
        let summary = page.summary;
        let columns = &summary.columns;
        let strong = page.associations.pairs.iter().filter(|pair| pair.value.abs() >= WEAKEST);
        let notes = columns.iter().enumerate();
        let exact = |column: &plimsoll_data::profile::summary::ColumnSummary| {
            column.distinct.error <= 0.0
                && column.numbers.as_ref().is_none_or(|numbers| numbers.rank_error <= 0.0)
        };
        Self {
            title: title(page.files),
            about: about(page.files),
            facts: facts(summary),
            findings: page.findings,
            notes: notes.flat_map(|(place, column)| NoteRow::of(place, column)).collect(),
            rows: columns.iter().enumerate().map(|(place, of)| Row::of(place, of)).collect(),
            target: page.target.map(|target| TargetView::of(target, summary)),
            matrix: matrix::draw(page.associations),
            pairs: strong.take(MOST_PAIRS).map(Pair::of).collect(),
            associations: page.associations,
            cards: columns
                .iter()
                .enumerate()
                .take(MOST_CARDS)
                .map(|(at, of)| Card::of(at, of))
                .collect(),
            open: columns.len() <= FEW_CARDS,
            left_out: columns.len().saturating_sub(MOST_CARDS),
            is_exact: columns.iter().all(exact),
        }
    }
}

fn title(files: &[String]) -> String {
    match files {
        [one] => {
            let name = one.rsplit('/').find(|part| !part.is_empty()).unwrap_or(one);
            printable(name, LONGEST)
        }
        files => format!("{} files", files.len()),
    }
}

fn about(files: &[String]) -> String {
    let few: Vec<String> = files.iter().take(5).map(|file| printable(file, LONGEST)).collect();
    let more = files.len().saturating_sub(few.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", few.join(", "))
}

fn facts(summary: &Summary) -> Vec<Fact> {
    let columns = summary.columns.len() as u64;
    let cells = summary.rows.saturating_mul(columns);
    let missing: u64 = summary.columns.iter().map(|column| column.missing).sum();
    let affected = summary.columns.iter().filter(|column| column.missing > 0).count();
    let noted = summary.columns.iter().filter(|column| !column.notes.is_empty()).count();
    let mut facts = vec![
        Fact { number: grouped(summary.rows), what: "rows", more: String::new() },
        Fact { number: grouped(columns), what: "columns", more: kinds(summary) },
        Fact {
            number: part(missing, cells),
            what: "of the cells without a value",
            more: format!("in {}", columns_of(affected)),
        },
    ];
    if let Some(repeated) = summary.repeated {
        let about = if repeated.exact { "" } else { "about " };
        facts.push(Fact {
            number: repeated.share.to_string(),
            what: "of the rows repeat another",
            more: format!("{about}{} rows", grouped(repeated.rows)),
        });
    }
    if let Some(block) = &summary.block {
        facts.push(Fact {
            number: grouped(block.blocks),
            what: "blocks of rows",
            more: format!("by {}", printable(&block.column, LONGEST)),
        });
    }
    facts.push(Fact {
        number: noted.to_string(),
        what: if noted == 1 { "column to look at" } else { "columns to look at" },
        more: String::new(),
    });
    facts
}

fn columns_of(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// Counts the columns of each kind.
fn kinds(summary: &Summary) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for column in &summary.columns {
        *counts.entry(column.kind).or_insert(0_usize) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let said: Vec<String> =
        counts.iter().take(4).map(|(kind, count)| format!("{count} {kind}")).collect();
    said.join(", ")
}

impl Pair {
    fn of(pair: &Association) -> Self {
        Self {
            a: printable(&pair.a, LONGEST),
            b: printable(&pair.b, LONGEST),
            measure: named(pair.measure),
            value: number::show(pair.value),
            bar: picture::strength(pair.value),
            rows: grouped(pair.rows),
        }
    }
}

/// Returns the name of a measure.
fn named(measure: Measure) -> &'static str {
    match measure {
        Measure::Spearman => "Spearman's rank correlation",
        Measure::Pearson => "Pearson's correlation",
        Measure::CramersV => "Cramér's V",
        Measure::CorrelationRatio => "correlation ratio",
    }
}

/// Returns where on the page the details of a column are.
fn anchor(place: usize) -> String {
    format!("c{place}")
}

/// Returns a share as a percentage; of nothing it is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn part(part: u64, whole: u64) -> String {
    let share = part as f64 / whole.max(1) as f64;
    if share > 0.0 && share < 0.0005 { "< 0.1 %".to_owned() } else { number::percent(share) }
}

/// Returns `number` with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
