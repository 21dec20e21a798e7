//! What a check tried on many rows, each held against a limit, all of them one family of tests.

use plimsoll_core::evidence::{CheckState, Figure};
use plimsoll_core::gate::{FEWEST_BLOCKS, FEWEST_ROWS};
use plimsoll_stats::binary::Binary;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::fdr::benjamini_hochberg;
use plimsoll_stats::interval::Interval;
use plimsoll_stats::metric::{Metric, Wanted};
use plimsoll_stats::needed::{Side, needed};
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::paired::{PairedLosses, Required};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::proportion::wilson;
use plimsoll_stats::sample::SampleError;
use plimsoll_stats::tails;

use crate::measure;

/// The error that a family of facets may have: the expected share of false ones among the findings,
/// and where nothing is wrong the chance of any.
pub(crate) const FALSE_ALARMS: f64 = 0.05;

/// One thing that was tried: a number that may not be above a limit.
#[derive(Clone, Debug)]
pub(crate) struct Facet {
    /// What was tried, in words: `temp moved by 1 % of its spread`.
    pub(crate) name: String,
    /// The column that it was tried on.
    pub(crate) subject: Option<String>,
    /// What came out.
    pub(crate) estimate: Estimate,
    /// The largest accepted value.
    pub(crate) limit: f64,
    /// The chance of such a value where the truth is at the limit.
    pub(crate) p: PValue,
}

/// How a facet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The whole interval is within the limit.
    Kept,
    /// The interval holds the limit, or there are too few rows.
    Open,
    /// It is proven to be beyond the limit.
    Broken,
}

/// A facet with how it stands.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) facet: Facet,
    pub(crate) standing: Standing,
    /// About how many rows would settle an open one.
    pub(crate) rows_needed: Option<u64>,
}

impl Facet {
    /// Makes a facet of rows in which something happened, of which a share of `limit` is accepted.
    ///
    /// Its p-value is the exact binomial one; with declared blocks, whose rows resemble each other,
    /// the larger of that and Student's t of block sums. The interval is Wilson's or, of blocks,
    /// boot-t; where so few blocks have a hit that this is only approximate, Wilson's of the rows
    /// over their design effect (Korn and Graubard 1998).
    pub(crate) fn of_share(
        name: String,
        subject: Option<String>,
        hits: &[bool],
        limit: f64,
        (blocks, plan): (&Blocks, &Plan),
    ) -> Result<Self, SampleError> {
        let all = vec![true; hits.len()];
        let wanted = [Wanted { metric: Metric::Accuracy, limits: &[limit] }];
        let mut answers = Binary::new(hits, &all, None)?.measure(&wanted, blocks, plan)?;
        // A share of rows always has a value; were it not so, there would be nothing to judge.
        let Some(Ok(mut estimate)) = answers.pop() else { return Err(SampleError::Empty) };
        let is_rough = estimate.interval.is_none_or(|interval| interval.is_approximate());
        if blocks.declared_count().is_some() && is_rough {
            estimate.interval = of_effective_rows(hits, blocks, plan);
        }
        let count = hits.iter().filter(|hit| **hit).count() as u64;
        let exact = tails::binomial(count, hits.len() as u64, limit).unwrap_or(PValue::ONE);
        let p = if blocks.declared_count().is_none() || limit <= 0.0 {
            exact
        } else {
            let shares: Vec<f64> = hits.iter().map(|hit| f64::from(u8::from(*hit))).collect();
            let limits = vec![limit; hits.len()];
            let pair = PairedLosses::new(&shares, &limits)?;
            let of_blocks = pair.p_above(Required::PerRow(0.0), blocks)?;
            exact.max(of_blocks.unwrap_or(PValue::ONE))
        };
        Ok(Self { name, subject, estimate, limit, p })
    }

    /// Makes a facet of a loss that may be above another one, of the same rows, by a share of
    /// `limit` at most: `after / before - 1`.
    pub(crate) fn of_losses(
        name: String,
        subject: Option<String>,
        (before, after): (&[f64], &[f64]),
        limit: f64,
        (blocks, plan): (&Blocks, &Plan),
    ) -> Result<Option<Self>, SampleError> {
        // More of a loss is the share that it saves, turned round.
        let pair = PairedLosses::new(before, after)?;
        let Ok(saved) = pair.saved_share(&[-limit], blocks, plan)? else { return Ok(None) };
        let raised: Vec<f64> = before.iter().map(|loss| loss * (1.0 + limit)).collect();
        let above = PairedLosses::new(after, &raised)?.p_above(Required::PerRow(0.0), blocks)?;
        let estimate =
            Estimate { value: -saved.value, interval: saved.interval.map(turned), ..saved };
        Ok(Some(Self { name, subject, estimate, limit, p: above.unwrap_or(PValue::ONE) }))
    }

    /// Returns the value.
    pub(crate) fn value(&self) -> f64 {
        self.estimate.value
    }

