//! Scores of classes, as functions of how often each class is right, true and predicted.

use crate::estimate::NoValue;
use crate::metric::Metric;
use crate::smooth::Scale;
use crate::sum::sum;

/// A score that is computed from the counts of each class.
///
/// Classes for which it has nothing to divide by are left out of its mean, as scikit-learn does
/// with `zero_division=nan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassScore {
    /// The mean of `2 TP / (2 TP + FP + FN)` over the classes that are true or predicted.
    MacroF1,
    /// The mean of `TP / (TP + FP)` over the classes that are predicted.
    MacroPrecision,
    /// The mean of `TP / (TP + FN)` over the classes that are true.
    MacroRecall,
    /// The same, but of no value where a single class is true.
    BalancedAccuracy,
    /// F1 of each class, weighted by how often it is true.
    WeightedF1,
    /// Precision of each predicted class, weighted by how often it is true.
    WeightedPrecision,
    /// Cohen 1960: the share of right answers beyond what chance would give, `(p_o - p_e)/(1 -
    /// p_e)`.
    Kappa,
    /// The correlation of truth and answer (Matthews 1975; Gorodkin 2004 for more classes).
    Mcc,
}

/// The counts of one class, or the slopes of a score by them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) hits: f64,
    pub(crate) truths: f64,
    pub(crate) answers: f64,
}

impl ClassScore {
    /// Returns the score that a metric is for several classes, if it is one.
    pub(crate) fn of(metric: Metric) -> Option<Self> {
        match metric {
            Metric::F1 => Some(Self::MacroF1),
            Metric::Precision => Some(Self::MacroPrecision),
            Metric::Recall => Some(Self::MacroRecall),
            Metric::BalancedAccuracy => Some(Self::BalancedAccuracy),
            Metric::WeightedF1 => Some(Self::WeightedF1),
            Metric::WeightedPrecision => Some(Self::WeightedPrecision),
            Metric::Kappa => Some(Self::Kappa),
            Metric::Mcc => Some(Self::Mcc),
            _ => None,
        }
    }

    /// The reason why it has no value where it is not defined.
    pub(crate) fn undefined(self) -> NoValue {
        match self {
            Self::MacroF1 | Self::WeightedF1 => NoValue::NoSuchClass,
            Self::MacroPrecision | Self::MacroRecall | Self::WeightedPrecision => {
                NoValue::ZeroDenominator
            }
            Self::BalancedAccuracy => NoValue::OneClass,
            Self::Kappa | Self::Mcc => NoValue::ConstantAnswers,
        }
    }

    /// The scale on which its interval is computed.
    pub(crate) fn scale(self) -> Scale {
        match self {
            Self::Kappa | Self::Mcc => Scale::Atanh,
            _ => Scale::Logit,
        }
    }

    /// Returns the score of these counts and writes its slopes by them; nothing where it is not
    /// defined.
    pub(crate) fn value(self, counts: &[Counts], slopes: &mut [Counts]) -> Option<f64> {
        slopes.fill(Counts::default());
        match self {
            Self::MacroF1 => mean(counts, slopes, f1),
            Self::MacroPrecision => mean(counts, slopes, precision),
            Self::MacroRecall => mean(counts, slopes, recall),
            Self::BalancedAccuracy => {
                let several = counts.iter().filter(|class| class.truths > 0.0).nth(1);
                several.and_then(|_| mean(counts, slopes, recall))
            }
            Self::WeightedF1 => weighted(counts, slopes, f1),
            Self::WeightedPrecision => weighted(counts, slopes, precision),
            Self::Kappa => kappa(counts, slopes),
            Self::Mcc => mcc(counts, slopes),
        }
    }
}

/// The score of one class and its slopes.
type OfClass = fn(&Counts) -> Option<(f64, Counts)>;

