//! What names documents and the things in them, made of their content.

use std::fmt::Write as _;

use plimsoll_core::Timestamp;
use serde::Serialize;

use super::BillError;

/// The longest readable part of an SPDX id.
const MOST_OF_SLUG: usize = 80;

/// Returns the UUID of a content (version 8 of RFC 9562: the first 122 bits are its BLAKE3), as a URN.
pub(super) fn urn(content: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(content).as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut urn = String::from("urn:uuid:");
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            urn.push('-');
        }
        // Writing to a string does not fail.
        _ = write!(urn, "{byte:02x}");
    }
    urn
}

/// Returns the SPDX id of what `key` names: a readable part, and 64 bits that tell keys apart.
pub(super) fn spdx_id(key: &str) -> String {
    let readable = |letter: char| {
        if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' }
    };
    let slug: String = key.chars().take(MOST_OF_SLUG).map(readable).collect();
    let hash = blake3::hash(key.as_bytes()).to_hex();
    format!("SPDXRef-{}-{}", slug.trim_matches('-'), &hash[..16])
}

/// Returns a moment to the second, as both formats write it.
pub(super) fn moment(at: Timestamp) -> Result<String, BillError> {
    let at = jiff::Timestamp::from_second(at.as_millis().div_euclid(1000));
    at.map(|at| at.to_string()).map_err(|_| BillError::Moment)
}

/// Returns a text as one line that no terminal takes for anything else.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Returns a document as its bytes.
pub(super) fn json(document: &impl Serialize) -> Result<Vec<u8>, BillError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(BillError::Json)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_content() {
        insta::assert_snapshot!(urn(b"a"), @"urn:uuid:17762fdd-d969-8453-925d-65717ac3eea2");
        assert_ne!(urn(b"a"), urn(b"b"));
        insta::assert_snapshot!(spdx_id("pkg:pypi/ä_b@1.0+x"), @"SPDXRef-pkg-pypi---b-1.0-x-d7ae0198b54f5ca6");
        assert_ne!(spdx_id("pkg:pypi/ä"), spdx_id("pkg:pypi/ö"));
        assert!(spdx_id(&"x".repeat(5000)).len() < 120);
        assert_eq!(line("a\u{1b}[31m\nb\u{7f}é"), "a\u{fffd}[31m\u{fffd}b\u{fffd}é");
        assert_eq!(moment(Timestamp::from_millis(1_999)).unwrap(), "1970-01-01T00:00:01Z");
        assert!(moment(Timestamp::from_millis(i64::MAX)).is_err());
    }
}
