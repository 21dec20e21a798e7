//! Messages that a footer names.

use arrow::buffer::MutableBuffer;
use arrow::datatypes::Schema;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::{Block, MetadataVersion, root_as_footer};
use parquet::file::reader::Length;

use super::super::guard::guarded;
use super::super::source::Failure;
use super::super::stored::Stored;
use super::message::{MAX_BODY, MAX_METADATA, Whole, too_large};
use super::{damaged, little};
use crate::example::grouped;

/// The beginning and the end of a file.
const MAGIC: &[u8; 6] = b"ARROW1";

/// What is behind the footer: its length, and [`MAGIC`].
const TAIL: u64 = 10;

/// Where the messages of a file are: its dictionaries, then its rows.
pub(super) struct Blocks {
    file: Stored,
    blocks: std::vec::IntoIter<Block>,
}

/// What the footer of a file says.
pub(super) struct Footer {
    pub(super) schema: Schema,
    pub(super) version: MetadataVersion,
    pub(super) blocks: Blocks,
}

impl Footer {
    /// Reads the footer of `file`.
    pub(super) fn read(file: Stored) -> Result<Self, Failure> {
        let truncated = || Failure::from("it is truncated: it does not end like Arrow (`ARROW1`)");
        let length = file.len();
        let behind = length.checked_sub(TAIL).ok_or_else(truncated)?;
        let mut tail = [0; 10];
        file.read_at(&mut tail, behind)?;
        let [a, b, c, d, magic @ ..] = tail;
        if magic != *MAGIC {
            return Err(truncated());
        }
        let claimed = u64::try_from(i32::from_le_bytes([a, b, c, d])).unwrap_or(u64::MAX);
        if claimed > MAX_METADATA.min(behind) {
            let claimed = grouped(claimed);
            let reason = format!("its footer claims {claimed} bytes, the file has {length}");
            return Err(Failure::Bad(reason));
        }
        let mut bytes = vec![0; usize::try_from(claimed).unwrap_or(0)];
        file.read_at(&mut bytes, behind - claimed)?;
        let (schema, version, blocks) = guarded(|| {
            let footer = root_as_footer(&bytes).map_err(|_| "its footer is damaged")?;
            let schema = footer.schema().ok_or("its footer has no schema")?;
            little(schema.endianness())?;
            let schema = try_fb_to_schema(schema).map_err(|error| damaged(&error))?;
            let blocks = footer.dictionaries().into_iter().flatten();
            let blocks = blocks.chain(footer.recordBatches().into_iter().flatten());
            Ok::<_, Failure>((schema, footer.version(), blocks.copied().collect::<Vec<_>>()))
        })?;
        check(&blocks, length)?;
        Ok(Self { schema, version, blocks: Blocks { file, blocks: blocks.into_iter() } })
    }
}

/// Refuses blocks that cannot all lie in a file of `length` bytes.
fn check(blocks: &[Block], length: u64) -> Result<(), Failure> {
    let mut total = 0_u64;
    for block in blocks {
        let (from, metadata, body) = places(block).ok_or("its footer is damaged")?;
        if metadata > MAX_METADATA {
            return Err("a message is described in too many bytes".into());
        }
        if body > MAX_BODY {
            return Err(too_large(body));
        }
        total = total.saturating_add(metadata + body);
        if from.saturating_add(metadata + body).max(total) > length {
            return Err("it is damaged: its footer names record batches beyond its end".into());
        }
    }
    Ok(())
}

fn places(block: &Block) -> Option<(u64, u64, u64)> {
    let from = u64::try_from(block.offset()).ok()?;
    let metadata = u64::try_from(block.metaDataLength()).ok()?;
    Some((from, metadata, u64::try_from(block.bodyLength()).ok()?))
}

impl Blocks {
    /// Reads the next message; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Whole>, Failure> {
        let Some(block) = self.blocks.next() else { return Ok(None) };
        let (from, metadata, body) = places(&block).ok_or("its footer is damaged")?;
        let length = usize::try_from(metadata + body).unwrap_or(0);
        let mut bytes = MutableBuffer::from_len_zeroed(length);
        if self.file.read_at(&mut bytes, from)? < length {
            return Err("the file became shorter while it was read".into());
        }
        Whole::of(bytes, usize::try_from(metadata).unwrap_or(0)).map(Some)
    }
}
