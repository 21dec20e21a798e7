//! Compressed streams: gzip, zlib, bzip2, xz, lzma, zstd and lz4, which joblib and people use.

use std::io::{self, BufRead, BufReader, Read};

use super::content::Content;
use super::look::Look;
use super::report::{Finding, Verdict};

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zlib,
    Bzip2,
    Xz,
    Lzma,
    Zstd,
    Lz4,
}

/// Most memory that unpacking one stream may take, in KiB: the dictionary of `xz -9`, and as much again.
const MEMORY_KIB: u32 = 128 << 10;

impl Compression {
    /// Tells it from the first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            // Properties, a dictionary of a power of two or the sum of two, and a size (lzma-specification).
            [0x5d, a, b, c, d, ..] if is_dictionary(u32::from_le_bytes([*a, *b, *c, *d])) => {
                Self::Lzma
            }
            // RFC 1950: deflate, and a header that is a multiple of 31.
            [first, second, ..]
                if first & 0x0f == 8
                    && first >> 4 <= 7
                    && (u16::from(*first) * 256 + u16::from(*second)).is_multiple_of(31)
                    && second & 0x20 == 0 =>
            {
                Self::Zlib
            }
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// Returns what it unpacks to, as a stream.
    pub(super) fn unpack<'c>(self, packed: impl Read + 'c) -> io::Result<Box<dyn Read + 'c>> {
        let packed = BufReader::with_capacity(64 << 10, packed);
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Self::Zlib => Box::new(Streams::new(flate2::bufread::ZlibDecoder::new(packed))),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(packed, true, MEMORY_KIB)),
            Self::Lzma => {
                let packed = Ahead { bytes: Vec::new(), at: 0, rest: packed };
                let first = lzma_rust2::LzmaReader::new_mem_limit(packed, MEMORY_KIB, None)?;
                Box::new(Streams::new(first))
            }
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
                decoder.window_log_max(27)?;
                Box::new(decoder)
            }
            Self::Lz4 => Box::new(Streams::new(lz4_flex::frame::FrameDecoder::new(packed))),
        })
    }
}

/// One of the readers that stop at the end of a stream.
trait Stream: Read + Sized {
    /// Returns one for the stream that follows; none at the end of everything.
    fn next(self) -> io::Result<Option<Self>>;
}

impl<R: BufRead> Stream for flate2::bufread::ZlibDecoder<R> {
    fn next(self) -> io::Result<Option<Self>> {
        let mut rest = self.into_inner();
        Ok(if rest.fill_buf()?.is_empty() { None } else { Some(Self::new(rest)) })
    }
}

impl<R: Read> Stream for lzma_rust2::LzmaReader<Ahead<R>> {
    fn next(self) -> io::Result<Option<Self>> {
        let (mut source, mut bytes) = self.into_parts();
        // It reads ahead of the end of its stream.
        bytes.extend_from_slice(source.left());
        if bytes.is_empty() {
            let mut first = [0];
            let count = source.rest.read(&mut first)?;
            bytes.extend_from_slice(&first[..count]);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let source = Ahead { bytes, at: 0, rest: source.rest };
        Ok(Some(Self::new_mem_limit(source, MEMORY_KIB, None)?))
    }
}

/// Some bytes, and then the rest.
struct Ahead<R> {
    bytes: Vec<u8>,
    at: usize,
    rest: R,
}

impl<R> Ahead<R> {
    fn left(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left();
        if left.is_empty() {
            return self.rest.read(buffer);
        }
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.at += count;
        Ok(count)
    }
}

impl<R: BufRead> Stream for lz4_flex::frame::FrameDecoder<R> {
    fn next(self) -> io::Result<Option<Self>> {
        let mut rest = self.into_inner();
        Ok(if rest.fill_buf()?.is_empty() { None } else { Some(Self::new(rest)) })
    }
}

/// All streams that follow one another, as joblib reads them: what is left behind one is the next.
struct Streams<S>(Option<S>);

impl<S: Stream> Streams<S> {
    fn new(first: S) -> Self {
        Self(Some(first))
    }
}

impl<S: Stream> Read for Streams<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(stream) = &mut self.0 {
            let count = stream.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.0 = self.0.take().map_or(Ok(None), Stream::next)?;
        }
        Ok(0)
    }
}

/// Whether a size is one that LZMA's writers give their dictionaries: of 4 KiB or more, a power of two or the
/// sum of one and its half.
fn is_dictionary(size: u32) -> bool {
    let leading = 1 << size.checked_ilog2().unwrap_or(0);
    size >= 4096 && (size == leading || size == leading + leading / 2)
}

/// Looks at what a stream unpacks to.
///
/// Returns false where it only looks like one by its first bytes: nothing could be unpacked.
pub(super) fn look(compression: Compression, content: &Content, look: &mut Look) -> bool {
    let unpacked = match compression.unpack(content.reader()) {
        Ok(mut stream) => look.unpack(&mut stream),
        Err(error) => Err(error),
    };
    let (inner, broken) = match unpacked {
        Ok(unpacked) => unpacked,
        Err(error) => (Content::of_bytes(Vec::new()), Some(error)),
    };
    if inner.length() == 0 && broken.is_some() {
        return false;
    }
    look.read_as(compression.name());
    if let Some(error) = broken {
        let message = format!("the {} stream is damaged: {error}", compression.name());
        look.found(Finding::new("model.unreadable", Verdict::Unknown, message));
    }
    look.inside(compression.name(), |look| super::look_at(&inner, "", look));
    true
}