    /// Returns the figure that evidence keeps.
    pub(crate) fn figure(&self) -> Figure {
        let has_blocks = self.estimate.blocks.is_some();
        Figure {
            name: self.name.clone(),
            value: self.estimate.value,
            interval: self.estimate.interval.map(|it| measure::evidence(&it, has_blocks)),
            limit: Some(self.limit),
        }
    }
}

/// Returns Wilson's interval of a share of rows that fall into blocks, as if there were as many rows
/// as tell as much: the rows over their design effect, the variance of the share by block sums over
/// that of as many independent rows (Kish 1965), which is at least 1 here. Without any variation
/// nothing is known about it, and it is 1, as the standards of the NCHS have it (Parker et al. 2017).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of rows are below 2^52"
)]
fn of_effective_rows(hits: &[bool], blocks: &Blocks, plan: &Plan) -> Option<Interval> {
    let rows = hits.len() as f64;
    let count = hits.iter().filter(|hit| **hit).count() as f64;
    let share = count / rows;
    let apart = hits.iter().map(|hit| f64::from(u8::from(*hit)) - share);
    let squares: f64 = blocks.sums(apart).into_iter().map(|sum| sum * sum).sum();
    let own = blocks.count() as f64;
    let variance = own / (own - 1.0) * squares / (rows * rows);
    let of_rows = share * (1.0 - share) / rows;
    let design = if of_rows > 0.0 { (variance / of_rows).max(1.0) } else { 1.0 };
    let effective = (rows / design).floor().max(1.0);
    wilson((share * effective).ceil() as u64, effective as u64, plan.level)
}

/// Mirrors an interval at 0.
fn turned(interval: Interval) -> Interval {
    use plimsoll_stats::interval::Ends;
    let wide = interval.wide.map(|ends| Ends { low: -ends.high, high: -ends.low });
    Interval { low: -interval.high, high: -interval.low, wide, ..interval }
}

/// Judges a family.
pub(crate) fn judge(family: Vec<Facet>) -> Vec<Judged> {
    let p: Vec<PValue> = family.iter().map(|facet| facet.p).collect();
    let adjusted = benjamini_hochberg(&p);
    let judged = family.into_iter().zip(adjusted);
    judged.map(|(facet, adjusted)| Judged::of(facet, adjusted)).collect()
}

impl Judged {
    fn of(facet: Facet, adjusted: PValue) -> Self {
        let Facet { estimate, limit, .. } = &facet;
        let enough = has_enough(estimate);
        let within = estimate.interval.is_some_and(|interval| interval.judged().high <= *limit);
        let none = *limit <= 0.0 && estimate.value <= 0.0;
        let beyond = estimate.value > *limit;
        // What may never happen and was seen needs no second row.
        let proven = beyond && (adjusted.get() <= FALSE_ALARMS && (enough || *limit <= 0.0));
        let standing = if proven {
            Standing::Broken
        } else if enough && (within || none) {
            Standing::Kept
        } else {
            Standing::Open
        };
        let rows_needed = (standing == Standing::Open).then(|| {
            let side = if beyond { Side::Above } else { Side::Below };
            needed(estimate, *limit, side).map(|needed| needed.rows)
        });
        let rows_needed =
            rows_needed.flatten().filter(|needed| is_worth_telling(*needed, estimate));
        Self { facet, standing, rows_needed }
    }

    /// Returns the value in words; `unit` writes a number.
    pub(crate) fn value(&self, unit: fn(f64) -> String) -> String {
        unit(self.facet.value())
    }

    /// Returns what goes with the value: interval, level and limit.
    pub(crate) fn beside(&self, unit: fn(f64) -> String) -> String {
        let Facet { estimate, limit, .. } = &self.facet;
        let interval = estimate.interval.map(|interval| {
            let ends = interval.judged();
            let level = if interval.wide.is_some() { "99 %" } else { "95 %" };
            format!("{} to {} at {level}, ", unit(ends.low), unit(ends.high))
        });
        format!("{}at most {} accepted", interval.unwrap_or_default(), unit(*limit))
    }
}

/// Tells whether a number of rows helps anybody: at the limit itself no number of them settles it.
pub(crate) fn is_worth_telling(needed: u64, estimate: &Estimate) -> bool {
    needed <= 100 * estimate.rows as u64
}

/// Tells whether there are rows and blocks enough for a verdict.
pub(crate) fn has_enough(estimate: &Estimate) -> bool {
    let fewest = |fewest: u64| usize::try_from(fewest).unwrap_or(usize::MAX);
    estimate.rows >= fewest(FEWEST_ROWS)
        && estimate.blocks.is_none_or(|blocks| blocks >= fewest(FEWEST_BLOCKS))
        && estimate.interval.is_some()
}

/// Returns how far a check came whose facets are judged: one that is broken is an answer, whatever
/// is open beside it.
pub(crate) fn state(judged: &[Judged]) -> CheckState {
    let any = |standing| judged.iter().any(|facet| facet.standing == standing);
    if any(Standing::Broken) || !any(Standing::Open) {
        CheckState::Answered
    } else {
        CheckState::Undecided
    }
}

