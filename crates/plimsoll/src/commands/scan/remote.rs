//! An image of a registry: what of it is asked for is fetched, and held against its digest.

mod kept;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use indicatif::ProgressBar;
use plimsoll_core::Digest;
use plimsoll_package::registry::{ImageReference, Registry, RegistryError};
use plimsoll_scan::inventory::{
    self, Blobs, Input, Inventory, InventoryError, Platform, Problem, Reading, Told,
};

use self::kept::KeptLayers;
use crate::error::{CommandError, Kind};
use crate::settings::Settings;
use crate::ui::{Progress, Ui};
use crate::{registries, view};

/// How an image of a registry is named where it could be a path too, as skopeo and podman write it.
const SCHEME: &str = "docker://";

/// The most manifests, indexes and configurations that are asked for, to find the image of a platform.
const MOST_DOCUMENTS: usize = 256;

/// The most bytes of them.
const MOST_OF_DOCUMENTS: usize = 64 * 1024 * 1024;

/// How images of registries are asked for.
pub(super) struct Asking<'a> {
    /// For which platform, where there are several.
    pub(super) platform: Option<Platform>,
    /// Whether TLS is done without.
    pub(super) is_plain: bool,
    pub(super) settings: &'a Settings,
    pub(super) ui: &'a Ui,
}

/// Returns the image of a registry that `named` is, whatever lies in a folder of that name.
pub(super) fn with_scheme(named: &Path) -> Option<Result<ImageReference, CommandError>> {
    let text = named.to_str()?;
    let rest = text.strip_prefix(SCHEME)?;
    Some(rest.parse().map_err(|error| {
        CommandError::new(Kind::Usage, error).hint(advice(rest, &format!("--image {SCHEME}")))
    }))
}

/// Returns what `--image` names where there is no such path: an image of a registry, or nothing.
pub(super) fn without_path(named: &Path) -> Result<ImageReference, CommandError> {
    let shown = named.display().to_string();
    shown.parse().map_err(|error| {
        let message = format!("there is no file or folder {shown}, and {error}");
        CommandError::usage(message).hint(advice(&shown, "--image "))
    })
}

/// Says how what names no registry is named with one.
pub(super) fn advice(named: &str, option: &str) -> String {
    let of_docker = format!("docker.io/{named}");
    match of_docker.parse::<ImageReference>() {
        Ok(reference) => format!("an image of Docker's registry: `{option}{reference}`"),
        Err(_) => format!("an image of a registry is named `{option}HOST/REPOSITORY:TAG`"),
    }
}

/// Reads what is installed in an image of a registry, and returns it with the image's name by its digest,
/// which stays what it is when the tag moves.
pub(super) fn read(
    reference: &ImageReference,
    asking: &Asking<'_>,
) -> Result<(Inventory, String), CommandError> {
    let registry = registries::to_read(reference.clone(), asking.is_plain, asking.settings)?;
    let layers = KeptLayers::open(&asking.settings.cache)?;
    let progress = Progress::new(asking.ui.is_live());
    let bar = progress.spinner("fetch");
    bar.set_message(reference.to_string());
    let image = RemoteImage::find(registry, layers, bar)?;
    let shown = reference.to_string();
    let mut include = |_: &str| Err(io::Error::other("an image names no other files"));
    let platform = asking.platform.clone();
    let how = Reading { told: Some(Told::Image), include: &mut include, platform };
    let read = inventory::read(&shown, Input::Image(&image), how);
    image.bar.finish_and_clear();
    progress.clear();
    image.layers.tidy();
    let mut inventory = read.map_err(explained)?;
    let (host, repository) = (reference.registry(), reference.repository());
    let pinned = format!("{host}/{repository}@{}", image.root);
    if shown != pinned {
        inventory.notes.push(format!("{shown} is {pinned}"));
    }
    Ok((inventory, pinned))
}

