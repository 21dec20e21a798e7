//! The chi-square and the G test that samples have the same shares of categories.

use crate::distance::{counted, shares};
use crate::sample::{SampleError, check_length};
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested, finite};

/// A category with fewer expected rows than this in the smaller sample is a rare one.
pub const MIN_EXPECTED: f64 = 5.0;

/// How a table's distance from what its margins make expected is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// Pearson 1900: `sum (observed - expected)^2 / expected`.
    ChiSquare,
    /// The likelihood ratio: `2 sum observed ln(observed / expected)` (Wilks 1938).
    G,
}

/// A table's distance from what its margins make expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homogeneity {
    /// The distance.
    pub statistic: f64,
    /// Its degrees of freedom: rows - 1 times columns - 1, of those that are not empty.
    pub degrees: f64,
    /// What the distance is divided by before it is read as a chi-square: 1, or for G what Williams
    /// 1976 gives, without which G rejects too often with few rows (6 % for 5 % here).
    pub inflation: f64,
}

/// Returns the test that two samples have the same shares of each category.
///
/// Both samples count as random. As `scipy.stats.chi2_contingency(correction=False)` of a table of
/// two rows, but p of G is corrected ([`Homogeneity::inflation`]). Categories that no row has are
/// dropped; if fewer than two are left, p is 1. p is asymptotic: pool rare categories first
/// ([`pooled`]).
///
/// # Errors
/// A sample has no rows, or not as many categories as the other.
pub fn test(a: &[u64], b: &[u64], divergence: Divergence) -> Result<Tested, NoAnswer> {
    drop(shares("the second sample", a, b)?);
    let Homogeneity { statistic, degrees, inflation } = homogeneity(&[a, b], divergence)?;
    if degrees == 0.0 {
        return Ok(Tested::NO_DIFFERENCE);
    }
    let p = tails::chi_square(statistic / inflation, degrees)?;
    Ok(Tested { statistic, p, basis: Basis::Asymptotic })
}

/// Returns a table's distance from what its margins make expected, in any number of rows.
///
/// Empty rows and columns are dropped; if not two of each are left, it is 0 with no degrees.
///
/// # Errors
/// The rows differ in length, or the table has no count at all.
pub fn homogeneity(rows: &[&[u64]], divergence: Divergence) -> Result<Homogeneity, NoAnswer> {
    let columns = rows.first().map_or(0, |row| row.len());
    for row in rows {
        check_length("a row of the table", row.len(), columns)?;
    }
    let total = |counts: &mut dyn Iterator<Item = u64>| counts.map(|n| n as f64).sum::<f64>();
    let of_rows: Vec<f64> = rows.iter().map(|row| total(&mut row.iter().copied())).collect();
    let of_columns: Vec<f64> =
        (0..columns).map(|column| total(&mut rows.iter().map(|row| row[column]))).collect();
    let all = total(&mut rows.iter().flat_map(|row| row.iter().copied()));
    if all == 0.0 {
        return Err(SampleError::Empty.into());
    }
    let mut statistic = crate::sum::Sum::default();
    for (row, of_row) in rows.iter().zip(&of_rows) {
        for (&count, of_column) in row.iter().zip(&of_columns) {
            let (observed, expected) = (count as f64, of_row / all * of_column);
            statistic.add(match divergence {
                _ if expected == 0.0 => 0.0,
                Divergence::ChiSquare => (observed - expected).powi(2) / expected,
                // The observed less the expected add up to 0; with them no term is negative.
                Divergence::G => {
                    2.0 * crate::saddle::deviance(observed, expected, observed - expected)
                }
            });
        }
    }
    let filled = |totals: &[f64]| totals.iter().filter(|&&total| total > 0.0).count();
    let degrees = (filled(&of_rows) - 1) * (filled(&of_columns) - 1);
    let (statistic, degrees) = (finite(statistic.value())?, degrees as f64);
    let room = |totals: &[f64]| {
        let filled = totals.iter().filter(|&&total| total > 0.0);
        all * filled.map(|total| 1.0 / total).sum::<f64>() - 1.0
    };
    let inflation = if divergence == Divergence::G && degrees > 0.0 {
        1.0 + room(&of_rows) * room(&of_columns) / (6.0 * all * degrees)
    } else {
        1.0
    };
    Ok(Homogeneity { statistic, degrees, inflation })
}