fn f1(class: &Counts) -> Option<(f64, Counts)> {
    let size = class.truths + class.answers;
    let score = 2.0 * class.hits / size;
    let by_size = -score / size;
    let slopes = Counts { hits: 2.0 / size, truths: by_size, answers: by_size };
    (size > 0.0).then_some((score, slopes))
}

fn precision(class: &Counts) -> Option<(f64, Counts)> {
    let score = class.hits / class.answers;
    let slopes = Counts { hits: 1.0 / class.answers, truths: 0.0, answers: -score / class.answers };
    (class.answers > 0.0).then_some((score, slopes))
}

fn recall(class: &Counts) -> Option<(f64, Counts)> {
    let score = class.hits / class.truths;
    let slopes = Counts { hits: 1.0 / class.truths, truths: -score / class.truths, answers: 0.0 };
    (class.truths > 0.0).then_some((score, slopes))
}

fn mean(counts: &[Counts], slopes: &mut [Counts], of_class: OfClass) -> Option<f64> {
    let scores = || counts.iter().map(of_class);
    let present = scores().flatten().count() as f64;
    if present == 0.0 {
        return None;
    }
    for (slope, score) in slopes.iter_mut().zip(scores()) {
        if let Some((_, by)) = score {
            *slope = Counts {
                hits: by.hits / present,
                truths: by.truths / present,
                answers: by.answers / present,
            };
        }
    }
    Some(sum(scores().flatten().map(|(score, _)| score)) / present)
}

/// `sum of truths * score / sum of truths` over the classes that have a score.
fn weighted(counts: &[Counts], slopes: &mut [Counts], of_class: OfClass) -> Option<f64> {
    let scores = || counts.iter().map(|class| (class.truths, of_class(class)));
    let present = || scores().filter_map(|(truths, score)| Some((truths, score?.0)));
    let weight = sum(present().map(|(truths, _)| truths));
    if weight <= 0.0 {
        return None;
    }
    let value = sum(present().map(|(truths, score)| truths * score)) / weight;
    for (slope, (truths, score)) in slopes.iter_mut().zip(scores()) {
        if let Some((score, by)) = score {
            let share = truths / weight;
            *slope = Counts {
                hits: share * by.hits,
                truths: share * by.truths + (score - value) / weight,
                answers: share * by.answers,
            };
        }
    }
    Some(value)
}

/// With H hits in n rows and S the sum of truths times answers: `(n H - S)/(n^2 - S)`.
fn kappa(counts: &[Counts], slopes: &mut [Counts]) -> Option<f64> {
    let (rows, hits, by_chance) = totals(counts);
    let (above, below) = (rows * hits - by_chance, rows * rows - by_chance);
    // Whole numbers, so what is less than one pair is none.
    if below < 0.5 {
        return None;
    }
    let value = above / below;
    for (slope, class) in slopes.iter_mut().zip(counts) {
        *slope = Counts {
            hits: rows / below,
            truths: (hits - class.answers - value * (2.0 * rows - class.answers)) / below,
            answers: (value - 1.0) * class.truths / below,
        };
    }
    Some(value)
}

/// `(n H - S) / sqrt((n^2 - sum of answers^2)(n^2 - sum of truths^2))`.
fn mcc(counts: &[Counts], slopes: &mut [Counts]) -> Option<f64> {
    let (rows, hits, by_chance) = totals(counts);
    let spread = |count: fn(&Counts) -> f64| {
        rows * rows - sum(counts.iter().map(|class| count(class).powi(2)))
    };
    let (of_answers, of_truths) = (spread(|class| class.answers), spread(|class| class.truths));
    if of_answers < 0.5 || of_truths < 0.5 {
        return None;
    }
    let (above, below) = (rows * hits - by_chance, (of_answers * of_truths).sqrt());
    let value = above / below;
    for (slope, class) in slopes.iter_mut().zip(counts) {
        let by_truths = rows / of_answers + (rows - class.truths) / of_truths;
        *slope = Counts {
            hits: rows / below,
            truths: (hits - class.answers) / below - value * by_truths,
            answers: -class.truths / below + value * class.answers / of_answers,
        };
    }
    Some(value)
}

