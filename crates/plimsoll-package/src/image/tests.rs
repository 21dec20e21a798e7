use std::fs;

use super::*;
use crate::base::{Base, Place};

struct Scene {
    base: Base,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let program = std::env::current_exe().unwrap();
        let base = Base::of(Path::new("/"), &[&program]).unwrap();
        Self { base, folder: tempfile::tempdir().unwrap() }
    }

    fn recipe(&self, weights: &str) -> Recipe<'_> {
        let bytes = |text: &str| Content::bytes(text.into());
        let manifest = format!("manifest of {weights}");
        let digest = Digest::sha256(manifest.as_bytes());
        let mut of_model = Descriptor::new(MANIFEST, digest, manifest.len() as u64);
        of_model.artifact_type = Some("application/vnd.plimsoll.model.v1".to_owned());
        Recipe {
            name: "bikes".to_owned(),
            version: "1.0.0".to_owned(),
            created: "2026-01-02T03:04:05Z".to_owned(),
            labels: BTreeMap::from([("plimsoll.subject".to_owned(), "sha256:0".to_owned())]),
            compression: Compression::Gzip,
            base: Ground::Made(&self.base),
            runtime: Program {
                file: "libonnxruntime.so.1".to_owned(),
                content: bytes("runtime"),
                terms: BTreeMap::from([("LICENSE".to_owned(), b"MIT".to_vec())]),
            },
            program: bytes("program"),
            trust: bytes("version: 1\n"),
            bundle: BTreeMap::from([("index.json".to_owned(), bytes(weights))]),
            of_bundle: BTreeMap::new(),
            artifact: Artifact {
                manifests: vec![of_model],
                blobs: vec![(digest, Content::bytes(manifest.into()))],
            },
        }
    }

    fn write(&self, recipe: &Recipe<'_>, to: &str) -> Image {
        let layout = Layout::begin_in(self.folder.path()).unwrap();
        let image = recipe.write(&layout).unwrap();
        let is_archive = Path::new(to).extension().is_some();
        let shape = if is_archive { Shape::Archive } else { Shape::Folder };
        image.place(layout, shape, &self.folder.path().join(to)).unwrap();
        image
    }

    fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.folder.path().join(path)).unwrap()).unwrap()
    }
}

fn blob(descriptor: &Descriptor) -> String {
    format!("blobs/sha256/{}", descriptor.digest.hex())
}

#[test]
fn the_same_files_give_the_same_bytes_and_other_weights_only_other_weights() {
    let scene = Scene::new();
    let one = scene.write(&scene.recipe("weights"), "one.tar");
    let same = scene.write(&scene.recipe("weights"), "same.tar");
    assert_eq!(one.index, same.index);
    let read = |name: &str| fs::read(scene.folder.path().join(name)).unwrap();
    assert!(read("one.tar") == read("same.tar"));

    let other = scene.write(&scene.recipe("retrained"), "other");
    for (one, other) in one.layers.iter().zip(&other.layers) {
        assert_eq!(one.kind, other.kind);
        let is_bundle = one.kind == LayerKind::Bundle;
        assert_eq!(one.descriptor.digest != other.descriptor.digest, is_bundle, "{}", one.kind);
    }
    assert_ne!(one.index.digest, other.index.digest);
}

#[test]
fn a_layer_has_sorted_files_of_nobodys_time() {
    let scene = Scene::new();
    let image = scene.write(&scene.recipe("weights"), "layout");
    let base = &image.layers[0];
    let file = fs::File::open(scene.folder.path().join("layout").join(blob(&base.descriptor)));
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file.unwrap()));
    let mut paths = Vec::new();
    for entry in tar.entries().unwrap() {
        let entry = entry.unwrap();
        let (path, header) = (entry.path().unwrap().display().to_string(), entry.header());
        assert_eq!(header.mtime().unwrap(), 0, "{path}");
        let owner = if path.trim_end_matches('/') == HOME { USER } else { 0 };
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (owner, owner), "{path}");
        assert_eq!(header.mode().unwrap() & 0o6000, 0, "{path}");
        paths.push(path);
    }
    let folders = |path: &String| path.trim_end_matches('/').to_owned();
    assert!(paths.iter().map(folders).is_sorted(), "{paths:?}");
    for shell in ["bin/sh", "usr/bin/sh", "usr/bin/dpkg", "usr/bin/apt"] {
        assert!(!paths.contains(&shell.to_owned()));
    }
}

