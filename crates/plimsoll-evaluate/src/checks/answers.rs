//! Two answers to the same rows: are they the same?

use std::cmp::Ordering;

use plimsoll_predict::{Class, Predictions};

/// From where on two answers to a row are different.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sameness {
    /// Numbers differ by more than this share of the spread of all answers, probabilities by more
    /// than this, or the class is another.
    Exact(f64),
    /// Numbers differ by more than this share of the spread of all answers, or the class is another,
    /// whatever the probabilities.
    Answer(f64),
}

/// Returns for each row whether two answers to it are different.
///
/// `spread` is the standard deviation of the numbers that a model answers. Answers of different
/// kinds or lengths differ everywhere.
pub(crate) fn differing(
    before: &Predictions,
    after: &Predictions,
    spread: f64,
    sameness: Sameness,
) -> Vec<bool> {
    let rows = before.rows();
    if after.rows() != rows {
        return vec![true; rows];
    }
    let (share, exact) = match sameness {
        Sameness::Exact(tolerance) => (tolerance, true),
        Sameness::Answer(share) => (share, false),
    };
    // NaN never comes out of a prediction; if it did, it would differ from everything.
    let apart =
        |a: f64, b: f64, by: f64| (a - b).abs().partial_cmp(&by).is_none_or(Ordering::is_gt);
    match (before, after) {
        (
            Predictions::Regression { values: before, .. },
            Predictions::Regression { values: after, .. },
        ) => before.iter().zip(after).map(|(a, b)| apart(*a, *b, share * spread)).collect(),
        (
            Predictions::Binary { predicted, scores },
            Predictions::Binary { predicted: others, scores: other_scores },
        ) => {
            let scores = scores.as_ref().zip(other_scores.as_ref()).filter(|_| exact);
            let moved = |row: usize| {
                scores.is_some_and(|(a, b)| apart(a.values()[row], b.values()[row], share))
            };
            (0..rows).map(|row| predicted[row] != others[row] || moved(row)).collect()
        }
        (
            Predictions::Multiclass { classes, predicted, probabilities },
            Predictions::Multiclass {
                classes: known,
                predicted: others,
                probabilities: other_probabilities,
            },
        ) => {
            let width = classes.len();
            let both = probabilities.as_ref().zip(other_probabilities.as_ref());
            let both = both.filter(|_| exact && classes == known);
            let moved = |row: usize| {
                both.is_some_and(|(a, b)| {
                    let of = row * width..(row + 1) * width;
                    a[of.clone()].iter().zip(&b[of]).any(|(a, b)| apart(*a, *b, share))
                })
            };
            let other = |row: usize| {
                let (a, b) =
                    (classes.get(predicted[row] as usize), known.get(others[row] as usize));
                a.zip(b).is_none_or(|(a, b)| !a.is(b))
            };
            (0..rows).map(|row| other(row) || moved(row)).collect()
        }
        _ => vec![true; rows],
    }
}

/// Returns the standard deviation of the numbers that are predicted; of classes, and of a model
/// that always answers the same number, 1 or the number's size, so that a share of it means
/// something.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
pub(crate) fn spread(predictions: &Predictions) -> f64 {
    let Predictions::Regression { values, .. } = predictions else { return 1.0 };
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let spread = variance.sqrt();
    if spread > 1e-12 * mean.abs() && spread.is_finite() {
        spread
    } else if mean.abs() > 0.0 {
        mean.abs()
    } else {
        1.0
    }
}

/// Returns an answer as a person reads it.
pub(crate) fn shown(predictions: &Predictions, row: usize) -> String {
    match predictions {
        Predictions::Regression { values, .. } => {
            values.get(row).copied().map_or_else(String::new, digits)
        }
        Predictions::Binary { predicted, scores } => {
            let class = match predicted.get(row) {
                Some(true) => "positive",
                Some(false) => "negative",
                None => "",
            };
            let score = scores.as_ref().and_then(|scores| scores.values().get(row));
            score.map_or_else(|| class.to_owned(), |score| format!("{class} ({score:.4})"))
        }
        Predictions::Multiclass { classes, predicted, .. } => {
            let class = predicted.get(row).and_then(|place| classes.get(*place as usize));
            class.map_or_else(String::new, Class::to_string)
        }
    }
}

/// As many digits as tell answers apart that differ by a rounding.
fn digits(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use plimsoll_predict::Scores;

    use super::*;

    #[test]
    fn numbers_differ_by_a_share_of_their_spread() {
        let numbers = |values: &[f64]| Predictions::numbers(values.to_vec());
        let (a, b) = (numbers(&[1.0, 2.0, 3.0]), numbers(&[1.0, 2.05, 3.5]));
        let of = |sameness| differing(&a, &b, 2.0, sameness);
        assert_eq!(of(Sameness::Exact(1e-5)), [false, true, true]);
        assert_eq!(of(Sameness::Answer(0.1)), [false, false, true]);
        assert_eq!(differing(&a, &numbers(&[1.0]), 2.0, Sameness::Exact(0.5)), [true; 3]);
        let nan = numbers(&[f64::NAN, 2.0, 3.0]);
        assert_eq!(differing(&a, &nan, 2.0, Sameness::Exact(0.5)), [true, false, false]);
    }

    #[test]
    fn classes_differ_by_name_and_probabilities_only_where_they_count() {
        let binary = |score: f64| Predictions::Binary {
            predicted: vec![score > 0.5],
            scores: Some(Scores::Probability(vec![score])),
        };
        let of = |a, b, sameness| differing(&binary(a), &binary(b), 1.0, sameness);
        assert_eq!(of(0.6, 0.9, Sameness::Exact(0.01)), [true]);
        assert_eq!(of(0.6, 0.9, Sameness::Answer(0.01)), [false]);
        assert_eq!(of(0.4, 0.9, Sameness::Answer(0.01)), [true]);
        let several = |names: &[&str], predicted: u32| Predictions::Multiclass {
            classes: names.iter().map(|name| Class::Text((*name).to_owned())).collect(),
            predicted: vec![predicted],
            probabilities: None,
        };
        let (a, b) = (several(&["a", "b"], 1), several(&["b"], 0));
        assert_eq!(differing(&a, &b, 1.0, Sameness::Answer(0.1)), [false]);
        assert_eq!(differing(&a, &several(&["a"], 0), 1.0, Sameness::Answer(0.1)), [true]);
        assert_eq!(differing(&a, &binary(0.1), 1.0, Sameness::Answer(0.1)), [true]);
    }

    #[test]
    fn a_constant_model_has_a_spread_too() {
        let spread = |values: &[f64]| spread(&Predictions::numbers(values.to_vec()));
        assert!((spread(&[1.0, 3.0]) - 1.0).abs() < 1e-12);
        assert!((spread(&[-7.0, -7.0]) - 7.0).abs() < 1e-12);
        assert!((spread(&[0.0, 0.0]) - 1.0).abs() < 1e-12);
        assert_eq!(shown(&Predictions::numbers(vec![34.25]), 0), "34.25");
    }
}
