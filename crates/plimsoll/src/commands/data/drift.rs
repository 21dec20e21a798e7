//! `plimsoll data drift`

mod display;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use plimsoll_core::Severity;
use plimsoll_data::Tables;
use plimsoll_data::drift::{DriftError, Given, Method, Options, Report, Rule, Tested, drift};
use plimsoll_data::profile::{self, Profile};
use plimsoll_stats::drift::decide::{Answer, Limits};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::output_file;
use crate::ui::{Document, Ui};

/// Say whether data have drifted from a reference
///
/// Each is a file, a folder or pattern of files, or a stored profile. A column has drifted when an
/// effect of a stated size is there, and a test says so after correction for the number of columns.
/// Exit code 1 when one has.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// What to compare with
    reference: PathBuf,
    /// What to look at
    current: PathBuf,
    /// Rows with one value of this column belong together, of time stamps rows of one day
    #[arg(long, value_name = "COLUMN")]
    block: Option<String>,
    /// Compare these columns only
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// The column that a model is to predict
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// Judge the shape of columns by this method where it applies; may be repeated
    #[arg(long, value_name = "METHOD", value_parser = method)]
    method: Vec<Method>,
    /// The limit of these methods: p of a test, else a distance (default: 0.05 and 0.1)
    #[arg(long, value_name = "NUMBER", requires = "method", value_parser = limit)]
    threshold: Option<f64>,
    /// Judge the shape of one column by a method; may be repeated
    #[arg(long = "column", value_name = "NAME=METHOD[:LIMIT]", value_parser = of_column)]
    of_columns: Vec<(String, Rule)>,
    /// How p-values of blocks are computed
    #[arg(long, value_enum, default_value_t = Test::Formula)]
    test: Test,
    /// The smallest share of moved rows that counts
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    minimum: f64,
    /// Look at all columns together as well, with a classifier
    #[arg(long)]
    classifier: bool,
    /// What becomes of columns with too few rows to tell
    #[arg(long, value_enum, default_value_t = Undecided::Warn)]
    undecided: Undecided,
    /// Write a page with plots to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// How p-values of blocks are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Test {
    /// From the variance between blocks
    Formula,
    /// By exchanging whole blocks between the sides
    Permute,
}

/// What becomes of columns with too few rows to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Undecided {
    /// A warning
    Warn,
    /// Exit code 1
    Block,
}

fn method(text: &str) -> Result<Method, String> {
    text.parse().map_err(|error: plimsoll_data::drift::UnknownMethod| error.to_string())
}

fn limit(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if number > 0.0 && number.is_finite() { Ok(number) } else { Err("it is to be above 0".into()) }
}

fn share(text: &str) -> Result<f64, String> {
    let number = limit(text)?;
    if number < 1.0 { Ok(number) } else { Err("it is to be below 1".into()) }
}

/// Reads `NAME=METHOD` or `NAME=METHOD:LIMIT`; a name may hold `=`, a method may not.
fn of_column(text: &str) -> Result<(String, Rule), String> {
    let (name, rule) = text.rsplit_once('=').ok_or("write NAME=METHOD or NAME=METHOD:LIMIT")?;
    let (method, threshold) = match rule.split_once(':') {
        Some((method, number)) => (method, Some(limit(number)?)),
        None => (rule, None),
    };
    Ok((name.to_owned(), Rule::new(self::method(method)?, threshold)))
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let options = options(args)?;
    let reading = profile::Options { threads: options.threads, ..profile::Options::default() };
    let reference = given(&args.reference, folder, &reading)?;
    let current = given(&args.current, folder, &reading)?;
    let report = drift(&reference, &current, &options)?;
    if let Some(path) = &args.html {
        let page = plimsoll_evaluate::drift::html(&report)
            .map_err(|error| CommandError::world(error.to_string()))?;
        output_file::write(folder, path, page)?;
    }
    let exit = exit(&report, args.undecided);
    ui.show(&Compared { verdict: if exit == Exit::Done { "pass" } else { "block" }, report })?;
    Ok(exit)
}

fn options(args: &Args) -> Result<Options, CommandError> {
    if args.test == Test::Permute && args.block.is_none() {
        return Err(CommandError::usage(
            "`--test permute` exchanges whole blocks, and no block is named",
        )
        .hint("name the column that makes rows a block: --block COLUMN"));
    }
    if let Some(threshold) = args.threshold {
        let tests = args.method.iter().filter(|method| method.is_test()).count();
        if tests > 0 && tests < args.method.len() {
            let message =
                "`--threshold` is a p-value of some of these methods and a distance of others";
            return Err(CommandError::usage(message)
                .hint("name the limit of each column: --column NAME=METHOD:LIMIT"));
        }
        if tests > 0 && threshold >= 1.0 {
            let message = format!("`--threshold {threshold}` is no p-value (expected below 1)");
            return Err(CommandError::usage(message));
        }
    }
    let mut of_columns = BTreeMap::new();
    for (name, rule) in &args.of_columns {
        if rule.method.is_test() && rule.threshold >= 1.0 {
            let limit = rule.threshold;
            let message = format!("`--column {name}=…:{limit}` is no p-value (expected below 1)");
            return Err(CommandError::usage(message));
        }
        if of_columns.insert(name.clone(), *rule).is_some() {
            return Err(CommandError::usage(format!("`--column {name}=…` is there twice")));
        }
    }
    Ok(Options {
        limits: Limits { shape: args.minimum, ..Limits::default() },
        block: args.block.clone(),
        tested: match args.test {
            Test::Formula => Tested::ByFormula,
            Test::Permute => Tested::Permuted,
        },
        columns: args.columns.clone(),
        target: args.target.clone(),
        methods: args.method.iter().map(|&method| Rule::new(method, args.threshold)).collect(),
        of_columns,
        together: args.classifier,
        ..Options::default()
    })
}

fn given(
    path: &Path,
    folder: &Path,
    reading: &profile::Options<'_>,
) -> Result<Given, CommandError> {
    let shown = path.display().to_string();
    let whole = folder.join(path);
    if Profile::is_profile(&whole) {
        return Ok(Given::stored(&shown, &whole)?);
    }
    let tables = Tables::find(&[path], folder, &std::env::temp_dir())?;
    Ok(Given::files(&shown, tables, reading)?)
}

/// Drift and what could not be measured are a no; what is undecided only where that is asked for.
fn exit(report: &Report, undecided: Undecided) -> Exit {
    let failed = report.findings.iter().any(|finding| finding.severity == Severity::Error);
    let is_open = report.columns.iter().any(|column| column.answer == Answer::Undecided);
    let open = report.answer == Answer::Undecided || is_open;
    match report.answer {
        Answer::Yes | Answer::Error => Exit::No,
        _ if failed || (open && undecided == Undecided::Block) => Exit::No,
        Answer::No | Answer::Undecided => Exit::Done,
    }
}

/// The document: `plimsoll.data-drift/v1`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Compared {
    verdict: &'static str,
    #[serde(flatten)]
    report: Report,
}

impl Document for Compared {
    const SCHEMA: &'static str = "plimsoll.data-drift/v1";
}

impl From<DriftError> for CommandError {
    fn from(error: DriftError) -> Self {
        let hint = match &error {
            DriftError::NoBlock { .. } => Some("fill the column, or name another one"),
            DriftError::Changed { .. } => Some("compare a copy that nobody writes to"),
            DriftError::Method { .. } => Some("without --column the default is used"),
            _ => None,
        };
        let error = Self::new(crate::error::Kind::Usage, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
