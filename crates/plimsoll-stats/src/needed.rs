//! How much more evidence would settle an open question.

use crate::estimate::Estimate;
use crate::interval::Level;
use crate::quantile::normal_upper;

/// The evidence with which an interval would end at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The rows in all, not on top of those that are there; rounded up to two digits.
    pub rows: u64,
    /// The blocks in all, where blocks were declared; rounded up to two digits.
    pub blocks: Option<u64>,
}

/// On which side of a limit a number has to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At the limit or above.
    Above,
    /// At the limit or below.
    Below,
}

/// The chance with which a verdict is to be reached by the rows that are asked for.
pub const POWER: f64 = 0.8;

/// Returns with how much evidence like the present the interval would reach `limit` and no
/// further, if the estimate stays where it is.
///
/// The half of the interval that faces the limit shrinks with the root of the sample, so `n (half /
/// distance)^2` rows or blocks are needed. It is an even bet at best: the estimate will move. There
/// is no answer if the estimate is on the wrong side (more rows of the same would not help), on
/// the limit, or without an interval; nor where the half has no width, which is no open question.
pub fn needed(estimate: &Estimate, limit: f64, side: Side) -> Option<Needed> {
    let ends = estimate.interval?.judged();
    let (distance, half) = match side {
        Side::Above => (estimate.value - limit, estimate.value - ends.low),
        Side::Below => (limit - estimate.value, ends.high - estimate.value),
    };
    scaled(estimate, half, distance)
}

/// Returns with how much evidence like the present a gain would be told from the `required` one in
/// [`POWER`] of all cases, whichever side of it the gain is on.
///
/// `planned` is the gain that is counted on; without it the one that was seen, which is optimistic:
/// of gains that came out large, most are smaller. With the standard error `se` of the estimate,
/// `n ((z(a) + z(.2)) se / |gain - required|)^2` rows or blocks, a the error of one end; the half of
/// the interval that faces the required gain is taken as `z(a) se`, which covers blocks and skewed
/// errors as well. No answer on the limit, without an interval, or where there is no width.
pub fn to_settle(estimate: &Estimate, required: f64, planned: Option<f64>) -> Option<Needed> {
    let interval = estimate.interval?;
    let ends = interval.judged();
    let gain = planned.unwrap_or(estimate.value);
    let (distance, half) = if gain > required {
        (gain - required, estimate.value - ends.low)
    } else {
        (required - gain, ends.high - estimate.value)
    };
    let level = Level::of_tail((1.0 - interval.level) / 2.0)?;
    let judged = if interval.wide.is_some() { level.wider() } else { level };
    let z = normal_upper(judged.tail());
    scaled(estimate, half * (z + normal_upper(1.0 - POWER)) / z, distance)
}

/// Returns how many rows tell a mean from one that is `difference` away in [`POWER`] of all cases:
/// `((z(a) + z(.2)) sd / difference)^2`, times `design_effect` where rows depend on each other.
///
/// `sd` is the standard deviation of a row and a the error of one end at `level`. Nothing if there
/// is no difference or no deviation.
pub fn rows_for_mean(sd: f64, difference: f64, design_effect: f64, level: Level) -> Option<u64> {
    let reach = normal_upper(level.tail()) + normal_upper(1.0 - POWER);
    planned(design_effect * (reach * sd / difference).powi(2))
}

