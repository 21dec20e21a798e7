//! Brings together what several sources say of one package.

mod declared;
mod settle;

use declared::{agrees, declared};
use settle::settle;

use super::claim::{Candidates, Reading, Relation};
use super::expression::{Expression, License};
use super::names;
use super::sources::{Claim, Sources};
use super::terms::{Bundled, Confidence, Terms};

/// Says what follows from the sources.
pub(super) fn reconcile(sources: Sources) -> Terms {
    let mut terms = match &sources.expression {
        Some(expression) => declared(expression, &sources),
        None => named(&sources),
    };
    if let Some(license) = &terms.license {
        let own: Vec<&License> = license.licenses();
        // What the license names already is no surprise.
        terms.bundled = sources.bundled;
        terms.bundled.retain(|bundled| match &bundled.license {
            Some(Expression::License(license)) => !own.contains(&license),
            _ => true,
        });
        let foreign = sources.claims.iter().filter(|claim| claim.is_text && !claim.is_cut);
        for (claim, parts) in foreign.filter_map(|claim| match &claim.reading {
            Reading::Parts { parts, .. } => Some((claim, parts)),
            _ => None,
        }) {
            let meets = |part: &Candidates| own.iter().any(|license| agrees(part, license));
            if !parts.iter().any(meets)
                && let Some(part) = parts.first()
            {
                let license = part.strictest().cloned().map(Expression::License);
                let text = license.is_none().then(|| part.to_string());
                terms.bundled.push(Bundled { file: claim.source.clone(), line: 1, license, text });
            }
        }
    } else {
        terms.bundled = sources.bundled;
    }
    terms.sources = sources.said;
    terms
}

/// Says what names, classifiers and texts leave open together.
fn named(sources: &Sources) -> Terms {
    let claims: Vec<&Claim> = sources.claims.iter().collect();
    if sources.is_proprietary {
        return proprietary(sources);
    }
    let is_named = claims.iter().any(|it| {
        !it.is_text && matches!(it.reading, Reading::Parts { .. } | Reading::Expression(_))
    });
    // Where a name says what the package's own license is, a text of several tells what comes along.
    let limits = |it: &&&Claim| it.restriction.is_some() && !(is_named && it.is_several);
    if let Some(claim) = claims.iter().find(limits) {
        let candidates = readings(&claims);
        return restricted(candidates, claim, claim.restriction.as_deref().unwrap_or_default());
    }
    // A text that is not known proves nothing, but speaks against nothing either, if something else
    // names the license. A name that is not understood does.
    let unread =
        claims.iter().find(|it| !it.is_text && matches!(it.reading, Reading::Unreadable(_)));
    if let Some(Claim { source, reading: Reading::Unreadable(reason), .. }) = unread {
        let candidates = readings(&claims);
        let reason = format!("{source}: {reason}");
        if candidates.is_empty() {
            return Terms::unknown(reason);
        }
        return Terms::ambiguous(candidates, reason);
    }
    let mut speaking: Vec<&Claim> = claims
        .iter()
        .copied()
        .filter(|it| matches!(it.reading, Reading::Parts { .. } | Reading::Expression(_)))
        .collect();
    let offers_choice = claims.iter().any(|it| it.reading == Reading::Choice);
    let Some(first) = speaking.first().copied() else {
        return silent(sources, &claims, offers_choice);
    };
    let expression = speaking.iter().find_map(|claim| match &claim.reading {
        Reading::Expression(expression) => Some((claim.source.as_str(), expression)),
        _ => None,
    });
    if let Some((source, expression)) = expression {
        let others = claims.iter().filter(|it| it.source != source);
        let others = others.map(|it| (*it).clone()).collect();
        let terms = declared(expression, &Sources { claims: others, ..Sources::default() });
        return Terms { reason: terms.reason.replace("the expression", source), ..terms };
    }
    // Names say how licenses hold together; texts only that they are there.
    speaking.sort_by_key(|it| it.is_text);
    let main = speaking.iter().find(|it| !it.is_text).copied().unwrap_or(first);
    meet(main, &speaking, offers_choice)
}

/// Narrows what the main claim says by every other one.
fn meet(main: &Claim, speaking: &[&Claim], offers_choice: bool) -> Terms {
    let Reading::Parts { relation, parts } = &main.reading else {
        return Terms::unknown("nothing is said");
    };
    let (mut relation, mut parts) = (*relation, parts.clone());
    let mut agreeing = 1;
    let others =
        speaking.iter().filter(|it| it.source != main.source).filter_map(|it| match &it.reading {
            Reading::Parts { relation, parts } => Some((*it, *relation, parts)),
            _ => None,
        });
    let (mut met, mut unmet) = (false, None);
    for (claim, said, others) in others {
        if main.is_text {
            // Several files of one license each are one claim of several parts.
            let new: Vec<Candidates> =
                others.iter().filter(|it| !parts.contains(it)).cloned().collect();
            if !new.is_empty() {
                relation = Relation::Unsaid;
            }
            parts.extend(new);
        } else if claim.is_text {
            if narrowed_by_text(&mut parts, others) {
                met = true;
                agreeing += usize::from(!claim.is_cut);
            } else {
                unmet = Some(claim);
            }
        } else if narrow(&mut parts, others) {
            if relation == Relation::Unsaid && others.len() == parts.len() {
                relation = said;
            }
            agreeing += 1;
        } else {
            return contradicts(main, claim, speaking);
        }
    }
    // A file of another license beside one of this license tells what comes along.
    if let Some(claim) = unmet.filter(|_| !met) {
        return contradicts(main, claim, speaking);
    }
    if parts.len() > 1 && offers_choice && relation != Relation::All {
        relation = Relation::Any;
    }
    settle(main, &parts, relation, agreeing)
}

