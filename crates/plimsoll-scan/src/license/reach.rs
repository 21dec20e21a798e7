//! Which packages a project asks for itself, and by way of which others the rest came.
//!
//! A package is direct where the project's own entry in a lock, a file of requirements, or whoever installed it
//! names it. It is transitive where only packages that are reached from those need it. Where nothing tells, it is
//! held for direct, which is the stricter, and said to be unknown.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::package::needs::{needs, same};
use crate::package::{Ecosystem, Package};

/// How a package came to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dependency {
    /// The project asks for it.
    Direct,
    /// Only others that it asks for need it.
    Transitive,
    /// Nothing tells.
    #[default]
    Unknown,
}

/// How a package came to be there, and by way of which others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// How.
    pub dependency: Dependency,
    /// Who asks, and each package between, in order: `app`, `a` of `app -> a -> b`. The fewest there are.
    pub through: Vec<String>,
}

/// Says of each package how it came to be there, in the order given.
pub fn reaches(packages: &[Package]) -> Vec<Reach> {
    let mut reaches = vec![Reach::default(); packages.len()];
    // More than is followed is as if nothing told.
    let Ok(needs) = needs(packages.iter()) else { return reaches };
    let mut asked: BTreeMap<(Ecosystem, String, Option<String>), &str> = BTreeMap::new();
    for package in packages {
        if let Some(by) = package.locked.asked_by.first() {
            asked.entry(same(package)).or_insert(by);
        }
    }
    let mut open = VecDeque::new();
    for (at, package) in packages.iter().enumerate() {
        let Some(by) = asked.get(&same(package)) else { continue };
        if let Some(reach) = reaches.get_mut(at) {
            *reach = Reach { dependency: Dependency::Direct, through: vec![(*by).to_owned()] };
            open.push_back(at);
        }
    }
    while let Some(at) = open.pop_front() {
        let (Some(from), Some(package)) = (reaches.get(at).cloned(), packages.get(at)) else {
            continue;
        };
        for other in needs.get(at).into_iter().flatten().flatten() {
            let Some(reach) = reaches.get_mut(*other) else { continue };
            if reach.dependency == Dependency::Unknown {
                let mut through = from.through.clone();
                through.push(package.name.clone());
                *reach = Reach { dependency: Dependency::Transitive, through };
                open.push_back(*other);
            }
        }
    }
    reaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Locked, Place, Required};

    fn package(name: &str, asked_by: &[&str], requires: Option<&[&str]>) -> Package {
        let mut package =
            Package::new(Ecosystem::PyPI, name, Some("1.0".to_owned()), Place::default());
        let requires = requires.map(|all| all.iter().map(|it| Required::any(it)).collect());
        package.locked = Locked::of(Vec::new(), requires);
        package.locked.asked_by = asked_by.iter().map(|by| (*by).to_owned()).collect();
        package
    }

    fn shown(packages: &[Package]) -> Vec<String> {
        let show = |(package, reach): (&Package, Reach)| {
            let way =
                [&reach.through[..], std::slice::from_ref(&package.name)].concat().join(" -> ");
            format!("{:?} {way}", reach.dependency)
        };
        packages.iter().zip(reaches(packages)).map(show).collect()
    }

    #[test]
    fn the_shortest_way_from_what_is_asked_for_is_told() {
        let packages = [
            package("a", &["app"], Some(&["b", "c"])),
            package("b", &[], Some(&["c", "D_e"])),
            package("c", &[], Some(&["a"])),
            package("d-e", &[], Some(&[])),
            package("stray", &[], Some(&[])),
            package("z", &["app"], None),
        ];
        assert_eq!(
            shown(&packages),
            [
                "Direct app -> a",
                "Transitive app -> a -> b",
                "Transitive app -> a -> c",
                "Transitive app -> a -> b -> d-e",
                "Unknown stray",
                "Direct app -> z",
            ]
        );
    }

    #[test]
    fn what_another_source_asks_for_is_direct_everywhere() {
        let mut again = package("B", &["requirements.txt"], None);
        again.place.path = "requirements.txt".to_owned();
        let packages = [package("a", &["app"], Some(&["b"])), package("b", &[], None), again];
        assert_eq!(
            shown(&packages),
            ["Direct app -> a", "Direct requirements.txt -> b", "Direct requirements.txt -> B"]
        );
    }

    #[test]
    fn where_nobody_is_known_to_ask_nothing_is_known() {
        let packages = [package("a", &[], Some(&["b"])), package("b", &[], Some(&[]))];
        assert_eq!(shown(&packages), ["Unknown a", "Unknown b"]);
    }
}
