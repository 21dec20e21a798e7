//! A file that several readers read at once.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// Bytes of a file, read by their place. A handle that is cloned by the system would share its
/// place with the original, so that two threads would read each other's bytes.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    file: Arc<File>,
    length: u64,
}

impl Stored {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), length })
    }

    /// Reads as much as is there from `at` on.
    pub(super) fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let mut read = 0;
        while read < bytes.len() {
            match self.file.read_at(&mut bytes[read..], at + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

impl Length for Stored {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Stored {
    type T = BufReader<Behind>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(Behind { stored: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // A damaged place must not become a large allocation.
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF("a page lies beyond the file".to_owned()));
        }
        let mut bytes = vec![0; length];
        if self.read_at(&mut bytes, start)? < length {
            return Err(ParquetError::EOF("the file became shorter".to_owned()));
        }
        Ok(bytes.into())
    }
}

/// The bytes of a file behind a place in it.
pub(super) struct Behind {
    stored: Stored,
    at: u64,
}

impl Read for Behind {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.stored.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
