//! What lies in the working tree after outputs were put there.

use super::*;

#[test]
fn what_a_person_wrote_where_an_output_goes_is_kept_and_named() {
    let bench = Bench::new();
    bench.write("o.md", "my notes\n");
    bench.write("parts/mine/x", "mine\n");
    bench.write("parts/new", "1\n");
    let run = "echo 1 > o.md; mkdir parts; echo 1 > parts/new";
    let made = made(bench.attempt(run, &[], &["o.md", "parts"]));
    let kept = format!(".plimsoll/replaced/{}", bench.workshop().run);
    assert_eq!(bench.read("o.md"), "1\n");
    assert_eq!(
        bench.told(),
        format!(
            "note: `o.md` was not written by Plimsoll and had to make place for an output: it is now `{kept}/o.md`\
             note: `parts/mine/x` was not written by Plimsoll and had to make place for an output: it is now `{kept}/parts/mine/x`"
        )
    );
    assert_eq!(bench.read(&format!("{kept}/o.md")), "my notes\n");
    assert_eq!(bench.read(&format!("{kept}/parts/mine/x")), "mine\n");
    let left = bench.root.path().join(&kept).join("parts/new");
    assert!(!left.exists(), "what the store has is not kept twice");

    // What was placed may be replaced; what was changed since may not, nor what was kept before.
    let shared = bench.workshop();
    let Output { path, digest, bytes, kind } = made.outputs[0].0.clone();
    let hashed = Hashed { digest, bytes, kind, tree: None };
    bench.told.lock().unwrap().clear();
    let tell = |told| match told {
        Told::Note(note) => bench.told.lock().unwrap().push(note),
        Told::Printed(_) => {}
    };
    shared.restore(&path, &hashed, &tell).unwrap();
    assert_eq!(bench.told(), "");
    bench.write("o.md", "2\n");
    shared.restore(&path, &hashed, &tell).unwrap();
    assert!(bench.told().ends_with(&format!("it is now `{kept}/o.md.2`")), "{}", bench.told());
    assert_eq!(bench.read(&format!("{kept}/o.md.2")), "2\n");
    assert_eq!(bench.read("o.md"), "1\n");
}

#[test]
fn what_lies_behind_a_link_out_of_the_repository_stays_where_it_is() {
    let (bench, outside) = (Bench::new(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("out"), "precious").unwrap();
    symlink(outside.path(), bench.root.path().join("build")).unwrap();
    let says = bench.failure("echo 1 > build/out", &[], &["build/out"]);
    assert!(says.contains("where no step may write"), "{says}");
    assert_eq!(fs::read(outside.path().join("out")).unwrap(), b"precious");
    symlink(outside.path().join("out"), bench.root.path().join("o")).unwrap();
    made(bench.attempt("echo 1 > o", &[], &["o"]));
    assert!(bench.told().starts_with("note: `o` was not written by Plimsoll"), "{}", bench.told());
    assert_eq!(fs::read(outside.path().join("out")).unwrap(), b"precious");
}

#[test]
fn empty_folders_are_in_no_output_made_or_restored() {
    let bench = Bench::new();
    let made = made(bench.attempt("mkdir -p o/e/f o/d o/d/g; echo 1 > o/d/x", &[], &["o"]));
    let all = || {
        let mut find = std::process::Command::new("find");
        let found = find.arg("o").current_dir(bench.root.path()).output().unwrap();
        let listed = String::from_utf8(found.stdout).unwrap();
        let mut paths: Vec<String> = listed.lines().map(ToOwned::to_owned).collect();
        paths.sort();
        paths
    };
    assert_eq!(all(), ["o", "o/d", "o/d/x"]);
    fs::remove_dir_all(bench.root.path().join("o")).unwrap();
    let (Output { path, digest, bytes, kind }, tree) = made.outputs[0].clone();
    bench.workshop().restore(&path, &Hashed { digest, bytes, kind, tree }, &|_| ()).unwrap();
    assert_eq!(all(), ["o", "o/d", "o/d/x"]);
    bench.attempt("mkdir empty", &[], &["empty"]);
    assert_eq!(fs::read_dir(bench.root.path().join("empty")).unwrap().count(), 0);
}
