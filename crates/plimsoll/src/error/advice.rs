//! What each library's error means to a person, and what to do about it.

use std::error::Error;

use plimsoll_config::LoadError;
use plimsoll_core::lifecycle::{MoveAliasError, ReleaseError, YankError};
use plimsoll_core::ports::{
    AppendError, Damaged, MeasureError, OpenError, PutError, ReadError, RegistryError,
    ResolveError, ResolveVersionError, RestoreError,
};
use plimsoll_data::capture::{AddLabelsError, FileError};
use plimsoll_data::integrity::{LookError, ReadDigestsError, ReferError, WriteDigestsError};
use plimsoll_data::profile::{MergeError, ProfileError, ReadProfileError};
use plimsoll_data::schema::EnvironmentError;
use plimsoll_data::selftest::SelftestError;
use plimsoll_data::{FindError, ProposeError, ValidateError};
use plimsoll_engine::environment::{InstallCause, PrepareError};
use plimsoll_engine::reproduce::{FillError, PlaceError};
use plimsoll_engine::run::RunError;
use plimsoll_evaluate::EvaluateError;
use plimsoll_evaluate::weak::WeakError;
use plimsoll_package::LayoutError;
use plimsoll_package::base::{MakeBaseError, ReadBaseError};
use plimsoll_package::registry::{ReadCredentialsError, RegistryError as ImageRegistryError};
use plimsoll_predict::runtime::InstallError;
use plimsoll_release::approval::HearError;
use plimsoll_release::bundle::{OpenBundleError, VerifyBundleError, WriteBundleError};
use plimsoll_release::dossier::{
    AddError, OpenDossierError, SealDossierError, VerifyDossierError, WriteDossierError,
};
use plimsoll_release::envelope::SealError;
use plimsoll_release::gate::GateError;
use plimsoll_release::key::{ReadKeyError, RunCommandError, SignError, WriteKeyError};
use plimsoll_release::lineage::LineageError;
use plimsoll_release::release::{PrepareError as PrepareReleaseError, PublishError};
use plimsoll_release::signing::{
    OpenSignatureError, ReadFilesError, ReadSignatureError, SignFilesError,
};
use plimsoll_release::trust::{ReadTrustError, VerifyError as DistrustError};
use plimsoll_serving::ServeError;
use plimsoll_store::git::GitError;
use plimsoll_store::{
    CollectError, DatabaseError, OpenDatabaseError, OpenObjectsError, VerifyError,
};

use super::{CommandError, Kind};
use crate::settings::NoHomeError;

/// What can be done about a database that cannot be read. Without its runs, nothing refers to
/// the objects.
const RESTORE: &str = "move that file, and `-wal` and `-shm` beside it, away and restore it from a backup; objects and reports remain, but run no `plimsoll store gc` until it is back";

const ASK_FOR_IT_AGAIN: &str =
    "nothing of this dossier may be believed; ask whoever made it for it again";

const GET_IT_AGAIN: &str =
    "nothing of this bundle may be used; get it again from where it was released";

/// What can be done about what a revoked key signed.
const REVOKED: &str = "nothing that this key signed counts, whenever that was; to have a version of the own registry signed by another key, remove its bundle's folder and release its run again";

const VERIFY: &str = "run `plimsoll store verify` to list every damaged object";

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        let kind = match error {
            OpenError::Missing(_) | OpenError::Damaged(_) => Kind::Damaged,
            _ => Kind::World,
        };
        let damaged = kind == Kind::Damaged;
        let error = Self::new(kind, error);
        if damaged { error.hint(VERIFY) } else { error }
    }
}

impl From<RestoreError> for CommandError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Object(error) => error.into(),
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<PutError> for CommandError {
    fn from(error: PutError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { .. } => Self::new(Kind::Damaged, error),
            _ => of_database(error),
        }
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        of_database(error)
    }
}

/// Returns what an error means that may come of a damaged database.
fn of_database(error: impl Error + Send + Sync + 'static) -> CommandError {
    let mut is_damage = false;
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        is_damage |= found.downcast_ref().is_some_and(DatabaseError::is_damaged);
        cause = found.source();
    }
    if is_damage {
        CommandError::new(Kind::Damaged, error).hint(RESTORE)
    } else {
        CommandError::new(Kind::World, error)
    }
}

