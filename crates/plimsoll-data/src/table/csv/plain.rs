//! Rows that are as they should be, cut many at a time.
//!
//! What is anything else than plain (ragged, blank, ambiguous, without a line end) stops it, and is
//! looked at with care, one row at a time, by [`super::record`].

use super::record::Cell;

/// Why no more rows are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// As many were cut as are wanted.
    Enough,
    /// The next row does not end in the bytes.
    More,
    /// The next row is not plain, or may not be.
    Odd,
}

/// How much is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// How many cells a row has.
    pub(super) cells: usize,
    /// How many bytes a row has at most.
    pub(super) longest: usize,
    /// How many rows.
    pub(super) rows: usize,
    /// How many bytes of rows, counted with `beside` for each.
    pub(super) bytes: usize,
    pub(super) beside: usize,
}

/// Rows that were cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain {
    /// Where they end.
    pub(super) end: usize,
    /// How many marks they took.
    pub(super) marks: usize,
    /// How many rows there are.
    pub(super) rows: usize,
    /// How many bytes they count as.
    pub(super) held: usize,
    /// How many lines they take.
    pub(super) lines: u64,
    pub(super) stop: Stop,
}

/// Cuts rows out of `bytes`, of which the next begins at `from` and whose signs from there on are at
/// `marks`. Puts their cells into `cells`, and the lines on which they begin, the first of which is
/// `line`, into `lines`.
pub(super) fn cut(
    bytes: &[u8],
    from: usize,
    marks: &[u32],
    wanted: &Wanted,
    line: u64,
    cells: &mut Vec<Cell>,
    lines: &mut Vec<u64>,
) -> Plain {
    cells.clear();
    let mut plain = Plain { end: from, marks: 0, rows: 0, held: 0, lines: 0, stop: Stop::Enough };
    while plain.rows < wanted.rows && plain.held < wanted.bytes {
        let before = cells.len();
        let mut row = Row { at: plain.end, mark: plain.marks, lines: 1 };
        if let Err(stop) = row.cut(bytes, marks, before + wanted.cells, cells) {
            cells.truncate(before);
            return Plain { stop, ..plain };
        }
        let used = row.at - plain.end;
        if cells.len() != before + wanted.cells || used > wanted.longest {
            cells.truncate(before);
            return Plain { stop: Stop::Odd, ..plain };
        }
        lines.push(line + plain.lines);
        plain = Plain {
            end: row.at,
            marks: row.mark,
            rows: plain.rows + 1,
            held: plain.held + used + wanted.beside,
            lines: plain.lines + row.lines,
            ..plain
        };
    }
    plain
}

/// A row so far.
struct Row {
    /// Where the next cell begins; in the end the next row.
    at: usize,
    /// Which mark comes next.
    mark: usize,
    lines: u64,
}

impl Row {
    #[inline]
    fn cut(
        &mut self,
        bytes: &[u8],
        marks: &[u32],
        most: usize,
        cells: &mut Vec<Cell>,
    ) -> Result<(), Stop> {
        loop {
            let place = *marks.get(self.mark).ok_or(Stop::More)? as usize;
            match bytes[place] {
                b'"' if place > self.at => {
                    // It stands inside of text that no quote began.
                    self.mark += 1;
                    continue;
                }
                b'"' => {
                    let (cell, end) = self.quoted(bytes, marks)?;
                    cells.push(cell);
                    if self.ends(bytes, end)? {
                        return Ok(());
                    }
                }
                _ => {
                    cells.push(Cell::new(self.at, place, false));
                    if self.ends(bytes, place)? {
                        return Ok(());
                    }
                }
            }
            if cells.len() > most {
                return Err(Stop::Odd);
            }
        }
    }

    /// Goes on behind the sign at `place`, which ends a cell, and tells whether it ends the row.
    #[inline]
    fn ends(&mut self, bytes: &[u8], place: usize) -> Result<bool, Stop> {
        match bytes[place] {
            b'\n' => {
                self.at = place + 1;
                self.mark += 1;
                Ok(true)
            }
            b'\r' => match bytes.get(place + 1) {
                Some(b'\n') => {
                    self.at = place + 2;
                    self.mark += 2;
                    Ok(true)
                }
                Some(_) => Err(Stop::Odd),
                None => Err(Stop::More),
            },
            _ => {
                self.at = place + 1;
                self.mark += 1;
                Ok(false)
            }
        }
    }

    /// Cuts the cell whose quote is the next mark, and returns it with the sign that ends it, which
    /// is then the next mark.
    fn quoted(&mut self, bytes: &[u8], marks: &[u32]) -> Result<(Cell, usize), Stop> {
        let start = self.at + 1;
        let mut doubled = false;
        self.mark += 1;
        let close = loop {
            let place = *marks.get(self.mark).ok_or(Stop::More)? as usize;
            self.mark += 1;
            match bytes[place] {
                b'"' if bytes.get(place + 1) == Some(&b'"') => {
                    doubled = true;
                    self.mark += 1;
                }
                b'"' => break place,
                b'\n' => self.lines += 1,
                _ => {}
            }
        };
        let end = *marks.get(self.mark).ok_or(Stop::More)? as usize;
        if end == close + 1 { Ok((Cell::new(start, close, doubled), end)) } else { Err(Stop::Odd) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::marks::mark;
    use super::*;

    fn plain(bytes: &str, cells: usize) -> (Vec<String>, Vec<u64>, usize, Stop) {
        let wanted = Wanted { cells, longest: 20, rows: 3, bytes: 1000, beside: 0 };
        let (mut marks, mut found, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        mark(bytes.as_bytes(), b',', &mut marks);
        let plain = cut(bytes.as_bytes(), 0, &marks, &wanted, 7, &mut found, &mut lines);
        assert_eq!((plain.rows * cells, plain.rows), (found.len(), lines.len()));
        let text = |cell: &Cell| {
            let mut out = Vec::new();
            cell.append_to(&mut out, bytes.as_bytes());
            String::from_utf8(out).unwrap()
        };
        (found.iter().map(text).collect(), lines, plain.end, plain.stop)
    }

    #[test]
    fn rows_are_cut_until_one_is_odd() {
        let (cells, lines, end, stop) = plain("1,a\n2,\"b\n\"\"c\"\"\"\r\n3\n4,d\n", 2);
        assert_eq!(cells, ["1", "a", "2", "b\n\"c\""]);
        assert_eq!((lines, end, stop), (vec![7, 8], 17, Stop::Odd));
        for odd in ["1,a,b\n", "1\n", "\n", "1,\"a\"b\n", "1,a\rb\n", "1,aaaaaaaaaaaaaaaaaaaa\n"] {
            assert_eq!(plain(odd, 2).3, Stop::Odd, "{odd:?}");
        }
    }

    #[test]
    fn what_does_not_end_waits() {
        for part in ["1,a", "1,\"a\n", "1,a\r", "1,\"a\"", "1,\"a\"\r", ""] {
            assert_eq!(plain(part, 2), (vec![], vec![], 0, Stop::More), "{part:?}");
        }
        assert_eq!(plain("1,2\n1,2\n1,2\n1,2\n", 2).3, Stop::Enough);
        assert_eq!(plain("5\" disk,\n", 2).0, ["5\" disk", ""]);
    }
}
