//! The texts of a column that are nothing else: no numbers, dates or flags.

use serde::{Deserialize, Serialize};

use crate::sketch::counts::Counts;
use crate::sketch::words::Words;

/// The names of the classes of characters, in the order of [`Texts::classes`].
pub const CLASSES: [&str; 6] = ["lower", "upper", "digit", "space", "punctuation", "other"];

const DIGIT: usize = 2;
const SPACE: usize = 3;

/// The longest text that is tried as JSON, in bytes.
const LONGEST_JSON: usize = 1 << 20;

/// In how many ways a text can have characters of some classes and none of the others.
pub const MIXES: usize = 1 << CLASSES.len();

/// Texts by which classes of characters they have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
struct Mixes([u64; MIXES]);

impl Default for Mixes {
    fn default() -> Self {
        Self([0; MIXES])
    }
}

impl TryFrom<Vec<u64>> for Mixes {
    type Error = &'static str;

    fn try_from(counts: Vec<u64>) -> Result<Self, Self::Error> {
        counts.try_into().map(Self).map_err(|_| "texts are not counted by all mixes of characters")
    }
}

impl From<Mixes> for Vec<u64> {
    fn from(mixes: Mixes) -> Self {
        mixes.0.into()
    }
}

/// Texts of one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Texts {
    count: u64,
    words: Words,
    lengths: Counts,
    classes: [u64; 6],
    mixes: Mixes,
    spaced: u64,
    json: u64,
    codes: u64,
}

impl Texts {
    /// Returns how many texts there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns how often each text is there, or the frequent ones.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Returns how many texts have each length in characters, ascending. Lengths from 4,096 on are
    /// rounded down by at most one part in 64.
    #[expect(clippy::cast_precision_loss, reason = "lengths of texts")]
    pub fn lengths(&self) -> Vec<(f64, u64)> {
        let entries = self.lengths.entries().iter();
        let mut lengths: Vec<_> = entries.map(|entry| (entry.key, entry.count)).collect();
        lengths.sort_unstable();
        lengths.into_iter().map(|(length, count)| (length as f64, count)).collect()
    }

    /// Returns how many characters there are of each of [`CLASSES`]: ASCII by kind, and the rest.
    pub fn classes(&self) -> &[u64; 6] {
        &self.classes
    }

    /// Returns how many texts have characters of which classes: bit k of the place is set for texts
    /// with characters of the k-th of [`CLASSES`].
    pub fn mixes(&self) -> &[u64; MIXES] {
        &self.mixes.0
    }

    /// Returns how many texts have blanks inside.
    pub fn spaced(&self) -> u64 {
        self.spaced
    }

    /// Returns how many texts are JSON objects or arrays.
    pub fn json(&self) -> u64 {
        self.json
    }

    /// Returns how many texts are digits and yet no numbers: those that begin with a zero, and
    /// those too long for 64 bits.
    pub fn codes(&self) -> u64 {
        self.codes
    }

    /// Takes in a text whose hash is `hash`, `count` times.
    pub(super) fn take(&mut self, text: &str, hash: u64, count: u64) {
        self.count += count;
        self.words.add(text, hash, count);
        let classes = classes(text.as_bytes());
        for (all, class) in self.classes.iter_mut().zip(classes) {
            *all = all.saturating_add(class.saturating_mul(count));
        }
        self.mixes.0[usize::from(mix(&classes))] += count;
        let length: u64 = classes.iter().sum();
        self.lengths.add(rounded(length), count, usize::MAX);
        if classes[SPACE] > 0 {
            self.spaced += count;
        }
        if length > 0 && classes[DIGIT] == length {
            self.codes += count;
        }
        if text.starts_with(['{', '[']) && text.len() <= LONGEST_JSON && is_json(text) {
            self.json += count;
        }
    }

