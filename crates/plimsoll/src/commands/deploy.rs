//! `plimsoll deploy`

use std::fmt;
use std::io::Cursor;
use std::path::PathBuf;

use plimsoll_core::approval::{Purpose, Quorum};
use plimsoll_core::audit::{Note, Occasion};
use plimsoll_core::lifecycle::AliasMove;
use plimsoll_core::ports::{RegistryError, ResolveVersionError};
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Digest, Number, Reference, Timestamp, Variant, Version};
use plimsoll_release::approval::UnapprovedError;
use plimsoll_release::bundle::VerifiedBundle;
use plimsoll_release::envelope::Envelope;
use plimsoll_release::key::Sign;
use plimsoll_release::statement::{
    Approver, Claim, ClaimKind, Deployment, DeploymentClaim, Statement,
};
use plimsoll_release::trust::Trust;
use serde::Serialize;

use super::release::{self, CHAMPION};
use super::verify;
use crate::approvals::{self, Asked, Said};
use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{candidate, evidence, keys, policy};

/// Let an alias point at a version, once its bundle verifies and those agree who must
///
/// Running servers that follow the alias switch without failing a request. The move is signed, by a key
/// that the trust file names with the role `release`, and an entry of the audit log; `plimsoll rollback`
/// takes it back. Where `approvals:` asks for more people than agreed,
/// it ends with exit code 4 and says what is missing; what somebody rejected is refused.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION
    version: Reference,
    /// The alias that is moved
    #[arg(long, default_value = CHAMPION)]
    alias: Alias,
    /// Why, for the audit log
    #[arg(long, value_name = "REASON")]
    because: Option<Note>,
    /// Whose signatures count, instead of trust.yaml in the home
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let trust = args.trust.as_ref().map(|file| ports.folder.join(file));
    let wish = Wish {
        to: &args.version,
        alias: &args.alias,
        because: args.because.as_ref(),
        reason: None,
    };
    let moved = deploy(&wish, trust.as_deref(), &catalogue, ports, ui).await?;
    ui.show(&moved)?;
    Ok(Exit::Done)
}

/// What is to be pointed where, and why.
pub(crate) struct Wish<'a> {
    pub to: &'a Reference,
    pub alias: &'a Alias,
    pub because: Option<&'a Note>,
    /// Why, where the person does not say.
    pub reason: Option<String>,
}

/// Verifies the bundle of a version, signs that it is deployed, and points the alias at it.
pub(crate) async fn deploy(
    wish: &Wish<'_>,
    trust: Option<&std::path::Path>,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Moved, CommandError> {
    let trust = keys::trust(&ports.settings, trust)?;
    let key = keys::signing_key(&ports.settings, ui)?;
    let found = verify::of_registry(wish.to, catalogue).await?;
    let verified = verify::verified(&found, &trust, ports)?;
    let version = verified.release.version.clone();
    let verdict = &verified.verdict.verdict;
    policy::check_deploy(&version, verdict, catalogue, &ports.settings).await?;
    let reason = wish.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
    let occasion = release::occasion(ports, wish.because, &reason)?;
    let agreed = agreed(&verified, wish.alias, &trust, catalogue, ports).await?;
    let from = current(&version.variant, wish.alias, catalogue).await?;
    let step = Step { alias: wish.alias, from: from.as_ref(), agreed: &agreed };
    // Nothing happens where it points there already, so nobody signs that it did.
    let statement = if from.as_ref() == Some(&version.number) {
        None
    } else {
        Some(step.sign(&verified, &trust, &key, &occasion, catalogue, ports).await?)
    };
    let change = AliasMove {
        variant: version.variant.clone(),
        alias: wish.alias.clone(),
        expected: from,
        new: Some(version.number.clone()),
        heard: Some(agreed.heard),
        statement,
    };
    catalogue.registry.move_alias(&change, &occasion).await?;
    if statement.is_some() {
        release::sign_log(&key, catalogue, ports, ui).await;
    }
    Ok(Moved::new(change, version, occasion.why.to_string()))
}

/// An alias on its way to another version.
pub(crate) struct Step<'a> {
    pub alias: &'a Alias,
    pub from: Option<&'a Number>,
    pub agreed: &'a Agreed,
}

