//! A repository whose one step copies a model of 258 bytes, so that a release takes a moment.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use plimsoll_release::key::SigningKey;
use serde_json::Value;

use crate::json::scene::held;
use crate::sandbox::{Ended, Sandbox};

/// `40 + 3 a - 2 b + c / 2` is the truth, up to a small error.
const TRUE: f32 = 3.0;

/// A committed repository of the model `bikes`.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
}

impl Scene {
    /// Makes the repository, with a key in the home and a committed `plimsoll.lock`; `None` where
    /// there is no ONNX Runtime.
    pub(crate) fn new() -> Option<Self> {
        let scene = Self::bare()?;
        scene.trust("keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
        scene.run();
        scene.commit();
        Some(scene)
    }

    /// Makes the repository only.
    pub(crate) fn bare() -> Option<Self> {
        has_runtime().then(|| {
            let sandbox = Sandbox::new();
            write(&sandbox);
            sandbox.git(&["init", "--quiet"]);
            sandbox.git(&["add", "--all"]);
            sandbox.git(&["commit", "--quiet", "--message", "bikes"]);
            Self { sandbox }
        })
    }

    /// As [`Self::new`], with `bikes@1.0.0` released.
    pub(crate) fn released() -> Option<Self> {
        let scene = Self::new()?;
        scene.run();
        assert_eq!(scene.release(), "bikes@1.0.0");
        Some(scene)
    }

    /// Releases the model with the weight `weight`, and expects it to be `version`.
    #[track_caller]
    pub(crate) fn next(&self, weight: f32, version: &str) {
        self.model(weight);
        self.commit();
        self.run();
        assert_eq!(self.release(), version);
    }

    /// Writes the model that weighs the first column so; the nearer to 3 the better.
    pub(crate) fn model(&self, weight: f32) {
        write_model(&self.sandbox, weight);
    }

    /// Writes the model with another name of its output, of 8 letters.
    pub(crate) fn model_with_output(&self, name: &str) {
        fs::write(self.sandbox.repo().join("base.onnx"), model(TRUE, name)).unwrap();
    }

    pub(crate) fn commit(&self) {
        self.sandbox.git(&["add", "--all"]);
        self.sandbox.git(&["commit", "--quiet", "--message", "change"]);
    }

    /// Runs the pipeline, which passes, and returns the run's id.
    #[track_caller]
    pub(crate) fn run(&self) -> String {
        let ran = self.json(&["run"], 0);
        assert_eq!(ran["verdict"], "pass");
        ran["run"].as_str().unwrap().to_owned()
    }

    /// Releases the latest run, and returns its version.
    #[track_caller]
    pub(crate) fn release(&self) -> String {
        self.json(&["release"], 0)["version"].as_str().unwrap().to_owned()
    }

    /// Calls the binary, which must end with `code`, and returns its document, which is as its schema says.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.sandbox.command(arguments).arg("--json").output().unwrap();
        let ended = self.sandbox.ended(&output);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
        held(&String::from_utf8(output.stdout).unwrap(), &format!("{arguments:?}")).0
    }

    /// Calls the binary, which must end with `code`.
    #[track_caller]
    pub(crate) fn call(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.sandbox.plimsoll(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
        ended
    }

    /// Writes a key and a trust file for it into the home, and returns the key's file.
    pub(crate) fn trust(&self, key: &str, trust: &str, drawn: u8, roles: &str) -> PathBuf {
        trust_in(self.sandbox.home(), key, trust, drawn, roles)
    }

    /// Returns the folder of a version's bundle.
    pub(crate) fn bundle(&self, version: &str) -> PathBuf {
        let shown = self.json(&["model", "show", version], 0);
        PathBuf::from(shown["bundle"].as_str().unwrap())
    }
}

/// Writes a key and a trust file for it into the folder `home`, and returns the key's file.
pub(crate) fn trust_in(home: &Path, key: &str, trust: &str, drawn: u8, roles: &str) -> PathBuf {
    let file = home.join(key);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::set_permissions(file.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
    let key = SigningKey::from_random([drawn; 32]).unwrap();
    if !file.exists() {
        key.write_new(&file).unwrap();
    }
    let pem = key.public().to_pem().unwrap().replace('\n', "\n      ");
    let text = format!(
        "version: 1\nkeys:\n  - name: ada\n    key: |\n      {}\n    roles: {roles}\n",
        pem.trim_end()
    );
    fs::write(home.join(trust), text).unwrap();
    file
}

/// Fetches ONNX Runtime once, and tells whether it is there.
fn has_runtime() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let installed = Sandbox::new().plimsoll(["runtime", "install"]);
        let has = installed.code == Some(0);
        if !has {
            println!("skipped: the runtime cannot be installed here:\n{installed}");
            assert!(std::env::var_os("CI").is_none(), "CI must install it:\n{installed}");
        }
        has
    })
}

/// Writes the model that weighs the first column so.
pub(crate) fn write_model(sandbox: &Sandbox, weight: f32) {
    fs::write(sandbox.repo().join("base.onnx"), model(weight, "variable")).unwrap();
}

/// Writes the repository's files.
fn write(sandbox: &Sandbox) {
    sandbox.write("plimsoll.yaml", PROJECT);
    sandbox.write(
        "rows.yaml",
        "columns:\n  day: { type: integer }\n  a: { type: integer }\n  b: { type: integer }\n  c: { type: integer }\n  y: { type: number }\n",
    );
    let mut rows = "day,a,b,c,y\n".to_owned();
    for row in 0..240 {
        let (a, b, c) = (row * 7 % 11, row * 13 % 10, row * 29 % 21);
        let error = f64::from(row * 53 % 21 - 10) / 10.0;
        let truth = 40.0 + f64::from(3 * a - 2 * b) + f64::from(c) / 2.0 + error;
        _ = writeln!(rows, "{},{a},{b},{c},{truth}", row / 8);
    }
    sandbox.write("rows.csv", &rows);
    sandbox.write(".gitignore", ".plimsoll/\n/model.onnx\n");
    write_model(sandbox, 2.0);
}

/// Returns `linear-float.onnx` with other numbers and another name of its output.
fn model(weight: f32, output: &str) -> Vec<u8> {
    let mut bytes = include_bytes!("../../../../../fixtures/onnx/linear-float.onnx").to_vec();
    let mut replace = |from: &[u8], to: &[u8]| {
        assert_eq!(from.len(), to.len());
        let places: Vec<usize> =
            (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert!(!places.is_empty(), "{from:?}");
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    };
    replace(&[0xff, 0xff, 0x3f, 0x40], &weight.to_le_bytes());
    replace(&[0xfe, 0xff, 0x7f, 0x3f], &40.0_f32.to_le_bytes());
    replace(b"variable", output.as_bytes());
    bytes
}

const PROJECT: &str = "\
model: bikes
task: regression
owners: [team-mobility]
license: Apache-2.0
data:
  rows: { path: rows.csv, schema: rows.yaml, license: CC0-1.0, source: 'https://example.org/rows' }
steps:
  train:
    run: cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
evaluate:
  model: model.onnx
  features: { input: [a, b, c] }
  on: rows.csv
  target: y
  block: day
gate:
  - { metric: wape, max: 0.3 }
  - { metric: mae, beats: champion, by: 10% }
";
