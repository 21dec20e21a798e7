//! Bundles that verify, and everything that can be wrong with one.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::scene::Scene;

/// Copies a bundle out of the registry.
fn copied(scene: &Scene, version: &str, name: &str) -> PathBuf {
    let to = scene.sandbox.repo().join(name);
    copy(&scene.bundle(version), &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to) } else { _ = fs::copy(&path, &to).unwrap() }
    }
}

fn blobs(bundle: &Path) -> Vec<PathBuf> {
    let blobs = fs::read_dir(bundle.join("blobs/sha256")).unwrap();
    blobs.map(|entry| entry.unwrap().path()).collect()
}

/// Returns the blob whose content begins so.
fn blob(bundle: &Path, content: &str) -> PathBuf {
    let found = blobs(bundle).into_iter().find(|blob| {
        let bytes = fs::read(blob).unwrap();
        bytes.windows(content.len()).any(|window| window == content.as_bytes())
    });
    found.unwrap_or_else(|| panic!("no blob has `{content}`"))
}

/// Returns the blob that `text` names first.
fn named(bundle: &Path, text: &str) -> PathBuf {
    let digits = text.split("sha256:").nth(1).unwrap().split('"').next().unwrap();
    bundle.join("blobs/sha256").join(digits)
}

#[test]
fn a_bundle_verifies_as_folder_as_file_and_by_name() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    scene.call(&["release", "--output", "bikes.tar"], 0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    copied(&scene, "bikes@1.0.0", "copy");
    let mut documents = ["bikes.tar", "copy", "bikes@1.0.0", "bikes@champion"]
        .map(|what| scene.json(&["verify", what], 0))
        .to_vec();
    // What happened to a version since, only its registry knows.
    let deployed: Vec<_> =
        documents.iter_mut().map(|document| document["deployments"].take()).collect();
    let known = &deployed[2];
    assert_eq!((&known[0]["alias"], &known[0]["signer"]), (&"champion".into(), &"ada".into()));
    assert_eq!(deployed, [json!([]), json!([]), known.clone(), known.clone()]);
    documents.dedup();
    assert_eq!(documents.len(), 1, "{documents:?}");
    assert_eq!(documents[0]["signers"]["verdict"], "ada");

    // Without the home that released it: its trust file is all that is needed.
    let other = scene.sandbox.repo().join("other");
    super::scene::trust_in(&other, "keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let verify = |what: &str| {
        let mut command = scene.sandbox.command(["verify", what]);
        scene.sandbox.ended(&command.env("PLIMSOLL_HOME", &other).output().unwrap())
    };
    assert_eq!(verify("bikes.tar").code, Some(0));
    fs::remove_file(other.join("trust.yaml")).unwrap();
    let untrusting = verify("bikes.tar");
    assert_eq!(untrusting.code, Some(2), "{untrusting}");
    assert!(untrusting.stderr.contains("there is no trust file"), "{untrusting}");
    let none = scene.call(&["verify", "nothing"], 2);
    assert!(none.stderr.contains("nothing is no file or folder here, and no version"), "{none}");
    scene.call(&["verify", "bikes@9.0.0"], 2);
}

