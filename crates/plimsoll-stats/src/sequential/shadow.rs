//! Losses of a challenger that answers the same rows as the champion.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, ln_sum};
use super::{Aim, SequentialError, positive};

/// The stakes of the bets that stay the same, as shares of the largest.
const STAKES: [f64; 4] = [0.01, 0.03, 0.1, 0.3];

/// Watches the mean of the challenger's loss less the champion's, both capped.
///
/// Testing by betting (Waudby-Smith and Ramdas 2024): with x how far the difference is beyond the
/// margin, in the direction to be shown, and x at least -b, the evidence is
/// `1/2 product of (1 + l_t x_t) + 1/8 sum over g in {.01, .03, .1, .3} of product of (1 + g x_t / b)`.
/// The stake `l_t` is the mean over the mean square of the x so far, one pseudo-row with the square
/// `cap^2 / 4` included, from 0 to `.5 / b`.
///
/// Losses are capped **before** they are subtracted, so that what is tested is exactly the mean
/// capped loss; capping differences would move a skewed mean. A cap that only 1 in 1,000 of the
/// champion's losses exceeds costs little.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Shadow {
    stored: Stored,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    aim: Aim,
    cap: f64,
    margin: f64,
    sum: f64,
    squares: f64,
    /// The logarithms of the bet that adapts and of those that do not.
    bets: [f64; 5],
    evidence: Evidence,
}

impl Shadow {
    /// Starts to watch losses from 0 to `cap`, which is 1 for right or wrong.
    ///
    /// For harm the margin is what the challenger may lose more than the champion, 0 if nothing;
    /// for fitness what it is shown to lose less than: above 0 a little harm is tolerated, below 0
    /// a gain is asked for.
    ///
    /// # Errors
    /// The cap is not above 0 and finite, or the margin not between -cap and cap.
    pub fn new(aim: Aim, cap: f64, margin: f64) -> Result<Self, SequentialError> {
        Stored {
            aim,
            cap,
            margin,
            sum: 0.0,
            squares: 0.0,
            bets: [0.0; 5],
            evidence: Evidence::default(),
        }
        .try_into()
    }

    /// Takes in the losses of both on one row.
    ///
    /// # Errors
    /// A loss is below 0, NaN or infinite.
    pub fn see(&mut self, champion: f64, challenger: f64) -> Result<Evidence, SequentialError> {
        let state = &mut self.stored;
        let capped = |loss: f64| match loss {
            loss if loss >= 0.0 && loss.is_finite() => Ok(loss.min(state.cap)),
            value => Err(SequentialError::NoLoss { value }),
        };
        let worse = capped(challenger)? - capped(champion)?;
        let beyond = match state.aim {
            Aim::Harm => worse - state.margin,
            Aim::Fit => state.margin - worse,
        };
        let reach = state.reach();
        let seen = state.evidence.seen as f64 + 1.0;
        let (mean, square) =
            (state.sum / seen, (state.squares + state.cap * state.cap / 4.0) / seen);
        let adapted = (mean / square).clamp(0.0, 0.5 / reach);
        state.bets[0] += (adapted * beyond).ln_1p();
        for (bet, stake) in state.bets[1..].iter_mut().zip(STAKES) {
            *bet += (stake * beyond / reach).ln_1p();
        }
        state.sum += beyond;
        state.squares += beyond * beyond;
        let shares = [2.0, 8.0, 8.0, 8.0, 8.0_f64];
        let terms: [f64; 5] = std::array::from_fn(|bet| state.bets[bet] - shares[bet].ln());
        state.evidence.follow(ln_sum(&terms));
        Ok(state.evidence)
    }

    /// Returns the evidence so far.
    pub fn evidence(&self) -> Evidence {
        self.stored.evidence
    }
}

impl Stored {
    /// How far below the margin a difference may lie.
    fn reach(&self) -> f64 {
        match self.aim {
            Aim::Harm => self.cap + self.margin,
            Aim::Fit => self.cap - self.margin,
        }
    }
}

impl TryFrom<Stored> for Shadow {
    type Error = SequentialError;

    fn try_from(stored: Stored) -> Result<Self, SequentialError> {
        let Stored { cap, margin, .. } = stored;
        positive("the cap of losses", cap)?;
        if !(margin > -cap && margin < cap) {
            return Err(SequentialError::MarginBeyondCap { margin, cap });
        }
        Ok(Self { stored })
    }
}

impl From<Shadow> for Stored {
    fn from(shadow: Shadow) -> Self {
        shadow.stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(row: u32) -> (f64, f64) {
        let row = f64::from(row);
        (2.0 + (0.7 * row).sin(), 2.3 + (0.7 * row).sin() + 0.8 * (1.9 * row).cos())
    }

    #[test]
    fn agrees_with_the_formula_written_out() {
        // references/sequential.py
        let mut harm = Shadow::new(Aim::Harm, 3.0, 0.1).unwrap();
        let mut fit = Shadow::new(Aim::Fit, 3.0, 0.6).unwrap();
        for row in 0..500 {
            let (champion, challenger) = losses(row);
            harm.see(champion, challenger).unwrap();
            fit.see(champion, challenger).unwrap();
        }
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-9 * expected.abs(), "{found} not {expected}");
        };
        near(harm.evidence().ln, 3.969_729_467_902_480_4);
        near(fit.evidence().ln, 38.899_318_786_005_29);
    }

    #[test]
    fn a_stored_test_goes_on_where_it_was() {
        let mut test = Shadow::new(Aim::Harm, 3.0, 0.1).unwrap();
        let mut stored = test;
        for row in 0..100 {
            let (champion, challenger) = losses(row);
            test.see(champion, challenger).unwrap();
            stored.see(champion, challenger).unwrap();
            stored = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        }
        assert_eq!(stored, test);
        let spoiled = serde_json::to_string(&test).unwrap().replace("\"cap\":3.0", "\"cap\":0.0");
        assert!(serde_json::from_str::<Shadow>(&spoiled).is_err());
    }

    #[test]
    fn the_worst_row_never_ends_a_test() {
        let mut harm = Shadow::new(Aim::Harm, 1.0, 0.9).unwrap();
        let mut fit = Shadow::new(Aim::Fit, 1.0, 0.9).unwrap();
        for _ in 0..1_000 {
            assert!(harm.see(1.0, 0.0).unwrap().ln.is_finite());
            assert!(fit.see(0.0, 1.0).unwrap().ln.is_finite());
        }
        assert!(!harm.evidence().rejects(0.5) && !fit.evidence().rejects(0.5));
    }

    #[test]
    fn what_is_no_loss_is_refused_and_forgotten() {
        let mut test = Shadow::new(Aim::Harm, 1.0, 0.0).unwrap();
        for loss in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(test.see(loss, 0.5).is_err() && test.see(0.5, loss).is_err());
        }
        assert_eq!(test.evidence(), Evidence::default());
        for margin in [1.0, -1.0, f64::NAN] {
            assert!(Shadow::new(Aim::Harm, 1.0, margin).is_err());
        }
        assert!(Shadow::new(Aim::Harm, 0.0, 0.0).is_err());
    }
}
