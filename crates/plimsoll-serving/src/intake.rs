//! What callers may send to a model, by name, and how it becomes what the model is given.

mod error;
mod filling;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use error::IntakeError;
pub(crate) use filling::{Fed, Filling};
use plimsoll_core::nearest::nearest;
use plimsoll_core::signature::Signature as Recorded;
use plimsoll_predict::{ElementType, Kind, Signature};

/// Where a name of a request leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A whole input of the model.
    Port(usize),
    /// One column of an input.
    Feature {
        /// Which input.
        port: usize,
        /// Which column of it.
        place: usize,
    },
    /// Something that is recorded and not given to the model.
    Context(usize),
}

/// One input of the model.
#[derive(Debug)]
pub(crate) struct Port {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// What its elements are.
    pub(crate) element: ElementType,
    /// The declared size of each dimension, `None` where it may vary; empty where none is declared.
    pub(crate) shape: Vec<Option<usize>>,
    /// Its columns, where they have names.
    pub(crate) features: Vec<Arc<str>>,
}

/// Something that callers may send along.
#[derive(Debug)]
pub(crate) struct Context {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// What it is recorded as.
    pub(crate) element: ElementType,
}

/// Everything that callers may send.
#[derive(Debug)]
pub(crate) struct Intake {
    /// The inputs of the model, in its order.
    pub(crate) ports: Vec<Port>,
    /// What may be sent along.
    pub(crate) context: Vec<Context>,
    targets: HashMap<Arc<str>, Target>,
}

/// The recorded signature is not the model's.
#[derive(Debug, thiserror::Error)]
#[error("the signature names {columns} columns for input `{input}`, which takes {kind}")]
pub struct ColumnsError {
    input: String,
    columns: usize,
    kind: Kind,
}

impl Intake {
    /// Puts together what the model's file declares and what was recorded about it.
    pub(crate) fn new(model: &Signature, recorded: &Recorded) -> Result<Self, ColumnsError> {
        let mut targets: HashMap<Arc<str>, Target> = HashMap::new();
        let mut ports = Vec::with_capacity(model.inputs.len());
        for declared in &model.inputs {
            let port = port(declared, recorded)?;
            targets.insert(Arc::clone(&port.name), Target::Port(ports.len()));
            ports.push(port);
        }
        for (port, declared) in ports.iter().enumerate() {
            for (place, feature) in declared.features.iter().enumerate() {
                let target = Target::Feature { port, place };
                targets.entry(Arc::clone(feature)).or_insert(target);
            }
        }
        let along = recorded.recorded.iter().flat_map(|recorded| &recorded.context);
        let context: Vec<Context> = along
            .map(|column| Context {
                name: column.name.as_str().into(),
                element: recorded_as(&column.kind),
            })
            .collect();
        for (place, column) in context.iter().enumerate() {
            // A feature is recorded as what the model is given.
            targets.entry(Arc::clone(&column.name)).or_insert(Target::Context(place));
        }
        Ok(Self { ports, context, targets })
    }

    /// Returns where `name` leads.
    pub(crate) fn target(&self, name: &str) -> Result<Target, IntakeError> {
        self.targets.get(name).copied().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> IntakeError {
        let nearest = nearest(name, self.targets.keys().map(AsRef::as_ref));
        // Callers think in columns where there are any.
        let known = self.ports.iter().flat_map(|port| match &port.features[..] {
            [] => std::slice::from_ref(&port.name),
            features => features,
        });
        IntakeError::Unknown {
            name: name.chars().take(100).collect(),
            nearest: nearest.map(str::to_owned),
            known: error::named(known.map(AsRef::as_ref)),
        }
    }

    /// Returns the names of a row's values in the order of the model's inputs, where every input is
    /// one value or columns with names. A row without names is read in this order.
    pub(crate) fn row(&self) -> Option<Vec<Target>> {
        let mut row = Vec::new();
        for (at, port) in self.ports.iter().enumerate() {
            if port.features.is_empty() {
                port.is_one_value().then(|| row.push(Target::Port(at)))?;
            } else {
                row.extend(
                    (0..port.features.len()).map(|place| Target::Feature { port: at, place }),
                );
            }
        }
        Some(row)
    }

    /// Returns what values of `target` become.
    pub(crate) fn element(&self, target: Target) -> ElementType {
        match target {
            Target::Port(at) | Target::Feature { port: at, .. } => self.ports[at].element,
            Target::Context(at) => self.context[at].element,
        }
    }

    /// Returns the name that leads to `target`.
    pub(crate) fn name(&self, target: Target) -> &Arc<str> {
        match target {
            Target::Port(at) => &self.ports[at].name,
            Target::Feature { port, place } => &self.ports[port].features[place],
            Target::Context(at) => &self.context[at].name,
        }
    }
}

impl Port {
    /// Tells whether it takes one value for each row.
    pub(crate) fn is_one_value(&self) -> bool {
        matches!(self.shape[..], [_] | [_, Some(1)])
    }

    /// Returns its shape as people read it, `[n, 11]`.
    pub(crate) fn shown(&self) -> String {
        let size = |(at, size): (usize, &Option<usize>)| match size {
            Some(size) if at > 0 => size.to_string(),
            _ if at == 0 => "n".to_owned(),
            _ => "?".to_owned(),
        };
        let sizes: Vec<String> = self.shape.iter().enumerate().map(size).collect();
        if sizes.is_empty() { "any shape".to_owned() } else { format!("[{}]", sizes.join(", ")) }
    }
}

fn port(declared: &plimsoll_predict::Port, recorded: &Recorded) -> Result<Port, ColumnsError> {
    let (element, shape) = match &declared.kind {
        Kind::Tensor { element, shape } => (*element, shape.as_slice()),
        // No model has such an input: loading refuses it.
        Kind::ClassScores { key, .. } => (*key, &[][..]),
    };
    let size = |size: &Option<u64>| size.and_then(|size| usize::try_from(size).ok());
    let shape: Vec<Option<usize>> = shape.iter().map(size).collect();
    let columns = recorded.columns.get(&declared.name).map(Vec::as_slice).unwrap_or_default();
    let fits = match shape[..] {
        [_, Some(width)] => columns.len() == width,
        [_, None] | [] => true,
        [_] => columns.len() == 1,
        _ => false,
    };
    if !columns.is_empty() && !fits {
        return Err(ColumnsError {
            input: declared.name.clone(),
            columns: columns.len(),
            kind: declared.kind.clone(),
        });
    }
    let features = columns.iter().map(|column| column.name.as_str().into()).collect();
    Ok(Port { name: declared.name.as_str().into(), element, shape, features })
}

/// Returns what a column of the data is recorded as; dates and whatever else has no numbers, as text.
fn recorded_as(kind: &str) -> ElementType {
    match kind {
        "int" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32"
        | "integer" => ElementType::Int64,
        "float" | "float32" | "float64" | "double" | "number" => ElementType::Double,
        "bool" | "boolean" => ElementType::Bool,
        _ => ElementType::String,
    }
}

#[cfg(test)]
mod tests;
