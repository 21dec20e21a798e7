//! Which fields a schema names, and which of them a document has.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Returns the name that a schema refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    let to = schema.get("$ref")?.as_str()?;
    Some(to.strip_prefix("#/$defs/").unwrap_or(to))
}

/// Calls `visit` with every object of `value`.
pub(super) fn objects<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|value| objects(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| objects(value, visit)),
        _ => {}
    }
}

/// Returns every field that a schema names, as `definition.field` or `definition/form.field`;
/// `document` names the whole.
pub(super) fn named(schema: &Value, document: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    name(schema, document, &mut found);
    for (definition, schema) in schema["$defs"].as_object().into_iter().flatten() {
        name(schema, definition, &mut found);
    }
    found
}

fn name(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}.{field}");
        name(schema, &at, found);
        found.insert(at);
    }
    for (index, branch) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
        name(branch, &format!("{at}/{}", label(branch, index)), found);
    }
    for inner in ["items", "additionalProperties"] {
        schema.get(inner).into_iter().for_each(|schema| name(schema, at, found));
    }
}

/// Adds the fields that `document` has to `found`, with the names of [`named`].
pub(super) fn had(root: &Value, document: &Value, found: &mut BTreeSet<String>) {
    let name = document["schema"].as_str().unwrap();
    Walk { root, found }.at(root, name, document);
}

struct Walk<'w> {
    root: &'w Value,
    found: &'w mut BTreeSet<String>,
}

impl<'w> Walk<'w> {
    fn resolved(&self, schema: &'w Value, at: &str) -> (&'w Value, String) {
        match referred(schema) {
            Some(name) => (&self.root["$defs"][name], name.to_owned()),
            None => (schema, at.to_owned()),
        }
    }

    fn at(&mut self, schema: &'w Value, at: &str, value: &Value) {
        let (schema, at) = self.resolved(schema, at);
        for (index, branch) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
            let (branch, at) = self.resolved(branch, &format!("{at}/{}", label(branch, index)));
            if fits(branch, value) {
                self.at(branch, &at, value);
            }
        }
        for (field, value) in value.as_object().into_iter().flatten() {
            if let Some(schema) = schema["properties"].get(field) {
                let at = format!("{at}.{field}");
                self.at(schema, &at, value);
                self.found.insert(at);
            } else if let Some(schema) = schema.get("additionalProperties") {
                self.at(schema, &at, value);
            }
        }
        for (schema, item) in schema
            .get("items")
            .into_iter()
            .flat_map(|of| value.as_array().into_iter().flatten().map(move |item| (of, item)))
        {
            self.at(schema, &at, item);
        }
    }
}

/// Returns the word that tells a branch from others, or its place.
fn label(branch: &Value, index: usize) -> String {
    let mut fields = branch["properties"].as_object().into_iter().flatten();
    let word = fields.find_map(|(_, schema)| schema["const"].as_str());
    word.map_or_else(|| index.to_string(), str::to_owned)
}

/// Tells whether `value`, which is valid, is of the form of this branch.
fn fits(branch: &Value, value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return branch["properties"].is_null() };
    fields.iter().all(|(field, value)| {
        let schema = branch["properties"].get(field);
        schema.is_some_and(|schema| schema.get("const").is_none_or(|only| only == value))
    })
}
