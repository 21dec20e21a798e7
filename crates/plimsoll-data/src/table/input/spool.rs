//! Bytes that come once, kept so that they can be read again.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Bytes, HEAD, aside};

/// Bytes could not be put aside.
#[derive(Debug, thiserror::Error)]
#[error("cannot put bytes aside in {}", folder.display())]
pub(crate) struct Unspooled {
    pub(crate) folder: PathBuf,
    pub(crate) source: io::Error,
}

/// A stream, and what is kept of what was read of it so far.
pub(crate) struct Spool {
    name: String,
    folder: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// None once it has ended.
    stream: Option<Bytes>,
    kept: Kept,
    read: u64,
    /// Whether something was read and could not be kept.
    lost: bool,
}

enum Kept {
    /// Everything, in a file that is made with the first byte.
    All(Option<Arc<File>>),
    /// The first bytes alone, since the rest is read once.
    Head(Vec<u8>),
}

impl Spool {
    /// Takes a stream that is called `name`; what is read of it is put into `folder`.
    pub(crate) fn new(name: &str, stream: Bytes, folder: &Path) -> Self {
        let state = State { stream: Some(stream), kept: Kept::All(None), read: 0, lost: false };
        Self { name: name.to_owned(), folder: folder.to_owned(), state: Mutex::new(state) }
    }

    /// Takes a regular file that stands at its beginning and has no path.
    pub(crate) fn of_file(name: &str, file: File, folder: &Path) -> io::Result<Self> {
        let read = file.metadata()?.len();
        let kept = Kept::All(Some(Arc::new(file)));
        let state = State { stream: None, kept, read, lost: false };
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), state: Mutex::new(state) })
    }

    /// Keeps nothing, if nothing was read yet. A second reader will then fail.
    pub(crate) fn read_once(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.read == 0 {
            state.kept = Kept::Head(Vec::new());
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the bytes from the first one on.
    pub(super) fn reader(self: &Arc<Self>) -> Spooled {
        Spooled { spool: Arc::clone(self), at: 0 }
    }

    fn read(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        // What a thread that panicked has kept is there, and counted only then.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if at < state.read {
            return state.again(bytes, at);
        }
        if state.lost || at > state.read {
            return Err(io::Error::other("a part of it could not be kept"));
        }
        let Some(stream) = &mut state.stream else { return Ok(0) };
        let read = stream.read(bytes)?;
        if read == 0 {
            state.stream = None;
            return Ok(0);
        }
        if let Err(source) = state.keep(&bytes[..read], &self.folder) {
            state.lost = true;
            return Err(io::Error::other(Unspooled { folder: self.folder.clone(), source }));
        }
        state.read += read as u64;
        Ok(read)
    }
}

impl State {
    fn keep(&mut self, bytes: &[u8], folder: &Path) -> io::Result<()> {
        match &mut self.kept {
            Kept::Head(head) => {
                let wanted = bytes.len().min(HEAD.saturating_sub(head.len()));
                head.extend_from_slice(&bytes[..wanted]);
                Ok(())
            }
            Kept::All(file) => {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(Arc::new(tempfile::tempfile_in(folder)?)),
                };
                file.write_all_at(bytes, self.read)
            }
        }
    }

    fn again(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        match &self.kept {
            Kept::All(Some(file)) => file.read_at(bytes, at),
            Kept::Head(head) => match usize::try_from(at).ok().and_then(|at| head.get(at..)) {
                Some(rest) if !rest.is_empty() => {
                    let read = rest.len().min(bytes.len());
                    bytes[..read].copy_from_slice(&rest[..read]);
                    Ok(read)
                }
                _ => Err(io::Error::other("it can be read once only")),
            },
            Kept::All(None) => Ok(0),
        }
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A reader of a stream, one of any number.
pub(super) struct Spooled {
    spool: Arc<Spool>,
    at: u64,
}

impl Spooled {
    /// Reads the stream to its end and returns a file that has it.
    pub(super) fn whole(mut self) -> io::Result<File> {
        let keeps_all = matches!(self.state().kept, Kept::All(_));
        if !keeps_all {
            let folder = self.spool.folder.clone();
            return aside(self, &folder, u64::MAX);
        }
        io::copy(&mut self, &mut io::sink())?;
        let state = self.state();
        let Kept::All(Some(file)) = &state.kept else {
            return Err(io::Error::other("nothing of it was kept"));
        };
        let mut file = file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.spool.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Spooled {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.spool.read(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Vec<u8> {
        (0..50_000_u32).flat_map(u32::to_le_bytes).collect()
    }

    fn spool(folder: &Path) -> Arc<Spool> {
        Arc::new(Spool::new("standard input", Box::new(io::Cursor::new(text())), folder))
    }

    #[test]
    fn a_stream_is_read_as_often_as_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(folder.path());
        let mut first = spool.reader();
        let mut half = vec![0; 70_000];
        first.read_exact(&mut half).unwrap();
        let mut second = Vec::new();
        spool.reader().read_to_end(&mut second).unwrap();
        assert_eq!(second, text());
        first.read_to_end(&mut half).unwrap();
        assert_eq!(half, text());
        let mut whole = Vec::new();
        spool.reader().whole().unwrap().read_to_end(&mut whole).unwrap();
        assert_eq!(whole, text());
    }

    #[test]
    fn what_is_read_once_is_not_kept_and_not_read_twice() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let spool = spool(&gone);
        spool.read_once();
        let mut head = [0; HEAD];
        spool.reader().read_exact(&mut head).unwrap();
        let mut all = Vec::new();
        spool.reader().read_to_end(&mut all).unwrap();
        assert_eq!((all == text(), &head[..]), (true, &text()[..HEAD]));
        assert!(spool.reader().read_to_end(&mut all).is_err());
    }

    #[test]
    fn a_full_disk_is_no_end_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        let spool = spool(&gone);
        let error = spool.reader().read(&mut [0]).unwrap_err();
        assert_eq!(error.downcast::<Unspooled>().unwrap().folder, gone);
        assert!(spool.reader().read(&mut [0]).is_err(), "what was lost stays lost");
    }
}
