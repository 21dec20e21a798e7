//! SPDX 2.3, as JSON.

mod document;
mod license;
mod model;

use plimsoll_core::Digest;
use plimsoll_core::digest::Algorithm;
use plimsoll_core::project::PersonalData;

use self::document::{Checksum, CreationInfo, Document, ExternalRef, Package, Relationship};
use self::license::Licenses;
use super::identity::{json, line, moment, spdx_id, urn};
use super::settle::{BillError, Listed, Settled};
use super::{BaseModel, Bill, Dataset, Image, Of, Use};
use crate::package::{FileHash, HashAlgorithm};

/// What stands where nothing is known.
const NO_ASSERTION: &str = "NOASSERTION";

/// The id of the document itself.
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// Writes a bill.
pub(super) fn write(bill: &Bill) -> Result<Vec<u8>, BillError> {
    let settled = Settled::of(bill)?;
    let mut document = document(&settled)?;
    document.document_namespace = urn(&json(&document)?);
    json(&document)
}

fn document(settled: &Settled<'_>) -> Result<Document, BillError> {
    let bill = settled.bill;
    let created = moment(bill.at)?;
    let tool = line(&format!("Tool: {}-{}", bill.tool.name, bill.tool.version));
    let mut licenses = Licenses::default();
    let (name, subject) = match &bill.of {
        Of::Model(model) => {
            let name = line(&format!("{}@{}", model.name, model.version));
            (name, model::of(model, (&created, &tool), &mut licenses))
        }
        Of::Packages(name) => {
            let name = line(name);
            let id = spdx_id(&format!("subject:{name}"));
            (name.clone(), Package::of(id, name, "APPLICATION"))
        }
    };
    let root = subject.id.clone();
    let mut packages = vec![subject];
    packages.extend(bill.image.iter().map(of_image));
    packages.extend(settled.datasets.iter().map(|it| of_dataset(it, &mut licenses)));
    packages.extend(settled.base_models.iter().map(|it| of_base_model(it, &mut licenses)));
    packages.extend(settled.packages.iter().map(|it| of_package(it, &mut licenses)));
    let gaps: Vec<String> = bill.gaps.iter().map(|gap| line(gap)).collect();
    let comment = (!gaps.is_empty())
        .then(|| format!("The list is not complete. Not listed: {}", gaps.join("; ")));
    Ok(Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name,
        document_namespace: String::new(),
        creation_info: CreationInfo { created, creators: [tool] },
        comment,
        packages,
        has_extracted_licensing_infos: licenses.extracted(),
        relationships: relationships(settled, &root),
    })
}

fn of_image(image: &Image) -> Package {
    let mut package = Package::of(image_id(image), line(&image.name), "CONTAINER");
    package.version_info = Some(image.digest.to_string());
    add_digest(&image.digest, &mut package);
    package
}

fn image_id(image: &Image) -> String {
    spdx_id(&format!("image:{}@{}", image.name, image.digest))
}

fn of_dataset(dataset: &Dataset, licenses: &mut Licenses) -> Package {
    // SPDX 2.3 has no word for data; a file is what comes nearest, and one that was not looked into.
    let mut package = Package::of(dataset_id(dataset), line(&dataset.name), "FILE");
    package.version_info = Some(dataset.digest.short());
    licenses.state(&dataset.license, &[], &mut package);
    add_digest(&dataset.digest, &mut package);
    let uses: Vec<&str> = dataset.uses.iter().map(|it| it.as_str()).collect();
    let uses = if uses.is_empty() { "neither".to_owned() } else { uses.join(" and ") };
    let personal = dataset.personal.map_or("not declared", PersonalData::as_str);
    let source = dataset.source.as_deref().unwrap_or("not declared");
    package.comment = Some(line(&format!(
        "Dataset of {} bytes. Used for (observed): {uses}. Source (declared): {source}. Personal data: {personal}.",
        dataset.bytes,
    )));
    package
}

fn dataset_id(dataset: &Dataset) -> String {
    spdx_id(&format!("data:{}", dataset.name))
}

