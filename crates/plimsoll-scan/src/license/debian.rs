//! Debian's machine-readable copyright files (DEP-5, `copyright-format/1.0`).
//!
//! Every paragraph about files names a license by a short name, or several joined by "and" and "or"; what a short
//! name means that is nobody else's is said by the text below it, or in a paragraph of its own. All
//! paragraphs hold together. One name that is not understood leaves the whole not understood.

use std::collections::{BTreeSet, HashMap};

use super::claim::{Candidates, Reading};
use super::expression::{Expression, License};
use super::names;
use super::text::identify;

/// The most paragraphs that are read.
const MAX_PARAGRAPHS: usize = 5_000;

/// Short names of DEP-5 that are no names elsewhere.
const SHORT: &[(&str, &[&str])] = &[
    ("artistic", &["Artistic-1.0"]),
    ("artistic-1", &["Artistic-1.0"]),
    ("perl", &["GPL-1.0-or-later", "Artistic-1.0"]),
    ("gfdl-niv-1.2", &["GFDL-1.2-no-invariants-only"]),
    ("gfdl-niv-1.2+", &["GFDL-1.2-no-invariants-or-later"]),
    ("gfdl-niv-1.3", &["GFDL-1.3-no-invariants-only"]),
    ("gfdl-niv-1.3+", &["GFDL-1.3-no-invariants-or-later"]),
    ("apache-2-llvm-exceptions", &["Apache-2.0 WITH LLVM-exception"]),
];

/// Returns what a copyright file says, if it is machine-readable.
pub(super) fn read(text: &str) -> Option<Reading> {
    if !text
        .lines()
        .take(10)
        .any(|line| line.starts_with("Format:") && line.contains("copyright-format"))
    {
        return None;
    }
    let paragraphs: Vec<&str> = text.split("\n\n").map(|it| it.trim_start_matches('\n')).collect();
    if paragraphs.len() > MAX_PARAGRAPHS {
        return Some(Reading::Unreadable(format!("it has {} paragraphs", paragraphs.len())));
    }
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut texts: HashMap<&str, &str> = HashMap::new();
    for (at, paragraph) in paragraphs.iter().enumerate() {
        let Some((name, text)) = license(paragraph) else { continue };
        let is_about_files = at == 0 || paragraph.lines().any(|line| line.starts_with("Files:"));
        if is_about_files && !name.is_empty() {
            named.insert(name);
        }
        if !text.trim().is_empty() {
            texts.entry(name).or_insert(text);
        }
    }
    if named.is_empty() {
        return Some(Reading::Silent);
    }
    let mut parts: Vec<Expression> = Vec::new();
    for name in named {
        match expression(name, &texts) {
            Some(part) if !parts.contains(&part) => parts.push(part),
            Some(_) => {}
            None => {
                return Some(Reading::Unreadable(format!("`{name}` is no license that is known")));
            }
        }
    }
    let mut once: Vec<Expression> = Vec::new();
    for part in parts {
        let inner = if let Expression::All(inner) = part { inner } else { vec![part] };
        for part in inner {
            if !once.contains(&part) {
                once.push(part);
            }
        }
    }
    Some(match Expression::all(once) {
        Expression::License(license) => Reading::one(Candidates::of([license])),
        joined => Reading::Expression(joined),
    })
}

/// Returns the short name and the text of a paragraph's `License` field.
fn license(paragraph: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for line in paragraph.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("License:") {
            let rest = paragraph.get(start + line.len()..).unwrap_or_default();
            // The text goes on as long as lines are indented.
            let length = rest.split_inclusive('\n').take_while(|it| it.starts_with([' ', '\t']));
            let length = length.map(str::len).sum();
            return Some((name.trim(), rest.get(..length).unwrap_or_default()));
        }
        start += line.len();
    }
    None
}

/// Reads names joined by "or", which binds weaker than "and" and the comma.
fn expression(names: &str, texts: &HashMap<&str, &str>) -> Option<Expression> {
    if let Some(whole) = single(names, texts) {
        return Some(whole);
    }
    let branch = |branch: &str| {
        let parts = branch.split(" and ").flat_map(|part| part.split(','));
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        let parts: Option<Vec<Expression>> = parts.map(|part| single(part, texts)).collect();
        parts.filter(|parts| !parts.is_empty()).map(Expression::all)
    };
    // A comma before "or" and "and" makes those bind weakest.
    let names = names.replace(", or ", " or ").replace(", and ", " and ");
    let branches: Option<Vec<Expression>> = names.split(" or ").map(branch).collect();
    branches.map(Expression::any)
}

/// Reads one name: a short name of DEP-5, a name that is known elsewhere, or what the text below it is.
fn single(name: &str, texts: &HashMap<&str, &str>) -> Option<Expression> {
    let lower = name.to_lowercase();
    if let Some((_, ids)) = SHORT.iter().find(|(short, _)| *short == lower) {
        let licenses: Option<Vec<Expression>> =
            ids.iter().map(|id| Expression::parse(id).ok()).collect();
        return licenses.map(Expression::any);
    }
    if lower.starts_with("public-domain") || lower == "pd" {
        return Some(License::of("LicenseRef-Public-Domain").into());
    }
    let known = match names::read(name) {
        Reading::Parts { parts, .. } if parts.len() == 1 => {
            parts.first().and_then(Candidates::strictest).cloned().map(Expression::License)
        }
        _ => None,
    };
    known.or_else(|| {
        let identified = identify(texts.get(name)?);
        let parts = identified.parts();
        let is_whole = !identified.found.iter().any(|found| found.is_cut);
        let is_clean =
            !identified.rest.iter().any(|rest| rest.restricts) && !identified.is_too_long;
        let [part] = parts.as_slice() else { return None };
        let license = part.strictest().filter(|_| is_whole && is_clean)?;
        Some(Expression::License(license.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: x\n";

    fn said(rest: &str) -> String {
        read(&format!("{FORMAT}{rest}")).unwrap().to_string()
    }

    #[test]
    fn paragraphs_hold_together_and_names_are_explained_below() {
        assert_eq!(said("\nFiles: *\nLicense: Expat\n"), "MIT");
        assert_eq!(
            said("\nFiles: *\nLicense: GPL-2+ or Artistic\n\nFiles: debian/*\nLicense: GPL-2+\n"),
            "GPL-2.0-or-later AND (GPL-2.0-or-later OR Artistic-1.0)"
        );
        assert_eq!(
            said("\nFiles: *\nLicense: Expat and GFDL-NIV-1.3+, and public-domain-x\n"),
            "MIT AND GFDL-1.3-no-invariants-or-later AND LicenseRef-Public-Domain"
        );
        let text: String = spdx::license_id("BSD-3-Clause")
            .unwrap()
            .text()
            .lines()
            .map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
            .collect();
        assert_eq!(
            said(&format!("\nFiles: *\nLicense: BSD-ours\n\nLicense: BSD-ours\n{text}")),
            "BSD-3-Clause"
        );
        assert_eq!(
            said("\nFiles: *\nLicense: BSD-ours\n"),
            "`BSD-ours` is no license that is known"
        );
        assert_eq!(
            said("\nFiles: *\nLicense: Expat and ISC\n\nFiles: a\nLicense: Expat\n"),
            "MIT AND ISC"
        );
        assert_eq!(read("License: MIT\n"), None);
        assert_eq!(said("\nComment: none\n"), "nothing");
    }
}
