//! Words that stand for "there is no value".

/// How sure it is that a word stands for no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NullLike {
    /// Readers take it for an empty cell unless told otherwise: `NA`, `null`, `#N/A`.
    Known,
    /// People mean nothing by it, readers do not know it: `?`, `-`.
    Sign,
    /// It is a value as often as it is none: `none`, `unknown`.
    Word,
}

const KNOWN: [&str; 8] = ["na", "n/a", "#n/a", "<na>", "null", "#na", "\\n", "-nan"];
const SIGNS: [&str; 8] = ["?", "??", "-", "--", "---", ".", "*", "#"];
const WORDS: [&str; 6] = ["none", "nil", "missing", "unknown", "n.a.", "k.a."];

/// Returns what kind of no value the text of a cell is, without the blanks around it.
pub(crate) fn null_like(text: &str) -> Option<NullLike> {
    // Asked of every cell of text, so the length decides first.
    if text.len() > 7 {
        return None;
    }
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(&KNOWN) {
        Some(NullLike::Known)
    } else if is_one_of(&SIGNS) {
        Some(NullLike::Sign)
    } else if is_one_of(&WORDS) {
        Some(NullLike::Word)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_told_from_values() {
        assert_eq!(null_like("N/A"), Some(NullLike::Known));
        assert_eq!(null_like("\\N"), Some(NullLike::Known));
        assert_eq!(null_like("?"), Some(NullLike::Sign));
        assert_eq!(null_like("Unknown"), Some(NullLike::Word));
        for value in ["", "no", "Nantes", "0", "nationality", "+", "a"] {
            assert_eq!(null_like(value), None, "{value}");
        }
    }
}
