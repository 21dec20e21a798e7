//! `model.calibration`: probabilities are what they say.
//!
//! Of two classes the probability of the positive one, of several the one that is given to the
//! predicted class. The expected calibration error is corrected for what chance adds to it, since
//! that of a perfectly calibrated model is far from 0 on few rows.

use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure, Mark, Plot, Series};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_predict::Scores;
use plimsoll_stats::calibration::{Calibration, Confidence, Reliability, USUAL_BINS};
use plimsoll_stats::calibration_bins::Bins;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::needed::{Side, needed};
use plimsoll_stats::sample::SampleError;

use super::facets::{has_enough, is_worth_telling};
use super::failed;
use super::trial::Trial;
use crate::measure;
use crate::outcomes::Outcomes;

/// Probabilities are not what they say.
pub const MISCALIBRATED: Code = Code::of("model.miscalibrated");

const NAME: CheckName = CheckName::ModelCalibration;

pub(super) fn check(trial: &Trial) -> Checked {
    let rows = trial.rows() as u64;
    let (came_true, probability, is_binary) = match trial.outcomes() {
        Outcomes::Binary { truth, scores: Some(Scores::Probability(scores)), .. } => {
            (truth, scores, true)
        }
        Outcomes::Multiclass { classes, truth, predicted, probability: Some(all) } => {
            let right = truth.iter().zip(&predicted).map(|(y, p)| y == p).collect();
            let of_predicted = all.chunks_exact(classes.len().max(1)).zip(&predicted);
            let given = of_predicted
                .map(|(row, place)| row.get(*place as usize).copied().unwrap_or(0.0))
                .collect();
            (right, given, false)
        }
        _ => return failed(NAME, rows, "the answers have no probabilities".to_owned()),
    };
    match measured(trial, &came_true, &probability, is_binary) {
        Ok(Ok(checked)) => checked,
        Ok(Err(reason)) => failed(NAME, rows, reason),
        Err(error) => failed(NAME, rows, error.to_string()),
    }
}

fn measured(
    trial: &Trial,
    came_true: &[bool],
    probability: &[f64],
    is_binary: bool,
) -> Result<Result<Checked, String>, SampleError> {
    let blocks = trial.blocks();
    let calibration = match Calibration::new(came_true, probability)? {
        Ok(calibration) => calibration,
        Err(reason) => return Ok(Err(reason.to_string())),
    };
    let reliability =
        calibration.reliability(Bins::EqualWidth(USUAL_BINS), &blocks, &trial.plan)?;
    let confidence = if is_binary {
        calibration.overconfidence(&blocks, &trial.plan)?
    } else {
        calibration.bias(&blocks, &trial.plan)?
    };
    Ok(Ok(judge(trial, &reliability, confidence.ok().as_ref())))
}

