//! The bill of materials of a version or a run: what was observed of it, and what was declared.

mod judged;
mod lineage;
mod model;
pub(crate) mod packages;

use std::collections::BTreeMap;

use plimsoll_core::event::RunStart;
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::gate::Verdict;
use plimsoll_core::ports::{ObjectStore, VersionRecord};
use plimsoll_core::project::{Predictor, Python};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, RunId, Timestamp};
use plimsoll_release::bundle::{Part, VerifiedBundle};
use plimsoll_scan::bom::{Bill, Image, Of, Tool};

use self::judged::Judged;
use crate::commands::verify;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{candidate, evidence, keys};

/// Which document a bill is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// `CycloneDX` 1.6 as JSON: an ML-BOM
    #[value(name = "cyclonedx")]
    CycloneDx,
    /// SPDX 2.3 as JSON
    Spdx,
}

impl Format {
    /// Writes a bill.
    pub(crate) fn write(self, bill: &Bill) -> Result<Vec<u8>, CommandError> {
        let written = match self {
            Self::CycloneDx => bill.cyclonedx(),
            Self::Spdx => bill.spdx(),
        };
        written.map_err(|error| CommandError::new(Kind::No, error))
    }

    /// Returns what people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CycloneDx => "CycloneDX 1.6",
            Self::Spdx => "SPDX 2.3",
        }
    }

    /// Returns the type of what is written, as registries and servers name it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::CycloneDx => "application/vnd.cyclonedx+json",
            Self::Spdx => "application/spdx+json",
        }
    }
}

/// A bill, and what a person should know of how it came about.
pub(crate) struct Collected {
    pub bill: Bill,
    pub notes: Vec<String>,
}

