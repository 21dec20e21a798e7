//! Weights for whoever has a key: nowhere else to be found, opened in memory, and each use told of.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{packaged, program};
use crate::live::scene::until;
use crate::live::server::Server;
use crate::release::scene::Scene;
use crate::sandbox::{Ended, Sandbox};

// Made for these tests with `age-keygen`; nothing else is encrypted to them.
pub(crate) const ADA: &str = "age1xnmf9yn4k4afae2fcxxjf4qj43g5y3udasu9vqkgqguajxxvvcys26hn9x";
const OF_ADA: &str = "AGE-SECRET-KEY-1R888YULW8N8Y5WJDCYKWZNQURUC0GG3QAM0QKF0WU6QS2C6NQFASARWU2J";
const OF_EVE: &str = "AGE-SECRET-KEY-1DUSWAXMWXXTFZ39TKMULWDF82H857QG0N4PKS43DX495LFVS3R5SS06F72";

/// Writes an identity file that only its owner can read.
pub(crate) fn identity(sandbox: &Sandbox, name: &str, is_ada: bool) -> PathBuf {
    let text = format!("# of a test\n{}\n", if is_ada { OF_ADA } else { OF_EVE });
    let path = sandbox.home().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Writes the bundle of the encrypted package in `layout` to the folder `to`, as whoever pulls its artifact
/// gets it.
pub(crate) fn pulled(layout: &Path, shown: &Value, to: &Path) {
    let blob = |digest: &Value| {
        let hex = digest.as_str().unwrap().replace("sha256:", "");
        fs::read(layout.join("blobs/sha256").join(hex)).unwrap()
    };
    let manifest = blob(&shown["artifacts"][0]["digest"]);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    for layer in manifest["layers"].as_array().unwrap() {
        let title = layer["annotations"]["org.opencontainers.image.title"].as_str().unwrap();
        let path = to.join(title);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, blob(&layer["digest"])).unwrap();
    }
}

/// Returns everything in the files below `folder`, as it is and unpacked.
fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
            continue;
        }
        let bytes = fs::read(path).unwrap();
        let mut unpacked = Vec::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            unpacked = zstd::decode_all(&*bytes).unwrap();
        }
        all.extend([bytes, unpacked]);
    }
    all
}

/// Tells whether any 32 bytes of the model, one after the other, are in what is below `folder`.
pub(crate) fn has_weights(folder: &Path, model: &[u8]) -> bool {
    let windows: std::collections::HashSet<&[u8]> = model.windows(32).collect();
    let has = |bytes: &Vec<u8>| bytes.windows(32).any(|window| windows.contains(window));
    contents(folder).iter().any(has)
}

/// Returns the model of the version that was released last.
pub(crate) fn model_of(scene: &Scene) -> Vec<u8> {
    fs::read(scene.sandbox.repo().join("model.onnx")).unwrap()
}

struct Packed {
    scene: Scene,
    shown: Value,
    layout: PathBuf,
    bundle: PathBuf,
}

/// A version that was packaged for Ada, and the bundle that comes of it.
fn packed() -> Option<Packed> {
    let scene = Scene::released()?;
    let shown = packaged(&scene, "bikes@1.0.0", &["--output", "../sealed", "--encrypt-to", ADA]);
    let layout = scene.sandbox.repo().join("../sealed");
    let bundle = scene.sandbox.repo().join("../pulled");
    pulled(&layout, &shown, &bundle);
    Some(Packed { scene, shown, layout, bundle })
}

impl Packed {
    /// A server without a home.
    fn stateless(&self) -> Command {
        let trust = self.scene.sandbox.home().join("trust.yaml");
        let mut command = self.served(&["--stateless", "--offline"]);
        command.arg("--trust").arg(trust).env("PLIMSOLL_HOME", "/proc/version/none");
        command
    }

    fn served(&self, more: &[&str]) -> Command {
        let mut command = self.scene.sandbox.command(["serve", "--port", "0", "--json"]);
        command.arg(&self.bundle).args(["--workers", "1"]).args(more);
        command
    }

    fn ended(&self, mut command: Command) -> Ended {
        self.scene.sandbox.ended(&command.output().unwrap())
    }

    fn log(&self) -> PathBuf {
        self.scene.sandbox.home().join("server.log")
    }

    /// Returns the entries of the home's audit log of this kind.
    fn told(&self, kind: &str) -> Vec<Value> {
        let log = self.scene.json(&["audit", "log"], 0);
        let entries = log["entries"].as_array().unwrap().clone();
        entries.into_iter().filter(|entry| entry["what"]["kind"] == kind).collect()
    }
}

