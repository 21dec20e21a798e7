use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_core::audit::{Occasion, Transition, seal};
use plimsoll_core::gate::Verdict;
use plimsoll_core::lifecycle::{Candidate, Judgement, Released, Subject};
use plimsoll_core::{Digest, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::bundle::{Assembled, Parts};
use crate::envelope::Envelope;
use crate::samples;
use crate::statement::{Claim, ClaimKind};
use crate::trust::Trust;

mod later;

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_300_000_000)
}

fn trust(roles: &[&str]) -> Trust {
    let pem = samples::key().public().to_pem().unwrap();
    let content = json!({"version": 1, "keys": [{"name": "ada", "key": pem, "roles": roles}]});
    Trust::from_json(content, 0).unwrap()
}

fn all() -> Trust {
    trust(&["builder", "gate", "release"])
}

/// A folder with a model of its own, and the parts of a bundle made of it.
struct Scene {
    folder: tempfile::TempDir,
    files: BTreeMap<String, Vec<u8>>,
    subject: Subject,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model.onnx");
        fs::write(&model, b"weights").unwrap();
        let signature = json!({"inputs": [], "outputs": []});
        let parts = Parts {
            model,
            signature: serde_json::from_value(signature).unwrap(),
            environment: b"numpy==2.0.0\n".to_vec(),
            card: b"# bikes\n".to_vec(),
        };
        let signature = serde_json::to_vec(&parts.signature).unwrap();
        let assembled = Assembled::of(parts.clone()).unwrap();
        let subject = assembled.subject();
        let evaluation = b"{\"measured\":true}".to_vec();
        let mut verdict = samples::verdict("pass");
        verdict.evidence = Some(Digest::blake3(&evaluation));
        let claim =
            crate::statement::VerdictClaim::of(verdict.clone(), samples::builder()).unwrap();
        let released = Self::released(subject, &verdict);
        let statements = [
            (ClaimKind::Provenance, samples::provenance(subject)),
            (ClaimKind::Verdict, {
                let variant = released.version.variant.clone();
                let claim = Claim::Verdict(Box::new(claim.clone()));
                crate::statement::Statement { variant, subject, claim }
            }),
            (ClaimKind::Release, samples::released_after(subject, &claim)),
        ];
        let mut files = BTreeMap::from([
            (file::BUNDLE_MANIFEST.to_owned(), assembled.manifest_bytes().to_vec()),
            (file::SIGNATURE.to_owned(), signature),
            (file::ENVIRONMENT.to_owned(), parts.environment),
            (file::CARD_SOURCE.to_owned(), parts.card),
            (file::EVALUATION.to_owned(), evaluation),
            (file::VERDICT.to_owned(), serde_json::to_vec(&verdict).unwrap()),
            (file::RELEASE.to_owned(), document(&released).unwrap()),
            (file::AUDIT.to_owned(), document(&Self::audit(&released, &[], None)).unwrap()),
            ("index.html".to_owned(), b"<!doctype html>".to_vec()),
        ]);
        for (kind, statement) in statements {
            let envelope = Envelope::seal(&statement, &samples::key()).unwrap();
            let name = format!("{}{kind}.sigstore.json", file::STATEMENTS);
            files.insert(name, envelope.to_json().unwrap());
        }
        Self { folder, files, subject }
    }

    fn released(subject: Subject, verdict: &Verdict) -> Released {
        let digest = Digest::blake3(b"x");
        let verdict_digest = Digest::of_json(verdict).unwrap();
        let candidate: Candidate = serde_json::from_value(json!({
            "variant": "bike-demand", "subject": subject,
            "signature": {"inputs": [], "outputs": []},
            "contents": {"model": digest, "environment": digest, "card": digest},
            "lineage": {
                "run": samples::run(), "commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                "data": {}, "parent": null, "cause": null,
            },
            "judgement": Judgement::of(verdict, verdict_digest, subject, digest),
        }))
        .unwrap();
        serde_json::from_value(json!({
            "schema": "plimsoll.release-record/v1", "version": "bike-demand@1.0.0", "bump": "first",
            "because": "bike-demand has no version yet", "candidate": candidate,
        }))
        .unwrap()
    }

    /// The log: an entry of another model, the release, and another model again.
    fn audit(
        released: &Released,
        more: &[(Transition, Occasion)],
        until: Option<u64>,
    ) -> AuditExcerpt {
        let note = |text: &str| text.parse().unwrap();
        let occasion =
            Occasion { at: now(), who: note("ada"), why: note("it passed"), evidence: None };
        let other = |number: &str| {
            let version = format!("other@{number}").parse().unwrap();
            Transition::Yanked { version }
        };
        let own = Transition::released(released).unwrap();
        let yanked = Transition::Yanked { version: released.version.clone() };
        let mut log = Vec::new();
        let mut last = None;
        let first = [other("1.0.0"), own, other("1.1.0"), yanked, other("2.0.0")];
        let first = first.map(|what| (what, occasion.clone()));
        let after = (other("3.0.0"), occasion);
        let all = first.into_iter().chain(more.iter().cloned()).chain([after]);
        for ((what, occasion), sequence) in all.zip(1..) {
            let entry = plimsoll_core::audit::AuditEntry::new(sequence, what, &occasion);
            let sealed = seal(last, &entry).unwrap();
            last = Some(sealed.digest);
            log.push((entry, sealed));
        }
        AuditExcerpt::of(&released.version.variant.model, &log, until)
    }

    fn draft(&self) -> Draft {
        let mut draft = Draft::new("bike-demand@1.0.0".parse().unwrap(), self.subject);
        for (name, bytes) in &self.files {
            draft.add(name, Content::Bytes(bytes.clone())).unwrap();
        }
        draft
    }

    fn sealed(&self) -> SealedDossier {
        self.draft().seal(&samples::key(), samples::builder()).unwrap()
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn written(&self) -> PathBuf {
        let place = self.place("dossier");
        self.sealed().write_folder(&place).unwrap();
        place
    }

    /// What is said of a dossier that is signed anew after `change`.
    fn refusal(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> String {
        let mut scene = Self::new();
        change(&mut scene.files);
        verify(&scene.written(), &all()).unwrap_err()
    }
}

fn verify(path: &Path, trust: &Trust) -> Result<VerifiedDossier, String> {
    let opened = Dossier::open(path).map_err(|error| error.to_string())?;
    opened.verify(trust, now()).map_err(|error| error.to_string())
}

#[test]
fn a_folder_and_a_tar_file_verify_and_have_one_spelling() {
    let scene = Scene::new();
    let (folder, tar) = (scene.written(), scene.place("dossier.tar"));
    scene.sealed().write_file(&tar).unwrap();
    for path in [&folder, &tar] {
        assert!(Dossier::is_at(path), "{}", path.display());
        let verified = verify(path, &all()).unwrap();
        assert_eq!(verified.version.to_string(), "bike-demand@1.0.0");
        assert_eq!((verified.files, verified.audited, verified.has_weights), (14, 2, false));
        assert_eq!(verified.signers.len(), 4);
    }
    let again = scene.place("again.tar");
    Scene::new().sealed().write_file(&again).unwrap();
    assert_eq!(fs::read(&tar).unwrap(), fs::read(&again).unwrap());
    let error = scene.sealed().write_file(&tar).unwrap_err();
    assert!(matches!(error, WriteDossierError::Exists(_)), "{error}");
    assert!(matches!(scene.sealed().write_folder(&folder), Err(WriteDossierError::Exists(_))));
}

#[test]
fn weights_are_those_that_the_bundle_names() {
    let scene = Scene::new();
    let seal = |bytes: &[u8]| {
        let file = scene.place("weights");
        fs::write(&file, bytes).unwrap();
        let mut draft = scene.draft();
        draft.add(file::MODEL, Content::File(file)).unwrap();
        draft.seal(&samples::key(), samples::builder()).unwrap()
    };
    let (good, bad) = (scene.place("good.tar"), scene.place("bad"));
    seal(b"weights").write_file(&good).unwrap();
    assert!(verify(&good, &all()).unwrap().has_weights);
    seal(b"others!").write_folder(&bad).unwrap();
    assert_eq!(
        verify(&bad, &all()).unwrap_err(),
        "`bundle/model.onnx` of the dossier does not agree with the bundle's manifest (its digest)"
    );
}

#[test]
fn no_byte_of_a_tar_file_can_be_changed() {
    let scene = Scene::new();
    let tar = scene.place("dossier.tar");
    scene.sealed().write_file(&tar).unwrap();
    let whole = fs::read(&tar).unwrap();
    let changed = scene.place("changed.tar");
    // A prime, so that every place within a block is met.
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&changed, bytes).unwrap();
        assert!(verify(&changed, &all()).is_err(), "byte {at}");
    }
    for length in [0, 100, 512, whole.len() - 1, whole.len() - 512] {
        fs::write(&changed, &whole[..length]).unwrap();
        let error = verify(&changed, &all()).unwrap_err();
        assert!(error.contains("is no tar file as Plimsoll writes one"), "{error}");
    }
    fs::write(&changed, [&whole[..], b"x"].concat()).unwrap();
    assert!(verify(&changed, &all()).is_err());
}

