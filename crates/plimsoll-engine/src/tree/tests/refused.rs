use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::*;

#[test]
fn links_are_followed_inside_and_refused_outside() {
    let repository = Repository::with(&[("real/a", "one"), ("d/x", "x"), (".plimsoll/s", "s")]);
    let outside = tempfile::tempdir().unwrap();
    let outside = outside.path().canonicalize().unwrap();
    fs::write(outside.join("secret"), "s").unwrap();
    let link = |target: &str, at: &str| symlink(target, repository.at(at)).unwrap();
    link("real/a", "to-file");
    link("real", "to-folder");
    link("../real", "d/to-real");
    link(outside.join("secret").to_str().unwrap(), "out-file");
    link(outside.to_str().unwrap(), "out-folder");
    link("nowhere", "dangling");
    link("round", "round");
    link(".plimsoll", "private");

    let one = Digest::blake3(b"one");
    assert_eq!(repository.hash("to-file").unwrap().digest, one);
    assert_eq!(repository.hash("to-folder/a").unwrap().digest, one);
    let through = repository.hash("d").unwrap().tree.unwrap();
    assert_eq!(through.0.keys().map(RepoPath::as_str).collect::<Vec<_>>(), ["to-real/a", "x"]);

    let place = outside.display();
    let advice = "which lies outside the repository (copy what it names into the repository, or \
                  declare it as a dataset there)";
    let out_file = format!("`out-file` is a link to {place}/secret, {advice}");
    assert_eq!(repository.refusal("out-file"), out_file);
    let out_folder = format!("`out-folder` is a link to {place}, {advice}");
    assert_eq!(repository.refusal("out-folder/secret"), out_folder);
    assert_eq!(
        repository.refusal("dangling"),
        "`dangling` is a link to nowhere, which is not there"
    );
    assert_eq!(
        repository.refusal("round"),
        "`round` is a link that leads back to itself or to a folder that it lies in"
    );
    assert_eq!(
        repository.refusal("private/s"),
        "`private` is a link to ROOT/.plimsoll, in a folder that no step may touch"
    );
    assert!(repository.code(&["*"], &[]).unwrap_err().starts_with("`dangling` is a link"));
}

#[test]
fn links_that_lead_round_are_refused() {
    let repository = Repository::with(&[("a/x", "x"), ("b/y", "y"), ("c/sub/z", "z")]);
    symlink("../b", repository.at("a/to-b")).unwrap();
    assert!(repository.hash("a").is_ok());
    symlink("../a", repository.at("b/to-a")).unwrap();
    symlink("..", repository.at("c/sub/up")).unwrap();
    assert!(repository.refusal("a").starts_with("`a/to-b/to-a` is a link that leads back"));
    assert!(repository.refusal("c").starts_with("`c/sub/up` is a link that leads back"));
    assert!(repository.code(&["**/z"], &[]).unwrap_err().contains("leads back"));
}

#[test]
fn what_has_no_bytes_is_refused_by_name() {
    let repository = Repository::with(&[("d/a", "one")]);
    let made = Command::new("mkfifo").arg(repository.at("d/pipe")).status().unwrap();
    assert!(made.success());
    let _socket = UnixListener::bind(repository.at("socket")).unwrap();
    let expected = "(expected a file or a folder)";
    assert_eq!(repository.refusal("d"), format!("`d/pipe` is a named pipe {expected}"));
    assert_eq!(repository.refusal("socket"), format!("`socket` is a socket {expected}"));
    assert_eq!(repository.refusal("absent"), "`absent` is not there");
    assert_eq!(repository.refusal("d/a/b"), "`d/a/b` is not there");
    symlink("/dev/zero", repository.at("zero")).unwrap();
    assert!(repository.refusal("zero").contains("outside the repository"));
}

#[test]
fn names_that_other_machines_cannot_read_are_refused() {
    let repository = Repository::with(&[("d/a", "one"), ("e/b\\c", "two"), ("f/.git/x", "x")]);
    let name = std::ffi::OsStr::from_bytes(b"d/caf\xe9");
    fs::write(repository.folder.path().join(name), "x").unwrap();
    assert_eq!(repository.refusal("d"), "`d/caf\u{fffd}` has a name that is not UTF-8 (rename it)");
    assert_eq!(
        repository.refusal("e"),
        "a name in `e` cannot be used: `b\\\\c` contains a backslash (parts are separated by `/`)"
    );
    assert!(repository.refusal("f").contains("no step may touch"));
}
