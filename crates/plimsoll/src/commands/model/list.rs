//! `plimsoll model list`

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use plimsoll_core::ports::VariantRow;
use plimsoll_core::{Alias, Number, Variant};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Table, Ui};

/// List released models
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let models = catalogue.registry.variants().await?;
    ui.show(&Listed { models: models.into_iter().map(Row::of).collect() })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Listed {
    models: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    model: Variant,
    newest: Option<Number>,
    versions: u64,
    yanked: u64,
    aliases: BTreeMap<String, Number>,
}

impl Row {
    fn of(row: VariantRow) -> Self {
        let VariantRow { variant, versions, yanked, newest, aliases } = row;
        let aliases = aliases.into_iter().map(|(alias, to): (Alias, _)| (alias.to_string(), to));
        Self { model: variant, newest, versions, yanked, aliases: aliases.collect() }
    }
}

impl Document for Listed {
    const SCHEMA: &'static str = "plimsoll.model-list/v1";
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.models.is_empty() {
            return writeln!(
                f,
                "no model was released yet; `plimsoll release` releases a run that passed"
            );
        }
        let mut table = Table::new(&["model", "newest", ">versions", ">yanked", "aliases"]);
        for row in &self.models {
            let aliases = row.aliases.iter().map(|(alias, to)| format!("{alias} {to}"));
            table.row([
                row.model.to_string().into(),
                row.newest.as_ref().map(ToString::to_string).unwrap_or_default().into(),
                row.versions.into(),
                row.yanked.into(),
                aliases.collect::<Vec<_>>().join(", ").into(),
            ]);
        }
        write!(f, "{table}")
    }
}
