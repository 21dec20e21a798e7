//! A model that was released, asked over HTTP and watched, so that its documents can be seen.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::scene::Scene;
use crate::release;

/// Days that are asked about, of four rows each: a window has as many.
const DAYS: u32 = 10;

const PROJECT: &str = "\
model: heights
task: regression
data:
  rows: { path: rows.csv, schema: rows.yaml }
steps:
  fit:
    run: cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
  split:
    run: cp rows.csv test.csv
    inputs: [data.rows]
    outputs: [test.csv]
evaluate:
  model: model.onnx
  features: { input: [a, b, c] }
  on: test.csv
  target: y
  block: day
  slices:
    large: { a: { min: 0 } }
    far: { z: { min: 0 } }
gate:
  - { metric: mae, max: 1000 }
serve: { capture: true, id: id, time: day }
monitor:
  window: 10d
  limits:
    - { metric: wape, max: 0.01 }
    - { metric: mae, max: 1000, slice: large }
    - { drift: a, max: 100 }
";

const SCHEMA: &str = "\
columns:
  id: { type: integer }
  day: { type: date }
  a: { type: number }
  b: { type: number }
  c: { type: number }
  z: { type: number }
  y: { type: number }
";

/// Fills the scene's repository, commits it and trusts a key.
pub(super) fn prepare(scene: &Scene) {
    let sandbox = &scene.sandbox;
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/onnx/linear-float.onnx");
    fs::copy(base, sandbox.repo().join("base.onnx")).unwrap();
    sandbox.write("plimsoll.yaml", PROJECT);
    sandbox.write("rows.yaml", SCHEMA);
    sandbox.write("rows.csv", &rows(1));
    sandbox.write(".gitignore", ".plimsoll/\nmodel.onnx\ntest.csv\nlabels.csv\n");
    let roles = "[builder, gate, release]";
    release::scene::trust_in(sandbox.home(), "keys/signing.pem", "trust.yaml", 7, roles);
}

/// The rows of a month with everything that is known of them.
fn rows(month: u32) -> String {
    let mut text = "id,day,a,b,c,z,y\n".to_owned();
    for row in 0..DAYS * 4 {
        let (id, day, truth) = (month * 1000 + row, row / 4 + 1, 100 + row % 7);
        _ = write!(text, "{id},2026-{month:02}-{day:02}");
        for factor in [7, 5, 3, 11] {
            _ = write!(text, ",{}", f64::from(row * factor % 19) / 10.0 - 0.9);
        }
        _ = writeln!(text, ",{truth}");
    }
    text
}

/// What is known when the model is asked, without `z`.
fn asked(month: u32) -> String {
    let known = |line: &str| line.split(',').take(5).collect::<Vec<_>>().join(",") + "\n";
    rows(month).lines().map(known).collect()
}

/// The truth about the rows of a month.
pub(super) fn labels(month: u32) -> String {
    let ends = |line: &str| {
        let (id, truth) = (line.split(',').next().unwrap(), line.rsplit(',').next().unwrap());
        format!("{id},{truth}\n")
    };
    rows(month).lines().map(ends).collect()
}

/// A server, which is told to end when this goes.
pub(super) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts `plimsoll serve WHAT --json`, and returns its document as well.
    pub(super) fn start(scene: &Scene, what: &str) -> (Self, String) {
        let mut child = scene
            .sandbox
            .command(["serve", what, "--port", "0", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut document = String::new();
        for line in lines {
            let line = line.unwrap();
            document += &line;
            if line == "}" {
                break;
            }
        }
        let shown: Value = serde_json::from_str(&document).unwrap();
        let address = shown["address"].as_str().unwrap().strip_prefix("http://").unwrap();
        (Self { child, address: address.to_owned() }, document)
    }

    /// Asks about the rows of a month in one request, and returns the whole answer.
    pub(super) fn ask(&self, month: u32) -> String {
        let body = asked(month);
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST /invocations HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: text/csv\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends in peace, so that everything is recorded.
    pub(super) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let ended = self.child.wait().unwrap();
        assert_eq!(ended.code(), Some(0));
    }
}

/// Tells whether models can be run here.
pub(super) fn has_runtime(scene: &Scene) -> bool {
    let output = scene.sandbox.command(["runtime", "install"]).output().unwrap();
    output.status.success()
}
