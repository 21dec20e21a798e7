//! `model.rules`: what must hold between answers when an input changes.
//!
//! Metamorphic rules (Chen et al. 1998): no truth is needed, since two answers of the model are held
//! against each other. A rule of monotonicity follows each row along the column's deciles
//! (individual conditional expectations, Goldstein et al. 2015); a rule of invariance gives each row
//! the values of other rows.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, Float64Array, Int64Array, RecordBatch, UInt64Array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::take as take_cells;
use arrow::error::ArrowError;
use plimsoll_core::checks::{Direction, Relation};
use plimsoll_core::evidence::{CheckName, CheckState, Checked};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_predict::Predictions;
use plimsoll_stats::quantile::of_sorted;
use plimsoll_stats::random::Random;

use super::answers::{Sameness, differing, shown, spread};
use super::facets::{self, Facet, Standing};
use super::trial::{Sample, Trial, replace};
use super::{failed, not_asked};
use crate::asked::AskError;
use crate::column;

/// A declared rule does not hold.
pub const BREAKS_RULE: Code = Code::of("model.breaks-rule");

const NAME: CheckName = CheckName::ModelRules;

/// How many places along a column a row is followed to.
const PLACES: usize = 10;

/// How many other rows lend a row their values.
const LENDERS: usize = 5;

/// Why a rule could not be tried.
enum RuleError {
    Asked(AskError),
    Unfit(String),
}

impl From<AskError> for RuleError {
    fn from(error: AskError) -> Self {
        Self::Asked(error)
    }
}

/// What a rule saw in each row: whether it was broken, and the first row where it was, in words.
struct Seen {
    broken: Vec<bool>,
    /// The rows that got something else.
    touched: Vec<bool>,
    example: Option<String>,
}

pub(super) fn check(trial: &mut Trial) -> Checked {
    let sample = trial.sample(trial.settings.rows as usize);
    let rows = sample.rows.len() as u64;
    let rules = trial.settings.rules.clone();
    if rules.is_empty() {
        return failed(NAME, rows, "no rule is declared that could be checked".to_owned());
    }
    if !trial.can_be_asked() {
        return failed(NAME, rows, "a file of predictions cannot be asked again".to_owned());
    }
    let (mut family, mut examples) = (Vec::new(), Vec::new());
    let mut late = 0;
    for (at, rule) in rules.iter().enumerate() {
        let seen = match rule {
            Relation::Monotone { monotone, direction, .. } => {
                followed(trial, &sample, monotone, *direction)
            }
            Relation::Invariant { invariant, within, .. } => {
                let within = within.unwrap_or(trial.settings.robustness.answer);
                exchanged(trial, &sample, invariant, within.get())
            }
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(RuleError::Asked(error)) if error.is_late() && at > 0 => {
                late = rules.len() - at;
                break;
            }
            Err(RuleError::Asked(error)) => return not_asked(NAME, rows, &error),
            Err(RuleError::Unfit(reason)) => {
                return failed(NAME, rows, format!("the rule `{rule}` cannot be tried: {reason}"));
            }
        };
        let touched = || (0..sample.rows.len()).filter(|row| seen.touched[*row]);
        let broken: Vec<bool> = touched().map(|row| seen.broken[row]).collect();
        let blocks = trial.blocks_of(&touched().map(|row| sample.rows[row]).collect::<Vec<_>>());
        let facet = Facet::of_share(
            format!("answers that are not {rule}"),
            rule.columns().first().cloned(),
            &broken,
            rule.max_broken().get(),
            (&blocks, &trial.plan),
        );
        match facet {
            Ok(facet) => family.push(facet),
            Err(error) => return failed(NAME, rows, error.to_string()),
        }
        examples.push((rule, seen.example));
    }
    judge(rows, family, &examples, late)
}

