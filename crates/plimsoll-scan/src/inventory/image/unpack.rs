//! Archives and layers as they are packed, and the hash of what goes through.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::inventory::error::Problem;

/// The largest window that a zstd frame may ask for, as a power of two: 128 MiB.
const LARGEST_WINDOW: u32 = 27;

/// Where a tar says that it is one.
const USTAR: std::ops::Range<usize> = 257..262;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Tells the first bytes of a tar, plain or packed, from those of a text.
pub(in crate::inventory) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(GZIP) || head.starts_with(ZSTD) || head.get(USTAR) == Some(b"ustar")
}

/// Unpacks what is packed with gzip or zstd, by its first bytes: what a manifest says of it is often wrong.
pub(super) fn unpacked<'r>(mut packed: impl BufRead + 'r) -> Result<Box<dyn Read + 'r>, Problem> {
    let head = packed.fill_buf().map_err(Problem::Unreadable)?;
    if head.starts_with(GZIP) {
        return Ok(Box::new(MultiGzDecoder::new(packed)));
    }
    if head.starts_with(ZSTD) {
        let decoder = zstd::stream::read::Decoder::with_buffer(packed);
        let mut decoder = decoder.map_err(Problem::Unreadable)?;
        decoder.window_log_max(LARGEST_WINDOW).map_err(Problem::Unreadable)?;
        return Ok(Box::new(decoder));
    }
    for (magic, format) in [(&b"BZh"[..], "bzip2"), (&b"\xfd7zXZ"[..], "xz")] {
        if head.starts_with(magic) {
            let what = format!("an archive packed with {format}");
            return Err(Problem::Refused {
                what,
                instead: "pack it with gzip or zstd, or not at all",
            });
        }
    }
    Ok(Box::new(packed))
}

/// A reader that hashes what goes through it.
pub(super) struct Hashing<R> {
    reader: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, hash: Sha256::new(), bytes: 0 }
    }

    /// Returns the address of what went through, and how many bytes it was.
    pub(super) fn finish(self) -> (String, u64) {
        (written(&self.hash.finalize()), self.bytes)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Checks that bytes hash to what names them.
pub(super) fn check(bytes: &[u8], expected: &str) -> Result<(), Problem> {
    let found = written(&Sha256::digest(bytes));
    if found == expected {
        return Ok(());
    }
    Err(Problem::Damaged { expected: expected.to_owned(), found })
}

fn written(hash: &[u8]) -> String {
    hash.iter().fold("sha256:".to_owned(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
