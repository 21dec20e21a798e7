//! Files of others in the folders that are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::{Finding, Severity};
use plimsoll_scan::license::notice::Entry;
use plimsoll_scan::license::{self, Court, JudgedFile, Own, Skipped, Verdict, copied};
use serde::Serialize;

use super::document::{Refused, colour};
use crate::error::{CommandError, Kind};
use crate::ui::{Cell, Paint, Table, paint};

/// How many sources of the own license are named.
const MOST_SOURCES: usize = 4;

/// A folder whose files were looked at.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Folder {
    path: String,
    own: Own,
    files: usize,
    own_files: usize,
    skipped: Vec<Skipped>,
    #[serde(skip)]
    found: Vec<license::Copied>,
    #[serde(skip)]
    judged: Vec<JudgedFile>,
}

/// A file of somebody else's.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Copied {
    /// The folder that was looked at.
    folder: String,
    #[serde(flatten)]
    file: JudgedFile,
}

impl Folder {
    /// Looks at the files of the folder `path`, as it was named in `folder`.
    pub(super) fn read(path: &Path, folder: &Path, court: Court<'_>) -> Result<Self, CommandError> {
        let shown = path.display().to_string();
        let full = folder.join(path);
        if !full.is_dir() {
            return Err(CommandError::usage(format!("{shown} is no folder"))
                .hint("name the folder that the file lies in: its license files tell of it too"));
        }
        let tree = copied::walk(&full, &BTreeSet::new())
            .map_err(|error| CommandError::new(Kind::Usage, error))?;
        if tree.files == 0 {
            let message = format!("there is no file in {shown}, so nothing to look at");
            return Err(CommandError::usage(message));
        }
        let judged = tree.found.iter().map(|copied| court.judge_file(copied)).collect();
        Ok(Self {
            path: shown,
            own: tree.own,
            files: tree.files,
            own_files: tree.own_files,
            skipped: tree.skipped,
            found: tree.found,
            judged,
        })
    }

    /// Returns what a NOTICE says of the files.
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        Entry::pair_files(&self.found, &self.judged)
    }

    /// Hands the judged files over.
    pub(super) fn take(&mut self) -> Vec<Copied> {
        let files = std::mem::take(&mut self.judged).into_iter();
        files.map(|file| Copied { folder: self.path.clone(), file }).collect()
    }
}

impl Copied {
    pub(super) fn verdict(&self) -> Verdict {
        self.file.verdict
    }

    /// Returns its path as somebody finds it who stands where the command was called.
    fn shown(&self) -> String {
        let folder = PathBuf::from(&self.folder);
        let path: PathBuf = folder.join(&self.file.path).components().collect();
        let shown = path.display().to_string();
        shown.strip_prefix("./").map(str::to_owned).unwrap_or(shown)
    }

    /// Returns what is to be said of it, where it is not allowed.
    pub(super) fn finding(&self) -> Option<Finding> {
        let mut finding = finding_of_file(&self.file)?;
        finding.path = Some(self.shown());
        Some(finding)
    }
}

/// Returns what is to be said of a file that is not allowed. Its subject names the very bytes.
pub(crate) fn finding_of_file(file: &JudgedFile) -> Option<Finding> {
    let JudgedFile { verdict, state, license, candidates, rule, reason, .. } = file;
    let refused = Refused { verdict: *verdict, state: *state, license, candidates, rule, reason };
    let cell = file.cell.map(|cell| format!(" (cell {cell})")).unwrap_or_default();
    let more = match file.files {
        1 => String::new(),
        files => format!(" (of {files} files)"),
    };
    let (code, message) = refused.said(&format!("{}{cell}{more}", file.path))?;
    let mut finding = Finding::new(code, Severity::Error, message);
    finding.subject = Some(format!("{} in {}", file.path, file.digest));
    finding.path = Some(file.path.clone());
    // The line of a cell is none of the notebook's.
    finding.line = file.cell.is_none().then(|| u64::try_from(file.line).unwrap_or(u64::MAX));
    finding.next.clone_from(&file.next);
    Some(finding)
}

/// Makes the table of what was found; files of one folder that say the same are one row.
pub(super) fn table(copied: &[Copied]) -> Table {
    type Key = (String, String, String);
    let mut rows: BTreeMap<Key, (Verdict, Vec<&Copied>)> = BTreeMap::new();
    for one in copied {
        let shown = one.shown();
        let folder = shown.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let file = &one.file;
        let license =
            file.license.as_ref().map_or_else(|| file.state.to_string(), ToString::to_string);
        let key = (folder, license, file.rule.clone());
        rows.entry(key).or_insert_with(|| (file.verdict, Vec::new())).1.push(one);
    }
    let mut table = Table::new(&["verdict", "copied", "license", "rule"]);
    for ((folder, license, rule), (verdict, files)) in rows {
        let count: usize = files.iter().map(|it| it.file.files).sum();
        let what = match (files.as_slice(), count) {
            ([one], 1) => one.shown(),
            ([one], count) => format!("{} ({count} files)", one.shown()),
            (_, count) => format!("{folder}/ ({count} files)"),
        };
        table.row([
            Cell::painted(colour(verdict), verdict),
            Cell::from(&what),
            Cell::from(&license),
            Cell::from(&rule),
        ]);
    }
    table
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, own, files, own_files, skipped, .. } = self;
        let plural = if *files == 1 { "" } else { "s" };
        write!(f, "{path}: {files} file{plural}, ")?;
        match &own.license {
            Some(license) => {
                let named = own.sources.iter().take(MOST_SOURCES).map(|it| it.source.as_str());
                let named: Vec<&str> = named.collect();
                write!(f, "own license {license} by {}", named.join(", "))?;
                match own_files {
                    0 => {}
                    1 => write!(f, ", and 1 says the same")?,
                    own_files => write!(f, ", and {own_files} say the same")?,
                }
            }
            None => write!(f, "no license of its own is told at its top")?,
        }
        if !skipped.is_empty() {
            let left = format!("; {} not looked at", skipped.len());
            write!(f, "{}", paint(Paint::Faint, left))?;
        }
        Ok(())
    }
}
