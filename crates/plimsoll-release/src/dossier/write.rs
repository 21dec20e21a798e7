//! Writing a dossier: the same content gives the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Digest, Version};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::manifest::{Listed, Manifest, NameError, check_name};
use super::{LARGEST_DOCUMENT, MANIFEST, MOST_FILES, STATEMENT, UNFINISHED};
use crate::bundle::archive;
use crate::envelope::{Envelope, SealError};
use crate::hashed;
use crate::key::Sign;
use crate::statement::{Builder, Claim, DossierClaim, Statement};

/// The content of a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Those of a file, which may be large.
    File(PathBuf),
}

/// A dossier that is being put together.
#[derive(Clone, Debug)]
pub struct Draft {
    version: Version,
    subject: Subject,
    files: BTreeMap<String, Content>,
}

/// A file does not belong into a dossier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is there already.
    #[error("the dossier has a `{0}` already")]
    Twice(String),
    /// There are too many.
    #[error("the dossier would have more than {MOST_FILES} files")]
    TooMany,
    /// It is too large.
    #[error("`{name}` of the dossier would have {bytes} bytes (at most {LARGEST_DOCUMENT})")]
    TooLarge {
        /// Which.
        name: String,
        /// Its size.
        bytes: u64,
    },
}

/// A dossier was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealDossierError {
    /// A file could not be read.
    #[error("{path} could not be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest has no JSON.
    #[error("the dossier's manifest has no JSON")]
    Json(#[from] serde_json::Error),
    /// It could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A dossier was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteDossierError {
    /// There is something already.
    #[error("{0} exists already (a dossier is never written over)")]
    Exists(PathBuf),
    /// It could not be written.
    #[error("the dossier {path} could not be written")]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A dossier with its signed manifest.
#[derive(Clone, Debug)]
pub struct SealedDossier {
    files: BTreeMap<String, (Content, u64)>,
}

impl Draft {
    /// Begins the dossier of a version.
    pub fn new(version: Version, subject: Subject) -> Self {
        Self { version, subject, files: BTreeMap::new() }
    }

    /// Adds a part.
    pub fn add(&mut self, name: &str, content: Content) -> Result<(), AddError> {
        check_name(name)?;
        if let Content::Bytes(bytes) = &content
            && bytes.len() as u64 > LARGEST_DOCUMENT
        {
            return Err(AddError::TooLarge { name: name.to_owned(), bytes: bytes.len() as u64 });
        }
        // The manifest and its statement come to them.
        if self.files.len() + 2 >= MOST_FILES {
            return Err(AddError::TooMany);
        }
        match self.files.insert(name.to_owned(), content) {
            None => Ok(()),
            Some(_) => Err(AddError::Twice(name.to_owned())),
        }
    }

    /// Returns the names of the files that are there, with their SHA-256 and size where they are small.
    pub fn files(&self) -> impl Iterator<Item = (&str, Option<(Digest, u64)>)> {
        self.files.iter().map(|(name, content)| {
            let known = match content {
                Content::Bytes(bytes) => Some((Digest::sha256(bytes), bytes.len() as u64)),
                Content::File(_) => None,
            };
            (name.as_str(), known)
        })
    }

    /// Signs what is there.
    pub fn seal(self, key: &dyn Sign, builder: Builder) -> Result<SealedDossier, SealDossierError> {
        let mut listed = BTreeMap::new();
        let mut files = BTreeMap::new();
        for (name, content) in self.files {
            let (digest, bytes) = match &content {
                Content::Bytes(bytes) => (Digest::sha256(bytes), bytes.len() as u64),
                Content::File(path) => {
                    let copied = File::open(path)
                        .and_then(|mut file| hashed::copy(&mut file, &mut io::sink()));
                    copied.map_err(|source| SealDossierError::Unreadable {
                        path: path.clone(),
                        source,
                    })?
                }
            };
            listed.insert(name.clone(), Listed { digest, bytes });
            files.insert(name, (content, bytes));
        }
        let manifest = Manifest::new(self.version.clone(), self.subject, listed).to_json()?;
        let claim = DossierClaim::new(self.version.clone(), Digest::sha256(&manifest), builder);
        let variant = self.version.variant.clone();
        let claim = Claim::Dossier(Box::new(claim));
        let statement = Statement { variant, subject: self.subject, claim };
        let statement = Envelope::seal(&statement, key)?.to_json()?;
        for (name, bytes) in [(MANIFEST, manifest), (STATEMENT, statement)] {
            let size = bytes.len() as u64;
            files.insert(name.to_owned(), (Content::Bytes(bytes), size));
        }
        Ok(SealedDossier { files })
    }
}

impl SealedDossier {
    /// Returns how many files and bytes it has.
    pub fn size(&self) -> (usize, u64) {
        (self.files.len(), self.files.values().map(|(_, bytes)| bytes).sum())
    }

    /// Writes it to the new folder `path`: wholly, or not at all.
    pub fn write_folder(&self, path: &Path) -> Result<(), WriteDossierError> {
        let unwritable = |source| WriteDossierError::Unwritable { path: path.to_owned(), source };
        let temporary = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent(path))
            .map_err(unwritable)?;
        let write = |name: &str, content: &Content, bytes: u64| -> io::Result<()> {
            let file = temporary.path().join(name);
            fs::create_dir_all(parent(&file))?;
            let mut file = File::create_new(file)?;
            copy(content, bytes, &mut file)?;
            file.sync_all()
        };
        for (name, (content, bytes)) in &self.files {
            write(name, content, *bytes).map_err(unwritable)?;
        }
        let renamed = renameat_with(CWD, temporary.path(), CWD, path, RenameFlags::NOREPLACE);
        renamed.map_err(|error| match error {
            rustix::io::Errno::EXIST => WriteDossierError::Exists(path.to_owned()),
            error => unwritable(error.into()),
        })?;
        _ = temporary.keep();
        Ok(())
    }

    /// Writes it to the new tar file `path`: wholly, or not at all.
    pub fn write_file(&self, path: &Path) -> Result<(), WriteDossierError> {
        let unwritable = |source| WriteDossierError::Unwritable { path: path.to_owned(), source };
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(parent(path))
            .map_err(unwritable)?;
        let mut to = BufWriter::new(file);
        self.tar(&mut to).map_err(unwritable)?;
        let file = to.into_inner().map_err(|error| unwritable(error.into_error()))?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist_noclobber(path).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteDossierError::Exists(path.to_owned()),
            _ => unwritable(error.error),
        })?;
        Ok(())
    }

    fn tar(&self, to: &mut dyn Write) -> io::Result<()> {
        for (name, (content, bytes)) in &self.files {
            let header = archive::header(name, *bytes).ok_or_else(|| {
                io::Error::other(format!("`{name}` of {bytes} bytes has no tar header"))
            })?;
            to.write_all(&header)?;
            copy(content, *bytes, to)?;
            archive::pad(to, *bytes)?;
        }
        archive::end(to)
    }
}

fn copy(content: &Content, bytes: u64, to: &mut dyn Write) -> io::Result<()> {
    match content {
        Content::Bytes(bytes) => to.write_all(bytes),
        Content::File(path) => {
            // What has other bytes now is found by whoever verifies; other sizes would damage a tar.
            let copied = File::open(path).and_then(|mut from| io::copy(&mut from, to))?;
            if copied == bytes {
                return Ok(());
            }
            Err(io::Error::other(format!("{} was changed meanwhile", path.display())))
        }
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
