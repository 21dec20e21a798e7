//! What a person looks at before they say yes or no.

use plimsoll_core::approval::{Decision, Opinion, Purpose, Quorum, Quorums};
use plimsoll_core::evidence::Compared;
use plimsoll_core::gate::{Answer, Waived};
use plimsoll_core::lifecycle::Subject;
use plimsoll_core::ports::{ResolveVersionError, VersionRecord};
use plimsoll_core::{Alias, CommitHash, Digest, Finding, Reference, RunId, Variant, Version};
use plimsoll_release::trust::Trust;
use serde::Serialize;

use super::difference::{self, Change, MetricPair};
use super::target::{Side, Target};
use crate::approvals::{self, Said};
use crate::commands::{release, verify};
use crate::error::CommandError;
use crate::ports::{Catalogue, Ports};
use crate::ui::Document;
use crate::view;

/// Everything that a decision is made on.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Review {
    pub variant: Variant,
    pub version: Option<Version>,
    pub subject: Subject,
    pub run: RunId,
    pub commit: Option<CommitHash>,
    pub answer: Answer,
    pub verdict: Digest,
    pub rules: Digest,
    pub policy: Option<Digest>,
    /// How many rules were judged.
    pub judged: u64,
    pub champion: Option<Version>,
    pub metrics: Vec<MetricPair>,
    /// The paired gains over the champion on the same rows, where the run was compared with it.
    pub gains: Vec<Compared>,
    pub data: Vec<Change>,
    pub dependencies: Vec<Change>,
    /// Why the dependencies are not told, where they are not.
    pub dependencies_unknown: Option<String>,
    pub signature: Vec<Change>,
    pub findings: Vec<Finding>,
    pub waived: Vec<Waived>,
    pub said: Vec<Heard>,
    pub needed: Vec<Needed>,
    /// What was signed just now.
    pub recorded: Option<Recorded>,
    #[serde(skip)]
    pub named: String,
}

/// What somebody said before.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Heard {
    pub by: String,
    pub decision: Decision,
    pub at: String,
    pub comment: String,
    pub expires: Option<String>,
}

/// How many people are needed for something.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Needed {
    pub purpose: Purpose,
    /// The alias that it is for; `None` for every one that has no demand of its own.
    pub alias: Option<Alias>,
    pub count: u32,
    pub within_days: Option<u32>,
    pub place: String,
    pub missing: u32,
    /// Whose yes counts.
    pub counted: Vec<String>,
    /// Whose yes does not count, and why.
    pub uncounted: Vec<String>,
    /// Who may and did not.
    pub able: Vec<String>,
}

/// What was signed.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Recorded {
    pub statement: Digest,
    /// The entry of the audit log.
    pub entry: u64,
    pub by: String,
    pub at: String,
    pub expires: Option<String>,
}

#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Approved(pub Review);

#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Rejected(pub Review);

impl Document for Approved {
    const SCHEMA: &'static str = "plimsoll.approve/v1";
}

impl Document for Rejected {
    const SCHEMA: &'static str = "plimsoll.reject/v1";
}