fn judge(
    rows: u64,
    family: Vec<Facet>,
    examples: &[(&Relation, Option<String>)],
    late: usize,
) -> Checked {
    let judged = facets::judge(family);
    let mut findings = Vec::new();
    for (judged, (rule, example)) in judged.iter().zip(examples) {
        if judged.standing != Standing::Broken {
            continue;
        }
        let (value, beside) = (judged.value(number::percent), judged.beside(number::percent));
        let example = example.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        let message = format!("{value} of the answers are not {rule} ({beside}){example}");
        let mut finding = Finding::new(BREAKS_RULE, Severity::Error, message);
        finding.subject = Some(rule.columns().join(", "));
        (finding.value, finding.limit) = (Some(judged.facet.value()), Some(judged.facet.limit));
        finding.next = Some(match rule {
            Relation::Monotone { .. } => {
                "train with a constraint of monotonicity on the column, or drop the rule".to_owned()
            }
            Relation::Invariant { .. } => {
                "take the columns, and what stands for them, from the features".to_owned()
            }
        });
        findings.push(finding);
    }
    let mut state = facets::state(&judged);
    if late > 0 && findings.is_empty() {
        state = CheckState::Undecided;
    }
    let mut summary = match findings.first() {
        Some(finding) if findings.len() == 1 => finding.message.clone(),
        Some(finding) => format!("{} rules do not hold; {}", findings.len(), finding.message),
        None if judged.iter().any(|facet| facet.standing == Standing::Open) => {
            format!("{rows} rows are too few to say whether {} rule(s) hold", judged.len())
        }
        None => {
            let ends = judged.iter().filter_map(|it| it.facet.estimate.interval);
            let most = ends.map(|interval| interval.judged().high).fold(0.0, f64::max);
            format!(
                "{} rule(s) hold in {rows} rows (so at most {} of all break one of them)",
                judged.len(),
                number::percent(most)
            )
        }
    };
    if late > 0 {
        summary = format!("{summary}; {late} more were not tried, the time was over");
    }
    let open = state == CheckState::Undecided && late == 0;
    Checked {
        check: NAME,
        state,
        summary,
        rows,
        rows_needed: if open { facets::rows_needed(&judged) } else { None },
        findings,
        figures: judged.iter().map(|judged| judged.facet.figure()).collect(),
        plots: Vec::new(),
    }
}

/// Follows each row along a column, and holds each answer against the one before.
fn followed(
    trial: &mut Trial,
    sample: &Sample,
    name: &str,
    direction: Direction,
) -> Result<Seen, RuleError> {
    let places = places(trial, name)?;
    let tolerance = trial.settings.stability.tolerance.get() * spread(&trial.predictions);
    let mut broken = vec![false; sample.rows.len()];
    let mut example = None;
    let mut before: Option<(f64, Vec<f64>)> = None;
    for place in places {
        let table = replace(&sample.table, name, &constant(trial, name, place, broken.len()));
        let answered = trial.ask(&table).unwrap_or(Err(AskError::Late))?;
        let scores = scores(&answered)?;
        if let Some((previous, lower)) = &before {
            for (row, (low, high)) in lower.iter().zip(&scores).enumerate() {
                let rise = match direction {
                    Direction::Increasing => high - low,
                    Direction::Decreasing => low - high,
                };
                // What is not a number does not rise either.
                if rise >= -tolerance {
                    continue;
                }
                broken[row] = true;
                if example.is_none() {
                    let row = sample.rows[row] + 1;
                    let (low, high) = (number::show(*low), number::show(*high));
                    example = Some(format!(
                        "row {row} got {low} with {name} {previous}, and {high} with {place}"
                    ));
                }
            }
        }
        before = Some((place, scores));
    }
    Ok(Seen { touched: vec![true; broken.len()], broken, example })
}

