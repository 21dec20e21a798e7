//! What a model takes and gives.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Class, ElementType};

/// The inputs and outputs of a model in the order of its file: what may not change without a new
/// major version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signature {
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// The classes that it tells apart, in the order of its scores, where its file says them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class>,
}

impl Signature {
    /// Returns the input called `name`.
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }
}

/// One input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Port {
    /// Its name.
    pub name: String,
    /// What passes through it.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What passes through a [`Port`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A tensor.
    Tensor {
        /// What its elements are.
        element: ElementType,
        /// The declared size of each dimension, `None` where it may vary; empty where the file
        /// declares no shape.
        shape: Vec<Option<u64>>,
    },
    /// A map from class to score for each row.
    ClassScores {
        /// What the classes are.
        key: ElementType,
        /// What the scores are.
        value: ElementType,
    },
}

impl Kind {
    /// Returns what the elements of a tensor are.
    pub fn element(&self) -> Option<ElementType> {
        match self {
            Self::Tensor { element, .. } => Some(*element),
            Self::ClassScores { .. } => None,
        }
    }

    /// Returns how many values a row has, where the declaration fixes it.
    pub fn width(&self) -> Option<u64> {
        match self {
            Self::Tensor { shape, .. } if !shape.is_empty() => {
                shape[1..].iter().try_fold(1_u64, |all, size| all.checked_mul((*size)?))
            }
            Self::Tensor { .. } | Self::ClassScores { .. } => None,
        }
    }

    /// Tells whether a tensor of `actual` size is as declared; the rows are counted elsewhere.
    pub(crate) fn takes_rows_of(&self, actual: &[usize]) -> bool {
        let Self::Tensor { shape, .. } = self else { return false };
        if shape.is_empty() {
            return !actual.is_empty();
        }
        let fits = |(declared, actual): (&Option<u64>, &usize)| {
            declared.is_none_or(|declared| u64::try_from(*actual) == Ok(declared))
        };
        shape.len() == actual.len() && shape.iter().zip(actual).skip(1).all(fits)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor { element, shape } if shape.is_empty() => {
                write!(f, "{element} of any shape")
            }
            Self::Tensor { element, shape } => {
                let size = |(at, size): (usize, &Option<u64>)| match size {
                    Some(size) => size.to_string(),
                    None if at == 0 => "n".to_owned(),
                    None => "?".to_owned(),
                };
                let sizes: Vec<String> = shape.iter().enumerate().map(size).collect();
                write!(f, "{element} [{}]", sizes.join(", "))
            }
            Self::ClassScores { key, value } => write!(f, "map of {key} to {value} for each row"),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(shape: &[Option<u64>]) -> Port {
        let kind = Kind::Tensor { element: ElementType::Float, shape: shape.to_vec() };
        Port { name: "x".to_owned(), kind }
    }

    #[test]
    fn has_one_stable_spelling() {
        let signature = Signature {
            inputs: vec![port(&[None, Some(11)])],
            outputs: vec![Port {
                name: "output_probability".to_owned(),
                kind: Kind::ClassScores { key: ElementType::Int64, value: ElementType::Float },
            }],
            classes: vec![Class::Int(0), Class::Int(1)],
        };
        let written = serde_json::to_string(&signature).unwrap();
        insta::assert_snapshot!(written, @r#"{"inputs":[{"name":"x","tensor":{"element":"float","shape":[null,11]}}],"outputs":[{"name":"output_probability","class-scores":{"key":"int64","value":"float"}}],"classes":[0,1]}"#);
        assert_eq!(serde_json::from_str::<Signature>(&written).unwrap(), signature);
    }

    #[test]
    fn says_what_it_takes() {
        assert_eq!(port(&[None, Some(11)]).to_string(), "`x` float [n, 11]");
        assert_eq!(port(&[]).to_string(), "`x` float of any shape");
        let kind = port(&[None, Some(11)]).kind;
        assert!(kind.takes_rows_of(&[5, 11]) && !kind.takes_rows_of(&[5, 10]));
        assert!(!kind.takes_rows_of(&[55]) && !kind.takes_rows_of(&[]));
        assert_eq!(kind.width(), Some(11));
        assert_eq!(port(&[None, None]).kind.width(), None);
    }
}
