//! The sizes that the header of a page claims.
//!
//! The library decodes whole pages, and a page of some kilobytes may claim two gigabytes. So the
//! headers are looked at first (Thrift's compact protocol, as the Parquet format has it).

/// How deeply structures lie in each other at most; the format has two levels.
const DEEPEST: usize = 8;

/// What a page's header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// How many bytes the header takes.
    pub(super) used: u64,
    /// How many bytes the page takes in the file.
    pub(super) stored: u64,
    /// How many bytes it takes in memory.
    pub(super) decoded: u64,
    /// How many values it has if it is a dictionary.
    pub(super) dictionary: Option<u64>,
    /// How many values it has if it is none.
    pub(super) values: Option<u64>,
    /// Whether these are places in a dictionary.
    pub(super) coded: bool,
}

/// Reads the header at the beginning of `bytes`; none where it is damaged or goes on behind them.
pub(super) fn read(bytes: &[u8]) -> Option<PageHeader> {
    let mut compact = Compact { bytes, at: 0 };
    let (mut stored, mut decoded, mut dictionary) = (None, None, None);
    let (mut values, mut encoding) = (None, None);
    let mut field = 0;
    while let Some(kind) = compact.field(&mut field)? {
        match (field, kind) {
            (2, INTEGER) => decoded = u64::try_from(compact.signed()?).ok(),
            (3, INTEGER) => stored = u64::try_from(compact.signed()?).ok(),
            // A page of values, of the first or the second version, and one of a dictionary.
            (5, STRUCTURE) => [values, encoding] = compact.integers_in([1, 2])?,
            (8, STRUCTURE) => [values, encoding] = compact.integers_in([1, 4])?,
            (7, STRUCTURE) => [dictionary] = compact.integers_in([1])?,
            (_, kind) => compact.skip(kind, 0)?,
        }
    }
    let count = |values: Option<i64>| values.and_then(|values| u64::try_from(values).ok());
    let (dictionary, values) = (count(dictionary), count(values));
    let coded = encoding.is_some_and(|encoding| CODED.contains(&encoding));
    let used = compact.at as u64;
    Some(PageHeader { used, stored: stored?, decoded: decoded?, dictionary, values, coded })
}

/// `PLAIN_DICTIONARY` and `RLE_DICTIONARY`.
const CODED: [i64; 2] = [2, 8];

const INTEGER: u8 = 5;
const STRUCTURE: u8 = 12;

struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at)?;
        self.at += 1;
        Some(*byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// Reads the head of a field: its kind, none at the end of the structure.
    #[expect(clippy::option_option, reason = "the outer one is damage, the inner one the end")]
    fn field(&mut self, number: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i64::from(head >> 4);
        *number = if step == 0 { self.signed()? } else { number.checked_add(step)? };
        Some(Some(head & 0x0f))
    }

    /// Reads a structure and returns the integers at `numbers` in it.
    fn integers_in<const N: usize>(&mut self, numbers: [i64; N]) -> Option<[Option<i64>; N]> {
        let (mut field, mut found) = (0, [None; N]);
        while let Some(kind) = self.field(&mut field)? {
            match numbers.iter().position(|number| *number == field) {
                Some(at) if kind == INTEGER => found[at] = Some(self.signed()?),
                _ => self.skip(kind, 0)?,
            }
        }
        Some(found)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            1 | 2 => {}
            3 => _ = self.byte()?,
            4..=6 => _ = self.unsigned()?,
            7 => self.at = self.at.checked_add(8)?,
            8 => {
                let length = usize::try_from(self.unsigned()?).ok()?;
                self.at = self.at.checked_add(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
                // In a list a flag takes a byte.
                let kind = if matches!(head & 0x0f, 1 | 2) { 3 } else { head & 0x0f };
                for _ in 0..count {
                    self.skip(kind, depth + 1)?;
                }
            }
            STRUCTURE => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth + 1)?;
                }
            }
            _ => return None,
        }
        (self.at <= self.bytes.len()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // type: 0, decoded 1000, stored 300, data page header of 100 values with statistics.
    const DATA: &[u8] =
        b"\x15\x00\x15\xd0\x0f\x15\xd8\x04\x2c\x15\xc8\x01\x15\x00\x15\x06\x15\x06\x1c\x18\x02ab\x18\x01c\x00\x00\x00";

    #[test]
    fn sizes_are_read_and_the_rest_is_passed() {
        let expected = PageHeader {
            used: DATA.len() as u64,
            stored: 300,
            decoded: 1000,
            dictionary: None,
            values: Some(100),
            coded: false,
        };
        assert_eq!(read(DATA), Some(expected));
        // type: 2, decoded 10, stored 20, dictionary page header of 7 values.
        let dictionary = b"\x15\x04\x15\x14\x15\x28\x4c\x15\x0e\x15\x00\x00\x00";
        assert_eq!(read(dictionary).unwrap().dictionary, Some(7));
        for length in 0..DATA.len() {
            assert_eq!(read(&DATA[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&bytes);
        }
    }
}
