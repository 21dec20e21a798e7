//! Writing a bundle: the same content gives the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::Signature;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::manifest::{Descriptor, EMPTY_CONFIG, Index, Manifest};
use super::{BLOBS, INDEX_FILE, LARGEST_DOCUMENT, LAYOUT, LAYOUT_FILE, Part, UNFINISHED, archive};
use crate::envelope::Envelope;
use crate::hashed;
use crate::statement::ClaimKind;

/// What a bundle is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The file of the model.
    pub model: PathBuf,
    /// What it takes and gives.
    pub signature: Signature,
    /// The lock of its environment, or the packages that were found.
    pub environment: Vec<u8>,
    /// The source of its card.
    pub card: Vec<u8>,
}

/// What is said of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statements {
    /// How it was made.
    pub provenance: Envelope,
    /// What the gate says.
    pub verdict: Envelope,
    /// Which number it has.
    pub release: Envelope,
}

/// The parts with their manifest: what has a subject, so that something can be said of it.
#[derive(Clone, Debug)]
pub struct Assembled {
    parts: Parts,
    model: (Digest, u64),
    signature: Vec<u8>,
    manifest: Vec<u8>,
}

/// The parts make no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleError {
    /// The model could not be read.
    #[error("the model {path} could not be read")]
    Model {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A part is larger than a bundle takes.
    #[error("{part} has {bytes} bytes (at most {largest})")]
    TooLarge {
        /// Which part.
        part: Part,
        /// Its size.
        bytes: u64,
        /// The limit.
        largest: u64,
    },
    /// The manifest or the signature has no JSON.
    #[error("the manifest has no JSON")]
    Json(#[from] serde_json::Error),
}

/// A bundle was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteBundleError {
    /// There is something already.
    #[error("{0} exists already (a bundle is never written over)")]
    Exists(PathBuf),
    /// The bundle could not be written.
    #[error("the bundle {path} could not be written")]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The model is not what it was when its manifest was made.
    #[error("the model {path} was changed meanwhile (from {before} to {now})")]
    Changed {
        /// Its file.
        path: PathBuf,
        /// What it was.
        before: Digest,
        /// What it is.
        now: Digest,
    },
    /// A statement is larger than a bundle takes.
    #[error("the {kind} has {bytes} bytes (at most {LARGEST_DOCUMENT})")]
    TooLarge {
        /// Which statement.
        kind: ClaimKind,
        /// Its size.
        bytes: u64,
    },
    /// A document has no JSON.
    #[error("the bundle has a document without JSON")]
    Json(#[from] serde_json::Error),
}

/// The content of a file of the bundle.
enum Content {
    Model,
    Bytes(Vec<u8>),
}

impl Assembled {
    /// Makes the manifest of `parts`.
    pub fn of(parts: Parts) -> Result<Self, AssembleError> {
        let unread = |source| AssembleError::Model { path: parts.model.clone(), source };
        let mut file = File::open(&parts.model).map_err(unread)?;
        let model = hashed::copy(&mut file, &mut io::sink()).map_err(unread)?;
        let environment = (Digest::sha256(&parts.environment), parts.environment.len() as u64);
        let card = (Digest::sha256(&parts.card), parts.card.len() as u64);
        let mut layers = Vec::new();
        for (part, (digest, bytes)) in Part::ALL.into_iter().zip([model, environment, card]) {
            let largest = part.largest();
            if bytes > largest {
                return Err(AssembleError::TooLarge { part, bytes, largest });
            }
            layers.push(Descriptor::part(part, digest, bytes));
        }
        let signature = serde_json::to_vec(&parts.signature)?;
        let manifest = serde_json::to_vec(&Manifest::of_model(&signature, layers))?;
        Ok(Self { parts, model, signature, manifest })
    }

    /// Returns what the statements must be about.
    pub fn subject(&self) -> Subject {
        Subject::of(&self.manifest)
    }

    #[cfg(test)]
    pub(crate) fn manifest_bytes(&self) -> &[u8] {
        &self.manifest
    }

    /// Writes the bundle to the new folder `path`: wholly, or not at all.
    pub fn write_folder(
        &self,
        path: &Path,
        statements: &Statements,
    ) -> Result<(), WriteBundleError> {
        self.put_folder(path, &statements.written()?)
    }

    /// Writes the bundle to the new tar file `path`: wholly, or not at all.
    pub fn write_file(&self, path: &Path, statements: &Statements) -> Result<(), WriteBundleError> {
        self.put_file(path, &statements.written()?)
    }

    pub(super) fn put_folder(
        &self,
        path: &Path,
        statements: &[(ClaimKind, Vec<u8>)],
    ) -> Result<(), WriteBundleError> {
        let unwritable = |source| WriteBundleError::Unwritable { path: path.to_owned(), source };
        let files = self.files(statements)?;
        let temporary = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent(path))
            .map_err(unwritable)?;
        let blobs = temporary.path().join(BLOBS);
        fs::create_dir_all(&blobs).map_err(unwritable)?;
        for (name, content) in &files {
            let mut file = File::create_new(temporary.path().join(name)).map_err(unwritable)?;
            self.copy(content, &mut file, path)?;
            file.sync_all().map_err(unwritable)?;
        }
        for folder in [&blobs, &temporary.path().join("blobs"), temporary.path()] {
            sync(folder).map_err(unwritable)?;
        }
        renameat_with(CWD, temporary.path(), CWD, path, RenameFlags::NOREPLACE).map_err(
            |error| match error {
                rustix::io::Errno::EXIST => WriteBundleError::Exists(path.to_owned()),
                error => unwritable(error.into()),
            },
        )?;
        _ = temporary.keep();
        sync(parent(path)).map_err(unwritable)
    }

    pub(super) fn put_file(
        &self,
        path: &Path,
        statements: &[(ClaimKind, Vec<u8>)],
    ) -> Result<(), WriteBundleError> {
        let mut tar = NewTar::beside(path)?;
        for (name, content) in &self.files(statements)? {
            let size = match content {
                Content::Model => self.model.1,
                Content::Bytes(bytes) => bytes.len() as u64,
            };
            tar.add(name, size, |to| self.copy(content, to, path))?;
        }
        tar.finish()
    }

    /// Returns every file of the bundle by name, in the order in which they are written.
    fn files(
        &self,
        statements: &[(ClaimKind, Vec<u8>)],
    ) -> Result<BTreeMap<String, Content>, WriteBundleError> {
        let mut files = BTreeMap::new();
        let mut blob = |bytes: &[u8]| {
            let name = format!("{BLOBS}{}", Digest::sha256(bytes).hex());
            files.insert(name, Content::Bytes(bytes.to_vec()));
        };
        for bytes in [&self.manifest, &self.signature, &self.parts.environment, &self.parts.card] {
            blob(bytes);
        }
        let mut manifests = Vec::new();
        for (kind, statement) in statements {
            let manifest =
                serde_json::to_vec(&Manifest::of_statement(*kind, statement, &self.manifest))?;
            for bytes in [EMPTY_CONFIG, statement, &manifest] {
                blob(bytes);
            }
            manifests.push(manifest);
        }
        let index = serde_json::to_vec(&Index::of(&self.manifest, &manifests))?;
        files.insert(format!("{BLOBS}{}", self.model.0.hex()), Content::Model);
        files.insert(INDEX_FILE.to_owned(), Content::Bytes(index));
        files.insert(LAYOUT_FILE.to_owned(), Content::Bytes(LAYOUT.to_vec()));
        Ok(files)
    }

    fn copy(
        &self,
        content: &Content,
        to: &mut dyn Write,
        path: &Path,
    ) -> Result<(), WriteBundleError> {
        let unwritable = |source| WriteBundleError::Unwritable { path: path.to_owned(), source };
        if let Content::Bytes(bytes) = content {
            return to.write_all(bytes).map_err(unwritable);
        }
        let model = &self.parts.model;
        let copied = File::open(model).and_then(|mut from| hashed::copy(&mut from, to));
        let (now, _) = copied.map_err(unwritable)?;
        let before = self.model.0;
        if now == before {
            return Ok(());
        }
        Err(WriteBundleError::Changed { path: model.clone(), before, now })
    }
}

