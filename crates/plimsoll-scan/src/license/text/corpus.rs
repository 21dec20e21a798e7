//! The texts of the SPDX list, as words, and which of them a text resembles.

use std::sync::{LazyLock, OnceLock};

use foldhash::fast::FixedState;

use super::tokens::words;
use crate::license::claim::Candidates;
use crate::license::expression::License;

/// Keys are words of the list's texts alone, nothing that a scanned text chooses, so they need no hash that
/// nobody can foresee. Half of the time went into one.
type HashMap<K, V> = std::collections::HashMap<K, V, FixedState>;

/// How many words in a row are compared when texts that resemble each other are looked for.
const SHINGLE: usize = 5;

/// Of how many such runs one is kept, chosen by its hash, so that both sides keep the same.
const KEPT: u64 = 4;

/// How many words an exception has at least that is looked for.
const MIN_EXCEPTION: usize = 40;

const END_OF_TERMS: [&str; 5] = ["end", "of", "terms", "and", "conditions"];

/// A word that stands in no license.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// One license text.
#[derive(Debug)]
pub(super) struct Template {
    /// The licenses that have this text.
    pub(super) candidates: Candidates,
    /// Its words.
    pub(super) words: Vec<u32>,
    /// Where the terms end and the advice on how to apply them begins.
    pub(super) terms: usize,
    /// How many of its runs are kept.
    kept: usize,
    /// Three words in a row that stand in it once, and where.
    anchors: OnceLock<HashMap<[u32; 3], usize>>,
    /// The exception that it is, if it is no license.
    pub(super) exception: Option<&'static str>,
    /// Whether it is not the license but the notice that says which one holds.
    pub(super) is_notice: bool,
}

impl Template {
    /// Returns the places of words in a row that stand in it once only.
    pub(super) fn anchors(&self) -> &HashMap<[u32; 3], usize> {
        self.anchors.get_or_init(|| {
            let mut places: HashMap<[u32; 3], Option<usize>> = HashMap::default();
            for (at, run) in self.words.windows(3).enumerate() {
                if let [a, b, c] = *run {
                    places.entry([a, b, c]).and_modify(|place| *place = None).or_insert(Some(at));
                }
            }
            places.into_iter().filter_map(|(run, at)| Some((run, at?))).collect()
        })
    }
}

/// All license texts.
#[derive(Debug)]
pub(super) struct Corpus {
    pub(super) templates: Vec<Template>,
    vocabulary: HashMap<String, u32>,
    words: Vec<String>,
    /// Hashes of runs, and the template of each, in order.
    runs: Vec<(u64, u32)>,
    /// The words that end the terms of a license that gives advice behind them.
    end: Vec<u32>,
}

/// Ids that name no text of their own, or the text of another one with a statement beside it that texts
/// alone do not show.
const LEFT_OUT: &[&str] = &[
    "MPL-2.0-no-copyleft-exception",
    "NOASSERTION",
    "OFL-1.0-RFN",
    "OFL-1.0-no-RFN",
    "OFL-1.1-RFN",
    "OFL-1.1-no-RFN",
    "any-OSI",
    "any-OSI-perl-modules",
];

/// Where a license says what to write at the top of files.
struct Notice {
    /// The license that says so.
    id: &'static str,
    /// Its first words.
    from: &'static str,
    /// Its last words.
    to: &'static str,
    /// What it says.
    means: &'static str,
    /// Whether it is that of the lesser license, which refers to the other's advice.
    lesser: bool,
}

const fn gnu(id: &'static str, from: &'static str, means: &'static str) -> Notice {
    Notice { id, from, to: "public license for more details", means, lesser: false }
}

const THE_PROGRAM: &str = "this program is free software";
const THE_LIBRARY: &str = "this library is free software";

