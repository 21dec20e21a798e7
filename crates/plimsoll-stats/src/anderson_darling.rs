//! The Anderson-Darling test that samples are of one distribution.

use crate::p_value::PValue;
use crate::permutation::{Permutation, pooled};
use crate::sample::SampleError;
use crate::tested::{Basis, NoAnswer, Tested, check_rows, finite};
use crate::weighted_chi_squares;

/// At most so many rows in all are dealt anew; of larger samples as many are drawn.
pub const MOST_PERMUTED: usize = 10_000;

/// The published values are for samples without ties; a value that this share of all rows has makes
/// them reject too often (9 % for 5 % where 60 % of the rows are 0).
const MOST_TIED: f64 = 0.02;

/// Scholz and Stephens 1987, table 2: the levels, and by which terms in `1/sqrt(k - 1)` their
/// critical values are had.
const LEVELS: [f64; 7] = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];
const CRITICAL: [[f64; 3]; 7] = [
    [0.675, -0.245, -0.105],
    [1.281, 0.25, -0.305],
    [1.645, 0.678, -0.362],
    [1.96, 1.149, -0.391],
    [2.326, 1.822, -0.396],
    [2.573, 2.364, -0.345],
    [3.085, 3.615, -0.154],
];

/// Returns the k-sample test with midranks for ties.
///
/// It weighs the tails of the distribution more than Kolmogorov-Smirnov or Cramer-von Mises do. The
/// statistic is less its mean and divided by its standard deviation (Scholz and Stephens 1987), as
/// `scipy.stats.anderson_ksamp(variant="midrank")`. p is read between the published critical values,
/// from 0.001 to 0.25. Where scipy stops it is had by permutation, of more than [`MOST_PERMUTED`] rows
/// in two samples from the limit of the statistic; in more samples the published end is the answer.
/// If 2 % of all rows share a value p is always by permutation, for which the published values are
/// none. Constants that agree have p 1.
///
/// # Errors
/// There are fewer than 2 samples or more than 256, one has fewer than 2 rows or holds NaN; infinite numbers are
/// ordered like any other.
pub fn test(samples: &[&[f64]], permutation: &Permutation) -> Result<Tested, NoAnswer> {
    let pooled = Pooled::of(samples)?;
    if pooled.ties.len() == 1 {
        return Ok(Tested::NO_DIFFERENCE);
    }
    let raw = pooled.statistic(&pooled.sides);
    let (centre, spread) = ((samples.len() - 1) as f64, pooled.spread());
    let statistic = finite((raw - centre) / spread)?;
    let rows = pooled.sides.len();
    let most_tied = pooled.ties.iter().copied().max().unwrap_or(0);
    let (p, basis) = match interpolated(statistic, centre) {
        _ if most_tied as f64 >= MOST_TIED * rows as f64 => dealt(samples, permutation)?,
        Read::Between(ln) => (PValue::from_ln(ln)?, Basis::Interpolated),
        Read::Beyond(_) if rows <= MOST_PERMUTED => dealt(samples, permutation)?,
        Read::Beyond(_) if samples.len() == 2 => {
            // The limit of the statistic has mean 1 and this variance, for two samples.
            let variance = 2.0 * (std::f64::consts::PI.powi(2) - 9.0) / 3.0;
            let limit = 1.0 + statistic * variance.sqrt();
            (weighted_chi_squares::anderson_darling(limit)?, Basis::Asymptotic)
        }
        Read::Beyond(end) => (PValue::of(end)?, Basis::Interpolated),
    };
    Ok(Tested { statistic, p, basis })
}

/// Returns p by permutation, of a part of the rows if there are too many.
fn dealt(samples: &[&[f64]], permutation: &Permutation) -> Result<(PValue, Basis), NoAnswer> {
    let thinned = permutation.thinned("anderson-darling", samples, MOST_PERMUTED / samples.len());
    let thinned: Vec<&[f64]> = thinned.iter().map(Vec::as_slice).collect();
    let pooled = Pooled::of(&thinned)?;
    let observed = pooled.statistic(&pooled.sides);
    let statistic = |sides: &[u8]| pooled.statistic(sides);
    Ok(permutation.p("anderson-darling", observed, pooled.sides.clone(), statistic))
}

