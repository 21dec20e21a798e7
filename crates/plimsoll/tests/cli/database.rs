//! The database of advisories, fetched from a mirror: only what changed, all of it or nothing.

pub(crate) mod mirror;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use self::mirror::{Fault, Mirror};
use crate::live::scene::until;
use crate::sandbox::{Ended, Sandbox};

/// Returns an advisory on every version of a package.
pub(crate) fn record(id: &str, ecosystem: &str, package: &str, modified: &str) -> String {
    format!(
        r#"{{ "id": "{id}", "modified": "{modified}T00:00:00Z", "summary": "of a test",
            "affected": [{{ "package": {{ "ecosystem": "{ecosystem}", "name": "{package}" }},
                "ranges": [{{ "type": "SEMVER", "events": [{{ "introduced": "0" }}] }}] }}] }}"#
    )
}

/// A mirror with an advisory of npm and one of crates.io.
fn mirror() -> Mirror {
    let mirror = Mirror::new();
    mirror.put("npm", &[("GHSA-1", &record("GHSA-1", "npm", "levers", "2021-05-01"))]);
    mirror.put(
        "crates.io",
        &[("RUSTSEC-1", &record("RUSTSEC-1", "crates.io", "gears", "2021-05-01"))],
    );
    mirror
}

fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(["database"].iter().chain(arguments));
    command.env("XDG_CACHE_HOME", sandbox.home().join("cache"));
    command
}

fn update(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let output = command(sandbox, &[&["update"], arguments].concat()).output().unwrap();
    sandbox.ended(&output)
}