impl Step<'_> {
    /// Signs that the version of `verified` is deployed, and returns the object that says so.
    ///
    /// # Errors
    /// The trust file does not name the key, or not with the role of who deploys: nobody would believe
    /// the statement.
    pub(crate) async fn sign(
        &self,
        verified: &VerifiedBundle,
        trust: &Trust,
        key: &dyn Sign,
        occasion: &Occasion,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Digest, CommandError> {
        let version = verified.release.version.clone();
        let (variant, subject) = (version.variant.clone(), verified.subject);
        let deployment = Deployment {
            version,
            alias: self.alias.clone(),
            from: self.from.cloned(),
            verdict: verified.verdict.digest,
            policy: policy::of(&ports.settings)?.map(|policy| policy.digest),
            approvals: self.agreed.approvals.clone(),
            who: occasion.who.clone(),
            because: occasion.why.clone(),
            at: occasion.at,
        };
        let claim = DeploymentClaim::of(deployment, candidate::builder()?);
        let statement = Statement { variant, subject, claim: Claim::Deployment(Box::new(claim)) };
        let envelope = Envelope::seal(&statement, key)?;
        let believed = trust.verify(&envelope, subject, ClaimKind::Deployment, occasion.at);
        believed.map_err(|error| {
            CommandError::new(Kind::No, format!("the statement of the deployment {error}"))
                .hint(NO_ROLE)
        })?;
        let bytes = envelope.to_json().map_err(|error| CommandError::new(Kind::Bug, error))?;
        // The statement first: an entry that names none that is there could not be believed.
        Ok(catalogue.objects.put(&mut Cursor::new(bytes)).await?)
    }
}

/// What to do for a key that may not deploy.
const NO_ROLE: &str = "deploy with a key that the trust file names with the role `release`, by PLIMSOLL_SIGNING_KEY; whoever answers for the trust file adds a key and raises `version`";

/// What people said of a version that may be deployed.
pub(crate) struct Agreed {
    /// The entry that tells of the last thing that was said of it, 0 for none.
    pub heard: u64,
    /// Whose yes counts, sorted.
    pub approvals: Vec<Approver>,
}

/// Refuses a version that too few people approved, or that somebody rejected.
pub(crate) async fn agreed(
    verified: &VerifiedBundle,
    alias: &Alias,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Agreed, CommandError> {
    let record = evidence::record(&*catalogue.runs, verified.release.run).await?;
    let asked = asked(verified, record.start.project.policy);
    let demanded = approvals::demanded(&asked.variant, &record, catalogue, ports).await?;
    let now = ports.clock.now();
    let said = approvals::said(&asked.variant, asked.subject, trust, catalogue, now).await?;
    let quorum = demanded.of_alias(alias);
    heard(&asked, quorum, &said, trust, now).map_err(|error| asked.refusal(error, catalogue))
}

/// Holds what was said of a version against what is demanded.
pub(crate) fn heard(
    asked: &Asked,
    quorum: Option<&Quorum>,
    said: &Said,
    trust: &Trust,
    now: Timestamp,
) -> Result<Agreed, UnapprovedError> {
    let heard = asked.check(Purpose::Deploy, quorum, said, trust, now)?;
    let counted = asked.standing(quorum, said, now).counted;
    let mut approvals: Vec<Approver> = counted
        .into_iter()
        .map(|opinion| Approver { by: opinion.by, statement: opinion.statement })
        .collect();
    approvals.sort();
    Ok(Agreed { heard, approvals })
}

/// Returns what people are asked about a released version, whose run was judged by `policy`.
pub(crate) fn asked(verified: &VerifiedBundle, policy: Option<Digest>) -> Asked {
    let version = &verified.release.version;
    Asked {
        what: version.to_string(),
        named: verified.subject.to_string(),
        variant: version.variant.clone(),
        subject: verified.subject,
        verdict: verified.verdict.digest,
        rules: verified.verdict.verdict.policy,
        policy,
        makers: verified.signers.values().cloned().collect(),
    }
}

/// Returns where `alias` points; `None` for nowhere.
pub(crate) async fn current(
    variant: &Variant,
    alias: &Alias,
    catalogue: &Catalogue,
) -> Result<Option<Number>, RegistryError> {
    let reference = Reference { variant: variant.clone(), to: Target::Alias(alias.clone()) };
    match catalogue.registry.resolve(&reference).await {
        Ok(record) => Ok(Some(record.released.version.number)),
        Err(ResolveVersionError::Read(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// An alias that points elsewhere now.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Moved {
    variant: Variant,
    alias: Alias,
    from: Option<Number>,
    pub to: Version,
    because: String,
    /// The signed statement; `None` where nobody signed one.
    statement: Option<Digest>,
}

impl Moved {
    /// Returns what is told of `change`, which let an alias point at `to`.
    pub(crate) fn new(change: AliasMove, to: Version, because: String) -> Self {
        let AliasMove { variant, alias, expected: from, statement, .. } = change;
        Self { variant, alias, from, to, because, statement }
    }
}

impl Document for Moved {
    const SCHEMA: &'static str = "plimsoll.deploy/v1";
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = paint(Paint::Strong, &self.to);
        match &self.from {
            Some(from) if *from == self.to.number => {
                writeln!(f, "{} of {} is {to} already", self.alias, self.variant)
            }
            Some(from) => writeln!(f, "{} of {} is {to} now, was {from}", self.alias, self.variant),
            None => writeln!(f, "{} of {} is {to} now", self.alias, self.variant),
        }
    }
}
