//! `model.fairness`: groups of people are treated alike.
//!
//! Each declared column makes groups of its values, and each group is held against all other rows.
//! Demographic parity compares how many are predicted positive, as a ratio (the four-fifths rule);
//! equal opportunity and equalised odds compare how many of the truly positive and negative are, as a
//! difference (Hardt, Price, Srebro 2016). What is fair is not for a program to say: which groups,
//! which measure and which limit are declared.

use std::collections::BTreeMap;

use plimsoll_core::checks::FairnessMeasure;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Figure};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::fairness::{Disparity, Fairness, Rate, Reference};
use plimsoll_stats::sample::SampleError;

use super::facets::{FALSE_ALARMS, Standing};
use super::failed;
use super::trial::Trial;
use crate::column;
use crate::measure;
use crate::outcomes::Outcomes;

/// A group is treated otherwise than the others.
pub const UNFAIR: Code = Code::of("model.unfair");

const NAME: CheckName = CheckName::ModelFairness;

/// A column with more values than this has names or numbers, and no groups.
const MOST_GROUPS: usize = 100;

/// What empty cells are called.
const MISSING: &str = "(missing)";

/// A group, looked at.
struct Seen {
    column: String,
    group: String,
    rate: Rate,
    /// How many rows the rate is a share of.
    rows: usize,
    /// The rate of the group and of all others.
    rates: [f64; 2],
    /// What is judged: a ratio or a difference.
    judged: Estimate,
    is_ratio: bool,
    standing: Standing,
}

pub(super) fn check(trial: &Trial) -> Checked {
    let rows = trial.rows() as u64;
    let settings = &trial.settings.fairness;
    if settings.by.is_empty() {
        let reason = "no columns are declared whose values are groups (`fairness.by`)";
        return failed(NAME, rows, reason.to_owned());
    }
    let Outcomes::Binary { truth, predicted, .. } = trial.outcomes() else {
        let reason = "groups are compared by how many of them are predicted positive, so of two \
                      classes only";
        return failed(NAME, rows, reason.to_owned());
    };
    let blocks = trial.blocks();
    let (mut seen, mut small) = (Vec::new(), Vec::new());
    for column in &settings.by {
        let groups = match groups(trial, column) {
            Ok(groups) => groups,
            Err(reason) => return failed(NAME, rows, reason),
        };
        match compare(trial, column, &groups, (&truth, &predicted), &blocks) {
            Ok((judged, too_small)) => {
                seen.extend(judged);
                small.extend(too_small);
            }
            Err(error) => return failed(NAME, rows, error.to_string()),
        }
    }
    judge(trial, seen, &small)
}

/// The groups of a column, and the group of each row.
struct Groups {
    names: Vec<String>,
    of_row: Vec<u32>,
}

fn groups(trial: &Trial, name: &str) -> Result<Groups, String> {
    let cells = column::find(&trial.table, name).map_err(|error| error.to_string())?;
    let texts = column::texts(name, cells).map_err(|error| error.to_string())?;
    let texts: Vec<String> =
        texts.into_iter().map(|text| text.unwrap_or_else(|| MISSING.to_owned())).collect();
    let mut places: BTreeMap<&str, u32> = texts.iter().map(|text| (text.as_str(), 0)).collect();
    if places.len() > MOST_GROUPS {
        return Err(format!(
            "column `{name}` has {} values, at most {MOST_GROUPS} are groups",
            places.len()
        ));
    }
    places.values_mut().zip(0..).for_each(|(place, at)| *place = at);
    let names = places.keys().map(|name| (*name).to_owned()).collect();
    Ok(Groups { names, of_row: texts.iter().map(|text| places[text.as_str()]).collect() })
}

