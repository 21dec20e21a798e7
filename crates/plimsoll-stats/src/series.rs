//! Anomalies of a series with a weekly season: row counts, rates, means, latencies.
//!
//! A point is compared with the median of the same hour of the week (of the same weekday, where
//! there is one point a day) over the weeks before it. How far it may be off is told by how far
//! such points were off before, each from the median of the other weeks: a generalised Pareto law of
//! the largest 5 % of them, or of the largest ten, gives the distance that is exceeded by chance as rarely as is asked
//! for ([`crate::pareto`]; Siffer et al. 2017). A point that raised an alarm stays out of the medians
//! for two weeks, and counts for the tail as no farther off than it was allowed to be: else one
//! anomaly would hide the next for half a year.

use crate::pareto::Excesses;
use crate::quantile;
use crate::sample::SampleError;

/// The fewest weeks that a week is judged by.
pub const MIN_WEEKS: usize = 4;

/// The most weeks that are looked back.
pub const MAX_WEEKS: usize = 26;

/// Alarms no further apart than so many points are one episode.
pub const EPISODE: usize = 6;

/// For so many weeks a point that raised an alarm stays out of what others are compared with.
const QUARANTINE: usize = 2;

/// The share of distances that are the tail, the fewest of them that a law is told from, and the
/// most of all that they may be.
const TAIL: f64 = 0.05;
const FEWEST: f64 = 10.0;
const MOST_OF_ALL: f64 = 0.5;

/// The least shape that a tail is taken to have, and how much heavier it is taken to be than it
/// looks, over the root of the number of distances that it was told from.
const LEAST_SHAPE: f64 = 0.2;
const CAUTION: f64 = 0.5;

/// How many points a month has, by points a week.
const WEEKS_IN_A_MONTH: f64 = 30.0 / 7.0;

/// Differences below this part of the values are rounding.
const ROUNDING: f64 = 1e-9;

/// What is said of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Point {
    /// There is none.
    Missing,
    /// There are too few weeks before it.
    Learning,
    /// It was judged.
    Judged {
        /// The median of its hour of the week before.
        expected: f64,
        /// How far off it may be.
        threshold: f64,
        /// Whether it is farther off.
        alarm: bool,
    },
}

/// Alarms that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episode {
    /// The first and the last point with an alarm.
    pub first: usize,
    /// See `first`.
    pub last: usize,
    /// How many points of it raised an alarm.
    pub alarms: usize,
}

/// Judges each point of a series by the weeks before its own.
///
/// `values` follow each other at equal distances, `week` of them in a week (168 of hours, 7 of
/// days); `None` where there is no value. `monthly` is the number of false alarms in 30 days that
/// is accepted; the level of each point is half of what that would allow, as the tail is
/// estimated from few points. A week is judged when [`MIN_WEEKS`] weeks before it have values.
///
/// # Errors
/// There are no points, or a value is NaN or infinite.
pub fn judge(values: &[Option<f64>], week: usize, monthly: f64) -> Result<Vec<Point>, SampleError> {
    if values.is_empty() || week == 0 {
        return Err(SampleError::Empty);
    }
    let not_finite = |value: &Option<f64>| value.is_some_and(|value| !value.is_finite());
    if let Some(first) = values.iter().position(not_finite) {
        let count = values.iter().filter(|value| not_finite(value)).count();
        return Err(SampleError::NotFinite {
            what: "the series",
            count,
            rows: values.len(),
            first,
        });
    }
    let level = monthly / (2.0 * week as f64 * WEEKS_IN_A_MONTH);
    let mut points: Vec<Point> = Vec::with_capacity(values.len());
    for (number, now) in values.chunks(week).enumerate() {
        let from = number.saturating_sub(MAX_WEEKS);
        let history = History::of(values, &points, week, from..number);
        let threshold = history.threshold(level);
        for (season, value) in now.iter().enumerate() {
            points.push(match (value, threshold, history.expected(season)) {
                (None, ..) => Point::Missing,
                (Some(value), Some(threshold), Some(expected)) => {
                    let slack = ROUNDING * expected.abs().max(value.abs());
                    let alarm = (value - expected).abs() > threshold + slack;
                    Point::Judged { expected, threshold, alarm }
                }
                _ => Point::Learning,
            });
        }
    }
    Ok(points)
}

/// Puts alarms together that are no more than [`EPISODE`] points apart.
pub fn episodes(points: &[Point]) -> Vec<Episode> {
    let mut episodes: Vec<Episode> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        if !matches!(point, Point::Judged { alarm: true, .. }) {
            continue;
        }
        match episodes.last_mut() {
            Some(last) if at - last.last <= EPISODE => {
                last.last = at;
                last.alarms += 1;
            }
            _ => episodes.push(Episode { first: at, last: at, alarms: 1 }),
        }
    }
    episodes
}

/// The weeks that a week is judged by, season by season.
struct History {
    /// The values of each season, in no order, with how far off each may have been at most.
    seasons: Vec<Vec<(f64, f64)>>,
    weeks: usize,
}

impl History {
    fn of(
        values: &[Option<f64>],
        points: &[Point],
        week: usize,
        weeks: std::ops::Range<usize>,
    ) -> Self {
        let mut seasons = vec![Vec::new(); week];
        let mut with_values = 0;
        for number in weeks.clone() {
            let is_recent = number + QUARANTINE >= weeks.end;
            let mut has_value = false;
            for (season, known) in seasons.iter_mut().enumerate() {
                let at = number * week + season;
                let most = match points.get(at) {
                    Some(Point::Judged { alarm: true, .. }) if is_recent => continue,
                    Some(Point::Judged { alarm: true, threshold, .. }) => *threshold,
                    _ => f64::INFINITY,
                };
                if let Some(value) = values.get(at).copied().flatten() {
                    known.push((value, most));
                    has_value = true;
                }
            }
            with_values += usize::from(has_value);
        }
        Self { seasons, weeks: with_values }
    }

