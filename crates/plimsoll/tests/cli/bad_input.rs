//! Bad input: a clear error, the right exit code, and nothing lost.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::sandbox::{Ended, Sandbox};

/// A repository of one step.
fn one_step(run: &str, more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("plimsoll.yaml", &project(run, more));
    sandbox.write("in.txt", "input\n");
    sandbox
}

fn project(run: &str, more: &str) -> String {
    format!(
        "model: bad
task: regression
steps:
  step:
    run: |
      {run}
    inputs: [in.txt]
    outputs: [out.txt]
{more}"
    )
}

#[track_caller]
fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    for word in words {
        assert!(said.contains(word), "`{word}` is not said:\n{ended}");
    }
    assert!(!said.contains("panicked"), "{ended}");
}

#[test]
fn configurations_that_are_no_configuration() {
    let bomb = {
        let mut text = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
        for (one, next) in ["a", "b", "c", "d", "e", "f", "g"].windows(2).map(|w| (w[0], w[1])) {
            let line =
                format!("{next}: &{next} [*{one}, *{one}, *{one}, *{one}, *{one}, *{one}]\n");
            text.push_str(&line);
        }
        text
    };
    let cases: [(&str, &[u8], &[&str]); 7] = [
        ("a bomb", bomb.as_bytes(), &["plimsoll.yaml:1"]),
        ("tabs", b"model: x\n\ttask: regression\n", &["plimsoll.yaml:2", "tab"]),
        (
            "duplicate keys",
            b"model: x\nmodel: y\ntask: regression\n",
            &["plimsoll.yaml:2", "model"],
        ),
        ("not UTF-8", b"model: \xff\n", &["UTF-8"]),
        ("empty", b"", &["empty"]),
        (
            "unknown key",
            b"model: x\ntask: regression\nstepz: {}\n",
            &["plimsoll.yaml:3:1", "steps"],
        ),
        ("deep", "[".repeat(5000).leak().as_bytes(), &["plimsoll.yaml:1"]),
    ];
    for (name, text, words) in cases {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.repo().join("plimsoll.yaml"), text).unwrap();
        println!("{name}");
        refused(&sandbox.plimsoll(["run"]), 2, words);
    }
}

#[test]
fn fifty_megabytes_of_configuration_are_not_read() {
    let sandbox = Sandbox::new();
    let line = "# ".to_owned() + &"x".repeat(1022) + "\n";
    sandbox.write("plimsoll.yaml", &line.repeat(50 * 1024));
    refused(&sandbox.plimsoll(["run"]), 2, &["plimsoll.yaml", "at most 1048576"]);
}

#[test]
fn all_mistakes_come_at_once_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        "model: Bad Name
task: regresion
data:
  hourly: { path: data/none.csv }
steps:
  a:
    run: 'true'
    inputs: [b.txt, data.hourli]
    outputs: [a.txt]
    timeout: 20
  b:
    run: 'true'
    inputs: [a.txt]
    outputs: [b.txt]
  c:
    run: 'true'
    outputs: [a.txt, ../x]
",
    );
    let ended = sandbox.plimsoll(["run"]);
    let words = [
        "plimsoll.yaml:1:",
        "plimsoll.yaml:2:",
        "regression",
        "data/none.csv",
        "plimsoll.yaml:10:",
        "..",
    ];
    refused(&ended, 2, &words);
}

#[test]
fn a_cycle_is_printed() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        "model: circle
task: regression
steps:
  a: { run: 'true', inputs: [b.txt], outputs: [a.txt] }
  b: { run: 'true', inputs: [a.txt], outputs: [b.txt] }
",
    );
    refused(&sandbox.plimsoll(["run"]), 2, &["a -> b -> a"]);
}

#[test]
fn a_step_that_forgets_an_output_fails() {
    let sandbox = one_step("echo x > other.txt", "");
    refused(&sandbox.plimsoll(["run"]), 3, &["did not write `out.txt`"]);
}

#[test]
fn a_step_that_writes_elsewhere_leaves_no_trace_and_is_told() {
    let sandbox = one_step("echo x > out.txt; echo y > extra.txt", "");
    let ended = sandbox.plimsoll(["run"]);
    refused(&ended, 0, &["extra.txt"]);
    assert!(!sandbox.repo().join("extra.txt").exists());
}

