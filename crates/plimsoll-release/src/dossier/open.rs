//! A dossier as it lies there: its files, none of which is believed yet.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, openat};

use super::manifest::check_name;
use super::{DEEPEST, MANIFEST, MOST_FILES, STATEMENT};
use crate::bundle::OpenBundleError;
use crate::bundle::archive;
use crate::bundle::open::{INSIDE, READ, Section, inside, names};

/// The files of a dossier, opened. They stay the same files when somebody puts others in their place.
#[derive(Debug)]
pub struct Dossier {
    pub(super) files: BTreeMap<String, Section>,
}

/// A dossier could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenDossierError {
    /// It could not be read.
    #[error("the dossier could not be read")]
    Unreadable(#[source] io::Error),
    /// A link, a pipe or something else stands where a file should be.
    #[error("`{0}` of the dossier is no regular file")]
    NoFile(String),
    /// It holds something that no dossier has.
    #[error("the dossier has a `{0}` that does not belong to it")]
    Stray(String),
    /// It holds more than a dossier can have.
    #[error("the dossier has more than {MOST_FILES} files, or folders more than {DEEPEST} deep")]
    TooMany,
    /// The tar file is not as Plimsoll writes one.
    #[error("the dossier is no tar file as Plimsoll writes one (the entry at byte {at} differs)")]
    Archive {
        /// Where it differs.
        at: u64,
    },
}

impl Dossier {
    /// Tells whether something that may be a dossier lies at `path`; nothing of it is believed.
    pub fn is_at(path: &Path) -> bool {
        if path.is_dir() {
            return path.join(MANIFEST).symlink_metadata().is_ok();
        }
        let opened = openat(CWD, path, READ, Mode::empty()).ok();
        let section = opened.and_then(|opened| Section::of(opened).ok());
        // A bundle begins with its blobs.
        section.is_some_and(|section| {
            archive::first_name(&section)
                .is_some_and(|name| check_name(&name).is_ok() && !name.starts_with("blobs/"))
        })
    }

    /// Opens the dossier at `path`, a folder or a tar file.
    pub fn open(path: &Path) -> Result<Self, OpenDossierError> {
        let opened = openat(CWD, path, READ, Mode::empty()).map_err(unreadable)?;
        let metadata = rustix::fs::fstat(&opened).map_err(unreadable)?;
        let mut files = BTreeMap::new();
        if FileType::from_raw_mode(metadata.st_mode).is_dir() {
            walk(&opened, "", 1, &mut files)?;
        } else {
            let shown = path.display().to_string();
            let archive = Section::of(opened).map_err(|_| OpenDossierError::NoFile(shown))?;
            files.extend(archive::files(&archive, MOST_FILES).map_err(of_bundle)?);
        }
        let is_own = |name: &str| matches!(name, MANIFEST | STATEMENT) || check_name(name).is_ok();
        if let Some(stray) = files.keys().find(|name| !is_own(name)) {
            return Err(OpenDossierError::Stray(shown(stray)));
        }
        Ok(Self { files })
    }
}

/// Opens every file below `folder`, and follows no link.
fn walk(
    folder: &OwnedFd,
    prefix: &str,
    depth: usize,
    files: &mut BTreeMap<String, Section>,
) -> Result<(), OpenDossierError> {
    if depth > DEEPEST {
        return Err(OpenDossierError::TooMany);
    }
    for name in names(folder, MOST_FILES).map_err(of_bundle)? {
        let path = format!("{prefix}{name}");
        let subfolder = openat(folder, &name, INSIDE | OFlags::DIRECTORY, Mode::empty());
        match subfolder {
            Ok(subfolder) => {
                let before = files.len();
                walk(&subfolder, &format!("{path}/"), depth + 1, files)?;
                // A tar file has no empty folders, so a folder of the same dossier has none either.
                if files.len() == before {
                    return Err(OpenDossierError::Stray(shown(&path)));
                }
            }
            Err(rustix::io::Errno::NOTDIR) => {
                let section = inside(folder, &name, &path).map_err(of_bundle)?;
                if files.len() == MOST_FILES {
                    return Err(OpenDossierError::TooMany);
                }
                files.insert(path, section);
            }
            Err(rustix::io::Errno::LOOP) => return Err(OpenDossierError::NoFile(shown(&path))),
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(())
}

fn unreadable(error: rustix::io::Errno) -> OpenDossierError {
    OpenDossierError::Unreadable(error.into())
}

fn of_bundle(error: OpenBundleError) -> OpenDossierError {
    match error {
        OpenBundleError::Unreadable(source) => OpenDossierError::Unreadable(source),
        OpenBundleError::Stray(name) => OpenDossierError::Stray(name),
        OpenBundleError::NoFile(name) => OpenDossierError::NoFile(name),
        OpenBundleError::TooMany => OpenDossierError::TooMany,
        OpenBundleError::Archive { at } => OpenDossierError::Archive { at },
    }
}

fn shown(name: &str) -> String {
    name.chars().take(100).map(|c| if c.is_control() { '?' } else { c }).collect()
}
