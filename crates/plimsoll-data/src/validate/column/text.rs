//! Texts held against accepted values, a pattern and lengths.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray};
use arrow::datatypes::Int32Type;

use crate::example::{Tally, quoted};
use crate::schema::{Lengths, Pattern};
use crate::table::Batch;

/// What texts must be.
pub(super) struct Rules<'a> {
    pub(super) accepted: Option<&'a HashSet<&'a str>>,
    pub(super) pattern: Option<&'a Pattern>,
    pub(super) length: Lengths,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may be so")]
struct Verdict {
    unexpected: bool,
    unmatched: bool,
    short: bool,
    long: bool,
}

impl Rules<'_> {
    fn are_none(&self) -> bool {
        let Lengths { min, max } = self.length;
        self.accepted.is_none() && self.pattern.is_none() && min.is_none() && max.is_none()
    }

    fn of(&self, text: &str) -> Verdict {
        let (short, long) = beyond(self.length, text);
        Verdict {
            unexpected: self.accepted.is_some_and(|accepted| !accepted.contains(text)),
            unmatched: self.pattern.is_some_and(|pattern| !pattern.accepts(text)),
            short,
            long,
        }
    }
}

/// Tells whether a text is too short or too long.
fn beyond(length: Lengths, text: &str) -> (bool, bool) {
    let bytes = text.len() as u64;
    // A character takes one to four bytes, so most texts need not be counted.
    let surely = length.min.is_none_or(|min| bytes.div_ceil(4) >= min)
        && length.max.is_none_or(|max| bytes <= max);
    if surely {
        return (false, false);
    }
    let count = text.chars().count() as u64;
    (length.min.is_some_and(|min| count < min), length.max.is_some_and(|max| count > max))
}

/// What was wrong with texts so far.
pub(super) struct Texts {
    pub(super) unexpected: Tally,
    pub(super) unmatched: Tally,
    pub(super) short: Tally,
    pub(super) long: Tally,
    /// The dictionary of the last batch, and what is wrong with each of its texts.
    coded: Option<(ArrayRef, Vec<Verdict>, bool)>,
}

impl Texts {
    pub(super) fn new(examples: usize) -> Self {
        let tally = || Tally::showing(examples);
        Self { unexpected: tally(), unmatched: tally(), short: tally(), long: tally(), coded: None }
    }

    /// Takes in cells that are texts or codes of them.
    pub(super) fn take(&mut self, rules: &Rules<'_>, batch: &Batch, cells: &ArrayRef) {
        if rules.are_none() {
            return;
        }
        if let Some(coded) = cells.as_dictionary_opt::<Int32Type>() {
            self.take_codes(rules, batch, coded);
        } else if let Some(texts) = cells.as_string_opt::<i32>() {
            self.take_texts(rules, batch, texts);
        }
    }

    fn take_texts(&mut self, rules: &Rules<'_>, batch: &Batch, texts: &StringArray) {
        let sound = Verdict::default();
        let mut last = None;
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            // Equal values often follow each other.
            if last == Some(text) {
                continue;
            }
            let verdict = rules.of(text);
            if verdict == sound {
                last = Some(text);
            } else {
                self.note(verdict, batch, row, text);
            }
        }
    }

    /// Judges each text of a dictionary once.
    fn take_codes(&mut self, rules: &Rules<'_>, batch: &Batch, coded: &DictionaryArray<Int32Type>) {
        let Some(texts) = coded.values().as_string_opt::<i32>() else { return };
        let is_known = |known: &ArrayRef| known.to_data().ptr_eq(&coded.values().to_data());
        let (verdicts, all_sound) = match self.coded.take() {
            Some((known, verdicts, all_sound)) if is_known(&known) => (verdicts, all_sound),
            _ => {
                let judged = |text: Option<&str>| text.map(|text| rules.of(text));
                let verdicts: Vec<Verdict> =
                    texts.iter().map(|text| judged(text).unwrap_or_default()).collect();
                let all_sound = verdicts.iter().all(|verdict| *verdict == Verdict::default());
                (verdicts, all_sound)
            }
        };
        if !all_sound {
            for (row, code) in coded.keys().iter().enumerate() {
                let code = code.and_then(|code| usize::try_from(code).ok());
                let Some(code) = code.filter(|code| texts.is_valid(*code)) else { continue };
                if verdicts[code] != Verdict::default() {
                    self.note(verdicts[code], batch, row, texts.value(code));
                }
            }
        }
        self.coded = Some((coded.values().clone(), verdicts, all_sound));
    }

    fn note(&mut self, verdict: Verdict, batch: &Batch, row: usize, text: &str) {
        let noted = [
            (verdict.unexpected, &mut self.unexpected),
            (verdict.unmatched, &mut self.unmatched),
            (verdict.short, &mut self.short),
            (verdict.long, &mut self.long),
        ];
        for (is_so, tally) in noted {
            if is_so {
                tally.add(batch.place(row), || quoted(text));
            }
        }
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.unexpected.absorb(other.unexpected, None);
        self.unmatched.absorb(other.unmatched, None);
        self.short.absorb(other.short, None);
        self.long.absorb(other.long, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        let at = |min, max, text: &str| beyond(Lengths { min, max }, text);
        assert_eq!(at(Some(3), None, "äöü"), (false, false));
        assert_eq!(at(Some(4), None, "äöü"), (true, false));
        assert_eq!(at(None, Some(3), "äöü"), (false, false));
        assert_eq!(at(None, Some(2), "𝔘𝔘𝔘"), (false, true));
        assert_eq!(at(Some(0), Some(0), ""), (false, false));
        assert_eq!(at(Some(2), Some(5), "abcdef"), (false, true));
    }
}
