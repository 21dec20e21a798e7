//! What a test could have seen, and how many rows would let it answer.

use serde::{Deserialize, Serialize};

use super::sides::Sides;
use crate::p_value::PValue;
use crate::quantile::normal_upper;
use crate::tails;

/// How large an effect has to be for a test to see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Power {
    /// The Kolmogorov-Smirnov distance.
    Distance,
    /// Total variation over so many cells.
    Cells(usize),
    /// A difference of shares, where both sides together have this share.
    Share(f64),
}

/// The chance with which a detectable effect is seen.
const POWER: f64 = 0.8;

impl Power {
    /// Returns the smallest effect that a test at `level` finds with a chance of 80 %, at most 1.
    ///
    /// Of a distance `(sqrt(-ln(a/2) / 2) + 0.42) sqrt(h)`; of K cells `sqrt(h l / 4)`, a shift that
    /// is even over cells of equal size, with l the noncentrality that gives a chi-square of K - 1
    /// degrees of freedom this power; of a share `(z(a/2) + 0.84) sqrt(P (1 - P) h)`, P taken to be
    /// at least what such an effect alone would make it.
    pub fn detectable(self, level: f64, sides: Sides) -> f64 {
        let (level, unit) = (sides.level_by_blocks(level), sides.unit());
        let effect = match self {
            Self::Distance => ((-(level / 2.0).ln() / 2.0).sqrt() + 0.42) * unit.sqrt(),
            Self::Cells(cells) if cells > 2 => {
                (unit * noncentrality(level, (cells - 1) as f64) / 4.0).sqrt()
            }
            Self::Cells(_) => share(level, 0.5, sides),
            Self::Share(both) => share(level, both, sides),
        };
        // Without rows on a side nothing is detectable.
        if effect.is_nan() { 1.0 } else { effect.min(1.0) }
    }
}

fn share(level: f64, both: f64, sides: Sides) -> f64 {
    let (unit, reach) = (sides.unit(), normal_upper(level / 2.0) + 0.84);
    let spread = reach * (both * (1.0 - both) * unit).sqrt();
    // Where neither side has the thing, an effect d of the current side alone makes P = d w.
    let current = sides.current.effective();
    let w = current / (current + sides.reference.effective());
    let alone = reach * reach * w * unit / (1.0 + reach * reach * w * w * unit);
    spread.max(alone)
}

/// Returns the noncentrality at which a chi-square test at `level` has a power of 80 %.
fn noncentrality(level: f64, degrees: f64) -> f64 {
    let limit = chi_square_upper(level, degrees);
    let power = |lambda: f64| noncentral_upper(limit, degrees, lambda);
    let mut high = 1.0;
    while power(high) < POWER && high < 1e9 {
        high *= 2.0;
    }
    bisect(0.0, high, |lambda| power(lambda) < POWER)
}

fn chi_square_upper(level: f64, degrees: f64) -> f64 {
    let above = |x: f64| tails::chi_square(x, degrees).map_or(0.0, PValue::get);
    let mut high = degrees.max(1.0);
    while above(high) > level && high < 1e9 {
        high *= 2.0;
    }
    bisect(0.0, high, |x| above(x) > level)
}

/// Returns where `low` turns from true to false between the ends.
fn bisect(mut from: f64, mut to: f64, low: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(from, to);
        if low(middle) { from = middle } else { to = middle }
    }
    f64::midpoint(from, to)
}

/// Returns the chance that a noncentral chi-square exceeds `x`: chi-squares of `degrees + 2 j`
/// degrees of freedom, weighted by a Poisson law of mean `lambda / 2` (Johnson, Kotz, Balakrishnan
/// 1995, chapter 29), from its mode outwards.
fn noncentral_upper(x: f64, degrees: f64, lambda: f64) -> f64 {
    let mean = lambda / 2.0;
    let mode = mean.floor();
    let central = |j: f64| tails::chi_square(x, degrees + 2.0 * j).map_or(0.0, PValue::get);
    let ln_weight = mode * mean.max(f64::MIN_POSITIVE).ln()
        - mean
        - statrs::function::gamma::ln_gamma(mode + 1.0);
    let (mut total, mut weight, mut j) = (0.0, ln_weight.exp(), mode);
    while weight > 1e-17 {
        total += weight * central(j);
        j += 1.0;
        weight *= mean / j;
    }
    (weight, j) = (ln_weight.exp(), mode);
    while j > 0.0 && weight > 1e-17 {
        weight *= j / mean;
        j -= 1.0;
        total += weight * central(j);
    }
    total
}

