//! What a command prints, kept in a file of bounded size.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use plimsoll_core::{RunId, StepName};

/// How much is kept of the beginning, and of the end.
const KEPT: u64 = 8 << 20;

/// Returns where the output of a step's command is kept.
pub fn log_path(home: &Path, run: &RunId, step: &StepName, attempt: u32) -> PathBuf {
    home.join("logs").join(run.to_string()).join(format!("{step}-{attempt}.log"))
}

/// A log that is being written: its first bytes, and the last ones in a ring behind them.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    kept: u64,
    written: u64,
}

impl Log {
    /// Makes the log at `path`, with the folders above it.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Self { file, kept: KEPT, written: 0 })
    }

    /// Adds what was printed.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (at, room) = if self.written < self.kept {
                (self.written, self.kept - self.written)
            } else {
                let in_ring = (self.written - self.kept) % self.kept;
                (self.kept + in_ring, self.kept - in_ring)
            };
            let fits = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
            let (now, rest) = bytes.split_at(fits);
            self.file.write_all_at(now, at)?;
            self.written += now.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Brings the end into order and says how much was left out before it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let Some(left_out) = self.written.checked_sub(2 * self.kept).filter(|left| *left > 0)
        else {
            return Ok(());
        };
        let oldest = (self.written - self.kept) % self.kept;
        let mut tail = vec![0; usize::try_from(self.kept).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut tail, self.kept)?;
        tail.rotate_left(usize::try_from(oldest).map_err(io::Error::other)?);
        self.file.seek(SeekFrom::Start(self.kept))?;
        write!(self.file, "\n[{left_out} bytes were left out here]\n")?;
        self.file.write_all(&tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(kept: u64, pieces: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.log");
        let mut log = Log::create(&path).unwrap();
        log.kept = kept;
        for piece in pieces {
            log.write(piece.as_bytes()).unwrap();
        }
        log.finish().unwrap();
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn what_fits_is_kept_whole() {
        assert_eq!(log(4, &["ab", "cdef", "gh"]), "abcdefgh");
        assert_eq!(log(4, &[]), "");
    }

    #[test]
    fn of_more_the_beginning_and_the_end_are_kept_in_order() {
        let expected = "abcd\n[5 bytes were left out here]\njklm";
        assert_eq!(log(4, &["abcdefghijklm"]), expected);
        assert_eq!(log(4, &["abc", "def", "ghij", "klm"]), expected);
    }
}
