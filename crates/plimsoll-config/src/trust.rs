//! Trust files: whose signatures count.

use serde_json::Value;

use crate::node::Node;
use crate::schema::{self, TRUST};
use crate::source::{Report, Source};
use crate::{Mistakes, params};

/// Reads the bytes of the trust file that messages call `path`.
///
/// The value has the form of the schema, and each key the `line` besides that it begins at; whether
/// its keys are keys and its times are times is for whoever judges by it.
pub fn trust(path: &str, bytes: &[u8]) -> Result<Value, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(TRUST, None, "`version` and `keys`", &mut report) else {
        return Err(report.finish());
    };
    let mut value = params::value(&root, &mut report);
    let nodes = root.get("keys").map(Node::items).unwrap_or_default();
    let keys = value.as_mut().and_then(|value| value.get_mut("keys")?.as_array_mut());
    for (key, node) in keys.into_iter().flatten().zip(nodes) {
        if let Some(key) = key.as_object_mut() {
            key.insert("line".to_owned(), node.place.line.into());
        }
    }
    let mistakes = report.finish();
    match value {
        Some(value) if mistakes.is_empty() => Ok(value),
        _ => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_keys_as_people_write_them() {
        let text = b"version: 3\nkeys:\n  - name: ci\n    key: |\n      -----BEGIN PUBLIC KEY-----\n      MFkw\n      -----END PUBLIC KEY-----\n    roles: [builder, gate]\n    to: 2027-01-01T00:00:00Z\n    revoked: { at: 2026-05-20T00:00:00Z, reason: laptop stolen }\n";
        let expected = json!({
            "version": 3,
            "keys": [{
                "name": "ci",
                "key": "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
                "roles": ["builder", "gate"],
                "to": "2027-01-01T00:00:00Z",
                "revoked": {"at": "2026-05-20T00:00:00Z", "reason": "laptop stolen"},
                "line": 3,
            }],
        });
        assert_eq!(trust("trust.yaml", text).unwrap(), expected);
    }

    #[test]
    fn finds_every_mistake() {
        let text = b"version: 0\nkeys:\n  - name: ci\n    roles: [gate, owner, gate]\n    until: 2027-01-01\n";
        insta::assert_snapshot!(trust("trust.yaml", text).unwrap_err(), @"
        trust.yaml:1:10: 0 is too small (at least 1)
          |
        1 | version: 0
          |          ^

        trust.yaml:3:5: key `key` is missing
          |
        3 |   - name: ci
          |     ^
          = help: The public key in PEM, `BEGIN PUBLIC KEY`: ECDSA P-256 or Ed25519.

        trust.yaml:4:19: `owner` is not accepted here
          |
        4 |     roles: [gate, owner, gate]
          |                   ^^^^^
          = help: the known values are `builder`, `gate`, `approver`, `release`, `publisher`

        trust.yaml:4:26: the text `gate` is listed twice (first on line 4)
          |
        4 |     roles: [gate, owner, gate]
          |                          ^^^^
          = help: remove one of the two

        trust.yaml:5:5: unknown key `until`
          |
        5 |     until: 2027-01-01
          |     ^^^^^
          = help: the known keys are `name`, `key`, `roles`, `from`, `to`, `revoked`
        ");
        let empty = trust("trust.yaml", b"").unwrap_err().to_string();
        assert!(empty.contains("the file is empty (expected `version` and `keys`)"), "{empty}");
    }
}
