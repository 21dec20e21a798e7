//! The health record: everything that happened to a model, with its evidence, as one page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_core::audit::Transition;
use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::{Evaluation, Validation};
use plimsoll_core::gate::Verdict;
use plimsoll_core::history::Happened;
use plimsoll_core::ports::VersionRecord;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, ModelName, RunId, Severity, Timestamp, Version};
use plimsoll_evaluate::health::{
    self, Decided, Decision, Health, Look, Move, ReleasedVersion, Retrained, Tone,
};
use serde::de::DeserializeOwned;

use super::{Entry, MOST_RUNS};
use crate::commands::release::champion_alias;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{evidence, output_file};

/// Writes the page about `model`; `entries` are everything that happened to it.
pub(crate) async fn write(
    file: &Path,
    model: &ModelName,
    entries: &[Entry],
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<(), CommandError> {
    let reader = Reader { model, catalogue, ports };
    let health = Box::pin(reader.read(entries)).await?;
    let html = health::html(&health).map_err(|error| CommandError::new(Kind::Bug, error))?;
    output_file::write(&ports.folder, file, html)
}

/// Brings together what is stored of a model.
struct Reader<'a> {
    model: &'a ModelName,
    catalogue: &'a Catalogue,
    ports: &'a Ports,
}

impl Reader<'_> {
    async fn read(&self, entries: &[Entry]) -> Result<Health, CommandError> {
        let mut versions = self.catalogue.registry.versions(self.model).await?;
        // The last released first, as registries tell them.
        versions.reverse();
        let champion = champion_alias()?;
        let served = versions.iter().rev().find(|version| version.aliases.contains(&champion));
        let served = served.map(|version| version.released.version.clone());
        let mut looks = Vec::new();
        let mut decisions = Vec::new();
        for happening in self.catalogue.history.of(self.model).await? {
            match happening.what {
                Happened::Monitored { evidence, .. } => {
                    let monitoring = self.evidence(&evidence).await?;
                    looks.push(Look { at: happening.at, evidence, monitoring });
                }
                Happened::RetrainingRefused { cause, reason } => decisions.push(Decision {
                    at: happening.at,
                    retraining: Some(Retrained { cause, set: BTreeMap::new() }),
                    decided: Decided::Refused { reason },
                }),
                // Among the entries; nothing was decided by it.
                Happened::Reproduced { .. } => {}
            }
        }
        let mut known = BTreeSet::new();
        // The newest first, as they are listed.
        for row in self.ports.runs.list(Some(self.model), MOST_RUNS).await?.into_iter().rev() {
            let record = evidence::record(&*self.ports.runs, row.id).await?;
            known.insert(row.id);
            let at = row.finished.unwrap_or(row.started);
            decisions.extend(self.decision(at, &record).await?);
        }
        let mut released = Vec::new();
        for version in versions {
            let run = version.released.candidate.lineage.run;
            let record = self.record(run, &known).await?;
            // What another home released is decided here as well.
            if !known.contains(&run) {
                decisions.extend(self.decision(record.last, &record).await?);
            }
            released.push(self.version(version, &record).await?);
        }
        // What was refused comes before the runs of the same moment: who was refused tries again.
        decisions.sort_by_key(|decision| decision.at);
        Ok(Health {
            model: self.model.clone(),
            champion: served,
            versions: released,
            moves: self.moves().await?,
            looks,
            decisions,
            entries: entries.iter().map(entry).collect(),
        })
    }

    async fn evidence<T: DeserializeOwned>(&self, digest: &Digest) -> Result<T, CommandError> {
        let objects = self.catalogue.objects_with(digest, self.ports).await?;
        evidence::read(&*objects, digest).await
    }

    /// Returns the record of a run of the home, else of the registry.
    async fn record(&self, run: RunId, known: &BTreeSet<RunId>) -> Result<RunRecord, CommandError> {
        let runs = if known.contains(&run) { &self.ports.runs } else { &self.catalogue.runs };
        evidence::record(&**runs, run).await
    }

    /// Returns what was decided of a run: of one that was neither judged nor refused, nothing.
    async fn decision(
        &self,
        at: Timestamp,
        record: &RunRecord,
    ) -> Result<Option<Decision>, CommandError> {
        let run = record.id;
        let decided = match (&record.verdict, record.end) {
            (Some((digest, _)), _) => {
                let verdict: Verdict = self.evidence(digest).await?;
                Decided::Judged { run, verdict: Box::new(verdict) }
            }
            (None, Some(RunEnd::InvalidData)) => {
                let mut findings = Vec::new();
                for (digest, errors) in record.validated.values() {
                    if *errors > 0 {
                        let validation: Validation = self.evidence(digest).await?;
                        findings.extend(validation.findings);
                    }
                }
                findings.retain(|finding| finding.severity == Severity::Error);
                Decided::Invalid { run, findings }
            }
            (None, _) => return Ok(None),
        };
        let retraining = record.start.retraining.as_ref();
        let retraining =
            retraining.map(|it| Retrained { cause: it.cause.clone(), set: it.set.clone() });
        Ok(Some(Decision { at, retraining, decided }))
    }

    async fn version(
        &self,
        version: VersionRecord,
        record: &RunRecord,
    ) -> Result<ReleasedVersion, CommandError> {
        let evaluation: Option<Evaluation> = match &record.evaluation {
            Some((digest, _)) => Some(self.evidence(digest).await?),
            None => None,
        };
        let released = version.released;
        Ok(ReleasedVersion {
            at: version.at,
            version: released.version,
            bump: released.bump,
            because: released.because,
            run: released.candidate.lineage.run,
            cause: released.candidate.lineage.cause,
            yanked: version.yanked,
            evaluation,
        })
    }

    /// Returns every change of the champion, as the audit log tells.
    async fn moves(&self) -> Result<Vec<Move>, CommandError> {
        let champion = champion_alias()?;
        let mut moves = Vec::new();
        for row in self.catalogue.entries(Some(self.model)).await? {
            let at = row.entry.at;
            let Transition::AliasMoved { variant, alias, from, to, .. } = row.entry.what else {
                continue;
            };
            if alias == champion {
                let version = |number| Version { variant: variant.clone(), number };
                moves.push(Move { at, from: from.map(version), to: to.map(version) });
            }
        }
        Ok(moves)
    }
}

fn entry(entry: &Entry) -> health::Entry {
    health::Entry {
        at: entry.moment,
        kind: entry.kind.to_owned(),
        tone: match entry.sign {
            "good" => Tone::Good,
            "bad" => Tone::Bad,
            _ => Tone::Plain,
        },
        subject: entry.subject.clone(),
        what: entry.what.clone(),
        who: entry.who.clone(),
    }
}
