//! Where the bytes of a table come from, and what they are.

mod inflate;
mod kind;
mod spool;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::inflate::{Compression, Inflating};
use self::kind::{Hint, Kind, kind};
use self::spool::Spooled;
use super::ReadError;
use crate::example::grouped;

pub(crate) use self::kind::is_data;
pub(crate) use self::spool::{Spool, Unspooled};

/// How many bytes are looked at to tell what a file is.
pub(super) const HEAD: usize = 64;

/// How much a compressed file may unpack to where it is put aside first.
const MAX_UNPACKED: u64 = 16 << 30;

/// Bytes that are read in order.
pub(super) type Bytes = Box<dyn Read + Send>;

/// What was read does not unpack.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damaged(pub(super) String);

/// A file, or a stream, that can be opened again and again.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A regular file, and its name for people.
    File(PathBuf, Arc<str>),
    /// Bytes that come once.
    Stream(Arc<Spool>),
}

/// What an input holds.
pub(super) enum Content {
    /// Text with a header.
    Csv {
        text: Bytes,
        /// Whether its name says that tabs part the cells.
        tabs: bool,
    },
    /// Text with an object on each line.
    Json(Bytes),
    Parquet(File),
    /// Arrow's IPC format of files.
    ArrowFile(File),
    /// Arrow's IPC format of streams.
    ArrowStream(Bytes),
}

impl Input {
    /// Returns the path, of a stream its name.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path, _) => path,
            Self::Stream(spool) => Path::new(spool.name()),
        }
    }

    /// Returns the name for people.
    pub(crate) fn shown(&self) -> Arc<str> {
        match self {
            Self::File(_, shown) => Arc::clone(shown),
            Self::Stream(spool) => spool.name().into(),
        }
    }

    /// Opens it from its beginning and tells by its content what it is.
    pub(super) fn open(&self) -> Result<Content, ReadError> {
        let failed = |error| ReadError::of(self.path(), error);
        let unreadable = |reason| ReadError::Unreadable { path: self.path().to_owned(), reason };
        let hint = Hint::of(self.path());
        let opened = self.first_bytes()?;
        let opened = match Compression::of(&opened.head) {
            None => opened,
            Some(compression) => {
                let mut bytes = Inflating::start(compression, opened.into_bytes());
                let head = head_of(&mut bytes).map_err(failed)?;
                if head.is_empty() {
                    return Err(ReadError::Empty { path: self.path().to_owned() });
                }
                Opened { head, rest: Rest::Inflated(Box::new(bytes)) }
            }
        };
        match kind(&opened.head, hint).map_err(unreadable)? {
            Kind::Csv => Ok(Content::Csv { text: opened.into_bytes(), tabs: hint == Hint::Tabs }),
            Kind::Json => Ok(Content::Json(opened.into_bytes())),
            Kind::ArrowStream => Ok(Content::ArrowStream(opened.into_bytes())),
            Kind::Parquet => self.in_any_order(opened).map(Content::Parquet),
            Kind::ArrowFile => self.in_any_order(opened).map(Content::ArrowFile),
        }
    }

    fn first_bytes(&self) -> Result<Opened, ReadError> {
        let opened = match self {
            Self::File(path, _) => {
                let unopened = |source| ReadError::Open { path: path.clone(), source };
                // Opening a named pipe would wait for a writer.
                if !std::fs::metadata(path).map_err(unopened)?.is_file() {
                    return Err(unopened(io::Error::other("it is no regular file")));
                }
                let mut file = File::open(path).map_err(unopened)?;
                let head = head_of(&mut file).map_err(unopened)?;
                file.rewind().map_err(unopened)?;
                Opened { head, rest: Rest::File(file) }
            }
            Self::Stream(spool) => {
                let head = head_of(&mut spool.reader());
                let head = head.map_err(|error| ReadError::of(self.path(), error))?;
                Opened { head, rest: Rest::Stream(spool.reader()) }
            }
        };
        if opened.head.is_empty() {
            return Err(ReadError::Empty { path: self.path().to_owned() });
        }
        Ok(opened)
    }

    /// Returns a file whose bytes can be read in any order, a temporary one where it has to be.
    fn in_any_order(&self, opened: Opened) -> Result<File, ReadError> {
        let folder = match self {
            Self::File(..) => std::env::temp_dir(),
            Self::Stream(spool) => spool.folder().to_owned(),
        };
        let file = match opened.rest {
            Rest::File(file) => Ok(file),
            Rest::Stream(stream) => stream.whole(),
            Rest::Inflated(_) => aside(opened.into_bytes(), &folder, MAX_UNPACKED),
        };
        file.map_err(|error| ReadError::of(self.path(), error))
    }
}

/// An input whose first bytes are known.
struct Opened {
    head: Vec<u8>,
    rest: Rest,
}

enum Rest {
    /// Stands at its beginning.
    File(File),
    /// Stands at its beginning.
    Stream(Spooled),
    /// Stands behind the head.
    Inflated(Box<Inflating>),
}

impl Opened {
    fn into_bytes(self) -> Bytes {
        match self.rest {
            Rest::File(file) => Box::new(file),
            Rest::Stream(stream) => Box::new(stream),
            Rest::Inflated(bytes) => Box::new(Cursor::new(self.head).chain(*bytes)),
        }
    }
}

/// Puts bytes into a file that has no name, at most `limit` of them.
fn aside(mut bytes: impl Read, folder: &Path, limit: u64) -> io::Result<File> {
    let unspooled = |source| io::Error::other(Unspooled { folder: folder.to_owned(), source });
    let mut file = tempfile::tempfile_in(folder).map_err(unspooled)?;
    let mut block = vec![0; 256 << 10];
    let mut written = 0;
    loop {
        let read = match bytes.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        written += read as u64;
        if written > limit {
            let limit = grouped(limit);
            let reason =
                format!("it unpacks to more than {limit} bytes; unpack it to a file first");
            return Err(io::Error::other(Damaged(reason)));
        }
        file.write_all(&block[..read]).map_err(unspooled)?;
    }
    file.rewind().map_err(unspooled)?;
    Ok(file)
}

fn head_of(bytes: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    bytes.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}
