//! Shares of hits on two sides that have no row in common.

use crate::blocks::Blocks;
use crate::estimate::{Estimate, MIN_BLOCKS, NoValue};
use crate::interval::{Ends, Interval, Level, Method, Remark};
use crate::measure::{Way, is_by_formula, measure_one};
use crate::p_value::PValue;
use crate::plan::Plan;
use crate::proportion::{MIN_OUTCOMES, wilson_ends};
use crate::slices::{Losses, MIN_ROWS_OF_SLICE};
use crate::smooth::{RatioDifference, RatioOfRatios, Smooth};
use crate::tails;
use crate::two_proportions::TwoProportions;

/// Rows on the first side, on the second or on neither, and which of them are hits.
pub(crate) struct Sides<'a> {
    /// Whether a row is on the first side; nothing on neither.
    pub(crate) rows: Vec<Option<bool>>,
    pub(crate) hits: &'a [bool],
    pub(crate) blocks: &'a Blocks,
}

impl Sides<'_> {
    /// Returns the hits and the rows of a side.
    pub(crate) fn counts(&self, first: bool) -> (usize, usize) {
        let rows = self.rows.iter().zip(self.hits).filter(|(side, _)| **side == Some(first));
        rows.fold((0, 0), |(hits, rows), (_, &hit)| (hits + usize::from(hit), rows + 1))
    }

    /// Returns the share of the first side less that of the second, and over it.
    pub(crate) fn estimates(
        &self,
        plan: &Plan,
    ) -> (Result<Estimate, NoValue>, Result<Estimate, NoValue>) {
        let sides = [self.counts(true), self.counts(false)];
        if sides.iter().any(|(_, rows)| *rows == 0) {
            return (Err(NoValue::ZeroDenominator), Err(NoValue::ZeroDenominator));
        }
        if is_by_formula(self.blocks, plan) {
            return by_formula(sides, plan.level);
        }
        let columns = [(true, true), (true, false), (false, true), (false, false)];
        let columns = columns.map(|(first, hits)| {
            let counts = |(side, &hit): (&Option<bool>, &bool)| {
                f64::from(u8::from(*side == Some(first) && (hit || !hits)))
            };
            self.rows.iter().zip(self.hits).map(counts).collect::<Vec<f64>>()
        });
        let estimate = |statistic: Box<dyn Smooth>| {
            let way = Way::Sums(statistic, NoValue::ZeroDenominator);
            let answer = measure_one(&columns, way, &[], self.blocks, plan);
            answer.unwrap_or(Err(NoValue::OutOfRange))
        };
        let difference = estimate(Box::new(RatioDifference { columns: [0, 1, 2, 3] }));
        let ratio = estimate(Box::new(RatioOfRatios { columns: [0, 1, 2, 3] }));
        // Without any hit no resample has one either, which proves nothing.
        let ratio = ratio.map(|ratio| Estimate {
            interval: ratio.interval.filter(|_| ratio.value > 0.0),
            ..ratio
        });
        (difference, ratio)
    }

    /// Returns the two-sided p-value of equal shares; nothing where a side has fewer than 50 rows or
    /// 10 declared blocks.
    pub(crate) fn p(&self) -> Option<PValue> {
        let sides = [self.counts(true), self.counts(false)];
        if sides.iter().any(|(_, rows)| *rows < MIN_ROWS_OF_SLICE) {
            return None;
        }
        let [first, second] = sides.map(|(hits, rows)| (hits as u64, rows as u64));
        if self.blocks.declared_count().is_none() {
            return TwoProportions::new(first, second).ok()?.test().ok().map(|tested| tested.p);
        }
        let hits: Vec<f64> = self.hits.iter().map(|&hit| f64::from(u8::from(hit))).collect();
        let losses = Losses::new(&hits, None, self.blocks).ok()?;
        let [first, second] =
            [true, false].map(|first| losses.slice(|row| self.rows[row] == Some(first)));
        if first.blocks()?.min(second.blocks()?) < MIN_BLOCKS {
            return None;
        }
        let found = first.worse_than(&second).ok()?;
        match found.degrees {
            Some(degrees) => tails::student_two_sided(found.t, degrees).ok(),
            None => Some(if found.difference == 0.0 { PValue::ONE } else { PValue::ZERO }),
        }
    }
}