/// Compares each group of a column with all other rows; returns those that are too small as well.
fn compare(
    trial: &Trial,
    column: &str,
    groups: &Groups,
    (truth, predicted): (&[bool], &[bool]),
    blocks: &Blocks,
) -> Result<(Vec<Seen>, Vec<String>), SampleError> {
    let settings = &trial.settings.fairness;
    let count = u32::try_from(groups.names.len()).unwrap_or(u32::MAX);
    let fairness = Fairness::new(truth, predicted, &groups.of_row, count, blocks)?;
    let rates = rates(&settings.measures);
    let (mut seen, mut small) = (Vec::new(), Vec::new());
    for disparity in fairness.disparities(&rates, Reference::Rest, &trial.plan) {
        let name = groups.names.get(disparity.group as usize).cloned().unwrap_or_default();
        let least = settings.min_group as usize;
        if disparity.rows.iter().any(|rows| *rows < least) {
            small.push(format!(
                "{column} {name} ({} of {} rows)",
                words(disparity.rate).0,
                disparity.rows[0]
            ));
            continue;
        }
        let of = |inside: bool| {
            rate(disparity.rate, (truth, predicted), |row| {
                (groups.of_row[row] == disparity.group) == inside
            })
        };
        let rates = [of(true), of(false)];
        // Of two groups either is all others: what is true of one is told of the one that has less.
        let is_mirrored = groups.names.len() == 2
            && (rates[0] > rates[1] || (rates[0] >= rates[1] && disparity.group > 0));
        if is_mirrored {
            continue;
        }
        let is_ratio = disparity.rate == Rate::Selection;
        let judged = if is_ratio { &disparity.ratio } else { &disparity.difference };
        // Where nobody is predicted positive there is no ratio: none is worse off.
        let Ok(judged) = judged.clone() else { continue };
        let limit = if is_ratio { settings.min_ratio.get() } else { settings.max_difference.get() };
        seen.push(Seen {
            column: column.to_owned(),
            group: name,
            rate: disparity.rate,
            rows: disparity.rows[0],
            rates,
            standing: standing(&disparity, &judged, is_ratio, limit),
            judged,
            is_ratio,
        });
    }
    Ok((seen, small))
}

fn rates(measures: &[FairnessMeasure]) -> Vec<Rate> {
    let mut rates = Vec::new();
    for measure in measures {
        let of: &[Rate] = match measure {
            FairnessMeasure::DemographicParity => &[Rate::Selection],
            FairnessMeasure::EqualOpportunity => &[Rate::TruePositive],
            FairnessMeasure::EqualisedOdds => &[Rate::TruePositive, Rate::FalsePositive],
        };
        rates.extend(of.iter().filter(|rate| !rates.contains(*rate)).collect::<Vec<_>>());
    }
    rates
}

/// Returns the share of the rows that a rate is of and that are `chosen` which is predicted positive.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn rate(rate: Rate, (truth, predicted): (&[bool], &[bool]), chosen: impl Fn(usize) -> bool) -> f64 {
    let holds = |row: &usize| match rate {
        Rate::Selection => true,
        Rate::TruePositive => truth[*row],
        Rate::FalsePositive => !truth[*row],
    };
    let rows = || (0..truth.len()).filter(holds).filter(|row| chosen(*row));
    let hits = rows().filter(|row| predicted[*row]).count();
    hits as f64 / rows().count().max(1) as f64
}

/// A disparity is proven where the whole interval is beyond the limit, on either side, and the rates
/// differ after Benjamini-Hochberg over all groups and rates of the column.
fn standing(disparity: &Disparity, judged: &Estimate, is_ratio: bool, limit: f64) -> Standing {
    let (Some(interval), Some(adjusted)) = (judged.interval, disparity.adjusted) else {
        return Standing::Open;
    };
    let ends = interval.judged();
    let (low, high) = if is_ratio {
        (limit, if limit > 0.0 { 1.0 / limit } else { f64::INFINITY })
    } else {
        (-limit, limit)
    };
    if ends.low >= low && ends.high <= high {
        Standing::Kept
    } else if (ends.high < low || ends.low > high) && adjusted.get() <= FALSE_ALARMS {
        Standing::Broken
    } else {
        Standing::Open
    }
}

/// Returns what a rate is of and what it counts, in words.
fn words(rate: Rate) -> (&'static str, &'static str) {
    match rate {
        Rate::Selection => ("all", "predicted positive"),
        Rate::TruePositive => ("the truly positive", "found"),
        Rate::FalsePositive => ("the truly negative", "taken for positive"),
    }
}

