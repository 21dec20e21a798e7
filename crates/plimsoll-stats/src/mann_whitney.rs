//! The Mann-Whitney test, also called Wilcoxon's rank sum test.

use crate::steps::Steps;
use crate::sum::sum;
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested};

/// Returns the two-sided test that values of one sample are as often above as below the other's.
///
/// The statistic is U of the first sample: how many pairs there are in which its value is larger,
/// equal ones by half. p is asymptotic with the correction for ties and for continuity (Mann and
/// Whitney 1947), as `scipy.stats.mannwhitneyu(method="asymptotic")`. Constants that agree have p 1,
/// and so have single rows.
///
/// # Errors
/// Sizes that leave the range of floats.
pub fn test(samples: &Steps) -> Result<Tested, NoAnswer> {
    if samples.is_constant() {
        return Ok(Tested {
            statistic: samples.sizes()[0] * samples.sizes()[1] / 2.0,
            ..Tested::NO_DIFFERENCE
        });
    }
    let [n, m] = samples.sizes();
    let (all, pairs) = (n + m, n * m);
    let mut below = 0.0;
    let wins = samples.steps().iter().map(|step| {
        let [here, there] = step.rows.map(|rows| rows as f64);
        let won = here * (below + there / 2.0);
        below += there;
        won
    });
    let statistic = sum(wins);
    let ties = sum(samples.steps().iter().map(|step| {
        let rows = (step.rows[0] + step.rows[1]) as f64;
        rows * rows * rows - rows
    }));
    let deviation = (pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
    let off = statistic.max(pairs - statistic) - pairs / 2.0 - 0.5;
    // Within half a step of the middle the normal tail is above 1/2, and p is 1.
    let p = tails::normal(off / deviation)?.bonferroni(2);
    Ok(Tested { statistic, p, basis: Basis::Asymptotic })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p_value::PValue;

    fn of(a: &[f64], b: &[f64]) -> Tested {
        test(&Steps::of(a, b).unwrap()).unwrap()
    }

    #[test]
    fn counts_the_pairs_that_are_won() {
        let found = of(&[1.0, 4.0, 4.0], &[4.0, 0.0]);
        assert!((found.statistic - 4.0).abs() < 1e-12, "{found:?}");
        let turned = of(&[4.0, 0.0], &[1.0, 4.0, 4.0]);
        assert!((turned.statistic - 2.0).abs() < 1e-12);
        assert_eq!(turned.p, found.p);
    }

    #[test]
    fn constants_and_single_rows_say_nothing() {
        assert_eq!(of(&[3.0; 5], &[3.0; 9]).p, PValue::ONE);
        assert_eq!(of(&[3.0], &[4.0]).p, PValue::ONE);
        assert!(of(&[3.0; 50], &[4.0; 50]).p < of(&[f64::NEG_INFINITY; 40], &[4.0; 40]).p);
    }
}
