//! What the binary says about itself, held equal to the documentation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/reference")
}

/// Returns the help of the program and of every command as one page.
fn reference(sandbox: &Sandbox) -> String {
    let mut page =
        String::from("# Command line\n\nMade from `plimsoll --help`; a test holds it equal.\n");
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let mut arguments: Vec<String> = path.clone();
        arguments.push("--help".to_owned());
        let help = sandbox.plimsoll(&arguments);
        assert_eq!(help.code, Some(0), "{help}");
        let name = std::iter::once("plimsoll".to_owned()).chain(path.clone()).collect::<Vec<_>>();
        let section = format!("\n## `{}`\n\n```text\n{}```\n", name.join(" "), help.stdout);
        page.push_str(&section);
        let listed = help.stdout.split("Commands:\n").nth(1).unwrap_or_default();
        let names: Vec<&str> = listed
            .lines()
            .take_while(|line| line.starts_with("  "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help")
            .collect();
        for name in names.into_iter().rev() {
            let mut inner = path.clone();
            inner.push(name.to_owned());
            open.push(inner);
        }
    }
    page
}

#[test]
fn the_reference_page_is_the_help() {
    let sandbox = Sandbox::new();
    let page = reference(&sandbox);
    let file = docs().join("cli.md");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if page != committed {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli.md");
        std::fs::write(&made, &page).unwrap();
        panic!("{} is not what --help says; copy {} there", file.display(), made.display());
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut codes = BTreeSet::new();
    collect(&crates, &mut codes);
    let pages: BTreeSet<String> = std::fs::read_dir(docs().join("codes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    assert_eq!(codes, pages);
}

/// Collects what stands in `Code::of("…")` in sources, tests left out.
fn collect(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap();
            if name != "tests" && name != "target" {
                collect(&path, codes);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("tests.rs")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let program = text.split("#[cfg(test)]").next().unwrap();
            for rest in program.split("Code::of(\"").skip(1) {
                codes.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.plimsoll(["nothing"]).code, Some(2));
    assert_eq!(sandbox.plimsoll(["run", "--nothing"]).code, Some(2));
    assert_eq!(sandbox.plimsoll(["--version"]).code, Some(0));
    let outside = sandbox.plimsoll(["run"]);
    assert_eq!(outside.code, Some(2), "{outside}");
    assert!(outside.stderr.contains("no plimsoll.yaml in REPO"), "{outside}");
}
