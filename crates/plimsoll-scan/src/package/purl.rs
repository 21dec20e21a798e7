//! Package URLs (`pkg:type/namespace/name@version?qualifiers`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Ecosystem, Package, Place, SourcePackage};

/// The longest text that is read as one.
const LONGEST: usize = 4096;

/// A package URL, taken apart; what was encoded is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purl {
    /// The type, in lower case: `pypi`, `npm`, `deb`.
    pub kind: String,
    /// What stands before the name, its parts joined by `/`.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The version.
    pub version: Option<String>,
    /// Further facts, their keys in lower case.
    pub qualifiers: BTreeMap<String, String>,
}

/// The text is no package URL.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no package URL (expected `pkg:TYPE/NAME@VERSION`)")]
pub struct ParsePurlError(String);

/// A package URL is of a type that has no ecosystem here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("packages of type `{0}` are none that advisories are known of here")]
pub struct NoEcosystemError(String);

impl Purl {
    /// Reads a package URL.
    ///
    /// # Errors
    /// It is none, or is longer than 4096 bytes.
    pub fn parse(text: &str) -> Result<Self, ParsePurlError> {
        Self::take_apart(text.trim())
            .ok_or_else(|| ParsePurlError(text.chars().take(100).collect()))
    }

    fn take_apart(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        if text.len() > LONGEST || !scheme.eq_ignore_ascii_case("pkg") {
            return None;
        }
        let rest = rest.split('#').next()?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        // The `@` of a scope is to be encoded and often is not; only one after the last `/` is ours.
        let last = path.rfind('/')?;
        let (path, version) = match path.rfind('@') {
            Some(at) if at > last + 1 => (path.get(..at)?, Some(path.get(at + 1..)?)),
            _ => (path, None),
        };
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let kind = parts.next()?.to_ascii_lowercase();
        let is_sound = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'+' | b'-');
        if !kind.bytes().all(is_sound) {
            return None;
        }
        let parts: Vec<String> = parts.map(decoded).collect::<Option<_>>()?;
        let (name, namespace) = parts.split_last()?;
        let mut qualifiers = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=')?;
            if !value.is_empty() {
                qualifiers.insert(key.to_ascii_lowercase(), decoded(value)?);
            }
        }
        let version = match version {
            Some(version) => Some(decoded(version)?).filter(|version| !version.is_empty()),
            None => None,
        };
        Some(Self {
            kind,
            namespace: (!namespace.is_empty()).then(|| namespace.join("/")),
            name: name.clone(),
            version,
            qualifiers,
        })
    }
}

impl Package {
    /// Makes the package that a package URL names; `place` is where it was seen.
    ///
    /// # Errors
    /// Its type is none that has an ecosystem here.
    pub fn of_purl(purl: &Purl, place: Place) -> Result<Self, NoEcosystemError> {
        let namespace = purl.namespace.as_deref();
        let whole = || match namespace {
            Some(namespace) => format!("{namespace}/{}", purl.name),
            None => purl.name.clone(),
        };
        let release = |name: &str| release(purl, name);
        let other = || NoEcosystemError(purl.kind.clone());
        let of_linux = || NoEcosystemError(format!("{}/{}", purl.kind, namespace.unwrap_or("?")));
        let (ecosystem, name) = match (purl.kind.as_str(), namespace) {
            ("pypi", None) => (Ecosystem::PyPI, purl.name.clone()),
            ("conda", _) => (Ecosystem::Conda, purl.name.clone()),
            ("cargo", None) => (Ecosystem::CratesIo, purl.name.clone()),
            ("npm", _) => (Ecosystem::Npm, whole()),
            ("golang", _) => (Ecosystem::Go, whole()),
            ("deb", Some("debian")) => (Ecosystem::Debian(release("debian")), purl.name.clone()),
            ("deb", Some("ubuntu")) => (Ecosystem::Ubuntu(release("ubuntu")), purl.name.clone()),
            ("apk", Some("alpine")) => {
                let branch = release("alpine").and_then(|it| alpine_branch(&it));
                (Ecosystem::Alpine(branch), purl.name.clone())
            }
            ("deb" | "apk", _) => return Err(of_linux()),
            _ => return Err(other()),
        };
        let version = match ecosystem {
            // Advisories write it without the `v` that Go writes.
            Ecosystem::Go => purl.version.as_deref().map(|it| it.strip_prefix('v').unwrap_or(it)),
            _ => purl.version.as_deref(),
        };
        let mut package = Self::new(ecosystem, name, version.map(str::to_owned), place);
        package.source = purl.qualifiers.get("upstream").and_then(|it| upstream(it, &purl.name));
        Ok(package)
    }

    /// Returns the package URL that names it.
    pub fn purl(&self) -> String {
        let (kind, release) = match &self.ecosystem {
            Ecosystem::PyPI => ("pypi", None),
            Ecosystem::Conda => ("conda", None),
            Ecosystem::CratesIo => ("cargo", None),
            Ecosystem::Npm => ("npm", None),
            Ecosystem::Go => ("golang", None),
            Ecosystem::Debian(release) => ("deb/debian", release.as_ref()),
            Ecosystem::Ubuntu(release) => ("deb/ubuntu", release.as_ref()),
            Ecosystem::Alpine(release) => ("apk/alpine", release.as_ref()),
        };
        let name = match self.ecosystem {
            Ecosystem::PyPI => self.name.to_lowercase().replace('_', "-"),
            _ => self.name.clone(),
        };
        let name: Vec<String> = name.split('/').map(encoded).collect();
        let mut purl = format!("pkg:{kind}/{}", name.join("/"));
        if let Some(version) = &self.version {
            let v = if self.ecosystem == Ecosystem::Go { "v" } else { "" };
            purl.push('@');
            purl.push_str(&encoded(&format!("{v}{version}")));
        }
        let mut qualifiers = Vec::new();
        if let (Some(release), Some((_, distribution))) = (release, kind.split_once('/')) {
            let release = release.split(':').next().unwrap_or(release).trim_start_matches('v');
            qualifiers.push(format!("distro={}", encoded(&format!("{distribution}-{release}"))));
        }
        if let Some(source) = &self.source {
            let at = source.version.as_ref().map(|it| format!("@{it}")).unwrap_or_default();
            qualifiers.push(format!("upstream={}", encoded(&format!("{}{at}", source.name))));
        }
        if !qualifiers.is_empty() {
            purl.push('?');
            purl.push_str(&qualifiers.join("&"));
        }
        purl
    }
}

