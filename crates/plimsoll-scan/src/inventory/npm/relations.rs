//! What packages of a `package-lock.json` need, and what the project asks for.

use std::collections::BTreeMap;

use crate::inventory::error::Problem;
use crate::inventory::tree::Node;
use crate::package::{Locked, Required};

/// The tables in which an entry names what it needs.
const NEEDED: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// The tables in which a package of the project does.
const ASKED: [&str; 4] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Returns who of the project's own asks for what is installed at a path: the project, or a package in its workspace.
pub(super) fn asked(root: &Node) -> Result<BTreeMap<String, Vec<String>>, Problem> {
    let mut asked: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, entry) in root.map("packages")? {
        if path.contains("node_modules/") {
            continue;
        }
        let name = entry.text("name").or_else(|| root.text("name").filter(|_| path.is_empty()));
        let by = name.unwrap_or(if path.is_empty() { "the project" } else { path });
        for table in ASKED {
            for (name, _) in entry.map(table)? {
                if let Some((found, _)) = installed(root, path, name) {
                    let askers = asked.entry(found).or_default();
                    if !askers.iter().any(|asker| asker == by) {
                        askers.push(by.to_owned());
                    }
                }
            }
        }
    }
    Ok(asked)
}

/// Returns what the entry at a path needs, each in the version that it finds.
pub(super) fn locked(root: &Node, path: &str, entry: &Node) -> Locked {
    let names = NEEDED.iter().filter_map(|table| entry.get(table)).flat_map(Node::keys);
    let required = names.filter_map(|name| {
        let (found, entry) = installed(root, path, name)?;
        // An alias is installed under another name than its own.
        let own = found.rsplit_once("node_modules/").map_or(name, |(_, name)| name);
        let name = entry.text("name").unwrap_or(own).to_owned();
        Some(Required { name, version: entry.text("version").map(str::to_owned) })
    });
    Locked::of(Vec::new(), Some(required.collect()))
}

/// Returns where a package finds another one by name: in its own folder, or in one around it.
fn installed<'n>(root: &'n Node, path: &str, name: &str) -> Option<(String, &'n Node)> {
    let packages = root.get("packages")?;
    let mut folder = path;
    loop {
        let at = match folder {
            "" => format!("node_modules/{name}"),
            folder => format!("{folder}/node_modules/{name}"),
        };
        if let Some(entry) = packages.get(&at) {
            return Some((at, entry));
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once("node_modules/").map_or("", |(around, _)| around);
        folder = folder.trim_end_matches('/');
    }
}
