//! An interval against a limit: within it, beyond it, or around it.

use crate::RunId;
use crate::evidence::{Interval, Part};
use crate::gate::{Bound, FEWEST_BLOCKS, FEWEST_ROWS, FEWEST_ROWS_OF_SLICE, Judged, Outcome, Rule};

#[expect(clippy::too_many_arguments, reason = "one sentence needs all its parts")]
pub(super) fn decide(
    rule: &Rule,
    name: &str,
    place: &str,
    value: f64,
    interval: &Interval,
    bound: Bound,
    part: &Part,
    run: RunId,
    champion: Option<RunId>,
) -> Judged {
    let (worse, better) = match bound {
        Bound::Max(_) => (interval.high, interval.low),
        Bound::Min(_) => (interval.low, interval.high),
    };
    let limit = bound.limit();
    let within = |end: f64| match bound {
        Bound::Max(_) => end <= limit,
        Bound::Min(_) => end >= limit,
    };
    let show = rule.demand.format();
    let fewest = fewest_rows(part);
    let few_rows = part.rows < fewest;
    let few_blocks = part.blocks.is_some_and(|blocks| blocks < FEWEST_BLOCKS);
    let mut rows_needed = None;
    let accepted = match bound {
        Bound::Max(_) => format!("at most {} accepted", show(limit)),
        Bound::Min(_) => format!("at least {} accepted", show(limit)),
    };
    let (outcome, reading) = if few_rows {
        rows_needed = Some(fewest);
        (Outcome::Inconclusive, format!("fewer than {fewest} rows decide nothing"))
    } else if few_blocks {
        let blocks = part.blocks.unwrap_or(0);
        rows_needed = (blocks > 0).then(|| part.rows.div_ceil(blocks) * FEWEST_BLOCKS);
        (
            Outcome::Inconclusive,
            format!("{blocks} blocks decide nothing, {FEWEST_BLOCKS} are needed"),
        )
    } else if within(worse) {
        (Outcome::Pass, "the worse end is within the limit".to_owned())
    } else if !within(better) {
        (Outcome::Block, "the whole interval lies beyond the limit".to_owned())
    } else {
        let end = if within(value) { worse } else { better };
        rows_needed = rows_to_settle(part.rows, value, end, limit);
        let settled = rows_needed.map_or_else(
            || "the value lies on the limit, so no number of rows settles it".to_owned(),
            |rows| format!("about {rows} rows like these would settle it"),
        );
        (Outcome::Inconclusive, format!("the limit lies inside the interval; {settled}"))
    };
    let level = interval.level_in_words();
    let remark = interval.approximate.as_ref().map(|why| format!(", approximate: {why}"));
    let message = format!(
        "{name} is {} [{}, {}] ({level}{}) {place}, {accepted}: {reading}",
        show(value),
        show(interval.low),
        show(interval.high),
        remark.unwrap_or_default(),
    );
    let next = match outcome {
        Outcome::Pass | Outcome::NotApplicable => None,
        _ => Some(match champion {
            Some(champion) => format!("plimsoll diff {} {}", champion.short(), run.short()),
            None => format!("plimsoll show {}", run.short()),
        }),
    };
    Judged {
        rule: rule.clone(),
        outcome,
        value: Some(value),
        interval: Some(interval.clone()),
        rows: part.rows,
        blocks: part.blocks,
        rows_needed,
        message,
        next,
    }
}

/// Returns the fewest rows that a rule is judged on: of a slice more, unless blocks are declared,
/// whose number then says how much is known.
fn fewest_rows(part: &Part) -> u64 {
    let is_slice = part.condition.is_some();
    if is_slice && part.blocks.is_none() { FEWEST_ROWS_OF_SLICE } else { FEWEST_ROWS }
}

/// Returns about how many rows bring the end that matters to the limit: an interval's width
/// falls with the root of their number.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate, clamped to what fits"
)]
pub(super) fn rows_to_settle(rows: u64, value: f64, end: f64, limit: f64) -> Option<u64> {
    let needed = rows as f64 * ((end - value) / (limit - value)).powi(2);
    if !needed.is_finite() || needed > 1e15 {
        return None;
    }
    // Two digits: more would claim to be known.
    let scale = 10_f64.powf(needed.max(1.0).log10().floor() - 1.0).max(1.0);
    Some(((needed / scale).ceil() * scale) as u64)
}
