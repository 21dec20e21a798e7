//! The Epps-Singleton test.

use crate::permutation::{Permutation, pooled};
use crate::quantile::of_sorted;
use crate::sample::check_numbers;
use crate::sum::sum;
use crate::tails;
use crate::tested::{Basis, NoAnswer, Tested, check_rows, finite};

/// Where the characteristic functions are compared, in half interquartile ranges.
const POINTS: [f64; 2] = [0.4, 0.8];

/// Below so many rows on the larger side the statistic is corrected.
const SMALL: usize = 25;

/// At most so many rows of a side are dealt anew; of larger samples as many are drawn.
pub const MOST_PERMUTED: usize = 5_000;

type Vector = [f64; 4];
type Matrix = [Vector; 4];

/// Returns the test that both samples have the same characteristic function.
///
/// It compares means of cosines and sines at 0.4 and 0.8 over half the interquartile range of all
/// rows, as a quadratic form that is asymptotically a chi-square with 4 degrees of freedom, fewer if
/// the form is singular (Epps and Singleton 1986; Goerg and Kaiser 2009); the statistic is that of
/// `scipy.stats.epps_singleton_2samp`. Unlike rank tests it is made for discrete numbers too.
/// Constants that agree have p 1.
///
/// The asymptotic p is for samples of about one size: of 50 and 500 rows where nothing differs it is
/// below 5 % in 25 % of all runs. So it is taken from 100 rows a side on if the larger side is at most
/// double, or from 2,000 a side on; otherwise p is by permutation, of at most [`MOST_PERMUTED`] rows
/// a side.
///
/// # Errors
/// A sample has fewer than 5 rows, or NaN or infinite numbers, or half of all rows are one value.
pub fn test(a: &[f64], b: &[f64], permutation: &Permutation) -> Result<Tested, NoAnswer> {
    check_numbers("the first sample", a, a.len())?;
    check_numbers("the second sample", b, b.len())?;
    let (smaller, larger) = (a.len().min(b.len()), a.len().max(b.len()));
    check_rows(a.len() as u64, b.len() as u64, 5)?;
    let Some(waves) = Waves::of(&[a, b])? else { return Ok(Tested::NO_DIFFERENCE) };
    let (statistic, degrees) = waves.statistic(&waves.sides);
    let statistic = finite(statistic)?;
    if smaller >= 100 && larger <= 2 * smaller || smaller >= 2_000 {
        let p = tails::chi_square(statistic, degrees)?;
        return Ok(Tested { statistic, p, basis: Basis::Asymptotic });
    }
    let thinned = permutation.thinned("epps-singleton", &[a, b], MOST_PERMUTED);
    let Some(waves) = Waves::of(&[&thinned[0], &thinned[1]])? else {
        return Err(NoAnswer::NoSpread);
    };
    let observed = finite(waves.statistic(&waves.sides).0)?;
    let dealt = |sides: &[u8]| waves.statistic(sides).0;
    let (p, basis) = permutation.p("epps-singleton", observed, waves.sides.clone(), dealt);
    Ok(Tested { statistic, p, basis })
}

/// The cosines and sines of each row, less their means.
struct Waves {
    rows: Vec<Vector>,
    sides: Vec<u8>,
}

impl Waves {
    /// Returns nothing if all numbers are the same.
    fn of(samples: &[&[f64]; 2]) -> Result<Option<Self>, NoAnswer> {
        let (numbers, sides) = pooled(samples)?;
        if numbers[0] >= numbers[numbers.len() - 1] {
            return Ok(None);
        }
        let quartile = |share| of_sorted(&numbers, share).ok_or(NoAnswer::OutOfRange);
        let scale = finite((quartile(0.75)? - quartile(0.25)?) / 2.0)?;
        if scale <= 0.0 {
            return Err(NoAnswer::NoSpread);
        }
        let wave = |x: &f64| {
            let [one, two] = POINTS.map(|point| (point / scale * x).sin_cos());
            [one.1, two.1, one.0, two.0]
        };
        let mut rows: Vec<Vector> = numbers.iter().map(wave).collect();
        for part in 0..4 {
            let mean = sum(rows.iter().map(|row| row[part])) / rows.len() as f64;
            for row in &mut rows {
                row[part] -= mean;
            }
        }
        Ok(Some(Self { rows, sides }))
    }

