//! `plimsoll model card`

mod accept;

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::card::{Facts, Standing};
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::ports::VersionRecord;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{ModelName, Reference, RunId, SectionName, Version};
use plimsoll_release::bundle::Part;
use plimsoll_release::card;
use serde::Serialize;

use crate::commands::verify;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Cell, Document, Paint, Table, Ui};
use crate::{candidate, evidence, keys, output_file, view};

/// Write the model card of a version or of a run
///
/// In the format of Hugging Face's hub: what was measured, and what the owners say in the file that
/// `card:` in plimsoll.yaml names. Of a version it is taken from its verified bundle; of a run it is the
/// card that a release of it would have. A section that was written for other facts is marked as stale.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION, MODEL@ALIAS, the beginning of a run's id, or `latest`
    #[arg(value_name = "MODEL@VERSION|RUN", default_value = "latest")]
    what: String,
    /// Write it to this file, and show how its sections stand
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Say that sections hold for what the run measured (all that have text, or those named here), in
    /// the file beside the prose; it is to be committed
    #[arg(long, value_name = "SECTION", num_args = 0.., conflicts_with = "output")]
    accept: Option<Vec<SectionName>>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
    /// ONNX Runtime's library, instead of the one that is found or fetched
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    if let Some(sections) = &args.accept {
        return accept::run(&args.what, sections, ports, ui).await;
    }
    let mut shown = if args.what.contains('@') {
        let reference: Reference =
            args.what.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
        let catalogue = ports.catalogue(args.registry.as_deref()).await?;
        let record = catalogue.registry.resolve(&reference).await?;
        let card = of_version(&record, &catalogue, ports)?;
        let run = record.released.candidate.lineage.run;
        catalogue.bring(run, ports).await?;
        let of_run = evidence::record(&*ports.runs, run).await?;
        let version = Some(record.released.version);
        Shown { version, ..Shown::of(&of_run, card, ports).await? }
    } else {
        let record = evidence::record(&*ports.runs, ports.find_run(&args.what).await?).await?;
        let onnxruntime = args.onnxruntime.clone().or_else(|| ports.settings.onnxruntime.clone());
        let card = candidate::card_of(&record, ports, onnxruntime).await?;
        Shown::of(&record, card, ports).await?
    };
    if let Some(file) = &args.output {
        output_file::write(&ports.folder, file, &shown.card)?;
        shown.written = Some(file.clone());
    }
    ui.show(&shown)?;
    Ok(Exit::Done)
}

/// Returns the card of a version, taken from its verified bundle.
pub(super) fn of_version(
    record: &VersionRecord,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<String, CommandError> {
    let candidate = &record.released.candidate;
    let trust = keys::trust(&ports.settings, None)?;
    let bundle = catalogue.bundles.open(&candidate.variant, candidate.subject)?;
    let expected = Some((record.released.version.clone(), candidate.subject));
    let found = verify::Found { bundle, expected };
    let verified = verify::verified(&found, &trust, ports)?;
    let mut source = Vec::new();
    verified.copy(Part::Card, &mut source).map_err(|error| CommandError::new(Kind::No, error))?;
    let source = String::from_utf8_lossy(&source);
    let (verdict, at) = (&verified.verdict.verdict, view::rfc3339(record.at));
    Ok(card::released(&source, &record.released, verdict, &at))
}

/// A card, and how the sections of its prose stand.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    model: ModelName,
    version: Option<Version>,
    run: RunId,
    card: String,
    sections: Vec<Section>,
    #[serde(skip)]
    written: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Section {
    name: SectionName,
    title: String,
    standing: &'static str,
    reasons: Vec<String>,
}

impl Shown {
    async fn of(record: &RunRecord, card: String, ports: &Ports) -> Result<Self, CommandError> {
        let start = &record.start;
        let mut sections = Vec::new();
        if let (Some(prose), Some((digest, _))) = (&start.project.card, record.evaluation) {
            let evaluation: Evaluation = evidence::read(&*ports.objects, &digest).await?;
            let facts = Facts::of(start, &evaluation);
            for section in &prose.written.sections {
                let standing = prose.standing(section, &facts);
                let (name, title) = (section.name.clone(), section.title.clone());
                let reasons = reasons(&standing);
                sections.push(Section { name, title, standing: word(&standing), reasons });
            }
        }
        let (model, run) = (start.project.model.clone(), record.id);
        Ok(Self { model, version: None, run, card, sections, written: None })
    }
}

/// Returns the word for how a section stands.
fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Current => "current",
        Standing::Unconfirmed => "unconfirmed",
        Standing::Stale(_) => "stale",
        Standing::Empty => "empty",
        Standing::Placeholder(_) => "placeholder",
    }
}

fn reasons(standing: &Standing) -> Vec<String> {
    match standing {
        Standing::Stale(changes) => changes.iter().map(ToString::to_string).collect(),
        Standing::Placeholder(text) => vec![format!("`{text}` was to be replaced")],
        Standing::Unconfirmed => vec!["nobody has said which facts it holds for".to_owned()],
        Standing::Current | Standing::Empty => Vec::new(),
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.model-card/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(written) = &self.written else { return f.write_str(&self.card) };
        let of = self.version.as_ref().map_or_else(|| self.run.short(), ToString::to_string);
        writeln!(f, "the card of {of} is in {}", written.display())?;
        if self.sections.is_empty() {
            return writeln!(
                f,
                "  it has no prose: `card: MODEL_CARD.md` in plimsoll.yaml names some"
            );
        }
        let mut table = Table::new(&["section", "stands", "because"]);
        for section in &self.sections {
            let paint = match section.standing {
                "current" => Paint::Good,
                "stale" => Paint::Bad,
                _ => Paint::Warning,
            };
            table.row([
                section.name.to_string().into(),
                Cell::painted(paint, section.standing),
                section.reasons.join("; ").into(),
            ]);
        }
        write!(f, "\n{table}")
    }
}
