//! Whether the test set is distributed as the training data.

use plimsoll_core::Severity;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure};
use plimsoll_core::ports::EvaluateRequest;
use plimsoll_core::project::Features;
use plimsoll_data::drift::{ColumnReport, Given, Options, Report, drift};
use plimsoll_data::profile;
use plimsoll_stats::drift::decide::Answer;

use super::{Table, test_set, training};
use crate::checks::chain;

/// The most columns whose effect is kept as a figure, those that drifted first.
const FIGURES: usize = 20;

pub(super) fn check(request: &EvaluateRequest) -> Result<Checked, String> {
    let declared = &request.evaluate;
    // Of the columns of one tensor it is known what the model is given; else all are compared.
    let columns = match &declared.features {
        Features::Inputs => None,
        Features::Tensor(features) => {
            Some(features.iter().chain([&declared.target]).cloned().collect())
        }
    };
    let options = Options {
        block: declared.block.clone(),
        columns,
        target: Some(declared.target.clone()),
        ..Options::default()
    };
    let (reference, current) = (given(&training(request)?)?, given(&test_set(request))?);
    let report = drift(&reference, &current, &options).map_err(|error| chain(&error))?;
    Ok(checked(&report))
}

fn given(table: &Table<'_>) -> Result<Given, String> {
    let options = profile::Options::default();
    Given::files(&table.shown, table.open(), &options).map_err(|error| chain(&error))
}

fn checked(report: &Report) -> Checked {
    let open: Vec<&ColumnReport> =
        report.columns.iter().filter(|column| column.answer == Answer::Undecided).collect();
    let is_open = report.answer == Answer::Undecided || !open.is_empty();
    let state = match report.answer {
        Answer::Error => CheckState::Failed,
        _ if is_open => CheckState::Undecided,
        Answer::Yes | Answer::No | Answer::Undecided => CheckState::Answered,
    };
    let columns = report.columns.len();
    let drifted = report.columns.iter().filter(|column| column.drifted).count();
    let first = report.findings.iter().find(|finding| finding.severity == Severity::Error);
    let summary = match first {
        Some(first) if report.answer == Answer::Error => first.message.clone(),
        _ => format!(
            "{drifted} of {columns} columns drifted from {} ({} rows), {} undecided",
            report.reference.path,
            report.reference.rows,
            open.len(),
        ),
    };
    let needed = open.iter().filter_map(|column| column.rows_needed);
    let needed = needed.map(|needed| needed.current.unwrap_or(needed.each)).max();
    Checked {
        check: CheckName::DataDrift,
        state,
        summary,
        rows: report.current.rows,
        rows_needed: needed.filter(|_| state == CheckState::Undecided),
        findings: report.findings.clone(),
        figures: report.columns.iter().filter_map(figure).take(FIGURES).collect(),
        plots: Vec::new(),
    }
}

/// Returns the effect of a column; an infinite one is no number that can be kept.
fn figure(column: &ColumnReport) -> Option<Figure> {
    let value = column.effect.filter(|effect| effect.is_finite())?;
    let limit = column.minimum.filter(|minimum| minimum.is_finite());
    Some(Figure { name: format!("drift of {}", column.name), value, interval: None, limit })
}
