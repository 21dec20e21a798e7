//! A few words for each row, kept from one pass over the columns to the next.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

/// Sums of parts of digests, row by row.
///
/// Nearly always a file is read in one pass, and nothing is kept beyond a batch. Where columns are
/// too large to be held at once there are several passes, and the words wait in a nameless file.
pub(crate) struct RowWords<'a> {
    folder: &'a Path,
    width: usize,
    before: Option<BufReader<File>>,
    after: Option<BufWriter<File>>,
}

impl<'a> RowWords<'a> {
    /// Holds `width` words for each row.
    pub(crate) fn new(width: usize, folder: &'a Path) -> Self {
        Self { folder, width, before: None, after: None }
    }

    /// Returns where words wait.
    pub(crate) fn folder(&self) -> &'a Path {
        self.folder
    }

    /// Begins a pass; words are kept unless it is the last.
    pub(crate) fn begin(&mut self, is_last: bool) -> io::Result<()> {
        self.before = match self.after.take() {
            Some(after) => {
                let mut file = after.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.rewind()?;
                Some(BufReader::new(file))
            }
            None => None,
        };
        if !is_last {
            self.after = Some(BufWriter::new(tempfile::tempfile_in(self.folder)?));
        }
        Ok(())
    }

    /// Returns the words of the next `rows` rows: row by row, noughts in the first pass.
    pub(crate) fn take(&mut self, rows: usize) -> io::Result<Vec<u64>> {
        let mut words = vec![0; rows * self.width];
        if let Some(before) = &mut self.before {
            let mut bytes = [0; 8];
            for word in &mut words {
                before.read_exact(&mut bytes)?;
                *word = u64::from_le_bytes(bytes);
            }
        }
        Ok(words)
    }

    /// Puts the words of those rows aside for the next pass.
    pub(crate) fn keep(&mut self, words: &[u64]) -> io::Result<()> {
        if let Some(after) = &mut self.after {
            for word in words {
                after.write_all(&word.to_le_bytes())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wait_for_the_next_pass() {
        let folder = std::env::temp_dir();
        let mut words = RowWords::new(2, &folder);
        words.begin(false).unwrap();
        let mut first = words.take(3).unwrap();
        assert_eq!(first, [0; 6]);
        first.iter_mut().enumerate().for_each(|(at, word)| *word = at as u64);
        words.keep(&first).unwrap();
        words.begin(true).unwrap();
        assert_eq!(words.take(1).unwrap(), [0, 1]);
        assert_eq!(words.take(2).unwrap(), [2, 3, 4, 5]);
        assert!(words.take(1).is_err());
    }
}
