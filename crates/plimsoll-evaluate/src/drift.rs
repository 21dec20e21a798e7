//! A comparison of two tables as one page.

use askama::Template;
use plimsoll_core::Finding;
use plimsoll_data::drift::{ColumnReport, Named, Report};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::p_value;

use crate::report::{ReportError, Sign, plot};

/// Plots are shown of so many columns, those that drifted first; those of the others are folded.
const OPEN_PLOTS: usize = 8;

/// Plots are drawn of so many columns at most: a page of a thousand columns is read by nobody.
const MOST_PLOTS: usize = 200;

/// Returns the page.
///
/// # Errors
/// The page cannot be put together.
pub fn html(report: &Report) -> Result<String, ReportError> {
    Ok(Page::of(report).render()?)
}

#[derive(Template)]
#[template(path = "drift.html")]
struct Page<'a> {
    report: &'a Report,
    class: &'static str,
    answer: &'static str,
    sentence: String,
    rows: Vec<Row<'a>>,
    /// What was found that is not said of a column already.
    findings: Vec<&'a Finding>,
    open: Vec<String>,
    folded: Vec<String>,
}

struct Row<'a> {
    of: &'a ColumnReport,
    sign: Sign,
    answer: &'static str,
    words: String,
    effect: String,
    minimum: String,
    p: String,
    detectable: String,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let (class, answer) = match report.answer {
            Answer::Yes => ("block", "drift"),
            Answer::No => ("pass", "no drift"),
            Answer::Undecided => ("none", "undecided"),
            Answer::Error => ("error", "error"),
        };
        let is_of_column = |finding: &&Finding| {
            report.columns.iter().any(|column| Some(&column.name) == finding.subject.as_ref())
        };
        let mut plots =
            report.columns.iter().filter_map(|column| column.plot.as_ref()).take(MOST_PLOTS);
        let open = plots.by_ref().take(OPEN_PLOTS).map(plot::draw).collect();
        Self {
            report,
            class,
            answer,
            sentence: sentence(report),
            rows: report.columns.iter().map(Row::of).collect(),
            findings: report.findings.iter().filter(|finding| !is_of_column(finding)).collect(),
            open,
            folded: plots.map(plot::draw).collect(),
        }
    }
}

fn sentence(report: &Report) -> String {
    let count = |answer| report.columns.iter().filter(|column| column.answer == answer).count();
    let all = report.columns.len();
    let (drifted, open) = (count(Answer::Yes), count(Answer::Undecided));
    let open = if open > 0 { format!(", {open} undecided") } else { String::new() };
    format!("{drifted} of {all} columns drifted{open}")
}

impl<'a> Row<'a> {
    fn of(column: &'a ColumnReport) -> Self {
        let (class, glyph, answer) = match column.answer {
            Answer::Yes => ("block", "✗", "drift"),
            Answer::No => ("pass", "✓", "no drift"),
            Answer::Undecided => ("warning", "?", "undecided"),
            Answer::Error => ("error", "!", "error"),
        };
        let number =
            |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
        let minimum = match column.method {
            Some(Named::Method(method)) if method.is_test() => {
                format!("p < {}", column.minimum.unwrap_or_default())
            }
            _ => number(column.minimum),
        };
        Self {
            of: column,
            sign: Sign { class, glyph },
            answer,
            words: column.in_words(),
            effect: number(column.effect),
            minimum,
            p: p_value::shown(column.p_adjusted.or(column.p)),
            detectable: number(column.detectable_effect),
        }
    }
}