fn judge(trial: &Trial, reliability: &Reliability, confidence: Option<&Estimate>) -> Checked {
    let rows = trial.rows() as u64;
    let limit = trial.settings.calibration.max_error.get();
    let error = &reliability.error;
    let interval = error.interval.filter(|_| has_enough(error));
    let ends = interval.map(|interval| interval.judged());
    let level = if interval.is_some_and(|it| it.wide.is_some()) { "99 %" } else { "95 %" };
    let points = |share: f64| number::show(100.0 * share);
    let beside = ends.map_or_else(String::new, |ends| {
        format!("{} to {} at {level}, ", points(ends.low), points(ends.high))
    });
    let proven = confidence.map_or(Confidence::Undecided, Confidence::proven_by);
    let leaning = match (proven, confidence) {
        (Confidence::Over, Some(by)) => {
            format!("; answers are overconfident by {} points", points(by.value))
        }
        (Confidence::Under, Some(by)) => {
            format!("; answers are underconfident by {} points", points(-by.value))
        }
        _ => String::new(),
    };
    let summary = format!(
        "probabilities are {} points off on average ({beside}at most {} accepted){leaning}",
        points(error.value),
        points(limit),
    );
    let (state, broken) = match ends {
        Some(ends) if ends.low > limit => (CheckState::Answered, true),
        Some(ends) if ends.high <= limit => (CheckState::Answered, false),
        _ => (CheckState::Undecided, false),
    };
    let finding = broken.then(|| {
        let mut finding = Finding::new(MISCALIBRATED, Severity::Error, summary.clone());
        (finding.value, finding.limit) = (Some(error.value), Some(limit));
        finding.next = Some(
            "calibrate on rows that the model was not trained on: isotonic regression from 1,000 \
             rows on, else Platt's scaling"
                .to_owned(),
        );
        finding
    });
    let has_blocks = error.blocks.is_some();
    let figure = |name: &str, of: &Estimate, limit| Figure {
        name: name.to_owned(),
        value: of.value,
        interval: of.interval.as_ref().map(|interval| measure::evidence(interval, has_blocks)),
        limit,
    };
    let plain =
        |name: &str, value| Figure { name: name.to_owned(), value, interval: None, limit: None };
    let mut figures =
        vec![figure("expected calibration error, corrected for chance", error, Some(limit))];
    figures.extend(confidence.map(|by| figure("confidence less share of right answers", by, None)));
    figures
        .push(plain("expected calibration error as it is usually computed", reliability.plug_in));
    figures.push(plain("p-value of being calibrated", reliability.p.get()));
    let side = if error.value > limit { Side::Above } else { Side::Below };
    let needed = needed(error, limit, side).map(|needed| needed.rows);
    Checked {
        check: NAME,
        state,
        summary,
        rows,
        rows_needed: needed
            .filter(|needed| state == CheckState::Undecided && is_worth_telling(*needed, error)),
        findings: finding.into_iter().collect(),
        figures,
        plots: vec![curve(reliability)],
    }
}

/// Returns the reliability curve: what came true against what was said, with intervals.
fn curve(reliability: &Reliability) -> Plot {
    let bins = &reliability.bins;
    let series =
        |name: &str, mark, points, band| Series { name: name.to_owned(), mark, points, band };
    let band = bins.iter().map(|bin| match bin.interval {
        Some(interval) => [interval.low, interval.high],
        None => [bin.share, bin.share],
    });
    let points = bins.iter().map(|bin| [bin.mean_probability, bin.share]);
    Plot {
        title: "What came true against what was said, in ten bins".to_owned(),
        x: "probability that was said".to_owned(),
        y: "share that came true".to_owned(),
        ticks: Vec::new(),
        series: vec![
            series("as said", Mark::Guide, vec![[0.0, 0.0], [1.0, 1.0]], Vec::new()),
            series("rows of a bin", Mark::Dots, points.collect(), band.collect()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, Row, codes, sound};
    use super::*;

    #[test]
    fn a_model_that_says_what_comes_true_passes() {
        for planted in [Planted::binary(4000), Planted::multiclass(4000)] {
            let checked = check(&planted.trial());
            assert_eq!(
                (checked.state, checked.findings.len()),
                (CheckState::Answered, 0),
                "{checked:?}"
            );
            assert_eq!(
                checked.plots[0].series[1].points.len(),
                checked.plots[0].series[1].band.len()
            );
        }
    }

    #[test]
    fn a_model_that_is_too_sure_is_found_and_told_so() {
        let sure = |row: &Row| 6.0 * sound(row);
        let checked = check(&Planted::binary(4000).answering(sure).trial());
        assert_eq!(codes(&checked), ["model.miscalibrated"], "{}", checked.summary);
        assert!(checked.summary.contains("overconfident by"), "{}", checked.summary);
        let shy = |row: &Row| 0.15 * sound(row);
        let checked = check(&Planted::binary(4000).answering(shy).trial());
        assert_eq!(codes(&checked), ["model.miscalibrated"], "{}", checked.summary);
        assert!(checked.summary.contains("underconfident by"), "{}", checked.summary);
    }

    #[test]
    fn few_rows_are_undecided_and_no_alarm_is_raised_by_chance() {
        for seed in 0..30 {
            let checked = check(&Planted::binary(100).seed(seed).trial());
            assert!(checked.findings.is_empty(), "seed {seed}: {}", checked.summary);
        }
        assert_eq!(check(&Planted::binary(15).trial()).state, CheckState::Undecided);
    }

    #[test]
    fn numbers_have_no_probabilities() {
        assert_eq!(check(&Planted::regression(100).trial()).state, CheckState::Failed);
    }
}
