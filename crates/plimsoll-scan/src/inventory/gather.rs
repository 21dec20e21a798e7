//! Packages as they are come upon in one file, and the inventory that they make.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Problem;
use super::{ImageRead, Inventory, Kind, NotAudited};
use crate::package::needs::key;
use crate::package::{Ecosystem, Package, Place, Required};

/// The most things that one inventory holds: a hundred times what large images have.
pub(super) const MOST_NAMED: usize = 250_000;

/// How many names a note lists before it only counts.
const MOST_LISTED: usize = 10;

/// What has been seen so far.
pub(super) struct Gathering<'p> {
    path: &'p str,
    packages: Vec<Package>,
    not_audited: Vec<NotAudited>,
    own: BTreeSet<String>,
    /// What the project's own asks for, and who does.
    asked: Vec<(Ecosystem, Required, String)>,
    notes: BTreeSet<String>,
    /// Which image was read, where it is one.
    pub(super) image: Option<ImageRead>,
    /// More was seen than is held.
    is_full: bool,
}

impl<'p> Gathering<'p> {
    /// Starts with nothing; what is seen is seen in the file `path`.
    pub(super) fn new(path: &'p str) -> Self {
        Self {
            path,
            packages: Vec::new(),
            not_audited: Vec::new(),
            own: BTreeSet::new(),
            asked: Vec::new(),
            notes: BTreeSet::new(),
            image: None,
            is_full: false,
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
        self.is_full |= inner.is_full;
        self.packages.append(&mut inner.packages);
        self.not_audited.append(&mut inner.not_audited);
        self.own.append(&mut inner.own);
        self.asked.append(&mut inner.asked);
        self.notes.append(&mut inner.notes);
        self.is_full |= !self.has_room();
        result
    }

    /// Tells whether one more may be held; if not, what follows is lost and the reading ends in an error.
    fn has_room(&self) -> bool {
        let named =
            self.packages.len() + self.not_audited.len() + self.own.len() + self.notes.len();
        named <= MOST_NAMED && self.asked.len() <= MOST_NAMED
    }

    fn push(&mut self, package: Package) {
        if self.has_room() {
            self.packages.push(package);
        } else {
            self.is_full = true;
        }
    }

    /// Takes a package in; one without a version is said not to be audited.
    pub(super) fn add(&mut self, package: Package) {
        if package.version.is_none() {
            self.except(&package, "no version is given");
        }
        self.push(package);
    }

    /// Takes a package in of which no version is fixed, and says why it is not.
    pub(super) fn unpinned(&mut self, package: Package, why: impl Into<String>) {
        self.except(&package, why);
        self.push(Package { version: None, ..package });
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
        self.push(package);
    }

    fn except(&mut self, package: &Package, why: impl Into<String>) {
        self.push_not_audited(NotAudited {
            ecosystem: Some(package.ecosystem.clone()),
            name: package.name.clone(),
            version: package.version.clone(),
            why: why.into(),
            place: package.place.clone(),
        });
    }

    fn push_not_audited(&mut self, not_audited: NotAudited) {
        if self.has_room() {
            self.not_audited.push(not_audited);
        } else {
            self.is_full = true;
        }
    }

    /// Says that something is there of which nothing can be told.
    pub(super) fn not_audited(&mut self, name: &str, why: impl Into<String>, line: Option<u64>) {
        self.push_not_audited(NotAudited {
            ecosystem: None,
            name: without_credentials(name),
            version: None,
            why: why.into(),
            place: self.at(line),
        });
    }

    /// Leaves a package out that is the user's own.
    pub(super) fn own(&mut self, name: &str) {
        if self.has_room() {
            self.own.insert(name.to_owned());
        } else {
            self.is_full = true;
        }
    }

    /// Notes that `by`, which is the project's own, asks for a package.
    pub(super) fn asked(&mut self, ecosystem: Ecosystem, required: Required, by: &str) {
        if self.has_room() {
            self.asked.push((ecosystem, required, by.to_owned()));
        } else {
            self.is_full = true;
        }
    }

    /// Tells each package who of the project's own asks for it.
    fn tell_asked(&mut self) {
        /// Of which version, where one is meant, and who.
        type Asker = (Option<String>, String);
        let mut askers: BTreeMap<(Ecosystem, String), Vec<Asker>> = BTreeMap::new();
        for (ecosystem, Required { name, version }, by) in std::mem::take(&mut self.asked) {
            askers.entry(key(&ecosystem, &name)).or_default().push((version, by));
        }
        for package in &mut self.packages {
            let asked = askers.get(&key(&package.ecosystem, &package.name));
            let meant = asked
                .into_iter()
                .flatten()
                .filter(|(version, _)| version.is_none() || *version == package.version);
            let by = meant.map(|(_, by)| by.clone());
            let all: BTreeSet<String> = package.locked.asked_by.drain(..).chain(by).collect();
            package.locked.asked_by = all.into_iter().collect();
        }
    }

    /// Notes something that a person should know of the whole.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        if self.has_room() {
            self.notes.insert(note.into());
        } else {
            self.is_full = true;
        }
    }

    /// Tells whether nothing at all was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.not_audited.is_empty() && self.own.is_empty()
    }

    /// Puts what was seen in order, each package once per version.
    ///
    /// # Errors
    /// More was seen than is held.
    pub(super) fn finish(mut self, kind: Kind) -> Result<Inventory, Problem> {
        if self.is_full {
            let limit = MOST_NAMED as u64;
            return Err(Problem::TooLarge { what: "packages", limit });
        }
        if self.is_empty() {
            self.note("it names no package");
        }
        if !self.own.is_empty() {
            let listed = self.own.iter().take(MOST_LISTED).map(|it| format!("`{it}`"));
            let listed = listed.collect::<Vec<_>>().join(", ");
            let more = match self.own.len().saturating_sub(MOST_LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            self.note(format!("left out, since they are the project's own: {listed}{more}"));
        }
        self.tell_asked();
        self.not_audited.sort();
        self.not_audited.dedup();
        Ok(Inventory {
            kind,
            image: self.image,
            packages: each_once(self.packages),
            not_audited: self.not_audited,
            notes: self.notes.into_iter().collect(),
        })
    }
}

