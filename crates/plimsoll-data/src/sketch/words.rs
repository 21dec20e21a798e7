//! How often each text is there.

use serde::{Deserialize, Serialize};

use super::counts::{Added, Counts, EXACT};
use super::distinct::Distinct;
use super::hash;

/// How many bytes of text are held exactly.
pub const EXACT_BYTES: usize = 256 << 10;

/// How many frequent texts are kept once there are more.
pub const FREQUENT: usize = 2_048;

/// Longer texts are told apart by their hash and shown by their beginning, in bytes.
pub const LONGEST: usize = 256;

/// Counts of texts: exact up to [`EXACT`] different ones of together [`EXACT_BYTES`], then the
/// frequent ones with an error ([`Counts`]). Texts are the same where their hashes of 64 bits are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Words {
    counts: Counts,
    /// Where the text of each entry of `counts` is.
    spans: Vec<(u32, u32)>,
    text: String,
    /// Different texts, about; once not all of them are counted.
    distinct: Option<Distinct>,
}

/// The order in which texts appeared does not matter.
impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        let texts = |of: &Self| {
            let mut texts: Vec<(u64, String)> = of
                .hashes()
                .zip(of.iter())
                .map(|(hash, (text, _))| (hash, text.to_owned()))
                .collect();
            texts.sort_unstable();
            texts
        };
        self.counts == other.counts
            && self.distinct == other.distinct
            && texts(self) == texts(other)
    }
}

impl Words {
    /// Tells whether every text is counted.
    pub fn is_exact(&self) -> bool {
        self.distinct.is_none()
    }

    /// Returns how many different texts there are; about, unless all are counted.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^64")]
    pub fn distinct(&self) -> u64 {
        match &self.distinct {
            Some(distinct) => distinct.estimate().round() as u64,
            None => self.spans.len() as u64,
        }
    }

    /// Returns by how much a count may be too low.
    pub fn error(&self) -> u64 {
        self.counts.error()
    }

    /// Returns the texts, each with how often it is there, in the order of their appearance.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> + '_ {
        let entries = self.counts.entries().iter().zip(&self.spans);
        entries.map(|(entry, span)| (self.at(*span), entry.count))
    }

    fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.counts.entries().iter().map(|entry| entry.key)
    }

    /// Counts `text`, whose hash is `hash`.
    #[inline]
    pub(crate) fn add(&mut self, text: &str, hash: u64, count: u64) {
        if let Some(distinct) = &mut self.distinct {
            distinct.add(hash);
        }
        if self.counts.add(hash, count, usize::MAX) == Added::New {
            self.keep(text);
        }
    }

    /// Takes in what another one has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(distinct) = &other.distinct {
            self.overflow().merge(distinct);
        }
        self.counts.widen_error(other.error());
        for (entry, span) in other.counts.entries().iter().zip(&other.spans) {
            if let Some(distinct) = &mut self.distinct {
                distinct.add(entry.key);
            }
            if self.counts.add(entry.key, entry.count, usize::MAX) == Added::New {
                self.keep(other.at(*span));
            }
        }
        if self.distinct.is_some() {
            self.purge();
        }
    }

    fn at(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    #[expect(clippy::cast_possible_truncation, reason = "purged long before")]
    fn keep(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(LONGEST)];
        let from = self.text.len() as u32;
        self.text.push_str(text);
        self.spans.push((from, self.text.len() as u32));
        let many = self.spans.len();
        if self.distinct.is_none() && (many > EXACT || self.text.len() > EXACT_BYTES) {
            self.overflow();
            self.purge();
        } else if self.distinct.is_some() && many > 2 * FREQUENT {
            self.purge();
        }
    }

    /// Goes on without counting every text.
    fn overflow(&mut self) -> &mut Distinct {
        let entries = self.counts.entries();
        self.distinct.get_or_insert_with(|| {
            let mut distinct = Distinct::default();
            for entry in entries {
                distinct.add(entry.key);
            }
            distinct
        })
    }

    /// Keeps the frequent texts alone.
    fn purge(&mut self) {
        if self.spans.len() <= FREQUENT {
            return;
        }
        let mut spans = Vec::new();
        let mut text = String::new();
        self.counts.keep_frequent(FREQUENT, |old| {
            let from = text.len();
            let (begin, end) = self.spans[old];
            text.push_str(self.text.get(begin as usize..end as usize).unwrap_or_default());
            #[expect(clippy::cast_possible_truncation, reason = "shorter than before")]
            spans.push((from as u32, text.len() as u32));
        });
        (self.spans, self.text) = (spans, text);
    }
}

