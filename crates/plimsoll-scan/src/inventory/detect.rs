//! What a file is, by its name and its content.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Told;
use super::error::Problem;
use super::tree::{Node, Value, toml, without_place};

/// What something was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// `requirements.txt`.
    Requirements,
    /// `uv.lock`.
    UvLock,
    /// `poetry.lock`.
    PoetryLock,
    /// `pdm.lock`.
    PdmLock,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// A list of conda packages, `@EXPLICIT` or exported.
    CondaList,
    /// `environment.yml` of conda.
    CondaEnvironment,
    /// `conda-lock.yml`.
    CondaLock,
    /// What is installed in a folder.
    Environment,
    /// `Cargo.lock`.
    CargoLock,
    /// `package-lock.json` or `npm-shrinkwrap.json`.
    PackageLock,
    /// `pnpm-lock.yaml`.
    PnpmLock,
    /// `yarn.lock`.
    YarnLock,
    /// `go.mod`.
    GoMod,
    /// `go.sum`.
    GoSum,
    /// The database of `dpkg`.
    DpkgStatus,
    /// The database of `apk`.
    ApkInstalled,
    /// An SBOM of `CycloneDX`.
    CycloneDx,
    /// An SPDX document.
    Spdx,
    /// A container image.
    Image,
    /// An ELF file that says what it was built from.
    Binary,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requirements => "requirements",
            Self::UvLock => "uv.lock",
            Self::PoetryLock => "poetry.lock",
            Self::PdmLock => "pdm.lock",
            Self::PipfileLock => "Pipfile.lock",
            Self::Pylock => "pylock.toml",
            Self::CondaList => "list of conda packages",
            Self::CondaEnvironment => "conda environment.yml",
            Self::CondaLock => "conda-lock.yml",
            Self::Environment => "environment",
            Self::CargoLock => "Cargo.lock",
            Self::PackageLock => "package-lock.json",
            Self::PnpmLock => "pnpm-lock.yaml",
            Self::YarnLock => "yarn.lock",
            Self::GoMod => "go.mod",
            Self::GoSum => "go.sum",
            Self::DpkgStatus => "dpkg status",
            Self::ApkInstalled => "apk installed",
            Self::CycloneDx => "CycloneDX SBOM",
            Self::Spdx => "SPDX SBOM",
            Self::Image => "image",
            Self::Binary => "binary",
        })
    }
}

/// Names that say what a file is.
const NAMES: [(&str, Kind); 16] = [
    ("conda-lock.yml", Kind::CondaLock),
    ("conda-lock.yaml", Kind::CondaLock),
    ("environment.yml", Kind::CondaEnvironment),
    ("environment.yaml", Kind::CondaEnvironment),
    ("Cargo.lock", Kind::CargoLock),
    ("package-lock.json", Kind::PackageLock),
    ("npm-shrinkwrap.json", Kind::PackageLock),
    ("pnpm-lock.yaml", Kind::PnpmLock),
    ("yarn.lock", Kind::YarnLock),
    ("go.mod", Kind::GoMod),
    ("go.sum", Kind::GoSum),
    ("uv.lock", Kind::UvLock),
    ("poetry.lock", Kind::PoetryLock),
    ("pdm.lock", Kind::PdmLock),
    ("Pipfile.lock", Kind::PipfileLock),
    ("pylock.toml", Kind::Pylock),
];

/// Says what a text is, given what the user says of it.
///
/// # Errors
/// It is nothing that is known, or not what the user says.
pub(super) fn kind_of_text(path: &str, text: &str, told: Option<Told>) -> Result<Kind, Problem> {
    let kind = match told {
        Some(Told::Requirements) => return Ok(requirements_or_list(text)),
        Some(Told::Environment | Told::Image) => None,
        Some(Told::Lock | Told::Sbom) | None => {
            by_name(path, text).map_or_else(|| by_content(path, text), |it| Ok(Some(it)))?
        }
    };
    let is_as_told = |kind: &Kind| match told {
        Some(Told::Sbom) => kind.is_sbom(),
        Some(Told::Lock) => !kind.is_sbom(),
        _ => true,
    };
    match (kind.filter(is_as_told), told) {
        (Some(kind), _) => Ok(kind),
        (None, Some(Told::Lock)) if kind.is_none() && !is_marked_up(text) => {
            // What `pip freeze` and `pip-compile` write has no mark and any name.
            Ok(requirements_or_list(text))
        }
        (None, None) => Err(Problem::Unknown),
        (None, Some(told)) => Err(Problem::form(None, format!("it is no {told}"))),
    }
}

impl Kind {
    fn is_sbom(self) -> bool {
        matches!(self, Self::CycloneDx | Self::Spdx)
    }
}

/// Tells JSON, XML and YAML from lines of requirements.
fn is_marked_up(text: &str) -> bool {
    text.trim_start().starts_with(['{', '<']) || text.starts_with("---")
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Requirements => "requirements file",
            Self::Lock => "lock that is known",
            Self::Environment => "environment, which is a folder",
            Self::Sbom => "SBOM that is known (CycloneDX or SPDX, as JSON)",
            Self::Image => "image (an OCI layout or what `docker save` writes)",
        })
    }
}