#[test]
fn the_weights_are_in_nothing_that_is_written_and_the_entry_says_for_whom() {
    let Some(packed) = packed() else { return };
    let Packed { scene, shown, layout, bundle } = &packed;
    let model = model_of(scene);
    assert!(!has_weights(layout, &model));
    // What looks for them finds them where they are.
    packaged(scene, "bikes@1.0.0", &["--output", "../open"]);
    assert!(has_weights(&scene.sandbox.repo().join("../open"), &model));

    let encryption = &shown["encryption"];
    assert_eq!(encryption["recipients"], serde_json::json!([ADA]));
    assert_eq!(
        (&encryption["format"], &encryption["reused"]),
        (&"age-encryption.org/v1".into(), &false.into())
    );
    let told = packed.told("encrypted");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["sequence"], encryption["entry"]);
    assert_eq!(told[0]["what"]["recipients"], encryption["recipients"]);
    assert_eq!(told[0]["what"]["ciphertext"], encryption["ciphertext"]);
    assert_eq!(
        (&told[0]["who"], &told[0]["why"]),
        (&"ada".into(), &"packaged for 1 recipient".into())
    );
    let seen = scene.call(&["audit", "log"], 0).stdout;
    assert!(seen.contains("encrypted the weights of bikes@1.0.0 to age1xnmf9yn4…"), "{seen}");
    assert_eq!(scene.json(&["audit", "verify"], 0)["verdict"], "pass");

    // Manifests say how, and not to whom.
    let manifest = shown["image"]["digest"].as_str().unwrap().replace("sha256:", "");
    let manifest = fs::read_to_string(layout.join("blobs/sha256").join(manifest)).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let last = manifest["layers"].as_array().unwrap().last().unwrap();
    assert_eq!(last["annotations"]["plimsoll.encryption"], "age-encryption.org/v1");
    assert_eq!(manifest["annotations"]["plimsoll.encryption"], "age-encryption.org/v1");
    assert!(
        contents(layout)
            .iter()
            .all(|bytes| !bytes.windows(20).any(|it| it == &ADA.as_bytes()[..20]))
    );
    assert_eq!(shown["artifacts"].as_array().unwrap().len(), 1);

    // The image has the same bundle.
    let layer = shown["layers"].as_array().unwrap().last().unwrap()["digest"].as_str().unwrap();
    let layer = layout.join("blobs/sha256").join(layer.replace("sha256:", ""));
    let unpacked = scene.sandbox.repo().join("../unpacked");
    fs::create_dir(&unpacked).unwrap();
    let tar = Command::new("tar").arg("-xzf").arg(layer).arg("-C").arg(&unpacked).status();
    assert!(tar.unwrap().success());
    let differ =
        Command::new("diff").arg("-r").arg(unpacked.join("srv/model")).arg(bundle).output();
    assert_eq!(String::from_utf8(differ.unwrap().stdout).unwrap(), "");
}

#[test]
fn the_same_recipients_get_the_same_bytes_as_long_as_they_are_kept() {
    let Some(packed) = packed() else { return };
    let scene = &packed.scene;
    let again = |name: &str, to: &[&str]| {
        let to: Vec<&str> = to.iter().flat_map(|one| ["--encrypt-to", one]).collect();
        packaged(scene, "bikes@1.0.0", &[&["--output", name][..], &to].concat())
    };
    scene.sandbox.write("team.txt", &format!("# ada\n{ADA}\n"));
    let same = again("../same", &["team.txt", ADA]);
    assert_eq!(same["digest"], packed.shown["digest"]);
    assert_eq!(same["encryption"]["reused"], true);
    assert_eq!(packed.told("encrypted").len(), 2);
    let eve = "age1y98rc37zy56w32v244jna7ruhs3pctrlf43eqcrfdrnxqnck4vjq4nw448";
    assert_eq!(again("../both", &[ADA, eve])["encryption"]["reused"], false);
    // What was kept and changed is not taken.
    for file in fs::read_dir(scene.sandbox.home().join("encrypted")).unwrap() {
        fs::write(file.unwrap().path(), "damaged").unwrap();
    }
    let anew = again("../anew", &[ADA]);
    assert_eq!(anew["encryption"]["reused"], false);
    assert_ne!(anew["digest"], packed.shown["digest"]);
}

