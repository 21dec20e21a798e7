//! `plimsoll database show`

use std::fmt;
use std::path::{Path, PathBuf};

use plimsoll_core::{Day, Timestamp};
use plimsoll_scan::vulnerability::Database;
use serde::Serialize;

use crate::commands::scan::advisories::{self, Held};
use crate::error::{CommandError, Exit};
use crate::ports;
use crate::settings::Settings;
use crate::ui::{self, Cell, Paint, Table, Ui, paint};

/// Say what the advisory database holds, how old it is, and its digest
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The database, instead of the one of the home
    #[arg(value_name = "FILE")]
    database: Option<PathBuf>,
}

pub(super) fn run(
    args: &Args,
    folder: &Path,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    let path = match &args.database {
        Some(file) => folder.join(file),
        None => advisories::file(&settings.home),
    };
    let shown = path.display().to_string();
    if !path.exists() {
        return Err(CommandError::usage(format!("there is no advisory database {shown}"))
            .hint("`plimsoll database update --ecosystem PyPI` makes one"));
    }
    let database = advisories::index(&path, &shown)?;
    ui.show(&Document::of(shown, &database, ports::now()))?;
    Ok(Exit::Done)
}

/// A database.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document {
    path: String,
    #[serde(flatten)]
    held: Held,
    #[serde(skip)]
    newest: Option<Day>,
    #[serde(skip)]
    today: Day,
}

impl Document {
    pub(super) fn of(path: String, database: &Database, now: Timestamp) -> Self {
        Self {
            path,
            newest: database.contents().newest.map(Day::of),
            today: Day::of(now),
            held: Held::of(database.digest(), database.contents().clone(), now),
        }
    }

    /// Returns since how many days nothing in it changed.
    pub(super) fn days_still(&self) -> Option<i64> {
        Some(self.today.days_since(self.newest?))
    }

    /// Whether every advisory could be read.
    pub(super) fn is_whole(&self) -> bool {
        self.held.unreadable == 0
    }
}

impl ui::Document for Document {
    const SCHEMA: &'static str = "plimsoll.database/v1";
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contents = &self.held;
        writeln!(f, "{} {}", self.path, paint(Paint::Faint, contents.digest))?;
        writeln!(f, "{} advisories, {} withdrawn", contents.advisories, contents.withdrawn)?;
        if let Some(days) = contents.age_days {
            writeln!(f, "{days} days old")?;
        }
        if let Some(newest) = self.newest {
            writeln!(f, "newest change on {newest}")?;
        }
        for export in contents.exports.iter().filter(|export| export.retrieved.is_some()) {
            writeln!(f, "{}", paint(Paint::Faint, format_args!("of {}", export.name)))?;
        }
        let mut table = Table::new(&["ecosystem", "packages"]);
        for (ecosystem, packages) in &contents.ecosystems {
            table.row([Cell::from(ecosystem), Cell::from(&packages.to_string())]);
        }
        write!(f, "{table}")?;
        for unread in &contents.unreadable_records {
            let head = paint(Paint::Bad, "unreadable");
            writeln!(f, "{head} {} of {}: {}", unread.entry, unread.export, unread.why)?;
        }
        let listed = contents.unreadable_records.len() as u64;
        if contents.unreadable > listed {
            writeln!(f, "and {} more that could not be read", contents.unreadable - listed)?;
        }
        Ok(())
    }
}
