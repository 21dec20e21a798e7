//! The sign between the cells.

/// Finds the delimiter that is most frequent outside quotes on the first line; none without a
/// whole line, which with `last` ends where the bytes end. With `tabs` one of them is enough.
pub(super) fn detect(bytes: &[u8], last: bool, tabs: bool) -> Option<u8> {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut in_quotes = false;
    let mut whole = last;
    for &byte in bytes {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' if !in_quotes => {
                whole = true;
                break;
            }
            _ if in_quotes => {}
            _ => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, n)| *n += 1),
        }
    }
    if tabs && counts[2].1 > 0 {
        return Some(b'\t').filter(|_| whole);
    }
    // The last of equals wins, hence the comma.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.filter(|_| whole).map(|(sign, _)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_sign_of_the_first_line_wins() {
        assert_eq!(detect(b"a;b;c,d\n,,,,,,", false, false), Some(b';'));
        assert_eq!(detect(b"a\tb", true, false), Some(b'\t'));
        assert_eq!(detect(b"\"a;b;\",c\n", false, false), Some(b','));
        assert_eq!(detect(b"one\n", false, false), Some(b','));
        assert_eq!(detect(b"a,b", false, false), None);
    }

    #[test]
    fn a_name_that_says_tabs_is_believed_if_there_are_any() {
        assert_eq!(detect(b"a,b,c\td\n", false, true), Some(b'\t'));
        assert_eq!(detect(b"a,b,c\n", false, true), Some(b','));
        assert_eq!(detect(b"a\tb", false, true), None);
    }
}
