//! `model.overfit`: how much better a model is on what it was trained on.
//!
//! What is compared is how much of the simplest model's loss disappears on either side, so that a
//! test set that is harder for every model is not taken for overfitting. The two sides are different
//! rows, so the interval of the difference follows from those of both (Zou and Donner 2008, the
//! method of variance estimates recovery).

use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure};
use plimsoll_core::gate::FEWEST_ROWS;
use plimsoll_core::{Code, Finding, Severity, evidence, number};
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::interval::Ends;
use plimsoll_stats::paired::PairedLosses;
use plimsoll_stats::plan::Plan;

use super::facets::has_enough;
use super::trial::{Trial, classes, draw, take};
use super::{failed, not_asked};
use crate::asked::AskError;
use crate::column;
use crate::loss::Loss;
use crate::measure;

/// The model is much better on what it was trained on.
pub const OVERFIT: Code = Code::of("model.overfit");

const NAME: CheckName = CheckName::ModelOverfit;

/// How many rows of the training data are asked about at most.
const MOST_ROWS: usize = 5000;

pub(super) fn check(trial: &mut Trial) -> Checked {
    let rows = trial.rows() as u64;
    let Some((table, truth)) = trial.train.clone() else {
        let reason = "there is no training data to compare with".to_owned();
        return failed(NAME, rows, reason);
    };
    if !trial.can_be_asked() {
        let reason = "a file of predictions has none for the training data".to_owned();
        return failed(NAME, rows, reason);
    }
    let drawn = draw(table.num_rows(), MOST_ROWS, &trial.plan);
    let part = take(&table, &drawn);
    let answered = match trial.ask(&part).unwrap_or(Err(AskError::Late)) {
        Ok(answered) => answered,
        Err(error) => return not_asked(NAME, rows, &error),
    };
    let train_truth = truth.take(&drawn);
    let outcomes = train_truth.against(&answered, classes(&answered));
    let loss = Loss::usual(&outcomes);
    let train_blocks = match &trial.block {
        None => Blocks::rows(drawn.len()),
        Some(name) => {
            let labels = column::find(&part, name).and_then(|cells| column::labels(name, cells));
            match labels {
                Ok(labels) => Blocks::of_labels(&labels),
                Err(error) => {
                    let reason = format!(
                        "the training data do not say which of their rows belong together: {error}"
                    );
                    return failed(NAME, rows, reason);
                }
            }
        }
    };
    let on_train = skill(
        loss.of(&outcomes),
        loss.of_simplest(&truth, &train_truth),
        &train_blocks,
        &trial.plan,
    );
    let on_test = skill(
        loss.of(&trial.outcomes()),
        loss.of_simplest(&truth, &trial.truth),
        &trial.blocks(),
        &trial.plan,
    );
    match (on_train, on_test) {
        (Some(train), Some(test)) => judge(trial, loss, &train, &test),
        _ => failed(NAME, rows, "the answers have no loss to compare".to_owned()),
    }
}

/// Returns the share of the simplest model's loss that disappears.
fn skill(
    own: Option<Vec<f64>>,
    simplest: Option<Vec<f64>>,
    blocks: &Blocks,
    plan: &Plan,
) -> Option<Estimate> {
    let (own, simplest) = (own?, simplest?);
    PairedLosses::new(&simplest, &own).ok()?.saved_share(&[], blocks, plan).ok()?.ok()
}

