//! Whether people agree: what is demanded, what they said, and whether that is enough.

use std::collections::BTreeSet;

use plimsoll_core::approval::{
    Case, Opinion, Purpose, Quorum, Quorums, Standing, Uncounted, judge,
};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::ports::{ObjectStore, ResolveVersionError};
use plimsoll_core::project::Project;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, Timestamp, Variant};
use plimsoll_release::approval::{Heard, UnapprovedError, hear};
use plimsoll_release::trust::Trust;
use tokio::io::AsyncReadExt;

use crate::commands::release::champion_of;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::{evidence, policy};

/// The largest statement that is read; Plimsoll writes kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// What people are asked about.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// What messages call it: `bikes@1.1.0`, `run 3c9bf21e`.
    pub what: String,
    /// What `plimsoll approve` takes for it.
    pub named: String,
    pub variant: Variant,
    pub subject: Subject,
    /// The verdict that was given on it, and the rules that it was given by.
    pub verdict: Digest,
    pub rules: Digest,
    /// The organisation's policy that its run was judged by.
    pub policy: Option<Digest>,
    /// Who built or released it, as the trust file calls them.
    pub makers: BTreeSet<String>,
}

/// What people said.
pub(crate) struct Said {
    pub opinions: Vec<Opinion>,
    /// What was said by somebody whose word does not count here.
    pub strangers: Vec<Uncounted>,
    /// The entry that tells of the last thing that was said, 0 where nothing was.
    pub last: u64,
}

impl Asked {
    /// Decides how it stands where `quorum` is demanded.
    pub(crate) fn standing(
        &self,
        quorum: Option<&Quorum>,
        said: &Said,
        now: Timestamp,
    ) -> Standing {
        let Self { verdict, rules, policy, makers, .. } = self;
        let (verdict, rules, policy) = (*verdict, *rules, *policy);
        let case = Case { quorum, verdict, rules, policy, makers, now };
        let mut standing = judge(&said.opinions, &case);
        standing.uncounted.extend(said.strangers.iter().cloned());
        standing
    }

    /// Refuses it unless nobody objects and enough people agree.
    ///
    /// Returns the entry that tells of the last thing that was said of it, 0 where nothing was.
    pub(crate) fn check(
        &self,
        purpose: Purpose,
        quorum: Option<&Quorum>,
        said: &Said,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<u64, UnapprovedError> {
        let standing = self.standing(quorum, said, now);
        let what = self.what.clone();
        if !standing.rejected.is_empty() {
            return Err(UnapprovedError::Rejected { what, rejected: standing.rejected });
        }
        match quorum {
            Some(quorum) if !standing.is_enough() => {
                let able = self.able(&standing, trust, now);
                let (quorum, standing) = (Box::new(quorum.clone()), Box::new(standing));
                Err(UnapprovedError::Waiting { what, purpose, quorum, standing, able })
            }
            _ => Ok(said.last),
        }
    }

    /// Returns who may approve it and did not, as far as it counts.
    pub(crate) fn able(
        &self,
        standing: &Standing,
        trust: &Trust,
        now: Timestamp,
    ) -> BTreeSet<String> {
        let mut able = trust.approvers(now);
        able.retain(|name| {
            !self.makers.contains(name) && !standing.counted.iter().any(|it| it.by == *name)
        });
        able
    }

    /// Says how what is missing can be given.
    pub(crate) fn refusal(&self, error: UnapprovedError, catalogue: &Catalogue) -> CommandError {
        let registry = catalogue.named.as_ref();
        let registry =
            registry.map(|folder| format!(" --registry {}", folder.display())).unwrap_or_default();
        let command = format!("`plimsoll approve {} --comment REASON{registry}`", self.named);
        let (kind, hint) = match &error {
            UnapprovedError::Rejected { rejected, .. } => {
                let names: Vec<&str> = rejected.iter().map(|opinion| &*opinion.by).collect();
                let hint = format!("only {} can withdraw that: {command}", names.join(" and "));
                (Kind::No, hint)
            }
            UnapprovedError::Waiting { able, standing, .. } => {
                let names: Vec<&str> = able.iter().map(String::as_str).collect();
                let missing = usize::try_from(standing.missing()).unwrap_or(usize::MAX);
                let more = "give more people a key with the role `approver` in the trust file";
                let hint = match names.len() {
                    0 => format!("nobody who has not may: {more}, then {command}"),
                    few if few < missing => {
                        format!("{command} by {}, who are not enough: {more}", names.join(" and "))
                    }
                    _ => format!("{command} by {}", names.join(" or ")),
                };
                (Kind::Waiting, hint)
            }
            _ => (Kind::No, command),
        };
        CommandError::new(kind, error).hint(hint)
    }
}

/// Returns what was said of a bundle, each statement held against its signature.
///
/// # Errors
/// One is not what was recorded: somebody changed the registry or its objects.
pub(crate) async fn said(
    variant: &Variant,
    subject: Subject,
    trust: &Trust,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<Said, CommandError> {
    let mut said = Said { opinions: Vec::new(), strangers: Vec::new(), last: 0 };
    for record in catalogue.registry.approvals(subject).await? {
        if record.approval.variant != *variant {
            continue;
        }
        said.last = said.last.max(record.entry);
        let bytes = statement(&record.approval.statement, &*catalogue.objects).await?;
        match hear(trust, &record, &bytes, now)? {
            Heard::Opinion(opinion) => said.opinions.push(opinion),
            Heard::Stranger { by, why, .. } => said.strangers.push(Uncounted { by, why }),
        }
    }
    Ok(said)
}

/// Reads a signed statement.
pub(crate) async fn statement(
    digest: &Digest,
    objects: &dyn ObjectStore,
) -> Result<Vec<u8>, CommandError> {
    let content = objects.open(digest, None).await?;
    let mut bytes = Vec::new();
    content.take(LARGEST).read_to_end(&mut bytes).await.map_err(|error| {
        let message = format!("statement {} could not be read: {error}", digest.short());
        CommandError::new(Kind::Damaged, message)
            .hint("run `plimsoll store verify` to list every damaged object")
    })?;
    Ok(bytes)
}

/// Returns what is demanded of a model that the run of `record` made: by its repository, by that of
/// the champion, and by the organisation's policy of today. The stricter holds, so whoever asks for
/// less in the next version needs the approvals that were asked for so far.
pub(crate) async fn demanded(
    variant: &Variant,
    record: &RunRecord,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Quorums, CommandError> {
    let own = |project: &Project| project.approvals.clone();
    let mut demanded = own(&record.start.project);
    let champion = match catalogue.registry.resolve(&champion_of(variant.clone())?).await {
        Ok(champion) => Some(champion.released.candidate.lineage.run),
        Err(ResolveVersionError::Read(error)) => return Err(error.into()),
        Err(_) => None,
    };
    if let Some(run) = champion.filter(|run| *run != record.id) {
        let champion = evidence::record(&*catalogue.runs, run).await?;
        demanded = demanded.and(own(&champion.start.project));
    }
    Ok(match policy::of(&ports.settings)? {
        Some(policy) => demanded.and(policy.approvals),
        None => demanded,
    })
}
