//! What stands in a text beside the licenses in it.

use super::Remainder;
use super::tokens::Token;

/// Of how many words a passage has to be to be worth a word; titles and names have fewer.
const WORTH_SAYING: usize = 25;

/// Words in a row that limit what may be done, wherever they stand.
const RESTRICTIONS: &[&[&str]] = &[
    &["commons", "clause"],
    &["non-commercial"],
    &["non", "commercial"],
    &["not", "for", "commercial"],
    &["commercial", "use", "is", "prohibited"],
    &["commercial", "use", "is", "not"],
    &["commercial", "use", "requires"],
    &["for", "good", "not", "evil"],
    &["not", "be", "used", "for", "evil"],
    &["for", "evil"],
    &["academic", "use", "only"],
    &["academic", "purposes", "only"],
    &["academic", "and", "research"],
    &["research", "use", "only"],
    &["research", "purposes", "only"],
    &["research", "only"],
    &["educational", "purposes", "only"],
    &["educational", "use", "only"],
    &["personal", "use", "only"],
    &["evaluation", "purposes", "only"],
    &["internal", "use", "only"],
    &["right", "to", "sell"],
    &["not", "grant", "to", "you"],
    &["not", "resell"],
    &["may", "not", "sell"],
    &["shall", "not", "be", "used"],
    &["must", "not", "be", "used"],
    &["may", "not", "be", "used", "for"],
    &["may", "not", "be", "used", "by"],
    &["may", "not", "be", "used", "to", "train"],
    &["may", "not", "use"],
    &["shall", "not", "use"],
    &["must", "not", "use"],
    &["not", "use", "the"],
    &["not", "permitted"],
    &["is", "prohibited"],
    &["are", "prohibited"],
    &["strictly", "prohibited"],
    &["use", "restrictions"],
    &["use-based", "restrictions"],
    &["acceptable", "use"],
    &["prohibited", "use"],
    &["monthly", "active", "users"],
    &["confidential"],
    &["proprietary"],
    &["competing", "product"],
    &["hosted", "or", "managed"],
    &["military"],
    &["machine", "learning", "training"],
    &["human", "rights"],
    &["surveillance"],
    &["without", "a", "commercial", "license"],
    &["following", "additional"],
    &["additional", "restriction"],
    &["further", "restriction"],
    &["additional", "condition"],
    &["additional", "terms"],
];

/// Returns the passages outside of what was taken.
pub(super) fn remainders(tokens: &[Token], taken: &[(usize, usize)]) -> Vec<Remainder> {
    let mut found = Vec::new();
    let mut at = 0;
    for (start, end) in taken.iter().copied().chain([(tokens.len(), tokens.len())]) {
        if let Some(passage) = tokens.get(at..start.max(at)).filter(|passage| !passage.is_empty()) {
            found.extend(remainder(passage));
        }
        at = end.max(at);
    }
    found
}

fn remainder(passage: &[Token]) -> Option<Remainder> {
    const SHOWN: usize = 14;
    let restriction = (0..passage.len()).find(|at| {
        !is_harmless(passage, *at) && {
            RESTRICTIONS.iter().any(|phrase| {
                passage.get(*at..at + phrase.len()).is_some_and(|words| {
                    words.iter().zip(*phrase).all(|(token, word)| token.word == *word)
                })
            })
        }
    });
    if restriction.is_none() && passage.len() < WORTH_SAYING {
        return None;
    }
    // A restriction is shown with what leads to it.
    let from = restriction.map_or(0, |at| at.saturating_sub(SHOWN / 2));
    let shown = passage.get(from..)?;
    let words: Vec<&str> = shown.iter().take(SHOWN).map(|token| token.word.as_str()).collect();
    Some(Remainder {
        line: shown.first().map_or(1, |token| token.line),
        words: passage.len(),
        text: words.join(" "),
        restricts: restriction.is_some(),
    })
}

/// Tells whether words that limit are part of a phrase that does not: "commercial or non-commercial", "you may
/// not use this file except in compliance with the License".
fn is_harmless(passage: &[Token], at: usize) -> bool {
    const AROUND: &[(usize, &[&str])] = &[
        // What the GNU licenses say about themselves below their terms.
        (
            7,
            &[
                "does",
                "not",
                "permit",
                "incorporating",
                "your",
                "program",
                "into",
                "proprietary",
                "programs",
            ],
        ),
        (2, &["commercial", "or", "non-commercial"]),
        (2, &["commercial", "and", "non-commercial"]),
        (0, &["non-commercial", "or", "commercial"]),
        (0, &["non-commercial", "and", "commercial"]),
        (2, &["commercial", "or", "non", "commercial"]),
        (0, &["may", "not", "use", "this", "file", "except", "in", "compliance", "with"]),
        (0, &["may", "not", "use", "this", "file", "except", "according", "to", "those", "terms"]),
        (0, &["may", "not", "use", "this", "work", "except", "in", "compliance", "with"]),
    ];
    AROUND.iter().any(|(before, phrase)| {
        let Some(start) = at.checked_sub(*before) else { return false };
        passage
            .get(start..start + phrase.len())
            .is_some_and(|words| words.iter().zip(*phrase).all(|(token, word)| token.word == *word))
    })
}
