//! `model.baseline`: the model is better than the simplest one, and than a shallow one.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::compute::concat;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::needed::{Side, needed};
use plimsoll_stats::paired::PairedLosses;
use plimsoll_stats::random::Random;
use plimsoll_stats::sample::SampleError;

use super::facets::{has_enough, is_worth_telling};
use super::failed;
use super::trial::{Trial, draw};
use crate::bins::{Binned, Fineness};
use crate::loss::Loss;
use crate::measure;
use crate::shallow::Shallow;
use crate::truth::Truth;

/// The model is no better than one that always answers the same.
pub const NO_BETTER_THAN_SIMPLEST: Code = Code::of("model.no-better-than-simplest");

/// The model is no better than a tree of three questions.
pub const NO_BETTER_THAN_SHALLOW: Code = Code::of("model.no-better-than-shallow");

const NAME: CheckName = CheckName::ModelBaseline;

/// So many rows teach a shallow tree all that it can learn.
const MOST_ROWS: usize = 100_000;

/// So many features are looked at by the tree.
const MOST_FEATURES: usize = 50;

const FINENESS: Fineness = Fineness { quantiles: 16, texts: 20 };

pub(super) fn check(trial: &Trial) -> Checked {
    let rows = trial.rows() as u64;
    compare(trial).unwrap_or_else(|error| failed(NAME, rows, error.to_string()))
}

fn compare(trial: &Trial) -> Result<Checked, SampleError> {
    let rows = trial.rows() as u64;
    let outcomes = trial.outcomes();
    let loss = Loss::usual(&outcomes);
    let known = trial.train.as_ref().map_or(&trial.truth, |(_, truth)| truth);
    let (Some(own), Some(simplest)) = (loss.of(&outcomes), loss.of_simplest(known, &trial.truth))
    else {
        return Ok(failed(NAME, rows, "the answers have no loss to compare".to_owned()));
    };
    let by = trial.settings.baseline.by.get();
    let name = simplest_name(known);
    let blocks = trial.blocks();
    let saved = PairedLosses::new(&simplest, &own)?.saved_share(&[by], &blocks, &trial.plan)?;
    let Ok(saved) = saved else {
        let reason = format!("{name} has no {}, so nothing can be saved", loss.name());
        return Ok(failed(NAME, rows, reason));
    };
    let mut findings = Vec::new();
    let mut figures = vec![figure(
        format!("share of the {} of {name} that disappears", loss.name()),
        &saved,
        Some(by),
    )];
    let standing = against(&saved, by);
    let value = number::percent(saved.value);
    let beside = beside(&saved);
    let mut summary =
        format!("the model saves {value} of the {} of {name} ({beside})", loss.name());
    if standing == Against::Worse {
        let message = format!(
            "the model is no better than {name}: it saves {value} of its {} ({beside}), more than \
             {} expected",
            loss.name(),
            number::percent(by),
        );
        summary.clone_from(&message);
        let mut finding = Finding::new(NO_BETTER_THAN_SIMPLEST, Severity::Error, message);
        (finding.value, finding.limit) = (Some(saved.value), Some(by));
        finding.next = Some(
            "look whether features, target and predictions belong to the same rows, and whether \
             the probabilities are what they say"
                .to_owned(),
        );
        findings.push(finding);
    }
    if let Some(shallow) = of_shallow(trial, loss) {
        let saved = PairedLosses::new(&shallow, &own)?.saved_share(&[0.0], &blocks, &trial.plan)?;
        if let Ok(saved) = saved {
            let value = number::percent(saved.value);
            let aside = self::beside(&saved);
            figures.push(figure(
                format!("share of the {} of a tree of depth 3 that disappears", loss.name()),
                &saved,
                None,
            ));
            summary = format!("{summary}, and {value} of that of a tree of depth 3 ({aside})");
            if against(&saved, 0.0) == Against::Worse {
                let message = format!(
                    "the model is no better than a decision tree of depth 3: it saves {value} of \
                     its {} ({aside})",
                    loss.name(),
                );
                let mut finding = Finding::new(NO_BETTER_THAN_SHALLOW, Severity::Warning, message);
                (finding.value, finding.limit) = (Some(saved.value), Some(0.0));
                finding.next =
                    Some("a simpler model would do, or the features are not used well".to_owned());
                findings.push(finding);
            }
        }
    }
    let open = standing == Against::Open;
    let needed = needed(&saved, by, Side::Above).map(|needed| needed.rows);
    Ok(Checked {
        check: NAME,
        state: if open { CheckState::Undecided } else { CheckState::Answered },
        summary,
        rows,
        rows_needed: needed.filter(|needed| open && is_worth_telling(*needed, &saved)),
        findings,
        figures,
        plots: Vec::new(),
    })
}

/// How a saving stands against what is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Against {
    Better,
    Open,
    Worse,
}

fn against(saved: &Estimate, by: f64) -> Against {
    let Some(interval) = saved.interval.filter(|_| has_enough(saved)) else {
        return Against::Open;
    };
    let ends = interval.judged();
    if ends.low > by {
        Against::Better
    } else if ends.high <= by {
        Against::Worse
    } else {
        Against::Open
    }
}

fn figure(name: String, saved: &Estimate, limit: Option<f64>) -> Figure {
    let has_blocks = saved.blocks.is_some();
    let interval = saved.interval.as_ref().map(|interval| measure::evidence(interval, has_blocks));
    Figure { name, value: saved.value, interval, limit }
}

