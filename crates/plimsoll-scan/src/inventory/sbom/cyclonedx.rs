//! `CycloneDX`, as JSON.

use super::{Component, MOST_OF_LICENSE, System, add, terms};
use crate::inventory::error::Problem;
use crate::inventory::gather::Gathering;
use crate::inventory::python::version_is;
use crate::inventory::tree::{Node, json};
use crate::package::{LicenseFile, Published};

/// Versions whose components are read as they were meant.
const KNOWN: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Kinds of components that are no packages of anybody's.
const NO_PACKAGES: [&str; 5] =
    ["file", "data", "machine-learning-model", "operating-system", "cryptographic-asset"];

/// Reads an SBOM; who depends on whom is not looked at, so that circles in it do not matter.
///
/// # Errors
/// It is no JSON, of a version that is not known, or a component has no name.
pub(in crate::inventory) fn read_cyclonedx(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = json(text)?;
    if root.text("bomFormat") != Some("CycloneDX") {
        return Err(Problem::form(root.line, "`bomFormat` is not `CycloneDX`"));
    }
    let version = root.get("specVersion").and_then(Node::as_version);
    version_is(version, "CycloneDX", "1.2 to 1.7", |version| KNOWN.contains(&version))?;
    let mut reading = Reading { system: None, others: 0, gathering };
    reading.find_system(&root)?;
    if let Some(subject) = root.get("metadata").and_then(|it| it.get("component")) {
        reading.gathering.own(subject.text("name").unwrap_or("."));
        reading.components(subject)?;
    }
    reading.components(&root)?;
    let others = reading.others;
    if others > 0 {
        gathering.note(format!(
            "{others} components are files, data, models or systems, and no packages: they were left out"
        ));
    }
    Ok(())
}

struct Reading<'r, 'p> {
    system: Option<System>,
    others: u64,
    gathering: &'r mut Gathering<'p>,
}

impl Reading<'_, '_> {
    /// Looks for the component that says which distribution the packages are of.
    fn find_system(&mut self, root: &Node) -> Result<(), Problem> {
        let is_system = |it: &&Node| it.text("type") == Some("operating-system");
        let mut systems = root.list("components")?.iter().filter(is_system);
        if let (Some(system), None) = (systems.next(), systems.next())
            && let (Some(name), Some(version)) = (system.text("name"), system.text("version"))
        {
            self.system = Some(System { name: name.to_owned(), version: version.to_owned() });
        }
        Ok(())
    }

    /// Takes in the components of a component; the parser bounds how deep they stand in each other.
    fn components(&mut self, parent: &Node) -> Result<(), Problem> {
        for component in parent.list("components")? {
            self.component(component)?;
            self.components(component)?;
        }
        Ok(())
    }

    fn component(&mut self, node: &Node) -> Result<(), Problem> {
        let name = node.required("name")?;
        let purl = node.text("purl");
        let kind = node.text("type").unwrap_or_default();
        if purl.is_none() && NO_PACKAGES.contains(&kind) {
            self.others += 1;
            return Ok(());
        }
        let group = node.text("group").map(|group| format!("{group}/{name}"));
        let component = Component {
            name: group.as_deref().unwrap_or(name),
            version: node.text("version"),
            purl,
            published: published(node)?,
            line: node.line,
        };
        add(component, self.system.as_ref(), self.gathering);
        Ok(())
    }
}

/// Reads `licenses`: each an expression, or a licence by `id` or by `name`, with its text.
fn published(component: &Node) -> Result<Published, Problem> {
    let (mut names, mut files) = (Vec::new(), Vec::new());
    for choice in component.list("licenses")? {
        if let Some(expression) = choice.text("expression") {
            names.push(expression);
        } else if let Some(license) = choice.get("license") {
            let name = license.text("id").or_else(|| license.text("name"));
            names.extend(name);
            files.extend(license.get("text").map(|it| file(name, it)));
        }
    }
    Ok(terms(&names, files))
}

