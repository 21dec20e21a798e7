//! Protocol buffers, read against a description: what the description does not know is a finding.
//!
//! Long values are skipped by their length, so that weights cost nothing. Readers of protocol buffers pass
//! over fields that they do not know, which is where a second payload would hide.

use super::content::Content;
use super::look::Look;
use super::report::{Finding, Verdict};
use super::window::{Unread, Window};

/// How deep messages may lie in one another; the usual readers stop at 100.
const DEEPEST: usize = 100;

/// The longest text that is looked at.
const LONGEST_TEXT: usize = 1 << 20;

/// How much text one message may hold.
const MOST_TEXT: u64 = 8 << 20;

/// How many names of files of one message are seen.
pub(crate) const MOST_NAMES: usize = 4096;

/// The longest name of a file.
const LONGEST_FILE_NAME: u64 = 4096;

/// A message: its name and its fields.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [(u32, Kind)],
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// An integer, which the visitor sees.
    Integer,
    /// Integers that nobody asks for, packed or not.
    Integers,
    /// Numbers of 4 bytes, packed or not.
    Floats,
    /// Numbers of 8 bytes, packed or not.
    Doubles,
    /// A text that is there once, which the visitor sees.
    Text,
    /// Texts that are there often, which the visitor sees.
    Texts,
    /// Bytes that may be names of files, once or often: the visitor sees those that are short and more than a
    /// word, at most [`MOST_NAMES`] of them.
    Names,
    /// Bytes or text that nobody asks for.
    Bytes,
    /// A message that is there once, of which the visitor gets the place.
    Once(&'static Shape),
    /// Messages.
    Message(&'static Shape),
}

/// Where something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn length(self) -> u64 {
        self.end - self.start
    }
}

/// What was seen of a message.
pub(crate) struct Seen {
    /// Where it lies.
    pub(crate) span: Span,
    integers: Vec<(u32, u64)>,
    texts: Vec<(u32, String)>,
    present: Vec<(u32, Span)>,
}

impl Seen {
    /// Returns the integer of a field, 0 where it is not there.
    pub(crate) fn integer(&self, number: u32) -> u64 {
        self.integers
            .iter()
            .rev()
            .find(|(field, _)| *field == number)
            .map_or(0, |(_, value)| *value)
    }

    /// Returns the text of a field, empty where it is not there.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.iter().rev().find(|(field, _)| *field == number).map_or("", |(_, text)| text)
    }

    /// Returns all texts of a field.
    pub(crate) fn texts(&self, number: u32) -> impl Iterator<Item = &str> {
        let of_field = self.texts.iter().filter(move |(field, _)| *field == number);
        of_field.map(|(_, text)| text.as_str())
    }

    /// Returns where a field's bytes or message lie, the last of several.
    pub(crate) fn place(&self, number: u32) -> Option<Span> {
        self.present.iter().rev().find(|(field, _)| *field == number).map(|(_, span)| *span)
    }
}

/// Gets what is in a message, from the innermost ones outwards.
pub(crate) trait Visit {
    /// A message begins.
    fn enter(&mut self, _shape: &'static Shape) {}

    /// A message was read to its end.
    fn leave(&mut self, shape: &'static Shape, seen: &Seen, look: &mut Look) -> Result<(), Unread>;
}

/// One field as it is written.
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) value: Value,
}

/// A value as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Varint(u64),
    Fixed64,
    Fixed32,
    Bytes(Span),
}

/// Reads the next field of what is left of a message.
pub(crate) fn next(window: &mut Window, rest: &mut Span) -> Result<Option<Field>, Unread> {
    if rest.start >= rest.end {
        return Ok(None);
    }
    let at = rest.start;
    let tag = varint(window, rest)?;
    let number = u32::try_from(tag >> 3).unwrap_or(u32::MAX);
    if number == 0 || tag > u64::from(u32::MAX) {
        return Err(Unread::broken(format!("{} is no number of a field", tag >> 3), at));
    }
    let value = match tag & 7 {
        0 => Value::Varint(varint(window, rest)?),
        1 => take(rest, 8, at).map(|_| Value::Fixed64)?,
        5 => take(rest, 4, at).map(|_| Value::Fixed32)?,
        2 => {
            let length = varint(window, rest)?;
            Value::Bytes(take(rest, length, at)?)
        }
        wire => return Err(Unread::broken(format!("a field has the wire type {wire}"), at)),
    };
    Ok(Some(Field { number, value }))
}

