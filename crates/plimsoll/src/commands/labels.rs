//! `plimsoll labels`

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use plimsoll_core::Variant;
use plimsoll_data::capture::{LabelFile, Labels};
use plimsoll_data::schema::ColumnType;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::project::Declared;
use crate::ui::{Document, Paint, Ui, paint};

/// Bring what became true to the predictions
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(Args),
}

/// Add labels to the predictions of a model
///
/// The file (CSV or Parquet) has the column by which labels find their prediction (`serve: id:`) and the
/// target. Labels may come late, before their prediction, or again: the newest label of an id counts.
/// Nothing of a file is added if anything is wrong with it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The file with the labels
    file: PathBuf,
    /// The model, instead of the repository's
    #[arg(long, value_name = "MODEL")]
    model: Option<Variant>,
    /// The column that names rows, instead of the one that `serve: id:` names
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// The column with the truth, instead of the one that `evaluate: target:` names
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
}

pub(crate) fn run(command: &Command, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let Command::Add(args) = command;
    let declared = Declared::around(&ports.folder)?;
    let of_repository =
        declared.as_ref().map(|declared| Variant::from(declared.project.model.clone()));
    let variant = args.model.clone().or(of_repository).ok_or_else(|| {
        CommandError::usage("there is no plimsoll.yaml here that names the model")
            .hint("name it with `--model`, and its columns with `--id` and `--target`")
    })?;
    let project = declared.map(|it| it.project).filter(|it| it.model == variant.model);
    let id = args.id.clone().or_else(|| project.as_ref()?.serve.as_ref()?.id.clone());
    let id = id.ok_or_else(|| {
        CommandError::usage("nothing names the column by which labels find their prediction")
            .hint("name it in `serve: { id: … }` of plimsoll.yaml, or with `--id`")
    })?;
    let of_evaluate = || Some(project.as_ref()?.evaluate.as_ref()?.target.clone());
    let target = args.target.clone().or_else(of_evaluate).ok_or_else(|| {
        CommandError::usage("nothing names the column with the truth")
            .hint("name it with `--target`")
    })?;
    let file = ports.folder.join(&args.file);
    let wish = Wish { variant: &variant, file: &file, id: &id, target: &target };
    let added = add(&wish, ports)?;
    ui.show(&added)?;
    Ok(Exit::Done)
}

/// Labels that are to be added.
pub(crate) struct Wish<'a> {
    pub variant: &'a Variant,
    pub file: &'a Path,
    pub id: &'a str,
    pub target: &'a str,
}

/// Adds the labels of a file, and counts what they brought.
pub(crate) fn add(wish: &Wish<'_>, ports: &Ports) -> Result<Added, CommandError> {
    let file =
        LabelFile { path: wish.file, id: wish.id, target: wish.target, kind: kind(wish, ports)? };
    let folder = ports.labels(wish.variant);
    let added = Labels::add(&folder, &file, ports.clock.now())?;
    Ok(Added {
        model: wish.variant.clone(),
        rows: added.rows,
        new: added.new,
        corrected: added.corrected,
        repeated: added.repeated,
    })
}

/// Returns the type that the repository's schemas give the target: labels must be of it.
fn kind(wish: &Wish<'_>, ports: &Ports) -> Result<Option<ColumnType>, CommandError> {
    let Some(declared) = Declared::around(&ports.folder)? else { return Ok(None) };
    if declared.project.model != wish.variant.model {
        return Ok(None);
    }
    let columns = declared.project.data.values().flat_map(|dataset| &dataset.columns);
    let found = columns.into_iter().find(|column| column.name == wish.target);
    let kind = found.map(|column| column.kind.as_str());
    Ok(ColumnType::ALL.into_iter().find(|of| Some(of.as_str()) == kind))
}

/// What a file of labels brought.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Added {
    model: Variant,
    rows: u64,
    new: u64,
    corrected: u64,
    repeated: u64,
}

impl Added {
    /// Returns how many rows the file had.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

impl Document for Added {
    const SCHEMA: &'static str = "plimsoll.labels-add/v1";
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, rows, new, corrected, repeated } = self;
        writeln!(
            f,
            "{rows} labels for {}: {new} new, {corrected} corrected, {repeated} known already",
            paint(Paint::Strong, model)
        )
    }
}
