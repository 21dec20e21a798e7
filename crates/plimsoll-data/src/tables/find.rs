//! Files by what people write on a command line: paths, folders, patterns, `-`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::os::fd::AsFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::Tables;
use crate::table::{Input, Spool, is_data};

/// How many files are read as one table at most.
const MOST_FILES: usize = 100_000;

/// How many names are looked at for a pattern at most.
const MOST_NAMES: usize = 1_000_000;

/// How deeply folders lie in each other at most, for a pattern with `**`.
const DEEPEST: usize = 64;

/// How standard input is called.
const STANDARD_INPUT: &str = "standard input";

/// What was written names no files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// Nothing was written.
    #[error("no file is named")]
    Nothing,
    /// No file matches a pattern.
    #[error("no file matches `{pattern}`")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// It is no pattern.
    #[error("`{pattern}` is no pattern of files ({reason})")]
    Pattern {
        /// What was written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No file in a folder is named like data.
    #[error("{} holds no data file (CSV, TSV, JSON lines, Parquet or Arrow by its name{})", folder.display(), below(*.folders))]
    NoData {
        /// The folder.
        folder: PathBuf,
        /// Whether there are folders in it.
        folders: bool,
    },
    /// There are too many files, or too many names to look through.
    #[error("`{what}` stands for too many files (at most {MOST_FILES} are read as one table)")]
    TooMany {
        /// What was written.
        what: String,
    },
    /// A folder cannot be looked into.
    #[error("cannot read the folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard input is named twice.
    #[error("standard input (`-`) is named twice, and can be read as one table only")]
    Twice,
    /// Standard input is not there.
    #[error("cannot read standard input")]
    StandardInput(#[source] io::Error),
}

fn below(folders: bool) -> &'static str {
    if folders { "; for those in the folders below write a pattern with `**`" } else { "" }
}

impl Tables {
    /// Finds the files that `names` stand for, as people write them: paths, folders (the data files
    /// in them), patterns (`*`, `**`, `?`, `[…]`, `{…}`) and `-` for standard input. They are one
    /// table, in the order of `names`, those of a folder or pattern sorted; each is read once.
    ///
    /// Paths are relative to `folder`. Names that begin with a dot or an underscore are passed over
    /// unless the pattern has such a name. What is read from standard input is kept in `spool`,
    /// unless it is a regular file.
    pub fn find(
        names: &[impl AsRef<Path>],
        folder: &Path,
        spool: &Path,
    ) -> Result<Self, FindError> {
        let mut found = Found::default();
        for name in names {
            let name = name.as_ref();
            let path = folder.join(name);
            if name == Path::new("-") {
                if std::mem::replace(&mut found.standard_input, true) {
                    return Err(FindError::Twice);
                }
                found.inputs.push(standard_input(spool).map_err(FindError::StandardInput)?);
            } else if path.is_dir() {
                found.folder(name, &path)?;
            } else if let Some(text) = name.to_str().filter(|text| is_pattern(text))
                && !path.exists()
            {
                found.pattern(text, folder)?;
            } else {
                found.add(name, path);
            }
            if found.inputs.len() > MOST_FILES {
                return Err(FindError::TooMany { what: name.display().to_string() });
            }
        }
        if found.inputs.is_empty() {
            return Err(FindError::Nothing);
        }
        Ok(Self::of(found.inputs))
    }
}

#[derive(Default)]
struct Found {
    inputs: Vec<Input>,
    paths: HashSet<PathBuf>,
    standard_input: bool,
}

impl Found {
    fn add(&mut self, name: &Path, path: PathBuf) {
        if self.paths.insert(path.clone()) {
            self.inputs.push(Input::File(path, name.display().to_string().into()));
        }
    }

    /// Adds the data files in a folder.
    fn folder(&mut self, name: &Path, path: &Path) -> Result<(), FindError> {
        let mut files = Vec::new();
        let mut folders = false;
        for entry in entries(path)? {
            if is_hidden(&entry.name, "") {
                continue;
            }
            folders |= entry.kind == Kind::Folder;
            if entry.kind == Kind::File && is_data(&entry.name) {
                files.push(entry.name);
            }
        }
        if files.is_empty() {
            return Err(FindError::NoData { folder: name.to_owned(), folders });
        }
        for file in files {
            self.add(&name.join(&file), path.join(&file));
        }
        Ok(())
    }

    /// Adds the files that a pattern matches.
    fn pattern(&mut self, text: &str, folder: &Path) -> Result<(), FindError> {
        // Components are put together again, so that a path is spelled as the pattern is.
        let components: Vec<Component<'_>> = Path::new(text).components().collect();
        let is_plain = |component: &&Component<'_>| {
            component.as_os_str().to_str().is_some_and(|text| !is_pattern(text))
        };
        let fixed = components.iter().take_while(is_plain).count();
        let root: PathBuf = components[..fixed].iter().collect();
        let pattern: PathBuf = components.iter().collect();
        let pattern = pattern.display().to_string();
        let matcher = GlobBuilder::new(&pattern).literal_separator(true).build();
        let matcher = matcher.map_err(|error| FindError::Pattern {
            pattern: text.to_owned(),
            reason: error.kind().to_string(),
        })?;
        let depth = if pattern.contains("**") { DEEPEST } else { components.len() - fixed };
        let mut walk = Walk {
            text,
            folder,
            matcher: matcher.compile_matcher(),
            files: Vec::new(),
            looked_at: 0,
        };
        walk.below(&root, depth)?;
        let mut files = walk.files;
        if files.is_empty() {
            return Err(FindError::NoMatch { pattern: text.to_owned() });
        }
        files.sort_unstable();
        for name in files {
            let path = folder.join(&name);
            self.add(&name, path);
        }
        Ok(())
    }
}

