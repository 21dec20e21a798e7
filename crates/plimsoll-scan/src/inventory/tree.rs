//! JSON, TOML and YAML as one tree that knows its lines, built at a bounded cost.
//!
//! A key that is given twice, a second document, anchors, aliases and tags are mistakes: what a
//! file says would depend on who reads it.

mod json;
mod toml;
mod yaml;

use super::error::Problem;

pub(crate) use self::json::json;
pub(super) use self::json::without_place;
pub(crate) use self::toml::toml;
pub(crate) use self::yaml::yaml;
pub(super) use self::yaml::yaml_documents;

/// How deep lists and maps may stand in each other.
const DEEPEST: usize = 100;

/// How many values a file may have.
pub(super) const MOST_NODES: u64 = 2_000_000;

/// A value and the line it starts on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The line, from 1; of JSON only that of maps is known.
    pub(crate) line: Option<u64>,
    /// What it is.
    pub(crate) value: Value,
}

/// What a value is. A plain word of YAML that is neither null nor a truth value is a text, as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Entries),
}

/// The entries of a map, by key. A file has many small ones, and a `BTreeMap` keeps room for eleven in each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entries(Vec<(String, Node)>);

impl Entries {
    /// Puts entries in order.
    ///
    /// # Errors
    /// A key is given twice; it is returned, with the line of the second.
    fn of(mut entries: Vec<(String, Node)>) -> Result<Self, (String, Option<u64>)> {
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let twice = entries.windows(2).find_map(|pair| match pair {
            [a, b] if a.0 == b.0 => Some((b.0.clone(), b.1.line)),
            _ => None,
        });
        entries.shrink_to_fit();
        twice.map_or(Ok(Self(entries)), Err)
    }

    fn get(&self, key: &str) -> Option<&Node> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()?;
        self.0.get(at).map(|(_, node)| node)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(key, node)| (key.as_str(), node))
    }
}

impl Node {
    /// Returns the value of a map's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.get(key),
            _ => None,
        }
    }

    /// Returns the text of a map's key, where it is one and is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    /// Returns the text of a map's key.
    ///
    /// # Errors
    /// It is absent, empty or no text.
    pub(super) fn required(&self, key: &str) -> Result<&str, Problem> {
        self.text(key).ok_or_else(|| {
            Problem::form(self.line, format!("`{key}` is missing, empty or no text"))
        })
    }

    /// Returns the keys of a map; anything else has none.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        };
        entries.into_iter().flat_map(Entries::iter).map(|(key, _)| key)
    }

    /// Returns the items of a list; anything else has none.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns a text that is not empty.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Tells whether a map's key holds `true`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| node.value == Value::Bool(true))
    }

    /// Returns a text or number as text: versions of formats are written as either.
    pub(super) fn as_version(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(format!("{number:?}")),
            _ => None,
        }
    }

    /// Returns the items of the list at `key`; none where it is absent or null.
    ///
    /// # Errors
    /// It is something else than a list.
    pub(crate) fn list(&self, key: &str) -> Result<&[Node], Problem> {
        match self.get(key).map(|node| (&node.value, node.line)) {
            None | Some((Value::Null, _)) => Ok(&[]),
            Some((Value::List(items), _)) => Ok(items),
            Some((_, line)) => {
                Err(Problem::form(line.or(self.line), format!("`{key}` is no list")))
            }
        }
    }

    /// Returns the entries of the map at `key`; none where it is absent or null.
    ///
    /// # Errors
    /// It is something else than a map.
    pub(super) fn map(&self, key: &str) -> Result<impl Iterator<Item = (&str, &Node)>, Problem> {
        let entries = match self.get(key).map(|node| (&node.value, node.line)) {
            None | Some((Value::Null, _)) => None,
            Some((Value::Map(entries), _)) => Some(entries),
            Some((_, line)) => {
                return Err(Problem::form(line.or(self.line), format!("`{key}` is no map")));
            }
        };
        Ok(entries.into_iter().flat_map(Entries::iter))
    }
}

fn twice((key, line): (String, Option<u64>)) -> Problem {
    Problem::form(line, format!("key `{key}` is given twice"))
}

/// Counts values, and ends the reading where there are too many.
fn count(nodes: &mut u64) -> Result<(), Problem> {
    *nodes += 1;
    if *nodes > MOST_NODES {
        return Err(Problem::TooLarge { what: "values", limit: MOST_NODES });
    }
    Ok(())
}

/// The number of the line at a byte of a text, asked for in any order.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect(),
        )
    }

    fn at(&self, byte: usize) -> u64 {
        self.0.partition_point(|&end| end < byte) as u64 + 1
    }
}

#[cfg(test)]
mod tests;
