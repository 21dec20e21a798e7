//! `model.sensitivity`: how much of what a model achieves hangs on each of its features.
//!
//! Permutation importance (Breiman 2001; Fisher, Rudin, Dominici 2019): the loss that is added when
//! the values of a column are exchanged among the rows. A model of which nearly all hangs on one
//! column fails with it, and often that column gives the target away. Features that stand for each
//! other share what they contribute, so each of them looks smaller than it is.

use std::collections::BTreeSet;

use arrow::array::UInt64Array;
use arrow::compute::take as take_cells;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure, Mark, Plot, Series};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::paired::{PairedLosses, Required};
use plimsoll_stats::random::Random;
use plimsoll_stats::sample::SampleError;

use super::facets::{self, FALSE_ALARMS, Facet, Standing};
use super::trial::{Sample, Trial, replace};
use super::{failed, not_asked};
use crate::asked::AskError;
use crate::loss::Loss;

/// Nearly all of what the model achieves hangs on one feature.
pub const RELIES_ON_ONE: Code = Code::of("model.relies-on-one-feature");

const NAME: CheckName = CheckName::ModelSensitivity;

/// How often the values of a column are exchanged; the losses are averaged.
const ROUNDS: usize = 3;

/// The loss that each row adds when a column is exchanged.
struct Added {
    column: String,
    by_row: Vec<f64>,
}

pub(super) fn check(trial: &mut Trial) -> Checked {
    let sample = trial.sample(trial.settings.rows as usize);
    let rows = sample.rows.len() as u64;
    if !trial.can_be_asked() {
        return failed(NAME, rows, "a file of predictions cannot be asked again".to_owned());
    }
    match exchange(trial, &sample) {
        Ok(Some((added, loss))) => judge(trial, &sample, &added, loss)
            .unwrap_or_else(|error| failed(NAME, rows, error.to_string())),
        Ok(None) => failed(NAME, rows, "the answers have no loss that could rise".to_owned()),
        Err(error) => not_asked(NAME, rows, &error),
    }
}

/// Exchanges the values of each column; all of them, or there is no share to tell.
fn exchange(trial: &mut Trial, sample: &Sample) -> Result<Option<(Vec<Added>, Loss)>, AskError> {
    let before = trial.ask(&sample.table).unwrap_or(Err(AskError::Late))?;
    let outcomes = trial.outcomes_of(&sample.rows, &before);
    let loss = Loss::usual(&outcomes);
    let Some(own) = loss.of(&outcomes) else { return Ok(None) };
    let names: BTreeSet<String> = trial.features.iter().flatten().cloned().collect();
    let mut all = Vec::new();
    for column in names {
        let Some(cells) = sample.table.column_by_name(&column) else { continue };
        let mut by_row = vec![0.0; own.len()];
        for round in 0..ROUNDS {
            let random = Random::new(trial.plan.seed, &format!("exchange {round} of {column}"));
            let others = UInt64Array::from(shuffled(own.len(), random));
            let Ok(lent) = take_cells(cells, &others, None) else { return Ok(None) };
            let table = replace(&sample.table, &column, &lent);
            let after = trial.ask(&table).unwrap_or(Err(AskError::Late))?;
            let Some(losses) = loss.of(&trial.outcomes_of(&sample.rows, &after)) else {
                return Ok(None);
            };
            for (added, (after, before)) in by_row.iter_mut().zip(losses.iter().zip(&own)) {
                #[expect(clippy::cast_precision_loss, reason = "a few rounds")]
                let rounds = ROUNDS as f64;
                *added += (after - before) / rounds;
            }
        }
        all.push(Added { column, by_row });
    }
    Ok(Some((all, loss)))
}

