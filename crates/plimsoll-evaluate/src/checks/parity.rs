//! `model.parity`: the served model answers the test set as it did when it was trained.

use plimsoll_core::evidence::{CheckName, CheckState, Checked};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::blocks::Blocks;

use super::answers::{Sameness, differing, shown, spread};
use super::facets::{self, Facet, Standing};
use super::failed;
use super::trial::Trial;

/// The model answers otherwise than when it was trained.
pub const ANSWERS_OTHERWISE: Code = Code::of("model.answers-otherwise");

const NAME: CheckName = CheckName::ModelParity;

pub(super) fn check(trial: &Trial) -> Checked {
    let rows = trial.rows() as u64;
    let Some(recorded) = &trial.recorded else {
        let reason = "there are no answers recorded in training to compare with".to_owned();
        return failed(NAME, rows, reason);
    };
    let tolerance = trial.settings.parity.tolerance.get();
    let sameness = Sameness::Exact(tolerance);
    let different = differing(recorded, &trial.predictions, spread(recorded), sameness);
    let blocks = Blocks::rows(different.len());
    let name = "answers that differ from those recorded in training".to_owned();
    let facet = match Facet::of_share(name, None, &different, 0.0, (&blocks, &trial.plan)) {
        Ok(facet) => facet,
        Err(error) => return failed(NAME, rows, error.to_string()),
    };
    let judged = facets::judge(vec![facet]);
    let count = different.iter().filter(|different| **different).count();
    let first = different.iter().position(|different| *different);
    let finding = first.map(|row| {
        let share = number::percent(judged[0].facet.value());
        let (then, now) = (shown(recorded, row), shown(&trial.predictions, row));
        let message = format!(
            "{count} of {rows} answers ({share}) differ from those recorded in training by more \
             than {tolerance:e} of their spread: row {} got {then}, now {now}",
            row + 1
        );
        let mut finding = Finding::new(ANSWERS_OTHERWISE, Severity::Error, message);
        (finding.value, finding.limit) = (Some(judged[0].facet.value()), Some(0.0));
        finding.next = Some(
            "compare the order and types of the columns, what is done to them before the model, \
             and the versions of model and libraries"
                .to_owned(),
        );
        finding
    });
    let (state, summary) = match (&finding, judged[0].standing) {
        (Some(finding), _) => (CheckState::Answered, finding.message.clone()),
        (None, Standing::Open) => {
            (CheckState::Undecided, format!("{rows} rows are too few to say so"))
        }
        (None, _) => {
            let summary = format!(
                "all {rows} answers are those recorded in training, within {tolerance:e} of their \
                 spread"
            );
            (CheckState::Answered, summary)
        }
    };
    Checked {
        check: NAME,
        state,
        summary,
        rows,
        rows_needed: (state == CheckState::Undecided).then_some(plimsoll_core::gate::FEWEST_ROWS),
        findings: finding.into_iter().collect(),
        figures: judged.iter().map(|judged| judged.facet.figure()).collect(),
        plots: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_predict::Predictions;

    use super::super::test_trials::{Planted, codes};
    use super::*;

    #[test]
    fn the_same_answers_pass_and_rounding_does_not_matter() {
        let mut trial = Planted::regression(200).trial();
        let Predictions::Regression { values: answers, .. } = &trial.predictions else { panic!() };
        let rounded = answers.iter().map(|answer| answer * (1.0 + 1e-7)).collect();
        trial.recorded = Some(Predictions::numbers(rounded));
        let checked = check(&trial);
        assert_eq!(
            (checked.state, checked.findings.len()),
            (CheckState::Answered, 0),
            "{checked:?}"
        );
    }

    #[test]
    fn one_row_that_is_answered_otherwise_is_found() {
        let mut trial = Planted::regression(200).trial();
        let Predictions::Regression { values: mut answers, .. } = trial.predictions.clone() else {
            panic!()
        };
        answers[41] += 0.5;
        trial.recorded = Some(Predictions::numbers(answers));
        let checked = check(&trial);
        assert_eq!(codes(&checked), ["model.answers-otherwise"]);
        assert!(checked.summary.contains("row 42 got"), "{}", checked.summary);
    }

    #[test]
    fn without_a_record_it_fails_and_without_rows_it_is_undecided() {
        assert_eq!(check(&Planted::binary(100).trial()).state, CheckState::Failed);
        let mut few = Planted::binary(5).trial();
        few.recorded = Some(few.predictions.clone());
        assert_eq!(check(&few).state, CheckState::Undecided);
    }
}