fn judge(trial: &Trial, loss: Loss, train: &Estimate, test: &Estimate) -> Checked {
    let rows = trial.rows() as u64;
    let limit = trial.settings.overfit.max_gap.get();
    let gap = train.value - test.value;
    let interval = difference(train, test);
    let approximate = [train, test]
        .iter()
        .any(|side| side.interval.is_some_and(|interval| interval.is_approximate()));
    let level = if approximate { 0.99 } else { 0.95 };
    let enough = has_enough(train) && has_enough(test);
    let (low, high) =
        interval.map_or((f64::NEG_INFINITY, f64::INFINITY), |ends| (ends.low, ends.high));
    let beside = interval.map_or_else(String::new, |ends| {
        let (low, high) = (number::show(100.0 * ends.low), number::show(100.0 * ends.high));
        format!("{low} to {high} at {:.0} %, ", 100.0 * level)
    });
    let points = number::show(100.0 * gap);
    let summary = format!(
        "on the training data {} of the simplest model's {} disappear, on the test set {}: a gap of \
         {points} points ({beside}at most {} accepted)",
        number::percent(train.value),
        loss.name(),
        number::percent(test.value),
        number::show(100.0 * limit),
    );
    let mut findings = Vec::new();
    let state = if enough && low > limit {
        let mut finding = Finding::new(OVERFIT, Severity::Error, summary.clone());
        (finding.value, finding.limit) = (Some(gap), Some(limit));
        finding.next = Some(
            "train a simpler model or on more rows, or look for a difference between training and \
             test data"
                .to_owned(),
        );
        findings.push(finding);
        CheckState::Answered
    } else if enough && high <= limit {
        CheckState::Answered
    } else {
        CheckState::Undecided
    };
    let figure = |name: &str, of: &Estimate| Figure {
        name: format!("share of the simplest model's {} that disappears {name}", loss.name()),
        value: of.value,
        interval: of
            .interval
            .as_ref()
            .map(|interval| measure::evidence(interval, of.blocks.is_some())),
        limit: None,
    };
    let of_gap = interval.map(|ends| evidence::Interval {
        low: ends.low,
        high: ends.high,
        level,
        method: "variance estimates recovery (Zou and Donner)".to_owned(),
        approximate: approximate.then(|| "one of its sides is approximate".to_owned()),
    });
    let gap = Figure {
        name: "difference between training data and test set".to_owned(),
        value: gap,
        interval: of_gap,
        limit: Some(limit),
    };
    Checked {
        check: NAME,
        state,
        summary,
        rows,
        rows_needed: needed(rows, state, gap.value, limit, (low, high)),
        findings,
        figures: vec![gap, figure("on the training data", train), figure("on the test set", test)],
        plots: Vec::new(),
    }
}

/// Returns the interval of `train - test`, where both have one.
fn difference(train: &Estimate, test: &Estimate) -> Option<Ends> {
    let (a, b) = (train.interval?.judged(), test.interval?.judged());
    let gap = train.value - test.value;
    let down = (train.value - a.low).hypot(b.high - test.value);
    let up = (a.high - train.value).hypot(test.value - b.low);
    (down.is_finite() && up.is_finite()).then_some(Ends { low: gap - down, high: gap + up })
}

/// About how many rows would bring the limit out of the interval.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rough number of rows below 1e15"
)]
fn needed(rows: u64, state: CheckState, gap: f64, limit: f64, ends: (f64, f64)) -> Option<u64> {
    if state != CheckState::Undecided {
        return None;
    }
    if rows < FEWEST_ROWS {
        return Some(FEWEST_ROWS);
    }
    let half = if gap > limit { gap - ends.0 } else { ends.1 - gap };
    let exact = rows as f64 * (half / (gap - limit)).powi(2);
    // At the limit itself no number of rows settles it.
    (exact <= 100.0 * rows as f64 && exact > rows as f64).then(|| {
        let unit = 10_u64.pow((exact as u64).max(1).ilog10().saturating_sub(1));
        (exact.ceil() as u64).next_multiple_of(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, Row, codes, sound};
    use super::*;

    #[test]
    fn a_model_that_learned_the_rule_passes() {
        for planted in [Planted::regression(600), Planted::binary(3000)] {
            let checked = check(&mut planted.trained_on(1500).trial());
            assert_eq!(
                (checked.state, checked.findings.len()),
                (CheckState::Answered, 0),
                "{checked:?}"
            );
        }
    }

    #[test]
    fn a_model_that_learned_its_rows_by_heart_is_found() {
        let blind = |row: &Row| 0.3 * sound(row);
        let planted = Planted::regression(600).answering(blind).trained_on(600).by_heart();
        let checked = check(&mut planted.trial());
        assert_eq!(codes(&checked), ["model.overfit"], "{}", checked.summary);
    }

    #[test]
    fn a_harder_test_set_is_no_overfitting() {
        // The test rows are twice as noisy: every model loses more on them.
        let checked = check(&mut Planted::regression(800).noise(0.9).trained_on(800).trial());
        assert!(checked.findings.is_empty(), "{}", checked.summary);
    }

    #[test]
    fn no_alarm_is_raised_by_chance() {
        for seed in 0..40 {
            let planted = Planted::regression(150).seed(seed).trained_on(150).in_blocks_of(5);
            let checked = check(&mut planted.trial());
            assert!(checked.findings.is_empty(), "seed {seed}: {}", checked.summary);
        }
    }

    #[test]
    fn without_training_data_or_a_model_it_fails() {
        assert_eq!(check(&mut Planted::regression(100).trial()).state, CheckState::Failed);
        let file = Planted::regression(100).trained_on(50).predictions_only();
        assert_eq!(check(&mut { file }).state, CheckState::Failed);
    }
}
