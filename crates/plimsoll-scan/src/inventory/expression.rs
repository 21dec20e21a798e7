//! SPDX expressions, told from other texts and joined.

use spdx::{Expression, ParseMode};

/// Tells whether a text is an SPDX expression as it is written.
pub(super) fn is_expression(text: &str) -> bool {
    Expression::parse_mode(text, ParseMode::STRICT).is_ok()
}

/// Returns the expression that asks for all of some; `None` where there is none, or one is none.
pub(super) fn all_of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Option<String> {
    let mut joined = String::new();
    let is_one = texts.clone().nth(1).is_none();
    for text in texts {
        if !is_expression(text) {
            return None;
        }
        if !joined.is_empty() {
            joined.push_str(" AND ");
        }
        if is_one || !text.contains(" OR ") {
            joined.push_str(text);
        } else {
            joined.push('(');
            joined.push_str(text);
            joined.push(')');
        }
    }
    (!joined.is_empty()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_what_are_expressions() {
        let all = |texts: &[&'static str]| all_of(texts.iter().copied());
        assert_eq!(all(&["MIT"]).as_deref(), Some("MIT"));
        assert_eq!(all(&["MIT OR ISC"]).as_deref(), Some("MIT OR ISC"));
        assert_eq!(all(&["MIT OR ISC", "Zlib"]).as_deref(), Some("(MIT OR ISC) AND Zlib"));
        assert_eq!(all(&["MIT", "LicenseRef-a"]).as_deref(), Some("MIT AND LicenseRef-a"));
        assert_eq!(all(&["MIT", "BSD"]), None);
        assert_eq!(all(&["GPL-2+"]), None);
        assert_eq!(all(&[]), None);
    }
}
