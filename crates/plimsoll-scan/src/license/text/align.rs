//! Lays a text beside a license and tells whether it is that license.

use std::collections::HashMap;

use super::corpus::{Corpus, Template};
use super::operative::{is_naming, is_operative, is_optional, is_titular};

/// How many words in a row anchor one text to the other.
const ANCHOR: usize = 3;

/// How many words may stand between two anchors of one license.
const MAX_GAP: usize = 120;

/// How many words may stand in for others: the name of a holder, of a work, an address.
const MAX_NAME: usize = 16;

/// How many words may stand there that stand in for none, or that are more than those that they stand in for.
const MAX_ADDED: usize = 2;

/// How many words of a license's title may be missing before its first sentence.
const MAX_TITLE: usize = 24;

/// How many words a text has at least that ends before the license does.
const MIN_CUT: usize = 25;

/// How many words may stand before a license that the text ends in.
const MAX_OPENING: usize = 60;

/// How a license lies in a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// Where it begins in the part.
    pub(super) start: usize,
    /// Where it ends, exclusive.
    pub(super) end: usize,
    /// How many of its words are there.
    pub(super) matched: usize,
    /// How many words stand otherwise.
    pub(super) changed: usize,
    /// How many of its words are not there: a title, advice at its end.
    missing: usize,
    /// Whether the text ends before it does.
    pub(super) is_cut: bool,
}

impl Fit {
    /// Tells whether the text has every word of the license and no other; `words` is how many it has.
    pub(super) fn is_all_of(&self, words: usize) -> bool {
        self.matched == words && self.changed == 0 && self.missing == 0 && !self.is_cut
    }

    /// Tells whether it explains more of the text than another, with less changed.
    pub(super) fn beats(&self, other: &Self) -> bool {
        let rank = |fit: &Self| (!fit.is_cut, fit.matched.saturating_sub(2 * fit.changed));
        let (mine, others) = (rank(self), rank(other));
        mine > others || mine == others && self.missing < other.missing
    }
}

/// A gap: words of the license that are missing, and words of the text in their place.
struct Gap {
    missing: (usize, usize),
    inserted: (usize, usize),
}

/// Lays `part` of a text beside a license; `word` is the text's word at a place, as not all have a number. Only
/// in a whole text may the license be cut short.
pub(super) fn fit<'t>(
    corpus: &'t Corpus,
    template: &'t Template,
    part: &[u32],
    is_whole: bool,
    word: impl Fn(usize) -> &'t str,
) -> Option<Fit> {
    let pairs = pairs(template, part)?;
    let terms = template.terms.min(template.words.len());
    let words = |range: (usize, usize)| (range.0..range.1).map(&word);
    let licensed = |range: (usize, usize)| {
        let range = template.words.get(range.0..range.1).unwrap_or_default();
        range.iter().map(|id| corpus.word(*id))
    };
    let heading: Vec<&str> = licensed((0, terms.min(MAX_NAME))).collect();
    let (mut begin, mut changed) = (0, 0);
    for (at, gap) in gaps(&pairs) {
        // What follows the terms is advice: it may be there, changed, or not.
        if gap.missing.0 >= terms {
            continue;
        }
        let (missing, inserted) = (gap.missing.1 - gap.missing.0, gap.inserted.1 - gap.inserted.0);
        // The title again, at the top of a page, or words that the list marks as optional.
        let is_heading = missing == 0
            && (words(gap.inserted).all(|word| heading.contains(&word))
                || is_optional(&words(gap.inserted).collect::<Vec<_>>()));
        let stands_for = licensed(gap.missing).any(is_naming);
        let is_name = missing <= if stands_for { MAX_NAME } else { inserted + MAX_ADDED }
            && inserted <= if stands_for { MAX_NAME } else { missing + MAX_ADDED }
            && same_operation(licensed(gap.missing), words(gap.inserted));
        if is_name || is_heading && inserted <= MAX_NAME {
            changed += missing.max(inserted);
        } else if gap.missing.1 <= MAX_TITLE {
            // Words of its title stood somewhere before; it begins here.
            (begin, changed) = (at + 1, 0);
        } else {
            return None;
        }
    }
    let pairs = pairs.get(begin..)?;
    let (&(first, title), &(last, last_of)) = (pairs.first()?, pairs.last()?);
    if title > MAX_TITLE || licensed((0, title)).any(|it| is_operative(it) && !is_titular(it)) {
        return None;
    }
    let tail = terms.saturating_sub(last_of + 1);
    let is_rest = is_whole && part.len() - (last + 1) <= 1;
    let is_cut = tail > 0 && is_rest && first <= MAX_OPENING && pairs.len() >= MIN_CUT;
    let ends = tail <= MAX_NAME && !licensed((terms - tail, terms)).any(is_operative);
    if !is_cut && !ends {
        return None;
    }
    let matched = pairs.iter().filter(|(_, at)| *at < terms).count();
    let tolerated = 12.max(matched / 8);
    let missing = title + if is_cut { 0 } else { tail };
    (changed <= tolerated && matched > changed).then_some(Fit {
        start: first,
        end: last + 1,
        matched,
        changed,
        missing,
        is_cut: is_cut && !ends,
    })
}

