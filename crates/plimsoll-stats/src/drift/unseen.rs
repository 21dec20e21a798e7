//! Values that the reference never has.

use std::collections::BTreeMap;

use super::facet::{Aspect, Facet, Test};
use super::power::Power;
use super::sides::Sides;
use crate::p_value::PValue;
use crate::sample::SampleError;
use crate::sum::sum;
use crate::tested::NoAnswer;

/// A value of a category, counted on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Rows of the reference that have it.
    pub reference: u64,
    /// Rows of the current side that have it.
    pub current: u64,
    /// How many blocks of both sides have it, where rows fall into blocks.
    pub blocks: Option<u64>,
}

impl Counted {
    /// Returns how many independent chances there were for it to be in the reference.
    fn chances(&self) -> u64 {
        self.blocks.unwrap_or(self.reference + self.current)
    }
}

/// Compares how many current rows have a value that no reference row has with how many would where
/// nothing changed.
///
/// If nothing changed, which side each row of a value falls on is chance: with `c_k` rows of value k
/// on both sides and the current side's part r of all rows, value k is unseen in the reference with
/// a chance of `r^c_k`, so that the rows of unseen values are `U = sum c_k B_k`. Effect:
/// `(U - E U) / m`. p is Chernoff's bound, `min over s of exp(sum ln(1 + r^c_k (e^(s c_k) - 1)) - s U)`,
/// as a normal approximation fails in a tail as skewed as this.
///
/// Rows that fall into blocks go to a side with their block: r is a part of the blocks and the
/// exponent of r a count of blocks. As values then come together, the bound is raised to the power
/// `1 / design effect` of the current side.
///
/// A value of many rows in few blocks would spoil the bound although it is all but certain to be
/// seen: values may be left out of the sum if the chance that any of them is unseen is added.
///
/// # Errors
/// A side has no rows.
pub fn new_values(
    values: impl IntoIterator<Item = Counted>,
    sides: Sides,
    minimum: f64,
) -> Result<Facet, NoAnswer> {
    let (n, m) = (sides.reference.rows, sides.current.rows);
    if n == 0 || m == 0 {
        return Err(SampleError::Empty.into());
    }
    let part = match (sides.reference.blocks, sides.current.blocks) {
        (Some(a), Some(b)) => b as f64 / (a + b) as f64,
        _ => m as f64 / (n + m) as f64,
    };
    // Many values are alike: so many have these rows and these chances.
    let mut alike: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut unseen = 0;
    for value in values {
        let rows = value.reference + value.current;
        if rows > 0 {
            *alike.entry((rows, value.chances())).or_default() += 1;
        }
        if value.reference == 0 {
            unseen += value.current;
        }
    }
    let terms: Vec<Term> = alike
        .into_iter()
        .map(|((rows, chances), values)| Term {
            rows: rows as f64,
            ln_chance: chances as f64 * part.ln(),
            values: values as f64,
        })
        .collect();
    let unseen = unseen as f64;
    let expected = sum(terms.iter().map(|term| term.values * term.rows * term.ln_chance.exp()));
    let effect = ((unseen - expected) / m as f64).max(0.0);
    let bound = if unseen > expected { bound(terms, unseen) } else { 0.0 };
    let p = PValue::from_ln((bound / sides.current.design_effect).min(0.0))?;
    Ok(Facet {
        aspect: Aspect::NewValues,
        observed: unseen / m as f64,
        effect,
        half_width: None,
        sketch_error: 0.0,
        hidden: 0.0,
        minimum,
        noise: None,
        test: Test::Chernoff,
        p: sides.by_blocks(p)?,
        sides,
        power: Power::Share(expected / (n + m) as f64),
    })
}

/// Values that have the same number of rows and the same chance to be unseen.
struct Term {
    rows: f64,
    ln_chance: f64,
    values: f64,
}

impl Term {
    /// `ln(1 + q (e^(s c) - 1))`, also where `e^(s c)` is too large for a float.
    fn ln_moment(&self, s: f64) -> f64 {
        let (q, power) = (self.ln_chance.exp(), s * self.rows);
        if power < 1.0 {
            return (q * power.exp_m1()).ln_1p();
        }
        let rare = self.ln_chance + power;
        ln_of_sum(rare, (-q).ln_1p())
    }

    /// The derivative of [`ln_moment`](Self::ln_moment) by s.
    fn slope(&self, s: f64) -> f64 {
        let odds = (-self.ln_chance.exp()).ln_1p() - self.ln_chance - s * self.rows;
        self.rows / (1.0 + odds.exp())
    }
}

