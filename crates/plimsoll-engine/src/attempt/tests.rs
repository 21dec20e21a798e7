mod placed;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use async_trait::async_trait;
use plimsoll_core::Digest;
use plimsoll_core::ports::{
    Content, Damaged, FileMode, ObjectStore, OpenError, PutError, RestoreError,
};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;

use super::*;
use crate::plan::sample::step;

/// Objects in memory.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<Digest, Vec<u8>>>);

#[async_trait]
impl ObjectStore for Shelf {
    async fn put(&self, content: &mut Content) -> Result<Digest, PutError> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).await.map_err(PutError::Content)?;
        let digest = Digest::blake3(&bytes);
        self.0.lock().unwrap().insert(digest, bytes);
        Ok(digest)
    }

    async fn open(
        &self,
        digest: &Digest,
        _: Option<Range<u64>>,
    ) -> Result<Box<Content>, OpenError> {
        let bytes = self.0.lock().unwrap().get(digest).cloned();
        let bytes = bytes.ok_or(OpenError::Missing(*digest))?;
        if Digest::blake3(&bytes) != *digest {
            return Err(Damaged { expected: *digest, problem: "it is".to_owned() }.into());
        }
        Ok(Box::new(io::Cursor::new(bytes)))
    }

    async fn put_file(&self, path: &Path) -> Result<Digest, PutError> {
        let bytes = fs::read(path).map_err(PutError::Content)?;
        self.put(&mut io::Cursor::new(bytes)).await
    }

    async fn restore(
        &self,
        digest: &Digest,
        path: &Path,
        mode: FileMode,
    ) -> Result<(), RestoreError> {
        let mut bytes = Vec::new();
        let mut content = self.open(digest, None).await?;
        content.read_to_end(&mut bytes).await.unwrap();
        fs::write(path, bytes).unwrap();
        let mode = if mode == FileMode::Executable { 0o755 } else { 0o644 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        Ok(())
    }

    async fn contains(&self, digest: &Digest) -> Result<bool, OpenError> {
        Ok(self.0.lock().unwrap().contains_key(digest))
    }
}

struct Bench {
    root: TempDir,
    home: TempDir,
    shelf: Arc<Shelf>,
    runtime: Runtime,
    told: Mutex<Vec<String>>,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            root: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
            shelf: Arc::default(),
            runtime: Runtime::new().unwrap(),
            told: Mutex::default(),
        };
        bench.write("data/hour.csv", "1\n2\n");
        bench.write("tools.py", "");
        bench
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join(path)).unwrap()
    }

    fn workshop(&self) -> Workshop {
        let mut tree = WorkingTree::open(self.root.path()).unwrap();
        Workshop {
            root: tree.root().to_owned(),
            home: self.home.path().to_owned(),
            run: RunId::from_bytes([1; 16]),
            code: tree.code(&["*.py".to_owned()], &[]).unwrap(),
            tree: Mutex::new(tree),
            objects: Objects::new(self.shelf.clone(), self.runtime.handle().clone()),
            variables: BTreeMap::new(),
            params: None,
            datasets: BTreeMap::new(),
            live: BTreeSet::new(),
            python: (Vec::new(), BTreeMap::new()),
            seed: 7,
            grace: Duration::from_millis(200),
        }
    }

    fn attempt_with(&self, step: Step, shared: &Workshop, change: impl Fn()) -> Tried {
        let inputs = step.inputs.iter().flat_map(|input| {
            let path: RepoPath = input.to_string().parse().unwrap();
            let hashed = shared.tree().hash(&path).unwrap();
            match &hashed.tree {
                None => vec![file_of(&path, &hashed)],
                Some(tree) => tree
                    .0
                    .iter()
                    .map(|(inner, entry)| InputFile {
                        path: path.join(inner.as_str()).unwrap(),
                        digest: entry.digest,
                        bytes: entry.bytes,
                        executable: entry.executable,
                        from: Origin::Tree,
                    })
                    .collect(),
            }
        });
        let inputs = inputs.collect();
        change();
        let params = Some(("params.yaml".parse().unwrap(), "trees: 3\n".to_owned()));
        let attempt = Attempt { step, number: 1, inputs, folders: Vec::new(), params };
        let tell = |told: Told| {
            let said = match told {
                Told::Printed(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Told::Note(note) => format!("note: {note}"),
            };
            self.told.lock().unwrap().push(said);
        };
        shared.attempt(&attempt, &|| false, &tell)
    }

    fn attempt(&self, run: &str, inputs: &[&str], outputs: &[&str]) -> Tried {
        let mut step = step("train", inputs, outputs);
        run.clone_into(&mut step.run);
        self.attempt_with(step, &self.workshop(), || ())
    }

    fn failure(&self, run: &str, inputs: &[&str], outputs: &[&str]) -> String {
        match self.attempt(run, inputs, outputs) {
            Tried::Failed(Failed { problem, .. }) => problem.into_failure().to_string(),
            other => panic!("it did not fail: {other:?}"),
        }
    }

    fn told(&self) -> String {
        self.told.lock().unwrap().join("")
    }
}

