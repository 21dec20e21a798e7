//! `plimsoll model alias`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::audit::Note;
use plimsoll_core::lifecycle::AliasMove;
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Number, Reference, Variant};
use serde::Serialize;

use crate::commands::deploy::{self, current};
use crate::commands::release;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Ui};

/// Point an alias at a version, or nowhere
///
/// As `plimsoll deploy --alias`: the bundle must verify first. With --remove the alias points nowhere;
/// a model that was released and has no champion passes no champion rule.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION; with --remove MODEL@ALIAS
    version: Reference,
    /// The alias
    #[arg(required_unless_present = "remove")]
    alias: Option<Alias>,
    /// Take the alias away
    #[arg(long, conflicts_with = "alias")]
    remove: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "REASON")]
    because: Note,
    /// Look versions up in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    if let Some(alias) = &args.alias {
        let because = Some(&args.because);
        let wish = deploy::Wish { to: &args.version, alias, because, reason: None };
        let moved = deploy::deploy(&wish, None, &catalogue, ports, ui).await?;
        ui.show(&moved)?;
        return Ok(Exit::Done);
    }
    let Target::Alias(alias) = &args.version.to else {
        let error = CommandError::usage(format!("{} names no alias to take away", args.version));
        return Err(error.hint(format!("write `{}@ALIAS --remove`", args.version.variant)));
    };
    let variant = &args.version.variant;
    let expected = current(variant, alias, &catalogue).await?;
    if expected.is_none() {
        return Err(CommandError::usage(format!("{alias} of {variant} points nowhere already")));
    }
    let (of, from) = (variant.clone(), expected.clone());
    let change = AliasMove {
        variant: variant.clone(),
        alias: alias.clone(),
        expected,
        new: None,
        heard: None,
        statement: None,
    };
    let occasion = release::occasion(ports, Some(&args.because), "")?;
    catalogue.registry.move_alias(&change, &occasion).await?;
    let because = args.because.clone();
    ui.show(&Removed { variant: of, alias: alias.clone(), from, because })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Removed {
    variant: Variant,
    alias: Alias,
    from: Option<Number>,
    because: Note,
}

impl Document for Removed {
    const SCHEMA: &'static str = "plimsoll.model-alias/v1";
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} points nowhere now", self.alias, self.variant)
    }
}
