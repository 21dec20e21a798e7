//! What a `pyproject.toml` beside a lock asks for: the lock alone does not tell it.

use super::relations::{required, required_anyhow};
use super::requirements::beside;
use crate::inventory::gather::Gathering;
use crate::inventory::python::Include;
use crate::inventory::text_of;
use crate::inventory::tree::{Node, toml};
use crate::package::{Ecosystem, Required};

/// Notes what the project asks for whose lock lies at `path`. Where the file is not there or cannot be read nothing
/// tells, and every package is held for direct.
pub(in crate::inventory) fn ask_project(
    path: &str,
    include: Include<'_>,
    gathering: &mut Gathering<'_>,
) {
    let Ok(bytes) = include(&beside(path, "pyproject.toml")) else { return };
    let Ok(root) = text_of(&bytes).and_then(toml) else { return };
    let project = root.get("project");
    let poetry = root.get("tool").and_then(|it| it.get("poetry"));
    let pdm = root.get("tool").and_then(|it| it.get("pdm"));
    let named = [project, poetry].into_iter().flatten().find_map(|it| it.text("name"));
    let by = named.unwrap_or("pyproject.toml").to_owned();
    let mut asked: Vec<Required> = Vec::new();
    if let Some(project) = project {
        asked.extend(listed(project.get("dependencies")));
        asked.extend(grouped(project.get("optional-dependencies")));
    }
    asked.extend(grouped(root.get("dependency-groups")));
    asked.extend(grouped(pdm.and_then(|it| it.get("dev-dependencies"))));
    if let Some(poetry) = poetry {
        asked.extend(keyed(poetry.get("dependencies")));
        asked.extend(keyed(poetry.get("dev-dependencies")));
        for group in values(poetry.get("group")) {
            asked.extend(keyed(group.get("dependencies")));
        }
    }
    for required in asked {
        gathering.asked(Ecosystem::PyPI, required, &by);
    }
}

/// Returns what a list of requirements names, whatever asks for them.
fn listed(list: Option<&Node>) -> Vec<Required> {
    let Some(list) = list else { return Vec::new() };
    list.items().iter().filter_map(Node::as_text).filter_map(required_anyhow).collect()
}

/// Returns what the lists of a table of lists name.
fn grouped(table: Option<&Node>) -> Vec<Required> {
    values(table).into_iter().flat_map(|list| listed(Some(list))).collect()
}

/// Returns the keys of a table that are packages.
fn keyed(table: Option<&Node>) -> Vec<Required> {
    let keys = table.into_iter().flat_map(Node::keys);
    keys.filter(|key| *key != "python").filter_map(required).collect()
}

fn values(table: Option<&Node>) -> Vec<&Node> {
    let Some(table) = table else { return Vec::new() };
    table.keys().filter_map(|key| table.get(key)).collect()
}
