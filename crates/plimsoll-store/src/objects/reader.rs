//! Reading an object, checked on the way.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use plimsoll_core::Digest;
use plimsoll_core::ports::{Damaged, OpenError};

use super::BLOCK;
use super::format::{Format, WINDOW};
use super::layout::Layout;

/// An object is stored in a way that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error(
    "object {digest} is stored in format {format}, and this version of Plimsoll reads 0 and 1: update it, or run `plimsoll store verify` if no newer one was used here"
)]
pub struct UnknownFormat {
    /// Which object.
    pub digest: Digest,
    /// The first byte of its file.
    pub format: u8,
}

/// The bytes of an object, or some of them.
pub(super) struct Reader {
    digest: Digest,
    source: Source,
    part: Part,
}

enum Source {
    Raw(File),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<File>>>),
}

enum Part {
    /// The whole, hashed on the way.
    Whole(Box<blake3::Hasher>),
    /// The whole was read and is what its address says.
    Sound,
    /// What was read cannot be the object.
    Damaged(String),
    /// A range, of which so many bytes are left.
    Range(u64),
}

impl Reader {
    /// Opens the object, or the bytes of it in `range`.
    pub(super) fn open(
        layout: &Layout,
        digest: &Digest,
        range: Option<Range<u64>>,
    ) -> Result<Self, OpenError> {
        let path = layout.path(digest).ok_or(OpenError::Missing(*digest))?;
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(OpenError::Missing(*digest));
            }
            Err(error) => return Err(OpenError::Unavailable(error.into())),
        };
        let unavailable = |error: io::Error| OpenError::Unavailable(error.into());
        let mut first = [0];
        if file.read(&mut first).map_err(unavailable)? == 0 {
            let problem = "its file is empty".to_owned();
            return Err(Damaged { expected: *digest, problem }.into());
        }
        let Some(format) = Format::named_by(first[0]) else {
            let unknown = UnknownFormat { digest: *digest, format: first[0] };
            return Err(OpenError::Unavailable(unknown.into()));
        };
        let source = match format {
            Format::Raw => Source::Raw(file),
            Format::Zstd => {
                let buffered = BufReader::with_capacity(BLOCK / 8, file);
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(buffered).map_err(unavailable)?;
                decoder.window_log_max(WINDOW).map_err(unavailable)?;
                Source::Zstd(Box::new(decoder))
            }
        };
        let part = Part::Whole(Box::default());
        let mut reader = Self { digest: *digest, source, part };
        if let Some(range) = range {
            reader.go_to(range.start).map_err(unavailable)?;
            reader.part = Part::Range(range.end.saturating_sub(range.start));
        }
        Ok(reader)
    }

    /// Goes to a place in the content, or to its end where it is shorter.
    fn go_to(&mut self, start: u64) -> io::Result<()> {
        match &mut self.source {
            // After the byte that names the format; not every file system goes beyond the end.
            Source::Raw(file) => {
                let end = file.metadata()?.len();
                file.seek(SeekFrom::Start(start.saturating_add(1).min(end))).map(|_| ())
            }
            Source::Zstd(_) => {
                let mut skipped = Read::by_ref(self).take(start);
                io::copy(&mut skipped, &mut io::sink()).map(|_| ())
            }
        }
    }

    fn damaged(&self, problem: String) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Damaged { expected: self.digest, problem })
    }

    /// Settles what a whole read has come to at the end of the file.
    fn end(&mut self) -> io::Result<usize> {
        if let Part::Whole(hasher) = &self.part {
            let actual = Digest::from(hasher.finalize());
            self.part = if actual == self.digest {
                Part::Sound
            } else {
                Part::Damaged(format!("its bytes hash to {actual}"))
            };
        }
        match &self.part {
            Part::Damaged(problem) => Err(self.damaged(problem.clone())),
            _ => Ok(0),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = match &self.part {
            Part::Range(left) => buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX)),
            Part::Whole(_) => buffer.len(),
            Part::Sound | Part::Damaged(_) => return self.end(),
        };
        if room == 0 {
            return Ok(0);
        }
        let read = match &mut self.source {
            Source::Raw(file) => file.read(&mut buffer[..room]),
            Source::Zstd(decoder) => decoder.read(&mut buffer[..room]),
        };
        let read = match read {
            Ok(read) => read,
            // What has no number of the system is the decoder's: the frame is broken or cut off.
            Err(error) if error.raw_os_error().is_none() && is_decoding(&error) => {
                let problem = format!("it cannot be decompressed: {error}");
                self.part = Part::Damaged(problem.clone());
                return Err(self.damaged(problem));
            }
            Err(error) => return Err(error),
        };
        match &mut self.part {
            _ if read == 0 => return self.end(),
            Part::Whole(hasher) => _ = hasher.update(&buffer[..read]),
            Part::Range(left) => *left -= read as u64,
            Part::Sound | Part::Damaged(_) => {}
        }
        Ok(read)
    }
}

fn is_decoding(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}