/// Newcombe's interval of the difference, and that of the ratio from the same Wilson ends.
fn by_formula(
    sides: [(usize, usize); 2],
    level: Level,
) -> (Result<Estimate, NoValue>, Result<Estimate, NoValue>) {
    let fewest = sides.iter().map(|(hits, rows)| (*hits).min(rows - hits) as u64).min();
    let remark = fewest.filter(|&fewest| fewest < MIN_OUTCOMES).map(|_| Remark::FewOutcomes);
    let estimate = |value: f64, ends: &dyn Fn(Level) -> Ends, method| Estimate {
        value,
        interval: Some(Interval::new(level, ends, method, remark)),
        rows: sides[0].1 + sides[1].1,
        blocks: None,
        clipped_rows: 0,
    };
    let shares = sides.map(|(hits, rows)| hits as f64 / rows as f64);
    let wilson =
        |level: Level| sides.map(|(hits, rows)| wilson_ends(hits as u64, rows as u64, level));
    let difference = |level: Level| difference_ends(shares, wilson(level));
    let ratio = |level: Level| ratio_ends(shares, wilson(level));
    let [first, second] = shares;
    let difference = estimate(first - second, &difference, Method::Newcombe);
    if second <= 0.0 {
        return (Ok(difference), Err(NoValue::ZeroDenominator));
    }
    (Ok(difference), Ok(estimate(first / second, &ratio, Method::Mover)))
}

/// Newcombe 1998, two independent proportions, method 10: the distances to Wilson's ends are
/// combined as those of independent errors.
fn difference_ends([first, second]: [f64; 2], [of_first, of_second]: [Ends; 2]) -> Ends {
    Ends {
        low: first - second - (first - of_first.low).hypot(of_second.high - second),
        high: first - second + (of_first.high - first).hypot(second - of_second.low),
    }
}

/// Donner and Zou 2012 (MOVER): the ratios at which the difference `first - ratio * second` would
/// end at 0, with its variance recovered from Wilson's ends in the same way; `second` is above 0.
fn ratio_ends([first, second]: [f64; 2], [of_first, of_second]: [Ends; 2]) -> Ends {
    let product = first * second;
    let root = |end: f64, other: f64| {
        let square = end * other * (2.0 * first - end) * (2.0 * second - other);
        (product * product - square).max(0.0).sqrt()
    };
    let below = of_second.high * (2.0 * second - of_second.high);
    let above = of_second.low * (2.0 * second - of_second.low);
    let low = (product - root(of_first.low, of_second.high)) / below;
    let high = (product + root(of_first.high, of_second.low)) / above;
    // Where the second share may be twice what it is, there is no lower end but 0.
    Ends { low: if below > 0.0 { low.max(0.0) } else { 0.0 }, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = include_str!("../references/fairness.txt");

    /// The first hits of a side are its first rows.
    fn sample(x: usize, n: usize, y: usize, m: usize) -> (Vec<Option<bool>>, Vec<bool>) {
        let side = |row: usize| if row == 0 { None } else { Some(row <= n) };
        let hit = |row: usize| row > 0 && row <= x || row > n && row <= n + y;
        ((0..=n + m).map(side).collect(), (0..=n + m).map(hit).collect())
    }

    #[test]
    fn intervals_and_p_agree_with_statsmodels_and_the_formula() {
        // references/fairness.py: hits and rows of both sides, then p, difference, ratio and ends
        let mut compared = 0;
        for line in PRINTED.lines().filter_map(|line| line.strip_prefix("two ")) {
            let words: Vec<&str> = line.split(' ').collect();
            let count = |word: usize| words[word].parse::<usize>().unwrap();
            let number = |word: usize| words[word].parse::<f64>().unwrap();
            let near = |found: f64, word: usize| {
                assert!(
                    (found - number(word)).abs() < 1e-9 * found.abs().max(1.0),
                    "{line}: {found}"
                );
            };
            let (rows, hits) = sample(count(0), count(1), count(2), count(3));
            let blocks = Blocks::rows(rows.len());
            let sides = Sides { rows, hits: &hits, blocks: &blocks };
            assert_eq!(sides.counts(true), (count(0), count(1)));
            let plan = Plan::new(crate::random::Seed::from(1));
            let (difference, ratio) = sides.estimates(&plan);
            let difference = difference.unwrap();
            near(difference.value, 5);
            near(difference.interval.unwrap().low, 6);
            near(difference.interval.unwrap().high, 7);
            match ratio {
                Ok(ratio) => {
                    near(ratio.value, 8);
                    near(ratio.interval.unwrap().low, 9);
                    near(ratio.interval.unwrap().high, 10);
                }
                Err(reason) => assert_eq!((reason, words[8]), (NoValue::ZeroDenominator, "none")),
            }
            match sides.p() {
                Some(p) => near(p.get(), 4),
                None => assert_eq!(words[4], "few"),
            }
            compared += 1;
        }
        assert_eq!(compared, 6);
    }

    #[test]
    fn a_side_without_rows_has_no_share() {
        let (rows, hits) = sample(3, 60, 0, 0);
        let blocks = Blocks::rows(rows.len());
        let sides = Sides { rows, hits: &hits, blocks: &blocks };
        let plan = Plan::new(crate::random::Seed::from(1));
        assert_eq!(sides.estimates(&plan).0, Err(NoValue::ZeroDenominator));
        assert_eq!(sides.p(), None);
    }
}
