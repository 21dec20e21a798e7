//! Predictions out of a model's outputs.

use plimsoll_core::project::Task;

use super::quantiles::{MEDIAN, QUANTILE, together};
use super::scores::{classes, finite, likeliest, numbers, order_of, probabilities};
use super::{Predictions, PredictionsError, Scores, Wanted, places};
use crate::tensor::shown;
use crate::{Class, ElementType, Output, Outputs, Signature, Tensor};

/// The names that exporters give to the output with the predicted class.
const LABELS: [&str; 4] = ["label", "output_label", "labels", "predicted_label"];

/// The names that exporters give to the output with probabilities.
const PROBABILITIES: [&str; 4] =
    ["probabilities", "output_probability", "probability", "output_probabilities"];

/// The names that exporters give to a regressor's output.
const NUMBERS: [&str; 3] = ["variable", "prediction", "predictions"];

pub(super) fn read(
    outputs: &Outputs,
    signature: &Signature,
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    match wanted.task {
        Task::Regression => regression(outputs, wanted),
        Task::Binary | Task::Multiclass => classification(outputs, signature, wanted),
    }
}

fn regression(outputs: &Outputs, wanted: &Wanted<'_>) -> Result<Predictions, PredictionsError> {
    let (of_levels, others): (Vec<_>, Vec<_>) =
        outputs.0.iter().cloned().partition(|(name, _)| name.starts_with(QUANTILE));
    let mut named = Vec::new();
    for (name, output) in of_levels {
        let values = values(outputs, (&name, &output), wanted)?;
        named.push((name, values));
    }
    let quantiles = together(named)?;
    let others = Outputs(others);
    let median = quantiles.as_ref().and_then(|quantiles| quantiles.of(MEDIAN));
    match median.filter(|_| others.0.is_empty()) {
        Some(values) => Ok(Predictions::Regression { values, quantiles }),
        None => Ok(Predictions::Regression { values: point(&others, wanted)?, quantiles }),
    }
}

/// Returns the one number for each row.
fn point(outputs: &Outputs, wanted: &Wanted<'_>) -> Result<Vec<f64>, PredictionsError> {
    let none = || unfit(outputs, wanted.task, "one number for each row is expected");
    let only = outputs.0.len() == 1;
    let is_number = |output: &Output| match output {
        // A whole number beside other outputs is a label.
        Output::Tensor(tensor) if only => numbers(tensor).is_some(),
        Output::Tensor(tensor) => is_fraction(tensor) && tensor.width() == 1,
        Output::ClassScores(_) => false,
    };
    let chosen = choose(outputs, &NUMBERS, wanted.task, is_number)?.ok_or_else(none)?;
    values(outputs, chosen, wanted)
}

/// Returns the numbers of one output.
fn values(
    outputs: &Outputs,
    (name, output): (&str, &Output),
    wanted: &Wanted<'_>,
) -> Result<Vec<f64>, PredictionsError> {
    let none = || unfit(outputs, wanted.task, "one number for each row is expected");
    let Output::Tensor(tensor) = output else { return Err(none()) };
    if tensor.width() != 1 {
        let (output, width) = (name.to_owned(), tensor.width());
        return Err(PredictionsError::Width { output, width, expected: "a regression needs one" });
    }
    let of = format!("output `{name}`");
    wanted.has_rows(&of, tensor.rows())?;
    let values = numbers(tensor).ok_or_else(none)?;
    finite(&of, &values, 1)?;
    Ok(values)
}

/// The outputs of a classifier, as far as it has them.
struct Answers<'o> {
    labels: Option<(&'o str, Vec<Class>)>,
    scores: Option<RawScores<'o>>,
}

/// Numbers that may be probabilities.
struct RawScores<'o> {
    name: &'o str,
    /// Row after row.
    values: Vec<f64>,
    /// How many a row has.
    width: usize,
    /// The classes that they are for, where a map says so.
    mapped: Option<&'o [Class]>,
}

