use std::num::NonZeroU32;

use plimsoll_core::Timestamp;
use plimsoll_core::approval::{
    Approval, ApprovalRecord, Case, Decision, Opinion, Purpose, Quorum, Uncounted, Validity, judge,
};
use plimsoll_core::gate::Origin;
use plimsoll_core::lifecycle::Subject;
use serde_json::{Value, json};

use super::*;
use crate::envelope::Envelope;
use crate::key::SigningKey;
use crate::samples;
use crate::statement::Statement;
use crate::trust::Trust;

/// 2026-06-01T00:00:00Z; the samples are said on the first of January.
fn now() -> Timestamp {
    Timestamp::from_millis(1_780_272_000_000)
}

fn subject() -> Subject {
    Subject::of(b"manifest")
}

fn trust(entries: &[(&str, &str, Value)]) -> Trust {
    let key = samples::key().public().to_pem().unwrap();
    let other = SigningKey::from_random([8; 32]).unwrap().public().to_pem().unwrap();
    let entry = |(place, (name, role, more)): (usize, &(&str, &str, Value))| {
        let mut entry = json!({
            "name": name, "key": if place == 0 { &key } else { &other }, "roles": [role],
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            entry[field] = value.clone();
        }
        entry
    };
    let keys: Vec<Value> = entries.iter().enumerate().map(entry).collect();
    Trust::from_json(json!({"version": 1, "keys": keys}), 0).unwrap()
}

fn approver(more: Value) -> Trust {
    trust(&[("ben", "approver", more)])
}

fn record(decision: Decision) -> ApprovalRecord {
    let approval = Approval {
        decision,
        variant: "bike-demand".parse().unwrap(),
        subject: subject(),
        run: samples::run(),
        by: "ben".parse().unwrap(),
        statement: plimsoll_core::Digest::blake3(b"statement"),
    };
    ApprovalRecord { entry: 5, at: now(), why: "looked at it".parse().unwrap(), approval }
}

fn sealed(statement: &Statement) -> Vec<u8> {
    Envelope::seal(statement, &samples::key()).unwrap().to_json().unwrap()
}

fn opinion(trust: &Trust, decision: Decision) -> Opinion {
    let bytes = sealed(&samples::approved(subject(), decision));
    match hear(trust, &record(decision), &bytes, now()).unwrap() {
        Heard::Opinion(opinion) => opinion,
        stranger @ Heard::Stranger { .. } => panic!("{stranger:?}"),
    }
}

#[test]
fn an_approver_is_heard_with_what_the_word_was_given_for() {
    let heard = opinion(&approver(json!({})), Decision::Approve);
    assert_eq!((&*heard.by, heard.decision), ("ben", Decision::Approve));
    assert_eq!(heard.verdict, samples::judged_as("pass").digest);
    assert_eq!(heard.validity, Validity::Valid);
}

#[test]
fn a_key_that_ended_is_heard_as_one_that_ended() {
    let ended = approver(json!({"to": "2026-03-01T00:00:00Z"}));
    let heard = opinion(&ended, Decision::Reject);
    let said = "said something that is signed by key `ben`, which expired at 2026-03-01T00:00:00Z";
    assert_eq!(heard.validity, Validity::Ended(said.to_owned()));
    // Said after its end, or before its beginning: nobody said it.
    for more in [json!({"to": "2025-03-01T00:00:00Z"}), json!({"from": "2027-01-01T00:00:00Z"})] {
        let bytes = sealed(&samples::approved(subject(), Decision::Reject));
        let heard = hear(&approver(more), &record(Decision::Reject), &bytes, now()).unwrap();
        assert!(matches!(heard, Heard::Stranger { .. }), "{heard:?}");
    }
}

#[test]
fn strangers_are_told_from_forgers() {
    let bytes = sealed(&samples::approved(subject(), Decision::Approve));
    for known in [trust(&[]), trust(&[("ben", "builder", json!({}))])] {
        let heard = hear(&known, &record(Decision::Approve), &bytes, now()).unwrap();
        assert!(matches!(&heard, Heard::Stranger { by, .. } if by == "ben"), "{heard:?}");
    }
    let trust = approver(json!({}));
    let refused = |record: &ApprovalRecord, bytes: &[u8]| {
        hear(&trust, record, bytes, now()).unwrap_err().to_string()
    };
    let yes = record(Decision::Approve);
    let mut elsewhere = yes.clone();
    elsewhere.approval.subject = Subject::of(b"another");
    let mut of_run = yes.clone();
    of_run.approval.run = plimsoll_core::RunId::from_bytes([1; 16]);
    let mut of_variant = yes.clone();
    of_variant.approval.variant = "bike-demand.fast".parse().unwrap();
    let forged =
        String::from_utf8(bytes.clone()).unwrap().replacen("\"sig\":\"ME", "\"sig\":\"MF", 1);
    insta::assert_snapshot!([
        refused(&yes, b"{}"),
        refused(&yes, forged.as_bytes()),
        refused(&yes, &sealed(&samples::judged(subject(), "pass"))),
        refused(&elsewhere, &bytes).replace(&subject().to_string(), "SUBJECT"),
        refused(&record(Decision::Reject), &bytes),
        refused(&of_run, &bytes),
        refused(&of_variant, &bytes),
    ].join("\n"), @"
    what ben said (entry 5 of the audit log) is no Sigstore bundle with a public key and a DSSE envelope (missing field `mediaType` at line 1 column 2)
    what ben said (entry 5 of the audit log) has a signature that is not one of key `ben` over what it says
    what ben said (entry 5 of the audit log) is of the kind `verdict` (expected `approval`)
    what ben said (entry 5 of the audit log) is about SUBJECT, not about sha256:ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5
    entry 5 of the audit log says that ben rejected it, and the signed statement has another answer
    entry 5 of the audit log says that ben approved it, and the signed statement has another run
    entry 5 of the audit log says that ben approved it, and the signed statement has another variant
    ");
}

#[test]
fn says_who_is_missing_and_what_does_not_count() {
    let trust = trust(&[("ben", "approver", json!({})), ("carol", "approver", json!({}))]);
    assert_eq!(trust.approvers(now()).len(), 2);
    let quorum = Quorum {
        count: NonZeroU32::new(2).unwrap(),
        within_days: Some(30),
        line: 9,
        from: Origin::Policy,
    };
    let yes = opinion(&trust, Decision::Approve);
    let case = Case {
        quorum: Some(&quorum),
        verdict: yes.verdict,
        rules: yes.rules,
        policy: None,
        makers: &["ci".to_owned()].into(),
        now: now(),
    };
    let standing = judge(std::slice::from_ref(&yes), &case);
    let [Uncounted { why, .. }] = &standing.uncounted[..] else { panic!("it is five months old") };
    assert!(why.starts_with("approved it 150 days ago"), "{why}");
    let waiting = UnapprovedError::Waiting {
        what: "bikes@1.1.0".to_owned(),
        purpose: Purpose::Deploy,
        quorum: Box::new(quorum),
        standing: Box::new(standing),
        able: trust.approvers(now()),
    };
    insta::assert_snapshot!(waiting, @"bikes@1.1.0 needs 2 approvals of the last 30 days before it is deployed (policy.yaml:9): there is none, 2 are missing; not counted: ben approved it 150 days ago, and a yes counts less than 30");
    let rejected = vec![Opinion { decision: Decision::Reject, ..yes }];
    let rejected = UnapprovedError::Rejected { what: "bikes@1.1.0".to_owned(), rejected };
    insta::assert_snapshot!(rejected, @"bikes@1.1.0 was rejected by ben on 2026-01-01 (looked at it)");
}
