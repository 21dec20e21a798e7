//! A running server that follows its alias.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::scene::flip_largest;
use super::{Connection, Live, Server};

/// Asks 200 times a second until `over`, and returns how often and who answered.
fn ask(address: std::net::SocketAddr, over: &AtomicBool) -> (u32, BTreeSet<String>) {
    let mut connection = Connection::open(address).unwrap();
    let (mut asked, mut answered) = (0, BTreeSet::new());
    let begun = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let answer = connection.infer().unwrap();
        assert_eq!(answer.status, 200, "request {asked}: {answer:?}");
        answered.insert(answer.json()["model_version"].as_str().unwrap().to_owned());
        asked += 1;
        std::thread::sleep((begun + Duration::from_millis(5) * asked) - Instant::now());
    }
    (asked, answered)
}

#[test]
fn twenty_switches_at_two_hundred_requests_a_second_fail_none() {
    let Some(live) = Live::new() else { return };
    live.second();
    let server = live.serve(&["bikes@champion"]);
    let over = AtomicBool::new(false);
    let (asked, answered) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask(server.address, &over));
        for _ in 0..10 {
            live.call(&["deploy", "bikes@1.1.0"], 0);
            server.follows("1.1.0");
            live.call(&["rollback", "bikes", "--because", "a drill"], 0);
            server.follows("1.0.0");
        }
        over.store(true, Ordering::Relaxed);
        asking.join().unwrap()
    });
    assert_eq!(answered, BTreeSet::from(["1.0.0".to_owned(), "1.1.0".to_owned()]));
    assert!(asked > 200, "{asked}");
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    assert!(logs.contains(", 0 lost"), "{logs}");
    let captured = live.captured();
    assert!(captured.rows + captured.repeated > u64::from(asked), "who followed asked too");
}

#[test]
fn a_version_that_does_not_verify_is_not_switched_to() {
    let Some(live) = Live::new() else { return };
    live.second();
    let bundle = live.bundle("bikes@1.1.0");
    let server = live.serve(&["bikes@champion"]);
    // Deployed while it is sound, and changed before the server looks: only it can refuse it. It
    // may look before, so the alias is moved again until it did not.
    let saved = files(&bundle);
    let changed = || {
        live.call(&["deploy", "bikes@1.1.0"], 0);
        flip_largest(&bundle);
    };
    changed();
    while server.version() == "1.1.0" {
        make_good(&saved);
        live.call(&["rollback", "bikes", "--because", "again"], 0);
        server.follows("1.0.0");
        changed();
    }
    says(&server, "the version that the alias points at is not served");
    assert_eq!(server.version(), "1.0.0");
    assert_eq!(server.connect().get("/v2/health/ready").unwrap().status, 200);
    // It is made good, and followed without a restart.
    make_good(&saved);
    server.follows("1.1.0");
}

#[test]
fn a_registry_that_is_away_does_not_end_the_service() {
    let Some(live) = Live::new() else { return };
    live.second();
    let server = live.serve(&["bikes@champion"]);
    let move_database = |from: &str, to: &str| {
        for end in ["", "-wal", "-shm"] {
            let home = live.sandbox.home();
            _ = fs::rename(home.join(format!("{from}{end}")), home.join(format!("{to}{end}")));
        }
    };
    move_database("plimsoll.db", "away");
    server.live_through(0..2);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(server.version(), "1.0.0");
    move_database("away", "plimsoll.db");
    live.call(&["deploy", "bikes@1.1.0"], 0);
    server.follows("1.1.0");
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
}

#[test]
fn an_alias_that_points_nowhere_leaves_what_is_served() {
    let Some(live) = Live::new() else { return };
    live.second();
    let server = live.serve(&["bikes@champion"]);
    live.call(&["model", "alias", "bikes@champion", "--remove", "--because", "unsure"], 0);
    says(&server, "the alias cannot be followed");
    assert_eq!(server.version(), "1.0.0");
    live.call(&["deploy", "bikes@1.1.0"], 0);
    server.follows("1.1.0");
}

#[track_caller]
fn says(server: &Server, words: &str) {
    super::scene::until(words, || server.logs().contains(words));
}

fn make_good(saved: &[(std::path::PathBuf, Vec<u8>)]) {
    for (path, bytes) in saved {
        fs::write(path, bytes).unwrap();
    }
}

fn files(bundle: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = fs::read_dir(bundle.join("blobs/sha256")).unwrap().map(|it| it.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}
