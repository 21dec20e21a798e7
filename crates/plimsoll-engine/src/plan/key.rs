//! The keys that results are remembered under.

use std::collections::BTreeMap;

use plimsoll_core::event::{KeyParts, OutputKind, RunStart};
use plimsoll_core::{Digest, RepoPath};
use serde::Serialize;

/// The version of what a key is made of. A new one makes every key new.
pub const KEY_FORMAT: u32 = 1;

/// Returns the cache key of a step: the digest of everything that decides its outputs.
///
/// # Errors
/// The parts have no JSON.
pub fn key(parts: &KeyParts) -> Result<Digest, serde_json::Error> {
    Digest::of_json(&("step", parts))
}

/// Returns the digest of an input as a step sees it: of bytes, and of whether they may be executed.
pub fn digest_of_input(digest: &Digest, kind: OutputKind) -> Digest {
    match kind {
        OutputKind::File | OutputKind::Folder => *digest,
        OutputKind::Executable => Digest::blake3(format!("executable {digest}").as_bytes()),
    }
}

/// Returns the digest of what decides what a run does, so that a run with an equal one can be taken
/// up instead: of everything in `start` but the folder, of the inputs that are no datasets, and of
/// the variables that steps name in `env:`.
///
/// # Errors
/// The start has no JSON.
pub fn plan_digest(
    start: &RunStart,
    inputs: &BTreeMap<RepoPath, Digest>,
    variables: &BTreeMap<String, Option<Digest>>,
) -> Result<Digest, serde_json::Error> {
    #[derive(Serialize)]
    struct Deciding<'a> {
        format: u32,
        start: &'a RunStart,
        inputs: &'a BTreeMap<RepoPath, Digest>,
        variables: &'a BTreeMap<String, Option<Digest>>,
    }
    let mut start = start.clone();
    start.repository = String::new();
    start.plan = Digest::blake3(b"");
    Digest::of_json(&Deciding { format: KEY_FORMAT, start: &start, inputs, variables })
}
