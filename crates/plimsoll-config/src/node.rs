//! YAML as a tree that knows where everything stands, built at a bounded cost.
//!
//! Anchors, aliases, tags, merge keys and directives are refused: configuration says what it
//! means where it means it, and no file can grow when it is read.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span};

use crate::scalar;
use crate::source::{Place, Report};
use crate::syntax;

/// How deep lists and mappings may stand in each other.
pub(crate) const DEEPEST: usize = 64;

/// How many values and keys a file may have.
pub(crate) const MOST_NODES: usize = 100_000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it starts.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, from the least `i64` to the greatest `u64`.
    Integer(i128),
    /// Another number, possibly NaN or infinite.
    Float(f64),
    /// A text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the file, no key twice.
    Mapping(Vec<Entry>),
    /// Something that is not accepted anywhere, and was said to be so.
    Refused,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Returns the entry of a mapping with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// Returns the value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns the entries of a mapping; anything else has none.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items of a list; anything else has none.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a finite number.
    #[expect(clippy::cast_precision_loss, reason = "limits and bounds are floating point")]
    pub fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Integer(value) => Some(value as f64),
            Kind::Float(value) if value.is_finite() => Some(value),
            _ => None,
        }
    }
}

/// Builds the tree of `report`'s file; `None` where a mistake in it ends the reading.
pub(crate) fn parse(report: &mut Report<'_>) -> Option<Node> {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.set_emit_comments(false);
    let source = report.source;
    let mut builder = Builder { report, frames: Vec::new(), root: None, nodes: 0, documents: 0 };
    for event in Parser::new_from_str_with_options(source.text(), options) {
        match event {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => {
                syntax::report(builder.report, &error);
                return None;
            }
        }
    }
    builder.root
}

enum Frame {
    Sequence { place: Place, items: Vec<Node> },
    Mapping { place: Place, entries: Vec<Entry>, seen: BTreeMap<String, Place>, key: Key },
}

/// The key whose value comes next.
enum Key {
    None,
    Text(String, Place),
    Refused,
}

struct Builder<'r, 'a> {
    report: &'r mut Report<'a>,
    frames: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Builder<'_, '_> {
    /// Takes in an event; `None` ends the reading.
    fn take(&mut self, event: Event<'_>, span: &Span) -> Option<()> {
        let place = place(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document starts here (expected one)";
                    self.report.advise(place, message, "remove the line `---`");
                    return None;
                }
            }
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let kind = if tag.is_some() {
                    Kind::Refused
                } else if style == ScalarStyle::Plain {
                    self.plain(&text, place)
                } else {
                    Kind::String(text.into_owned())
                };
                return self.add(Node { place, kind }, style == ScalarStyle::Plain);
            }
            Event::SequenceStart(_, _, tag) => {
                self.refuse_tag(tag.is_some(), span);
                return self.open(Frame::Sequence { place, items: Vec::new() }, place);
            }
            Event::MappingStart(_, _, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let (entries, seen) = (Vec::new(), BTreeMap::new());
                let frame = Frame::Mapping { place, entries, seen, key: Key::None };
                return self.open(frame, place);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.frames.pop()? {
                    Frame::Sequence { place, items } => Node { place, kind: Kind::Sequence(items) },
                    Frame::Mapping { place, entries, .. } => {
                        Node { place, kind: Kind::Mapping(entries) }
                    }
                };
                return self.add(node, false);
            }
            Event::Anchor(..) => {
                let help = "write the value out where it is needed";
                self.report.advise(place, "anchors (`&name`) are not accepted", help);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let help = "write the value out; a text that starts with `*` needs quotes";
                self.report.advise(place, "aliases (`*name`) are not accepted", help);
                return self.add(Node { place, kind: Kind::Refused }, false);
            }
            _ => {}
        }
        Some(())
    }

    fn plain(&mut self, word: &str, place: Place) -> Kind {
        scalar::read(word).unwrap_or_else(|scalar::TooLarge| {
            let message = "the number is too large to be held exactly";
            self.report.advise(place, message, "put it in quotes if it is a text");
            Kind::Refused
        })
    }

    fn refuse_tag(&mut self, is_tagged: bool, span: &Span) {
        if is_tagged {
            let tag = span.tag_span().unwrap_or(*span);
            let help = "remove it, or quote a text that starts with `!`";
            self.report.advise(place(&tag), "tags (`!name`) are not accepted", help);
        }
    }

    fn open(&mut self, frame: Frame, place: Place) -> Option<()> {
        if self.frames.len() >= DEEPEST {
            let message = format!("lists and mappings are nested deeper than {DEEPEST} levels");
            self.report.say(place, message);
            return None;
        }
        self.frames.push(frame);
        Some(())
    }

    fn add(&mut self, mut node: Node, is_plain: bool) -> Option<()> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("the file has more than {MOST_NODES} values");
            self.report.advise(node.place, message, "keep data in files of its own");
            return None;
        }
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::Sequence { items, .. }) => items.push(node),
            Some(Frame::Mapping { entries, seen, key, .. }) => {
                match std::mem::replace(key, Key::None) {
                    Key::None => *key = read_key(self.report, node, is_plain),
                    Key::Refused => {}
                    Key::Text(key, place) => {
                        if node.kind == Kind::Null && node.place.width == 0 {
                            node.place = place;
                        }
                        if let Some(first) = seen.get(&key) {
                            let message = format!(
                                "key `{key}` is given twice (first on line {}, column {})",
                                first.line, first.column
                            );
                            self.report.advise(place, message, "keep one of the two");
                        } else {
                            seen.insert(key.clone(), place);
                            entries.push(Entry { key, place, value: node });
                        }
                    }
                }
            }
        }
        Some(())
    }
}

fn read_key(report: &mut Report<'_>, node: Node, is_plain: bool) -> Key {
    let place = node.place;
    match node.kind {
        Kind::String(text) if is_plain && text == "<<" => {
            let help = "write the keys out where they are needed";
            report.advise(place, "merge keys (`<<`) are not accepted", help);
            Key::Refused
        }
        Kind::String(text) => Key::Text(text, place),
        Kind::Refused => Key::Refused,
        Kind::Sequence(_) | Kind::Mapping(_) => {
            report.say(place, "a list or a mapping cannot be a key (expected a text)");
            Key::Refused
        }
        Kind::Null if place.width == 0 => {
            report.say(place, "a key is missing before `:`");
            Key::Refused
        }
        Kind::Null | Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) => {
            // Only here: finding a place on a long line takes as long as the line.
            let written = report.source.at(place);
            let message = format!("key `{written}` is no text");
            report.advise(place, message, format!("put it in quotes: \"{written}\""));
            Key::Refused
        }
    }
}

/// Returns where `span` starts and how much of that line it covers.
pub(crate) fn place(span: &Span) -> Place {
    let (start, end) = (span.start, span.end);
    let width = if end.line() == start.line() {
        end.col().saturating_sub(start.col())
    } else {
        usize::MAX >> 1 // to the end of the line
    };
    Place { line: start.line().max(1), column: start.col() + 1, width }
}

#[cfg(test)]
mod tests;
