//! The two-sample Cramer-von Mises test.

use crate::p_value::PValue;
use crate::steps::Steps;
use crate::sum::Sum;
use crate::tested::{Basis, NoAnswer, Tested, check_rows};
use crate::weighted_chi_squares;

/// Up to so many rows on the larger side p is counted, not approximated.
pub const MOST_ROWS: u64 = 20;

/// Returns the test that both samples are of one distribution.
///
/// The statistic is the summed square of the distance of the distribution functions,
/// `T = n m / (n + m)^2 sum (F - G)^2` over all rows (Anderson 1962), as
/// `scipy.stats.cramervonmises_2samp`. Of rows that share a value it is the mean over all ways to put
/// them in order, so that ties neither add to it nor hide a difference; scipy's midranks add to it if
/// the samples are of unequal size, up to rejecting always.
///
/// p is exact up to [`MOST_ROWS`] rows a side (Xiao, Gordon, Yakovlev 2006), else by the limit,
/// brought to the mean and the variance that T has with that many rows; with ties both are larger
/// than they need be. Constants that agree have p 1.
///
/// # Errors
/// A sample has fewer than 2 rows or holds NaN; infinite numbers are ordered like any other.
pub fn test(samples: &Steps) -> Result<Tested, NoAnswer> {
    let [n, m] = samples.rows();
    check_rows(n, m, 2)?;
    if samples.is_constant() {
        return Ok(Tested::NO_DIFFERENCE);
    }
    let statistic = statistic(samples);
    if n.max(m) <= MOST_ROWS {
        return Ok(Tested { statistic, p: p_exact(statistic, n, m), basis: Basis::Exact });
    }
    let p = weighted_chi_squares::cramer_von_mises(in_the_limit(statistic, samples.sizes()))?;
    Ok(Tested { statistic, p, basis: Basis::Asymptotic })
}

fn statistic(samples: &Steps) -> f64 {
    let [n, m] = samples.sizes();
    let mut sum = Sum::default();
    let mut upto = [0.0; 2];
    for step in samples.steps() {
        let [first, second] = step.rows.map(|rows| rows as f64);
        let ties = first + second;
        let (before, change) = (upto[0] / n - upto[1] / m, first / n - second / m);
        // The gap goes from before to after in as many steps as there are rows, on average evenly,
        // and about that it varies as a hypergeometric count does.
        sum.add(
            ties * before * before
                + before * change * (ties + 1.0)
                + change * change * (ties + 1.0) * (2.0 * ties + 1.0) / (6.0 * ties),
        );
        let step = 1.0 / n + 1.0 / m;
        sum.add(step * step * first * second * (ties + 1.0) / (6.0 * ties));
        upto = [upto[0] + first, upto[1] + second];
    }
    let all = n + m;
    sum.value() * (n / all) * (m / all)
}

/// Returns T moved to the mean 1/6 and the variance 1/45 of the limit.
fn in_the_limit(statistic: f64, [n, m]: [f64; 2]) -> f64 {
    let (all, pairs) = (n + m, n * m);
    let mean = (1.0 + 1.0 / all) / 6.0;
    let variance = (all + 1.0) * (4.0 * pairs * all - 3.0 * (n * n + m * m) - 2.0 * pairs)
        / (45.0 * all * all * 4.0 * pairs);
    1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt()
}

/// Returns the share of all ways to deal the rows that have at least this statistic.
///
/// Each way is a path over a grid of n by m. A cell holds, for each sum of squares that paths to it
/// have, how many paths have it.
fn p_exact(statistic: f64, n: u64, m: u64) -> PValue {
    let unit = gcd(n, m);
    // In units of the common divisor all squares are whole numbers.
    let scale = (n * m * (n + m) * (n + m)) as f64 / (unit * unit) as f64;
    let least = statistic * scale * (1.0 - 1e-12);
    let square = |i: u64, j: u64| ((i * m).abs_diff(j * n) / unit).pow(2);
    let mut row: Vec<Paths> = (0..=m).map(|_| Paths::new()).collect();
    for i in 0..=n {
        let mut left = Paths::new();
        for (j, cell) in (0..=m).zip(&mut row) {
            let mut paths = if i + j == 0 { vec![(0, 1.0)] } else { merged(cell, &left) };
            for (sum, _) in &mut paths {
                *sum += square(i, j);
            }
            left.clone_from(&paths);
            *cell = paths;
        }
    }
    let all = row.pop().unwrap_or_default();
    let total: f64 = all.iter().map(|(_, ways)| ways).sum();
    let beyond: f64 =
        all.iter().filter(|(sum, _)| *sum as f64 >= least).map(|(_, ways)| ways).sum();
    PValue::of_counts((beyond / total).ln())
}

/// For each sum of squares, in ascending order, how many paths have it.
type Paths = Vec<(u64, f64)>;

/// Merges two lists in ascending order, adding up what is equal.
fn merged(a: &[(u64, f64)], b: &[(u64, f64)]) -> Paths {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    while let (Some(&(x, in_a)), Some(&(y, in_b))) = (a.peek(), b.peek()) {
        let (from_a, from_b) = (x <= y, y <= x);
        let ways = if from_a { in_a } else { 0.0 } + if from_b { in_b } else { 0.0 };
        merged.push((x.min(y), ways));
        a.next_if(|_| from_a);
        b.next_if(|_| from_b);
    }
    merged.extend(a);
    merged.extend(b);
    merged
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::SampleError;

    fn of(a: &[f64], b: &[f64]) -> Result<Tested, NoAnswer> {
        test(&Steps::of(a, b).unwrap())
    }

    #[test]
    fn too_few_rows_are_undecided_and_constants_agree() {
        assert!(of(&[1.0], &[1.0, 2.0]).unwrap_err().is_undecided());
        assert_eq!(of(&[4.0; 3], &[4.0; 30]), Ok(Tested::NO_DIFFERENCE));
        assert_eq!(Steps::of(&[1.0], &[]), Err(SampleError::Empty));
    }

    #[test]
    fn counts_all_ways_of_few_rows() {
        // Of the 6 ways to deal 4 rows, only the two with both halves apart are as far out.
        let apart = of(&[1.0, 2.0], &[3.0, f64::INFINITY]).unwrap();
        assert!((apart.p.get() - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(apart.basis, Basis::Exact);
    }

    #[test]
    fn ties_are_all_their_orders_on_average() {
        // references/two_samples.py: the mean of scipy's statistic over all 72 orders
        let (a, b) = ([0.0, 0.0, 1.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
        assert!((of(&a, &b).unwrap().statistic - 0.179_292_929_292_929_34).abs() < 1e-12);
        // Neither many ties nor unequal sizes make a difference of none.
        let same = |rows: u32| (0..rows).map(|row| f64::from(row % 5)).collect::<Vec<_>>();
        assert!(of(&same(50), &same(5_000)).unwrap().p.get() > 0.9);
    }

    #[test]
    fn does_not_change_with_the_order_of_the_samples() {
        let a: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 31)).collect();
        let b: Vec<f64> = (0..30).map(|i| f64::from(i * 11 % 23)).collect();
        let (one, other) = (of(&a, &b).unwrap(), of(&b, &a).unwrap());
        assert!((one.statistic - other.statistic).abs() < 1e-12);
        assert!((one.p.ln() - other.p.ln()).abs() < 1e-12);
    }
}
