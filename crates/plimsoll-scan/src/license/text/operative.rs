//! Words of a license that matter, and such that only name somebody.

/// Tells whether a word of a license stands for a name, which may be longer.
pub(super) fn is_naming(word: &str) -> bool {
    const NAMING: &[&str] = &[
        "author",
        "authors",
        "berkeley",
        "company",
        "contributors",
        "copyright",
        "foundation",
        "holder",
        "holders",
        "inc",
        "institute",
        "mit",
        "name",
        "names",
        "organization",
        "owner",
        "program",
        "psf",
        "python",
        "regents",
        "software",
        "university",
        "work",
    ];
    NAMING.contains(&word)
}

/// Words that allow, forbid or limit: one more or less of them is another license.
const OPERATIVE: &[&str] = &[
    "academic",
    "acknowledgment",
    "advertising",
    "ai",
    "attribution",
    "banned",
    "barred",
    "cannot",
    "charge",
    "clause",
    "commercial",
    "commercially",
    "condition",
    "consent",
    "copies",
    "copy",
    "denied",
    "deny",
    "derivative",
    "display",
    "distribute",
    "distribution",
    "educational",
    "evil",
    "except",
    "exception",
    "exceptions",
    "exclude",
    "excluded",
    "excluding",
    "exclusive",
    "export",
    "fee",
    "forbid",
    "forbidden",
    "free",
    "good",
    "government",
    "grant",
    "granted",
    "however",
    "if",
    "internal",
    "irrevocable",
    "law",
    "laws",
    "lesser",
    "library",
    "license",
    "licenses",
    "limited",
    "may",
    "merge",
    "military",
    "modification",
    "modifications",
    "modify",
    "must",
    "network",
    "no",
    "non",
    "non-commercial",
    "non-exclusive",
    "nor",
    "not",
    "nuclear",
    "only",
    "patent",
    "patents",
    "perform",
    "permission",
    "permitted",
    "perpetual",
    "personal",
    "prior",
    "prohibited",
    "prohibition",
    "prohibits",
    "provided",
    "publish",
    "purpose",
    "purposes",
    "redistribution",
    "redistributions",
    "reproduce",
    "require",
    "required",
    "requires",
    "research",
    "restricted",
    "restriction",
    "restrictions",
    "revocable",
    "revoke",
    "revoked",
    "royalty",
    "royalty-free",
    "sell",
    "service",
    "shall",
    "source",
    "subject",
    "sublicensable",
    "sublicense",
    "terminate",
    "trademark",
    "trademarks",
    "transfer",
    "unless",
    "use",
    "use-based",
    "used",
    "warranties",
    "warranty",
    "will",
    "without",
    "worldwide",
    "written",
];

pub(super) fn is_operative(word: &str) -> bool {
    let is_version = word.len() == 3 && word.as_bytes().get(1) == Some(&b'.');
    is_version || OPERATIVE.binary_search(&word).is_ok()
}

/// Tells whether words that a text adds are such that the SPDX list marks as optional in that license.
pub(super) fn is_optional(words: &[&str]) -> bool {
    const OPTIONAL: &[&str] = &[
        // MIT
        "including the next paragraph",
        // Unicode-DFS-2016
        "distributed under the terms of use in http www.unicode.org copyright.html",
    ];
    let words = words.join(" ");
    OPTIONAL.contains(&words.as_str())
}

/// Tells whether an operative word belongs to titles: "MIT License", "Version 2.0".
pub(super) fn is_titular(word: &str) -> bool {
    const TITULAR: &[&str] = &[
        "exception",
        "lesser",
        "library",
        "license",
        "licenses",
        "network",
        "research",
        "service",
        "source",
    ];
    TITULAR.contains(&word) || word.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operative_words_are_sorted() {
        assert!(OPERATIVE.is_sorted());
    }
}
