//! ONNX: a graph of operators.
//!
//! Operators are safe by name: those of the standard and those that ONNX Runtime ships. Weights may lie in
//! other files, whose names are the way out of the folder (CVE-2022-25882, CVE-2024-27318, CVE-2024-5187).
//! Weights that lie inside are never read.

mod graph;
mod location;
mod message;
mod operators;

use super::content::Content;
use super::look::Look;
use super::protobuf::{self, Span, Value};
use super::window::Window;

/// Tells whether a content is a model of ONNX: its fields at the top are those of one, and it has a graph.
pub(crate) fn is(content: &Content) -> bool {
    const MOST_FIELDS: usize = 10_000;
    let mut window = Window::new(content);
    let mut rest = Span { start: 0, end: content.length() };
    let (mut has_graph, mut has_version) = (false, false);
    for _ in 0..MOST_FIELDS {
        let before = rest;
        let Ok(Some(field)) = protobuf::next(&mut window, &mut rest) else {
            rest = before;
            break;
        };
        match (field.number, field.value) {
            (1 | 5, Value::Varint(_)) | (8, Value::Bytes(_)) => has_version = true,
            (7, Value::Bytes(_)) => has_graph = true,
            (2 | 3 | 4 | 6 | 14 | 20 | 25 | 26, Value::Bytes(_)) => {}
            _ => return false,
        }
    }
    // One that is cut off in the middle of its graph is still one.
    let cut_off =
        rest.start < rest.end && window.byte(rest.start).is_ok_and(|tag| tag == 7 << 3 | 2);
    has_version && (has_graph || cut_off)
}

/// Looks at a model of ONNX.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("onnx");
    let mut graph = graph::Graph::default();
    if let Err(error) = protobuf::walk(content, &message::MODEL, &mut graph, look) {
        error.tell("ONNX", look);
    }
    graph.judge(look);
}

#[cfg(test)]
mod tests;
