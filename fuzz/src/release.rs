//! What is signed, and what it is judged by.

use std::io::Write as _;
use std::path::Path;

use plimsoll_core::Digest;
use plimsoll_release::encryption::{Identities, Recipients, open_file};
use plimsoll_release::envelope::Envelope;
use plimsoll_release::key::{PublicKey, SigningKey};
use plimsoll_release::signing::{Listing, ModelSignature};
use plimsoll_release::statement::Statement;
use plimsoll_release::trust::Trust;

/// A key that everybody has.
fn key() -> SigningKey {
    SigningKey::from_pem(include_str!("../../crates/plimsoll-release/testdata/openssl-p256.pem"))
        .expect("a key")
}

/// A signature, of a statement or of files: what is read is written as it is read again.
pub fn signature(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::from_json(bytes) {
        let written = envelope.to_json().expect("JSON");
        assert!(Envelope::from_json(&written).is_ok_and(|again| again == envelope));
        _ = envelope.open(&key().public());
    }
    if let Ok(signature) = ModelSignature::from_json(bytes) {
        let written = signature.to_json().expect("JSON");
        assert!(ModelSignature::from_json(&written).is_ok_and(|again| again == signature));
        if let Ok(listing) = signature.open(&key().public()) {
            listed(&listing);
        }
    }
}

/// What a signature may be of: a statement, or a listing of files.
pub fn statement(bytes: &[u8]) {
    if let Ok(statement) = Statement::from_json(bytes) {
        let written = statement.to_json().expect("JSON");
        assert!(Statement::from_json(&written).is_ok_and(|again| again == statement));
    }
    if let Ok(listing) = Listing::from_json(bytes) {
        listed(&listing);
    }
}

/// A listing is signed as it was read, and names no file beyond the model.
fn listed(listing: &Listing) {
    let signature = ModelSignature::sign(listing, &key()).expect("a signature");
    assert!(signature.open(&key().public()).is_ok_and(|again| again == *listing));
    for name in listing.files.keys().chain(&listing.ignored) {
        let path = name.below(Path::new("model"));
        let mut parts = path.components();
        assert_eq!(parts.next().map(|part| part.as_os_str().to_owned()), Some("model".into()));
        assert!(parts.all(|part| matches!(part, std::path::Component::Normal(_))), "{name}");
    }
}

/// The secret half of a key that everybody has.
const IDENTITY: &str = "AGE-SECRET-KEY-1R888YULW8N8Y5WJDCYKWZNQURUC0GG3QAM0QKF0WU6QS2C6NQFASARWU2J";

/// A file of age, and what stands where keys of it should: only what was signed comes out.
pub fn encrypted(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    _ = Identities::from_text(&text);
    let mut recipients = Recipients::default();
    // Anything else is the name of a file.
    for line in text.lines().filter(|line| line.starts_with("age1")) {
        _ = recipients.add(line, Path::new("/"));
    }
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("room");
    let model = b"a model";
    let identities = Identities::from_text(IDENTITY).expect("an identity");
    let opened = open_file(file, model.len() as u64, Digest::sha256(model), &identities);
    assert!(opened.is_err() || opened.is_ok_and(|opened| opened == model));
}

/// A trust file, and a key in one.
pub fn keys(bytes: &[u8]) {
    if let Ok(content) = serde_json::from_slice(bytes)
        && let Ok(trust) = Trust::from_json(content, 0)
    {
        assert!(trust.version() > 0);
        assert!(trust.keys().values().all(|key| !key.roles.is_empty()));
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(key) = PublicKey::from_pem(text) {
        let written = key.to_pem().expect("PEM");
        assert!(PublicKey::from_pem(&written).is_ok_and(|again| again == key));
    }
    _ = SigningKey::from_pem(text);
}
