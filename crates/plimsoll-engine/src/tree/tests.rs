mod code;
mod refused;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use super::*;

struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Self { folder };
        for (path, text) in files {
            repository.write(path, text);
        }
        repository
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn open(&self) -> WorkingTree {
        WorkingTree::open(self.folder.path()).unwrap()
    }

    fn hash(&self, path: &str) -> Result<Hashed, HashError> {
        self.open().hash(&repo(path))
    }

    fn refusal(&self, path: &str) -> String {
        let shown = self.hash(path).unwrap_err().to_string();
        shown.replace(&format!("{}/", self.open().root().display()), "ROOT/")
    }

    fn code(&self, patterns: &[&str], outputs: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        let outputs: Vec<RepoPath> = outputs.iter().map(|path| repo(path)).collect();
        let code = self.open().code(&patterns, &outputs).map_err(|error| error.to_string())?;
        Ok(code.keys().map(ToString::to_string).collect())
    }

    /// Makes every file as old as files are that nobody works on, and the index know them.
    fn settle(&self, paths: &[&str]) -> WorkingTree {
        let mut tree = self.open();
        for path in paths {
            tree.hash(&repo(path)).unwrap();
        }
        tree.index.age_records();
        tree.save().unwrap();
        self.open()
    }
}

fn repo(path: &str) -> RepoPath {
    path.parse().unwrap()
}

#[test]
fn a_file_is_its_bytes_and_a_folder_its_sorted_files() {
    let repository = Repository::with(&[("d/b", "bb"), ("d/a/x", "x"), ("d/run", "#!")]);
    fs::set_permissions(repository.at("d/run"), fs::Permissions::from_mode(0o755)).unwrap();
    let file = repository.hash("d/b").unwrap();
    assert_eq!((file.digest, file.bytes), (Digest::blake3(b"bb"), 2));
    assert_eq!(file.kind, OutputKind::File);
    assert_eq!(repository.hash("d/run").unwrap().kind, OutputKind::Executable);

    let folder = repository.hash("d").unwrap();
    let tree = folder.tree.clone().unwrap();
    assert_eq!(tree.0.keys().map(RepoPath::as_str).collect::<Vec<_>>(), ["a/x", "b", "run"]);
    assert!(tree.0[&repo("run")].executable);
    assert_eq!((folder.digest, folder.bytes), (Digest::of_json(&tree).unwrap(), 5));
    assert_eq!(folder.kind, OutputKind::Folder);
    fs::create_dir(repository.at("empty")).unwrap();
    assert_eq!(repository.hash("empty").unwrap().tree, Some(Tree::default()));
}

#[test]
fn a_file_larger_than_the_buffer_is_hashed_whole() {
    let bytes = vec![7; 700_001];
    let repository = Repository::with(&[]);
    fs::write(repository.at("big"), &bytes).unwrap();
    assert_eq!(repository.hash("big").unwrap().digest, Digest::blake3(&bytes));
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let repository = Repository::with(&[("a", "one")]);
    let mut tree = repository.settle(&["a"]);
    // Known by the index only: this digest is nowhere on the disk.
    let lie = Digest::blake3(b"lie");
    let place = Place::find(tree.root(), "a").unwrap();
    let root = tree.root().to_owned();
    tree.index.record(&root, "a", Record { stamp: Stamp::of(&place.metadata), digest: lie });
    tree.index.age_records();
    assert_eq!(tree.hash(&repo("a")).unwrap().digest, lie);

    // The same size and mtime, yet another ctime.
    let modified = place.metadata.modified().unwrap();
    fs::write(repository.at("a"), "two").unwrap();
    fs::File::options()
        .write(true)
        .open(repository.at("a"))
        .unwrap()
        .set_modified(modified)
        .unwrap();
    assert_eq!(tree.hash(&repo("a")).unwrap().digest, Digest::blake3(b"two"));
    // The same size and time, yet another file.
    tree.index.age_records();
    fs::write(repository.at("b"), "333").unwrap();
    fs::rename(repository.at("b"), repository.at("a")).unwrap();
    assert_eq!(tree.hash(&repo("a")).unwrap().digest, Digest::blake3(b"333"));
}

#[test]
fn a_file_read_right_after_it_was_written_is_read_again() {
    let repository = Repository::with(&[("a", "one")]);
    let mut tree = repository.open();
    tree.hash(&repo("a")).unwrap();
    let place = Place::find(tree.root(), "a").unwrap();
    assert_eq!(tree.index.lookup("a", &Stamp::of(&place.metadata)), None, "racy");
    tree.index.age_records();
    assert!(tree.index.lookup("a", &Stamp::of(&place.metadata)).is_some());
    // A time in the future, from a wrong clock, never settles.
    let later = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    fs::File::options().write(true).open(repository.at("a")).unwrap().set_modified(later).unwrap();
    tree.hash(&repo("a")).unwrap();
    let place = Place::find(tree.root(), "a").unwrap();
    assert_eq!(tree.index.lookup("a", &Stamp::of(&place.metadata)), None);
}

#[test]
fn a_damaged_or_unknown_index_is_dropped() {
    let repository = Repository::with(&[("a", "one")]);
    drop(repository.settle(&["a"]));
    let index = repository.at(".plimsoll/index");
    let whole = fs::read(&index).unwrap();
    assert_eq!(repository.open().index.len(), 1);
    for at in 0..whole.len() {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        fs::write(&index, &bent).unwrap();
        assert_eq!(repository.open().index.len(), 0, "byte {at}");
        fs::write(&index, &whole[..at]).unwrap();
        assert_eq!(repository.open().index.len(), 0, "cut at {at}");
    }
    fs::remove_file(&index).unwrap();
    fs::create_dir(&index).unwrap();
    assert_eq!(repository.hash("a").unwrap().digest, Digest::blake3(b"one"));
}