/// Takes `length` bytes off what is left of a message.
fn take(rest: &mut Span, length: u64, at: u64) -> Result<Span, Unread> {
    let start = rest.start;
    let end = start.checked_add(length).filter(|end| *end <= rest.end);
    rest.start = end.ok_or_else(|| Unread::broken("a field is longer than its message", at))?;
    Ok(Span { start, end: rest.start })
}

/// Reads an integer of 7 bits a byte.
pub(crate) fn varint(window: &mut Window, rest: &mut Span) -> Result<u64, Unread> {
    let at = rest.start;
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        if rest.start >= rest.end {
            return Err(Unread::broken("a message ends in the middle of a number", at));
        }
        let byte = u64::from(window.byte(rest.start)?);
        rest.start += 1;
        if shift == 63 && byte > 1 {
            break;
        }
        value |= (byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Unread::broken("a number has more than 64 bits", at))
}

/// Reads a whole content as a message.
pub(crate) fn walk(
    content: &Content,
    shape: &'static Shape,
    visitor: &mut dyn Visit,
    look: &mut Look,
) -> Result<(), Unread> {
    let mut window = Window::new(content);
    let span = Span { start: 0, end: content.length() };
    message(&mut window, span, shape, visitor, look, 0)
}

fn message(
    window: &mut Window,
    span: Span,
    shape: &'static Shape,
    visitor: &mut dyn Visit,
    look: &mut Look,
    depth: usize,
) -> Result<(), Unread> {
    if depth > DEEPEST {
        let what = format!("messages lie more than {DEEPEST} deep in one another");
        return Err(Unread::broken(what, span.start));
    }
    visitor.enter(shape);
    let mut seen = Seen { span, integers: Vec::new(), texts: Vec::new(), present: Vec::new() };
    let mut rest = span;
    let mut text_bytes = 0;
    loop {
        look.steps(1)?;
        let field_at = rest.start;
        let Some(Field { number, value }) = next(window, &mut rest)? else { break };
        let kind = shape.fields.iter().find(|(known, _)| *known == number).map(|(_, kind)| *kind);
        match (kind, value) {
            (Some(Kind::Integer), Value::Varint(value)) => {
                let before = seen.integers.len();
                seen.integers.retain(|(field, _)| *field != number);
                note_repeated(shape, seen.integers.len() < before, field_at, look);
                seen.integers.push((number, value));
            }
            (Some(Kind::Integers), Value::Varint(_))
            | (Some(Kind::Floats), Value::Fixed32)
            | (Some(Kind::Doubles), Value::Fixed64) => {
                note_place(&mut seen, number, Span { start: field_at, end: rest.start });
            }
            (Some(Kind::Integers | Kind::Floats | Kind::Doubles), Value::Bytes(span)) => {
                note_place(&mut seen, number, span);
            }
            (Some(Kind::Text | Kind::Texts), Value::Bytes(span)) => {
                let before = seen.texts.len();
                if matches!(kind, Some(Kind::Text)) {
                    seen.texts.retain(|(field, _)| *field != number);
                    note_repeated(shape, seen.texts.len() < before, field_at, look);
                }
                text_bytes += span.length();
                if text_bytes > MOST_TEXT {
                    let what =
                        format!("a {} holds more than {MOST_TEXT} bytes of text", shape.name);
                    return Err(Unread::broken(what, field_at));
                }
                let text = window.text(span.start, span.length(), LONGEST_TEXT)?;
                seen.texts.push((number, text));
            }
            (Some(Kind::Names), Value::Bytes(span)) => {
                if span.length() <= LONGEST_FILE_NAME && seen.texts.len() < MOST_NAMES {
                    let count = usize::try_from(span.length()).unwrap_or(usize::MAX);
                    let text = String::from_utf8_lossy(window.bytes(span.start, count)?);
                    if text.contains(['/', '\\', ':', '.', '~', '$', '%']) {
                        seen.texts.push((number, text.into_owned()));
                    }
                }
            }
            (Some(Kind::Bytes), Value::Bytes(span)) => note_place(&mut seen, number, span),
            (Some(Kind::Once(inner)), Value::Bytes(span)) => {
                note_repeated(shape, seen.place(number).is_some(), field_at, look);
                note_place(&mut seen, number, span);
                message(window, span, inner, visitor, look, depth + 1)?;
            }
            (Some(Kind::Message(inner)), Value::Bytes(span)) => {
                message(window, span, inner, visitor, look, depth + 1)?;
            }
            _ => {
                let what =
                    if kind.is_some() { "of another kind than" } else { "that is not among" };
                let message = format!(
                    "a {} has a field {number} {what} those that are known: readers pass over it",
                    shape.name
                );
                let finding = Finding::new("model.hidden-bytes", Verdict::Unknown, message);
                look.found(finding.at(field_at));
            }
        }
    }
    visitor.leave(shape, &seen, look)
}

