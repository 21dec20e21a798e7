//! `plimsoll data validate`

mod document;
mod junit;

use std::path::{Path, PathBuf};

use plimsoll_core::Timestamp;
use plimsoll_data::{Options, Tables};

use self::document::{File, Validated};
use super::Form;
use crate::error::{CommandError, Exit};
use crate::ui::Ui;
use crate::{ports, sarif, schema_file};

/// How many examples a finding may have at most.
const MOST_EXAMPLES: u64 = 1000;

/// Check data files against a schema
///
/// CSV, TSV, JSON lines, Parquet and Arrow, read in bounded memory. A folder or a pattern in quotes
/// is one table of all its files, `-` is standard input. Exit code 1 when a table is not valid.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The data files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The schema, as `plimsoll data schema` proposes one
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// Where the tables are used, one of the schema's environments; its first if left out
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// How many rows a finding shows
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=MOST_EXAMPLES))]
    examples: u64,
    /// Let warnings fail too
    #[arg(long)]
    strict: bool,
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// What time it is for `fresh` and `now`, like 2012-01-31T23:00:00Z; the present if left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    match text.parse::<jiff::Timestamp>() {
        Ok(moment) => Ok(Timestamp::from_millis(moment.as_millisecond())),
        Err(_) => Err("expected a time like 2012-01-31T23:00:00Z".to_owned()),
    }
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    ui.agrees_with(matches!(args.format, Form::Text | Form::Json))?;
    let shown = args.schema.display().to_string();
    let schema_path = folder.join(&args.schema);
    let schema = schema_file::read(&schema_path, &shown)?;
    // Before any file is read: a misspelt name would let every rule of its kind pass.
    schema.table.in_environment(args.environment.as_deref())?;
    let clock = args.at.unwrap_or_else(ports::now);
    let mut files = Vec::new();
    for file in &args.files {
        let spill = std::env::temp_dir();
        let tables = Tables::find(&[file], folder, &spill)?;
        let shown = if file == Path::new("-") {
            tables.names().concat()
        } else {
            file.display().to_string()
        };
        let options = Options {
            clock: Some(clock),
            environment: args.environment.clone(),
            base: schema_path.parent().map(Path::to_owned).unwrap_or_default(),
            examples: usize::try_from(args.examples).unwrap_or_default(),
            ..Options::new(shown.clone(), spill)
        };
        let mut checked = plimsoll_data::validate(tables, &schema.table, &options)?;
        schema.place(&mut checked.findings);
        files.push(File::of(shown, checked));
    }
    let document = Validated::of(files, args.strict);
    let valid = document.valid;
    match args.format {
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(sarif::write(document.results())?.as_bytes())?,
        Form::Junit => {
            let environment = schema.table.in_environment(args.environment.as_deref())?;
            ui.data(junit::write(&document, &environment, args.strict).as_bytes())?;
        }
    }
    Ok(if valid { Exit::Done } else { Exit::No })
}
