//! What is recorded, and what of it outlives `kill -9`, a full disk and company.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use plimsoll_data::capture::{Captured, Days, ROW_ID, Versions, read};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::scene::until;
use super::{Connection, Live, Server, at};

/// What may be lost is one second; a machine that is busy may be late by another.
const LOST: Duration = Duration::from_secs(2);

/// Asks row after row from `first` until the server is gone, and returns when each was answered.
fn ask_until_killed(address: std::net::SocketAddr, first: u32) -> BTreeMap<u32, Instant> {
    let mut answered = BTreeMap::new();
    let Ok(mut connection) = Connection::open(address) else { return answered };
    for id in first.. {
        match connection.ask(&[row(id)]) {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{answer:?}");
                answered.insert(id, Instant::now());
            }
            Err(_) => break,
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    answered
}

fn row(id: u32) -> Value {
    json!([id, at(id % 28), id % 11, id % 10, id % 21])
}

/// Returns the names of the rows, each of which must be there once.
fn once(captured: &Captured) -> Vec<u32> {
    assert_eq!(captured.repeated, 0, "nothing is doubled");
    assert_eq!(captured.unreadable, [""; 0].map(PathBuf::from));
    let table = captured.table().unwrap();
    let names = table.column_by_name(ROW_ID).unwrap().as_string::<i32>().clone();
    let mut names: Vec<u32> = names.iter().map(|name| name.unwrap().parse().unwrap()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "nothing is doubled");
    names
}

#[test]
fn a_killed_server_loses_at_most_the_last_second() {
    let Some(live) = Live::new() else { return };
    let mut answered = BTreeMap::new();
    let mut safe = Vec::new();
    for (round, after) in (1..).zip([2600, 30, 300, 3100, 1200, 0, 700, 2400]) {
        let server = live.serve(&["bikes@champion"]);
        let address = server.address;
        let asking = std::thread::spawn(move || ask_until_killed(address, round * 100_000));
        std::thread::sleep(Duration::from_millis(after));
        let killed = Instant::now();
        server.kill();
        let of_round = asking.join().unwrap();
        safe.extend(of_round.iter().filter(|(_, at)| **at + LOST < killed).map(|(id, _)| *id));
        answered.extend(of_round);
        // What was recorded is there whether a server took it up yet or not.
        once(&live.captured());
    }
    assert!(safe.len() > 100, "{} of {}", safe.len(), answered.len());
    let (code, logs) = live.serve(&["bikes@champion"]).end();
    assert_eq!(code, Some(0), "{logs}");
    assert!(logs.contains("brought in captures that an earlier process left"), "{logs}");
    let recorded = once(&live.captured());
    let lost: Vec<&u32> = safe.iter().filter(|id| recorded.binary_search(id).is_err()).collect();
    assert_eq!(lost, [&0; 0], "older than a second before the kill");
    // The last request of a round may be recorded and not answered.
    let unasked = recorded.iter().filter(|id| {
        !answered.contains_key(id) && !answered.contains_key(&(*id - 1)) && *id % 100_000 != 0
    });
    assert_eq!(unasked.count(), 0);
}

#[test]
fn a_server_killed_while_it_starts_doubles_nothing() {
    let Some(live) = Live::new() else { return };
    let server = live.serve(&["bikes@champion"]);
    let mut connection = server.connect();
    let rows: Vec<Value> = (0..20_000).map(row).collect();
    assert_eq!(connection.ask(&rows).unwrap().status, 200);
    until("it is recorded", || live.captured().rows == 20_000);
    server.kill();
    let begun = Instant::now();
    live.serve(&["bikes@champion"]).kill();
    let whole = begun.elapsed();
    for part in 0..16 {
        let mut command = live.sandbox.command(["serve", "bikes@champion", "--port", "0"]);
        let stdio = std::process::Stdio::null;
        let mut child = command.stdout(stdio()).stderr(stdio()).spawn().unwrap();
        std::thread::sleep(whole * part / 16);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(once(&live.captured()).len(), 20_000, "killed after {part} of 16 parts");
    }
    assert_eq!(live.serve(&["bikes@champion"]).end().0, Some(0));
    assert_eq!(once(&live.captured()).len(), 20_000);
}

#[test]
fn two_servers_of_one_model_record_side_by_side() {
    let Some(live) = Live::new() else { return };
    let first = live.serve(&["bikes@champion"]);
    let second = live.serve(&["bikes@1.0.0"]);
    let asking = |server: &Server, from: u32| {
        let mut connection = server.connect();
        for id in from..from + 200 {
            assert_eq!(connection.ask(&[row(id)]).unwrap().status, 200);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| asking(&first, 1000));
        scope.spawn(|| asking(&second, 2000));
    });
    until("both are recorded", || once(&live.captured()).len() == 400);
    // A third takes up what the killed one left, and leaves alone what the other still writes.
    first.kill();
    let third = live.serve(&["bikes@champion"]);
    asking(&second, 3000);
    asking(&third, 4000);
    assert_eq!(second.end().0, Some(0));
    assert_eq!(third.end().0, Some(0));
    assert_eq!(once(&live.captured()).len(), 800);
}

