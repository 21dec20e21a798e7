//! How far apart the shares of two samples in the same bins are.
//!
//! None of them is a test: without any change they are above 0 by chance, the more the more bins
//! there are and the fewer rows. See [`crate::distance`] for the total variation and [`crate::psi`]
//! for the population stability index.

use crate::distance::shares;
use crate::sample::SampleError;

/// The unit of an information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Natural logarithms; a Jensen-Shannon distance is then at most `sqrt(ln 2)`, 0.833.
    Nats,
    /// Logarithms to base 2; it is then at most 1.
    Bits,
}

impl Unit {
    fn of(self, nats: f64) -> f64 {
        match self {
            Self::Nats => nats,
            Self::Bits => nats / std::f64::consts::LN_2,
        }
    }
}

/// Returns the Kullback-Leibler divergence `sum p ln(p / q)` of the reference's shares p from the
/// current ones q (Kullback and Leibler 1951), as `scipy.stats.entropy(p, q)`.
///
/// It has a direction, and it is infinite if a bin that the reference fills is empty now: write
/// that as `"Infinity"` where numbers cannot be infinite.
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn kullback_leibler(
    reference: &[u64],
    current: &[u64],
    unit: Unit,
) -> Result<f64, SampleError> {
    let shares = shares("the current sample", reference, current)?;
    Ok(unit.of(shares.map(|(p, q)| relative(p, q)).sum::<f64>()))
}

/// Returns the Jensen-Shannon distance, the root of the mean divergence of both from their middle.
///
/// Endres and Schindelin 2003, as `scipy.spatial.distance.jensenshannon`. It has no direction, is
/// always finite, and keeps the triangle inequality.
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn jensen_shannon(a: &[u64], b: &[u64], unit: Unit) -> Result<f64, SampleError> {
    let shares = shares("the second sample", a, b)?;
    let parts = shares.map(|(p, q)| {
        let middle = f64::midpoint(p, q);
        relative(p, middle) + relative(q, middle)
    });
    Ok(unit.of(parts.sum::<f64>() / 2.0).max(0.0).sqrt())
}

/// Returns the Hellinger distance `sqrt(1 - sum sqrt(p q))`, from 0 (alike) to 1 (disjoint).
///
/// Computed as `sqrt(1/2 sum (sqrt p - sqrt q)^2)`, which does not cancel (Hellinger 1909).
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn hellinger(a: &[u64], b: &[u64]) -> Result<f64, SampleError> {
    let shares = shares("the second sample", a, b)?;
    let parts = shares.map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2));
    Ok((parts.sum::<f64>() / 2.0).sqrt())
}

/// Returns the L-infinity distance, the largest difference of a bin's shares: from 0 to 1.
///
/// As `scipy.spatial.distance.chebyshev`.
///
/// # Errors
/// There are no rows, or not as many bins in one as in the other.
pub fn largest(a: &[u64], b: &[u64]) -> Result<f64, SampleError> {
    Ok(shares("the second sample", a, b)?.map(|(p, q)| (p - q).abs()).fold(0.0, f64::max))
}

/// `p ln(p/q) + q - p`: the terms added sum to 0, and with them no part is negative.
fn relative(p: f64, q: f64) -> f64 {
    if p == 0.0 {
        return q;
    }
    if q == 0.0 { f64::INFINITY } else { crate::saddle::deviance(p, q, p - q) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn disjoint_shares_are_as_far_apart_as_can_be() {
        let (a, b) = ([3, 0], [0, 8]);
        assert_eq!(kullback_leibler(&a, &b, Unit::Nats), Ok(f64::INFINITY));
        assert!((jensen_shannon(&a, &b, Unit::Bits).unwrap() - 1.0).abs() < 1e-12);
        let nats = jensen_shannon(&a, &b, Unit::Nats).unwrap();
        assert!((nats - std::f64::consts::LN_2.sqrt()).abs() < 1e-12);
        assert!((hellinger(&a, &b).unwrap() - 1.0).abs() < 1e-12);
        assert!((largest(&a, &b).unwrap() - 1.0).abs() < 1e-12);
        // A bin that is new is finite in this direction.
        assert!(kullback_leibler(&a, &[3, 5], Unit::Nats).unwrap().is_finite());
    }

    #[test]
    fn no_rows_are_an_error_and_other_bins_too() {
        for (a, b) in [(&[0, 0][..], &[1, 2][..]), (&[1, 2], &[0, 0]), (&[1], &[1, 2]), (&[], &[])]
        {
            assert!(kullback_leibler(a, b, Unit::Nats).is_err());
            assert!(jensen_shannon(a, b, Unit::Nats).is_err());
            assert!(hellinger(a, b).is_err() && largest(a, b).is_err());
        }
    }

    proptest! {
        #[test]
        fn equal_shares_are_0_apart_and_others_not_below(
            bins in prop::collection::vec((0_u64..30, 0_u64..30), 1..20),
        ) {
            let (a, b): (Vec<u64>, Vec<u64>) = bins.into_iter().unzip();
            prop_assume!(a.iter().sum::<u64>() > 0 && b.iter().sum::<u64>() > 0);
            let twice: Vec<u64> = a.iter().map(|count| 2 * count).collect();
            prop_assert!(kullback_leibler(&a, &twice, Unit::Nats).unwrap().abs() < 1e-15);
            prop_assert!(jensen_shannon(&a, &twice, Unit::Nats).unwrap() < 1e-7);
            prop_assert!(kullback_leibler(&a, &b, Unit::Nats).unwrap() >= 0.0);
            let (js, hellinger) = (jensen_shannon(&a, &b, Unit::Bits).unwrap(), hellinger(&a, &b).unwrap());
            prop_assert!(js <= 1.0 + 1e-12 && largest(&a, &b).unwrap() <= 1.0);
            // The Jensen-Shannon divergence in bits is between H^2 and its double.
            prop_assert!(js * js >= hellinger * hellinger - 1e-12);
            prop_assert!(js * js <= 2.0 * hellinger * hellinger + 1e-12);
        }
    }
}