    /// Returns the median of a season.
    fn expected(&self, season: usize) -> Option<f64> {
        median(self.seasons[season].iter().map(|(value, _)| *value).collect())
    }

    /// Returns the distance from the median that is exceeded with a chance of `level`.
    fn threshold(&self, level: f64) -> Option<f64> {
        if self.weeks < MIN_WEEKS {
            return None;
        }
        let mut distances = Vec::new();
        for season in &self.seasons {
            for (at, (value, most)) in season.iter().enumerate() {
                let others = season.iter().enumerate().filter(|(other, _)| *other != at);
                let others = median(others.map(|(_, (other, _))| *other).collect());
                distances.extend(others.map(|others| (value - others).abs().min(*most)));
            }
        }
        distances.sort_by(f64::total_cmp);
        let share = (FEWEST / distances.len() as f64).clamp(TAIL, MOST_OF_ALL);
        let begin = quantile::of_sorted(&distances, 1.0 - share)?;
        // Equal distances differ in their last digit, which is no excess.
        let is_beyond = |distance: &&f64| **distance - begin > ROUNDING * **distance;
        let beyond = distances.iter().filter(is_beyond);
        let beyond: Vec<f64> = beyond.map(|distance| distance - begin).collect();
        let Ok(tail) = Excesses::new(&beyond) else { return Some(begin) };
        let looks = tail.fit().shape.max(LEAST_SHAPE);
        let law = tail.with_shape(looks + CAUTION / (beyond.len() as f64).sqrt());
        Some(begin + law.upper((level / share).min(1.0)))
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    quantile::of_sorted(&values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(count: u32) -> Vec<Option<f64>> {
        let value = |k: u32| {
            let peak = if k % 23 == 5 { 25 } else { 0 };
            f64::from(100 + 10 * (k % 7) + (37 * k * k + 11 * k) % 29 + peak)
        };
        (0..count).map(|k| Some(value(k))).collect()
    }

    fn alarms(points: &[Point]) -> Vec<usize> {
        let is_alarm = |at: &usize| matches!(points[*at], Point::Judged { alarm: true, .. });
        (0..points.len()).filter(is_alarm).collect()
    }

    #[test]
    fn expected_values_and_threshold_agree_with_numpy_and_scipy() {
        // references/tails_of_series.py
        let points = judge(&days(70), 7, 0.2).unwrap();
        let medians = [111.0, 129.0, 140.0, 149.0, 156.0, 168.0, 176.0];
        for (point, median) in points[63..].iter().zip(medians) {
            let Point::Judged { expected, threshold: limit, .. } = *point else {
                panic!("{point:?}")
            };
            assert!(
                (expected - median).abs() < 1e-9 && (limit - 65.836_250_073_171_95).abs() < 1e-5,
                "{point:?}"
            );
        }
        assert!(points[..28].iter().all(|point| *point == Point::Learning));
    }

    #[test]
    fn what_is_far_off_raises_one_episode_and_is_not_learned() {
        let mut values = days(140);
        values[100] = Some(900.0);
        values[103] = Some(-500.0);
        values[120] = Some(700.0);
        let points = judge(&values, 7, 0.2).unwrap();
        assert_eq!(alarms(&points), [100, 103, 120]);
        let expected = [
            Episode { first: 100, last: 103, alarms: 2 },
            Episode { first: 120, last: 120, alarms: 1 },
        ];
        assert_eq!(episodes(&points), expected);
        // The two weeks after it are judged as if it had not been.
        let quiet = judge(&days(140), 7, 0.2).unwrap();
        let threshold = |point: &Point| match point {
            Point::Judged { threshold, .. } => *threshold,
            _ => f64::NAN,
        };
        assert!(threshold(&points[105]) < 2.0 * threshold(&quiet[105]));
    }

    #[test]
    fn a_constant_that_changes_is_an_alarm_and_rounding_is_none() {
        let mut values: Vec<Option<f64>> = (0..70).map(|_| Some(0.1 + 0.2)).collect();
        values[60] = Some(0.3);
        values[65] = Some(0.4);
        assert_eq!(alarms(&judge(&values, 7, 0.2).unwrap()), [65]);
    }

    #[test]
    fn missing_points_are_missing_and_too_few_weeks_are_learned_from() {
        let mut values = days(42);
        values[36] = None;
        (7..14).for_each(|at| values[at] = None);
        let points = judge(&values, 7, 0.2).unwrap();
        assert_eq!(points[36], Point::Missing);
        // One of the first five weeks is empty.
        assert!(
            matches!(points[30], Point::Learning) && matches!(points[35], Point::Judged { .. })
        );
        assert!(judge(&[Some(1.0), Some(f64::NAN)], 7, 0.2).is_err());
        assert_eq!(judge(&[], 7, 0.2), Err(SampleError::Empty));
        assert!(judge(&days(20), 7, 0.2).unwrap().iter().all(|point| *point == Point::Learning));
    }

    proptest! {
        #[test]
        fn unit_and_origin_do_not_count(factor in 0.1..50.0_f64, shift in -1e3..1e3_f64, at in 28..140_usize) {
            let mut values = days(140);
            values[at] = Some(900.0);
            let moved: Vec<_> = values.iter().map(|value| value.map(|value| value * factor + shift)).collect();
            let (plain, moved) = (judge(&values, 7, 0.2).unwrap(), judge(&moved, 7, 0.2).unwrap());
            prop_assert_eq!(alarms(&plain), alarms(&moved));
            prop_assert!(alarms(&plain).contains(&at));
        }
    }
}
