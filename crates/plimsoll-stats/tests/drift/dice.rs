//! Random numbers of the usual laws.

#[path = "../dice/mod.rs"]
mod shared;

pub(crate) use shared::Dice;

impl Dice {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below count")]
        let chosen = (self.unit() * count as f64) as usize;
        chosen.min(count - 1)
    }

    /// Marsaglia and Tsang 2000, for shapes of at least 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A binomial count: of many draws the middle order statistic is drawn, which halves them
    /// (Devroye 1986, X.4.3), so that it is exact whatever the number.
    pub(crate) fn binomial(&mut self, mut draws: u64, mut chance: f64) -> u64 {
        let mut hits = 0;
        while draws > 20 && chance > 0.0 && chance < 1.0 {
            let middle = draws.div_ceil(2);
            let (a, b) = (self.gamma(middle as f64), self.gamma((draws + 1 - middle) as f64));
            let at = a / (a + b);
            if at <= chance {
                hits += middle;
                draws -= middle;
                chance = (chance - at) / (1.0 - at);
            } else {
                draws = middle - 1;
                chance /= at;
            }
        }
        hits + (0..draws).filter(|_| self.unit() < chance).count() as u64
    }

    /// How many of `draws` fall on each of the chances.
    pub(crate) fn multinomial(&mut self, draws: u64, chances: &[f64]) -> Vec<u64> {
        let (mut left, mut rest) = (draws, chances.iter().sum::<f64>());
        let mut counts = Vec::with_capacity(chances.len());
        for &chance in chances {
            let hits = self.binomial(left, (chance / rest).clamp(0.0, 1.0));
            counts.push(hits);
            left -= hits;
            rest = (rest - chance).max(chance * 1e-12);
        }
        // What rounding left over belongs to the last.
        *counts.last_mut().unwrap() += left;
        counts
    }
}

#[test]
fn counts_have_the_mean_and_the_spread_of_their_law() {
    let mut dice = Dice::new("binomial", 1);
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..4_000 {
        let count = dice.binomial(1_000, 0.3) as f64;
        sum += count;
        squares += (count - 300.0).powi(2);
    }
    assert!((sum / 4_000.0 - 300.0).abs() < 1.0, "{sum}");
    assert!((squares / 4_000.0 / 210.0 - 1.0).abs() < 0.1, "{squares}");
    let counts = dice.multinomial(100_000, &[0.5, 0.0, 0.3, 0.2]);
    assert_eq!((counts.iter().sum::<u64>(), counts[1]), (100_000, 0));
    assert!(counts[0].abs_diff(50_000) < 700, "{counts:?}");
}
