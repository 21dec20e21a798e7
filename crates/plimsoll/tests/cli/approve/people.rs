//! A repository and the people who look after it, each with a key.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_release::key::SigningKey;
use serde_json::Value;

use crate::release::scene::Scene;
use crate::sandbox::Ended;

/// The keys: file, name in the trust file, what they were drawn of, roles; `None` for no trust.
const KEYS: [(&str, &str, u8, Option<&str>); 7] = [
    ("ada", "ada", 7, Some("[builder, gate, release, approver]")),
    ("ada-2", "ada", 8, Some("[approver]")),
    ("ci", "ci", 9, Some("[builder, gate, release]")),
    ("ben", "ben", 10, Some("[approver, builder, gate, release]")),
    ("carol", "carol", 11, Some("[approver]")),
    ("dave", "dave", 12, Some("[approver]")),
    ("stranger", "stranger", 13, None),
];

pub(super) struct People {
    pub scene: Scene,
    policy: std::cell::RefCell<Option<String>>,
    version: std::cell::Cell<u32>,
}

impl People {
    /// Makes the repository with more in its `plimsoll.yaml`; ada builds and releases.
    pub(super) fn new(more: &str) -> Option<Self> {
        let scene = Scene::bare()?;
        let project = scene.sandbox.read("plimsoll.yaml");
        scene.sandbox.write("plimsoll.yaml", &format!("{project}{more}"));
        let people =
            Self { scene, policy: std::cell::RefCell::default(), version: std::cell::Cell::new(1) };
        for (file, _, drawn, _) in KEYS {
            let path = people.key(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            SigningKey::from_random([drawn; 32]).unwrap().write_new(&path).unwrap();
        }
        let keys = people.scene.sandbox.home().join("keys");
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700)).unwrap();
        fs::copy(people.key("ada"), keys.join("signing.pem")).unwrap();
        people.trust(&[]);
        people.scene.run();
        people.scene.commit();
        Some(people)
    }

    /// Makes a version of the model with this weight, and returns its name.
    #[track_caller]
    pub(super) fn version(&self, weight: f32) -> String {
        self.scene.model(weight);
        self.scene.sandbox.git(&["add", "--all"]);
        self.scene.sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
        self.scene.run();
        self.scene.release()
    }

    fn key(&self, name: &str) -> PathBuf {
        self.scene.sandbox.home().join(format!("keys/{name}.pem"))
    }

    /// Writes the trust file with more for some of the keys.
    pub(super) fn trust(&self, more: &[(&str, &str)]) {
        let mut text = format!("version: {}\n", self.version.get());
        self.version.set(self.version.get() + 1);
        if let Some(policy) = &*self.policy.borrow() {
            let digest = plimsoll_core::Digest::blake3(policy.as_bytes());
            _ = writeln!(text, "policy: '{digest}'");
        }
        text += "keys:\n";
        for (file, name, drawn, roles) in KEYS {
            let Some(roles) = roles else { continue };
            let key = SigningKey::from_random([drawn; 32]).unwrap().public().to_pem().unwrap();
            let key = key.trim_end().replace('\n', "\n      ");
            _ = writeln!(text, "  - name: {name}\n    key: |\n      {key}\n    roles: {roles}");
            for (_, line) in more.iter().filter(|(of, _)| *of == file) {
                _ = writeln!(text, "    {line}");
            }
        }
        fs::write(self.scene.sandbox.home().join("trust.yaml"), text).unwrap();
    }

    /// Writes the organisation's policy and pins it.
    pub(super) fn policy(&self, policy: &str) {
        fs::write(self.scene.sandbox.home().join("policy.yaml"), policy).unwrap();
        *self.policy.borrow_mut() = Some(policy.to_owned());
        self.trust(&[]);
    }

    /// Returns the binary as somebody calls it.
    pub(super) fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.scene.sandbox.command(arguments);
        command.env("PLIMSOLL_SIGNING_KEY", self.key(name)).env("PLIMSOLL_ACTOR", name);
        command
    }

    /// Calls the binary as somebody, which must end with `code`.
    #[track_caller]
    pub(super) fn say(&self, name: &str, arguments: &[&str], code: i32) -> Ended {
        let ended = self.scene.sandbox.ended(&self.command(name, arguments).output().unwrap());
        assert_eq!(ended.code, Some(code), "{name} {arguments:?}: {ended}");
        ended
    }

    /// Replaces what differs from call to call: digests in short, times, commits.
    pub(super) fn steady(&self, text: &str) -> String {
        let head = self.scene.sandbox.git(&["rev-parse", "HEAD"]);
        let text = text.replace(&head, "COMMIT");
        let words = text.split_inclusive([' ', '\n', ',', ')', ';']);
        let word = |word: &str| {
            let bare = word.trim_end_matches([' ', '\n', ',', ')', ';', ':']);
            let end = &word[bare.len()..];
            let is_day = |text: &str| {
                let digits = text.chars().filter(char::is_ascii_digit).count();
                text.len() == 10 && digits == 8 && text.matches('-').count() == 2
            };
            match bare.split_once('T') {
                Some((day, _)) if is_day(day) => format!("TIME{end}"),
                None if is_day(bare) => format!("DAY{end}"),
                _ => word.to_owned(),
            }
        };
        words.map(word).collect()
    }

    /// Returns the digits of a signed statement's object.
    pub(super) fn statement(&self, document: &Value) -> String {
        let said = self.scene.json(&["audit", "log"], 0);
        let evidence = said["entries"].as_array().unwrap().last().unwrap()["evidence"].clone();
        assert!(document["recorded"]["entry"].is_u64());
        evidence.as_str().unwrap().trim_start_matches("blake3:").to_owned()
    }
}

/// Finds the object with these digits below `folder`.
pub(super) fn find(folder: &Path, digits: &str) -> PathBuf {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let found = find(&path, digits);
            if found.exists() {
                return found;
            }
        } else if digits.ends_with(&*path.file_name().unwrap().to_string_lossy()) {
            return path;
        }
    }
    folder.join("nowhere")
}

/// Writes over an object, which is read-only.
pub(super) fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}
