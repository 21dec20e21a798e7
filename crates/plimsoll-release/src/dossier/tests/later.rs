//! What was said of a version since it was made.

use plimsoll_core::approval::{Approval, Decision};

use super::*;
use crate::approval::Heard;
use crate::checkpoint::Checkpoint;
use crate::deployment::Deployed;
use crate::role::Role;
use crate::statement::Statement;

/// A dossier with a yes, a deployment, a reproduction and a checkpoint, by who has the key.
fn of_later() -> Scene {
    let mut scene = Scene::new();
    let subject = scene.subject;
    let sealed = |statement: &Statement| {
        Envelope::seal(statement, &samples::key()).unwrap().to_json().unwrap()
    };
    let approved = sealed(&samples::approved(subject, Decision::Approve));
    let deployed = sealed(&samples::deployed(subject));
    let reproduced = samples::reproduced(subject);
    let Claim::Reproduction(claim) = &reproduced.claim else { panic!("{reproduced:?}") };
    let (word, deployment) = (samples::word(Decision::Approve), samples::deployment());
    let variant = deployment.version.variant;
    let approval = Approval {
        decision: Decision::Approve,
        variant: variant.clone(),
        subject,
        run: samples::run(),
        by: "ben".parse().unwrap(),
        statement: Digest::blake3(&approved),
    };
    let moved = Transition::AliasMoved {
        variant,
        alias: deployment.alias,
        from: deployment.from,
        to: Some(deployment.version.number),
        statement: Some(Digest::blake3(&deployed)),
    };
    let occasion = |at, why| Occasion { at, who: "ada".parse().unwrap(), why, evidence: None };
    let more = [
        (Transition::Approval(approval), occasion(word.at, word.comment)),
        (moved, occasion(deployment.at, deployment.because)),
    ];
    let released: Released = serde_json::from_slice(&scene.files[file::RELEASE]).unwrap();
    let excerpt = Scene::audit(&released, &more, Some(8));
    assert_eq!(excerpt.links.len(), 7, "from the release to the entry that is vouched for");
    let (log, end) = (excerpt.links[0].previous, excerpt.links.last().unwrap());
    let (sequence, head) = (end.sequence, end.digest);
    let checkpoint = Checkpoint {
        role: Role::Release,
        builder: samples::builder(),
        log,
        sequence,
        head,
        at: now(),
    };
    let checkpoint = checkpoint.seal(&samples::key()).unwrap().to_json().unwrap();
    scene.files.extend([
        (file::AUDIT.to_owned(), document(&excerpt).unwrap()),
        (file::approval(6), approved),
        (file::deployment(7), deployed),
        (file::reproduction(1), sealed(&reproduced)),
        (file::reproduction_evidence(1), serde_json::to_vec(&claim.reproduction).unwrap()),
        (file::checkpoint(8), checkpoint),
    ]);
    scene
}

#[test]
fn what_was_said_since_is_told_with_who_said_it() {
    let scene = of_later();
    let folder = scene.written();
    let everything = trust(&["builder", "gate", "release", "approver"]);
    let later = verify(&folder, &everything).unwrap().later;
    assert!(matches!(&later.approvals[..], [Heard::Opinion(it)] if it.by == "ada"), "{later:?}");
    let [(alias, Deployed::Signed { by, .. })] = &later.deployments[..] else {
        panic!("{later:?}")
    };
    assert_eq!((alias.as_str(), by.as_str()), ("champion", "ada"));
    assert!(matches!(&later.reproductions[..], [Again::Said { by, .. }] if by == "ada"));
    assert_eq!(later.checkpoints, [Vouched { entry: 8, by: Ok("ada".to_owned()) }]);
    // Nobody who may approve said it: told, and no fault of the dossier.
    let later = verify(&folder, &all()).unwrap().later;
    assert!(matches!(&later.approvals[..], [Heard::Stranger { .. }]), "{later:?}");
}

#[test]
fn what_was_said_since_is_neither_left_out_nor_put_in() {
    let refused = |change: fn(&mut BTreeMap<String, Vec<u8>>)| {
        let mut scene = of_later();
        change(&mut scene.files);
        verify(&scene.written(), &trust(&["builder", "gate", "release", "approver"])).unwrap_err()
    };
    insta::assert_snapshot!([
        refused(|files| _ = files.remove(&file::approval(6))),
        refused(|files| _ = files.remove(&file::deployment(7))),
        refused(|files| _ = files.insert(file::deployment(7), files[&file::approval(6)].clone())),
        refused(|files| _ = files.insert(file::deployment(9), files[&file::deployment(7)].clone())),
        refused(|files| _ = files.insert(file::reproduction(3), files[&file::reproduction(1)].clone())),
        refused(|files| _ = files.insert(file::reproduction_evidence(2), b"{}".to_vec())),
        refused(|files| _ = files.insert(file::reproduction_evidence(1), b"{}".to_vec())),
        refused(|files| _ = files.insert(file::reproduction(1), files[&file::deployment(7)].clone())),
        refused(|files| _ = files.insert(file::checkpoint(7), files[&file::checkpoint(8)].clone())),
        refused(|files| _ = files.insert(file::checkpoint(9), files[&file::checkpoint(8)].clone())),
        refused(|files| _ = files.insert(file::checkpoint(8), b"{}".to_vec())),
    ].join("\n"), @"
        the dossier has no `statements/approval-6.sigstore.json`
        the dossier has no `statements/deployment-7.sigstore.json`
        `statements/deployment-7.sigstore.json` of the dossier does not agree with the audit log (the digest)
        `statements/deployment-9.sigstore.json` of the dossier does not agree with the rest (nothing tells of it)
        `statements/reproduction-3.sigstore.json` of the dossier does not agree with the rest (nothing tells of it)
        `evidence/reproduction/2.json` of the dossier does not agree with the rest (nothing tells of it)
        `evidence/reproduction/1.json` of the dossier does not agree with the statement about it (its digest)
        `statements/reproduction-1.sigstore.json` of the dossier is of the kind `deployment` (expected `reproduction`)
        `checkpoints/7.sigstore.json` of the dossier does not agree with the audit log (the entry's digest)
        `checkpoints/9.sigstore.json` of the dossier does not agree with the audit log (the entry)
        `checkpoints/8.sigstore.json` of the dossier is no checkpoint that this version reads (is no Sigstore bundle with a public key and a DSSE envelope (missing field `mediaType` at line 1 column 2))
        ");
}
