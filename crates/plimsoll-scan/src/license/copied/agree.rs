//! Whether what is said of a file is what is known of it already.

use crate::license::expression::{Expression, License};
use crate::license::terms::{State, Terms};

/// Tells whether terms ask no more than licenses that are known to hold: each license of them is one of those, or
/// of a choice one branch; of what is ambiguous one that may be meant.
pub(super) fn agrees(terms: &Terms, known: &[License]) -> bool {
    match (&terms.license, terms.state) {
        (Some(license), _) => holds(license, known),
        (None, State::Ambiguous) => terms.candidates.iter().any(|it| holds(it, known)),
        (None, _) => false,
    }
}

fn holds(expression: &Expression, known: &[License]) -> bool {
    match expression {
        Expression::License(license) => known.iter().any(|it| is_same(license, it)),
        Expression::All(parts) => parts.iter().all(|part| holds(part, known)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, known)),
    }
}

/// Compares licenses. A text of a GNU license does not tell whether a later version may be chosen, which headers do;
/// an exception only gives.
fn is_same(one: &License, other: &License) -> bool {
    let base = |id: &str| {
        let id = id.trim_end_matches('+');
        id.trim_end_matches("-or-later").trim_end_matches("-only").to_owned()
    };
    base(&one.id) == base(&other.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::terms::Confidence;

    #[test]
    fn what_is_within_the_known_licenses_agrees() {
        let known = [License::of("MIT"), License::of("GPL-2.0-only")];
        for (license, expected) in [
            ("MIT", true),
            ("GPL-2.0-or-later", true),
            ("Apache-2.0 OR MIT", true),
            ("Apache-2.0 AND MIT", false),
            ("Apache-2.0", false),
            ("GPL-3.0-only", false),
        ] {
            let license = Expression::parse(license).unwrap();
            let terms = Terms::known(license.clone(), Confidence::High, "");
            assert_eq!(agrees(&terms, &known), expected, "{license}");
        }
        assert!(!agrees(&Terms::unknown(""), &known));
    }
}
