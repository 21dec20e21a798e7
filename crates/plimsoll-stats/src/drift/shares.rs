//! Facets of rows that either have something or not: missing values, duplicates.

use super::facet::{Aspect, Facet, Test};
use super::power::Power;
use super::sides::{Sides, Weight};
use crate::p_value::PValue;
use crate::sample::SampleError;
use crate::tested::NoAnswer;
use crate::two_proportions::TwoProportions;

/// Compares the shares of rows that have something, `hits` of the reference and of the current
/// side.
///
/// Effect: their difference, whichever way. The test is that of two proportions; of dependent rows
/// the counts are first brought to effective ones.
///
/// # Errors
/// A side has no rows, or fewer rows than hits.
pub fn difference(
    aspect: Aspect,
    hits: [u64; 2],
    sides: Sides,
    minimum: f64,
) -> Result<Facet, NoAnswer> {
    let [x, y] = hits;
    let [n, m] = [sides.reference.rows, sides.current.rows];
    if n == 0 || m == 0 {
        return Err(SampleError::Empty.into());
    }
    let effect = (y as f64 / m as f64 - x as f64 / n as f64).abs();
    Ok(Facet {
        aspect,
        observed: effect,
        effect,
        half_width: None,
        sketch_error: 0.0,
        hidden: 0.0,
        minimum,
        noise: None,
        test: Test::TwoProportions,
        p: p_value(hits, sides)?,
        sides,
        power: Power::Share((x + y) as f64 / (n + m) as f64),
    })
}

/// Returns the p-value of two equal shares.
pub(super) fn p_value([x, y]: [u64; 2], sides: Sides) -> Result<PValue, NoAnswer> {
    let (reference, current) = (sides.reference, sides.current);
    let counts = |side: Weight, hits| (side.scaled(hits), side.scaled(side.rows).max(1));
    let both = TwoProportions::new(counts(reference, x), counts(current, y))?;
    Ok(sides.by_blocks(both.test()?.p)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_moved_is_an_effect_of_either_sign() {
        let of = |hits| difference(Aspect::Missing, hits, Sides::independent(1000, 500), 0.05);
        let (more, fewer) = (of([100, 100]).unwrap(), of([200, 50]).unwrap());
        assert!((more.effect - 0.1).abs() < 1e-12 && (fewer.effect - 0.1).abs() < 1e-12);
        assert!(more.p.get() < 1e-5 && more.half_width.is_none());
        assert_eq!(of([0, 0]).unwrap().p, PValue::ONE);
        assert!(of([0, 501]).is_err());
        assert!(difference(Aspect::Missing, [0, 0], Sides::independent(0, 1), 0.05).is_err());
    }

    #[test]
    fn hits_that_come_in_blocks_say_less() {
        let weight = Weight::clustered(2400, 24.0, 100);
        let by_block = Sides { reference: weight, current: weight };
        let hits = [240, 360];
        let by_row = p_value(hits, Sides::independent(2400, 2400)).unwrap();
        assert!(by_row.get() < 1e-6 && p_value(hits, by_block).unwrap().get() > 0.1);
    }
}
