//! `model.robustness`: small changes of what a model is given change its answers little, and what is
//! missing or new does not make it worse than the simplest model.

mod numbers;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray, new_null_array};
use plimsoll_core::checks::Spelling;
use plimsoll_core::evidence::{CheckName, CheckState, Checked};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_predict::Predictions;
use plimsoll_stats::random::Random;
use plimsoll_stats::sample::SampleError;

use super::answers::{Sameness, differing, shown, spread};
use super::facets::{self, Facet, Judged, Standing};
use super::trial::{Sample, Trial, replace};
use super::{failed, not_asked};
use crate::asked::AskError;
use crate::column;
use crate::loss::Loss;
use numbers::Movable;

/// A small change of what the model is given changes its answers too often.
pub const NOT_ROBUST: Code = Code::of("model.not-robust");

/// The model answers what is no number or no probability.
pub const ANSWERS_NONSENSE: Code = Code::of("model.answers-nonsense");

/// Where a value is missing the model is worse than the simplest one.
pub const BREAKS_ON_MISSING: Code = Code::of("model.breaks-on-missing");

/// Where a text is new the model is worse than the simplest one.
pub const BREAKS_ON_UNSEEN: Code = Code::of("model.breaks-on-unseen");

const NAME: CheckName = CheckName::ModelRobustness;

/// How much worse than the simplest model an answer without a value has to be to be a finding.
const WORSE_THAN_NOTHING: f64 = 0.1;

/// What takes the place of a text to be new.
const UNSEEN: &str = "plimsoll-unseen";

const IMPUTE: &str =
    "impute missing values inside of the model, or let the schema of the data refuse them";

/// Something to try on the sample.
struct Attempt {
    kind: Kind,
    /// What is done, in words: `temp is moved by up to 1 % of its spread`.
    how: String,
    column: Option<String>,
    table: RecordBatch,
    /// Whether each row is another now.
    touched: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A change too small to matter.
    Small(Severity),
    Missing,
    Unseen,
}

/// What came of it.
struct Seen {
    kind: Kind,
    how: String,
    facet: Facet,
    /// The first answer that changed, in words.
    example: Option<String>,
}

#[derive(Default)]
struct Tally {
    seen: Vec<Seen>,
    findings: Vec<Finding>,
    refused: Vec<String>,
    /// How many small changes, that no schema would keep out, were refused.
    unanswered: usize,
    /// How many changes have no loss to be judged by.
    unjudged: usize,
    /// How many changes were answered.
    tried: usize,
    /// Set where the time was over before all was tried.
    left: usize,
}

pub(super) fn check(trial: &mut Trial) -> Checked {
    let sample = trial.sample(trial.settings.rows as usize);
    let rows = sample.rows.len() as u64;
    if !trial.can_be_asked() {
        return failed(NAME, rows, "a file of predictions cannot be asked again".to_owned());
    }
    let (attempts, left_alone) = attempts(trial, &sample);
    if attempts.is_empty() {
        let reason = format!("there is nothing to try: {}", left_alone.join("; "));
        return failed(NAME, rows, reason);
    }
    match carry_out(trial, &sample, attempts) {
        Ok(Ok(tally)) => judge(rows, tally, &left_alone),
        Ok(Err(error)) => failed(NAME, rows, error.to_string()),
        Err(error) => not_asked(NAME, rows, &error),
    }
}