#[test]
fn what_is_added_missing_linked_or_edited_is_named() {
    let change = |change: &dyn Fn(&Path)| {
        let scene = Scene::new();
        let folder = scene.written();
        change(&folder);
        verify(&folder, &all()).unwrap_err()
    };
    let edited = change(&|folder| fs::write(folder.join("index.html"), "<!doctype HTML>").unwrap());
    assert!(
        edited.starts_with("`index.html` of the dossier was changed (its bytes hash to"),
        "{edited}"
    );
    let longer =
        change(&|folder| fs::write(folder.join("index.html"), "more than there was").unwrap());
    assert!(longer.ends_with("was changed (it has 19 bytes, not 15)"), "{longer}");
    let missing = change(&|folder| fs::remove_file(folder.join("index.html")).unwrap());
    assert_eq!(missing, "the dossier has no `index.html`");
    let added = change(&|folder| fs::write(folder.join("notes.txt"), "").unwrap());
    assert!(added.contains("1 file(s) that its manifest does not name (the first is `notes.txt`)"));
    let hidden = change(&|folder| fs::write(folder.join(".hidden"), "").unwrap());
    assert_eq!(hidden, "the dossier has a `.hidden` that does not belong to it");
    let linked = change(&|folder| {
        fs::rename(folder.join("index.html"), folder.join("../outside")).unwrap();
        std::os::unix::fs::symlink("../outside", folder.join("index.html")).unwrap();
    });
    assert_eq!(linked, "`index.html` of the dossier is no regular file");
    let empty = change(&|folder| fs::create_dir(folder.join("empty")).unwrap());
    assert_eq!(empty, "the dossier has a `empty` that does not belong to it");
    let deep = change(&|folder| fs::create_dir_all(folder.join("a/b/c/d/e")).unwrap());
    assert!(deep.contains("folders more than 4 deep"), "{deep}");
    let huge = change(&|folder| {
        fs::File::create(folder.join("dossier.json")).unwrap().set_len(100 << 20).unwrap();
    });
    assert!(huge.contains("has 104857600 bytes (at most 67108864)"), "{huge}");
    let unsigned = change(&|folder| fs::remove_file(folder.join("dossier.sigstore.json")).unwrap());
    assert_eq!(unsigned, "the dossier has no `dossier.sigstore.json`");
    let reformatted = change(&|folder| {
        let file = folder.join("dossier.json");
        fs::write(&file, fs::read_to_string(&file).unwrap() + "\n").unwrap();
    });
    assert_eq!(reformatted, "`dossier.json` of the dossier is not as Plimsoll writes it");
}

