//! `MLflow`'s scoring format: tables in, predictions out.

mod csv;
mod rows;
mod table;

use std::collections::BTreeMap;

use plimsoll_predict::{Output, Values};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use table::Table;

use crate::answer::Answered;
use crate::intake::{Fed, Intake, IntakeError};
use crate::oip::object;
use crate::refusal::Refusal;

/// What messages call a body of the format.
const FORM: &str = "scoring request";

/// The body of a request: exactly one of these fields.
#[derive(Debug, Deserialize)]
struct Body<'r> {
    #[serde(borrow, default)]
    dataframe_split: Option<&'r RawValue>,
    #[serde(borrow, default)]
    dataframe_records: Option<&'r RawValue>,
    #[serde(borrow, default)]
    instances: Option<&'r RawValue>,
    #[serde(borrow, default)]
    inputs: Option<&'r RawValue>,
    /// Parameters of a call, which models in ONNX do not have.
    #[serde(default, rename = "params")]
    _params: Option<IgnoredAny>,
}

/// A table with its columns apart from its rows.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
struct Split<'r> {
    #[serde(default)]
    columns: Option<Vec<String>>,
    #[serde(borrow)]
    data: &'r RawValue,
}

/// Reads a body in JSON.
pub(crate) fn read_json(intake: &Intake, body: &[u8]) -> Result<Fed, Refusal> {
    let body: Body<'_> = object(FORM, body)?;
    let given = [body.dataframe_split, body.dataframe_records, body.instances, body.inputs];
    let count = given.iter().flatten().count();
    if count != 1 {
        let reason = format!(
            "exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs` is \
             expected, got {count}"
        );
        return Err(Refusal::Form { form: FORM, reason });
    }
    let table = if let Some(split) = body.dataframe_split {
        let split: Split<'_> =
            serde_json::from_str(split.get()).map_err(|error| Refusal::of_json(FORM, &error))?;
        let table = match split.columns {
            Some(names) => Table::with_columns(intake, &names)?,
            None => Table::in_order(intake)?,
        };
        rows::lists(table, split.data)?
    } else if let Some(records) = body.dataframe_records {
        rows::records(Table::new(intake), records)?
    } else if let Some(instances) = body.instances {
        rows::instances(intake, instances)?
    } else if let Some(inputs) = body.inputs {
        if inputs.get().trim_start().starts_with('{') {
            columns(intake, inputs)?
        } else {
            rows::instances(intake, inputs)?
        }
    } else {
        Table::new(intake)
    };
    table.finish()
}

/// Reads a body in CSV, whose first line names the columns.
pub(crate) fn read_csv(intake: &Intake, body: &[u8]) -> Result<Fed, Refusal> {
    csv::read(intake, body)?.finish()
}

/// Reads a table that is an object of columns.
fn columns<'i>(intake: &'i Intake, inputs: &RawValue) -> Result<Table<'i>, Refusal> {
    let columns: BTreeMap<String, &RawValue> =
        serde_json::from_str(inputs.get()).map_err(|error| Refusal::of_json(FORM, &error))?;
    let mut table = Table::new(intake);
    for (name, values) in columns {
        rows::column(&mut table, &name, values)?;
    }
    Ok(table)
}

/// Writes predictions: a value for each row, or an object for each row where there are several
/// outputs.
pub(crate) fn reply(answered: &Answered) -> Vec<u8> {
    let rows = answered.rows;
    let outputs = &answered.outputs.0;
    let predictions: Vec<Value> = match &outputs[..] {
        [(_, only)] => (0..rows).map(|row| cell(only, row, rows)).collect(),
        several => (0..rows)
            .map(|row| {
                let cells = several.iter();
                let cells = cells.map(|(name, output)| (name.clone(), cell(output, row, rows)));
                Value::Object(cells.collect::<Map<_, _>>())
            })
            .collect(),
    };
    json!({ "predictions": predictions }).to_string().into_bytes()
}

/// Returns what an output says of a row: one value, or a list of them.
fn cell(output: &Output, row: usize, rows: usize) -> Value {
    match output {
        Output::Tensor(tensor) => {
            let width = tensor.values().len() / rows.max(1);
            let one = tensor.shape().len() <= 1 || width == 1;
            let value = |at: usize| value(tensor.values(), at);
            if one {
                value(row * width.max(1))
            } else {
                (row * width..(row + 1) * width).map(value).collect()
            }
        }
        Output::ClassScores(scores) => {
            let width = scores.classes.len();
            let row = scores.scores.iter().skip(row * width).take(width);
            let pairs = scores.classes.iter().zip(row);
            let pairs = pairs.map(|(class, score)| (class.to_string(), json!(score)));
            Value::Object(pairs.collect())
        }
    }
}

fn value(values: &Values, at: usize) -> Value {
    match values {
        Values::Float(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
        Values::Double(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
        Values::Int64(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
        Values::Int32(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
        Values::Bool(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
        Values::String(values) => values.get(at).map_or(Value::Null, |value| json!(value)),
    }
}

/// There is no row.
fn empty(intake: &Intake) -> IntakeError {
    let first = intake.ports.first().map(|port| port.name.as_ref().to_owned());
    IntakeError::Empty(first.unwrap_or_default())
}