fn classification(
    outputs: &Outputs,
    signature: &Signature,
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    let Answers { labels, scores } = find(outputs, wanted)?;
    let labels = labels.as_ref().map(|(name, labels)| (*name, labels.as_slice()));
    let Some(RawScores { name, values, width, mapped }) = scores else {
        let Some((name, labels)) = labels else {
            return Err(unfit(outputs, wanted.task, "labels or probabilities are expected"));
        };
        return labels_alone(name, labels, &signature.classes, wanted);
    };
    let of = format!("output `{name}`");
    let values = probabilities(&of, values, width)?;
    if width == 1 {
        return one_score(name, values, labels, wanted);
    }
    let classes = classes_of(name, (&values, width), mapped, labels, signature)?;
    match wanted.task {
        Task::Binary => two_scores(&values, &classes, labels, wanted),
        Task::Regression | Task::Multiclass => {
            let predicted = match labels {
                Some((name, labels)) => places(&format!("output `{name}`"), labels, &classes)?,
                None => likeliest(&values, width),
            };
            Ok(Predictions::Multiclass { classes, predicted, probabilities: Some(values) })
        }
    }
}

/// Returns the classes that the scores of `outputs` are for, in the order of the scores; none where
/// there are no scores of several classes.
pub(super) fn order(
    outputs: &Outputs,
    signature: &Signature,
    wanted: &Wanted<'_>,
) -> Result<Vec<Class>, PredictionsError> {
    let Answers { labels, scores } = find(outputs, wanted)?;
    let labels = labels.as_ref().map(|(name, labels)| (*name, labels.as_slice()));
    match scores {
        Some(RawScores { name, values, width, mapped }) if width > 1 => {
            classes_of(name, (&values, width), mapped, labels, signature)
        }
        _ => Ok(Vec::new()),
    }
}

fn classes_of(
    name: &str,
    (values, width): (&[f64], usize),
    mapped: Option<&[Class]>,
    labels: Option<(&str, &[Class])>,
    signature: &Signature,
) -> Result<Vec<Class>, PredictionsError> {
    match (mapped, labels) {
        (Some(mapped), _) => Ok(mapped.to_vec()),
        (None, _) if signature.classes.len() == width => Ok(signature.classes.clone()),
        (None, Some((_, labels))) => order_of(name, labels, values, width),
        (None, None) => Ok((0..).take(width).map(Class::Int).collect()),
    }
}

fn find<'o>(outputs: &'o Outputs, wanted: &Wanted<'_>) -> Result<Answers<'o>, PredictionsError> {
    let is_label = |output: &Output| match output {
        Output::Tensor(tensor) => !is_fraction(tensor) && tensor.width() == 1,
        Output::ClassScores(_) => false,
    };
    let is_score = |output: &Output| match output {
        Output::Tensor(tensor) => is_fraction(tensor),
        Output::ClassScores(_) => true,
    };
    let mut answers = Answers { labels: None, scores: None };
    if let Some((name, output)) = choose(outputs, &LABELS, wanted.task, is_label)? {
        wanted.has_rows(&format!("output `{name}`"), output.rows())?;
        if let Output::Tensor(tensor) = output {
            answers.labels = classes(tensor).map(|labels| (name, labels));
        }
    }
    if let Some((name, output)) = choose(outputs, &PROBABILITIES, wanted.task, is_score)? {
        wanted.has_rows(&format!("output `{name}`"), output.rows())?;
        answers.scores = match output {
            Output::Tensor(tensor) => {
                let width = tensor.width();
                numbers(tensor).map(|values| RawScores { name, values, width, mapped: None })
            }
            Output::ClassScores(all) => Some(RawScores {
                name,
                values: all.scores.clone(),
                width: all.classes.len(),
                mapped: Some(&all.classes),
            }),
        };
    }
    Ok(answers)
}

