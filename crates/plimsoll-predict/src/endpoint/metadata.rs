//! What a server says of its model.

use std::sync::Arc;

use plimsoll_core::project::Features;
use serde::Deserialize;

use super::EndpointError;
use crate::{ElementType, Kind, Port, Signature};

/// What a server says of its model, as far as it is needed.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) signature: Arc<Signature>,
    /// The datatype of each input in the protocol's words.
    pub(super) datatypes: Vec<String>,
    /// The columns of each input, where the server says them.
    columns: Vec<Vec<String>>,
}

impl Default for Metadata {
    fn default() -> Self {
        let signature = Signature { inputs: vec![], outputs: vec![], classes: vec![] };
        Self { signature: Arc::new(signature), datatypes: Vec::new(), columns: Vec::new() }
    }
}

#[derive(Deserialize)]
struct Document {
    inputs: Vec<Input>,
    #[serde(default)]
    outputs: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    datatype: String,
    shape: Vec<i64>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    /// Plimsoll's servers say which columns a tensor is made of, joined by commas.
    #[serde(default)]
    columns: Option<String>,
}

impl Metadata {
    /// Reads the document.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, EndpointError> {
        let form = |reason| EndpointError::Form { what: "description of the model", reason };
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| form(error.to_string()))?;
        if document.inputs.is_empty() {
            return Err(form("the model has no inputs".to_owned()));
        }
        let port = |input: &Input| {
            let element = element(&input.datatype).ok_or_else(|| {
                form(format!("`{}` holds {}, which is not sent", input.name, input.datatype))
            })?;
            let shape = input.shape.iter().map(|size| u64::try_from(*size).ok()).collect();
            Ok(Port { name: input.name.clone(), kind: Kind::Tensor { element, shape } })
        };
        let inputs = document.inputs.iter().map(port).collect::<Result<Vec<_>, _>>()?;
        // What outputs hold is seen in each answer; what is said of them may be vague.
        let outputs = document.outputs.iter().filter_map(|output| port(output).ok()).collect();
        let columns = |input: &Input| {
            let named = input.parameters.as_ref().and_then(|it| it.columns.as_deref());
            named.map(|named| named.split(',').map(str::to_owned).collect()).unwrap_or_default()
        };
        Ok(Self {
            datatypes: document.inputs.iter().map(|input| input.datatype.clone()).collect(),
            columns: document.inputs.iter().map(columns).collect(),
            signature: Arc::new(Signature { inputs, outputs, classes: Vec::new() }),
        })
    }

    /// Returns how the model is fed, where the server says so or each input is a column.
    pub(super) fn features(&self) -> Option<Features> {
        let one_column = |port: &Port| match &port.kind {
            Kind::Tensor { shape, .. } => matches!(shape.as_slice(), [_] | [_, Some(1)]),
            Kind::ClassScores { .. } => false,
        };
        match self.columns.as_slice() {
            [columns] if !columns.is_empty() => Some(Features::Tensor(columns.clone())),
            _ => self.signature.inputs.iter().all(one_column).then_some(Features::Inputs),
        }
    }
}

/// Returns what holds the values of a datatype of the protocol.
fn element(datatype: &str) -> Option<ElementType> {
    Some(match datatype {
        "FP32" | "FP16" => ElementType::Float,
        "FP64" => ElementType::Double,
        "INT8" | "INT16" | "INT32" | "UINT8" | "UINT16" => ElementType::Int32,
        "INT64" | "UINT32" | "UINT64" => ElementType::Int64,
        "BOOL" => ElementType::Bool,
        "BYTES" => ElementType::String,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_says_how_the_model_is_fed() {
        let read = |text: &str| Metadata::read(text.as_bytes());
        let named = read(
            r#"{"inputs":[{"name":"input","datatype":"FP32","shape":[-1,2],
                "parameters":{"columns":"hr,temp"}}],"outputs":[]}"#,
        );
        let columns = ["hr", "temp"].map(str::to_owned).to_vec();
        assert_eq!(named.unwrap().features(), Some(Features::Tensor(columns)));
        let own = read(
            r#"{"name":"m","inputs":[{"name":"age","datatype":"INT64","shape":[-1,1]},
                {"name":"sex","datatype":"BYTES","shape":[-1]}]}"#,
        );
        assert_eq!(own.unwrap().features(), Some(Features::Inputs));
        let vague = read(r#"{"inputs":[{"name":"input","datatype":"FP32","shape":[-1,2]}]}"#);
        assert_eq!(vague.unwrap().features(), None);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for text in [
            "[]",
            "{}",
            r#"{"inputs":[]}"#,
            r#"{"inputs":[{"name":"x","datatype":"COMPLEX","shape":[-1]}]}"#,
        ] {
            assert!(matches!(Metadata::read(text.as_bytes()), Err(EndpointError::Form { .. })));
        }
    }
}
