//! Configurations of Keras: objects by module, class and name, which loading looks up and builds.
//!
//! The same tree is in `config.json` of a `.keras` archive, in the attribute `model_config` of an HDF5 file,
//! in the metadata of a saved model of TensorFlow, and in what `to_json` wrote. Safe is what Keras itself
//! ships and what only computes (`tables/keras-classes.txt`). Bytecode, and whatever makes a loader import a module that is not
//! Keras', acts (CVE-2024-3660, CVE-2025-1550, CVE-2025-8747, CVE-2025-9905, CVE-2025-9906, CVE-2025-49655).

pub(crate) mod archive;
mod function;
mod names;
mod object;
mod tensorflow;

use super::content::Content;
use super::json::Json;
use super::look::Look;
use super::report::{Finding, Verdict};
use super::window::Unread;

/// Looks at a configuration in a file of its own.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("keras-config");
    match Json::read(content, look) {
        Ok(json) => judge(&json, look),
        Err(error) => error.tell("a Keras configuration", look),
    }
}

/// Looks at a configuration that was found as a text in another file.
pub(crate) fn look_at_text(text: &str, look: &mut Look) {
    self::look(&Content::of_bytes(text.as_bytes().to_vec()), look);
}

/// Judges every object in a configuration that was read already.
pub(crate) fn judge(json: &Json, look: &mut Look) {
    if let Err(error) = walk(json, look) {
        error.tell("a Keras configuration", look);
    }
}

/// The depth is that of the document, which its reader bounds.
fn walk(json: &Json, look: &mut Look) -> Result<(), Unread> {
    look.steps(1)?;
    // Keras builds nothing of what has no configuration, but for what it spells as data.
    let is_built = ["config", "module", "registered_name", "type_spec", "spec_name"];
    if json.get("class_name").is_some() && is_built.iter().any(|key| json.get(key).is_some()) {
        object::judge(json, look);
    }
    for (key, value) in json.entries() {
        let Some(text) = value.as_text() else { continue };
        if let Some(finding) = named_by_key(key, text).or_else(|| bytecode(text)) {
            look.found(finding);
        }
    }
    for text in json.items().iter().filter_map(Json::as_text) {
        if let Some(finding) = bytecode(text) {
            look.found(finding);
        }
    }
    for child in json.children() {
        walk(child, look)?;
    }
    Ok(())
}

/// Judges a text under a key by which a layer looks something up, or reads a file.
fn named_by_key(key: &str, text: &str) -> Option<Finding> {
    match key {
        "activation" | "recurrent_activation" | "fn" if !names::is_function(text) => {
            let shown = super::look::printable(text);
            let message = format!("`{key}` is `{shown}`, which Keras does not ship");
            Some(Finding::new("model.custom-object", Verdict::Unknown, message).of(shown))
        }
        "vocabulary" | "idf_weights" | "vocabulary_file" => {
            let shown = super::look::printable(text);
            // Loading opens it, wherever it is (CVE-2025-12058).
            let (verdict, why) = match super::place::way_out(text) {
                Some(why) => (Verdict::Unsafe, why),
                None => (Verdict::Unknown, "is another file"),
            };
            let message = format!("loading reads the `{key}` from a file: `{shown}` {why}");
            Some(Finding::new("model.external-data", verdict, message))
        }
        _ => None,
    }
}

/// Finds marshalled code in base64: a code object begins with the byte E3 or 63.
fn bytecode(text: &str) -> Option<Finding> {
    const SHORTEST: usize = 60;
    let begins = ["4w", "4wE", "YwA", "YwE", "YwI"].iter().any(|begin| text.starts_with(begin));
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\n".contains(&byte);
    if !begins || text.len() < SHORTEST || !text.bytes().all(is_base64) {
        return None;
    }
    let message = "the configuration holds what looks like Python bytecode in base64";
    Some(Finding::new("model.lambda", Verdict::Unsafe, message))
}

#[cfg(test)]
mod tests;
