//! `plimsoll monitor`: what it says of a served model, and what outlives `kill -9`.

use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use super::{Live, at};

/// Asks a server about `days`, and brings their labels of a world in which demand is `base`.
pub(super) fn lived(live: &Live, days: std::ops::Range<u32>, base: f64) {
    let server = live.serve(&["bikes@champion"]);
    server.live_through(days.clone());
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    live.label(days, base);
}

/// Looks at the model, and returns verdict, answer and message.
#[track_caller]
fn looked(live: &Live, arguments: &[&str], code: i32) -> [String; 3] {
    let shown = live.json(&[&["monitor", "bikes"], arguments].concat(), code);
    let monitoring = &shown["monitoring"];
    [&shown["verdict"], &monitoring["answer"], &monitoring["message"]]
        .map(|value| value.as_str().unwrap().to_owned())
}

#[test]
fn a_monitor_says_whether_the_model_is_well() {
    let Some(live) = Live::new() else { return };
    let [verdict, answer, message] = looked(&live, &[], 1);
    assert_eq!([&*verdict, &answer], ["error", "error"]);
    assert!(message.contains("no predictions of bikes@1.0.0 were recorded"), "{message}");

    lived(&live, 0..6, 40.0);
    let [verdict, answer, message] = looked(&live, &[], 0);
    assert_eq!([&*verdict, &answer], ["pass", "early"], "{message}");
    assert!(message.contains("4 more day(s) of labels are needed"), "{message}");

    lived(&live, 6..12, 40.0);
    let [verdict, answer, message] = looked(&live, &[], 0);
    assert_eq!([&*verdict, &answer], ["pass", "calm"], "{message}");
    assert!(message.contains(&format!("{} to {}", at(2), at(11))), "{message}");

    lived(&live, 12..24, 75.0);
    let breach = live.call(&["monitor", "bikes"], 1);
    let shown = live.json(&["monitor", "bikes"], 1);
    assert_eq!(
        (&shown["verdict"], &shown["monitoring"]["answer"]),
        (&"block".into(), &"breach".into())
    );
    let since = shown["monitoring"]["since"].as_str().unwrap();
    assert!(*at(12) < *since && *since < *at(23), "{since}");
    let evidence = shown["evidence"].as_str().unwrap();
    let next = shown["next"].as_str().unwrap();
    assert_eq!(next, format!("plimsoll retrain bikes --because {evidence}"));
    assert!(breach.stdout.contains("plimsoll retrain bikes --because"), "{breach}");
    assert!(breach.stdout.contains(since), "{breach}");

    // No label for longer than a window: nothing is calm because nobody looked.
    let server = live.serve(&["bikes@champion"]);
    server.live_through(24..35);
    server.end();
    let [verdict, _, message] = looked(&live, &[], 1);
    assert_eq!(verdict, "error", "{message}");
    assert!(message.contains("labels have stopped"), "{message}");

    let told: Vec<String> = told(&live).iter().map(|entry| entry["sign"].to_string()).collect();
    assert_eq!(told.join(" "), r#""bad" "plain" "good" "bad" "bad" "bad""#);
}

/// Returns what the history tells of monitors, each of whose evidence must be there.
fn told(live: &Live) -> Vec<Value> {
    let history = live.json(&["model", "history", "bikes"], 0);
    let entries = history["entries"].as_array().unwrap().iter();
    let told: Vec<Value> = entries.filter(|it| it["kind"] == "monitor").cloned().collect();
    for entry in &told {
        let evidence = live.call(&["store", "cat", entry["evidence"].as_str().unwrap()], 0);
        let monitoring: Value = serde_json::from_str(&evidence.stdout).unwrap();
        let what = entry["what"].as_str().unwrap();
        assert!(what.ends_with(monitoring["message"].as_str().unwrap()), "{what}");
    }
    told
}

#[test]
fn a_monitor_looks_back_at_other_versions_and_writes_where_it_is_told() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..20, 40.0);
    let windows = |arguments: &[&str]| {
        let shown = live.json(&[&["monitor", "bikes"], arguments].concat(), 0);
        shown["monitoring"]["windows"].as_array().unwrap().len()
    };
    assert_eq!((windows(&[]), windows(&["--history"])), (1, 2));
    assert!(live.call(&["monitor", "bikes", "--history"], 0).stdout.contains(&at(0)));
    assert!(live.sandbox.read(".plimsoll/reports/monitor-bikes.html").contains("<html"));
    live.call(&["monitor", "bikes", "--html", "tmp/new/page.html"], 0);
    assert!(live.sandbox.read("tmp/new/page.html").contains("bikes"));
    let unwritable = live.call(&["monitor", "bikes", "--html", "/proc/page.html"], 75);
    assert!(unwritable.stderr.contains("/proc/page.html could not be written"), "{unwritable}");

    live.second();
    live.call(&["deploy", "bikes@1.1.0"], 0);
    assert_eq!(looked(&live, &[], 1)[1], "error", "nobody asked 1.1.0 yet");
    assert_eq!(looked(&live, &["--version", "1.0.0"], 0)[1], "calm");
    lived(&live, 20..31, 40.0);
    assert_eq!(looked(&live, &[], 0)[1], "calm");
    for (arguments, word) in [
        (&["bikes", "--version", "9.9.9"][..], "9.9.9"),
        (&["cars"][..], "cars"),
        (&["bikes.fast"][..], "bikes.fast"),
    ] {
        let unknown = live.call(&[&["monitor"], arguments].concat(), 2);
        assert!(unknown.stderr.contains(word), "{unknown}");
    }
}

