use std::os::unix::fs::symlink;

use super::*;

/// This test's own program, which needs what programs need.
fn program() -> PathBuf {
    std::env::current_exe().unwrap()
}

#[test]
fn what_a_program_needs_is_found_with_what_that_needs() {
    let base = Base::of(Path::new("/"), &[&program()]).unwrap();
    let paths: Vec<&str> = base.files().map(|file| file.path.as_str()).collect();
    assert!(paths.iter().any(|path| path.ends_with("/libc.so.6")), "{paths:?}");
    assert!(paths.iter().any(|path| path.contains("ld-linux")), "{paths:?}");
    let tree = base.tree().unwrap();
    for path in ["etc/passwd", "etc/group", "tmp", "usr/share/plimsoll/base.json"] {
        assert!(tree.nodes.contains_key(path), "{path}");
    }
    for file in base.files() {
        assert!(tree.nodes.contains_key(&file.path));
        let real = std::fs::read(Path::new("/").join(&file.path)).unwrap();
        assert_eq!(file.digest, Digest::sha256(&real));
    }
}

/// Makes a system with the libraries of this one, and returns where it is.
fn system() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let base = Base::of(Path::new("/"), &[&program()]).unwrap();
    for (path, (_, bytes)) in &base.files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    root
}

fn library(root: &Path, name: &str) -> PathBuf {
    let (path, _) = look(root, name, "a test").unwrap();
    path
}

#[test]
fn a_file_belongs_to_the_package_whose_list_has_it() {
    let root = system();
    let libc = library(root.path(), "libc.so.6");
    let inside = libc.strip_prefix(root.path()).unwrap().display().to_string();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    // The list has the name from before `/lib` became a link.
    let listed = inside.strip_prefix("usr").unwrap_or(&inside);
    write(
        "var/lib/dpkg/info/libc6:amd64.list",
        &format!("/.\n/{}\n", listed.trim_start_matches('/')),
    );
    write("var/lib/dpkg/info/other.list", "/etc/other\n");
    write(
        "var/lib/dpkg/status",
        "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n\nPackage: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9\nConffiles:\n /etc/ld.so.conf 00\nHomepage: https://example.org\n\n",
    );
    write("usr/share/doc/libc6/copyright", "LGPL\n");
    write("etc/os-release", "ID=debian\n");
    let base = Base::of(root.path(), &[&program()]).unwrap();
    let file = base.files().find(|file| file.path == inside).unwrap();
    assert_eq!(file.package.as_deref(), Some("libc6 2.36-9"));
    assert!(base.unattributed().count() > 0);
    insta::assert_snapshot!(base.packages[0].stanza, @r"
    Package: libc6
    Status: install ok installed
    Architecture: amd64
    Source: glibc
    Version: 2.36-9
    Homepage: https://example.org
    ");
    let tree = base.tree().unwrap();
    for path in ["var/lib/dpkg/status.d/libc6", "usr/share/doc/libc6/copyright", "etc/os-release"] {
        assert!(tree.nodes.contains_key(path), "{path}");
    }
}

#[test]
fn a_library_that_is_missing_damaged_or_elsewhere_is_refused() {
    let root = system();
    let libc = library(root.path(), "libc.so.6");
    let whole = std::fs::read(&libc).unwrap();
    let of = || Base::of(root.path(), &[&program()]).map(drop);

    std::fs::remove_file(&libc).unwrap();
    let missing = of().unwrap_err();
    assert!(matches!(missing, MakeBaseError::Missing { .. }), "{missing}");

    std::fs::write(&libc, &whole[..whole.len() / 2]).unwrap();
    let damaged = of().unwrap_err();
    assert!(matches!(damaged, MakeBaseError::Form { .. }), "{damaged}");

    // Another library of that name has none of the versions that the program needs.
    std::fs::copy(library(Path::new("/"), "libm.so.6"), &libc).unwrap();
    let older = of().unwrap_err();
    assert!(matches!(older, MakeBaseError::TooOld { .. }), "{older}");

    std::fs::remove_file(&libc).unwrap();
    symlink(library(Path::new("/"), "libc.so.6").canonicalize().unwrap(), &libc).unwrap();
    let out = std::error::Error::source(&of().unwrap_err()).unwrap().to_string();
    assert!(out.contains("a link out of"), "{out}");

    std::fs::remove_file(&libc).unwrap();
    std::fs::write(&libc, &whole).unwrap();
    of().unwrap();
}

#[test]
fn a_program_without_a_loader_is_refused() {
    let library = library(Path::new("/"), "libm.so.6");
    let error = Base::of(Path::new("/"), &[&library]).unwrap_err();
    insta::assert_snapshot!(error, @"the programs name 0 loaders (expected one: a program for linux/amd64 with glibc)");
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "#!/bin/sh\n").unwrap();
    assert!(matches!(Base::of(Path::new("/"), &[script.path()]), Err(MakeBaseError::Form { .. })));
}
