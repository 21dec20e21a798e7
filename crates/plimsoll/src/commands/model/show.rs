//! `plimsoll model show`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::approval::{ApprovalRecord, Decision};
use plimsoll_core::audit::Note;
use plimsoll_core::history::{Happened, Happening};
use plimsoll_core::lifecycle::{Bump, Lineage, Subject, Yanked};
use plimsoll_core::ports::VersionRecord;
use plimsoll_core::reproduction::Reproduced;
use plimsoll_core::signature::Signature;
use plimsoll_core::{Alias, Digest, Reference, Variant, Version};
use serde::Serialize;

use super::card;
use crate::error::{CommandError, Exit};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Cell, Document, Paint, Table, Ui, paint};
use crate::{output_file, view};

/// Show the versions of a model, or one of them
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL for all its versions, MODEL@VERSION or MODEL@ALIAS for one
    #[arg(value_name = "MODEL[@VERSION]")]
    what: String,
    /// Write the version's model card to this file, `-` for standard output
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let usage = |error: &dyn fmt::Display| CommandError::usage(error.to_string());
    if args.what.contains('@') {
        let reference: Reference = args.what.parse().map_err(|error| usage(&error))?;
        let record = catalogue.registry.resolve(&reference).await?;
        return match &args.card {
            None => {
                let happened = catalogue.history.of(&reference.variant.model).await?;
                ui.show(&One::of(&record, &happened, &catalogue).await?)?;
                Ok(Exit::Done)
            }
            Some(file) => {
                let card = card::of_version(&record, &catalogue, ports)?;
                if file.as_os_str() == "-" {
                    ui.data(card.as_bytes())?;
                } else {
                    output_file::write(&ports.folder, file, card)?;
                }
                Ok(Exit::Done)
            }
        };
    }
    if args.card.is_some() {
        let error = CommandError::usage("a card is that of one version");
        return Err(error.hint(format!("write `{}@champion`", args.what)));
    }
    let variant: Variant = args.what.parse().map_err(|error| usage(&error))?;
    let versions = catalogue.registry.versions(&variant.model).await?;
    let of_variant = versions.iter().filter(|it| it.released.version.variant == variant);
    let happened = catalogue.history.of(&variant.model).await?;
    let mut shown = Vec::new();
    for record in of_variant {
        shown.push(One::of(record, &happened, &catalogue).await?);
    }
    let versions = shown;
    if versions.is_empty() {
        let message = format!("no version of {variant} was released");
        return Err(CommandError::usage(message).hint("`plimsoll model list` lists models"));
    }
    ui.show(&All { model: variant, versions })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct TakenBack {
    at: String,
    who: Note,
    why: Note,
}

impl TakenBack {
    fn of(yanked: Yanked) -> Self {
        let Yanked { at, who, why } = yanked;
        Self { at: view::rfc3339(at), who, why }
    }
}

/// What somebody said, as the registry has it: `deploy` holds it against the signature.
#[derive(Serialize)]
struct Said {
    decision: Decision,
    by: Note,
    at: String,
    comment: Note,
    entry: u64,
}

impl Said {
    fn of(record: ApprovalRecord) -> Self {
        let ApprovalRecord { entry, at, why, approval } = record;
        let (decision, by) = (approval.decision, approval.by);
        Self { decision, by, at: view::rfc3339(at), comment: why, entry }
    }
}

/// A time that somebody made the version again.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct MadeAgain {
    at: String,
    answer: Reproduced,
    message: String,
    evidence: Digest,
    statement: Digest,
    #[serde(skip)]
    moment: plimsoll_core::Timestamp,
}

