//! One license, or several that hold together, of what was left open.

use crate::license::claim::{Candidates, Relation};
use crate::license::expression::Expression;
use crate::license::sources::Claim;
use crate::license::terms::{Confidence, Terms};

/// Makes an expression of parts, if each of them is one license.
pub(super) fn settle(
    main: &Claim,
    parts: &[Candidates],
    relation: Relation,
    agreeing: usize,
) -> Terms {
    let mut bounded = Vec::new();
    let mut licenses = Vec::new();
    for part in parts {
        let Some(license) = part.strictest() else {
            let candidates = part.licenses().iter().cloned().map(Expression::License).collect();
            return Terms::ambiguous(candidates, format!("{} may be any of {part}", main.source));
        };
        if part.licenses().len() > 1 {
            bounded.push(part.to_string());
        }
        licenses.push(Expression::License(license.clone()));
    }
    let mut once: Vec<Expression> = Vec::new();
    for license in licenses {
        if !once.contains(&license) {
            once.push(license);
        }
    }
    let expression = match (once.len(), relation) {
        (1, _) | (_, Relation::All) => Expression::all(once),
        (_, Relation::Any) => {
            once.sort();
            Expression::any(once)
        }
        (_, Relation::Unsaid) => {
            let reason =
                format!("{} names several and not whether they hold together", main.source);
            let mut sorted = once.clone();
            sorted.sort();
            return Terms::ambiguous(vec![Expression::any(sorted), Expression::all(once)], reason);
        }
    };
    if main.is_text && (main.is_cut || main.unexplained > MAX_UNEXPLAINED) {
        let reason = if main.is_cut {
            format!("the text in {} ends before the license does", main.source)
        } else {
            format!(
                "{} words in {} belong to no license that is known",
                main.unexplained, main.source
            )
        };
        return Terms::ambiguous(vec![expression], reason);
    }
    if !bounded.is_empty() {
        let reason = format!(
            "{} leaves {} open; the one that asks most",
            main.source,
            bounded.join(" and ")
        );
        return Terms::known(expression, Confidence::Low, reason);
    }
    let (confidence, reason) = if main.is_text {
        (Confidence::High, format!("the text in {} is this license", main.source))
    } else if agreeing > 1 {
        (Confidence::High, format!("{agreeing} sources agree"))
    } else {
        (Confidence::Medium, format!("{} names it", main.source))
    };
    Terms::known(expression, confidence, reason)
}

/// How many words of a text may belong to no license before it is not taken for that license alone.
const MAX_UNEXPLAINED: usize = 60;
