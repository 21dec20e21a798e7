//! Signed files, also as the Python package `model-signing` signs and checks them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};

use plimsoll_release::key::SigningKey;

use crate::release::scene::trust_in;
use crate::sandbox::{Ended, Sandbox};

/// The interpreter with `model-signing`; `.ci/run` makes one where it can.
const PYTHON: &str = "PLIMSOLL_TEST_MODEL_SIGNING_PYTHON";

/// A folder `m` of a model, and a key in the home that is trusted as `roles`.
struct Scene {
    sandbox: Sandbox,
    key: PathBuf,
}

impl Scene {
    fn new(roles: &str) -> Self {
        let sandbox = Sandbox::new();
        for (name, text) in [
            ("m/config.json", "{}\n"),
            ("m/weights/a b.bin", "weights\n"),
            ("m/weights-2", "more\n"),
            ("m/ü.txt", ""),
            ("m/.git/HEAD", "ref\n"),
            ("m/sub/.gitignore", "x\n"),
        ] {
            sandbox.write(name, text);
        }
        let key = trust_in(sandbox.home(), "keys/signing.pem", "trust.yaml", 7, roles);
        let public = SigningKey::read(&key).unwrap().public();
        sandbox.write("key.pub", &public.to_pem().unwrap());
        Self { sandbox, key }
    }

