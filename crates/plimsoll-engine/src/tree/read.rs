//! Reading a file once, in pieces, and noticing that somebody writes to it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

use plimsoll_core::Digest;
use rustix::fs::OFlags;

use super::HashError;
use super::place::{Place, Stamp, is_absent};

/// How many bytes are read at once: enough for BLAKE3 to use the processor's widest registers.
const PIECE: usize = 256 * 1024;

/// Hashes files through one buffer.
#[derive(Debug)]
pub(super) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Returns the digest of the file at `place`, as it was when it was found.
    pub(super) fn digest(&mut self, place: &Place) -> Result<Digest, HashError> {
        place.refuse_special()?;
        let path = || place.path.clone();
        let failed = |source: io::Error| {
            if is_absent(&source) {
                HashError::Vanished { path: path() }
            } else {
                HashError::Unreadable { path: path(), source }
            }
        };
        self.buffer.resize(PIECE, 0);
        // Without waiting: a named pipe that took the file's place would block for ever.
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&place.real)
            .map_err(failed)?;
        let (digest, bytes) = hash(&mut file, &mut self.buffer).map_err(failed)?;
        // Both the file that was read and the one that now has its name must be the one found.
        let found = Stamp::of(&place.metadata);
        let read = Stamp::of(&file.metadata().map_err(failed)?);
        let now = Stamp::of(&place.real.symlink_metadata().map_err(failed)?);
        if read != found || now != found || bytes != found.size {
            return Err(HashError::Changed { path: path() });
        }
        Ok(digest)
    }
}

fn hash(file: &mut File, buffer: &mut [u8]) -> io::Result<(Digest, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok((Digest::from(hasher.finalize()), bytes)),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