#[test]
fn an_undeclared_read_fails_by_absence_with_a_hint() {
    let sandbox = one_step("cat secret.txt > out.txt", "");
    sandbox.write("secret.txt", "x\n");
    let ended = sandbox.plimsoll(["run"]);
    refused(&ended, 3, &["exit code 1"]);
    let logs = sandbox.plimsoll(["show"]);
    let hinted = format!("{ended}{logs}");
    assert!(hinted.contains("secret.txt") && hinted.contains("inputs"), "{hinted}");
}

#[test]
fn a_gigabyte_of_output_fills_neither_memory_nor_disk() {
    let sandbox = one_step("head -c 1000000000 /dev/zero | tr '\\0' 'x'; echo done > out.txt", "");
    let ended = sandbox.plimsoll(["run", "-q"]);
    refused(&ended, 0, &[]);
    let logs = walk(&sandbox.home().join("logs"));
    assert!(logs > 0 && logs < 40 << 20, "{logs} bytes of logs");
}

fn walk(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size = |entry: std::fs::DirEntry| {
        let found = entry.metadata().unwrap();
        if found.is_dir() { walk(&entry.path()) } else { found.len() }
    };
    entries.map(size).sum()
}

#[test]
fn children_that_are_left_behind_are_ended() {
    let sandbox = one_step("sleep 300 & echo $! > out.txt", "");
    let began = std::time::Instant::now();
    refused(&sandbox.plimsoll(["run"]), 0, &[]);
    assert!(began.elapsed().as_secs() < 60);
    let pid = sandbox.read("out.txt").trim().to_owned();
    // One that ended and whose new parent has not looked yet is a zombie.
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}

#[test]
fn signal_9_is_said() {
    let sandbox = one_step("kill -9 $$", "");
    refused(&sandbox.plimsoll(["run"]), 3, &["killed by signal 9"]);
}

#[test]
fn a_step_that_takes_too_long_is_ended() {
    let sandbox = one_step("sleep 300", "    timeout: 1s\n");
    refused(&sandbox.plimsoll(["run"]), 3, &["longer than 1 s"]);
}

#[test]
fn metrics_must_be_finite_numbers() {
    for (text, words) in [
        ("{\"a\": NaN}", "m.json"),
        ("{\"a\": 1e999}", "m.json"),
        ("{\"a\": \"high\"}", "m.json"),
        ("not json", "m.json"),
        ("[1]", "m.json"),
    ] {
        let run = format!("echo x > out.txt; printf '%s' '{text}' > m.json");
        let sandbox = one_step(&run, "    metrics: m.json\n");
        refused(&sandbox.plimsoll(["run"]), 3, &[words]);
    }
    let sandbox = one_step("echo x > out.txt", "    metrics: m.json\n");
    refused(&sandbox.plimsoll(["run"]), 3, &["m.json"]);
}

#[test]
fn parameters_of_the_wrong_type_are_refused() {
    for text in ["- 1\n", "7\n", "1: x\n", "a: .nan\n"] {
        let sandbox = one_step("echo x > out.txt", "params: params.yaml\n");
        sandbox.write("params.yaml", text);
        refused(&sandbox.plimsoll(["run"]), 2, &["params.yaml"]);
    }
}

#[test]
fn links_out_of_the_repository_are_refused() {
    let sandbox = one_step("cp in.txt out.txt", "");
    std::fs::remove_file(sandbox.repo().join("in.txt")).unwrap();
    symlink("/etc/passwd", sandbox.repo().join("in.txt")).unwrap();
    refused(&sandbox.plimsoll(["run"]), 2, &["in.txt"]);
}

#[test]
fn paths_with_spaces_work() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        "model: spaces
task: regression
steps:
  step:
    run: cp 'my data/in put.txt' 'out dir/out put.txt'
    inputs: ['my data/in put.txt']
    outputs: ['out dir/out put.txt']
",
    );
    sandbox.write("my data/in put.txt", "x\n");
    refused(&sandbox.plimsoll(["run"]), 0, &[]);
    assert_eq!(sandbox.read("out dir/out put.txt"), "x\n");
}