/// Returns what is to be tried, and which columns are left alone, with the reason.
fn attempts(trial: &Trial, sample: &Sample) -> (Vec<Attempt>, Vec<String>) {
    let settings = &trial.settings.robustness;
    let share = settings.numbers.get();
    let (mut small, mut large) = (Vec::new(), Vec::new());
    let mut left_alone: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut moved: Vec<(String, ArrayRef, Vec<bool>)> = Vec::new();
    for name in trial.features.iter().flatten().collect::<BTreeSet<_>>() {
        let (Some(whole), Some(cells)) =
            (trial.table.column_by_name(name), sample.table.column_by_name(name))
        else {
            continue;
        };
        let mut attempt = |kind, how: String, cells: ArrayRef, touched: Vec<bool>| {
            let table = replace(&sample.table, name, &cells);
            let column = Some(name.clone());
            let into = if matches!(kind, Kind::Small(_)) { &mut small } else { &mut large };
            into.push(Attempt { kind, how, column, table, touched });
        };
        if column::is_number(whole) {
            let movable =
                if share > 0.0 { Movable::of(whole, share) } else { Err("not asked for") };
            match movable {
                Ok(movable) => {
                    let random = Random::new(trial.plan.seed, &format!("moved {name}"));
                    let (cells, touched) = movable.moved(cells, random);
                    let how = format!("{name} is moved by up to {}", movable.by(share));
                    moved.push((name.clone(), Arc::clone(&cells), touched.clone()));
                    attempt(Kind::Small(Severity::Error), how, cells, touched);
                }
                Err(why) => left_alone.entry(why.to_owned()).or_default().push(name.clone()),
            }
        } else if column::is_text(whole)
            && let (Ok(all), Ok(texts)) = (column::texts(name, whole), column::texts(name, cells))
        {
            // What is one of few is guarded by the schema of the data; free text is not.
            let closed = spelling::is_closed(&all);
            let severity = if closed { Severity::Warning } else { Severity::Error };
            for way in &settings.spelling {
                let random = Random::new(trial.plan.seed, &format!("{way} {name}"));
                let (cells, touched) = spelling::respelled(&texts, *way, random);
                attempt(Kind::Small(severity), words(name, *way), cells, touched);
            }
            if settings.unseen {
                let cells: ArrayRef =
                    Arc::new(StringArray::from_iter_values(texts.iter().map(|_| UNSEEN)));
                let touched = vec![true; texts.len()];
                attempt(Kind::Unseen, format!("{name} is a text never seen"), cells, touched);
            }
        } else {
            left_alone.entry(whole.data_type().to_string()).or_default().push(name.clone());
        }
        if settings.missing {
            let touched = (0..cells.len()).map(|row| !cells.is_null(row)).collect();
            let cells = new_null_array(whole.data_type(), cells.len());
            attempt(Kind::Missing, format!("{name} is missing"), cells, touched);
        }
    }
    if moved.len() > 1 {
        let mut table = sample.table.clone();
        let mut touched = vec![false; sample.rows.len()];
        for (name, cells, own) in moved {
            table = replace(&table, &name, &cells);
            touched.iter_mut().zip(own).for_each(|(all, own)| *all |= own);
        }
        let how =
            format!("all numbers are moved by up to {} of their spread", number::percent(share));
        let kind = Kind::Small(Severity::Error);
        small.push(Attempt { kind, how, column: None, table, touched });
    }
    small.append(&mut large);
    small.retain(|attempt| attempt.touched.iter().any(|touched| *touched));
    let in_words = |(why, names): (String, Vec<String>)| format!("{} ({why})", names.join(", "));
    (small, left_alone.into_iter().map(in_words).collect())
}

fn words(name: &str, way: Spelling) -> String {
    match way {
        Spelling::Case => format!("{name} is written in other case"),
        Spelling::Space => format!("{name} has a space more"),
        Spelling::Typo => format!("{name} has a typing mistake"),
        Spelling::Accents => format!("{name} has other accents"),
    }
}

