//! `plimsoll scan licenses`

mod document;

use std::path::{Path, PathBuf};

use plimsoll_core::Day;
use plimsoll_scan::Package;
use plimsoll_scan::license::notice::{Entry, notice};
use plimsoll_scan::license::{Court, Intent, JudgedPackage, Policy};

use self::document::Document;
pub(crate) use self::document::{finding, not_audited};
use super::named::Named;
use crate::error::{CommandError, Exit, Kind};
use crate::ui::Ui;
use crate::{output_file, ports};

/// Say under which licenses the packages come that something names, and whether they may be used
///
/// Reads what was published with each package: SPDX expressions, classifiers, free text and license
/// files of environments, SBOMs, images and locks. Where sources leave more than one license open, or
/// contradict one another, the license is `ambiguous` and never guessed. A policy judges each for what
/// the release is for. Exit code 1 unless every package is allowed.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    named: Named,
    /// What the release is for
    #[arg(long, value_enum, default_value_t = For::Redistribute)]
    intent: For,
    /// The policy: what is allowed, denied and to be looked at, by license, property and family, with
    /// exceptions. Without it, a usual one for the intent
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write the NOTICE of these packages, and the license texts that go with it, into this folder
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
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    if ui.is_json() && args.format == Form::Sarif {
        return Err(CommandError::usage("`--json` and `--format` ask for different forms"));
    }
    let intent = args.intent.intent();
    let policy = match &args.policy {
        Some(file) => read_policy(file, folder)?.for_intent(intent),
        None => Policy::default_for(intent),
    };
    let packages = args.named.read(folder)?;
    let today = Day::of(ports::now());
    let court = Court { policy: &policy, intent, today };
    let judged = court.judge_packages(&packages.list);
    if let Some(target) = &args.notice {
        write_notice(&packages.list, &judged, target, folder, ui)?;
    }
    let document = Document::of(intent, packages, judged);
    match args.format {
        Form::Text => ui.show(&document)?,
        Form::Json => ui.show_json(&document)?,
        Form::Sarif => ui.data(document.sarif()?.as_bytes())?,
    }
    Ok(if document.passes() { Exit::Done } else { Exit::No })
}

/// Writes the NOTICE, and a file for each distinct text, under names that are made of licenses only.
fn write_notice(
    packages: &[Package],
    judged: &[JudgedPackage],
    target: &Path,
    folder: &Path,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let made = notice("Third-party notices", &Entry::pair(packages, judged));
    for text in &made.texts {
        output_file::write(folder, &target.join("licenses").join(&text.file), &text.text)?;
    }
    // Last, so that it never points to texts that are not there.
    output_file::write(folder, &target.join("NOTICE"), &made.text)?;
    for package in &made.missing {
        ui.warn(format_args!("nobody has the license text that {package} asks for"));
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
