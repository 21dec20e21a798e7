//! What npm installed: the `package.json` of every package in `node_modules`.

use super::{package, published};
use crate::inventory::files::{Files, Kept};
use crate::inventory::gather::Gathering;
use crate::inventory::text_of;
use crate::inventory::tree::json;

/// Tells of a path whether it is the `package.json` of an installed package, not of a folder in one.
pub(in crate::inventory) fn is_manifest(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("/package.json") else { return false };
    let Some((_, inside)) = folder.rsplit_once("node_modules/") else { return false };
    match inside.split_once('/') {
        None => !inside.is_empty() && !inside.starts_with(['.', '@']),
        Some((scope, name)) => scope.starts_with('@') && !name.is_empty() && !name.contains('/'),
    }
}

/// Takes in every package whose `package.json` is among some files.
pub(in crate::inventory) fn add_manifests(files: &Files, gathering: &mut Gathering<'_>) {
    for (path, kept) in files.iter().filter(|(path, _)| is_manifest(path)) {
        gathering.within(path, |inner| add_manifest(path, kept, inner));
    }
}

fn add_manifest(path: &str, kept: &Kept, gathering: &mut Gathering<'_>) {
    let folder = path.strip_suffix("/package.json").unwrap_or(path);
    let shown = folder.rsplit_once("node_modules/").map_or(folder, |(_, name)| name);
    let text = match kept {
        Kept::Whole(bytes) => text_of(bytes).and_then(json),
        Kept::Built(_) => return,
        Kept::Named(why) => return gathering.not_audited(shown, *why, None),
    };
    match text {
        Err(problem) => gathering.not_audited(shown, problem.to_string(), None),
        Ok(manifest) => match (manifest.text("name"), manifest.text("version")) {
            (Some(name), version) => {
                let mut package = package(name, version, gathering.at(None));
                package.published = published(&manifest);
                gathering.add(package);
            }
            (None, _) => gathering.not_audited(shown, "its `package.json` has no `name`", None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_manifests_of_packages_from_others() {
        for path in
            ["node_modules/a/package.json", "app/node_modules/a/node_modules/@b/c/package.json"]
        {
            assert!(is_manifest(path), "{path}");
        }
        for path in [
            "package.json",
            "node_modules/a/src/package.json",
            "node_modules/@b/package.json",
            "node_modules/.bin/package.json",
            "node_modules/package.json",
        ] {
            assert!(!is_manifest(path), "{path}");
        }
    }
}
