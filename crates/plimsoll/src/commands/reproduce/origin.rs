//! What is to be made again: a version of the registry, or a bundle.

use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_core::ports::ObjectStore;
use plimsoll_core::reproduction::Past;
use plimsoll_release::bundle::Bundle;
use plimsoll_release::lineage::{self, Released};
use plimsoll_release::statement::Provenance;

use super::Args;
use crate::candidate;
use crate::commands::verify;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{evidence, keys};

/// A version and where its history is kept.
pub(super) struct Origin {
    pub past: Past,
    pub catalogue: Catalogue,
    /// The folder that the run was made in, where that is known.
    pub repository: Option<PathBuf>,
}

impl Origin {
    /// Returns the stores that may have what the run was made of and what it made.
    pub(super) fn stores(&self, ports: &Ports) -> [Arc<dyn ObjectStore>; 2] {
        [Arc::clone(&ports.objects), Arc::clone(&self.catalogue.objects)]
    }
}

/// Finds what a person names.
pub(super) async fn find(args: &Args, ports: &Ports) -> Result<Origin, CommandError> {
    match (&args.version, &args.from_bundle) {
        (Some(_), _) => of_registry(args, ports).await,
        (None, Some(bundle)) => of_bundle(bundle, args, ports).await,
        (None, None) => Err(CommandError::usage("neither a version nor a bundle is named")),
    }
}

async fn of_registry(args: &Args, ports: &Ports) -> Result<Origin, CommandError> {
    let Some(reference) = &args.version else {
        return Err(CommandError::usage("no version is named"));
    };
    let catalogue = ports.catalogue(args.registry.as_deref()).await.map_err(|error| {
        // What lies in the working tree need not even be readable.
        let hint = "`--registry FOLDER` names the registry, and plimsoll.yaml is not asked for it";
        if args.registry.is_none() { error.hint(hint) } else { error }
    })?;
    let record = catalogue.registry.resolve(reference).await?;
    let candidate = &record.released.candidate;
    let lineage = &candidate.lineage;
    // A version that was yanked is one of the past, too.
    let run = evidence::record(&*catalogue.runs, lineage.run).await?;
    let provenance = Provenance::of(&run, candidate::builder()?)
        .map_err(|error| CommandError::new(Kind::No, error))?;
    let released = Released {
        version: record.released.version.clone(),
        subject: candidate.subject,
        parent: lineage.parent.clone(),
        cause: lineage.cause.as_ref().map(|cause| cause.evidence),
    };
    let mut past = lineage::past(&provenance, &released)?;
    for step in &mut past.steps {
        let key = run.step(&step.name).and_then(|step| step.parts.as_ref());
        step.env = key.map(|key| key.env.clone());
    }
    let repository = Some(PathBuf::from(&run.start.repository));
    Ok(Origin { past, catalogue, repository })
}

async fn of_bundle(
    bundle: &std::path::Path,
    args: &Args,
    ports: &Ports,
) -> Result<Origin, CommandError> {
    let trust = args.trust.as_ref().map(|file| ports.folder.join(file));
    let trust = keys::trust(&ports.settings, trust.as_deref())?;
    let bundle = Bundle::open(&ports.folder.join(bundle))?;
    let found = verify::Found { bundle, expected: None };
    let verified = verify::verified(&found, &trust, ports)?;
    let release = &verified.release;
    let released = Released {
        version: release.version.clone(),
        subject: verified.subject,
        parent: release.parent.clone(),
        cause: release.cause,
    };
    let past = lineage::past(&verified.provenance, &released)?;
    // The history is that of the home: nothing is asked of a registry.
    let catalogue = ports.catalogue(Some(&ports.settings.home)).await?;
    Ok(Origin { past, catalogue, repository: None })
}
