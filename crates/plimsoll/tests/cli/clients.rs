//! A served model, asked by the clients that people use.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::sandbox::Sandbox;

/// The interpreter with `tritonclient`; `.ci/run` makes one where it can.
const PYTHON: &str = "PLIMSOLL_TEST_CLIENTS_PYTHON";

/// A server that ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn the_open_inference_client_gets_the_recorded_answers() {
    let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
        println!("skipped: {PYTHON} names no Python with tritonclient");
        return;
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let sandbox = Sandbox::new();
    for name in ["linear-float", "logistic-words", "mixed-columns", "lightgbm-opset9"] {
        let model = fixtures.join(format!("onnx/{name}.onnx"));
        let mut command = sandbox.command([Path::new("serve"), &model]);
        let command = command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut served = Served(command.spawn().unwrap());
        let mut line = String::new();
        let stdout = served.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        // Who could fetch the client can fetch ONNX Runtime, so a server that is not there is a fault.
        let address =
            line.split_once("http://").and_then(|(_, rest)| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("{name} is not served: {line:?}"));
        let asked = Command::new(&python)
            .arg(fixtures.join("clients/open_inference.py"))
            .arg(address)
            .arg(fixtures.join("onnx/cases.json"))
            .arg(name)
            .output()
            .unwrap();
        assert!(asked.status.success(), "{name}: {}", String::from_utf8_lossy(&asked.stderr));
    }
}