fn made(tried: Tried) -> Made {
    match tried {
        Tried::Succeeded(made) => made,
        other => panic!("it failed: {other:?}"),
    }
}

#[test]
fn a_step_sees_what_it_declares_and_its_outputs_are_kept() {
    let bench = Bench::new();
    bench.write("secret.txt", "");
    let run = "find . -type f | sort; echo $PLIMSOLL_SEED; cp data/hour.csv build/out.csv";
    let made = made(bench.attempt(run, &["data/hour.csv"], &["build/out.csv"]));
    assert_eq!(bench.told(), "./data/hour.csv\n./params.yaml\n./tools.py\n7\n");
    assert_eq!(bench.read("build/out.csv"), "1\n2\n");
    assert_eq!(made.outputs[0].0.digest, Digest::blake3(b"1\n2\n"));
    assert_eq!(made.outputs[0].0.bytes, 4);
    assert!(bench.shelf.0.lock().unwrap().contains_key(&Digest::blake3(b"1\n2\n")));
    tidy(bench.root.path(), &RunId::from_bytes([1; 16]));
    let left: Vec<_> =
        fs::read_dir(bench.root.path().join(".plimsoll/attempts")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let log =
        log_path(bench.home.path(), &RunId::from_bytes([1; 16]), &"train".parse().unwrap(), 1);
    assert_eq!(fs::read_to_string(log).unwrap(), bench.told());
}

#[test]
fn what_was_not_declared_is_missed_with_a_hint_and_the_folder_is_kept() {
    let bench = Bench::new();
    let Tried::Failed(failed) = bench.attempt("cat data/hour.csv", &[], &["out"]) else {
        panic!("it read what it did not declare");
    };
    let Problem::Step(StepFailure::Exit { code: 1, hint: Some(hint) }) = failed.problem else {
        panic!("{:?}", failed.problem);
    };
    assert!(hint.contains("or to inputs of step `train`"), "{hint}");
    assert!(failed.kept.unwrap().join("tools.py").exists());
}

#[test]
fn outputs_must_be_there_and_be_files_or_folders_of_the_step() {
    let bench = Bench::new();
    let missing = "its command ended well but did not write `a`, `b`";
    assert_eq!(bench.failure("true", &[], &["a", "b"]), missing);
    let link = bench.failure("ln -s /etc/passwd a", &[], &["a"]);
    assert!(link.starts_with("its output `a` is a link out of the step's folder, to /etc/passwd"));
    let parent = bench.failure("rmdir build; ln -s /etc build", &[], &["build/passwd"]);
    assert!(parent.contains("is a link out of the step's folder"), "{parent}");
    let pipe = bench.failure("mkdir a; mkfifo a/b", &[], &["a"]);
    assert!(pipe.contains("holds `b`, which is neither a file nor a folder"), "{pipe}");
    let named = bench.failure("mkdir a; touch a/'x\ny'", &[], &["a"]);
    assert!(named.contains("holds a file that cannot be kept"), "{named}");
}

#[test]
fn a_metrics_file_is_read_and_its_mistakes_are_named() {
    let bench = Bench::new();
    let try_out = |run: &str| {
        let mut train = step("train", &[], &[]);
        run.clone_into(&mut train.run);
        train.metrics = Some("build/train.json".parse().unwrap());
        bench.attempt_with(train, &bench.workshop(), || ())
    };
    let good = made(try_out(r#"echo '{"mae": 1.5, "by": {"n": 2}}' > build/train.json"#));
    assert_eq!(good.metrics.len(), 2);
    assert_eq!(good.outputs.len(), 1, "the metrics file is an output too");
    for (run, says) in [
        ("true", "its metrics file `build/train.json` was not written"),
        (
            r#"echo '{"mae": NaN}' > build/train.json"#,
            "its metrics file `build/train.json` has no finite number under `mae` (found NaN)",
        ),
    ] {
        match try_out(run) {
            Tried::Failed(failed) => assert_eq!(failed.problem.into_failure().to_string(), says),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_step_that_takes_too_long_or_is_killed_fails_as_such() {
    let bench = Bench::new();
    let mut slow = step("train", &[], &["out"]);
    "sleep 60".clone_into(&mut slow.run);
    slow.timeout = Some(Duration::from_millis(100));
    let Tried::Failed(failed) = bench.attempt_with(slow, &bench.workshop(), || ()) else {
        panic!("it did not fail");
    };
    let says = failed.problem.into_failure().to_string();
    assert_eq!(says, "its command took longer than 0.1 s");
    let Tried::Failed(failed) = bench.attempt("kill -9 $$", &[], &["out"]) else {
        panic!("it did not fail");
    };
    let Problem::Step(StepFailure::Signal { signal: 9, hint: Some(hint) }) = failed.problem else {
        panic!("{:?}", failed.problem);
    };
    assert!(hint.starts_with("out of memory?"), "{hint}");
}

#[test]
fn undeclared_files_are_dropped_and_named() {
    let bench = Bench::new();
    let run =
        "touch a b.tmp; mkdir -p deep/__pycache__ out/x; touch deep/c deep/__pycache__/d out/x/y";
    made(bench.attempt(run, &["data"], &["out", "a"]));
    assert_eq!(
        bench.told(),
        "note: step `train` wrote `b.tmp`, `deep/c`, which it does not declare: dropped (add to outputs what is to be kept)"
    );
    assert!(!bench.root.path().join("b.tmp").exists());
}

#[test]
fn big_inputs_are_linked_and_looked_at_again() {
    let bench = Bench::new();
    let big = bench.root.path().join("data/big.bin");
    File::create(&big).unwrap().set_len(9 << 20).unwrap();
    let linked = "test -L data/big.bin && wc -c < data/big.bin > out";
    made(bench.attempt(linked, &["data/big.bin"], &["out"]));
    let changes = format!("echo x >> {}; touch out", big.display());
    let says = bench.failure(&changes, &["data/big.bin"], &["out"]);
    assert_eq!(says, "`data/big.bin` was changed while it ran");
}

#[test]
fn an_input_that_is_not_what_the_key_says_is_refused() {
    let bench = Bench::new();
    let mut train = step("train", &["data/hour.csv"], &["out"]);
    "cp data/hour.csv out".clone_into(&mut train.run);
    let tried =
        bench.attempt_with(train, &bench.workshop(), || bench.write("data/hour.csv", "3\n4\n"));
    let Tried::Failed(failed) = tried else { panic!("{tried:?}") };
    let says = failed.problem.into_failure().to_string();
    assert_eq!(says, "`data/hour.csv` was changed while it ran");
}

#[test]
fn folders_links_and_modes_come_back_from_the_store() {
    let bench = Bench::new();
    let run = "mkdir -p out/deep; echo x > out/deep/file; printf '#!/bin/sh\n' > tool; chmod +x tool; ln -s deep/file out/link";
    let made = made(bench.attempt(run, &[], &["out", "tool"]));
    assert!(!bench.root.path().join("out/link").is_symlink(), "a link is kept as what it names");
    let shared = bench.workshop();
    fs::remove_dir_all(bench.root.path().join("out")).unwrap();
    fs::remove_file(bench.root.path().join("tool")).unwrap();
    for (output, tree) in made.outputs {
        let Output { path, digest, bytes, kind } = output;
        let hashed = Hashed { digest, bytes, kind, tree };
        shared.restore(&path, &hashed, &|_| ()).unwrap();
        assert_eq!(shared.tree().hash(&path).unwrap(), hashed);
        let fresh = WorkingTree::open(bench.root.path()).unwrap().hash(&path).unwrap();
        assert_eq!(fresh, hashed);
    }
}

#[test]
fn a_damaged_object_is_never_given_to_a_step() {
    let bench = Bench::new();
    let digest = Digest::blake3(b"good");
    bench.shelf.0.lock().unwrap().insert(digest, b"bad".to_vec());
    let input = InputFile {
        path: "in".parse().unwrap(),
        digest,
        bytes: 4,
        executable: false,
        from: Origin::Store,
    };
    let step = step("train", &["in"], &["out"]);
    let (inputs, folders) = (vec![input], Vec::new());
    let attempt = Attempt { step, number: 1, inputs, folders, params: None };
    let tried = bench.workshop().attempt(&attempt, &|| false, &|_| ());
    let Tried::Failed(Failed { problem: problem @ Problem::Damaged { .. }, kept: None, .. }) =
        tried
    else {
        panic!("{tried:?}")
    };
    assert!(problem.into_failure().to_string().contains("run `plimsoll store verify`"));
}

#[test]
fn endless_output_fills_neither_memory_nor_disk() {
    let bench = Bench::new();
    let mut train = step("train", &[], &["out"]);
    "head -c 40000000 /dev/zero; echo end > out; echo end".clone_into(&mut train.run);
    let (inputs, folders) = (Vec::new(), Vec::new());
    let attempt = Attempt { step: train, number: 1, inputs, folders, params: None };
    made(bench.workshop().attempt(&attempt, &|| false, &|_| ()));
    let log =
        log_path(bench.home.path(), &RunId::from_bytes([1; 16]), &"train".parse().unwrap(), 1);
    let bytes = fs::read(log).unwrap();
    assert!(bytes.len() < (16 << 20) + 100, "{}", bytes.len());
    assert!(bytes.ends_with(b"\0end\n"));
}

#[test]
fn a_child_that_left_the_session_ends_with_its_step() {
    let bench = Bench::new();
    let pid = bench.home.path().join("pid");
    let run = format!(
        "setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 60' & while ! test -e {0}; do sleep 0.01; done; echo 1 > o",
        pid.display()
    );
    made(bench.attempt(&run, &[], &["o"]));
    let left = fs::read_to_string(&pid).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", left.trim()));
    assert!(state.is_err() || state.unwrap().contains(") Z "), "it still sleeps");
}

#[test]
fn leftovers_of_the_dead_are_swept() {
    let root = tempfile::tempdir().unwrap();
    for name in ["dead", "alive"] {
        fs::create_dir_all(root.path().join(".plimsoll/attempts").join(name).join("x-1")).unwrap();
    }
    symlink("/etc", root.path().join(".plimsoll/attempts/dead/x-1/etc")).unwrap();
    sweep(root.path(), &|short| short == "alive").unwrap();
    let left: Vec<_> =
        fs::read_dir(root.path().join(".plimsoll/attempts")).unwrap().flatten().collect();
    assert_eq!(left.len(), 1);
    assert!(Path::new("/etc/passwd").exists());
}
