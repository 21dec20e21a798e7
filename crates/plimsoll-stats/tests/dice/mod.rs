//! Random numbers for simulations; what a simulation needs besides, it adds itself.

use plimsoll_stats::random::{Random, Seed};

/// Random numbers one after the other.
pub(crate) struct Dice {
    random: Random,
    position: u64,
}

impl Dice {
    pub(crate) fn new(purpose: &str, run: u64) -> Self {
        Self { random: Random::new(Seed::from(run), purpose), position: 0 }
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.position += 1;
        self.random.unit(self.position)
    }

    pub(crate) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}