fn judge(trial: &Trial, mut seen: Vec<Seen>, small: &[String]) -> Checked {
    let settings = &trial.settings.fairness;
    let limit = |seen: &Seen| {
        if seen.is_ratio { settings.min_ratio.get() } else { settings.max_difference.get() }
    };
    // The furthest from alike first.
    let apart = |seen: &Seen| {
        let value = seen.judged.value;
        if seen.is_ratio { value.max(f64::MIN_POSITIVE).ln().abs() } else { value.abs() }
    };
    seen.sort_by(|a, b| apart(b).total_cmp(&apart(a)));
    let broken: Vec<&Seen> = seen.iter().filter(|it| it.standing == Standing::Broken).collect();
    let findings: Vec<Finding> = broken.iter().map(|seen| finding(seen, limit(seen))).collect();
    let open = seen.iter().filter(|seen| seen.standing == Standing::Open).count();
    let count = seen.len();
    let asked = rates(&settings.measures);
    let of_column = |column| asked.iter().map(move |rate| (column, *rate));
    let unjudged: Vec<(&String, Rate)> = settings
        .by
        .iter()
        .flat_map(of_column)
        .filter(|(column, rate)| !seen.iter().any(|it| it.column == **column && it.rate == *rate))
        .collect();
    let state = if findings.is_empty() && (open > 0 || !unjudged.is_empty()) {
        CheckState::Undecided
    } else {
        CheckState::Answered
    };
    let mut summary = match findings.first() {
        Some(finding) if findings.len() == 1 => finding.message.clone(),
        Some(finding) => format!("{} findings; {}", findings.len(), finding.message),
        None if count == 0 => "no group is large enough to be judged".to_owned(),
        None if open > 0 => {
            let first = seen.iter().find(|seen| seen.standing == Standing::Open);
            let first = first.map(|seen| told(seen, limit(seen))).unwrap_or_default();
            format!("{open} of {count} comparisons of groups cannot be decided; {first}")
        }
        None => format!(
            "{count} comparisons of groups by {} are within their limits",
            settings.by.join(", ")
        ),
    };
    if count > 0 && !unjudged.is_empty() {
        let of = unjudged.iter().map(|(column, rate)| {
            let (of, what) = words(*rate);
            format!("{column} by how many of {of} are {what}")
        });
        let of = of.collect::<Vec<_>>().join(" and ");
        summary = format!("{summary}; no group can be judged of {of}");
    }
    if !small.is_empty() {
        let least = settings.min_group;
        summary =
            format!("{summary}; too small, with fewer than {least} rows: {}", small.join(", "));
    }
    let figures = seen.iter().map(|seen| Figure {
        name: {
            let (of, what) = words(seen.rate);
            let kind = if seen.is_ratio { "ratio" } else { "difference" };
            format!("{kind} of {what} of {of}: {} {} to all others", seen.column, seen.group)
        },
        value: seen.judged.value,
        interval: seen
            .judged
            .interval
            .as_ref()
            .map(|interval| measure::evidence(interval, seen.judged.blocks.is_some())),
        limit: Some(limit(seen)),
    });
    Checked {
        check: NAME,
        state,
        summary,
        rows: trial.rows() as u64,
        rows_needed: None,
        figures: figures.collect(),
        findings,
        plots: Vec::new(),
    }
}

fn told(seen: &Seen, limit: f64) -> String {
    let (of, what) = words(seen.rate);
    let show = |value: f64| {
        if seen.is_ratio { number::show(value) } else { number::show(100.0 * value) }
    };
    let ends = seen.judged.interval.map(|interval| {
        let ends = interval.judged();
        let level = if interval.wide.is_some() { "99 %" } else { "95 %" };
        format!(" ({} to {} at {level})", show(ends.low), show(ends.high))
    });
    let judged = if seen.is_ratio {
        format!("a ratio of {}", show(seen.judged.value))
    } else {
        format!("{} points apart", show(seen.judged.value))
    };
    let accepted = if seen.is_ratio {
        format!("from {} to {} accepted", show(limit), show(1.0 / limit.max(1e-9)))
    } else {
        format!("at most {} accepted", show(limit))
    };
    format!(
        "of {of} with {} {}, {} are {what} ({} rows), of all others {}: {judged}{}, {accepted}",
        seen.column,
        seen.group,
        number::percent(seen.rates[0]),
        seen.rows,
        number::percent(seen.rates[1]),
        ends.unwrap_or_default(),
    )
}

fn finding(seen: &Seen, limit: f64) -> Finding {
    let mut finding = Finding::new(UNFAIR, Severity::Error, told(seen, limit));
    finding.subject = Some(format!("{} {}", seen.column, seen.group));
    (finding.value, finding.limit) = (Some(seen.judged.value), Some(limit));
    finding.next = Some(
        "look at who is in the training data and which columns stand for the group; a decision to \
         accept it belongs into a waiver"
            .to_owned(),
    );
    finding
}

