//! `plimsoll rollback`

use std::path::PathBuf;

use plimsoll_core::audit::{AuditEntry, Note, Occasion, Transition};
use plimsoll_core::lifecycle::AliasMove;
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Digest, Number, Reference, Variant, Version};
use plimsoll_release::bundle::VerifiedBundle;
use plimsoll_release::trust::Trust;
use serde::Serialize;

use super::deploy::{self, Moved, Step, current};
use super::release::{self, CHAMPION};
use super::verify;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Ui};
use crate::{approvals, keys, since};

/// Let an alias point again at the version before
///
/// Running servers that follow the alias switch within a second. The bundle that is gone back to must
/// verify; the move is an entry of the audit log with the reason, and signed as a deployment is. Nobody
/// waits for a key in an emergency: where there is none that may sign, that is told and it goes back. What was in use before needs no new
/// approval; what somebody rejected is refused.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The model
    #[arg(value_name = "MODEL")]
    variant: Variant,
    /// Go back to this version instead of the one before
    #[arg(long, value_name = "NUMBER")]
    to: Option<Number>,
    /// The alias that is moved
    #[arg(long, default_value = CHAMPION)]
    alias: Alias,
    /// Why, for the audit log
    #[arg(long, value_name = "REASON")]
    because: Note,
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
        variant: &args.variant,
        to: args.to.as_ref(),
        alias: &args.alias,
        because: &args.because,
    };
    let moved = rollback(&wish, trust.as_deref(), &catalogue, ports, ui).await?;
    ui.show(&RolledBack(moved))?;
    Ok(Exit::Done)
}

/// What is to be taken back, and why.
pub(crate) struct Wish<'a> {
    pub variant: &'a Variant,
    pub to: Option<&'a Number>,
    pub alias: &'a Alias,
    pub because: &'a Note,
}

/// Points the alias at the version before, once its bundle verifies.
pub(crate) async fn rollback(
    wish: &Wish<'_>,
    trust: Option<&std::path::Path>,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Moved, CommandError> {
    let Wish { variant, alias, because, .. } = wish;
    let from = current(variant, alias, catalogue).await?;
    let Some(now) = &from else {
        let message =
            format!("{alias} of {variant} points nowhere, so there is nothing to go back from");
        return Err(CommandError::usage(message)
            .hint(format!("`plimsoll model show {variant}` lists versions")));
    };
    let came_before = wish.to.is_none();
    let to = match wish.to {
        Some(to) => to.clone(),
        None => before(variant, alias, now, catalogue).await?,
    };
    let reference = Reference { variant: (*variant).clone(), to: Target::Number(to.clone()) };
    let trust = keys::trust(&ports.settings, trust)?;
    let found = verify::of_registry(&reference, catalogue).await.map_err(|error| {
        let of_itself = wish.to.is_none() && error.hint.is_none();
        if of_itself { error.hint("name another version with `--to NUMBER`") } else { error }
    })?;
    let verified = verify::verified(&found, &trust, ports)?;
    let agreed = if came_before || was_used(variant, alias, &to, catalogue).await? {
        // It was agreed on when it was deployed. A no that was said since counts.
        let (asked, now) = (deploy::asked(&verified, None), ports.clock.now());
        let said = approvals::said(&asked.variant, asked.subject, &trust, catalogue, now).await?;
        let heard = deploy::heard(&asked, None, &said, &trust, now);
        heard.map_err(|error| asked.refusal(error, catalogue))?
    } else {
        deploy::agreed(&verified, alias, &trust, catalogue, ports).await?
    };
    let occasion = release::occasion(ports, Some(because), "")?;
    let step = Step { alias, from: from.as_ref(), agreed: &agreed };
    let statement = if from.as_ref() == Some(&to) {
        None
    } else {
        signed(&step, &verified, &trust, &occasion, catalogue, ports, ui).await
    };
    let change = AliasMove {
        variant: (*variant).clone(),
        alias: (*alias).clone(),
        expected: from,
        new: Some(to.clone()),
        heard: Some(agreed.heard),
        statement,
    };
    catalogue.registry.move_alias(&change, &occasion).await?;
    let version = Version { variant: (*variant).clone(), number: to };
    Ok(Moved::new(change, version, because.to_string()))
}

/// Signs the move; says so where that is not possible.
async fn signed(
    step: &Step<'_>,
    verified: &VerifiedBundle,
    trust: &Trust,
    occasion: &Occasion,
    catalogue: &Catalogue,
    ports: &Ports,
    ui: &mut Ui,
) -> Option<Digest> {
    let statement = match keys::signing_key(&ports.settings, ui) {
        Ok(key) => step.sign(verified, trust, &*key, occasion, catalogue, ports).await,
        Err(error) => Err(error),
    };
    match statement {
        Ok(statement) => Some(statement),
        Err(error) => {
            ui.warn(format_args!("nobody signed this rollback: {error}"));
            None
        }
    }
}

/// Returns where the alias pointed before it was first moved to `now`, as the audit log tells:
/// going back twice goes back two versions, not to and fro.
async fn before(
    variant: &Variant,
    alias: &Alias,
    now: &Number,
    catalogue: &Catalogue,
) -> Result<Number, CommandError> {
    let mut came_from = std::collections::BTreeMap::new();
    let mut pointed: Option<Number> = None;
    for row in catalogue.entries(Some(&variant.model)).await? {
        if let Transition::AliasMoved { variant: of, alias: moved, to: Some(to), .. } =
            row.entry.what
            && of == *variant
            && moved == *alias
        {
            // Forward moves only: the version that this one took the place of, even if the
            // alias pointed nowhere in between.
            if let Some(from) = pointed.replace(to.clone()).filter(|from| *from < to) {
                came_from.insert(to, from);
            }
        }
    }
    came_from.remove(now).ok_or_else(|| {
        let message = format!("{alias} of {variant} never pointed at a version before {now}");
        CommandError::new(Kind::No, message).hint("name one with `--to NUMBER`")
    })
}

/// Tells whether the alias ever pointed at `number`, as the audit log tells.
async fn was_used(
    variant: &Variant,
    alias: &Alias,
    number: &Number,
    catalogue: &Catalogue,
) -> Result<bool, CommandError> {
    let version = Version { variant: variant.clone(), number: number.clone() };
    let deployments = since::deployments(&version, catalogue).await?;
    let is_there = |entry: &AuditEntry| matches!(&entry.what, Transition::AliasMoved { alias: moved, .. } if moved == alias);
    Ok(deployments.iter().any(is_there))
}

#[derive(Serialize)]
#[serde(transparent)]
struct RolledBack(Moved);

impl Document for RolledBack {
    const SCHEMA: &'static str = "plimsoll.rollback/v1";
}

impl std::fmt::Display for RolledBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
