//! Compressed bytes, unpacked on a thread of their own.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use flate2::read::MultiGzDecoder;

use super::{Bytes, Damaged};
use crate::example::grouped;

/// How many bytes are handed over at once.
const BLOCK: usize = 256 << 10;

/// How many blocks wait at most.
const BLOCKS: usize = 4;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// Tells by its first bytes whether a file is compressed.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A frame, or one that holds no data, which some programs put before the first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Returns the unpacked bytes of all members or frames in `packed`. What a frame may ask for
    /// in memory is bounded by the library, 128 MiB.
    fn decoder(self, packed: Bytes) -> io::Result<Bytes> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
        })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Unpacked bytes. A damaged or truncated file ends in an error, never in end of file.
pub(super) struct Inflating {
    /// None once reading has ended.
    blocks: Option<Receiver<io::Result<Vec<u8>>>>,
    spare: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    thread: Option<JoinHandle<()>>,
}

impl Inflating {
    /// Begins to unpack `packed`.
    pub(super) fn start(compression: Compression, packed: Bytes) -> Self {
        let (sender, blocks) = sync_channel(BLOCKS);
        let (spare, used) = sync_channel(BLOCKS);
        let thread = std::thread::spawn(move || inflate(compression, packed, &sender, &used));
        Self { blocks: Some(blocks), spare, block: Vec::new(), at: 0, thread: Some(thread) }
    }
}

impl Read for Inflating {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            let Some(blocks) = &self.blocks else { return Ok(0) };
            let next = blocks.recv().unwrap_or_else(|_| {
                Err(io::Error::other(Damaged("its decompressor gave up".to_owned())))
            });
            let used = std::mem::take(&mut self.block);
            self.at = 0;
            match next {
                Ok(block) => {
                    if block.is_empty() {
                        self.blocks = None;
                    }
                    self.block = block;
                    _ = self.spare.try_send(used);
                }
                Err(error) => {
                    self.blocks = None;
                    return Err(error);
                }
            }
        }
        let read = bytes.len().min(self.block.len() - self.at);
        bytes[..read].copy_from_slice(&self.block[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

impl Drop for Inflating {
    fn drop(&mut self) {
        // The thread ends when nobody takes what it sends.
        self.blocks = None;
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// Sends blocks until the end, which is an empty one, or an error.
fn inflate(
    compression: Compression,
    packed: Bytes,
    blocks: &SyncSender<io::Result<Vec<u8>>>,
    used: &Receiver<Vec<u8>>,
) {
    let mut unpacked = 0;
    let mut decoder = match compression.decoder(packed) {
        Ok(decoder) => decoder,
        Err(error) => {
            _ = blocks.send(Err(named(compression, unpacked, error)));
            return;
        }
    };
    loop {
        let mut block = used.try_recv().unwrap_or_default();
        block.resize(BLOCK, 0);
        let (filled, failed) = fill(&mut decoder, &mut block);
        block.truncate(filled);
        unpacked += filled as u64;
        // What came before damage is looked at first.
        if filled > 0 && blocks.send(Ok(block)).is_err() {
            return;
        }
        if let Some(error) = failed {
            _ = blocks.send(Err(named(compression, unpacked, error)));
            return;
        }
        if filled < BLOCK {
            _ = blocks.send(Ok(Vec::new()));
            return;
        }
    }
}

/// Reads until `block` is full or nothing more comes, and returns how much came, and why no more.
fn fill(decoder: &mut Bytes, block: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < block.len() {
        match decoder.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// Tells damage from a file that the system could not read.
fn named(compression: Compression, unpacked: u64, error: io::Error) -> io::Error {
    let is_ours = error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Damaged>);
    if error.raw_os_error().is_some() || is_ours {
        return error;
    }
    let after = format!("after {} unpacked bytes", grouped(unpacked));
    io::Error::other(Damaged(if error.kind() == io::ErrorKind::UnexpectedEof {
        format!("it is truncated: its {compression} stream ends {after}")
    } else {
        format!("it is damaged: its {compression} stream cannot be unpacked {after} ({error})")
    }))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(packed: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let compression = Compression::of(&packed).unwrap();
        let mut bytes = Inflating::start(compression, Box::new(Cursor::new(packed)));
        let mut text = Vec::new();
        let error = bytes.read_to_end(&mut text).err();
        (text, error.map(|error| error.to_string()))
    }

    #[test]
    fn members_that_follow_each_other_are_one_stream() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        for pack in [gzip, zstd] {
            assert_eq!(
                unpack([pack(&text), pack(b""), pack(b"end")].concat()).0,
                [&text[..], b"end"].concat()
            );
        }
        let skipped = [b"\x50\x2a\x4d\x18\x02\0\0\0xy".to_vec(), zstd(b"a")].concat();
        assert_eq!(unpack(skipped), (b"a".to_vec(), None));
    }

    #[test]
    fn what_is_cut_or_damaged_never_ends_in_end_of_file() {
        let text: Vec<u8> = (0..2000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        for pack in [gzip, zstd] {
            let packed = pack(&text);
            for length in (8..packed.len()).step_by(61) {
                let (read, error) = unpack(packed[..length].to_vec());
                assert!(text.starts_with(&read));
                assert!(error.unwrap().contains("truncated"), "{length}");
            }
            let mut damaged = packed.clone();
            damaged[packed.len() / 2] ^= 0x55;
            assert!(unpack(damaged).1.is_some());
            let (read, error) = unpack([packed, b"garbage".to_vec()].concat());
            assert_eq!(read, text);
            assert!(error.unwrap().starts_with("it is "));
        }
    }

    #[test]
    fn a_reader_that_stops_early_stops_the_thread() {
        let packed = zstd(&vec![7; 8 << 20]);
        let mut bytes = Inflating::start(Compression::Zstd, Box::new(Cursor::new(packed)));
        bytes.read_exact(&mut [0; 10]).unwrap();
        drop(bytes);
    }
}
