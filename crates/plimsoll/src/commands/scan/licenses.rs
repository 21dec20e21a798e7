//! `plimsoll scan licenses`

mod document;
mod files;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use plimsoll_core::Day;
use plimsoll_scan::bom::{Bill, Component, Of};
use plimsoll_scan::license::notice::{Entry, notice};
use plimsoll_scan::license::{Court, Intent, Policy};

use self::document::Document;
pub(crate) use self::document::{finding, not_audited};
use self::files::Folder;
pub(crate) use self::files::finding_of_file;
use super::named::{Named, Packages, Source};
use super::waivers::Waivers;
use crate::error::{CommandError, Exit, Kind};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::{bill, output_file, ports};

/// Say under which licenses packages and copied files come, and whether they may be used
///
/// Reads what was published with each package: SPDX expressions, classifiers, free text and license
/// files of environments, SBOMs, images and locks. In a folder that is neither environment nor image,
/// files that others made are looked for too: SPDX lines, notices and whole texts in comments, license
/// files, manifests, notebooks. The folder's own license is told by the files at its top, and what
/// comes under it is no finding. Where sources leave more than one license open, or contradict one
/// another, the license is `ambiguous` and never guessed. A policy judges each for what the release is
/// for. Exit code 1 unless everything is allowed. As an SBOM (`--format cyclonedx`, `--format spdx`)
/// nothing is judged, and packages alone are listed.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    named: Named,
    /// A folder whose files are looked at, and nothing else of it; may be repeated
    #[arg(long, value_name = "FOLDER")]
    files: Vec<PathBuf>,
    /// What the release is for
    #[arg(long, value_enum, default_value_t = For::Redistribute)]
    intent: For,
    /// The policy: what is allowed, denied and to be looked at, by license, property and family, with
    /// exceptions. Without it, a usual one for the intent
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A file of `waivers`, as in plimsoll.yaml; each names a finding's code and its `subject`
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Write the NOTICE of all that was found, and the license texts that go with it, into this folder
    #[arg(long, value_name = "FOLDER")]
    notice: Option<PathBuf>,
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// What a release is for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum For {
    /// Used inside of the organisation that makes it
    Internal,
    /// Used by others over a network, who get no copy
    Service,
    /// Copied to others
    Redistribute,
}

impl For {
    fn intent(self) -> Intent {
        match self {
            Self::Internal => Intent::Internal,
            Self::Service => Intent::Service,
            Self::Redistribute => Intent::Redistribute,
        }
    }
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// The document of `--json`.
    Json,
    /// SARIF 2.1.0, which code hosts show beside a change.
    Sarif,
    /// An SBOM, `CycloneDX` 1.6 as JSON: the packages under their licenses, and nothing judged.
    #[value(name = "cyclonedx")]
    CycloneDx,
    /// An SBOM, SPDX 2.3 as JSON: likewise.
    Spdx,
}

impl Form {
    /// Returns which SBOM it is, where it is one.
    fn of_sbom(self) -> Option<bill::Format> {
        match self {
            Self::CycloneDx => Some(bill::Format::CycloneDx),
            Self::Spdx => Some(bill::Format::Spdx),
            Self::Text | Self::Json | Self::Sarif => None,
        }
    }
}

pub(crate) fn run(
    args: &Args,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    ui.agrees_with(matches!(args.format, Form::Text | Form::Json))?;
    if let Some(format) = args.format.of_sbom() {
        return write_sbom(args, format, folder, settings, ui);
    }
    let intent = args.intent.intent();
    let policy = match &args.policy {
        Some(file) => read_policy(file, folder)?.for_intent(intent),
        None => Policy::default_for(intent),
    };
    let waivers = Waivers::read(args.waivers.as_ref(), folder)?;
    let mut repositories = args.named.repositories(folder);
    repositories.extend(args.files.iter().cloned());
    let packages = match repositories.as_slice() {
        [] => args.named.read(folder, settings, ui)?,
        _ => args.named.read_beside_files(folder, settings, ui)?,
    };
    let today = Day::of(ports::now());
    let court = Court { policy: &policy, intent, today };
    let judged = court.judge_packages(&packages.list);
    let mut folders = Vec::new();
    for path in &repositories {
        folders.push(Folder::read(path, folder, court)?);
    }
    if let Some(target) = &args.notice {
        let mut entries = Entry::pair(&packages.list, &judged);
        entries.extend(folders.iter().flat_map(Folder::entries));
        write_notice(&entries, target, folder, ui)?;
    }
    let document = Document::of(intent, packages, judged, folders, &waivers);
    match args.format {
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(document.sarif()?.as_bytes())?,
        // Written above, where nothing is judged.
        Form::CycloneDx | Form::Spdx => {}
    }
    Ok(if document.passes() { Exit::Done } else { Exit::No })
}

/// Writes the packages under their licenses as an SBOM.
fn write_sbom(
    args: &Args,
    format: bill::Format,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let is_judged = args.policy.is_some() || args.waivers.is_some() || args.notice.is_some();
    if is_judged || !args.files.is_empty() {
        let error = CommandError::usage(
            "an SBOM judges nothing, lists packages alone, and has no NOTICE beside it",
        );
        return Err(error
            .hint("leave out `--policy`, `--waivers`, `--notice` and `--files`, or `--format`"));
    }
    let Packages { sources, list, not_audited, notes } = args.named.read(folder, settings, ui)?;
    let bill = Bill {
        of: Of::Packages(named_after(&sources)),
        datasets: Vec::new(),
        base_models: Vec::new(),
        packages: list.into_iter().map(Component::of).collect(),
        image: None,
        gaps: not_audited.iter().map(bill::packages::gap).collect(),
        tool: bill::tool(),
        at: ports::now(),
    };
    let bytes = format.write(&bill)?;
    for note in &notes {
        ui.note(note);
    }
    for gap in &bill.gaps {
        ui.warn(format_args!("not listed for certain: {gap}"));
    }
    ui.data(&bytes)?;
    Ok(Exit::Done)
}

/// Returns a name for what was read: the last part of each path, since an SBOM leaves the machine.
fn named_after(sources: &[Source]) -> String {
    const MOST: usize = 3;
    let last = |source: &Source| {
        let name = Path::new(&source.path).file_name().map(|name| name.to_string_lossy());
        name.map_or_else(|| source.path.clone(), Cow::into_owned)
    };
    let names: Vec<String> = sources.iter().take(MOST).map(last).collect();
    match sources.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Writes the NOTICE, and a file for each distinct text, under names that are made of licenses only.
fn write_notice(
    entries: &[Entry<'_>],
    target: &Path,
    folder: &Path,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let made = notice("Third-party notices", entries);
    for text in &made.texts {
        output_file::write(folder, &target.join("licenses").join(&text.file), &text.text)?;
    }
    // Last, so that it never points to texts that are not there.
    output_file::write(folder, &target.join("NOTICE"), &made.text)?;
    for what in &made.missing {
        ui.warn(format_args!("nobody has the license text that {what} asks for"));
    }
    Ok(())
}

fn read_policy(file: &Path, folder: &Path) -> Result<Policy, CommandError> {
    let shown = file.display().to_string();
    let bytes = plimsoll_config::read(&folder.join(file))
        .map_err(|error| CommandError::new(Kind::Usage, error))?;
    serde_saphyr::from_slice(&bytes).map_err(|error| {
        CommandError::usage(format!("{shown} is no policy of licenses\n\n{error}"))
    })
}
