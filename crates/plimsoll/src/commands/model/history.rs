//! `plimsoll model history`

pub(crate) mod health;

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::approval::Decision;
use plimsoll_core::audit::Transition;
use plimsoll_core::event::RunEnd;
use plimsoll_core::gate::Answer;
use plimsoll_core::history::Happened;
use plimsoll_core::monitoring::Watched;
use plimsoll_core::{Digest, ModelName, RunId, Timestamp};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Cell, Document, Paint, Table, Ui};
use crate::{evidence, view};

/// Show everything that happened to a model, in its order
///
/// Runs and their verdicts, releases, aliases, what monitors saw, refused retrainings, reproductions.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model
    model: ModelName,
    /// Show at most this many, the newest
    #[arg(long, short = 'n', default_value_t = 100)]
    limit: usize,
    /// Write all of it to this file as well, as one page: the model's health record with its error over
    /// time, alerts and verdicts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

/// The most runs that are looked at.
const MOST_RUNS: u32 = 10_000;

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let mut entries = Box::pin(Entry::all(&args.model, &catalogue, ports)).await?;
    if entries.is_empty() {
        let message = format!("nothing is known of a model {}", args.model);
        return Err(CommandError::usage(message).hint("`plimsoll model list` lists models"));
    }
    if let Some(file) = &args.html {
        Box::pin(health::write(file, &args.model, &entries, &catalogue, ports)).await?;
    }
    entries.drain(..entries.len().saturating_sub(args.limit));
    ui.show(&Shown { model: args.model.clone(), entries })?;
    if let Some(file) = &args.html {
        ui.note(format_args!("health record: {}", file.display()));
    }
    Ok(Exit::Done)
}

/// One thing that happened to a model.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Entry {
    /// When.
    pub at: String,
    /// What kind of thing: `run`, `release`, `alias`, `yank`, `approval`, `encryption`, `key-use`,
    /// `monitor`, `retrain`, `reproduce`.
    pub kind: &'static str,
    /// Whether it is well: `good`, `bad`, or `plain`.
    pub sign: &'static str,
    /// What it is about: a run or a version.
    pub subject: String,
    /// What happened, in words.
    pub what: String,
    /// Who did it, where somebody did.
    pub who: Option<String>,
    /// The evidence that belongs to it.
    pub evidence: Option<Digest>,
    #[serde(skip)]
    pub moment: Timestamp,
}

impl Entry {
    /// Returns everything that happened to `model`, the oldest first.
    pub(crate) async fn all(
        model: &ModelName,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Vec<Self>, CommandError> {
        let mut all = Self::of_registry(model, catalogue).await?;
        all.extend(Self::of_history(model, catalogue).await?);
        all.extend(Self::of_runs(model, ports).await?);
        // What happened in one moment stays in the order in which it was told.
        all.sort_by_key(|entry| entry.moment);
        Ok(all)
    }

    async fn of_registry(
        model: &ModelName,
        catalogue: &Catalogue,
    ) -> Result<Vec<Self>, CommandError> {
        let rows = catalogue.entries(Some(model)).await?;
        Ok(rows.into_iter().map(|row| Self::of_transition(&row.entry)).collect())
    }

    fn of_transition(entry: &plimsoll_core::audit::AuditEntry) -> Self {
        let why = entry.why.as_str();
        let (kind, sign, subject, what) = match &entry.what {
            Transition::Released { version, bump, .. } => {
                ("release", "good", version.to_string(), format!("released ({bump}): {why}"))
            }
            Transition::AliasMoved { variant, alias, from, to, .. } => {
                let place = |number: &Option<_>| {
                    number.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string)
                };
                let sign = if to.is_none() { "bad" } else { "plain" };
                let what = format!("{alias}: {} -> {} ({why})", place(from), place(to));
                ("alias", sign, variant.to_string(), what)
            }
            Transition::Approval(approval) => {
                let sign = match approval.decision {
                    Decision::Approve => "good",
                    Decision::Reject => "bad",
                };
                let (variant, subject) = (&approval.variant, approval.subject.short());
                let done = approval.decision.done();
                let what = format!("{done} {subject} as {}: {why}", approval.by);
                ("approval", sign, variant.to_string(), what)
            }
            Transition::Encrypted(encryption) => {
                let count = encryption.recipients.len();
                let what = format!("weights encrypted to {count} key(s): {why}");
                ("encryption", "plain", encryption.version.to_string(), what)
            }
            Transition::KeyUsed(used) => {
                let what =
                    format!("{} key(s) used on the encrypted weights: {why}", used.keys.len());
                ("key-use", "plain", used.version.to_string(), what)
            }
            Transition::Yanked { version } => {
                ("yank", "bad", version.to_string(), format!("yanked: {why}"))
            }
        };
        let who = Some(entry.who.to_string());
        Self::new(entry.at, kind, sign, subject, what).by(who, entry.evidence)
    }

