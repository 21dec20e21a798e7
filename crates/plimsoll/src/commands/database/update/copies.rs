//! Exports that were fetched, kept so that only what changed is fetched again.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_package::fetch::{FetchError, Fetched, Fetcher, Validators};
use serde::{Deserialize, Serialize};

use crate::error::CommandError;
use crate::ui::Ui;

/// The most bytes of an export. The largest of OSV's have some hundred million.
const MOST_OF_EXPORT: u64 = 4 * 1024 * 1024 * 1024;

/// The most bytes of what is noted of one.
const MOST_OF_NOTE: u64 = 64 * 1024;

/// How the names of exports begin that are not there as a whole.
const UNFINISHED: &str = ".fetch-";

/// A folder of exports, held by one process at a time.
pub(super) struct Copies {
    folder: PathBuf,
    fetcher: Fetcher,
    /// Given up when the process ends, however it does.
    _lock: File,
}

/// An export that is here.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) address: String,
    pub(super) path: PathBuf,
    pub(super) digest: Digest,
    /// How many bytes were fetched of it; nothing where it did not change.
    pub(super) fetched: Option<u64>,
}

/// What is noted of an export.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Noted {
    address: String,
    digest: Digest,
    validators: Validators,
}

impl Copies {
    /// Opens the folder in the cache, after everybody else is done with it.
    pub(super) fn open(cache: &Path, is_plain: bool, ui: &mut Ui) -> Result<Self, CommandError> {
        let folder = cache.join("advisories");
        let failed = |error: io::Error| {
            let shown = folder.display();
            CommandError::world(format!("{shown} cannot be used for what is fetched: {error}"))
                .hint("`XDG_CACHE_HOME` names another folder")
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                ui.note("another update is under way; this one waits for it");
                lock.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Nobody else works here, so what is not finished never will be.
        for entry in fs::read_dir(&folder).map_err(failed)?.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
                _ = fs::remove_file(entry.path());
            }
        }
        Ok(Self { folder, fetcher: Fetcher::new(is_plain), _lock: lock })
    }

    /// Fetches an export, unless it is what it was. `sent` is told how much of it is there.
    pub(super) fn bring(
        &self,
        address: &str,
        sent: &dyn Fn(u64, Option<u64>),
    ) -> Result<Copy, FetchError> {
        let file = |source| FetchError::File { address: address.to_owned(), source };
        let known = self.known(address);
        let validators = known.as_ref().map(|noted| &noted.validators);
        let mut unfinished =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder).map_err(file)?;
        let to = unfinished.as_file_mut();
        let fetched = self.fetcher.fetch(address, validators, MOST_OF_EXPORT, to, sent)?;
        let path = self.path_of(address, "zip");
        let (address, digest, fetched) = match (fetched, known) {
            (Fetched::New(validators, bytes), _) => {
                let digest = digest_of(unfinished.path()).map_err(file)?;
                // What is noted is held against the bytes, so it does not matter which of both is replaced first.
                unfinished.persist(&path).map_err(|error| file(error.error))?;
                let noted = Noted { address: address.to_owned(), digest, validators };
                self.note(&noted).map_err(file)?;
                (noted.address, digest, Some(bytes))
            }
            (Fetched::Unchanged, Some(noted)) => (noted.address, noted.digest, None),
            (Fetched::Unchanged, None) => {
                let what = "the server says that nothing changed, and nothing was there".to_owned();
                return Err(FetchError::Protocol { address: address.to_owned(), what });
            }
        };
        Ok(Copy { address, path, digest, fetched })
    }

    /// Forgets an export that turned out to be none, so that it is fetched anew.
    pub(super) fn forget(&self, address: &str) {
        for ending in ["json", "zip"] {
            _ = fs::remove_file(self.path_of(address, ending));
        }
    }

    fn path_of(&self, address: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", Digest::blake3(address.as_bytes()).hex()))
    }

    /// Returns what is noted of an export that is here as it was fetched.
    fn known(&self, address: &str) -> Option<Noted> {
        let note = self.path_of(address, "json");
        let small = fs::metadata(&note).ok().filter(|found| found.len() <= MOST_OF_NOTE);
        let noted: Noted = serde_json::from_slice(&fs::read(small.map(|_| note)?).ok()?).ok()?;
        let found = digest_of(&self.path_of(address, "zip")).ok()?;
        (noted.address == address && noted.digest == found).then_some(noted)
    }

    fn note(&self, noted: &Noted) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(noted)?)?;
        let to = self.path_of(&noted.address, "json");
        file.persist(to).map_err(|error| error.error).map(drop)
    }
}

/// Returns the BLAKE3 of a file, however large it is.
fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().into())
}
