//! Both sides of a column as a picture.

use plimsoll_core::evidence::{Mark, Plot, Series};
use plimsoll_stats::drift::facet::Aspect;

use super::look::{Look, Measure, Steps};
use crate::example::shown;

/// How many bars numbers have.
const BARS: u32 = 30;

/// How many values are shown, the most frequent ones.
const MOST_VALUES: usize = 24;

/// Returns the plot of a look at a column; none where there is nothing to plot.
pub(super) fn plot(name: &str, look: &Look) -> Option<Plot> {
    let (x, ticks, series) = match &look.measure {
        Measure::Ordered { sides, .. } => {
            let x = if look.aspect == Aspect::Length { "length" } else { "value" };
            (x, Vec::new(), bars(sides)?)
        }
        Measure::Counted { cells, names, .. } => {
            let counts = [&cells.reference, &cells.current];
            let mut places: Vec<usize> = (0..names.len()).collect();
            places.sort_by_key(|&at| std::cmp::Reverse(counts[0][at].max(counts[1][at])));
            places.truncate(MOST_VALUES);
            places.sort_unstable();
            let ticks = places.iter().map(|&at| shown(&names[at])).collect();
            ("value", ticks, values(&places, counts))
        }
        _ => return None,
    };
    Some(Plot { title: shown(name), x: x.to_owned(), y: "share of rows".to_owned(), ticks, series })
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn values(places: &[usize], counts: [&Vec<u64>; 2]) -> Vec<Series> {
    let points = |side: usize| {
        let all = counts[side].iter().sum::<u64>().max(1) as f64;
        let point = |(x, &at): (usize, &usize)| [x as f64, counts[side][at] as f64 / all];
        places.iter().enumerate().map(point).collect::<Vec<_>>()
    };
    series([(Mark::Bars, points(0)), (Mark::Dots, points(1))])
}

fn series(sides: [(Mark, Vec<[f64; 2]>); 2]) -> Vec<Series> {
    let named = |(name, (mark, points)): (&str, (Mark, Vec<[f64; 2]>))| Series {
        name: name.to_owned(),
        mark,
        points,
        band: Vec::new(),
    };
    ["reference", "current"].into_iter().zip(sides).map(named).collect()
}

/// Bars of equal width between the outermost half percents of both sides; those of the current side
/// are outlined.
#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn bars(sides: &[Steps; 2]) -> Option<Vec<Series>> {
    let ladders = [sides[0].ladder(), sides[1].ladder()];
    let ends = |rank: &dyn Fn(u64) -> u64| {
        let found = ladders.iter().filter_map(|side| side.at_rank(rank(side.filled())));
        found.filter(|value| value.is_finite()).collect::<Vec<f64>>()
    };
    let low = ends(&|filled| (filled / 200).max(1)).into_iter().reduce(f64::min)?;
    let high = ends(&|filled| filled - filled / 200).into_iter().reduce(f64::max)?;
    let width = (high - low) / f64::from(BARS);
    if !(width > 0.0 && width.is_finite()) {
        return None;
    }
    let end = |at: u32| low + f64::from(at) * width;
    let shares = |side: usize| {
        let ladder = &ladders[side];
        let rows = ladder.rows().max(1) as f64;
        let mut before = ladder.below(low);
        let share = |at: u32| {
            let upto = ladder.up_to(end(at)).max(before);
            let share = (upto - before) as f64 / rows;
            before = upto;
            share
        };
        (1..=BARS).map(share).collect::<Vec<f64>>()
    };
    let bars = (0..BARS).zip(shares(0)).map(|(at, share)| [end(at) + width / 2.0, share]);
    let outline =
        (0..BARS).zip(shares(1)).flat_map(|(at, share)| [[end(at), share], [end(at + 1), share]]);
    Some(series([(Mark::Bars, bars.collect()), (Mark::Line, outline.collect())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_hold_all_rows_between_the_ends() {
        let side = |from: u32| Steps::of((from..from + 100).map(|x| (f64::from(x), 1)), 100);
        let series = bars(&[side(0), side(50)]).unwrap();
        let sum: f64 = series[0].points.iter().map(|point| point[1]).sum();
        assert!((sum - 1.0).abs() < 1e-9 && series[0].points.len() == 30);
        assert_eq!(series[1].points.len(), 60);
        assert!(bars(&[Steps::of([(7.0, 9)], 9), Steps::of([(7.0, 3)], 3)]).is_none());
        assert!(bars(&[Steps::of([], 9), Steps::of([], 3)]).is_none());
    }
}
