//! The keys that open what is encrypted.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use plimsoll_core::weights::Recipient;

use super::BEGIN;
use crate::command::{EndError, LONGEST, Running, complaint};
use crate::key::{ReadKeyError, Terminal, read_secret};

/// The most keys that are tried.
const MOST: usize = 64;

/// The most that is read of what a command prints, in bytes: 64 keys with their comments.
const MOST_PRINTED: u64 = 16 * 1024;

/// Keys that can open what is encrypted to their public halves. They are wiped when this is dropped.
pub struct Identities(Vec<(Recipient, age::x25519::Identity)>);

/// The text is no identities. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdentitiesError {
    /// A line is none.
    #[error("line {0} is no X25519 identity of age (`{BEGIN}1…`, as `age-keygen` writes it)")]
    Line(usize),
    /// There is none.
    #[error("there is no identity of age in it (`{BEGIN}1…`, as `age-keygen` writes it)")]
    Empty,
    /// There are too many.
    #[error("there are more than {MOST} identities in it, the most that are tried")]
    TooMany,
}

/// Identities were not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadIdentitiesError {
    /// The file could not be read, or others may read it too.
    #[error(transparent)]
    File(#[from] ReadKeyError),
    /// The file holds something else.
    #[error("the identity file {path}: {source}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ParseIdentitiesError,
    },
    /// The command did not print any.
    #[error(transparent)]
    Command(#[from] IdentityCommandError),
}

/// A command that was to print an identity did not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityCommandError {
    /// It was not started.
    #[error("the identity command was not started")]
    Start(#[source] io::Error),
    /// It did not end.
    #[error("the identity command did not end within {} s", .0.as_secs())]
    Late(Duration),
    /// It failed. What it said is passed on but where a secret is in it.
    #[error("the identity command failed ({status}){}", complaint(said))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// It printed more than identities.
    #[error("the identity command printed more than {0} bytes (an identity has 74)")]
    TooLong(u64),
    /// It printed something else.
    #[error("what the identity command printed: {0}")]
    Content(#[source] ParseIdentitiesError),
}

impl Identities {
    /// Reads identities, one on a line; `#` begins a comment.
    pub fn from_text(text: &str) -> Result<Self, ParseIdentitiesError> {
        let mut found: Vec<(Recipient, age::x25519::Identity)> = Vec::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if found.len() == MOST {
                return Err(ParseIdentitiesError::TooMany);
            }
            let no_identity = || ParseIdentitiesError::Line(number);
            let key: age::x25519::Identity = line.parse().map_err(|_| no_identity())?;
            let name = key.to_public().to_string().parse().map_err(|_| no_identity())?;
            if !found.iter().any(|(known, _)| *known == name) {
                found.push((name, key));
            }
        }
        if found.is_empty() { Err(ParseIdentitiesError::Empty) } else { Ok(Self(found)) }
    }

    /// Reads the identities in the file `path`, which nobody else may read.
    pub fn read(path: &Path) -> Result<Self, ReadIdentitiesError> {
        let text = read_secret(path)?;
        let content = |source| ReadIdentitiesError::Content { path: path.to_owned(), source };
        Self::from_text(&text).map_err(content)
    }

    /// Takes over the identities that `command`, a line for `/bin/sh`, prints.
    pub fn of_command(command: &str, terminal: Terminal) -> Result<Self, IdentityCommandError> {
        let mut running = Running::start(command, None, terminal, MOST_PRINTED)?;
        let ended = running.end(LONGEST)?;
        if !ended.status.success() {
            let (status, said) = (ended.status, ended.said);
            return Err(IdentityCommandError::Failed { status, said });
        }
        // What is no text holds no identity.
        let text = str::from_utf8(&ended.printed).unwrap_or_default();
        Self::from_text(text).map_err(IdentityCommandError::Content)
    }

    /// Returns the public halves, sorted.
    pub fn recipients(&self) -> Vec<Recipient> {
        let mut names: Vec<Recipient> = self.0.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn of_age(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|(_, key)| key as &dyn age::Identity)
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({} secret)", self.0.len())
    }
}

