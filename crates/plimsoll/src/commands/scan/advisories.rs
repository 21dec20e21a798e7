//! The advisory databases that packages are held against.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use plimsoll_core::{Day, Digest, Timestamp};
use plimsoll_scan::vulnerability::{Contents, Database, DatabaseBuilder, Unreadable};
use serde::Serialize;

use crate::error::{CommandError, Kind};
use crate::view::rfc3339;

/// Where `plimsoll database update` puts the database.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("advisories.db")
}

/// Opens the databases that are named: what `plimsoll database update` wrote, or exports of OSV as they
/// are. Without any, the one of the home.
pub(crate) fn open(
    named: &[PathBuf],
    folder: &Path,
    home: &Path,
) -> Result<Vec<Database>, CommandError> {
    if named.is_empty() {
        let path = file(home);
        if !path.exists() {
            let message = format!("there is no advisory database {}", path.display());
            return Err(CommandError::usage(message)
                .hint("`plimsoll database update --ecosystem PyPI` makes one; exports are named by `--database`"));
        }
        return Ok(vec![index(&path, &path.display().to_string())?]);
    }
    let mut databases = Vec::new();
    let mut exports = DatabaseBuilder::new();
    let mut has_exports = false;
    for name in named {
        let (path, shown) = (folder.join(name), name.display().to_string());
        if !path.exists() {
            return Err(CommandError::usage(format!("there is no database {shown}")));
        }
        if path.is_file() && !is_zip(&path) {
            databases.push(index(&path, &shown)?);
        } else {
            add(&mut exports, &path, &shown, None)?;
            has_exports = true;
        }
    }
    if has_exports {
        let made = exports.into_database();
        databases.push(made.map_err(|error| CommandError::new(Kind::Usage, error))?);
    }
    Ok(databases)
}

/// Adds an export, a zip or a folder, to what a database is made of.
pub(crate) fn add(
    exports: &mut DatabaseBuilder,
    path: &Path,
    shown: &str,
    retrieved: Option<Timestamp>,
) -> Result<(), CommandError> {
    let added = if path.is_dir() {
        exports.add_folder(shown, path, retrieved)
    } else {
        let mut file = File::open(path).map_err(|error| {
            CommandError::usage(format!("{shown} could not be opened: {error}"))
        })?;
        exports.add_zip(shown, &mut file, retrieved)
    };
    added.map_err(|error| CommandError::new(Kind::Usage, error))
}

/// Opens a database that was made before.
pub(crate) fn index(path: &Path, shown: &str) -> Result<Database, CommandError> {
    let file = File::open(path)
        .map_err(|error| CommandError::usage(format!("{shown} could not be opened: {error}")))?;
    Database::open(file).map_err(|error| {
        CommandError::usage(format!("{shown}: {error}"))
            .hint("make it again: plimsoll database update EXPORT…")
    })
}

fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head))
        .is_ok_and(|()| head == *b"PK\x03\x04")
}

/// Returns how old a database is: the days since the oldest of its exports was retrieved, or since the
/// newest change in it where nobody noted the retrieval, since it was not retrieved before. Nobody knows it of
/// one that comes from tomorrow, which would never grow old.
pub(crate) fn age(contents: &Contents, now: Timestamp) -> Option<i64> {
    let as_of: Option<Vec<Timestamp>> =
        contents.exports.iter().map(|export| export.retrieved.or(export.newest)).collect();
    let oldest = as_of.and_then(|times| times.into_iter().min())?;
    // A day more is what time zones and clocks that are a little fast make of the present.
    Some(Day::of(now).days_since(Day::of(oldest))).filter(|days| *days >= -1)
}

/// What a database holds, with moments as documents have them.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Held {
    pub(crate) digest: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) age_days: Option<i64>,
    pub(crate) exports: Vec<HeldExport>,
    pub(crate) advisories: u64,
    pub(crate) withdrawn: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
    pub(crate) ecosystems: BTreeMap<String, u64>,
    foreign: u64,
    pub(crate) unreadable: u64,
    pub(crate) unreadable_records: Vec<Unreadable>,
}

/// An export that a database was made of.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct HeldExport {
    pub(crate) name: String,
    digest: Digest,
    records: u64,
    skipped: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retrieved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
}

impl Held {
    pub(crate) fn of(digest: Digest, contents: Contents, now: Timestamp) -> Self {
        let exports = contents.exports.iter().map(|export| HeldExport {
            name: export.name.clone(),
            digest: export.digest,
            records: export.records,
            skipped: export.skipped,
            retrieved: export.retrieved.map(rfc3339),
            newest: export.newest.map(rfc3339),
        });
        Self {
            digest,
            age_days: age(&contents, now),
            exports: exports.collect(),
            advisories: contents.advisories,
            withdrawn: contents.withdrawn,
            newest: contents.newest.map(rfc3339),
            ecosystems: contents.ecosystems,
            foreign: contents.foreign,
            unreadable: contents.unreadable,
            unreadable_records: contents.unreadable_records,
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_scan::vulnerability::Export;

    use super::*;

    #[test]
    fn a_database_is_as_old_as_the_oldest_of_its_exports() {
        let day = |day: i64| Timestamp::from_millis(day * 24 * 3600 * 1000);
        let of = |exports: &[(Option<i64>, Option<i64>)]| {
            let exports = exports.iter().map(|(retrieved, newest)| Export {
                name: "PyPI".to_owned(),
                digest: Digest::blake3(b""),
                records: 1,
                skipped: 0,
                retrieved: retrieved.map(day),
                newest: newest.map(day),
            });
            age(&Contents { exports: exports.collect(), ..Contents::default() }, day(100))
        };
        // What was retrieved may be older than the day on which it was found to be all there is.
        assert_eq!(of(&[(Some(99), Some(50))]), Some(1));
        assert_eq!(of(&[(None, Some(50))]), Some(50));
        assert_eq!(of(&[(Some(99), Some(98)), (None, Some(90))]), Some(10));
        assert_eq!(of(&[(None, None)]), None);
        assert_eq!(of(&[]), None);
        // One of the future would never be too old.
        assert_eq!((of(&[(Some(101), None)]), of(&[(Some(102), None)])), (Some(-1), None));
    }
}
