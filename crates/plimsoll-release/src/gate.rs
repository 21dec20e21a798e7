//! Judging a run again from stored evidence alone.

use plimsoll_core::event::RunStart;
use plimsoll_core::evidence::{Evaluation, Scanned, Validation};
use plimsoll_core::gate::{Brought, Policy, PolicyError, Transition, Verdict, verdict_on};
use plimsoll_core::ports::{ObjectStore, OpenError, ReadError, Runs};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Day, Digest, Finding, RunId, Severity};
use serde::de::DeserializeOwned;
use tokio::io::AsyncReadExt;

/// The largest evidence that is read; Plimsoll writes kilobytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A verdict that was computed again.
#[derive(Clone, Debug)]
pub struct Recomputed {
    /// The verdict.
    pub verdict: Verdict,
    /// Its digest.
    pub digest: Digest,
    /// The digest of the verdict that the run recorded, where it recorded one.
    pub recorded: Option<Digest>,
    /// What the run was judged for.
    pub judged_at: Transition,
}

/// A run could not be judged again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The run has no record of how it began.
    #[error("the record of run {0} has no start")]
    NoStart(RunId),
    /// The runs could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The evidence could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The evidence could not be read to its end.
    #[error("evidence {digest} could not be read")]
    Content {
        /// Which.
        digest: Digest,
        /// Why; [`plimsoll_core::ports::Damaged`] inside where its bytes are not its own.
        source: std::io::Error,
    },
    /// The evidence has no form that this version knows.
    #[error("evidence {digest} is nothing that this version reads")]
    Form {
        /// Which.
        digest: Digest,
        /// Why.
        source: serde_json::Error,
    },
    /// The policy and the run's project cannot be judged together.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The verdict has no JSON.
    #[error("the verdict could not be written")]
    Verdict(#[source] serde_json::Error),
}

/// Returns the verdict that follows from the rules and the evidence of `run`: for the transition
/// `at`, or for the one that the run was judged for.
pub async fn recompute(
    run: RunId,
    at: Option<Transition>,
    runs: &dyn Runs,
    objects: &dyn ObjectStore,
) -> Result<Recomputed, GateError> {
    let record = record_of(run, runs).await?;
    let verdict = judged(&record, &record.start, at, runs, objects).await?;
    let digest = Digest::of_json(&verdict).map_err(GateError::Verdict)?;
    let (recorded, judged_at) = (record.verdict.map(|(digest, _)| digest), record.start.at);
    Ok(Recomputed { verdict, digest, recorded, judged_at })
}

/// Returns what the gate would say of `run` if `policy` held instead of the policy that it was judged
/// by. Only evidence counts that the run left: what a new rule asks for and nobody measured is an
/// error. Settings of checks and scans that the old policy tightened stay as they were measured.
pub async fn judge_by(
    run: RunId,
    policy: Option<&Policy>,
    at: Transition,
    runs: &dyn Runs,
    objects: &dyn ObjectStore,
) -> Result<Verdict, GateError> {
    let record = record_of(run, runs).await?;
    let mut start = record.start.clone();
    start.project.without_policy();
    if let Some(policy) = policy {
        policy.apply(&mut start.project)?;
    }
    judged(&record, &start, Some(at), runs, objects).await
}

async fn judged(
    record: &RunRecord,
    start: &RunStart,
    at: Option<Transition>,
    runs: &dyn Runs,
    objects: &dyn ObjectStore,
) -> Result<Verdict, GateError> {
    let evaluation = match record.evaluation {
        Some((digest, _)) => Some((read::<Evaluation>(digest, objects).await?, digest)),
        None => None,
    };
    let champion = match record.start.champion {
        Some(champion) => Some(record_of(champion, runs).await?.start),
        None => None,
    };
    let data = wrong_in_data(record, objects).await?;
    let mut scans = Vec::new();
    for (digest, _) in record.scans.values() {
        scans.push((read::<Scanned>(*digest, objects).await?, *digest));
    }
    let brought = Brought {
        evaluation: evaluation.as_ref().map(|(evaluation, digest)| (evaluation, *digest)),
        scans: &scans,
        champion: champion.as_ref(),
        data: &data,
        today: Day::of(record.started),
        at: at.unwrap_or(record.start.at),
    };
    verdict_on(record.id, start, brought).map_err(GateError::Verdict)
}

async fn record_of(run: RunId, runs: &dyn Runs) -> Result<RunRecord, GateError> {
    let events = runs.events(&run).await?;
    RunRecord::of(run, &events).ok_or(GateError::NoStart(run))
}

/// Returns what blocks in the run's datasets, which it went on with only where it is excused.
async fn wrong_in_data(
    record: &RunRecord,
    objects: &dyn ObjectStore,
) -> Result<Vec<Finding>, GateError> {
    let mut wrong = Vec::new();
    for (evidence, _) in record.validated.values() {
        let validation: Validation = read(*evidence, objects).await?;
        let findings = validation.findings.into_iter();
        wrong.extend(findings.filter(|finding| finding.severity == Severity::Error));
    }
    Ok(wrong)
}

async fn read<T: DeserializeOwned>(
    digest: Digest,
    objects: &dyn ObjectStore,
) -> Result<T, GateError> {
    let content = objects.open(&digest, None).await?;
    let mut bytes = Vec::new();
    let unread = |source| GateError::Content { digest, source };
    content.take(LARGEST).read_to_end(&mut bytes).await.map_err(unread)?;
    serde_json::from_slice(&bytes).map_err(|source| GateError::Form { digest, source })
}
