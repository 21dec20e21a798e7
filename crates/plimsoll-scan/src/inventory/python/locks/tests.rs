use super::*;
use crate::inventory::{Inventory, Kind};

type Reader = fn(&str, &mut Gathering<'_>) -> Result<(), Problem>;

fn read(reader: Reader, text: &str) -> Result<Inventory, Problem> {
    let mut gathering = Gathering::new("a.lock");
    reader(text, &mut gathering)?;
    Ok(gathering.finish(Kind::UvLock).unwrap())
}

#[test]
fn reads_uv() {
    let text = r#"
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "demo"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "numpy" }]

[[package]]
name = "numpy"
version = "2.2.3"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "torch"
version = "2.6.0+cpu"
source = { registry = "https://download.pytorch.org/whl/cpu" }

[[package]]
name = "sqlparse"
version = "0.5.4"
source = { git = "https://token@example.org/sqlparse?rev=main#00" }
"#;
    insta::assert_snapshot!(read(read_uv, text).unwrap().shown(), @r"
    PyPI numpy 2.2.3 (a.lock:12)
    PyPI sqlparse 0.5.4 (a.lock:22)
    PyPI torch 2.6.0+cpu (a.lock:17)
    not audited: sqlparse 0.5.4: it comes from https://example.org/sqlparse?rev=main#00, not from the registry that advisories speak of (a.lock:22)
    note: left out, since they are the project's own: `demo`
    note: packages come from https://download.pytorch.org/whl/cpu, where a name may stand for another package than on PyPI
    ");
}

#[test]
fn reads_poetry_old_and_new() {
    let new = r#"
[[package]]
name = "Jinja2"
version = "3.0.3"
groups = ["main"]

[[package]]
name = "mine"
version = "1.0"
[package.source]
type = "directory"
url = "../mine"

[[package]]
name = "theirs"
version = "1.0"
[package.source]
type = "url"
url = "https://example.org/theirs.zip"

[metadata]
lock-version = "2.1"
content-hash = "00"
"#;
    insta::assert_snapshot!(read(read_poetry, new).unwrap().shown(), @r"
    PyPI Jinja2 3.0.3 (a.lock:2)
    PyPI theirs 1.0 (a.lock:14)
    not audited: theirs 1.0: it comes from https://example.org/theirs.zip, not from the registry that advisories speak of (a.lock:14)
    note: left out, since they are the project's own: `mine`
    ");
    let old = "[[package]]\ncategory = 'main'\nname = 'six'\nversion = '1.11.0'\n[metadata]\ncontent-hash = '00'\n[metadata.hashes]\nsix = []";
    assert_eq!(read(read_poetry, old).unwrap().packages.len(), 1);
}

#[test]
fn reads_pdm() {
    let text = r#"
[metadata]
groups = ["default"]
lock_version = "4.5.0"

[[package]]
name = "click"
version = "8.1.7"

[[package]]
name = "click"
version = "8.1.7"
extras = ["x"]

[[package]]
name = "mine"
version = "1.0"
path = "./mine"
editable = true

[[package]]
name = "theirs"
version = "1.0"
git = "https://example.org/theirs.git"
revision = "00"
"#;
    insta::assert_snapshot!(read(read_pdm, text).unwrap().shown(), @r"
    PyPI click 8.1.7 (a.lock:6)
    PyPI theirs 1.0 (a.lock:21)
    not audited: theirs 1.0: it comes from https://example.org/theirs.git, not from the registry that advisories speak of (a.lock:21)
    note: left out, since they are the project's own: `mine`
    ");
}

#[test]
fn reads_pipfile() {
    let text = r#"{
    "_meta": {"pipfile-spec": 6, "sources": [{"name": "pypi", "url": "https://pypi.org/simple"}]},
    "default": {
        "requests": {"index": "pypi", "version": "==2.27.1"},
        "mine": {"editable": true, "path": "."},
        "theirs": {"git": "https://example.org/theirs.git", "ref": "00"}
    },
    "develop": {
        "pytest": {"version": "*"}
    }
}"#;
    insta::assert_snapshot!(read(read_pipfile, text).unwrap().shown(), @r"
    PyPI pytest ? (a.lock:9)
    PyPI requests 2.27.1 (a.lock:4)
    PyPI theirs ? (a.lock:6)
    not audited: pytest: no exact version is given (`*`; expected `==`) (a.lock:9)
    not audited: theirs: it comes from https://example.org/theirs.git, which says nothing of its version (a.lock:6)
    note: left out, since they are the project's own: `mine`
    ");
}

#[test]
fn refuses_locks_from_the_future_and_of_no_version() {
    let futures: [(Reader, &str); 4] = [
        (read_uv, "version = 2"),
        (read_poetry, "[metadata]\nlock-version = '3.0'"),
        (read_pdm, "[metadata]\nlock_version = '5.0'"),
        (read_pipfile, "{\"_meta\": {\"pipfile-spec\": 7}}"),
    ];
    let errors: Vec<String> =
        futures.iter().map(|(reader, text)| read(*reader, text).unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    version 2 of uv.lock is not known (known: 1); write it in one of those, or use a newer Plimsoll
    version 3.0 of poetry.lock is not known (known: 1.x, 2.x); write it in one of those, or use a newer Plimsoll
    version 5.0 of pdm.lock is not known (known: 2 to 4); write it in one of those, or use a newer Plimsoll
    version 7 of Pipfile.lock is not known (known: 6); write it in one of those, or use a newer Plimsoll
    ");
    let nothing: [(Reader, &str); 4] =
        [(read_uv, ""), (read_poetry, ""), (read_pdm, ""), (read_pipfile, "{}")];
    for (reader, text) in nothing {
        assert!(read(reader, text).unwrap_err().to_string().contains("does not say"));
    }
}

#[test]
fn refuses_what_has_no_name() {
    let error = read(read_uv, "version = 1\n[[package]]\nversion = '1'").unwrap_err();
    insta::assert_snapshot!(error, @"line 2: `name` is missing, empty or no text");
    let error = read(read_uv, "version = 1\npackage = 3").unwrap_err();
    insta::assert_snapshot!(error, @"line 2: `package` is no list");
}