    /// Takes in the texts of other rows.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.words.merge(&other.words);
        for entry in other.lengths.entries() {
            self.lengths.add(entry.key, entry.count, usize::MAX);
        }
        for (all, class) in self.classes.iter_mut().zip(other.classes) {
            *all = all.saturating_add(class);
        }
        for (all, mix) in self.mixes.0.iter_mut().zip(other.mixes.0) {
            *all += mix;
        }
        self.spaced += other.spaced;
        self.json += other.json;
        self.codes += other.codes;
    }

    /// Tells what is wrong with texts that were read back.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let sum = |counts: &mut dyn Iterator<Item = u64>| counts.fold(0, u64::saturating_add);
        let lengths = sum(&mut self.lengths.entries().iter().map(|entry| entry.count));
        let words = sum(&mut self.words.iter().map(|word| word.1));
        let mixes = sum(&mut self.mixes.0.iter().copied());
        let short = words < self.count && self.words.is_exact();
        if lengths != self.count || mixes != self.count || words > self.count || short {
            return Some("the texts of a column are not counted together");
        }
        None
    }
}

/// Returns the length of a text in characters, as it is counted, and its place in
/// [`Texts::mixes`].
pub(crate) fn measured(text: &str) -> (u64, u8) {
    let classes = classes(text.as_bytes());
    (rounded(classes.iter().sum()), mix(&classes))
}

fn mix(classes: &[u64; 6]) -> u8 {
    (0..).zip(classes).fold(0, |mix, (class, count)| mix | u8::from(*count > 0) << class)
}

/// Rounds a length so that there are only so many of them.
fn rounded(length: u64) -> u64 {
    if length < 4096 {
        return length;
    }
    let beyond = length.ilog2() - 6;
    length >> beyond << beyond
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// A lane of eight bits for the class of each byte; none for bytes that continue a character.
const LANES: [u64; 256] = {
    let mut lanes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let class = match byte as u8 {
            b'a'..=b'z' => 0,
            b'A'..=b'Z' => 1,
            b'0'..=b'9' => DIGIT,
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            b'!'..=b'~' => 4,
            0x80..0xc0 => 7,
            _ => 5,
        };
        if class < 6 {
            lanes[byte] = 1 << (8 * class);
        }
        byte += 1;
    }
    lanes
};

/// Counts the characters of each class.
fn classes(text: &[u8]) -> [u64; 6] {
    let mut classes = [0; 6];
    // No lane can overflow within so many bytes.
    for chunk in text.chunks(255) {
        let lanes: u64 = chunk.iter().map(|byte| LANES[usize::from(*byte)]).sum();
        for (class, count) in classes.iter_mut().zip(lanes.to_le_bytes()) {
            *class += u64::from(count);
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::hash;

    fn of(texts: &[&str]) -> Texts {
        let mut all = Texts::default();
        for text in texts {
            all.take(text, hash::of_bytes(text.as_bytes()), 1);
        }
        all
    }

    #[test]
    fn characters_are_classed_and_counted() {
        let texts = of(&["Ab 9!", "größe\u{1f6a2}", &"x".repeat(700)]);
        assert_eq!(texts.classes(), &[704, 1, 1, 1, 1, 3]);
        assert_eq!(texts.lengths(), [(5.0, 1), (6.0, 1), (700.0, 1)]);
        assert_eq!(texts.spaced(), 1);
        let mixes = texts.mixes();
        assert_eq!((mixes[0b01_1111], mixes[0b10_0001], mixes[1]), (1, 1, 1));
        assert_eq!(measured("Ab 9!"), (5, 0b01_1111));
    }

    #[test]
    fn json_and_codes_are_noticed() {
        let texts = of(&["{\"a\": [1, 2]}", "[]", "{oops", "007", "[1", "12345678901234567890"]);
        assert_eq!((texts.json(), texts.codes(), texts.flaw()), (2, 2, None));
        let deep = "[".repeat(100_000);
        assert_eq!(of(&[&deep]).json(), 0);
    }

    #[test]
    fn there_are_only_so_many_lengths() {
        let mut lengths: Vec<u64> = (0..4_000_000).map(rounded).collect();
        lengths.dedup();
        assert!(lengths.len() < 5_000 && lengths.is_sorted());
        assert!((0..200_000).all(|length| rounded(length) * 64 >= length.saturating_sub(1) * 63));
    }
}
