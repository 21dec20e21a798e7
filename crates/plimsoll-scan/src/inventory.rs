//! Which packages something names: a lock, requirements, an environment, an SBOM, an image.
//!
//! What is named is told apart from what can be audited: a package whose version is not fixed, that
//! comes from an address, or that cannot be made out at all is in [`Inventory::not_audited`], each with
//! why. What cannot be read as a whole is an error. Nothing is fetched, run or imported.

mod alpine;
mod binary;
mod cargo;
mod conda;
mod debian;
mod detect;
mod error;
mod expression;
mod files;
mod gather;
mod go;
mod image;
mod npm;
mod os_release;
mod python;
mod sbom;
mod stanza;
pub(crate) mod tree;

use std::fmt;
use std::io::Read;
use std::path::Path;

use plimsoll_core::Digest;
use serde::Serialize;

use self::gather::Gathering;
use self::image::Store;
use self::os_release::OsRelease;
use crate::package::{Ecosystem, Package, Place, Published};

pub use self::detect::Kind;
pub use self::error::{InventoryError, Problem};
pub use self::image::{Blobs, ParsePlatformError, Platform};
pub use self::python::Include;
pub(crate) use self::python::normalized;

/// The most bytes of a file that is read as text.
pub const MOST_OF_TEXT: u64 = 64 * 1024 * 1024;

/// How many bytes tell a text from an archive.
const HEAD: u64 = 512;

/// What a binary starts with.
const ELF: &[u8; 4] = b"\x7fELF";

/// The packages that something names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inventory {
    /// What it was read as.
    pub kind: Kind,
    /// Which image it is, where it was read of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRead>,
    /// Every package, in order, once per version; those without a version are in `not_audited` too.
    pub packages: Vec<Package>,
    /// What cannot be judged for certain, or not at all, in order.
    pub not_audited: Vec<NotAudited>,
    /// What else a person should know: what was left out, which platform was read.
    pub notes: Vec<String>,
}

/// The image that was read, of those that lie there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageRead {
    /// The digest of its manifest; what `docker save` writes has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What it is for.
    pub platform: Platform,
}

/// Something that is named and cannot be audited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NotAudited {
    /// Where it comes from, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecosystem: Option<Ecosystem>,
    /// Its name, or what is there in place of one.
    pub name: String,
    /// Its version, where one is known nevertheless.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why it cannot be audited.
    pub why: String,
    /// Where it was seen.
    pub place: Place,
}

/// What a user says that something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Requirements, in the format of `pip`, whatever the name of the file.
    Requirements,
    /// A lock of any tool.
    Lock,
    /// A folder with installed packages.
    Environment,
    /// An SBOM.
    Sbom,
    /// A container image.
    Image,
}

/// What is to be read, opened already.
pub enum Input<'a> {
    /// The content of a file.
    File(&'a mut dyn Content),
    /// A folder, of which only what is needed is opened.
    Folder(&'a Path),
    /// An image that lies elsewhere, of which only what is needed is asked for.
    Image(&'a dyn Blobs),
}

/// Bytes that can be read twice: an image is, a text is not.
pub trait Content: Read + std::io::Seek {}

impl<T: Read + std::io::Seek> Content for T {}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(_) => f.write_str("File(..)"),
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Image(blobs) => f.debug_tuple("Image").field(&blobs.root()).finish(),
        }
    }
}

/// How to read.
pub struct Reading<'a> {
    /// What the user says that it is; otherwise name and content decide.
    pub told: Option<Told>,
    /// Opens the files that a requirements file names.
    pub include: Include<'a>,
    /// For which platform an image is read, where it is there for several; otherwise `linux/amd64`, or
    /// the only one there.
    pub platform: Option<Platform>,
}

impl fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("told", &self.told).finish_non_exhaustive()
    }
}

/// Reads which packages `input` names; `path` is how the user named it.
///
/// # Errors
/// It is of no kind that is known or not of the one that the user says, of a version that came later,
/// damaged, or larger than what is read.
pub fn read(path: &str, input: Input<'_>, how: Reading<'_>) -> Result<Inventory, InventoryError> {
    let Reading { told, include, platform } = how;
    let mut gathering = Gathering::new(path);
    let kind = match input {
        Input::Folder(folder) => {
            read_folder(path, folder, told, platform.as_ref(), &mut gathering)?
        }
        Input::Image(blobs) => {
            let read = image::read_image(Store::Brought(blobs), platform.as_ref(), &mut gathering);
            read.map_err(|problem| problem.of(path))?;
            Kind::Image
        }
        Input::File(content) => {
            let kind = read_file(path, content, (told, platform.as_ref()), include, &mut gathering);
            kind?
        }
    };
    gathering.finish(kind).map_err(|problem| problem.of(path))
}