#[test]
fn a_server_opens_the_model_once_the_use_is_told() {
    let Some(packed) = packed() else { return };
    let ada = identity(&packed.scene.sandbox, "ada.txt", true);

    // Without a home, the entry is a line of the log.
    let mut command = packed.stateless();
    command.arg("--identity").arg(&ada);
    let server = Server::start(command, packed.log());
    assert_eq!((server.version().as_str(), &server.shown["encrypted"]), ("1.0.0", &true.into()));
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    assert!(!logs.contains(&OF_ADA[15..]), "{logs}");
    let line = logs.lines().find(|line| line.contains("\"line\":\"entry\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let entry: Value = serde_json::from_str(line["entry"].as_str().unwrap()).unwrap();
    assert_eq!(entry["what"]["kind"], "key-used");
    assert_eq!(entry["what"]["keys"], serde_json::json!([ADA]));
    assert_eq!((&entry["what"]["version"], &entry["who"]), (&"bikes@1.0.0".into(), &"ada".into()));
    assert_eq!(packed.told("key-used").len(), 0);

    // With one, it is in its audit log; the identity may come from the environment or a command.
    let print = format!("cat '{}'", ada.display());
    let path = ada.display().to_string();
    for (count, (name, value)) in (1..).zip([
        ("PLIMSOLL_IDENTITY", OF_ADA),
        ("PLIMSOLL_IDENTITY", &path),
        ("PLIMSOLL_IDENTITY_COMMAND", &print),
    ]) {
        let mut command = packed.served(&[]);
        command.env(name, value);
        let server = Server::start(command, packed.log());
        assert_eq!(server.version(), "1.0.0");
        let (code, logs) = server.end();
        assert_eq!(code, Some(0), "{logs}");
        assert!(!logs.contains(&OF_ADA[15..]) && !logs.contains("\"line\":\"entry\""), "{logs}");
        let told = packed.told("key-used");
        assert_eq!(
            (told.len(), &told[count - 1]["what"]["keys"]),
            (count, &serde_json::json!([ADA]))
        );
        assert!(told[0]["why"].as_str().unwrap().starts_with("to serve it on 127.0.0.1:"));
    }
    assert_eq!(packed.scene.json(&["audit", "verify"], 0)["verdict"], "pass");
    let history = packed.scene.json(&["model", "history", "bikes"], 0);
    assert!(history["entries"].as_array().unwrap().iter().any(|it| it["kind"] == "key-use"));
}

#[test]
fn a_command_that_asks_for_the_key_ends_with_the_server() {
    let Some(packed) = packed() else { return };
    let place = packed.scene.sandbox.home().join("process");
    let line =
        format!("echo $$ > '{0}.part' && mv '{0}.part' '{0}'; exec sleep 600", place.display());
    let mut command = packed.stateless();
    command.env("PLIMSOLL_IDENTITY_COMMAND", line).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    until("the command is at work", || place.exists());
    let process = fs::read_to_string(&place).unwrap();
    let asking = PathBuf::from("/proc").join(process.trim()).join("cmdline");
    assert!(fs::read(&asking).unwrap().starts_with(b"sleep"));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    // Ended, though whoever takes over the orphans may still have to notice.
    until("the command is gone", || fs::read(&asking).map_or(true, |line| line.is_empty()));
}

#[test]
fn what_cannot_be_told_of_is_not_done() {
    let Some(packed) = packed() else { return };
    let ada = identity(&packed.scene.sandbox, "ada.txt", true);
    let mut command = packed.stateless();
    command.arg("--identity").arg(&ada).stderr(fs::File::create("/dev/full").unwrap());
    let ended = command.stdout(Stdio::piped()).output().unwrap();
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(75), 0));

    // A registry that cannot be written to, or that is none.
    let registry = packed.scene.sandbox.repo().join("../registry");
    fs::create_dir(&registry).unwrap();
    fs::write(registry.join("plimsoll.db"), "no database").unwrap();
    let mut command = packed.served(&["--registry"]);
    command.arg(&registry).arg("--identity").arg(&ada);
    let ended = packed.ended(command);
    assert!(matches!(ended.code, Some(5 | 75)) && ended.stdout.is_empty(), "{ended}");

    // So for who encrypts: nothing is written.
    let library = super::small_library();
    let call = ["package", "bikes@1.0.0", "--binary", super::SMALL, "--onnxruntime", &library];
    let log = packed.scene.sandbox.home().join("plimsoll.db");
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(\"CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END\")";
    let done = Command::new("python3").args(["-c", script]).arg(log).status().unwrap();
    assert!(done.success());
    let more = ["--no-scan", "--encrypt-to", ADA, "--output", "../untold"];
    let ended = packed.scene.call(&[&call[..], &more].concat(), 75);
    assert!(ended.stdout.is_empty(), "{ended}");
    assert!(!packed.scene.sandbox.repo().join("../untold").exists());
    let mut command = packed.served(&["--identity"]);
    command.arg(&ada);
    let ended = packed.ended(command);
    assert_eq!(ended.code, Some(75), "{ended}");
    assert!(ended.stderr.contains("could not be recorded, so it was not used"), "{ended}");
}

#[test]
fn without_the_right_key_or_the_very_bytes_nothing_is_served() {
    let Some(packed) = packed() else { return };
    let sandbox = &packed.scene.sandbox;
    let said = |identity: Option<&Path>| {
        let mut command = packed.stateless();
        if let Some(identity) = identity {
            command.arg("--identity").arg(identity);
        }
        packed.ended(command).to_string().replace(&*packed.bundle.to_string_lossy(), "BUNDLE")
    };
    let (ada, eve) = (identity(sandbox, "ada.txt", true), identity(sandbox, "eve.txt", false));
    let without = said(None);
    assert!(without.contains("exit code: 2"), "{without}");
    assert!(
        without.contains("is encrypted (age), and there is no identity to open it with"),
        "{without}"
    );
    assert!(without.contains("`--identity FILE`"), "{without}");
    let wrong = said(Some(&eve));
    assert!(wrong.contains("exit code: 1"), "{wrong}");
    assert!(wrong.contains("the identity does not open the model"), "{wrong}");
    assert!(!wrong.contains(&OF_EVE[15..]), "{wrong}");
    // Even in vain, the key was used.
    assert!(wrong.contains("key-used"), "{wrong}");
    fs::set_permissions(&eve, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(said(Some(&eve)).contains("is open to others (mode 0644"));
    let verify = packed.scene.sandbox.plimsoll(["verify", packed.bundle.to_str().unwrap()]);
    assert_eq!(verify.code, Some(1), "{verify}");
    assert!(verify.stderr.contains("the model in the bundle is encrypted"), "{verify}");
    // Nobody can look at it, so nobody calls it safe.
    let file =
        fs::read_dir(packed.bundle.join("blobs/sha256")).unwrap().map(|it| it.unwrap().path());
    let file = { file }.find(|path| path.extension().is_some()).unwrap();
    let scanned = packed.scene.json(&["scan", "model", file.to_str().unwrap()], 1);
    assert_eq!(scanned["files"][0]["verdict"], "unknown");
    let why = scanned["files"][0]["findings"][0]["message"].as_str().unwrap();
    assert!(why.contains("it is encrypted (age)"), "{scanned}");

    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for bytes in [&changed[..], &whole[..whole.len() - 1]] {
        fs::write(&file, bytes).unwrap();
        let tampered = said(Some(&ada));
        assert!(tampered.contains("exit code: 1"), "{tampered}");
        assert!(tampered.contains("was changed, or its end is missing"), "{tampered}");
    }
    // A statement or another file that was changed is found without any key.
    fs::write(&file, &whole).unwrap();
    fs::write(packed.bundle.join("index.json"), "{}").unwrap();
    let unsigned = said(Some(&ada));
    assert!(unsigned.contains("exit code: 1") && !unsigned.contains("key-used"), "{unsigned}");
}

#[test]
fn whoever_is_no_recipient_is_not_encrypted_to_and_no_secret_is_repeated() {
    let Some(scene) = Scene::released() else { return };
    let refused = |named: &str, said: &str| {
        let call = ["package", "bikes@1.0.0", "--no-scan", "--encrypt-to", named];
        let ended = scene.call(&call, 2);
        assert!(ended.stderr.contains(said), "{ended}");
        assert!(!ended.to_string().contains(&OF_ADA[15..]), "{ended}");
    };
    refused(OF_ADA, "the secret half of a key");
    refused(&format!("# created: today\n# public key: {ADA}\n{OF_ADA}\n"), "the secret half");
    // Nor is anything kept of what is not told of.
    let library = super::small_library();
    let small = ["package", "bikes@1.0.0", "--binary", super::SMALL, "--onnxruntime", &library];
    let away = ["--no-scan", "--encrypt-to", ADA, "--output", "/proc/none/image"];
    scene.call(&[&small[..], &away].concat(), 75);
    let kept = fs::read_dir(scene.sandbox.home().join("encrypted")).unwrap();
    assert_eq!(kept.count(), 0);
    refused("missing.txt", "could not be read");
    refused("ssh-ed25519 AAAAC3", "a key of ssh");
    refused("age1xnmf9yn4", "is no X25519 recipient of age");
    refused(&ADA.replace("hn9x", "hn9z"), "its checksum does not hold");
}

#[test]
fn the_program_age_opens_what_is_packaged() {
    if program("age").is_none() {
        println!("skipped: no program `age`");
        return;
    }
    let Some(packed) = packed() else { return };
    let ada = identity(&packed.scene.sandbox, "ada.txt", true);
    let files = fs::read_dir(packed.bundle.join("blobs/sha256")).unwrap();
    let file = files.map(|it| it.unwrap().path()).find(|path| path.extension().is_some());
    let mut age = Command::new("age");
    let opened = age.arg("--decrypt").arg("--identity").arg(ada).arg(file.unwrap()).output();
    assert!(opened.unwrap().stdout == model_of(&packed.scene));
}