#[test]
fn a_full_disk_is_survived_and_what_it_costs_is_counted() {
    if !may_mount() {
        return println!("skipped: nobody may mount a small file system here (unshare -rm)");
    }
    let column = "columns:\n  note: { type: string, optional: true }\n";
    let with_note = |sandbox: &crate::sandbox::Sandbox| {
        sandbox.replace("rows.yaml", "columns:\n", column);
        let rows = sandbox.read("rows.csv").replace('\n', ",none\n").replacen(",none", ",note", 1);
        sandbox.write("rows.csv", &rows);
        let evaluate = "  block: day\n  slices: { named: { note: [none] } }\n";
        sandbox.replace("plimsoll.yaml", "  block: day\n", evaluate);
    };
    let Some(live) = Live::with(with_note) else { return };
    let (server, inside) = on_a_small_disk(&live, 6_000_000);
    let note = "x".repeat(1 << 20);
    let mut connection = server.connect();
    let (begun, mut asked) = (Instant::now(), 0);
    while server.counted("plimsoll_capture_rows_lost_total") < 3 {
        assert!(begun.elapsed() < Duration::from_mins(2), "nothing is lost after {asked}");
        let body = json!({"dataframe_split": {
            "columns": ["id", "day", "note", "a", "b", "c"],
            "data": [[asked, at(3), note, 1, 2, 3]],
        }});
        let answer = connection.invoke(&body).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        asked += 1;
    }
    until("it is said", || server.logs().contains("captures cannot be written now"));
    assert_eq!(server.connect().get("/v2/health/ready").unwrap().status, 200);
    std::fs::remove_file(inside.join("filler")).unwrap();
    // There is room for less than what waits, but what comes is answered.
    assert_eq!(connection.ask(&[row(100_000)]).unwrap().status, 200);
    let counted = |name| server.counted(&format!("plimsoll_{name}_total"));
    until("everything is counted", || {
        counted("predictions") == counted("capture_rows_recorded") + counted("capture_rows_lost")
    });
    assert!(read(&inside, Days::All, Versions::All).unwrap().rows > 1);
}

#[test]
fn recording_goes_on_when_there_is_room_again() {
    if !may_mount() {
        return println!("skipped: nobody may mount a small file system here (unshare -rm)");
    }
    let Some(live) = Live::new() else { return };
    let (server, inside) = on_a_small_disk(&live, 0);
    let recorded = || read(&inside, Days::All, Versions::All).unwrap().rows;
    let mut connection = server.connect();
    assert_eq!(connection.ask(&[row(1)]).unwrap().status, 200);
    until("the first is recorded", || recorded() == 1);
    let mut filler = std::fs::File::create(inside.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    let rows: Vec<Value> = (2..2002).map(row).collect();
    assert_eq!(connection.ask(&rows).unwrap().status, 200);
    until("it is said", || server.logs().contains("captures cannot be written now"));
    drop(filler);
    assert_eq!(connection.ask(&[row(2002)]).unwrap().status, 200);
    std::fs::remove_file(inside.join("filler")).unwrap();
    until("everything is recorded", || recorded() == 2002);
    assert_eq!(server.counted("plimsoll_capture_rows_lost_total"), 0);
    server.signal(Signal::TERM);
}

#[test]
fn what_a_full_disk_never_took_is_counted_at_the_end() {
    if !may_mount() {
        return println!("skipped: nobody may mount a small file system here (unshare -rm)");
    }
    let Some(live) = Live::new() else { return };
    let (server, inside) = on_a_small_disk(&live, 0);
    let mut connection = server.connect();
    assert_eq!(connection.ask(&[row(1)]).unwrap().status, 200);
    let recorded = || read(&inside, Days::All, Versions::All).unwrap().rows;
    until("the first is recorded", || recorded() == 1);
    let mut filler = std::fs::File::create(inside.join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    let rows: Vec<Value> = (2..2002).map(row).collect();
    assert_eq!(connection.ask(&rows).unwrap().status, 200);
    until("it is said", || server.logs().contains("captures cannot be written now"));
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    assert!(logs.contains("stopped: 2001 predictions, 1 recorded, 2000 lost"), "{logs}");
}

/// Serves with eight megabytes of room for captures, of which `filled` are taken; returns where
/// that disk can be seen.
fn on_a_small_disk(live: &Live, filled: u32) -> (Server, PathBuf) {
    let captures = live.captures();
    std::fs::create_dir_all(&captures).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=8m none {folder} && head -c {filled} /dev/zero > {folder}/filler && exec \"$@\"",
        folder = captures.display(),
    );
    let serve = live.sandbox.command(["serve", "bikes@champion", "--port", "0", "--json"]);
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, "sh"]);
    command.arg(serve.get_program()).args(serve.get_args());
    command.env_clear().current_dir(live.sandbox.repo());
    command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = Server::start(command, live.sandbox.home().join("small-disk.log"));
    let inside = server.root().join(captures.strip_prefix("/").unwrap());
    (server, inside)
}

fn may_mount() -> bool {
    let probe = Command::new("unshare")
        .args(["-rm", "sh", "-c", "mount -t tmpfs none /mnt && ls /proc/$$/root"])
        .output();
    probe.is_ok_and(|probe| probe.status.success())
}
