//! Whether the finished image may leave: its packages against advisories.

use std::path::Path;

use plimsoll_core::Digest;
use plimsoll_package::base::{Base, Ground};
use plimsoll_predict::runtime::Library;
use plimsoll_scan::inventory::NotAudited;
use plimsoll_scan::package::Place;
use serde::Serialize;

use crate::commands::scan::advisories;
use crate::commands::scan::vulnerabilities::{self, How, Image, Told};
use crate::error::{CommandError, Kind};
use crate::ports::Ports;
use crate::ui::Ui;

/// What this very program was built of.
const CRATES: &str = include_str!("../../../../../Cargo.lock");

/// What is known of the image besides what its package databases say.
pub(super) struct Known<'a> {
    pub(super) base: Ground<'a>,
    pub(super) library: &'a Library,
    /// Whether the program in it is this very program.
    pub(super) is_own_program: bool,
}

/// A scan that found nothing that blocks.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Scanned {
    verdict: &'static str,
    pub(super) packages: usize,
    databases: Vec<Digest>,
}

/// Holds the image in `layout` against advisories, and refuses it where something blocks.
pub(super) fn judge(
    name: &str,
    layout: &Path,
    known: &Known<'_>,
    how: &How,
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Scanned, CommandError> {
    let mut texts = Vec::new();
    let mut unknown = Vec::new();
    let mut untold = |name: &str, path: String, why: &str| {
        unknown.push(NotAudited {
            ecosystem: None,
            name: name.to_owned(),
            version: None,
            why: why.to_owned(),
            place: Place { path, line: None },
        });
    };
    if let Some(build) = known.library.build() {
        let wheel = format!("onnxruntime=={}\n", build.version);
        texts.push(("ONNX Runtime", Told::Requirements, wheel));
    } else {
        let path = known.library.path.display().to_string();
        untold("onnxruntime", path, "it is no build whose SHA-256 is known");
    }
    if known.is_own_program {
        texts.push(("plimsoll's crates", Told::Lock, CRATES.to_owned()));
    } else {
        let why = "it was named by `--binary`, and what it was built of is not known here";
        untold("plimsoll", "usr/bin/plimsoll".to_owned(), why);
    }
    // Of another base, its own databases of packages say what it has.
    let made = match known.base {
        Ground::Made(base) => Some(base),
        Ground::Foreign(_) => None,
    };
    for file in made.into_iter().flat_map(Base::unattributed) {
        untold(&file.path, file.path.clone(), "no package of this machine says that it has it");
    }
    let image = Image { layout, shown: name, texts, unknown };
    let document = vulnerabilities::of_image(&image, how, &ports.folder, &ports.settings)?;
    if document.passes() {
        let (packages, databases) = (document.packages(), document.databases().collect());
        return Ok(Scanned { verdict: "pass", packages, databases });
    }
    ui.show(&document)?;
    let message = format!("{name} is not packaged: the scan of its image does not pass");
    Err(CommandError::new(Kind::No, message).hint(
        "each finding says what helps; `--severity`, `--ignore-unfixed`, `--vex` and `--waivers` say what may stay",
    ))
}

/// Refuses to begin what cannot be scanned: without advisories nothing is found, whatever is there.
pub(super) fn is_possible(how: &How, ports: &Ports) -> Result<(), CommandError> {
    let file = advisories::file(&ports.settings.home);
    if !how.has_databases() && !file.exists() {
        let message =
            format!("there is no advisory database {} to scan the image with", file.display());
        return Err(CommandError::usage(message).hint(
            "`plimsoll database update --ecosystem Debian` makes one; `--no-scan` packages without a scan",
        ));
    }
    Ok(())
}
