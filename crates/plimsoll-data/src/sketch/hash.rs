//! Hashes of values. They are part of the format of a profile: two files that are profiled apart
//! must agree about which values are the same.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
const ODD: u64 = 0xd6e8_feb8_6659_fd93;

/// Spreads the bits of a number (the finalizer of `SplitMix64`, Steele, Lea and Flood 2014).
pub(crate) fn mixed(mut bits: u64) -> u64 {
    bits ^= bits >> 30;
    bits = bits.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits ^= bits >> 27;
    bits = bits.wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns the hash of a float that is a number; both zeros have one.
pub(crate) fn of_float(value: f64) -> u64 {
    mixed((value + 0.0).to_bits().wrapping_add(GOLDEN))
}

/// Returns the hash of an integer: that of the float, where there is such a float.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "compared")]
pub(crate) fn of_integer(value: i64) -> u64 {
    let float = value as f64;
    // Of the largest integers some become 2^63, which turns back into the largest one.
    if float as i64 == value && value != i64::MAX {
        of_float(float)
    } else {
        mixed(value.cast_unsigned() ^ ODD)
    }
}

/// Returns the hash of some bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let mut state = (bytes.len() as u64).wrapping_mul(GOLDEN) ^ ODD;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = folded(state ^ u64::from_le_bytes(*word));
    }
    let mut tail = [0; 8];
    tail[..rest.len()].copy_from_slice(rest);
    mixed(folded(state ^ u64::from_le_bytes(tail)).wrapping_add(GOLDEN))
}

/// Multiplies to 128 bits and folds the halves.
fn folded(word: u64) -> u64 {
    let product = u128::from(word ^ GOLDEN) * u128::from(ODD);
    #[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted")]
    let folded = (product >> 64) as u64 ^ product as u64;
    folded
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn integers_hash_like_the_floats_they_are() {
        assert_eq!(of_integer(7), of_float(7.0));
        assert_eq!(of_float(-0.0), of_float(0.0));
        let large = [i64::MAX, i64::MAX - 1, (1 << 53) + 1, 1 << 53].map(of_integer);
        assert_eq!(large.iter().collect::<HashSet<_>>().len(), 4);
    }

    #[test]
    fn texts_differ_by_every_byte_and_by_length() {
        let mut seen = HashSet::new();
        for length in 0..40 {
            let mut text = vec![0_u8; length];
            assert!(seen.insert(of_bytes(&text)));
            for at in 0..length {
                text[at] = 1;
                assert!(seen.insert(of_bytes(&text)));
                text[at] = 0;
            }
        }
    }

    #[test]
    fn hashes_stay_as_they_are_in_stored_profiles() {
        assert_eq!(of_float(1.5), 0xd6da_b18e_1392_608a);
        assert_eq!(of_bytes(b"plimsoll line"), 0xb6a6_5d7e_fc2b_5848);
    }
}
