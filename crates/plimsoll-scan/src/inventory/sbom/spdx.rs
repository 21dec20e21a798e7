//! SPDX documents, as JSON.

use std::collections::{BTreeMap, BTreeSet};

use super::{Component, MOST_OF_LICENSE, add, is_expression};
use crate::inventory::error::Problem;
use crate::inventory::gather::Gathering;
use crate::inventory::python::version_is;
use crate::inventory::tree::{Node, json};
use crate::package::{LicenseFile, Published};

/// What starts the name of a licence whose text is in the document.
const EXTRACTED: &str = "LicenseRef-";

/// Reads an SPDX document.
///
/// What the document describes is its subject, and the user's own unless it has a package URL.
/// Relations between packages are not looked at, so that circles in them do not matter.
///
/// # Errors
/// It is no JSON, of a version that is not known, or a package has no name.
pub(in crate::inventory) fn read_spdx(
    text: &str,
    gathering: &mut Gathering<'_>,
) -> Result<(), Problem> {
    let root = json(text)?;
    let version = root.get("spdxVersion").and_then(Node::as_version);
    let version = version.or_else(|| root.get("@context").map(|_| "SPDX-3".to_owned()));
    version_is(version, "SPDX", "SPDX-2.2, SPDX-2.3", |it| matches!(it, "SPDX-2.2" | "SPDX-2.3"))?;
    let subjects = subjects(&root)?;
    let extracted = extracted(&root)?;
    let mut files = 0_u64;
    for package in root.list("packages")? {
        let name = package.required("name")?;
        let purl = purl(package)?;
        let is_subject = package.text("SPDXID").is_some_and(|id| subjects.contains(id));
        if is_subject && purl.is_none() {
            gathering.own(name);
            continue;
        }
        // Data and models that a package was made of, as the ML-BOMs of this program have them.
        if purl.is_none() && package.text("primaryPackagePurpose") == Some("FILE") {
            files += 1;
            continue;
        }
        let component = Component {
            name,
            version: package.text("versionInfo"),
            purl,
            published: published(package, &extracted),
            line: package.line,
        };
        add(component, None, gathering);
    }
    if files > 0 {
        gathering.note(format!("{files} packages are files, and no packages: they were left out"));
    }
    Ok(())
}

fn subjects(root: &Node) -> Result<BTreeSet<&str>, Problem> {
    let mut subjects: BTreeSet<&str> =
        root.list("documentDescribes")?.iter().filter_map(Node::as_text).collect();
    for relation in root.list("relationships")? {
        let end = match relation.text("relationshipType") {
            Some("DESCRIBES") => relation.text("relatedSpdxElement"),
            Some("DESCRIBED_BY") => relation.text("spdxElementId"),
            _ => None,
        };
        subjects.extend(end);
    }
    Ok(subjects)
}

/// Returns the texts of the licences that only this document names.
fn extracted(root: &Node) -> Result<BTreeMap<&str, &str>, Problem> {
    let mut texts = BTreeMap::new();
    for license in root.list("hasExtractedLicensingInfos")? {
        let text = license.text("extractedText").filter(|text| text.len() <= MOST_OF_LICENSE);
        if let (Some(id), Some(text)) = (license.text("licenseId"), text) {
            texts.insert(id, text);
        }
    }
    Ok(texts)
}

fn purl(package: &Node) -> Result<Option<&str>, Problem> {
    let is_purl = |it: &&Node| it.text("referenceType") == Some("purl");
    let mut references = package.list("externalRefs")?.iter().filter(is_purl);
    Ok(references.next().and_then(|it| it.text("referenceLocator")))
}

/// Reads the terms: what was concluded of them, else what was declared.
fn published(package: &Node, extracted: &BTreeMap<&str, &str>) -> Published {
    let said = |key: &str| package.text(key).filter(|it| !matches!(*it, "NOASSERTION" | "NONE"));
    let mut published = Published::default();
    let Some(license) = said("licenseConcluded").or_else(|| said("licenseDeclared")) else {
        return published;
    };
    if is_expression(license) {
        published.expression = Some(license.to_owned());
    } else {
        published.text = Some(license.to_owned());
    }
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
    let words = license.split(|it| !is_of_name(it)).filter(|word| word.starts_with(EXTRACTED));
    for word in words {
        let text = extracted.get(word).map(|text| (*text).to_owned());
        published.files.push(LicenseFile { name: word.to_owned(), text });
    }
    published
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Inventory, Kind};

    fn read(text: &str) -> Result<Inventory, Problem> {
        let mut gathering = Gathering::new("sbom.spdx.json");
        read_spdx(text, &mut gathering)?;
        Ok(gathering.finish(Kind::Spdx).unwrap())
    }

    #[test]
    fn reads_packages() {
        let text = r#"{
  "spdxVersion": "SPDX-2.3",
  "SPDXID": "SPDXRef-DOCUMENT",
  "documentDescribes": ["SPDXRef-root"],
  "packages": [
    {"SPDXID": "SPDXRef-root", "name": "demo", "versionInfo": "1"},
    {"SPDXID": "SPDXRef-a", "name": "flask", "versionInfo": "2.0.2",
     "licenseConcluded": "NOASSERTION", "licenseDeclared": "BSD-3-Clause AND LicenseRef-x",
     "externalRefs": [
       {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe"},
       {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/flask@2.0.2"}]},
    {"SPDXID": "SPDXRef-b", "name": "b", "licenseDeclared": "NONE"},
    {"SPDXID": "SPDXRef-c", "name": "c", "licenseConcluded": "GPL v2",
     "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:apk/alpine/c@1?distro=3.20.1"}]}
  ],
  "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-x", "extractedText": "words"}],
  "relationships": [
    {"spdxElementId": "SPDXRef-a", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-b"},
    {"spdxElementId": "SPDXRef-b", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-a"}
  ]
}"#;
        let inventory = read(text).unwrap();
        insta::assert_snapshot!(inventory.shown(), @r"
        PyPI flask 2.0.2 [BSD-3-Clause AND LicenseRef-x] (sbom.spdx.json:7)
        Alpine:v3.20 c 1 [GPL v2] (sbom.spdx.json:13)
        not audited: b: it has no package URL, so that nothing says where it comes from (sbom.spdx.json:12)
        note: left out, since they are the project's own: `demo`
        ");
        let files = &inventory.packages[0].published.files;
        assert_eq!(files[0].text.as_deref(), Some("words"));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        insta::assert_snapshot!(error(r#"{"spdxVersion": "SPDX-3.0"}"#), @"version SPDX-3.0 of SPDX is not known (known: SPDX-2.2, SPDX-2.3); write it in one of those, or use a newer Plimsoll");
        insta::assert_snapshot!(error(r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#), @"version SPDX-3 of SPDX is not known (known: SPDX-2.2, SPDX-2.3); write it in one of those, or use a newer Plimsoll");
        insta::assert_snapshot!(error(r#"{"spdxVersion": "SPDX-2.3", "packages": [{"SPDXID": "a"}]}"#), @"line 1: `name` is missing, empty or no text");
    }
}
