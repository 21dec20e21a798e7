//! The tutorial in `docs/src/guides/ship-and-watch.md`, typed as it stands there.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::release;
use crate::sandbox::Sandbox;

/// Returns what stands in the blocks of a language, one after the other.
fn blocks(page: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let pieces = page.split(&fence).skip(1);
    pieces.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_tutorial_can_be_typed_as_it_stands() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/guides");
    let page = fs::read_to_string(page.join("ship-and-watch.md")).unwrap();
    let sandbox = Sandbox::new();
    sandbox.share_environments();
    // A person at a terminal is made a key by the first release; a test has no terminal.
    let roles = "[builder, gate, release]";
    release::scene::trust_in(sandbox.home(), "keys/signing.pem", "trust.yaml", 7, roles);
    // The program by its name, and no port that something else may listen on.
    let programs = sandbox.home().join("bin");
    fs::create_dir_all(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_plimsoll"), programs.join("plimsoll")).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let commands = blocks(&page, "sh").replace("8080", &free.to_string());
    assert!(commands.contains("plimsoll monitor"), "{commands}");
    // The server ends with the shell, whatever went wrong.
    let script = format!("set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{commands}");

    let like = sandbox.command(["--version"]);
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(programs).chain(std::env::split_paths(&path));
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(sandbox.repo()).stdin(Stdio::null()).env_clear();
    shell.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("PATH", std::env::join_paths(folders).unwrap());
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "Test"),
        ("GIT_AUTHOR_EMAIL", "test@example.org"),
        ("GIT_COMMITTER_NAME", "Test"),
        ("GIT_COMMITTER_EMAIL", "test@example.org"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ] {
        shell.env(name, value);
    }
    let ended = sandbox.ended(&shell.output().unwrap());
    if ended.stderr.contains("could not be installed") || ended.stderr.contains("no network") {
        println!("skipped: the example's packages cannot be installed here:\n{ended}");
        assert!(std::env::var_os("CI").is_none(), "CI must install them:\n{ended}");
        return;
    }
    assert_eq!(ended.code, Some(0), "{ended}");
    for said in [
        "gate pass: 3 of 4 rules hold",
        "bike-demand@1.0.0 released",
        "bike-demand@1.0.0 is served on",
        "335 labels for bike-demand: 335 new, 0 corrected, 0 known already",
        "✗ bike-demand@1.0.0: breach",
        "next: plimsoll retrain bike-demand --because blake3:",
        "all 14 labelled days (2012-01-01 to 2012-01-14) are withheld",
        "withheld 335 rows of 2012-01-18 to 2012-01-31",
        "champion of bike-demand is bike-demand@1.1.0 now, was 1.0.0",
        "{\"name\":\"bike-demand\",\"ready\":true}",
    ] {
        assert!(format!("{ended}").contains(said), "`{said}` is not said:\n{ended}");
    }
    let log = sandbox.read("bike-demand/build/serve.log");
    assert!(log.contains("stopped: 742 predictions, 742 recorded, 0 lost"), "{log}");
}
