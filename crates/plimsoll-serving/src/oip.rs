//! The Open Inference Protocol's question and answer in JSON.

mod binary;
mod reply;
mod request;

pub(crate) use reply::reply;
use request::{InputTensor, Request};
use serde_json::value::RawValue;

use crate::cells::{self, Fault};
use crate::datatype::Datatype;
use crate::element::{Element, with_element};
use crate::intake::{Fed, Filling, Intake, IntakeError, Target};
use crate::loaded::About;
use crate::refusal::Refusal;

/// What messages call a body of the protocol.
const FORM: &str = "inference request";

/// A longer id is not kept for every row.
const LONGEST_ID: usize = 1000;

/// A question, taken apart.
#[derive(Debug)]
pub(crate) struct Question {
    /// The id that the caller gave it.
    pub(crate) id: Option<String>,
    /// What the model is asked.
    pub(crate) fed: Fed,
    /// Which outputs are wanted; all of them where `None`.
    pub(crate) wanted: Option<Vec<usize>>,
}

/// Reads a question. The first `json` bytes of `body` are JSON, what follows are tensors as bytes.
pub(crate) fn read(about: &About, body: &[u8], json: usize) -> Result<Question, Refusal> {
    let (json, mut bytes) = body.split_at(json.min(body.len()));
    let request: Request<'_> = object(FORM, json)?;
    let intake = &about.intake;
    let mut filling = Filling::new(intake);
    for input in &request.inputs {
        let target = intake.target(&input.name)?;
        let shape = filling.fit(target, &input.shape)?;
        let values = values(intake, target, input, &mut bytes)?;
        filling.put(target, shape, values)?;
    }
    if !bytes.is_empty() {
        let reason = format!("{} bytes follow that belong to no input", bytes.len());
        return Err(Refusal::Form { form: FORM, reason });
    }
    if let Some(parameters) = request.parameters
        && !intake.context.is_empty()
    {
        along(&mut filling, intake, parameters)?;
    }
    if let Some(id) = &request.id
        && id.len() > LONGEST_ID
    {
        let reason = format!("its id has {} bytes, at most {LONGEST_ID} are taken", id.len());
        return Err(Refusal::Form { form: FORM, reason });
    }
    let wanted = request.outputs.map(|outputs| wanted(about, &outputs)).transpose()?.flatten();
    Ok(Question { id: request.id.map(|id| id.0.into_owned()), fed: filling.finish()?, wanted })
}

/// Reads an object; a list would be read as its fields in their order.
pub(crate) fn object<'b, T: serde::Deserialize<'b>>(
    form: &'static str,
    body: &'b [u8],
) -> Result<T, Refusal> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refusal::Form { form, reason: "it is a list, expected an object".to_owned() });
    }
    serde_json::from_slice(body).map_err(|error| Refusal::of_json(form, &error))
}

fn values(
    intake: &Intake,
    target: Target,
    input: &InputTensor<'_>,
    bytes: &mut &[u8],
) -> Result<plimsoll_predict::Values, Refusal> {
    let element = intake.element(target);
    let name = || intake.name(target).as_ref().to_owned();
    let datatype: Datatype = input.datatype.parse().map_err(|error| {
        let reason = format!("datatype of input `{}`: {error}", name());
        Refusal::Form { form: FORM, reason }
    })?;
    if !datatype.becomes(element) {
        let expected = Datatype::of(element);
        return Err(IntakeError::Datatype { name: name(), expected, found: datatype }.into());
    }
    let expected = input.shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size));
    let read = match (input.data, input.binary_size()) {
        (Some(data), None) => with_element!(element, of_json(data, &input.shape, datatype)),
        (None, Some(size)) => {
            let Some((own, rest)) = bytes.split_at_checked(size) else {
                let reason =
                    format!("input `{}` has {size} bytes, {} follow the JSON", name(), bytes.len());
                return Err(Refusal::Form { form: FORM, reason });
            };
            *bytes = rest;
            with_element!(element, of_bytes(own, datatype))
        }
        (Some(_), Some(_)) => {
            let reason = format!("input `{}` has both `data` and `binary_data_size`", name());
            return Err(Refusal::Form { form: FORM, reason });
        }
        (None, None) => {
            let reason = format!("input `{}` has no `data`", name());
            return Err(Refusal::Form { form: FORM, reason });
        }
    };
    let sizes = input.shape.iter().skip(1);
    let width = sizes.fold(1_usize, |all, size| all.saturating_mul(*size)).max(1);
    let values = read.map_err(|fault| {
        let row = fault.at().map(|at| at / width + 1);
        IntakeError::Value { name: name(), row, fault }
    })?;
    let found = values.len();
    if expected != Some(found) {
        let shape = input.shape.clone();
        return Err(IntakeError::Count { name: name(), shape, expected, found }.into());
    }
    Ok(values)
}

fn of_json<T: Element>(
    data: &RawValue,
    shape: &[usize],
    datatype: Datatype,
) -> Result<plimsoll_predict::Values, Fault> {
    cells::read::<T>(data, shape, Some(datatype)).map(T::values)
}

fn of_bytes<T: Element>(
    bytes: &[u8],
    datatype: Datatype,
) -> Result<plimsoll_predict::Values, Fault> {
    binary::read::<T>(bytes, datatype).map(T::values)
}

/// Takes the request's parameters that are called as a context column: they go with every row.
fn along(filling: &mut Filling<'_>, intake: &Intake, parameters: &RawValue) -> Result<(), Refusal> {
    let parameters: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(parameters.get()).map_err(|error| Refusal::of_json(FORM, &error))?;
    let Some(rows) = filling.rows() else { return Ok(()) };
    for (at, column) in intake.context.iter().enumerate() {
        let Some(value) = parameters.get(column.name.as_ref()) else { continue };
        if filling.has_context(at) {
            return Err(IntakeError::Twice(column.name.as_ref().to_owned()).into());
        }
        let list = format!("[{}]", value.get());
        let read = with_element!(column.element, repeated(&list, rows));
        let name = column.name.as_ref().to_owned();
        let values = read.map_err(|fault| IntakeError::Value { name, row: None, fault })?;
        filling.put(Target::Context(at), vec![rows], values)?;
    }
    Ok(())
}

fn repeated<T: Element>(list: &str, rows: usize) -> Result<plimsoll_predict::Values, Fault> {
    let raw: &RawValue =
        serde_json::from_str(list).map_err(|error| Fault::Json(error.to_string()))?;
    let one = cells::read::<T>(raw, &[1], None)?;
    Ok(T::values(one.into_iter().cycle().take(rows).collect()))
}

fn wanted(
    about: &About,
    outputs: &[request::RequestedOutput<'_>],
) -> Result<Option<Vec<usize>>, Refusal> {
    if outputs.is_empty() {
        return Ok(None);
    }
    let place = |output: &request::RequestedOutput<'_>| {
        let place = about.outputs.iter().position(|known| *known.name == *output.name.0);
        place.ok_or_else(|| {
            let known: Vec<String> =
                about.outputs.iter().map(|known| format!("`{}`", known.name)).collect();
            let name = output.name.chars().take(100).collect();
            Refusal::Output { name, known: known.join(", ") }
        })
    };
    outputs.iter().map(place).collect::<Result<Vec<_>, _>>().map(Some)
}
