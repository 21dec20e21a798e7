//! Facets of what has no order: categories, truth values, parts of a date.

use super::facet::{Aspect, Facet, Test};
use super::numbers;
use super::power::Power;
use super::shares;
use super::sides::Sides;
use crate::p_value::PValue;
use crate::sample::{SampleError, check_length};
use crate::sum::sum;
use crate::tails;
use crate::tested::NoAnswer;

/// With fewer rows expected on the smaller side a value is counted with the other rare ones.
const LEAST_EXPECTED: f64 = 5.0;

/// The mean of `|Z|`, of half of which chance moves a cell in units of its standard error.
const MEAN_MOVE: f64 = 0.798;

/// A cell that moved by fewer standard errors may well not have moved at all.
const MOVED: f64 = 2.0;

const Z_95: f64 = 1.96;

/// How many rows of each side have each value, rare values put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Rows of the reference.
    pub reference: Vec<u64>,
    /// Rows of the current side.
    pub current: Vec<u64>,
    /// In which cell each value is that was given.
    pub of_value: Vec<usize>,
}

impl Cells {
    /// Puts values into one cell of which fewer than 5 rows would be expected on the smaller side
    /// if nothing changed, `P_k min(n, m) < 5` with P the shares of both sides together.
    ///
    /// # Errors
    /// A side has no rows, or not as many values as the other.
    pub fn pooled(reference: &[u64], current: &[u64]) -> Result<Self, NoAnswer> {
        check_length("the current side", current.len(), reference.len())?;
        let (n, m) = (reference.iter().sum::<u64>(), current.iter().sum::<u64>());
        if n == 0 || m == 0 {
            return Err(SampleError::Empty.into());
        }
        let smaller = n.min(m) as f64 / (n + m) as f64;
        let mut cells = Self { reference: vec![], current: vec![], of_value: vec![] };
        let (mut rare, mut rare_values) = ([0, 0], Vec::new());
        for (value, (&a, &b)) in reference.iter().zip(current).enumerate() {
            if (a + b) as f64 * smaller < LEAST_EXPECTED {
                rare = [rare[0] + a, rare[1] + b];
                rare_values.push(value);
            } else {
                cells.reference.push(a);
                cells.current.push(b);
            }
            cells.of_value.push(cells.reference.len().saturating_sub(1));
        }
        let at = cells.reference.len();
        for value in rare_values {
            cells.of_value[value] = at;
        }
        if rare[0] + rare[1] > 0 {
            cells.reference.push(rare[0]);
            cells.current.push(rare[1]);
        }
        Ok(cells)
    }

    /// Returns how many cells there are.
    pub fn count(&self) -> usize {
        self.reference.len()
    }
}

/// The share of a cell on both sides.
struct Share {
    reference: f64,
    current: f64,
    /// Of both sides together.
    pooled: f64,
    /// The standard error of the difference where nothing changed.
    error: f64,
}

impl Share {
    fn moved(&self) -> f64 {
        (self.current - self.reference).abs()
    }
}

/// Compares how often each value is there, by the total variation distance.
///
/// `TV = 1/2 sum |a_k - b_k|`. Of more than two cells, those that moved by fewer than two standard
/// errors are taken to have moved by chance, and half of what chance moves them on average is taken
/// off: `TV - 1/2 * 0.798 sum s_k`, at least 0. The test is chi-square with K - 1 degrees of
/// freedom; of blocks the statistic is divided by their inflation (Rao and Scott 1981, first order)
/// and read from F(K - 1, blocks - 1). Two cells are two proportions.
///
/// From sketches the distance is off by at most `sketch_error`, and p is that of shares which moved
/// by so much less. The interval is that of `B(S) - A(S)`, S the cells that gained: the distance
/// is this difference of two shares.
///
/// # Errors
/// The computation leaves the range of floats.
pub fn shape(
    aspect: Aspect,
    cells: &Cells,
    sides: Sides,
    minimum: f64,
    sketch_error: f64,
) -> Result<Facet, NoAnswer> {
    let shares = shares_of(cells, sides);
    let observed = 0.5 * sum(shares.iter().map(Share::moved));
    let errors = |of: &dyn Fn(&&Share) -> bool| {
        0.5 * MEAN_MOVE * sum(shares.iter().filter(of).map(|share| share.error))
    };
    let chance = match shares.len() {
        0..=2 => 0.0,
        _ => errors(&|share| share.moved() < MOVED * share.error),
    };
    let (test, p) = tested(&shares, cells, sides, sketch_error / observed)?;
    Ok(Facet {
        aspect,
        observed,
        effect: (observed - chance).max(0.0),
        half_width: Some(Z_95 * spread(&shares, sides)),
        sketch_error,
        hidden: 0.0,
        minimum,
        noise: Some(numbers::noise(sides).max(errors(&|_| true))),
        test,
        p,
        sides,
        power: Power::Cells(shares.len()),
    })
}

fn shares_of(cells: &Cells, sides: Sides) -> Vec<Share> {
    let total = |side: &[u64]| side.iter().sum::<u64>() as f64;
    let (n, m) = (total(&cells.reference), total(&cells.current));
    let share = |(&a, &b): (&u64, &u64)| {
        let (a, b) = (a as f64, b as f64);
        let pooled = (a + b) / (n + m);
        let error = (pooled * (1.0 - pooled) * sides.unit()).sqrt();
        Share { reference: a / n, current: b / m, pooled, error }
    };
    cells.reference.iter().zip(&cells.current).map(share).collect()
}

