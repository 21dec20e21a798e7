//! Tensors as the body of a question.

use std::io::Write as _;
use std::ops::Range;

use serde::Serialize;

use super::EndpointError;
use super::metadata::Metadata;
use crate::{Inputs, Tensor, Values};

impl Metadata {
    /// Writes `rows` of `inputs` as a question. NaN becomes `null`: JSON has no other word for a
    /// value that is missing, and whether it takes one is for the server to say.
    pub(super) fn question(
        &self,
        inputs: &Inputs,
        rows: Range<usize>,
    ) -> Result<Vec<u8>, EndpointError> {
        let mut body = Vec::with_capacity(256);
        body.extend_from_slice(b"{\"inputs\":[");
        for (at, (name, tensor)) in inputs.0.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            let width = tensor.width();
            let part = rows.start * width..rows.end * width;
            finite(name, tensor, width)?;
            let mut shape = tensor.shape().to_vec();
            if let Some(first) = shape.first_mut() {
                *first = rows.len();
            }
            body.extend_from_slice(b"{\"name\":");
            json(&mut body, name)?;
            body.extend_from_slice(b",\"datatype\":");
            json(&mut body, &self.datatype(name))?;
            body.extend_from_slice(b",\"shape\":");
            json(&mut body, &shape)?;
            body.extend_from_slice(b",\"data\":");
            match tensor.values() {
                Values::Float(values) => json(&mut body, slice(values, part))?,
                Values::Double(values) => json(&mut body, slice(values, part))?,
                Values::Int64(values) => json(&mut body, slice(values, part))?,
                Values::Int32(values) => json(&mut body, slice(values, part))?,
                Values::Bool(values) => json(&mut body, slice(values, part))?,
                Values::String(values) => json(&mut body, slice(values, part))?,
            }
            body.push(b'}');
        }
        body.extend_from_slice(b"]}");
        Ok(body)
    }

    fn datatype(&self, name: &str) -> &str {
        let place = self.signature.inputs.iter().position(|port| port.name == name);
        place.and_then(|place| self.datatypes.get(place)).map_or("", String::as_str)
    }
}

fn slice<T>(values: &[T], part: Range<usize>) -> &[T] {
    values.get(part).unwrap_or_default()
}

fn finite(name: &str, tensor: &Tensor, width: usize) -> Result<(), EndpointError> {
    let at = match tensor.values() {
        Values::Float(values) => values.iter().position(|value| value.is_infinite()),
        Values::Double(values) => values.iter().position(|value| value.is_infinite()),
        _ => None,
    };
    match at {
        None => Ok(()),
        Some(at) => {
            Err(EndpointError::Infinite { input: name.to_owned(), row: at / width.max(1) + 1 })
        }
    }
}

fn json<T: Serialize + ?Sized>(body: &mut Vec<u8>, value: &T) -> Result<(), EndpointError> {
    let written = serde_json::to_writer(&mut *body, value);
    written.map_err(|error| {
        _ = body.flush();
        EndpointError::Form { what: "question", reason: error.to_string() }
    })
}
