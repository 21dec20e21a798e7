//! `plimsoll model sbom`

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::{Digest, Reference};
use plimsoll_scan::bom::{Bill, Of};
use plimsoll_scan::license::State;
use serde::Serialize;

use crate::bill::{self, Collected, Format};
use crate::error::{CommandError, Exit};
use crate::output_file;
use crate::ports::Ports;
use crate::ui::{Document, Paint, Ui, paint};

/// Write what a model is made of: an SBOM of its data, packages, licenses and measurements
///
/// CycloneDX is an ML-BOM: a model card with metrics and their intervals, datasets with license and
/// digest, packages and what needs what. What a run observed is told from what is declared. Of a version
/// everything comes from its verified bundle and the record of its run; licenses of packages are read in
/// the environment that the run used, as long as the home has it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// MODEL@VERSION or MODEL@ALIAS, or a run by the beginning of its id or as `latest`
    #[arg(value_name = "MODEL@VERSION|RUN")]
    what: String,
    /// Which document to write
    #[arg(long, value_enum, default_value_t = Format::CycloneDx)]
    format: Format,
    /// Write it to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    if ui.is_json() && args.output.is_none() {
        let error = CommandError::usage("`--json` and the SBOM both want standard output");
        return Err(error.hint("write the SBOM to a file with `--output FILE`"));
    }
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let Collected { bill, notes } = if args.what.contains('@') {
        let usage = |error: &dyn fmt::Display| CommandError::usage(error.to_string());
        let reference: Reference = args.what.parse().map_err(|error| usage(&error))?;
        let version = catalogue.registry.resolve(&reference).await?;
        bill::of_version(&version, None, &catalogue, ports).await?
    } else {
        let run = ports.find_run(&args.what).await?;
        bill::of_run(run, &catalogue, ports).await?
    };
    let bytes = args.format.write(&bill)?;
    for note in &notes {
        ui.note(format_args!("{} {note}", paint(Paint::Warning, "note:")));
    }
    for gap in &bill.gaps {
        ui.warn(format_args!("not listed: {gap}"));
    }
    match &args.output {
        None => ui.data(&bytes)?,
        Some(file) => {
            output_file::write(&ports.folder, file, &bytes)?;
            ui.show(&Written::of(&bill, &bytes, args.format, file, notes))?;
        }
    }
    Ok(Exit::Done)
}

/// What was written.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Written {
    model: String,
    version: String,
    format: &'static str,
    media_type: &'static str,
    path: PathBuf,
    digest: Digest,
    datasets: usize,
    packages: usize,
    licenses: Licenses,
    gaps: Vec<String>,
    notes: Vec<String>,
}

/// How many packages come under a license that is known, and how many not.
#[derive(Default, Serialize)]
struct Licenses {
    known: usize,
    ambiguous: usize,
    unknown: usize,
}

impl Written {
    fn of(
        bill: &Bill,
        bytes: &[u8],
        format: Format,
        path: &std::path::Path,
        notes: Vec<String>,
    ) -> Self {
        let (model, version) = match &bill.of {
            Of::Model(model) => (model.name.clone(), model.version.clone()),
            Of::Packages(name) => (name.clone(), String::new()),
        };
        let mut licenses = Licenses::default();
        for package in &bill.packages {
            match package.license.state() {
                State::Known => licenses.known += 1,
                State::Ambiguous => licenses.ambiguous += 1,
                State::Unknown => licenses.unknown += 1,
            }
        }
        Self {
            model,
            version,
            format: format.name(),
            media_type: format.media_type(),
            path: path.to_owned(),
            digest: Digest::sha256(bytes),
            datasets: bill.datasets.len(),
            packages: bill.packages.len(),
            licenses,
            gaps: bill.gaps.clone(),
            notes,
        }
    }
}

impl Document for Written {
    const SCHEMA: &'static str = "plimsoll.model-sbom/v1";
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, licenses, .. } = self;
        let named = paint(Paint::Strong, format!("{}@{}", self.model, self.version));
        writeln!(f, "{} {named} is written to {}", paint(Paint::Good, "✓"), path.display())?;
        writeln!(f, "  form      {}", self.format)?;
        writeln!(f, "  digest    {}", self.digest)?;
        writeln!(f, "  datasets  {}", self.datasets)?;
        match self.packages {
            0 => writeln!(f, "  packages  none"),
            all => writeln!(
                f,
                "  packages  {all} ({} under a known license, {} ambiguous, {} not known)",
                licenses.known, licenses.ambiguous, licenses.unknown
            ),
        }
    }
}
