//! The form of in-toto statements (v1): a predicate, said of subjects.
//!
//! What subjects and predicates are, and whether a statement is one that is read, is for whoever reads it.

use serde::{Deserialize, Serialize};

/// The type of every statement.
pub(crate) const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// A statement of subjects `S` as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wire<S, P> {
    /// [`STATEMENT`].
    #[serde(rename = "_type")]
    pub(crate) statement: String,
    /// What it is about.
    pub(crate) subject: S,
    /// What kind of thing is said.
    pub(crate) predicate_type: String,
    /// What is said.
    pub(crate) predicate: P,
}

/// A subject, by what it is called and a digest of the form `D`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject<N, D> {
    /// What it is called.
    pub(crate) name: N,
    /// What it hashes to.
    pub(crate) digest: D,
}

/// A SHA-256 in hexadecimal digits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sha256 {
    pub(crate) sha256: String,
}

/// A BLAKE3 in hexadecimal digits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Blake3 {
    pub(crate) blake3: String,
}
