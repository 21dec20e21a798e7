//! How much the rows of a reference and of current data say.

use crate::p_value::{NotAProbability, PValue};
use crate::tails;

/// With fewer blocks on a side nothing is decided: a variance of so few is a guess.
pub const MIN_BLOCKS: u64 = 10;

/// The rows of one side, and how far they are from independent ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// How many rows there are, those without a value included.
    pub rows: u64,
    /// By what the variance of a share exceeds that of independent rows (Kish 1965), at least 1.
    pub design_effect: f64,
    /// How many blocks the rows fall into, where blocks were named.
    pub blocks: Option<u64>,
}

impl Weight {
    /// Takes every row for itself.
    pub fn independent(rows: u64) -> Self {
        Self { rows, design_effect: 1.0, blocks: None }
    }

    /// Takes rows that fall into blocks; see [`super::clusters`].
    pub fn clustered(rows: u64, design_effect: f64, blocks: u64) -> Self {
        Self { rows, design_effect: design_effect.max(1.0), blocks: Some(blocks) }
    }

    /// Takes rows that follow each other in time; see [`super::series`].
    pub fn in_order(rows: u64, design_effect: f64) -> Self {
        Self { rows, design_effect: design_effect.max(1.0), blocks: None }
    }

    /// Returns how many independent rows would say as much.
    pub fn effective(self) -> f64 {
        self.rows as f64 / self.design_effect
    }

    /// Returns `count` of these rows in independent ones, rounded.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most `count`")]
    pub(super) fn scaled(self, count: u64) -> u64 {
        (count as f64 / self.design_effect).round() as u64
    }
}

/// Both sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// What is compared with.
    pub reference: Weight,
    /// What is looked at.
    pub current: Weight,
}

impl Sides {
    /// Takes every row of both sides for itself.
    pub fn independent(reference: u64, current: u64) -> Self {
        Self { reference: Weight::independent(reference), current: Weight::independent(current) }
    }

    /// Returns `h = 1/n + 1/m` in effective rows, the scale of every variance; infinite where a
    /// side has no rows.
    pub fn unit(self) -> f64 {
        1.0 / self.reference.effective() + 1.0 / self.current.effective()
    }

    /// Returns by what [`unit`](Self::unit) exceeds that of independent rows.
    pub fn inflation(self) -> f64 {
        let counted = 1.0 / self.reference.rows as f64 + 1.0 / self.current.rows as f64;
        self.unit() / counted
    }

    /// Returns the fewest blocks of a side that has blocks.
    pub fn fewest_blocks(self) -> Option<u64> {
        match (self.reference.blocks, self.current.blocks) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// Tells whether blocks were named and a side has fewer than [`MIN_BLOCKS`].
    pub fn has_few_blocks(self) -> bool {
        self.fewest_blocks().is_some_and(|blocks| blocks < MIN_BLOCKS)
    }

    /// Returns the degrees of freedom of a variance between the fewest blocks.
    pub fn degrees(self) -> Option<f64> {
        self.fewest_blocks().map(|blocks| blocks.saturating_sub(1).max(1) as f64)
    }

    /// Returns `p` of a test that knows its variance, for one that has it from blocks.
    ///
    /// The z that belongs to p, two-sided, is read from Student's t with one degree of freedom less
    /// than there are blocks on the smaller side.
    pub(super) fn by_blocks(self, p: PValue) -> Result<PValue, NotAProbability> {
        match self.degrees() {
            Some(degrees) => tails::student_two_sided(normal_of(p), degrees),
            None => Ok(p),
        }
    }

    /// Returns the level at which a test of known variance has to be held so that, judged by
    /// blocks, it is held at `level`.
    pub(super) fn level_by_blocks(self, level: f64) -> f64 {
        let Some(degrees) = self.degrees() else { return level };
        let z = crate::quantile::student_upper(level / 2.0, degrees);
        tails::normal_two_sided(z).map_or(level, PValue::get).min(level)
    }
}

/// Returns the z of which `p` is the two-sided p-value, from 0 up; also where p is too small for a
/// float.
///
/// Newton's steps on the logarithm of the tail, which is concave, from above: they do not overshoot.
fn normal_of(p: PValue) -> f64 {
    let target = p.ln() - std::f64::consts::LN_2;
    if !target.is_finite() {
        return f64::INFINITY;
    }
    if target > -10.0 {
        return crate::quantile::normal_upper(target.exp()).max(0.0);
    }
    // The tail is below exp(-z^2 / 2), so its root is above.
    let mut z = (-2.0 * target).sqrt();
    for _ in 0..60 {
        let Ok(tail) = tails::normal(z) else { return z };
        // The slope of ln of the tail is -density / tail.
        let hazard = (-0.5 * z * z - 0.5 * std::f64::consts::TAU.ln() - tail.ln()).exp();
        let step = (tail.ln() - target) / hazard;
        z += step;
        if step.abs() < 1e-13 * z {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(ln: f64) -> PValue {
        PValue::from_ln(ln).unwrap()
    }

    #[test]
    fn z_of_a_p_value_agrees_with_scipy_in_the_far_tail_too() {
        // references/drift_decision.py: scipy 1.17.1 norm.isf, and norm.logsf solved for z
        assert!((normal_of(PValue::of(0.05).unwrap()) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((normal_of(PValue::of(1e-12).unwrap()) - 7.130_506_848_171_324).abs() < 1e-9);
        assert!((normal_of(p(-5000.0)) - 99.951_682_543_927_45).abs() < 1e-9);
        assert!(normal_of(PValue::ONE).abs() < 1e-9);
        assert!(normal_of(PValue::ZERO).is_infinite());
    }

    #[test]
    fn few_blocks_make_a_small_p_larger() {
        let blocks = |count| Sides {
            reference: Weight::clustered(8760, 9.0, 365),
            current: Weight::clustered(336, 9.0, count),
        };
        let small = PValue::of(1e-6).unwrap();
        let by_14 = blocks(14).by_blocks(small).unwrap();
        // references/drift_decision.py: 2 t.sf(norm.isf(5e-7), 13)
        assert!((by_14.get() / 2.944_482_931_720_753e-4 - 1.0).abs() < 1e-9, "{by_14}");
        assert!(blocks(300).by_blocks(small).unwrap() < by_14);
        assert!(blocks(9).has_few_blocks() && !blocks(10).has_few_blocks());
        assert_eq!(Sides::independent(10, 10).by_blocks(small).unwrap(), small);
    }

    #[test]
    fn a_level_by_blocks_is_the_one_that_by_blocks_undoes() {
        let sides = Sides {
            reference: Weight::clustered(100, 2.0, 20),
            current: Weight::clustered(100, 2.0, 30),
        };
        let level = sides.level_by_blocks(0.0005);
        let back = sides.by_blocks(PValue::of(level).unwrap()).unwrap().get();
        assert!((back / 0.0005 - 1.0).abs() < 1e-6, "{level} {back}");
    }

    #[test]
    fn dependent_rows_say_less() {
        let sides = Sides {
            reference: Weight::clustered(1000, 4.0, 50),
            current: Weight::independent(500),
        };
        assert!((sides.unit() - (4.0 / 1000.0 + 1.0 / 500.0)).abs() < 1e-15);
        assert!((sides.inflation() - 2.0).abs() < 1e-12);
        assert_eq!((sides.fewest_blocks(), sides.degrees()), (Some(50), Some(49.0)));
        assert!(Sides::independent(0, 5).unit().is_infinite());
    }
}
