//! Where tables come from: a file, several files as one table, or a stream.

mod find;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::table::{Files, Input, ReadError, Spool, Table};

pub use self::find::FindError;

/// A file, several that are read as one, or a stream; a table that can be opened again and again.
#[derive(Clone, Debug)]
pub struct Tables {
    inputs: Arc<[Input]>,
    /// The columns of several files, once they were looked at.
    surveyed: OnceLock<Arc<Files>>,
}

impl Tables {
    /// Names one file.
    pub fn file(path: &Path) -> Self {
        Self::of(vec![Input::File(path.to_owned(), path.display().to_string().into())])
    }

    /// Takes bytes that come once and are called `name`. What is read of them is kept in a file
    /// without a name in `folder`, so that they can be read again.
    pub fn stream(name: &str, stream: impl Read + Send + 'static, folder: &Path) -> Self {
        let spool = Spool::new(name, Box::new(stream), folder);
        Self::of(vec![Input::Stream(Arc::new(spool))])
    }

    fn of(inputs: Vec<Input>) -> Self {
        Self { inputs: inputs.into(), surveyed: OnceLock::new() }
    }

    /// Promises that the table is opened once, so that nothing of a stream has to be kept.
    #[must_use]
    pub fn read_once(self) -> Self {
        if let [Input::Stream(spool)] = &self.inputs[..] {
            spool.read_once();
        }
        self
    }

    /// Returns the names of the files, as they were given or found; one at least.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.inputs.iter().map(Input::shown).collect()
    }

    /// Returns the path of the file; of several what is written of them, `a.csv and 2 more`.
    pub(crate) fn path(&self) -> PathBuf {
        match &self.inputs[..] {
            [one] => one.path().to_owned(),
            [first, more @ ..] => {
                format!("{} and {} more", first.path().display(), more.len()).into()
            }
            [] => PathBuf::new(),
        }
    }

    /// Returns the name for people of the file that a finding is about, if it is one of several;
    /// else that of all, which is `name`.
    pub(crate) fn shown(&self, path: Option<String>, name: &str) -> String {
        let Some(path) = path.filter(|_| self.inputs.len() > 1) else { return name.to_owned() };
        let of = self.inputs.iter().find(|input| input.path().as_os_str() == path.as_str());
        of.map_or(path, |input| input.shown().to_string())
    }

    /// Opens the table at its first row.
    ///
    /// Several files have the columns of the first, in any order. A file that lacks one, or stores
    /// one as something else, is left out, which [`Table::damage`] says, as it says what other
    /// columns there are.
    ///
    /// # Errors
    /// A file cannot be read, is no table, or is of another form than the first.
    pub fn open(&self) -> Result<Table, ReadError> {
        if self.inputs.len() == 1 {
            return Table::survey(Arc::clone(&self.inputs));
        }
        if let Some(files) = self.surveyed.get() {
            return Table::reopen(files);
        }
        let table = Table::survey(Arc::clone(&self.inputs))?;
        _ = self.surveyed.set(Arc::clone(table.files()));
        Ok(table)
    }
}

impl From<&Path> for Tables {
    fn from(path: &Path) -> Self {
        Self::file(path)
    }
}

impl From<&PathBuf> for Tables {
    fn from(path: &PathBuf) -> Self {
        Self::file(path)
    }
}

impl From<&Self> for Tables {
    fn from(tables: &Self) -> Self {
        tables.clone()
    }
}
