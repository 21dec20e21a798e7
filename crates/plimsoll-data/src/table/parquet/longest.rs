//! The longest value of a dictionary.
//!
//! A row takes a few bits where it names a value of a dictionary, and the whole value once it is
//! read as text. On average that is little; one value that nearly all rows name may be long.

use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::SerializedPageReader;

use super::super::stored::Stored;

/// Returns the length of the longest text in the dictionary of the column at `leaf`, in any of
/// `groups`; nought without one.
pub(super) fn longest(
    file: &Stored,
    groups: &[RowGroupMetaData],
    leaf: usize,
) -> Result<u64, String> {
    let mut longest = 0;
    for group in groups {
        let chunk = group.columns().get(leaf).ok_or("a row group lacks a column")?;
        if chunk.column_type() == Type::BYTE_ARRAY && chunk.dictionary_page_offset().is_some() {
            longest = longest.max(of_chunk(file, chunk)?);
        }
    }
    Ok(longest)
}

fn of_chunk(file: &Stored, chunk: &ColumnChunkMetaData) -> Result<u64, String> {
    let said = |error: parquet::errors::ParquetError| error.to_string();
    let mut pages =
        SerializedPageReader::new(Arc::new(file.clone()), chunk, 0, None).map_err(said)?;
    match pages.get_next_page().map_err(said)? {
        Some(Page::DictionaryPage { buf, .. }) => Ok(of_values(&buf)),
        _ => Ok(0),
    }
}

/// Reads values as `PLAIN` has them: the length of each, then its bytes.
fn of_values(mut bytes: &[u8]) -> u64 {
    let mut longest = 0;
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        longest = longest.max(u64::from(length));
        bytes = rest.get(usize::try_from(length).unwrap_or(usize::MAX)..).unwrap_or_default();
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_value_is_found() {
        assert_eq!(of_values(b"\x01\0\0\0a\x03\0\0\0bcd\0\0\0\0"), 3);
        assert_eq!(of_values(b""), 0);
        assert_eq!(of_values(b"\xff\xff\xff\xffab"), u64::from(u32::MAX));
    }
}
