//! How long the difference of two areas under the ROC curve takes on 100,000 rows: by paired `DeLong`,
//! and by 10,000 resamples of the rows. `auc_speed [ROWS]`.
#![expect(clippy::print_stdout, reason = "what it measured is its output")]

use std::time::Instant;

use plimsoll_stats::auc::paired_delong;
use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::plan::{Intervals, Plan};
use plimsoll_stats::random::{Random, Seed};

#[expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends")]
fn main() {
    let rows: u64 = std::env::args().nth(1).map_or(100_000, |rows| rows.parse().unwrap());
    let draw = |what: &str| {
        let random = Random::new(Seed::from(1), what);
        (0..rows).map(|row| random.unit(row)).collect::<Vec<f64>>()
    };
    let (latent, truth_noise) = (draw("latent"), draw("truth"));
    let positive: Vec<bool> = latent.iter().zip(&truth_noise).map(|(a, b)| a + b > 1.4).collect();
    let score = |noise: &str, by: f64| {
        latent.iter().zip(draw(noise)).map(|(a, b)| a + by * b).collect::<Vec<f64>>()
    };
    let (old, new) = (score("champion", 0.9), score("challenger", 0.8));

    let began = Instant::now();
    let areas = paired_delong(&positive, &old, &new).unwrap().unwrap();
    println!(
        "{rows} rows, {} positive: areas {:.4} and {:.4}",
        positive.iter().filter(|it| **it).count(),
        areas.champion,
        areas.challenger
    );
    println!("paired DeLong: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);

    let predicted: Vec<bool> = old.iter().map(|score| *score > 0.9).collect();
    let champion = Binary::new(&positive, &predicted, Some(&old)).unwrap();
    let challenger = Binary::new(&positive, &predicted, Some(&new)).unwrap();
    for intervals in [Intervals::Percentile, Intervals::Bca] {
        let plan = Plan { intervals, most_resamples: 10_000, ..Plan::new(Seed::from(2)) };
        let began = Instant::now();
        let gains = champion
            .compare(&challenger, &[Wanted::of(Metric::Auc)], &Blocks::rows(positive.len()), &plan)
            .unwrap();
        let gain = gains[0].as_ref().unwrap();
        println!(
            "{intervals:?}, 10,000 resamples, one thread: {:.2} s, {:?}",
            began.elapsed().as_secs_f64(),
            gain.interval.map(|interval| (interval.low, interval.high))
        );
    }
}
