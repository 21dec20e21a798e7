//! Facets of what has an order: numbers, times of day, lengths.

use super::facet::{Aspect, Facet, Test};
use super::ladder::Ladder;
use super::power::Power;
use super::sides::Sides;
use crate::hypergeometric::Hypergeometric;
use crate::kolmogorov_smirnov::{gap, p_of};
use crate::p_value::PValue;
use crate::sample::SampleError;
use crate::tested::NoAnswer;

/// The median by which the distance exceeds a true one near 0.1, in units of `sqrt(h)`.
const BIAS: f64 = 0.3;

/// The median distance where nothing changed, in units of `sqrt(h)`.
const NOISE: f64 = 0.87;

/// The largest standard deviation of a distance, in units of `sqrt(h)`: that of a share of a half.
const SPREAD: f64 = 0.5;

const Z_95: f64 = 1.96;

/// A tail counts only if this share of the current rows is in it beyond what the reference has.
const LEAST_TAIL: f64 = 0.01;

/// Returns the noise of a distance of these sides where nothing changed, at least.
pub(super) fn noise(sides: Sides) -> f64 {
    NOISE * sides.unit().sqrt()
}

/// Compares where values lie, by the Kolmogorov-Smirnov distance.
///
/// `D = sup |F - G|`, rows without a value before every value; the effect is `D - 0.3 sqrt(h)`, at
/// least 0. p is exact for few rows and that of Kolmogorov's law at `D / sqrt(h)` otherwise, which
/// ties make conservative. Read from sketches, D is off by at most `sketch_error`, and p is that of
/// a distance so much smaller.
///
/// # Errors
/// A side has no rows, or values that are not in order.
pub fn shape(
    aspect: Aspect,
    [reference, current]: [&Ladder<'_>; 2],
    sides: Sides,
    minimum: f64,
    sketch_error: f64,
) -> Result<Facet, NoAnswer> {
    let gap = gap(reference.ordered(), current.ordered())?;
    let unit = sides.unit();
    let independent = sides == Sides::independent(reference.rows(), current.rows());
    let p = if independent && sketch_error <= 0.0 {
        gap.test().p
    } else {
        let sure = (gap.distance - sketch_error).max(0.0);
        p_of(sure, sides.reference.effective(), sides.current.effective())?
    };
    Ok(Facet {
        aspect,
        observed: gap.distance,
        effect: (gap.distance - BIAS * unit.sqrt()).max(0.0),
        half_width: Some(Z_95 * SPREAD * unit.sqrt()),
        sketch_error,
        hidden: 0.0,
        minimum,
        noise: Some(noise(sides)),
        test: Test::KolmogorovSmirnov,
        p: sides.by_blocks(p)?,
        sides,
        power: Power::Distance,
    })
}

/// Returns the reference's order statistics beyond which its tails begin: 0.1 % of its values are
/// below the first or it, and as many above the second or it. None without values.
pub fn tail_limits(reference: &Ladder<'_>) -> Option<[f64; 2]> {
    let filled = reference.filled();
    let rank = filled.div_ceil(1000).max(1);
    Some([reference.at_rank(rank)?, reference.at_rank((filled + 1).checked_sub(rank)?)?])
}

/// Returns how many rows lie strictly beyond the reference's [`tail_limits`], of the reference and
/// of the current side: below, then above. None where the reference has no values.
pub fn beyond(reference: &Ladder<'_>, current: &Ladder<'_>) -> Option<[[u64; 2]; 2]> {
    let [low, high] = tail_limits(reference)?;
    let sides = [reference, current];
    let above = |side: &Ladder<'_>| side.filled() - side.up_to(high);
    Some([sides.map(|side| side.below(low)), sides.map(above)])
}

/// Compares how many rows lie [`beyond`] the reference's order statistics at 0.1 % and 99.9 %.
///
/// Effect: by how much the current shares exceed the reference's, both tails added. Given how many
/// rows of both sides lie beyond, those of the current side are hypergeometric where nothing
/// changed, whatever the values; both tails are one test (Bonferroni), and a tail with an excess
/// below 0.01 counts as p = 1.
///
/// # Errors
/// A side has no rows, or fewer than lie beyond.
pub fn tails(beyond: [[u64; 2]; 2], sides: Sides, minimum: f64) -> Result<Facet, NoAnswer> {
    let (n, m) = (sides.reference.rows, sides.current.rows);
    if n == 0 || m == 0 {
        return Err(SampleError::Empty.into());
    }
    let (mut effect, mut p) = (0.0, PValue::ONE);
    for [x, y] in beyond {
        let excess = y as f64 / m as f64 - x as f64 / n as f64;
        effect += excess.max(0.0);
        if excess >= LEAST_TAIL {
            p = p.min(one_tail(x, y, sides)?);
        }
    }
    let rows: u64 = beyond.iter().flatten().sum();
    Ok(Facet {
        aspect: Aspect::Tails,
        observed: effect,
        effect,
        half_width: None,
        sketch_error: 0.0,
        hidden: 0.0,
        minimum,
        noise: None,
        test: Test::ExactTails,
        p: sides.by_blocks(p.bonferroni(2))?,
        sides,
        power: Power::Share(rows as f64 / (n + m) as f64),
    })
}

fn one_tail(x: u64, y: u64, sides: Sides) -> Result<PValue, NoAnswer> {
    let [n, m] = [sides.reference, sides.current].map(|side| side.scaled(side.rows));
    let (x, y) = (sides.reference.scaled(x), sides.current.scaled(y));
    let drawn = Hypergeometric::new(n + m, x + y, m).map_err(|_| NoAnswer::OutOfRange)?;
    Ok(drawn.at_least(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u32, from: u32) -> Vec<f64> {
        (from..from + count).map(f64::from).collect()
    }

    #[test]
    fn missing_rows_come_before_every_value() {
        let values = numbers(90, 0);
        let full = Ladder::of_rows(0, &values[..]);
        let part = Ladder::of_rows(10, &values[..]);
        let facet = shape(Aspect::Shape, [&full, &part], Sides::independent(90, 100), 0.1, 0.0);
        assert!((facet.unwrap().observed - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_shift_of_half_the_rows_is_an_effect_of_a_half_less_its_bias() {
        let (a, b) = (numbers(10_000, 0), numbers(10_000, 5_000));
        let sides = Sides::independent(10_000, 10_000);
        let both = [&Ladder::of_rows(0, &a[..]), &Ladder::of_rows(0, &b[..])];
        let facet = shape(Aspect::Shape, both, sides, 0.1, 0.0).unwrap();
        assert!((facet.observed - 0.5).abs() < 1e-12);
        assert!((facet.effect - (0.5 - 0.3 * 0.0002_f64.sqrt())).abs() < 1e-12);
        // references/drift_decision.py: kolmogorov's law is ln 2 - 2 D^2 / h this far out
        assert!((facet.p.ln() - (2.0_f64.ln() - 2500.0)).abs() < 1e-9);
        assert!(!facet.is_at_the_limit());
        // A sketch that may be off by 0.4 leaves little sure, and the minimum within its reach.
        let rough = shape(Aspect::Shape, both, sides, 0.1, 0.4).unwrap();
        assert!(rough.p > facet.p && rough.is_within_sketch_error());
        assert!((rough.effect - facet.effect).abs() < 1e-15);
    }

    #[test]
    fn a_tail_is_seen_that_the_distance_does_not_see() {
        let a = numbers(10_000, 0);
        let mut b = numbers(9_600, 0);
        b.extend(numbers(400, 20_000));
        let sides = Sides::independent(10_000, 10_000);
        let both = [&Ladder::of_rows(0, &a[..]), &Ladder::of_rows(0, &b[..])];
        let facet = tails(beyond(both[0], both[1]).unwrap(), sides, 0.02).unwrap();
        // The reference has 9 rows above its 10th from above.
        assert!((facet.effect - (0.04 - 0.0009)).abs() < 1e-12, "{}", facet.effect);
        // references/drift_decision.py: 2 hypergeom.sf(399, 20000, 409, 10000)
        assert!((facet.p.ln() - TAILS_LN).abs() < 1e-9 * TAILS_LN.abs(), "{}", facet.p.ln());
        let same = tails(beyond(both[0], both[0]).unwrap(), sides, 0.02).unwrap();
        assert!(same.effect.abs() < 1e-12 && same.p == PValue::ONE);
    }

    const TAILS_LN: f64 = -245.440_878_321_351_4;

    #[test]
    fn few_effective_rows_make_a_tail_less_sure() {
        let a = numbers(8_760, 0);
        let mut b = numbers(312, 4_000);
        b.extend(numbers(24, 20_000)); // one stormy day of fourteen
        let counts = beyond(&Ladder::of_rows(0, &a[..]), &Ladder::of_rows(0, &b[..])).unwrap();
        let by_row = tails(counts, Sides::independent(8_760, 336), 0.02).unwrap();
        let by_day = Sides {
            reference: super::super::sides::Weight::clustered(8_760, 20.0, 365),
            current: super::super::sides::Weight::clustered(336, 24.0, 14),
        };
        let by_day = tails(counts, by_day, 0.02).unwrap();
        assert!(by_row.p.get() < 1e-20 && by_day.p.get() > 0.05, "{} {}", by_row.p, by_day.p);
    }

    #[test]
    fn nothing_to_compare_is_no_answer_and_constants_do_not_differ() {
        let (empty, some) = (Ladder::of_rows(0, &[]), Ladder::of_rows(0, &[1.0; 30]));
        let sides = Sides::independent(0, 30);
        assert!(shape(Aspect::Shape, [&empty, &some], sides, 0.1, 0.0).is_err());
        assert!(tails([[0, 1], [0, 1]], sides, 0.02).is_err());
        let missing = Ladder::of_rows(30, &[]);
        let sides = Sides::independent(30, 30);
        assert_eq!(beyond(&missing, &some), None);
        let alike = shape(Aspect::Shape, [&some, &some], sides, 0.1, 0.0).unwrap();
        assert!(alike.observed.abs() < 1e-12 && alike.p == PValue::ONE);
        let apart = shape(Aspect::Shape, [&missing, &some], sides, 0.1, 0.0).unwrap();
        assert!((apart.observed - 1.0).abs() < 1e-12);
    }
}