/// More rows than this are no answer.
const MOST: f64 = 1e15;

/// How many rows would give an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RowsNeeded {
    /// So many on each side.
    pub each: u64,
    /// So many on the current side if the reference stays as it is; absent where the reference is
    /// too small whatever the current side has.
    pub current: Option<u64>,
}

impl RowsNeeded {
    /// Returns what brings `noise` down to `wanted`, as it falls with the root of the rows; nothing
    /// where nobody could collect so many.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded up")]
    pub(super) fn to_reach(noise: f64, wanted: f64, sides: Sides) -> Option<Self> {
        let unit = sides.unit() * (wanted / noise).powi(2);
        let (reference, current) = (sides.reference, sides.current);
        let deff = reference.design_effect.max(current.design_effect);
        // 1e-9 so that a count which is whole is not rounded up by an error of rounding.
        let whole = |rows: f64| (rows - 1e-9).ceil().max(1.0) as u64;
        let left = unit - 1.0 / reference.effective();
        let each = 2.0 * deff / unit;
        let current = (left > 0.0).then(|| current.design_effect / left);
        (each < MOST).then(|| Self {
            each: whole(each),
            current: current.filter(|rows| *rows < MOST).map(whole),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noncentral_chances_agree_with_scipy() {
        // references/drift_decision.py: scipy 1.17.1 ncx2.sf
        for (x, degrees, lambda, expected) in NCX2 {
            let found = noncentral_upper(x, degrees, lambda);
            assert!((found / expected - 1.0).abs() < 1e-9, "{x} {degrees} {lambda}: {found}");
        }
        // references/drift_decision.py: brentq on ncx2.sf at chi2.isf
        for (level, degrees, expected) in LAMBDAS {
            let found = noncentrality(level, degrees);
            assert!((found / expected - 1.0).abs() < 1e-6, "{level} {degrees}: {found}");
        }
    }

    const NCX2: [(f64, f64, f64, f64); 4] = [
        (3.0, 1.0, 0.5, 0.160_055_573_060_173_9),
        (30.0, 9.0, 20.0, 0.422_797_320_795_387_95),
        (400.0, 199.0, 150.0, 0.057_628_596_717_083),
        (60.0, 4.0, 5.0, 1.170_403_218_241_609e-7),
    ];
    const LAMBDAS: [(f64, f64, f64); 3] = [
        (0.01 / 56.0, 4.0, 27.621_043_280_254_95),
        (0.01 / 56.0, 199.0, 103.337_987_189_593_96),
        (0.05, 1.0, 7.848_860_509_326_199),
    ];

    #[test]
    fn rows_that_decide_are_those_of_the_design() {
        // specs/statistics.md 1.4: 946 a side, or 473 against a very large other side.
        let noise = |sides: Sides| 0.87 * sides.unit().sqrt();
        let few = Sides::independent(200, 200);
        assert_eq!(RowsNeeded::to_reach(noise(few), 0.04, few).unwrap().each, 947);
        assert_eq!(RowsNeeded::to_reach(noise(few), 0.04, few).unwrap().current, None);
        let one = Sides::independent(1_000_000_000, 200);
        assert_eq!(RowsNeeded::to_reach(noise(one), 0.04, one).unwrap().current, Some(474));
    }

    #[test]
    fn more_rows_see_smaller_effects() {
        for power in [Power::Distance, Power::Cells(2), Power::Cells(10), Power::Share(0.0)] {
            let at = |rows| power.detectable(0.01 / 56.0, Sides::independent(rows, rows));
            assert!(at(100_000) < at(1_000) && at(1_000) < at(100), "{power:?}");
            assert!(at(0) >= 1.0, "{power:?}: {}", at(0));
        }
    }
}