/// Returns the logarithm of the least of the bounds that leave out none or the most certain values.
///
/// Each is a bound whatever the sum is, so the least of them is one too.
fn bound(mut terms: Vec<Term>, unseen: f64) -> f64 {
    terms.sort_by(|a, b| a.ln_chance.total_cmp(&b.ln_chance));
    let mut least = chernoff(&terms, unseen);
    let (mut left_out, mut from) = (f64::NEG_INFINITY, 0);
    // Steps of 3 in the logarithm of the chance are fine enough, and few.
    while let Some(next) = terms.get(from) {
        let step = next.ln_chance + 3.0;
        let certain = terms[from..].iter().take_while(|term| term.ln_chance < step);
        for term in certain {
            left_out = ln_of_sum(left_out, term.values.ln() + term.ln_chance);
            from += 1;
        }
        // Nothing left makes no sum of more than 0.
        let rest = match &terms[from..] {
            [] => f64::NEG_INFINITY,
            rest => chernoff(rest, unseen),
        };
        least = least.min(ln_of_sum(left_out, rest));
    }
    least
}

/// Returns `ln(e^a + e^b)`.
fn ln_of_sum(a: f64, b: f64) -> f64 {
    let (large, small) = if a > b { (a, b) } else { (b, a) };
    if large.is_infinite() { large } else { large + (small - large).exp().ln_1p() }
}

/// Returns the logarithm of Chernoff's bound of a sum of at least `unseen`.
fn chernoff(terms: &[Term], unseen: f64) -> f64 {
    let slope = |s: f64| sum(terms.iter().map(|term| term.values * term.slope(s)));
    let bound = |s: f64| sum(terms.iter().map(|term| term.values * term.ln_moment(s))) - s * unseen;
    let mut high = 1e-6;
    // Beyond this the largest possible sum is reached and the bound falls no further.
    while slope(high) < unseen && high < 1e4 {
        high *= 2.0;
    }
    let (mut low, mut high) = (0.0, high);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if slope(middle) < unseen { low = middle } else { high = middle }
    }
    bound(high).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::sides::Weight;

    fn value(reference: u64, current: u64) -> Counted {
        Counted { reference, current, blocks: None }
    }

    #[test]
    fn agrees_with_a_search_on_a_fine_grid() {
        // references/drift_decision.py: the minimum over 200,001 values of s and what is left out
        let mut values = vec![value(500, 480), value(400, 380), value(90, 100)];
        values.extend(std::iter::repeat_n(value(1, 0), 10));
        values.extend(std::iter::repeat_n(value(0, 1), 12));
        values.push(value(0, 28));
        let facet = new_values(values, Sides::independent(1000, 1000), 0.01).unwrap();
        assert!((facet.observed - 0.04).abs() < 1e-12);
        assert!((facet.effect - EFFECT).abs() < 1e-9, "{}", facet.effect);
        assert!((facet.p.ln() - LN).abs() < 1e-6 * LN.abs(), "{}", facet.p.ln());
    }

    const EFFECT: f64 = 0.028_999_999_895_691_873;
    const LN: f64 = -19.408_121_055_678_468;

    #[test]
    fn values_that_are_seen_once_are_no_news() {
        // Half of the values that are there once fall on either side.
        let once = (0..400).map(|at| value(u64::from(at % 2 == 0), u64::from(at % 2 == 1)));
        let facet = new_values(once, Sides::independent(1000, 1000), 0.01).unwrap();
        assert!(facet.effect.abs() < 1e-12 && facet.p == PValue::ONE);
    }

    #[test]
    fn a_common_value_that_was_never_seen_is_certain_news() {
        let values = [value(1_000_000, 700_000), value(0, 300_000)];
        let sides = Sides::independent(1_000_000, 1_000_000);
        let facet = new_values(values, sides, 0.01).unwrap();
        assert!((facet.effect - 0.3).abs() < 1e-9);
        // All of 300,000 rows on one side of two: 2^-300000.
        assert!((facet.p.ln() / (-300_000.0 * 2.0_f64.ln()) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn what_one_block_brings_is_less_sure_than_what_many_bring() {
        let weight = |design_effect| Weight::clustered(2400, design_effect, 100);
        let sides = |effect| Sides { reference: weight(1.0), current: weight(effect) };
        let new = |blocks| Counted { reference: 0, current: 100, blocks: Some(blocks) };
        let old = Counted { reference: 2400, current: 2300, blocks: Some(200) };
        let one = new_values([old, new(5)], sides(20.0), 0.01).unwrap();
        let many = new_values([old, new(100)], sides(1.0), 0.01).unwrap();
        assert!(one.p.get() > 0.01 && many.p.get() < 1e-9, "{} {}", one.p, many.p);
        assert!(new_values([old], Sides::independent(0, 3), 0.01).is_err());
    }
}
