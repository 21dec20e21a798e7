//! What is referred to, and so must be kept.

use std::collections::BTreeSet;

use plimsoll_core::Digest;
use serde_json::Value;

/// The objects that something refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// The objects themselves; digests that are no address of an object do no harm.
    pub objects: BTreeSet<Digest>,
    /// The objects that are a [`plimsoll_core::event::Tree`]: what these name is referred to too.
    pub folders: BTreeSet<Digest>,
}

impl Roots {
    /// Adds every digest in `stored`, whatever it is of: what is forgotten here would be lost.
    pub(crate) fn add(&mut self, stored: &Value) {
        match stored {
            Value::String(text) => {
                if let Ok(digest) = text.parse() {
                    self.objects.insert(digest);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.add(value)),
            Value::Object(fields) => {
                let is_folder = fields.get("kind").is_some_and(|kind| kind == "folder");
                let digest = fields.get("digest").and_then(Value::as_str);
                if let (true, Some(Ok(digest))) = (is_folder, digest.map(str::parse)) {
                    self.folders.insert(digest);
                }
                fields.values().for_each(|value| self.add(value));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_every_digest_and_knows_folders() {
        let (file, folder) = (Digest::blake3(b"file"), Digest::blake3(b"folder"));
        let outputs = json!([
            {"path": "a", "digest": file, "bytes": 1, "kind": "file"},
            {"path": "b", "digest": folder, "bytes": 1, "kind": "folder"},
        ]);
        let mut roots = Roots::default();
        roots.add(&json!({"event": "of-a-later-version", "deep": [{"outputs": outputs}]}));
        assert_eq!(roots.objects, BTreeSet::from([file, folder]));
        assert_eq!(roots.folders, BTreeSet::from([folder]));
    }
}
