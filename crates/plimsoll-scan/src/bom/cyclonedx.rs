//! `CycloneDX` 1.6, as JSON: an ML-BOM where the bill is of a model.

mod card;
mod document;

use plimsoll_core::Digest;
use plimsoll_core::digest::Algorithm;
use plimsoll_core::project::PersonalData;

use self::document::{
    Commit, Component, Composition, Contents, Data, Dependency, Document, Evidence,
    ExternalReference, Hash, LicenseChoice, Metadata, NamedLicense, Pedigree, Property, Tools,
};
use super::identity::{json, line, moment, urn};
use super::settle::{BillError, Listed, Settled};
use super::{BaseModel, Bill, Dataset, Image, Of, Stated, Use};
use crate::license::State;
use crate::package::{FileHash, HashAlgorithm};

const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.6.schema.json";

/// What stands beside several hashes of one package.
const ONE_OF_THEM: &str =
    "the files that the lock allows; which of them was installed is not recorded";

/// Writes a bill.
pub(super) fn write(bill: &Bill) -> Result<Vec<u8>, BillError> {
    let settled = Settled::of(bill)?;
    let mut document = document(&settled)?;
    document.serial_number = urn(&json(&document)?);
    json(&document)
}

fn document(settled: &Settled<'_>) -> Result<Document, BillError> {
    let bill = settled.bill;
    let tool = Component {
        kind: "application",
        name: line(&bill.tool.name),
        version: Some(line(&bill.tool.version)),
        ..Component::default()
    };
    let subject = subject(settled);
    let root = subject.reference.clone().unwrap_or_default();
    let mut components: Vec<Component> = bill.image.iter().map(of_image).collect();
    components.extend(settled.datasets.iter().map(|dataset| of_dataset(dataset)));
    components.extend(settled.base_models.iter().map(|model| of_base_model(model)));
    components.extend(settled.packages.iter().map(of_package));
    let gaps = bill.gaps.iter().map(|gap| Property::of("not-listed", gap)).collect();
    let is_whole = bill.gaps.is_empty();
    let incomplete = Composition { aggregate: "incomplete", assemblies: [root.clone()] };
    Ok(Document {
        schema: SCHEMA,
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: moment(bill.at)?,
            tools: Tools { components: [tool] },
            component: subject,
            properties: gaps,
        },
        components,
        dependencies: dependencies(settled, root),
        compositions: if is_whole { Vec::new() } else { vec![incomplete] },
    })
}

/// Returns what the bill is of.
fn subject(settled: &Settled<'_>) -> Component {
    let model = match &settled.bill.of {
        Of::Packages(name) => {
            let reference = Some(format!("subject:{}", line(name)));
            let name = line(name);
            return Component { kind: "application", reference, name, ..Component::default() };
        }
        Of::Model(model) => model,
    };
    let (name, version) = (line(&model.name), line(&model.version));
    let mut properties: Vec<Property> =
        model.facts.iter().map(|(name, value)| Property::of(name, value)).collect();
    properties.extend(model.owners.iter().map(|owner| Property::of("owner", owner)));
    properties.extend(state(&model.license));
    Component {
        kind: "machine-learning-model",
        reference: Some(format!("model:{name}@{version}")),
        name,
        version: Some(version),
        hashes: model.content.iter().map(hash).collect(),
        licenses: licenses(&model.license),
        pedigree: model
            .commit
            .as_ref()
            .map(|uid| Pedigree { commits: [Commit { uid: line(uid) }] }),
        model_card: Some(card::of(model, &settled.datasets)),
        properties,
        ..Component::default()
    }
}

fn of_image(image: &Image) -> Component {
    Component {
        kind: "container",
        reference: Some(image_reference(image)),
        name: line(&image.name),
        version: Some(image.digest.to_string()),
        hashes: vec![hash(&image.digest)],
        ..Component::default()
    }
}

fn image_reference(image: &Image) -> String {
    format!("image:{}@{}", line(&image.name), image.digest)
}

fn of_dataset(dataset: &Dataset) -> Component {
    let name = line(&dataset.name);
    let mut properties = vec![
        Property::of("digest", dataset.digest.to_string()),
        Property::of("bytes", dataset.bytes.to_string()),
    ];
    properties.extend(dataset.source.as_ref().map(|source| Property::of("source", source)));
    let personal = dataset.personal.map_or("not declared", PersonalData::as_str);
    properties.push(Property::of("personal-data", personal));
    properties.extend(dataset.uses.iter().map(|it: &Use| Property::of("used-for", it.as_str())));
    let is_sensitive = dataset.personal == Some(PersonalData::Present);
    let sensitive_data = if is_sensitive { vec!["personal data"] } else { Vec::new() };
    Component {
        kind: "data",
        reference: Some(dataset_reference(dataset)),
        name: name.clone(),
        version: Some(dataset.digest.short()),
        hashes: vec![hash(&dataset.digest)],
        licenses: licenses(&dataset.license),
        data: vec![Data {
            kind: "dataset",
            name,
            contents: Contents { properties },
            sensitive_data,
        }],
        properties: state(&dataset.license).into_iter().collect(),
        ..Component::default()
    }
}

