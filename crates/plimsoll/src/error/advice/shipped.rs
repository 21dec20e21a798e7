//! What errors of images, registries of images and serving mean.

use plimsoll_package::base::{MakeBaseError, ReadBaseError, UnfitBaseError};
use plimsoll_package::registry::{ReadCredentialsError, RegistryError as ImageRegistryError};
use plimsoll_package::{LayoutError, MakeArtifactError};
use plimsoll_serving::ServeError;

use crate::error::{CommandError, Kind};

/// What can be done about a server's certificate that is not trusted.
pub(crate) const TRUST: &str = "to trust who signed its certificate, put theirs into the file that `SSL_CERT_FILE` names, or among the system's; one that signs itself has to be replaced by one that an authority signed";

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

impl From<MakeArtifactError> for CommandError {
    fn from(error: MakeArtifactError) -> Self {
        let is_of_world = matches!(error, MakeArtifactError::Unreadable { .. });
        Self::new(if is_of_world { Kind::World } else { Kind::Bug }, error)
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

impl CommandError {
    /// Says what it means that nothing could be read from a registry.
    pub(crate) fn of_reading(error: ImageRegistryError) -> Self {
        match error {
            ImageRegistryError::Denied { ref host, .. } => {
                let hint = format!(
                    "log in: `docker login {host}` or `podman login {host}`, as somebody who may read it; of an image that is not there, many registries say the same"
                );
                Self::new(Kind::No, error).hint(hint)
            }
            ImageRegistryError::Missing { .. } => {
                Self::new(Kind::Usage, error).hint("look at its name, and at its tag or digest")
            }
            ImageRegistryError::Changed { .. } | ImageRegistryError::TooLarge { .. } => {
                Self::new(Kind::No, error)
                    .hint("do not use the image: it is not what its digests say")
            }
            ImageRegistryError::Refused { .. } | ImageRegistryError::Plain { .. } => error.into(),
            _ if error.is_untrusted() => error.into(),
            _ => Self::new(Kind::World, error)
                .hint("try again: layers that were fetched are not fetched again"),
        }
    }
}

impl From<ImageRegistryError> for CommandError {
    fn from(error: ImageRegistryError) -> Self {
        let is_transient = error.is_transient();
        if error.is_untrusted() {
            return Self::new(Kind::Usage, error).hint(TRUST);
        }
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
            ImageRegistryError::Changed { .. } | ImageRegistryError::TooLarge { .. } => {
                Self::new(Kind::No, error)
            }
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

impl From<UnfitBaseError> for CommandError {
    fn from(error: UnfitBaseError) -> Self {
        let (kind, next) = match &error {
            UnfitBaseError::Layer { .. } | UnfitBaseError::Program { .. } => {
                return Self::new(Kind::World, error);
            }
            UnfitBaseError::TooOld { .. } => (
                Kind::No,
                "take a newer base, or name a program that was built on an older system with `--binary`",
            ),
            UnfitBaseError::NoLoader { .. } | UnfitBaseError::Missing { .. } => {
                (Kind::No, "leave `--base` out: the image then has the few files that it needs")
            }
            _ => (Kind::Usage, "name a program for linux/amd64 with `--binary`"),
        };
        Self::new(kind, error).hint(next)
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
