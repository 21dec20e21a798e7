//! Whom weights are encrypted to.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use plimsoll_core::weights::Recipient;

use super::{BEGIN, has_secret};

/// The most recipients of a file; each takes about 100 bytes of its head.
pub(super) const MOST: usize = 64;

/// The largest file of recipients that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The people and machines that can open what is encrypted: at least one, each once.
#[derive(Clone, Debug, Default)]
pub struct Recipients(BTreeMap<Recipient, age::x25519::Recipient>);

/// Recipients were not read. What stands in their place is not repeated: it may be a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadRecipientsError {
    /// A file could not be read.
    #[error("the recipients in {path} could not be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than one of recipients can be.
    #[error("{path} has more than {LARGEST} bytes, so it is no file of recipients")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file names nobody.
    #[error("{path} names no recipient (one `age1…` on a line; `#` begins a comment)")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There are more than can be encrypted to.
    #[error("there are more than {MOST} recipients, the most that is accepted")]
    TooMany,
    /// The secret half of a key stands there.
    #[error(
        "{place} is the secret half of a key (`{BEGIN}…`), which belongs to nobody who encrypts"
    )]
    Secret {
        /// Where.
        place: String,
    },
    /// A key of ssh stands there.
    #[error("{place} is a key of ssh, and only recipients of age (`age1…`) are encrypted to")]
    Ssh {
        /// Where.
        place: String,
    },
    /// Something else stands there.
    #[error(
        "{place} is no X25519 recipient of age (`age1…`, as `age-keygen` prints it): {problem}"
    )]
    Other {
        /// Where.
        place: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Anybody could open what is encrypted to it.
    #[error("{place} is a point of low order, so anybody could open what is encrypted to it")]
    Weak {
        /// Where.
        place: String,
    },
}

impl Recipients {
    /// Adds what a person names: a recipient where it begins with `age1`, else a file of them.
    ///
    /// `folder` is the folder that paths are named from.
    ///
    /// # Errors
    /// It is neither, or there are too many.
    pub fn add(&mut self, named: &str, folder: &Path) -> Result<(), ReadRecipientsError> {
        if named.starts_with("age1") || has_secret(named) || is_ssh(named) {
            return self.insert(named, "what is to be encrypted to");
        }
        let path = folder.join(named);
        let unreadable = |source| ReadRecipientsError::Unreadable { path: path.clone(), source };
        let mut text = String::new();
        let file = File::open(&path).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LARGEST {
            return Err(ReadRecipientsError::TooLarge { path });
        }
        let mut count = 0;
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.insert(line, &format!("line {number} of {}", path.display()))?;
            count += 1;
        }
        if count == 0 { Err(ReadRecipientsError::Empty { path }) } else { Ok(()) }
    }

    fn insert(&mut self, text: &str, place: &str) -> Result<(), ReadRecipientsError> {
        let place = place.to_owned();
        if has_secret(text) {
            return Err(ReadRecipientsError::Secret { place });
        }
        if is_ssh(text) {
            return Err(ReadRecipientsError::Ssh { place });
        }
        let Ok(name) = text.parse::<Recipient>() else {
            let problem = "it has another length or other letters";
            return Err(ReadRecipientsError::Other { place, problem });
        };
        let Ok(key) = text.parse::<age::x25519::Recipient>() else {
            let problem = "its checksum does not hold";
            return Err(ReadRecipientsError::Other { place, problem });
        };
        if is_weak(text) {
            return Err(ReadRecipientsError::Weak { place });
        }
        if self.0.len() == MOST && !self.0.contains_key(&name) {
            return Err(ReadRecipientsError::TooMany);
        }
        self.0.insert(name, key);
        Ok(())
    }

    /// Returns their names, sorted.
    pub fn names(&self) -> Vec<Recipient> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn of_age(&self) -> impl Iterator<Item = &dyn age::Recipient> {
        self.0.values().map(|key| key as &dyn age::Recipient)
    }
}

