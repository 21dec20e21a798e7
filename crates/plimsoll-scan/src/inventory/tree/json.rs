//! JSON as a tree.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::{Entries, MOST_NODES, Node, Problem, Value};

/// Builds the tree of a JSON text.
///
/// # Errors
/// It is no JSON, gives a key twice, or is nested deeper than 127 levels.
pub(crate) fn json(text: &str) -> Result<Node, Problem> {
    let (starts, nodes, maps) = (starts_of_maps(text), Cell::new(0), Cell::new(0));
    let seed = Seed { starts: &starts, nodes: &nodes, maps: &maps };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut reader).and_then(|node| reader.end().map(|()| node));
    read.map_err(|error| {
        if nodes.get() > MOST_NODES {
            return Problem::TooLarge { what: "values", limit: MOST_NODES };
        }
        let line = Some(error.line() as u64).filter(|line| *line > 0);
        Problem::Syntax { format: "JSON", line, message: without_place(&error) }
    })
}

/// Returns what an error says before "at line 3 column 7", which is said in another way.
pub(in crate::inventory) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message.get(..end).unwrap_or_default().to_owned(),
        None => message,
    }
}

/// Returns the line of every `{` outside of texts, in the order of the file.
///
/// The parser says where nothing is; it visits maps in this order, so counting them is enough.
fn starts_of_maps(text: &str) -> Vec<u64> {
    let (mut starts, mut line, mut in_text, mut is_escaped) = (Vec::new(), 1, false, false);
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => starts.push(line),
            _ => {}
        }
    }
    starts
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    starts: &'a [u64],
    nodes: &'a Cell<u64>,
    maps: &'a Cell<usize>,
}

impl Seed<'_> {
    fn node<E: Error>(self, value: Value) -> Result<Node, E> {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > MOST_NODES {
            Err(E::custom("too many values"))
        } else {
            Ok(Node { line: None, value })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.node(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.node(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.node(Value::Integer(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "nothing that is read counts that far")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.node(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        self.node(Value::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        self.node(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Node, E> {
        self.node(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        self.node(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let line = self.starts.get(self.maps.get()).copied();
        self.maps.set(self.maps.get() + 1);
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            entries.push((key, value));
        }
        let twice = |(key, _)| A::Error::custom(format!("key `{key}` is given twice"));
        let entries = Entries::of(entries).map_err(twice)?;
        Ok(Node { line, ..self.node(Value::Map(entries))? })
    }
}
