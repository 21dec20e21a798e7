//! Copying in pieces and hashing what was copied.

use std::io::{self, Read, Write};

use plimsoll_core::Digest;
use sha2::Digest as _;

const PIECE: usize = 128 * 1024;

/// Copies everything and returns its SHA-256 and size.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(Digest, u64)> {
    let mut hasher = sha2::Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&piece[..read]);
        to.write_all(&piece[..read])?;
        size += read as u64;
    }
    let written = format!("sha256:{}", hex::encode(hasher.finalize()));
    Ok((written.parse().map_err(io::Error::other)?, size))
}