/// Returns the text of a licence; one that is encoded is only named.
fn file(name: Option<&str>, attached: &Node) -> LicenseFile {
    let content = attached.text("content").filter(|_| attached.get("encoding").is_none());
    let text = content.filter(|content| content.len() <= MOST_OF_LICENSE).map(str::to_owned);
    LicenseFile { name: name.unwrap_or("license").to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    fn read(text: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("bom.json");
        read_cyclonedx(text, &mut gathering)?;
        Ok(gathering.finish(Kind::CycloneDx).unwrap())
    }

    #[test]
    fn reads_components() {
        let text = r#"{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "metadata": {"component": {"type": "container", "name": "demo", "bom-ref": "a"}},
  "components": [
    {"type": "operating-system", "name": "debian", "version": "12"},
    {"type": "library", "name": "libc6", "version": "2.36-9",
     "purl": "pkg:deb/debian/libc6@2.36-9?upstream=glibc"},
    {"type": "library", "name": "torch", "purl": "pkg:pypi/torch@2.1.0%2Bcu121",
     "licenses": [{"license": {"id": "BSD-3-Clause"}}, {"license": {"name": "MIT"}}],
     "components": [
       {"type": "library", "name": "inner", "version": "1.0", "purl": "pkg:npm/inner",
        "licenses": [{"expression": "MIT OR ISC"}]}]},
    {"type": "library", "name": "custom", "version": "3", "purl": "pkg:pypi/custom@3",
     "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Custom Terms", "text": {"content": "do"}}}]},
    {"type": "library", "group": "org", "name": "none", "version": "2"},
    {"type": "library", "name": "jar", "version": "1", "purl": "pkg:maven/org/jar@1"},
    {"type": "library", "name": "bad", "purl": "nonsense"},
    {"type": "library", "name": "fork", "purl": "pkg:pypi/fork@1?vcs_url=git%2Bhttps://t@example.org/fork"},
    {"type": "file", "name": "/etc/passwd"}
  ],
  "dependencies": [{"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a"]}]
}"#;
        let inventory = read(text).unwrap();
        insta::assert_snapshot!(inventory.shown(), @r"
        PyPI custom 3 [Custom Terms, MIT] (bom.json:14)
        PyPI fork 1 (bom.json:19)
        PyPI torch 2.1.0+cu121 [BSD-3-Clause AND MIT] (bom.json:9)
        npm inner 1.0 [MIT OR ISC] (bom.json:12)
        Debian:12 libc6 2.36-9 from glibc - (bom.json:7)
        not audited: bad: `nonsense` is no package URL (expected `pkg:TYPE/NAME@VERSION`) (bom.json:18)
        not audited: jar 1: packages of type `maven` are none that advisories are known of here (bom.json:17)
        not audited: org/none 2: it has no package URL, so that nothing says where it comes from (bom.json:16)
        not audited: fork 1: it comes from git+https://example.org/fork, not from the registry that advisories speak of (bom.json:19)
        note: 2 components are files, data, models or systems, and no packages: they were left out
        note: left out, since they are the project's own: `demo`
        ");
        let custom = inventory.packages.iter().find(|it| it.name == "custom").unwrap();
        assert_eq!(custom.published.files.len(), 1);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let error = read(r#"{"bomFormat": "CycloneDX", "specVersion": "2.0"}"#).unwrap_err();
        insta::assert_snapshot!(error, @"version 2.0 of CycloneDX is not known (known: 1.2 to 1.7); write it in one of those, or use a newer Plimsoll");
        assert!(read(r#"{"bomFormat": "CycloneDX"}"#).is_err());
        assert!(read(r#"{"bomFormat": "Other", "specVersion": "1.6"}"#).is_err());
        let nameless = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}"#;
        insta::assert_snapshot!(read(nameless).unwrap_err(), @"line 1: `name` is missing, empty or no text");
    }

    #[test]
    fn components_in_components_end_somewhere() {
        let depth = 50_000;
        let text = format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", {}{}"#,
            r#""components": [{"name": "a", "#.repeat(depth),
            "}]".repeat(depth),
        );
        assert!(read(&text).is_err());
    }
}
