//! `plimsoll labels add`: what becomes true later, and what is wrong with what is brought.

use std::fmt::Write;
use std::process::Stdio;
use std::time::Instant;

use plimsoll_data::capture::{Label, Labels};
use serde_json::{Value, json};

use super::Live;

fn known(live: &Live) -> Labels {
    Labels::load(&live.sandbox.home().join("labels/bikes")).unwrap()
}

fn add(live: &Live, text: &str) -> Value {
    live.sandbox.write("labels.csv", text);
    let added = live.json(&["labels", "add", "labels.csv"], 0);
    json!([added["rows"], added["new"], added["corrected"], added["repeated"]])
}

/// Returns the days of what the monitor saw: day, predictions, labels.
fn days(live: &Live, code: i32) -> Vec<(String, u64, u64)> {
    let monitoring = &live.json(&["monitor", "bikes"], code)["monitoring"];
    let days = monitoring["days"].as_array().unwrap().iter();
    let number = |value: &Value| value.as_u64().unwrap();
    days.map(|day| {
        (
            day["day"].as_str().unwrap().to_owned(),
            number(&day["predictions"]),
            number(&day["labelled"]),
        )
    })
    .collect()
}

#[test]
fn labels_come_early_late_again_and_corrected() {
    let Some(live) = Live::new() else { return };
    // Before there is any prediction.
    assert_eq!(add(&live, "id,y\n1000,50\n1001,51\n"), json!([2, 2, 0, 0]));
    let server = live.serve(&["bikes@champion"]);
    server.live_through(0..2);
    server.end();
    let day = |day: &str, labelled| (day.to_owned(), 4, labelled);
    assert_eq!(days(&live, 0), [day("2026-01-01", 2), day("2026-01-02", 0)]);
    assert_eq!(add(&live, "y,id\n52.5,1002\n53,1003\n54,1004\n"), json!([3, 3, 0, 0]));
    assert_eq!(days(&live, 0), [day("2026-01-01", 4), day("2026-01-02", 1)]);
    // The same again, spelled otherwise; another; one of no prediction.
    assert_eq!(add(&live, "id,y,more\n1002,52.50,x\n1003,60,\n77,1,\n"), json!([3, 1, 1, 1]));
    assert_eq!(known(&live).get("1003"), Some(&Label::Number(60.0)));
    assert_eq!(known(&live).get("1002"), Some(&Label::Number(52.5)));
    assert_eq!(days(&live, 0), [day("2026-01-01", 4), day("2026-01-02", 1)]);
    // The same row twice in a file is said once.
    assert_eq!(add(&live, "id,y\n1005,1\n1005,1.0\n"), json!([2, 1, 0, 1]));
}

#[test]
fn nothing_of_a_file_is_added_if_anything_is_wrong_with_it() {
    let Some(live) = Live::new() else { return };
    add(&live, "id,y\n1,1\n");
    let refused = |text: &str, code: i32, words: &[&str]| {
        live.sandbox.write("labels.csv", text);
        let ended = live.call(&["labels", "add", "labels.csv"], code);
        for word in words {
            assert!(ended.stderr.contains(word), "`{word}` is not said: {ended}");
        }
        assert_eq!(known(&live).len(), 1, "{ended}");
    };
    refused("id,cnt\n2,2\n", 2, &["no column `y`"]);
    refused("row,y\n2,2\n", 2, &["no column `id`"]);
    refused("id,y\n2,2\n3,many\n", 1, &["`y`", "many", "nothing was added"]);
    refused("id,y\n2,2\n3,\n", 1, &["`y`"]);
    refused("id,y\n2,2\n,3\n", 1, &["`id`"]);
    refused("id,y\n2,2\n3,NaN\n", 1, &["`y`"]);
    refused("id,y\n2,2\n3,inf\n", 1, &["`y`"]);
    refused("id,y\n2,2\n4,4\n2,3\n", 1, &["id `2` has two labels", "nothing was added"]);
    refused("id,y\n2,2\n3\n", 2, &["labels.csv"]);
    refused("", 2, &["labels.csv"]);
    refused("\u{0}\u{1}\u{2}", 2, &["labels.csv"]);
    live.call(&["labels", "add", "nowhere.csv"], 2);
    live.call(&["labels", "add", "."], 2);
    // A header alone holds no label, and nothing is wrong with it.
    assert_eq!(add(&live, "id,y\n"), json!([0, 0, 0, 0]));
    assert_eq!(known(&live).len(), 1);
}

#[test]
fn labels_are_added_from_anywhere_by_name() {
    let Some(live) = Live::new() else { return };
    let folder = live.sandbox.home().with_file_name("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("truth.csv"), "key,truth\n1,1\n").unwrap();
    let call = |arguments: &[&str]| {
        let output = live.sandbox.command(arguments).current_dir(&folder).output().unwrap();
        live.sandbox.ended(&output)
    };
    let nameless = call(&["labels", "add", "truth.csv"]);
    assert_eq!(nameless.code, Some(2), "{nameless}");
    assert!(nameless.stderr.contains("--model"), "{nameless}");
    let columns = call(&["labels", "add", "truth.csv", "--model", "bikes"]);
    assert_eq!(columns.code, Some(2), "{columns}");
    let named =
        ["labels", "add", "truth.csv", "--model", "bikes", "--id", "key", "--target", "truth"];
    let added = call(&named);
    assert_eq!(added.code, Some(0), "{added}");
    assert_eq!(known(&live).len(), 1);
}

#[test]
fn several_who_add_at_once_lose_nothing() {
    let Some(live) = Live::new() else { return };
    let children: Vec<_> = (0..6_u32)
        .map(|part| {
            // Half of it is of the next one too.
            let mut text = "id,y\n".to_owned();
            for id in part * 1000..part * 1000 + 2000 {
                _ = writeln!(text, "{id},{}", id % 100);
            }
            let file = format!("labels-{part}.csv");
            live.sandbox.write(&file, &text);
            let mut command = live.sandbox.command(["labels", "add", &file, "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let (mut new, mut repeated) = (0, 0);
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", live.sandbox.ended(&output));
        let added: Value = serde_json::from_slice(&output.stdout).unwrap();
        new += added["new"].as_u64().unwrap();
        repeated += added["repeated"].as_u64().unwrap();
    }
    assert_eq!((new, repeated, known(&live).len()), (7000, 5000, 7000));
}

/// How many labels a file has whose addition is killed.
const ROWS: u32 = 10_000;

#[test]
fn a_killed_addition_is_all_or_nothing() {
    let Some(live) = Live::new() else { return };
    let write = |round: u32| {
        let mut text = "id,y\n".to_owned();
        for id in round * ROWS..(round + 1) * ROWS {
            _ = writeln!(text, "{id},{}", id % 100);
        }
        live.sandbox.write("labels.csv", &text);
    };
    write(0);
    let begun = Instant::now();
    live.call(&["labels", "add", "labels.csv"], 0);
    let whole = begun.elapsed();
    let (mut before, mut killed) = (known(&live).len(), 0);
    for round in 1..=20 {
        write(round);
        let mut command = live.sandbox.command(["labels", "add", "labels.csv"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * round / 16);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let now = known(&live).len();
        assert!(now == before || now == before + ROWS as usize, "{before} became {now}");
        before = now;
    }
    assert!(killed > 0, "none was killed");
    // Whoever was killed left nothing that is in the way, and the same file is taken.
    let added = live.json(&["labels", "add", "labels.csv"], 0);
    assert_eq!(added["rows"], ROWS);
    assert_eq!(known(&live).get("209999"), Some(&Label::Number(99.0)));
}