/// The rows, the hits, and the sum of truths times answers.
fn totals(counts: &[Counts]) -> (f64, f64, f64) {
    (
        sum(counts.iter().map(|class| class.truths)),
        sum(counts.iter().map(|class| class.hits)),
        sum(counts.iter().map(|class| class.truths * class.answers)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [ClassScore; 8] = [
        ClassScore::MacroF1,
        ClassScore::MacroPrecision,
        ClassScore::MacroRecall,
        ClassScore::BalancedAccuracy,
        ClassScore::WeightedF1,
        ClassScore::WeightedPrecision,
        ClassScore::Kappa,
        ClassScore::Mcc,
    ];

    fn counts(pairs: &[(usize, usize)], classes: usize) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); classes];
        for &(truth, answer) in pairs {
            counts[truth].truths += 1.0;
            counts[answer].answers += 1.0;
            counts[truth].hits += f64::from(u8::from(truth == answer));
        }
        counts
    }

    proptest! {
        #[test]
        fn slopes_are_those_of_the_values(pairs in prop::collection::vec((0..4_usize, 0..4_usize), 9..60)) {
            let counts = counts(&pairs, 4);
            for score in ALL {
                let mut slopes = vec![Counts::default(); 4];
                let Some(value) = score.value(&counts, &mut slopes) else { continue };
                let mut ignored = slopes.clone();
                let mut along = 0.0;
                for (class, slope) in slopes.iter().enumerate() {
                    type Field = fn(&mut Counts) -> &mut f64;
                    let parts: [(Field, f64); 3] = [
                        (|class| &mut class.hits, slope.hits),
                        (|class| &mut class.truths, slope.truths),
                        (|class| &mut class.answers, slope.answers),
                    ];
                    // Where there is nothing of a class its slope is one-sided.
                    let mut seen = counts[class];
                    if seen.truths == 0.0 || seen.answers == 0.0 {
                        continue;
                    }
                    for (part, slope) in parts {
                        along += slope * *part(&mut seen);
                        let mut moved = [counts.clone(), counts.clone()];
                        *part(&mut moved[0][class]) -= 1e-5;
                        *part(&mut moved[1][class]) += 1e-5;
                        let [low, high] = moved.map(|counts| score.value(&counts, &mut ignored));
                        let found = (high.unwrap() - low.unwrap()) / 2e-5;
                        prop_assert!((found - slope).abs() < 1e-6, "{score:?}: {found} not {slope}");
                    }
                }
                // Euler: what does not change with the number of rows has no slope along it.
                let all_seen = counts.iter().all(|class| class.truths > 0.0 && class.answers > 0.0);
                prop_assert!(!all_seen || along.abs() < 1e-9, "{score:?}: {along} {value}");
            }
        }
    }

    #[test]
    fn nothing_to_divide_by_is_not_defined() {
        let value = |score: ClassScore, pairs: &[(usize, usize)]| {
            score.value(&counts(pairs, 3), &mut [Counts::default(); 3])
        };
        for score in ALL {
            assert_eq!(value(score, &[]), None, "{score:?}");
        }
        let constant = [(1, 1), (1, 1)];
        for score in [ClassScore::BalancedAccuracy, ClassScore::Kappa, ClassScore::Mcc] {
            assert_eq!(value(score, &constant), None, "{score:?}");
        }
        assert_eq!(value(ClassScore::Mcc, &[(0, 1), (1, 1)]), None);
        assert_eq!(value(ClassScore::Kappa, &[(0, 1), (1, 1)]), Some(0.0));
        // Class 2 is true and never predicted: it has no precision.
        assert_eq!(value(ClassScore::MacroPrecision, &[(0, 0), (1, 1), (2, 1)]), Some(0.75));
    }
}
