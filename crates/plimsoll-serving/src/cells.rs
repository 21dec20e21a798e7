//! The data of a tensor in JSON, read straight into its elements.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::datatype::Datatype;
use crate::element::Element;

/// Why data does not become elements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// A value is of another kind.
    #[error("expected {expected}, got {found}")]
    Kind {
        /// Which value, from 0.
        at: usize,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A number does not fit.
    #[error("{found} does not fit {expected}")]
    Range {
        /// Which value, from 0.
        at: usize,
        /// What it should be.
        expected: &'static str,
        /// The number.
        found: String,
    },
    /// Nested lists are not of the stated shape.
    #[error(
        "its nested data is not of shape {shape:?}: a list at depth {depth} has {found} entries"
    )]
    Ragged {
        /// The shape.
        shape: Vec<usize>,
        /// How deep the list is, from 1.
        depth: usize,
        /// How many entries it has.
        found: usize,
    },
    /// Lists are nested in another way.
    #[error("its data is nested {found} deep, expected {}", depths(*expected))]
    Depth {
        /// How deep.
        found: usize,
        /// How deep it may be.
        expected: usize,
    },
    /// The reader of JSON does not take it.
    #[error("{0}")]
    Json(String),
}

fn depths(expected: usize) -> String {
    if expected < 2 { "1".to_owned() } else { format!("1 or {expected}") }
}

impl Fault {
    /// Returns which value it is about, from 0.
    pub(crate) fn at(&self) -> Option<usize> {
        match self {
            Self::Kind { at, .. } | Self::Range { at, .. } => Some(*at),
            Self::Ragged { .. } | Self::Depth { .. } | Self::Json(_) => None,
        }
    }
}

/// Reads `data`, flat or nested as `shape` says, as elements.
///
/// How many there are is for the caller to compare.
pub(crate) fn read<T: Element>(
    data: &RawValue,
    shape: &[usize],
    declared: Option<Datatype>,
) -> Result<Vec<T>, Fault> {
    let data = data.get();
    let stated = shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size));
    // A shape is only a claim: of two bytes, there is one value at most.
    let room = stated.unwrap_or(usize::MAX).min(data.len() / 2 + 1);
    let mut sink = Sink::with_room(room, declared);
    let mut reader = serde_json::Deserializer::from_str(data);
    let seed = Nested { sink: &mut sink, shape, depth: 0 };
    match seed.deserialize(&mut reader) {
        Ok(_) => Ok(sink.elements),
        Err(error) => Err(sink.fault.unwrap_or_else(|| Fault::Json(error.to_string()))),
    }
}

/// Collects elements, and keeps what is wrong: errors of the reader are only text.
pub(crate) struct Sink<T> {
    pub(crate) elements: Vec<T>,
    pub(crate) fault: Option<Fault>,
    declared: Option<Datatype>,
    bounds: Option<(i128, i128)>,
}

impl<T: Element> Sink<T> {
    /// Makes one that takes values of a declared datatype, or of any.
    pub(crate) fn with_room(room: usize, declared: Option<Datatype>) -> Self {
        let bounds = declared.and_then(Datatype::bounds);
        Self { elements: Vec::with_capacity(room), fault: None, declared, bounds }
    }

