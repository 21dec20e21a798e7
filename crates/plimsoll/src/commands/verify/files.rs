//! `plimsoll verify FILES --signature FILE`

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use plimsoll_release::key::PublicKey;
use plimsoll_release::signing::{
    Differences, FileName, Links, ModelFiles, ModelSignature, Walk, place_within,
};
use plimsoll_release::trust::Published;
use serde::Serialize;

use super::Args;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{keys, view};

/// How many names of one sort are printed as text.
const SHOWN: usize = 20;

/// How many letters of a model's name are printed; whoever signed it chose it.
const LONGEST: usize = 100;

pub(super) fn run(
    args: &Args,
    signature: &Path,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let model = ports.folder.join(&args.what);
    if !model.exists() {
        let message = format!("{} is no file or folder here", args.what);
        return Err(CommandError::usage(message).hint(
            "`plimsoll model sign MODEL@VERSION --output FILE` takes the file of a version out of its bundle and signs it",
        ));
    }
    let published = published(args, &ModelSignature::read(signature)?, ports)?;
    let listing = &published.listing;
    // A signature lies in the folder that it is of, whatever it was called when it was made.
    let ignored: BTreeSet<FileName> =
        listing.ignored.iter().cloned().chain(place_within(&model, signature)).collect();
    let links = if args.allow_symlinks { Links::Followed } else { Links::Refused };
    let found = ModelFiles::read(&model, &Walk { ignored, links })?;
    let differences = listing.differences(&found);
    let shown = Shown::of(&args.what, &published, &found, differences);
    ui.show(&shown)?;
    Ok(if shown.differences.is_empty() { Exit::Done } else { Exit::No })
}

/// Tells what a signature says, if a key made it that counts.
fn published(
    args: &Args,
    signature: &ModelSignature,
    ports: &Ports,
) -> Result<Published, CommandError> {
    let Some(file) = &args.public_key else {
        let trust = args.trust.as_ref().map(|file| ports.folder.join(file));
        let trust = keys::trust(&ports.settings, trust.as_deref())?;
        return Ok(trust.published(signature, ports.clock.now())?);
    };
    let key = PublicKey::read(&ports.folder.join(file))?;
    let listing = signature.open(&key)?;
    let id = key.id().map_err(|error| CommandError::new(Kind::Bug, error))?;
    Ok(Published { listing, key: id, signer: file.display().to_string() })
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    verdict: &'static str,
    model: String,
    name: String,
    signer: String,
    key: String,
    files: usize,
    bytes: u64,
    #[serde(flatten, serialize_with = "by_kind")]
    differences: Differences,
    ignored: Vec<FileName>,
}

/// As they are written in JSON.
#[derive(Serialize)]
struct ByKind<'a> {
    changed: &'a [FileName],
    missing: &'a [FileName],
    added: &'a [FileName],
}

fn by_kind<S: serde::Serializer>(differences: &Differences, to: S) -> Result<S::Ok, S::Error> {
    let Differences { changed, missing, added } = differences;
    ByKind { changed, missing, added }.serialize(to)
}

impl Shown {
    fn of(model: &str, from: &Published, found: &ModelFiles, differences: Differences) -> Self {
        Self {
            verdict: if differences.is_empty() { "pass" } else { "block" },
            model: model.to_owned(),
            name: from.listing.name.clone(),
            signer: from.signer.clone(),
            key: from.key.to_string(),
            files: from.listing.files.len(),
            bytes: found.bytes,
            differences,
            ignored: found.ignored.iter().cloned().collect(),
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.verify-files/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Differences { changed, missing, added } = &self.differences;
        let model = paint(Paint::Strong, &self.model);
        let plural = if self.files == 1 { "" } else { "s" };
        if self.differences.is_empty() {
            let size = view::size(self.bytes);
            let sign = paint(Paint::Good, "✓");
            writeln!(f, "{sign} {model} is as signed: {} file{plural}, {size}", self.files)?;
        } else {
            let (changed, missing, added) = (changed.len(), missing.len(), added.len());
            writeln!(
                f,
                "{} {model} is not as signed: of {} file{plural} {changed} changed and {missing} missing, {added} added",
                paint(Paint::Bad, "✗"),
                self.files
            )?;
        }
        for (what, names) in [("changed", changed), ("missing", missing), ("added", added)] {
            write_names(f, what, names)?;
        }
        let name: String = self.name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
        writeln!(f, "  signed by   {} as `{name}`", self.signer)?;
        write_names(f, "not signed", &self.ignored)?;
        if self.differences.is_empty() {
            return Ok(());
        }
        writeln!(f, "  next: get the model and its signature again from who signed it")
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, what: &str, names: &[FileName]) -> fmt::Result {
    for name in names.iter().take(SHOWN) {
        writeln!(f, "  {what:<11} {name}")?;
    }
    match names.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "  {what:<11} and {more} more (`--json` lists them)"),
    }
}
