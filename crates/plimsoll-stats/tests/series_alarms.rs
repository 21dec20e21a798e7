//! How often a series raises a false alarm, simulated on other data than the rule was made on.
//!
//! Run with `cargo test -p plimsoll-stats --release --test series_alarms -- --ignored --nocapture`.

#![expect(clippy::cast_precision_loss, reason = "53 bits of noise, and places in a week")]
#![expect(clippy::expect_used, reason = "a simulation that fails is a test that fails")]
#![expect(clippy::print_stdout, reason = "the table is what the simulation is for")]

use plimsoll_stats::series::{Point, judge};

/// Noise of several kinds, in order of time.
struct Noise {
    seed: u64,
    drawn: u64,
}

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.drawn += 1;
        let mut word = self.seed.wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ word >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Student's t with four degrees of freedom.
    fn t4(&mut self) -> f64 {
        let chi: f64 = (0..4).map(|_| self.normal().powi(2)).sum();
        self.normal() / (chi / 4.0).sqrt()
    }

    fn draw(&mut self, kind: &str) -> f64 {
        match kind {
            "normal" => self.normal(),
            "t4" => self.t4(),
            "laplace" => {
                let u = self.uniform() - 0.5;
                -u.signum() * (1.0 - 2.0 * u.abs()).max(1e-300).ln()
            }
            "lognormal" => (0.7 * self.normal()).exp(),
            _ => self.normal() * if self.uniform() < 0.1 { 3.0 } else { 1.0 },
        }
    }
}

/// Returns the alarms in the month behind `weeks` weeks of history, over `runs` series, a run.
fn alarms(kind: &str, week: usize, weeks: usize, phi: f64, runs: u64) -> f64 {
    let month = week * 30 / 7;
    let mut alarms = 0;
    for run in 0..runs {
        let mut noise =
            Noise { seed: 1_000_003 * run + weeks as u64 + u64::from(phi > 0.0), drawn: 0 };
        let mut before = 0.0;
        let values: Vec<Option<f64>> = (0..weeks * week + month)
            .map(|at| {
                before = phi * before + (1.0_f64 - phi * phi).sqrt() * noise.draw(kind);
                let season =
                    10.0 + 4.0 * (std::f64::consts::TAU * (at % week) as f64 / week as f64).sin();
                Some(season + before)
            })
            .collect();
        let points = judge(&values, week, 0.2).expect("the noise is finite");
        let is_alarm = |point: &&Point| matches!(point, Point::Judged { alarm: true, .. });
        alarms += points[weeks * week..].iter().filter(is_alarm).count();
    }
    alarms as f64 / runs as f64
}

#[test]
#[ignore = "a simulation of minutes"]
fn quiet_series_raise_fewer_alarms_a_month_than_the_budget() {
    println!("points   noise      weeks  phi  alarms in 30 days");
    for (week, runs) in [(168, 60), (7, 1500)] {
        for kind in ["normal", "t4", "laplace", "lognormal", "mixture"] {
            for weeks in [4, 8, 26] {
                for phi in [0.0, 0.7] {
                    let rate = alarms(kind, week, weeks, phi, runs);
                    println!("{week:6}   {kind:9}  {weeks:5}  {phi:.1}  {rate:.3}");
                    // Its Monte-Carlo error is about 0.05 for hours.
                    assert!(rate <= 0.25, "{kind} {week} {weeks} {phi}: {rate}");
                }
            }
        }
    }
}