const NOTICES: &[Notice] = &[
    Notice {
        id: "Apache-2.0",
        from: "licensed under the apache license version 2.0 the license",
        to: "limitations under the license",
        means: "Apache-2.0",
        lesser: false,
    },
    Notice {
        id: "MPL-2.0",
        from: "this source code form is subject to the terms of the",
        to: "mozilla.org mpl 2.0",
        means: "MPL-2.0",
        lesser: false,
    },
    gnu("GPL-2.0-only", THE_PROGRAM, "GPL-2.0-or-later"),
    gnu("GPL-3.0-only", THE_PROGRAM, "GPL-3.0-or-later"),
    gnu("AGPL-3.0-only", THE_PROGRAM, "AGPL-3.0-or-later"),
    gnu("LGPL-2.0-only", THE_LIBRARY, "LGPL-2.0-or-later"),
    gnu("LGPL-2.1-only", THE_LIBRARY, "LGPL-2.1-or-later"),
    Notice { lesser: true, ..gnu("GPL-3.0-only", THE_PROGRAM, "LGPL-3.0-or-later") },
];

/// The GNU GPL 3 begins with this; the list's text of the LGPL 3 has all of it behind its own.
const GPL_3: &str = "gnu general public license version 3 29 june 2007";

/// Returns the texts, made ready when they are first asked for.
pub(super) fn corpus() -> &'static Corpus {
    static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::new);
    &CORPUS
}

impl Corpus {
    fn new() -> Self {
        let mut corpus = Self {
            templates: Vec::new(),
            vocabulary: HashMap::default(),
            words: Vec::new(),
            runs: Vec::new(),
            end: Vec::new(),
        };
        let mut by_text: HashMap<&'static str, usize> = HashMap::default();
        let mut by_words: HashMap<Vec<u32>, usize> = HashMap::default();
        let mut ids: Vec<Vec<License>> = Vec::new();
        for (id, text) in spdx::text::LICENSE_TEXTS {
            let is_deprecated = spdx::license_id(id).is_none_or(spdx::LicenseId::is_deprecated);
            if is_deprecated || LEFT_OUT.contains(id) {
                continue;
            }
            if let Some(at) = by_text.get(text).and_then(|at| ids.get_mut(*at)) {
                at.push(License::of(*id));
                continue;
            }
            let mut words = corpus.interned(text);
            if id.starts_with("LGPL-3.0") {
                let gpl: Vec<u32> = GPL_3.split(' ').map(|word| corpus.id(word)).collect();
                let inner = words.windows(gpl.len()).skip(1).position(|window| window == gpl);
                words.truncate(inner.map_or(words.len(), |at| at + 1));
            }
            if words.len() < SHINGLE {
                continue;
            }
            let at = *by_words.entry(words).or_insert(ids.len());
            by_text.insert(text, at);
            match ids.get_mut(at) {
                Some(known) => known.push(License::of(*id)),
                None => ids.push(vec![License::of(*id)]),
            }
        }
        let mut templates: Vec<(usize, Vec<u32>)> =
            by_words.into_iter().map(|(words, at)| (at, words)).collect();
        templates.sort_unstable();
        corpus.end = END_OF_TERMS.iter().map(|word| corpus.id(word)).collect();
        for ((_, words), ids) in templates.into_iter().zip(ids) {
            corpus.add(Candidates::of(ids), words, None, false);
        }
        for notice in NOTICES {
            corpus.add_notice(notice);
        }
        for (id, text) in spdx::text::EXCEPTION_TEXTS {
            let is_current =
                spdx::exception_id(id).is_some_and(|exception| !exception.is_deprecated());
            let words = corpus.interned(text);
            // A sentence is too little to be told from what others say.
            if is_current && words.len() >= MIN_EXCEPTION {
                corpus.add(Candidates::default(), words, Some(id), false);
            }
        }
        corpus.runs.sort_unstable();
        corpus.runs.dedup();
        corpus
    }

    /// Takes a notice out of the advice at the end of a license.
    fn add_notice(&mut self, notice: &Notice) {
        let of = |template: &&Template| {
            template.candidates.licenses().iter().any(|license| license.id == notice.id)
        };
        let Some(template) = self.templates.iter().find(of) else { return };
        let sequence =
            |text: &str| -> Vec<u32> { text.split(' ').map(|word| self.id(word)).collect() };
        let (from, to) = (sequence(notice.from), sequence(notice.to));
        let words = template.words.as_slice();
        let at = |sequence: &[u32]| words.windows(sequence.len()).rposition(|it| it == sequence);
        let (Some(start), Some(end)) = (at(&from), at(&to)) else { return };
        let mut notice_words = words.get(start..end + to.len()).unwrap_or_default().to_vec();
        if notice.lesser {
            let (general, lesser) = (self.id("general"), self.id("lesser"));
            let softened = notice_words.iter().flat_map(|word| {
                let before = (*word == general).then_some(lesser);
                before.into_iter().chain([*word])
            });
            notice_words = softened.collect();
        }
        self.add(Candidates::of([License::of(notice.means)]), notice_words, None, true);
    }

