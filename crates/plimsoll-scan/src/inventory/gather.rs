//! Packages as they are come upon in one file, and the inventory that they make.

use std::collections::{BTreeMap, BTreeSet};

use super::{Inventory, Kind, NotAudited};
use crate::package::{Ecosystem, Package, Place};

/// How many names a note lists before it only counts.
const MOST_LISTED: usize = 10;

/// What has been seen so far.
pub(super) struct Gathering<'p> {
    path: &'p str,
    packages: Vec<Package>,
    not_audited: Vec<NotAudited>,
    own: BTreeSet<String>,
    notes: BTreeSet<String>,
}

impl<'p> Gathering<'p> {
    /// Starts with nothing; what is seen is seen in the file `path`.
    pub(super) fn new(path: &'p str) -> Self {
        Self {
            path,
            packages: Vec::new(),
            not_audited: Vec::new(),
            own: BTreeSet::new(),
            notes: BTreeSet::new(),
        }
    }

    /// Returns a place in the file.
    pub(super) fn at(&self, line: Option<u64>) -> Place {
        Place { path: self.path.to_owned(), line }
    }

    /// Goes on in another file, which `read` reads.
    pub(super) fn within<T>(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Gathering<'_>) -> T,
    ) -> T {
        let mut inner = Gathering::new(path);
        let result = read(&mut inner);
        self.packages.append(&mut inner.packages);
        self.not_audited.append(&mut inner.not_audited);
        self.own.append(&mut inner.own);
        self.notes.append(&mut inner.notes);
        result
    }

    /// Takes a package in; one without a version is said not to be audited.
    pub(super) fn add(&mut self, package: Package) {
        if package.version.is_none() {
            self.except(&package, "no version is given");
        }
        self.packages.push(package);
    }

    /// Takes a package in of which no version is fixed, and says why it is not.
    pub(super) fn unpinned(&mut self, package: Package, why: impl Into<String>) {
        self.except(&package, why);
        self.packages.push(Package { version: None, ..package });
    }

    /// Takes a package in that is not what the registry has under its name and version.
    ///
    /// It is audited as if it were, since that finds what is known of its version, and said not to
    /// be, since its content may be any.
    pub(super) fn elsewhere(&mut self, package: Package, from: &str) {
        let from = without_credentials(from);
        let why = format!("it comes from {from}, not from the registry that advisories speak of");
        self.doubtful(package, why);
    }

    /// Takes a package in that is audited as far as it goes, and says why that is not far enough.
    pub(super) fn doubtful(&mut self, package: Package, why: impl Into<String>) {
        self.except(&package, why);
        self.packages.push(package);
    }

    fn except(&mut self, package: &Package, why: impl Into<String>) {
        self.not_audited.push(NotAudited {
            ecosystem: Some(package.ecosystem.clone()),
            name: package.name.clone(),
            version: package.version.clone(),
            why: why.into(),
            place: package.place.clone(),
        });
    }

    /// Says that something is there of which nothing can be told.
    pub(super) fn not_audited(&mut self, name: &str, why: impl Into<String>, line: Option<u64>) {
        self.not_audited.push(NotAudited {
            ecosystem: None,
            name: without_credentials(name),
            version: None,
            why: why.into(),
            place: self.at(line),
        });
    }

    /// Leaves a package out that is the user's own.
    pub(super) fn own(&mut self, name: &str) {
        self.own.insert(name.to_owned());
    }

    /// Notes something that a person should know of the whole.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.insert(note.into());
    }

    /// Tells whether nothing at all was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.not_audited.is_empty() && self.own.is_empty()
    }

    /// Puts what was seen in order, each package once per version.
    pub(super) fn finish(mut self, kind: Kind) -> Inventory {
        if !self.own.is_empty() {
            let listed: Vec<_> =
                self.own.iter().take(MOST_LISTED).map(|it| format!("`{it}`")).collect();
            let more = match self.own.len() - listed.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.note(format!(
                "left out, since they are the project's own: {}{more}",
                listed.join(", ")
            ));
        }
        self.not_audited.sort();
        self.not_audited.dedup();
        Inventory {
            kind,
            packages: each_once(self.packages),
            not_audited: self.not_audited,
            notes: self.notes.into_iter().collect(),
        }
    }
}

/// Keeps the first place of each package. Terms are kept apart where they differ, and something
/// published says more than nothing.
fn each_once(mut packages: Vec<Package>) -> Vec<Package> {
    packages.sort();
    let mut named: BTreeMap<(Ecosystem, String, Option<String>), Vec<Package>> = BTreeMap::new();
    for package in packages {
        let key = (package.ecosystem.clone(), package.name.clone(), package.version.clone());
        let same = named.entry(key).or_default();
        let is_known = same.iter().any(|other| {
            other.source == package.source
                && (other.published == package.published || package.published.is_empty())
        });
        if is_known {
            continue;
        }
        same.retain(|other| !(other.published.is_empty() && other.source == package.source));
        same.push(package);
    }
    named.into_values().flatten().collect()
}

/// Returns an address without the name and password in it.
pub(super) fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_nothing_secret() {
        for (address, shown) in [
            ("git+https://token@example.org/a@b", "git+https://example.org/a@b"),
            ("https://user:p@ss@example.org", "https://example.org"),
            ("https://example.org/a", "https://example.org/a"),
            ("../a@b", "../a@b"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }

    #[test]
    fn a_package_is_there_once_per_version_and_terms() {
        let mut gathering = Gathering::new("a.lock");
        for (line, version, license) in [
            (3, "1.0", None),
            (2, "1.0", Some("MIT")),
            (1, "1.0", None),
            (4, "2.0", None),
            (5, "1.0", Some("ISC")),
        ] {
            let place = gathering.at(Some(line));
            let mut package = Package::new(Ecosystem::Npm, "left", Some(version.to_owned()), place);
            package.published.expression = license.map(str::to_owned);
            gathering.add(package);
        }
        let inventory = gathering.finish(Kind::UvLock);
        let seen: Vec<_> = inventory
            .packages
            .iter()
            .map(|it| (it.version.as_deref(), it.published.expression.as_deref()))
            .collect();
        let expected =
            [(Some("1.0"), Some("ISC")), (Some("1.0"), Some("MIT")), (Some("2.0"), None)];
        assert_eq!(seen, expected);
    }
}
