//! The correlation ratio: how much a column of categories tells of a column of numbers.

use std::collections::BTreeMap;

use crate::moments::Moments;
use crate::p_value::PValue;
use crate::sample::{check_length, check_numbers};
use crate::sum::sum;
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested, finite};

/// How much categories tell of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Eta, from 0 (all categories have the same mean) to 1 (the category tells the number). Its
    /// square is the share of the numbers' variance that the categories explain.
    pub eta: f64,
    /// The test that all categories have the same mean: one-way analysis of variance, statistic F.
    /// Categories of single rows tell nothing; then p is 1.
    pub equal_means: Tested,
}

/// Returns the correlation ratio of `numbers` on `categories`, one row each.
///
/// `eta^2 = sum of n_k (mean_k - mean)^2 / sum of (x - mean)^2` (Pearson 1905). F and p as
/// `scipy.stats.f_oneway` (Fisher 1925). Without any change eta^2 is about (k - 1)/(n - 1) for k
/// categories, so many categories of few rows look telling. O(n log k).
///
/// # Errors
/// There are no rows, the columns differ in length, a number is NaN or infinite, or one of the
/// columns is constant.
pub fn correlation_ratio<T: Ord>(categories: &[T], numbers: &[f64]) -> Result<Ratio, NoAnswer> {
    check_length("the column of categories", categories.len(), numbers.len())?;
    check_numbers("the column of numbers", numbers, numbers.len())?;
    let mut groups: BTreeMap<&T, Vec<f64>> = BTreeMap::new();
    for (category, &number) in categories.iter().zip(numbers) {
        groups.entry(category).or_default().push(number);
    }
    let all = Moments::of(numbers)?;
    if groups.len() == 1 || all.is_constant() {
        return Err(NoAnswer::Constant);
    }
    let moments: Vec<Moments> =
        groups.values().map(|group| Moments::of(group)).collect::<Result<_, _>>()?;
    let within = sum(moments.iter().map(Moments::square));
    let mean = all.mean().ok_or(NoAnswer::OutOfRange)?;
    let between = sum(moments.iter().map(|group| {
        let off = group.mean().unwrap_or(f64::NAN) - mean;
        group.rows() as f64 * off * off
    }));
    let (within, between) = (finite(within)?, finite(between)?);
    let eta = finite((between / (between + within)).sqrt())?;
    let (over, degrees) = ((groups.len() - 1) as f64, (numbers.len() - groups.len()) as f64);
    Ok(Ratio { eta, equal_means: equal_means(between, within, degrees, over)? })
}

fn equal_means(between: f64, within: f64, degrees: f64, over: f64) -> Result<Tested, NoAnswer> {
    if degrees == 0.0 {
        return Ok(Tested::NO_DIFFERENCE);
    }
    if within == 0.0 {
        let statistic = f64::INFINITY;
        return Ok(Tested { statistic, p: PValue::ZERO, basis: Basis::NoVariation });
    }
    let statistic = finite(between / over / (within / degrees))?;
    let p = tails::f(statistic, over, degrees)?;
    Ok(Tested { statistic, p, basis: Basis::Asymptotic })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_that_tell_the_number_have_1() {
        let found = correlation_ratio(&["a", "b", "a", "b"], &[0.1, 0.7, 0.1, 0.7]).unwrap();
        assert!((found.eta - 1.0).abs() < 1e-12);
        assert_eq!(
            (found.equal_means.p, found.equal_means.basis),
            (PValue::ZERO, Basis::NoVariation)
        );
    }

    #[test]
    fn categories_of_single_rows_tell_nothing() {
        let found = correlation_ratio(&[1, 2, 3], &[0.1, 0.7, 0.3]).unwrap();
        assert_eq!(found.equal_means, Tested::NO_DIFFERENCE);
    }

    #[test]
    fn constants_have_none() {
        assert_eq!(correlation_ratio(&[1, 2, 1], &[0.1; 3]), Err(NoAnswer::Constant));
        assert_eq!(correlation_ratio(&[1, 1, 1], &[0.1, 0.2, 0.3]), Err(NoAnswer::Constant));
        assert_eq!(correlation_ratio(&[1], &[0.1]), Err(NoAnswer::Constant));
        assert!(correlation_ratio::<u8>(&[], &[]).is_err());
        assert!(correlation_ratio(&[1, 2], &[1.0, f64::NAN]).is_err());
    }
}
