//! One record of CSV, cut into cells.

/// A cell: where its text lies, and whether quotes in it are doubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    start: u32,
    /// With [`DOUBLED`].
    end: u32,
}

/// Marks cells whose quotes are doubled. A row is under 2 GiB.
const DOUBLED: u32 = 1 << 31;

impl Cell {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "under 2 GiB")]
    pub(super) fn new(start: usize, end: usize, doubled: bool) -> Self {
        Self { start: start as u32, end: end as u32 | if doubled { DOUBLED } else { 0 } }
    }

    /// Returns where its text begins.
    #[inline]
    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(super) fn is_doubled(self) -> bool {
        self.end & DOUBLED > 0
    }

    /// Returns the bytes of its text, whose quotes may be doubled.
    #[inline]
    pub(super) fn between(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..(self.end & !DOUBLED) as usize]
    }

    /// Appends the cell's text, out of the bytes that it was cut from.
    pub(super) fn append_to(self, out: &mut Vec<u8>, bytes: &[u8]) {
        let text = self.between(bytes);
        if self.is_doubled() {
            let mut after_quote = false;
            for &byte in text {
                after_quote = byte == b'"' && !after_quote;
                if !after_quote {
                    out.push(byte);
                }
            }
        } else {
            out.extend_from_slice(text);
        }
    }
}

/// What makes a record ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ambiguity {
    /// Text goes on behind a closing quote.
    TextAfterQuote,
    /// A carriage return stands alone.
    LoneReturn,
}

/// A record that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// How many bytes it takes, its line end included.
    pub(super) used: usize,
    /// How many lines it takes.
    pub(super) lines: u64,
    /// How many cells it has; at most `limit` of them were kept.
    pub(super) count: usize,
    /// Whether a line end closes it, not the end of the file.
    pub(super) closed: bool,
    /// The first thing in it that can be read in more than one way.
    pub(super) ambiguity: Option<Ambiguity>,
}

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A whole record.
    Record(Record),
    /// A part of a record.
    Part {
        /// Whether a quote is open where the bytes end.
        in_quotes: bool,
    },
}

/// Cuts the first record out of `bytes` (under 2 GiB) and puts its cells into `cells`.
///
/// With `last` nothing comes behind `bytes`, so that the end of a record is the end of the bytes.
pub(super) fn cut(
    bytes: &[u8],
    delimiter: u8,
    last: bool,
    limit: usize,
    cells: &mut Vec<Cell>,
) -> Cut {
    cells.clear();
    let mut record = Record { used: 0, lines: 1, count: 0, closed: true, ambiguity: None };
    let mut at = 0;
    loop {
        let start = at;
        let cell;
        if bytes.get(at) == Some(&b'"') {
            match close(bytes, at + 1, last) {
                Some(closed) => {
                    record.lines += closed.lines;
                    cell = Cell::new(start + 1, closed.at, closed.doubled);
                    at = closed.at + 1;
                }
                None => return Cut::Part { in_quotes: true },
            }
            let rest = end_of_cell(&bytes[at..], delimiter);
            if rest > 0 {
                record.ambiguity.get_or_insert(Ambiguity::TextAfterQuote);
            }
            at += rest;
        } else {
            at += end_of_cell(&bytes[at..], delimiter);
            cell = Cell::new(start, at, false);
        }
        // A lone return belongs to the cell that it stands in, as the one thing wrong with it.
        while bytes.get(at) == Some(&b'\r') {
            match bytes.get(at + 1) {
                Some(b'\n') => break,
                None if !last => return Cut::Part { in_quotes: false },
                _ => {
                    record.ambiguity.get_or_insert(Ambiguity::LoneReturn);
                    at += 1;
                    at += end_of_cell(&bytes[at..], delimiter);
                }
            }
        }
        record.count += 1;
        if cells.len() < limit {
            cells.push(cell);
        }
        match bytes.get(at) {
            Some(b'\r') => {
                record.used = at + 2;
                return Cut::Record(record);
            }
            Some(b'\n') => {
                record.used = at + 1;
                return Cut::Record(record);
            }
            Some(_) => at += 1,
            None if last => {
                record.used = at;
                record.closed = false;
                return Cut::Record(record);
            }
            None => return Cut::Part { in_quotes: false },
        }
    }
}

struct Closed {
    at: usize,
    doubled: bool,
    lines: u64,
}

/// Finds the quote that closes a cell whose text begins at `from`.
fn close(bytes: &[u8], from: usize, last: bool) -> Option<Closed> {
    let (mut at, mut doubled, mut lines) = (from, false, 0);
    loop {
        match bytes.get(at)? {
            b'"' => match bytes.get(at + 1) {
                Some(b'"') => {
                    doubled = true;
                    at += 2;
                }
                None if !last => return None,
                _ => return Some(Closed { at, doubled, lines }),
            },
            byte => {
                lines += u64::from(*byte == b'\n');
                at += 1;
            }
        }
    }
}

#[inline]
fn end_of_cell(bytes: &[u8], delimiter: u8) -> usize {
    let end = bytes.iter().position(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
    end.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &str) -> (Vec<String>, Cut) {
        let mut cells = Vec::new();
        let cut = cut(bytes.as_bytes(), b',', true, 10, &mut cells);
        let text = |cell: &Cell| {
            let mut out = Vec::new();
            cell.append_to(&mut out, bytes.as_bytes());
            String::from_utf8(out).unwrap()
        };
        (cells.iter().map(text).collect(), cut)
    }

    fn record(used: usize, lines: u64, count: usize) -> Record {
        Record { used, lines, count, closed: true, ambiguity: None }
    }

    #[test]
    fn cuts_quotes_and_line_ends() {
        let (text, found) = cells("a,\"b \"\"c\"\", d\ne\",,f\r\nnext");
        assert_eq!(text, ["a", "b \"c\", d\ne", "", "f"]);
        assert_eq!(found, Cut::Record(record(21, 2, 4)));
        assert_eq!(cells("5\" disk,\n").0, ["5\" disk", ""]);
        assert_eq!(cells("\"\"\n").0, [""]);
    }

    #[test]
    fn names_what_is_ambiguous() {
        let ambiguity = |bytes| match cells(bytes).1 {
            Cut::Record(record) => record.ambiguity,
            Cut::Part { .. } => None,
        };
        assert_eq!(ambiguity("\"a\"b,c\n"), Some(Ambiguity::TextAfterQuote));
        assert_eq!(ambiguity("a\rb,c\n"), Some(Ambiguity::LoneReturn));
        assert_eq!(ambiguity("a,b\r"), Some(Ambiguity::LoneReturn));
        assert_eq!(ambiguity("a,b\r\n"), None);
    }

    #[test]
    fn waits_for_what_is_not_there_yet() {
        for (part, in_quotes) in
            [("a,b", false), ("a,\"b", true), ("a,\"b\"", true), ("a\r", false), ("", false)]
        {
            let cut = cut(part.as_bytes(), b',', false, 10, &mut Vec::new());
            assert_eq!(cut, Cut::Part { in_quotes }, "{part}");
        }
    }

    #[test]
    fn keeps_no_more_cells_than_asked_for() {
        let mut cells = Vec::new();
        let found = cut(&b",".repeat(99), b',', true, 3, &mut cells);
        assert_eq!(cells.len(), 3);
        assert_eq!(found, Cut::Record(Record { closed: false, ..record(99, 1, 100) }));
    }
}