fn beside(saved: &Estimate) -> String {
    let Some(interval) = saved.interval else { return "no interval".to_owned() };
    let ends = interval.judged();
    let level = if interval.wide.is_some() { "99 %" } else { "95 %" };
    format!("{} to {} at {level}", number::percent(ends.low), number::percent(ends.high))
}

/// Returns what the simplest model answers, in words.
fn simplest_name(known: &Truth) -> String {
    match known {
        Truth::Numbers(numbers) => {
            let middle = crate::loss::median(numbers).unwrap_or(0.0);
            format!("always answering {}", number::show(middle))
        }
        Truth::Classes { .. } => "always answering the shares of the classes".to_owned(),
    }
}

/// Returns the losses of a shallow tree: learned from the training data, else from the other half of
/// the test set. `None` where it is not known what it could learn from.
fn of_shallow(trial: &Trial, loss: Loss) -> Option<Vec<f64>> {
    let names: BTreeSet<&String> = trial.features.iter().flatten().collect();
    let count = trial.rows();
    let test: Vec<usize> = (0..count).collect();
    if let Some((train, truth)) = &trial.train {
        let features = binned(&names, &trial.table, Some(train))?;
        // The rows of the training data lie behind those of the test set.
        let (Truth::Numbers(_) | Truth::Classes { .. }, Some(all)) =
            (truth, trial.truth.followed_by(truth))
        else {
            return None;
        };
        let drawn = draw(train.num_rows(), MOST_ROWS, &trial.plan);
        let learned: Vec<usize> = drawn.into_iter().map(|row| count + row).collect();
        return Shallow::fit(&features, &all, &learned).losses(loss, &features, &all, &test);
    }
    let features = binned(&names, &trial.table, None)?;
    let random = Random::new(trial.plan.seed, "halves for a shallow tree");
    let places = trial.block_places();
    let (one, other): (Vec<usize>, Vec<usize>) =
        test.iter().partition(|row| random.word(places[**row]).is_multiple_of(2));
    let mut losses = vec![0.0; count];
    for (learned, judged) in [(&one, &other), (&other, &one)] {
        let few = MOST_ROWS.min(learned.len());
        let tree = Shallow::fit(&features, &trial.truth, &learned[..few]);
        let own = tree.losses(loss, &features, &trial.truth, judged)?;
        judged.iter().zip(own).for_each(|(row, own)| losses[*row] = own);
    }
    Some(losses)
}

/// Cuts the features into bins, those of the training data behind those of the test set.
fn binned(
    names: &BTreeSet<&String>,
    test: &RecordBatch,
    train: Option<&RecordBatch>,
) -> Option<Vec<Binned>> {
    let mut features = Vec::new();
    for name in names.iter().take(MOST_FEATURES) {
        let Some(own) = test.column_by_name(name) else { continue };
        let cells = match train {
            None => Arc::clone(own),
            Some(train) => {
                let column = train.column_by_name(name)?;
                let column = arrow::compute::cast(column, own.data_type()).ok()?;
                concat(&[own.as_ref(), column.as_ref()]).ok()?
            }
        };
        features.extend(Binned::of(name, &cells, FINENESS).ok());
    }
    (!features.is_empty()).then_some(features)
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, Row, codes, sound};
    use super::*;

    #[test]
    fn a_model_that_knows_something_passes_with_and_without_training_data() {
        for planted in [Planted::regression(800), Planted::binary(1500), Planted::multiclass(1500)]
        {
            let trial = planted.trial();
            let checked = check(&trial);
            assert_eq!(
                (checked.state, checked.findings.len()),
                (CheckState::Answered, 0),
                "{checked:?}"
            );
            assert_eq!(checked.figures.len(), 2);
        }
        let trained = Planted::regression(800).trained_on(600).trial();
        let checked = check(&trained);
        assert!(checked.findings.is_empty() && checked.figures.len() == 2, "{checked:?}");
    }

    #[test]
    fn a_model_that_knows_nothing_is_found() {
        let guesses = |row: &Row| -1.5 * sound(row);
        for planted in [Planted::regression(400), Planted::binary(400)] {
            let checked = check(&planted.answering(guesses).trial());
            assert!(codes(&checked).contains(&"model.no-better-than-simplest"), "{checked:?}");
        }
        // Always the same is what the simplest model does.
        let same = check(&Planted::regression(400).answering(|_| -50.0).trial());
        assert!(codes(&same).contains(&"model.no-better-than-simplest"), "{}", same.summary);
    }

    #[test]
    fn what_a_shallow_tree_does_better_is_a_warning() {
        let steps = |row: &Row| if row.x > 0.0 { 3.0 } else { -3.0 };
        let poor = |row: &Row| if row.x > 0.8 { 3.0 } else { -3.0 };
        let checked = check(&Planted::regression(800).truly(steps).answering(poor).trial());
        assert_eq!(codes(&checked), ["model.no-better-than-shallow"], "{}", checked.summary);
        assert_eq!(checked.findings[0].severity, Severity::Warning);
    }

    #[test]
    fn a_little_knowledge_of_few_rows_is_undecided() {
        let little = |row: &Row| 0.4 * row.x + if row.group == "a" { 0.9 } else { -1.2 };
        let checked = check(&Planted::regression(40).answering(little).trial());
        assert_eq!(checked.state, CheckState::Undecided, "{}", checked.summary);
        assert_eq!(check(&Planted::regression(10).trial()).state, CheckState::Undecided);
    }

    #[test]
    fn predictions_alone_are_enough() {
        let checked = check(&Planted::binary(600).predictions_only());
        assert_eq!(checked.state, CheckState::Answered);
        assert!(checked.findings.is_empty());
    }
}
