//! What a model takes and gives, as a registry compares it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Everything that callers of a model depend on: a change of it is a new major version.
///
/// Inputs, outputs and classes are in the order of the model's file, for callers name them by
/// place too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signature {
    /// What it takes.
    pub inputs: Vec<Field>,
    /// What it gives.
    pub outputs: Vec<Field>,
    /// The columns that make up an input, in their order, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Vec<Column>>,
    /// The classes that it tells apart, in the order of its scores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Label>,
    /// What callers may send along; `None` where nothing of a request is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
}

/// What callers may send along with what a model takes: it is recorded and not given to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recorded {
    /// Whether requests and answers are recorded. Where not, what is sent along is only accepted.
    pub capture: bool,
    /// The column that names a row; the request's own id and the row's number where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The column that says when something happened; the time of receipt where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Every column that may be sent along, `id` and `time` included, sorted by name.
    pub context: Vec<Column>,
}

/// One input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What passes through it.
    #[serde(flatten)]
    pub kind: FieldKind,
}

/// What passes through a [`Field`]. Types of elements are words, `float`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FieldKind {
    /// A tensor.
    Tensor {
        /// What its elements are.
        element: String,
        /// The size of each dimension, `None` where it may vary; empty where none is declared.
        shape: Vec<Option<u64>>,
    },
    /// A map from class to score for each row.
    ClassScores {
        /// What the classes are.
        key: String,
        /// What the scores are.
        value: String,
    },
}

/// One column of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in the data, a word.
    pub kind: String,
}

/// A class of a classifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// A number.
    Int(i64),
    /// A word.
    Text(String),
}

impl Signature {
    /// Says the first thing in which it differs from `before`; `None` where callers see none.
    pub fn difference(&self, before: &Self) -> Option<String> {
        (fields("input", &before.inputs, &self.inputs))
            .or_else(|| fields("output", &before.outputs, &self.outputs))
            .or_else(|| self.column_difference(before))
            .or_else(|| list("the classes", &before.classes, &self.classes))
            .or_else(|| self.context_difference(before))
    }

    /// A column more that may be sent along breaks no caller, one less does.
    fn context_difference(&self, before: &Self) -> Option<String> {
        let accepted = |signature: &Self| -> Vec<String> {
            let recorded = signature.recorded.iter().flat_map(|recorded| &recorded.context);
            recorded.map(|column| column.name.clone()).collect()
        };
        let now = accepted(self);
        let gone = accepted(before).into_iter().find(|name| !now.contains(name));
        gone.map(|name| format!("context column `{name}` is not accepted any more"))
    }

    fn column_difference(&self, before: &Self) -> Option<String> {
        let inputs = before.columns.keys().chain(self.columns.keys());
        let mut differing = inputs.filter_map(|input| {
            let of = |signature: &Self| signature.columns.get(input).cloned().unwrap_or_default();
            list(&format!("the columns of `{input}`"), &of(before), &of(self))
        });
        differing.next()
    }
}

fn fields(what: &str, before: &[Field], now: &[Field]) -> Option<String> {
    let named = |fields: &[Field], name: &str| fields.iter().any(|field| field.name == name);
    if let Some(gone) = before.iter().find(|field| !named(now, &field.name)) {
        return Some(format!("{what} {gone} is gone"));
    }
    if let Some(new) = now.iter().find(|field| !named(before, &field.name)) {
        return Some(format!("{what} {new} is new"));
    }
    let differing = before.iter().zip(now).find(|(before, now)| before != now);
    match differing {
        Some((before, now)) => Some(format!("{what} {before} is now {now}")),
        // A name twice leaves a rest that the pairs do not reach.
        None if before.len() != now.len() => {
            Some(format!("there are {} {what}s, there were {}", now.len(), before.len()))
        }
        None => None,
    }
}

fn list<T: PartialEq + fmt::Display>(what: &str, before: &[T], now: &[T]) -> Option<String> {
    if before == now {
        return None;
    }
    let place = before.iter().zip(now).position(|(before, now)| before != now);
    let place = place.unwrap_or(before.len().min(now.len()));
    let shown = |values: &[T]| match values.get(place) {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    let (was, is) = (shown(before), shown(now));
    Some(format!("{what} differ at place {}: {was} is now {is}", place + 1))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.name, self.kind)
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor { element, shape } if shape.is_empty() => {
                write!(f, "{element} of any shape")
            }
            Self::Tensor { element, shape } => {
                let size =
                    |size: &Option<u64>| size.map_or("?".to_owned(), |size| size.to_string());
                let sizes: Vec<String> = shape.iter().map(size).collect();
                write!(f, "{element} [{}]", sizes.join(", "))
            }
            Self::ClassScores { key, value } => write!(f, "map of {key} to {value} for each row"),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.name, self.kind)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(class) => write!(f, "{class}"),
            Self::Text(class) => write!(f, "`{class}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, width: u64) -> Field {
        let kind =
            FieldKind::Tensor { element: "float".to_owned(), shape: vec![None, Some(width)] };
        Field { name: name.to_owned(), kind }
    }

    fn column(name: &str) -> Column {
        Column { name: name.to_owned(), kind: "float64".to_owned() }
    }

    fn signature() -> Signature {
        Signature {
            inputs: vec![field("x", 2), field("y", 1)],
            outputs: vec![field("label", 1)],
            columns: [("x".to_owned(), vec![column("temp"), column("hum")])].into(),
            classes: vec![Label::Int(0), Label::Text("b".to_owned())],
            recorded: Some(Recorded {
                capture: true,
                id: Some("instant".to_owned()),
                time: None,
                context: vec![column("instant")],
            }),
        }
    }

    #[test]
    fn says_what_differs() {
        let before = signature();
        assert_eq!(signature().difference(&before), None);
        let changed = |change: fn(&mut Signature)| {
            let mut now = signature();
            change(&mut now);
            assert_ne!(now, before);
            now.difference(&before).unwrap()
        };
        insta::assert_snapshot!([
            changed(|now| now.inputs[0] = field("x", 3)),
            changed(|now| now.inputs.truncate(1)),
            changed(|now| now.outputs.push(field("score", 2))),
            changed(|now| now.inputs.swap(0, 1)),
            changed(|now| now.inputs.push(field("y", 1))),
            changed(|now| now.columns.clear()),
            changed(|now| now.columns.entry("x".to_owned()).or_default().reverse()),
            changed(|now| now.classes.push(Label::Int(2))),
            changed(|now| now.recorded = None),
        ].join("\n"), @r"
        input `x` (float [?, 2]) is now `x` (float [?, 3])
        input `y` (float [?, 1]) is gone
        output `score` (float [?, 2]) is new
        input `x` (float [?, 2]) is now `y` (float [?, 1])
        there are 3 inputs, there were 2
        the columns of `x` differ at place 1: `temp` (float64) is now nothing
        the columns of `x` differ at place 1: `temp` (float64) is now `hum` (float64)
        the classes differ at place 3: nothing is now 2
        context column `instant` is not accepted any more
        ");
    }

    #[test]
    fn is_stored_as_measured_models_are() {
        let stored = r#"{"inputs":[{"name":"x","tensor":{"element":"float","shape":[null,11]}}],"outputs":[{"name":"output_probability","class-scores":{"key":"int64","value":"float"}}],"classes":[0,1]}"#;
        let read: Signature = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    }
}
