//! Writing and hashing what was written.

use std::io::{self, Read, Write};

use plimsoll_core::Digest;
use sha2::Digest as _;

/// How much is copied at once.
const PIECE: usize = 128 * 1024;

/// A writer that hashes and counts what goes through it.
pub(crate) struct Hashed<W> {
    to: W,
    hasher: sha2::Sha256,
    size: u64,
}

impl<W: Write> Hashed<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, hasher: sha2::Sha256::new(), size: 0 }
    }

    /// Returns the writer, the SHA-256 and the size of what went through.
    pub(crate) fn finish(self) -> io::Result<(W, Digest, u64)> {
        let written = format!("sha256:{}", hex::encode(self.hasher.finalize()));
        Ok((self.to, written.parse().map_err(io::Error::other)?, self.size))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Returns the SHA-256 and the size of everything that is read.
///
/// # Errors
/// It cannot be read to its end.
pub fn hash(mut from: impl Read) -> io::Result<(Digest, u64)> {
    let mut hashed = Hashed::new(io::sink());
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => hashed.write_all(&piece[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let (_, digest, size) = hashed.finish()?;
    Ok((digest, size))
}
