//! Columns that give the target away.
//!
//! A model that is given such a column passes every rule about quality and fails in production, where
//! the column is not known yet. So this is looked at apart from quality, column by column.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use plimsoll_core::{Code, Finding, Severity, number};
use plimsoll_stats::{auc, correlation};

use crate::column;
use crate::outcomes::Outcomes;

/// A column that the schema marks as leaking is given to the model.
pub const LEAK_DECLARED: Code = Code::of("leak.declared");

/// A column that the model is given explains the target alone.
pub const LEAK_SUSPECTED: Code = Code::of("leak.suspected");

/// It is not known which columns the model is given, so leaks could not be looked for.
pub const LEAK_NOT_CHECKED: Code = Code::of("leak.not-checked");

/// The least squared Spearman correlation with a number that is suspicious.
const EXPLAINED: f64 = 0.9;

/// The least AUC, either way, or share of right answers that is suspicious.
const SEPARATED: f64 = 0.98;

/// With fewer rows nothing is suspected: chance explains much of a few rows.
const FEWEST_ROWS: usize = 20;

/// Looks for leaks among `features`, the columns that the model is given.
///
/// `declared` are the columns that a schema marks with `leaks: true`. A column of numbers is
/// compared with the target as it is; of text each value is replaced by the mean target of the
/// other half of the rows, so that a column of unique values explains nothing.
pub(crate) fn look(
    table: &RecordBatch,
    features: &[String],
    declared: &[String],
    outcomes: &Outcomes,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in features {
        if declared.contains(name) {
            let message = format!(
                "the model is given `{name}`, which the data schema marks with `leaks: true`: it is \
                 not known when a prediction is made"
            );
            findings.push(finding(LEAK_DECLARED, name, message));
            continue;
        }
        let Some(cells) = table.column_by_name(name) else { continue };
        let Some((explained, limit, what)) = explained(cells, outcomes) else { continue };
        if explained >= limit {
            let message = format!(
                "`{name}` alone explains the target ({what} {}, less than {limit} expected), so the \
                 model may be given what it is to predict",
                number::show(explained),
            );
            let mut found = finding(LEAK_SUSPECTED, name, message);
            found.value = Some(explained);
            found.limit = Some(limit);
            findings.push(found);
        }
    }
    findings
}

/// Says that leaks could not be looked for.
pub(crate) fn not_checked() -> Finding {
    let message = "a file of predictions does not say which columns the model was given, so leaks \
                   were not looked for";
    Finding::new(LEAK_NOT_CHECKED, Severity::Warning, message)
}

fn finding(code: Code, name: &str, message: String) -> Finding {
    let mut finding = Finding::new(code, Severity::Error, message);
    finding.subject = Some(name.to_owned());
    finding.next =
        Some(format!("remove `{name}` from the features, or tell why it is known in time"));
    finding
}

/// Returns how much of the target a column explains, the limit, and the measure's name.
fn explained(cells: &ArrayRef, outcomes: &Outcomes) -> Option<(f64, f64, &'static str)> {
    match outcomes {
        Outcomes::Regression { truth, .. } => {
            let (values, truth) = against(cells, truth)?;
            let correlation = correlation::spearman(&values, &truth).ok()??;
            Some((correlation * correlation, EXPLAINED, "squared Spearman correlation"))
        }
        Outcomes::Binary { truth, .. } => {
            let numbers: Vec<f64> = truth.iter().map(|t| f64::from(u8::from(*t))).collect();
            let (values, truth) = against(cells, &numbers)?;
            let positive: Vec<bool> = truth.iter().map(|truth| *truth > 0.5).collect();
            let auc = auc::auc(&positive, &values).ok()?.ok()?;
            Some((auc.max(1.0 - auc), SEPARATED, "AUC"))
        }
        Outcomes::Multiclass { truth, .. } => {
            let share = majority_of_other_half(cells, truth)?;
            Some((share, SEPARATED, "share of right answers"))
        }
    }
}

/// Returns the column as numbers beside the target, without the rows where it is empty.
fn against(cells: &ArrayRef, truth: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let values = if column::is_number(cells) {
        column::numbers("", cells).ok()?
    } else {
        let texts = column::texts("", cells).ok()?;
        mean_of_other_half(&texts, truth)
    };
    let both = values.into_iter().zip(truth).filter_map(|(value, truth)| Some((value?, *truth)));
    let (values, truth): (Vec<f64>, Vec<f64>) = both.unzip();
    (values.len() >= FEWEST_ROWS).then_some((values, truth))
}

