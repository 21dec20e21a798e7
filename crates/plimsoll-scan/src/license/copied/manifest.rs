//! What the file that declares a package says of its license and its authors.

use crate::inventory::tree::{Node, Value, json, toml, yaml};

/// What a manifest says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The line that names the license, from 1.
    pub line: usize,
    /// The license, as it is written.
    pub license: Option<String>,
    /// The people or companies that are named as authors, and the name of the package.
    pub authors: Vec<String>,
}

/// Reads a manifest.
///
/// # Errors
/// It cannot be read, though it speaks of a license; why.
pub(super) fn read(base: &str, text: &str) -> Result<Declaration, String> {
    let lower = text.to_lowercase();
    let Some(at) = lower.lines().position(|line| line.contains("licen")) else {
        return Ok(Declaration::default());
    };
    let mut said = Declaration { line: at + 1, ..Declaration::default() };
    let unread =
        |problem: crate::inventory::Problem| format!("`{base}` cannot be read ({problem})");
    match base.to_lowercase().as_str() {
        "setup.py" | "setup.cfg" => said.license = assigned(text),
        "pyproject.toml" => {
            let root = toml(text).map_err(unread)?;
            let poetry = root.get("tool").and_then(|it| it.get("poetry"));
            for table in [root.get("project"), poetry].into_iter().flatten() {
                said.license = said.license.or_else(|| license(table));
                said.authors.extend(authors(table));
            }
        }
        "cargo.toml" => {
            let root = toml(text).map_err(unread)?;
            let shared = root.get("workspace").and_then(|it| it.get("package"));
            for table in [root.get("package"), shared].into_iter().flatten() {
                said.license = said.license.or_else(|| license(table));
                said.authors.extend(authors(table));
            }
        }
        "plimsoll.yaml" | "citation.cff" => {
            let root = yaml(text).map_err(unread)?;
            said.license = license(&root);
            said.authors = authors(&root);
        }
        _ => {
            let root = json(text).map_err(unread)?;
            said.license = license(&root);
            said.authors = authors(&root);
        }
    }
    Ok(said)
}

/// Returns the license in a table: a text, or where it is a table or a list of tables, what they call it.
fn license(table: &Node) -> Option<String> {
    let node = table.get("license").or_else(|| table.get("licenses"))?;
    let named = |node: &Node| {
        let inner = ["text", "type", "name"].into_iter().find_map(|key| node.text(key));
        node.as_text().or(inner).map(str::to_owned)
    };
    let said = match &node.value {
        Value::List(items) => {
            let all: Option<Vec<String>> = items.iter().map(named).collect();
            all.map(|all| all.join(", ")).filter(|all| !all.is_empty())
        }
        _ => named(node),
    }?;
    // What only refers to a file says nothing itself.
    let refers = said.to_uppercase().starts_with("SEE LICENSE IN");
    (!refers).then_some(said)
}

fn authors(table: &Node) -> Vec<String> {
    let named = |node: &Node| node.as_text().or_else(|| node.text("name")).map(str::to_owned);
    let one = table.get("author").and_then(named);
    let list = table.list("authors").unwrap_or_default().iter().filter_map(named);
    let owners = table.list("owners").unwrap_or_default().iter().filter_map(named);
    // "The NAME Developers" are its authors too.
    let name = table.text("name").map(str::to_owned);
    one.into_iter().chain(list).chain(owners).chain(name).collect()
}

/// Returns what `license =` is set to in a line of code or settings.
fn assigned(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("license")?.trim_start().strip_prefix('=')?;
        let value = rest.trim().trim_end_matches(',');
        let bare = value.trim_matches(['"', '\'']);
        (!bare.is_empty() && !bare.contains(['(', '"', '\''])).then(|| bare.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_license_of_each_manifest_is_found() {
        for (base, text, line, license) in [
            (
                "Cargo.toml",
                "[package]\nname = 'a'\nlicense = \"MIT OR Apache-2.0\"\n",
                3,
                Some("MIT OR Apache-2.0"),
            ),
            (
                "pyproject.toml",
                "[project]\nlicense = { text = \"BSD-3-Clause\" }\n",
                2,
                Some("BSD-3-Clause"),
            ),
            ("pyproject.toml", "[project]\nlicense = { file = \"LICENSE\" }\n", 2, None),
            ("pyproject.toml", "[tool.poetry]\nlicense = \"ISC\"\n", 2, Some("ISC")),
            ("package.json", "{\n\"license\": {\"type\": \"MIT\"}}", 2, Some("MIT")),
            (
                "package.json",
                "{\"licenses\": [{\"type\": \"MIT\"}, {\"type\": \"ISC\"}]}",
                1,
                Some("MIT, ISC"),
            ),
            ("package.json", "{\"license\": \"SEE LICENSE IN x\"}", 1, None),
            ("setup.py", "setup(\n    license='MIT',\n)\n", 2, Some("MIT")),
            ("setup.cfg", "[metadata]\nlicense = Apache 2.0\n", 2, Some("Apache 2.0")),
            (
                "plimsoll.yaml",
                "model: a\nlicense: Apache-2.0\ndata: { t: { license: own } }\n",
                2,
                Some("Apache-2.0"),
            ),
        ] {
            let said = read(base, text).unwrap();
            assert_eq!((said.line, said.license.as_deref()), (line, license), "{text}");
        }
        assert!(read("package.json", "{\"license\": ").unwrap_err().contains("cannot be read"));
        assert_eq!(read("package.json", "{").unwrap(), Declaration::default());
    }
}