    #[track_caller]
    fn call(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.sandbox.plimsoll(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
        ended
    }

    /// Calls the package's command, if it is here.
    fn python(&self, arguments: &[&str]) -> Option<Output> {
        let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
            println!("skipped: {PYTHON} names no Python with model-signing and pyOpenSSL");
            return None;
        };
        let mut command = Command::new(python);
        command.args(["-m", "model_signing"]).args(arguments).current_dir(self.sandbox.repo());
        Some(command.output().unwrap())
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_is_signed_verifies_until_a_file_differs() {
    let scene = Scene::new("[publisher]");
    insta::assert_snapshot!(scene.call(&["model", "sign", "m"], 0), @"
    exit code: 0
    --- stdout
    signed m: 5 files, 18 B
      signature   m/model.sig
      key         ID
      not signed  .git
      next: plimsoll verify m --signature m/model.sig
    ");
    insta::assert_snapshot!(scene.call(&["verify", "m", "--signature", "m/model.sig"], 0), @"
    exit code: 0
    --- stdout
    ✓ m is as signed: 5 files, 18 B
      signed by   ada as `m`
      not signed  .git
      not signed  model.sig
    ");
    scene.sandbox.write("m/config.json", "[]\n");
    scene.sandbox.write("m/weights/more", "");
    fs::remove_file(scene.sandbox.repo().join("m/weights-2")).unwrap();
    insta::assert_snapshot!(scene.call(&["verify", "m", "--signature", "m/model.sig"], 1), @"
    exit code: 1
    --- stdout
    ✗ m is not as signed: of 5 files 1 changed and 1 missing, 1 added
      changed     config.json
      missing     weights-2
      added       weights/more
      signed by   ada as `m`
      not signed  .git
      not signed  model.sig
      next: get the model and its signature again from who signed it
    ");
    // It is only ever written over another signature.
    scene.call(&["model", "sign", "m"], 0);
    scene.call(&["verify", "m", "--signature", "m/model.sig"], 0);
    let over = scene.call(&["model", "sign", "m", "--signature", "m/config.json"], 2);
    assert!(over.stderr.contains("exists already and is no signature"), "{over}");
}

#[test]
fn only_a_key_that_is_trusted_to_publish_counts() {
    let scene = Scene::new("[gate, builder]");
    scene.call(&["model", "sign", "m"], 0);
    let verify = ["verify", "m", "--signature", "m/model.sig"];
    let refused = scene.call(&verify, 1);
    let said =
        "key `ada` (line 3), which is not trusted as publisher or release (only as builder, gate)";
    assert!(refused.stderr.contains(said), "{refused}");
    scene.call(&[&verify[..], &["--public-key", "key.pub"]].concat(), 0);
    for (roles, code) in [("[release]", 0), ("[publisher]", 0), ("[approver]", 1)] {
        trust_in(scene.sandbox.home(), "keys/signing.pem", "trust.yaml", 7, roles);
        scene.call(&verify, code);
    }
    let other = SigningKey::from_random([8; 32]).unwrap().public().to_pem().unwrap();
    scene.sandbox.write("other.pub", &other);
    insta::assert_snapshot!(scene.call(&[&verify[..], &["--public-key", "other.pub"]].concat(), 1), @"
    exit code: 1
    --- stderr
    error: the signature names another key, with the hint ID (the SHA-256 of its PEM)
    hint: nothing vouches for these files; get them and their signature again
    ");
    trust_in(scene.sandbox.home(), "keys/other.pem", "trust.yaml", 8, "[publisher]");
    let unknown = scene.call(&verify, 1);
    assert!(unknown.stderr.contains("which no key of the trust file has"), "{unknown}");
    for (file, said) in [("m/config.json", "is no public ECDSA P-256"), ("none", "could not be")] {
        let refused = scene.call(&[&verify[..], &["--public-key", file]].concat(), 2);
        assert!(refused.stderr.contains(said), "{refused}");
    }
}

#[test]
fn a_signature_that_was_changed_is_refused() {
    let scene = Scene::new("[publisher]");
    scene.call(&["model", "sign", "m", "--signature", "m.sig"], 0);
    let bytes = fs::read(scene.sandbox.repo().join("m.sig")).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let broken = [
        text.replacen("\"payload\":\"", "\"payload\":\"AAAA", 1),
        text.replacen("\"hint\":\"", "\"hint\":\"\",\"hint\":\"", 1),
        text.replacen("bundle.v0.3+json", "bundle.v0.2+json", 1),
        text[..text.len() / 2].to_owned(),
        "[".repeat(100_000),
        String::new(),
    ];
    for broken in broken {
        assert_ne!(broken, text);
        fs::write(scene.sandbox.repo().join("m.sig"), &broken).unwrap();
        scene.call(&["verify", "m", "--signature", "m.sig"], 1);
    }
    fs::write(scene.sandbox.repo().join("m.sig"), bytes).unwrap();
    scene.call(&["verify", "m", "--signature", "m.sig"], 0);
    scene.call(&["verify", "m", "--signature", "none"], 2);
    scene.call(&["verify", "none", "--signature", "m.sig"], 2);
}

#[test]
fn links_are_signed_only_where_that_is_asked_for() {
    let scene = Scene::new("[publisher]");
    scene.sandbox.write("elsewhere", "weights\n");
    symlink("../elsewhere", scene.sandbox.repo().join("m/linked")).unwrap();
    let refused = scene.call(&["model", "sign", "m"], 1);
    assert!(refused.stderr.contains("m/linked is a symbolic link"), "{refused}");
    scene.call(&["model", "sign", "m", "--allow-symlinks"], 0);
    let verify = ["verify", "m", "--signature", "m/model.sig"];
    scene.call(&verify, 1);
    let allowed = [&verify[..], &["--allow-symlinks"]].concat();
    scene.call(&allowed, 0);
    scene.sandbox.write("elsewhere", "others\n");
    let changed = scene.call(&allowed, 1);
    assert!(changed.stdout.contains("changed     linked"), "{changed}");
}

#[test]
fn model_signing_accepts_what_plimsoll_signs_and_the_other_way_round() {
    let scene = Scene::new("[publisher]");
    let key = scene.key.to_str().unwrap();
    for model in ["m", "m/weights-2"] {
        for signature in ["away.sig", "m/sub/near.sig"] {
            scene.call(&["model", "sign", model, "--signature", signature], 0);
            let verify =
                ["verify", "key", model, "--public_key", "key.pub", "--signature", signature];
            let Some(verified) = scene.python(&verify) else { return };
            succeeded(&verified);

            succeeded(
                &scene
                    .python(&["sign", "key", model, "--private_key", key, "--signature", signature])
                    .unwrap(),
            );
            scene.call(&["verify", model, "--signature", signature], 0);
            fs::remove_file(scene.sandbox.repo().join(signature)).unwrap();
        }
    }
    // Both name the same digest of the whole: it is made of the files in the same order.
    scene.call(&["model", "sign", "m", "--signature", "ours.sig"], 0);
    let sign = ["sign", "key", "m", "--private_key", key, "--signature", "theirs.sig"];
    succeeded(&scene.python(&sign).unwrap());
    assert_eq!(subject(&scene, "ours.sig"), subject(&scene, "theirs.sig"));

    scene.sandbox.write("m/config.json", "[]\n");
    let ours = ["verify", "key", "m", "--public_key", "key.pub", "--signature", "ours.sig"];
    let refused = scene.python(&ours).unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Hash mismatch for 'config.json'"));
    let refused = scene.call(&["verify", "m", "--signature", "theirs.sig"], 1);
    assert!(refused.stdout.contains("changed     config.json"), "{refused}");
}

/// Returns the subject of the statement in a signature.
fn subject(scene: &Scene, signature: &str) -> serde_json::Value {
    use base64::Engine as _;
    let bundle: serde_json::Value = serde_json::from_str(&scene.sandbox.read(signature)).unwrap();
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap();
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()["subject"].clone()
}

#[test]
fn what_model_signing_signs_with_links_and_left_out_files_verifies() {
    let scene = Scene::new("[publisher]");
    symlink("config.json", scene.sandbox.repo().join("m/linked")).unwrap();
    let key = scene.key.to_str().unwrap();
    let sign = ["sign", "key", "m", "--private_key", key, "--signature", "m/model.sig"];
    let more = ["--allow_symlinks", "--ignore-paths", "m/weights"];
    let Some(signed) = scene.python(&[&sign[..], &more].concat()) else { return };
    succeeded(&signed);
    let verify = ["verify", "m", "--signature", "m/model.sig", "--allow-symlinks"];
    let verified = scene.call(&verify, 0);
    assert!(verified.stdout.contains("not signed  weights\n"), "{verified}");
    scene.call(
        &["model", "sign", "m", "--allow-symlinks", "--ignore", "weights", "--signature", "x.sig"],
        0,
    );
    let verify = ["verify", "key", "m", "--public_key", "key.pub", "--signature", "x.sig"];
    succeeded(&scene.python(&[&verify[..], &["--allow_symlinks"]].concat()).unwrap());
}

#[test]
fn a_command_signs_with_a_key_that_is_elsewhere() {
    let scene = Scene::new("[publisher]");
    let elsewhere = scene.sandbox.repo().join("../hsm.pem");
    fs::rename(&scene.key, &elsewhere).unwrap();
    let sign = |variables: &[(&str, &str)]| {
        let mut command = scene.sandbox.command(["model", "sign", "m"]);
        scene.sandbox.ended(&command.envs(variables.iter().copied()).output().unwrap())
    };
    let public = ("PLIMSOLL_SIGNING_PUBLIC_KEY", "key.pub");
    let of = |line| ("PLIMSOLL_SIGNING_COMMAND", line);
    let openssl = of("openssl dgst -sha256 -sign ../hsm.pem");
    let pem = scene.sandbox.read("key.pub");
    for public in [public, ("PLIMSOLL_SIGNING_PUBLIC_KEY", &pem)] {
        let signed = sign(&[openssl, public]);
        assert_eq!(signed.code, Some(0), "{signed}");
        scene.call(&["verify", "m", "--signature", "m/model.sig"], 0);
    }

    insta::assert_snapshot!(sign(&[openssl]), @"
    exit code: 2
    --- stderr
    error: PLIMSOLL_SIGNING_COMMAND is set, and PLIMSOLL_SIGNING_PUBLIC_KEY is not
    hint: name the public half of the command's key in it: PEM, or the path of a file
    ");
    insta::assert_snapshot!(sign(&[openssl, public, ("PLIMSOLL_SIGNING_KEY", "../hsm.pem")]), @"
    exit code: 2
    --- stderr
    error: both PLIMSOLL_SIGNING_KEY and PLIMSOLL_SIGNING_COMMAND are set
    hint: unset one of them: each signs by itself
    ");
    insta::assert_snapshot!(sign(&[of("echo 'no such token' >&2; exit 4"), public]), @"
    exit code: 75
    --- stderr
    error: the signing command failed (exit status: 4): no such token
    hint: PLIMSOLL_SIGNING_COMMAND gets on standard input what is to be signed, and prints the signature; try it by hand with any text
    ");
    let other = sign(&[of("openssl dgst -sha256 -binary"), public]);
    assert_eq!(other.code, Some(2), "{other}");
    assert!(
        other.stderr.contains("printed 32 bytes that are no signature by its public"),
        "{other}"
    );

    let doctor = scene.sandbox.command(["doctor"]).envs([openssl, public]).output().unwrap();
    let doctor = scene.sandbox.ended(&doctor);
    assert!(doctor.stdout.contains("PLIMSOLL_SIGNING_COMMAND (key ce97ec20d43661a1)"), "{doctor}");
}

#[test]
fn doctor_says_which_keys_end_soon_and_that_nobody_here_would_believe_what_is_signed() {
    let scene = Scene::new("[builder, gate, release]");
    let file = scene.sandbox.home().join("trust.yaml");
    let trusted = fs::read_to_string(&file).unwrap();
    let doctor = |more: &str| {
        fs::write(&file, format!("{trusted}{more}")).unwrap();
        scene.sandbox.plimsoll(["doctor"]).stdout
    };
    let in_days = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        format!("    to: {at}\n")
    };
    let said = doctor(&in_days(40));
    assert!(said.contains("✓ trust file    version 1, 1 key\n"), "{said}");
    let said = doctor(&in_days(10));
    assert!(
        said.contains("· trust file    version 1, 1 key; key `ada` (line 3) ends at 2"),
        "{said}"
    );
    assert!(said.contains(", within 10 days\n"), "{said}");
    assert!(said.contains("add it beside this one with the same roles, raise `version`"), "{said}");
    let said = doctor(&in_days(-1));
    assert!(said.contains("version 1, 1 key, 1 ended; none of them may release\n"), "{said}");
    assert!(said.contains("(key ce97ec20d43661a1) is `ada` (line 3), which ended at 2"), "{said}");
    trust_in(scene.sandbox.home(), "keys/other.pem", "trust.yaml", 8, "[release]");
    let said = scene.sandbox.plimsoll(["doctor"]).stdout;
    assert!(said.contains("(key ce97ec20d43661a1) is not in trust.yaml\n"), "{said}");
}