#[test]
fn outside_the_repository_the_limits_of_the_release_count() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..12, 75.0);
    let folder = live.sandbox.home().with_file_name("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let outside = |arguments: &[&str]| {
        let mut command = live.sandbox.command(["monitor", "bikes"]);
        let output = command.args(arguments).current_dir(&folder).output().unwrap();
        live.sandbox.ended(&output)
    };
    live.sandbox.replace(
        "plimsoll.yaml",
        "limits: [{ metric: wape, max: 0.3 }]",
        "limits: [{ metric: wape, max: 0.9 }]",
    );
    assert_eq!(looked(&live, &[], 0)[1], "calm", "the repository's limit");
    let released = outside(&[]);
    assert_eq!(released.code, Some(1), "the released limit: {released}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "no report is asked for");
    assert_eq!(outside(&["--html", "page.html"]).code, Some(1));
    assert!(folder.join("page.html").is_file());
    // A repository of another model has no say.
    std::fs::write(
        folder.join("plimsoll.yaml"),
        "model: cars\ntask: regression\nsteps: { make: { run: 'true', outputs: [made] } }\n",
    )
    .unwrap();
    let other = outside(&[]);
    assert_eq!(other.code, Some(1), "{other}");
}

#[test]
fn days_that_are_not_wholly_labelled_end_no_window() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..11, 40.0);
    let server = live.serve(&["bikes@champion"]);
    server.live_through(11..13);
    server.end();
    live.label(11..13, 40.0);
    // A row of the last day that nobody labels.
    let server = live.serve(&["bikes@champion"]);
    let late = serde_json::json!([999_999, at(12), 1, 2, 3]);
    assert_eq!(server.connect().ask(&[late]).unwrap().status, 200);
    server.end();
    let message = looked(&live, &[], 0)[2].clone();
    assert!(message.contains(&format!("{} to {}", at(2), at(11))), "{message}");
}

#[test]
fn a_killed_monitor_leaves_no_half_an_entry() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..12, 75.0);
    let begun = Instant::now();
    live.call(&["monitor", "bikes"], 1);
    let whole = begun.elapsed();
    let mut killed = 0;
    for part in 0..24 {
        let mut command = live.sandbox.command(["monitor", "bikes"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * part / 20);
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
    }
    assert!(killed > 0, "none was killed");
    let told = told(&live);
    assert!(told.len() >= 25 - killed && told.len() <= 25, "{killed} killed: {}", told.len());
    live.call(&["store", "verify"], 0);
    live.call(&["monitor", "bikes"], 1);
}

#[test]
fn what_cannot_be_read_is_never_calm() {
    let Some(live) = Live::new() else { return };
    lived(&live, 0..12, 40.0);
    let files = std::fs::read_dir(live.captures()).unwrap().map(|it| it.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|it| it == "parquet"));
    let file = file.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = live.call(&["monitor", "bikes"], 5);
    assert!(damaged.stderr.contains(".parquet"), "{damaged}");
    // A server that starts records all the same, and says so.
    let server = live.serve(&["bikes@champion"]);
    server.live_through(12..13);
    server.end();
    live.call(&["monitor", "bikes"], 5);
    std::fs::write(&file, bytes).unwrap();
    live.label(12..13, 40.0);
    let message = looked(&live, &[], 0)[2].clone();
    assert!(message.contains(&format!("{} to {}", at(3), at(12))), "{message}");
}
