//! What a model takes and gives, as a registry compares it.

use plimsoll_core::project::{Features, Project};
use plimsoll_core::signature::{Column, Field, FieldKind, Label, Recorded, Signature};
use plimsoll_predict::{Class, Kind, Port};

/// Returns the signature of a model whose file says `found`, fed as `project` declares. `kind_of`
/// returns the type of a column in words.
pub(crate) fn of(
    found: &plimsoll_predict::Signature,
    project: &Project,
    kind_of: &dyn Fn(&str) -> String,
) -> Signature {
    let column = |name: &String| Column { name: name.clone(), kind: kind_of(name) };
    let features = project.evaluate.as_ref().map(|evaluate| &evaluate.features);
    let columns = match (features, found.inputs.first()) {
        (Some(Features::Tensor(columns)), Some(input)) => {
            [(input.name.clone(), columns.iter().map(column).collect())].into()
        }
        _ => std::collections::BTreeMap::new(),
    };
    let inputs: Vec<&str> = found.inputs.iter().map(|port| port.name.as_str()).collect();
    let recorded = project.serve.as_ref().map(|serve| Recorded {
        capture: serve.capture,
        id: serve.id.clone(),
        time: serve.time.clone(),
        context: project
            .context()
            .into_iter()
            // Where each input is a column, the features are known only from the model.
            .filter(|column| !inputs.contains(&column.name.as_str()))
            .map(|Column { name, .. }| Column { kind: kind_of(&name), name })
            .collect(),
    });
    Signature {
        inputs: found.inputs.iter().map(field).collect(),
        outputs: found.outputs.iter().map(field).collect(),
        columns,
        classes: found.classes.iter().map(label).collect(),
        recorded,
    }
}

/// Returns the signature of a model of which nothing else is known.
pub(crate) fn bare(found: &plimsoll_predict::Signature) -> Signature {
    Signature {
        inputs: found.inputs.iter().map(field).collect(),
        outputs: found.outputs.iter().map(field).collect(),
        columns: std::collections::BTreeMap::new(),
        classes: found.classes.iter().map(label).collect(),
        recorded: None,
    }
}

fn field(port: &Port) -> Field {
    let kind = match &port.kind {
        Kind::Tensor { element, shape } => {
            FieldKind::Tensor { element: element.to_string(), shape: shape.clone() }
        }
        Kind::ClassScores { key, value } => {
            FieldKind::ClassScores { key: key.to_string(), value: value.to_string() }
        }
    };
    Field { name: port.name.clone(), kind }
}

fn label(class: &Class) -> Label {
    match class {
        Class::Int(class) => Label::Int(*class),
        Class::Bool(class) => Label::Int(i64::from(*class)),
        Class::Text(class) => Label::Text(class.clone()),
    }
}