#[track_caller]
fn updated(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let output = command(sandbox, &[&["update", "--json"], arguments].concat()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn shown(sandbox: &Sandbox) -> Value {
    let output = command(sandbox, &["show", "--json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn file(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("advisories.db")
}

const BOTH: [&str; 4] = ["--ecosystem", "npm", "--ecosystem", "crates.io"];

#[test]
fn only_what_changed_is_fetched_and_all_of_it_is_as_of_now() {
    let (sandbox, mirror) = (Sandbox::new(), mirror());
    let from = ["--from", &mirror.base];
    let first = updated(&sandbox, &[&BOTH[..], &from].concat());
    assert_eq!(mirror.asked(), ["200 /osv/npm/all.zip", "200 /osv/crates.io/all.zip"]);
    assert_eq!(first["advisories"], 2);
    let exports = first["exports"].as_array().unwrap();
    let names: Vec<&str> = exports.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let (npm, crates) =
        (format!("{}/npm/all.zip", mirror.base), format!("{}/crates.io/all.zip", mirror.base));
    assert_eq!(names, [&crates, &npm]);
    // Its advisories are old, and it is known to be all that there is.
    assert_eq!(first["age-days"], 0);
    assert!(exports[0]["retrieved"].is_string(), "{first}");

    // The same again, of itself: nothing is sent, and it is as of now.
    let second = updated(&sandbox, &[]);
    assert_eq!(mirror.asked(), ["304 /osv/crates.io/all.zip", "304 /osv/npm/all.zip"]);
    assert_eq!(second["ecosystems"], first["ecosystems"]);
    let retrieved = |of: &Value| of["exports"][0]["retrieved"].as_str().unwrap().to_owned();
    assert_ne!(retrieved(&second), retrieved(&first));
    assert_ne!(second["digest"], first["digest"]);
    assert_eq!(second["exports"][0]["digest"], first["exports"][0]["digest"]);
    assert_eq!(shown(&sandbox)["digest"], second["digest"]);

    mirror.put("npm", &[("GHSA-2", &record("GHSA-2", "npm", "wheels", "2021-06-01"))]);
    let ended = update(&sandbox, &[]);
    assert_eq!(mirror.asked(), ["304 /osv/crates.io/all.zip", "200 /osv/npm/all.zip"]);
    assert!(ended.stderr.contains("crates.io: unchanged"), "{ended}");
    assert!(ended.stderr.contains("npm: fetched"), "{ended}");
    assert!(ended.stderr.contains("is the mirror still filled?"), "{ended}");
    sandbox.write(
        "package-lock.json",
        r#"{"name": "a", "lockfileVersion": 3, "packages": {"node_modules/wheels": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/wheels/-/wheels-1.0.0.tgz", "integrity": "sha512-AA=="}}}"#,
    );
    let scan = ["scan", "vulnerabilities", "package-lock.json", "--max-age", "1", "--json"];
    let found: Value =
        serde_json::from_slice(&sandbox.command(scan).output().unwrap().stdout).unwrap();
    assert_eq!(found["findings"][0]["id"], "GHSA-2", "{found}");
    assert_eq!(found["problems"], Value::Null, "{found}");

    // What is no longer as it was fetched is fetched again, and so is what was removed.
    for entry in fs::read_dir(sandbox.home().join("cache/plimsoll/advisories")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "zip") {
            fs::write(path, "tampered").unwrap();
        }
    }
    updated(&sandbox, &[]);
    assert_eq!(mirror.asked(), ["200 /osv/crates.io/all.zip", "200 /osv/npm/all.zip"]);
}

#[test]
fn another_mirror_has_the_same_exports() {
    let (sandbox, one, other) = (Sandbox::new(), mirror(), mirror());
    let output = command(&sandbox, &[&["update"], &BOTH[..]].concat())
        .env("PLIMSOLL_OSV_MIRROR", &one.base)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(one.asked().len(), 2);
    let moved = updated(&sandbox, &["--from", &format!("{}/", other.base)]);
    assert_eq!(other.asked(), ["200 /osv/crates.io/all.zip", "200 /osv/npm/all.zip"]);
    assert!(moved["exports"][0]["name"].as_str().unwrap().starts_with(&other.base));

    // One that fell behind is not followed.
    one.put("npm", &[("GHSA-1", &record("GHSA-1", "npm", "levers", "2021-04-01"))]);
    let before = fs::read(file(&sandbox)).unwrap();
    let behind = update(&sandbox, &["--from", &one.base]);
    assert_eq!(behind.code, Some(75), "{behind}");
    assert!(behind.stderr.contains("is older than what the database has"), "{behind}");
    assert!(behind.stderr.contains("of 2021-04-01"), "{behind}");
    assert!(before == fs::read(file(&sandbox)).unwrap());
}

#[test]
fn of_several_exports_all_are_there_or_the_database_stays() {
    let (sandbox, mirror) = (Sandbox::new(), mirror());
    let from = ["--from", &mirror.base];
    updated(&sandbox, &[&BOTH[..], &from].concat());
    let before = fs::read(file(&sandbox)).unwrap();
    let steady = |ended: &Ended| ended.to_string().replace(&mirror.base, "MIRROR");

    let three = [&BOTH[..], &["--ecosystem", "Nowhere"], &from].concat();
    insta::assert_snapshot!(steady(&update(&sandbox, &three)), @r"
    exit code: 2
    --- stderr
    npm: unchanged
    crates.io: unchanged
    error: 1 of 3 exports are not there: MIRROR/Nowhere/all.zip cannot be fetched: status 404
    hint: HOME/advisories.db was left as it is; a mirror lists its ecosystems in `ecosystems.txt`
    ");
    mirror.fail("npm", Some(Fault::Status(503)));
    insta::assert_snapshot!(steady(&update(&sandbox, &["--ecosystem", "npm", "--from", &mirror.base])), @r"
    exit code: 75
    --- stderr
    error: MIRROR/npm/all.zip cannot be fetched: status 503
    hint: HOME/advisories.db was left as it is; what was fetched is not fetched again
    ");
    assert!(before == fs::read(file(&sandbox)).unwrap());

    // Broken off is gone on with.
    mirror.put("npm", &[("GHSA-3", &record("GHSA-3", "npm", "levers", "2021-07-01"))]);
    mirror.fail("npm", Some(Fault::Broken));
    mirror.asked();
    updated(&sandbox, &[]);
    let asked = ["304 /osv/crates.io/all.zip", "200 /osv/npm/all.zip", "206 /osv/npm/all.zip"];
    assert_eq!(mirror.asked(), asked);

    // A page that says that one has to log in is no export, and is not kept as one.
    let before = fs::read(file(&sandbox)).unwrap();
    mirror.put_bytes("npm", b"<html>log in</html>".to_vec());
    for _ in 0..2 {
        mirror.asked();
        let ended = update(&sandbox, &[]);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains("is no zip of advisories"), "{ended}");
        assert_eq!(mirror.asked()[1], "200 /osv/npm/all.zip");
    }
    assert!(before == fs::read(file(&sandbox)).unwrap());
}

#[test]
fn a_killed_update_leaves_the_database_and_nothing_else() {
    let (sandbox, mirror) = (Sandbox::new(), mirror());
    let from = ["--from", &mirror.base];
    updated(&sandbox, &[&BOTH[..], &from].concat());
    let before = fs::read(file(&sandbox)).unwrap();
    mirror.put("npm", &[("GHSA-2", &record("GHSA-2", "npm", "wheels", "2021-06-01"))]);
    mirror.fail("npm", Some(Fault::Stuck));
    mirror.asked();
    let mut child = command(&sandbox, &["update"]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut asked = Vec::new();
    until("the export is under way", || {
        asked.extend(mirror.asked());
        asked.len() == 2
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(before == fs::read(file(&sandbox)).unwrap());
    mirror.fail("npm", None);
    assert_eq!(updated(&sandbox, &[])["advisories"], 2);
    let left = fs::read_dir(sandbox.home().join("cache/plimsoll/advisories")).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert!(left.into_iter().all(|name| !name.starts_with('.')));
}

#[test]
fn two_updates_at_once_are_one_after_the_other() {
    let (sandbox, mirror) = (Sandbox::new(), mirror());
    let call = [&["update"], &BOTH[..], &["--from", &mirror.base]].concat();
    let begin = || command(&sandbox, &call).stdout(Stdio::null()).spawn().unwrap();
    let mut both = [begin(), begin()];
    for child in &mut both {
        assert!(child.wait().unwrap().success());
    }
    let mut asked = mirror.asked();
    asked.sort();
    let (npm, crates) = ("/osv/npm/all.zip", "/osv/crates.io/all.zip");
    let once = [format!("200 {crates}"), format!("200 {npm}")];
    let then = [format!("304 {crates}"), format!("304 {npm}")];
    assert_eq!(asked, [once, then].concat());
    assert_eq!(shown(&sandbox)["advisories"], 2);
}

#[test]
fn what_does_not_say_what_to_fetch_is_refused() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(update(&sandbox, &[]), @r"
    exit code: 2
    --- stderr
    error: nothing says which exports the database is to be made of
    hint: `plimsoll database update --ecosystem PyPI` fetches that of PyPI; one that lies here is named by its path
    ");
    insta::assert_snapshot!(update(&sandbox, &["--from", "http://mirror.example.org", "--ecosystem", "npm"]), @r"
    exit code: 2
    --- stderr
    error: http://mirror.example.org/npm/all.zip would be fetched without TLS, so that anybody on the way could change it
    hint: HOME/advisories.db was left as it is; `--plain-http` fetches it nevertheless
    ");
    let record = record("GHSA-1", "npm", "levers", "2021-05-01");
    sandbox.write("records/GHSA-1.json", &record);
    updated(&sandbox, &["records"]);
    insta::assert_snapshot!(update(&sandbox, &[]), @r"
    exit code: 2
    --- stderr
    error: the database was made of records too, which is not fetched from anywhere
    hint: name everything that it is to be made of, such as `records` and `--ecosystem PyPI`
    ");
    // A mirror that lies here is read, and files and what is fetched go together.
    let mirror = mirror();
    let address = format!("{}/npm/all.zip", mirror.base);
    assert_eq!(updated(&sandbox, &["records", &address])["exports"].as_array().unwrap().len(), 2);
    let folder = update(&sandbox, &["--from", "nowhere", "--ecosystem", "npm"]);
    assert!(folder.stderr.contains("nowhere/npm/all.zip could not be opened"), "{folder}");
}

#[test]
fn what_is_fetched_of_real_exports_is_what_they_are() {
    let exports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osv");
    if !exports.is_dir() {
        println!("skipped: there are no exports in {}", exports.display());
        return;
    }
    let (sandbox, mirror) = (Sandbox::new(), Mirror::new());
    let mut files = Vec::new();
    let mut call = vec!["--from".to_owned(), mirror.base.clone()];
    for name in ["PyPI", "crates.io", "Debian"] {
        let path = exports.join(format!("{name}.zip"));
        mirror.put_bytes(name, fs::read(&path).unwrap());
        files.push(path.display().to_string());
        call.extend(["--ecosystem".to_owned(), name.to_owned()]);
    }
    let call: Vec<&str> = call.iter().map(String::as_str).collect();
    let fetched = updated(&sandbox, &call);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let here = updated(&sandbox, &[&["--output", "here.db"], &files[..]].concat());
    for field in ["advisories", "withdrawn", "newest", "ecosystems", "foreign", "unreadable"] {
        assert_eq!(fetched[field], here[field], "{field}");
    }
    let digests = |of: &Value| {
        let exports = of["exports"].as_array().unwrap().iter();
        let mut digests: Vec<String> = exports.map(|it| it["digest"].to_string()).collect();
        digests.sort();
        digests
    };
    assert_eq!(digests(&fetched), digests(&here));
    assert_eq!(fetched["age-days"], 0);
    assert_ne!(here["age-days"], 0);
}
