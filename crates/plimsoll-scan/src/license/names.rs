//! Names of licenses in free text: abbreviations, full names, addresses, "dual license".
//!
//! Rules, in order:
//! 1. A text that is a license expression is one. A GNU id without `-only` or `-or-later` names a version
//!    and leaves open which of the two is meant.
//! 2. Otherwise every word has to belong to a name, join names, or carry no meaning ("the", "license").
//!    One word that does not leaves the text unread: `MIT-style` is not MIT.
//! 3. "or", a slash and "dual" are a choice; "and", a comma and "&" mean both, which is the reading
//!    that promises least.
//! 4. A name that several licenses go by ("BSD", "GPL", "Apache") stands for all of them.
//! 5. "with … exception" has to name an exception that SPDX lists.

mod gnu;
mod grammar;
mod table;
mod words;

use super::claim::{Candidates, Reading, Relation};
use super::expression::{Expression, License, shortened};
use words::{Word, words};

/// The longest text that is read as a name, in bytes; a longer one is a license text.
pub(super) const MAX_NAME: usize = 500;

/// Reads a name, or several.
pub(super) fn read(text: &str) -> Reading {
    let text = text.trim();
    if is_silent(text) {
        return Reading::Silent;
    }
    if text.len() > MAX_NAME {
        return Reading::Unreadable(format!("`{}` is too long to be a name", shortened(text)));
    }
    if let Some(candidates) = table::alias(text) {
        return Reading::one(candidates);
    }
    if let Ok(expression) = Expression::parse(text) {
        return as_written(text, expression);
    }
    let (text, found) = addresses(text);
    let reading = if text.trim().is_empty() { Reading::Silent } else { grammar::read(&text) };
    let addressed = found.iter().filter_map(|address| table::address(address));
    addressed.fold(reading, |reading, candidates| match reading {
        Reading::Silent => Reading::one(candidates),
        // An address beside a name says more of it.
        Reading::Parts { relation, mut parts } if parts.len() == 1 => {
            let narrowed = parts.pop().map(|part| part.and(&candidates)).unwrap_or_default();
            if narrowed.is_empty() {
                Reading::Unreadable(format!(
                    "`{}` names another license than the address beside it",
                    shortened(&text)
                ))
            } else {
                Reading::Parts { relation, parts: vec![narrowed] }
            }
        }
        other => other,
    })
}

/// Tells whether a text is there and says nothing.
fn is_silent(text: &str) -> bool {
    const NOTHING: &[&str] = &[
        "",
        "unknown",
        "none",
        "null",
        "n/a",
        "na",
        "-",
        "?",
        "tbd",
        "todo",
        "noassertion",
        "license",
        "licence",
        "license.txt",
        "license.md",
        "license.rst",
        "copying",
        "see license",
        "see license file",
        "see license.txt",
        "see license.md",
        "see license in the repository",
        "see in license",
        "file: license",
        "file license",
        "other",
        "custom",
    ];
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '.');
    NOTHING.contains(&text.to_lowercase().as_str())
}

/// Takes an expression in a field that need not hold one.
fn as_written(text: &str, expression: Expression) -> Reading {
    match expression {
        Expression::License(license) => {
            let deprecated = spdx::license_id(text).is_some_and(spdx::LicenseId::is_deprecated);
            match license.id.strip_suffix("-only") {
                // `GPL-3.0` is a version; whether later ones may be taken is not said.
                Some(version) if deprecated && license.exception.is_none() => {
                    let later = format!("{version}-or-later");
                    Reading::one(Candidates::of([license.clone(), License::of(later)]))
                }
                _ => Reading::one(Candidates::of([license])),
            }
        }
        Expression::Any(mut parts) if !text.contains(" OR ") => {
            parts.sort();
            Reading::Expression(Expression::any(parts))
        }
        other => Reading::Expression(other),
    }
}

/// Takes the addresses out of a text.
fn addresses(text: &str) -> (String, Vec<String>) {
    let (mut rest, mut found) = (String::new(), Vec::new());
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|letter: char| "()<>[]\"',;".contains(letter));
        if bare.starts_with("http://") || bare.starts_with("https://") || bare.starts_with("www.") {
            found.push(bare.to_owned());
        } else {
            rest.push_str(word);
            rest.push(' ');
        }
    }
    (rest, found)
}