/// Asks the model about every attempt, as far as the time goes.
fn carry_out(
    trial: &mut Trial,
    sample: &Sample,
    attempts: Vec<Attempt>,
) -> Result<Result<Tally, SampleError>, AskError> {
    let mut tally = Tally::default();
    let before = trial.ask(&sample.table).unwrap_or(Err(AskError::Late))?;
    let loss = Loss::usual(&trial.outcomes_of(&sample.rows, &before));
    let nothing = loss.of_simplest(&trial.truth, &trial.truth.take(&sample.rows));
    let mut left = attempts.len();
    for attempt in attempts {
        match trial.ask(&attempt.table).unwrap_or(Err(AskError::Late)) {
            Ok(after) => {
                let seen = match attempt.kind {
                    Kind::Small(_) => changed(trial, sample, attempt, (&before, &after)).map(Some),
                    _ => worse(trial, sample, attempt, &after, (loss, nothing.as_deref())),
                };
                match seen {
                    Ok(Some(seen)) => tally.seen.push(seen),
                    Ok(None) => tally.unjudged += 1,
                    Err(error) => return Ok(Err(error)),
                }
            }
            Err(error) if error.is_late() => {
                tally.left = left;
                break;
            }
            Err(error) if error.is_nonsense() => tally.findings.push(nonsense(&attempt, &error)),
            Err(error) if error.is_refusal() => {
                // To refuse what is missing or unknown is an answer; to refuse nearly the same is not.
                if matches!(attempt.kind, Kind::Small(Severity::Error)) {
                    tally.unanswered += 1;
                }
                tally.refused.push(attempt.how);
                left -= 1;
                continue;
            }
            Err(error) => return Err(error),
        }
        left -= 1;
        tally.tried += 1;
    }
    Ok(Ok(tally))
}

/// Counts the answers that a small change changed, among the rows that it touched.
fn changed(
    trial: &Trial,
    sample: &Sample,
    attempt: Attempt,
    (before, after): (&Predictions, &Predictions),
) -> Result<Seen, SampleError> {
    let settings = &trial.settings.robustness;
    let sameness = Sameness::Answer(settings.answer.get());
    let different = differing(before, after, spread(&trial.predictions), sameness);
    let touched: Vec<usize> = (0..different.len()).filter(|row| attempt.touched[*row]).collect();
    let example = touched.iter().find(|row| different[**row]).map(|row| {
        let place = sample.rows[*row] + 1;
        format!("row {place} got {}, then {}", shown(before, *row), shown(after, *row))
    });
    let hits: Vec<bool> = touched.iter().map(|row| different[*row]).collect();
    let places: Vec<usize> = touched.iter().map(|row| sample.rows[*row]).collect();
    let blocks = trial.blocks_of(&places);
    let facet = Facet::of_share(
        format!("answers that change when {}", attempt.how),
        attempt.column,
        &hits,
        settings.max_changed.get(),
        (&blocks, &trial.plan),
    )?;
    Ok(Seen { kind: attempt.kind, how: attempt.how, facet, example })
}

/// Holds the loss without a value against that of the simplest model.
fn worse(
    trial: &Trial,
    sample: &Sample,
    attempt: Attempt,
    after: &Predictions,
    (loss, nothing): (Loss, Option<&[f64]>),
) -> Result<Option<Seen>, SampleError> {
    let losses = loss.of(&trial.outcomes_of(&sample.rows, after));
    let (Some(losses), Some(nothing)) = (losses, nothing) else { return Ok(None) };
    let facet = Facet::of_losses(
        format!("share of {} above the simplest model's when {}", loss.name(), attempt.how),
        attempt.column,
        (nothing, &losses),
        WORSE_THAN_NOTHING,
        (&sample.blocks, &trial.plan),
    )?;
    Ok(facet.map(|facet| Seen { kind: attempt.kind, how: attempt.how, facet, example: None }))
}

fn nonsense(attempt: &Attempt, error: &AskError) -> Finding {
    let message = format!("when {}, {error}", attempt.how);
    let mut finding = Finding::new(ANSWERS_NONSENSE, Severity::Error, message);
    finding.subject.clone_from(&attempt.column);
    finding.next = Some(IMPUTE.to_owned());
    finding
}

