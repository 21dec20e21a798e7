//! What an image is made of: a verified bundle, programs, and what is said of them.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use plimsoll_package::base::Ground;
use plimsoll_package::{Artifact, ArtifactFile, Compression, Content, Program, Recipe};
use plimsoll_predict::runtime::Library;
use plimsoll_release::bundle::{Bundle, VerifiedBundle};
use plimsoll_release::encryption::{self, ENDING};

use super::encrypt::Encrypted;
use crate::commands::verify::Found;
use crate::error::{CommandError, Kind};
use crate::view;

/// What the subject of the statements is called, and how a model is encrypted.
const SUBJECT: &str = "plimsoll.subject";
const ENCRYPTION: &str = "plimsoll.encryption";

/// The kind of an artifact that is a bundle whose model is encrypted.
const ENCRYPTED_BUNDLE: &str = "application/vnd.plimsoll.encrypted-bundle.v1";

const INDEX: &str = "index.json";
const BLOBS: &str = "blobs/sha256/";
const TERMS: [&str; 2] = ["LICENSE", "ThirdPartyNotices.txt"];

/// The largest file of terms that is taken along.
const LARGEST_TERMS: u64 = 8 * 1024 * 1024;

/// What an image is made of.
pub(super) struct Contents<'a> {
    pub(super) found: &'a Found,
    pub(super) verified: &'a VerifiedBundle,
    pub(super) base: Ground<'a>,
    pub(super) library: &'a Library,
    /// The model as it is to be written, where that is encrypted.
    pub(super) encrypted: Option<&'a Encrypted>,
}

impl<'a> Contents<'a> {
    /// Returns what is to be written.
    pub(super) fn recipe(
        &self,
        program: &Path,
        trust: &Path,
        compression: Compression,
    ) -> Result<Recipe<'a>, CommandError> {
        let release = &self.verified.release;
        let bundle = &self.found.bundle;
        let file = self.library.path.file_name().unwrap_or_default().to_string_lossy();
        let program = content(program)?;
        let labels = self.labels(&program)?;
        Ok(Recipe {
            name: release.version.variant.to_string(),
            version: release.version.number.to_string(),
            created: view::rfc3339(release.at),
            labels,
            compression,
            base: self.base,
            runtime: Program {
                file: file.into_owned(),
                content: content(&self.library.path)?,
                terms: terms(&self.library.path),
            },
            program,
            trust: content(trust)?,
            bundle: match self.encrypted {
                None => files(bundle).collect(),
                Some(encrypted) => encrypted_files(self.verified, bundle, encrypted)?,
            },
            of_bundle: self.encryption(),
            artifact: match self.encrypted {
                None => artifact(bundle)?,
                Some(encrypted) => self.encrypted_artifact(encrypted)?,
            },
        })
    }

    fn labels(&self, program: &Content<'_>) -> Result<BTreeMap<String, String>, CommandError> {
        let release = &self.verified.release;
        let base = match self.base {
            Ground::Made(base) => {
                let digest = base.digest().map_err(|error| CommandError::new(Kind::Bug, error))?;
                ("plimsoll.base", digest.to_string())
            }
            Ground::Foreign(base) => {
                ("org.opencontainers.image.base.digest", base.digest().to_string())
            }
        };
        let program = program.digest().map(|digest| digest.to_string()).unwrap_or_default();
        let said = [
            ("org.opencontainers.image.title", release.version.variant.to_string()),
            ("org.opencontainers.image.version", release.version.number.to_string()),
            ("org.opencontainers.image.created", view::rfc3339(release.at)),
            (SUBJECT, self.verified.subject.to_string()),
            ("plimsoll.run", release.run.to_string()),
            base,
            ("plimsoll.program", program),
            ("plimsoll.onnxruntime", self.library.digest.to_string()),
        ];
        let said = said.into_iter().map(|(name, value)| (name.to_owned(), value));
        Ok(said.chain(self.encryption()).collect())
    }

    /// Returns what is said of an encrypted model: how, and not to whom.
    fn encryption(&self) -> BTreeMap<String, String> {
        let said = self.encrypted.map(|_| (ENCRYPTION.to_owned(), encryption::FORMAT.to_owned()));
        said.into_iter().collect()
    }

    /// Returns the whole bundle as one artifact, for who pulls it as files: its own manifest would name
    /// a model that is not there.
    fn encrypted_artifact(&self, encrypted: &Encrypted) -> Result<Artifact<'a>, CommandError> {
        let files = encrypted_files(self.verified, &self.found.bundle, encrypted)?;
        let file = |(name, content): (String, Content<'a>)| {
            let media_type = if name.ends_with(ENDING) {
                encryption::MEDIA_TYPE
            } else if name == INDEX {
                "application/json"
            } else {
                "application/octet-stream"
            };
            ArtifactFile { name, media_type, content }
        };
        let mut annotations = self.encryption();
        annotations.insert(SUBJECT.to_owned(), self.verified.subject.to_string());
        let files = files.into_iter().map(file).collect();
        Ok(Artifact::of_files(ENCRYPTED_BUNDLE, files, annotations)?)
    }
}

