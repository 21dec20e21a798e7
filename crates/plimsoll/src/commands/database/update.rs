//! `plimsoll database update`

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use plimsoll_scan::vulnerability::DatabaseBuilder;

use super::show::Document;
use crate::commands::scan::advisories;
use crate::error::{CommandError, Exit, Kind};
use crate::ports;
use crate::settings::Settings;
use crate::ui::{Progress, Ui};

/// Make the advisory database of exports of OSV
///
/// OSV exports one zip for each ecosystem, `https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip`
/// and so on, which any mirror or copy will do for. The database replaces the one that is there, wholly
/// or not at all, and scans need nothing else. The same exports give the same bytes.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Zips of records, or folders of records and zips
    #[arg(required = true, value_name = "EXPORT")]
    exports: Vec<PathBuf>,
    /// Where to write it, instead of into the home
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let target = match &args.output {
        Some(file) => folder.join(file),
        None => advisories::file(&settings.home),
    };
    let progress = Progress::new(ui.is_live());
    let bar = progress.spinner("reading");
    let now = ports::now();
    let mut exports = DatabaseBuilder::new();
    for export in &args.exports {
        let shown = export.display().to_string();
        bar.set_message(shown.clone());
        // Nobody knows when a file was retrieved; its newest advisory tells how old it is at most.
        advisories::add(&mut exports, &folder.join(export), &shown, None)?;
    }
    if exports.is_empty() {
        return Err(CommandError::usage("the exports hold no advisory that can be read")
            .hint("the database that is there was left as it is"));
    }
    bar.set_message("writing the database");
    write(exports, &target)?;
    bar.finish_and_clear();
    let shown = target.display().to_string();
    let document = Document::of(shown.clone(), &advisories::index(&target, &shown)?, now);
    ui.show(&document)?;
    // What could not be read may concern a package: scans by this database do not pass.
    Ok(if document.is_whole() { Exit::Done } else { Exit::No })
}

/// Writes beside the target first, so that nobody reads half of a database.
fn write(exports: DatabaseBuilder, target: &Path) -> Result<(), CommandError> {
    let shown = target.display();
    let unwritten = |error: std::io::Error| {
        CommandError::world(format!("{shown} could not be written: {error}"))
    };
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritten)?;
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(unwritten)?;
    let mut buffered: BufWriter<&mut File> = BufWriter::new(file.as_file_mut());
    exports.write(&mut buffered).map_err(|error| CommandError::new(Kind::World, error))?;
    buffered.flush().map_err(unwritten)?;
    drop(buffered);
    file.as_file().sync_all().map_err(unwritten)?;
    file.persist(target).map_err(|error| unwritten(error.error))?;
    Ok(())
}