    async fn of_history(
        model: &ModelName,
        catalogue: &Catalogue,
    ) -> Result<Vec<Self>, CommandError> {
        let happenings = catalogue.history.of(model).await?;
        let entries = happenings.into_iter().map(|happening| match happening.what {
            Happened::Monitored { version, evidence, answer, message, .. } => {
                let sign = match answer {
                    Watched::Calm => "good",
                    Watched::Early => "plain",
                    Watched::Breach | Watched::Error => "bad",
                };
                let what = format!("{answer}: {message}");
                Self::new(happening.at, "monitor", sign, version.to_string(), what)
                    .by(None, Some(evidence))
            }
            Happened::RetrainingRefused { cause, reason } => {
                let (variant, what) = (happening.variant.to_string(), format!("refused: {reason}"));
                Self::new(happening.at, "retrain", "bad", variant, what)
                    .by(None, Some(cause.evidence))
            }
            Happened::Reproduced { version, evidence, answer, message, .. } => {
                let sign = if answer.is_yes() { "good" } else { "bad" };
                let what = format!("{answer}: {message}");
                Self::new(happening.at, "reproduce", sign, version.to_string(), what)
                    .by(None, Some(evidence))
            }
        });
        Ok(entries.collect())
    }

    async fn of_runs(model: &ModelName, ports: &Ports) -> Result<Vec<Self>, CommandError> {
        let mut all = Vec::new();
        for row in ports.runs.list(Some(model), MOST_RUNS).await? {
            let record = evidence::record(&*ports.runs, row.id).await?;
            let kind = if record.start.retraining.is_some() { "retrain" } else { "run" };
            let (sign, what) = match (row.end, row.answer) {
                (Some(RunEnd::Completed), Some(Answer::Pass)) => ("good", "passed".to_owned()),
                (Some(RunEnd::Completed), Some(answer)) => {
                    ("bad", Self::refusal(row.id, answer, ports).await?)
                }
                (Some(RunEnd::Completed), None) => ("plain", "completed, not judged".to_owned()),
                (Some(end), _) => ("bad", end.to_string()),
                (None, _) => ("plain", "unfinished".to_owned()),
            };
            let what = match &record.start.retraining {
                Some(retraining) => {
                    let set: Vec<String> = retraining
                        .set
                        .iter()
                        .map(|(name, value)| format!("{name}={value}"))
                        .collect();
                    let with = if set.is_empty() {
                        String::new()
                    } else {
                        format!(" with {}", set.join(", "))
                    };
                    format!("trained again{with}: {what}")
                }
                None => what,
            };
            let (at, run) = (row.finished.unwrap_or(row.started), row.id.short());
            let evidence = record.verdict.map(|(verdict, _)| verdict);
            all.push(Self::new(at, kind, sign, run, what).by(None, evidence));
        }
        all.reverse();
        Ok(all)
    }

    /// Says in one line why a run may not ship.
    async fn refusal(run: RunId, answer: Answer, ports: &Ports) -> Result<String, CommandError> {
        let record = evidence::record(&*ports.runs, run).await?;
        let Some((digest, _)) = record.verdict else { return Ok(answer.to_string()) };
        let verdict: plimsoll_core::gate::Verdict =
            evidence::read(&*ports.objects, &digest).await?;
        let failed = verdict.stopping();
        let mut reasons: Vec<String> =
            verdict.blocking().map(|finding| finding.code.to_string()).collect();
        reasons.extend(failed.map(|rule| format!("{} ({})", rule.rule.demand, rule.outcome)));
        Ok(format!("{answer}: {}", reasons.join(", ")))
    }

    fn new(
        moment: Timestamp,
        kind: &'static str,
        sign: &'static str,
        subject: String,
        what: String,
    ) -> Self {
        let at = view::rfc3339(moment);
        Self { at, kind, sign, subject, what, who: None, evidence: None, moment }
    }

    fn by(self, who: Option<String>, evidence: Option<Digest>) -> Self {
        Self { who, evidence, ..self }
    }
}

/// The longest text that a line of the table shows; `--json` has it whole.
const LONGEST: usize = 110;

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

#[derive(Serialize)]
struct Shown {
    model: ModelName,
    entries: Vec<Entry>,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.model-history/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["when", "", "kind", "of", "what", "who"]);
        for entry in &self.entries {
            let sign = match entry.sign {
                "good" => Cell::painted(Paint::Good, "✓"),
                "bad" => Cell::painted(Paint::Bad, "✗"),
                _ => Cell::painted(Paint::Faint, "·"),
            };
            table.row([
                view::moment(entry.moment).into(),
                sign,
                entry.kind.into(),
                entry.subject.as_str().into(),
                short(&entry.what).into(),
                entry.who.as_deref().unwrap_or_default().into(),
            ]);
        }
        write!(f, "{table}")
    }
}