fn content<'c>(path: &Path) -> Result<Content<'c>, CommandError> {
    Content::file(path).map_err(|error| {
        CommandError::world(format!("{} could not be read: {error}", path.display()))
    })
}

/// Returns the files of a bundle; those that are named by what they hash to must still do so.
fn files(bundle: &Bundle) -> impl Iterator<Item = (String, Content<'_>)> {
    bundle.files().map(move |(name, size)| {
        let digest = name.strip_prefix(BLOBS).map(|digits| format!("sha256:{digits}"));
        let digest = digest.and_then(|digest| digest.parse().ok());
        let open = move || {
            let reader = bundle.read(name).ok_or(io::ErrorKind::NotFound)?;
            let reader: Box<dyn Read + '_> = Box::new(reader);
            Ok(reader)
        };
        (name.to_owned(), Content::stream(size, digest, open))
    })
}

/// Returns the files of a bundle with its model encrypted; nothing of the model itself is among them.
fn encrypted_files<'b>(
    verified: &VerifiedBundle,
    bundle: &'b Bundle,
    encrypted: &Encrypted,
) -> Result<BTreeMap<String, Content<'b>>, CommandError> {
    let (plain, name) = verified.model_files();
    let mut all: BTreeMap<_, _> = files(bundle).collect();
    if all.remove(&plain).is_none() {
        return Err(CommandError::new(Kind::Bug, "a bundle without its model"));
    }
    let ciphertext = content(&encrypted.file)?;
    if ciphertext.digest() != Some(encrypted.told.ciphertext) {
        let message = format!("{} was changed meanwhile", encrypted.file.display());
        return Err(CommandError::world(message));
    }
    all.insert(name, ciphertext);
    Ok(all)
}

/// Returns the model as the artifact that it is in its bundle.
fn artifact(bundle: &Bundle) -> Result<Artifact<'_>, CommandError> {
    let mut index = Vec::new();
    if let Some(mut reader) = bundle.read(INDEX) {
        reader.read_to_end(&mut index).map_err(|error| {
            CommandError::world(format!("the bundle could not be read: {error}"))
        })?;
    }
    let blobs = files(bundle).filter_map(|(_, content)| Some((content.digest()?, content)));
    Artifact::of(&index, blobs.collect()).map_err(|error| CommandError::new(Kind::No, error))
}

/// Returns the terms that lie beside a library, or above it as in a wheel.
fn terms(library: &Path) -> BTreeMap<String, Vec<u8>> {
    let folders = library.ancestors().skip(1).take(2);
    let read = |folder: &Path, name: &str| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(folder.join(name)).ok()?;
        file.take(LARGEST_TERMS).read_to_end(&mut bytes).ok()?;
        Some((name.to_owned(), bytes))
    };
    let mut found =
        folders.map(|folder| TERMS.iter().filter_map(|name| read(folder, name)).collect());
    found.find(|found: &BTreeMap<_, _>| !found.is_empty()).unwrap_or_default()
}
