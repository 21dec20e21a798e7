use proptest::prelude::*;

use super::*;
use crate::inventory::{Inventory, Kind};

type Reader = fn(&str, &mut Gathering<'_>) -> Result<(), Problem>;

fn read(reader: Reader, text: &str) -> Result<Inventory, Problem> {
    let mut gathering = Gathering::new("go");
    reader(text, &mut gathering)?;
    Ok(gathering.finish(Kind::GoMod).unwrap())
}

#[test]
fn reads_go_mod() {
    let text = "module example.org/mine

go 1.21.0
toolchain go1.21.5

require golang.org/x/net v0.17.0
require (
	\"github.com/a/b\" v1.0.0+incompatible
	github.com/c/d v1.2.0 // indirect
	github.com/e/f v0.0.0-20210101000000-0123456789ab
)

exclude github.com/x/y v1.0.0
replace github.com/c/d v1.2.0 => github.com/fork/d v1.2.1
replace github.com/e/f => ../f
";
    insta::assert_snapshot!(read(read_mod, text).unwrap().shown(), @r"
    Go github.com/a/b 1.0.0+incompatible (go:8)
    Go github.com/fork/d 1.2.1 (go:9)
    Go golang.org/x/net 0.17.0 (go:6)
    note: left out, since they are the project's own: `../f`, `example.org/mine`
    ");
    insta::assert_snapshot!(read(read_mod, "module a\nrequire (\n b v1.0.0\n").unwrap_err(), @"a `(` is not closed: the file ends too early");
    insta::assert_snapshot!(read(read_mod, "modul a").unwrap_err(), @"line 1: `modul a` is no line of a go.mod");
    assert_eq!(read(read_mod, "module a\ngo 1.16").unwrap().notes.len(), 2);
}

#[test]
fn reads_go_sum() {
    let text = "golang.org/x/net v0.17.0 h1:pVaX=\ngolang.org/x/net v0.17.0/go.mod h1:Nxz=\ngolang.org/x/text v0.3.0/go.mod h1:NqM=\n";
    insta::assert_snapshot!(read(read_sum, text).unwrap().shown(), @r"
    Go golang.org/x/net 0.17.0 (go:1)
    note: a go.sum may name versions that are not built in: a binary or a go.mod says which are
    ");
    insta::assert_snapshot!(read(read_sum, "golang.org/x/net v0.17").unwrap_err(), @"line 1: `golang.org/x/net v0.17` is no line of a go.sum (expected MODULE VERSION h1:HASH)");
}

#[test]
fn reads_what_a_binary_was_built_from() {
    let modules = "path\texample.org/mine\nmod\texample.org/mine\t(devel)\t\ndep\tgolang.org/x/net\tv0.17.0\th1:x=\ndep\tgithub.com/c/d\tv1.2.0\n=>\tgithub.com/fork/d\tv1.2.1\th1:y=\nbuild\t-compiler=gc\n";
    let mut gathering = Gathering::new("bin");
    add_build("go1.21.5", modules, &mut gathering);
    insta::assert_snapshot!(gathering.finish(Kind::GoMod).unwrap().shown(), @r"
    Go example.org/mine ? (bin)
    Go github.com/fork/d 1.2.1 (bin)
    Go golang.org/x/net 0.17.0 (bin)
    Go stdlib 1.21.5 (bin)
    not audited: example.org/mine: it was built from a working tree, so that no version of it is known (bin)
    ");
}

#[test]
fn versions_of_the_compiler_are_those_of_advisories() {
    for (written, meant) in [
        ("go1.21.5", Some("1.21.5")),
        ("go1.20", Some("1.20.0")),
        ("go1.22rc1", Some("1.22.0-rc.1")),
        ("go1.21.5 X:boringcrypto", Some("1.21.5")),
        ("go1.21.5-google", Some("1.21.5")),
        ("devel go1.22-0123", None),
        ("go1.2x", None),
        ("", None),
    ] {
        assert_eq!(release(written).as_deref(), meant, "{written}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn nothing_makes_it_panic(text in "((require|replace|module|=>|\\(|\\)|\n|\t| |v1)|\\PC){0,60}") {
        _ = read(read_mod, &text);
        _ = read(read_sum, &text);
        add_build(&text, &text, &mut Gathering::new("bin"));
    }
}
