//! `plimsoll data check`

mod document;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plimsoll_core::project::Task;
use plimsoll_data::integrity::{
    self, Demand, Options, Reference, Roles, Selection, Settings, is_digests,
};
use plimsoll_data::personal::Declared;
use plimsoll_data::{ReadError, Tables};

use self::document::{Document, File};
use super::Form;
use crate::error::{CommandError, Exit, Kind};
use crate::ui::Ui;

/// Check data files for what a schema does not say
///
/// Duplicates, contradictions, mixed and damaged cells, outliers and personal data of each file; with
/// `--label`, columns that give the label away; with `--train`, what the file shares with the
/// training data that it must not, and what the training data never had. One pass, bounded memory.
/// Checks that need a column or training data that are not named are listed as not applicable. Exit
/// code 1 when a finding is an error.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data files; a folder or a pattern is one table
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The training data to compare with, or digests of them
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// The column that a model predicts
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// What the label is for, where its values do not say it
    #[arg(long, value_name = "TASK")]
    task: Option<TaskName>,
    /// A column that tells rows, or what they are about, apart; may be repeated
    #[arg(long, value_name = "COLUMN")]
    index: Vec<String>,
    /// The column that says when
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// A column of numbers that is a series over `--time`; may be repeated
    #[arg(long, value_name = "COLUMN")]
    series: Vec<String>,
    /// A column that is not looked at; may be repeated
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// What is declared about personal data
    #[arg(long, value_name = "WHAT")]
    personal_data: Option<Personal>,
    /// Run this check, or group of checks, only; may be repeated
    #[arg(long, value_name = "CODE")]
    only: Vec<String>,
    /// Leave this check, or group of checks, out; may be repeated
    #[arg(long, value_name = "CODE")]
    skip: Vec<String>,
    /// The limits of the checks, where not the usual ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write digests of the rows, to be given as `--train` when the data are gone
    #[arg(long, value_name = "FILE")]
    digests_out: Option<PathBuf>,
    /// Let warnings fail too
    #[arg(long)]
    strict: bool,
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// What a label is for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TaskName {
    Regression,
    Binary,
    Multiclass,
}

/// What is declared about personal data.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Personal {
    /// There are none: what is found is an error
    None,
    /// There are some: what is found is no surprise
    Present,
}

impl Args {
    fn roles(&self) -> Roles {
        Roles {
            label: self.label.clone(),
            index: self.index.clone(),
            time: self.time.clone(),
            series: self.series.clone(),
            ignored: self.ignore.clone(),
            task: self.task.map(|task| match task {
                TaskName::Regression => Task::Regression,
                TaskName::Binary => Task::Binary,
                TaskName::Multiclass => Task::Multiclass,
            }),
        }
    }

    fn demand(&self, folder: &Path) -> Result<Demand, CommandError> {
        let checks = integrity::checks();
        let selection = Selection::new(&checks, &self.only, &self.skip).map_err(|error| {
            let names: Vec<&str> = checks.iter().map(plimsoll_core::Code::as_str).collect();
            CommandError::new(Kind::Usage, error)
                .hint(format!("the checks are {}", names.join(", ")))
        })?;
        let settings = match &self.config {
            Some(path) => settings(&folder.join(path), &path.display().to_string())?,
            None => Settings::default(),
        };
        let personal = match self.personal_data {
            None => Declared::Nothing,
            Some(Personal::None) => Declared::None,
            Some(Personal::Present) => Declared::Present,
        };
        Ok(Demand { selection, settings, personal })
    }
}