impl From<ResolveError> for CommandError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Read(error) => error.into(),
            other => Self::new(Kind::Usage, other).hint("`plimsoll runs` lists them"),
        }
    }
}

impl From<NoHomeError> for CommandError {
    fn from(error: NoHomeError) -> Self {
        Self::new(Kind::Usage, error).hint("set `PLIMSOLL_HOME` to a folder that may be written to")
    }
}

impl From<Damaged> for CommandError {
    fn from(error: Damaged) -> Self {
        Self::new(Kind::Damaged, error).hint(VERIFY)
    }
}

impl From<DatabaseError> for CommandError {
    fn from(error: DatabaseError) -> Self {
        of_database(error)
    }
}

impl From<RunError> for CommandError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Environment(error) => error.into(),
            RunError::Append(error) => error.into(),
            RunError::Read(error) => error.into(),
            RunError::Ledger(error) => error.into(),
            RunError::Objects(error) => error.into(),
            RunError::Damaged(error) => error.into(),
            RunError::Unlocked { .. } => Self::new(Kind::Usage, error)
                .hint("run without `--locked` to accept the data, and commit plimsoll.lock"),
            RunError::Champion { .. } => Self::new(Kind::Usage, error)
                .hint("`plimsoll runs --where state=pass` lists runs that could be one"),
            RunError::Validation { ref next, .. } => {
                let next = next.clone();
                let error = Self::new(Kind::No, error);
                match next {
                    Some(next) => error.hint(next),
                    None => error,
                }
            }
            RunError::Unreadable { .. } => Self::new(Kind::Damaged, error).hint(VERIFY),
            RunError::Plan(_)
            | RunError::ForcedElsewhere { .. }
            | RunError::Dataset { .. }
            | RunError::Input { .. }
            | RunError::Code(_)
            | RunError::ReadLock(_) => Self::new(Kind::Usage, error),
            RunError::Bug(_) | RunError::NotFresh(_) | RunError::Json(_) => {
                Self::new(Kind::Bug, error)
                    .hint("please report it, with the command and this message")
            }
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<PrepareError> for CommandError {
    fn from(error: PrepareError) -> Self {
        let next = error.next();
        let kind = match error {
            PrepareError::NoHash { .. }
            | PrepareError::NotLocked { .. }
            | PrepareError::Install { cause: InstallCause::Hash, .. } => Kind::Usage,
            PrepareError::Cancelled => Kind::Interrupted,
            _ => Kind::World,
        };
        let error = Self::new(kind, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<GateError> for CommandError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Read(error) => error.into(),
            GateError::Open(error) => error.into(),
            other => Self::new(Kind::Damaged, other),
        }
    }
}

impl From<InstallError> for CommandError {
    fn from(error: InstallError) -> Self {
        let next = error.next();
        Self::new(Kind::World, error).hint(next)
    }
}

impl From<ValidateError> for CommandError {
    fn from(error: ValidateError) -> Self {
        let kind = match error {
            ValidateError::Read(_) | ValidateError::Environment(_) => Kind::Usage,
            _ => Kind::World,
        };
        Self::new(kind, error)
    }
}