/// Returns what writes bills: this program.
pub(crate) fn tool() -> Tool {
    Tool { name: "plimsoll".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// Collects the bill of a released version, from its verified bundle and the record of its run.
///
/// `image` is the image that it is shipped in, where there is one.
pub(crate) async fn of_version(
    version: &VersionRecord,
    image: Option<Image>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Collected, CommandError> {
    let released = &version.released;
    let candidate = &released.candidate;
    let trust = keys::trust(&ports.settings, None)?;
    let variant = &candidate.variant;
    if !catalogue.bundles.holds(variant, candidate.subject) {
        let run = candidate.lineage.run.short();
        let message = format!("the bundle of {} is not there", released.version);
        return Err(CommandError::new(Kind::No, message)
            .hint(format!("`plimsoll release {run}` writes it")));
    }
    let bundle = catalogue.bundles.open(variant, candidate.subject)?;
    let expected = Some((released.version.clone(), candidate.subject));
    let verified = verify::verified(&verify::Found { bundle, expected }, &trust, ports)?;
    of_verified(version, &verified, image, catalogue, ports).await
}

/// Collects the bill of a released version whose bundle was verified.
pub(crate) async fn of_verified(
    version: &VersionRecord,
    verified: &VerifiedBundle,
    image: Option<Image>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Collected, CommandError> {
    let released = &version.released;
    let candidate = &released.candidate;
    let mut lock = Vec::new();
    let copied = verified.copy(Part::Environment, &mut lock);
    copied.map_err(|error| CommandError::new(Kind::No, error))?;

    let made = Made::read(candidate.lineage.run, catalogue, ports).await?;
    let mut facts = BTreeMap::from([
        ("subject".to_owned(), candidate.subject.to_string()),
        ("number".to_owned(), format!("{}: {}", released.bump, released.because)),
    ]);
    if let Some(parent) = &candidate.lineage.parent {
        facts.insert("follows".to_owned(), parent.to_string());
    }
    if let Some(cause) = &candidate.lineage.cause {
        facts.insert("cause".to_owned(), cause.summary.clone());
    }
    if let Some(yanked) = &version.yanked {
        facts.insert("yanked".to_owned(), format!("by {} ({})", yanked.who, yanked.why));
    }
    let named = model::Named {
        name: candidate.variant.to_string(),
        version: released.version.number.to_string(),
        content: vec![candidate.contents.model, verified.digest(Part::Model)],
        signature: Some(&candidate.signature),
        facts,
    };
    made.bill(named, Some(lock), (image, version.at), ports)
}

/// Collects the bill of a run, released or not.
pub(crate) async fn of_run(
    run: RunId,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Collected, CommandError> {
    let made = Made::read(run, catalogue, ports).await?;
    let start = &made.record.start;
    let predictor = start.project.evaluate.as_ref().map(|evaluate| &evaluate.predictor);
    let Some(Predictor::Model(path)) = predictor else {
        let message = format!("run {} names no model, so there is no bill of one", run.short());
        return Err(CommandError::new(Kind::No, message).hint(
            "name a model in `evaluate.model`, or `plimsoll scan licenses --format cyclonedx`",
        ));
    };
    let model = candidate::output(&made.record, path, &*ports.objects).await?;
    let Some(model) = model else {
        let message = format!("no step of run {} wrote {path}", run.short());
        return Err(CommandError::new(Kind::No, message)
            .hint(format!("`plimsoll show {}` says why", run.short())));
    };
    let lock = match &start.project.python {
        Some(Python::Lock(path)) => Some(packages::lock_of(&made.record, path)?),
        Some(Python::System) | None => None,
    };
    let named = model::Named {
        name: start.project.model.to_string(),
        version: format!("run-{run}"),
        content: vec![model],
        signature: None,
        facts: BTreeMap::new(),
    };
    let last = made.record.last;
    made.bill(named, lock, (None, last), ports)
}

/// A run with the evidence that it refers to.
struct Made {
    record: RunRecord,
    evaluation: Option<Evaluation>,
    verdict: Option<Verdict>,
    judged: Judged,
}

impl Made {
    /// Reads a run where it is: in the home, else in the registry.
    async fn read(run: RunId, catalogue: &Catalogue, ports: &Ports) -> Result<Self, CommandError> {
        let here = ports.runs.events(&run).await?;
        let runs = if here.is_empty() { &catalogue.runs } else { &ports.runs };
        let record = evidence::record(&**runs, run).await?;
        let evaluation = match &record.evaluation {
            Some((digest, _)) => Some(read(digest, catalogue, ports).await?),
            None => None,
        };
        let verdict = match &record.verdict {
            Some((digest, _)) => Some(read(digest, catalogue, ports).await?),
            None => None,
        };
        let judged = match Judged::evidence_of(&record) {
            Some(digest) => Judged::of(&read(&digest, catalogue, ports).await?),
            None => Judged::default(),
        };
        Ok(Self { record, evaluation, verdict, judged })
    }

    fn bill(
        self,
        named: model::Named<'_>,
        lock: Option<Vec<u8>>,
        (image, at): (Option<Image>, Timestamp),
        ports: &Ports,
    ) -> Result<Collected, CommandError> {
        let Self { record, evaluation, verdict, judged } = self;
        let RunStart { environment, project, .. } = &record.start;
        let environments = ports.settings.home.join("environments");
        let mut listed = match (&project.python, lock) {
            (Some(Python::Lock(path)), Some(lock)) => {
                packages::of_lock(path, &lock, environment, &environments, &judged)?
            }
            (Some(Python::System), _) => packages::of_system(environment, &judged),
            (Some(Python::Lock(_)) | None, _) => packages::undeclared(),
        };
        packages::add_locks(&record, &judged, &mut listed)?;
        let (datasets, base_models) = lineage::datasets(&record, &judged);
        let model = model::of(&record, evaluation.as_ref(), verdict.as_ref(), named);
        let bill = Bill {
            of: Of::Model(Box::new(model)),
            datasets,
            base_models,
            packages: listed.packages,
            image,
            gaps: listed.gaps,
            tool: tool(),
            at,
        };
        Ok(Collected { bill, notes: listed.notes })
    }
}

async fn read<T: serde::de::DeserializeOwned>(
    digest: &Digest,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<T, CommandError> {
    let objects = catalogue.objects_with(digest, ports).await?;
    let objects: &dyn ObjectStore = &*objects;
    evidence::read(objects, digest).await
}
