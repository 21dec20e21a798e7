//! Bytes, cut into lines.

/// The longest line that is shown in one piece.
const LONGEST: usize = 8 << 10;

/// The beginning of a line whose end has not come yet.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// Takes in `bytes` and shows every line that ends in them, without its end.
    pub(crate) fn push(&mut self, bytes: &[u8], mut show: impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) if self.0.is_empty() && end.len() <= LONGEST => show(end),
                Some(end) => {
                    self.hold(end, &mut show);
                    show(&std::mem::take(&mut self.0));
                }
                None => self.hold(piece, &mut show),
            }
        }
    }

    /// Shows the last line where it has no end.
    pub(crate) fn finish(self, mut show: impl FnMut(&[u8])) {
        if !self.0.is_empty() {
            show(&self.0);
        }
    }

    /// Keeps the beginning of a line, and shows of it what would grow without end.
    fn hold(&mut self, bytes: &[u8], show: &mut impl FnMut(&[u8])) {
        self.0.extend_from_slice(bytes);
        while self.0.len() > LONGEST {
            let rest = self.0.split_off(LONGEST);
            show(&std::mem::replace(&mut self.0, rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut shown) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| shown.push(line.to_vec()));
        }
        lines.finish(|line| shown.push(line.to_vec()));
        shown
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        let expected: [&[u8]; 4] = [b"a", b"", b"b\xffc", b"d"];
        assert_eq!(shown(&[b"a\n\nb\xffc\nd"]), expected);
        assert_eq!(shown(&[b"a", b"\n", b"\nb\xff", b"c\nd"]), expected);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let shown = shown(&[&vec![b'x'; LONGEST * 2 + 1], b"y\n"]);
        assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), [LONGEST, LONGEST, 2]);
    }
}
