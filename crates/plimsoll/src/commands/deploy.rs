//! `plimsoll deploy`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::approval::Purpose;
use plimsoll_core::audit::Note;
use plimsoll_core::lifecycle::AliasMove;
use plimsoll_core::ports::{RegistryError, ResolveVersionError};
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Digest, Number, Reference, Variant, Version};
use plimsoll_release::bundle::VerifiedBundle;
use plimsoll_release::trust::Trust;
use serde::Serialize;

use super::release::{self, CHAMPION};
use super::verify;
use crate::approvals::{self, Asked};
use crate::error::{CommandError, Exit};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{evidence, keys, policy};

/// Let an alias point at a version, once its bundle verifies and those agree who must
///
/// Running servers that follow the alias switch without failing a request. The move is an entry of the
/// audit log; `plimsoll rollback` takes it back. Where `approvals:` asks for more people than agreed,
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
    let moved = deploy(&wish, trust.as_deref(), &catalogue, ports).await?;
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

/// Verifies the bundle of a version and points the alias at it.
pub(crate) async fn deploy(
    wish: &Wish<'_>,
    trust: Option<&std::path::Path>,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Moved, CommandError> {
    let trust = keys::trust(&ports.settings, trust)?;
    let found = verify::of_registry(wish.to, catalogue).await?;
    let verified = verify::verified(&found, &trust, ports)?;
    let version = verified.release.version.clone();
    let verdict = &verified.verdict.verdict;
    policy::check_deploy(&version, verdict, catalogue, &ports.settings).await?;
    let reason = wish.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
    let occasion = release::occasion(ports, wish.because, &reason)?;
    let heard = agreed(&verified, &trust, catalogue, ports).await?;
    let from = current(&version.variant, wish.alias, catalogue).await?;
    let change = AliasMove {
        variant: version.variant.clone(),
        alias: wish.alias.clone(),
        expected: from.clone(),
        new: Some(version.number.clone()),
        heard: Some(heard),
    };
    catalogue.registry.move_alias(&change, &occasion).await?;
    Ok(Moved {
        variant: version.variant.clone(),
        alias: wish.alias.clone(),
        from,
        to: version,
        because: occasion.why.to_string(),
    })
}

/// Refuses a version that too few people approved, or that somebody rejected.
///
/// Returns the entry that tells of the last thing that was said of it.
pub(crate) async fn agreed(
    verified: &VerifiedBundle,
    trust: &Trust,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<u64, CommandError> {
    let record = evidence::record(&*catalogue.runs, verified.release.run).await?;
    let asked = asked(verified, record.start.project.policy);
    let demanded = approvals::demanded(&asked.variant, &record, catalogue, ports).await?;
    let now = ports.clock.now();
    let said = approvals::said(&asked.variant, asked.subject, trust, catalogue, now).await?;
    let quorum = demanded.of(Purpose::Deploy);
    let agreed = asked.check(Purpose::Deploy, quorum, &said, trust, now);
    agreed.map_err(|error| asked.refusal(error, catalogue))
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
}

impl Moved {
    pub(crate) fn new(alias: Alias, from: Option<Number>, to: Version, because: String) -> Self {
        Self { variant: to.variant.clone(), alias, from, to, because }
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
