//! The registry in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use plimsoll_core::approval::{Approval, ApprovalRecord};
use plimsoll_core::audit::{
    AuditEntry, AuditFault, Chain, KeepCheckpointError, KeptCheckpoint, Ledger, Occasion, Sealed,
    Standing, Transition, seal,
};
use plimsoll_core::lifecycle::{
    AliasMove, Candidate, MoveAliasError, Release, ReleaseError, Released, Subject, Target,
    YankError, Yanked, approve, move_alias, release, yank,
};
use plimsoll_core::ports::{
    AuditReport, AuditRow, Registry, RegistryError, ResolveVersionError, VariantRow, VersionRecord,
};
use plimsoll_core::version::Target as Named;
use plimsoll_core::weights::WeightsUse;
use plimsoll_core::{Digest, ModelName, Number, Reference, Variant, Version};

use crate::registry::projection::{Aliases, State, last_said, of, rows, unknown};

/// Versions and aliases in memory. A clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryRegistry {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order in which they were released, without their aliases.
    versions: Vec<VersionRecord>,
    aliases: Aliases,
    /// In the order in which it was said.
    approvals: Vec<ApprovalRecord>,
    log: Vec<Sealed>,
    checkpoints: Vec<KeptCheckpoint>,
}

impl MemoryRegistry {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(error: serde_json::Error) -> RegistryError {
    RegistryError::Unavailable(error.into())
}

impl Kept {
    fn history(&self, variant: &Variant) -> Vec<Released> {
        let of = |record: &&VersionRecord| record.released.version.variant == *variant;
        self.versions.iter().filter(of).map(|record| record.released.clone()).collect()
    }

    fn version(&self, version: &Version) -> Option<usize> {
        self.versions.iter().position(|record| record.released.version == *version)
    }

    fn record(&self, record: &VersionRecord) -> VersionRecord {
        let version = &record.released.version;
        let here = of(&self.aliases, &version.variant).filter(|(_, to)| **to == version.number);
        let aliases = here.map(|(alias, _)| alias.clone()).collect();
        VersionRecord { aliases, ..record.clone() }
    }

    fn append(&mut self, what: Transition, occasion: &Occasion) -> Result<(), RegistryError> {
        let entry = AuditEntry::new(self.log.len() as u64 + 1, what, occasion);
        let sealed = seal(self.log.last().map(|last| last.digest), &entry);
        self.log.push(sealed.map_err(unavailable)?);
        Ok(())
    }

    fn said_of(&self, subject: Subject) -> Vec<ApprovalRecord> {
        let of = |record: &&ApprovalRecord| record.approval.subject == subject;
        self.approvals.iter().filter(of).cloned().collect()
    }

    fn rows(&self) -> Vec<VariantRow> {
        let state = |record: &VersionRecord| match record.yanked {
            Some(_) => State::Yanked,
            None => State::Released,
        };
        let versions = self.versions.iter();
        let versions = versions.map(|record| (record.released.version.clone(), state(record)));
        rows(versions, &self.aliases)
    }

    fn ledger(&self) -> Result<Ledger, serde_json::Error> {
        let mut ledger = Ledger { aliases: self.aliases.clone(), ..Ledger::default() };
        let approvals = self.approvals.iter().map(|record| (record.entry, record.clone()));
        ledger.approvals = approvals.collect();
        for VersionRecord { released, at, yanked, .. } in &self.versions {
            let record = Digest::of_json(released)?;
            let standing = Standing { record, at: *at, yanked: yanked.clone() };
            ledger.versions.insert(released.version.clone(), standing);
        }
        Ok(ledger)
    }
}

#[async_trait]
impl Registry for MemoryRegistry {
    async fn release(
        &self,
        candidate: &Candidate,
        requested: Option<&Number>,
        occasion: &Occasion,
    ) -> Result<Release, ReleaseError> {
        let mut kept = self.kept();
        let release = release(candidate, requested, &kept.history(&candidate.variant))?;
        if let Release::New(released) = &release {
            kept.append(Transition::released(released).map_err(unavailable)?, occasion)?;
            let (released, at) = ((**released).clone(), occasion.at);
            let record = VersionRecord { released, at, yanked: None, aliases: Vec::new() };
            kept.versions.push(record);
        }
        Ok(release)
    }

    async fn move_alias(
        &self,
        change: &AliasMove,
        occasion: &Occasion,
    ) -> Result<(), MoveAliasError> {
        let mut kept = self.kept();
        let key = (change.variant.clone(), change.alias.clone());
        let version =
            |number: &Number| Version { variant: change.variant.clone(), number: number.clone() };
        let record = change.new.as_ref().and_then(|number| kept.version(&version(number)));
        let target = match record.map(|place| &kept.versions[place]) {
            None => Target::Unknown,
            Some(VersionRecord { yanked: Some(yanked), .. }) => Target::Yanked(yanked),
            Some(VersionRecord { released, .. }) => {
                let said = kept.said_of(released.candidate.subject);
                Target::Released { said: last_said(&said, &change.variant) }
            }
        };
        if let Some(transition) = move_alias(change, kept.aliases.get(&key), target)? {
            kept.append(transition, occasion)?;
            match &change.new {
                Some(number) => _ = kept.aliases.insert(key, number.clone()),
                None => _ = kept.aliases.remove(&key),
            }
        }
        Ok(())
    }