/// Returns the release in `distro=debian-12`, `distro=12` or `distro=bookworm`.
fn release(purl: &Purl, distribution: &str) -> Option<String> {
    let distro = purl.qualifiers.get("distro")?;
    let named = distro.strip_prefix(distribution).map(|it| it.trim_start_matches('-'));
    let release = named.unwrap_or(distro);
    // A point release of Debian has the advisories of its release.
    let release = match distribution {
        "debian" => release.split('.').next()?,
        _ => release,
    };
    Some(release.to_owned()).filter(|release| !release.is_empty())
}

/// Returns the branch that a version of Alpine is of: `3.20.3` is of `v3.20`, `3.21_alpha1` of `edge`.
pub(crate) fn alpine_branch(version: &str) -> Option<String> {
    if version.contains("_alpha") || version == "edge" {
        return Some("edge".to_owned());
    }
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    (is_number(major) && is_number(minor)).then(|| format!("v{major}.{minor}"))
}

/// Reads `name` or `name@version` of a source package; one of the same name and version says nothing.
fn upstream(text: &str, name: &str) -> Option<SourcePackage> {
    let (source, version) = match text.split_once('@') {
        Some((source, version)) => (source, Some(version.to_owned())),
        None => (text, None),
    };
    let says_nothing = source.is_empty() || (source == name && version.is_none());
    (!says_nothing).then(|| SourcePackage { name: source.to_owned(), version })
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? << 4 | digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':') {
            encoded.push(char::from(byte));
        } else {
            _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Package {
        Package::of_purl(&Purl::parse(text).unwrap(), Place::default()).unwrap()
    }

    #[test]
    fn names_what_it_names() {
        for (text, shown) in [
            ("pkg:pypi/django@1.11.1", "PyPI django 1.11.1"),
            ("pkg:npm/%40angular/animation@12.3.1", "npm @angular/animation 12.3.1"),
            ("pkg:npm/@angular/animation", "npm @angular/animation ?"),
            ("PKG:PyPI//torch@2.1.0%2Bcu121#sub/path", "PyPI torch 2.1.0+cu121"),
            ("pkg:golang/github.com/a/b@v1.2.0", "Go github.com/a/b 1.2.0"),
            ("pkg:cargo/rand@0.7.2?checksum=x", "crates.io rand 0.7.2"),
            ("pkg:conda/absl-py@0.4.1?build=py36&channel=main", "Conda absl-py 0.4.1"),
            ("pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "Debian:jessie curl 7.50.3-1"),
            ("pkg:deb/debian/a@1%3A2?distro=debian-12.4", "Debian:12 a 1:2"),
            ("pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", "Ubuntu:22.04 a 1"),
            ("pkg:apk/alpine/curl@7.83.0-r0?distro=alpine-3.16.2", "Alpine:v3.16 curl 7.83.0-r0"),
        ] {
            let package = read(text);
            let version = package.version.as_deref().unwrap_or("?");
            assert_eq!(format!("{} {} {version}", package.ecosystem, package.name), shown);
        }
        let source = read("pkg:deb/debian/libc6@2.36?upstream=glibc%402.35").source.unwrap();
        assert_eq!((source.name.as_str(), source.version.as_deref()), ("glibc", Some("2.35")));
    }

    #[test]
    fn what_is_none_or_of_no_ecosystem_is_said_so() {
        for text in [
            "",
            "pypi/a",
            "pkg:",
            "pkg:pypi",
            "pkg:pypi/",
            "pkg:py pi/a",
            "pkg:pypi/a%zz",
            "pkg:pypi/a@1?x",
            "pkg:a/%ff",
        ] {
            assert!(Purl::parse(text).is_err(), "{text}");
        }
        for text in ["pkg:maven/a/b@1", "pkg:deb/kali/a@1", "pkg:apk/wolfi/a@1", "pkg:oci/a@1"] {
            let purl = Purl::parse(text).unwrap();
            assert!(Package::of_purl(&purl, Place::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn comes_back_as_it_was_written() {
        for text in [
            "pkg:pypi/ruamel.yaml@0.18.6",
            "pkg:npm/%40angular/animation@12.3.1",
            "pkg:golang/github.com/a/b@v1.2.0",
            "pkg:deb/debian/a@1:2%2Bb1?distro=debian-12&upstream=c%401",
            "pkg:apk/alpine/curl@7.83.0-r0?distro=alpine-3.16",
        ] {
            assert_eq!(read(text).purl(), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(pkg:)?([\\PC]|[/@?&=%#])*") {
            if let Ok(purl) = Purl::parse(&text) {
                _ = Package::of_purl(&purl, Place::default());
            }
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z0-9%/@ü.]{1,12}", version in "\\PC{1,12}") {
            prop_assume!(name.split('/').all(|part| !part.is_empty()) && !version.starts_with('v'));
            let package = Package::new(Ecosystem::Go, name, Some(version), Place::default());
            prop_assert_eq!(read(&package.purl()), package);
        }
    }
}
