//! The part of JSON Schema (draft 2020-12) that the formats are described with.
//!
//! One committed file per format is the truth for checking, for editors and for the reference
//! pages. A keyword that is not in [`Schema`] does not load, so none is ignored.

mod choice;
pub(crate) mod format;
mod validate;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::Mistakes;
use crate::node::{self, Node};
use crate::source::{Place, Report, Source};

pub use format::{duration, quantity};
use validate::{validate, validate_within};

/// The schema of `plimsoll.yaml`, as it is committed.
pub const PROJECT: &str = include_str!("../../../docs/src/reference/plimsoll.schema.json");

/// The schema of data schemas, as it is committed.
pub const TABLE: &str = include_str!("../../../docs/src/reference/table.schema.json");

/// The schema of limits of data checks, as it is committed.
pub const CHECKS: &str = include_str!("../../../docs/src/reference/checks.schema.json");

/// The schema of trust files, as it is committed.
pub const TRUST: &str = include_str!("../../../docs/src/reference/trust.schema.json");

/// What a value must be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Schema {
    #[serde(rename = "$schema")]
    pub(crate) dialect: Option<String>,
    #[serde(rename = "$id")]
    pub(crate) id: Option<String>,
    #[serde(rename = "$defs")]
    pub(crate) definitions: Ordered,
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) types: Types,
    #[serde(rename = "const")]
    pub(crate) constant: Option<Value>,
    #[serde(rename = "enum")]
    pub(crate) variants: Vec<String>,
    pub(crate) format: Option<String>,
    /// For editors; `format` says the same with a better message.
    pub(crate) pattern: Option<String>,
    pub(crate) min_length: Option<usize>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) items: Option<Box<Schema>>,
    pub(crate) min_items: Option<usize>,
    pub(crate) unique_items: bool,
    pub(crate) properties: Ordered,
    pub(crate) required: Vec<String>,
    pub(crate) additional_properties: Additional,
    pub(crate) property_names: Option<Box<Schema>>,
    pub(crate) min_properties: Option<usize>,
    pub(crate) max_properties: Option<usize>,
    pub(crate) one_of: Vec<Schema>,
    pub(crate) any_of: Vec<Schema>,
    /// Keys of later versions, so that they are named as such.
    #[serde(rename = "x-later")]
    pub(crate) later: Vec<String>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// It is no JSON, or uses a keyword that is not understood.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Checks the bytes of a YAML or JSON document that messages call `path`.
    ///
    /// # Errors
    /// Every mistake, each with its place.
    pub fn check(&self, path: &str, bytes: &[u8]) -> Result<(), Mistakes> {
        let source = Source::new(path, bytes)?;
        let mut report = Report::new(&source);
        match node::parse(&mut report) {
            Some(root) => validate(self, &root, &mut report),
            None if report.count() == 0 => report.say(Place::START, "the document is empty"),
            None => {}
        }
        let mistakes = report.finish();
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }

    /// Returns the definition that this one refers to, or itself.
    pub(crate) fn resolved<'s>(&'s self, root: &'s Self) -> &'s Self {
        let name = self.reference.as_deref().and_then(|name| name.strip_prefix("#/$defs/"));
        name.and_then(|name| root.definitions.get(name)).unwrap_or(self)
    }
}

/// Reads the tree of `report`'s file and holds it against a committed schema, or against one of its
/// definitions; an empty file is said to lack what is `expected`.
///
/// Nothing comes back where there is no tree, which is then reported.
pub(crate) fn tree(
    json: &str,
    definition: Option<&str>,
    expected: &str,
    report: &mut Report<'_>,
) -> Option<Node> {
    let Some(root) = node::parse(report) else {
        if report.count() == 0 {
            report.say(Place::START, format!("the file is empty (expected {expected})"));
        }
        return None;
    };
    hold(json, definition, &root, report);
    Some(root)
}

/// Holds a tree against a committed schema, or against one of its definitions.
pub(crate) fn hold(json: &str, definition: Option<&str>, root: &Node, report: &mut Report<'_>) {
    let schema = match Schema::read(json) {
        Ok(schema) => schema,
        Err(error) => return report.say(Place::START, format!("this build's own schema: {error}")),
    };
    match definition {
        None => validate(&schema, root, report),
        Some(name) => match schema.definitions.get(name) {
            Some(definition) => validate_within(&schema, definition, root, report),
            None => report.say(Place::START, format!("this build's own schema has no `{name}`")),
        },
    }
}

/// Schemas by name in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Ordered(pub(crate) Vec<(String, Schema)>);

impl Ordered {
    pub(crate) fn get(&self, name: &str) -> Option<&Schema> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, schema)| schema)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("schemas by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// What a value may be; none means any.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "OneOrMore")]
pub(crate) struct Types(pub(crate) Vec<Type>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Type),
    More(Vec<Type>),
}

impl From<OneOrMore> for Types {
    fn from(types: OneOrMore) -> Self {
        match types {
            OneOrMore::One(one) => Self(vec![one]),
            OneOrMore::More(more) => Self(more),
        }
    }
}

/// A type of JSON. No format that people write accepts `null`; documents that are printed have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    Object,
    Array,
    String,
    Number,
    Integer,
    Boolean,
    Null,
}

/// What keys may stand beside the named ones.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    Accepted(bool),
    Schema(Box<Schema>),
}

impl Default for Additional {
    fn default() -> Self {
        Self::Accepted(true)
    }
}

#[cfg(test)]
mod tests;
