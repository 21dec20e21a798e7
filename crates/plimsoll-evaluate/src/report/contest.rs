//! One self-contained HTML page about two models that were compared.

use askama::Template;
use plimsoll_core::gate::{Bound, Outcome};
use plimsoll_core::number;
use plimsoll_stats::p_value;

use super::axis::Axis;
use super::numbers::{MetricRow, ends};
use super::range::{self, Range};
use super::{ReportError, Sign};
use crate::contest::{Claim, Contest, Harm};

/// Everything that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct ContestReport<'a> {
    /// The model that is there, as people know it.
    pub champion: &'a str,
    /// The one that is to take its place.
    pub challenger: &'a str,
    /// On what they were compared, in a line.
    pub told: &'a str,
    /// What guards and slices may lose, of what the champion loses.
    pub tolerance: f64,
    /// What came of it.
    pub contest: &'a Contest,
}

/// Returns the page.
///
/// # Errors
/// It could not be written.
pub fn contest_html(report: &ContestReport<'_>) -> Result<String, ReportError> {
    Ok(Page::of(report).render()?)
}

#[derive(Template)]
#[template(path = "contest.html")]
struct Page<'a> {
    of: &'a ContestReport<'a>,
    class: &'static str,
    claims: Vec<ClaimRow<'a>>,
    metrics: Vec<MetricRow>,
    tolerance: String,
    slices: Vec<SliceRow<'a>>,
    scale: String,
}

/// A gain against what is required of it.
struct ClaimRow<'a> {
    claim: &'a Claim,
    what: &'static str,
    sign: Sign,
    picture: String,
}

/// A slice, drawn beside the others.
struct SliceRow<'a> {
    harm: &'a Harm,
    sign: Sign,
    picture: String,
}

impl<'a> Page<'a> {
    fn of(report: &'a ContestReport<'a>) -> Self {
        let contest = report.contest;
        let guards = contest.guards.iter().map(|claim| ClaimRow::of(claim, "guard"));
        let claims = [ClaimRow::of(&contest.decisive, "decides")].into_iter().chain(guards);
        let least = |metric| {
            let claims = std::iter::once(&contest.decisive).chain(&contest.guards);
            let of = claims.filter(move |claim| claim.metric == metric);
            of.map(|claim| Bound::Min(claim.required)).collect::<Vec<_>>()
        };
        let row = |compared| MetricRow::of_gain(compared, &least(compared.metric));
        let axis = axis(&contest.slices, -report.tolerance);
        Self {
            of: report,
            class: match contest.verdict {
                Outcome::Pass | Outcome::NotApplicable => "pass",
                Outcome::Inconclusive => "undecided",
                Outcome::Block => "block",
                Outcome::Error => "error",
            },
            claims: claims.collect(),
            metrics: contest.metrics.iter().map(row).collect(),
            tolerance: number::percent(report.tolerance),
            slices: contest.slices.iter().map(|harm| SliceRow::of(harm, &axis, report)).collect(),
            scale: range::scale(&axis, &ticks(&axis)),
        }
    }

    /// Returns the verdict in a sentence.
    fn sentence(&self) -> &'static str {
        match self.of.contest.verdict {
            Outcome::Pass | Outcome::NotApplicable => {
                "The challenger may take the champion\u{2019}s place."
            }
            Outcome::Inconclusive => {
                "These rows cannot tell whether the challenger may take the champion\u{2019}s place."
            }
            Outcome::Block => "The challenger may not take the champion\u{2019}s place.",
            Outcome::Error => "What decides could not be measured.",
        }
    }
}

impl<'a> ClaimRow<'a> {
    fn of(claim: &'a Claim, what: &'static str) -> Self {
        let show = claim.metric.gain_format();
        let bounds = [Bound::Min(claim.required)];
        let picture = claim.difference.map(|value| {
            let interval = claim.interval.as_ref();
            let range = Range { value, interval, bounds: &bounds, guide: Some(0.0) };
            let axis = range.axis();
            let limit = (claim.required, show(claim.required));
            format!("{}{}", range.draw(&axis, show), range::scale(&axis, &[limit]))
        });
        let sign = Sign::of(claim.outcome);
        Self { claim, what, sign, picture: picture.unwrap_or_default() }
    }

    fn champion(&self) -> String {
        self.claim.champion.map_or("no value".to_owned(), number::show)
    }

    fn challenger(&self) -> String {
        self.claim.challenger.map_or("no value".to_owned(), number::show)
    }
}

