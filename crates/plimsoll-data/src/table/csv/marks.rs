//! Where the bytes are that part cells and rows.

use wide::u8x16;

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Puts the places of delimiters, line feeds, carriage returns and quotes in `bytes` (under 2 GiB)
/// into `places`, in order.
pub(super) fn mark(bytes: &[u8], delimiter: u8, places: &mut Vec<u32>) {
    places.clear();
    let signs = [delimiter, b'\n', b'\r', b'"'].map(u8x16::splat);
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let mut from = 0;
    for block in blocks {
        note(found(block, &signs), from, places);
        from += 64;
    }
    // What is behind the end is no sign.
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    note(found(&last, &signs), from, places);
}

/// Returns a bit for each byte, set where it is one of `signs`.
#[inline]
fn found(block: &[u8; BLOCK], signs: &[u8x16; 4]) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    quarters.iter().rev().fold(0, |bits, quarter| {
        let bytes = u8x16::new(*quarter);
        let [a, b, c, d] = signs.map(|sign| bytes.simd_eq(sign));
        bits << 16 | u64::from((a | b | c | d).to_bitmask())
    })
}

#[inline]
fn note(mut bits: u64, from: u32, places: &mut Vec<u32>) {
    while bits != 0 {
        places.push(from + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_sign_is_found_and_nothing_else(bytes in r#"[a-c,;"\r\n]{0,300}"#) {
            let mut places = Vec::new();
            mark(bytes.as_bytes(), b',', &mut places);
            let expected = bytes.bytes().enumerate().filter(|(_, byte)| b",\"\r\n".contains(byte));
            let expected: Vec<_> = expected.map(|(at, _)| u32::try_from(at).unwrap()).collect();
            prop_assert_eq!(places, expected);
        }
    }
}
