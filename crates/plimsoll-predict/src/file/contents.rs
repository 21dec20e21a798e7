//! What an ONNX file says, looked up before any runtime sees it.

use super::wire::{Content, Fields, WireError};
use crate::Class;

/// As deep as protocol buffers may be nested by their own readers.
const DEEPEST: usize = 100;

/// What matters of an ONNX file before it is loaded.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Whether there is a graph at all.
    pub has_graph: bool,
    /// Where a tensor's numbers lie, if not in the file.
    pub external: Option<String>,
    /// The lists of classes that its operators name.
    pub classes: Vec<Vec<Class>>,
}

impl Contents {
    /// Goes through a whole file.
    pub(super) fn of(file: &[u8]) -> Result<Self, WireError> {
        let mut contents = Self::default();
        contents.walk(Message::Model, file, 0)?;
        Ok(contents)
    }

    /// Returns the classes, if the file names exactly one list of them.
    pub(super) fn only_classes(mut self) -> Vec<Class> {
        self.classes.dedup();
        match self.classes.as_mut_slice() {
            [only] => std::mem::take(only),
            _ => Vec::new(),
        }
    }

    fn walk(&mut self, message: Message, bytes: &[u8], depth: usize) -> Result<(), WireError> {
        if depth > DEEPEST {
            return Err(WireError::TooDeep(DEEPEST));
        }
        let mut fields = Fields(bytes);
        while let Some((number, content)) = fields.next()? {
            self.has_graph |= message == Message::Model && number == 7;
            if message == Message::Tensor {
                self.look_outside(number, content)?;
            }
            if let (Some(child), Content::Bytes(bytes)) = (message.child(number), content) {
                self.walk(child, bytes, depth + 1)?;
            }
        }
        match message {
            Message::Node => self.classes.extend(classes_of_node(bytes)?),
            Message::Graph => self.classes.extend(classes_of_initializers(bytes)?),
            _ => {}
        }
        Ok(())
    }

    /// Notes whether a field of a tensor says that its numbers lie elsewhere.
    fn look_outside(&mut self, number: u64, content: Content<'_>) -> Result<(), WireError> {
        let found = match (number, content) {
            (13, Content::Bytes(entry)) => entry_of(entry)?,
            (14, Content::Integer(place)) if place != 0 => Some((String::new(), String::new())),
            _ => None,
        };
        if let Some((key, value)) = found {
            let location = self.external.get_or_insert_default();
            if key == "location" {
                *location = value;
            }
        }
        Ok(())
    }
}

/// The messages of an ONNX file that can hold a tensor (onnx.proto3).
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    Function,
    Training,
}

impl Message {
    /// Returns what the field `number` of this message is.
    fn child(self, number: u64) -> Option<Self> {
        match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) | (Self::Training, 1 | 2) => {
                Some(Self::Graph)
            }
            (Self::Model, 20) => Some(Self::Training),
            (Self::Model, 25) => Some(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Some(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::SparseTensor, 1 | 2) => {
                Some(Self::Tensor)
            }
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Some(Self::SparseTensor),
            (Self::Node, 5) | (Self::Function, 11) => Some(Self::Attribute),
            _ => None,
        }
    }
}

/// Returns the key and value of a text entry.
fn entry_of(bytes: &[u8]) -> Result<Option<(String, String)>, WireError> {
    let (mut key, mut value) = (String::new(), String::new());
    let mut fields = Fields(bytes);
    while let Some((number, content)) = fields.next()? {
        match (number, content) {
            (1, Content::Bytes(text)) => key = String::from_utf8_lossy(text).into_owned(),
            (2, Content::Bytes(text)) => value = String::from_utf8_lossy(text).into_owned(),
            _ => {}
        }
    }
    Ok(Some((key, value)))
}

/// Returns the classes that an operator of `ai.onnx.ml` names in its attributes.
fn classes_of_node(bytes: &[u8]) -> Result<Option<Vec<Class>>, WireError> {
    const NAMES: [&[u8]; 3] = [b"classlabels_strings", b"classlabels_int64s", b"classlabels_ints"];
    let mut fields = Fields(bytes);
    while let Some((number, content)) = fields.next()? {
        let (5, Content::Bytes(attribute)) = (number, content) else { continue };
        let mut name: &[u8] = b"";
        let mut classes = Vec::new();
        let mut fields = Fields(attribute);
        while let Some((number, content)) = fields.next()? {
            match (number, content) {
                (1, Content::Bytes(text)) => name = text,
                (8, content) => integers(content, &mut classes)?,
                (9, Content::Bytes(text)) => classes.push(text_class(text)),
                _ => {}
            }
        }
        if NAMES.contains(&name) && !classes.is_empty() {
            return Ok(Some(classes));
        }
    }
    Ok(None)
}

/// Returns the classes that scikit-learn's networks keep in a tensor called `classes`.
fn classes_of_initializers(bytes: &[u8]) -> Result<Option<Vec<Class>>, WireError> {
    let mut fields = Fields(bytes);
    while let Some((number, content)) = fields.next()? {
        let (5, Content::Bytes(tensor)) = (number, content) else { continue };
        let mut is_classes = false;
        let mut classes = Vec::new();
        let mut fields = Fields(tensor);
        while let Some((number, content)) = fields.next()? {
            match (number, content) {
                (8, Content::Bytes(name)) => is_classes = name == b"classes",
                (5 | 7, content) => integers(content, &mut classes)?,
                (6, Content::Bytes(text)) => classes.push(text_class(text)),
                _ => {}
            }
        }
        if is_classes && !classes.is_empty() {
            return Ok(Some(classes));
        }
    }
    Ok(None)
}

/// Reads integers, one by itself or many packed.
fn integers(content: Content<'_>, classes: &mut Vec<Class>) -> Result<(), WireError> {
    match content {
        Content::Integer(value) => classes.push(Class::Int(value.cast_signed())),
        Content::Bytes(packed) => {
            let mut packed = Fields(packed);
            while !packed.0.is_empty() {
                classes.push(Class::Int(packed.integer()?.cast_signed()));
            }
        }
        Content::Fixed => {}
    }
    Ok(())
}

fn text_class(text: &[u8]) -> Class {
    Class::Text(String::from_utf8_lossy(text).into_owned())
}