/// A tar file that is being written; what is not finished leaves nothing.
pub(super) struct NewTar<'p> {
    path: &'p Path,
    to: BufWriter<tempfile::NamedTempFile>,
}

impl<'p> NewTar<'p> {
    /// Begins the file that is to be `path`.
    pub(super) fn beside(path: &'p Path) -> Result<Self, WriteBundleError> {
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(parent(path))
            .map_err(|source| unwritable(path, source))?;
        Ok(Self { path, to: BufWriter::new(file) })
    }

    /// Adds a file of `size` bytes, which `copy` writes. Files come sorted by name.
    pub(super) fn add(
        &mut self,
        name: &str,
        size: u64,
        copy: impl FnOnce(&mut dyn Write) -> Result<(), WriteBundleError>,
    ) -> Result<(), WriteBundleError> {
        let path = self.path;
        let header = archive::header(name, size).ok_or_else(|| {
            let problem = format!("`{name}` of {size} bytes has no tar header");
            unwritable(path, io::Error::other(problem))
        })?;
        self.to.write_all(&header).map_err(|source| unwritable(path, source))?;
        copy(&mut self.to)?;
        archive::pad(&mut self.to, size).map_err(|source| unwritable(path, source))
    }

    /// Puts the file in its place.
    pub(super) fn finish(mut self) -> Result<(), WriteBundleError> {
        let path = self.path;
        let failed = |source| unwritable(path, source);
        archive::end(&mut self.to).map_err(failed)?;
        let file = self.to.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(path).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteBundleError::Exists(path.to_owned()),
            _ => failed(error.error),
        })?;
        sync(parent(path)).map_err(failed)
    }
}

fn unwritable(path: &Path, source: io::Error) -> WriteBundleError {
    WriteBundleError::Unwritable { path: path.to_owned(), source }
}

impl Statements {
    fn written(&self) -> Result<Vec<(ClaimKind, Vec<u8>)>, WriteBundleError> {
        let envelopes = [&self.provenance, &self.verdict, &self.release];
        let mut written = Vec::new();
        for (kind, envelope) in ClaimKind::OF_BUNDLE.into_iter().zip(envelopes) {
            let json = envelope.to_json()?;
            let bytes = json.len() as u64;
            if bytes > LARGEST_DOCUMENT {
                return Err(WriteBundleError::TooLarge { kind, bytes });
            }
            written.push((kind, json));
        }
        Ok(written)
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes sure that the names in a folder are kept.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all())
}
