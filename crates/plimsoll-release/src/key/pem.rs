//! What a text in PEM says that it is.

use std::fmt;

/// The longest label that is looked at.
const LONGEST: usize = 40;

/// What stands in place of a key: the label of a PEM text, which tells nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found(Option<String>);

impl Found {
    pub(super) fn of(text: &str) -> Self {
        let after = text.split_once("-----BEGIN ").map(|(_, after)| after);
        let label = after.and_then(|after| after.split_once("-----")).map(|(label, _)| label);
        let is_label = |label: &&str| {
            let mut letters = label.bytes();
            label.len() <= LONGEST && letters.all(|byte| byte.is_ascii_uppercase() || byte == b' ')
        };
        Self(label.filter(is_label).map(str::to_owned))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(label) = &self.0 else { return Ok(()) };
        match label.as_str() {
            "PUBLIC KEY" | "PRIVATE KEY" => {
                f.write_str(": it is damaged, or a key of another algorithm or curve")
            }
            "EC PRIVATE KEY" => f.write_str(
                ": it is an `EC PRIVATE KEY`, which `openssl pkcs8 -topk8 -nocrypt` turns into one",
            ),
            "CERTIFICATE" => f.write_str(
                ": it is a `CERTIFICATE`, of which `openssl x509 -noout -pubkey` prints the key",
            ),
            other => write!(f, ": it is a `{other}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_shown_and_nothing_else() {
        let said = |text: &str| Found::of(text).to_string();
        assert_eq!(said("-----BEGIN RSA PRIVATE KEY-----\nMII"), ": it is a `RSA PRIVATE KEY`");
        assert!(said("x\n-----BEGIN CERTIFICATE-----\nMII").contains("x509 -noout -pubkey"));
        assert!(said("-----BEGIN EC PRIVATE KEY-----").contains("pkcs8 -topk8 -nocrypt"));
        assert!(said("-----BEGIN PRIVATE KEY-----").contains("another algorithm or curve"));
        for text in ["", "secret", "-----BEGIN secret-----", "-----BEGIN A", "-----BEGIN "] {
            assert_eq!(said(text), "");
        }
        assert_eq!(said(&format!("-----BEGIN {}-----", "A".repeat(41))), "");
    }
}