fn contradicts(main: &Claim, other: &Claim, speaking: &[&Claim]) -> Terms {
    let reason =
        format!("{} says {}, {} says {}", main.source, main.reading, other.source, other.reading);
    contradiction(readings(speaking), reason)
}

/// Narrows parts by the parts of another name; false if one of those meets none.
fn narrow(parts: &mut [Candidates], others: &[Candidates]) -> bool {
    if others.len() > parts.len() {
        return false;
    }
    others.iter().all(|other| {
        let meeting = parts.iter_mut().find(|part| !part.and(other).is_empty());
        meeting.is_some_and(|part| {
            *part = part.and(other);
            true
        })
    })
}

/// Narrows parts by the licenses that a text holds; false if it holds none of them.
fn narrowed_by_text(parts: &mut [Candidates], found: &[Candidates]) -> bool {
    let mut meets = false;
    for part in parts.iter_mut() {
        // The first is the package's own; those behind it come along.
        let meeting = found.iter().map(|it| part.and(it)).find(|it| !it.is_empty());
        if let Some(narrowed) = meeting {
            *part = narrowed;
            meets = true;
        } else if part.licenses().iter().any(|license| found.iter().any(|it| agrees(it, license))) {
            meets = true;
        }
    }
    meets
}

/// Says what follows where nothing names a license.
fn silent(sources: &Sources, claims: &[&Claim], offers_choice: bool) -> Terms {
    if offers_choice {
        return Terms::ambiguous(Vec::new(), "a choice is offered, but not between what");
    }
    if let Some(Claim { source, reading: Reading::Unreadable(reason), .. }) = claims.first() {
        return Terms::unknown(format!("{source}: {reason}"));
    }
    match sources.unread.first() {
        Some(file) => Terms::unknown(format!("only the name of a license file is known: {file}")),
        None => Terms::unknown("nothing was published of its terms"),
    }
}

/// Takes terms that are somebody's own.
fn proprietary(sources: &Sources) -> Terms {
    let name = sources.own_name.as_deref().and_then(names::reference);
    let others: Vec<&Claim> = sources.claims.iter().collect();
    let open = others
        .iter()
        .find(|it| matches!(it.reading, Reading::Parts { .. } | Reading::Expression(_)));
    let is_own =
        |part: &Candidates| part.licenses().iter().all(|it| it.id.starts_with("LicenseRef-"));
    let reason = "the classifiers say that the terms are proprietary";
    match (open, name) {
        (Some(Claim { reading: Reading::Parts { parts, .. }, .. }), _)
            if parts.iter().all(is_own) =>
        {
            let licenses =
                parts.iter().filter_map(|it| it.strictest()).cloned().map(Expression::License);
            Terms::known(Expression::all(licenses), Confidence::Medium, reason)
        }
        (Some(claim), _) => contradiction(
            readings(&others),
            format!("{reason}, {} says {}", claim.source, claim.reading),
        ),
        (None, name) => {
            let license = name.unwrap_or_else(|| License::of("LicenseRef-Proprietary"));
            Terms::known(license.into(), Confidence::Medium, reason)
        }
    }
}

fn contradiction(candidates: Vec<Expression>, reason: String) -> Terms {
    Terms::ambiguous(candidates, reason)
}

fn restricted(candidates: Vec<Expression>, claim: &Claim, restriction: &str) -> Terms {
    let reason =
        format!("{} limits the use in words that no license has: …{restriction}…", claim.source);
    Terms::ambiguous(candidates, reason)
}

/// Returns everything that the claims leave open.
fn readings(claims: &[&Claim]) -> Vec<Expression> {
    let mut found: Vec<Expression> = Vec::new();
    for claim in claims {
        let licenses: Vec<Expression> = match &claim.reading {
            Reading::Parts { parts, .. } => parts
                .iter()
                .flat_map(|it| it.licenses().iter().cloned().map(Expression::License))
                .collect(),
            Reading::Expression(expression) => vec![expression.clone()],
            _ => Vec::new(),
        };
        for license in licenses {
            if !found.contains(&license) {
                found.push(license);
            }
        }
    }
    found
}
