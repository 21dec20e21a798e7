//! Compressing layers: fixed settings, so that the same layer always has the same bytes.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use miniz_oxide::deflate::core::{CompressorOxide, create_comp_flags_from_zip_params};
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::{MZError, MZFlush, MZStatus};

/// What is compressed at once, so that the result does not depend on how it was read.
const BLOCK: usize = 256 * 1024;
const GZIP_LEVEL: i32 = 6;
const ZSTD_LEVEL: i32 = 9;
/// No name, no time, no operating system: the same on every machine.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As every registry, engine and scanner reads it.
    Gzip,
    /// Smaller and several times faster; engines read it since 2021 to 2023.
    Zstd,
}

impl Compression {
    /// Returns the media type of a layer.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

/// Returns what a layer of this media type unpacks to.
pub(crate) fn decompressed(media_type: &str, file: File) -> io::Result<Box<dyn Read>> {
    Ok(match media_type.rsplit_once('+') {
        Some((_, "gzip")) => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        Some((_, "zstd")) => Box::new(zstd::Decoder::new(file)?),
        _ => Box::new(file),
    })
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// A writer that compresses.
pub(crate) struct Compressor<W: Write> {
    waiting: Vec<u8>,
    to: Method<W>,
}

enum Method<W: Write> {
    Gzip(Gzip<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Compressor<W> {
    pub(crate) fn new(compression: Compression, mut to: W) -> io::Result<Self> {
        let to = match compression {
            Compression::Gzip => {
                to.write_all(&GZIP_HEAD)?;
                Method::Gzip(Gzip::new(to))
            }
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(to, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Method::Zstd(encoder)
            }
        };
        Ok(Self { waiting: Vec::with_capacity(BLOCK), to })
    }

    fn push(&mut self) -> io::Result<()> {
        match &mut self.to {
            Method::Gzip(gzip) => gzip.push(&self.waiting, MZFlush::None)?,
            Method::Zstd(encoder) => encoder.write_all(&self.waiting)?,
        }
        self.waiting.clear();
        Ok(())
    }

    /// Ends the stream, and returns the writer.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.push()?;
        match self.to {
            Method::Gzip(gzip) => gzip.finish(),
            Method::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == BLOCK {
            self.push()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// RFC 1952 around RFC 1951.
struct Gzip<W> {
    to: W,
    state: Box<CompressorOxide>,
    sum: crc32fast::Hasher,
    size: u32,
    out: Vec<u8>,
}

impl<W: Write> Gzip<W> {
    fn new(to: W) -> Self {
        // A negative window is a stream without the head of zlib.
        let flags = create_comp_flags_from_zip_params(GZIP_LEVEL, -15, 0);
        let state = Box::new(CompressorOxide::new(flags));
        Self { to, state, sum: crc32fast::Hasher::new(), size: 0, out: vec![0; BLOCK] }
    }

    fn push(&mut self, mut bytes: &[u8], flush: MZFlush) -> io::Result<()> {
        self.sum.update(bytes);
        // The format counts modulo 2^32.
        self.size = self.size.wrapping_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        loop {
            let step = deflate(&mut self.state, bytes, &mut self.out, flush);
            self.to.write_all(&self.out[..step.bytes_written])?;
            bytes = &bytes[step.bytes_consumed..];
            match step.status {
                Ok(MZStatus::StreamEnd) => return Ok(()),
                // That nothing is left to do is how the end of what was given is said.
                Ok(_) | Err(MZError::Buf) if flush == MZFlush::None && bytes.is_empty() => {
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => return Err(io::Error::other(format!("no gzip: {error:?}"))),
            }
        }
    }

    fn finish(mut self) -> io::Result<W> {
        self.push(&[], MZFlush::Finish)?;
        self.to.write_all(&self.sum.finalize().to_le_bytes())?;
        self.to.write_all(&self.size.to_le_bytes())?;
        Ok(self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(compression: Compression, bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut compressor = Compressor::new(compression, Vec::new()).unwrap();
        for part in bytes.chunks(piece.max(1)) {
            compressor.write_all(part).unwrap();
        }
        compressor.finish().unwrap()
    }

    /// Returns bytes that are neither all the same nor beyond compressing.
    fn some(count: u32) -> Vec<u8> {
        (0..count).map(|at| (at.wrapping_mul(2_654_435_761) >> 29) as u8).collect()
    }

    #[test]
    fn what_is_compressed_comes_back_however_it_was_handed_over() {
        for size in [0, 1, 4096, 262_143, 262_144, 262_145, 1_000_000] {
            let bytes = some(size);
            let gzip = compressed(Compression::Gzip, &bytes, 1_000_000);
            let mut back = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(&*gzip);
            reader.read_to_end(&mut back).unwrap();
            assert_eq!(back.len(), bytes.len());
            assert!(back == bytes, "gzip of {size}");
            let zstd = compressed(Compression::Zstd, &bytes, 1_000_000);
            assert!(zstd::decode_all(&*zstd).unwrap() == bytes, "zstd of {size}");
            for piece in [1023, 100_000] {
                assert!(compressed(Compression::Gzip, &bytes, piece) == gzip, "gzip {piece}");
                assert!(compressed(Compression::Zstd, &bytes, piece) == zstd, "zstd {piece}");
            }
        }
    }

    #[test]
    fn the_settings_stay_what_they_are() {
        // Another number here means that every layer that was pushed is pushed once more, and another number
        // of the settings by which layers are kept.
        let digest = |compression| {
            plimsoll_core::Digest::sha256(&compressed(compression, &some(500_000), 4096)).short()
        };
        insta::assert_snapshot!(digest(Compression::Gzip), @"sha256:d26c6e40");
        insta::assert_snapshot!(digest(Compression::Zstd), @"sha256:57a50fd0");
    }
}
