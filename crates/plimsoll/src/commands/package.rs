//! `plimsoll package`

mod contents;
mod document;
mod encrypt;
mod push;
mod scan;

use std::path::{Path, PathBuf};

use plimsoll_core::Reference;
use plimsoll_package::base::{Base, Foreign, Ground};
use plimsoll_package::{Compression, KeptLayers, Layout, LayoutError, Shape};
use plimsoll_scan::bom;

use self::contents::Contents;
use self::document::Packaged;
use self::encrypt::Encrypted;
use self::push::Target;
use self::scan::Known;
use super::scan::vulnerabilities::How;
use super::verify;
use crate::bill;
use crate::error::{CommandError, Exit};
use crate::keys;
use crate::measure::Measurement;
use crate::ports::Ports;
use crate::since::Since;
use crate::ui::Ui;

/// Put a released version into a container image, without a daemon
///
/// Writes an OCI image for linux/amd64 that serves the version, and the same model as an OCI artifact with
/// its signed statements. Only from a bundle that verifies; the same version and programs give the same
/// bytes. The image has no shell, no package manager and no root; the model is a layer of its own, so that
/// a retrained one shares all others. What is installed in it is held against advisories first; with --push
/// it goes to a registry, which is sent only what it lacks, with an SBOM (CycloneDX) that refers to it.
/// With --encrypt-to the model is in it for whoever has a key only, in image and artifact.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION or MODEL@ALIAS
    #[arg(value_name = "MODEL@VERSION")]
    what: String,
    /// Where to: a new folder, or a new FILE.tar, which `docker load` reads too [default: MODEL-VERSION.oci]
    #[arg(long, short, value_name = "FOLDER|FILE.tar")]
    output: Option<PathBuf>,
    /// Send it to a registry: HOST/REPOSITORY, with the version as its tag, or HOST/REPOSITORY:TAG. Who asks
    /// is looked up where docker and podman keep it
    #[arg(long, value_name = "IMAGE")]
    push: Option<String>,
    /// Speak to the registry without TLS, as is done on this machine anyway
    #[arg(long)]
    plain_http: bool,
    /// How layers are compressed: as everything reads it, or smaller and faster
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = Method::Gzip)]
    compression: Method,
    /// Encrypt the model (age): a recipient `age1…`, or a file of recipients; may be repeated. `serve`
    /// needs one of their identities, and each use of it is an audit entry
    #[arg(long, value_name = "RECIPIENT|FILE")]
    encrypt_to: Vec<String>,
    /// What the image stands on, instead of the few files that its programs need: an image by its digest,
    /// HOST/REPOSITORY@sha256:… or an OCI layout FOLDER@sha256:…
    #[arg(long, value_name = "IMAGE@DIGEST")]
    base: Option<String>,
    /// The `plimsoll` that serves in the image, instead of this one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Whose signatures count, here and in the image, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    /// Do not look for vulnerabilities
    #[arg(long)]
    no_scan: bool,
    #[command(flatten, next_help_heading = "Of the scan")]
    how: How,
}

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    Gzip,
    Zstd,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let reference: Reference = args.what.parse().map_err(|error| {
        CommandError::usage(format!("{} is no version of a model: {error}", args.what))
            .hint("`plimsoll model list` lists them")
    })?;
    let recipients = encrypt::recipients(&args.encrypt_to, &ports.folder)?;
    let trust_file = match &args.trust {
        Some(file) => ports.folder.join(file),
        None => keys::trust_file(&ports.settings.home),
    };
    let trust = keys::trust(&ports.settings, Some(&trust_file))?;
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let found = verify::of_registry(&reference, &catalogue).await?;
    let verified = verify::verified(&found, &trust, ports)?;

    let named = args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone());
    let measurement = Measurement::new(&ports.settings, &ports.folder, named, args.offline);
    let library = measurement.library()?;
    let program = match &args.binary {
        Some(file) => ports.folder.join(file),
        None => std::env::current_exe().map_err(|error| {
            CommandError::world(format!("this program's own file is unknown: {error}"))
                .hint("name it with `--binary`")
        })?,
    };
    let standing = match &args.base {
        None => Standing::Made(Base::of(Path::new("/"), &[&program, &library.path])?),
        Some(named) => Standing::Foreign(push::base(named, args.plain_http, ports)?),
    };
    let base = standing.ground();

    let version = &verified.release.version;
    let output = match (&args.output, &args.push) {
        (Some(output), _) => Some(output.clone()),
        (None, None) => Some(PathBuf::from(format!("{}-{}.oci", version.variant, version.number))),
        (None, Some(_)) => None,
    };
    let place = output.as_ref().map(|output| Place::new(output, &ports.folder)).transpose()?;
    let mut target = match &args.push {
        Some(named) => {
            let number = version.number.to_string();
            Some(Target::find(named, &number, args.plain_http, ports)?)
        }
        None => None,
    };
    if let (Some(target), Standing::Foreign(base)) = (&mut target, &standing) {
        target.take_over(base);
    }
    if !args.no_scan {
        scan::is_possible(&args.how, ports)?;
    }

    let encrypted = match &recipients {
        Some(recipients) => {
            encrypt::look_through(&verified, (!args.no_scan).then_some(&args.how), ports, ui)?;
            Some(Encrypted::of(&verified, recipients, &catalogue, ports).await?)
        }
        None => None,
    };
    let encrypted = encrypted.as_ref();
    let contents =
        Contents { found: &found, verified: &verified, base, library: &library, encrypted };
    let recipe = contents.recipe(&program, &trust_file, args.compression.into())?;
    if recipe.runtime.terms.is_empty() {
        ui.warn(format_args!(
            "no LICENSE lies beside {}, so the image has ONNX Runtime without its terms",
            library.path.display()
        ));
    }
    let parent = place.as_ref().map_or(&ports.settings.cache, |place| &place.parent);
    std::fs::create_dir_all(parent).map_err(|error| {
        CommandError::world(format!("{} could not be made: {error}", parent.display()))
    })?;
    let kept = KeptLayers::new(ports.settings.cache.join("layers"));
    let layout = Layout::begin_in(parent)?.keeping(kept);
    let mut image = recipe.write(&layout)?;
    if let Standing::Foreign(base) = &standing {
        base.check(&layout, &[&program, &library.path])?;
    }
    let mut shown = Packaged::of(&contents, &recipe, &image, output);
    if !args.no_scan {
        let known = Known { base, library: &library, is_own_program: args.binary.is_none() };
        let name = version.to_string();
        let scanned = scan::judge(&name, layout.folder(), &known, &args.how, ports, ui)?;
        shown.scan = Some(scanned);
    }
    if let Some(encrypted) = encrypted {
        // Before anything leaves: what cannot be told of stays here.
        let entry = encrypted.record(&catalogue, ports).await?;
        shown.encryption = Some(document::Told::of(encrypted, entry));
    }
    if let Some(target) = &target {
        let record = catalogue.registry.resolve(&reference).await?;
        let named = bom::Image { name: target.name(), digest: image.manifest.digest };
        let bill = bill::of_verified(&record, &verified, Some(named), &catalogue, ports).await?;
        for note in &bill.notes {
            ui.warn(note);
        }
        let sbom = image.attach(&push::sbom(&bill.bill)?, &layout)?;
        let since = Since::of(&record, &catalogue, ports).await?;
        for (kind, statement) in since.statements() {
            image.attach_to_model(&push::statement(kind, statement), &layout)?;
        }
        let said = (sbom, since.statements().count());
        shown.pushed = Some(target.push(&image, &layout, said, ui)?);
    }
    if let Some(place) = &place {
        image.place(layout, place.shape, &place.path)?;
    }
    ui.show(&shown)?;
    Ok(Exit::Done)
}

/// What an image stands on.
enum Standing {
    Made(Base),
    Foreign(Foreign),
}

impl Standing {
    fn ground(&self) -> Ground<'_> {
        match self {
            Self::Made(base) => Ground::Made(base),
            Self::Foreign(base) => Ground::Foreign(base),
        }
    }
}

/// Where the layout is put.
struct Place {
    path: PathBuf,
    parent: PathBuf,
    shape: Shape,
}

impl Place {
    /// Takes a place at which there is nothing yet.
    fn new(output: &Path, folder: &Path) -> Result<Self, CommandError> {
        let path = folder.join(output);
        // Found out now rather than after a minute of compressing.
        if path.symlink_metadata().is_ok() {
            return Err(LayoutError::Exists(output.to_owned()).into());
        }
        let is_archive = output.extension().is_some_and(|extension| extension == "tar");
        let shape = if is_archive { Shape::Archive } else { Shape::Folder };
        let parent = path.parent().unwrap_or(folder).to_owned();
        Ok(Self { path, parent, shape })
    }
}

impl From<Method> for Compression {
    fn from(method: Method) -> Self {
        match method {
            Method::Gzip => Self::Gzip,
            Method::Zstd => Self::Zstd,
        }
    }
}