impl From<EnvironmentError> for CommandError {
    fn from(error: EnvironmentError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<FindError> for CommandError {
    fn from(error: FindError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let hint = match error {
            ProfileError::Repeated { .. } => Some("rename one of them"),
            ProfileError::Blocks { .. } => {
                Some("name a column with fewer values, such as a day or a user group")
            }
            _ => None,
        };
        let kind = match error {
            ProfileError::Changed { .. } => Kind::World,
            _ => Kind::Usage,
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<ReadProfileError> for CommandError {
    fn from(error: ReadProfileError) -> Self {
        let kind = match error {
            ReadProfileError::Io { .. } => Kind::World,
            _ => Kind::Usage,
        };
        Self::new(kind, error).hint("make it again from its data with `plimsoll data profile`")
    }
}

impl From<MergeError> for CommandError {
    fn from(error: MergeError) -> Self {
        Self::new(Kind::Usage, error)
            .hint("profiles are put together where they have the same columns")
    }
}

impl From<LookError> for CommandError {
    fn from(error: LookError) -> Self {
        let kind = if matches!(error, LookError::Read(_)) { Kind::Usage } else { Kind::World };
        Self::new(kind, error)
    }
}

impl From<ReferError> for CommandError {
    fn from(error: ReferError) -> Self {
        match error {
            ReferError::Look(error) => error.into(),
            other => Self::new(Kind::Usage, other)
                .hint("`--train` names the data that the model was trained on, or digests of them"),
        }
    }
}

impl From<ReadDigestsError> for CommandError {
    fn from(error: ReadDigestsError) -> Self {
        Self::new(Kind::Usage, error)
            .hint("`plimsoll data check --digests-out` writes them from the training data")
    }
}

impl From<WriteDigestsError> for CommandError {
    fn from(error: WriteDigestsError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<SelftestError> for CommandError {
    fn from(error: SelftestError) -> Self {
        let is_of_world = matches!(error, SelftestError::Copy { .. });
        Self::new(if is_of_world { Kind::World } else { Kind::Usage }, error)
    }
}

impl From<ProposeError> for CommandError {
    fn from(error: ProposeError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<CollectError> for CommandError {
    fn from(error: CollectError) -> Self {
        let kind =
            if matches!(error, CollectError::Folder { .. }) { Kind::Damaged } else { Kind::World };
        Self::new(kind, error)
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Mistakes(mistakes) => {
                let (count, plural) =
                    (mistakes.count(), if mistakes.count() == 1 { "" } else { "s" });
                Self::new(
                    Kind::Usage,
                    format!("{count} mistake{plural} in the configuration\n\n{mistakes}"),
                )
            }
            other => Self::new(Kind::Usage, other),
        }
    }
}

impl From<OpenDatabaseError> for CommandError {
    fn from(error: OpenDatabaseError) -> Self {
        let (kind, hint) = match error {
            OpenDatabaseError::Newer { .. } | OpenDatabaseError::Foreign { .. } => {
                (Kind::Usage, None)
            }
            OpenDatabaseError::Damaged { .. } => (Kind::Damaged, Some(RESTORE)),
            OpenDatabaseError::ReadOnly { .. } => (
                Kind::World,
                Some("make it writable, or name a folder that is with `PLIMSOLL_HOME`"),
            ),
            _ => (Kind::World, None),
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<OpenObjectsError> for CommandError {
    fn from(error: OpenObjectsError) -> Self {
        Self::new(Kind::World, error)
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let (kind, hint) = match &error {
            GitError::NoCommit { .. } => (
                Kind::Usage,
                Some("`git fetch --unshallow` or `git fetch origin COMMIT` may bring it"),
            ),
            GitError::NoProgram => (Kind::World, Some("install git, or run without `--rev`")),
            GitError::NoRepository(_) => (Kind::Usage, Some("`--rev` needs a git repository")),
            _ => (Kind::World, None),
        };
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<LineageError> for CommandError {
    fn from(error: LineageError) -> Self {
        Self::new(Kind::No, error)
    }
}

impl From<PlaceError> for CommandError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Taken(_) => Self::new(Kind::Usage, error).hint("name a new folder"),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<FillError> for CommandError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Plan(_) => Self::new(Kind::Usage, error),
            FillError::Objects(error) => error.into(),
            FillError::Restore(error) => error.into(),
            _ => Self::new(Kind::World, error),
        }
    }
}

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

impl From<LayoutError> for CommandError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Exists(_) => Self::new(Kind::Usage, error)
                .hint("remove it, or name another place with `--output`"),
            LayoutError::Base(error) => (*error).into(),
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

impl From<ReadBaseError> for CommandError {
    fn from(error: ReadBaseError) -> Self {
        match error {
            ReadBaseError::Registry(error) => error.into(),
            ReadBaseError::Changed { .. } => Self::new(Kind::No, error),
            ReadBaseError::Form { .. } => Self::new(Kind::Usage, error),
            _ => Self::new(Kind::World, error),
        }
    }
}

impl From<ReadCredentialsError> for CommandError {
    fn from(error: ReadCredentialsError) -> Self {
        Self::new(Kind::Usage, error).hint("log in again: `docker login` or `podman login`")
    }
}

impl From<ImageRegistryError> for CommandError {
    fn from(error: ImageRegistryError) -> Self {
        let is_transient = error.is_transient();
        match error {
            ImageRegistryError::Denied { ref host, .. } => {
                let hint = format!(
                    "log in: `docker login {host}` or `podman login {host}`, as somebody who may write there"
                );
                Self::new(Kind::No, error).hint(hint)
            }
            ImageRegistryError::Plain { .. } => Self::new(Kind::Usage, error)
                .hint("a registry without TLS is spoken to with `--plain-http`"),
            ImageRegistryError::Json(_) => Self::new(Kind::Bug, error),
            ImageRegistryError::Refused { .. } if !is_transient => Self::new(Kind::No, error),
            _ => Self::new(Kind::World, error)
                .hint("the same command sends what is missing, and nothing twice"),
        }
    }
}

impl From<MakeBaseError> for CommandError {
    fn from(error: MakeBaseError) -> Self {
        let next = match &error {
            MakeBaseError::TooOld { .. } => {
                "package on a machine with a newer system, or name a program that was built on an older one with `--binary`"
            }
            MakeBaseError::Missing { .. } => "install the package that has it",
            MakeBaseError::Unreadable { .. } => return Self::new(Kind::World, error),
            _ => {
                "name a program for linux/amd64 with `--binary`, such as the one of a release of Plimsoll"
            }
        };
        Self::new(Kind::Usage, error).hint(next)
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

impl From<FileError> for CommandError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Damaged { .. } | FileError::Version { .. } => {
                Self::new(Kind::Damaged, error)
                    .hint("restore that file from a backup, or move it away to go on without it")
            }
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<AddLabelsError> for CommandError {
    fn from(error: AddLabelsError) -> Self {
        match error {
            AddLabelsError::Store(error) => error.into(),
            AddLabelsError::Read(_) => Self::new(Kind::Usage, error)
                .hint("its columns are named with `--id` and `--target`; nothing was added"),
            other => Self::new(Kind::No, other)
                .hint("nothing was added; correct the file and add it again"),
        }
    }
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Open(_) => Self::new(Kind::Usage, error)
                .hint("name a file with a secret in `--token-file`, put one into `PLIMSOLL_SERVE_TOKEN`, or leave `--host` out"),
            other => Self::new(Kind::World, other),
        }
    }
}

impl From<MeasureError> for CommandError {
    fn from(error: MeasureError) -> Self {
        let next = error.next.clone();
        let error = Self::new(Kind::World, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<EvaluateError> for CommandError {
    fn from(error: EvaluateError) -> Self {
        let next = error.next();
        let kind = match error {
            EvaluateError::Runtime(_)
            | EvaluateError::Endpoint { .. }
            | EvaluateError::Late { .. } => Kind::World,
            _ => Kind::Usage,
        };
        let error = Self::new(kind, error);
        match next {
            Some(next) => error.hint(next),
            None => error,
        }
    }
}

impl From<WeakError> for CommandError {
    fn from(error: WeakError) -> Self {
        Self::new(Kind::Usage, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_that_names_other_bytes_is_not_worth_another_try() {
        let failed = |cause| {
            CommandError::from(PrepareError::Install {
                path: "requirements.lock".parse().unwrap(),
                command: "pip install".to_owned(),
                end: "ended with exit code 1".to_owned(),
                lines: Vec::new(),
                cause,
                advice: Some("what may help"),
            })
        };
        let hash = failed(InstallCause::Hash);
        assert_eq!((hash.code(), hash.hint.as_deref()), (2, Some("what may help")));
        for cause in [InstallCause::Offline, InstallCause::Network, InstallCause::Disk] {
            assert_eq!(failed(cause).code(), 75, "{cause:?}");
        }
    }
}
