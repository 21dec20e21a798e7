//! A large body, brought into a file: gone on with where it broke off, and never more than was agreed.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};
use std::time::{Duration, Instant};

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, TRANSFER_ENCODING};

use crate::transport::{Answer, pause};

/// How often a body may break off. It goes on from where it was, so this bounds a server that sends little
/// each time.
const MOST_BREAKS: u32 = 8;

/// How long a body may take in all.
pub(crate) const LONGEST: Duration = Duration::from_hours(3);

/// How much is copied at once.
const PIECE: usize = 128 * 1024;

/// What a server sends of a body.
pub(crate) struct Part {
    /// From which byte on it is.
    at: u64,
    /// Whether its end is told from breaking off.
    has_end: bool,
    reader: Box<dyn Read>,
}

/// How much is taken.
pub(crate) struct Bounds<'b> {
    /// The most bytes.
    pub(crate) most: u64,
    /// Whether it has as many, as far as anybody knows.
    pub(crate) is_exact: bool,
    /// Is told how many bytes are there.
    pub(crate) sent: &'b dyn Fn(u64),
}

/// A body is not there as a whole.
pub(crate) enum BringError<E> {
    /// It could not be asked for.
    Asked(E),
    /// It broke off too often.
    Broken(io::Error),
    /// It has more bytes than are taken.
    TooLarge,
    /// It took longer than [`LONGEST`].
    Late,
    /// It could not be written.
    File(io::Error),
}

impl Part {
    /// Takes the answer to who asked for what follows `from`; `None` where it is about another part.
    ///
    /// A server may send all of it again.
    pub(crate) fn of(answer: Answer, from: u64) -> Option<Self> {
        let at = if answer.status == 206 { begin(&answer).filter(|at| *at == from)? } else { 0 };
        let headers = &answer.headers;
        let has_end =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        Some(Self { at, has_end, reader: Box::new(answer.reader()) })
    }
}

/// Returns where a part begins, from a header such as `bytes 100-199/200`.
fn begin(answer: &Answer) -> Option<u64> {
    let said = answer.headers.get(CONTENT_RANGE)?.to_str().ok()?;
    said.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// Writes a body into the empty file `to`, and returns how many bytes it has.
///
/// `ask` asks for what follows so many bytes.
pub(crate) fn bring<E>(
    ask: &mut dyn FnMut(u64) -> Result<Part, E>,
    to: &mut File,
    bounds: &Bounds<'_>,
) -> Result<u64, BringError<E>> {
    let until = Instant::now() + LONGEST;
    let (mut at, mut breaks) = (0, 0);
    loop {
        let mut part = ask(at).map_err(BringError::Asked)?;
        if part.at != at {
            at = 0;
            to.set_len(0).and_then(|()| to.rewind()).map_err(BringError::File)?;
        }
        let broken = match copy(&mut *part.reader, to, &mut at, until, bounds)? {
            None if part.has_end || !bounds.is_exact || at == bounds.most => return Ok(at),
            None => io::ErrorKind::UnexpectedEof.into(),
            Some(error) => error,
        };
        breaks += 1;
        if breaks > MOST_BREAKS {
            return Err(BringError::Broken(broken));
        }
        pause(breaks.min(3), None);
    }
}

/// Copies until the end, or until it breaks off, and returns why it did.
fn copy<E>(
    from: &mut dyn Read,
    to: &mut File,
    at: &mut u64,
    until: Instant,
    bounds: &Bounds<'_>,
) -> Result<Option<io::Error>, BringError<E>> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Some(error)),
        };
        *at += read as u64;
        if *at > bounds.most {
            return Err(BringError::TooLarge);
        }
        to.write_all(piece.get(..read).unwrap_or_default()).map_err(BringError::File)?;
        (bounds.sent)(*at);
        if Instant::now() > until {
            return Err(BringError::Late);
        }
    }
}