/// Replaces each value by the mean target of its rows in the other half (odd for even rows and
/// the other way round); a value that the other half does not have is left out.
fn mean_of_other_half(texts: &[Option<String>], truth: &[f64]) -> Vec<Option<f64>> {
    let mut halves: [BTreeMap<&str, (f64, f64)>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (row, (text, truth)) in texts.iter().zip(truth).enumerate() {
        let Some(text) = text else { continue };
        let (sum, count) = halves[row % 2].entry(text).or_default();
        *sum += truth;
        *count += 1.0;
    }
    let mean = |(row, text): (usize, &Option<String>)| {
        let (sum, count) = halves[(row + 1) % 2].get(text.as_deref()?)?;
        Some(sum / count)
    };
    texts.iter().enumerate().map(mean).collect()
}

/// Returns how often the most frequent class of the same value in the other half is right. Numbers
/// are put into 100 bins of equally many rows first.
fn majority_of_other_half(cells: &ArrayRef, truth: &[u32]) -> Option<f64> {
    let keys: Vec<Option<String>> = if column::is_number(cells) {
        binned(&column::numbers("", cells).ok()?)
    } else {
        column::texts("", cells).ok()?
    };
    let mut halves: [BTreeMap<&str, BTreeMap<u32, usize>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (row, (key, truth)) in keys.iter().zip(truth).enumerate() {
        if let Some(key) = key {
            *halves[row % 2].entry(key).or_default().entry(*truth).or_default() += 1;
        }
    }
    let (mut right, mut looked_at) = (0_u32, 0_u32);
    for (row, (key, truth)) in keys.iter().zip(truth).enumerate() {
        let Some(counts) = key.as_deref().and_then(|key| halves[(row + 1) % 2].get(key)) else {
            continue;
        };
        let most = counts.iter().max_by_key(|(_, count)| **count).map(|(class, _)| class);
        looked_at += 1;
        right += u32::from(most == Some(truth));
    }
    let enough = usize::try_from(looked_at).is_ok_and(|rows| rows >= FEWEST_ROWS);
    enough.then(|| f64::from(right) / f64::from(looked_at))
}

fn binned(numbers: &[Option<f64>]) -> Vec<Option<String>> {
    const BINS: usize = 100;
    let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let bin =
        |value: &f64| sorted.partition_point(|other| other < value) * BINS / sorted.len().max(1);
    numbers.iter().map(|value| value.as_ref().map(|value| bin(value).to_string())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, StringArray};

    use super::*;

    fn codes(column: ArrayRef, declared: &[&str], outcomes: &Outcomes) -> Vec<String> {
        let table = RecordBatch::try_from_iter([("x", column)]).unwrap();
        let declared: Vec<String> = declared.iter().map(|name| (*name).to_owned()).collect();
        let found = look(&table, &["x".to_owned()], &declared, outcomes);
        found.into_iter().map(|found| found.code.to_string()).collect()
    }

    fn numbers(values: impl Iterator<Item = f64>) -> ArrayRef {
        Arc::new(values.map(Some).collect::<Float64Array>())
    }

    fn regression() -> Outcomes {
        let truth: Vec<f64> = (0..200).map(|row| f64::from((row * 7919) % 211)).collect();
        Outcomes::numbers(truth.clone(), truth)
    }

    #[test]
    fn a_column_that_orders_the_target_is_suspected_whatever_its_scale() {
        let Outcomes::Regression { truth, .. } = regression() else { panic!() };
        let exponential = numbers(truth.iter().map(|y| (y / 20.0).exp()));
        assert_eq!(codes(exponential, &[], &regression()), ["leak.suspected"]);
        let falling = numbers(truth.iter().map(|y| -y));
        assert_eq!(codes(falling, &[], &regression()), ["leak.suspected"]);
        let unrelated = numbers((0..200).map(|row| f64::from(row % 13)));
        assert!(codes(unrelated, &[], &regression()).is_empty());
    }

    #[test]
    fn a_declared_column_blocks_even_if_it_explains_little() {
        let constant = numbers((0..200).map(|_| 1.0));
        assert_eq!(codes(constant, &["x"], &regression()), ["leak.declared"]);
    }

    #[test]
    fn text_is_judged_by_the_other_half_so_ids_explain_nothing() {
        let Outcomes::Regression { truth, .. } = regression() else { panic!() };
        let bands = truth.iter().map(|y| format!("band {}", (y / 4.0).floor()));
        let bands: ArrayRef = Arc::new(bands.map(Some).collect::<StringArray>());
        assert_eq!(codes(bands, &[], &regression()), ["leak.suspected"]);
        let ids: ArrayRef =
            Arc::new((0..200).map(|row| Some(format!("id {row}"))).collect::<StringArray>());
        assert!(codes(ids, &[], &regression()).is_empty());
    }

    #[test]
    fn classes_are_judged_by_separation() {
        let truth: Vec<bool> = (0..200).map(|row| row % 3 == 0).collect();
        let outcomes = Outcomes::Binary { predicted: truth.clone(), truth, scores: None };
        let separates = numbers((0..200).map(|row| if row % 3 == 0 { -1.0 } else { 1.0 }));
        assert_eq!(codes(separates, &[], &outcomes), ["leak.suspected"]);
        let does_not = numbers((0..200).map(f64::from));
        assert!(codes(does_not, &[], &outcomes).is_empty());
        let truth: Vec<u32> = (0..200).map(|row| row % 3).collect();
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        let outcomes =
            Outcomes::Multiclass { classes, predicted: truth.clone(), truth, probability: None };
        let names: ArrayRef =
            Arc::new((0..200).map(|row| Some(format!("is {}", row % 3))).collect::<StringArray>());
        assert_eq!(codes(names, &[], &outcomes), ["leak.suspected"]);
        assert!(codes(numbers((0..200).map(|row| f64::from(row % 7))), &[], &outcomes).is_empty());
    }
}