fn of_base_model(model: &BaseModel, licenses: &mut Licenses) -> Package {
    let mut package = Package::of(base_id(model), line(&model.name), "FILE");
    package.version_info = model.version.as_deref().map(line);
    let source = model.source.as_deref().unwrap_or("not declared");
    package.comment = Some(line(&format!(
        "A model that the described one was made from. Source (declared): {source}."
    )));
    licenses.state(&model.license, &[], &mut package);
    if let Some(digest) = &model.digest {
        add_digest(digest, &mut package);
    }
    package
}

fn base_id(model: &BaseModel) -> String {
    spdx_id(&format!("base-model:{}", model.name))
}

fn of_package(listed: &Listed, licenses: &mut Licenses) -> Package {
    let component = &listed.component;
    let mut package = Package::of(spdx_id(&listed.purl), line(&component.package.name), "LIBRARY");
    package.version_info = component.package.version.as_deref().map(line);
    licenses.state(&component.license, &component.bundled, &mut package);
    package.external_refs.push(ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: listed.purl.clone(),
    });
    match component.package.locked.hashes.as_slice() {
        [hash] => package.checksums.push(checksum(hash)),
        // A checksum is that of what is installed, which one of several may be.
        several => {
            let all = several.iter().map(|hash| ExternalRef::other("locked-file", hash));
            package.external_refs.extend(all);
        }
    }
    package
}

fn relationships(settled: &Settled<'_>, root: &str) -> Vec<Relationship> {
    let bill = settled.bill;
    let mut all = vec![Relationship::of(DOCUMENT, "DESCRIBES", root)];
    if let Some(image) = &bill.image {
        let contains = Relationship::of(&image_id(image), "CONTAINS", root);
        all.push(contains.because("the image ships the model"));
    }
    for dataset in &settled.datasets {
        let id = dataset_id(dataset);
        if dataset.uses.contains(&Use::Training) {
            let made = Relationship::of(root, "GENERATED_FROM", &id);
            all.push(made.because("the model was made of this dataset"));
        }
        if dataset.uses.contains(&Use::Evaluation) {
            let measured = Relationship::of(&id, "DATA_FILE_OF", root);
            all.push(measured.because("the model was measured on this dataset"));
        }
        if dataset.uses.is_empty() {
            let read = Relationship::of(&id, "DATA_FILE_OF", root);
            all.push(read.because("the run that made the model read this dataset"));
        }
    }
    for model in &settled.base_models {
        let descends = Relationship::of(root, "DESCENDANT_OF", &base_id(model));
        all.push(descends.because("the model was made from this model"));
    }
    let purl = |at: &usize| settled.packages.get(*at).map(|it| spdx_id(&it.purl));
    let roots = settled.roots.iter().filter_map(purl);
    all.extend(roots.map(|id| Relationship::of(root, "DEPENDS_ON", &id)));
    for listed in &settled.packages {
        let from = spdx_id(&listed.purl);
        let needs = listed.needs.iter().flatten().filter_map(purl);
        all.extend(needs.map(|to| Relationship::of(&from, "DEPENDS_ON", &to)));
    }
    all
}

/// Writes a digest: SHA-256 as a checksum, BLAKE3 as a reference, since tools disagree on how many digits
/// a checksum of it has.
fn add_digest(digest: &Digest, package: &mut Package) {
    match digest.algorithm() {
        Algorithm::Sha256 => {
            package.checksums.push(Checksum { algorithm: "SHA256", checksum_value: digest.hex() });
        }
        Algorithm::Blake3 => package.external_refs.push(ExternalRef::other("blake3", digest)),
    }
}

fn checksum(hash: &FileHash) -> Checksum {
    let algorithm = match hash.algorithm() {
        HashAlgorithm::Md5 => "MD5",
        HashAlgorithm::Sha1 => "SHA1",
        HashAlgorithm::Sha256 => "SHA256",
        HashAlgorithm::Sha384 => "SHA384",
        HashAlgorithm::Sha512 => "SHA512",
    };
    Checksum { algorithm, checksum_value: hash.digits().to_owned() }
}