fn by_name(path: &str, text: &str) -> Option<Kind> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*kind);
    }
    let is_pylock = name.starts_with("pylock.") && ends(name, &[".toml"]);
    let is_text = ends(name, &[".txt", ".in", ".lock"]);
    let asks = name.contains("requirements") || name.contains("constraints");
    if is_pylock {
        Some(Kind::Pylock)
    } else if is_text && (asks || text.lines().any(|line| line.trim() == "@EXPLICIT")) {
        Some(requirements_or_list(text))
    } else {
        None
    }
}

fn ends(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

fn requirements_or_list(text: &str) -> Kind {
    let mut lines = text.lines().map(str::trim);
    let is_list = lines.clone().any(|line| line == "@EXPLICIT" || line.starts_with("# $ conda create"))
        // Written by `conda list --export` without its comment.
        || lines.find(|line| !line.is_empty() && !line.starts_with('#')).is_some_and(is_exported);
    if is_list { Kind::CondaList } else { Kind::Requirements }
}

fn is_exported(line: &str) -> bool {
    let is_sound = |part: &&str| !part.is_empty() && !part.contains(char::is_whitespace);
    !line.contains("==")
        && line.split('=').filter(is_sound).count() == 3
        && !line.contains([';', '<', '>', '@'])
}

fn by_content(path: &str, text: &str) -> Result<Option<Kind>, Problem> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('{') {
        return of_json(text);
    }
    refuse_other_sboms(start)?;
    if text.lines().take(10).any(|line| line == "# yarn lockfile v1") {
        return Ok(Some(Kind::YarnLock));
    }
    if start.starts_with("Package: ") {
        return Ok(Some(Kind::DpkgStatus));
    }
    if start.starts_with("C:Q1") {
        return Ok(Some(Kind::ApkInstalled));
    }
    if ends(path, &[".yml", ".yaml"]) || text.lines().any(|line| line == "__metadata:") {
        return Ok(of_yaml(text));
    }
    if !ends(path, &[".toml", ".lock"]) {
        return Ok(None);
    }
    match toml(text) {
        Ok(root) => Ok(of_toml(&root)),
        Err(error @ Problem::TooLarge { .. }) => Err(error),
        // Other locks have names that end so too.
        Err(_) => Ok(None),
    }
}

/// Refuses SBOMs in formats that are not read.
fn refuse_other_sboms(start: &str) -> Result<(), Problem> {
    let head = start.get(..4096).unwrap_or(start);
    let is_xml = start.starts_with('<');
    let what = if is_xml && head.contains("cyclonedx.org/schema") {
        "an SBOM of CycloneDX in XML"
    } else if is_xml && head.contains("spdx.org") {
        "an SPDX document in RDF or XML"
    } else if head.lines().any(|line| line.starts_with("SPDXVersion:")) {
        "an SPDX document of tags and values"
    } else if head.lines().any(|line| line.starts_with("spdxVersion:")) {
        "an SPDX document in YAML"
    } else {
        return Ok(());
    };
    let instead = "give it as JSON, which the tools that write it can also do";
    Err(Problem::Refused { what: what.to_owned(), instead })
}

/// The keys of a map.
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_map(Self(BTreeSet::new()))
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Self, A::Error> {
        while let Some((key, IgnoredAny)) = access.next_entry()? {
            self.0.insert(key);
        }
        Ok(self)
    }
}

/// Looks at the outermost keys only; whoever reads it afterwards looks at all of it.
fn of_json(text: &str) -> Result<Option<Kind>, Problem> {
    let keys: Keys = serde_json::from_str(text).map_err(|error| Problem::Syntax {
        format: "JSON",
        line: Some(error.line() as u64).filter(|line| *line > 0),
        message: without_place(&error),
    })?;
    let has = |key: &str| keys.0.contains(key);
    let is_spdx = has("spdxVersion") || (has("@context") && has("@graph"));
    Ok(if has("bomFormat") {
        Some(Kind::CycloneDx)
    } else if is_spdx {
        Some(Kind::Spdx)
    } else if has("_meta") && has("default") {
        Some(Kind::PipfileLock)
    } else if has("lockfileVersion") {
        Some(Kind::PackageLock)
    } else {
        None
    })
}

/// Looks at keys that start a line; whoever reads it afterwards reads it as YAML.
fn of_yaml(text: &str) -> Option<Kind> {
    let has = |key: &str| {
        text.lines().any(|line| line.strip_prefix(key).is_some_and(|it| it.starts_with(':')))
    };
    if has("lockfileVersion") {
        Some(Kind::PnpmLock)
    } else if has("__metadata") {
        Some(Kind::YarnLock)
    } else if has("package") && has("metadata") {
        Some(Kind::CondaLock)
    } else if has("dependencies") {
        Some(Kind::CondaEnvironment)
    } else {
        None
    }
}

fn of_toml(root: &Node) -> Option<Kind> {
    let metadata = |key: &str| root.get("metadata").is_some_and(|it| it.get(key).is_some());
    let first = root.list("package").ok().and_then(<[Node]>::first);
    let source = first.and_then(|it| it.get("source")).map(|it| &it.value);
    if root.get("lock-version").is_some() {
        Some(Kind::Pylock)
    } else if metadata("lock_version") {
        Some(Kind::PdmLock)
    } else if metadata("lock-version") || metadata("content-hash") {
        Some(Kind::PoetryLock)
    } else if root.get("version").is_some() && matches!(source, Some(Value::Map(_))) {
        Some(Kind::UvLock)
    } else if first.is_some_and(|it| it.get("checksum").is_some())
        || matches!(source, Some(Value::Text(_)))
    {
        Some(Kind::CargoLock)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
