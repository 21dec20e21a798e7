//! An expression, and what else was said.

use super::{contradiction, restricted};
use crate::license::claim::{Candidates, Reading};
use crate::license::expression::{Expression, License};
use crate::license::sources::{Claim, Sources};
use crate::license::terms::{Confidence, Terms};

/// Takes an expression, unless another source says something else.
pub(super) fn declared(expression: &Expression, sources: &Sources) -> Terms {
    let own = expression.licenses();
    let is_reference = own.iter().any(|license| license.id.contains("LicenseRef-"));
    if sources.is_proprietary && !is_reference {
        return contradiction(
            vec![expression.clone()],
            format!(
                "the expression says {expression}, the classifiers that the terms are proprietary"
            ),
        );
    }
    let meets = |part: &Candidates| own.iter().any(|it| agrees(part, it));
    let mut meeting = 0;
    let mut other: Option<&Claim> = None;
    for claim in &sources.claims {
        let parts = match &claim.reading {
            Reading::Parts { parts, .. } => parts.clone(),
            Reading::Expression(other) => {
                other.licenses().into_iter().map(|it| Candidates::of([it.clone()])).collect()
            }
            _ => Vec::new(),
        };
        if let Some(restriction) = claim.restriction.as_ref().filter(|_| !claim.is_several) {
            return restricted(vec![expression.clone()], claim, restriction);
        }
        if parts.is_empty() {
            continue;
        }
        // A text that holds the license and others tells what comes along; a name has to fit as a whole.
        match (claim.is_text, parts.iter().any(meets)) {
            (true, true) => meeting += 1,
            (true, false) => other = Some(claim),
            (false, _) if parts.iter().all(meets) => {}
            (false, _) => {
                let reason = format!(
                    "the expression says {expression}, {} says {}",
                    claim.source, claim.reading
                );
                return contradiction(vec![expression.clone()], reason);
            }
        }
    }
    if let Some(claim) = other.filter(|_| meeting == 0 && !is_reference) {
        let reason =
            format!("the expression says {expression}, {} says {}", claim.source, claim.reading);
        return contradiction(vec![expression.clone()], reason);
    }
    Terms::known(expression.clone(), Confidence::High, "a license expression was published")
}

/// Tells whether a license is one that a part leaves open, or one that its text is a part of.
pub(super) fn agrees(part: &Candidates, license: &License) -> bool {
    // Python's own license holds the texts of the licenses that came before it.
    const WITHIN: &[(&str, &str)] = &[
        ("PSF-2.0", "Python-2.0"),
        ("PSF-2.0", "Python-2.0.1"),
        ("CNRI-Python", "Python-2.0"),
        ("CNRI-Python", "Python-2.0.1"),
        ("Python-2.0", "Python-2.0.1"),
    ];
    // A license that asks more than the text is kept to if the text is.
    const ASKS_MORE: &[(&str, &str)] =
        &[("MIT", "MIT-0"), ("BSD-3-Clause", "BSD-2-Clause"), ("ISC", "0BSD")];
    let asks_more = |it: &License| ASKS_MORE.contains(&(license.id.as_str(), it.id.as_str()));
    part.licenses().iter().any(|it| {
        let base = |id: &str| id.trim_end_matches("-or-later").trim_end_matches("-only").to_owned();
        it.id == license.id
            || base(&it.id) == base(&license.id)
            || asks_more(it)
            || WITHIN
                .iter()
                .any(|(a, b)| *a == license.id && *b == it.id || *b == license.id && *a == it.id)
    })
}
