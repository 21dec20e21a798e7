//! Core ML: a model as a protocol buffer, with the weights of programs in a file beside it.
//!
//! What the messages of the format may hold is in a table (`tables/coreml-messages.txt`). A model runs nothing
//! itself; classes of the app that loads it, other models, and files that lie elsewhere are what is looked for,
//! and fields that no reader knows.

mod messages;
pub(crate) mod weights;

use std::collections::BTreeSet;

use self::messages::{Kind, TABLE};
use super::content::Content;
use super::look::{Look, printable};
use super::place::way_out;
use super::protobuf::{self, Span, Value};
use super::report::{Finding, Verdict};
use super::text;
use super::window::{Unread, Window};

/// The message that a file is.
const MODEL: &str = "Model";

/// The first of the fields of which one says what kind of model it is.
const FIRST_KIND: u32 = 200;

/// The largest version of the format that is told apart from other protocol buffers.
const LATEST: u64 = 64;

/// How deep messages may lie in one another; the usual readers stop at 100.
const DEEPEST: usize = 100;

/// The longest text that is looked at.
const LONGEST_TEXT: usize = 1 << 20;

/// How many fields that are not known are told, each once.
const MOST_UNKNOWN: usize = 100;

/// What stands for the folder of the model in names of files.
const FOLDER: &str = "@model_path/";

/// Messages that make whoever loads the model run or read something else.
const LEADING: [(&str, &str, &str); 4] = [
    ("CustomModel", "model.custom-operator", "is a class of the program that loads the model"),
    (
        "CustomLayerParams",
        "model.custom-operator",
        "is a class of the program that loads the model",
    ),
    ("LinkedModel", "model.external-data", "is another model, which is read from elsewhere"),
    ("SerializedModel", "model.unreadable", "is a model in a form that is not read"),
];

/// Tells whether a content is a model: its fields at the top are those of one.
pub(crate) fn is(content: &Content) -> bool {
    const MOST_FIELDS: usize = 64;
    let mut window = Window::new(content);
    let mut rest = Span { start: 0, end: content.length() };
    let (mut has_version, mut has_description, mut has_kind) = (false, false, false);
    for _ in 0..MOST_FIELDS {
        let Ok(Some(field)) = protobuf::next(&mut window, &mut rest) else { break };
        match (field.number, field.value) {
            (1, Value::Varint(version)) if version <= LATEST => has_version = true,
            (2, Value::Bytes(_)) => has_description = true,
            (10, Value::Varint(_)) => {}
            (number, Value::Bytes(_)) if TABLE.kind(MODEL, number).is_some() => {
                has_kind |= number >= FIRST_KIND;
            }
            _ => return false,
        }
    }
    has_version && has_description && has_kind
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("coreml");
    let mut reader = Reader { window: Window::new(content), unknown: BTreeSet::new() };
    let whole = Span { start: 0, end: content.length() };
    if let Err(error) = reader.message(MODEL, whole, 0, look) {
        error.tell("a model of Core ML", look);
    }
}

struct Reader {
    window: Window,
    /// Fields that were told.
    unknown: BTreeSet<(&'static str, u32)>,
}

impl Reader {
    fn message(
        &mut self,
        message: &'static str,
        span: Span,
        depth: usize,
        look: &mut Look,
    ) -> Result<(), Unread> {
        if depth > DEEPEST {
            return Err(Unread::broken(
                format!("messages lie more than {DEEPEST} deep"),
                span.start,
            ));
        }
        if let Some((_, code, why)) = LEADING.iter().find(|(known, ..)| *known == message) {
            let message = format!("`{message}` {why}");
            look.found(Finding::new(code, Verdict::Unknown, message).at(span.start));
        }
        let mut rest = span;
        while let Some(field) = protobuf::next(&mut self.window, &mut rest)? {
            look.steps(1)?;
            let Some(kind) = TABLE.kind(message, field.number) else {
                self.not_known(message, field.number, rest.start, look);
                continue;
            };
            match (kind, field.value) {
                (Kind::Message(inner), Value::Bytes(span)) => {
                    self.message(inner, span, depth + 1, look)?;
                }
                (Kind::Text, Value::Bytes(span)) => {
                    let text = self.window.text(span.start, span.length(), LONGEST_TEXT)?;
                    judge(message, field.number, &text, span.start, look);
                }
                (Kind::Bytes | Kind::Number | Kind::Numbers4 | Kind::Numbers8, Value::Bytes(_))
                | (Kind::Number, Value::Varint(_) | Value::Fixed32 | Value::Fixed64)
                | (Kind::Numbers4, Value::Fixed32)
                | (Kind::Numbers8, Value::Fixed64) => {}
                _ => {
                    let what = format!("field {} of `{message}` is of another kind", field.number);
                    return Err(Unread::broken(what, rest.start));
                }
            }
        }
        Ok(())
    }

    fn not_known(&mut self, message: &'static str, number: u32, at: u64, look: &mut Look) {
        if self.unknown.len() < MOST_UNKNOWN && self.unknown.insert((message, number)) {
            let message = format!("`{message}` has a field {number}, which no reader knows");
            look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
        }
    }
}

/// Judges a text of a message.
fn judge(message: &str, number: u32, text: &str, at: u64, look: &mut Look) {
    let shown = printable(text);
    let finding = match (message, number) {
        ("MILSpec.Operation", 1) if !TABLE.is_operator(text) => {
            let message = format!("the operator `{shown}` is not known");
            Some(Finding::new("model.custom-operator", Verdict::Unknown, message).of(shown))
        }
        ("MILSpec.Value.BlobFileValue", 1) => {
            let why = match text.strip_prefix(FOLDER) {
                Some(name) => way_out(name).map(|why| (Verdict::Unsafe, why)),
                None => way_out(text)
                    .map(|why| (Verdict::Unsafe, why))
                    .or(Some((Verdict::Unknown, "is not said to lie in the folder of the model"))),
            };
            why.map(|(verdict, why)| {
                let message = format!("weights are read from elsewhere: `{shown}` {why}");
                Finding::new("model.external-data", verdict, message)
            })
        }
        _ => text::suspicion(text).map(|why| {
            let message = format!("a text of `{message}` {why}");
            Finding::new("model.metadata", Verdict::Unknown, message)
        }),
    };
    if let Some(finding) = finding {
        look.found(finding.at(at));
    }
}

#[cfg(test)]
mod tests;
