use super::*;

#[test]
fn code_is_what_the_patterns_match() {
    let repository = Repository::with(&[
        ("train.py", ""),
        (".hidden.py", ""),
        ("lib/a.py", ""),
        ("lib/deep/b.py", ""),
        ("lib/deep/notes.md", ""),
        ("lib/__pycache__/a.py", ""),
        ("build/gen.py", ""),
        (".git/hook.py", ""),
        (".plimsoll/x.py", ""),
        (".venv/c.py", ""),
        ("env/pyvenv.cfg", ""),
        ("env/lib/d.py", ""),
    ]);
    let code = |patterns: &[&str]| repository.code(patterns, &["build"]).unwrap();
    assert_eq!(code(&[]), [""; 0]);
    assert_eq!(code(&["*.py"]), ["train.py"]);
    assert_eq!(code(&["./train.py"]), ["train.py"]);
    assert_eq!(code(&["**/*.py"]), ["lib/a.py", "lib/deep/b.py", "train.py"]);
    assert_eq!(code(&["lib/*.py"]), ["lib/a.py"]);
    assert_eq!(code(&["lib/**"]), ["lib/a.py", "lib/deep/b.py", "lib/deep/notes.md"]);
    assert_eq!(code(&["lib/**/*.md", "*.py"]), ["lib/deep/notes.md", "train.py"]);
    assert_eq!(code(&["{lib,lib/deep}/*.py"]), ["lib/a.py", "lib/deep/b.py"]);
    assert_eq!(code(&[".*.py"]), [".hidden.py"]);
    assert_eq!(code(&[".venv/*.py"]), [".venv/c.py"]);
    assert_eq!(repository.code(&["build/*.py"], &[]).unwrap(), ["build/gen.py"]);
}

#[test]
fn a_pattern_that_matches_nothing_is_refused_by_name() {
    let repository = Repository::with(&[("train.py", ""), ("lib/a.py", ""), ("build/x.py", "")]);
    let refusal = |pattern: &str, outputs: &[&str]| {
        repository.code(&["train.py", pattern], outputs).unwrap_err()
    };
    assert_eq!(refusal("*.R", &[]), "the code pattern `*.R` matches no file");
    assert_eq!(
        refusal("lib/", &[]),
        "the code pattern `lib/` matches no file, since it names a folder (add `/**` for everything in it)"
    );
    assert_eq!(
        refusal("build/*", &["build"]),
        "the code pattern `build/*` matches no file that no step writes"
    );
    assert_eq!(
        refusal("../x/*", &[]),
        "the code pattern `../x/*` is badly formed: it leads out of the repository"
    );
    assert!(refusal("a[", &[]).starts_with("the code pattern `a[` is badly formed: unclosed"));
}
