//! What errors of versions mean: the registry, bundles, dossiers.

use plimsoll_core::lifecycle::{MoveAliasError, ReleaseError, YankError};
use plimsoll_core::ports::{RegistryError, ResolveVersionError};
use plimsoll_release::bundle::{OpenBundleError, VerifyBundleError, WriteBundleError};
use plimsoll_release::dossier::{
    AddError, OpenDossierError, SealDossierError, VerifyDossierError, WriteDossierError,
};
use plimsoll_release::envelope::SealError;
use plimsoll_release::release::{PrepareError as PrepareReleaseError, PublishError};
use plimsoll_release::trust::VerifyError as DistrustError;

use super::{REVOKED, of_database};
use crate::error::{CommandError, Kind};

const ASK_FOR_IT_AGAIN: &str =
    "nothing of this dossier may be believed; ask whoever made it for it again";

const GET_IT_AGAIN: &str =
    "nothing of this bundle may be used; get it again from where it was released";

impl From<RegistryError> for CommandError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Damaged { .. } => Self::new(Kind::Damaged, error)
                .hint("run `plimsoll audit verify` to list everything that is wrong"),
            _ => of_database(error),
        }
    }
}

impl From<ResolveVersionError> for CommandError {
    fn from(error: ResolveVersionError) -> Self {
        match error {
            ResolveVersionError::Read(error) => error.into(),
            other => Self::new(Kind::Usage, other).hint("`plimsoll model list` lists models"),
        }
    }
}

impl From<ReleaseError> for CommandError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Registry(error) => error.into(),
            ReleaseError::Blocked { .. } => Self::new(Kind::No, error)
                .hint("`plimsoll show` says which rules do not hold, and what to do about each"),
            other => Self::new(Kind::No, other),
        }
    }
}

impl From<MoveAliasError> for CommandError {
    fn from(error: MoveAliasError) -> Self {
        match error {
            MoveAliasError::Registry(error) => error.into(),
            MoveAliasError::Unknown { .. } => Self::new(Kind::Usage, error),
            other => Self::new(Kind::No, other),
        }
    }
}

impl From<YankError> for CommandError {
    fn from(error: YankError) -> Self {
        match error {
            YankError::Registry(error) => error.into(),
            YankError::Unknown { .. } => Self::new(Kind::Usage, error),
            other => Self::new(Kind::No, other),
        }
    }
}

impl From<PrepareReleaseError> for CommandError {
    fn from(error: PrepareReleaseError) -> Self {
        match error {
            PrepareReleaseError::Dirty { .. } | PrepareReleaseError::NoCommit { .. } => {
                Self::new(Kind::No, error).hint("commit it and run again: every step is cached")
            }
            other => Self::new(Kind::No, other),
        }
    }
}

impl From<PublishError> for CommandError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Release(error) => error.into(),
            PublishError::Resolve(error) => error.into(),
            PublishError::Folder { .. } => Self::new(Kind::World, error),
            PublishError::Seal(SealError::Sign(error)) => error.into(),
            PublishError::Bundle { .. } => Self::new(Kind::World, error)
                .hint("the same command writes it once there is room for it"),
            other => Self::new(Kind::No, other),
        }
    }
}

impl From<WriteBundleError> for CommandError {
    fn from(error: WriteBundleError) -> Self {
        match error {
            WriteBundleError::Exists(_) => Self::new(Kind::Usage, error),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<AddError> for CommandError {
    fn from(error: AddError) -> Self {
        Self::new(Kind::No, error)
    }
}

impl From<SealDossierError> for CommandError {
    fn from(error: SealDossierError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<WriteDossierError> for CommandError {
    fn from(error: WriteDossierError) -> Self {
        match error {
            WriteDossierError::Exists(_) => Self::new(Kind::Usage, error),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<OpenDossierError> for CommandError {
    fn from(error: OpenDossierError) -> Self {
        Self::new(Kind::No, error).hint(ASK_FOR_IT_AGAIN)
    }
}

impl From<VerifyDossierError> for CommandError {
    fn from(error: VerifyDossierError) -> Self {
        let is_unknown = matches!(
            &error,
            VerifyDossierError::Statement { source: DistrustError::UnknownKey(_), .. }
        );
        let hint = if is_unknown {
            "name the trust file of who released it with `--trust`; one that came with the dossier proves nothing"
        } else {
            ASK_FOR_IT_AGAIN
        };
        Self::new(Kind::No, error).hint(hint)
    }
}

impl From<OpenBundleError> for CommandError {
    fn from(error: OpenBundleError) -> Self {
        Self::new(Kind::No, error).hint(GET_IT_AGAIN)
    }
}

impl From<VerifyBundleError> for CommandError {
    fn from(error: VerifyBundleError) -> Self {
        if matches!(error, VerifyBundleError::Encrypted) {
            return Self::new(Kind::No, error).hint(
                "`plimsoll serve BUNDLE --identity FILE` opens it; the version in the registry it came from is not encrypted",
            );
        }
        let of_trust = match &error {
            VerifyBundleError::Statement { source, .. } => match source {
                DistrustError::UnknownKey(_) => Some(
                    "a bundle counts only for who trusts its key: if you know whose it is, add it to the trust file and raise its version",
                ),
                DistrustError::Revoked { .. } => Some(REVOKED),
                DistrustError::WrongRole { .. }
                | DistrustError::NotYetValid { .. }
                | DistrustError::Expired { .. } => Some(
                    "the trust file says what a key may sign, and until when; to have a version signed anew, remove its bundle and release its run again",
                ),
                _ => None,
            },
            _ => None,
        };
        Self::new(Kind::No, error).hint(of_trust.unwrap_or(GET_IT_AGAIN))
    }
}
