//! A released model in an image: the same each time, and only what may be served.

mod contained;
pub(crate) mod encrypted;
mod pushed;
mod sealed;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::docker_registry::skopeo;
use crate::live::scene::flip_largest;
use crate::release::scene::Scene;
use crate::sandbox::Sandbox;

/// Returns a program of `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Returns a port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Returns a call that packages `bikes@1.0.0` with a scan that passes.
pub(crate) fn scanned(sandbox: &Sandbox, output: &str) -> Vec<String> {
    let place = |name: &str| sandbox.repo().join("..").join(name).display().to_string();
    fs::create_dir_all(place("known")).unwrap();
    let other = ADVISORY.replace("glibc", "something-else");
    fs::write(place("known/OSV-1.json"), other).unwrap();
    fs::write(place("known/OSV-2.json"), OF_PYTHON).unwrap();
    fs::write(place("waivers.yaml"), WAIVERS).unwrap();
    let (database, waivers) = (place("known"), place("waivers.yaml"));
    let options = ["--binary", SMALL, "--output", output, "--database", &database];
    let options = options.into_iter().chain(["--compression", "zstd"]);
    let call = ["package", "bikes@1.0.0", "--waivers", &waivers].into_iter().chain(options);
    call.map(str::to_owned).collect()
}

/// Nobody knows what the small program was built of.
const WAIVERS: &str = "\
waivers:
  - finding: vulnerability.not-audited
    subject: 'plimsoll: it was named by `--binary`, and what it was built of is not known here'
    owner: ada
    reason: a program of a test
    expires: 2099-01-01
";

/// A program that every Debian has, in place of the large one.
const SMALL: &str = "/bin/true";

/// Returns a library of the system, in place of ONNX Runtime, which takes a while to compress.
fn small_library() -> String {
    let folders = ["/lib/x86_64-linux-gnu", "/lib64", "/usr/lib"];
    let files = folders.map(|folder| format!("{folder}/libm.so.6"));
    files.into_iter().find(|file| Path::new(file).exists()).unwrap()
}

/// Packages a version of small programs, without a scan.
#[track_caller]
fn packaged(scene: &Scene, version: &str, more: &[&str]) -> Value {
    let library = small_library();
    let small = ["package", version, "--binary", SMALL, "--onnxruntime", &library, "--no-scan"];
    scene.json(&[&small[..], more].concat(), 0)
}

fn digests(packaged: &Value) -> Vec<(&str, &str)> {
    let layers = packaged["layers"].as_array().unwrap().iter();
    let pair = |layer| {
        let layer: &Value = layer;
        (layer["layer"].as_str().unwrap(), layer["digest"].as_str().unwrap())
    };
    layers.map(pair).collect()
}

#[test]
fn the_same_version_gives_the_same_bytes_and_a_retrained_one_one_other_layer() {
    let Some(scene) = Scene::released() else { return };
    let one = packaged(&scene, "bikes@1.0.0", &["--output", "../one.tar"]);
    let same = packaged(&scene, "bikes@1.0.0", &["--output", "../same.tar"]);
    let read = |name: &str| fs::read(scene.sandbox.repo().join("..").join(name)).unwrap();
    assert!(read("one.tar") == read("same.tar"));
    assert_eq!(one["digest"], same["digest"]);

    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.next(2.5, "bikes@1.1.0");
    let next = packaged(&scene, "bikes@1.1.0", &["--output", "../next"]);
    let different: Vec<&str> = digests(&one)
        .iter()
        .zip(digests(&next))
        .filter(|(one, next)| one.1 != next.1)
        .map(|(one, _)| one.0)
        .collect();
    assert_eq!(different, ["bundle"]);
    assert_ne!(one["artifacts"][0], next["artifacts"][0]);
    assert_eq!(next["artifacts"][0]["digest"], next["subject"]);
    assert_eq!(next["artifacts"].as_array().unwrap().len(), 4);

    // What is installed in it can be looked up by whoever scans it, Plimsoll too.
    let layout = scene.sandbox.repo().join("../next");
    let layout = layout.to_str().unwrap();
    let database = scene.sandbox.repo().join("../advisories");
    fs::create_dir(&database).unwrap();
    fs::write(database.join("OSV-1.json"), ADVISORY).unwrap();
    let database = database.to_str().unwrap();
    let scanned = scene.sandbox.command(["scan", "vulnerabilities", "--image", layout, "--json"]);
    let scanned = { scanned }.args(["--database", database]).output().unwrap();
    if Path::new("/var/lib/dpkg/status").exists() {
        let scanned: Value = serde_json::from_slice(&scanned.stdout).unwrap();
        let libc = scanned["findings"].as_array().unwrap().iter();
        assert!(libc.into_iter().any(|it| it["id"] == "OSV-1"), "{scanned}");
    }
}

