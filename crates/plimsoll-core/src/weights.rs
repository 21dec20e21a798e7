//! Weights that travel encrypted: to whom, and when a key was used to open them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::audit::Transition;
use crate::lifecycle::Subject;
use crate::{Digest, Version};

/// How every recipient begins.
const PREFIX: &str = "age1";

/// How many letters a recipient has: 32 bytes and a checksum in Bech32 behind the prefix.
const LENGTH: usize = 62;

/// The letters of Bech32 (BIP 173).
const LETTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The public half of a key that weights are encrypted to: an X25519 recipient of age, `age1…`.
///
/// Here it is a name. Whether it is a key that can be encrypted to is known to whoever encrypts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient(String);

/// The text names no recipient. It is not repeated: a secret may stand there by mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no recipient of age (expected `{PREFIX}` and {} lower-case letters and digits)", LENGTH - PREFIX.len())]
pub struct ParseRecipientError;

impl Recipient {
    /// Returns its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what people read in tables: the beginning.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl FromStr for Recipient {
    type Err = ParseRecipientError;

    fn from_str(s: &str) -> Result<Self, ParseRecipientError> {
        let is_spelled = s.strip_prefix(PREFIX).is_some_and(|rest| {
            s.len() == LENGTH && rest.chars().all(|letter| LETTERS.contains(letter))
        });
        if is_spelled { Ok(Self(s.to_owned())) } else { Err(ParseRecipientError) }
    }
}

impl TryFrom<String> for Recipient {
    type Error = ParseRecipientError;

    fn try_from(text: String) -> Result<Self, ParseRecipientError> {
        text.parse()
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The weights of a version left in a package, encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Encryption {
    /// The version.
    pub version: Version,
    /// Its bundle.
    pub subject: Subject,
    /// Who can open them, sorted.
    pub recipients: Vec<Recipient>,
    /// The SHA-256 of the encrypted weights.
    pub ciphertext: Digest,
}

/// Keys were taken to open the weights of a version. It is told before they are used, so it says
/// that they were tried, not that one of them fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyUse {
    /// The version.
    pub version: Version,
    /// Its bundle.
    pub subject: Subject,
    /// The public halves of the keys, sorted.
    pub keys: Vec<Recipient>,
}

/// Something that is done with encrypted weights and that the audit log tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightsUse {
    /// They were encrypted.
    Encrypted(Encryption),
    /// Keys were used on them.
    KeyUsed(KeyUse),
}

impl From<WeightsUse> for Transition {
    fn from(used: WeightsUse) -> Self {
        match used {
            WeightsUse::Encrypted(encryption) => Self::Encrypted(encryption),
            WeightsUse::KeyUsed(used) => Self::KeyUsed(used),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_has_one_spelling_and_a_secret_is_not_repeated() {
        let good = "age1gxazrztntck4j04uxt3kgkazxdat29hq3yqm97gv7gvtx3tyzdeqpej7u4";
        assert_eq!(good.parse::<Recipient>().unwrap().short(), "age1gxazrztn");
        let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
        for bad in ["", "age1", secret, &good.to_uppercase(), &good[..61], &format!("{good}q")] {
            let error = bad.parse::<Recipient>().unwrap_err().to_string();
            assert!(bad.len() < 5 || !error.contains(bad), "{error}");
        }
        assert!(good.replace('g', "b").parse::<Recipient>().is_err());
    }

    #[test]
    fn an_entry_has_one_form() {
        let key = "age1gxazrztntck4j04uxt3kgkazxdat29hq3yqm97gv7gvtx3tyzdeqpej7u4";
        let used = WeightsUse::KeyUsed(KeyUse {
            version: "m@1.0.0".parse().unwrap(),
            subject: Subject::of(b"manifest"),
            keys: vec![key.parse().unwrap()],
        });
        let told = serde_json::to_value(Transition::from(used)).unwrap();
        let subject = Subject::of(b"manifest");
        let expected = serde_json::json!({
            "kind": "key-used", "version": "m@1.0.0", "subject": subject, "keys": [key],
        });
        assert_eq!(told, expected);
        let read: Transition = serde_json::from_value(told).unwrap();
        assert_eq!(read.model().as_str(), "m");
    }
}