/// Keeps the first place of each package. Terms are kept apart where they differ, and something
/// published says more than nothing.
fn each_once(mut packages: Vec<Package>) -> Vec<Package> {
    // In this order those that are the same are neighbours, and what publishes nothing comes first.
    packages.sort();
    packages.dedup_by(|a, b| {
        let is_twice = is_same(a, b) && a.published == b.published;
        if is_twice {
            b.locked.join(std::mem::take(&mut a.locked));
        }
        is_twice
    });
    let mut once: Vec<Package> = Vec::with_capacity(packages.len());
    for mut package in packages {
        if let Some(last) = once.last_mut()
            && is_same(last, &package)
            && last.published.is_empty()
        {
            package.locked.join(std::mem::take(&mut last.locked));
            *last = package;
        } else {
            once.push(package);
        }
    }
    once
}

/// Tells whether two are the same package, whatever they publish.
fn is_same(a: &Package, b: &Package) -> bool {
    a.ecosystem == b.ecosystem && a.name == b.name && a.version == b.version && a.source == b.source
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
        let inventory = gathering.finish(Kind::UvLock).unwrap();
        let seen: Vec<_> = inventory
            .packages
            .iter()
            .map(|it| (it.version.as_deref(), it.published.expression.as_deref()))
            .collect();
        let expected =
            [(Some("1.0"), Some("ISC")), (Some("1.0"), Some("MIT")), (Some("2.0"), None)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn more_than_is_held_is_an_error() {
        let mut gathering = Gathering::new("a.lock");
        for _ in 0..=MOST_NAMED {
            gathering.not_audited("x", "", None);
        }
        gathering.within("b.lock", |inner| inner.not_audited("x", "", None));
        let error = gathering.finish(Kind::UvLock).unwrap_err();
        insta::assert_snapshot!(error, @"more than 250000 packages, which is the most that is read");
    }
}
