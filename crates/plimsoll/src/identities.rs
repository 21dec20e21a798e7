//! Whose key opens weights that are encrypted.

use std::fmt;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use plimsoll_release::encryption::{Identities, has_secret};
use plimsoll_release::key::Terminal;

use crate::error::CommandError;
use crate::keys::variable;
use crate::settings::Settings;

/// The identity's variable: its text, or the path of a file with it.
pub(crate) const IDENTITY_VARIABLE: &str = "PLIMSOLL_IDENTITY";

/// The variable of a command that prints the identity, for those that are elsewhere.
pub(crate) const COMMAND_VARIABLE: &str = "PLIMSOLL_IDENTITY_COMMAND";

/// What to do where there is no identity.
pub(crate) const NO_IDENTITY: &str = "name the file of an identity with `--identity FILE`, or put the identity or the file's path into PLIMSOLL_IDENTITY, or a command that prints it into PLIMSOLL_IDENTITY_COMMAND";

/// Where identities are read from once they are needed.
#[derive(Clone)]
pub(crate) enum Keyring {
    /// A file that only its owner may read.
    File(PathBuf),
    /// The very text.
    Text(String),
    /// A line for `/bin/sh`.
    Command(String),
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Text(_) => f.write_str("Text(secret)"),
            // There may be a token in it.
            Self::Command(_) => f.write_str("Command(secret)"),
        }
    }
}

impl Keyring {
    /// Finds where the identity is: the file that is `named`, else what the environment says. None is
    /// read yet.
    pub(crate) fn find(
        settings: &Settings,
        named: Option<PathBuf>,
    ) -> Result<Option<Self>, CommandError> {
        if let Some(path) = named {
            if path.to_str().is_some_and(has_secret) {
                let message =
                    "`--identity` names a file, and the secret half of a key stands there";
                return Err(CommandError::usage(message).hint(NO_IDENTITY));
            }
            return Ok(Some(Self::File(path)));
        }
        let text = variable(settings, IDENTITY_VARIABLE);
        match (text, variable(settings, COMMAND_VARIABLE)) {
            (Some(_), Some(_)) => {
                let message = format!("both {IDENTITY_VARIABLE} and {COMMAND_VARIABLE} are set");
                Err(CommandError::usage(message).hint("unset one of them"))
            }
            (Some(text), None) if has_secret(text) => Ok(Some(Self::Text(text.to_owned()))),
            (Some(path), None) => Ok(Some(Self::File(PathBuf::from(path)))),
            (None, Some(command)) => Ok(Some(Self::Command(command.to_owned()))),
            (None, None) => Ok(None),
        }
    }

    /// Reads the identities, which may take as long as a command does.
    pub(crate) fn read(&self) -> Result<Identities, CommandError> {
        match self {
            Self::File(path) => Ok(Identities::read(path)?),
            Self::Text(text) => Identities::from_text(text).map_err(|error| {
                CommandError::usage(format!("the identity in {IDENTITY_VARIABLE}: {error}"))
            }),
            Self::Command(command) => {
                let is_person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
                let terminal = if is_person { Terminal::Shared } else { Terminal::None };
                Ok(Identities::of_command(command, terminal)?)
            }
        }
    }
}

/// Says that encrypted weights cannot be opened for want of an identity.
pub(crate) fn missing(what: &Path) -> CommandError {
    let message = format!(
        "the model in {} is encrypted (age), and there is no identity to open it with",
        what.display()
    );
    CommandError::usage(message).hint(NO_IDENTITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(more: &[(&str, &str)], named: Option<&str>) -> Result<Option<Keyring>, CommandError> {
        let all = more.iter().chain(&[("HOME", "/h")]);
        let variables = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_variables(variables.collect()).unwrap();
        Keyring::find(&settings, named.map(PathBuf::from))
    }

    #[test]
    fn an_identity_is_a_file_a_text_or_what_a_command_prints() {
        let shown = |more: &[(&str, &str)], named| format!("{:?}", found(more, named).unwrap());
        let (text, command) =
            ((IDENTITY_VARIABLE, "# x\nAGE-SECRET-KEY-1X"), (COMMAND_VARIABLE, "x"));
        assert_eq!(shown(&[], None), "None");
        assert_eq!(shown(&[text], None), "Some(Text(secret))");
        assert_eq!(shown(&[(IDENTITY_VARIABLE, "/run/id")], None), r#"Some(File("/run/id"))"#);
        assert_eq!(shown(&[command], None), "Some(Command(secret))");
        assert_eq!(shown(&[text, command], Some("id")), r#"Some(File("id"))"#);
        let error = found(&[text, command], None).unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(!error.to_string().contains("AGE-SECRET"), "{error}");
        let lower = (IDENTITY_VARIABLE, "age-secret-key-1x");
        assert_eq!(shown(&[lower], None), "Some(Text(secret))");
        let error = found(&[], Some(" AGE-SECRET-KEY-1X")).unwrap_err();
        assert!(!error.to_string().contains("KEY-1X"), "{error}");
        let broken = found(&[text], None).unwrap().unwrap().read().unwrap_err();
        insta::assert_snapshot!(broken, @"the identity in PLIMSOLL_IDENTITY: line 2 is no X25519 identity of age (`AGE-SECRET-KEY-1…`, as `age-keygen` writes it)");
    }
}