/// The samples put together in ascending order.
struct Pooled {
    /// The sample of each row.
    sides: Vec<u8>,
    /// How many rows share each distinct value.
    ties: Vec<usize>,
    /// The rows of each sample.
    rows: Vec<f64>,
}

impl Pooled {
    fn of(samples: &[&[f64]]) -> Result<Self, NoAnswer> {
        let least = samples.iter().map(|sample| sample.len() as u64).min().unwrap_or(0);
        check_rows(least, least, 2)?;
        check_samples(samples.len())?;
        let (numbers, sides) = pooled(samples)?;
        let ties = numbers.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(<[_]>::len).collect();
        let rows = samples.iter().map(|sample| sample.len() as f64).collect();
        Ok(Self { sides, ties, rows })
    }

    /// Equation 7 of Scholz and Stephens, of rows that are on these sides.
    fn statistic(&self, sides: &[u8]) -> f64 {
        let all = sides.len() as f64;
        let mut upto = vec![0.0; self.rows.len()];
        let mut here = vec![0.0; self.rows.len()];
        let mut sums = vec![0.0; self.rows.len()];
        let (mut start, mut before) = (0, 0.0);
        for &tied in &self.ties {
            here.fill(0.0);
            for &side in &sides[start..start + tied] {
                here[usize::from(side)] += 1.0;
            }
            start += tied;
            let ties = tied as f64;
            let below = before + ties / 2.0;
            before += ties;
            let factor = ties / (all * (below * (all - below) - all * ties / 4.0));
            for (side, rows) in self.rows.iter().enumerate() {
                let off = all * (upto[side] + here[side] / 2.0) - below * rows;
                upto[side] += here[side];
                sums[side] += factor * off * off;
            }
        }
        let sum: f64 = sums.iter().zip(&self.rows).map(|(sum, rows)| sum / rows).sum();
        sum * (all - 1.0) / all
    }

    /// The standard deviation of the statistic: equation 4 there.
    #[expect(clippy::many_single_char_names, reason = "as they are called there")]
    fn spread(&self) -> f64 {
        let (all, k) = (self.sides.len() as f64, self.rows.len() as f64);
        let inverse: f64 = self.rows.iter().map(|rows| 1.0 / rows).sum();
        // h sums 1/i up to N - 1, g sums 1/((N - i) j) over i < j.
        let (mut h, mut g) = (1.0, 0.0);
        let mut partial = 0.0;
        for i in 2..self.sides.len() {
            partial += 1.0 / (self.sides.len() - i + 1) as f64;
            g += partial / i as f64;
            h += 1.0 / i as f64;
        }
        let a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * inverse;
        let b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * inverse
            - 8.0 * h
            + 4.0 * g
            - 6.0;
        let c = (6.0 * h + 2.0 * g - 2.0) * k * k
            + (4.0 * h - 4.0 * g + 6.0) * k
            + (2.0 * h - 6.0) * inverse
            + 4.0 * h;
        let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
        let cubic = ((a * all + b) * all + c) * all + d;
        (cubic / ((all - 1.0) * (all - 2.0) * (all - 3.0))).sqrt()
    }
}

/// The most samples that are compared at once.
const MOST_SAMPLES: usize = 256;

fn check_samples(found: usize) -> Result<(), SampleError> {
    let (least, most) = (2, MOST_SAMPLES);
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(SampleError::Samples { found, least, most })
    }
}

/// What the published values say of a statistic.
enum Read {
    /// The logarithm of p.
    Between(f64),
    /// It is beyond the value of this level.
    Beyond(f64),
}

