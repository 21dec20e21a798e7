//! `plimsoll data selftest`

mod document;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll_core::project::{Dataset, PersonalData};
use plimsoll_core::{Finding, Severity};
use plimsoll_data::drift::{self, DriftError, Given, drift};
use plimsoll_data::integrity::{
    self, Demand, Options, Outcome as CheckOutcome, Reference, Roles, Settings, is_digests,
};
use plimsoll_data::selftest::{Mutation, Trial, UnknownMutation};
use plimsoll_data::{Tables, profile, selftest as trial};

use self::document::{HeldAgainst, Report};
use crate::error::{CommandError, Exit};
use crate::ports;
use crate::project::Declared;
use crate::schema_file::{self, SchemaFile};
use crate::ui::{Progress, Ui};

/// The most rows that a copy may have.
const MOST_ROWS: u64 = 1_000_000;

/// Damage copies of a data file in known ways and say what no check would catch
///
/// Rows drawn from the file are damaged, one way and one column at a time: types, ranges, empty
/// cells, renamed, dropped, added and swapped columns, rows that are there twice, units, encoding, a
/// shuffled label, a shifted distribution. Each copy is held against the checks that are named: the
/// schema, those of `plimsoll data check`, and with `--train` drift. Exit code 1 when one is missed.
/// Of a dataset of the project around, the schema, the target and `personal-data` are those that
/// plimsoll.yaml declares, where nothing else is said.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// The data file; a folder or a pattern is one table
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The schema that data are held against
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Where the table is used, one of the schema's environments; its first if left out
    #[arg(long, value_name = "NAME", requires = "schema")]
    environment: Option<String>,
    /// The training data that it is compared with
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// The column that a model predicts
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// A column that tells rows, or what they are about, apart; may be repeated
    #[arg(long, value_name = "COLUMN")]
    index: Vec<String>,
    /// The column that says when
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// The limits of the checks, where not the usual ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Try this mutation only; may be repeated
    #[arg(long, value_name = "MUTATION", value_parser = mutation)]
    only: Vec<Mutation>,
    /// Leave this mutation out; may be repeated
    #[arg(long, value_name = "MUTATION", value_parser = mutation)]
    skip: Vec<Mutation>,
    /// How many rows are drawn at most
    #[arg(long, value_name = "N", default_value_t = 5000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MOST_ROWS))]
    rows: u64,
    /// How many columns, from the first on, are damaged at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    columns: u64,
    /// Whether the dataset is declared to be without personal data.
    #[arg(skip)]
    no_personal_data: bool,
}

fn mutation(text: &str) -> Result<Mutation, UnknownMutation> {
    text.parse()
}

impl Args {
    /// Takes what the project around declares of the file, where nothing else is said.
    fn declared(mut self, folder: &Path) -> Result<Self, CommandError> {
        let Ok(file) = folder.join(&self.file).canonicalize() else { return Ok(self) };
        let Some(around) = Declared::around(folder)? else { return Ok(self) };
        let is_it = |dataset: &&Dataset| {
            dataset.path.below(&around.root).canonicalize().is_ok_and(|path| path == file)
        };
        let Some(dataset) = around.project.data.values().find(is_it) else { return Ok(self) };
        self.no_personal_data = dataset.personal_data == Some(PersonalData::None);
        if let (None, Some(schema)) = (&self.schema, &dataset.schema) {
            let path = schema.below(&around.root);
            self.schema = Some(path.strip_prefix(folder).map_or(path.clone(), Path::to_owned));
        }
        if let (None, Some(evaluate)) = (&self.label, &around.project.evaluate)
            && dataset.columns.iter().any(|column| column.name == evaluate.target)
        {
            self.label = Some(evaluate.target.clone());
        }
        Ok(self)
    }

    /// Returns what is tried.
    fn mutations(&self) -> Result<BTreeSet<Mutation>, CommandError> {
        let named = if self.only.is_empty() { &Mutation::ALL[..] } else { &self.only };
        let wanted: BTreeSet<Mutation> =
            named.iter().copied().filter(|mutation| !self.skip.contains(mutation)).collect();
        if wanted.is_empty() {
            return Err(CommandError::usage("`--only` and `--skip` leave no mutation to try"));
        }
        if self.only.contains(&Mutation::ShuffledTarget) && self.label.is_none() {
            let message = "`--only shuffled-target` shuffles the label, and none is named";
            return Err(CommandError::usage(message).hint("name it with `--label`"));
        }
        Ok(wanted)
    }
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let args = &args.clone().declared(folder)?;
    let mutations = args.mutations()?;
    let spill = std::env::temp_dir();
    let tables = Tables::find(&[&args.file], folder, &spill)?;
    let checks = Checks::of(args, folder, &tables)?;
    let options = trial::Options {
        rows: usize::try_from(args.rows).unwrap_or(usize::MAX),
        columns: usize::try_from(args.columns).unwrap_or(usize::MAX),
        mutations,
        label: args.label.clone(),
        ..trial::Options::new(spill)
    };
    let trial = Trial::new(&tables, &options)?;
    let progress = Progress::new(ui.is_live());
    let line = progress.spinner("selftest");
    let mut looked = 0;
    let tried = trial.run(|copy| {
        line.set_message(format!("copy {} of {}", looked + 1, trial.copies()));
        let findings = checks.look(copy, looked > 0);
        looked += 1;
        findings
    });
    progress.clear();
    let shown = |path: &PathBuf| path.display().to_string();
    let [schema, train] = [&args.schema, &args.train].map(|path| path.as_ref().map(shown));
    let held = HeldAgainst { schema, train };
    let report = Report::new(shown(&args.file), held, &trial, &options, tried?);
    ui.show(&report)?;
    Ok(if report.passes() { Exit::Done } else { Exit::No })
}