/// Returns the places of equal words, of the text and of the license, both rising.
fn pairs(template: &Template, part: &[u32]) -> Option<Vec<(usize, usize)>> {
    let anchors = chain(template, part)?;
    let words = &template.words;
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let &(s, t) = anchors.first()?;
    // Before the first anchor, as far back as the license reaches.
    let from = s.saturating_sub(t + MAX_NAME);
    if t <= 4 * MAX_GAP {
        let before = common(part.get(from..s)?, words.get(..t)?);
        pairs.extend(before.into_iter().map(|(a, b)| (from + a, b)));
    }
    let mut at = (s, t);
    for (s, t) in anchors {
        if s < at.0 || t < at.1 {
            // Within the anchor before it.
            let (skip_s, skip_t) = (at.0.saturating_sub(s), at.1.saturating_sub(t));
            if skip_s != skip_t || skip_s >= ANCHOR {
                continue;
            }
            pairs.extend((skip_s..ANCHOR).map(|step| (s + step, t + step)));
        } else {
            let between = common(part.get(at.0..s)?, words.get(at.1..t)?);
            pairs.extend(between.into_iter().map(|(a, b)| (at.0 + a, at.1 + b)));
            pairs.extend((0..ANCHOR).map(|step| (s + step, t + step)));
        }
        at = (s + ANCHOR, t + ANCHOR);
    }
    let rest = words.get(at.1..)?;
    let until = part.len().min(at.0 + rest.len() + MAX_NAME);
    if rest.len() <= 4 * MAX_GAP {
        let after = common(part.get(at.0..until)?, rest);
        pairs.extend(after.into_iter().map(|(a, b)| (at.0 + a, at.1 + b)));
    }
    Some(trimmed(pairs))
}

/// Takes away lonely words at both ends, which are there by chance.
fn trimmed(mut pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let is_lonely = |edge: (usize, usize), next: (usize, usize)| {
        edge.0.abs_diff(next.0) > 4 || edge.1.abs_diff(next.1) > 4
    };
    for _ in 0..MAX_NAME {
        match pairs.as_slice() {
            [.., before, last] if is_lonely(*last, *before) => _ = pairs.pop(),
            _ => break,
        }
    }
    for _ in 0..MAX_NAME {
        match pairs.as_slice() {
            [first, next, ..] if is_lonely(*first, *next) => _ = pairs.remove(0),
            _ => break,
        }
    }
    pairs
}

/// Returns the longest chain of anchors in which both texts go on.
fn chain(template: &Template, part: &[u32]) -> Option<Vec<(usize, usize)>> {
    const CHAINS: usize = 8;
    let anchors = template.anchors();
    let mut chains: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut longest: Vec<(usize, usize)> = Vec::new();
    for (s, run) in part.windows(ANCHOR).enumerate() {
        let [a, b, c] = *run else { continue };
        let Some(&t) = anchors.get(&[a, b, c]) else { continue };
        let goes_on = |chain: &Vec<(usize, usize)>| {
            chain
                .last()
                .is_some_and(|&(last, of)| t > of && s > last && s - last <= MAX_GAP + (t - of))
        };
        let skipped = |chain: &Vec<(usize, usize)>| {
            chain.last().map_or((usize::MAX, 0), |&(last, of)| (t - of, s - last))
        };
        let found =
            chains.iter_mut().filter(|chain| goes_on(chain)).min_by_key(|chain| skipped(chain));
        if let Some(chain) = found {
            chain.push((s, t));
            continue;
        }
        if chains.len() == CHAINS {
            let dropped = chains.remove(0);
            if dropped.len() > longest.len() {
                longest = dropped;
            }
        }
        chains.push(vec![(s, t)]);
    }
    for chain in chains {
        if chain.len() > longest.len() {
            longest = chain;
        }
    }
    (!longest.is_empty()).then_some(longest)
}

/// Returns the longest common sequence of two short texts, as places in both.
fn common(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    const MOST: usize = 250_000;
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(front..).unwrap_or_default(), b.get(front..).unwrap_or_default());
    let mut found: Vec<(usize, usize)> = (0..front).map(|at| (at, at)).collect();
    if rest_a.is_empty() || rest_b.is_empty() || rest_a.len() * rest_b.len() > MOST {
        return found;
    }
    let width = rest_b.len() + 1;
    let mut lengths = vec![0_u16; (rest_a.len() + 1) * width];
    let length =
        |lengths: &[u16], i: usize, j: usize| lengths.get(i * width + j).copied().unwrap_or(0);
    for i in (0..rest_a.len()).rev() {
        for j in (0..rest_b.len()).rev() {
            let best = if rest_a.get(i) == rest_b.get(j) {
                length(&lengths, i + 1, j + 1) + 1
            } else {
                length(&lengths, i + 1, j).max(length(&lengths, i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < rest_a.len() && j < rest_b.len() {
        if rest_a.get(i) == rest_b.get(j) {
            found.push((front + i, front + j));
            i += 1;
            j += 1;
        } else if length(&lengths, i + 1, j) >= length(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// Returns where two texts differ between pairs of equal words, each with the pair before it.
fn gaps(pairs: &[(usize, usize)]) -> impl Iterator<Item = (usize, Gap)> {
    pairs.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        [(s, t), (next_s, next_t)] if *next_s > s + 1 || *next_t > t + 1 => {
            Some((at, Gap { missing: (t + 1, *next_t), inserted: (s + 1, *next_s) }))
        }
        _ => None,
    })
}

/// Tells whether the words that allow, forbid and limit are the same in both.
fn same_operation<'w>(
    missing: impl Iterator<Item = &'w str>,
    inserted: impl Iterator<Item = &'w str>,
) -> bool {
    let mut sides: HashMap<&str, (bool, bool)> = HashMap::new();
    missing.filter(|word| is_operative(word)).for_each(|it| sides.entry(it).or_default().0 = true);
    inserted.filter(|word| is_operative(word)).for_each(|it| sides.entry(it).or_default().1 = true);
    sides.values().all(|(missing, inserted)| missing == inserted)
}