impl MadeAgain {
    /// Returns every time that `version` was made again, the newest first.
    fn all(version: &Version, happened: &[Happening]) -> Vec<Self> {
        let of_version = happened.iter().rev().filter_map(|happening| match &happening.what {
            Happened::Reproduced { version: of, evidence, statement, answer, message }
                if of == version =>
            {
                Some(Self {
                    at: view::rfc3339(happening.at),
                    answer: *answer,
                    message: message.clone(),
                    evidence: *evidence,
                    statement: *statement,
                    moment: happening.at,
                })
            }
            _ => None,
        });
        of_version.collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct One {
    version: Version,
    subject: Subject,
    released: String,
    bump: Bump,
    because: String,
    lineage: Lineage,
    signature: Signature,
    aliases: Vec<Alias>,
    yanked: Option<TakenBack>,
    bundle: Option<PathBuf>,
    approvals: Vec<Said>,
    reproductions: Vec<MadeAgain>,
    #[serde(skip)]
    at: plimsoll_core::Timestamp,
}

impl One {
    async fn of(
        record: &VersionRecord,
        happened: &[Happening],
        catalogue: &Catalogue,
    ) -> Result<Self, CommandError> {
        let released = &record.released;
        let candidate = &released.candidate;
        let holds = catalogue.bundles.holds(&candidate.variant, candidate.subject);
        let bundle = holds.then(|| catalogue.bundles.place(&candidate.variant, candidate.subject));
        let said = catalogue.registry.approvals(candidate.subject).await?;
        let said = said.into_iter().filter(|it| it.approval.variant == candidate.variant);
        Ok(Self {
            version: released.version.clone(),
            subject: candidate.subject,
            released: view::rfc3339(record.at),
            bump: released.bump,
            because: released.because.clone(),
            lineage: candidate.lineage.clone(),
            signature: candidate.signature.clone(),
            aliases: record.aliases.clone(),
            yanked: record.yanked.clone().map(TakenBack::of),
            bundle,
            approvals: said.map(Said::of).collect(),
            reproductions: MadeAgain::all(&released.version, happened),
            at: record.at,
        })
    }

    fn aliases(&self) -> String {
        self.aliases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl Document for One {
    const SCHEMA: &'static str = "plimsoll.model-show/v1";
}

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lineage = &self.lineage;
        write!(f, "{}", paint(Paint::Strong, &self.version))?;
        if !self.aliases.is_empty() {
            write!(f, "  {}", paint(Paint::Good, self.aliases()))?;
        }
        writeln!(f)?;
        if let Some(yanked) = &self.yanked {
            let text = format!("yanked by {} ({})", yanked.who, yanked.why);
            writeln!(f, "  {}", paint(Paint::Bad, text))?;
        }
        writeln!(f, "  released  {}", view::moment(self.at))?;
        writeln!(f, "  number    {}: {}", self.bump, self.because)?;
        writeln!(f, "  run       {} at commit {}", lineage.run.short(), lineage.commit)?;
        if let Some(parent) = &lineage.parent {
            writeln!(f, "  follows   {parent}")?;
        }
        if let Some(cause) = &lineage.cause {
            writeln!(f, "  cause     {} ({})", cause.summary, cause.evidence.short())?;
        }
        for (name, digest) in &lineage.data {
            writeln!(f, "  data      {name} {digest}")?;
        }
        writeln!(f, "  subject   {}", self.subject)?;
        for Said { decision, by, at, comment, .. } in &self.approvals {
            let colour = match decision {
                Decision::Approve => Paint::Good,
                Decision::Reject => Paint::Bad,
            };
            writeln!(f, "  {}  by {by} on {at}: {comment}", paint(colour, decision.done()))?;
        }
        match &self.bundle {
            Some(bundle) => writeln!(f, "  bundle    {}", bundle.display())?,
            None => writeln!(
                f,
                "  bundle    missing: `plimsoll release {}` writes it",
                lineage.run.short()
            )?,
        }
        if let Some(newest) = self.reproductions.first() {
            let paint_as = if newest.answer.is_yes() { Paint::Good } else { Paint::Bad };
            let answer = paint(paint_as, newest.answer);
            writeln!(f, "  again     {answer}, made again {}", view::moment(newest.moment))?;
        }
        let signature = &self.signature;
        for (end, fields) in [("takes", &signature.inputs), ("gives", &signature.outputs)] {
            for field in fields {
                writeln!(f, "  {end}     {field}")?;
            }
        }
        for columns in signature.columns.values() {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            writeln!(f, "            {}", names.join(", "))?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct All {
    model: Variant,
    versions: Vec<One>,
}

impl Document for All {
    const SCHEMA: &'static str = "plimsoll.model-versions/v1";
}

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["version", "aliases", "released", "number", "run", "cause"]);
        for one in &self.versions {
            let version = if one.yanked.is_some() {
                Cell::painted(Paint::Bad, format!("{} (yanked)", one.version.number))
            } else {
                Cell::painted(Paint::Strong, &one.version.number)
            };
            let cause = one.lineage.cause.as_ref().map(|cause| cause.summary.clone());
            table.row([
                version,
                one.aliases().into(),
                view::moment(one.at).into(),
                one.bump.to_string().into(),
                one.lineage.run.short().into(),
                cause.unwrap_or_default().into(),
            ]);
        }
        write!(f, "{table}")
    }
}
