//! How often a limit is exceeded: latency and other quantiles.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::odds::Odds;
use super::{Aim, SequentialError, between_0_and_1};

/// Watches whether more than a share of the rows exceeds a limit, such as 1 % a latency of 50 ms:
/// whether the 99 % quantile is above it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", rename_all = "kebab-case")]
pub struct Exceedances {
    share: f64,
    odds: Odds,
}

/// As it was stored, not yet known to make sense.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    share: f64,
    odds: Odds,
}

impl Exceedances {
    /// Starts to watch for more than this `share` (harm) or for less (fitness).
    ///
    /// # Errors
    /// The share is not between 0 and 1.
    pub fn new(aim: Aim, share: f64) -> Result<Self, SequentialError> {
        let share = between_0_and_1("the share that may exceed the limit", share)?;
        Ok(Self { share, odds: Odds::new(aim) })
    }

    /// Takes in whether a row exceeds the limit.
    pub fn see(&mut self, exceeds: bool) -> Evidence {
        self.odds.see(self.share, exceeds);
        self.evidence()
    }

    /// Returns the evidence so far.
    pub fn evidence(&self) -> Evidence {
        self.odds.evidence()
    }
}

impl TryFrom<Stored> for Exceedances {
    type Error = SequentialError;

    fn try_from(stored: Stored) -> Result<Self, SequentialError> {
        let share = between_0_and_1("the share that may exceed the limit", stored.share)?;
        Ok(Self { share, odds: stored.odds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formula_written_out() {
        // references/sequential.py
        let mut harm = Exceedances::new(Aim::Harm, 0.01).unwrap();
        for row in 0..600_u32 {
            harm.see(row % 40 == 7);
        }
        let found = harm.evidence().ln;
        assert!((found - 3.426_485_000_517_287).abs() < 1e-9, "{found}");
    }

    #[test]
    fn a_quantile_that_holds_is_shown_to_hold() {
        let mut fit = Exceedances::new(Aim::Fit, 0.05).unwrap();
        let mut harm = Exceedances::new(Aim::Harm, 0.05).unwrap();
        for row in 0..800_u32 {
            fit.see(row % 100 == 0);
            harm.see(row % 100 == 0);
        }
        assert!(fit.evidence().rejects(0.05) && !harm.evidence().rejects(0.05));
        assert!(Exceedances::new(Aim::Fit, 1.0).is_err());
    }
}