/// Returns the places of rows in another order (Fisher and Yates, Durstenfeld 1964).
fn shuffled(rows: usize, random: Random) -> Vec<u64> {
    let mut places: Vec<u64> = (0..rows as u64).collect();
    for last in (1..rows).rev() {
        let word = random.word(last as u64);
        let other = usize::try_from(word % (last as u64 + 1)).unwrap_or(0);
        places.swap(last, other);
    }
    places
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn judge(
    trial: &Trial,
    sample: &Sample,
    added: &[Added],
    loss: Loss,
) -> Result<Checked, SampleError> {
    let rows = sample.rows.len();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len().max(1) as f64;
    // What lowers the loss when it is exchanged contributes nothing.
    let mut telling: Vec<(&Added, f64)> = added
        .iter()
        .map(|added| (added, mean(&added.by_row)))
        .filter(|(_, mean)| *mean > 0.0)
        .collect();
    telling.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut total = vec![0.0; rows];
    for (added, _) in &telling {
        total.iter_mut().zip(&added.by_row).for_each(|(total, added)| *total += added);
    }
    let none = vec![0.0; rows];
    let above_nothing = PairedLosses::new(&total, &none)?;
    let p = above_nothing.p_above(Required::PerRow(0.0), &sample.blocks)?.unwrap_or(PValue::ONE);
    let limit = trial.settings.sensitivity.max_share.get();
    let mut family = Vec::new();
    for (added, _) in &telling {
        if p.get() > FALSE_ALARMS || telling.len() < 2 {
            break;
        }
        let rest: Vec<f64> = total.iter().zip(&added.by_row).map(|(all, own)| all - own).collect();
        let pair = PairedLosses::new(&total, &rest)?;
        let Ok(estimate) = pair.saved_share(&[limit], &sample.blocks, &trial.plan)? else {
            continue;
        };
        let most: Vec<f64> = total.iter().map(|all| all * limit).collect();
        let beyond = PairedLosses::new(&added.by_row, &most)?;
        let p = beyond.p_above(Required::PerRow(0.0), &sample.blocks)?.unwrap_or(PValue::ONE);
        family.push(Facet {
            name: format!("share of the features' part that hangs on {}", added.column),
            subject: Some(added.column.clone()),
            estimate,
            limit,
            p,
        });
    }
    let judged = facets::judge(family);
    let broken = judged.iter().find(|facet| facet.standing == Standing::Broken);
    // Where all of it hangs on one feature there is no share to estimate: it is 1 in every sample.
    let only = match telling.as_slice() {
        [(only, _)] if added.len() > 1 && p.get() <= FALSE_ALARMS && limit < 1.0 => Some(*only),
        _ => None,
    };
    let on_one = |column: &str, message: String, value: f64| {
        let mut finding = Finding::new(RELIES_ON_ONE, Severity::Error, message);
        (finding.value, finding.limit) = (Some(value), Some(limit));
        finding.subject = Some(column.to_owned());
        finding.next = Some(format!(
            "find out whether {column} is known in time and does not give the target away; if it \
             is sound, raise `max-share`"
        ));
        finding
    };
    let finding = broken.map(|judged| {
        let column = judged.facet.subject.clone().unwrap_or_default();
        let (value, beside) = (judged.value(number::percent), judged.beside(number::percent));
        let message =
            format!("{value} of what the features contribute hangs on {column} alone ({beside})");
        on_one(&column, message, judged.facet.value())
    });
    let finding = finding.or_else(|| {
        let column = &only?.column;
        let message = format!(
            "all of what {} features contribute hangs on {column} alone (at most {} accepted)",
            added.len(),
            number::percent(limit)
        );
        Some(on_one(column, message, 1.0))
    });
    let (state, summary) = match (&finding, telling.as_slice()) {
        (Some(finding), _) => (CheckState::Answered, finding.message.clone()),
        (None, [(only, _)]) if added.len() == 1 => {
            (CheckState::Answered, format!("{} is its only feature", only.column))
        }
        (None, _) if judged.is_empty() => {
            let summary = format!(
                "on {rows} rows it cannot be told that any of {} features lowers the loss",
                added.len()
            );
            (CheckState::Undecided, summary)
        }
        (None, _) => {
            let most: Vec<String> = judged
                .iter()
                .take(3)
                .map(|it| {
                    let column = it.facet.subject.clone().unwrap_or_default();
                    format!("{column} {}", it.value(number::percent))
                })
                .collect();
            let summary = format!(
                "of what {} features contribute, most hangs on {}",
                added.len(),
                most.join(", ")
            );
            (facets::state(&judged), summary)
        }
    };
    let mut figures: Vec<Figure> = judged.iter().map(|judged| judged.facet.figure()).collect();
    figures.extend(added.iter().map(|added| Figure {
        name: format!("{} added when {} is exchanged among rows", loss.name(), added.column),
        value: mean(&added.by_row),
        interval: None,
        limit: None,
    }));
    let rows_needed =
        if state == CheckState::Undecided { facets::rows_needed(&judged) } else { None };
    Ok(Checked {
        check: NAME,
        state,
        summary,
        rows: rows as u64,
        rows_needed: rows_needed.filter(|_| !judged.is_empty()),
        findings: finding.into_iter().collect(),
        figures,
        plots: plot(&telling, loss),
    })
}

#[expect(clippy::cast_precision_loss, reason = "places of features")]
fn plot(telling: &[(&Added, f64)], loss: Loss) -> Vec<Plot> {
    /// More features than this are not told apart in a picture.
    const MOST: usize = 20;
    if telling.is_empty() {
        return Vec::new();
    }
    let shown = || telling.iter().take(MOST).enumerate();
    let points = shown().map(|(at, (_, mean))| [at as f64, *mean]).collect();
    vec![Plot {
        title: "Loss added when a feature is exchanged among rows".to_owned(),
        x: "feature".to_owned(),
        y: format!("{} added", loss.name()),
        ticks: shown().map(|(_, (added, _))| added.column.clone()).collect(),
        series: vec![Series {
            name: loss.name().to_owned(),
            mark: Mark::Bars,
            points,
            band: Vec::new(),
        }],
    }]
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, Row, codes};
    use super::*;

    #[test]
    fn a_model_of_many_features_passes_and_names_the_most_important() {
        for planted in [Planted::regression(600), Planted::binary(2000), Planted::multiclass(2000)]
        {
            let checked = check(&mut planted.trial());
            assert_eq!(
                (checked.state, checked.findings.len()),
                (CheckState::Answered, 0),
                "{checked:?}"
            );
            assert!(checked.summary.contains("most hangs on x"), "{}", checked.summary);
            assert_eq!(checked.plots.len(), 1);
        }
    }

    #[test]
    fn reliance_on_one_feature_is_found() {
        let alone = |row: &Row| 4.0 * row.x + 0.05 * row.z + 0.02 * f64::from(row.age) / 50.0;
        let checked = check(&mut Planted::regression(600).truly(alone).answering(alone).trial());
        assert_eq!(codes(&checked), ["model.relies-on-one-feature"], "{}", checked.summary);
        assert_eq!(checked.findings[0].subject.as_deref(), Some("x"));
    }

    #[test]
    fn total_reliance_on_one_feature_is_found() {
        let alone = |row: &Row| 5.0 * row.x;
        let checked = check(&mut Planted::regression(600).truly(alone).answering(alone).trial());
        assert_eq!(codes(&checked), ["model.relies-on-one-feature"], "{}", checked.summary);
        assert!(checked.summary.starts_with("all of what 4 features"), "{}", checked.summary);
    }

    #[test]
    fn a_model_that_uses_nothing_is_undecided_not_passed() {
        let checked = check(&mut Planted::regression(600).answering(|_| 0.3).trial());
        assert_eq!(checked.state, CheckState::Undecided, "{}", checked.summary);
        assert_eq!(
            check(&mut Planted::regression(60).predictions_only()).state,
            CheckState::Failed
        );
    }

    #[test]
    fn a_balanced_model_raises_no_alarm_whatever_the_draw() {
        for seed in 0..60 {
            let checked = check(&mut Planted::regression(120).seed(seed).trial());
            assert!(checked.findings.is_empty(), "seed {seed}: {}", checked.summary);
        }
    }

    #[test]
    fn rows_are_shuffled_whole() {
        let random = Random::new(plimsoll_stats::random::Seed::from(1), "shuffle");
        let mut places = shuffled(500, random);
        assert!(places.iter().zip(0..).filter(|(place, at)| *place == at).count() < 10);
        places.sort_unstable();
        assert_eq!(places, (0..500).collect::<Vec<_>>());
    }
}