    async fn yank(&self, version: &Version, occasion: &Occasion) -> Result<(), YankError> {
        let mut kept = self.kept();
        let place = kept.version(version);
        let place = place.ok_or_else(|| YankError::Unknown { version: version.clone() })?;
        let record = kept.record(&kept.versions[place]);
        let transition = yank(version, record.yanked.as_ref(), &record.aliases)?;
        kept.append(transition, occasion)?;
        let (who, why) = (occasion.who.clone(), occasion.why.clone());
        kept.versions[place].yanked = Some(Yanked { at: occasion.at, who, why });
        Ok(())
    }

    async fn approve(
        &self,
        approval: &Approval,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        let mut kept = self.kept();
        let said = kept.said_of(approval.subject);
        if let Some(transition) = approve(approval, &said) {
            kept.append(transition, occasion)?;
            let (entry, at, why) = (kept.log.len() as u64, occasion.at, occasion.why.clone());
            kept.approvals.push(ApprovalRecord { entry, at, why, approval: approval.clone() });
            return Ok(entry);
        }
        let known = said.iter().find(|known| known.approval.statement == approval.statement);
        Ok(known.map_or(0, |known| known.entry))
    }

    async fn record_weights(
        &self,
        used: &WeightsUse,
        occasion: &Occasion,
    ) -> Result<u64, RegistryError> {
        let mut kept = self.kept();
        kept.append(used.clone().into(), occasion)?;
        Ok(kept.log.len() as u64)
    }

    async fn approvals(&self, subject: Subject) -> Result<Vec<ApprovalRecord>, RegistryError> {
        Ok(self.kept().said_of(subject))
    }

    async fn resolve(&self, reference: &Reference) -> Result<VersionRecord, ResolveVersionError> {
        let kept = self.kept();
        let variant = reference.variant.clone();
        let number = match &reference.to {
            Named::Number(number) => Some(number),
            Named::Alias(alias) => kept.aliases.get(&(variant.clone(), alias.clone())),
        };
        let version = number.map(|number| Version { variant, number: number.clone() });
        match version.and_then(|version| kept.version(&version)) {
            Some(place) => Ok(kept.record(&kept.versions[place])),
            None => Err(unknown(reference, &kept.rows())),
        }
    }

    async fn versions(&self, model: &ModelName) -> Result<Vec<VersionRecord>, RegistryError> {
        let kept = self.kept();
        let of = |record: &&VersionRecord| record.released.version.variant.model == *model;
        Ok(kept.versions.iter().rev().filter(of).map(|record| kept.record(record)).collect())
    }

    async fn variants(&self) -> Result<Vec<VariantRow>, RegistryError> {
        Ok(self.kept().rows())
    }

    async fn audit(
        &self,
        model: Option<&ModelName>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, RegistryError> {
        let kept = self.kept();
        let mut rows = Vec::new();
        for sealed in kept.log.iter().filter(|sealed| sealed.sequence > after) {
            let entry = sealed.entry().map_err(unavailable)?;
            if model.is_none_or(|model| entry.what.model() == model) {
                rows.push(AuditRow { entry, sealed: sealed.clone() });
            }
        }
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    async fn last_entry(&self) -> Result<Option<Sealed>, RegistryError> {
        Ok(self.kept().log.last().cloned())
    }

    async fn keep_checkpoint(
        &self,
        checkpoint: &KeptCheckpoint,
    ) -> Result<(), KeepCheckpointError> {
        let mut kept = self.kept();
        let found = kept.log.iter().find(|sealed| sealed.sequence == checkpoint.sequence);
        checkpoint.check(found.map(|sealed| sealed.digest))?;
        if !kept.checkpoints.contains(checkpoint) {
            kept.checkpoints.push(checkpoint.clone());
        }
        Ok(())
    }

    async fn checkpoints(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<KeptCheckpoint>, RegistryError> {
        let kept = self.kept();
        let mut found: Vec<_> =
            kept.checkpoints.iter().filter(|it| it.sequence > after).cloned().collect();
        found.sort_by_key(|it| it.sequence);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        // All of one entry come together, so that the last sequence is where the next page begins.
        let Some(last) = found.iter().take(limit).next_back().map(|last| last.sequence) else {
            return Ok(Vec::new());
        };
        found.retain(|it| it.sequence <= last);
        Ok(found)
    }

    async fn verify_audit(&self) -> Result<AuditReport, RegistryError> {
        let kept = self.kept();
        let (mut chain, mut told) = (Chain::default(), Ledger::default());
        let mut faults: Vec<AuditFault> = Vec::new();
        for sealed in &kept.log {
            let (entry, found) = chain.follow(sealed);
            faults.extend(found);
            if let Some(entry) = entry {
                told.apply(&entry);
            }
        }
        faults.extend(told.compare(&kept.ledger().map_err(unavailable)?));
        let mut report = AuditReport {
            entries: kept.log.len() as u64,
            head: chain.head(),
            faults: Vec::new(),
            found: 0,
        };
        report.add(faults);
        Ok(report)
    }
}
