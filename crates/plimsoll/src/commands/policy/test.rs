//! `plimsoll policy test`

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use plimsoll_core::approval::{Purpose, Quorum};
use plimsoll_core::gate::{Answer, Judged, Outcome, Policy, Transition, Verdict};
use plimsoll_core::ports::{VariantRow, VersionRecord};
use plimsoll_core::{Digest, Finding, ModelName, Version};
use plimsoll_release::gate::judge_by;
use serde::Serialize;

use crate::commands::{deploy, release, verify};
use crate::error::{CommandError, Exit};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Cell, Document, Paint, Table, Ui, paint};
use crate::{approvals, evidence, keys, policy};

/// Say which released models would fail a policy
///
/// Each is judged from its stored evidence by its own rules and those of POLICY, which need not be
/// pinned. What a rule asks for and nobody measured would be an error, and counts as failing: run the
/// pipeline again under the policy to know. With `--at deploy` (and `release`) who approved it is held
/// against the approvals that the policy asks for. Looks at the versions that an alias points at, and at the
/// newest where none does. Exit code 1 when any would fail.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The policy
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// Only these models
    #[arg(long, value_name = "MODEL", num_args = 1..)]
    models: Vec<ModelName>,
    /// Every version that was not yanked
    #[arg(long)]
    all: bool,
    /// The transition that it is tried for
    #[arg(long, value_name = "TRANSITION", default_value_t)]
    at: Transition,
    /// Look models up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let shown = args.policy.display().to_string();
    let policy = policy::read(&ports.folder.join(&args.policy), &shown)?;
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let known = catalogue.registry.variants().await?;
    let models: BTreeSet<&ModelName> = known.iter().map(|row| &row.variant.model).collect();
    if let Some(stranger) = args.models.iter().find(|name| !models.contains(name)) {
        let names: Vec<String> = models.iter().map(ToString::to_string).collect();
        return Err(CommandError::usage(format!("no model `{stranger}` was released"))
            .hint(format!("the released models are {}", names.join(", "))));
    }
    let mut tried = Vec::new();
    for model in models {
        if !args.models.is_empty() && !args.models.contains(model) {
            continue;
        }
        for record in catalogue.registry.versions(model).await? {
            if record.yanked.is_none() && (args.all || is_current(&record, &known)) {
                tried.push(try_one(&record, &policy, args.at, &catalogue, ports).await);
            }
        }
    }
    tried.sort_by(|a, b| a.version.cmp(&b.version));
    let failing = tried.iter().filter(|tried| !tried.passes()).count();
    let answer = if failing == 0 { Answer::Pass } else { Answer::Block };
    ui.show(&Shown {
        verdict: answer,
        policy: policy.digest,
        at: args.at,
        failing,
        versions: tried,
    })?;
    Ok(if failing == 0 { Exit::Done } else { Exit::No })
}

/// Whether somebody uses a version by an alias, or would by its variant's name alone.
fn is_current(record: &VersionRecord, known: &[VariantRow]) -> bool {
    let version = &record.released.version;
    let row = known.iter().find(|row| row.variant == version.variant);
    match row {
        Some(row) if row.aliases.is_empty() => row.newest.as_ref() == Some(&version.number),
        _ => !record.aliases.is_empty(),
    }
}

