//! How content is stored: the first byte of each object's file says it.

/// Up to this size a file takes one block of the disk, compressed or not.
const ONE_BLOCK: usize = 4095;

/// How much of the beginning decides.
const SAMPLE: usize = 256 << 10;

/// The level that data is compressed with: fast enough to keep up with a disk.
pub(super) const LEVEL: i32 = 1;

/// The greatest window that is decompressed, as a power of 2: what [`LEVEL`] writes needs less.
pub(super) const WINDOW: u32 = 23;

/// How content is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// As it is.
    Raw,
    /// As one zstd frame.
    Zstd,
}

impl Format {
    /// Decides by the beginning of the content: zstd where it saves a tenth or more.
    pub(super) fn for_content(head: &[u8]) -> Self {
        if head.len() <= ONE_BLOCK {
            return Self::Raw;
        }
        let sample = &head[..head.len().min(SAMPLE)];
        match zstd::bulk::compress(sample, LEVEL) {
            Ok(compressed) if compressed.len() <= sample.len() / 10 * 9 => Self::Zstd,
            _ => Self::Raw,
        }
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Raw => 0,
            Self::Zstd => 1,
        }
    }

    /// Returns the format that `byte` names; `None` for one that a later version may bring.
    pub(super) fn named_by(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Raw),
            1 => Some(Self::Zstd),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compresses_where_it_pays() {
        let text = "season,hour,temperature\n".repeat(1000);
        assert_eq!(Format::for_content(text.as_bytes()), Format::Zstd);
        let mut noise = vec![0; 1 << 20];
        blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut noise);
        assert_eq!(Format::for_content(&noise), Format::Raw);
        assert_eq!(Format::for_content(b"{}"), Format::Raw);
    }

    #[test]
    fn the_first_byte_of_stored_files_does_not_change() {
        for (format, byte) in [(Format::Raw, 0), (Format::Zstd, 1)] {
            assert_eq!(format.byte(), byte);
            assert_eq!(Format::named_by(byte), Some(format));
        }
        assert_eq!(Format::named_by(2), None);
    }
}
