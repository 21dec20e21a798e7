mod encrypted;
mod flips;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::{Column, Field, FieldKind, Signature};
use plimsoll_core::{Digest, Timestamp};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::envelope::Envelope;
use crate::key::SigningKey;
use crate::samples;
use crate::statement::{ClaimKind, Statement};
use crate::trust::{Trust, VerifyError};

fn now() -> Timestamp {
    Timestamp::from_millis(1_780_272_000_000)
}

fn trust_in(key: &SigningKey, roles: &[&str]) -> Trust {
    let key = json!({"name": "ci", "key": key.public().to_pem().unwrap(), "roles": roles});
    Trust::from_json(json!({"version": 1, "keys": [key]}), 0).unwrap()
}

fn trust() -> Trust {
    trust_in(&samples::key(), &["builder", "gate", "release"])
}

fn assembled(folder: &Path, model: &[u8]) -> Assembled {
    let path = folder.join("model.onnx");
    fs::write(&path, model).unwrap();
    let field = |name: &str, width| Field {
        name: name.to_owned(),
        kind: FieldKind::Tensor { element: "float".to_owned(), shape: vec![None, Some(width)] },
    };
    let column = |name: &str| Column { name: name.to_owned(), kind: "int64".to_owned() };
    let signature = Signature {
        inputs: vec![field("input", 2)],
        outputs: vec![field("variable", 1)],
        columns: [("input".to_owned(), vec![column("hr"), column("weekday")])].into(),
        classes: Vec::new(),
        recorded: None,
    };
    let (environment, card) = (b"numpy==2.4.0\n".to_vec(), b"# bike-demand\n".to_vec());
    Assembled::of(Parts { model: path, signature, environment, card }).unwrap()
}

fn sealed(statement: &Statement) -> Envelope {
    Envelope::seal(statement, &samples::key()).unwrap()
}

fn statements(subject: Subject) -> Statements {
    Statements {
        provenance: sealed(&samples::provenance(subject)),
        verdict: sealed(&samples::judged(subject, "pass")),
        release: sealed(&samples::released(subject)),
    }
}

/// What somebody says of a subject.
type Said = dyn Fn(Subject) -> Vec<Statement>;

/// What somebody does to a bundle.
type Change = dyn Fn(&Sample);

/// A bundle in a folder and the same in a tar file.
struct Sample {
    folder: TempDir,
    assembled: Assembled,
}

impl Sample {
    fn new() -> Self {
        let sample = Self::unwritten();
        let statements = statements(sample.subject());
        sample.assembled.write_folder(&sample.path(), &statements).unwrap();
        sample.assembled.write_file(&sample.tar(), &statements).unwrap();
        sample
    }