/// The checks that a copy is held against.
struct Checks {
    schema: Option<(SchemaFile, PathBuf)>,
    environment: Option<String>,
    options: Options,
    demand: Demand,
    training: Option<(Reference, Given)>,
    label: Option<String>,
}

impl Checks {
    fn of(args: &Args, folder: &Path, tables: &Tables) -> Result<Self, CommandError> {
        let schema = match &args.schema {
            None => None,
            Some(path) => {
                let whole = folder.join(path);
                let base = whole.parent().map(Path::to_owned).unwrap_or_default();
                let schema = schema_file::read(&whole, &path.display().to_string())?;
                schema.table.in_environment(args.environment.as_deref())?;
                Some((schema, base))
            }
        };
        let settings = match &args.config {
            None => Settings::default(),
            Some(path) => super::check::settings(&folder.join(path), &path.display().to_string())?,
        };
        let roles = Roles {
            label: args.label.clone(),
            index: args.index.clone(),
            time: args.time.clone(),
            ..Roles::default()
        };
        let shown = args.file.display().to_string();
        let options = Options { roles, ..Options::new(shown, std::env::temp_dir()) };
        let training = match &args.train {
            None => None,
            Some(path) => Some(training(path, folder, tables, &options)?),
        };
        let mut personal = plimsoll_data::personal::Declared::default();
        if args.no_personal_data {
            personal = plimsoll_data::personal::Declared::None;
        }
        let demand = Demand { settings, personal, ..Demand::default() };
        let (environment, label) = (args.environment.clone(), args.label.clone());
        Ok(Self { schema, environment, options, demand, training, label })
    }

    /// Returns what is found in a copy. What cannot be looked at is an error of the command as long
    /// as the copy is whole; later it is what the damage did.
    fn look(&self, copy: &Tables, is_damaged: bool) -> Result<Vec<Finding>, CommandError> {
        let mut findings = Vec::new();
        if let Some((schema, base)) = &self.schema {
            let options = plimsoll_data::Options {
                clock: Some(ports::now()),
                environment: self.environment.clone(),
                base: base.clone(),
                ..plimsoll_data::Options::new(self.options.shown_as.clone(), std::env::temp_dir())
            };
            let copy = copy.clone();
            findings.extend(plimsoll_data::validate(copy, &schema.table, &options)?.findings);
        }
        let reference = self.training.as_ref().map(|(reference, _)| reference);
        let checked = integrity::check(copy, &self.options, &self.demand, reference)?;
        if !is_damaged && checked.outcome() == CheckOutcome::Error {
            let is_error = |finding: &&Finding| finding.severity == Severity::Error;
            let said = checked.findings.iter().filter(is_error).map(|found| found.message.clone());
            return Err(CommandError::usage(said.collect::<Vec<_>>().join("; ")));
        }
        findings.extend(checked.findings);
        if let Some((_, reference)) = &self.training {
            match self.drifted(reference, copy) {
                Ok(found) => findings.extend(found),
                Err(error) if is_damaged => {
                    let code = drift::code::DRIFT_ERROR;
                    findings.push(Finding::new(code, Severity::Error, error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(findings)
    }

    fn drifted(&self, reference: &Given, copy: &Tables) -> Result<Vec<Finding>, DriftError> {
        let reading = profile::Options::default();
        let current = Given::files(&self.options.shown_as, copy.clone(), &reading)?;
        let options = drift::Options { target: self.label.clone(), ..drift::Options::default() };
        Ok(drift(reference, &current, &options)?.findings)
    }
}

fn training(
    path: &Path,
    folder: &Path,
    tables: &Tables,
    options: &Options,
) -> Result<(Reference, Given), CommandError> {
    let shown = path.display().to_string();
    if is_digests(&folder.join(path)) {
        let message = format!("{shown} holds digests, which drift cannot be judged by");
        return Err(CommandError::usage(message).hint("name the training data themselves"));
    }
    let table = tables.open().map_err(|error| CommandError::usage(error.to_string()))?;
    let names: Vec<String> = table.columns().iter().map(|field| field.name.clone()).collect();
    let training = Tables::find(&[path], folder, &std::env::temp_dir())?;
    let options = Options { shown_as: shown.clone(), ..options.clone() };
    let reference = integrity::refer(&training, &options, Some(&names))?;
    Ok((reference, Given::files(&shown, training, &profile::Options::default())?))
}
