//! The form of a question.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

/// The body of a question.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct Request<'r> {
    #[serde(borrow, default)]
    pub(super) id: Option<Text<'r>>,
    #[serde(borrow, default)]
    pub(super) parameters: Option<&'r RawValue>,
    #[serde(borrow)]
    pub(super) inputs: Vec<InputTensor<'r>>,
    #[serde(borrow, default)]
    pub(super) outputs: Option<Vec<RequestedOutput<'r>>>,
}

/// One input.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct InputTensor<'r> {
    #[serde(borrow)]
    pub(super) name: Text<'r>,
    pub(super) shape: Vec<usize>,
    #[serde(borrow)]
    pub(super) datatype: Text<'r>,
    #[serde(default)]
    parameters: Option<InputParameters>,
    #[serde(borrow, default)]
    pub(super) data: Option<&'r RawValue>,
}

impl InputTensor<'_> {
    /// Returns how many of the bytes behind the JSON are its data.
    pub(super) fn binary_size(&self) -> Option<usize> {
        self.parameters.as_ref().and_then(|parameters| parameters.binary_data_size)
    }
}

/// The parameters of an input that mean something here.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
struct InputParameters {
    #[serde(default)]
    binary_data_size: Option<usize>,
}

/// One output that is wanted.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct RequestedOutput<'r> {
    #[serde(borrow)]
    pub(super) name: Text<'r>,
}

/// Text that is borrowed from the body where it has no escapes.
#[derive(Debug)]
pub(super) struct Text<'r>(pub(super) Cow<'r, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'r, 'r> Deserialize<'de> for Text<'r> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}
