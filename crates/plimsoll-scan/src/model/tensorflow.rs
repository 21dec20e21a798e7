//! TensorFlow: saved models, graphs and meta graphs, and what Keras keeps beside them.
//!
//! A graph runs when the model is used, and parts of it when it is loaded. Most operators compute; some read
//! and write files, call Python or speak to other machines. A model also restores its variables and fills its
//! tables from files: that is how every saved model works, so that these operators are safe as long as the name
//! of the file comes from who calls them or stays inside of the model's folder.

pub(crate) mod checkpoint;
mod files;
mod graph;
mod message;
pub(crate) mod operators;

use super::content::Content;
use super::keras;
use super::look::Look;
use super::protobuf::{self, Seen, Shape, Span, Value, Visit};
use super::window::{Unread, Window};

/// What a content of TensorFlow's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `saved_model.pb`.
    SavedModel,
    /// `*.meta`.
    MetaGraph,
    /// A frozen graph, `*.pb`.
    Graph,
    /// `keras_metadata.pb`.
    KerasMetadata,
    /// `fingerprint.pb`.
    Fingerprint,
}

/// Tells what a content is, by its fields. They have no other mark, and TensorFlow passes over those that it
/// does not know, so that what it knows decides, wherever it is.
pub(crate) fn kind(content: &Content) -> Option<Kind> {
    let mut window = Window::new(content);
    let whole = Span { start: 0, end: content.length() };
    let fields = fields(&mut window, whole);
    if fields.is_empty() {
        return None;
    }
    let has_number = |wanted: u32| {
        fields.iter().any(|(number, value)| *number == wanted && matches!(value, Value::Varint(_)))
    };
    let inner = |wanted: u32| {
        let of_number = fields.iter().filter(move |(number, _)| *number == wanted);
        of_number.filter_map(|(_, value)| match value {
            Value::Bytes(span) => Some(*span),
            _ => None,
        })
    };
    if inner(2).any(|span| is_meta_graph(&mut window, span)) {
        Some(Kind::SavedModel)
    } else if is_graph(&mut window, whole) {
        Some(Kind::Graph)
    } else if inner(1).any(|span| is_keras_node(&mut window, span)) {
        Some(Kind::KerasMetadata)
    } else if is_meta_graph(&mut window, whole) {
        Some(Kind::MetaGraph)
    } else {
        let is_short = content.length() < 1024;
        (is_short && (1..=4).all(has_number)).then_some(Kind::Fingerprint)
    }
}

/// Returns the first fields of a message. What is cut off, or is no message from there on, is not seen.
fn fields(window: &mut Window, span: Span) -> Vec<(u32, Value)> {
    const MOST: usize = 1000;
    let mut rest = span;
    let mut fields = Vec::new();
    while fields.len() < MOST {
        let Ok(Some(field)) = protobuf::next(window, &mut rest) else { break };
        fields.push((field.number, field.value));
    }
    fields
}

fn place(fields: &[(u32, Value)], wanted: u32) -> Option<Span> {
    fields.iter().find_map(|(number, value)| match value {
        Value::Bytes(span) if *number == wanted => Some(*span),
        _ => None,
    })
}

fn is_meta_graph(window: &mut Window, span: Span) -> bool {
    let fields = fields(window, span);
    place(&fields, 2).is_some_and(|graph| is_graph(window, graph))
}

/// Tells whether a message is a graph: it has a node, or functions and nothing else.
fn is_graph(window: &mut Window, span: Span) -> bool {
    let fields = fields(window, span);
    let nodes = fields.iter().filter_map(|(number, value)| match value {
        Value::Bytes(span) if *number == 1 => Some(*span),
        _ => None,
    });
    let has_node = nodes.take(10).any(|span| is_node(window, span));
    let library = place(&fields, 2).filter(|_| fields.iter().all(|(number, _)| *number <= 5));
    let function = library.and_then(|span| place(&self::fields(window, span), 1));
    has_node || function.is_some_and(|span| place(&self::fields(window, span), 3).is_some())
}

/// Tells whether a message is a node: its name, and an operator whose name is a word.
fn is_node(window: &mut Window, span: Span) -> bool {
    let fields = fields(window, span);
    let mut word = |number: u32| {
        let text = place(&fields, number)
            .and_then(|span| window.text(span.start, span.length(), 1000).ok());
        text.is_some_and(|text| {
            text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_>./-:".contains(letter))
                && text.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
        })
    };
    word(1) && word(2)
}

fn is_keras_node(window: &mut Window, span: Span) -> bool {
    let fields = fields(window, span);
    let identifier = place(&fields, 4);
    let text = identifier.and_then(|span| window.text(span.start, span.length(), 200).ok());
    text.is_some_and(|text| text.starts_with("_tf_keras_"))
}

/// Looks at a content of that kind.
pub(crate) fn look(content: &Content, kind: Kind, look: &mut Look) {
    let (name, shape) = match kind {
        Kind::SavedModel => ("tensorflow-saved-model", &message::SAVED_MODEL),
        Kind::MetaGraph => ("tensorflow-meta-graph", &message::META_GRAPH),
        Kind::Graph => ("tensorflow-graph", &message::GRAPH),
        Kind::KerasMetadata => ("keras-metadata", &message::KERAS_METADATA),
        Kind::Fingerprint => ("tensorflow-fingerprint", &message::FINGERPRINT),
    };
    look.read_as(name);
    let mut graph = graph::Graph::default();
    let read = match kind {
        Kind::KerasMetadata => protobuf::walk(content, shape, &mut KerasNodes, look),
        _ => protobuf::walk(content, shape, &mut graph, look),
    };
    if let Err(error) = read {
        error.tell(name, look);
    }
    graph.judge_graphs(look);
}

/// The objects of `keras_metadata.pb`, each a configuration in JSON.
struct KerasNodes;

impl Visit for KerasNodes {
    fn leave(&mut self, shape: &'static Shape, seen: &Seen, look: &mut Look) -> Result<(), Unread> {
        if std::ptr::eq(shape, &raw const message::KERAS_NODE) && !seen.text(5).trim().is_empty() {
            keras::look_at_text(seen.text(5), look);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