#[cfg(test)]
mod tests {
    use super::super::test_trials::{Planted, Row, codes, sound};
    use super::*;

    fn by(columns: &[&str], planted: Planted) -> Trial {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        planted.set(|set| set.fairness.by = columns).trial()
    }

    #[test]
    fn groups_that_are_treated_alike_pass() {
        let checked = check(&by(&["group"], Planted::binary(6000)));
        assert_eq!(
            (checked.state, checked.findings.len()),
            (CheckState::Answered, 0),
            "{checked:?}"
        );
        assert_eq!(checked.figures.len(), 2);
    }

    #[test]
    fn a_group_that_is_put_off_is_found_by_either_measure() {
        let unjust = |row: &Row| sound(row) - if row.group == "a" { 2.0 } else { 0.0 };
        let checked = check(&by(&["group"], Planted::binary(3000).answering(unjust)));
        let found = codes(&checked);
        assert!(found.len() == 2 && found.iter().all(|code| *code == "model.unfair"), "{found:?}");
        let said: Vec<&str> = checked.findings.iter().map(|it| it.message.as_str()).collect();
        assert!(said.iter().any(|it| it.contains("of all with group a")), "{said:?}");
        assert!(
            said.iter().any(|it| it.contains("of the truly positive with group a")),
            "{said:?}"
        );
    }

    #[test]
    fn small_groups_are_told_and_not_judged() {
        let checked = check(&by(&["town"], Planted::binary(700)));
        assert!(checked.summary.contains("too small"), "{}", checked.summary);
        let tiny = check(&by(&["group"], Planted::binary(60)));
        assert_eq!(tiny.state, CheckState::Undecided);
        assert!(tiny.findings.is_empty());
    }

    #[test]
    fn a_measure_that_no_group_can_be_judged_by_leaves_it_undecided() {
        // Many rows, and hardly any of them positive.
        let rare = |row: &Row| sound(row) - 6.0;
        let checked = check(&by(&["group"], Planted::binary(3000).truly(rare)));
        assert_eq!(checked.state, CheckState::Undecided, "{checked:?}");
        assert!(
            checked
                .summary
                .contains("no group can be judged of group by how many of the truly positive"),
            "{}",
            checked.summary
        );
    }

    #[test]
    fn a_column_that_nobody_can_judge_is_not_covered_by_another_one() {
        let mut trial = by(&["group", "alone"], Planted::binary(3000));
        let alone: arrow::array::ArrayRef = std::sync::Arc::new(
            (0..3000)
                .map(|row| Some(if row < 20 { "few" } else { "rest" }))
                .collect::<arrow::array::StringArray>(),
        );
        let mut columns: Vec<_> = trial.table.columns().to_vec();
        let mut fields: Vec<_> = trial.table.schema().fields().iter().cloned().collect();
        fields.push(std::sync::Arc::new(arrow::datatypes::Field::new(
            "alone",
            arrow::datatypes::DataType::Utf8,
            true,
        )));
        columns.push(alone);
        let schema = std::sync::Arc::new(arrow::datatypes::Schema::new(fields));
        trial.table = arrow::array::RecordBatch::try_new(schema, columns).unwrap();
        let checked = check(&trial);
        assert_eq!(checked.state, CheckState::Undecided, "{}", checked.summary);
        assert!(checked.summary.contains("judged of alone by"), "{}", checked.summary);
    }

    #[test]
    fn no_alarm_is_raised_by_chance() {
        for seed in 0..30 {
            let checked = check(&by(&["group", "town"], Planted::binary(600).seed(seed)));
            let of_group = |it: &&Finding| it.message.contains("group");
            let alarms: Vec<&Finding> = checked.findings.iter().filter(of_group).collect();
            assert!(alarms.is_empty(), "seed {seed}: {alarms:?}");
        }
    }

    #[test]
    fn what_is_not_declared_or_no_group_fails() {
        let failed = |trial: &Trial, reason: &str| {
            let checked = check(trial);
            assert_eq!(checked.state, CheckState::Failed);
            assert!(checked.summary.contains(reason), "{}", checked.summary);
        };
        failed(&Planted::binary(100).trial(), "no columns are declared");
        failed(&by(&["group"], Planted::regression(100)), "two classes only");
        failed(&by(&["none"], Planted::binary(100)), "not in the test set");
        failed(&by(&["x"], Planted::binary(300)), "at most 100 are groups");
    }
}
