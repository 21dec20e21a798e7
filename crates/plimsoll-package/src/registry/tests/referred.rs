//! A registry that keeps lists of referrers itself (distribution-spec 1.1), and one that does not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::artifact::Artifact;
use crate::base::{Base, Ground};
use crate::image::{Image, Program, Recipe};
use crate::{Attachment, Compression, Content, Layout};

/// What a registry was sent.
#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Vec<u8>>,
    /// By digest and by tag.
    manifests: BTreeMap<String, Vec<u8>>,
    /// By the digest that they refer to.
    referrers: BTreeMap<String, Vec<Value>>,
}

impl Kept {
    fn manifest(&mut self, name: &str, bytes: &[u8], has_referrers: bool) -> Said {
        let manifest: Value = serde_json::from_slice(bytes).unwrap();
        let digest = Digest::sha256(bytes).to_string();
        for name in [name, &digest] {
            self.manifests.insert(name.to_owned(), bytes.to_vec());
        }
        let Some(subject) = manifest["subject"]["digest"].as_str().filter(|_| has_referrers) else {
            return Said::status(201);
        };
        self.referrers.entry(subject.to_owned()).or_default().push(json!({
            "mediaType": manifest["mediaType"], "digest": digest, "size": bytes.len(),
            "artifactType": manifest["artifactType"],
        }));
        Said::status(201).with("oci-subject", subject)
    }

    fn answer(&mut self, asked: &crate::test_server::Asked, has_referrers: bool) -> Said {
        let path = asked.path.strip_prefix("/v2/team/bikes/").unwrap();
        let (kind, name) = path.split_once('/').unwrap();
        let found = |bytes: Option<&Vec<u8>>| match bytes {
            Some(bytes) => Said { body: bytes.clone(), ..Said::status(200) },
            None => Said::status(404),
        };
        match (asked.method.as_str(), kind) {
            ("PUT", "manifests") => self.manifest(name, &asked.body, has_referrers),
            ("GET", "manifests") => found(self.manifests.get(name)),
            ("GET", "referrers") if has_referrers => {
                let listed = self.referrers.get(name).cloned().unwrap_or_default();
                let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
                Said::status(200).body(&index.to_string())
            }
            ("HEAD", "blobs") => found(self.blobs.get(name)),
            ("POST", "blobs") => {
                Said::status(202).with("location", "/v2/team/bikes/blobs/uploads/1")
            }
            ("PUT", "blobs") => {
                let (_, digest) = name.split_once("digest=").unwrap();
                assert_eq!(Digest::sha256(&asked.body).to_string(), digest);
                self.blobs.insert(digest.to_owned(), asked.body.clone());
                Said::status(201)
            }
            _ => Said::status(404),
        }
    }
}

/// Writes a small image with something that is said of it.
fn image(layout: &Layout) -> Image {
    let bytes = |text: &str| Content::bytes(text.into());
    let base = Base::of(Path::new("/"), &[Path::new("/bin/true")]).unwrap();
    let recipe = Recipe {
        name: "bikes".to_owned(),
        version: "1.0.0".to_owned(),
        created: "2026-01-02T03:04:05Z".to_owned(),
        labels: BTreeMap::new(),
        compression: Compression::Zstd,
        base: Ground::Made(&base),
        runtime: Program {
            file: "libonnxruntime.so.1".to_owned(),
            content: bytes("runtime"),
            terms: BTreeMap::new(),
        },
        program: bytes("program"),
        trust: bytes("version: 1\n"),
        bundle: BTreeMap::from([("index.json".to_owned(), bytes("weights"))]),
        of_bundle: BTreeMap::new(),
        artifact: Artifact { manifests: Vec::new(), blobs: Vec::new() },
    };
    let mut image = recipe.write(layout).unwrap();
    let sbom = Attachment {
        artifact_type: "application/vnd.cyclonedx+json".to_owned(),
        media_type: "application/vnd.cyclonedx+json".to_owned(),
        bytes: b"{}".to_vec(),
        annotations: BTreeMap::new(),
    };
    image.attach(&sbom, layout).unwrap();
    image
}

/// Pushes it, and returns what the registry has then.
fn pushed(has_referrers: bool) -> (Pushed, Image, Arc<Mutex<Kept>>, Server) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::begin_in(folder.path()).unwrap();
    let image = image(&layout);
    let kept: Arc<Mutex<Kept>> = Arc::default();
    let of_server = Arc::clone(&kept);
    let server = Server::new(move |asked| of_server.lock().unwrap().answer(asked, has_referrers));
    let registry = registry(&server, Credentials::Anonymous);
    let pushed = registry.push(&image, &layout, "1.0.0", &|_| ()).unwrap();
    (pushed, image, kept, server)
}

#[test]
fn a_registry_that_lists_referrers_is_left_to_do_so() {
    let (pushed, image, kept, server) = pushed(true);
    assert!(pushed.has_referrers);
    let tags: Vec<String> = {
        let kept = kept.lock().unwrap();
        kept.manifests.keys().filter(|name| !name.starts_with("sha256:")).cloned().collect()
    };
    assert_eq!(tags, ["1.0.0"]);
    // As who looks for what is said of the image asks for it.
    let registry = registry(&server, Credentials::Anonymous);
    let uri = registry.uri(&format!("referrers/{}", image.manifest.digest)).unwrap();
    let answer = registry.call(&Call::new(Method::GET, uri), &Body::None, "list").unwrap();
    let listed: Value = serde_json::from_slice(&answer.bytes(1024).unwrap()).unwrap();
    let listed = listed["manifests"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(listed[0]["digest"], image.attachments[0].digest.to_string());
}

#[test]
fn for_one_that_does_not_the_list_is_kept_under_a_tag() {
    let (pushed, image, kept, _) = pushed(false);
    assert!(!pushed.has_referrers);
    let kept = kept.lock().unwrap();
    let tag = format!("sha256-{}", image.manifest.digest.hex());
    let listed: Value = serde_json::from_slice(&kept.manifests[&tag]).unwrap();
    assert_eq!(listed["manifests"][0]["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(listed["manifests"][0]["digest"], image.attachments[0].digest.to_string());
}
