//! A comparison for people.

use std::fmt;

use plimsoll_data::drift::{ColumnReport, DependenceReport, Named, Side, Source};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::p_value;

use super::Compared;
use crate::ui::{Cell, Paint, Table, paint};
use crate::view;

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &self.report;
        let drifted = report.columns.iter().filter(|column| column.drifted).count();
        let all = report.columns.len();
        let (colour, said) = match report.answer {
            Answer::Yes => (Paint::Bad, format!("drift: {drifted} of {all} columns")),
            Answer::No => (Paint::Good, format!("no drift in {all} columns")),
            Answer::Undecided => {
                (Paint::Warning, format!("undecided, no drift seen in {all} columns"))
            }
            Answer::Error => (Paint::Bad, "not everything could be compared".to_owned()),
        };
        writeln!(f, "{}: {}", report.current.path, paint(colour, said))?;
        writeln!(f, "  {}, against {}", side(&report.current), side(&report.reference))?;
        let heading =
            ["answer", "column", "what moved", ">effect", ">counts", ">adjusted p", ">detectable"];
        let mut table = Table::new(&heading);
        report.columns.iter().for_each(|column| table.row(row(column)));
        if !table.is_empty() {
            write!(f, "{table}")?;
        }
        if let Some(together) = &report.together {
            let number =
                |number: Option<f64>| number.map_or("none".to_owned(), |x| format!("{x:.3}"));
            let interval = together
                .interval
                .map_or(String::new(), |[low, high]| format!(" [{low:.3}, {high:.3}]"));
            let (auc, minimum) = (number(together.auc), together.minimum);
            writeln!(
                f,
                "all columns together: AUC {auc}{interval}, from {minimum} at the lower end on they differ"
            )?;
        }
        // Columns have said theirs in the table.
        let is_of_column = |name: &Option<String>| {
            report.columns.iter().any(|column| Some(&column.name) == name.as_ref())
        };
        let others = report.findings.iter().filter(|finding| !is_of_column(&finding.subject));
        view::verdict::write_findings(f, others)?;
        report.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

/// Says what was read and how its rows were taken.
fn side(side: &Side) -> String {
    let how = match &side.dependence {
        DependenceReport::Independent => String::new(),
        DependenceReport::Blocks { column, blocks } => format!(", {blocks} blocks by {column}"),
        DependenceReport::Order { column } => format!(", in the order of {column}"),
    };
    let what = match side.source {
        Source::Rows => "",
        Source::Profile => "profile of ",
    };
    format!("{} ({what}{} rows{how})", side.path, side.rows)
}

fn row(column: &ColumnReport) -> [Cell; 7] {
    let (colour, said) = match column.answer {
        Answer::Yes => (Paint::Bad, "drift"),
        Answer::No => (Paint::Good, "no drift"),
        Answer::Undecided => (Paint::Warning, "undecided"),
        Answer::Error => (Paint::Bad, "error"),
    };
    let number =
        |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
    let name =
        if column.is_target { format!("{} (target)", column.name) } else { column.name.clone() };
    let minimum = match column.method {
        Some(Named::Method(method)) if method.is_test() => {
            format!("p < {}", column.minimum.unwrap_or_default())
        }
        _ => number(column.minimum),
    };
    [
        Cell::painted(colour, said),
        name.into(),
        column.in_words().into(),
        number(column.effect).into(),
        minimum.into(),
        p_value::shown(column.p_adjusted.or(column.p)).into(),
        number(column.detectable_effect).into(),
    ]
}