#[test]
fn the_image_says_what_it_runs_and_the_index_what_is_no_image() {
    let scene = Scene::new();
    let image = scene.write(&scene.recipe("weights"), "layout");
    let named = scene.json("layout/index.json");
    assert_eq!(named["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(named["manifests"][0]["digest"], image.index.digest.to_string());
    assert_eq!(named["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "1.0.0");

    let index = scene.json(&format!("layout/{}", blob(&image.index)));
    let platforms: Vec<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["platform"]["architecture"].as_str().unwrap())
        .collect();
    assert_eq!(platforms, ["amd64", "unknown"]);
    assert_eq!(
        image.artifact[0].artifact_type.as_deref(),
        Some("application/vnd.plimsoll.model.v1")
    );

    let config = scene.json(&format!("layout/{}", blob(&image.config)));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!(config["config"]["Cmd"], serde_json::json!(["--host", "0.0.0.0", "--stateless"]));
    assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 5);
    insta::assert_snapshot!(config["config"]["Entrypoint"], @r#"["/usr/bin/plimsoll","serve","/srv/model","--trust","/etc/plimsoll/trust.yaml","--onnxruntime","/usr/lib/plimsoll/libonnxruntime.so.1","--offline"]"#);
}

#[test]
fn what_is_said_of_an_image_refers_to_it_and_is_no_part_of_it() {
    let scene = Scene::new();
    let layout = Layout::begin_in(scene.folder.path()).unwrap();
    let mut image = scene.recipe("weights").write(&layout).unwrap();
    let before = image.index.digest;
    let sbom = Attachment {
        artifact_type: "application/vnd.cyclonedx+json".to_owned(),
        media_type: "application/vnd.cyclonedx+json".to_owned(),
        bytes: b"{}".to_vec(),
        annotations: BTreeMap::new(),
    };
    let digest = image.attach(&sbom, &layout).unwrap();
    assert_eq!((image.index.digest, image.attachments.len()), (before, 1));
    let manifest = fs::read(layout.file_of(&digest)).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["subject"]["digest"], image.manifest.digest.to_string());
    assert_eq!(manifest["artifactType"], "application/vnd.cyclonedx+json");
    let index = fs::read_to_string(layout.file_of(&before)).unwrap();
    assert!(!index.contains(&digest.to_string()), "{index}");
}

#[test]
fn another_base_is_taken_over_as_it_is() {
    let scene = Scene::new();
    let below = scene.write(&scene.recipe("weights"), "below");
    let layout = scene.folder.path().join("below");
    // By the digest of its index, or of the image in it.
    for digest in [below.index.digest, below.manifest.digest] {
        let base = Foreign::read(Place::Layout(layout.clone()), digest).unwrap();
        assert_eq!(base.digest(), below.manifest.digest);
        let above = Recipe { base: Ground::Foreign(&base), ..scene.recipe("others") };
        let above = scene.write(&above, &format!("above-{}", digest.short()));
        let digests = |image: &Image| -> Vec<Digest> {
            image.layers.iter().map(|layer| layer.descriptor.digest).collect()
        };
        assert_eq!(digests(&above)[..5], digests(&below)[..]);
        assert_eq!(above.layers.len(), 9);
        let folder = format!("above-{}", digest.short());
        let config = scene.json(&format!("{folder}/{}", blob(&above.config)));
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 9);
        assert_eq!(config["history"].as_array().unwrap().len(), 9);
        assert_eq!(config["config"]["Env"].as_array().unwrap().len(), 3);
    }

    let missing = Foreign::read(Place::Layout(layout.clone()), Digest::sha256(b"x")).unwrap_err();
    assert!(matches!(missing, ReadBaseError::Unreadable { .. }), "{missing}");
    let none = Foreign::read(Place::Layout(layout.clone()), below.config.digest).unwrap_err();
    assert!(matches!(none, ReadBaseError::Form { .. }), "{none}");
    let base = Foreign::read(Place::Layout(layout.clone()), below.index.digest).unwrap();
    fs::write(layout.join(blob(&below.layers[0].descriptor)), "tampered").unwrap();
    let changed = Recipe { base: Ground::Foreign(&base), ..scene.recipe("others") };
    let into = Layout::begin_in(scene.folder.path()).unwrap();
    let error = changed.write(&into).unwrap_err();
    assert!(matches!(error, LayoutError::Base(_)), "{error}");
    fs::write(layout.join(blob(&below.manifest)), "{}").unwrap();
    let changed = Foreign::read(Place::Layout(layout), below.manifest.digest).unwrap_err();
    assert!(matches!(changed, ReadBaseError::Changed { .. }), "{changed}");
}

#[test]
fn what_is_there_is_not_written_over_and_what_changed_is_refused() {
    let scene = Scene::new();
    scene.write(&scene.recipe("weights"), "layout");
    for (shape, name) in [(Shape::Folder, "layout"), (Shape::Archive, "layout")] {
        let layout = Layout::begin_in(scene.folder.path()).unwrap();
        let image = scene.recipe("weights").write(&layout).unwrap();
        let error = image.place(layout, shape, &scene.folder.path().join(name)).unwrap_err();
        assert!(matches!(error, LayoutError::Exists(_)), "{shape:?}: {error}");
    }
    let file = scene.folder.path().join("program");
    fs::write(&file, "before").unwrap();
    let mut recipe = scene.recipe("weights");
    recipe.program = Content::file(&file).unwrap();
    for now in ["longer than before", "befor", "BEFORE"] {
        fs::write(&file, now).unwrap();
        let layout = Layout::begin_in(scene.folder.path()).unwrap();
        assert!(recipe.write(&layout).is_err(), "{now}");
    }
    // Nothing is left of what was not finished.
    let left = fs::read_dir(scene.folder.path()).unwrap().map(|it| it.unwrap().file_name());
    let mut left: Vec<_> = left.collect();
    left.sort();
    assert_eq!(left, ["layout", "program"]);
}

#[test]
fn what_is_said_of_the_layer_of_the_bundle_stands_in_the_manifest() {
    let scene = Scene::new();
    let said = BTreeMap::from([("plimsoll.encryption".to_owned(), "age".to_owned())]);
    let recipe = Recipe { of_bundle: said, ..scene.recipe("weights") };
    let image = scene.write(&recipe, "layout");
    let manifest = scene.json(&format!("layout/{}", blob(&image.manifest)));
    let said =
        |layer: usize| manifest["layers"][layer]["annotations"]["plimsoll.encryption"].clone();
    assert_eq!((said(4), said(3)), ("age".into(), serde_json::Value::Null));
}

#[test]
fn files_become_an_artifact_whose_layers_are_called_by_their_names() {
    let scene = Scene::new();
    let file = |name: &str, media_type| crate::ArtifactFile {
        name: name.to_owned(),
        media_type,
        content: Content::bytes(name.into()),
    };
    let files = vec![file("index.json", "application/json"), file("a.age", "application/vnd.age")];
    let artifact = Artifact::of_files("application/x", files, BTreeMap::new()).unwrap();
    let image = scene.write(&Recipe { artifact, ..scene.recipe("weights") }, "layout");
    let manifest = scene.json(&format!("layout/{}", blob(&image.artifact[0])));
    assert_eq!(manifest["artifactType"], "application/x");
    let titles = manifest["layers"].as_array().unwrap().iter();
    let titles: Vec<_> = titles
        .map(|layer| layer["annotations"]["org.opencontainers.image.title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["index.json", "a.age"]);
    let digest = manifest["layers"][1]["digest"].as_str().unwrap().replace("sha256:", "");
    let file = scene.folder.path().join(format!("layout/blobs/sha256/{digest}"));
    assert_eq!(fs::read_to_string(file).unwrap(), "a.age");
}
