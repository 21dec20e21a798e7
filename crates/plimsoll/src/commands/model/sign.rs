//! `plimsoll model sign`

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plimsoll_core::Reference;
use plimsoll_release::bundle::Part;
use plimsoll_release::signing::{
    FileName, Links, Listing, ModelFiles, ModelSignature, Walk, left_out,
};
use serde::Serialize;

use crate::commands::verify;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{keys, output_file, view};

/// Sign a model's file or folder, so that others can tell that it is yours
///
/// Writes a signature in the format of OpenSSF model signing, by the key that signs releases.
/// `plimsoll verify FILES --signature FILE` checks it, and so does the Python package model-signing
/// (`model_signing verify key`). Files of git (.git, .gitignore, .gitattributes, .github) are left out.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A file, a folder, or MODEL@VERSION, MODEL@ALIAS
    #[arg(value_name = "FILES|MODEL@VERSION")]
    what: String,
    /// Write the signature here; default: model.sig in a folder, beside a file its name and .sig
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Take the model's file out of the version's verified bundle, write it here, and sign it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Leave out this file or folder, a path within the model's folder; may be repeated
    #[arg(long, value_name = "PATH")]
    ignore: Vec<FileName>,
    /// Sign what symbolic links to files point at under the names of the links
    #[arg(long)]
    allow_symlinks: bool,
    /// Look the version up in this folder instead of the home
    #[arg(long, value_name = "FOLDER", requires = "output")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    if let Some(whole) = args.ignore.iter().find(|name| name.is_model()) {
        return Err(CommandError::usage(format!("`--ignore {whole}` leaves out the whole model")));
    }
    let key = keys::signing_key(&ports.settings, ui)?;
    let model = match &args.output {
        Some(output) => taken_out(args, &ports.folder.join(output), ports).await?,
        None => ports.folder.join(&args.what),
    };
    if !model.exists() {
        let message = format!("{} is no file or folder here", args.what);
        return Err(CommandError::usage(message)
            .hint("of a version, name the file that its model is written to with `--output`"));
    }
    let signature = match &args.signature {
        Some(file) => ports.folder.join(file),
        None if model.is_dir() => model.join("model.sig"),
        None => {
            let mut path = model.clone().into_os_string();
            path.push(".sig");
            path.into()
        }
    };
    check_free(&signature)?;
    let mut ignored = left_out(&model, &signature);
    ignored.extend(args.ignore.iter().cloned());
    let links = if args.allow_symlinks { Links::Followed } else { Links::Refused };
    let walk = Walk { ignored, links };
    let found = ModelFiles::read(&model, &walk)?;
    let listing = Listing::of(name(&model), &found, &walk);
    let signed = ModelSignature::sign(&listing, &key)?;
    let bug = |error| CommandError::new(Kind::Bug, error);
    output_file::write(Path::new(""), &signature, signed.to_json().map_err(bug)?)?;
    let id = key.public().id().map_err(|error| CommandError::new(Kind::Bug, error))?;
    ui.show(&Shown {
        model: model.strip_prefix(&ports.folder).unwrap_or(&model).to_owned(),
        name: listing.name,
        signature: signature.strip_prefix(&ports.folder).unwrap_or(&signature).to_owned(),
        key: id.to_string(),
        files: found.files.len(),
        bytes: found.bytes,
        ignored: found.ignored.into_iter().collect(),
    })?;
    Ok(Exit::Done)
}

/// Writes the model's file of a version, from its verified bundle, to the new file `output`.
async fn taken_out(args: &Args, output: &Path, ports: &Ports) -> Result<PathBuf, CommandError> {
    let reference: Reference = args.what.parse().map_err(|error| {
        CommandError::usage(format!(
            "`--output` is for a version, and {} is none: {error}",
            args.what
        ))
    })?;
    let trust = keys::trust(&ports.settings, None)?;
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let found = verify::of_registry(&reference, &catalogue).await?;
    let verified = verify::verified(&found, &trust, ports)?;
    let unwritten = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => CommandError::usage(format!(
            "{} exists already (a model is never written over)",
            output.display()
        )),
        _ => CommandError::world(format!("{} could not be written: {error}", output.display())),
    };
    let folder = output.parent().unwrap_or(&ports.folder);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritten)?;
    let copied = verified.copy(Part::Model, &mut file);
    copied.map_err(|error| CommandError::new(Kind::No, error))?;
    let readable = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(readable).map_err(unwritten)?;
    file.persist_noclobber(output).map_err(|error| unwritten(error.error))?;
    Ok(output.to_owned())
}

/// Refuses to write over anything but another signature: it could be a file of the model.
fn check_free(signature: &Path) -> Result<(), CommandError> {
    if !signature.exists() || ModelSignature::read(signature).is_ok() {
        return Ok(());
    }
    let message = format!("{} exists already and is no signature", signature.display());
    Err(CommandError::usage(message).hint("name another file with `--signature`"))
}

/// Returns what the model is called: its file or folder.
fn name(model: &Path) -> String {
    let resolved = model.canonicalize().ok();
    let name = model.file_name().or_else(|| resolved.as_ref()?.file_name());
    name.map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    model: PathBuf,
    name: String,
    signature: PathBuf,
    key: String,
    files: usize,
    bytes: u64,
    ignored: Vec<FileName>,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.model-sign/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (model, signature) = (self.model.display(), self.signature.display());
        let plural = if self.files == 1 { "" } else { "s" };
        let size = view::size(self.bytes);
        writeln!(
            f,
            "signed {}: {} file{plural}, {size}",
            paint(Paint::Strong, &model),
            self.files
        )?;
        writeln!(f, "  signature   {signature}")?;
        writeln!(f, "  key         {}", self.key)?;
        for name in &self.ignored {
            writeln!(f, "  not signed  {name}")?;
        }
        writeln!(f, "  next: plimsoll verify {model} --signature {signature}")
    }
}
