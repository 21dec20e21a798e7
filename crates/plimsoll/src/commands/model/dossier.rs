//! `plimsoll model dossier`

mod gather;
mod parts;
mod since;

use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Digest, Reference, Timestamp, Version};
use plimsoll_evaluate::report::{DossierReport, dossier_html};
use plimsoll_release::dossier::{Content, Draft, file};
use serde::Serialize;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{candidate, keys, output_file, view};
use gather::Gathered;

/// Gather everything about a version in one place that verifies offline
///
/// Verdict and rules, evaluation with plots, data checks, card, provenance, signed statements, the
/// bundle's manifest, environment, data with licenses, the audit log of the model and the trust file, as a
/// folder, as one tar file (FILE.tar) or as one page (FILE.html). `plimsoll verify` checks a folder or a
/// tar file; a page alone cannot be checked. The same version and history give the same bytes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The version
    #[arg(value_name = "MODEL@VERSION")]
    version: Reference,
    /// A new folder, FILE.tar or FILE.html [default: MODEL-NUMBER-dossier]
    #[arg(long, short, value_name = "FOLDER|FILE")]
    output: Option<PathBuf>,
    /// Put the model itself into it as well
    #[arg(long)]
    weights: bool,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

/// The forms of a dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Form {
    Folder,
    Tar,
    Html,
}

impl Form {
    fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("tar") => Self::Tar,
            Some("html") => Self::Html,
            _ => Self::Folder,
        }
    }
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let gathered = Gathered::of(&args.version, args.weights, &catalogue, ports).await?;
    let released = &gathered.record.released;
    let (version, subject) = (released.version.clone(), released.candidate.subject);
    let named = args.output.clone().unwrap_or_else(|| {
        PathBuf::from(format!("{}-{}-dossier", version.variant, version.number))
    });
    let (place, form) = (ports.folder.join(&named), Form::of(&named));
    if form == Form::Html && args.weights {
        return Err(CommandError::usage("a page has no place for the model")
            .hint("name a folder or FILE.tar, or leave `--weights` out"));
    }
    if form != Form::Html && place.symlink_metadata().is_ok() {
        let message =
            format!("{} exists already (a dossier is never written over)", named.display());
        return Err(CommandError::usage(message).hint("name another one with `--output`"));
    }
    let mut draft = Draft::new(version.clone(), subject);
    let mut shown = Vec::new();
    for part in parts::ALL {
        part(&gathered, &mut draft, &mut shown)?;
    }
    let page = page(&gathered, &draft, &shown)?;
    let (files, bytes) = if form == Form::Html {
        let bytes = page.len() as u64;
        output_file::write(&ports.folder, &named, page)?;
        (1, bytes)
    } else {
        draft.add("index.html", Content::Bytes(page.into_bytes()))?;
        let key = keys::signing_key(&ports.settings, ui)?;
        let sealed = draft.seal(&*key, candidate::builder()?)?;
        if form == Form::Tar { sealed.write_file(&place) } else { sealed.write_folder(&place) }?;
        sealed.size()
    };
    ui.show(&Shown { version, subject, form, output: named, files, bytes })?;
    Ok(Exit::Done)
}

/// Returns the page about what is in `draft`.
fn page(
    gathered: &Gathered,
    draft: &Draft,
    shown: &[plimsoll_evaluate::report::DossierPart],
) -> Result<String, CommandError> {
    let files: Vec<(String, u64, Digest)> = draft
        .files()
        .filter_map(|(name, known)| known.map(|(digest, bytes)| (name.to_owned(), bytes, digest)))
        .collect();
    let signed = gathered.verified.signers.iter();
    let statements: Vec<[String; 3]> =
        signed.map(|(kind, key)| [kind.to_string(), key.clone(), file::of_bundle(*kind)]).collect();
    let audit: Vec<_> = gathered
        .audit
        .iter()
        .filter(|(entry, _)| *entry.what.model() == gathered.model)
        .map(|(entry, _)| (entry.clone(), utc(entry.at)))
        .collect();
    let html = dossier_html(&DossierReport {
        released: &gathered.record.released,
        at: &utc(gathered.record.at),
        record: &gathered.run,
        verdict: &gathered.verified.verdict.verdict,
        evaluation: &gathered.evaluation,
        validations: &gathered.validations,
        statements: &statements,
        audit: &audit,
        parts: shown,
        files: &files,
    });
    html.map_err(|error| CommandError::new(Kind::Bug, error))
}

/// Returns a moment as people read it wherever they are: the page is the same everywhere.
fn utc(at: Timestamp) -> String {
    let written = view::rfc3339(at);
    let (day, time) = written.split_once('T').unwrap_or((&written, ""));
    format!("{day} {} UTC", time.get(..5).unwrap_or(time))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    version: Version,
    subject: Subject,
    form: Form,
    output: PathBuf,
    files: usize,
    bytes: u64,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.model-dossier/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let output = self.output.display();
        writeln!(f, "the dossier of {} is in {output}", paint(Paint::Strong, &self.version))?;
        writeln!(f, "  subject  {}", self.subject)?;
        writeln!(f, "  size     {} in {} file(s)", view::size(self.bytes), self.files)?;
        match self.form {
            Form::Html => writeln!(f, "  a page cannot be verified: a folder or a tar file can"),
            Form::Folder | Form::Tar => writeln!(f, "  next: plimsoll verify {output}"),
        }
    }
}
