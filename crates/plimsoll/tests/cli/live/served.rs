//! What `plimsoll serve` takes and refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use serde_json::json;

use super::scene::{flip_largest, rows};
use super::{Connection, Live};

#[test]
fn whatever_verifies_is_served() {
    let Some(live) = Live::new() else { return };
    live.call(&["release", "--output", "bikes.tar"], 0);
    let bundle = live.bundle("bikes@1.0.0");
    for what in ["bikes@champion", "bikes@1.0.0", bundle.to_str().unwrap(), "bikes.tar"] {
        let server = live.serve(&[what]);
        assert_eq!(server.shown["released"], true, "{what}");
        assert_eq!(server.shown["follows"].is_string(), what.ends_with("champion"), "{what}");
        assert_eq!(server.version(), "1.0.0");
        assert_eq!(server.connect().ask(&rows(0)).unwrap().status, 200);
        let metadata = server.connect().get("/v2/models/bikes").unwrap().json();
        assert_eq!(metadata["versions"], json!(["1.0.0"]), "{metadata}");
        let (code, logs) = server.end();
        assert_eq!(code, Some(0), "{logs}");
        assert!(logs.contains("stopped: 5 predictions, 5 recorded, 0 lost"), "{logs}");
    }
}

#[test]
fn a_bare_model_is_served_as_not_released_and_on_loopback_only() {
    let Some(live) = Live::new() else { return };
    let server = live.serve(&["next.onnx"]);
    assert_eq!(
        (&server.shown["released"], &server.shown["version"]),
        (&json!(false), &json!(null))
    );
    let metadata = server.connect().get("/v2/models/next").unwrap().json();
    assert!(metadata.to_string().contains(r#""released":false"#), "{metadata}");
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    live.sandbox.write("token", "a-secret-of-enough-letters-0123456789\n");
    chmod(&live, "token", 0o600);
    let outside = ["serve", "next.onnx", "--port", "0", "--host", "0.0.0.0"];
    let refused = live.call(&[&outside[..], &["--token-file", "token"]].concat(), 1);
    assert!(
        refused.stderr.contains("is not released, so it is served on loopback only"),
        "{refused}"
    );
}

#[test]
fn what_does_not_verify_is_not_served() {
    let Some(live) = Live::new() else { return };
    let refused = |what: &str, code: i32, word: &str| {
        let ended = live.call(&["serve", what, "--port", "0"], code);
        assert!(ended.stderr.contains(word), "`{word}` is not said: {ended}");
    };
    live.second();
    // A changed byte, in a copy and in the home.
    let bundle = live.bundle("bikes@1.1.0");
    let copy = live.sandbox.repo().join("tmp/tampered");
    copy_folder(&bundle, &copy);
    flip_largest(&copy);
    refused("tmp/tampered", 1, "hash");
    let kept = live.sandbox.repo().join("tmp/kept");
    copy_folder(&bundle, &kept);
    flip_largest(&bundle);
    refused("bikes@1.1.0", 1, "hash");
    // No bundle at all.
    fs::remove_dir_all(&bundle).unwrap();
    refused("bikes@1.1.0", 1, "is not in HOME/bundles");
    // Another version's in its place.
    copy_folder(&live.bundle("bikes@1.0.0"), &bundle);
    refused("bikes@1.1.0", 1, "bikes@1.0.0");
    fs::remove_dir_all(&bundle).unwrap();
    copy_folder(&kept, &bundle);
    live.serve(&["bikes@1.1.0"]);
    // A key that the trust file does not name.
    live.trust("other.pem", "other.yaml", 9);
    let other = live.sandbox.home().join("other.yaml");
    let stranger = ["serve", "bikes@1.1.0", "--port", "0", "--trust", other.to_str().unwrap()];
    let ended = live.call(&stranger, 1);
    assert!(ended.stderr.contains("which the trust file does not name"), "{ended}");
    // A version that was taken back.
    live.call(&["model", "yank", "bikes@1.1.0", "--because", "wrong"], 0);
    refused("bikes@1.1.0", 1, "was yanked");
    refused("bikes@7.0.0", 2, "7.0.0");
    refused("cars@champion", 2, "cars");
    refused("no/such/file.onnx", 2, "no file or folder here");
    // A text with the name of a model is none.
    live.sandbox.write("tmp/text.onnx", "hello\n");
    refused("tmp/text.onnx", 1, "");
    live.sandbox.write("tmp/folder/file", "hello\n");
    refused("tmp/folder", 1, "");
}

#[test]
fn others_than_loopback_need_a_token() {
    let Some(live) = Live::new() else { return };
    let secret = "a-secret-of-enough-letters-0123456789";
    let outside = ["serve", "bikes@1.0.0", "--port", "0", "--host", "0.0.0.0"];
    let refused = live.call(&outside, 2);
    assert!(refused.stderr.contains("--token-file"), "{refused}");
    live.sandbox.write("token", &format!("{secret}\n"));
    let with = [&outside[..], &["--token-file", "token"]].concat();
    for mode in [0o644, 0o640, 0o604, 0o660] {
        chmod(&live, "token", mode);
        let refused = live.call(&with, 2);
        assert!(refused.stderr.contains("is open to others"), "{refused}");
        assert!(refused.stderr.contains("chmod 600"), "{refused}");
    }
    chmod(&live, "token", 0o600);
    live.sandbox.write("empty", "\n");
    chmod(&live, "empty", 0o600);
    live.call(&[&outside[..], &["--token-file", "empty"]].concat(), 2);
    live.call(&[&outside[..], &["--token-file", "missing"]].concat(), 2);

    let server = live.serve(&["bikes@1.0.0", "--host", "0.0.0.0", "--token-file", "token"]);
    let local = std::net::SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    let connect = || Connection::open(local).unwrap();
    assert_eq!(connect().infer().unwrap().status, 401);
    assert!([401, 403].contains(&connect().with_token("another").infer().unwrap().status));
    assert!([401, 403].contains(&connect().with_token("").infer().unwrap().status));
    assert_eq!(connect().with_token(secret).infer().unwrap().status, 200);
    let logs = server.end().1;
    assert!(!logs.contains(secret), "{logs}");
}

#[test]
fn ending_in_peace_turns_the_journal_into_parquet() {
    let Some(live) = Live::new() else { return };
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = live.serve(&["bikes@champion"]);
        server.live_through(0..3);
        server.signal(signal);
        assert_eq!(server.wait(), Some(0), "{}", server.logs());
        assert_eq!(journals(&live), 0, "{signal:?}");
    }
    let captured = live.captured();
    assert_eq!((captured.rows, captured.repeated), (12, 12), "asked twice, each row once");
    for file in fs::read_dir(live.captures()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", file.path());
        }
    }
}

#[test]
fn a_server_that_is_ended_when_it_is_ready_ends_in_peace() {
    let Some(live) = Live::new() else { return };
    for _ in 0..10 {
        let (code, logs) = live.serve(&["bikes@champion"]).end();
        assert_eq!(code, Some(0), "{logs}");
    }
}

#[test]
fn nothing_is_recorded_where_that_is_not_wanted() {
    let Some(live) = Live::new() else { return };
    let server = live.serve(&["bikes@champion", "--no-capture"]);
    server.live_through(0..3);
    let (code, logs) = server.end();
    assert_eq!(code, Some(0));
    assert!(logs.contains("12 predictions, 0 recorded, 0 lost"), "{logs}");
    assert!(!live.captures().exists());
}

/// Returns how many journals there are.
fn journals(live: &Live) -> usize {
    let files = fs::read_dir(live.captures().join("journal")).unwrap();
    files.filter(|file| file.as_ref().unwrap().path().extension().is_some()).count()
}

fn chmod(live: &Live, file: &str, mode: u32) {
    let path = live.sandbox.repo().join(file);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