fn labels_alone(
    name: &str,
    labels: &[Class],
    classes: &[Class],
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    let of = format!("output `{name}`");
    if wanted.task == Task::Binary {
        if !classes.is_empty() {
            place_of_positive(classes, wanted)?;
        }
        return Ok(Predictions::Binary {
            predicted: wanted.are_positive(&of, labels)?,
            scores: None,
        });
    }
    let mut classes = classes.to_vec();
    if classes.is_empty() {
        classes = labels.to_vec();
        classes.sort();
        classes.dedup();
    }
    let predicted = places(&of, labels, &classes)?;
    Ok(Predictions::Multiclass { classes, predicted, probabilities: None })
}

/// Reads the one score of a network that ends in a sigmoid: the probability of class 1.
fn one_score(
    name: &str,
    values: Vec<f64>,
    labels: Option<(&str, &[Class])>,
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    if wanted.task != Task::Binary {
        let expected = "a multiclass task needs one for each class";
        return Err(PredictionsError::Width { output: name.to_owned(), width: 1, expected });
    }
    let positive = wanted.positive()?;
    if Class::Int(0).is(&positive) {
        let reason = "by custom it is the probability of class 1, and 0 is declared to be positive";
        let (output, reason) = (name.to_owned(), reason.to_owned());
        return Err(PredictionsError::Order { output, classes: 1, reason });
    }
    let predicted = match labels {
        Some((name, labels)) => wanted.are_positive(&format!("output `{name}`"), labels)?,
        None => values.iter().map(|value| *value > 0.5).collect(),
    };
    Ok(Predictions::Binary { predicted, scores: Some(Scores::Probability(values)) })
}

fn two_scores(
    values: &[f64],
    classes: &[Class],
    labels: Option<(&str, &[Class])>,
    wanted: &Wanted<'_>,
) -> Result<Predictions, PredictionsError> {
    let place = place_of_positive(classes, wanted)?;
    let positive: Vec<f64> = values.chunks_exact(2).map(|row| row[place]).collect();
    let predicted = match labels {
        Some((name, labels)) => {
            places(&format!("output `{name}`"), labels, classes)?;
            labels.iter().map(|label| label.is(&classes[place])).collect()
        }
        None => likeliest(values, 2).iter().map(|likeliest| *likeliest as usize == place).collect(),
    };
    Ok(Predictions::Binary { predicted, scores: Some(Scores::Probability(positive)) })
}

/// Returns the place of the positive class among a model's two.
fn place_of_positive(classes: &[Class], wanted: &Wanted<'_>) -> Result<usize, PredictionsError> {
    if classes.len() != 2 {
        return Err(PredictionsError::NotBinary(classes.to_vec()));
    }
    let positive = wanted.positive()?;
    let place = classes.iter().position(|class| class.is(&positive));
    place.ok_or_else(|| PredictionsError::Positive { positive, classes: classes.to_vec() })
}

/// Returns the output that fits: the one with a usual name, else the only one.
fn choose<'o>(
    outputs: &'o Outputs,
    usual: &[&str],
    task: Task,
    fits: impl Fn(&Output) -> bool,
) -> Result<Option<(&'o str, &'o Output)>, PredictionsError> {
    let fitting = || outputs.0.iter().filter(|(_, output)| fits(output));
    let named = usual.iter().find_map(|usual| fitting().find(|(name, _)| name == usual));
    let chosen = named.or_else(|| fitting().next());
    if named.is_none() && fitting().count() > 1 {
        return Err(unfit(outputs, task, "several could be meant, and none has a usual name"));
    }
    Ok(chosen.map(|(name, output)| (name.as_str(), output)))
}

fn is_fraction(tensor: &Tensor) -> bool {
    matches!(tensor.values().element(), ElementType::Float | ElementType::Double)
}

fn unfit(outputs: &Outputs, task: Task, reason: &'static str) -> PredictionsError {
    let outputs = outputs.0.iter().map(|(name, output)| match output {
        Output::Tensor(tensor) => {
            format!("`{name}` {} {}", tensor.values().element(), shown(tensor.shape()))
        }
        Output::ClassScores(scores) => {
            format!("`{name}` scores of {} classes", scores.classes.len())
        }
    });
    let outputs: Vec<String> = outputs.collect();
    PredictionsError::Outputs { outputs: outputs.join(", "), task, reason }
}