pub(super) fn settings(path: &Path, shown: &str) -> Result<Settings, CommandError> {
    let bytes =
        plimsoll_config::read(path).map_err(|error| CommandError::new(Kind::Usage, error))?;
    let value = plimsoll_config::checks(shown, &bytes).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!(
            "{count} mistake{plural} in the limits of checks\n\n{mistakes}"
        ))
    })?;
    serde_json::from_value(value).map_err(|error| CommandError::usage(format!("{shown}: {error}")))
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    ui.agrees_with(matches!(args.format, Form::Text | Form::Json))?;
    if args.digests_out.is_some() && args.files.len() > 1 {
        let files = args.files.len();
        let message = format!("`--digests-out` takes digests of one table, and {files} are named");
        return Err(
            CommandError::usage(message).hint("a folder or a pattern in quotes is one table")
        );
    }
    let demand = args.demand(folder)?;
    let mut training = Training::new(args, folder)?;
    let mut files = Vec::new();
    let mut is_written = true;
    for file in &args.files {
        let tables = Tables::find(&[file], folder, &std::env::temp_dir())?;
        let options = options(args, shown(file, &tables));
        let reference = training.beside(&tables)?;
        let checked = match &args.digests_out {
            None => integrity::check(&tables, &options, &demand, reference)?,
            Some(path) => {
                let (checked, kept) =
                    integrity::check_and_keep(&tables, &options, &demand, reference)?;
                is_written = write_digests(kept, &folder.join(path), ui)?;
                checked
            }
        };
        files.push(File::of(shown(file, &tables), checked, args.strict));
    }
    let document = Document::of(files);
    match args.format {
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(document.sarif()?.as_bytes())?,
        Form::Junit => ui.data(document.junit(args.strict).as_bytes())?,
    }
    Ok(if document.passes() && is_written { Exit::Done } else { Exit::No })
}

/// Returns how a table is called in what is printed.
fn shown(file: &Path, tables: &Tables) -> String {
    if file == Path::new("-") { tables.names().concat() } else { file.display().to_string() }
}

fn options(args: &Args, shown: String) -> Options {
    Options { roles: args.roles(), ..Options::new(shown, std::env::temp_dir()) }
}

/// Writes the digests that were asked for; false where there are none to write.
fn write_digests(kept: Option<Reference>, path: &Path, ui: &mut Ui) -> Result<bool, CommandError> {
    let Some(reference) = kept else {
        ui.warn("no digests were written: what later files are compared with has to be whole");
        return Ok(false);
    };
    reference.write(path)?;
    Ok(true)
}

/// The training data that files are compared with.
enum Training<'a> {
    /// None are named.
    None,
    /// They are gone; their digests remain.
    Digests(Box<Reference>),
    /// They are there. Rows are compared by the columns that both have, so by those of each file.
    Data { args: &'a Args, file: &'a Path, tables: Tables, kept: BTreeMap<Vec<String>, Reference> },
}

impl<'a> Training<'a> {
    fn new(args: &'a Args, folder: &Path) -> Result<Self, CommandError> {
        let Some(file) = &args.train else { return Ok(Self::None) };
        let path = folder.join(file);
        if is_digests(&path) {
            return Ok(Self::Digests(Box::new(Reference::read(&path)?)));
        }
        let tables = Tables::find(&[file], folder, &std::env::temp_dir())?;
        Ok(Self::Data { args, file, tables, kept: BTreeMap::new() })
    }

    /// Returns what `tables` are compared with.
    fn beside(&mut self, tables: &Tables) -> Result<Option<&Reference>, CommandError> {
        let (args, file, training, kept) = match self {
            Self::None => return Ok(None),
            Self::Digests(reference) => return Ok(Some(reference)),
            Self::Data { args, file, tables, kept } => (args, file, tables, kept),
        };
        let names: Vec<String> = match tables.open() {
            Ok(table) => table.columns().iter().map(|field| field.name.clone()).collect(),
            // What is wrong with the file is told when it is checked.
            Err(ReadError::Empty { .. } | ReadError::Unreadable { .. }) => Vec::new(),
            Err(error) => return Err(CommandError::new(Kind::Usage, error)),
        };
        if !kept.contains_key(&names) {
            let reference =
                integrity::refer(training, &options(args, shown(file, training)), Some(&names))?;
            kept.insert(names.clone(), reference);
        }
        Ok(kept.get(&names))
    }
}
