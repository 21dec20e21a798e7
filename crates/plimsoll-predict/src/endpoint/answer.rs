//! What a server answers, read with the care that foreign bytes need.

use serde::Deserialize;
use serde_json::Value;

use super::EndpointError;
use crate::{Class, ClassScores, Output, Outputs, Tensor, Values};

/// How much of a refusal is shown.
const LONGEST_REASON: usize = 300;

#[derive(Deserialize)]
struct Document {
    outputs: Vec<Answered>,
}

#[derive(Deserialize)]
struct Answered {
    name: String,
    datatype: String,
    shape: Vec<usize>,
    #[serde(default)]
    parameters: Option<Parameters>,
    data: Value,
}

#[derive(Deserialize)]
struct Parameters {
    /// Plimsoll's servers say which class each score is for: a list, as text.
    #[serde(default)]
    classes: Option<String>,
}

/// Reads an answer.
pub(super) fn read(bytes: &[u8]) -> Result<Outputs, EndpointError> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| form(error.to_string()))?;
    if document.outputs.is_empty() {
        return Err(form("it has no outputs".to_owned()));
    }
    let outputs = document.outputs.into_iter().map(output);
    Ok(Outputs(outputs.collect::<Result<_, _>>()?))
}

/// Returns what a refusal says, shortened.
pub(super) fn reason(bytes: &[u8]) -> String {
    let document: Option<Value> = serde_json::from_slice(bytes).ok();
    let said = document.as_ref().and_then(|document| document.get("error")?.as_str());
    let text = said.map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), str::to_owned);
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = text.chars().take(LONGEST_REASON).collect();
    if shown.is_empty() { "no reason is given".to_owned() } else { shown }
}

fn output(answered: Answered) -> Result<(String, Output), EndpointError> {
    let Answered { name, datatype, shape, parameters, data } = answered;
    let mut flat = Vec::new();
    flatten(data, &mut flat);
    let wrong = |kind: &str| form(format!("output `{name}` holds what is no {kind}"));
    let values = match datatype.as_str() {
        "FP16" | "FP32" | "FP64" => {
            // What is no number is `null`, as JSON has no NaN.
            let number =
                |value: &Value| if value.is_null() { Some(f64::NAN) } else { value.as_f64() };
            let numbers: Option<Vec<f64>> = flat.iter().map(number).collect();
            Values::Double(numbers.ok_or_else(|| wrong("number"))?)
        }
        "INT8" | "INT16" | "INT32" | "INT64" | "UINT8" | "UINT16" | "UINT32" | "UINT64" => {
            let numbers: Option<Vec<i64>> = flat.iter().map(Value::as_i64).collect();
            Values::Int64(numbers.ok_or_else(|| wrong("whole number"))?)
        }
        "BOOL" => {
            let truth = |value: &Value| match value.as_i64() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => value.as_bool(),
            };
            Values::Bool(
                flat.iter()
                    .map(truth)
                    .collect::<Option<_>>()
                    .ok_or_else(|| wrong("truth value"))?,
            )
        }
        "BYTES" => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Values::String(
                flat.iter().map(text).collect::<Option<_>>().ok_or_else(|| wrong("text"))?,
            )
        }
        other => return Err(form(format!("output `{name}` is {other}, which is not read"))),
    };
    let tensor =
        Tensor::new(shape, values).map_err(|error| form(format!("output `{name}`: {error}")))?;
    let classes = parameters.and_then(|parameters| parameters.classes);
    let classes: Option<Vec<Class>> =
        classes.and_then(|classes| serde_json::from_str(&classes).ok());
    let output = match (classes, tensor.values()) {
        (Some(classes), Values::Double(scores))
            if !classes.is_empty()
                && tensor.shape().len() == 2
                && tensor.width() == classes.len() =>
        {
            Output::ClassScores(ClassScores { classes, scores: scores.clone() })
        }
        _ => Output::Tensor(tensor),
    };
    Ok((name, output))
}

/// Appends the values of a list, of which some servers nest one for each dimension.
fn flatten(value: Value, into: &mut Vec<Value>) {
    match value {
        // How deep lists may lie in each other is bounded by the reader of JSON.
        Value::Array(values) => values.into_iter().for_each(|value| flatten(value, into)),
        value => into.push(value),
    }
}

fn form(reason: String) -> EndpointError {
    EndpointError::Form { what: "answer", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_flat_lists_are_the_same_answer() {
        let answer = |data: &str| {
            let text = format!(
                r#"{{"outputs":[{{"name":"y","datatype":"FP32","shape":[2,1],"data":{data}}}]}}"#
            );
            read(text.as_bytes()).unwrap()
        };
        assert_eq!(answer("[0.5,2]"), answer("[[0.5],[2.0]]"));
        let Some(Output::Tensor(missing)) = answer("[null,2]").get("y").cloned() else { panic!() };
        assert_eq!(missing.values().nans(), 1);
    }

    #[test]
    fn the_classes_of_scores_are_read_where_they_are_told() {
        let text = r#"{"outputs":[{"name":"p","datatype":"FP32","shape":[1,2],
            "parameters":{"classes":"[\"no\",\"yes\"]"},"data":[0.25,0.75]}]}"#;
        let outputs = read(text.as_bytes()).unwrap();
        let Some(Output::ClassScores(scores)) = outputs.get("p") else { panic!("{outputs:?}") };
        assert_eq!(scores.classes, [Class::Text("no".into()), Class::Text("yes".into())]);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"outputs":[]}"#,
            r#"{"outputs":[{"name":"y","datatype":"FP32","shape":[3],"data":[1,2]}]}"#,
            r#"{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":["one"]}]}"#,
            r#"{"outputs":[{"name":"y","datatype":"INT64","shape":[1],"data":[1.5]}]}"#,
            r#"{"outputs":[{"name":"y","datatype":"FP8","shape":[1],"data":[1]}]}"#,
        ] {
            assert!(matches!(read(text.as_bytes()), Err(EndpointError::Form { .. })), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_refusal_is_shown_in_its_own_words() {
        assert_eq!(reason(br#"{"error":"input `x` is missing"}"#), "input `x` is missing");
        assert_eq!(reason(b"<h1>Bad\n gateway</h1>"), "<h1>Bad gateway</h1>");
        assert_eq!(reason(b""), "no reason is given");
        assert_eq!(reason("x".repeat(5000).as_bytes()).len(), LONGEST_REASON);
    }
}