fn dataset_reference(dataset: &Dataset) -> String {
    format!("data:{}", line(&dataset.name))
}

fn of_base_model(model: &BaseModel) -> Component {
    let source = model.source.iter().map(|source| Property::of("source", source));
    Component {
        kind: "machine-learning-model",
        reference: Some(base_reference(model)),
        name: line(&model.name),
        version: model.version.as_deref().map(line),
        hashes: model.digest.iter().map(hash).collect(),
        licenses: licenses(&model.license),
        properties: source.chain(state(&model.license)).collect(),
        ..Component::default()
    }
}

fn base_reference(model: &BaseModel) -> String {
    format!("base-model:{}", line(&model.name))
}

fn of_package(listed: &Listed) -> Component {
    let component = &listed.component;
    let package = &component.package;
    let hashes: Vec<Hash> = package.locked.hashes.iter().map(file_hash).collect();
    // A hash of the component is that of what is installed, which one of several may be.
    let (hashes, distributions) = match hashes.len() {
        0 | 1 => (hashes, Vec::new()),
        _ => {
            let url = listed.purl.clone();
            let kind = "distribution";
            (Vec::new(), vec![ExternalReference { kind, url, comment: ONE_OF_THEM, hashes }])
        }
    };
    let bundled: Vec<LicenseChoice> =
        component.bundled.iter().map(|license| by_name(license.to_string())).collect();
    Component {
        kind: "library",
        reference: Some(listed.purl.clone()),
        name: line(&package.name),
        version: package.version.as_deref().map(line),
        hashes,
        licenses: licenses(&component.license),
        purl: Some(listed.purl.clone()),
        external_references: distributions,
        evidence: (!bundled.is_empty()).then_some(Evidence { licenses: bundled }),
        properties: state(&component.license).into_iter().collect(),
        ..Component::default()
    }
}

fn dependencies(settled: &Settled<'_>, root: String) -> Vec<Dependency> {
    let bill = settled.bill;
    let purl = |at: &usize| settled.packages.get(*at).map(|it| it.purl.clone());
    let mut on: Vec<String> = settled.datasets.iter().map(|it| dataset_reference(it)).collect();
    on.extend(settled.base_models.iter().map(|model| base_reference(model)));
    on.extend(settled.roots.iter().filter_map(purl));
    let image = bill
        .image
        .iter()
        .map(|image| Dependency { of: image_reference(image), on: vec![root.clone()] });
    let mut all: Vec<Dependency> = image.collect();
    all.push(Dependency { of: root, on });
    // A package of which nothing tells what it needs has no entry: that says that it is not known.
    all.extend(settled.packages.iter().filter_map(|it| {
        let on = it.needs.as_ref()?.iter().filter_map(purl).collect();
        Some(Dependency { of: it.purl.clone(), on })
    }));
    all
}

/// Writes a license: an expression where it is known, a name that is none where it is ambiguous.
fn licenses(stated: &Stated) -> Vec<LicenseChoice> {
    let acknowledgement = match stated {
        Stated::Declared(_) => "declared",
        _ => "concluded",
    };
    match (stated.known(), stated.ambiguity()) {
        (Some(license), _) => {
            vec![LicenseChoice::Expression { expression: license.to_string(), acknowledgement }]
        }
        (None, Some(ambiguity)) => vec![by_name(line(&ambiguity))],
        (None, None) => Vec::new(),
    }
}

fn by_name(name: String) -> LicenseChoice {
    LicenseChoice::License { license: NamedLicense { name } }
}

/// Says of a license that is not known that it is not: the format has no word for it.
fn state(stated: &Stated) -> Option<Property> {
    let state = stated.state();
    (state != State::Known).then(|| Property::of("license-state", state.to_string()))
}

fn hash(digest: &Digest) -> Hash {
    let alg = match digest.algorithm() {
        Algorithm::Blake3 => "BLAKE3",
        Algorithm::Sha256 => "SHA-256",
    };
    Hash { alg, content: digest.hex() }
}

fn file_hash(hash: &FileHash) -> Hash {
    let alg = match hash.algorithm() {
        HashAlgorithm::Md5 => "MD5",
        HashAlgorithm::Sha1 => "SHA-1",
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
        HashAlgorithm::Sha512 => "SHA-512",
    };
    Hash { alg, content: hash.digits().to_owned() }
}