impl From<EndError> for IdentityCommandError {
    fn from(error: EndError) -> Self {
        match error {
            EndError::Start(source) => Self::Start(source),
            EndError::Late(longest) => Self::Late(longest),
            EndError::TooLong(most) => Self::TooLong(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use age::secrecy::ExposeSecret as _;

    use super::*;

    fn secret() -> (String, String) {
        let key = age::x25519::Identity::generate();
        (key.to_string().expose_secret().to_owned(), key.to_public().to_string())
    }

    #[test]
    fn identities_come_with_comments_and_once() {
        let ((ada, of_ada), (ben, of_ben)) = (secret(), secret());
        let text = format!("# created: today\n# public key: {of_ada}\n{ada}\n\n{ben}\r\n{ada}\n");
        let found = Identities::from_text(&text).unwrap();
        let mut expected = [of_ada, of_ben];
        expected.sort();
        let names: Vec<String> = found.recipients().iter().map(ToString::to_string).collect();
        assert_eq!((names.as_slice(), found.count()), (&expected[..], 2));
        assert_eq!(format!("{found:?}"), "Identities(2 secret)");
    }

    #[test]
    fn what_is_none_is_named_by_its_line_only() {
        let (ada, of_ada) = secret();
        let said = |text: &str| Identities::from_text(text).unwrap_err();
        assert_eq!(said("# nothing\n"), ParseIdentitiesError::Empty);
        assert_eq!(said(&of_ada), ParseIdentitiesError::Line(1));
        assert_eq!(said(&format!("{ada}\n{}", &ada[..70])), ParseIdentitiesError::Line(2));
        let many: String = (0..=MOST).map(|_| secret().0 + "\n").collect();
        assert_eq!(said(&many), ParseIdentitiesError::TooMany);
    }

    #[test]
    fn a_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.txt");
        let (ada, _) = secret();
        std::fs::write(&path, format!("{ada}\n")).unwrap();
        let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
        mode(0o640).unwrap();
        let error = Identities::read(&path).unwrap_err().to_string();
        assert!(error.contains("mode 0640, at most 0600"), "{error}");
        mode(0o600).unwrap();
        assert_eq!(Identities::read(&path).unwrap().count(), 1);
        std::fs::write(&path, format!("x{ada}\n")).unwrap();
        let error = Identities::read(&path).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("line 1 is no X25519 identity") && !said.contains(&ada[20..40]));
    }

    #[test]
    fn a_command_prints_one_and_a_secret_in_its_complaint_is_kept_back() {
        let (ada, _) = secret();
        let run = |line: &str| Identities::of_command(line, Terminal::None);
        assert_eq!(run(&format!("echo '# of a vault'; echo {ada}")).unwrap().count(), 1);
        let said = |line: &str| run(line).unwrap_err().to_string();
        assert_eq!(
            said("echo no such secret >&2; exit 3"),
            "the identity command failed (exit status: 3): no such secret"
        );
        assert!(!said(&format!("echo {ada} >&2; exit 3")).contains(&ada[20..]));
        // Where its beginning is cut off, in lines, or in other letters, it is one all the same.
        for line in [
            format!("printf '%s %0435d' {ada} 7 >&2; exit 3"),
            format!("printf '%s\\n%s %0440d' {} {} 7 >&2; exit 3", &ada[..10], &ada[10..]),
            format!("printf '%s %0440d' {} 7 >&2; exit 3", ada.to_lowercase()),
        ] {
            assert_eq!(said(&line), "the identity command failed (exit status: 3)");
        }
        assert!(said("echo hello").contains("line 1 is no X25519 identity"));
        assert!(said("true").contains("there is no identity"));
        assert!(said("head -c 20000 /dev/zero").contains("more than 16384 bytes"));
    }
}