impl<'a> SliceRow<'a> {
    fn of(harm: &'a Harm, axis: &Axis, report: &ContestReport<'_>) -> Self {
        let bounds = [Bound::Min(-report.tolerance)];
        let picture = harm.gain.map(|value| {
            let interval = harm.interval.as_ref();
            let range = Range { value, interval, bounds: &bounds, guide: Some(0.0) };
            range.draw(axis, number::percent)
        });
        let sign = match (harm.is_proven, harm.is_cleared) {
            (true, _) => Sign::of(Outcome::Block),
            (false, true) => Sign::of(Outcome::Pass),
            (false, false) => Sign { class: "none", glyph: "?" },
        };
        Self { harm, sign, picture: picture.unwrap_or_default() }
    }

    fn p(&self) -> String {
        p_value::shown(self.harm.p_adjusted)
    }

    fn gain(&self) -> String {
        self.harm.gain.map_or("no value".to_owned(), number::percent)
    }

    fn interval(&self) -> String {
        ends(self.harm.interval.as_ref(), number::percent)
    }
}

/// Returns round shares on the axis, in percent.
fn ticks(axis: &Axis) -> Vec<(f64, String)> {
    let ticks = axis.ticks();
    let step = ticks.windows(2).map(|pair| pair[1].0 - pair[0].0).next().unwrap_or_default();
    let shown = |at: f64| {
        if step < 0.01 { number::percent(at) } else { format!("{:.0} %", 100.0 * at) }
    };
    // Percentages are longer than the numbers that ticks are spaced for.
    let every = ticks.len().div_ceil(4).max(1);
    ticks.into_iter().step_by(every).map(|(at, _)| (at, shown(at))).collect()
}

/// Returns one axis for all slices. Intervals of tiny ones are cut off, or nothing could be told of
/// the others.
fn axis(slices: &[Harm], limit: f64) -> Axis {
    let near = range::axis(slices.iter().filter_map(|harm| harm.gain).chain([limit, 0.0]));
    let span = near.high - near.low;
    let ends = slices.iter().filter_map(|harm| harm.interval.as_ref());
    let ends =
        ends.flat_map(|ends| [ends.low.max(near.low - span), ends.high.min(near.high + span)]);
    range::axis(ends.chain([near.low, near.high]))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::evidence::{Compared, Interval, Metric};

    use super::*;
    use crate::contest::Tested;

    const HOSTILE: &str = "<script>alert(1)</script>&\"'";

    fn interval(low: f64, high: f64) -> Interval {
        Interval { low, high, level: 0.95, method: "boot-t".into(), approximate: None }
    }

    fn claim(metric: Metric, outcome: Outcome) -> Claim {
        Claim {
            metric,
            champion: Some(2.0),
            challenger: Some(1.5),
            difference: Some(0.25),
            interval: Some(interval(0.2, 0.3)),
            required: 0.01,
            outcome,
            rows_needed: None,
            message: format!("the gain {HOSTILE}"),
        }
    }

    fn harm(gain: Option<f64>, is_proven: bool) -> Harm {
        Harm {
            condition: format!("town in [{HOSTILE}]"),
            rows: 71,
            gain,
            interval: gain.map(|gain| interval(gain - 0.1, gain + 900.0)),
            p_adjusted: gain.map(|_| 1e-7),
            is_proven,
            is_cleared: !is_proven && gain.is_some(),
            reason: gain.is_none().then(|| HOSTILE.to_owned()),
        }
    }

    #[test]
    fn everything_is_shown_and_text_stays_text() {
        let compared = Compared {
            metric: Metric::Mae,
            champion: Some(2.0),
            challenger: Some(1.5),
            gain: Some(0.25),
            interval: Some(interval(0.2, 0.3)),
            reason: None,
        };
        let test = Tested {
            name: "paired t".into(),
            null: HOSTILE.into(),
            p: 1e-7,
            from: "71 rows".into(),
            rows_needed: Some(4200),
        };
        let contest = Contest {
            verdict: Outcome::Block,
            rows: 100,
            blocks: None,
            decisive: claim(Metric::Mae, Outcome::Pass),
            guards: vec![claim(Metric::R2, Outcome::Inconclusive)],
            slices: vec![harm(Some(-0.5), true), harm(Some(0.2), false), harm(None, false)],
            tests: vec![test],
            metrics: vec![compared],
        };
        let report = ContestReport {
            champion: HOSTILE,
            challenger: HOSTILE,
            told: HOSTILE,
            tolerance: 0.02,
            contest: &contest,
        };
        let page = contest_html(&report).unwrap();
        assert!(!page.contains("<script>"), "{page}");
        for shown in [
            "The challenger may not take",
            "✗ harmed",
            "✓ not harmed",
            "? undecided",
            "? inconclusive",
            "25.0 %",
            "4200 rows would show it",
            "a loss of more than 2.0 %",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
        assert!(page.matches("<svg").count() >= 8, "{}", page.matches("<svg").count());
    }
}