/// Texts as they are stored: in order.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    distinct: Option<Distinct>,
    error: u64,
    words: Vec<Word>,
}

/// A text, its count, and its hash where it was cut off.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Word {
    text: String,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<u64>,
}

impl From<Words> for Stored {
    fn from(words: Words) -> Self {
        let texts = words.iter().zip(words.hashes());
        let mut stored: Vec<Word> = texts
            .map(|((text, count), hash)| Word {
                text: text.to_owned(),
                count,
                hash: Some(hash).filter(|hash| hash::of_bytes(text.as_bytes()) != *hash),
            })
            .collect();
        stored.sort_unstable_by(|a, b| (&a.text, a.hash).cmp(&(&b.text, b.hash)));
        let error = words.error();
        Self { distinct: words.distinct, error, words: stored }
    }
}

impl TryFrom<Stored> for Words {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let exact = stored.distinct.is_none();
        let mut words = Self { distinct: stored.distinct, ..Self::default() };
        words.counts.widen_error(stored.error);
        let most = if exact { EXACT } else { 2 * FREQUENT };
        if stored.words.len() > most || (exact && stored.error > 0) {
            return Err("there are more texts than are counted");
        }
        for word in &stored.words {
            if word.count == 0 || word.text.len() > LONGEST {
                return Err("a text is not counted, or too long");
            }
            let hash = word.hash.unwrap_or_else(|| hash::of_bytes(word.text.as_bytes()));
            if words.counts.add(hash, word.count, usize::MAX) != Added::New {
                return Err("a text is counted twice");
            }
            words.keep(&word.text);
        }
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(words: &mut Words, text: &str, count: u64) {
        words.add(text, hash::of_bytes(text.as_bytes()), count);
    }

    fn count(words: &Words, text: &str) -> u64 {
        words.iter().find(|word| word.0 == text).map_or(0, |word| word.1)
    }

    #[test]
    fn few_texts_are_counted_exactly() {
        let mut words = Words::default();
        (0..EXACT).for_each(|at| add(&mut words, &at.to_string(), 1));
        add(&mut words, "7", 41);
        assert!(words.is_exact());
        assert_eq!((words.iter().len(), count(&words, "7"), words.error()), (EXACT, 42, 0));
        add(&mut words, "one more", 1);
        assert!(!words.is_exact());
        assert_eq!((count(&words, "7"), words.error()), (41, 1));
    }

    #[test]
    fn frequent_texts_outlive_many_rare_ones() {
        let mut words = Words::default();
        for at in 0..60_000 {
            add(&mut words, &format!("user{at}@example.com"), 1);
            add(&mut words, ["a", "b"][at % 2], 1);
        }
        assert!(words.iter().len() <= 2 * FREQUENT && words.error() <= 120_000 / FREQUENT as u64);
        for text in ["a", "b"] {
            let found = count(&words, text);
            assert!(found <= 30_000 && found + words.error() >= 30_000, "{found}");
        }
    }

    #[test]
    fn long_texts_are_told_apart_by_what_is_not_kept() {
        let long = "ä".repeat(400);
        let mut words = Words::default();
        add(&mut words, &format!("{long}1"), 1);
        add(&mut words, &format!("{long}2"), 2);
        assert_eq!(words.iter().map(|word| word.0.len()).collect::<Vec<_>>(), [256, 256]);
        let text = serde_json::to_string(&words).unwrap();
        let again: Words = serde_json::from_str(&text).unwrap();
        assert_eq!(again.iter().map(|word| word.1).sum::<u64>(), 3);
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
        let twice = text.replace("\"count\":2", "\"count\":0");
        assert!(serde_json::from_str::<Words>(&twice).is_err());
    }

    #[test]
    fn parts_merge_to_the_whole() {
        let texts: Vec<String> =
            (0..30_000_u32).map(|at| (at * at % 15_013 % 9_000).to_string()).collect();
        let of = |texts: &[String]| {
            let mut words = Words::default();
            for text in texts {
                add(&mut words, text, 1);
            }
            words
        };
        let mut merged = of(&texts[..11_111]);
        merged.merge(&of(&texts[11_111..]));
        let sorted = |words: Words| serde_json::to_string(&words).unwrap();
        assert_eq!(sorted(merged), sorted(of(&texts)));
    }
}
