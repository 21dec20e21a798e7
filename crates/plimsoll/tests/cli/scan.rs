//! What people see of a scan of models, and of packages in images of registries.

pub(crate) mod remote;

use serde_json::Value;

use crate::sandbox::{Ended, Sandbox};

const ACTS: &str = "cos\nsystem\n(S'echo hello'\ntR.";

fn scan(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let all: Vec<&str> = ["scan", "model"].iter().chain(arguments).copied().collect();
    sandbox.plimsoll(all)
}

/// A folder of 30 safe files of two formats.
fn folder(sandbox: &Sandbox) {
    for number in 0..25 {
        sandbox.write(&format!("models/{number}.pkl"), "N.");
    }
    for number in 0..5 {
        sandbox.write(&format!("models/{number}.json"), "{}");
    }
}

#[test]
fn many_safe_files_are_counted_and_those_that_are_not_are_told() {
    let sandbox = Sandbox::new();
    folder(&sandbox);
    insta::assert_snapshot!(scan(&sandbox, &["models"]), @r"
    exit code: 0
    --- stdout
      verdict  files  read as
      safe        25  pickle
      safe         5  json

    pass: 30 safe
    ");

    sandbox.write("models/acts.pkl", ACTS);
    insta::assert_snapshot!(scan(&sandbox, &["models"]), @r"
    exit code: 1
    --- stdout
      verdict  file             read as
      unsafe   models/acts.pkl  pickle

      verdict  files  read as
      safe        25  pickle
      safe         5  json

    models/acts.pkl is unsafe
      unsafe[model.pickle-global] calls `os.system`, which starts processes or reaches the operating system
          os.system('echo hello')
          at byte 0 (GLOBAL)

    block: 1 unsafe, 30 safe
    ");
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let sandbox = Sandbox::new();
    folder(&sandbox);
    insta::assert_snapshot!(scan(&sandbox, &["-q", "models"]), @"exit code: 0");

    sandbox.write("models/acts.pkl", ACTS);
    insta::assert_snapshot!(scan(&sandbox, &["-q", "models"]), @r"
    exit code: 1
    --- stdout
      verdict  file             read as
      unsafe   models/acts.pkl  pickle

    models/acts.pkl is unsafe
      unsafe[model.pickle-global] calls `os.system`, which starts processes or reaches the operating system
          os.system('echo hello')
          at byte 0 (GLOBAL)

    block: 1 unsafe, 30 safe
    ");
}

#[test]
fn a_name_is_shown_without_what_a_terminal_would_carry_out() {
    let sandbox = Sandbox::new();
    sandbox.write("models/\u{1b}[2J.pkl", "N.");
    let ended = scan(&sandbox, &["models"]);
    assert!(!ended.stdout.contains('\u{1b}'), "{ended}");
}

#[test]
fn code_hosts_are_told_how_bad_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("acts.pkl", ACTS);
    sandbox.write("odd.pkl", "cmy_lib.parts\nMake\n)R.");
    let ended = scan(&sandbox, &["--format", "sarif", "acts.pkl", "odd.pkl"]);
    let log: Value = serde_json::from_str(&ended.stdout).unwrap();
    let run = &log["runs"][0];
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["properties"]["security-severity"], "9.8", "{rule}");
    let of = |at: usize| run["results"][at]["properties"]["security-severity"].clone();
    assert_eq!([of(0), of(1)], ["9.8", "5.5"]);
}

#[test]
fn tensors_are_written_beside_their_file_and_nothing_is_overwritten() {
    let sandbox = Sandbox::new();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../plimsoll-scan/fixtures/convert");
    std::fs::create_dir(sandbox.repo().join("models")).unwrap();
    for name in ["state.pt", "checkpoint.pt"] {
        let to = sandbox.repo().join("models").join(name);
        std::fs::copy(format!("{fixtures}/{name}"), to).unwrap();
    }
    insta::assert_snapshot!(scan(&sandbox, &["--convert", "models"]), @r#"
    exit code: 0
    --- stdout
      verdict  file                  read as
      safe     models/checkpoint.pt  zip, torch, pickle
      safe     models/state.pt       zip, torch, pickle

    models/checkpoint.pt is not converted: `model` in it is no plain tensor
      next: safetensors.torch.save_file({k: v.contiguous() for k, v in model.state_dict().items()}, "models/checkpoint.safetensors")
    models/state.pt is written as models/state.safetensors (27 tensors, 458 bytes)

    pass: 2 safe
    "#);
    let written = std::fs::read(sandbox.repo().join("models/state.safetensors")).unwrap();
    assert_eq!(written, std::fs::read(format!("{fixtures}/state.safetensors")).unwrap());

    let again = scan(&sandbox, &["--convert", "models/state.pt"]);
    assert!(again.stdout.contains("models/state.safetensors is there already"), "{again}");
}

/// Names a Python with safetensors; `.ci/run` makes one.
const PYTHON: &str = "PLIMSOLL_TEST_SAFETENSORS_PYTHON";

#[test]
fn safetensors_itself_reads_what_is_written() {
    let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
        println!("skipped: {PYTHON} names no Python with safetensors");
        return;
    };
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../plimsoll-scan/fixtures/convert");
    let sandbox = Sandbox::new();
    // What the package wrote of the same tensors, read beside what is written here.
    for file in ["state.pt", "state.safetensors"] {
        let to = sandbox.repo().join(file.replace(".safetensors", "-theirs.safetensors"));
        std::fs::copy(format!("{fixtures}/{file}"), to).unwrap();
    }
    assert_eq!(scan(&sandbox, &["--convert", "state.pt"]).code, Some(0));
    let program = "import safetensors; \
        read = lambda name: dict(safetensors.deserialize(open(name, 'rb').read())); \
        a, b = read('state-theirs.safetensors'), read('state.safetensors'); \
        assert a == b; print(len(b))";
    let output = std::process::Command::new(python)
        .args(["-c", program])
        .current_dir(sandbox.repo())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "27");
}
