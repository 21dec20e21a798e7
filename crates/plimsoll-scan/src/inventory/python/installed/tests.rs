use std::fs;
use std::path::Path;

use super::*;
use crate::inventory::python::read_environment;
use crate::inventory::{Inventory, InventoryError, Kind};

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(root: &Path) -> Result<Inventory, InventoryError> {
    let mut gathering = Gathering::new("env");
    read_environment(root, "env", &mut gathering)?;
    Ok(gathering.finish(Kind::Environment).unwrap())
}

#[test]
fn reads_what_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let site = "lib/python3.11/site-packages";
    let files = [
        (
            "a-1.0.dist-info/METADATA",
            "Name: a\nVersion: 1.0\nLicense-Expression: MIT\nLicense-File: LICENSE\nLicense-File: gone\n\nbody",
        ),
        ("a-1.0.dist-info/licenses/LICENSE", "the text"),
        ("a-1.0.dist-info/licenses/vendor/x/COPYING", "another"),
        ("a-1.0.dist-info/RECORD", "..."),
        ("b-2.0.dist-info/METADATA", "Name: b\nVersion: 2.0\nLicense: BSD\n"),
        ("b-2.0.dist-info/LICENSE.txt", "bsd"),
        ("c-3.0.dist-info/METADATA", "Name: c\nVersion: 3.0\n"),
        (
            "c-3.0.dist-info/direct_url.json",
            r#"{"dir_info": {"editable": true}, "url": "file:///c"}"#,
        ),
        ("d-4.0.dist-info/METADATA", "Name: d\nVersion: 4.0\n"),
        (
            "d-4.0.dist-info/direct_url.json",
            r#"{"vcs_info": {}, "url": "https://t@example.org/d"}"#,
        ),
        ("e-5.0.dist-info/RECORD", "no metadata"),
        ("f.egg-info/PKG-INFO", "Name: f\nVersion: 6.0\n"),
        ("g-7.0-py3.egg-info", "Name: g\nVersion: 7.0\n"),
        ("h-8.0-py3.egg/EGG-INFO/PKG-INFO", "Name: h\nVersion: 8.0\n"),
        ("i-9.0.dist-info/METADATA", "no fields"),
        ("j/other.dist-info/METADATA", "Name: j\nVersion: 1\n"),
    ];
    let files = files.map(|(path, text)| (format!("{site}/{path}"), text));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    write(folder.path(), &files);
    write(
        folder.path(),
        &[("conda-meta/k-1.json", r#"{"name": "k", "version": "1", "license": "Zlib"}"#)],
    );
    let inventory = read(folder.path()).unwrap();
    insta::assert_snapshot!(inventory.shown(), @r"
    PyPI a 1.0 [MIT] (env/lib/python3.11/site-packages/a-1.0.dist-info/METADATA)
    PyPI b 2.0 [BSD] (env/lib/python3.11/site-packages/b-2.0.dist-info/METADATA)
    PyPI d 4.0 (env/lib/python3.11/site-packages/d-4.0.dist-info/METADATA)
    PyPI f 6.0 (env/lib/python3.11/site-packages/f.egg-info/PKG-INFO)
    PyPI g 7.0 (env/lib/python3.11/site-packages/g-7.0-py3.egg-info)
    PyPI h 8.0 (env/lib/python3.11/site-packages/h-8.0-py3.egg/EGG-INFO/PKG-INFO)
    Conda k 1 [Zlib] (env/conda-meta/k-1.json)
    not audited: e-5.0.dist-info: it has no `METADATA`, so what is installed is not known (env/lib/python3.11/site-packages/e-5.0.dist-info/METADATA)
    not audited: i-9.0.dist-info: its metadata has no `Name` (env/lib/python3.11/site-packages/i-9.0.dist-info/METADATA)
    not audited: d 4.0: it comes from https://example.org/d, not from the registry that advisories speak of (env/lib/python3.11/site-packages/d-4.0.dist-info/METADATA)
    note: left out, since they are the project's own: `c`
    ");
    let published = &inventory.packages.iter().find(|it| it.name == "a").unwrap().published;
    let texts: Vec<_> =
        published.files.iter().map(|it| (it.name.as_str(), it.text.as_deref())).collect();
    let expected =
        [("LICENSE", Some("the text")), ("gone", None), ("vendor/x/COPYING", Some("another"))];
    assert_eq!(texts, expected);
    // The folder itself will do as well; only the place differs.
    let inside = read(&folder.path().join(site)).unwrap();
    assert_eq!(inside.packages.len() + 1, inventory.packages.len());
}

#[test]
fn an_empty_folder_is_no_environment() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(read(folder.path()).unwrap_err(), @"env: no `*.dist-info` is in it, nor in its `lib/python3*/site-packages` (an environment is the folder that packages are installed in, or the root of a venv)");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_only() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), &[("METADATA", "Name: secret\nVersion: 1\n")]);
    write(folder.path(), &[("store/METADATA", "Name: in\nVersion: 1\n")]);
    write(folder.path(), &[("in-1.dist-info/RECORD", ""), ("out-1.dist-info/RECORD", "")]);
    let link = |target: &Path, at: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(at)).unwrap();
    };
    link(Path::new("../store/METADATA"), "in-1.dist-info/METADATA");
    link(&outside.path().join("METADATA"), "out-1.dist-info/METADATA");
    link(outside.path(), "all-1.dist-info");
    link(Path::new(".."), "in-1.dist-info/licenses");
    let inventory = read(folder.path()).unwrap();
    insta::assert_snapshot!(inventory.shown(), @r"
    PyPI in 1 (env/in-1.dist-info/METADATA)
    not audited: all-1.dist-info: it is a link that leads out of the environment or nowhere (env/all-1.dist-info/METADATA)
    not audited: out-1.dist-info: it is a link that leads out of the environment or nowhere (env/out-1.dist-info/METADATA)
    ");
}