async fn try_one(
    record: &VersionRecord,
    policy: &Policy,
    at: Transition,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Tried {
    let version = record.released.version.clone();
    let aliases = record.aliases.iter().map(ToString::to_string).collect();
    let run = record.released.candidate.lineage.run;
    let judged = judge_by(run, Some(policy), at, &*catalogue.runs, &*catalogue.objects).await;
    let judged = judged.map_err(CommandError::from);
    let unapproved = unapproved(record, policy, at, catalogue, ports).await;
    match judged.and_then(|verdict| Ok((verdict, unapproved?))) {
        Ok((verdict, unapproved)) => Tried::of(version, aliases, &verdict, unapproved),
        Err(error) => Tried {
            version,
            aliases,
            verdict: Answer::Error,
            rules: Vec::new(),
            findings: Vec::new(),
            approvals: Vec::new(),
            problem: Some(format!("it cannot be judged here: {error}")),
        },
    }
}

/// Says whose approvals a version would lack, for each alias that points at it, else for the champion.
async fn unapproved(
    record: &VersionRecord,
    policy: &Policy,
    at: Transition,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Vec<String>, CommandError> {
    let champion = [release::champion_alias()?];
    let (purpose, demands): (_, Vec<&Quorum>) = match at {
        Transition::Release => (Purpose::Release, policy.approvals.release.iter().collect()),
        Transition::Deploy => {
            let aliases = if record.aliases.is_empty() { &champion[..] } else { &record.aliases };
            let demands = aliases.iter().filter_map(|alias| policy.approvals.of_alias(alias));
            (Purpose::Deploy, demands.collect())
        }
        Transition::Research | Transition::Merge => return Ok(Vec::new()),
    };
    if demands.is_empty() {
        return Ok(Vec::new());
    }
    let trust = keys::trust(&ports.settings, None)?;
    let found = verify::of_registry(&record.released.version.clone().into(), catalogue).await?;
    let verified = verify::verified(&found, &trust, ports)?;
    let run = evidence::record(&*catalogue.runs, verified.release.run).await?;
    let asked = deploy::asked(&verified, run.start.project.policy);
    let now = ports.clock.now();
    let said = approvals::said(&asked.variant, asked.subject, &trust, catalogue, now).await?;
    let lacking = |quorum: &Quorum| {
        asked.check(purpose, Some(quorum), &said, &trust, now).err().map(|why| why.to_string())
    };
    let mut all: Vec<String> = demands.into_iter().filter_map(lacking).collect();
    all.dedup();
    Ok(all)
}

/// What became of one version.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Tried {
    version: Version,
    aliases: Vec<String>,
    verdict: Answer,
    /// The rules that would keep it from shipping.
    rules: Vec<Failing>,
    /// The findings that would.
    findings: Vec<Finding>,
    /// The approvals that it lacks.
    approvals: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// A rule that does not hold.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Failing {
    place: String,
    rule: String,
    outcome: Outcome,
    message: String,
}

impl Failing {
    fn of(judged: &Judged) -> Self {
        Self {
            place: judged.rule.place(),
            rule: judged.rule.demand.to_string(),
            outcome: judged.outcome,
            message: judged.message.clone(),
        }
    }
}

impl Tried {
    fn of(
        version: Version,
        aliases: Vec<String>,
        verdict: &Verdict,
        approvals: Vec<String>,
    ) -> Self {
        let is_lacking = verdict.answer == Answer::Pass && !approvals.is_empty();
        Self {
            version,
            aliases,
            verdict: if is_lacking { Answer::Block } else { verdict.answer },
            rules: verdict.stopping().map(Failing::of).collect(),
            findings: verdict.blocking().cloned().collect(),
            approvals,
            problem: None,
        }
    }

    fn passes(&self) -> bool {
        self.verdict == Answer::Pass
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    verdict: Answer,
    policy: Digest,
    at: Transition,
    failing: usize,
    versions: Vec<Tried>,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.policy-test/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.versions.is_empty() {
            return writeln!(f, "no model was released yet, so none would fail");
        }
        let mut table = Table::new(&["version", "aliases", "verdict", "what would keep it back"]);
        for tried in &self.versions {
            let colour = if tried.passes() { Paint::Good } else { Paint::Bad };
            let counts = [
                (tried.rules.len(), "rule(s)"),
                (tried.findings.len(), "finding(s)"),
                (tried.approvals.len(), "demand(s) for approvals"),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> =
                counts.map(|(count, what)| format!("{count} {what}")).collect();
            let what = tried.problem.clone().unwrap_or_else(|| counts.join(", "));
            table.row([
                tried.version.to_string().into(),
                tried.aliases.join(", ").into(),
                Cell::painted(colour, tried.verdict.to_string()),
                what.into(),
            ]);
        }
        write!(f, "{table}")?;
        for tried in self.versions.iter().filter(|tried| !tried.passes()) {
            writeln!(f, "\n{}", paint(Paint::Strong, &tried.version))?;
            for rule in &tried.rules {
                let outcome = format!("{:<14}", rule.outcome.to_string());
                let place = paint(Paint::Faint, &rule.place);
                writeln!(f, "  {} {}  {place}", paint(Paint::Bad, outcome), rule.rule)?;
                writeln!(f, "      {}", rule.message)?;
            }
            for lacking in &tried.approvals {
                writeln!(f, "  {} {lacking}", paint(Paint::Bad, format!("{:<14}", "approvals")))?;
            }
            crate::view::verdict::write_findings(f, &tried.findings)?;
        }
        let (failing, all, at) = (self.failing, self.versions.len(), self.at);
        let digest = self.policy;
        writeln!(f, "\n{failing} of {all} would fail at `{at}` under {digest}")
    }
}