/// Returns how many rows show that one model is right more often, in [`POWER`] of all cases:
/// `(z(a) sqrt(psi) + z(.2) sqrt(psi - d^2))^2 / d^2` (Connor 1987).
///
/// `discordant` (psi) is the share of rows on which only one of the two is right, `difference` (d)
/// that of their shares of right answers. Nothing unless `0 < |d| <= psi <= 1`.
pub fn rows_for_mcnemar(discordant: f64, difference: f64, level: Level) -> Option<u64> {
    let square = difference * difference;
    if !(difference.abs() <= discordant && discordant <= 1.0) {
        return None;
    }
    let (a, b) = (normal_upper(level.tail()), normal_upper(1.0 - POWER));
    planned((a * discordant.sqrt() + b * (discordant - square).sqrt()).powi(2) / square)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e15")]
fn planned(rows: f64) -> Option<u64> {
    (rows > 0.0 && rows < MOST).then(|| rows.ceil() as u64)
}

/// The evidence with which a half of this width would be as wide as `distance`.
fn scaled(estimate: &Estimate, half: f64, distance: f64) -> Option<Needed> {
    if !(distance > 0.0 && half > 0.0) {
        return None;
    }
    let times = (half / distance).powi(2);
    let rows = round_up(estimate.rows, times)?;
    let blocks = match estimate.blocks {
        Some(blocks) => Some(round_up(blocks, times)?),
        None => None,
    };
    Some(Needed { rows, blocks })
}

/// What no one could collect is no answer.
const MOST: f64 = 1e15;

/// Rounds up to two digits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1e15")]
fn round_up(count: usize, times: f64) -> Option<u64> {
    let exact = count as f64 * times;
    if exact.is_nan() || exact > MOST {
        return None;
    }
    // Rounding of the factors must not ask for one row more.
    let exact = (exact * (1.0 - 1e-9)).ceil() as u64;
    let unit = 10_u64.pow(exact.max(1).ilog10().saturating_sub(1));
    Some(exact.next_multiple_of(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Blocks;
    use crate::interval::{Ends, Interval, Method};

    fn estimate(blocks: &Blocks) -> Estimate {
        let ends = Ends { low: 0.16, high: 0.22 };
        let interval = Interval::new(Level::USUAL, |_| ends, Method::BootT, None);
        Estimate::new(0.18, Some(interval), blocks)
    }

    #[test]
    fn the_half_that_faces_the_limit_has_to_shrink() {
        let rows = estimate(&Blocks::rows(500));
        // 500 (0.04 / 0.02)^2 = 2000, 500 (0.04 / 0.03)^2 = 888.9
        assert_eq!(needed(&rows, 0.20, Side::Below).unwrap().rows, 2_000);
        assert_eq!(needed(&rows, 0.21, Side::Below).unwrap(), Needed { rows: 890, blocks: None });
        // 500 (0.02 / 0.01)^2
        assert_eq!(needed(&rows, 0.17, Side::Above).unwrap().rows, 2_000);
    }

    #[test]
    fn blocks_are_counted_as_well() {
        let labels: Vec<u32> = (0..500).map(|row| row / 50).collect();
        let blocks = estimate(&Blocks::of_labels(&labels));
        let needed = needed(&blocks, 0.20, Side::Below).unwrap();
        assert_eq!(needed, Needed { rows: 2_000, blocks: Some(40) });
    }

    #[test]
    fn either_side_can_be_settled_with_power() {
        let rows = estimate(&Blocks::rows(500));
        let factor =
            ((1.959_963_984_540_054 + 0.841_621_233_572_914_3) / 1.959_963_984_540_054_f64).powi(2);
        let near = |needed: Option<Needed>, halves: f64| {
            let (found, exact) = (needed.unwrap().rows as f64, 500.0 * halves * halves * factor);
            assert!(found >= exact && found < 1.1 * exact, "{found} for {exact}");
        };
        // The lower half is 0.02 wide, the upper one 0.04.
        near(to_settle(&rows, 0.17, None), 2.0);
        near(to_settle(&rows, 0.20, None), 2.0);
        near(to_settle(&rows, 0.17, Some(0.174)), 5.0);
        assert_eq!(to_settle(&rows, 0.18, None), None);
        assert_eq!(to_settle(&rows, f64::NAN, None), None);
    }

    #[test]
    fn rows_agree_with_statsmodels() {
        // references/comparison.py: statsmodels 0.15.0 normal_sample_size_one_tail
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let rows = |exact: f64| Some(exact.ceil() as u64);
        assert_eq!(rows_for_mean(2.5, 0.3, 1.0, Level::USUAL), rows(545.061_092_663_131_3));
        assert_eq!(rows_for_mean(2.5, -0.3, 1.7, Level::USUAL), rows(1.7 * 545.061_092_663_131_3));
        assert_eq!(rows_for_mcnemar(0.1, 0.02, Level::USUAL), rows(1_959.860_407_125_372_6));
        assert_eq!(rows_for_mcnemar(0.1, -0.02, Level::USUAL), rows(1_959.860_407_125_372_6));
        assert_eq!(rows_for_mcnemar(0.1, 0.2, Level::USUAL), None);
        assert_eq!(rows_for_mcnemar(0.1, 0.0, Level::USUAL), None);
        assert_eq!(rows_for_mean(0.0, 0.3, 1.0, Level::USUAL), None);
        assert_eq!(rows_for_mean(2.5, 0.0, 1.0, Level::USUAL), None);
    }

    #[test]
    fn the_wrong_side_is_not_mended_by_rows() {
        let rows = estimate(&Blocks::rows(500));
        assert_eq!(needed(&rows, 0.17, Side::Below), None);
        assert_eq!(needed(&rows, 0.18, Side::Below), None);
        assert_eq!(needed(&rows, f64::NAN, Side::Below), None);
        assert_eq!(needed(&rows, 0.18 + 1e-12, Side::Below), None);
    }
}