fn is_ssh(text: &str) -> bool {
    text.starts_with("ssh-")
}

/// Tells whether every secret has the same product with this point: then it keeps nobody out. The
/// library would end the program on it.
fn is_weak(text: &str) -> bool {
    let bytes = bech32::decode(text).ok().map(|(_, bytes)| bytes);
    let Some(point) = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) else {
        return true;
    };
    // Scalars are multiples of 8, the order of every point of low order: any of them shows it.
    x25519_dalek::x25519([8; 32], point) == [0; 32]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "age1gxazrztntck4j04uxt3kgkazxdat29hq3yqm97gv7gvtx3tyzdeqpej7u4";

    fn refusal(named: &str, folder: &Path) -> String {
        Recipients::default().add(named, folder).unwrap_err().to_string()
    }

    #[test]
    fn recipients_are_named_or_in_a_file_and_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let ben = age::x25519::Identity::generate().to_public().to_string();
        let text = format!("# the team\n{ADA}\r\n\n  {ben}\n");
        std::fs::write(folder.path().join("team.txt"), text).unwrap();
        let mut recipients = Recipients::default();
        recipients.add(ADA, folder.path()).unwrap();
        recipients.add("team.txt", folder.path()).unwrap();
        let mut expected = [ADA.to_owned(), ben];
        expected.sort();
        let names: Vec<String> = recipients.names().iter().map(ToString::to_string).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_no_recipient_is_named_by_its_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let said = |named: &str| refusal(named, folder.path());
        let secret = age::x25519::Identity::generate();
        let secret = age::secrecy::ExposeSecret::expose_secret(&secret.to_string()).to_owned();
        std::fs::write(folder.path().join("secret"), format!("{ADA}\n{secret}\n")).unwrap();
        std::fs::write(folder.path().join("empty"), "# nobody\n").unwrap();
        std::fs::write(folder.path().join("large"), "#".repeat(70_000)).unwrap();
        let whole = format!("# created: today\n# public key: {ADA}\n{secret}\n");
        let (spaced, lower) = (format!(" {secret}"), secret.to_lowercase());
        for named in [secret.as_str(), "secret", &whole, &spaced, &lower] {
            let error = said(named);
            let is_repeated = error.to_ascii_uppercase().contains(&secret[20..]);
            assert!(error.contains("secret half") && !is_repeated, "{error}");
        }
        assert!(said("secret").starts_with("line 2 of "));
        assert!(said("empty").contains("names no recipient"));
        assert!(said("large").contains("more than 65536 bytes"));
        assert!(said("missing").contains("could not be read"));
        assert!(said("ssh-ed25519 AAAA").contains("a key of ssh"));
        assert!(said(&ADA[..60]).contains("another length"));
        assert!(said(&ADA.replace("gxaz", "gxax")).contains("its checksum does not hold"));
        assert!(said(&ADA.replace("gxaz", "gxab")).contains("other letters"));
        assert!(said("age1pq1xyz").contains("another length"));
    }

    #[test]
    fn a_point_that_keeps_nobody_out_is_refused_and_ends_nothing() {
        let hrp = bech32::Hrp::parse("age").unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        // p - 1, of order 2.
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f;
        for point in [[0; 32], one, minus_one] {
            let text = bech32::encode::<bech32::Bech32>(hrp, &point).unwrap();
            let error = refusal(&text, Path::new("/"));
            assert!(error.contains("point of low order"), "{error}");
        }
    }

    #[test]
    fn no_more_than_a_head_can_hold_are_taken() {
        let mut recipients = Recipients::default();
        for _ in 0..MOST {
            let one = age::x25519::Identity::generate().to_public().to_string();
            recipients.add(&one, Path::new("/")).unwrap();
        }
        let first = recipients.names()[0].to_string();
        recipients.add(&first, Path::new("/")).unwrap();
        let error = recipients.add(ADA, Path::new("/")).unwrap_err();
        assert!(matches!(error, ReadRecipientsError::TooMany), "{error}");
    }
}
