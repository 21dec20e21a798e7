//! What a dossier consists of.

use std::collections::BTreeMap;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Digest, Version};
use serde::{Deserialize, Serialize};

use super::{DEEPEST, MANIFEST, STATEMENT};

const SCHEMA: &str = "plimsoll.dossier/v1";

/// The longest name of a file: what a tar header takes.
const LONGEST: usize = 99;

/// Every file of a dossier but the manifest and the statement about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: String,
    pub(super) version: Version,
    pub(super) subject: Subject,
    pub(super) files: BTreeMap<String, Listed>,
}

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

/// A name is none that a file of a dossier has.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is no name of a file in a dossier (letters, digits, `.`, `_` and `-`, at most {LONGEST} bytes and {DEEPEST} parts)"
)]
pub struct NameError(String);

impl Manifest {
    pub(super) fn new(version: Version, subject: Subject, files: BTreeMap<String, Listed>) -> Self {
        Self { schema: SCHEMA.to_owned(), version, subject, files }
    }

    pub(super) fn is_known(&self) -> bool {
        self.schema == SCHEMA
    }

    /// Returns the bytes of the file.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Refuses a name that leads out of the folder, that a terminal obeys, or that is taken.
pub(super) fn check_name(name: &str) -> Result<(), NameError> {
    let is_word = |part: &str| {
        let letters = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        letters && !part.is_empty() && !part.starts_with('.')
    };
    let parts = name.split('/').count();
    let is_good = name.len() <= LONGEST && parts <= DEEPEST && name.split('/').all(is_word);
    if is_good && !matches!(name, MANIFEST | STATEMENT) {
        return Ok(());
    }
    Err(NameError(
        name.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect(),
    ))
}
