//! An OCI image layout that is being written: a folder of blobs, each named by what it hashes to.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::Serialize;
use tempfile::TempDir;

use crate::document::{Descriptor, Index};
use crate::hashed::Hashed;
use crate::kept::KeptLayers;

const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
const REFERENCE: &str = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// How the names of layouts begin that are not finished.
const UNFINISHED: &str = ".package-";

/// A layout that is being written; what is not put in its place leaves nothing.
#[derive(Debug)]
pub struct Layout {
    folder: TempDir,
    kept: Option<KeptLayers>,
}

/// A layout was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// There is something already.
    #[error("{0} exists already (an image is never written over)")]
    Exists(PathBuf),
    /// It could not be written, or what it is made of could not be read.
    #[error("the image could not be written to {path}")]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A document has no JSON.
    #[error("the image has a document without JSON")]
    Json(#[from] serde_json::Error),
    /// The base could not be taken over.
    #[error(transparent)]
    Base(#[from] Box<crate::base::ReadBaseError>),
    /// A layer was given up without saying why.
    #[error("a layer of the image was not finished")]
    Unfinished,
}

/// What `docker load` reads of an archive.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerManifest {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

impl Layout {
    /// Begins a layout in a new folder in `parent`.
    pub fn begin_in(parent: &Path) -> Result<Self, LayoutError> {
        let unwritable = |source| LayoutError::Unwritable { path: parent.to_owned(), source };
        let folder = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .map_err(unwritable)?;
        fs::create_dir_all(folder.path().join("blobs/sha256")).map_err(unwritable)?;
        fs::write(folder.path().join("oci-layout"), LAYOUT).map_err(unwritable)?;
        Ok(Self { folder, kept: None })
    }

    /// Takes layers that were compressed before out of `kept`, and keeps those that are made.
    #[must_use]
    pub fn keeping(self, kept: KeptLayers) -> Self {
        Self { kept: Some(kept), ..self }
    }

    /// Returns where layers are kept, if anywhere.
    pub(crate) fn kept(&self) -> Option<&KeptLayers> {
        self.kept.as_ref()
    }

    /// Returns the folder that it is in, until it is put in its place.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the file of a blob.
    pub fn file_of(&self, digest: &Digest) -> PathBuf {
        self.folder().join(name_of(digest))
    }

    /// Adds a blob that `write` writes.
    pub(crate) fn blob(
        &self,
        media_type: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Descriptor, LayoutError> {
        let blob = self.blob_if(media_type, write, |_| Ok(true))?;
        blob.ok_or(LayoutError::Unfinished)
    }

    /// As [`Self::blob`], provided that what was written `is_sound`; of what is not nothing is left, and
    /// nothing in the layout is touched.
    pub(crate) fn blob_if(
        &self,
        media_type: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
        is_sound: impl FnOnce(File) -> io::Result<bool>,
    ) -> Result<Option<Descriptor>, LayoutError> {
        let put = || {
            let file = tempfile::Builder::new()
                .prefix(UNFINISHED)
                .permissions(Permissions::from_mode(0o644))
                .tempfile_in(self.folder())?;
            let mut to = Hashed::new(BufWriter::with_capacity(256 * 1024, file));
            write(&mut to)?;
            let (to, digest, size) = to.finish()?;
            let file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
            if !is_sound(file.reopen()?)? {
                return Ok(None);
            }
            file.as_file().sync_all()?;
            file.persist(self.file_of(&digest)).map_err(|error| error.error)?;
            Ok(Some(Descriptor::new(media_type, digest, size)))
        };
        put().map_err(|source| self.unwritable(source))
    }

    /// Adds a blob.
    pub(crate) fn bytes(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor, LayoutError> {
        self.blob(media_type, |to| to.write_all(bytes))
    }

    /// Adds a document.
    pub(crate) fn document<T: Serialize>(
        &self,
        media_type: &str,
        document: &T,
    ) -> Result<Descriptor, LayoutError> {
        self.bytes(media_type, &serde_json::to_vec(document)?)
    }

    /// Writes what the layout is about: `index`, under the name of a model and its version.
    pub(crate) fn point_at(
        &self,
        index: &Descriptor,
        name: &str,
        version: &str,
    ) -> Result<(), LayoutError> {
        let mut pointed = index.clone();
        pointed.annotations = BTreeMap::from([
            (REFERENCE.to_owned(), version.to_owned()),
            (CONTAINERD_NAME.to_owned(), format!("localhost/{name}:{version}")),
        ]);
        let text = serde_json::to_vec(&Index::of(vec![pointed], BTreeMap::new()))?;
        fs::write(self.folder().join("index.json"), text).map_err(|source| self.unwritable(source))
    }

    pub(crate) fn unwritable(&self, source: io::Error) -> LayoutError {
        LayoutError::Unwritable { path: self.folder().to_owned(), source }
    }

    /// Puts the layout in its place, the new folder `path`.
    pub fn place(self, path: &Path) -> Result<(), LayoutError> {
        let unwritable = |source| LayoutError::Unwritable { path: path.to_owned(), source };
        let from = self.folder.path();
        for folder in [from.join("blobs/sha256"), from.join("blobs"), from.to_owned()] {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
        }
        renameat_with(CWD, from, CWD, path, RenameFlags::NOREPLACE).map_err(
            |error| match error {
                rustix::io::Errno::EXIST => LayoutError::Exists(path.to_owned()),
                error => unwritable(error.into()),
            },
        )?;
        _ = self.folder.keep();
        Ok(())
    }

    /// Packs the layout into the new tar file `path`, with what `docker load` looks for.
    pub(crate) fn pack(
        &self,
        path: &Path,
        name: &str,
        config: &Digest,
        layers: impl Iterator<Item = Digest>,
    ) -> Result<(), LayoutError> {
        let docker = [DockerManifest {
            config: name_of(config),
            repo_tags: vec![name.to_owned()],
            layers: layers.map(|digest| name_of(&digest)).collect(),
        }];
        let docker = serde_json::to_vec(&docker)?;
        let put = || {
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            let file = tempfile::Builder::new()
                .prefix(UNFINISHED)
                .permissions(Permissions::from_mode(0o644))
                .tempfile_in(parent.unwrap_or(Path::new(".")))?;
            let mut tar = tar::Builder::new(BufWriter::with_capacity(256 * 1024, file));
            let mut names: Vec<String> = Vec::new();
            for entry in fs::read_dir(self.folder().join("blobs/sha256"))? {
                names.push(format!("blobs/sha256/{}", entry?.file_name().to_string_lossy()));
            }
            names.sort();
            names.extend(["index.json".to_owned(), "oci-layout".to_owned()]);
            for name in names {
                let file = File::open(self.folder().join(&name))?;
                append(&mut tar, &name, file.metadata()?.len(), file)?;
            }
            append(&mut tar, "manifest.json", docker.len() as u64, &*docker)?;
            let file = tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            file.persist_noclobber(path).map_err(|error| error.error).map(drop)
        };
        put().map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => LayoutError::Exists(path.to_owned()),
            _ => LayoutError::Unwritable { path: path.to_owned(), source },
        })
    }
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl io::Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, name, content)
}

fn name_of(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}
