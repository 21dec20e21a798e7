//! What packages are read from, as it is named on the command line.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_scan::Package;
use plimsoll_scan::inventory::{
    self, Input, Inventory, Kind, NotAudited, Platform, Problem, Reading,
};

pub(crate) use plimsoll_scan::inventory::Told;

use crate::error::{CommandError, Kind as ErrorKind};

/// What names packages: locks, requirements, environments, SBOMs, images.
#[derive(clap::Args, Debug)]
pub(super) struct Named {
    /// Locks, requirements, environments, SBOMs, images or binaries, told by name and content; of a folder
    /// what is installed in it, the image that it is, and the locks in it
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A requirements file of pip; may be repeated
    #[arg(long, value_name = "FILE")]
    requirements: Vec<PathBuf>,
    /// A lock of any tool; may be repeated
    #[arg(long, value_name = "FILE")]
    lock: Vec<PathBuf>,
    /// A folder with installed packages (`*.dist-info`), or a virtual environment; may be repeated
    #[arg(long, value_name = "FOLDER")]
    environment: Vec<PathBuf>,
    /// An SBOM: CycloneDX or SPDX, as JSON; may be repeated
    #[arg(long, value_name = "FILE")]
    sbom: Vec<PathBuf>,
    /// A container image: an OCI layout (folder or archive) or what `docker save` writes; may be repeated
    #[arg(long, value_name = "IMAGE")]
    image: Vec<PathBuf>,
    /// For which platform an image is read that is there for several, such as `linux/arm64`
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

/// What was read.
pub(super) struct Packages {
    /// What was read, and as what.
    pub(super) sources: Vec<Source>,
    pub(super) list: Vec<Package>,
    pub(super) not_audited: Vec<NotAudited>,
    pub(super) notes: Vec<String>,
}

/// Something that names packages.
#[derive(serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Source {
    /// As the user named it.
    pub(super) path: String,
    /// What it was read as.
    pub(super) kind: Kind,
    /// How many packages it names.
    pub(super) packages: usize,
}

/// An image with what is known of it besides what it says itself.
pub(crate) struct Image<'a> {
    /// Its layout.
    pub(crate) layout: &'a Path,
    /// What it is called.
    pub(crate) shown: &'a str,
    /// Texts that name packages in it: what each is called, what it is, and the text.
    pub(crate) texts: Vec<(&'a str, Told, String)>,
    /// What is in it and cannot be judged.
    pub(crate) unknown: Vec<NotAudited>,
}

impl Packages {
    /// Reads what an image has, from its package databases and from what is told besides.
    pub(super) fn of_image(image: &Image<'_>) -> Result<Self, CommandError> {
        let read = |shown: &str, input: Input<'_>, told: Told| {
            let mut include = |_: &str| Err(io::Error::other("an image names no other files"));
            let how = Reading { told: Some(told), include: &mut include, platform: None };
            inventory::read(shown, input, how)
                .map_err(|error| CommandError::new(ErrorKind::Bug, error))
        };
        let mut all = Self {
            sources: Vec::new(),
            list: Vec::new(),
            not_audited: image.unknown.clone(),
            notes: Vec::new(),
        };
        all.add(image.shown, read(image.shown, Input::Folder(image.layout), Told::Image)?);
        for (shown, told, text) in &image.texts {
            let mut text = io::Cursor::new(text.as_bytes());
            all.add(shown, read(shown, Input::File(&mut text), *told)?);
        }
        all.sort();
        Ok(all)
    }

    fn add(&mut self, shown: &str, inventory: Inventory) {
        let Inventory { kind, packages, not_audited, notes } = inventory;
        self.sources.push(Source { path: shown.to_owned(), kind, packages: packages.len() });
        self.list.extend(packages);
        self.not_audited.extend(not_audited);
        self.notes.extend(notes);
    }

    /// Puts everything in order, each once.
    fn sort(&mut self) {
        self.list.sort();
        self.list.dedup();
        self.not_audited.sort();
        self.not_audited.dedup();
        let mut seen = BTreeSet::new();
        self.notes.retain(|note| seen.insert(note.clone()));
    }
}

/// How locks are called in a folder that is no environment.
const LOCKS: &[&str] = &[
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "requirements.lock",
    "conda-lock.yml",
    "environment.yml",
    "environment.yaml",
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "go.mod",
    "go.sum",
];

impl Named {
    /// Whether nothing is named.
    pub(super) fn is_empty(&self) -> bool {
        let all = [&self.requirements, &self.lock, &self.environment, &self.sbom, &self.image];
        self.paths.is_empty() && all.into_iter().all(Vec::is_empty)
    }