#[test]
fn a_damaged_object_is_found_and_its_step_runs_again() {
    let sandbox = one_step("seq 1 1000 > out.txt", "");
    refused(&sandbox.plimsoll(["run"]), 0, &[]);
    refused(&sandbox.plimsoll(["store", "verify"]), 0, &["all as they were stored"]);
    let objects = sandbox.home().join("objects");
    let damaged = damage_largest(&objects);
    assert!(damaged > 0);
    refused(&sandbox.plimsoll(["store", "verify"]), 5, &["damaged"]);
    std::fs::remove_file(sandbox.repo().join("out.txt")).unwrap();
    refused(&sandbox.plimsoll(["run"]), 5, &["damaged", "plimsoll store verify --set-aside"]);
    refused(&sandbox.plimsoll(["store", "verify", "--set-aside"]), 5, &["set aside"]);
    refused(&sandbox.plimsoll(["run"]), 0, &[]);
    assert_eq!(sandbox.read("out.txt").lines().count(), 1000);
}

/// Flips a bit in the largest object and returns its size.
fn damage_largest(folder: &std::path::Path) -> u64 {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    let largest = files.into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&largest).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    // Objects are read-only; only their folder decides whether one is replaced.
    std::fs::remove_file(&largest).unwrap();
    std::fs::write(&largest, &bytes).unwrap();
    bytes.len() as u64
}

#[test]
fn without_git_and_before_the_first_commit_runs_work() {
    let sandbox = one_step("cp in.txt out.txt", "");
    refused(&sandbox.plimsoll(["run"]), 0, &["no git"]);
    sandbox.git(&["init", "--quiet"]);
    refused(&sandbox.plimsoll(["run"]), 0, &["no commit yet"]);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "x"]);
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    refused(&sandbox.plimsoll(["run"]), 0, &["detached@"]);
    sandbox.write("in.txt", "changed\n");
    refused(&sandbox.plimsoll(["run"]), 0, &["(dirty)"]);
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let sandbox = one_step("head -c 8000000 /dev/urandom > out.txt", "");
    let script = format!(
        "mount -t tmpfs -o size=4m none {home} && cd {repo} && exec {plimsoll} run",
        home = sandbox.home().display(),
        repo = sandbox.repo().display(),
        plimsoll = env!("CARGO_BIN_EXE_plimsoll"),
    );
    std::fs::create_dir_all(sandbox.home()).unwrap();
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .env("PLIMSOLL_HOME", sandbox.home())
        .output();
    let Ok(output) = output else { return println!("skipped: there is no `unshare`") };
    let ended = sandbox.ended(&output);
    if ended.stderr.contains("unshare failed") || ended.stderr.contains("mount:") {
        return println!("skipped: this machine does not allow a mount: {ended}");
    }
    let said = format!("{ended}").to_lowercase();
    assert!(said.contains("no space left"), "{ended}");
    assert!(!said.contains("panicked"), "{ended}");
    assert_eq!(ended.code, Some(75), "{ended}");
    let again = sandbox.plimsoll(["run"]);
    assert_eq!(again.code, Some(0), "{again}");
}

#[test]
fn a_read_only_repository_is_said() {
    let sandbox = one_step("cp in.txt out.txt", "");
    let repo = sandbox.repo().display().to_string();
    let script = format!(
        "mount --bind {repo} {repo} && mount -o remount,bind,ro {repo} && cd {repo} && exec {} run",
        env!("CARGO_BIN_EXE_plimsoll"),
    );
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .env("PLIMSOLL_HOME", sandbox.home())
        .output();
    let Ok(output) = output else { return println!("skipped: there is no `unshare`") };
    let ended = sandbox.ended(&output);
    if ended.stderr.contains("unshare failed") || ended.stderr.contains("mount:") {
        return println!("skipped: this machine does not allow a mount: {ended}");
    }
    let said = format!("{ended}").to_lowercase();
    assert!(said.contains("read-only file system"), "{ended}");
    assert!(!said.contains("panicked"), "{ended}");
    assert_eq!(ended.code, Some(75), "{ended}");
}

#[test]
fn the_latest_run_is_never_that_of_another_model() {
    let sandbox = one_step("cp in.txt out.txt", "");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    sandbox.write("plimsoll.yaml", "model: [\n");
    for command in ["show", "logs", "gate"] {
        refused(&sandbox.plimsoll([command]), 2, &["plimsoll.yaml:"]);
    }
    std::fs::remove_file(sandbox.repo().join("plimsoll.yaml")).unwrap();
    for command in ["show", "logs", "gate"] {
        refused(&sandbox.plimsoll([command]), 2, &["no plimsoll.yaml", "beginning of its id"]);
    }
    sandbox.write("plimsoll.yaml", &project("cp in.txt out.txt", "").replace("bad", "other"));
    refused(&sandbox.plimsoll(["gate"]), 2, &["no run of other yet"]);
}
