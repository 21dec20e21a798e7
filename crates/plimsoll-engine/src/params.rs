//! Parameters: by their dotted names, chosen for a step, and written for it to read.

mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

pub use yaml::render;

/// The longest name of a parameter, in bytes.
const LONGEST: usize = 1000;

/// A parameter cannot have this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameter `{name}` {problem}")]
pub struct FlattenError {
    /// Its name, shortened where it is very long.
    pub name: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// A step asks for a parameter that does not exist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no parameter `{name}`{}", Advice(self))]
pub struct SelectError {
    /// What was asked for.
    pub name: String,
    /// The name or prefix nearest to it, where one is near.
    pub nearest: Option<String>,
    /// The names at the top, where nothing is near.
    pub known: Vec<String>,
}

/// Returns every parameter by its dotted name: maps are taken apart, lists and empty maps are
/// values.
///
/// # Errors
/// A name has a dot in it, which would make two parameters one, or is empty or very long.
pub fn flatten(params: &Map<String, Value>) -> Result<BTreeMap<String, Value>, FlattenError> {
    let mut flat = BTreeMap::new();
    flatten_into(&mut flat, "", params)?;
    Ok(flat)
}

fn flatten_into(
    flat: &mut BTreeMap<String, Value>,
    prefix: &str,
    params: &Map<String, Value>,
) -> Result<(), FlattenError> {
    for (part, value) in params {
        let name = if prefix.is_empty() { part.clone() } else { format!("{prefix}.{part}") };
        let refused = |problem| {
            let name = name.chars().take(100).collect();
            Err(FlattenError { name, problem })
        };
        if part.is_empty() {
            return refused("has an empty name in it");
        }
        if part.contains('.') {
            return refused("has a dot in its own name (write the part after the dot below it)");
        }
        if name.len() > LONGEST {
            return refused("has a name longer than 1000 bytes");
        }
        match value {
            Value::Object(inner) if !inner.is_empty() => flatten_into(flat, &name, inner)?,
            _ => _ = flat.insert(name, value.clone()),
        }
    }
    Ok(())
}

/// Returns the parameters that `wanted` names: each a name, or a prefix of names up to a dot.
///
/// # Errors
/// One of them names nothing.
pub fn select(
    params: &BTreeMap<String, Value>,
    wanted: &[String],
) -> Result<BTreeMap<String, Value>, SelectError> {
    let mut selected = BTreeMap::new();
    for name in wanted {
        let mut found = false;
        for (known, value) in params.range(name.clone()..) {
            let Some(rest) = known.strip_prefix(name.as_str()) else {
                break;
            };
            // `train-fast` sorts between `train` and `train.trees`.
            if rest.is_empty() || rest.starts_with('.') {
                selected.insert(known.clone(), value.clone());
                found = true;
            }
        }
        if !found {
            return Err(unknown(params, name));
        }
    }
    Ok(selected)
}

fn unknown(params: &BTreeMap<String, Value>, name: &str) -> SelectError {
    let mut names: Vec<&str> = Vec::new();
    for known in params.keys() {
        names.extend(known.match_indices('.').map(|(dot, _)| &known[..dot]));
        names.push(known);
    }
    let mut known: Vec<String> =
        params.keys().filter_map(|known| known.split('.').next()).map(Into::into).collect();
    known.dedup();
    let nearest = plimsoll_core::nearest::nearest(name, names).map(Into::into);
    SelectError { name: name.to_owned(), nearest, known }
}

/// What to do about a [`SelectError`], as the rest of its sentence.
struct Advice<'a>(&'a SelectError);

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More would bury the message.
        const SHOWN: usize = 8;
        if let Some(nearest) = &self.0.nearest {
            return write!(f, " (did you mean `{nearest}`?)");
        }
        let known = &self.0.known;
        if known.is_empty() {
            return f.write_str(" (there are no parameters)");
        }
        let shown: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
        write!(f, " (there are {}", shown.join(", "))?;
        match known.len().saturating_sub(SHOWN) {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

#[cfg(test)]
mod tests;
