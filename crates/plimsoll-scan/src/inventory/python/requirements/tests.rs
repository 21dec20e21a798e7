use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::inventory::{Inventory, Kind};

fn read(files: &[(&str, &str)]) -> Result<Inventory, InventoryError> {
    let files: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut include = |path: &str| {
        let text = files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    };
    let path = "req/main.txt";
    let mut gathering = Gathering::new(path);
    read_requirements(&files[path], path, &mut include, &mut gathering)?;
    Ok(gathering.finish(Kind::Requirements).unwrap())
}

#[test]
fn what_is_pinned_is_told_from_what_is_not() {
    let main = "\u{20}
# a comment \\
numpy==1.26.4 \\
    --hash=sha256:00 \\
    --hash=sha256:11  # why
pandas>=2
--index-url https://user:secret@example.org/simple
-r ../base.txt
-c constraints.txt
-e .
-e git+https://token@example.org/a.git#egg=a
requests[socks]==2.31.0;python_version<'3.13'
./vendor/b-1.0.tar.gz
https://example.org/c.zip
--what is-this
flask";
    let inventory = read(&[
        ("req/main.txt", main),
        ("base.txt", "urllib3\n-r req/main.txt\n-c req/constraints.txt"),
        ("req/constraints.txt", "Flask==2.0.2\nurllib3==1.26.8\nunused==1.0\n"),
    ]);
    insta::assert_snapshot!(inventory.unwrap().shown(), @r"
    PyPI a ? (req/main.txt:11)
    PyPI flask 2.0.2 (req/main.txt:16)
    PyPI numpy 1.26.4 (req/main.txt:3)
    PyPI pandas ? (req/main.txt:6)
    PyPI requests 2.31.0 (req/main.txt:12)
    PyPI urllib3 1.26.8 (base.txt:1)
    not audited: --what is-this: the line is no requirement and no option that is known (req/main.txt:15)
    not audited: ./vendor/b-1.0.tar.gz: it is a file of its own, of which nothing is known (req/main.txt:13)
    not audited: https://example.org/c.zip: it is an address, which says nothing of name and version (req/main.txt:14)
    not audited: a: it comes from git+https://example.org/a.git#egg=a, which says nothing of its version (req/main.txt:11)
    not audited: pandas: no exact version is given (`>=2`; expected `==`) (req/main.txt:6)
    note: left out, since they are the project's own: `.`
    note: req/main.txt, line 7: packages may come from https://example.org/simple, where a name may stand for another package
    ");
}

#[test]
fn a_file_that_cannot_be_read_ends_the_reading() {
    let error = read(&[("req/main.txt", "-r gone.txt")]).unwrap_err();
    insta::assert_snapshot!(error, @"req/gone.txt: cannot be read");
}

#[test]
fn files_that_name_new_files_for_ever_are_refused() {
    let mut number = 0;
    let mut include = |_: &str| {
        number += 1;
        Ok(format!("-r next{number}.txt").into_bytes())
    };
    let mut gathering = Gathering::new("main.txt");
    let error = read_requirements("-r next.txt", "main.txt", &mut include, &mut gathering);
    insta::assert_snapshot!(error.unwrap_err(), @"next15.txt: more than 16 levels of files that name each other, which is the most that is read");
}

#[test]
fn paths_stay_beside_each_other() {
    for (path, target, expected) in [
        ("a/b.txt", "c.txt", "a/c.txt"),
        ("a/b.txt", "../c.txt", "c.txt"),
        ("b.txt", "../c.txt", "../c.txt"),
        ("/b.txt", "c.txt", "/c.txt"),
        ("a/b.txt", "/c/./d.txt", "/c/d.txt"),
    ] {
        assert_eq!(beside(path, target), expected);
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "([\\PC]|[-#=\\\\\n ;@\\[\\]])*") {
        let mut include = |_: &str| Ok(Vec::new());
        let mut gathering = Gathering::new("a.txt");
        _ = read_requirements(&text, "a.txt", &mut include, &mut gathering);
    }
}