fn read_file(
    path: &str,
    content: &mut dyn Content,
    (told, platform): (Option<Told>, Option<&Platform>),
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<Kind, InventoryError> {
    let of_path = |problem: Problem| problem.of(path);
    let head = read_head(content).map_err(of_path)?;
    if told == Some(Told::Image) || (told.is_none() && image::is_archive(&head)) {
        let store = Store::of_archive(content).map_err(of_path)?;
        image::read_image(store, platform, gathering).map_err(of_path)?;
        return Ok(Kind::Image);
    }
    let bytes = read_whole(content).map_err(of_path)?;
    if told.is_none() && bytes.starts_with(ELF) {
        read_binary(&bytes, gathering).map_err(of_path)?;
        return Ok(Kind::Binary);
    }
    let text = text_of(&bytes).map_err(of_path)?;
    let kind = detect::kind_of_text(path, text, told).map_err(of_path)?;
    read_text(kind, path, text, include, gathering)?;
    Ok(kind)
}

fn read_folder(
    path: &str,
    folder: &Path,
    told: Option<Told>,
    platform: Option<&Platform>,
    gathering: &mut Gathering<'_>,
) -> Result<Kind, InventoryError> {
    match told {
        Some(Told::Image) => {}
        None if image::is_layout(folder) => {}
        None | Some(Told::Environment) => {
            python::read_environment(folder, path, gathering)?;
            return Ok(Kind::Environment);
        }
        Some(told) => {
            return Err(Problem::form(None, format!("it is a folder, and no {told}")).of(path));
        }
    }
    let store = Store::of_folder(folder).map_err(|problem| problem.of(path))?;
    image::read_image(store, platform, gathering).map_err(|problem| problem.of(path))?;
    Ok(Kind::Image)
}

/// Reads as much as tells a text from an archive, and goes back to the start.
fn read_head(content: &mut dyn Content) -> Result<Vec<u8>, Problem> {
    let mut head = Vec::new();
    content.take(HEAD).read_to_end(&mut head).map_err(Problem::Unreadable)?;
    content.rewind().map_err(Problem::Unreadable)?;
    Ok(head)
}

fn read_text(
    kind: Kind,
    path: &str,
    text: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) -> Result<(), InventoryError> {
    let read = match kind {
        Kind::Requirements => return python::read_requirements(text, path, include, gathering),
        Kind::CondaEnvironment => {
            return conda::read_environment_file(text, path, include, gathering);
        }
        Kind::UvLock => python::read_uv(text, gathering),
        Kind::PoetryLock | Kind::PdmLock => {
            python::ask_project(path, include, gathering);
            match kind {
                Kind::PoetryLock => python::read_poetry(text, gathering),
                _ => python::read_pdm(text, gathering),
            }
        }
        Kind::PipfileLock => python::read_pipfile(text, gathering),
        Kind::Pylock => python::read_pylock(text, gathering),
        Kind::CondaList => conda::read_explicit(text, gathering),
        Kind::CondaLock => conda::read_conda_lock(text, gathering),
        Kind::CargoLock => cargo::read_cargo(text, gathering),
        Kind::PackageLock => npm::read_package_lock(text, gathering),
        Kind::PnpmLock => npm::read_pnpm(text, gathering),
        Kind::YarnLock => npm::read_yarn(text, gathering),
        Kind::GoMod => go::read_mod(text, gathering),
        Kind::GoSum => go::read_sum(text, gathering),
        Kind::DpkgStatus => {
            let published = |_: &str| Published::default();
            debian::read_status(text, &OsRelease::default(), &published, gathering)
        }
        Kind::ApkInstalled => alpine::read_installed(text, &OsRelease::default(), gathering),
        Kind::CycloneDx => sbom::read_cyclonedx(text, gathering),
        Kind::Spdx => sbom::read_spdx(text, gathering),
        Kind::Environment | Kind::Binary | Kind::Image => Err(Problem::Unknown),
    };
    read.map_err(|problem| problem.of(path))
}

fn read_binary(bytes: &[u8], gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    let builds = binary::builds_of(bytes)?;
    if builds.is_empty() {
        let message = "it says nothing of what it was built from (expected build information of Go, or of `cargo auditable`)";
        return Err(Problem::form(None, message));
    }
    binary::add_builds(&builds, gathering)
}

/// Reads all of a file: more of a binary than of a text.
fn read_whole(content: &mut dyn Content) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    content.take(MOST_OF_TEXT + 1).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
    let (what, limit) = if bytes.starts_with(ELF) {
        let rest = binary::MOST_OF_BINARY - MOST_OF_TEXT;
        content.take(rest).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
        ("bytes of a binary", binary::MOST_OF_BINARY)
    } else {
        ("bytes of text", MOST_OF_TEXT)
    };
    if bytes.len() as u64 > limit {
        return Err(Problem::TooLarge { what, limit });
    }
    Ok(bytes)
}

/// Returns bytes as text, without the mark that some editors put in front.
fn text_of(bytes: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| Problem::NoText(error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
impl Inventory {
    /// Returns what a test compares: a line per thing.
    fn shown(&self) -> String {
        let line = |place: &Place| place.line.map(|line| format!(":{line}")).unwrap_or_default();
        let mut lines = Vec::new();
        for it in &self.packages {
            let version = it.version.as_deref().unwrap_or("?");
            let (path, line) = (&it.place.path, line(&it.place));
            let license = it.published.expression.as_ref().or(it.published.text.as_ref());
            let license = license.map(|it| format!(" [{it}]")).unwrap_or_default();
            let source = it
                .source
                .as_ref()
                .map(|it| format!(" from {} {}", it.name, it.version.as_deref().unwrap_or("-")));
            let source = source.unwrap_or_default();
            lines.push(format!(
                "{} {} {version}{source}{license} ({path}{line})",
                it.ecosystem, it.name
            ));
        }
        for it in &self.not_audited {
            let version = it.version.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
            lines.push(format!(
                "not audited: {}{version}: {} ({}{})",
                it.name,
                it.why,
                it.place.path,
                line(&it.place)
            ));
        }
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
