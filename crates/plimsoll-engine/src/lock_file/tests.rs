use std::os::unix::fs::{MetadataExt, symlink};

use plimsoll_core::Digest;

use super::*;

fn pin(content: &str, source: Option<&str>) -> DatasetPin {
    let bytes = content.len() as u64;
    DatasetPin { digest: Digest::blake3(content.as_bytes()), bytes, source: source.map(Into::into) }
}

fn lock(pins: &[(&str, DatasetPin)]) -> LockFile {
    let data = pins.iter().map(|(name, pin)| (name.parse().unwrap(), pin.clone())).collect();
    LockFile { data }
}

fn sample() -> LockFile {
    lock(&[("weather", pin("sun", None)), ("hourly", pin("", Some("simulate.py: \"1\"\nü")))])
}

fn refusal(text: &str) -> String {
    parse::parse(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn is_one_fact_a_line() {
    insta::assert_snapshot!(sample(), @r#"
    # The datasets as they were, written by `plimsoll run`. Commit this file.
    version: 1
    data:
      hourly:
        digest: blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262
        bytes: 0
        source: "simulate.py: \"1\"\nü"
      weather:
        digest: blake3:8a3b90995233fd9d0b6561eca6b5c189aaf0b80663be609c5773116ba7f96d8e
        bytes: 3
    "#);
}

#[test]
fn is_read_as_written() {
    for lock in [LockFile::default(), sample()] {
        let text = lock.to_string();
        assert_eq!(parse::parse(text.as_bytes()).unwrap(), lock);
        assert_eq!(parse::parse(text.replace('\n', "\r\n").as_bytes()).unwrap(), lock);
    }
}

#[test]
fn what_is_no_lock_file_is_refused_with_its_line() {
    let text = sample().to_string();
    let with = |from: &str, to: &str| refusal(&text.replace(from, to));
    assert_eq!(refusal(""), "line 1: expected `version: 1`, found the end of the file");
    assert_eq!(
        with("version: 1", "version: 2"),
        "line 2: version 2 of the format is not known (version 1 is; use a newer Plimsoll)"
    );
    assert_eq!(with("version: 1", "version: x"), "line 2: expected `version: 1`, found `x`");
    assert_eq!(
        with("  hourly:", "<<<<<<< HEAD\n  hourly:"),
        "line 4: an unresolved merge conflict (resolve it, or delete the file and run `plimsoll run`)"
    );
    assert_eq!(with("weather", "hourly"), "line 8: dataset `hourly` is locked twice");
    assert_eq!(
        with("bytes: 0", "bytes: -1"),
        "line 6: expected the dataset's size, as in `    bytes: 1024`, found `-1`"
    );
    assert_eq!(
        with("digest: blake3:a", "digest: blake3:A").split(", found").next(),
        Some("line 5: expected the dataset's digest, as in `    digest: blake3:…`")
    );
    assert_eq!(
        with("    source:", "    origin:").split(", found").next(),
        Some("line 7: expected the dataset's source, as in `    source: \"https://…\"`")
    );
    assert_eq!(
        with("  hourly:", "  ho urly:"),
        "line 4: expected a dataset's name, as in `  hourly:`, found `ho urly:`"
    );
    let cut = &text[..text.find("    bytes").unwrap()];
    assert!(refusal(cut).ends_with("found the end of the file"));
    assert_eq!(
        refusal("version: 1\ndata: {}\nx"),
        "line 3: expected the end of the file, found `x`"
    );
    let error = parse::parse(b"version: 1\n\xff").unwrap_err();
    assert_eq!(error.to_string(), "line 2: the file is not UTF-8");
}

#[test]
fn is_written_whole_and_only_when_it_says_something_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plimsoll.lock");
    assert_eq!(LockFile::read(&path).unwrap(), None);
    assert_eq!(sample().write(&path).unwrap(), Written::New);
    let inode = fs::metadata(&path).unwrap().ino();
    assert_eq!(sample().write(&path).unwrap(), Written::Unchanged);
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    assert_eq!(LockFile::read(&path).unwrap(), Some(sample()));
    assert_eq!(LockFile::default().write(&path).unwrap(), Written::New);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    assert_ne!(fs::metadata(&path).unwrap().mode() & 0o044, 0, "others read it too");

    let link = folder.path().join("link");
    symlink("plimsoll.lock", &link).unwrap();
    sample().write(&link).unwrap();
    assert!(link.is_symlink());
    assert_eq!(LockFile::read(&path).unwrap(), Some(sample()));
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = LockFile::read(folder.path()).unwrap_err().to_string();
    assert_eq!(error, format!("{} cannot be read", folder.path().display()));
    let path = folder.path().join("absent/plimsoll.lock");
    let error = sample().write(&path).unwrap_err().to_string();
    assert_eq!(error, format!("{} could not be written", path.display()));
    let path = folder.path().join("plimsoll.lock");
    fs::write(&path, "version: 1\ndata:\n").unwrap();
    let error = LockFile::read(&path).unwrap_err().to_string();
    let expected = "2: expected a dataset's name, as in `  hourly:`, found the end of the file";
    assert_eq!(error, format!("{}:{expected}", path.display()));
}

#[test]
fn differences_are_said_with_old_and_new() {
    let old = lock(&[("a", pin("1", None)), ("b", pin("22", None)), ("d", pin("4", Some("x")))]);
    let new = lock(&[("b", pin("2", None)), ("c", pin("3", None)), ("d", pin("4", None))]);
    assert_eq!(old.differences(&old), []);
    let said: Vec<String> = old.differences(&new).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    dataset `a` is locked as blake3:d63bd9a8 (1 byte) and no longer declared
    dataset `b` is locked as blake3:93aed7df (2 bytes), and is blake3:813e9b72 (1 byte)
    dataset `c` is not locked; it is blake3:58d6fd3d (1 byte)
    dataset `d` is locked with the source `x`, and has no source
    ");
}