    fn expected(&self) -> &'static str {
        match self.declared {
            Some(Datatype::Bytes) => "text",
            Some(Datatype::Bool) => "true or false",
            Some(_) => "a number",
            None => match T::TYPE {
                plimsoll_predict::ElementType::String => "text",
                plimsoll_predict::ElementType::Bool => "true or false",
                _ => "a number",
            },
        }
    }

    /// Reads the spelling of a value.
    pub(crate) fn parse(&mut self, spelling: &str) -> Result<(), Fault> {
        if let Some(element) = T::parse(spelling) {
            self.elements.push(element);
            return Ok(());
        }
        let found = format!("`{}`", spelling.chars().take(40).collect::<String>());
        Err(Fault::Kind { at: self.elements.len(), expected: self.expected(), found })
    }

    fn push<E: Error>(&mut self, element: Option<T>, found: impl Fn() -> String) -> Result<(), E> {
        if let Some(element) = element {
            self.elements.push(element);
            return Ok(());
        }
        let at = self.elements.len();
        let expected = self.narrower().as_str();
        self.refuse(Fault::Range { at, expected, found: found() })
    }

    /// Returns the datatype that holds less: the declared one or the model's.
    fn narrower(&self) -> Datatype {
        let model = Datatype::of(T::TYPE);
        match (self.bounds, model.bounds()) {
            (Some(declared), Some(bounds)) if bounds.1 < declared.1 => model,
            (None, Some(_)) => model,
            _ => self.declared.unwrap_or(model),
        }
    }

    /// Takes over a whole number.
    fn whole<E: Error>(&mut self, value: i128) -> Result<(), E> {
        let inside = self.bounds.is_none_or(|(least, most)| (least..=most).contains(&value));
        let element = match i64::try_from(value) {
            Ok(value) if inside => T::of_i64(value),
            #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits only floats are left")]
            Err(_) if inside => T::of_f64(value as f64),
            _ => None,
        };
        match T::TYPE {
            plimsoll_predict::ElementType::String => self.other(&value.to_string()),
            _ => self.push(element, || value.to_string()),
        }
    }

    fn other<E: Error>(&mut self, found: &str) -> Result<(), E> {
        let shown: String = found.chars().take(40).collect();
        let fault =
            Fault::Kind { at: self.elements.len(), expected: self.expected(), found: shown };
        self.refuse(fault)
    }

    fn refuse<E: Error>(&mut self, fault: Fault) -> Result<(), E> {
        self.fault = Some(fault);
        Err(E::custom("the data does not fit"))
    }
}

/// Reads one value into a sink.
pub(crate) struct One<'s, T>(pub(crate) &'s mut Sink<T>);

