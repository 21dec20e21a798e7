//! `plimsoll data profile`

mod shown;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use plimsoll_core::{Finding, Severity};
use plimsoll_data::Tables;
use plimsoll_data::profile::{Associations, Blocks, Options, Profile, Target, profile};
use plimsoll_evaluate::profile as page;

use self::shown::Shown;
use crate::error::{CommandError, Exit, Kind};
use crate::output_file;
use crate::ui::{Progress, Ui};

/// Sum up data: what each column holds, and what goes along with what
///
/// Reads CSV, TSV, JSON lines, Parquet and Arrow, also compressed, once and in bounded memory;
/// several files are one table. A stored profile stands for the rows that it was made of. Exit code
/// 1 when rows could not be read: they are not in the profile, which is not stored then.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Data files, folders, patterns, `-` for standard input, or stored profiles
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The column that is to be predicted: show how the others go along with it
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// The column whose values say which rows belong together, of time stamps each day; kept in the
    /// profile, so that `data drift` knows how far rows repeat each other. Reads the files twice
    #[arg(long, value_name = "COLUMN")]
    block: Option<String>,
    /// Store the profile in this file, for `data drift` and to be put together with others
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a page with plots to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, folder: &Path, ui: &mut Ui) -> Result<Exit, CommandError> {
    let found = Found::of(args, folder, ui)?;
    if let Some(name) = &args.target
        && found.profile.column(name).is_none()
    {
        let message = format!("the profile has no column `{name}`");
        return Err(CommandError::usage(message));
    }
    let is_damaged = found.damage.iter().any(|finding| finding.severity == Severity::Error);
    // Whoever compares with a stored profile is not told what it lacks.
    let output = args.output.as_deref().filter(|_| !is_damaged);
    let shown = Shown::of(args, output, &found);
    if let Some(output) = output {
        let bytes = found.profile.to_bytes();
        let bytes = bytes.map_err(|error| CommandError::new(Kind::Bug, error))?;
        output_file::write(folder, output, bytes)?;
    }
    if let Some(html) = &args.html {
        let text = page::html(&page::Page {
            files: &shown.files,
            summary: &shown.summary,
            associations: &found.associations,
            target: found.target.as_ref(),
            findings: &found.damage,
        });
        let text = text.map_err(|error| CommandError::new(Kind::Bug, error))?;
        output_file::write(folder, html, text)?;
    }
    ui.show(&shown)?;
    for (what, file) in [("profile", output), ("page", args.html.as_deref())] {
        if let Some(file) = file {
            ui.note(format_args!("{what}: {}", file.display()));
        }
    }
    if let Some(lost) = args.output.as_ref().filter(|_| is_damaged) {
        ui.warn(format_args!(
            "{} was not written: the profile lacks the rows that could not be read",
            lost.display()
        ));
    }
    Ok(if is_damaged { Exit::No } else { Exit::Done })
}

/// What was read.
struct Found {
    profile: Profile,
    associations: Associations,
    target: Option<Target>,
    damage: Vec<Finding>,
}

impl Found {
    fn of(args: &Args, folder: &Path, ui: &Ui) -> Result<Self, CommandError> {
        let mut all: Option<Self> = None;
        let is_stored = |file: &PathBuf| Profile::is_profile(&folder.join(file));
        // Files of rows that follow each other are one table.
        for files in args.files.chunk_by(|a, b| !is_stored(a) && !is_stored(b)) {
            let next = match files {
                [file] if is_stored(file) => Self::stored(&folder.join(file), args)?,
                files => Self::rows(files, args, folder, ui)?,
            };
            match &mut all {
                Some(all) => all.merge(next, args)?,
                None => all = Some(next),
            }
        }
        all.ok_or_else(|| CommandError::usage("no file is named"))
    }

    fn stored(path: &Path, args: &Args) -> Result<Self, CommandError> {
        let profile = Profile::read(path)?;
        if let Some(block) = &args.block
            && profile.blocks().map(Blocks::column) != Some(block)
        {
            let shown = path.display();
            return Err(CommandError::usage(format!("{shown} does not know blocks by `{block}`"))
                .hint("blocks are counted from the rows: make the profile with --block"));
        }
        let associations = profile.associations();
        let target = args.target.as_ref().and_then(|name| profile.target(name));
        Ok(Self { profile, associations, target, damage: Vec::new() })
    }

    fn rows(files: &[PathBuf], args: &Args, folder: &Path, ui: &Ui) -> Result<Self, CommandError> {
        let mut tables = Tables::find(files, folder, &std::env::temp_dir())?;
        if args.block.is_none() {
            tables = tables.read_once();
        }
        let progress = Progress::new(ui.is_live());
        let line = progress.spinner("profile");
        let read = AtomicU64::new(0);
        let watch = |rows| {
            let read = read.fetch_add(rows, Ordering::Relaxed) + rows;
            line.set_message(format!("{read} rows"));
        };
        let options = Options {
            target: args.target.as_deref(),
            block: args.block.as_deref(),
            watch: &watch,
            ..Options::default()
        };
        let found = profile(&tables, &options);
        progress.clear();
        let found = found?;
        Ok(Self {
            profile: found.profile,
            associations: found.associations,
            target: found.target,
            damage: found.damage,
        })
    }

    fn merge(&mut self, next: Self, args: &Args) -> Result<(), CommandError> {
        self.profile.merge(next.profile)?;
        self.associations = self.profile.associations();
        self.target = args.target.as_ref().and_then(|name| self.profile.target(name));
        self.damage.extend(next.damage);
        Ok(())
    }
}
