//! Registries of images, asked by whoever docker and podman know.

use plimsoll_package::registry::{Credentials, ImageReference, Keychain, Registry};

use crate::error::CommandError;
use crate::settings::Settings;

/// Finds whose name a registry is asked by that may be written to; nothing is asked yet.
pub(crate) fn to_write(
    reference: ImageReference,
    is_plain: bool,
    settings: &Settings,
) -> Result<Registry, CommandError> {
    let credentials = credentials(&reference, settings)?;
    Ok(Registry::new(reference, credentials, is_plain))
}

/// Finds whose name a registry is asked by that is only read; nothing is asked yet.
pub(crate) fn to_read(
    reference: ImageReference,
    is_plain: bool,
    settings: &Settings,
) -> Result<Registry, CommandError> {
    let credentials = credentials(&reference, settings)?;
    Ok(Registry::to_read(reference, credentials, is_plain))
}

fn credentials(
    reference: &ImageReference,
    settings: &Settings,
) -> Result<Credentials, CommandError> {
    let keychain = Keychain { files: settings.credential_files(), programs: settings.path.clone() };
    Ok(keychain.find(reference)?)
}