struct Walk<'a> {
    text: &'a str,
    folder: &'a Path,
    matcher: GlobMatcher,
    files: Vec<PathBuf>,
    looked_at: usize,
}

impl Walk<'_> {
    fn below(&mut self, name: &Path, depth: usize) -> Result<(), FindError> {
        let path = self.folder.join(name);
        if depth == 0 || !path.is_dir() {
            return Ok(());
        }
        for entry in entries(&path)? {
            self.looked_at += 1;
            if self.looked_at > MOST_NAMES || self.files.len() > MOST_FILES {
                return Err(FindError::TooMany { what: self.text.to_owned() });
            }
            if is_hidden(&entry.name, self.text) {
                continue;
            }
            let name = name.join(&entry.name);
            match entry.kind {
                Kind::Folder => self.below(&name, depth - 1)?,
                Kind::File if self.matcher.is_match(&name) => self.files.push(name),
                Kind::File | Kind::Other => {}
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Other,
}

struct Entry {
    name: PathBuf,
    kind: Kind,
}

/// Returns what is in a folder, sorted. A link to a folder is not gone into: it may lead back.
fn entries(folder: &Path) -> Result<Vec<Entry>, FindError> {
    let failed = |source| FindError::Folder { folder: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let of = entry.file_type().map_err(failed)?;
        let kind = if of.is_dir() {
            Kind::Folder
        } else if of.is_file() || (of.is_symlink() && entry.path().is_file()) {
            Kind::File
        } else {
            Kind::Other
        };
        entries.push(Entry { name: entry.file_name().into(), kind });
        if entries.len() > MOST_NAMES {
            return Err(FindError::TooMany { what: folder.display().to_string() });
        }
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Tells whether a name is passed over by a pattern: one of a hidden file, or of what programs
/// that write many files keep beside them.
fn is_hidden(name: &Path, pattern: &str) -> bool {
    let first = name.as_os_str().as_encoded_bytes().first();
    let Some(sign @ (b'.' | b'_')) = first else { return false };
    let begins =
        |part: &str| part.as_bytes().first() == Some(sign) && part.len() > 1 && part != "..";
    !pattern.split('/').any(begins)
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Takes what the system hands over as standard input.
fn standard_input(spool: &Path) -> io::Result<Input> {
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let is_whole = file.metadata()?.is_file() && file.stream_position()? == 0;
    let spool = if is_whole {
        Spool::of_file(STANDARD_INPUT, file, spool)?
    } else {
        Spool::new(STANDARD_INPUT, Box::new(file), spool)
    };
    Ok(Input::Stream(Arc::new(spool)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path, names: &[&str]) -> String {
        match Tables::find(names, folder, folder) {
            Ok(tables) => tables.names().join(" "),
            Err(error) => error.to_string().replace(&*folder.to_string_lossy(), "FOLDER"),
        }
    }

    #[test]
    fn folders_and_patterns_stand_for_their_files() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "a.csv",
            "b.CSV.gz",
            "c.txt",
            ".d.csv",
            "_e.csv",
            "in/f.parquet",
            "in/deep/g.csv",
            "in/_log/h.csv",
            "[i].csv",
            "in/j.tsv.zst",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "a\n").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("in/back")).unwrap();
        let found = |names: &[&str]| found(folder.path(), names);
        assert_eq!(found(&["in"]), "in/f.parquet in/j.tsv.zst");
        assert_eq!(found(&["."]), "./[i].csv ./a.csv ./b.CSV.gz");
        assert_eq!(found(&["b.CSV.gz", "*.csv", "a.csv"]), "b.CSV.gz [i].csv a.csv");
        assert_eq!(found(&["[i].csv"]), "[i].csv");
        assert_eq!(found(&["**/*.csv"]), "[i].csv a.csv in/deep/g.csv");
        assert_eq!(found(&["./in/{f,j}.*"]), "./in/f.parquet ./in/j.tsv.zst");
        assert_eq!(found(&["in/_log/*"]), "in/_log/h.csv");
        assert_eq!(found(&["?.csv"]), "a.csv");
        assert_eq!(found(&["no.csv"]), "no.csv");
    }

    #[test]
    fn what_stands_for_nothing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("in/deep")).unwrap();
        fs::write(folder.path().join("in/read.me"), "").unwrap();
        let found = |names: &[&str]| found(folder.path(), names);
        assert_eq!(found(&[]), "no file is named");
        assert_eq!(found(&["*.csv"]), "no file matches `*.csv`");
        assert_eq!(
            found(&["in"]),
            "in holds no data file (CSV, TSV, JSON lines, Parquet or Arrow by its name; for those in the folders \
             below write a pattern with `**`)",
        );
        assert_eq!(
            found(&["in/deep"]),
            "in/deep holds no data file (CSV, TSV, JSON lines, Parquet or Arrow by its name)"
        );
        assert_eq!(
            found(&["a[.csv"]),
            "`a[.csv` is no pattern of files (unclosed character class; missing ']')"
        );
        assert_eq!(
            found(&["-", "-"]),
            "standard input (`-`) is named twice, and can be read as one table only"
        );
    }
}
