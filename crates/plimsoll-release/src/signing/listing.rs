//! What is signed: an in-toto statement that lists files with their digests.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::Digest;
use plimsoll_core::digest::ParseDigestError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FileName, Links, ModelFiles, ParseFileNameError, Walk};
use crate::in_toto::{STATEMENT, Sha256, Subject, Wire};
use crate::sigstore::shown;
use crate::strict;

/// What is said of the files: version 1 of the format.
const PREDICATE: &str = "https://model_signing/signature/v1.0";

/// A digest a file.
const METHOD: &str = "files";

/// How a file is hashed.
const HASH: &str = "sha256";

/// The files that somebody vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// What the signer called the model. It is a text for people, and binds nothing.
    pub name: String,
    /// The files and folders that the signer left out.
    pub ignored: BTreeSet<FileName>,
    /// Whether what is behind links was signed under their names.
    pub links: Links,
    /// The SHA-256 of each file; at least one.
    pub files: BTreeMap<FileName, Digest>,
}

/// How a model differs from what was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Files with other bytes.
    pub changed: Vec<FileName>,
    /// Files that are not there.
    pub missing: Vec<FileName>,
    /// Files that were not signed.
    pub added: Vec<FileName>,
}

/// What was signed is no listing of a model's files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadListingError {
    /// It is no in-toto statement, or says it in another way.
    #[error("is no listing of files in the form that this version reads ({0})")]
    Form(#[from] serde_json::Error),
    /// It is another kind of document.
    #[error("is a `{0}`, not a `{STATEMENT}`")]
    Kind(String),
    /// It says something else.
    #[error("says a `{0}` (expected `{PREDICATE}`)")]
    Predicate(String),
    /// It is about several things, or about none.
    #[error("is about {0} models (expected 1)")]
    Subjects(usize),
    /// The files are hashed in another way.
    #[error("has {what} `{found}` (this version reads `{expected}`)")]
    Unread {
        /// Which setting.
        what: &'static str,
        /// What it is.
        found: String,
        /// What is read.
        expected: &'static str,
    },
    /// A digest is none.
    #[error("has a malformed SHA-256 of `{0}`")]
    Digest(String, #[source] ParseDigestError),
    /// A name leads out of the folder, or is no path.
    #[error(transparent)]
    Name(#[from] ParseFileNameError),
    /// All files are left out.
    #[error("leaves out the whole model")]
    AllIgnored,
    /// A file stands there twice.
    #[error("lists `{0}` twice")]
    Twice(FileName),
    /// A file is signed and left out.
    #[error("lists `{0}`, which it leaves out too")]
    Ignored(FileName),
    /// It vouches for nothing.
    #[error("lists no files")]
    Empty,
    /// The digest of the whole is another one than that of its parts.
    #[error(
        "names sha256:{found} as the digest of the model, but its files have sha256:{expected}"
    )]
    Root {
        /// What it names.
        found: String,
        /// What follows from the files.
        expected: String,
    },
}

/// Readers of version 1 are to pass over other fields of the predicate.
#[derive(Serialize, Deserialize)]
struct Predicate {
    serialization: Serialization,
    resources: Vec<WireFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Serialization {
    method: String,
    hash_type: String,
    allow_symlinks: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    ignore_paths: BTreeSet<String>,
    #[serde(default, skip_serializing)]
    #[expect(dead_code, reason = "of the method `shards`, which is refused by its name")]
    shard_size: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    name: String,
    algorithm: String,
    digest: String,
}

impl Listing {
    /// Lists the files that were `found` on a walk through a model that is called `name`.
    pub fn of(name: String, found: &ModelFiles, walk: &Walk) -> Self {
        Self { name, ignored: walk.ignored.clone(), links: walk.links, files: found.files.clone() }
    }

    /// Tells how `found` differs from what was signed.
    pub fn differences(&self, found: &ModelFiles) -> Differences {
        let mut differences = Differences::default();
        for (name, digest) in &self.files {
            match found.files.get(name) {
                None => differences.missing.push(name.clone()),
                Some(other) if other != digest => differences.changed.push(name.clone()),
                Some(_) => {}
            }
        }
        let added = found.files.keys().filter(|name| !self.files.contains_key(name));
        differences.added.extend(added.cloned());
        differences
    }

