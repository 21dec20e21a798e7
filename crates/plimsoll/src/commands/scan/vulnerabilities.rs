//! `plimsoll scan vulnerabilities`

mod document;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use plimsoll_scan::vulnerability::{AuditOptions, MAX_VEX_BYTES, Rating, Vex, audit};

pub(crate) use self::document::Document;
pub(crate) use self::document::findings;
use super::Form;
pub(crate) use super::named::{Image, Told};
use super::named::{Named, Packages};
use super::waivers::Waivers;
use super::{advisories, deployed};
use crate::error::{CommandError, Exit, Kind};
use crate::ports::{self, Ports};
use crate::settings::Settings;
use crate::ui::Ui;

/// Say which advisories concern the packages that something names
///
/// Reads requirements and locks (pip, uv, poetry, PDM, Pipenv, conda, Cargo, npm, pnpm, yarn, Go),
/// environments, SBOMs, container images and binaries, and holds each package against OSV advisories
/// by the rules of its own ecosystem. Nothing is fetched. What cannot be judged, such as a package
/// without an exact version, is told and blocks. Exit code 1 when something blocks.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    named: Named,
    /// The released versions that an alias points at, by the packages in their bundles
    #[arg(long)]
    deployed: bool,
    /// With --deployed: look them up in this folder instead of the home
    #[arg(long, value_name = "FOLDER", requires = "deployed")]
    registry: Option<PathBuf>,
    #[command(flatten)]
    how: How,
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// How packages are held against advisories.
#[derive(clap::Args, Debug)]
pub(crate) struct How {
    /// What `plimsoll database update` wrote, or an export of OSV as it is: a zip, or a folder of
    /// records; may be repeated. Without it, the database of the home
    #[arg(long, value_name = "DATABASE")]
    database: Vec<PathBuf>,
    /// How many days old the database may be
    #[arg(long, value_name = "DAYS")]
    max_age: Option<u32>,
    /// The least severity that blocks; what nobody rated always does
    #[arg(long, value_enum, value_name = "SEVERITY")]
    severity: Option<Least>,
    /// Only list what nobody has fixed yet
    #[arg(long)]
    ignore_unfixed: bool,
    /// What is known better: OpenVEX or CycloneDX VEX; may be repeated
    #[arg(long, value_name = "FILE")]
    vex: Vec<PathBuf>,
    /// What the packages are part of, as VEX names it: a package URL; may be repeated
    #[arg(long, value_name = "PURL")]
    product: Vec<String>,
    /// A file of `waivers`, as in plimsoll.yaml; each names a finding's code and its `subject`
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

impl How {
    /// Tells whether databases are named.
    pub(crate) fn has_databases(&self) -> bool {
        !self.database.is_empty()
    }

    /// Returns the file of waivers, where one is named.
    pub(crate) fn waivers(&self) -> Option<&PathBuf> {
        self.waivers.as_ref()
    }
}

/// The least severity that blocks.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Least {
    Low,
    Medium,
    High,
    Critical,
}

impl Least {
    fn rating(self) -> Rating {
        match self {
            Self::Low => Rating::Low,
            Self::Medium => Rating::Medium,
            Self::High => Rating::High,
            Self::Critical => Rating::Critical,
        }
    }
}

pub(crate) async fn run(
    args: &Args,
    folder: &Path,
    settings: Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    ui.agrees_with(matches!(args.format, Form::Text | Form::Json))?;
    let packages = if !args.deployed {
        args.named.read(folder, &settings, ui)?
    } else if args.named.is_empty() {
        let ports = Ports::open(settings.clone(), folder.to_owned()).await?;
        deployed::packages(args.registry.as_deref(), &ports).await?
    } else {
        return Err(CommandError::usage("`--deployed` takes no other packages beside it"));
    };
    let document = audited(packages, &args.how, folder, &settings)?;
    match args.format {
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(document.sarif()?.as_bytes())?,
    }
    Ok(if document.passes() { Exit::Done } else { Exit::No })
}

/// Holds what an image has against advisories: what it says that it has, and what is told besides.
pub(crate) fn of_image(
    image: &Image<'_>,
    how: &How,
    folder: &Path,
    settings: &Settings,
) -> Result<Document, CommandError> {
    audited(Packages::of_image(image)?, how, folder, settings)
}

/// Holds packages against advisories.
fn audited(
    packages: Packages,
    how: &How,
    folder: &Path,
    settings: &Settings,
) -> Result<Document, CommandError> {
    let waivers = Waivers::read(how.waivers.as_ref(), folder)?;
    let mut databases = advisories::open(&how.database, folder, &settings.home)?;
    let vex: Vec<Vex> = how
        .vex
        .iter()
        .map(|file| read_vex(&folder.join(file), &file.display().to_string()))
        .collect::<Result<_, _>>()?;
    let options = AuditOptions {
        threshold: how.severity.map_or(Rating::None, Least::rating),
        ignore_unfixed: how.ignore_unfixed,
        vex: &vex,
        products: &how.product,
        ..AuditOptions::default()
    };
    let known: Vec<_> =
        packages.list.iter().filter(|package| package.version.is_some()).cloned().collect();
    let audit = audit(&mut databases, &known, &options)
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    Ok(Document::of(packages, audit, how.max_age, ports::now(), &waivers))
}

/// Reads statements from a file that messages call `shown`.
pub(crate) fn read_vex(file: &Path, shown: &str) -> Result<Vex, CommandError> {
    let unread = |error| CommandError::usage(format!("{shown} could not be read: {error}"));
    let mut bytes = Vec::new();
    // One byte more than may be there tells that there are more.
    let most = MAX_VEX_BYTES as u64 + 1;
    File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unread)?;
    Vex::parse(shown, &bytes).map_err(|error| CommandError::usage(format!("{shown}: {error}")))
}
