use std::fs;
use std::path::PathBuf;

use super::*;
use crate::Meaning;

/// Finds nothing wrong with what rules mean.
fn form(_: &Value) -> Meaning {
    Meaning::default()
}

fn look(root: PathBuf) -> impl Fn(&RepoPath) -> FileState {
    move |path| match fs::metadata(path.below(&root)) {
        Ok(metadata) if metadata.is_dir() => FileState::Folder,
        Ok(_) => FileState::File,
        Err(_) => FileState::Absent,
    }
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn mistakes_of_all_files_come_together() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (
                "plimsoll.yaml",
                "model: x\ntask: regresion\nparams: params.yaml\ndata:\n  a: { path: a.csv, schema: a.yaml }\n  b: { path: b.csv, schema: a.yaml }\nsteps:\n  train: { run: x, params: [tree] }\n",
            ),
            ("params.yaml", "trees: .nan\n"),
            ("a.yaml", "columns: { a: { type: int } }\n"),
            ("a.csv", "a\n1\n"),
        ],
    );
    let root = folder.path().to_owned();
    let error = load(folder.path(), &look(root), &form).unwrap_err();
    insta::assert_snapshot!(error, @r"
    plimsoll.yaml:2:7: `regresion` is not accepted here
      |
    2 | task: regresion
      |       ^^^^^^^^^
      = help: the nearest value is `regression`

    plimsoll.yaml:6:14: `b.csv`, a dataset, does not exist
      |
    6 |   b: { path: b.csv, schema: a.yaml }
      |              ^^^^^
      = help: correct the path, or put the file there

    params.yaml:1:8: `.nan` is no finite number
      |
    1 | trees: .nan
      |        ^^^^

    a.yaml:1:23: `int` is not accepted here
      |
    1 | columns: { a: { type: int } }
      |                       ^^^
      = help: the known values are `integer`, `number`, `string`, `boolean`, `date`, `timestamp`
    ");
}

#[test]
fn a_sound_repository_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (
                "plimsoll.yaml",
                "model: x\ntask: regression\nparams: p.yaml\ndata:\n  a: { path: a.csv, schema: a.yaml }\n  b: { path: a.csv, schema: a.yaml }\n",
            ),
            ("p.yaml", "trees: 3\n"),
            ("a.yaml", "columns: { b: { type: date, leaks: true }, a: { type: integer } }\n"),
            ("a.csv", "a\n1\n"),
        ],
    );
    let root = folder.path().to_owned();
    let repository = load(folder.path(), &look(root), &form).unwrap();
    assert_eq!(repository.params["trees"], 3);
    assert_eq!(repository.schemas.len(), 1);
    assert_eq!(repository.project.model.as_str(), "x");
    assert_eq!(repository.project.data.len(), 2);
    for dataset in repository.project.data.values() {
        let columns: Vec<String> = dataset.columns.iter().map(ToString::to_string).collect();
        assert_eq!(columns, ["`a` (integer)", "`b` (date)"]);
        assert_eq!(dataset.leaks, ["b"]);
    }
}

#[test]
fn what_is_absent_or_too_large_is_said_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let error = load(folder.path(), &look(root.clone()), &form).unwrap_err();
    assert!(matches!(error, LoadError::Read(ReadError::Absent { .. })), "{error}");

    let file = fs::File::create(folder.path().join("plimsoll.yaml")).unwrap();
    file.set_len(50 << 20).unwrap();
    let error = load(folder.path(), &look(root), &form).unwrap_err().to_string();
    assert!(error.starts_with("plimsoll.yaml:1:1: the file has 52428800 bytes"), "{error}");
}

#[test]
fn a_large_file_of_parameters_is_said_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("plimsoll.yaml", "model: x\ntask: binary\nparams: p.yaml\n")]);
    fs::File::create(folder.path().join("p.yaml")).unwrap().set_len(50 << 20).unwrap();
    let error =
        load(folder.path(), &look(folder.path().to_owned()), &form).unwrap_err().to_string();
    assert!(error.starts_with("plimsoll.yaml:3:9: "), "{error}");
    assert!(error.contains("p.yaml has 52428800 bytes (at most 1048576 are read)"), "{error}");
}

#[test]
fn the_example_that_people_copy_has_no_mistakes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bike-demand");
    let repository =
        load(&root, &look(root.clone()), &form).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(repository.project.model.as_str(), "bike-demand");
    assert!(!repository.project.gate.is_empty());
    assert_eq!(repository.schemas.len(), 1);
}
