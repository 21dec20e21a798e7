//! Errors of a canary next to those of what it is to replace.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::odds::Odds;
use super::{Aim, SequentialError, between_0_and_1, positive};

/// Watches on which side errors fall, of which the canary may have `ratio` times the rate.
///
/// Where an error occurs, it fell on the canary with the chance `w r / (w r + 1 - w)`, w being the
/// canary's share of the traffic at that moment and r the ratio: requests without an error need
/// not be counted, the rate of errors may change over the day and the share at any time. Only which
/// side a request goes to must be a matter of chance. Where users stay on one side, count the first
/// error of each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", rename_all = "kebab-case")]
pub struct ErrorRates {
    ratio: f64,
    odds: Odds,
}

/// As it was stored, not yet known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    ratio: f64,
    odds: Odds,
}

impl ErrorRates {
    /// Starts to watch. For harm `ratio` is the one that is tolerated, 1 if none is; for fitness the
    /// one that is to be excluded, above 1.
    ///
    /// # Errors
    /// The ratio is not above 0 and finite.
    pub fn new(aim: Aim, ratio: f64) -> Result<Self, SequentialError> {
        Ok(Self { ratio: positive("the ratio of error rates", ratio)?, odds: Odds::new(aim) })
    }

    /// Takes in an error, while the canary had this `share` of the traffic.
    ///
    /// # Errors
    /// The share is not between 0 and 1: then there is no other side.
    pub fn see(&mut self, share: f64, on_canary: bool) -> Result<Evidence, SequentialError> {
        let share = between_0_and_1("the canary's share of the traffic", share)?;
        let weight = share * self.ratio;
        // So extreme a share and ratio that they leave nothing to chance tell nothing.
        let chance = between_0_and_1("the chance of the canary", weight / (weight + 1.0 - share))?;
        self.odds.see(chance, on_canary);
        Ok(self.evidence())
    }

    /// Returns the evidence so far; its rows are errors.
    pub fn evidence(&self) -> Evidence {
        self.odds.evidence()
    }
}

impl TryFrom<Stored> for ErrorRates {
    type Error = SequentialError;

    fn try_from(stored: Stored) -> Result<Self, SequentialError> {
        let ratio = positive("the ratio of error rates", stored.ratio)?;
        Ok(Self { ratio, odds: stored.odds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formula_written_out() {
        // references/sequential.py
        let mut harm = ErrorRates::new(Aim::Harm, 1.0).unwrap();
        let mut fit = ErrorRates::new(Aim::Fit, 1.5).unwrap();
        for event in 0..400_u32 {
            let share = if event < 150 { 0.05 } else { 0.2 };
            harm.see(share, event % 4 == 0).unwrap();
            fit.see(share, event % 11 == 0).unwrap();
        }
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9 * expected.abs(), "{found} not {expected}");
        };
        near(harm.evidence().ln, 14.509_678_573_892_591);
        near(fit.evidence().ln, 15.585_882_598_225_853);
        near(fit.evidence().largest, 15.810_754_519_966_123);
        assert_eq!(harm.evidence().seen, 400);
    }

    #[test]
    fn a_stored_test_goes_on_where_it_was() {
        let mut test = ErrorRates::new(Aim::Harm, 1.2).unwrap();
        let mut stored = test;
        for event in 0..100 {
            test.see(0.3, event % 2 == 0).unwrap();
            stored.see(0.3, event % 2 == 0).unwrap();
            stored = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        }
        assert_eq!(stored, test);
        let spoiled = serde_json::to_string(&test).unwrap().replacen("1.2", "-1.2", 1);
        let error = serde_json::from_str::<ErrorRates>(&spoiled).unwrap_err().to_string();
        assert!(error.contains("the ratio of error rates is -1.2"), "{error}");
    }

    #[test]
    fn without_another_side_there_is_no_test() {
        let mut test = ErrorRates::new(Aim::Harm, 1.0).unwrap();
        for share in [0.0, 1.0, f64::NAN, -0.1] {
            assert!(test.see(share, true).is_err());
        }
        assert_eq!(test.evidence(), Evidence::default());
        for ratio in [0.0, f64::NAN, f64::INFINITY] {
            assert!(ErrorRates::new(Aim::Harm, ratio).is_err());
        }
    }
}