/// Says why an image could not be read; what a registry did has advice of its own.
fn explained(error: InventoryError) -> CommandError {
    let InventoryError { path, problem } = error;
    let problem = match problem {
        Problem::Unreadable(source) => match source.downcast::<RegistryError>() {
            Ok(error) => return CommandError::of_reading(error),
            Err(source) => Problem::Unreadable(source),
        },
        other => other,
    };
    CommandError::new(Kind::Usage, InventoryError { path, problem })
}

/// An image that is fetched piece by piece.
struct RemoteImage {
    registry: Registry,
    root: Digest,
    /// What was fetched of manifests and configurations; some are looked at twice.
    documents: RefCell<BTreeMap<Digest, Vec<u8>>>,
    bytes: Cell<usize>,
    layers: KeptLayers,
    bar: ProgressBar,
}

impl RemoteImage {
    /// Asks what the image's name stands for.
    fn find(
        registry: Registry,
        layers: KeptLayers,
        bar: ProgressBar,
    ) -> Result<Self, CommandError> {
        let (root, bytes) = registry.resolve().map_err(CommandError::of_reading)?;
        let count = Cell::new(bytes.len());
        let documents = RefCell::new(BTreeMap::from([(root, bytes)]));
        Ok(Self { registry, root, documents, bytes: count, layers, bar })
    }

    /// Returns a document, fetched once.
    fn document(
        &self,
        digest: &Digest,
        fetch: impl FnOnce() -> Result<Option<Vec<u8>>, RegistryError>,
    ) -> io::Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.documents.borrow().get(digest) {
            return Ok(Some(bytes.clone()));
        }
        let count = self.documents.borrow().len();
        if count >= MOST_DOCUMENTS || self.bytes.get() > MOST_OF_DOCUMENTS {
            let message = format!(
                "more than {MOST_DOCUMENTS} manifests or {MOST_OF_DOCUMENTS} bytes of them, which is the most that is fetched"
            );
            return Err(io::Error::other(message));
        }
        let bytes = fetch().map_err(io::Error::other)?;
        if let Some(bytes) = &bytes {
            self.bytes.set(self.bytes.get().saturating_add(bytes.len()));
            self.documents.borrow_mut().insert(*digest, bytes.clone());
        }
        Ok(bytes)
    }
}

impl Blobs for RemoteImage {
    fn root(&self) -> Digest {
        self.root
    }

    fn manifest(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        self.document(digest, || self.registry.manifest(&digest.to_string()))
    }

    fn config(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        self.document(digest, || self.registry.small_blob(digest))
    }

    fn layer(&self, digest: &Digest, size: u64) -> io::Result<Box<dyn Read>> {
        if let Some(file) = self.layers.find(digest, size)? {
            return Ok(Box::new(file));
        }
        let (short, all) = (digest.short(), view::size(size));
        let sent = |bytes| self.bar.set_message(format!("{short} {} of {all}", view::size(bytes)));
        sent(0);
        let file = self.layers.keep(digest, |to| {
            self.registry.fetch(digest, size, to, &sent).map_err(io::Error::other)
        })?;
        self.bar.set_message(format!("{short} read"));
        Ok(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_registry_is_told_how_it_would() {
        let hint = |named: &str| without_path(Path::new(named)).unwrap_err().hint.unwrap();
        assert_eq!(
            hint("alpine:3.19"),
            "an image of Docker's registry: `--image docker.io/library/alpine:3.19`"
        );
        assert_eq!(
            hint("team/bikes"),
            "an image of Docker's registry: `--image docker.io/team/bikes`"
        );
        assert_eq!(
            hint("image.TAR"),
            "an image of a registry is named `--image HOST/REPOSITORY:TAG`"
        );
        let error = without_path(Path::new("a.tar")).unwrap_err().to_string();
        assert!(
            error.starts_with("there is no file or folder a.tar, and `a.tar` is no"),
            "{error}"
        );
        assert!(without_path(Path::new("ghcr.io/team/bikes")).is_ok());
        assert!(with_scheme(Path::new("ghcr.io/team/bikes")).is_none());
        assert!(with_scheme(Path::new("docker://ghcr.io/team/bikes")).unwrap().is_ok());
        assert!(with_scheme(Path::new("docker://bikes")).unwrap().is_err());
    }
}
