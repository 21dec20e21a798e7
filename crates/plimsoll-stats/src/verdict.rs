//! Whether a challenger passes against a champion.

use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;

/// The gain over the champion that a challenger has to show.
///
/// It is in the unit of the gain that it is held against: a share of the champion's loss for a
/// relative gain, else the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    required: f64,
    /// Whether the gain has to be above it, not only at it.
    strict: bool,
}

impl Margin {
    /// Better at all: any gain above 0.
    pub const SUPERIOR: Self = Self { required: 0.0, strict: true };

    /// A gain of at least `gain`; nothing unless that is finite and above 0.
    pub fn gain_of(gain: f64) -> Option<Self> {
        (gain > 0.0 && gain.is_finite()).then_some(Self { required: gain, strict: false })
    }

    /// Worse by no more than `loss` (non-inferiority, ICH E9), which may be nothing: as good passes;
    /// nothing unless it is finite and not below 0.
    pub fn no_worse_than(loss: f64) -> Option<Self> {
        (loss >= 0.0 && loss.is_finite()).then_some(Self { required: -loss, strict: false })
    }

    /// Tells whether the gain has to be above what is required, not only at it.
    pub fn is_strict(self) -> bool {
        self.strict
    }

    /// Returns the gain that is required: 0 for superiority, below 0 where a loss is tolerated.
    pub fn required(self) -> f64 {
        self.required
    }
}

/// What a comparison shows about a margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The whole interval meets it.
    Pass,
    /// The whole interval misses it.
    Block,
    /// The interval holds it, or there is not enough evidence for a verdict.
    Inconclusive,
}

/// Returns whether the `gain` of a challenger meets `margin`.
///
/// With the interval [L, U] of the gain: pass if L is at least the required gain, block if U is
/// below it, inconclusive between. To be superior the gain has to be above 0, so a copy of the
/// champion is blocked rather than passed. An approximate interval is judged by its wider ends.
pub fn outcome(gain: &Estimate, margin: Margin) -> Outcome {
    let Some(interval) = gain.interval.filter(|_| gain.is_enough_evidence()) else {
        return Outcome::Inconclusive;
    };
    let (ends, required) = (interval.judged(), margin.required);
    let (meets, misses) = if margin.strict {
        (ends.low > required, ends.high <= required)
    } else {
        (ends.low >= required, ends.high < required)
    };
    // Whatever is not a number is neither.
    match (meets, misses) {
        (true, _) => Outcome::Pass,
        (_, true) => Outcome::Block,
        _ => Outcome::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Blocks;
    use crate::interval::{Ends, Interval, Level, Method, Remark};

    fn gain(low: f64, high: f64) -> Estimate {
        let ends = |level: Level| {
            let more = if level == Level::USUAL { 0.0 } else { 5.0 };
            Ends { low: low - more, high: high + more }
        };
        let interval = Interval::new(Level::USUAL, ends, Method::BootT, None);
        Estimate::new(f64::midpoint(low, high), Some(interval), &Blocks::rows(200))
    }

    fn at_least(required: f64) -> Margin {
        Margin::gain_of(required).unwrap()
    }

    #[test]
    fn both_ends_are_held_against_the_margin() {
        // A gain of 3.6 [1.4, 5.8] of 110.7 with 10 % required, and two more of the kind.
        assert_eq!(outcome(&gain(1.4, 5.8), at_least(11.07)), Outcome::Block);
        assert_eq!(outcome(&gain(-3.1, 0.7), at_least(11.07)), Outcome::Block);
        assert_eq!(outcome(&gain(45.4, 67.7), at_least(9.51)), Outcome::Pass);
        assert_eq!(outcome(&gain(1.4, 5.8), at_least(5.0)), Outcome::Inconclusive);
        assert_eq!(outcome(&gain(1.4, 5.8), Margin::SUPERIOR), Outcome::Pass);
        let tolerated = Margin::no_worse_than(3.2).unwrap();
        assert_eq!(outcome(&gain(-3.1, 0.7), tolerated), Outcome::Pass);
        assert_eq!(outcome(&gain(-9.0, -4.0), tolerated), Outcome::Block);
    }

    #[test]
    fn a_copy_of_the_champion_is_not_superior() {
        assert_eq!(outcome(&gain(0.0, 0.0), Margin::SUPERIOR), Outcome::Block);
        assert_eq!(outcome(&gain(0.0, 0.0), Margin::no_worse_than(0.1).unwrap()), Outcome::Pass);
    }

    #[test]
    fn what_is_hardly_known_is_inconclusive() {
        let mut rough = gain(1.4, 5.8);
        assert_eq!(outcome(&rough, at_least(1.0)), Outcome::Pass);
        if let Some(interval) = &mut rough.interval {
            interval.remark = Some(Remark::FewCarry);
            interval.wide = Some(Ends { low: 0.4, high: 7.0 });
        }
        assert_eq!(outcome(&rough, at_least(1.0)), Outcome::Inconclusive);
        for few in [Estimate { rows: 19, ..gain(1.4, 5.8) }, Estimate { interval: None, ..rough }] {
            assert_eq!(outcome(&few, at_least(1.0)), Outcome::Inconclusive);
        }
        assert_eq!(outcome(&gain(f64::NAN, f64::NAN), at_least(1.0)), Outcome::Inconclusive);
    }

    #[test]
    fn margins_are_finite_and_on_their_side() {
        for no_margin in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(
                (Margin::gain_of(no_margin), Margin::no_worse_than(no_margin)),
                (None, None)
            );
        }
        assert_eq!(Margin::gain_of(0.0), None);
        // As good is not worse, and not better.
        let no_worse = Margin::no_worse_than(0.0).unwrap();
        assert_eq!(outcome(&gain(0.0, 0.0), no_worse), Outcome::Pass);
        assert_eq!(outcome(&gain(0.0, 0.0), Margin::SUPERIOR), Outcome::Block);
        assert_eq!(outcome(&gain(-2.0, -1.0), no_worse), Outcome::Block);
    }
}
