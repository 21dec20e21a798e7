//! The image in a real registry: sent once, found by others, and only as somebody who may write there.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use serde_json::{Value, json};

use super::{SMALL, encrypted, free_port, packaged, small_library};
use crate::docker_registry::{PEOPLE, Registry, skopeo};
use crate::release::scene::Scene;

#[track_caller]
fn push(scene: &Scene, version: &str, to: &str) -> Value {
    packaged(scene, version, &["--push", to])
}

/// Returns the blobs that were sent, in any order.
fn sent(packaged: &Value) -> Vec<&str> {
    let blobs = packaged["pushed"]["blobs"].as_array().unwrap().iter();
    let sent = blobs.filter(|blob| blob["outcome"] == "uploaded");
    sent.map(|blob| blob["digest"].as_str().unwrap()).collect()
}

#[test]
fn only_what_is_new_is_sent_and_all_of_it_comes_back() {
    let Some(registry) = Registry::start(None) else { return };
    let Some(scene) = Scene::released() else { return };
    let to = format!("{}/team/bikes", registry.host);
    let first = push(&scene, "bikes@1.0.0", &to);
    assert_eq!(first["pushed"]["reference"], format!("{to}:1.0.0"));
    assert!(sent(&first).len() > 5, "{first}");
    let again = push(&scene, "bikes@1.0.0", &to);
    assert_eq!((again["pushed"]["sent-bytes"].as_u64(), sent(&again).len()), (Some(0), 0));
    assert_eq!(again["digest"], first["digest"]);

    scene.call(&["deploy", "bikes@1.0.0"], 0);
    // The deployment is said of the same model, and the image is the one that it was.
    let deployed = push(&scene, "bikes@1.0.0", &to);
    assert_eq!(deployed["digest"], first["digest"]);
    assert_eq!(
        (&first["pushed"]["statements"], &deployed["pushed"]["statements"]),
        (&0.into(), &1.into())
    );
    let subject = first["subject"].as_str().unwrap().replace(':', "-");
    let referrers = registry.inspect(&format!("team/bikes:{subject}"));
    let referrers = referrers["manifests"].as_array().unwrap();
    assert_eq!(referrers.len(), 4, "{referrers:?}");
    let said = &referrers[3]["annotations"]["dev.sigstore.bundle.predicateType"];
    assert_eq!(said, "urn:plimsoll:deployment/v1");
    scene.next(2.5, "bikes@1.1.0");
    let second = push(&scene, "bikes@1.1.0", &format!("{to}:latest"));
    let layers = second["layers"].as_array().unwrap();
    let of_layers: Vec<&str> = layers
        .iter()
        .filter(|layer| sent(&second).contains(&layer["digest"].as_str().unwrap()))
        .map(|layer| layer["layer"].as_str().unwrap())
        .collect();
    assert_eq!(of_layers, ["bundle"]);

    // Others find the image, the model beside it, and what is said of the model.
    let index = registry.inspect("team/bikes:latest");
    let platforms = index["manifests"].as_array().unwrap().iter();
    let platforms: Vec<&str> =
        platforms.map(|it| it["platform"]["architecture"].as_str().unwrap()).collect();
    assert_eq!(platforms, ["amd64", "unknown", "unknown", "unknown", "unknown"]);
    assert_eq!(second["pushed"]["referrers"], "tags");
    let subject = second["subject"].as_str().unwrap().replace(':', "-");
    let referrers = registry.inspect(&format!("team/bikes:{subject}"));
    let referrers = referrers["manifests"].as_array().unwrap();
    assert_eq!(referrers.len(), 3, "{referrers:?}");
    for referrer in referrers {
        assert_eq!(referrer["artifactType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    }

    // And of the image: what is in it, as a document that others read.
    let subject = second["image"]["digest"].as_str().unwrap().replace(':', "-");
    let referrers = registry.inspect(&format!("team/bikes:{subject}"));
    let referrers = referrers["manifests"].as_array().unwrap();
    assert_eq!(referrers.len(), 1, "{referrers:?}");
    assert_eq!(referrers[0]["artifactType"], "application/vnd.cyclonedx+json");
    assert_eq!(referrers[0]["digest"], second["pushed"]["sbom"]);
    let of_it =
        registry.inspect(&format!("team/bikes@{}", second["pushed"]["sbom"].as_str().unwrap()));
    let sbom = of_it["layers"][0]["digest"].as_str().unwrap();
    let sbom: Value = serde_json::from_slice(&registry.blob("team/bikes", sbom)).unwrap();
    assert_eq!(sbom["metadata"]["component"]["version"], "1.1.0");
    assert!(
        sbom.to_string()
            .contains(second["image"]["digest"].as_str().unwrap().trim_start_matches("sha256:"))
    );

    // Whoever scans it by its name there reads that very image.
    let scan = ["scan", "licenses", "--json", "--image", &format!("{to}:latest")];
    let scanned = scene.sandbox.command(scan).output().unwrap();
    let scanned: Value = serde_json::from_slice(&scanned.stdout).unwrap();
    let read = &scanned["sources"][0]["image"];
    assert_eq!(read["digest"], second["image"]["digest"]);
    assert_eq!(read["reference"], format!("{to}@{}", second["digest"].as_str().unwrap()));

    // It can be what another image stands on, whose layers the registry takes over by itself.
    let base = format!("{to}@{}", second["digest"].as_str().unwrap());
    let other = format!("{}/team/others", registry.host);
    let above = packaged(&scene, "bikes@1.0.0", &["--base", &base, "--push", &other]);
    assert_eq!(above["layers"].as_array().unwrap().len(), 9);
    assert_eq!(above["base-image"], second["image"]["digest"]);
    let outcomes = above["pushed"]["blobs"].as_array().unwrap().iter();
    let mounted = outcomes.filter(|blob| blob["outcome"] == "mounted").count();
    assert!(mounted >= 5, "{above}");

    // What comes back is what was written.
    let written = registry.folder.path().join("written");
    let output = written.to_str().unwrap();
    packaged(&scene, "bikes@1.1.0", &["--output", output]);
    let pulled = registry.folder.path().join("pulled");
    let from = format!("docker://{to}:latest");
    let copy = ["copy", "--all", "--src-tls-verify=false", &from];
    skopeo(&[&copy[..], &[&format!("oci:{}:1.1.0", pulled.display())]].concat());
    assert_eq!(blobs(&pulled), blobs(&written));
}

fn blobs(layout: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(layout.join("blobs/sha256")).unwrap();
    let mut names: Vec<PathBuf> = entries.map(|it| it.unwrap().file_name().into()).collect();
    names.sort();
    names
}

#[test]
fn a_registry_that_knows_people_is_asked_as_one_of_them() {
    let Some(registry) = Registry::start(Some(PEOPLE)) else { return };
    let Some(scene) = Scene::released() else { return };
    let to = format!("{}/team/bikes", registry.host);
    let library = small_library();
    let small = ["package", "bikes@1.0.0", "--binary", SMALL, "--onnxruntime", &library];
    let package = [&small[..], &["--no-scan", "--push", &to]].concat();
    let login = |auth: &str| {
        let folder = scene.sandbox.home().parent().unwrap().join(".docker");
        fs::create_dir_all(&folder).unwrap();
        let config = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{auth}\"}}}}}}", registry.host);
        fs::write(folder.join("config.json"), config).unwrap();
    };
    let nobody = scene.call(&package, 1);
    assert!(nobody.stderr.contains("does not let nobody in particular"), "{nobody}");
    assert!(nobody.stderr.contains("podman login"), "{nobody}");
    // `ada:another-secret`
    login("YWRhOmFub3RoZXItc2VjcmV0");
    let wrong = scene.call(&package, 1);
    assert!(wrong.stderr.contains("does not let `ada`"), "{wrong}");
    assert!(!wrong.stderr.contains("another-secret"), "{wrong}");
    login("YWRhOnMzY3IzdC1vZi1hZGE=");
    scene.json(&package, 0);
    login("not base64");
    scene.call(&package, 2);
}

#[test]
fn a_registry_that_is_away_or_none_is_told() {
    let Some(scene) = Scene::released() else { return };
    let refused = |to: &str, code: i32, said: &str| {
        let library = small_library();
        let small = ["package", "bikes@1.0.0", "--binary", SMALL, "--onnxruntime", &library];
        let package = [&small[..], &["--no-scan", "--push", to]].concat();
        let ended = scene.call(&package, code);
        assert!(ended.stderr.contains(said), "{ended}");
    };
    refused("bikes", 2, "it names no registry");
    refused("r.example.org/bikes:1:2", 2, "the tag has letters");
    refused(&format!("r.example.org/bikes@sha256:{}", "0".repeat(64)), 2, "names a digest");
    refused(&format!("127.0.0.1:{}/bikes", free_port()), 75, "cannot be reached");
    let base = |named: &str, code: i32, said: &str| {
        let library = small_library();
        let small = ["package", "bikes@1.0.0", "--binary", SMALL, "--onnxruntime", &library];
        let ended = scene.call(&[&small[..], &["--no-scan", "--base", named]].concat(), code);
        assert!(ended.stderr.contains(said), "{ended}");
    };
    base("r.example.org/debian:12", 2, "names no digest");
    base("bikes@sha256:1", 2, "is no sha256 digest");
    scene.sandbox.write("layout/oci-layout", "");
    base(&format!("layout@sha256:{}", "0".repeat(64)), 75, "could not be read");
    let empty = empty_base(&scene);
    base(
        &empty,
        1,
        "the base has no `/lib64/ld-linux-x86-64.so.2`, the loader that /bin/true asks",
    );
    let left = fs::read_dir(scene.sandbox.repo()).unwrap();
    let left = left.filter(|entry| {
        entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("bikes-")
    });
    assert_eq!(left.count(), 0, "nothing is written");
}

/// Writes the layout of an image with nothing in it, and returns what `--base` takes for it.
fn empty_base(scene: &Scene) -> String {
    let blob = |bytes: &[u8]| {
        let digest = Digest::sha256(bytes);
        let path = scene.sandbox.repo().join("layout/blobs/sha256").join(digest.hex());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        json!({"digest": digest, "size": bytes.len()})
    };
    let of = |media_type: &str, mut blob: Value| {
        blob["mediaType"] = media_type.into();
        blob
    };
    let layer = blob(&[0; 1024]);
    let config = json!({
        "os": "linux", "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    });
    let config = blob(config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2,
        "config": of("application/vnd.oci.image.config.v1+json", config),
        "layers": [of("application/vnd.oci.image.layer.v1.tar", layer)],
    });
    let manifest = blob(manifest.to_string().as_bytes());
    format!("layout@{}", manifest["digest"].as_str().unwrap())
}

#[test]
fn an_image_with_a_vulnerability_is_neither_written_nor_sent() {
    let Some(scene) = Scene::released() else { return };
    let package = ["package", "bikes@1.0.0", "--output", "bikes.oci"];
    let unscanned = scene.call(&package, 2);
    assert!(unscanned.stderr.contains("there is no advisory database"), "{unscanned}");
    assert!(unscanned.stderr.contains("--no-scan"), "{unscanned}");

    let advisories = scene.sandbox.repo().join("../advisories");
    fs::create_dir(&advisories).unwrap();
    fs::write(advisories.join("OSV-1.json"), super::ADVISORY).unwrap();
    let database = ["--database", advisories.to_str().unwrap()];
    // A program that nobody knows cannot be judged, whatever the rest is.
    let named = [&["--binary", SMALL, "--compression", "zstd"][..], &database].concat();
    let unknown = scene.call(&[&package[..], &named].concat(), 1);
    assert!(unknown.stdout.contains("what it was built of is not known"), "{unknown}");
    assert!(unknown.stderr.contains("does not pass"), "{unknown}");
    if Path::new("/var/lib/dpkg/status").exists() {
        assert!(unknown.stdout.contains("OSV-1"), "{unknown}");
    }
    assert!(!scene.sandbox.repo().join("bikes.oci").exists());
}

#[test]
fn what_may_stay_is_said_by_a_waiver() {
    if !Path::new("/var/lib/dpkg/status").exists() {
        println!("skipped: only of Debian's libraries it is known which they are");
        return;
    }
    let Some(scene) = Scene::released() else { return };
    let call = super::scanned(&scene.sandbox, "bikes.oci");
    let packaged = scene.json(&call.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    assert_eq!(packaged["scan"]["verdict"], "pass");
    assert!(packaged["scan"]["packages"].as_u64().unwrap() >= 2, "{packaged}");
    assert!(scene.sandbox.repo().join("bikes.oci/index.json").exists());
}

#[test]
fn encrypted_weights_are_sent_once_and_a_registry_never_sees_them() {
    let Some(registry) = Registry::start(None) else { return };
    let Some(scene) = Scene::released() else { return };
    let to = format!("{}/team/sealed", registry.host);
    let push = || packaged(&scene, "bikes@1.0.0", &["--push", &to, "--encrypt-to", encrypted::ADA]);
    let first = push();
    assert!(sent(&first).len() > 5, "{first}");
    let again = push();
    assert_eq!(
        (again["pushed"]["sent-bytes"].as_u64(), &again["digest"]),
        (Some(0), &first["digest"])
    );
    let model = encrypted::model_of(&scene);
    let stored = registry.folder.path().join("data");
    assert!(!encrypted::has_weights(&stored, &model));
    // The image that is not encrypted shows that they would have been found.
    packaged(&scene, "bikes@1.0.0", &["--push", &to]);
    assert!(encrypted::has_weights(&stored, &model));
}
