//! `model.stability`: the same row gets the same answer, asked again, among others and alone.

use arrow::array::RecordBatch;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure};
use plimsoll_core::gate::FEWEST_ROWS;
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_predict::Predictions;
use plimsoll_stats::blocks::Blocks;

use super::answers::{Sameness, differing, shown, spread};
use super::facets::Facet;
use super::trial::{Sample, Trial, take};
use super::{failed, not_asked};
use crate::asked::AskError;

/// The same row is answered differently when it is asked again.
pub const UNSTABLE: Code = Code::of("model.unstable");

/// The answer to a row depends on the rows that are asked with it.
pub const DEPENDS_ON_BATCH: Code = Code::of("model.depends-on-batch");

const NAME: CheckName = CheckName::ModelStability;

/// So many rows are asked about at most: a model that draws lots shows it in few.
const MOST_ROWS: usize = 500;

/// So many rows are asked about one by one.
const ALONE: usize = 100;

/// What was asked a second time, and what came.
struct Again {
    /// What was done, as the figure's name ends: `asked again`.
    how: &'static str,
    code: Code,
    next: &'static str,
    /// Whether each answer differs from the first one.
    different: Vec<bool>,
    /// The first that does: its row in the test set from 1, and both answers.
    example: Option<(usize, String, String)>,
}

impl Again {
    fn new(how: &'static str, code: Code, next: &'static str) -> Self {
        Self { how, code, next, different: Vec::new(), example: None }
    }
}

const OF_ITSELF: &str = "look for sampling, dropout or time in the model, or for replicas that \
                         serve different models";

const OF_OTHERS: &str = "let no step of the model look at other rows than its own: batch \
                         statistics, ranks, fitting while predicting";

pub(super) fn check(trial: &mut Trial) -> Checked {
    let most = MOST_ROWS.min(trial.settings.rows as usize);
    let sample = trial.sample(most);
    let rows = sample.rows.len() as u64;
    if !trial.can_be_asked() {
        return failed(NAME, rows, "a file of predictions cannot be asked again".to_owned());
    }
    match ask(trial, &sample) {
        Ok((again, late)) => judge(trial, rows, &again, late),
        Err(error) => not_asked(NAME, rows, &error),
    }
}