fn spread(shares: &[Share], sides: Sides) -> f64 {
    let gained = shares.iter().filter(|share| share.current > share.reference);
    let (a, b) = gained.fold((0.0, 0.0), |(a, b), share| (a + share.reference, b + share.current));
    let variance = |share: f64, rows: f64| (share * (1.0 - share)).max(0.0) / rows;
    (variance(a, sides.reference.effective()) + variance(b, sides.current.effective())).sqrt()
}

/// Returns the test; `unsure` is the part of every move that a sketch may have made.
fn tested(
    shares: &[Share],
    cells: &Cells,
    sides: Sides,
    unsure: f64,
) -> Result<(Test, PValue), NoAnswer> {
    if shares.len() < 2 {
        return Ok((Test::ChiSquare, PValue::ONE));
    }
    if shares.len() == 2 && unsure.max(0.0) == 0.0 {
        let p = shares::p_value([cells.reference[0], cells.current[0]], sides)?;
        return Ok((Test::TwoProportions, p));
    }
    // A sum of 0 moves has no part that is unsure: 0 / 0.
    let sure = if unsure.is_nan() { 1.0 } else { (1.0 - unsure).max(0.0) };
    let unit = sides.unit();
    let square = |share: &Share| (sure * share.moved()).powi(2) / (share.pooled * unit);
    let statistic = sum(shares.iter().map(square));
    let degrees = (shares.len() - 1) as f64;
    let p = match sides.degrees() {
        Some(under) => tails::f(statistic / degrees, degrees, under)?,
        None => tails::chi_square(statistic, degrees)?,
    };
    Ok((Test::ChiSquare, p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::sides::Weight;

    fn facet(reference: &[u64], current: &[u64]) -> Facet {
        let cells = Cells::pooled(reference, current).unwrap();
        let sides = Sides::independent(reference.iter().sum(), current.iter().sum());
        shape(Aspect::Shape, &cells, sides, 0.1, 0.0).unwrap()
    }

    #[test]
    fn agrees_with_scipy() {
        // references/drift_decision.py: chi2_contingency(correction=False), cityblock / 2
        let facet = facet(&[400, 300, 200, 100], &[330, 300, 250, 120]);
        assert!((facet.observed - 0.07).abs() < 1e-12);
        assert!((facet.p.ln() - CHI_LN).abs() < 1e-9 * CHI_LN.abs(), "{}", facet.p.ln());
        assert_eq!((facet.test, facet.power), (Test::ChiSquare, Power::Cells(4)));
        // The second and the fourth cell moved by fewer than two standard errors.
        let error = |p: f64| (p * (1.0 - p) * 0.002).sqrt();
        let expected = 0.07 - 0.5 * 0.798 * (error(0.3) + error(0.11));
        assert!((facet.effect - expected).abs() < 1e-12, "{}", facet.effect);
    }

    const CHI_LN: f64 = -5.881_601_806_931_064;

    #[test]
    fn two_cells_are_two_proportions_and_are_not_corrected() {
        let facet = facet(&[900, 100], &[800, 200]);
        assert_eq!(facet.test, Test::TwoProportions);
        assert!((facet.effect - 0.1).abs() < 1e-12);
        // The interval is that of the difference of two shares.
        let half = 1.96 * (0.09_f64 / 1000.0 + 0.16 / 1000.0).sqrt();
        assert!((facet.half_width.unwrap() - half).abs() < 1e-12);
    }

    #[test]
    fn rare_values_are_one_cell() {
        let cells = Cells::pooled(&[500, 4, 0, 3, 400], &[480, 5, 0, 2, 421]).unwrap();
        assert_eq!(cells.reference, [500, 400, 7]);
        assert_eq!(cells.current, [480, 421, 7]);
        assert_eq!(cells.of_value, [0, 2, 2, 2, 1]);
        let one = Cells::pooled(&[30, 0], &[40, 0]).unwrap();
        assert_eq!((one.count(), one.of_value), (1, vec![0, 1]));
    }

    #[test]
    fn a_sketch_takes_its_error_off() {
        let cells = Cells::pooled(&[400, 300, 300], &[300, 300, 400]).unwrap();
        let sides = Sides::independent(1000, 1000);
        let of = |error| shape(Aspect::Shape, &cells, sides, 0.1, error).unwrap();
        assert!(of(0.0).p < of(0.02).p && of(0.02).p < of(0.2).p);
        assert_eq!(of(0.2).p, PValue::ONE);
        assert!(!of(0.0).is_within_sketch_error() && of(0.05).is_within_sketch_error());
    }

    #[test]
    fn blocks_divide_the_statistic_by_their_inflation() {
        let cells = Cells::pooled(&[400, 300, 200, 100], &[330, 300, 250, 120]).unwrap();
        let weight = Weight::clustered(1000, 3.0, 40);
        let sides = Sides { reference: weight, current: weight };
        let facet = shape(Aspect::Shape, &cells, sides, 0.1, 0.0).unwrap();
        // references/drift_decision.py: f.logsf(chi2 / 3 / 3, 3, 39)
        assert!((facet.p.ln() - F_LN).abs() < 1e-9, "{}", facet.p.ln());
    }

    const F_LN: f64 = -1.545_275_727_937_273_3;

    #[test]
    fn nothing_that_differs_is_p_1() {
        assert_eq!(facet(&[50, 50, 50], &[100, 100, 100]).p, PValue::ONE);
        assert_eq!(facet(&[50], &[70]).p, PValue::ONE);
        assert!(Cells::pooled(&[0, 0], &[1, 2]).is_err());
        assert!(Cells::pooled(&[1], &[1, 2]).is_err());
    }
}