/// Reads the logarithm of p off a parabola through the critical values, fitted by least squares.
fn interpolated(statistic: f64, degrees: f64) -> Read {
    let critical = CRITICAL.map(|[b0, b1, b2]| b0 + b1 / degrees.sqrt() + b2 / degrees);
    if statistic < critical[0] {
        return Read::Beyond(LEVELS[0]);
    }
    if statistic > critical[6] {
        return Read::Beyond(LEVELS[6]);
    }
    // Orthogonal polynomials on the seven points (Forsythe 1957) keep the fit well conditioned.
    let mean = critical.iter().sum::<f64>() / 7.0;
    let first = critical.map(|x| x - mean);
    let square: f64 = first.iter().map(|x| x * x).sum();
    let skew = first.iter().map(|x| x * x * x).sum::<f64>() / square;
    let second = |x: f64| (x - skew) * x - square / 7.0;
    let ln = LEVELS.map(f64::ln);
    let fit = |basis: &dyn Fn(f64) -> f64| {
        let product: f64 = first.iter().zip(ln).map(|(&x, ln)| basis(x) * ln).sum();
        product / first.iter().map(|&x| basis(x) * basis(x)).sum::<f64>() * basis(statistic - mean)
    };
    Read::Between(fit(&|_| 1.0) + fit(&|x| x) + fit(&second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[&[f64]]) -> Result<Tested, NoAnswer> {
        test(samples, &Permutation::few(199))
    }

    fn wave(rows: u32, shift: f64) -> Vec<f64> {
        (0..rows).map(|row| (1.7 * f64::from(row)).sin() + shift).collect()
    }

    #[test]
    fn constants_agree_and_too_few_rows_are_undecided() {
        assert_eq!(of(&[&[2.0; 4], &[2.0; 5]]), Ok(Tested::NO_DIFFERENCE));
        assert!(of(&[&[2.0], &[2.0; 5]]).unwrap_err().is_undecided());
        assert!(of(&[&[2.0, 1.0]]).is_err() && of(&[]).is_err());
        assert!(of(&[&[2.0, f64::NAN], &[1.0, 2.0]]).is_err());
    }

    #[test]
    fn goes_on_where_the_published_values_end() {
        let (few, many) = (wave(40, 0.0), wave(6_000, 0.0));
        let apart = of(&[&few, &wave(40, 1.0)]).unwrap();
        assert_eq!(apart.basis, Basis::Permutation { resamples: 199 });
        assert!((apart.p.get() - 1.0 / 200.0).abs() < 1e-12);
        assert!(of(&[&few, &wave(50, 0.0)]).unwrap().p.get() > 0.25);
        let far = of(&[&many, &wave(6_000, 1.0)]).unwrap();
        assert_eq!(far.basis, Basis::Asymptotic);
        assert!(far.p.ln() < -300.0, "{far:?}");
        let three = of(&[&many, &wave(6_000, 1.0), &few]).unwrap();
        assert_eq!((three.basis, three.p), (Basis::Interpolated, PValue::of(0.001).unwrap()));
    }

    #[test]
    fn ties_ask_for_permutation() {
        let counts = |rows: u32| (0..rows).map(|row| f64::from(row % 40)).collect::<Vec<_>>();
        let (few, many) = (counts(400), counts(12_000));
        for tied in [of(&[&few, &few]).unwrap(), of(&[&few, &many]).unwrap()] {
            assert!(matches!(tied.basis, Basis::Permutation { .. }) && tied.p.get() > 0.5);
        }
    }

    #[test]
    fn its_three_ways_to_p_meet() {
        // At the ends of the published values the limit says about the same.
        for (statistic, end) in [(CRITICAL[0], 0.25), (CRITICAL[6], 0.001)] {
            let variance = 2.0 * (std::f64::consts::PI.powi(2) - 9.0) / 3.0;
            let x = 1.0 + statistic.iter().sum::<f64>() * variance.sqrt();
            let limit = weighted_chi_squares::anderson_darling(x).unwrap().get();
            assert!((limit / end - 1.0).abs() < 0.05, "{limit} {end}");
        }
    }
}
