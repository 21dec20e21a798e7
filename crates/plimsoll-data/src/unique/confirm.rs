//! Rows whose hashes are there twice, read again and compared by value.

use std::collections::HashMap;
use std::io;

use super::Keys;
use super::sorted::{Sorted, Sorter};
use crate::example::{Place, Tally};
use crate::schema::ColumnType;
use crate::table::ReadError;
use crate::tables::Tables;

/// Hashes that are looked at in one pass over the file.
const MOST_HASHES: usize = 1 << 20;

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
/// those that repeat the values of an earlier row in `columns` (places and types), with `examples`
/// of them.
pub(crate) fn confirm(
    sorter: Sorter<'_>,
    tables: &Tables,
    columns: &[(usize, ColumnType)],
    rows: u64,
    examples: usize,
) -> Result<Repeats, ConfirmError> {
    let mut suspects = Suspects { sorted: sorter.sorted()?, next: None };
    suspects.next = suspects.sorted.next()?;
    loop {
        let some = suspects.take(MOST_HASHES)?;
        if some.is_empty() {
            return Ok(Repeats::default());
        }
        let more = suspects.next.is_some();
        let mut repeats = compare(some, tables, columns, rows, examples)?;
        // Once there are duplicates it does not pay to count every one of millions.
        if repeats.tally.count().is_some() {
            repeats.more |= more;
            return Ok(repeats);
        }
    }
}

/// Hashes that are there more than once.
struct Suspects {
    sorted: Sorted,
    next: Option<u64>,
}

impl Suspects {
    /// Returns the next ones, `most` at most.
    fn take(&mut self, most: usize) -> io::Result<Vec<u64>> {
        let mut suspects = Vec::new();
        while let Some(hash) = self.next
            && suspects.len() < most
        {
            let mut count = 0_u64;
            while self.next == Some(hash) {
                count += 1;
                self.next = self.sorted.next()?;
            }
            if count > 1 {
                suspects.push(hash);
            }
        }
        Ok(suspects)
    }
}

fn compare(
    suspects: Vec<u64>,
    tables: &Tables,
    columns: &[(usize, ColumnType)],
    rows: u64,
    examples: usize,
) -> Result<Repeats, ConfirmError> {
    let mut table = tables.open()?;
    table.project(&columns.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    let mut seen: HashMap<u64, Vec<(Vec<u8>, Place)>> =
        suspects.into_iter().map(|hash| (hash, Vec::new())).collect();
    let (mut held, mut read) = (0, 0);
    let (mut key, mut hashes) = (Vec::new(), Vec::new());
    let mut repeats = Repeats { tally: Tally::showing(examples), more: false };
    while let Some(batch) = table.next_batch()? {
        read += batch.rows as u64;
        let typed: Vec<_> = (columns.iter().enumerate())
            .map(|(at, (_, column_type))| batch.typed(at, *column_type))
            .collect();
        let keys = Keys::new(batch.columns.iter().zip(&typed));
        keys.hashes(batch.rows, &mut hashes);
        for (index, hash) in hashes.iter().enumerate() {
            let Some(group) = seen.get_mut(hash) else { continue };
            keys.write(index, &mut key);
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_collision_of_hashes_is_no_duplicate() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "a,b\n1,1\n2,1\n1,2\n3,3\n1,1\n").unwrap();
        let folder = std::env::temp_dir();
        let tables = Tables::file(file.path());
        let hashes = |columns: &[(usize, ColumnType)]| {
            let mut table = tables.open().unwrap();
            table.project(&columns.iter().map(|(place, _)| *place).collect::<Vec<_>>());
            let batch = table.next_batch().unwrap().unwrap();
            let typed: Vec<_> =
                columns.iter().enumerate().map(|(at, (_, of))| batch.typed(at, *of)).collect();
            let mut hashes = Vec::new();
            Keys::new(batch.columns.iter().zip(&typed)).hashes(5, &mut hashes);
            hashes
        };
        // What is there once is compared as well where somebody says that it is there twice.
        let repeats = |twice: bool, columns: &[(usize, ColumnType)]| {
            let mut sorter = Sorter::new(1 << 10, &folder);
            sorter.extend(&hashes(columns)).unwrap();
            if twice {
                sorter.extend(&hashes(columns)).unwrap();
            }
            let repeats = confirm(sorter, &tables, columns, 5, 5).unwrap();
            (repeats.tally.count().map(u64::from), repeats.tally.examples())
        };
        let both = [(0, ColumnType::Integer), (1, ColumnType::Integer)];
        let expected = (Some(1), ", for example line 6: 1, 1 (as in line 2)".to_owned());
        assert_eq!(repeats(false, &both), expected);
        assert_eq!(repeats(true, &both), expected);
        assert_eq!(repeats(true, &both[..1]).0, Some(2));
        assert_eq!(repeats(true, &[(1, ColumnType::String)]).0, Some(2));
    }

    #[test]
    fn suspects_come_in_pieces() {
        let folder = std::env::temp_dir();
        let mut sorter = Sorter::new(1, &folder);
        sorter
            .extend(
                &(0..40_u8)
                    .flat_map(|hash| vec![u64::from(hash); 1 + usize::from(hash) % 3])
                    .collect::<Vec<_>>(),
            )
            .unwrap();
        let mut suspects = Suspects { sorted: sorter.sorted().unwrap(), next: None };
        suspects.next = suspects.sorted.next().unwrap();
        let mut all: Vec<u64> = Vec::new();
        loop {
            let some = suspects.take(7).unwrap();
            all.extend(&some);
            if some.is_empty() {
                break;
            }
        }
        assert_eq!(all, (0..40).filter(|hash| hash % 3 > 0).collect::<Vec<_>>());
    }
}
