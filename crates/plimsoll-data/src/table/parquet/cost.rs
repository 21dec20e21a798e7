//! How much memory it takes to decode a column.

use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::super::stored::Stored;
use super::page;
use crate::example::grouped;

/// The longest header of a page, statistics included.
const MAX_HEADER: usize = 1 << 20;

/// What a column costs to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// The bytes of its largest page and its largest dictionary.
    pub(super) pages: u64,
    /// The bytes of a value, on average over those of a page where they are largest.
    pub(super) value: u64,
    /// The bytes of its largest dictionary.
    pub(super) dictionary: u64,
    /// Whether every page of values holds places in a dictionary.
    pub(super) coded: bool,
}

impl Cost {
    const NONE: Self = Self { pages: 0, value: 0, dictionary: 0, coded: true };
}

/// Looks at the header of every page of the columns at `leaves` in `groups`, and returns what they
/// cost together.
pub(super) fn cost(
    file: &Stored,
    groups: &[RowGroupMetaData],
    leaves: Vec<usize>,
) -> Result<Cost, String> {
    let mut total = Cost::NONE;
    for leaf in leaves {
        let of_leaf = of_leaf(file, groups, leaf)?;
        total.pages = total.pages.saturating_add(of_leaf.pages);
        total.value = total.value.saturating_add(of_leaf.value);
        total.dictionary = total.dictionary.max(of_leaf.dictionary);
        total.coded &= of_leaf.coded;
    }
    Ok(total)
}

fn of_leaf(file: &Stored, groups: &[RowGroupMetaData], leaf: usize) -> Result<Cost, String> {
    let mut cost = Cost::NONE;
    for group in groups {
        let rows = u64::try_from(group.num_rows()).unwrap_or_default();
        let chunk = group.columns().get(leaf).ok_or("a row group lacks a column")?;
        let of_chunk = of_chunk(file, chunk, rows)?;
        cost.pages = cost.pages.max(of_chunk.pages);
        cost.value = cost.value.max(of_chunk.value);
        cost.dictionary = cost.dictionary.max(of_chunk.dictionary);
        cost.coded &= of_chunk.coded;
    }
    Ok(cost)
}

fn of_chunk(file: &Stored, chunk: &ColumnChunkMetaData, rows: u64) -> Result<Cost, String> {
    let (mut at, length) = chunk.byte_range();
    let end = at.checked_add(length).ok_or("a column lies beyond the file")?;
    let (mut data, mut dictionary, mut bytes, mut value) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut coded = true;
    while at < end {
        let header = header(file, at, end)?;
        if let Some(values) = header.dictionary {
            dictionary = dictionary.max(header.decoded);
            value = value.max(header.decoded / values.max(1));
        } else {
            data = data.max(header.decoded);
            value = value.max(header.decoded / header.values.unwrap_or_default().max(1));
            coded &= header.coded;
        }
        bytes = bytes.saturating_add(header.decoded);
        let taken = header.used.saturating_add(header.stored);
        at = at.checked_add(taken).ok_or("a page lies beyond the file")?;
    }
    let value = value.max(bytes / rows.max(1));
    // The values of one row may fill several pages where they are repeated.
    let at_once = if chunk.column_descr().max_rep_level() > 0 { bytes } else { data };
    Ok(Cost { pages: at_once.saturating_add(dictionary), value, dictionary, coded })
}

fn header(file: &Stored, at: u64, end: u64) -> Result<page::PageHeader, String> {
    let mut window = 512;
    loop {
        let left = usize::try_from(end - at).unwrap_or(usize::MAX);
        let mut bytes = vec![0; window.min(left)];
        let read = file.read_at(&mut bytes, at).map_err(|error| error.to_string())?;
        if let Some(header) = page::read(&bytes[..read]) {
            return Ok(header);
        }
        if window >= MAX_HEADER.min(left) {
            return Err(format!("the page at byte {} has no readable header", grouped(at)));
        }
        window *= 8;
    }
}
