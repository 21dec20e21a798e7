//! YAML as a tree.

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle};

use super::{DEEPEST, Entries, Node, Problem, Value, count, twice};

/// How many documents a file may hold: `pnpm` writes two.
const MOST_DOCUMENTS: usize = 16;

/// Builds the tree of the only document of a YAML text.
///
/// # Errors
/// It is no YAML, holds another document, or uses anchors, aliases or tags.
pub(crate) fn yaml(text: &str) -> Result<Node, Problem> {
    let mut documents = yaml_documents(text)?;
    match (documents.pop(), documents.len()) {
        (Some(document), 0) => Ok(document),
        (None, _) => Err(Problem::form(None, "it is empty")),
        (Some(document), others) => {
            let message = format!("{} documents in one file (expected one)", others + 1);
            Err(Problem::form(document.line, message))
        }
    }
}

/// Builds the tree of every document of a YAML text.
///
/// # Errors
/// It is no YAML, or uses anchors, aliases or tags.
pub(in crate::inventory) fn yaml_documents(text: &str) -> Result<Vec<Node>, Problem> {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.set_emit_comments(false);
    let mut builder = Builder { frames: Vec::new(), documents: Vec::new(), nodes: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| Problem::Syntax {
            format: "YAML",
            line: Some(error.marker().line() as u64),
            message: error.info().clone(),
        })?;
        builder.take(event, span.start.line().max(1) as u64)?;
    }
    Ok(builder.documents)
}

enum Frame {
    List { line: u64, items: Vec<Node> },
    Map { line: u64, entries: Vec<(String, Node)>, key: Option<(String, u64)> },
}

struct Builder {
    frames: Vec<Frame>,
    documents: Vec<Node>,
    nodes: u64,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u64) -> Result<(), Problem> {
        let refused =
            |what: &str| Err(Problem::form(Some(line), format!("{what} are not accepted")));
        match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => refused("tags (`!name`)"),
            Event::Anchor(..) => refused("anchors (`&name`)"),
            Event::Alias(_) | Event::UnresolvedAlias(_) => refused("aliases (`*name`)"),
            Event::Scalar(text, style, ..) => {
                let value = match &*text {
                    "" | "~" | "null" if style == ScalarStyle::Plain => Value::Null,
                    "true" if style == ScalarStyle::Plain => Value::Bool(true),
                    "false" if style == ScalarStyle::Plain => Value::Bool(false),
                    _ => Value::Text(text.into_owned()),
                };
                self.add(Node { line: Some(line), value })
            }
            Event::SequenceStart(..) => self.open(Frame::List { line, items: Vec::new() }),
            Event::MappingStart(..) => {
                self.open(Frame::Map { line, entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.frames.pop() {
                Some(Frame::List { line, items }) => {
                    self.add(Node { line: Some(line), value: Value::List(items) })
                }
                Some(Frame::Map { line, entries, .. }) => {
                    let entries = Entries::of(entries).map_err(twice)?;
                    self.add(Node { line: Some(line), value: Value::Map(entries) })
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, frame: Frame) -> Result<(), Problem> {
        if self.frames.len() >= DEEPEST {
            let (Frame::List { line, .. } | Frame::Map { line, .. }) = frame;
            let message = format!("lists and maps are nested deeper than {DEEPEST} levels");
            return Err(Problem::form(Some(line), message));
        }
        self.frames.push(frame);
        Ok(())
    }

    fn add(&mut self, node: Node) -> Result<(), Problem> {
        count(&mut self.nodes)?;
        match self.frames.last_mut() {
            None if self.documents.len() >= MOST_DOCUMENTS => {
                let limit = MOST_DOCUMENTS as u64;
                return Err(Problem::TooLarge { what: "documents in one file", limit });
            }
            None => self.documents.push(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(as_key(node)?),
                Some((key, line)) => {
                    // The line of an entry is that of its key, where a person looks for it.
                    entries.push((key, Node { line: Some(line), ..node }));
                }
            },
        }
        Ok(())
    }
}

fn as_key(node: Node) -> Result<(String, u64), Problem> {
    let line = node.line.unwrap_or(1);
    match node.value {
        Value::Text(text) if text == "<<" => {
            Err(Problem::form(node.line, "merge keys (`<<`) are not accepted"))
        }
        Value::Text(text) => Ok((text, line)),
        Value::Bool(value) => Ok((value.to_string(), line)),
        _ => Err(Problem::form(node.line, "a key is no text")),
    }
}