#[test]
fn a_changed_bundle_is_refused_and_what_was_changed_is_named() {
    let Some(scene) = Scene::released() else { return };
    let tamper = |name: &str, change: &dyn Fn(&Path)| {
        let bundle = copied(&scene, "bikes@1.0.0", name);
        change(&bundle);
        scene.call(&["verify", name], 1).stderr
    };
    let flip = |file: &Path| {
        let mut bytes = fs::read(file).unwrap();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        fs::write(file, bytes).unwrap();
    };
    let flipped = tamper("model", &|bundle| flip(&blob(bundle, "skl2onnx")));
    insta::assert_snapshot!(flipped, @"
    error: `blobs/sha256/ID` of the bundle was changed (its bytes hash to sha256:ID)
    hint: nothing of this bundle may be used; get it again from where it was released
    ");
    insta::assert_snapshot!(tamper("index", &|bundle| flip(&bundle.join("index.json"))), @"
    error: `index.json` of the bundle is no index that this version reads: expected `,` or `}` at line 1 column 997
    hint: nothing of this bundle may be used; get it again from where it was released
    ");
    insta::assert_snapshot!(tamper("stray", &|bundle| fs::write(bundle.join("note"), "").unwrap()), @"
    error: the bundle has a `note` that does not belong to it
    hint: nothing of this bundle may be used; get it again from where it was released
    ");
    let gone = |bundle: &Path| fs::remove_file(blob(bundle, "# bikes")).unwrap();
    insta::assert_snapshot!(tamper("gone", &gone), @"
    error: the bundle has no `blobs/sha256/ID`
    hint: nothing of this bundle may be used; get it again from where it was released
    ");
    // The release record with all that refers to it, as if it never had been.
    let unsaid = |bundle: &Path| {
        let index = bundle.join("index.json");
        let text = fs::read_to_string(&index).unwrap();
        let (before, last) = text.rsplit_once(",{\"mediaType\"").unwrap();
        fs::write(index, format!("{before}]}}")).unwrap();
        let manifest = named(bundle, last);
        fs::remove_file(named(
            bundle,
            fs::read_to_string(&manifest).unwrap().rsplit_once("layers").unwrap().1,
        ))
        .unwrap();
        fs::remove_file(manifest).unwrap();
    };
    insta::assert_snapshot!(tamper("unsaid", &unsaid), @"
    error: the bundle has no release
    hint: nothing of this bundle may be used; get it again from where it was released
    ");
    scene.call(&["verify", "bikes@1.0.0"], 0);

    flip(&blob(&scene.bundle("bikes@1.0.0"), "skl2onnx"));
    scene.call(&["deploy", "bikes@1.0.0"], 1);
    scene.call(&["model", "show", "bikes@1.0.0", "--card", "-"], 1);
    assert_eq!(scene.json(&["model", "show", "bikes@1.0.0"], 0)["aliases"], serde_json::json!([]));
}

#[test]
fn another_bundle_in_its_place_is_not_the_version() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.next(2.5, "bikes@1.1.0");
    let (first, second) = (scene.bundle("bikes@1.0.0"), scene.bundle("bikes@1.1.0"));
    fs::remove_dir_all(&second).unwrap();
    copy(&first, &second);
    scene.call(&["verify", second.to_str().unwrap()], 0);
    insta::assert_snapshot!(scene.call(&["deploy", "bikes@1.1.0"], 1).stderr, @"
    error: the bundle of bikes@1.1.0 is bikes@1.0.0 sha256:ID, not sha256:ID
    hint: somebody put another bundle in its place: `plimsoll audit verify` checks the registry
    ");
}

#[test]
fn whose_signature_counts_is_said_by_the_trust_file() {
    let Some(scene) = Scene::released() else { return };
    let trusting = |name: &str, drawn, roles: &str| {
        scene.trust(&format!("{name}.pem"), name, drawn, roles);
        let file = scene.sandbox.home().join(name);
        let mut command = scene.sandbox.command(["verify", "bikes@1.0.0", "--trust"]);
        let ended = scene.sandbox.ended(&command.arg(&file).output().unwrap());
        (ended.code, ended.stderr)
    };
    let all = "[builder, gate, release]";
    assert_eq!(trusting("own.yaml", 7, all).0, Some(0));
    let (code, unknown) = trusting("other.yaml", 8, all);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(unknown, @"
    error: the provenance of the bundle is signed by key ID, which the trust file does not name
    hint: a bundle counts only for who trusts its key: if you know whose it is, add it to the trust file and raise its version
    ");
    let (code, role) = trusting("roles.yaml", 7, "[builder, release]");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(role, @"
    error: the verdict of the bundle is signed by key `ada` (line 3), which is not trusted as gate (only as builder, release)
    hint: the trust file says what a key may sign, and until when; to have a version signed anew, remove its bundle and release its run again
    ");
    let (code, expired) =
        trusting("expired.yaml", 7, "[builder, gate, release]\n    to: 2020-01-01T00:00:00Z");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(expired, @"
    error: the provenance of the bundle is signed by key `ada` (line 3), which expired at 2020-01-01T00:00:00Z
    hint: the trust file says what a key may sign, and until when; to have a version signed anew, remove its bundle and release its run again
    ");
    let (code, malformed) = trusting("malformed.yaml", 7, "[builder, boss]");
    assert_eq!(code, Some(2));
    insta::assert_snapshot!(malformed, @"
    error: 1 mistake in the trust file

    HOME/malformed.yaml:9:22: `boss` is not accepted here
      |
    9 |     roles: [builder, boss]
      |                      ^^^^
      = help: the known values are `builder`, `gate`, `approver`, `release`, `publisher`
    ");
}

#[test]
fn a_version_whose_key_was_revoked_is_signed_by_another_and_stays_the_same() {
    let Some(scene) = Scene::released() else { return };
    let home = scene.sandbox.home();
    let subject = scene.json(&["verify", "bikes@1.0.0"], 0)["subject"].clone();
    let next = scene.trust("keys/next.pem", "next.yaml", 8, "[builder, gate, release]");
    let old = fs::read_to_string(home.join("trust.yaml")).unwrap();
    let new = fs::read_to_string(home.join("next.yaml")).unwrap();
    let (_, new) = new.split_once("keys:\n").unwrap();
    let old = old.replace("version: 1", "version: 2");
    let revoked = "    revoked: { at: 2026-05-20T00:00:00Z, reason: laptop stolen }\n";
    fs::write(home.join("trust.yaml"), format!("{old}{revoked}{new}")).unwrap();
    insta::assert_snapshot!(scene.call(&["deploy", "bikes@1.0.0"], 1), @"
    exit code: 1
    --- stderr
    error: the provenance of the bundle is signed by key `ada` (line 3), which is revoked: since 2026-05-20T00:00:00Z somebody else may have it (laptop stolen)
    hint: nothing that this key signed counts, whenever that was; to have a version of the own registry signed by another key, remove its bundle's folder and release its run again
    ");
    let doctor = scene.sandbox.plimsoll(["doctor"]).stdout;
    assert!(doctor.contains("is `ada` (line 3), which is revoked"), "{doctor}");
    assert!(doctor.contains("version 2, 2 keys, 1 revoked\n"), "{doctor}");

    fs::remove_dir_all(scene.bundle("bikes@1.0.0")).unwrap();
    let warned = scene.call(&["release"], 0).stderr;
    let said = "is `ada` (line 3), which is revoked, so the bundle does not verify here";
    assert!(warned.contains(said), "{warned}");
    fs::remove_dir_all(scene.bundle("bikes@1.0.0")).unwrap();
    let mut release = scene.sandbox.command(["release"]);
    let released =
        scene.sandbox.ended(&release.env("PLIMSOLL_SIGNING_KEY", &next).output().unwrap());
    assert!(released.stdout.starts_with("bikes@1.0.0 was released before"), "{released}");
    assert_eq!(scene.json(&["verify", "bikes@1.0.0"], 0)["subject"], subject);
    insta::assert_snapshot!(scene.call(&["deploy", "bikes@1.0.0"], 1).stderr, @"
    error: the statement of the deployment is signed by key `ada` (line 3), which is revoked: since 2026-05-20T00:00:00Z somebody else may have it (laptop stolen)
    hint: deploy with a key that the trust file names with the role `release`, by PLIMSOLL_SIGNING_KEY; whoever answers for the trust file adds a key and raises `version`
    ");
    let mut deploy = scene.sandbox.command(["deploy", "bikes@1.0.0"]);
    let ended = scene.sandbox.ended(&deploy.env("PLIMSOLL_SIGNING_KEY", &next).output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended}");
    // An emergency waits for nobody's key.
    scene.model(2.5);
    scene.commit();
    let run = ["run", "--deploy"];
    let mut run = scene.sandbox.command(run);
    let ended = scene.sandbox.ended(&run.env("PLIMSOLL_SIGNING_KEY", &next).output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended}");
    let back = scene.call(&["rollback", "bikes", "--because", "errors"], 0).stderr;
    assert!(back.starts_with("warning: nobody signed this rollback: the statement"), "{back}");
    let shown = scene.call(&["verify", "bikes@1.0.0"], 0).stdout;
    assert!(shown.contains("by ada: nobody signed it\n"), "{shown}");
    assert!(shown.contains("by ada, signed by ada\n"), "{shown}");
}

#[test]
fn who_signed_a_deployment_is_kept_and_told() {
    let Some(scene) = Scene::released() else { return };
    let deployed = scene.json(&["deploy", "bikes@1.0.0"], 0);
    let again = scene.json(&["deploy", "bikes@1.0.0"], 0);
    assert_eq!(again["statement"], json!(null), "nothing happened, and nobody signs that it did");
    let verify = || scene.json(&["verify", "bikes@1.0.0"], 0)["deployments"].clone();
    let told = verify();
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(told[0]["statement"], deployed["statement"]);
    assert_eq!(told[0]["problem"], json!(null));
    // The object is part of what the registry keeps: it outlives a tidying up.
    scene.call(&["store", "gc"], 0);
    assert_eq!(verify(), told);
    let log = scene.json(&["audit", "log", "bikes"], 0);
    let entries = log["entries"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["what"]["statement"] == deployed["statement"]));
}

#[test]
fn a_trust_file_that_was_rolled_back_is_refused() {
    let Some(scene) = Scene::released() else { return };
    let file = scene.sandbox.home().join("trust.yaml");
    let first = fs::read_to_string(&file).unwrap();
    fs::write(&file, first.replace("version: 1", "version: 3")).unwrap();
    scene.call(&["verify", "bikes@1.0.0"], 0);
    fs::write(&file, &first).unwrap();
    insta::assert_snapshot!(scene.call(&["verify", "bikes@1.0.0"], 1).stderr, @"
    error: the trust file was rolled back to version 1 (version 3 was seen before)
    hint: get the newest trust file; keys that were withdrawn count in the old one
    ");
    scene.call(&["deploy", "bikes@1.0.0"], 1);
}