/// Asks about the same rows again: at once, in reverse, and one by one. Returns what came, and of how
/// many rows alone there should have been an answer where the time was over before.
fn ask(trial: &mut Trial, sample: &Sample) -> Result<(Vec<Again>, Option<usize>), AskError> {
    let count = sample.rows.len();
    let spread = spread(&trial.predictions);
    let sameness = Sameness::Exact(trial.settings.stability.tolerance.get());
    let mut answer = |table: &RecordBatch| trial.ask(table).unwrap_or(Err(AskError::Late));
    let first = answer(&sample.table)?;
    let mut alike = Again::new("asked again", UNSTABLE, OF_ITSELF);
    let mut backwards = Again::new("asked in another order", DEPENDS_ON_BATCH, OF_OTHERS);
    let mut alone = Again::new("asked alone", DEPENDS_ON_BATCH, OF_OTHERS);
    let compare = |again: &mut Again, places: &[usize], answers: &Predictions| {
        let before = first.take(places);
        let different = differing(&before, answers, spread, sameness);
        if let Some(at) = different.iter().position(|it| *it).filter(|_| again.example.is_none()) {
            again.example =
                Some((sample.rows[places[at]] + 1, shown(&before, at), shown(answers, at)));
        }
        again.different.extend(different);
    };
    let forwards: Vec<usize> = (0..count).collect();
    compare(&mut alike, &forwards, &answer(&sample.table)?);
    let reversed: Vec<usize> = (0..count).rev().collect();
    compare(&mut backwards, &reversed, &answer(&take(&sample.table, &reversed))?);
    let every = count.div_ceil(ALONE).max(1);
    let mut late = None;
    for place in (0..count).step_by(every) {
        match answer(&sample.table.slice(place, 1)) {
            Ok(answered) => compare(&mut alone, &[place], &answered),
            Err(error) if error.is_late() => {
                late = Some(count.div_ceil(every));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((vec![alike, backwards, alone], late))
}

fn judge(trial: &Trial, rows: u64, again: &[Again], late: Option<usize>) -> Checked {
    let mut findings: Vec<Finding> = Vec::new();
    let mut figures: Vec<Figure> = Vec::new();
    for again in again.iter().filter(|again| !again.different.is_empty()) {
        let blocks = Blocks::rows(again.different.len());
        let name = format!("answers that differ when {}", again.how);
        match Facet::of_share(name, None, &again.different, 0.0, (&blocks, &trial.plan)) {
            Ok(facet) => figures.push(facet.figure()),
            Err(error) => return failed(NAME, rows, error.to_string()),
        }
        // A model that draws lots differs in any order; that is told once.
        let told = |finding: &Finding| finding.code == again.code || finding.code == UNSTABLE;
        if !findings.iter().any(told) {
            findings.extend(finding(again));
        }
    }
    let alone = again.last().map_or(0, |alone| alone.different.len());
    let most = figures.first().and_then(|figure| figure.interval.as_ref());
    let (state, summary) = if let Some(finding) = findings.first() {
        (CheckState::Answered, finding.message.clone())
    } else if let Some(all) = late {
        let summary = format!(
            "no answer of {rows} rows differed, but the time was over when {alone} of {all} rows \
             had been asked alone"
        );
        (CheckState::Undecided, summary)
    } else if rows < FEWEST_ROWS {
        let summary = format!(
            "no answer of {rows} rows differed, and at least {FEWEST_ROWS} are needed to say so"
        );
        (CheckState::Undecided, summary)
    } else {
        let most = most.map_or_else(String::new, |interval| {
            format!(" (so at most {} of all do)", number::percent(interval.high))
        });
        let summary = format!(
            "no answer of {rows} rows differed when asked again or in another order{most}, none of \
             {alone} when asked alone"
        );
        (CheckState::Answered, summary)
    };
    let few = state == CheckState::Undecided && late.is_none();
    Checked {
        check: NAME,
        state,
        summary,
        rows,
        rows_needed: few.then_some(FEWEST_ROWS),
        findings,
        figures,
        plots: Vec::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn finding(again: &Again) -> Option<Finding> {
    let (row, one, other) = again.example.as_ref()?;
    let (all, count) = (again.different.len(), again.different.iter().filter(|it| **it).count());
    let share = count as f64 / all as f64;
    let message = format!(
        "{count} of {all} answers ({}) differ when {}: row {row} got {one}, then {other}",
        number::percent(share),
        again.how,
    );
    let mut finding = Finding::new(again.code.clone(), Severity::Error, message);
    (finding.value, finding.limit) = (Some(share), Some(0.0));
    finding.next = Some(again.next.to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, codes};
    use super::*;

    #[test]
    fn a_model_that_answers_alike_passes_and_says_how_sure_that_is() {
        let mut trial = Planted::regression(300).trial();
        let checked = check(&mut trial);
        assert_eq!((checked.state, checked.findings.len()), (CheckState::Answered, 0));
        insta::assert_snapshot!(checked.summary, @"no answer of 300 rows differed when asked again or in another order (so at most 2.2 % of all do), none of 100 when asked alone");
        assert!(checked.figures.iter().all(|figure| figure.value == 0.0));
    }

    #[test]
    fn a_model_that_draws_lots_is_found_whatever_the_task() {
        for planted in [Planted::regression(200), Planted::binary(200), Planted::multiclass(200)] {
            let mut trial = planted.unstable(0.02).trial();
            let checked = check(&mut trial);
            assert_eq!(codes(&checked), ["model.unstable"], "{}", checked.summary);
        }
    }

    #[test]
    fn a_model_that_looks_at_its_neighbours_is_found() {
        let mut trial = Planted::regression(200).looking_at_the_batch().trial();
        assert_eq!(codes(&check(&mut trial)), ["model.depends-on-batch"]);
        let mut trial = Planted::regression(200).looking_at_the_size_of_the_batch().trial();
        let checked = check(&mut trial);
        assert_eq!(codes(&checked), ["model.depends-on-batch"]);
        assert!(checked.summary.contains("asked alone"), "{}", checked.summary);
    }

    #[test]
    fn rounding_in_another_order_is_no_instability() {
        let mut trial = Planted::regression(200).unstable(1e-7).trial();
        assert!(check(&mut trial).findings.is_empty());
    }

    #[test]
    fn without_time_rows_or_a_model_nothing_passes() {
        let late = check(&mut Planted::regression(200).trial().out_of_time());
        assert_eq!(late.state, CheckState::Failed);
        assert!(late.summary.contains("time was over"), "{}", late.summary);
        let few = check(&mut Planted::regression(12).trial());
        assert_eq!((few.state, few.rows_needed), (CheckState::Undecided, Some(20)));
        let file = check(&mut Planted::regression(200).predictions_only());
        assert_eq!(file.state, CheckState::Failed);
    }
}
