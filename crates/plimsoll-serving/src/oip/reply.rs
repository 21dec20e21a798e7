//! An answer, written straight into its bytes.

use std::io::Write as _;

use plimsoll_predict::{ClassScores, Output, Tensor, Values};
use serde::Serialize;

use crate::answer::Answered;
use crate::loaded::{Answer, parameter};

/// Writes the answer; `wanted` are the outputs, all of them where `None`.
pub(crate) fn reply(answered: &Answered, wanted: Option<&[usize]>) -> Vec<u8> {
    let about = &answered.about;
    let mut into = Vec::with_capacity(512);
    into.extend_from_slice(&about.opening);
    into.extend_from_slice(b",\"id\":");
    json(&mut into, answered.request_id.as_str());
    into.extend_from_slice(b",\"outputs\":[");
    let all: Vec<usize>;
    let wanted = if let Some(wanted) = wanted {
        wanted
    } else {
        all = (0..about.outputs.len()).collect();
        &all
    };
    for (at, place) in wanted.iter().enumerate() {
        if at > 0 {
            into.push(b',');
        }
        // The model answers its outputs in the order in which it declares them.
        if let (Some(declared), Some((_, output))) =
            (about.outputs.get(*place), answered.outputs.0.get(*place))
        {
            into.extend_from_slice(&declared.opening);
            match output {
                Output::Tensor(tensor) => write_tensor(&mut into, declared, tensor),
                Output::ClassScores(scores) => write_scores(&mut into, declared, scores),
            }
        }
    }
    into.extend_from_slice(b"]}");
    into
}

fn write_tensor(into: &mut Vec<u8>, declared: &Answer, tensor: &Tensor) {
    json(into, tensor.shape());
    if let Some((count, classes)) = &declared.classes
        && tensor.shape().get(1) == Some(count)
    {
        into.extend_from_slice(classes);
    }
    into.extend_from_slice(b",\"data\":");
    write_values(into, tensor.values());
    into.push(b'}');
}

fn write_scores(into: &mut Vec<u8>, declared: &Answer, scores: &ClassScores) {
    json(into, &[scores.rows(), scores.classes.len()]);
    let classes: Vec<serde_json::Value> = scores
        .classes
        .iter()
        .map(|class| serde_json::to_value(class).unwrap_or_default())
        .collect();
    into.extend_from_slice(&parameter(&classes));
    into.extend_from_slice(b",\"data\":");
    if declared.doubles {
        json(into, &scores.scores);
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "the model gave 32-bit numbers")]
        let singles: Vec<f32> = scores.scores.iter().map(|score| *score as f32).collect();
        json(into, &singles);
    }
    into.push(b'}');
}

/// Writes values as a list; JSON has no NaN, which becomes `null`.
pub(crate) fn write_values(into: &mut Vec<u8>, values: &Values) {
    match values {
        Values::Float(values) => json(into, values),
        Values::Double(values) => json(into, values),
        Values::Int64(values) => json(into, values),
        Values::Int32(values) => json(into, values),
        Values::Bool(values) => json(into, values),
        Values::String(values) => json(into, values),
    }
}

/// Appends JSON. Text, numbers and lists of them can always be written, and memory takes them.
fn json<T: Serialize + ?Sized>(into: &mut Vec<u8>, value: &T) {
    if serde_json::to_writer(&mut *into, value).is_err() {
        _ = into.write_all(b"null");
    }
}
