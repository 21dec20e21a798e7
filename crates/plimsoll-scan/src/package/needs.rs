//! What packages of one list need of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ecosystem, Package, Required};
use crate::inventory::normalized;

/// The most relations between packages: a hundred times what large locks have.
pub(crate) const MOST_RELATIONS: usize = 2_000_000;

/// There are more relations than are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany(pub(crate) usize);

/// Returns what a package is found by where another one needs it.
pub(crate) fn key(ecosystem: &Ecosystem, name: &str) -> (Ecosystem, String) {
    let name = match ecosystem {
        Ecosystem::PyPI => normalized(name),
        _ => name.to_owned(),
    };
    (ecosystem.clone(), name)
}

/// Returns what a package is the same by, wherever it is named.
pub(crate) fn same(package: &Package) -> (Ecosystem, String, Option<String>) {
    let (ecosystem, name) = key(&package.ecosystem, &package.name);
    (ecosystem, name, package.version.clone())
}

/// Returns the places of what each package needs among the others, in order; `None` where nothing tells.
///
/// What is not there is nothing that was installed: an optional part, or one for another platform.
///
/// # Errors
/// There are more relations than [`MOST_RELATIONS`].
pub(crate) fn needs<'p>(
    packages: impl Iterator<Item = &'p Package> + Clone,
) -> Result<Vec<Option<Vec<usize>>>, TooMany> {
    let mut by_name: BTreeMap<(Ecosystem, String), Vec<usize>> = BTreeMap::new();
    let mut versions: Vec<Option<&str>> = Vec::new();
    for (at, package) in packages.clone().enumerate() {
        by_name.entry(key(&package.ecosystem, &package.name)).or_default().push(at);
        versions.push(package.version.as_deref());
    }
    let mut count = 0;
    let mut all = Vec::with_capacity(versions.len());
    for (at, package) in packages.enumerate() {
        let Some(requires) = &package.locked.requires else {
            all.push(None);
            continue;
        };
        let mut found = BTreeSet::new();
        for Required { name, version } in requires {
            let named = by_name.get(&key(&package.ecosystem, name));
            for other in named.into_iter().flatten().copied().filter(|other| *other != at) {
                let is_meant = version.is_none()
                    || versions.get(other).copied().flatten() == version.as_deref();
                if is_meant && found.insert(other) {
                    count += 1;
                }
            }
            if count > MOST_RELATIONS {
                return Err(TooMany(count));
            }
        }
        all.push(Some(found.into_iter().collect()));
    }
    Ok(all)
}