/// Keeps the last place of a field.
fn note_place(seen: &mut Seen, number: u32, span: Span) {
    match seen.present.iter_mut().find(|(field, _)| *field == number) {
        Some((_, place)) => *place = span,
        None => seen.present.push((number, span)),
    }
}

/// Readers merge what is there twice, or take the last: what was judged is not what they see.
fn note_repeated(shape: &Shape, repeated: bool, at: u64, look: &mut Look) {
    if repeated {
        let message = format!("a {} has a field twice that it may have once", shape.name);
        look.found(Finding::new("model.ambiguous", Verdict::Unknown, message).at(at));
    }
}

#[cfg(test)]
pub(crate) mod write {
    //! Writes messages for tests.

    /// Returns a field that holds an integer.
    pub(crate) fn integer(number: u32, value: u64) -> Vec<u8> {
        let mut bytes = varint(u64::from(number) << 3);
        bytes.extend(varint(value));
        bytes
    }

    /// Returns a field that holds bytes, a text or a message.
    pub(crate) fn bytes(number: u32, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        let mut bytes = varint(u64::from(number) << 3 | 2);
        bytes.extend(varint(value.len() as u64));
        bytes.extend_from_slice(value);
        bytes
    }

    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        bytes.push(u8::try_from(value).unwrap());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    static LEAF: Shape =
        Shape { name: "leaf", fields: &[(1, Kind::Text), (2, Kind::Message(&LEAF))] };

    struct Names(Vec<String>);

    impl Visit for Names {
        fn leave(&mut self, _: &'static Shape, seen: &Seen, _: &mut Look) -> Result<(), Unread> {
            self.0.push(seen.text(1).to_owned());
            Ok(())
        }
    }

    fn read(bytes: Vec<u8>) -> (Result<(), Unread>, Vec<String>, Vec<String>) {
        let (mut look, mut names) = (Look::new(Limits::default()), Names(Vec::new()));
        let read = walk(&Content::of_bytes(bytes), &LEAF, &mut names, &mut look);
        let codes = look.report("").findings.into_iter().map(|finding| finding.code).collect();
        (read, names.0, codes)
    }

    #[test]
    fn messages_are_seen_from_the_innermost_outwards() {
        let bytes = [write::bytes(2, write::bytes(1, "in")), write::bytes(1, "out")].concat();
        let (read, names, codes) = read(bytes);
        read.unwrap();
        assert_eq!((names, codes.len()), (vec!["in".to_owned(), "out".to_owned()], 0));
    }

    #[test]
    fn unknown_and_repeated_fields_are_told() {
        assert_eq!(read(write::bytes(9, "x")).2, ["model.hidden-bytes"]);
        assert_eq!(read(write::integer(1, 5)).2, ["model.hidden-bytes"]);
        let twice = [write::bytes(1, "a"), write::bytes(1, "b")].concat();
        assert_eq!(read(twice).2, ["model.ambiguous"]);
    }

    #[test]
    fn what_is_no_message_is_not_read() {
        let mut deep = Vec::new();
        for _ in 0..200 {
            deep = write::bytes(2, deep);
        }
        let long = [vec![0x08], vec![0xff; 10], vec![1]].concat();
        for bytes in [deep, long, b"\x0a\x05abc".to_vec(), b"\x0b\x0c".to_vec(), b"\x00".to_vec()] {
            assert!(read(bytes).0.is_err());
        }
    }
}
