//! What a binary says it was built from: Go's build information, and that of `cargo auditable`.

mod elf;
mod go;

use std::io::Read;

use flate2::read::ZlibDecoder;

use self::elf::Elf;
use super::error::Problem;
use super::gather::Gathering;
use super::go::add_build;
use super::tree::json;
use crate::package::{Ecosystem, Package};

/// The most bytes of a binary that is looked at.
pub(super) const MOST_OF_BINARY: u64 = 256 * 1024 * 1024;

/// The most bytes that the list of `cargo auditable` unpacks to.
const MOST_OF_LIST: u64 = 4 * 1024 * 1024;

/// What a binary was built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// By Go: the version of the compiler, and lines about modules.
    Go {
        /// `go1.21.5`.
        version: String,
        /// Lines of `mod`, `dep`, `=>`, parted by tabs.
        modules: String,
    },
    /// By Rust: the JSON of `cargo auditable`.
    Rust(String),
    /// It says that it was, and cannot be made out.
    Unreadable(&'static str),
}

impl Build {
    /// Returns about how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Go { version, modules } => version.len() + modules.len(),
            Self::Rust(text) => text.len(),
            Self::Unreadable(_) => 0,
        }
    }
}

/// Returns what an ELF file was built from; nothing where it says nothing of it.
///
/// # Errors
/// It is no ELF file, or its tables lie outside of it.
pub(super) fn builds_of(bytes: &[u8]) -> Result<Vec<Build>, Problem> {
    let elf = Elf::parse(bytes)
        .ok_or_else(|| Problem::form(None, "it is no ELF file, or its tables lie outside of it"))?;
    let mut builds = Vec::new();
    if let Some(packed) = elf.section(".dep-v0") {
        builds.push(unpacked(packed).map_or(
            Build::Unreadable("its list of crates (`.dep-v0`) cannot be unpacked"),
            Build::Rust,
        ));
    }
    builds.extend(go::build_of(&elf));
    Ok(builds)
}

fn unpacked(packed: &[u8]) -> Option<String> {
    let mut text = Vec::new();
    ZlibDecoder::new(packed).take(MOST_OF_LIST + 1).read_to_end(&mut text).ok()?;
    if text.len() as u64 > MOST_OF_LIST {
        return None;
    }
    String::from_utf8(text).ok()
}

/// Takes in what a binary was built from.
///
/// # Errors
/// The list of `cargo auditable` is not of its form.
pub(super) fn add_builds(builds: &[Build], gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    for build in builds {
        match build {
            Build::Go { version, modules } => add_build(version, modules, gathering),
            Build::Rust(text) => add_crates(text, gathering)?,
            Build::Unreadable(why) => gathering.not_audited("a binary", *why, None),
        }
    }
    Ok(())
}

/// Takes in the crates of `cargo auditable`, those that only ran while building too.
fn add_crates(text: &str, gathering: &mut Gathering<'_>) -> Result<(), Problem> {
    for entry in json(text)?.list("packages")? {
        let (name, version) = (entry.required("name")?, entry.required("version")?);
        let place = gathering.at(None);
        let package = Package::new(Ecosystem::CratesIo, name, Some(version.to_owned()), place);
        match entry.text("source") {
            Some("crates.io") => gathering.add(package),
            Some("local") if entry.is_true("root") => {
                gathering.elsewhere(package, "a working tree");
            }
            Some("local") => gathering.elsewhere(package, "a folder beside it"),
            other => gathering.elsewhere(package, other.unwrap_or("somewhere")),
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
