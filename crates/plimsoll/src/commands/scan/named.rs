//! What packages are read from, as it is named on the command line.

mod folder;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_package::registry::ImageReference;
use plimsoll_scan::Package;
use plimsoll_scan::inventory::{
    self, ImageRead, Input, Inventory, Kind, NotAudited, Platform, Problem, Reading,
};

pub(crate) use plimsoll_scan::inventory::Told;

use self::folder::{Bare, is_repository, within};
use super::remote::{self, Asking};
use crate::error::{CommandError, Kind as ErrorKind};
use crate::settings::Settings;
use crate::ui::Ui;

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
    /// A container image: an OCI layout (folder or archive), what `docker save` writes, or one of a registry,
    /// HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…, which is fetched; `docker://` before it says that it
    /// is no path. Who asks is looked up where docker and podman keep it; may be repeated
    #[arg(long, value_name = "IMAGE")]
    image: Vec<PathBuf>,
    /// For which platform an image is read that is there for several, such as `linux/arm64`
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Speak to registries without TLS, as is done on this machine anyway
    #[arg(long)]
    plain_http: bool,
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
    /// Which image it is, where it was read of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<SourceImage>,
    /// How many packages it names.
    pub(super) packages: usize,
}

/// An image that packages were read from.
#[derive(serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SourceImage {
    #[serde(flatten)]
    read: ImageRead,
    /// What its name stood for in its registry, by digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// What is to be read.
enum Place {
    Here(PathBuf, Option<Told>),
    Remote(ImageReference),
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
        all.add(image.shown, read(image.shown, Input::Folder(image.layout), Told::Image)?, None);
        for (shown, told, text) in &image.texts {
            let mut text = io::Cursor::new(text.as_bytes());
            all.add(shown, read(shown, Input::File(&mut text), *told)?, None);
        }
        all.sort();
        Ok(all)
    }

    /// Takes an inventory in; `reference` is what the name of an image stood for in its registry.
    fn add(&mut self, shown: &str, inventory: Inventory, reference: Option<String>) {
        let Inventory { kind, image, packages, not_audited, notes } = inventory;
        let image = image.map(|read| SourceImage { read, reference });
        let (path, count) = (shown.to_owned(), packages.len());
        self.sources.push(Source { path, kind, image, packages: count });
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

impl Named {
    /// Whether nothing is named.
    pub(super) fn is_empty(&self) -> bool {
        let all = [&self.requirements, &self.lock, &self.environment, &self.sbom, &self.image];
        self.paths.is_empty() && all.into_iter().all(Vec::is_empty)
    }

    /// Reads everything that is named.
    pub(super) fn read(
        &self,
        folder: &Path,
        settings: &Settings,
        ui: &Ui,
    ) -> Result<Packages, CommandError> {
        self.read_with(folder, settings, ui, Bare::Refused)
    }

    /// Reads everything that is named, where the files of folders are looked at as well: a folder need not
    /// hold anything else, and nothing else need be named.
    pub(super) fn read_beside_files(
        &self,
        folder: &Path,
        settings: &Settings,
        ui: &Ui,
    ) -> Result<Packages, CommandError> {
        self.read_with(folder, settings, ui, Bare::Allowed)
    }

    /// Returns the folders among what is named that are repositories: no environments and no images.
    pub(super) fn repositories(&self, folder: &Path) -> Vec<PathBuf> {
        self.paths.iter().filter(|path| is_repository(&folder.join(path))).cloned().collect()
    }

    fn read_with(
        &self,
        folder: &Path,
        settings: &Settings,
        ui: &Ui,
        bare: Bare,
    ) -> Result<Packages, CommandError> {
        let mut named: Vec<Place> = Vec::new();
        for path in &self.paths {
            if let Some(reference) = remote::with_scheme(path) {
                named.push(Place::Remote(reference?));
                continue;
            }
            let found = within(path, folder, bare)?.into_iter();
            named.extend(found.map(|path| Place::Here(path, None)));
        }
        let told = [
            (&self.requirements, Told::Requirements),
            (&self.lock, Told::Lock),
            (&self.environment, Told::Environment),
            (&self.sbom, Told::Sbom),
        ];
        for (paths, told) in told {
            named.extend(paths.iter().map(|path| Place::Here(path.clone(), Some(told))));
        }
        for image in &self.image {
            named.push(match remote::with_scheme(image) {
                Some(reference) => Place::Remote(reference?),
                // What lies here is what is meant: nothing is asked for that need not be.
                None if folder.join(image).exists() => {
                    Place::Here(image.clone(), Some(Told::Image))
                }
                None => Place::Remote(remote::without_path(image)?),
            });
        }
        if named.is_empty() && bare == Bare::Refused {
            return Err(CommandError::usage("nothing is named that names packages")
                .hint("name a lock, requirements, an environment, an SBOM or an image"));
        }
        let mut all = Packages {
            sources: Vec::new(),
            list: Vec::new(),
            not_audited: Vec::new(),
            notes: Vec::new(),
        };
        let platform = self.platform()?;
        for place in named {
            match place {
                Place::Here(path, told) => {
                    let inventory = read_one(&path, told, platform.clone(), folder)?;
                    all.add(&path.display().to_string(), inventory, None);
                }
                Place::Remote(reference) => {
                    let platform = platform.clone();
                    let asking = Asking { platform, is_plain: self.plain_http, settings, ui };
                    let (inventory, pinned) = remote::read(&reference, &asking)?;
                    all.add(&reference.to_string(), inventory, Some(pinned));
                }
            }
        }
        if all.list.is_empty() && all.not_audited.is_empty() && bare == Bare::Refused {
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

    fn platform(&self) -> Result<Option<Platform>, CommandError> {
        let parsed = self.platform.as_ref().map(|text| text.parse()).transpose();
        parsed.map_err(|error| CommandError::new(ErrorKind::Usage, error))
    }
}

fn read_one(
    path: &Path,
    told: Option<Told>,
    platform: Option<Platform>,
    folder: &Path,
) -> Result<Inventory, CommandError> {
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
            error.hint("say what it is: --requirements, --lock, --environment, --sbom or --image")
        } else {
            error
        }
    })
}