/// An advisory on a package of Python that is in no image.
const OF_PYTHON: &str = r#"{
  "schema_version": "1.6.0", "id": "OSV-2", "modified": "2026-01-01T00:00:00Z", "summary": "of a test",
  "affected": [{"package": {"ecosystem": "PyPI", "name": "something-else"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]
}"#;

/// An advisory on every glibc of Debian.
const ADVISORY: &str = r#"{
  "schema_version": "1.6.0", "id": "OSV-1", "modified": "2026-01-01T00:00:00Z", "summary": "of a test",
  "affected": [
    {"package": {"ecosystem": "Debian:11", "name": "glibc"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
    {"package": {"ecosystem": "Debian:12", "name": "glibc"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
    {"package": {"ecosystem": "Debian:13", "name": "glibc"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}
  ]
}"#;

#[test]
fn other_tools_take_the_image_over_and_give_it_back() {
    if program("skopeo").is_none() {
        println!("skipped: no skopeo to copy images with");
        return;
    }
    let Some(scene) = Scene::released() else { return };
    let place = |name: &str| scene.sandbox.repo().join("..").join(name).display().to_string();
    let of_folder = packaged(&scene, "bikes@1.0.0", &["--output", "../one"]);
    packaged(&scene, "bikes@1.0.0", &["--output", "../one.tar", "--compression", "zstd"]);

    // What `docker load` reads, of the layout and of the archive, and a layout again.
    let (one, loaded) = (place("one"), place("loaded.tar"));
    skopeo(&["copy", &format!("oci:{one}:1.0.0"), &format!("docker-archive:{loaded}:bikes:1.0.0")]);
    let (archive, back) = (place("one.tar"), place("back"));
    skopeo(&["copy", &format!("docker-archive:{archive}"), &format!("oci:{back}:1.0.0")]);
    let unpacked = |image: &str| {
        let config: Value = serde_json::from_str(&skopeo(&["inspect", "--config", image])).unwrap();
        (config["rootfs"]["diff_ids"].clone(), config["config"].clone())
    };
    let written = unpacked(&format!("oci:{one}:1.0.0"));
    for copy in [format!("docker-archive:{loaded}"), format!("oci:{back}:1.0.0")] {
        assert_eq!(unpacked(&copy), written, "{copy}");
    }

    // And each is read here as the same image.
    let packages = |image: &str| {
        let scan = ["scan", "licenses", "--json", "--image", image];
        let output = scene.sandbox.command(scan).output().unwrap();
        let scanned: Value = serde_json::from_slice(&output.stdout).unwrap();
        let read = scanned["sources"][0]["image"].clone();
        assert_eq!(read["platform"], "linux/amd64", "{image}");
        (scanned["packages"].clone(), read["digest"].clone())
    };
    let (all, digest) = packages(&one);
    assert_eq!(digest, of_folder["image"]["digest"]);
    for copy in [&archive, &loaded, &back] {
        assert_eq!(packages(copy).0, all, "{copy}");
    }
}

#[test]
fn what_may_not_be_served_is_not_packaged() {
    let Some(scene) = Scene::released() else { return };
    let refused = |what: &[&str], code: i32, said: &str| {
        let ended = scene.call(&[&["package"][..], what].concat(), code);
        assert!(ended.stderr.contains(said), "{ended}");
    };
    refused(&["bikes@9.0.0"], 2, "was never released");
    refused(&["no version"], 2, "is no version of a model");
    refused(&["bikes@1.0.0", "--trust", "missing.yaml"], 2, "there is no trust file");
    scene.sandbox.write("script", "#!/bin/sh\n");
    refused(&["bikes@1.0.0", "--binary", "script"], 2, "cannot run in an image for linux/amd64");
    scene.sandbox.write("there/file", "");
    refused(&["bikes@1.0.0", "--output", "there"], 2, "exists already");

    let bundle = scene.bundle("bikes@1.0.0");
    flip_largest(&bundle);
    refused(&["bikes@1.0.0", "--binary", SMALL, "--no-scan"], 1, "was changed");
    flip_largest(&bundle);
    scene.call(&["model", "yank", "bikes@1.0.0", "--because", "wrong unit"], 0);
    refused(&["bikes@1.0.0", "--binary", SMALL, "--no-scan"], 1, "was yanked");
    // Nothing is left of what was refused.
    assert!(!scene.sandbox.repo().join("bikes-1.0.0.oci").exists());
}