/// Makes an id of our own of a name that no list has: `LicenseRef-Intel-Simplified-Software-License`.
pub(super) fn reference(name: &str) -> Option<License> {
    const WORDS: usize = 8;
    let letters = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '.');
    let mut parts: Vec<&str> = name.split(letters).filter(|word| !word.is_empty()).collect();
    let is = |word: &&str, name: &str| word.eq_ignore_ascii_case(name);
    if parts.first().is_some_and(|word| is(word, "the")) {
        parts.remove(0);
    }
    // A "commercial license" of somebody's is told from a license that has a name.
    if parts.len() > 2 && parts.iter().any(|word| is(word, "commercial")) {
        parts.retain(|word| !is(word, "license") && !is(word, "licence"));
    }
    let fits = (1..=WORDS).contains(&parts.len());
    fits.then(|| License::of(format!("LicenseRef-{}", parts.join("-"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match read(text) {
            Reading::Silent => "silent".to_owned(),
            Reading::Choice => "choice".to_owned(),
            Reading::Unreadable(_) => "unreadable".to_owned(),
            Reading::Expression(expression) => expression.to_string(),
            Reading::Parts { relation, parts } => {
                let join = match relation {
                    Relation::All => " AND ",
                    Relation::Any => " OR ",
                    Relation::Unsaid => " ? ",
                };
                parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(join)
            }
        }
    }

    #[test]
    fn a_name_is_read_as_people_write_it() {
        for (text, expected) in [
            ("MIT", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("The MIT License (Microsoft)", "MIT"),
            ("MIT/X11", "MIT"),
            ("Expat", "MIT"),
            ("Apache 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache Software License 2.0", "Apache-2.0"),
            ("Apache2", "Apache-2.0"),
            ("ASL 2", "Apache-2.0"),
            ("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
            ("Apache 2.0 (https://www.apache.org/licenses/LICENSE-2.0)", "Apache-2.0"),
            ("new BSD", "BSD-3-Clause"),
            ("3-Clause BSD License", "BSD-3-Clause"),
            ("BSD 3", "BSD-3-Clause"),
            ("BSD-3", "BSD-3-Clause"),
            ("Modified BSD License (also known as New or Revised BSD)", "BSD-3-Clause"),
            ("FreeBSD", "BSD-2-Clause"),
            ("Simplified BSD", "BSD-2-Clause"),
            ("ISC license (ISCL)", "ISC"),
            ("GPLv3+", "GPL-3.0-or-later"),
            ("GPL v3", "GPL-3.0-only|GPL-3.0-or-later"),
            ("GNU GPLv2 or any later version", "GPL-2.0-or-later"),
            (
                "GNU General Public License, version 2 or (at your option) any later version",
                "GPL-2.0-or-later",
            ),
            ("GNU General Public License v3 only", "GPL-3.0-only"),
            ("AGPL-3.0", "AGPL-3.0-only|AGPL-3.0-or-later"),
            ("GNU Lesser General Public License v2.1", "LGPL-2.1-only|LGPL-2.1-or-later"),
            ("MPLv2.0, MIT Licences", "MPL-2.0 AND MIT"),
            ("MPL 2.0", "MPL-2.0"),
            ("BSD-2-Clause or Apache-2.0", "Apache-2.0 OR BSD-2-Clause"),
            ("MIT and Apache 2.0", "MIT AND Apache-2.0"),
            ("Dual License", "choice"),
            (
                "GNU GPLv2 (with FOSS License Exception)",
                "GPL-2.0-only WITH Universal-FOSS-exception-1.0|GPL-2.0-or-later WITH Universal-FOSS-exception-1.0",
            ),
            ("PSF", "PSF-2.0"),
            ("Public Domain", "LicenseRef-Public-Domain"),
            ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
            ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
            ("Dual licensed under MIT and Apache-2.0", "MIT OR Apache-2.0"),
            ("UNKNOWN", "silent"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn one_word_that_is_not_understood_leaves_the_text_unread() {
        for text in [
            "MIT-style",
            "BSD-like",
            "MIT, but not for evil",
            "MIT (non-commercial use only)",
            "Apache 2.0 with Commons Clause",
            "GPL with a special exception",
            "GPL-compatible",
            "MIT for academic use",
            "Free for non-commercial use",
            "Creative Commons",
            "Apache 2.0 (except the fonts)",
            "MIT NON-AI License",
        ] {
            assert_eq!(said(text), "unreadable", "{text}");
        }
    }

    #[test]
    fn a_name_without_version_or_clauses_stands_for_all() {
        assert_eq!(said("BSD"), "BSD-2-Clause|BSD-3-Clause|BSD-4-Clause");
        assert!(said("GPL").contains("GPL-1.0-only") && said("GPL").contains("GPL-3.0-or-later"));
        assert!(said("LGPL with exceptions") == "unreadable");
        assert_eq!(said("Apache"), "Apache-2.0|Apache-1.1|Apache-1.0");
        assert_eq!(said("MPL"), "MPL-2.0|MPL-1.1|MPL-1.0");
    }
}
