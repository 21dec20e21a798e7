//! Steps, cache, resumption, several runs at once: with `sh`, so that every test takes moments.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

/// Two steps: `double` doubles the lines of a file, `count` counts them.
fn doubling() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        "model: lines
task: regression
params: params.yaml
steps:
  double:
    run: cat in.txt in.txt > twice.txt; echo doubled
    inputs: [in.txt]
    outputs: [twice.txt]
  count:
    run: |
      test -f params.yaml && wc -l < twice.txt | tr -d ' ' > count.txt && echo '{\"lines\": 2}' > m.json
    inputs: [twice.txt]
    params: [unit]
    outputs: [count.txt]
    metrics: m.json
",
    );
    sandbox.write("params.yaml", "unit: line\nother: 1\n");
    sandbox.write("in.txt", "a\n");
    sandbox
}

fn steps(sandbox: &Sandbox) -> Vec<(String, String)> {
    let shown = sandbox.command(["show", "--json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let steps = document["steps"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    steps.map(|step| (text(&step["name"]), text(&step["state"]))).collect()
}

fn states(sandbox: &Sandbox) -> Vec<String> {
    steps(sandbox).into_iter().map(|(_, state)| state).collect()
}

#[test]
fn what_did_not_change_does_not_run_again() {
    let sandbox = doubling();
    let first = sandbox.plimsoll(["run"]);
    assert_eq!(first.code, Some(0), "{first}");
    assert_eq!(sandbox.read("count.txt"), "2\n");
    assert_eq!(states(&sandbox), ["ran", "ran"]);

    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(states(&sandbox), ["cached", "cached"]);

    sandbox.write("params.yaml", "unit: line\nother: 2\n");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(states(&sandbox), ["cached", "cached"], "a parameter that no step reads");

    sandbox.write("params.yaml", "unit: row\nother: 2\n");
    let why = sandbox.plimsoll(["why", "count"]);
    assert!(why.stdout.contains("parameter `unit` changed: \"line\" -> \"row\""), "{why}");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(states(&sandbox), ["cached", "ran"]);

    sandbox.write("in.txt", "a\nb\n");
    let why = sandbox.plimsoll(["why", "double"]);
    assert!(why.stdout.contains("input `in.txt` changed"), "{why}");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(sandbox.read("count.txt"), "4\n");

    sandbox.write("in.txt", "a\n");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(states(&sandbox), ["cached", "cached"], "back to what was known");
    assert_eq!(sandbox.read("count.txt"), "2\n", "the tree has the restored output");
}

#[test]
fn outputs_that_were_deleted_come_back_from_the_store() {
    let sandbox = doubling();
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    std::fs::remove_file(sandbox.repo().join("twice.txt")).unwrap();
    sandbox.write("count.txt", "tampered\n");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(states(&sandbox), ["cached", "cached"]);
    assert_eq!(sandbox.read("twice.txt"), "a\na\n");
    assert_eq!(sandbox.read("count.txt"), "2\n");
}

#[test]
fn force_targets_and_dry_run_do_what_they_say() {
    let sandbox = doubling();
    let dry = sandbox.plimsoll(["run", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry}");
    assert!(!sandbox.repo().join("twice.txt").exists());
    assert!(dry.stdout.contains("it never succeeded"), "{dry}");
    assert_eq!(sandbox.plimsoll(["run", "double"]).code, Some(0));
    assert!(!sandbox.repo().join("count.txt").exists());
    assert_eq!(sandbox.plimsoll(["run", "count.txt"]).code, Some(0));
    assert_eq!(sandbox.plimsoll(["run", "--force", "double"]).code, Some(0));
    assert_eq!(states(&sandbox), ["ran", "cached"], "the same output again needs no second count");
    let unknown = sandbox.plimsoll(["run", "nothing"]);
    assert_eq!(unknown.code, Some(2), "{unknown}");
}

#[test]
fn logs_show_what_a_step_printed_even_if_it_was_cached() {
    let sandbox = doubling();
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    assert_eq!(sandbox.plimsoll(["logs", "latest", "double"]).stdout, "doubled\n");
}

#[test]
fn diff_and_runs_compare_what_was_recorded() {
    let sandbox = doubling();
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    let first = newest(&sandbox);
    sandbox.write("params.yaml", "unit: row\nother: 1\n");
    assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
    let diff = sandbox.plimsoll(["diff", &first[..8]]);
    assert!(diff.stdout.contains("unit"), "{diff}");
    assert!(diff.stdout.contains("the same in both: metric, data"), "{diff}");
    let runs = sandbox.plimsoll(["runs", "--where", "count.lines=2", "--sort", "-count.lines"]);
    assert_eq!((runs.code, runs.stdout.lines().count()), (Some(0), 3), "{runs}");
    let none = sandbox.plimsoll(["runs", "--where", "state=failed"]);
    assert!(none.stdout.starts_with("no runs"), "{none}");
}

fn newest(sandbox: &Sandbox) -> String {
    let output = sandbox.command(["runs", "--json", "--limit", "1"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn two_runs_at_once_compute_the_same_step_once() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        &format!(
            "model: slow
task: regression
steps:
  slow:
    run: echo x >> {0}/count; sleep 0.6; echo done > out.txt
    outputs: [out.txt]
",
            sandbox.home().display(),
        ),
    );
    std::fs::create_dir_all(sandbox.home()).unwrap();
    let spawn = || sandbox.command(["run", "-q"]).stdout(Stdio::null()).spawn().unwrap();
    let mut runs = [spawn(), spawn(), spawn()];
    for run in &mut runs {
        assert!(run.wait().unwrap().success());
    }
    let started = std::fs::read_to_string(sandbox.home().join("count")).unwrap();
    assert_eq!(started.lines().count(), 1);
    assert_eq!(sandbox.read("out.txt"), "done\n");
}

#[test]
fn ctrl_c_stops_the_children_and_leaves_a_run_that_goes_on() {
    let sandbox = Sandbox::new();
    let home = sandbox.home().display();
    sandbox.write(
        "plimsoll.yaml",
        &format!(
            "model: broken-off
task: regression
steps:
  first:
    run: echo 1 > first.txt; echo x >> {home}/first
    outputs: [first.txt]
  second:
    run: cat first.txt > second.txt; echo $$ > {home}/pid; test -f {home}/quick || sleep 60
    inputs: [first.txt]
    outputs: [second.txt]
",
        ),
    );
    std::fs::create_dir_all(sandbox.home()).unwrap();
    let child =
        sandbox.command(["run"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid_file = sandbox.home().join("pid");
    let deadline = Instant::now() + Duration::from_secs(30);
    let sleeping = || std::fs::read_to_string(&pid_file).is_ok_and(|pid| pid.ends_with('\n'));
    while !sleeping() {
        assert!(Instant::now() < deadline, "the second step did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = std::fs::read_to_string(&pid_file).unwrap().trim().to_owned();
    let signalled =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signalled.unwrap().success());
    let ended = sandbox.ended(&child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(130), "{ended}");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "the command still runs");
    std::fs::write(sandbox.home().join("quick"), "").unwrap();
    let again = sandbox.plimsoll(["run"]);
    assert_eq!(again.code, Some(0), "{again}");
    let first = std::fs::read_to_string(sandbox.home().join("first")).unwrap();
    assert_eq!(first.lines().count(), 1, "the first step ran twice");
}

#[test]
fn gc_beside_a_run_keeps_what_the_run_is_about_to_record() {
    let sandbox = Sandbox::new();
    let home = sandbox.home().display();
    let waiting = format!("touch {home}/begun; until test -f {home}/go; do sleep 0.05; done");
    sandbox.write(
        "plimsoll.yaml",
        &format!(
            "model: swept
task: regression
steps:
  slow:
    run: {waiting}; echo done > out.txt
    outputs: [out.txt]
"
        ),
    );
    std::fs::create_dir_all(sandbox.home()).unwrap();
    let mut run = sandbox.command(["run", "-q"]).stdout(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !sandbox.home().join("begun").exists() {
        assert!(Instant::now() < deadline, "the step did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused = sandbox.plimsoll(["store", "gc", "--grace", "9"]);
    let accepted = ["--grace=10", "--dry-run"].map(|with| sandbox.plimsoll(["store", "gc", with]));
    std::fs::write(sandbox.home().join("go"), "").unwrap();
    assert!(run.wait().unwrap().success());
    insta::assert_snapshot!(refused, @"
    exit code: 75
    --- stderr
    error: run ID is under way, and a grace period of 9 minutes may remove what is stored and not recorded yet
    hint: wait for its end, or keep 10 minutes or more with `--grace`
    ");
    assert!(accepted.iter().all(|ended| ended.code == Some(0)), "{}", accepted[0]);
    assert_eq!(sandbox.plimsoll(["store", "gc", "--grace", "0"]).code, Some(0));
}

#[test]
fn rev_runs_a_commit_and_leaves_the_working_tree_alone() {
    let sandbox = doubling();
    sandbox.write(".gitignore", "*.txt\n!in.txt\nm.json\n.plimsoll/\n");
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "one line"]);
    sandbox.write("in.txt", "a\nb\nc\n");
    let ended = sandbox.plimsoll(["run", "--rev", "HEAD"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(!sandbox.repo().join("count.txt").exists());
    let shown = sandbox.command(["show", "--json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(document["commit"]["hash"], sandbox.git(&["rev-parse", "HEAD"]));
    assert_eq!(document["commit"]["dirty"], false);
    assert!(sandbox.git(&["worktree", "list"]).lines().count() == 1);
    let unknown = sandbox.plimsoll(["run", "--rev", "nothing"]);
    assert_eq!(unknown.code, Some(2), "{unknown}");
}

#[test]
fn code_that_git_ignores_makes_a_commit_dirty_and_what_steps_write_does_not() {
    let sandbox = doubling();
    sandbox.replace("plimsoll.yaml", "params: params.yaml", "params: params.yaml\ncode: ['**']");
    sandbox.write(".gitignore", "twice.txt\ncount.txt\nm.json\n*.pyc\nsecret.py\n.plimsoll/\n");
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "all"]);
    sandbox.write("__pycache__/train.pyc", "compiled");
    let is_dirty = || {
        assert_eq!(sandbox.plimsoll(["run"]).code, Some(0));
        let shown = sandbox.command(["show", "--json"]).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
        document["commit"]["dirty"].as_bool().unwrap()
    };
    assert!(!is_dirty());
    assert!(!is_dirty(), "outputs are there now");
    sandbox.write("secret.py", "1");
    assert!(is_dirty());
}

#[test]
fn a_damaged_database_is_damage_and_not_worth_another_try() {
    let sandbox = doubling();
    std::fs::create_dir(sandbox.home()).unwrap();
    let path = sandbox.home().join("plimsoll.db");
    let mut bytes = include_bytes!("../../../plimsoll-store/fixtures/database-v1.db").to_vec();
    // Every page but the first, which has the header and the schema.
    bytes[4096..].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    for arguments in [["runs", "--all"].as_slice(), &["run"], &["store", "gc"]] {
        let ended = sandbox.plimsoll(arguments);
        assert_eq!(ended.code, Some(5), "{arguments:?}: {ended}");
        assert!(ended.stderr.contains("the database `HOME/plimsoll.db` is damaged"), "{ended}");
        assert!(ended.stderr.contains("restore it from a backup"), "{ended}");
    }
}

#[test]
fn summary_and_junit_say_what_happened() {
    let sandbox = doubling();
    sandbox.replace("plimsoll.yaml", "cat in.txt in.txt > twice.txt; echo doubled", "exit 7");
    let ended = sandbox.plimsoll(["run", "--summary", "s.md", "--junit", "j.xml"]);
    assert_eq!(ended.code, Some(3), "{ended}");
    let summary = sandbox.read("s.md");
    assert!(summary.contains("| double | ❌ its command ended with exit code 7 |"), "{summary}");
    let junit = sandbox.read("j.xml");
    assert!(junit.contains("<testsuite name=\"steps\" tests=\"2\" failures=\"1\""), "{junit}");
}
