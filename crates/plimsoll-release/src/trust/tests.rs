use plimsoll_core::lifecycle::Subject;
use serde_json::json;

use super::*;
use crate::envelope::Envelope;
use crate::key::SigningKey;
use crate::samples;
use crate::statement::{ClaimKind, Statement};

/// 2026-06-01T00:00:00Z.
fn now() -> Timestamp {
    Timestamp::from_millis(1_780_272_000_000)
}

fn subject() -> Subject {
    Subject::of(b"manifest")
}

fn entry(name: &str, key: &SigningKey, roles: &[&str]) -> Value {
    json!({"name": name, "key": key.public().to_pem().unwrap(), "roles": roles})
}

fn trust(key: &Value) -> Trust {
    Trust::from_json(json!({"version": 3, "keys": [key]}), 0).unwrap()
}

fn sealed(statement: &Statement) -> Envelope {
    Envelope::seal(statement, &samples::key()).unwrap()
}

fn refusal(trust: &Trust, envelope: &Envelope, about: Subject) -> String {
    trust.verify(envelope, about, ClaimKind::Verdict, now()).unwrap_err().to_string()
}

#[test]
fn believes_a_trusted_key_in_its_role() {
    let trust = trust(&entry("ci", &samples::key(), &["gate"]));
    let statement = samples::judged(subject(), "pass");
    let verified = trust.verify(&sealed(&statement), subject(), ClaimKind::Verdict, now()).unwrap();
    assert_eq!(verified.statement, statement);
    assert_eq!(verified.signer, "ci");
    assert_eq!(verified.key, samples::key().public().id().unwrap());
}

#[test]
fn has_one_error_per_cause() {
    let envelope = sealed(&samples::judged(subject(), "pass"));
    let other = SigningKey::from_random([8; 32]).unwrap();
    let stranger = entry("other", &other, &["gate"]);
    let entry = |roles: &[&str]| entry("ci", &samples::key(), roles);
    let id = samples::key().public().id().unwrap();

    let unknown = trust(&stranger);
    let said = refusal(&unknown, &envelope, subject());
    assert_eq!(said, format!("is signed by key {id}, which the trust file does not name"));

    let builder = trust(&entry(&["release", "builder"]));
    let said = refusal(&builder, &envelope, subject());
    let expected = "is signed by key `ci`, which is not trusted as gate (only as builder, release)";
    assert_eq!(said, expected);

    let mut dated = entry(&["gate"]);
    dated["to"] = json!("2026-06-01T00:00:00Z");
    let said = refusal(&trust(&dated), &envelope, subject());
    assert_eq!(said, "is signed by key `ci`, which expired at 2026-06-01T00:00:00Z");
    dated["to"] = json!("2026-06-01T00:00:00.001Z");
    assert!(trust(&dated).verify(&envelope, subject(), ClaimKind::Verdict, now()).is_ok());
    dated["from"] = json!("2026-06-01T00:00:00.001Z");
    dated["to"] = json!("2027-06-01T00:00:00Z");
    let said = refusal(&trust(&dated), &envelope, subject());
    assert_eq!(said, "is signed by key `ci`, which is valid from 2026-06-01T00:00:00.001Z only");

    let gate = trust(&entry(&["gate", "release"]));
    let elsewhere = Subject::of(b"another manifest");
    let said = refusal(&gate, &envelope, elsewhere);
    assert_eq!(said, format!("is about {}, not about {elsewhere}", subject()));

    let release = sealed(&samples::released(subject()));
    let said = refusal(&gate, &release, subject());
    assert_eq!(said, "is of the kind `release` (expected `verdict`)");
}

#[test]
fn a_changed_statement_or_signature_is_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let trust = trust(&entry("ci", &samples::key(), &["gate"]));
    let bytes = sealed(&samples::judged(subject(), "pass")).to_json().unwrap();
    let wire: Value = serde_json::from_slice(&bytes).unwrap();
    for place in ["/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig"] {
        let decoded = STANDARD.decode(wire.pointer(place).unwrap().as_str().unwrap()).unwrap();
        for at in [0, decoded.len() / 2, decoded.len() - 1] {
            let mut changed = decoded.clone();
            changed[at] ^= 1;
            let mut wire = wire.clone();
            *wire.pointer_mut(place).unwrap() = json!(STANDARD.encode(changed));
            let envelope = Envelope::from_json(wire.to_string().as_bytes()).unwrap();
            let said = refusal(&trust, &envelope, subject());
            assert_eq!(said, "has a signature that is not one of key `ci` over what it says");
        }
    }
}

