//! Where a served model comes from: an alias, a version, a bundle or a bare file.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::signature::Signature;
use plimsoll_core::version::Target;
use plimsoll_core::weights::KeyUse;
use plimsoll_core::{Reference, Variant, Version};
use plimsoll_predict::{LARGEST_FILE, Model, ModelFile, Runtime};
use plimsoll_release::bundle::{Bundle, EncryptedBundle, Part};
use plimsoll_release::trust::Trust;
use plimsoll_serving::{Loaded, ServedModel};

use super::uses::{self, Uses};
use super::{Ground, Wish};
use crate::commands::verify::{self, Found};
use crate::error::{CommandError, Kind};
use crate::identities::{self, Keyring};
use crate::keys;
use crate::measure::Measurement;
use crate::ports::{Catalogue, Ports};
use crate::signature;

/// Where a served model comes from, and what is needed to load it.
pub(crate) struct Source {
    place: Place,
    runtime: Runtime,
    workers: NonZeroUsize,
    settings: crate::settings::Settings,
    trust: Option<PathBuf>,
    is_stateless: bool,
    opening: Option<Opening>,
    clock: std::sync::Arc<dyn plimsoll_engine::run::Clock>,
}

/// What is needed to open an encrypted model.
#[derive(Clone)]
struct Opening {
    keyring: Keyring,
    uses: Uses,
    /// What for, as the entry says it.
    why: String,
}

enum Place {
    /// A version of a registry, or an alias that is followed.
    Registry { reference: Reference, catalogue: Box<Catalogue> },
    /// A bundle, a folder or a tar file.
    Bundle(PathBuf),
    /// A model that nobody vouches for.
    Bare(PathBuf),
}

/// What is served.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub name: String,
    pub variant: Option<Variant>,
    pub version: Option<String>,
    pub subject: Option<Subject>,
    pub released: bool,
    /// Whether the model came encrypted.
    pub encrypted: bool,
    pub captures: bool,
}

impl Source {
    /// Finds what `wish` names.
    pub(crate) async fn find(
        wish: &Wish,
        workers: NonZeroUsize,
        ground: &Ground<'_>,
    ) -> Result<Self, CommandError> {
        let path = ground.folder.join(&wish.what);
        let place = if path.is_file() && path.extension().is_some_and(|it| it == "onnx") {
            Place::Bare(path)
        } else if path.exists() {
            Place::Bundle(path)
        } else {
            let reference: Reference = wish.what.parse().map_err(|error| {
                let message =
                    format!("{} is no file or folder here, and no model: {error}", wish.what);
                CommandError::usage(message)
                    .hint("write MODEL@champion, MODEL@1.0.0, a bundle or FILE.onnx")
            })?;
            let Some(ports) = ground.home else {
                let message = format!("{} is no bundle here, and there is no registry", wish.what);
                return Err(CommandError::usage(message)
                    .hint("name a bundle, or leave --stateless out to look into the home"));
            };
            let catalogue = ports.catalogue(wish.registry.as_deref()).await?;
            Place::Registry { reference, catalogue: Box::new(catalogue) }
        };
        let opening = match &place {
            Place::Bundle(path) => Opening::of(path, wish, ground).await?,
            Place::Registry { .. } | Place::Bare(_) => None,
        };
        let measurement = Measurement::new(
            ground.settings,
            ground.folder,
            wish.onnxruntime.clone(),
            wish.offline,
        );
        // Fetching the library may take seconds.
        let runtime = tokio::task::spawn_blocking(move || measurement.runtime()).await;
        let runtime = runtime.map_err(|error| CommandError::new(Kind::Bug, error))??;
        Ok(Self {
            place,
            runtime,
            workers,
            settings: ground.settings.clone(),
            trust: wish.trust.clone(),
            is_stateless: ground.home.is_none(),
            opening,
            clock: std::sync::Arc::clone(&ground.clock),
        })
    }

    /// Returns the alias that is followed, and where.
    pub(super) fn followed(&self) -> Option<(&Reference, &Catalogue)> {
        match &self.place {
            Place::Registry { reference, catalogue } => {
                matches!(reference.to, Target::Alias(_)).then_some((reference, &**catalogue))
            }
            Place::Bundle(_) | Place::Bare(_) => None,
        }
    }

    /// Verifies and loads what there is now.
    pub(crate) async fn load(&self) -> Result<(Served, Loaded), CommandError> {
        let found = match &self.place {
            Place::Registry { reference, catalogue } => {
                verify::of_registry(reference, catalogue).await?
            }
            Place::Bundle(path) => Found { bundle: Bundle::open(path)?, expected: None },
            Place::Bare(path) => return self.bare(path),
        };
        // The trust file is read anew: a key that was withdrawn meanwhile counts no more.
        let trust = match &self.trust {
            Some(file) if self.is_stateless => keys::trust_alone(file)?,
            named => keys::trust(&self.settings, named.as_deref())?,
        };
        if let (Place::Bundle(path), true) = (&self.place, found.bundle.is_encrypted()) {
            return self.encrypted(path, &found.bundle, &trust).await;
        }
        let verified = verify::verified_at(&found, &trust, self.clock.now())?;
        let mut bytes =
            Vec::with_capacity(usize::try_from(verified.size(Part::Model)).unwrap_or(0));
        let copied = verified.copy(Part::Model, &mut bytes);
        copied.map_err(|error| CommandError::new(Kind::No, error))?;
        let served =
            Served::released(&verified.release.version, verified.subject, &verified.signature);
        self.released(served, &verified.signature, bytes)
    }