    /// Returns the statistic of rows on these sides, and its degrees of freedom.
    fn statistic(&self, sides: &[u8]) -> (f64, f64) {
        let mut counts = [0.0; 2];
        let mut sums = [[0.0; 4]; 2];
        let mut products = [[[0.0; 4]; 4]; 2];
        for (row, &side) in self.rows.iter().zip(sides) {
            let side = usize::from(side);
            counts[side] += 1.0;
            for i in 0..4 {
                sums[side][i] += row[i];
                for j in 0..=i {
                    products[side][i][j] += row[i] * row[j];
                }
            }
        }
        let all = counts[0] + counts[1];
        let mean = |side: usize, part: usize| sums[side][part] / counts[side];
        let mut covariance = [[0.0; 4]; 4];
        let mut difference = [0.0; 4];
        for i in 0..4 {
            difference[i] = mean(0, i) - mean(1, i);
            for j in 0..=i {
                let of_side = |side: usize| {
                    let square = products[side][i][j] / counts[side];
                    all / counts[side] * (square - mean(side, i) * mean(side, j))
                };
                covariance[i][j] = of_side(0) + of_side(1);
                covariance[j][i] = covariance[i][j];
            }
        }
        let (form, degrees) = quadratic_form(covariance, &difference);
        let [n, m] = counts;
        let small = n.max(m) < SMALL as f64;
        let correction = 1.0 + all.powf(-0.45) + 10.1 * (n.powf(-1.7) + m.powf(-1.7));
        (all * form / if small { correction } else { 1.0 }, degrees)
    }
}

/// Returns `v' A^+ v` with the pseudo-inverse of a symmetric matrix, and the rank of the matrix.
///
/// Jacobi's rotations (1846): the matrix becomes diagonal, and v is turned along.
fn quadratic_form(mut matrix: Matrix, vector: &Vector) -> (f64, f64) {
    let mut vector = *vector;
    // They converge quadratically; four axes take about six rounds.
    for _ in 0..20 {
        let off = |i: usize| (0..i).map(|j| matrix[i][j].abs()).sum::<f64>();
        if (1..4).map(off).sum::<f64>() == 0.0 {
            break;
        }
        for i in 0..3 {
            for j in i + 1..4 {
                rotate(&mut matrix, &mut vector, i, j);
            }
        }
    }
    let largest = (0..4).map(|i| matrix[i][i]).fold(0.0, f64::max);
    // What is below is rounding: scipy's limit for a pseudo-inverse.
    let counts = |i: &usize| matrix[*i][*i] > 1e-15 * largest;
    let used: Vec<usize> = (0..4).filter(counts).collect();
    let form = used.iter().map(|&i| vector[i] * vector[i] / matrix[i][i]).sum();
    (form, used.len() as f64)
}

/// Turns the axes i and j so that the cell at both becomes 0.
fn rotate(matrix: &mut Matrix, vector: &mut Vector, i: usize, j: usize) {
    if matrix[i][j] == 0.0 {
        return;
    }
    let theta = (matrix[j][j] - matrix[i][i]) / (2.0 * matrix[i][j]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turned =
        |first: f64, second: f64| (cosine * first - sine * second, sine * first + cosine * second);
    for row in matrix.iter_mut() {
        (row[i], row[j]) = turned(row[i], row[j]);
    }
    let (first, second) = (matrix[i], matrix[j]);
    for (column, (first, second)) in first.into_iter().zip(second).enumerate() {
        (matrix[i][column], matrix[j][column]) = turned(first, second);
    }
    (vector[i], vector[j]) = turned(vector[i], vector[j]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &[f64], b: &[f64]) -> Result<Tested, NoAnswer> {
        test(a, b, &Permutation::few(199))
    }

    #[test]
    fn edges_are_as_specified() {
        assert_eq!(of(&[3.0; 6], &[3.0; 5]), Ok(Tested::NO_DIFFERENCE));
        assert!(of(&[3.0; 4], &[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap_err().is_undecided());
        let mostly = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(of(&mostly, &mostly), Err(NoAnswer::NoSpread));
        assert!(matches!(of(&[f64::INFINITY; 5], &[1.0; 5]), Err(NoAnswer::Sample(_))));
    }

    #[test]
    fn unequal_samples_are_dealt_anew() {
        let wave = |rows: u32, seed: f64| -> Vec<f64> {
            (0..rows).map(|row| (seed * f64::from(row)).sin().powi(3)).collect()
        };
        let (few, many) = (wave(60, 1.7), wave(8_000, 2.9));
        let same = of(&few, &many).unwrap();
        assert!(matches!(same.basis, Basis::Permutation { .. }) && same.p.get() > 0.05, "{same:?}");
        let apart: Vec<f64> = few.iter().map(|x| x + 2.0).collect();
        assert!((of(&apart, &many).unwrap().p.get() - 0.005).abs() < 1e-12);
        assert_eq!(of(&wave(300, 1.7), &wave(500, 2.9)).unwrap().basis, Basis::Asymptotic);
    }

    #[test]
    fn a_singular_form_has_fewer_degrees() {
        let matrix = [[2.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0], [0.0; 4]];
        let (form, rank) = quadratic_form(matrix, &[1.0, 1.0, 3.0, 5.0]);
        assert!((form - 3.5).abs() < 1e-12 && (rank - 2.0).abs() < 1e-12, "{form} {rank}");
    }
}