    fn add(
        &mut self,
        candidates: Candidates,
        words: Vec<u32>,
        exception: Option<&'static str>,
        is_notice: bool,
    ) {
        let before = self.runs.len();
        let at = u32::try_from(self.templates.len()).unwrap_or(UNKNOWN);
        self.runs.extend(runs(&words).map(|run| (run, at)));
        let ended = words.windows(self.end.len()).rposition(|window| window == self.end);
        self.templates.push(Template {
            candidates,
            terms: ended.unwrap_or(words.len()),
            words,
            kept: self.runs.len() - before,
            anchors: OnceLock::new(),
            exception,
            is_notice,
        });
    }

    /// Returns the numbers of the words of a text, which are known from then on.
    fn interned(&mut self, text: &str) -> Vec<u32> {
        let mut numbers = Vec::new();
        words(text, |word, _| {
            let known = self.vocabulary.get(word).copied();
            numbers.push(known.unwrap_or_else(|| {
                let number = u32::try_from(self.words.len()).unwrap_or(UNKNOWN);
                self.words.push(word.to_owned());
                self.vocabulary.insert(word.to_owned(), number);
                number
            }));
        });
        numbers
    }

    /// Returns the number of a word.
    pub(super) fn id(&self, word: &str) -> u32 {
        self.vocabulary.get(word).copied().unwrap_or(UNKNOWN)
    }

    /// Returns the word of a number.
    pub(super) fn word(&self, id: u32) -> &str {
        usize::try_from(id).ok().and_then(|at| self.words.get(at)).map_or("", String::as_str)
    }

    /// Returns the templates that share most of their runs with `words`, the best first, each with the
    /// share.
    pub(super) fn candidates(&self, words: &[u32], most: usize) -> Vec<(usize, f64)> {
        const LEAST: f64 = 0.25;
        const NEAR: f64 = 0.55;
        let mut seen: Vec<u64> = runs(words).collect();
        seen.sort_unstable();
        seen.dedup();
        let mut hits: HashMap<u32, usize> = HashMap::default();
        for run in seen {
            let from = self.runs.partition_point(|(other, _)| *other < run);
            let same = self.runs.iter().skip(from).take_while(|(other, _)| *other == run);
            same.for_each(|(_, at)| *hits.entry(*at).or_default() += 1);
        }
        let mut shares: Vec<(usize, f64)> = Vec::new();
        for (at, hits) in hits {
            let Ok(at) = usize::try_from(at) else { continue };
            let Some(template) = self.templates.get(at) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let share = hits as f64 / template.kept.max(1) as f64;
            // A text that was cut short shares a part of the license, but most of itself.
            #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
            let own = hits as f64 * KEPT as f64 / words.len().max(1) as f64;
            if share >= LEAST || own >= 0.5 {
                shares.push((at, share.max(own.min(1.0) / 2.0)));
            }
        }
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let least = shares.first().map_or(0.0, |(_, best)| best * NEAR);
        shares.retain(|(_, share)| *share >= least);
        shares.truncate(most);
        shares
    }
}

/// Returns the hashes of the runs that are kept.
fn runs(words: &[u32]) -> impl Iterator<Item = u64> {
    words.windows(SHINGLE).filter_map(|run| {
        // FNV-1a (Fowler, Noll, Vo), mixed once more as its low bits alone choose.
        let hash = run.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, word| {
            (hash ^ u64::from(*word)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = hash ^ (hash >> 32);
        (hash.is_multiple_of(KEPT) && !run.contains(&UNKNOWN)).then_some(hash)
    })
}
