//! The simplest model: always the mean, or always the most frequent class.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Baseline, Metric};
use plimsoll_core::number;
use plimsoll_predict::Scores;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::sample::SampleError;

use crate::measure::{MetricChoice, measure};
use crate::outcomes::Outcomes;

/// Returns the baseline of the same rows: of numbers their mean, of classes the most frequent one
/// with the shares of the classes as probabilities.
pub(crate) fn baseline(
    outcomes: &Outcomes,
    choice: MetricChoice<'_>,
    plan: &Plan,
) -> Result<Baseline, SampleError> {
    let (name, simplest) = simplest(outcomes);
    let few = Plan { resamples: 100, most_resamples: 100, ..*plan };
    let measured = measure(&simplest, &Blocks::rows(simplest.rows()), choice, None, &few)?;
    // The bias of a mean is 0 but for rounding, which would be shown as if it meant something.
    let telling = measured.into_iter().filter(|measured| measured.metric != Metric::Bias);
    let values = telling.filter_map(|m| Some((m.metric, m.value?)));
    Ok(Baseline { name, metrics: values.collect::<BTreeMap<Metric, f64>>() })
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn simplest(outcomes: &Outcomes) -> (String, Outcomes) {
    let rows = outcomes.rows().max(1) as f64;
    match outcomes {
        Outcomes::Regression { truth, .. } => {
            let mean = truth.iter().sum::<f64>() / rows;
            let prediction = vec![mean; truth.len()];
            let name = format!("mean {}", number::show(mean));
            (name, Outcomes::numbers(truth.clone(), prediction))
        }
        Outcomes::Binary { truth, .. } => {
            let share = truth.iter().filter(|positive| **positive).count() as f64 / rows;
            let majority = share >= 0.5;
            let name = format!("majority, {}", if majority { "positive" } else { "negative" });
            let simplest = Outcomes::Binary {
                truth: truth.clone(),
                predicted: vec![majority; truth.len()],
                scores: Some(Scores::Probability(vec![share; truth.len()])),
            };
            (name, simplest)
        }
        Outcomes::Multiclass { classes, truth, .. } => {
            let count = |class: usize| truth.iter().filter(|t| **t as usize == class).count();
            let counts: Vec<usize> = (0..classes.len()).map(count).collect();
            // The first of equally frequent classes, so that the answer is always the same.
            let most = (0..counts.len()).rev().max_by_key(|class| counts[*class]).unwrap_or(0);
            let shares: Vec<f64> = counts.iter().map(|count| *count as f64 / rows).collect();
            let name = format!("majority, {}", classes.get(most).map_or("none", String::as_str));
            let simplest = Outcomes::Multiclass {
                classes: classes.clone(),
                truth: truth.clone(),
                predicted: vec![u32::try_from(most).unwrap_or(0); truth.len()],
                probability: Some(shares.repeat(truth.len())),
            };
            (name, simplest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::plan;

    #[test]
    fn a_mean_explains_nothing_and_a_majority_is_right_as_often_as_it_occurs() {
        let truth = vec![1.0, 2.0, 3.0, 6.0];
        let numbers = Outcomes::numbers(truth.clone(), truth);
        let found = baseline(&numbers, MetricChoice::default(), &plan(&[], 0)).unwrap();
        assert_eq!(found.name, "mean 3.000");
        assert!(found.metrics[&Metric::R2].abs() < 1e-12);
        assert!((found.metrics[&Metric::Mae] - 1.5).abs() < 1e-12);

        let classes = Outcomes::Multiclass {
            classes: vec!["a".into(), "b".into(), "c".into()],
            truth: vec![1, 1, 0, 2],
            predicted: vec![0; 4],
            probability: None,
        };
        let found = baseline(&classes, MetricChoice::default(), &plan(&[], 0)).unwrap();
        assert_eq!(found.name, "majority, b");
        assert!((found.metrics[&Metric::Accuracy] - 0.5).abs() < 1e-12);
    }
}