fn judge(rows: u64, tally: Tally, left_alone: &[String]) -> Checked {
    let Tally { seen, mut findings, refused, unanswered, unjudged, tried, left } = tally;
    let judged = facets::judge(seen.iter().map(|seen| seen.facet.clone()).collect());
    let mut small = Vec::new();
    for (seen, judged) in seen.iter().zip(&judged) {
        if judged.standing == Standing::Broken {
            findings.push(finding(seen, judged));
        }
        if matches!(seen.kind, Kind::Small(_)) {
            small.push(judged.clone());
        }
    }
    // The gravest first, and of one weight the one that is furthest beyond its limit.
    let beyond = |finding: &Finding| finding.value.unwrap_or(f64::INFINITY);
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(beyond(b).total_cmp(&beyond(a))));
    let blocks = findings.iter().any(|finding| finding.severity == Severity::Error);
    let open = judged.iter().filter(|facet| facet.standing == Standing::Open).count() + unjudged;
    let is_known = open == 0 && left == 0 && unanswered == 0 && tried > 0;
    let state = if blocks || is_known { CheckState::Answered } else { CheckState::Undecided };
    let mut summary = match findings.first() {
        Some(finding) if findings.len() == 1 => finding.message.clone(),
        Some(finding) => format!("{} findings; {}", findings.len(), finding.message),
        None if tried == 0 => format!("none of {} changes was answered", refused.len()),
        None if open > 0 => {
            let facet = judged.iter().find(|facet| facet.standing == Standing::Open);
            let first = facet.map_or_else(String::new, |facet| {
                let (value, beside) = (facet.value(number::percent), facet.beside(number::percent));
                format!("{}: {value} ({beside})", facet.facet.name)
            });
            format!("{open} of {tried} changes cannot be judged on {rows} rows; {first}")
        }
        None => {
            let most = small.iter().map(|facet| facet.facet.value()).fold(0.0, f64::max);
            format!(
                "of {tried} changes of {rows} rows none changed more than {} of the answers",
                number::percent(most)
            )
        }
    };
    if left > 0 {
        summary = format!("{summary}; {left} more were not tried, the time was over");
    }
    if !refused.is_empty() {
        summary = format!("{summary}; the model takes no rows where {}", refused.join(" or "));
    }
    if !left_alone.is_empty() {
        summary = format!("{summary}; left alone: {}", left_alone.join("; "));
    }
    let rows_needed =
        (state == CheckState::Undecided).then(|| facets::rows_needed(&judged)).flatten();
    let mut figures: Vec<_> = seen.iter().map(|seen| seen.facet.figure()).collect();
    let over =
        |figure: &plimsoll_core::evidence::Figure| figure.value - figure.limit.unwrap_or(0.0);
    figures.sort_by(|a, b| over(b).total_cmp(&over(a)));
    Checked { check: NAME, state, summary, rows, rows_needed, findings, figures, plots: Vec::new() }
}

fn finding(seen: &Seen, judged: &Judged) -> Finding {
    let (value, beside) = (judged.value(number::percent), judged.beside(number::percent));
    let how = &seen.how;
    let worse = || format!("when {how}, the loss is {value} above the simplest model's ({beside})");
    let (code, severity, message, next) = match seen.kind {
        Kind::Small(severity) => {
            let example = seen.example.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
            (
                NOT_ROBUST,
                severity,
                format!("{value} of the answers change when {how} ({beside}){example}"),
                "bring values into one form before the model, or train it on such changes",
            )
        }
        Kind::Missing => (BREAKS_ON_MISSING, Severity::Error, worse(), IMPUTE),
        Kind::Unseen => (
            BREAKS_ON_UNSEEN,
            Severity::Error,
            worse(),
            "teach the model a value for what is unknown, or let the schema of the data refuse it",
        ),
    };
    let mut finding = Finding::new(code, severity, message);
    finding.subject.clone_from(&judged.facet.subject);
    (finding.value, finding.limit) = (Some(judged.facet.value()), Some(judged.facet.limit));
    finding.next = Some(next.to_owned());
    finding
}

#[cfg(test)]
mod tests;