    /// Reads everything that is named.
    pub(super) fn read(&self, folder: &Path) -> Result<Packages, CommandError> {
        let mut named: Vec<(PathBuf, Option<Told>)> = Vec::new();
        for path in &self.paths {
            named.extend(within(path, folder)?.into_iter().map(|path| (path, None)));
        }
        let told = [
            (&self.requirements, Told::Requirements),
            (&self.lock, Told::Lock),
            (&self.environment, Told::Environment),
            (&self.sbom, Told::Sbom),
            (&self.image, Told::Image),
        ];
        for (paths, told) in told {
            named.extend(paths.iter().map(|path| (path.clone(), Some(told))));
        }
        if named.is_empty() {
            return Err(CommandError::usage("nothing is named that names packages")
                .hint("name a lock, requirements, an environment, an SBOM or an image"));
        }
        let mut all = Packages {
            sources: Vec::new(),
            list: Vec::new(),
            not_audited: Vec::new(),
            notes: Vec::new(),
        };
        for (path, told) in named {
            let inventory = self.read_one(&path, told, folder)?;
            all.add(&path.display().to_string(), inventory);
        }
        if all.list.is_empty() && all.not_audited.is_empty() {
            let paths: Vec<&str> = all.sources.iter().map(|source| source.path.as_str()).collect();
            let message = format!(
                "no package is named by {}, so there is nothing to judge",
                paths.join(", ")
            );
            return Err(CommandError::usage(message));
        }
        all.sort();
        Ok(all)
    }

    fn read_one(
        &self,
        path: &Path,
        told: Option<Told>,
        folder: &Path,
    ) -> Result<Inventory, CommandError> {
        let platform: Option<Platform> = match &self.platform {
            Some(text) => {
                Some(text.parse().map_err(|error| CommandError::new(ErrorKind::Usage, error))?)
            }
            None => None,
        };
        let (full, shown) = (folder.join(path), path.display().to_string());
        // Only what lies beside the requirements may be named by them.
        let mut include = |named: &str| {
            let outside = Path::new(named).components().any(|part| {
                matches!(part, std::path::Component::ParentDir | std::path::Component::Prefix(_))
            });
            if outside {
                return Err(io::Error::other("it lies outside of the folder of what names it"));
            }
            plimsoll_config::read(&folder.join(named)).map_err(io::Error::other)
        };
        let how = Reading { told, include: &mut include, platform };
        let inventory = if full.is_dir() {
            inventory::read(&shown, Input::Folder(&full), how)
        } else {
            let mut file = File::open(&full).map_err(|error| {
                CommandError::usage(format!("{shown} could not be opened: {error}"))
            })?;
            inventory::read(&shown, Input::File(&mut file), how)
        };
        inventory.map_err(|error| {
            let is_unknown = matches!(error.problem, Problem::Unknown);
            let error = CommandError::new(ErrorKind::Usage, error);
            if is_unknown {
                error.hint(
                    "say what it is: --requirements, --lock, --environment, --sbom or --image",
                )
            } else {
                error
            }
        })
    }
}

/// Returns what a path names: itself, or the locks in a folder that has some.
fn within(path: &Path, folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let full = folder.join(path);
    if !full.exists() {
        let shown = path.display();
        return Err(CommandError::usage(format!("there is no file or folder {shown}")));
    }
    if !full.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if is_installed(&full) || full.join("oci-layout").is_file() {
        found.push(path.to_owned());
    }
    let unread =
        |error| CommandError::usage(format!("{} could not be read: {error}", path.display()));
    for entry in std::fs::read_dir(&full).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if is_lock(&entry.file_name().to_string_lossy()) && entry.path().is_file() {
            found.push(path.join(entry.file_name()));
        }
    }
    found.sort();
    if found.is_empty() {
        let message = format!("{} holds no lock, no environment and no image", path.display());
        return Err(CommandError::usage(message).hint(
            "name the file that names packages, or say what it is: --requirements, --lock, --sbom",
        ));
    }
    Ok(found)
}

/// Whether a file of that name in a folder is a lock.
fn is_lock(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let of_python = name.starts_with("requirements") && ending == "txt"
        || name.starts_with("pylock.") && ending == "toml";
    of_python || LOCKS.contains(&name)
}

/// Whether packages of Python are installed in a folder, itself or as a virtual environment.
fn is_installed(folder: &Path) -> bool {
    if folder.join("pyvenv.cfg").is_file() {
        return true;
    }
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.ends_with(".dist-info") || name.ends_with(".egg-info")
    })
}