#[test]
fn an_older_trust_file_is_refused() {
    let content = || json!({"version": 3, "keys": [entry("ci", &samples::key(), &["gate"])]});
    assert_eq!(Trust::from_json(content(), 3).unwrap().version(), 3);
    let error = Trust::from_json(content(), 4).unwrap_err();
    let said = "the trust file was rolled back to version 3 (version 4 was seen before)";
    assert_eq!(error.to_string(), said);
}

#[test]
fn what_is_wrong_in_a_trust_file_is_named() {
    let key = || entry("ci", &samples::key(), &["gate"]);
    let with = |name: &str, value: Value| {
        let mut key = key();
        key[name] = value;
        json!({"version": 1, "keys": [key]})
    };
    let twice =
        json!({"version": 1, "keys": [key(), entry("again", &samples::key(), &["release"])]});
    let cases = [
        (json!({"version": 0, "keys": []}), "has version 0 (the first is 1)"),
        (json!({"version": 1}), "is malformed (missing field `keys`)"),
        (json!({"version": 1, "keys": [], "more": 1}), "unknown field `more`"),
        (with("roles", json!([])), "key `ci` of the trust file has no roles"),
        (with("roles", json!(["owner"])), "unknown variant `owner`"),
        (with("key", json!("-----BEGIN")), "key `ci` of the trust file is no public ECDSA P-256"),
        (with("from", json!("soon")), "`soon` of key `ci` in the trust file is no time"),
        (twice, "keys `ci` and `again` of the trust file are the same key"),
    ];
    for (content, said) in cases {
        let error = Trust::from_json(content, 0).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let mut never = key();
    never["from"] = json!("2026-01-02T00:00:00Z");
    never["to"] = json!("2026-01-02T00:00:00Z");
    let error = Trust::from_json(json!({"version": 1, "keys": [never]}), 0).unwrap_err();
    assert!(error.to_string().contains("is valid at no time"), "{error}");
}

#[test]
fn a_revoked_key_counts_for_nothing_whenever_it_signed() {
    let envelope = sealed(&samples::judged(subject(), "pass"));
    let mut key = entry("ci", &samples::key(), &["gate"]);
    key["line"] = json!(7);
    // Long before, a year after now, and of a key that ended as well.
    for at in ["2020-01-01T00:00:00Z", "2027-06-01T00:00:00Z"] {
        for to in [json!(null), json!("2025-01-01T00:00:00Z")] {
            key["revoked"] = json!({"at": at, "reason": "laptop stolen"});
            key["to"] = to;
            let trust = trust(&key);
            let said = refusal(&trust, &envelope, subject());
            let expected = format!(
                "is signed by key `ci` (line 7), which is revoked: since {at} somebody else may have it (laptop stolen)"
            );
            assert_eq!(said, expected);
            let id = samples::key().public().id().unwrap();
            assert_eq!(trust.keys()[&id].validity(now()), Validity::Revoked);
        }
    }
    let mut without = key.clone();
    without["revoked"] = json!({"reason": "laptop stolen"});
    let error = Trust::from_json(json!({"version": 1, "keys": [without]}), 0).unwrap_err();
    assert!(error.to_string().contains("missing field `at`"), "{error}");
    key["revoked"] = json!({"at": "soon", "reason": "laptop stolen"});
    let error = Trust::from_json(json!({"version": 1, "keys": [key]}), 0).unwrap_err();
    assert!(error.to_string().starts_with("`soon` of key `ci` (line 7) in"), "{error}");
}

#[test]
fn keys_overlap_while_one_takes_the_place_of_another() {
    let (old, new) = (samples::key(), SigningKey::from_random([8; 32]).unwrap());
    let mut ending = entry("ci", &old, &["gate"]);
    ending["to"] = json!("2026-06-01T00:00:00.001Z");
    // Of one name and one role, and each with its own signature.
    let keys = json!({"version": 4, "keys": [ending, entry("ci", &new, &["gate"])]});
    let trust = Trust::from_json(keys, 3).unwrap();
    let statement = samples::judged(subject(), "pass");
    let later = Timestamp::from_millis(now().as_millis() + 1);
    for (key, until) in [(old, now()), (new, later)] {
        let envelope = Envelope::seal(&statement, &key).unwrap();
        assert!(trust.verify(&envelope, subject(), ClaimKind::Verdict, until).is_ok());
    }
    let old = sealed(&statement);
    let error = trust.verify(&old, subject(), ClaimKind::Verdict, later).unwrap_err();
    assert!(error.to_string().contains("which expired at 2026-06-01T00:00:00.001Z"), "{error}");
}