    fn unwritten() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let assembled = assembled(folder.path(), b"a model");
        Self { folder, assembled }
    }

    /// A bundle of which somebody says these things.
    fn saying(said: &Said) -> Self {
        let sample = Self::unwritten();
        let said = said(sample.subject());
        let written =
            |statement: &Statement| (statement.claim.kind(), sealed(statement).to_json().unwrap());
        let written: Vec<_> = said.iter().map(written).collect();
        sample.assembled.put_folder(&sample.path(), &written).unwrap();
        sample
    }

    fn subject(&self) -> Subject {
        self.assembled.subject()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    fn tar(&self) -> PathBuf {
        self.folder.path().join("bundle.tar")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn blob(&self, bytes: &[u8]) -> PathBuf {
        self.path().join(BLOBS).join(Digest::sha256(bytes).hex())
    }

    fn refusal(&self) -> String {
        refusal(&self.path(), &trust())
    }
}

fn verify(path: &Path, trust: &Trust) -> Result<VerifiedBundle, String> {
    let bundle = Bundle::open(path).map_err(|error| error.to_string())?;
    bundle.verify(trust, now()).map_err(|error| error.to_string())
}

fn refusal(path: &Path, trust: &Trust) -> String {
    verify(path, trust).unwrap_err()
}

#[test]
fn the_same_content_is_the_same_bundle() {
    let (one, other) = (Sample::new(), Sample::new());
    assert_eq!(fs::read(one.tar()).unwrap(), fs::read(other.tar()).unwrap());
    // A new subject for old content would release it again: the format needs a new version then.
    let subject = "sha256:67919ccea0edca1b1e53aebeb4c68e381c5f95368ace5692fa55f85e2e62b530";
    assert_eq!(one.subject().to_string(), subject);
    let changed = assembled(one.folder.path(), b"another model");
    assert_ne!(changed.subject(), one.subject());
}

#[test]
fn a_bundle_verifies_as_folder_and_as_file() {
    let sample = Sample::new();
    for path in [sample.path(), sample.tar()] {
        let verified = verify(&path, &trust()).unwrap();
        assert_eq!(verified.subject, sample.subject());
        assert_eq!(verified.release.version.to_string(), "bike-demand@1.0.0");
        assert_eq!(verified.signers[&ClaimKind::Verdict], "ci");
        assert_eq!(verified.signature.columns["input"][0].name, "hr");
        let mut model = Vec::new();
        verified.copy(Part::Model, &mut model).unwrap();
        assert_eq!(model, b"a model");
        assert_eq!(verified.size(Part::Card), 14);
    }
}

#[test]
fn a_part_that_changes_later_is_not_copied() {
    let sample = Sample::new();
    let verified = verify(&sample.path(), &trust()).unwrap();
    fs::write(sample.blob(b"a model"), b"a wodel").unwrap();
    let error = verified.copy(Part::Model, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with("model.onnx was changed after"), "{error}");
}

#[test]
fn nothing_is_written_over_and_nothing_left_behind() {
    let sample = Sample::new();
    let statements = statements(sample.subject());
    let error = sample.assembled.write_folder(&sample.path(), &statements).unwrap_err();
    assert!(matches!(error, WriteBundleError::Exists(_)), "{error}");
    let error = sample.assembled.write_file(&sample.tar(), &statements).unwrap_err();
    assert!(matches!(error, WriteBundleError::Exists(_)), "{error}");
    fs::write(sample.folder.path().join("model.onnx"), b"retrained").unwrap();
    let elsewhere = sample.folder.path().join("elsewhere");
    let error = sample.assembled.write_folder(&elsewhere, &statements).unwrap_err();
    assert!(matches!(error, WriteBundleError::Changed { .. }), "{error}");
    let error = sample.assembled.write_file(&elsewhere, &statements).unwrap_err();
    assert!(matches!(error, WriteBundleError::Changed { .. }), "{error}");
    assert_eq!(fs::read_dir(sample.folder.path()).unwrap().count(), 3);
}

#[test]
fn what_was_changed_is_named() {
    let sample = Sample::new();
    let model = sample.blob(b"a model");
    let name = format!("blobs/sha256/{}", Digest::sha256(b"a model").hex());
    fs::write(&model, b"a wodel").unwrap();
    let found = Digest::sha256(b"a wodel");
    let said = format!("`{name}` of the bundle was changed (its bytes hash to {found})");
    assert_eq!(sample.refusal(), said);
    fs::write(&model, b"a longer model").unwrap();
    let said = format!("`{name}` of the bundle was changed (it has 14 bytes, not 7)");
    assert_eq!(sample.refusal(), said);
    fs::remove_file(&model).unwrap();
    assert_eq!(sample.refusal(), format!("the bundle has no `{name}`"));
}

#[test]
fn what_is_missing_or_untrue_is_named() {
    let other = Subject::of(b"another manifest");
    let cases: [(&Said, &str); 7] = [
        (&|it| vec![samples::provenance(it), samples::released(it)], "the bundle has no verdict"),
        (&|_| Vec::new(), "the bundle has no provenance"),
        (
            &|it| {
                let verdict = samples::judged(it, "pass");
                vec![samples::provenance(it), verdict.clone(), verdict]
            },
            "the bundle has more than one verdict",
        ),
        (
            &|it| {
                let verdict = samples::judged(Subject::of(b"another manifest"), "pass");
                vec![samples::provenance(it), verdict, samples::released(it)]
            },
            "the verdict of the bundle is about ",
        ),
        (
            &|it| {
                let verdict = samples::judged(it, "block");
                vec![samples::provenance(it), verdict, samples::released(it)]
            },
            "the verdict of the bundle is `block` (expected `pass`)",
        ),
        (
            &|it| {
                let mut verdict = samples::judged(it, "pass");
                verdict.variant = "other".parse().unwrap();
                vec![samples::provenance(it), verdict, samples::released(it)]
            },
            "the provenance and the verdict of the bundle name different variants",
        ),
        (
            &|it| {
                let released = samples::released_after(it, &samples::judged_as("block"));
                vec![samples::provenance(it), samples::judged(it, "pass"), released]
            },
            "the verdict and the release of the bundle name different verdicts",
        ),
    ];
    for (said, expected) in cases {
        let sample = Sample::saying(said);
        let refusal = sample.refusal();
        assert!(refusal.starts_with(expected), "{refusal}");
        if expected.ends_with("about ") {
            assert_eq!(refusal, format!("{expected}{other}, not about {}", sample.subject()));
        }
    }
}

#[test]
fn whose_word_does_not_count_is_named() {
    let sample = Sample::new();
    let stranger = SigningKey::from_random([8; 32]).unwrap();
    let said = refusal(&sample.path(), &trust_in(&stranger, &["builder", "gate", "release"]));
    let id = samples::key().public().id().unwrap();
    let expected = format!(
        "the provenance of the bundle is signed by key {id}, which the trust file does not name"
    );
    assert_eq!(said, expected);

    let bundle = Bundle::open(&sample.tar()).unwrap();
    let error = bundle.verify(&trust_in(&samples::key(), &["builder", "release"]), now());
    let wrong = matches!(
        error.unwrap_err(),
        VerifyBundleError::Statement {
            kind: ClaimKind::Verdict,
            source: VerifyError::WrongRole { .. }
        }
    );
    assert!(wrong, "the verdict is by a key that is no gate");

    // Withdrawn keys do not come back with an older file: it is not even read to its end.
    let error = Trust::from_json(json!({"version": 1, "keys": []}), 2).unwrap_err();
    assert!(error.to_string().contains("was rolled back to version 1"), "{error}");
}

#[test]
fn a_statement_of_another_bundle_does_not_count() {
    let sample = Sample::unwritten();
    let other = tempfile::tempdir().unwrap();
    let other = assembled(other.path(), b"another model");
    let statement = sealed(&samples::judged(sample.subject(), "pass")).to_json().unwrap();
    sample.assembled.put_folder(&sample.path(), &[]).unwrap();
    let attached =
        manifest::Manifest::of_statement(ClaimKind::Verdict, &statement, other.manifest_bytes());
    let attached = serde_json::to_vec(&attached).unwrap();
    for bytes in [&attached[..], &statement, manifest::EMPTY_CONFIG] {
        fs::write(sample.blob(bytes), bytes).unwrap();
    }
    let index = manifest::Index::of(sample.assembled.manifest_bytes(), &[attached]);
    fs::write(sample.path().join(INDEX_FILE), serde_json::to_vec(&index).unwrap()).unwrap();
    let (found, expected) = (other.subject(), sample.assembled.subject());
    let said = format!("the verdict of the bundle is attached to {found}, not to {expected}");
    assert_eq!(sample.refusal(), said);
}

#[test]
fn what_does_not_belong_is_refused() {
    let cases: [(&Change, &str); 8] = [
        (&|it| fs::write(it.file("README"), "").unwrap(), "has a `README` that does not belong"),
        (&|it| fs::create_dir(it.file("blobs/md5")).unwrap(), "has a `blobs/md5` that"),
        (&|it| fs::write(it.file("blobs/sha256/x"), "").unwrap(), "has a `blobs/sha256/x` that"),
        (&|it| fs::write(it.blob(b"more"), "more").unwrap(), "1 file(s) that nothing in it"),
        (
            &|it| {
                fs::remove_file(it.blob(b"a model")).unwrap();
                symlink("/etc/passwd", it.blob(b"a model")).unwrap();
            },
            "is no regular file",
        ),
        (
            &|it| {
                fs::remove_file(it.file(INDEX_FILE)).unwrap();
                let fifo = rustix::fs::FileType::Fifo;
                let mode = rustix::fs::Mode::from_raw_mode(0o600);
                let path = it.file(INDEX_FILE);
                rustix::fs::mknodat(rustix::fs::CWD, path, fifo, mode, 0).unwrap();
            },
            "`index.json` of the bundle is no regular file",
        ),
        (
            &|it| {
                for number in 0..=MOST_FILES {
                    fs::write(it.blob(&number.to_le_bytes()), "").unwrap();
                }
            },
            "the bundle has more than 32 files",
        ),
        (
            &|it| {
                let index = fs::File::options().write(true).open(it.file(INDEX_FILE)).unwrap();
                index.set_len(LARGEST_DOCUMENT + 1).unwrap();
            },
            "`index.json` of the bundle has 4194305 bytes (at most 4194304)",
        ),
    ];
    for (change, said) in cases {
        let sample = Sample::new();
        change(&sample);
        assert!(sample.refusal().contains(said), "{}", sample.refusal());
    }
}

#[test]
fn a_foreign_or_broken_archive_is_refused() {
    let sample = Sample::new();
    let whole = fs::read(sample.tar()).unwrap();
    let entry = |name: &str, size| archive::header(name, size).unwrap().to_vec();
    let end = vec![0; 1024];
    let long = [whole.clone(), vec![0; 512]].concat();
    let cases = [
        (Vec::new(), "no tar file as Plimsoll writes one"),
        (whole[..whole.len() - 1].to_vec(), "no tar file as Plimsoll writes one"),
        (long, "no tar file as Plimsoll writes one"),
        ([entry("../outside", 0), end.clone()].concat(), "has a `../outside` that does not"),
        ([entry("/etc/passwd", 0), end.clone()].concat(), "has a `/etc/passwd` that does not"),
        ([entry("index.json", 0), entry("index.json", 0), end.clone()].concat(), "no tar file"),
        ([entry("index.json", 1 << 32), end.clone()].concat(), "no tar file"),
        (end, "the bundle has no `oci-layout`"),
    ];
    for (bytes, said) in cases {
        fs::write(sample.tar(), bytes).unwrap();
        let refusal = refusal(&sample.tar(), &trust());
        assert!(refusal.contains(said), "{refusal}");
    }
}

#[test]
fn a_document_has_one_spelling() {
    let sample = Sample::new();
    let path = sample.path().join(INDEX_FILE);
    let index = fs::read_to_string(&path).unwrap();
    for (there, instead) in
        [("{\"schema", "{ \"schema"), ("\"model\"}", "\"other\"}"), ("model.v1", "model.v2")]
    {
        assert!(index.contains(there), "{there} in {index}");
        fs::write(&path, index.replacen(there, instead, 1)).unwrap();
        assert_eq!(sample.refusal(), "`index.json` of the bundle is not as Plimsoll writes it");
    }
    fs::write(&path, "[".repeat(100_000)).unwrap();
    assert!(sample.refusal().contains("is no index that this version reads"));
}