#[test]
fn what_is_signed_must_agree() {
    let replaced = |name: &'static str, from: &'static str, to: &'static str| {
        Scene::refusal(move |files| {
            let text = String::from_utf8(files[name].clone()).unwrap();
            assert!(text.contains(from), "{text}");
            files.insert(name.to_owned(), text.replace(from, to).into_bytes());
        })
    };
    let card = replaced(file::CARD_SOURCE, "bikes", "cars");
    assert!(
        card.contains("`bundle/manifest.json` of the dossier does not agree with the parts"),
        "{card}"
    );
    let evaluation = replaced(file::EVALUATION, "true", "false");
    assert!(evaluation.contains("does not agree with the verdict (the evidence that it names)"));
    let verdict = replaced(file::VERDICT, "0.2037119", "0.1037119");
    assert!(verdict.contains("does not agree with the verdict that was signed"), "{verdict}");
    let release = replaced(file::RELEASE, "@1.0.0", "@1.0.1");
    assert!(release.contains("does not agree with the statements"), "{release}");
    let why = replaced(file::AUDIT, "it passed", "he passed");
    assert_eq!(why, "the audit log of the dossier has entry 2, which was changed");
    let gap = replaced(file::AUDIT, "\"sequence\": 3,", "\"sequence\": 4,");
    assert!(gap.ends_with("has entry 4 where entry 3 should be"), "{gap}");
    let scan = Scene::refusal(|files| {
        files.insert("evidence/scan/model.json".to_owned(), b"{}".to_vec());
    });
    assert!(scan.starts_with("`evidence/scan/model.json` of the dossier does not agree"), "{scan}");
    let added = Scene::refusal(|files| {
        files.insert("evidence/data/more.json".to_owned(), b"{}".to_vec());
    });
    assert!(added.contains("does not agree with the provenance"), "{added}");
    let manifest = Scene::refusal(|files| {
        files.insert(file::BUNDLE_MANIFEST.to_owned(), b"{}".to_vec());
    });
    assert!(manifest.contains("does not agree with the manifest (the subject)"), "{manifest}");
    let statement = Scene::refusal(|files| {
        let verdict = files["statements/verdict.sigstore.json"].clone();
        files.insert("statements/release.sigstore.json".to_owned(), verdict);
    });
    assert_eq!(
        statement,
        "the release of the dossier is of the kind `verdict` (expected `release`)"
    );
}

