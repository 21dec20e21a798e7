//! Messages that follow each other, up to a mark of their end.

use std::io::{self, Read};

use arrow::buffer::MutableBuffer;

use super::super::input::Bytes;
use super::super::source::Failure;
use super::message::{CONTINUATION, MAX_BODY, MAX_METADATA, Whole, parse, too_large};
use crate::example::grouped;

/// Reads the next message; none at the mark that ends them.
pub(super) fn next(input: &mut Bytes) -> Result<Option<Whole>, Failure> {
    let mut length = [0; 4];
    fill(input, &mut length)?;
    if length == CONTINUATION {
        fill(input, &mut length)?;
    }
    let claimed = u64::try_from(i32::from_le_bytes(length)).unwrap_or(u64::MAX);
    if claimed == 0 {
        return Ok(None);
    }
    if claimed > MAX_METADATA {
        let (claimed, limit) = (grouped(claimed), grouped(MAX_METADATA));
        let reason = format!("a message is described in {claimed} bytes, at most {limit} are read");
        return Err(Failure::Bad(reason));
    }
    let head = CONTINUATION.len() + length.len();
    let metadata = head + usize::try_from(claimed).unwrap_or(0);
    let mut description = vec![0; metadata];
    description[..4].copy_from_slice(&CONTINUATION);
    description[4..head].copy_from_slice(&length);
    fill(input, &mut description[head..])?;
    let body = u64::try_from(parse(&description)?.bodyLength()).unwrap_or(u64::MAX);
    if body > MAX_BODY {
        return Err(too_large(body));
    }
    let mut bytes = MutableBuffer::from_len_zeroed(metadata + usize::try_from(body).unwrap_or(0));
    bytes[..metadata].copy_from_slice(&description);
    fill(input, &mut bytes[metadata..])?;
    Whole::of(bytes, metadata).map(Some)
}

fn fill(input: &mut Bytes, bytes: &mut [u8]) -> Result<(), Failure> {
    input.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "it is truncated: it ends without the mark of its end".into()
        }
        _ => Failure::Io(error),
    })
}
