//! Cramér's V: how much two columns of categories go along with each other.

use std::collections::BTreeMap;

use crate::sample::{SampleError, check_length};
use crate::sum::{Sum, sum};
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested, finite};

/// How much two columns of categories go along with each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Association {
    /// Cramér's V, from 0 (independent) to 1 (one tells the other).
    pub v: f64,
    /// V without what chance alone brings (Bergsma 2013); near 0 if they are independent, whatever
    /// the number of rows.
    pub corrected: f64,
    /// The chi-square test that they are independent. p is that of a chi-square with the mean and the
    /// variance that the statistic has over all ways to pair the columns anew (Haldane 1940; Mielke
    /// and Berry 1985): with many rare categories the usual degrees of freedom reject far too often.
    pub independence: Tested,
}

/// Returns Cramér's V of two columns, one row each.
///
/// `sqrt(chi^2 / (n (k - 1)))` with k categories in the column that has fewer (Cramér 1946), as
/// `scipy.stats.contingency.association`. O(n log n), however many categories.
///
/// # Errors
/// There are no rows, the columns differ in length, or one of them has a single category.
pub fn cramers_v<A: Ord, B: Ord>(a: &[A], b: &[B]) -> Result<Association, NoAnswer> {
    check_length("the second column", b.len(), a.len())?;
    if a.is_empty() {
        return Err(SampleError::Empty.into());
    }
    let (of_a, of_b) = (counted(a), counted(b));
    let (rows, kinds_a, kinds_b) = (a.len() as f64, of_a.len() as f64, of_b.len() as f64);
    if of_a.len() == 1 || of_b.len() == 1 {
        return Err(NoAnswer::Constant);
    }
    let mut of_both = BTreeMap::new();
    for pair in a.iter().zip(b) {
        *of_both.entry(pair).or_insert(0_u64) += 1;
    }
    let mut statistic = Sum::default();
    let mut expected_there = Sum::default();
    for ((a, b), &count) in &of_both {
        let expected = of_a[*a] as f64 * (of_b[*b] as f64 / rows);
        statistic.add((count as f64 - expected).powi(2) / expected);
        expected_there.add(expected);
    }
    // A pair that never occurs adds what was expected of it; if all occur there is none.
    if (of_both.len() as f64) < kinds_a * kinds_b {
        statistic.add((rows - expected_there.value()).max(0.0));
    }
    let statistic = finite(statistic.value())?;
    let share = statistic / rows;
    let chance = (kinds_a - 1.0) * (kinds_b - 1.0) / (rows - 1.0);
    let fewer = |kinds: f64| kinds - (kinds - 1.0).powi(2) / (rows - 1.0);
    let room = fewer(kinds_a).min(fewer(kinds_b)) - 1.0;
    let without_chance = (share - chance).max(0.0);
    Ok(Association {
        v: (share / (kinds_a.min(kinds_b) - 1.0)).sqrt().min(1.0),
        // Where every row has a category of its own there is no room, and nothing is known.
        corrected: if room > 0.0 { (without_chance / room).sqrt().min(1.0) } else { 0.0 },
        independence: independence(statistic, rows, &of_a, &of_b)?,
    })
}

fn independence<A: Ord, B: Ord>(
    statistic: f64,
    rows: f64,
    of_a: &BTreeMap<&A, u64>,
    of_b: &BTreeMap<&B, u64>,
) -> Result<Tested, NoAnswer> {
    let (a, b) = (Margin::of(of_a.values(), rows), Margin::of(of_b.values(), rows));
    let mean = rows * (a.kinds - 1.0) * (b.kinds - 1.0) / (rows - 1.0);
    let variance = 2.0 * rows * (a.even - a.uneven) * (b.even - b.uneven) / (rows - 3.0)
        + rows * rows * a.uneven * b.uneven / (rows - 1.0);
    // Three rows or less, or a category of its own for each: the statistic cannot be another.
    if rows <= 3.0 || variance <= 1e-9 * mean {
        return Ok(Tested { statistic, ..Tested::NO_DIFFERENCE });
    }
    let degrees = 2.0 * mean * mean / variance;
    let p = tails::chi_square(statistic * 2.0 * mean / variance, degrees)?;
    Ok(Tested { statistic, p, basis: Basis::Asymptotic })
}

/// What the variance of the statistic needs to know of a column.
struct Margin {
    kinds: f64,
    /// What the number of categories brings.
    even: f64,
    /// What their unequal counts bring.
    uneven: f64,
}

impl Margin {
    fn of<'a>(counts: impl ExactSizeIterator<Item = &'a u64>, rows: f64) -> Self {
        let kinds = counts.len() as f64;
        let inverse = sum(counts.map(|&count| rows / count as f64));
        Self {
            kinds,
            even: (kinds - 1.0) * (rows - kinds) / (rows - 1.0),
            uneven: (inverse - kinds * kinds) / (rows - 2.0),
        }
    }
}

fn counted<T: Ord>(column: &[T]) -> BTreeMap<&T, u64> {
    let mut counts = BTreeMap::new();
    for category in column {
        *counts.entry(category).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p_value::PValue;

    #[test]
    fn one_that_tells_the_other_is_1_and_independent_is_0() {
        let a: Vec<u32> = (0..60).map(|row| row % 3).collect();
        let same = cramers_v(&a, &a).unwrap();
        assert!((same.v - 1.0).abs() < 1e-12 && (same.corrected - 1.0).abs() < 1e-12);
        let b: Vec<u32> = (0..60).map(|row| row / 3 % 4).collect();
        let independent = cramers_v(&a, &b).unwrap();
        assert!(independent.v < 1e-12 && independent.independence.p == PValue::ONE);
    }

    #[test]
    fn a_column_with_one_category_has_none() {
        assert_eq!(cramers_v(&[1, 1], &[1, 2]), Err(NoAnswer::Constant));
        assert_eq!(cramers_v(&[1], &[1]), Err(NoAnswer::Constant));
        assert!(cramers_v::<u8, u8>(&[], &[]).is_err() && cramers_v(&[1], &[1, 2]).is_err());
    }

    #[test]
    fn as_many_categories_as_rows_say_nothing() {
        let rows: Vec<u32> = (0..50).collect();
        let found = cramers_v(&rows, &rows).unwrap();
        assert!((found.v - 1.0).abs() < 1e-9 && found.corrected == 0.0, "{found:?}");
        assert_eq!(found.independence.p, PValue::ONE);
    }
}