#[test]
fn only_who_releases_vouches_for_it() {
    let scene = Scene::new();
    let error = verify(&scene.written(), &trust(&["builder", "gate"])).unwrap_err();
    assert_eq!(
        error,
        "the dossier of the dossier is signed by key `ada`, which is not trusted as release (only as builder, gate)"
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let mut draft = Scene::new().draft();
    let long = "a".repeat(100);
    for name in [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        ".x",
        "a/.x",
        "a b",
        "é",
        "a\n",
        "a/b/c/d/e",
        "dossier.json",
        &long,
    ] {
        let error = draft.add(name, Content::Bytes(Vec::new())).unwrap_err();
        assert!(matches!(error, AddError::Name(_)), "{name}: {error}");
    }
    let twice = draft.add("index.html", Content::Bytes(Vec::new())).unwrap_err();
    assert_eq!(twice.to_string(), "the dossier has a `index.html` already");
}

#[test]
fn what_is_no_dossier_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, vec![0; 4096]).unwrap();
    assert!(!Dossier::is_at(folder.path()) && !Dossier::is_at(&file));
    let value: Value = json!({});
    fs::write(folder.path().join("dossier.json"), value.to_string()).unwrap();
    let error = verify(folder.path(), &all()).unwrap_err();
    assert_eq!(
        error,
        "`dossier.json` of the dossier is no manifest of a dossier that this version reads"
    );
}