/// Counts of two samples whose rare categories are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// The counts of the first sample; the rare ones together come last.
    pub a: Vec<u64>,
    /// The counts of the second sample.
    pub b: Vec<u64>,
    /// How many categories that some row has were rare and went into the last cell; 0 if there is
    /// no such cell.
    pub rare: usize,
}

/// Puts categories into one whose share of all rows times the rows of the smaller sample is below
/// [`MIN_EXPECTED`] (Cochran 1954), for which the chi-square distribution is no guide.
///
/// The cell of rare ones may be rare itself; it is kept, as what is new in one sample is in it.
/// Categories that no row has are dropped.
///
/// # Errors
/// A sample has no rows, or not as many categories as the other.
pub fn pooled(a: &[u64], b: &[u64]) -> Result<Pooled, SampleError> {
    drop(shares("the second sample", a, b)?);
    let total = |counts: &[u64]| counts.iter().map(|&count| count as f64).sum::<f64>();
    let (n, m) = (total(a), total(b));
    let mut cells = Pooled { a: Vec::new(), b: Vec::new(), rare: 0 };
    let mut rest = [0, 0];
    for (&in_a, &in_b) in a.iter().zip(b).filter(|(in_a, in_b)| **in_a + **in_b > 0) {
        let share = (in_a + in_b) as f64 / (n + m);
        if share * n.min(m) < MIN_EXPECTED {
            cells.rare += 1;
            rest = [rest[0] + in_a, rest[1] + in_b];
        } else {
            cells.a.push(in_a);
            cells.b.push(in_b);
        }
    }
    if cells.rare > 0 {
        cells.a.push(rest[0]);
        cells.b.push(rest[1]);
    }
    Ok(cells)
}

/// Returns the test of two samples of categories, rare ones pooled. O(n log n).
///
/// # Errors
/// A sample has no rows.
pub fn of_categories<T: Ord>(a: &[T], b: &[T], divergence: Divergence) -> Result<Tested, NoAnswer> {
    let (a, b) = counted(a, b)?;
    let cells = pooled(&a, &b)?;
    test(&cells.a, &cells.b, divergence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p_value::PValue;

    #[test]
    fn categories_that_no_row_has_do_not_count() {
        let plain = test(&[10, 20, 30], &[12, 25, 20], Divergence::ChiSquare).unwrap();
        let padded = test(&[10, 0, 20, 30, 0], &[12, 0, 25, 20, 0], Divergence::ChiSquare);
        assert_eq!(padded, Ok(plain));
        let constant = test(&[0, 9], &[0, 30], Divergence::G).unwrap();
        assert_eq!((constant.p, constant.basis), (PValue::ONE, Basis::NoVariation));
        let table = homogeneity(&[&[3, 0, 4], &[0, 0, 0], &[5, 0, 1]], Divergence::G).unwrap();
        assert!((table.degrees - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_sample_is_an_error() {
        let test = |a: &[u64], b: &[u64]| test(a, b, Divergence::ChiSquare).unwrap_err();
        assert_eq!(test(&[0, 0], &[1, 2]), SampleError::Empty.into());
        assert!(matches!(test(&[1, 2], &[1]), NoAnswer::Sample(SampleError::Length { .. })));
        assert!(homogeneity(&[], Divergence::G).is_err());
        assert!(of_categories::<u8>(&[], &[1], Divergence::G).is_err());
    }

    #[test]
    fn rare_categories_are_one_cell() {
        // 100 of 200 rows are current: a category is rare with fewer than 10 rows in all.
        let cells = pooled(&[80, 9, 5, 0, 6, 0], &[80, 1, 4, 0, 3, 12]).unwrap();
        assert_eq!(cells.a, [80, 9, 0, 11]);
        assert_eq!((cells.b, cells.rare), (vec![80, 1, 12, 7], 2));
        assert_eq!(pooled(&[50, 50], &[60, 40]).unwrap().rare, 0);
        let far = of_categories(&["a"; 40], &["b"; 40], Divergence::ChiSquare).unwrap();
        assert!((far.statistic - 80.0).abs() < 1e-9, "{far:?}");
    }
}