/// Returns about how many rows would settle all that is open; nothing where one does not say.
pub(crate) fn rows_needed(judged: &[Judged]) -> Option<u64> {
    let open = judged.iter().filter(|facet| facet.standing == Standing::Open);
    open.map(|facet| facet.rows_needed).collect::<Option<Vec<_>>>()?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use plimsoll_stats::random::{Random, Seed};

    use super::*;

    fn plan() -> Plan {
        Plan { resamples: 500, most_resamples: 500, ..Plan::new(Seed::from(1)) }
    }

    fn share(hits: usize, rows: usize, limit: f64, blocks: &Blocks) -> Facet {
        let hits: Vec<bool> = (0..rows).map(|row| row < hits).collect();
        Facet::of_share("x".to_owned(), None, &hits, limit, (blocks, &plan())).unwrap()
    }

    fn standing(facet: Facet) -> Standing {
        judge(vec![facet]).remove(0).standing
    }

    #[test]
    fn a_share_is_kept_open_or_broken_by_its_interval() {
        let of = |hits| standing(share(hits, 1000, 0.05, &Blocks::rows(1000)));
        assert_eq!(
            [0, 20, 50, 58, 90].map(of),
            [Standing::Kept, Standing::Kept, Standing::Open, Standing::Open, Standing::Broken]
        );
        let open = judge(vec![share(40, 1000, 0.05, &Blocks::rows(1000))]).remove(0);
        assert!((1000..4000).contains(&open.rows_needed.unwrap()), "{:?}", open.rows_needed);
    }

    #[test]
    fn what_may_never_happen_is_broken_by_one_row_and_kept_by_none_of_enough() {
        let of = |hits, rows| standing(share(hits, rows, 0.0, &Blocks::rows(rows)));
        assert_eq!(of(1, 3), Standing::Broken);
        assert_eq!(of(0, 3), Standing::Open);
        assert_eq!(of(0, 30), Standing::Kept);
    }

    #[test]
    fn rows_of_one_block_are_not_taken_for_many() {
        // 100 hits of 1,000 rows, all in the same two of twenty blocks.
        let blocks = Blocks::of_labels(&(0..1000).map(|row| row / 50).collect::<Vec<_>>());
        assert_eq!(standing(share(100, 1000, 0.05, &Blocks::rows(1000))), Standing::Broken);
        assert_eq!(standing(share(100, 1000, 0.05, &blocks)), Standing::Open);
        // None in a hundred blocks is as good as none in as many rows, if there are blocks enough.
        let hundred = Blocks::of_labels(&(0..1000).map(|row| row / 10).collect::<Vec<_>>());
        assert_eq!(standing(share(0, 1000, 0.02, &hundred)), Standing::Kept);
        // Two hits in two blocks: no reason to believe in 5 of 100.
        let hits: Vec<bool> = (0..1000).map(|row| row == 17 || row == 805).collect();
        let two = Facet::of_share("x".into(), None, &hits, 0.05, (&hundred, &plan())).unwrap();
        assert!(two.estimate.interval.unwrap().judged().high < 0.02, "{two:?}");
        assert_eq!(standing(two), Standing::Kept);
        let few = Blocks::of_labels(&(0..1000).map(|row| row / 200).collect::<Vec<_>>());
        assert_eq!(standing(share(0, 1000, 0.05, &few)), Standing::Open);
    }

    #[test]
    fn a_loss_may_rise_by_a_share() {
        let before: Vec<f64> = (0..400).map(|row| 1.0 + f64::from(row % 7)).collect();
        let raised = |by: f64| -> Vec<f64> {
            before
                .iter()
                .enumerate()
                .map(|(row, l)| l * (by + 0.3 * [0.0, 1.0, 2.0, 3.0, 4.0][row % 5] - 0.6))
                .collect()
        };
        let facet = |by| {
            let after = raised(by);
            let blocks = Blocks::rows(400);
            Facet::of_losses("x".into(), None, (&before, &after), 0.2, (&blocks, &plan()))
                .unwrap()
                .unwrap()
        };
        assert!((facet(1.5).value() - 0.5).abs() < 0.05);
        assert_eq!(
            [1.0, 1.2, 1.5].map(|by| standing(facet(by))),
            [Standing::Kept, Standing::Open, Standing::Broken]
        );
    }

    #[test]
    fn trying_often_raises_no_more_alarms() {
        // Forty facets whose true share is exactly the limit: the worst that is still accepted.
        let (runs, facets, rows) = (100, 40, 400);
        let mut alarms = 0;
        for run in 0..runs {
            let random = Random::new(Seed::from(run), "hits");
            let family = (0..facets).map(|facet| {
                let hit = |row: u64| random.unit(facet * rows + row) < 0.05;
                let hits: Vec<bool> = (0..rows).map(hit).collect();
                let blocks = Blocks::rows(hits.len());
                Facet::of_share(String::new(), None, &hits, 0.05, (&blocks, &plan())).unwrap()
            });
            let judged = judge(family.collect());
            alarms += u64::from(judged.iter().any(|facet| facet.standing == Standing::Broken));
        }
        // Binomial(100, 0.05) is above 10 once in 100.
        assert!(alarms <= 10, "{alarms} of {runs} runs");
    }
}
