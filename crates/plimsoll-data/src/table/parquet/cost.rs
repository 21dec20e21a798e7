//! How much memory it takes to decode a column.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::page;
use crate::example::grouped;

/// The longest header of a page, statistics included.
const MAX_HEADER: usize = 1 << 20;

/// What a column costs to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// The bytes of its largest page and its largest dictionary.
    pub(super) pages: u64,
    /// The bytes of a value, on average where they are many.
    pub(super) value: u64,
}

/// Looks at the header of every page of the columns at `leaves` and returns what they cost
/// together.
pub(super) fn cost(
    file: &File,
    metadata: &ParquetMetaData,
    leaves: impl Iterator<Item = usize> + Clone,
) -> Result<Cost, String> {
    let mut total = Cost::default();
    for leaf in leaves {
        let mut of_leaf = Cost::default();
        for group in metadata.row_groups() {
            let rows = u64::try_from(group.num_rows()).unwrap_or_default();
            let chunk = group.columns().get(leaf).ok_or("a row group lacks a column")?;
            let of_chunk = of_chunk(file, chunk, rows)?;
            of_leaf.pages = of_leaf.pages.max(of_chunk.pages);
            of_leaf.value = of_leaf.value.max(of_chunk.value);
        }
        total.pages = total.pages.saturating_add(of_leaf.pages);
        total.value = total.value.saturating_add(of_leaf.value);
    }
    Ok(total)
}

fn of_chunk(file: &File, chunk: &ColumnChunkMetaData, rows: u64) -> Result<Cost, String> {
    let (mut at, length) = chunk.byte_range();
    let end = at.checked_add(length).ok_or("a column lies beyond the file")?;
    let (mut data, mut dictionary, mut bytes, mut value) = (0_u64, 0_u64, 0_u64, 0_u64);
    while at < end {
        let header = header(file, at, end)?;
        match header.dictionary {
            Some(values) => {
                dictionary = dictionary.max(header.decoded);
                value = value.max(header.decoded / values.max(1));
            }
            None => data = data.max(header.decoded),
        }
        bytes = bytes.saturating_add(header.decoded);
        let taken = header.used.saturating_add(header.stored);
        at = at.checked_add(taken).ok_or("a page lies beyond the file")?;
    }
    Ok(Cost { pages: data.saturating_add(dictionary), value: value.max(bytes / rows.max(1)) })
}

fn header(file: &File, at: u64, end: u64) -> Result<page::PageHeader, String> {
    let mut window = 512;
    loop {
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let mut bytes = vec![0; window.min(left)];
        let read = read_at(file, &mut bytes, at).map_err(|error| error.to_string())?;
        if let Some(header) = page::read(&bytes[..read]) {
            return Ok(header);
        }
        if window >= MAX_HEADER.min(left) {
            return Err(format!("the page at byte {} has no readable header", grouped(at)));
        }
        window *= 8;
    }
}

/// Reads as much as is there.
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