impl Review {
    /// Holds `target` against the champion.
    pub(super) async fn of(
        target: &Target,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Self, CommandError> {
        let (asked, side, now) = (&target.asked, &target.side, ports.clock.now());
        let record = &side.record;
        let champion = champion(&asked.variant, catalogue).await?;
        let champion_side = match &champion {
            Some(champion) => Some(read(champion, trust, catalogue, ports).await?),
            None => None,
        };
        let other = champion_side.as_ref();
        let (dependencies, dependencies_unknown) = match difference::dependencies(other, side) {
            Ok(changes) => (changes, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let comparison = side.evaluation.comparison.iter();
        let mut compared =
            comparison.filter(|it| other.is_some_and(|other| other.record.id == it.champion));
        let said = approvals::said(&asked.variant, asked.subject, trust, catalogue, now).await?;
        let quorums = approvals::demanded(&asked.variant, record, catalogue, ports).await?;
        let needed = demands(&quorums).map(|(purpose, alias, quorum)| {
            needed(purpose, alias, quorum, target, &said, trust, now)
        });
        let commit = record.start.commit.as_ref().and_then(|commit| commit.hash.as_ref());
        Ok(Self {
            variant: asked.variant.clone(),
            version: target.version.clone(),
            subject: asked.subject,
            run: record.id,
            commit: commit.and_then(|hash| hash.parse().ok()),
            answer: target.verdict.answer,
            verdict: asked.verdict,
            rules: asked.rules,
            policy: asked.policy,
            judged: target.verdict.rules.len() as u64,
            champion: champion.map(|champion| champion.released.version),
            metrics: difference::metrics(other, side),
            gains: compared.next().map(|it| it.metrics.clone()).unwrap_or_default(),
            data: difference::data(other, side),
            dependencies,
            dependencies_unknown,
            signature: difference::signature(other, side),
            findings: target.verdict.findings.clone(),
            waived: target.verdict.waived.clone(),
            needed: needed.collect(),
            said: said.opinions.iter().map(Heard::of).collect(),
            recorded: None,
            named: asked.what.clone(),
        })
    }

    /// Returns the same after something was signed.
    pub(super) fn after(self, recorded: Recorded) -> Self {
        Self { recorded: Some(recorded), ..self }
    }
}

impl Heard {
    fn of(opinion: &Opinion) -> Self {
        Self {
            by: opinion.by.clone(),
            decision: opinion.decision,
            at: view::rfc3339(opinion.at),
            comment: opinion.comment.to_string(),
            expires: opinion.expires.map(view::rfc3339),
        }
    }
}

/// Returns each demand with what it is for, and of a deployment the alias where it is one's own.
fn demands(quorums: &Quorums) -> impl Iterator<Item = (Purpose, Option<&Alias>, &Quorum)> {
    let of_all = [(Purpose::Release, &quorums.release), (Purpose::Deploy, &quorums.deploy)];
    let of_all = of_all.into_iter().map(|(purpose, quorum)| (purpose, None, quorum));
    let own = quorums.deploy_to.iter();
    let own = own.map(|(alias, quorum)| (Purpose::Deploy, Some(alias), quorum));
    of_all
        .chain(own)
        .filter_map(|(purpose, alias, quorum)| Some((purpose, alias, quorum.as_ref()?)))
}

fn needed(
    purpose: Purpose,
    alias: Option<&Alias>,
    quorum: &Quorum,
    target: &Target,
    said: &Said,
    trust: &Trust,
    now: plimsoll_core::Timestamp,
) -> Needed {
    let standing = target.asked.standing(Some(quorum), said, now);
    let uncounted = standing.uncounted.iter().map(|it| format!("{} {}", it.by, it.why));
    Needed {
        purpose,
        alias: alias.cloned(),
        count: quorum.count.get(),
        within_days: quorum.within_days,
        place: quorum.place(),
        missing: standing.missing(),
        uncounted: uncounted.collect(),
        able: target.asked.able(&standing, trust, now).into_iter().collect(),
        counted: standing.counted.into_iter().map(|opinion| opinion.by).collect(),
    }
}

/// Returns the champion of a variant; `None` where there is none.
async fn champion(
    variant: &Variant,
    catalogue: &Catalogue,
) -> Result<Option<VersionRecord>, CommandError> {
    match catalogue.registry.resolve(&release::champion_of(variant.clone())?).await {
        Ok(champion) => Ok(Some(champion)),
        Err(ResolveVersionError::Read(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Reads the champion. That its bundle does not verify any more is said, and stops nobody.
async fn read(
    champion: &VersionRecord,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Side, CommandError> {
    let reference = Reference::from(champion.released.version.clone());
    let verified = match verify::of_registry(&reference, catalogue).await {
        Ok(found) => verify::verified(&found, trust, ports).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    Side::of_version(champion, verified.as_ref().map_err(Clone::clone), catalogue, ports).await
}