#[test]
fn the_index_is_written_only_when_it_says_something_new() {
    let repository = Repository::with(&[("a", "one"), ("b", "two")]);
    let mut tree = repository.settle(&["a", "b"]);
    tree.hash(&repo("a")).unwrap();
    assert_eq!(tree.save().unwrap(), Saved::Unchanged);
    fs::remove_file(repository.at("b")).unwrap();
    repository.write("c", "three");
    let added = tree.hash(&repo("c")).unwrap();
    tree.remember(&repo("c"), &added).unwrap();
    assert_eq!(tree.save().unwrap(), Saved::Written);
    assert_eq!(repository.open().index.len(), 2, "what is gone is forgotten");
    assert_eq!(fs::read_to_string(repository.at(".plimsoll/.gitignore")).unwrap(), "*\n");
    let leftovers = fs::read_dir(repository.at(".plimsoll")).unwrap().count();
    assert_eq!(leftovers, 2);
}

#[test]
fn two_writers_never_tear_the_index() {
    let files: Vec<String> = (0..50).map(|n| format!("f{n}")).collect();
    let repository = Repository::with(&[]);
    for path in &files {
        repository.write(path, path);
    }
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let mut tree = repository.open();
                    for path in &files {
                        tree.hash(&repo(path)).unwrap();
                    }
                    assert_eq!(tree.save().unwrap(), Saved::Written);
                    assert_eq!(repository.open().index.len(), 50);
                }
            });
        }
    });
}

#[test]
fn an_output_is_remembered_as_it_was_placed() {
    let repository = Repository::with(&[("build/m/a", "one"), ("build/m/b", "two")]);
    let mut tree = repository.open();
    let folder = tree.hash(&repo("build/m")).unwrap();
    let mut fresh = repository.open();
    fresh.remember(&repo("build/m"), &folder).unwrap();
    assert_eq!(fresh.index.len(), 2);
    repository.write("build/m/a", "longer");
    let error = fresh.remember(&repo("build/m"), &folder).unwrap_err();
    assert_eq!(error.to_string(), "`build/m/a` was changed while it was read");
    assert!(error.is_transient());
}

#[test]
fn a_file_that_changes_or_goes_while_it_is_read_is_refused() {
    let repository = Repository::with(&[("a", "one"), ("b", "one")]);
    let mut tree = repository.open();
    let a = Place::find(tree.root(), "a").unwrap();
    repository.write("a", "longer");
    let error = tree.hash_file(&a).unwrap_err();
    assert_eq!(error.to_string(), "`a` was changed while it was read");
    let b = Place::find(tree.root(), "b").unwrap();
    fs::remove_file(repository.at("b")).unwrap();
    let error = tree.hash_file(&b).unwrap_err();
    assert_eq!(error.to_string(), "`b` was removed while it was read");
    assert!(error.is_transient());
}

#[test]
fn a_repository_that_is_not_there_is_refused() {
    let error = WorkingTree::open(Path::new("/nonexistent/x")).unwrap_err();
    assert_eq!(error.to_string(), "the repository /nonexistent/x cannot be looked at");
    let repository = Repository::with(&[("a", "")]);
    assert!(WorkingTree::open(&repository.at("a")).is_err());
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_read_only_repository_is_hashed_and_not_remembered() {
    let repository = Repository::with(&[("a", "one")]);
    // Modes do not stop root, so the folder is mounted read-only for a second process.
    let script = "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && exec \"$0\" \
                  --exact tree::tests::in_a_read_only_folder --ignored";
    let child = Command::new("unshare")
        .args(["-rm", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .current_dir(repository.folder.path())
        .output();
    match child {
        Ok(child) if child.status.success() => {
            assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"), "{child:?}");
        }
        Ok(child) if !String::from_utf8_lossy(&child.stdout).contains("running") => {
            eprintln!("skipped: no read-only mount can be made here ({child:?})");
        }
        Ok(child) => panic!("{child:?}"),
        Err(error) => eprintln!("skipped: `unshare` is not there ({error})"),
    }
}

#[test]
#[ignore = "run by the test above, in a read-only folder"]
fn in_a_read_only_folder() {
    let mut tree = WorkingTree::open(Path::new(".")).unwrap();
    assert!(fs::write("b", "").is_err());
    assert_eq!(tree.hash(&repo("a")).unwrap().digest, Digest::blake3(b"one"));
    assert_eq!(tree.save().unwrap(), Saved::ReadOnly);
}

#[test]
#[expect(clippy::print_stderr, reason = "the time it took is of interest")]
fn a_thousand_known_files_cost_little() {
    let repository = Repository::with(&[]);
    let files: Vec<String> = (0..1300).map(|n| format!("lib/d{}/f{n}.py", n % 10)).collect();
    for path in &files {
        repository.write(path, path);
    }
    let known: Vec<&str> = files.iter().map(String::as_str).collect();
    drop(repository.settle(&known));
    let begun = Instant::now();
    let mut tree = repository.open();
    assert_eq!(tree.code(&["lib/**/*.py".to_owned()], &[]).unwrap().len(), 1300);
    for path in &files[..300] {
        tree.hash(&repo(path)).unwrap();
    }
    assert_eq!(tree.save().unwrap(), Saved::Unchanged, "nothing was read");
    let took = begun.elapsed();
    eprintln!("1,300 known files, 300 of them looked at twice: {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
}