/// Returns the deciles of a column, each once.
fn places(trial: &Trial, name: &str) -> Result<Vec<f64>, RuleError> {
    let unfit = |reason: String| RuleError::Unfit(reason);
    let cells = column::find(&trial.table, name).map_err(|error| unfit(error.to_string()))?;
    let numbers = column::numbers(name, cells).map_err(|error| unfit(error.to_string()))?;
    let mut sorted: Vec<f64> =
        numbers.into_iter().flatten().filter(|number| number.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let whole = sorted.iter().all(|number| number.fract() == 0.0);
    #[expect(clippy::cast_precision_loss, reason = "ten places")]
    let decile = |at: usize| {
        let number = of_sorted(&sorted, at as f64 / PLACES as f64)?;
        Some(if whole { number.round() } else { number })
    };
    let mut places: Vec<f64> = (0..=PLACES).filter_map(decile).collect();
    places.dedup();
    if places.len() < 2 {
        return Err(unfit(format!("`{name}` does not vary")));
    }
    Ok(places)
}

/// Returns a column of the same number, of the type that the column has.
fn constant(trial: &Trial, name: &str, number: f64, rows: usize) -> ArrayRef {
    let cells = trial.table.column_by_name(name);
    #[expect(clippy::cast_possible_truncation, reason = "a decile of whole numbers, rounded")]
    if cells.is_some_and(|cells| cells.data_type().is_integer()) {
        return Arc::new(Int64Array::from_value(number as i64, rows));
    }
    Arc::new(Float64Array::from_value(number, rows))
}

/// Returns the numbers that rise or fall: predictions, or what speaks for the positive class.
fn scores(answered: &Predictions) -> Result<Vec<f64>, RuleError> {
    match answered {
        Predictions::Regression { values, .. } => Ok(values.clone()),
        Predictions::Binary { scores: Some(scores), .. } => Ok(scores.values().to_vec()),
        Predictions::Binary { predicted, scores: None } => {
            Ok(predicted.iter().map(|positive| f64::from(u8::from(*positive))).collect())
        }
        Predictions::Multiclass { .. } => {
            Err(RuleError::Unfit("one of several classes neither rises nor falls".to_owned()))
        }
    }
}

/// Gives each row the values of other rows, and holds the answers against its own.
fn exchanged(
    trial: &mut Trial,
    sample: &Sample,
    names: &[String],
    within: f64,
) -> Result<Seen, RuleError> {
    let count = sample.rows.len();
    let mut columns = Vec::new();
    for name in names {
        let cells = column::find(&sample.table, name)
            .map_err(|error| RuleError::Unfit(error.to_string()))?;
        columns.push((name, Arc::clone(cells)));
    }
    let before = trial.ask(&sample.table).unwrap_or(Err(AskError::Late))?;
    let spread = spread(&trial.predictions);
    let mut seen = Seen { broken: vec![false; count], touched: vec![false; count], example: None };
    let random = Random::new(trial.plan.seed, &format!("lenders of {}", names.join(", ")));
    for round in 0..LENDERS {
        let lend = |row: usize| {
            let word = random.word((round * count + row) as u64);
            word % u64::try_from(count.max(1)).unwrap_or(1)
        };
        let lenders = UInt64Array::from_iter_values((0..count).map(lend));
        let mut table: RecordBatch = sample.table.clone();
        for (name, cells) in &columns {
            let unfit = |error: ArrowError| RuleError::Unfit(error.to_string());
            let others = take_cells(cells, &lenders, None).map_err(unfit)?;
            let differs = distinct(cells, &others).map_err(unfit)?;
            let touched = seen.touched.iter_mut().zip(differs.values());
            touched.for_each(|(touched, differs)| *touched |= differs);
            table = replace(&table, name, &others);
        }
        let after = trial.ask(&table).unwrap_or(Err(AskError::Late))?;
        let different = differing(&before, &after, spread, Sameness::Answer(within));
        for (row, _) in different.iter().enumerate().filter(|(_, different)| **different) {
            seen.broken[row] = true;
            if seen.example.is_none() {
                let place = sample.rows[row] + 1;
                let lender = sample.rows[usize::try_from(lenders.value(row)).unwrap_or(0)] + 1;
                let (own, other) = (shown(&before, row), shown(&after, row));
                seen.example = Some(format!(
                    "row {place} got {own}, and {other} with the {} of row {lender}",
                    names.join(", ")
                ));
            }
        }
    }
    // Rows that got only what they had say nothing.
    if !seen.touched.contains(&true) {
        let names = names.join(", ");
        return Err(RuleError::Unfit(format!("{names} is alike in all {count} rows")));
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Share;

    use super::super::test_trials::{Planted, Row, codes, sound};
    use super::*;

    fn monotone(column: &str, direction: Direction) -> Relation {
        let max_broken = Share::constant(0.0);
        Relation::Monotone { monotone: column.to_owned(), direction, max_broken }
    }

    fn invariant(columns: &[&str], within: Option<f64>) -> Relation {
        Relation::Invariant {
            invariant: columns.iter().map(|name| (*name).to_owned()).collect(),
            within: within.map(Share::constant),
            max_broken: Share::constant(0.0),
        }
    }

    fn checked(planted: Planted, rules: Vec<Relation>) -> Checked {
        check(&mut planted.set(|set| set.rules = rules).trial())
    }

    #[test]
    fn a_model_that_keeps_its_rules_passes() {
        let rules = || {
            vec![
                monotone("x", Direction::Increasing),
                monotone("age", Direction::Increasing),
                invariant(&["group"], Some(0.0)),
            ]
        };
        for planted in [Planted::regression(300), Planted::binary(300)] {
            let checked = checked(planted, rules());
            assert_eq!((checked.state, checked.findings.len()), (CheckState::Answered, 0));
            assert!(
                checked.summary.starts_with("3 rule(s) hold in 300 rows"),
                "{}",
                checked.summary
            );
        }
    }

    #[test]
    fn a_dent_in_a_rising_curve_is_found_with_the_row_that_shows_it() {
        let dented = |row: &Row| sound(row) - if (60..80).contains(&row.age) { 1.0 } else { 0.0 };
        let broken = checked(
            Planted::regression(300).answering(dented),
            vec![monotone("x", Direction::Increasing), monotone("age", Direction::Increasing)],
        );
        assert_eq!(codes(&broken), ["model.breaks-rule"]);
        let said = &broken.findings[0].message;
        assert!(said.contains("increasing in age") && said.contains("with age"), "{said}");
        let falling = vec![monotone("x", Direction::Decreasing)];
        assert_eq!(codes(&checked(Planted::binary(300), falling)), ["model.breaks-rule"]);
    }

    #[test]
    fn a_column_that_is_alike_in_all_rows_says_nothing() {
        let mut trial = Planted::regression(200).trial();
        let same: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a"; 200]));
        trial.table = replace(&trial.table, "group", &same);
        trial.settings.rules = vec![invariant(&["group"], None)];
        let checked = check(&mut trial);
        assert_eq!(checked.state, CheckState::Failed, "{}", checked.summary);
        assert!(checked.summary.contains("alike in all 200 rows"), "{}", checked.summary);
    }

    #[test]
    fn an_answer_that_hangs_on_a_group_is_found() {
        let unjust = |row: &Row| sound(row) + if row.group == "a" { 1.5 } else { 0.0 };
        let broken =
            checked(Planted::binary(300).answering(unjust), vec![invariant(&["group"], None)]);
        assert_eq!(codes(&broken), ["model.breaks-rule"]);
        assert!(broken.findings[0].message.contains("group of row"), "{}", broken.summary);
        // A little of a number is no other answer unless that is asked for.
        let slight = |row: &Row| sound(row) + if row.group == "a" { 0.01 } else { 0.0 };
        let of = |within| {
            let planted = Planted::regression(300).answering(slight);
            codes(&checked(planted, vec![invariant(&["group"], within)])).len()
        };
        assert_eq!((of(None), of(Some(0.0))), (0, 1));
    }

    #[test]
    fn what_cannot_be_tried_fails_with_the_reason() {
        for (planted, rules, reason) in [
            (Planted::regression(100), vec![], "no rule is declared"),
            (Planted::regression(100), vec![monotone("town", Direction::Increasing)], "numbers"),
            (Planted::regression(100), vec![invariant(&["none"], None)], "not in the test set"),
            (
                Planted::multiclass(100),
                vec![monotone("x", Direction::Increasing)],
                "several classes",
            ),
        ] {
            let checked = checked(planted, rules);
            assert_eq!(checked.state, CheckState::Failed);
            assert!(checked.summary.contains(reason), "{}", checked.summary);
        }
        let few = checked(Planted::regression(10), vec![invariant(&["group"], None)]);
        assert_eq!(few.state, CheckState::Undecided);
    }
}
