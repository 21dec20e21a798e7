//! From a run that passed to a version, and what stands in its way.

mod card;
mod dossier;
mod killed;
mod moved;
mod registry;
mod sbom;
pub(crate) mod scene;
mod verified;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use scene::Scene;

#[test]
fn a_run_that_passed_becomes_a_version_with_a_bundle() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    insta::assert_snapshot!(scene.sandbox.plimsoll(["release"]), @"
    exit code: 0
    --- stdout
    bikes@1.0.0 released
      number   first: bikes has no version yet
      run      ID
      subject  sha256:ID
      bundle   HOME/bundles/bikes/ID
      next: plimsoll deploy bikes@1.0.0
    ");
    insta::assert_snapshot!(scene.sandbox.plimsoll(["release"]), @"
    exit code: 0
    --- stdout
    bikes@1.0.0 was released before
      number   first: bikes has no version yet
      run      ID
      subject  sha256:ID
      bundle   HOME/bundles/bikes/ID
      next: plimsoll deploy bikes@1.0.0
    ");
    let other = scene.call(&["release", "--version", "2.0.0"], 1);
    insta::assert_snapshot!(other, @"
    exit code: 1
    --- stderr
    error: this content was released as bikes@1.0.0 already, so it cannot be 2.0.0
    ");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    let again = scene.call(&["run"], 0);
    assert!(again.stderr.contains("this model was released before, as bikes@1.0.0"), "{again}");
    assert_eq!(scene.json(&["release"], 0)["new"], false, "another run that made the same");
}

#[test]
fn the_number_follows_from_what_changed() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.sandbox.replace("plimsoll.yaml", "team-mobility", "team-bikes");
    scene.commit();
    scene.run();
    let card = scene.json(&["release", "--version", "1.0.1"], 0);
    assert_eq!(card["bump"], "patch");
    assert_eq!(card["because"], "against bikes@1.0.0 only its card changed");

    scene.model(2.5);
    scene.commit();
    scene.run();
    let refused = scene.call(&["release", "--version", "1.0.2"], 1);
    insta::assert_snapshot!(refused, @"
    exit code: 1
    --- stderr
    error: the next number is 1.1.0, not 1.0.2: against bikes@1.0.1 the model was trained again or changed
    ");
    let model = scene.json(&["release", "--version", "1.1.0", "--because", "colder days"], 0);
    assert_eq!((&model["bump"], &model["new"]), (&"minor".into(), &true.into()));
    let why = &scene.json(&["audit", "log", "bikes"], 0)["entries"][3]["why"];
    assert_eq!(*why, "colder days");

    scene.model_with_output("quantity");
    scene.commit();
    scene.run();
    let signature = scene.json(&["release"], 0);
    assert_eq!(
        (&signature["version"], &signature["bump"]),
        (&"bikes@2.0.0".into(), &"major".into())
    );
    let because = signature["because"].as_str().unwrap();
    assert!(because.contains("output `variable` (float [?, 1]) is gone"), "{because}");
    let lineage = &scene.json(&["model", "show", "bikes@2.0.0"], 0)["lineage"];
    assert_eq!(lineage["parent"], "bikes@1.0.0", "the champion is what it was compared with");
}

#[test]
fn what_no_commit_has_is_not_released() {
    let Some(scene) = Scene::bare() else { return };
    scene.trust("keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let refused = || {
        let head = scene.sandbox.git(&["rev-parse", "--short=7", "HEAD"]);
        scene.call(&["release"], 1).stderr.replace(&head, "COMMIT")
    };
    scene.run();
    insta::assert_snapshot!(refused(), @"
    error: plimsoll.lock is not there at commit COMMIT
    hint: commit it and run again: every step is cached
    ");
    scene.commit();
    scene.run();
    let rows = scene.sandbox.read("rows.csv");
    scene.sandbox.write("rows.csv", &(rows + "29,1,1,1,41.5\n"));
    scene.sandbox.git(&["commit", "--quiet", "--message", "a row", "rows.csv"]);
    scene.run();
    insta::assert_snapshot!(refused(), @"
    error: plimsoll.lock does not say of data.rows what the run was made of at commit COMMIT
    hint: commit it and run again: every step is cached
    ");
    scene.run();
    insta::assert_snapshot!(refused(), @"
    error: run ID was made in a dirty tree (its code or configuration is in no commit)
    hint: commit it and run again: every step is cached
    ");
    scene.commit();
    scene.run();
    scene.release();
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    fs::remove_dir_all(scene.sandbox.repo().join(".git")).unwrap();
    scene.run();
    insta::assert_snapshot!(scene.call(&["release"], 1).stderr, @"
    error: run ID was made at no commit (a release names the commit that it came from)
    hint: commit it and run again: every step is cached
    ");
}

#[test]
fn what_does_not_pass_is_not_released() {
    let Some(scene) = Scene::new() else { return };
    let none = scene.call(&["release", "deadbeef"], 2);
    assert!(none.stderr.contains("deadbeef"), "{none}");
    scene.model(-9.0);
    scene.commit();
    scene.call(&["run", "--release"], 1);
    insta::assert_snapshot!(scene.call(&["release"], 1).stderr, @"
    error: bikes sha256:ID is blocked by its gate (it says block: 1 of 2 rules and 0 findings block)
    hint: `plimsoll show ID` says which rules do not hold, and what to do about each
    ");
    scene.sandbox.replace(
        "plimsoll.yaml",
        "cp base.onnx model.onnx",
        "cp base.onnx model.onnx; exit 7",
    );
    scene.commit();
    scene.call(&["run"], 3);
    insta::assert_snapshot!(scene.call(&["release"], 1).stderr, @"error: run ID is failed (only a completed run is released)");
    // Who runs without a gate is not spared it.
    scene.sandbox.git(&["checkout", "--quiet", "HEAD~1"]);
    scene.call(&["run", "--no-gate"], 0);
    scene.call(&["release"], 1);
    assert_eq!(scene.json(&["model", "list"], 0)["models"], serde_json::json!([]));
    assert!(!scene.sandbox.home().join("bundles").exists());
    scene.sandbox.git(&["checkout", "--quiet", "HEAD~1"]);
    scene.call(&["run", "--no-gate"], 0);
    assert_eq!(scene.release(), "bikes@1.0.0");
}

#[test]
fn nothing_is_released_without_a_key() {
    let Some(scene) = Scene::new() else { return };
    let home = scene.sandbox.home();
    scene.run();
    let key = home.join("keys/signing.pem");
    let pem = fs::read_to_string(&key).unwrap();
    fs::remove_file(&key).unwrap();
    insta::assert_snapshot!(scene.sandbox.plimsoll(["release"]), @"
    exit code: 2
    --- stderr
    error: there is no key to sign with
    hint: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem` and `chmod 600 key.pem`, name it in PLIMSOLL_SIGNING_KEY, and add its public half to trust.yaml (PLIMSOLL_SIGNING_COMMAND signs with a key that is elsewhere); at a terminal Plimsoll makes both by itself
    ");
    assert_eq!(scene.json(&["model", "list"], 0)["models"], serde_json::json!([]));

    let with = |value: &str| {
        let output = scene.sandbox.command(["release"]).env("PLIMSOLL_SIGNING_KEY", value).output();
        scene.sandbox.ended(&output.unwrap())
    };
    let file = home.join("ci.pem");
    let path = file.to_str().unwrap();
    insta::assert_snapshot!(with(path).stderr, @"error: the key HOME/ci.pem could not be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(with("-----BEGIN PRIVATE KEY-----\nnot one\n").stderr, @"error: the key in PLIMSOLL_SIGNING_KEY is no private ECDSA P-256 key in unencrypted PKCS#8 PEM (`BEGIN PRIVATE KEY`): it is damaged, or a key of another algorithm or curve");
    fs::write(&file, &pem).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let open = with(path);
    insta::assert_snapshot!(open, @"
    exit code: 2
    --- stderr
    error: the key HOME/ci.pem is open to others (mode 0640, at most 0600: run `chmod 600`)
    ");
    assert!(!format!("{}{}", open.stdout, open.stderr).contains("BEGIN"), "{open}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let released = with(path);
    assert_eq!(released.code, Some(0), "{released}");
    // Found and not signed again, so it does not matter who would have signed.
    let stranger = scene.trust("stranger.pem", "stranger.yaml", 9, "[release]");
    assert_eq!(with(stranger.to_str().unwrap()).stderr, "");
    scene.call(&["verify", "bikes@1.0.0"], 0);

    scene.model(2.5);
    scene.commit();
    let unsigned = scene.call(&["deploy", "bikes@1.0.0"], 2);
    assert!(unsigned.stderr.starts_with("error: there is no key to sign with\n"), "{unsigned}");
    assert_eq!(scene.json(&["model", "show", "bikes@1.0.0"], 0)["aliases"], serde_json::json!([]));
    fs::write(&key, &pem).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    fs::remove_file(&key).unwrap();
    scene.run();
    assert_eq!(with(&pem).code, Some(0));
    scene.call(&["verify", "bikes@1.1.0"], 0);
}

#[test]
fn a_key_that_nobody_here_trusts_is_told_of_and_does_not_verify() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    let stranger = scene.trust("stranger.pem", "stranger.yaml", 9, "[builder, gate, release]");
    let output = scene.sandbox.command(["release"]).env("PLIMSOLL_SIGNING_KEY", &stranger).output();
    let released = scene.sandbox.ended(&output.unwrap());
    assert_eq!(released.code, Some(0), "{released}");
    insta::assert_snapshot!(released.stderr, @"warning: key 0ca9bbe6c59d6a77 is not in trust.yaml, so the bundle does not verify here");
    insta::assert_snapshot!(scene.call(&["deploy", "bikes@1.0.0"], 1).stderr, @"
    error: the provenance of the bundle is signed by key ID, which the trust file does not name
    hint: a bundle counts only for who trusts its key: if you know whose it is, add it to the trust file and raise its version
    ");
    let trust = scene.sandbox.home().join("stranger.yaml");
    scene.call(&["verify", "bikes@1.0.0", "--trust", trust.to_str().unwrap()], 0);

    // Signed anew: the same version, by another key.
    fs::remove_dir_all(scene.bundle("bikes@1.0.0")).unwrap();
    assert_eq!(scene.release(), "bikes@1.0.0");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
}

#[test]
fn two_processes_at_once_get_two_numbers_or_one_version() {
    let Some(scene) = Scene::new() else { return };
    let first = scene.run();
    scene.model(2.5);
    scene.commit();
    let second = scene.run();
    let runs = [&first, &first, &second, &first, &second, &second];
    let children = runs.map(|run| {
        let mut command = scene.sandbox.command(["release", run, "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let versions = children.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", scene.sandbox.ended(&output));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["version"].as_str().unwrap().to_owned()
    });
    assert!(versions[0] == versions[1] && versions[1] == versions[3], "{versions:?}");
    assert!(versions[2] == versions[4] && versions[4] == versions[5], "{versions:?}");
    let mut both = [&*versions[0], &*versions[2]];
    both.sort_unstable();
    assert_eq!(both, ["bikes@1.0.0", "bikes@1.1.0"]);
    for version in both {
        scene.call(&["verify", version], 0);
    }
    assert_eq!(scene.json(&["audit", "verify"], 0)["entries"], 2);
}

#[test]
fn a_run_releases_and_deploys_when_it_passes() {
    let Some(scene) = Scene::new() else { return };
    let released = scene.call(&["run", "--release"], 0);
    assert!(released.stderr.contains("released bikes@1.0.0"), "{released}");
    let known = scene.call(&["deploy", "bikes@1.0.0"], 0);
    assert!(known.stdout.contains("champion of bikes is bikes@1.0.0 now"), "{known}");
    scene.model(2.5);
    scene.commit();
    let deployed = scene.call(&["run", "--deploy"], 0);
    assert!(
        deployed.stderr.contains("champion of bikes is bikes@1.1.0 now, was 1.0.0"),
        "{deployed}"
    );
    let again = scene.call(&["run", "--deploy"], 0);
    assert!(again.stderr.contains("champion of bikes is bikes@1.1.0 already"), "{again}");
    assert_eq!(scene.json(&["audit", "verify"], 0)["entries"], 4);
    let entry = &scene.json(&["audit", "log"], 0)["entries"][3];
    assert!(entry["why"].as_str().unwrap().ends_with("passed the gate"), "{entry}");
}

#[test]
fn a_model_whose_champion_is_lost_is_not_judged_to_pass() {
    let Some(scene) = Scene::released() else { return };
    let judged = || {
        let ran = scene.json(&["run"], 1);
        (ran["verdict"].clone(), ran["gate"]["rules"][1].clone())
    };
    // The very content that was released is known, whatever the gate would say of it now.
    let known = scene.call(&["run"], 0);
    assert!(known.stderr.contains("this is bikes@1.0.0, which was released before"), "{known}");
    scene.model(2.5);
    scene.commit();
    // Released and never deployed: there is a version, and nobody said which is the one to beat.
    assert_eq!(judged().0, "error");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.run();
    scene.call(&["model", "alias", "bikes@champion", "--remove", "--because", "unsafe"], 0);
    let (verdict, rule) = judged();
    assert_eq!((verdict, &rule["next"]), ("error".into(), &"plimsoll deploy MODEL@VERSION".into()));
    let message = rule["message"].as_str().unwrap();
    assert!(message.ends_with("there are versions, but none is the champion"), "{message}");
    scene.call(&["run", "--release"], 1);
    assert_eq!(scene.json(&["gate"], 1)["verdict"], "error");
}

#[test]
fn what_beat_an_earlier_champion_is_not_released_against_a_later_one() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.model(2.4);
    scene.commit();
    let early = scene.run();
    scene.model(2.5);
    scene.commit();
    scene.call(&["run", "--deploy"], 0);
    insta::assert_snapshot!(scene.call(&["release", &early], 1).stderr, @"
    error: run ID was compared with run ID, and bikes@1.1.0 is champion now
    hint: run again: the steps are cached, only the gate is new
    ");
    // What was released meanwhile is a version all the same.
    assert_eq!(scene.release(), "bikes@1.1.0");
}

#[test]
fn a_bundle_is_not_written_over_and_nothing_is_released_then() {
    let Some(scene) = Scene::new() else { return };
    scene.run();
    scene.sandbox.write("bikes.tar", "");
    let refused = scene.call(&["release", "--output", "bikes.tar"], 2);
    insta::assert_snapshot!(refused.stderr, @"
    error: REPO/bikes.tar exists already (a bundle is never written over)
    hint: nothing was released; name another file
    ");
    assert_eq!(scene.json(&["model", "list"], 0)["models"], serde_json::json!([]));
}
