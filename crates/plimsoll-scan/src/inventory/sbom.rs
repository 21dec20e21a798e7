//! SBOMs as input: `CycloneDX` and SPDX, as JSON.

mod cyclonedx;
mod spdx;

use super::expression::{all_of, is_expression};
use super::gather::Gathering;
use crate::package::{Ecosystem, LicenseFile, Package, Published, Purl};

pub(super) use self::cyclonedx::read_cyclonedx;
pub(super) use self::spdx::read_spdx;

/// The most bytes of a licence text in an SBOM.
const MOST_OF_LICENSE: usize = 1024 * 1024;

/// What an SBOM says of one package.
struct Component<'t> {
    name: &'t str,
    version: Option<&'t str>,
    purl: Option<&'t str>,
    published: Published,
    line: Option<u64>,
}

/// Takes a package in by its package URL; what has none, or one of no ecosystem, is not audited.
fn add(component: Component<'_>, system: Option<&System>, gathering: &mut Gathering<'_>) {
    let Component { name, version, purl, published, line } = component;
    let Some(text) = purl else {
        let why = "it has no package URL, so that nothing says where it comes from";
        return gathering.not_audited(&labelled(name, version), why, line);
    };
    let purl = match Purl::parse(text) {
        Ok(purl) => purl,
        Err(error) => {
            return gathering.not_audited(&labelled(name, version), error.to_string(), line);
        }
    };
    let mut package = match Package::of_purl(&purl, gathering.at(line)) {
        Ok(package) => package,
        Err(error) => {
            return gathering.not_audited(&labelled(name, version), error.to_string(), line);
        }
    };
    package.published = published;
    if package.version.is_none() {
        package.version = version.map(str::to_owned);
    }
    let from_elsewhere =
        ["vcs_url", "download_url"].iter().find_map(|key| purl.qualifiers.get(*key));
    if let Some(release) = release_of(&mut package.ecosystem) {
        if release.is_none() {
            *release = system.and_then(|system| system.release_for(&purl));
        }
        if release.is_none() {
            return gathering.doubtful(package, "the release of its distribution is not given");
        }
    }
    match from_elsewhere {
        Some(from) if !from.starts_with("https://files.pythonhosted.org/") => {
            gathering.elsewhere(package, from);
        }
        _ => gathering.add(package),
    }
}

fn labelled(name: &str, version: Option<&str>) -> String {
    version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
}

fn release_of(ecosystem: &mut Ecosystem) -> Option<&mut Option<String>> {
    match ecosystem {
        Ecosystem::Debian(release) | Ecosystem::Ubuntu(release) | Ecosystem::Alpine(release) => {
            Some(release)
        }
        _ => None,
    }
}

/// The distribution that an SBOM says its packages are of.
struct System {
    name: String,
    version: String,
}

impl System {
    /// Returns the release of a package of this distribution, as its ecosystem writes it.
    fn release_for(&self, purl: &Purl) -> Option<String> {
        if purl.namespace.as_deref() != Some(self.name.as_str()) {
            return None;
        }
        match self.name.as_str() {
            "alpine" => crate::package::alpine_branch(&self.version),
            "debian" => self.version.split('.').next().map(str::to_owned),
            _ => Some(self.version.clone()),
        }
    }
}

/// Makes the terms of several licences that were listed: an expression that asks for all of them where
/// each is one, else a text, so that none is passed over.
fn terms(names: &[&str], files: Vec<LicenseFile>) -> Published {
    let mut names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let expression = all_of(names.iter().copied());
    let text = (expression.is_none() && !names.is_empty()).then(|| names.join(", "));
    Published { expression, text, classifiers: Vec::new(), files }
}