    /// Returns the bytes that are signed.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut files: Vec<_> = self.files.iter().collect();
        // The order of `model-signing`: the digest of the whole depends on it.
        files.sort_by_key(|(name, _)| name.parts());
        let root = root(files.iter().map(|(_, digest)| *digest));
        let resource = |(name, digest): (&FileName, &Digest)| WireFile {
            name: name.to_string(),
            algorithm: HASH.to_owned(),
            digest: digest.hex(),
        };
        let predicate = Predicate {
            serialization: Serialization {
                method: METHOD.to_owned(),
                hash_type: HASH.to_owned(),
                allow_symlinks: self.links == Links::Followed,
                ignore_paths: self.ignored.iter().map(ToString::to_string).collect(),
                shard_size: None,
            },
            resources: files.into_iter().map(resource).collect(),
        };
        serde_json::to_vec(&Wire {
            statement: STATEMENT.to_owned(),
            subject: vec![Subject {
                name: self.name.clone(),
                digest: Sha256 { sha256: root.hex() },
            }],
            predicate_type: PREDICATE.to_owned(),
            predicate: serde_json::to_value(predicate)?,
        })
    }

    /// Reads bytes that were signed. Nobody vouches for them unless a key was found to have signed them.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReadListingError> {
        let wire: Wire<Vec<Subject<String, Sha256>>, Value> = strict::from_slice(bytes)?;
        if wire.statement != STATEMENT {
            return Err(ReadListingError::Kind(shown(&wire.statement)));
        }
        if wire.predicate_type != PREDICATE {
            return Err(ReadListingError::Predicate(shown(&wire.predicate_type)));
        }
        let count = wire.subject.len();
        let Ok([subject]) = <[_; 1]>::try_from(wire.subject) else {
            return Err(ReadListingError::Subjects(count));
        };
        let predicate: Predicate = serde_json::from_value(wire.predicate)?;
        let Serialization { method, hash_type, allow_symlinks, ignore_paths, .. } =
            predicate.serialization;
        known("the method", &method, METHOD)?;
        known("the hash type", &hash_type, HASH)?;
        let ignored = ignored(ignore_paths)?;
        let mut files = BTreeMap::new();
        let mut listed = Vec::with_capacity(predicate.resources.len());
        for file in predicate.resources {
            known("the algorithm", &file.algorithm, HASH)?;
            let name: FileName = file.name.parse()?;
            let digest = digest(&file.digest, &file.name)?;
            if ignored.iter().any(|ignored| name.is_within(ignored)) {
                return Err(ReadListingError::Ignored(name));
            }
            listed.push(digest);
            if files.insert(name.clone(), digest).is_some() {
                return Err(ReadListingError::Twice(name));
            }
        }
        if files.is_empty() {
            return Err(ReadListingError::Empty);
        }
        let (found, expected) = (subject.digest.sha256, root(&listed).hex());
        if found != expected {
            return Err(ReadListingError::Root { found: shown(&found), expected });
        }
        let links = if allow_symlinks { Links::Followed } else { Links::Refused };
        Ok(Self { name: subject.name, ignored, links, files })
    }
}

impl Differences {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.added.is_empty()
    }
}

/// Returns the digest of a whole model: that of the digests of its files, one after the other.
fn root<'a>(files: impl IntoIterator<Item = &'a Digest>) -> Digest {
    let bytes: Vec<u8> = files.into_iter().flat_map(|digest| *digest.as_bytes()).collect();
    Digest::sha256(&bytes)
}

fn ignored(paths: BTreeSet<String>) -> Result<BTreeSet<FileName>, ReadListingError> {
    let path = |text: String| {
        let path: FileName = text.parse()?;
        if path.is_model() { Err(ReadListingError::AllIgnored) } else { Ok(path) }
    };
    paths.into_iter().map(path).collect()
}

fn digest(digits: &str, of: &str) -> Result<Digest, ReadListingError> {
    let parsed = format!("sha256:{digits}").parse();
    parsed.map_err(|error| ReadListingError::Digest(shown(of), error))
}

fn known(what: &'static str, found: &str, expected: &'static str) -> Result<(), ReadListingError> {
    if found == expected {
        return Ok(());
    }
    Err(ReadListingError::Unread { what, found: shown(found), expected })
}