impl<'de, T: Element> DeserializeSeed<'de> for One<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de, T: Element> Visitor<'de> for One<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expected())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if T::TYPE == plimsoll_predict::ElementType::String {
            return self.0.other(&format!("{value:?}"));
        }
        let inside = self.0.bounds.is_none() || value.fract() == 0.0;
        let element = T::of_f64(value).filter(|_| inside);
        self.0.push(element, || format!("{value:?}"))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.whole(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.whole(value.into())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let taken = matches!(self.0.declared, None | Some(Datatype::Bool));
        match T::of_bool(value).filter(|_| taken) {
            Some(element) => self.0.push(Some(element), String::new),
            None => self.0.other(if value { "true" } else { "false" }),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match T::of_text(text) {
            Some(element) => self.0.push(Some(element), String::new),
            None => self.0.other(&format!("\"{text}\"")),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.other("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.0.other("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.0.other("an object")
    }
}

/// Reads a list, whose entries are lists or values, into a sink; tells whether entries are lists.
struct Nested<'s, T> {
    sink: &'s mut Sink<T>,
    shape: &'s [usize],
    depth: usize,
}

impl<'de, T: Element> DeserializeSeed<'de> for Nested<'_, T> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<T: Element> Nested<'_, T> {
    /// A value that is no list: fine inside of the innermost list, or of a flat one.
    fn value<E: Error>(self, put: impl FnOnce(One<'_, T>) -> Result<(), E>) -> Result<bool, E> {
        if self.depth == 0 {
            let (expected, found) = ("a list of values", "one value".to_owned());
            self.sink.refuse(Fault::Kind { at: 0, expected, found })?;
        }
        if self.depth != 1 && self.depth != self.shape.len() {
            let fault = Fault::Depth { found: self.depth, expected: self.shape.len().max(1) };
            self.sink.refuse(fault)?;
        }
        put(One(self.sink)).map(|()| false)
    }
}

impl<'de, T: Element> Visitor<'de> for Nested<'_, T> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<bool, E> {
        self.value(|one| one.visit_f64(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<bool, E> {
        self.value(|one| one.visit_i64(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
        self.value(|one| one.visit_u64(value))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        self.value(|one| one.visit_bool(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        self.value(|one| one.visit_str(text))
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        self.value(|one| one.visit_unit())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<bool, A::Error> {
        self.value(|one| one.other_than_list("an object"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        if self.depth > 0 && self.depth >= self.shape.len() {
            let found = self.depth + 1;
            self.sink.refuse(Fault::Depth { found, expected: self.shape.len().max(1) })?;
        }
        let (mut entries, mut nested) = (0, false);
        while let Some(is_list) = list.next_element_seed(Nested {
            sink: &mut *self.sink,
            shape: self.shape,
            depth: self.depth + 1,
        })? {
            nested |= is_list;
            entries += 1;
        }
        // A flat list may be as long as all values; the caller counts those.
        let fits = self.shape.get(self.depth) == Some(&entries);
        if (nested || self.depth > 0) && !fits {
            let (shape, depth) = (self.shape.to_vec(), self.depth + 1);
            self.sink.refuse(Fault::Ragged { shape, depth, found: entries })?;
        }
        Ok(true)
    }
}

impl<T: Element> One<'_, T> {
    fn other_than_list<E: Error>(self, found: &str) -> Result<(), E> {
        self.0.other(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of<T: Element>(json: &str, shape: &[usize], declared: &str) -> Result<Vec<T>, String> {
        let raw: &RawValue = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let declared = Some(declared.parse().unwrap());
        read(raw, shape, declared).map_err(|fault| fault.to_string())
    }

    #[test]
    fn flat_and_nested_data_are_the_same() {
        let flat = read_of::<f32>("[1, 2.5, -3, 4]", &[2, 2], "FP32").unwrap();
        let nested = read_of::<f32>("[[1, 2.5], [-3, 4]]", &[2, 2], "FP32").unwrap();
        assert_eq!(flat, [1.0, 2.5, -3.0, 4.0]);
        assert_eq!(flat, nested);
        assert_eq!(read_of::<i64>("[[7], [8]]", &[2, 1], "INT64").unwrap(), [7, 8]);
        assert_eq!(read_of::<bool>("[true, 0]", &[2], "BOOL").unwrap(), [true, false]);
        assert_eq!(read_of::<String>(r#"["a", "\u00e4"]"#, &[2], "BYTES").unwrap(), ["a", "ä"]);
    }

    #[test]
    fn says_what_does_not_fit() {
        let refused =
            |json, shape: &[usize], declared| read_of::<f32>(json, shape, declared).unwrap_err();
        insta::assert_snapshot!([
            refused("[1, null]", &[2], "FP32"),
            refused("[1, \"2\"]", &[2], "FP32"),
            refused("[true]", &[1], "FP32"),
            refused("[{}]", &[1], "FP32"),
            refused("7", &[1], "FP32"),
            refused("[1e39]", &[1], "FP32"),
            refused("[300]", &[1], "INT8"),
            refused("[1.5]", &[1], "INT64"),
            refused("[[1, 2], [3]]", &[2, 2], "FP32"),
            refused("[[1, 2], [3, 4]]", &[4], "FP32"),
            refused("[[[1]]]", &[1, 1], "FP32"),
            refused("[NaN]", &[1], "FP32"),
            read_of::<i64>("[18446744073709551615]", &[1], "UINT64").unwrap_err(),
            read_of::<String>("[1]", &[1], "BYTES").unwrap_err(),
        ].join("\n"), @r#"
        expected a number, got null
        expected a number, got "2"
        expected a number, got true
        expected a number, got an object
        expected a list of values, got one value
        1e39 does not fit FP32
        300 does not fit INT8
        1.5 does not fit INT64
        its nested data is not of shape [2, 2]: a list at depth 2 has 1 entries
        its data is nested 2 deep, expected 1
        its data is nested 3 deep, expected 1 or 2
        expected value at line 1 column 2
        18446744073709551615 does not fit INT64
        expected text, got 1
        "#);
    }
}