    /// Opens an encrypted model. The key is used once everything else is verified, and its use recorded.
    async fn encrypted(
        &self,
        path: &std::path::Path,
        bundle: &Bundle,
        trust: &Trust,
    ) -> Result<(Served, Loaded), CommandError> {
        let Some(Opening { keyring, uses, why }) = self.opening.clone() else {
            return Err(identities::missing(path));
        };
        let bundle: EncryptedBundle = bundle.verify_encrypted(trust, self.clock.now())?;
        // A command may take as long as somebody needs to touch a key.
        let identities = in_background(move || keyring.read()).await?;
        let used = KeyUse {
            version: bundle.version().clone(),
            subject: bundle.subject(),
            keys: identities.recipients(),
        };
        uses.tell(used, &uses::occasion(&self.settings, self.clock.now(), &why)?).await?;
        let mut served = Served::released(bundle.version(), bundle.subject(), bundle.signature());
        served.encrypted = true;
        let signature = bundle.signature().clone();
        let bytes = in_background(move || Ok(bundle.open(&identities)?)).await?;
        self.released(served, &signature, bytes)
    }

    fn released(
        &self,
        served: Served,
        signature: &Signature,
        bytes: Vec<u8>,
    ) -> Result<(Served, Loaded), CommandError> {
        let file = ModelFile::from_bytes(bytes, LARGEST_FILE)
            .map_err(|error| CommandError::new(Kind::No, error))?;
        let loaded = self.loaded(&served, signature.clone(), file)?;
        Ok((served, loaded))
    }

    fn bare(&self, path: &std::path::Path) -> Result<(Served, Loaded), CommandError> {
        let file = ModelFile::read(path, LARGEST_FILE)
            .map_err(|error| CommandError::new(Kind::No, error))?;
        let model = Model::load(&file, &self.runtime, 1)
            .map_err(|error| CommandError::new(Kind::No, error))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let served = Served {
            name: stem.unwrap_or_else(|| "model".to_owned()),
            variant: None,
            version: None,
            subject: None,
            released: false,
            encrypted: false,
            captures: false,
        };
        let loaded = self.loaded(&served, signature::bare(model.signature()), file)?;
        Ok((served, loaded))
    }

    fn loaded(
        &self,
        served: &Served,
        signature: Signature,
        file: ModelFile,
    ) -> Result<Loaded, CommandError> {
        let model = ServedModel {
            name: served.name.clone(),
            version: served.version.clone(),
            subject: served.subject.map(|subject| subject.to_string()),
            released: served.released,
            signature,
            file,
        };
        Loaded::load(model, &self.runtime, self.workers)
            .map_err(|error| CommandError::new(Kind::No, error))
    }
}

impl Opening {
    /// Finds what opens the bundle at `path`; `None` where nothing in it is encrypted.
    async fn of(
        path: &std::path::Path,
        wish: &Wish,
        ground: &Ground<'_>,
    ) -> Result<Option<Self>, CommandError> {
        if !Bundle::open(path)?.is_encrypted() {
            return Ok(None);
        }
        let Some(keyring) = Keyring::find(ground.settings, wish.identity.clone())? else {
            return Err(identities::missing(path));
        };
        let uses = match (ground.home, &ground.entries) {
            (Some(ports), _) => {
                Uses::Log(ports.catalogue(wish.registry.as_deref()).await?.registry)
            }
            (None, Some(entries)) => Uses::Stream(entries.clone()),
            (None, None) => {
                let message = "a server without a home that can tell nobody of a use of a key";
                return Err(CommandError::new(Kind::Bug, message));
            }
        };
        Ok(Some(Self { keyring, uses, why: format!("to serve it on {}", wish.address) }))
    }
}

impl Served {
    fn released(version: &Version, subject: Subject, signature: &Signature) -> Self {
        Self {
            name: version.variant.to_string(),
            variant: Some(version.variant.clone()),
            version: Some(version.number.to_string()),
            subject: Some(subject),
            released: true,
            encrypted: false,
            captures: signature.recorded.as_ref().is_some_and(|recorded| recorded.capture),
        }
    }
}

/// Does what takes a while without holding up signals.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| CommandError::new(Kind::Bug, error))?
}

impl Ports {
    /// Returns the folder with the captures of a variant.
    pub(crate) fn captures(&self, variant: &Variant) -> PathBuf {
        self.settings.home.join("captures").join(variant.to_string())
    }

    /// Returns the folder with the labels of a variant.
    pub(crate) fn labels(&self, variant: &Variant) -> PathBuf {
        self.settings.home.join("labels").join(variant.to_string())
    }
}
