//! `plimsoll verify`

mod again;
mod deployed;
mod dossier;
mod files;

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::{Reference, RunId, Timestamp, Version};
use plimsoll_release::bundle::{Bundle, VerifiedBundle};
use plimsoll_release::dossier::Dossier;
use plimsoll_release::trust::Trust;
use serde::Serialize;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{keys, view};

/// Check a bundle, a dossier or signed files offline: every byte, every signature, and that they agree
///
/// Takes a bundle or a dossier (a folder or a tar file) or a version of the registry. With --signature, takes a
/// model's file or folder, and a signature in the format of OpenSSF model signing by a key, as
/// `plimsoll model sign` and the Python package model-signing write it: files that were changed, are
/// missing or were added are named. Whose signatures count is said by trust.yaml in the home, or by
/// --trust. Exit code 1 where anything is wrong, with what it is.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A bundle, a dossier, or MODEL@VERSION, MODEL@ALIAS; a file or folder where a signature is given
    #[arg(value_name = "BUNDLE|DOSSIER|MODEL@VERSION|FILES")]
    what: String,
    /// The signature of the file or folder
    #[arg(long, value_name = "FILE", conflicts_with = "registry")]
    signature: Option<PathBuf>,
    /// Believe the signature of this public key (PEM), whatever the trust file says
    #[arg(long, value_name = "FILE", requires = "signature", conflicts_with = "trust")]
    public_key: Option<PathBuf>,
    /// Take what symbolic links to files point at for the files
    #[arg(long, requires = "signature")]
    allow_symlinks: bool,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    if let Some(signature) = &args.signature {
        return files::run(args, &ports.folder.join(signature), ports, ui);
    }
    let trust = args.trust.as_ref().map(|file| ports.folder.join(file));
    let trust = keys::trust(&ports.settings, trust.as_deref())?;
    let path = ports.folder.join(&args.what);
    if Dossier::is_at(&path) {
        return dossier::run(&path, &trust, ports, ui);
    }
    let found = find(&args.what, args.registry.as_deref(), ports).await?;
    let verified = verified(&found, &trust, ports)?;
    // A bundle by itself is checked offline; what was said of a version since is in its registry.
    let (again, deployed) = match &found.expected {
        Some((version, subject)) => {
            let catalogue = ports.catalogue(args.registry.as_deref()).await?;
            let again = again::all(version, *subject, &trust, &catalogue, ports).await?;
            (again, deployed::all(version, *subject, &trust, &catalogue, ports).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    ui.show(&Shown::of(&verified, again, deployed))?;
    Ok(Exit::Done)
}

/// A bundle that was found and not yet believed.
pub(crate) struct Found {
    pub bundle: Bundle,
    /// What the registry says that it is, where it was found there.
    pub expected: Option<(Version, Subject)>,
}

/// Finds what a person names: a path, or a reference to a version.
pub(crate) async fn find(
    what: &str,
    registry: Option<&std::path::Path>,
    ports: &Ports,
) -> Result<Found, CommandError> {
    let path = ports.folder.join(what);
    if path.exists() {
        return Ok(Found { bundle: Bundle::open(&path)?, expected: None });
    }
    let reference: Reference = what.parse().map_err(|error| {
        let message = format!("{what} is no file or folder here, and no version: {error}");
        CommandError::usage(message)
    })?;
    of_registry(&reference, &ports.catalogue(registry).await?).await
}

/// Finds the bundle of a version.
pub(crate) async fn of_registry(
    reference: &Reference,
    catalogue: &Catalogue,
) -> Result<Found, CommandError> {
    let record = catalogue.registry.resolve(reference).await?;
    let released = &record.released;
    let version = released.version.clone();
    if let Some(yanked) = &record.yanked {
        let message = format!("{version} was yanked by {} ({})", yanked.who, yanked.why);
        return Err(CommandError::new(Kind::No, message));
    }
    let subject = released.candidate.subject;
    if !catalogue.bundles.holds(&version.variant, subject) {
        let run = released.candidate.lineage.run.short();
        let message =
            format!("the bundle of {version} is not in {}", catalogue.bundles.folder().display());
        let hint = format!("`plimsoll release {run}` writes it");
        return Err(CommandError::new(Kind::No, message).hint(hint));
    }
    let bundle = catalogue.bundles.open(&version.variant, subject)?;
    Ok(Found { bundle, expected: Some((version, subject)) })
}

/// Checks a bundle, and that it is what the registry says.
pub(crate) fn verified(
    found: &Found,
    trust: &Trust,
    ports: &Ports,
) -> Result<VerifiedBundle, CommandError> {
    verified_at(found, trust, ports.clock.now())
}

/// As [`verified`], at a moment that is given.
pub(crate) fn verified_at(
    found: &Found,
    trust: &Trust,
    now: Timestamp,
) -> Result<VerifiedBundle, CommandError> {
    let verified = found.bundle.verify(trust, now)?;
    if let Some((version, subject)) = &found.expected {
        let (is, says) = (verified.subject, &verified.release.version);
        if is != *subject || says != version {
            let message = format!(
                "the bundle of {version} is {says} {}, not {}",
                is.short(),
                subject.short()
            );
            return Err(CommandError::new(Kind::No, message)
                .hint("somebody put another bundle in its place: `plimsoll audit verify` checks the registry"));
        }
    }
    Ok(verified)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    verdict: &'static str,
    version: Version,
    subject: Subject,
    run: RunId,
    released: String,
    rules: usize,
    signers: std::collections::BTreeMap<String, String>,
    reproductions: Vec<again::Again>,
    deployments: Vec<deployed::Deployment>,
}

impl Shown {
    fn of(
        verified: &VerifiedBundle,
        reproductions: Vec<again::Again>,
        deployments: Vec<deployed::Deployment>,
    ) -> Self {
        let release = &verified.release;
        let signers = verified.signers.iter().map(|(kind, key)| (kind.to_string(), key.clone()));
        Self {
            verdict: "pass",
            version: release.version.clone(),
            subject: verified.subject,
            run: release.run,
            released: view::rfc3339(release.at),
            rules: verified.verdict.verdict.rules.len(),
            signers: signers.collect(),
            reproductions,
            deployments,
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.verify/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} {} verifies: every byte is accounted for and every statement signed",
            paint(Paint::Good, "✓"),
            paint(Paint::Strong, &self.version)
        )?;
        writeln!(f, "  subject     {}", self.subject)?;
        writeln!(f, "  released    {} from run {}", self.released, self.run.short())?;
        let plural = if self.rules == 1 { "" } else { "s" };
        writeln!(f, "  gate        pass, {} rule{plural}", self.rules)?;
        for (statement, key) in &self.signers {
            writeln!(f, "  {statement:<11} signed by {key}")?;
        }
        for again in &self.reproductions {
            writeln!(f, "  made again  {again}")?;
        }
        for deployment in &self.deployments {
            writeln!(f, "  deployed    {deployment}")?;
        }
        Ok(())
    }
}
