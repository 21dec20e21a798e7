//! Rows whose hashes agree, read again and compared by value.

use std::collections::BTreeMap;
use std::io;

use super::Keys;
use super::key::hash;
use super::sorted::{Hashed, Sorted, Sorter};
use crate::example::{Place, Tally};
use crate::schema::ColumnType;
use crate::table::ReadError;
use crate::tables::Tables;

/// Rows whose values are compared in one pass over the file.
const MOST_ROWS: usize = 1 << 20;

/// The most bytes of keys that are held for that.
const MOST_BYTES: usize = 32 << 20;

/// Rows that repeat an earlier one.
#[derive(Default)]
pub(crate) struct Repeats {
    pub(crate) tally: Tally,
    /// Whether there may be more than were counted.
    pub(crate) more: bool,
}

/// Uniqueness could not be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfirmError {
    /// The file of hashes.
    #[error(transparent)]
    Spill(#[from] io::Error),
    /// The file of data.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another number of rows than before.
    #[error("the file changed")]
    Changed,
}

/// Reads the rows of `tables` again whose hashes are in `sorter` twice, and returns
/// those that repeat the values of an earlier row in `columns` (places and types).
pub(crate) fn confirm(
    sorter: Sorter<'_>,
    tables: &Tables,
    columns: &[(usize, ColumnType)],
    rows: u64,
) -> Result<Repeats, ConfirmError> {
    let mut suspects = Suspects { sorted: sorter.sorted()?, last: None, groups: 0 };
    loop {
        let (some, more) = suspects.take(MOST_ROWS)?;
        if some.is_empty() {
            return Ok(Repeats::default());
        }
        let mut repeats = compare(&some, tables, columns, rows)?;
        repeats.more |= more;
        // Once there are duplicates it does not pay to count every one of millions.
        if repeats.tally.count().is_some() || !more {
            return Ok(repeats);
        }
    }
}

/// Rows whose hash another row shares.
struct Suspects {
    sorted: Sorted,
    last: Option<(Hashed, bool)>,
    groups: u64,
}

impl Suspects {
    /// Returns up to about `most` rows in order, each with the number of its group, and whether
    /// there are more.
    fn take(&mut self, most: usize) -> io::Result<(Vec<(u64, u64)>, bool)> {
        let mut rows = Vec::new();
        let mut more = false;
        while let Some(next) = self.sorted.next()? {
            if let Some((last, is_in)) = &mut self.last
                && last.hash == next.hash
            {
                if !*is_in {
                    self.groups += 1;
                    rows.push((last.row, self.groups));
                    *is_in = true;
                }
                rows.push((next.row, self.groups));
                if rows.len() >= most {
                    // The rest of the group is compared with its first row as well.
                    *is_in = false;
                    more = true;
                    break;
                }
            } else {
                self.last = Some((next, false));
            }
        }
        rows.sort_unstable();
        Ok((rows, more))
    }
}

fn compare(
    suspects: &[(u64, u64)],
    tables: &Tables,
    columns: &[(usize, ColumnType)],
    rows: u64,
) -> Result<Repeats, ConfirmError> {
    let mut table = tables.open()?;
    table.project(&columns.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    let mut suspects = suspects.iter().peekable();
    let mut seen: BTreeMap<u64, Vec<(Vec<u8>, Place)>> = BTreeMap::new();
    let (mut held, mut read) = (0, 0);
    let mut key = Vec::new();
    let mut repeats = Repeats::default();
    while let Some(batch) = table.next_batch()? {
        read += batch.rows as u64;
        let behind = batch.first + batch.rows as u64;
        if suspects.peek().is_none_or(|(row, _)| *row >= behind) {
            continue;
        }
        let typed: Vec<_> = (columns.iter().enumerate())
            .map(|(at, (_, column_type))| batch.typed(at, *column_type))
            .collect();
        let keys = Keys::new(batch.columns.iter().zip(&typed));
        while let Some((row, group)) = suspects.next_if(|(row, _)| *row < behind) {
            let Ok(index) = usize::try_from(row - batch.first) else { continue };
            keys.write(index, &mut key);
            let group = seen.entry(*group).or_default();
            if let Some((_, first)) = group.iter().find(|(other, _)| *other == key) {
                let value = || format!("{} (as in {first})", keys.show(index));
                repeats.tally.add(batch.place(index), value);
            } else if held < MOST_BYTES {
                held += key.len() + 96;
                group.push((key.clone(), batch.place(index)));
            } else {
                repeats.more = true;
            }
        }
    }
    if read == rows { Ok(repeats) } else { Err(ConfirmError::Changed) }
}

impl Sorter<'_> {
    /// Takes in every key of a batch that `first` rows came before.
    pub(crate) fn take(&mut self, keys: &Keys<'_>, first: u64, rows: usize) -> io::Result<()> {
        let mut key = Vec::with_capacity(64);
        for index in 0..rows {
            keys.write(index, &mut key);
            self.push(Hashed { hash: hash(&key), row: first + index as u64 })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_collision_of_hashes_is_no_duplicate() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "a,b\n1,1\n2,1\n1,2\n3,3\n1,1\n").unwrap();
        let folder = std::env::temp_dir();
        let repeats = |hashes: [u64; 5], columns: &[(usize, ColumnType)]| {
            let mut sorter = Sorter::new(1 << 10, &folder);
            for (row, hash) in hashes.into_iter().enumerate() {
                sorter.push(Hashed { hash, row: row as u64 }).unwrap();
            }
            let repeats = confirm(sorter, &file.path().into(), columns, 5).unwrap();
            (repeats.tally.count().map(u64::from), repeats.tally.examples())
        };
        let both = [(0, ColumnType::Integer), (1, ColumnType::Integer)];
        let expected = (Some(1), ", for example line 6: 1, 1 (as in line 2)".to_owned());
        assert_eq!(repeats([7; 5], &both), expected);
        assert_eq!(repeats([7, 7, 7, 7, 9], &both).0, None);
        assert_eq!(repeats([7; 5], &both[..1]).0, Some(2));
    }

    #[test]
    fn suspects_come_in_pieces_with_their_first_row() {
        let folder = std::env::temp_dir();
        let mut sorter = Sorter::new(1, &folder);
        for row in 0..40 {
            sorter.push(Hashed { hash: u64::from(row > 20), row }).unwrap();
        }
        let mut suspects = Suspects { sorted: sorter.sorted().unwrap(), last: None, groups: 0 };
        let mut all = std::collections::BTreeSet::new();
        loop {
            let (rows, more) = suspects.take(7).unwrap();
            all.extend(rows.iter().map(|(row, _)| *row));
            if !more {
                break;
            }
        }
        assert_eq!(all.len(), 40);
    }
}
