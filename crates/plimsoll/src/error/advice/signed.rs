//! What errors of keys, signatures and trust mean.

use plimsoll_release::approval::HearError;
use plimsoll_release::encryption::{
    EncryptError, IdentityCommandError, OpenWeightsError, ReadIdentitiesError, ReadRecipientsError,
};
use plimsoll_release::envelope::SealError;
use plimsoll_release::key::{ReadKeyError, RunCommandError, SignError, WriteKeyError};
use plimsoll_release::signing::{
    OpenSignatureError, ReadFilesError, ReadSignatureError, SignFilesError,
};
use plimsoll_release::trust::{ReadTrustError, VerifyError as DistrustError};

use super::REVOKED;
use crate::error::{CommandError, Kind};

impl From<ReadTrustError> for CommandError {
    fn from(error: ReadTrustError) -> Self {
        match error {
            ReadTrustError::RolledBack { .. } => Self::new(Kind::No, error)
                .hint("get the newest trust file; keys that were withdrawn count in the old one"),
            other => Self::new(Kind::Usage, other),
        }
    }
}

impl From<ReadSignatureError> for CommandError {
    fn from(error: ReadSignatureError) -> Self {
        match error {
            ReadSignatureError::Unreadable { .. } | ReadSignatureError::NoFile(_) => {
                Self::new(Kind::Usage, error)
            }
            other => Self::new(Kind::No, other).hint(
                "signatures by a key are read, as `plimsoll model sign` and `model_signing sign key` write them",
            ),
        }
    }
}

impl From<ReadFilesError> for CommandError {
    fn from(error: ReadFilesError) -> Self {
        let is_of_world = matches!(error, ReadFilesError::Unreadable { .. });
        Self::new(if is_of_world { Kind::World } else { Kind::No }, error)
    }
}

impl From<SignFilesError> for CommandError {
    fn from(error: SignFilesError) -> Self {
        match error {
            SignFilesError::Sign(error) => error.into(),
            other => Self::new(Kind::Usage, other),
        }
    }
}

impl From<SignError> for CommandError {
    fn from(error: SignError) -> Self {
        let is_misused = matches!(
            error,
            SignError::Command(RunCommandError::NoSignature { .. } | RunCommandError::TooLong)
        );
        Self::new(if is_misused { Kind::Usage } else { Kind::World }, error).hint(
            "PLIMSOLL_SIGNING_COMMAND gets on standard input what is to be signed, and prints the signature; try it by hand with any text",
        )
    }
}

impl From<OpenSignatureError> for CommandError {
    fn from(error: OpenSignatureError) -> Self {
        Self::new(Kind::No, format!("the signature {error}"))
            .hint("nothing vouches for these files; get them and their signature again")
    }
}

impl From<DistrustError> for CommandError {
    fn from(error: DistrustError) -> Self {
        let hint = match error {
            DistrustError::UnknownHint(_) | DistrustError::Nobody(_) => {
                "a signature counts only for who trusts its key: name the key's file with `--public-key`, or add it to the trust file as `publisher` and raise its version"
            }
            DistrustError::Revoked { .. } => REVOKED,
            DistrustError::NoPublisher { .. }
            | DistrustError::NotYetValid { .. }
            | DistrustError::Expired { .. } => {
                "the trust file says what a key may sign, and until when"
            }
            _ => "nothing vouches for these files; get them and their signature again",
        };
        Self::new(Kind::No, format!("the signature {error}")).hint(hint)
    }
}

impl From<SealError> for CommandError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Sign(error) => error.into(),
            other => Self::new(Kind::Bug, other),
        }
    }
}

impl From<HearError> for CommandError {
    fn from(error: HearError) -> Self {
        Self::new(Kind::No, error)
            .hint("somebody changed the registry or its objects: `plimsoll audit verify` checks the registry, and nothing is approved by what is there")
    }
}

impl From<ReadRecipientsError> for CommandError {
    fn from(error: ReadRecipientsError) -> Self {
        Self::new(Kind::Usage, error)
            .hint("`age-keygen -o identity.txt` makes a key, and `age-keygen -y identity.txt` prints the recipient")
    }
}

impl From<ReadIdentitiesError> for CommandError {
    fn from(error: ReadIdentitiesError) -> Self {
        match error {
            ReadIdentitiesError::Command(error) => error.into(),
            other => Self::new(Kind::Usage, other),
        }
    }
}

impl From<IdentityCommandError> for CommandError {
    fn from(error: IdentityCommandError) -> Self {
        let is_misused =
            matches!(error, IdentityCommandError::Content(_) | IdentityCommandError::TooLong(_));
        Self::new(if is_misused { Kind::Usage } else { Kind::World }, error).hint(
            "PLIMSOLL_IDENTITY_COMMAND prints an identity of age (`AGE-SECRET-KEY-1…`) on standard output; try it by hand",
        )
    }
}

impl From<OpenWeightsError> for CommandError {
    fn from(error: OpenWeightsError) -> Self {
        match error {
            OpenWeightsError::NoKey { .. } => Self::new(Kind::No, error).hint(
                "ask whoever packaged it: `plimsoll audit log` there says to which recipients it is encrypted",
            ),
            OpenWeightsError::Unreadable(_) | OpenWeightsError::Memory(_) => {
                Self::new(Kind::World, error)
            }
            _ => Self::new(Kind::No, error)
                .hint("nothing of this model may be used; get the image or bundle again"),
        }
    }
}

impl From<EncryptError> for CommandError {
    fn from(error: EncryptError) -> Self {
        let kind = match error {
            EncryptError::Copy(_) => Kind::No,
            EncryptError::Recipients => Kind::Bug,
            _ => Kind::World,
        };
        Self::new(kind, error)
    }
}

impl From<ReadKeyError> for CommandError {
    fn from(error: ReadKeyError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<WriteKeyError> for CommandError {
    fn from(error: WriteKeyError) -> Self {
        Self::new(Kind::World, error)
    }
}
