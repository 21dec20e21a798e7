//! What callers are told of a model, made once.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use plimsoll_core::signature::Signature as Recorded;
use plimsoll_predict::{Kind, Signature};
use serde_json::{Value, json};

use crate::datatype::Datatype;
use crate::intake::Intake;

/// The platform's name in the protocol.
const PLATFORM: &str = "onnxruntime_onnx";

/// What is known of a model.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) released: bool,
    /// The version as captures name it.
    pub(crate) recorded_version: Arc<str>,
    /// Whether requests and answers are recorded.
    pub(crate) capture: bool,
    /// The column that names a row, and the one that says when something happened.
    pub(crate) keys: (Option<String>, Option<String>),
    /// What may be sent.
    pub(crate) intake: Intake,
    /// What it answers, in its order.
    pub(crate) outputs: Vec<Answer>,
    /// The document that describes it.
    pub(crate) metadata: Bytes,
    /// How an answer begins, up to the request's id.
    pub(crate) opening: Vec<u8>,
}

/// One output of a model.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// How it begins in an answer, up to its shape.
    pub(crate) opening: Vec<u8>,
    /// How many classes its rows score, and how they are told to callers.
    pub(crate) classes: Option<(usize, Vec<u8>)>,
    /// Whether scores of a map are 64-bit numbers.
    pub(crate) doubles: bool,
}

impl About {
    pub(crate) fn new(
        name: String,
        version: Option<String>,
        subject: Option<String>,
        released: bool,
        model: &Signature,
        recorded: &Recorded,
        intake: Intake,
    ) -> Self {
        let outputs = outputs(model);
        let metadata = metadata(&name, version.as_deref(), model, &intake);
        let parameters = json!({
            "released": released,
            "version": version,
            "subject": subject,
            "context": intake.context.iter().map(|along| along.name.as_ref()).collect::<Vec<_>>().join(","),
        });
        let metadata = with_parameters(metadata, parameters);
        let mut opening = format!("{{\"model_name\":{}", Value::from(name.as_str()));
        if let Some(version) = &version {
            _ = write!(opening, ",\"model_version\":{}", Value::from(version.as_str()));
        }
        let along = recorded.recorded.as_ref();
        Self {
            recorded_version: version.as_deref().unwrap_or("unreleased").into(),
            capture: along.is_some_and(|recorded| recorded.capture),
            keys: along
                .map(|recorded| (recorded.id.clone(), recorded.time.clone()))
                .unwrap_or_default(),
            name,
            version,
            subject,
            released,
            intake,
            outputs,
            metadata: metadata.to_string().into(),
            opening: opening.into_bytes(),
        }
    }
}

fn outputs(model: &Signature) -> Vec<Answer> {
    let classes: Vec<Value> =
        model.classes.iter().map(|class| serde_json::to_value(class).unwrap_or_default()).collect();
    let output = |port: &plimsoll_predict::Port| {
        let (datatype, scores) = match &port.kind {
            Kind::Tensor { element, shape } => {
                let width = shape.get(1).copied().flatten();
                let scored = shape.len() == 2
                    && !classes.is_empty()
                    && matches!(Datatype::of(*element), Datatype::Float(_))
                    && width.is_none_or(|width| usize::try_from(width) == Ok(classes.len()));
                (Datatype::of(*element), scored)
            }
            Kind::ClassScores { value, .. } => (Datatype::of(*value), false),
        };
        let name = Value::from(port.name.as_str());
        let opening = format!("{{\"name\":{name},\"datatype\":\"{datatype}\",\"shape\":");
        Answer {
            name: port.name.as_str().into(),
            opening: opening.into_bytes(),
            classes: scores.then(|| (classes.len(), parameter(&classes))),
            doubles: datatype == Datatype::Float(64),
        }
    };
    model.outputs.iter().map(output).collect()
}

/// Returns how the order of classes is told: the protocol's parameters hold no lists, so it is a
/// text that holds one.
pub(crate) fn parameter(classes: &[Value]) -> Vec<u8> {
    let list = Value::from(classes).to_string();
    format!(",\"parameters\":{{\"classes\":{}}}", Value::from(list)).into_bytes()
}

fn metadata(name: &str, version: Option<&str>, model: &Signature, intake: &Intake) -> Value {
    let varies = model.inputs.iter().any(|port| match &port.kind {
        Kind::Tensor { shape, .. } => shape.first().is_none_or(Option::is_none),
        Kind::ClassScores { .. } => false,
    });
    let size = |size: &Option<u64>| size.map_or(json!(-1), |size| json!(size));
    let inputs = model.inputs.iter().zip(&intake.ports).map(|(port, takes)| {
        let shape: Vec<Value> = match &port.kind {
            Kind::Tensor { shape, .. } if !shape.is_empty() => shape.iter().map(size).collect(),
            Kind::Tensor { .. } | Kind::ClassScores { .. } => vec![json!(-1)],
        };
        let mut input =
            json!({"name": port.name, "datatype": Datatype::of(takes.element).as_str(), "shape": shape});
        if !takes.features.is_empty() {
            let columns: Vec<&str> = takes.features.iter().map(AsRef::as_ref).collect();
            input["parameters"] = json!({"columns": columns.join(",")});
        }
        input
    });
    let outputs = model.outputs.iter().map(|port| {
        let (datatype, mut shape) = match &port.kind {
            Kind::Tensor { element, shape } if shape.is_empty() => (*element, vec![json!(-1)]),
            Kind::Tensor { element, shape } => (*element, shape.iter().map(size).collect()),
            Kind::ClassScores { value, .. } => {
                let classes = model.classes.len();
                let width = if classes == 0 { json!(-1) } else { json!(classes) };
                (*value, vec![json!(-1), width])
            }
        };
        // Some exporters declare one label whatever the number of rows.
        if varies && let Some(rows) = shape.first_mut() {
            *rows = json!(-1);
        }
        json!({"name": port.name, "datatype": Datatype::of(datatype).as_str(), "shape": shape})
    });
    json!({
        "name": name,
        "versions": version.into_iter().collect::<Vec<_>>(),
        "platform": PLATFORM,
        "inputs": inputs.collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
    })
}

fn with_parameters(mut metadata: Value, parameters: Value) -> Value {
    metadata["parameters"] = parameters;
    metadata
}
