//! A gain over the champion against the least that is asked for.

use super::interval::decide;
use super::{Champion, unmeasured};
use crate::RunId;
use crate::evidence::Evaluation;
use crate::gate::{Bound, Demand, Judged, Outcome, Rule};

pub(super) fn judge_gain(
    rule: &Rule,
    evaluation: &Evaluation,
    champion: Champion,
    run: RunId,
) -> Judged {
    let Demand::Beats { metric, by } = &rule.demand else {
        return unmeasured(rule, "it is no comparison");
    };
    let Some(comparison) = &evaluation.comparison else {
        return match champion {
            Champion::Never => Judged {
                outcome: Outcome::NotApplicable,
                message: "there is no champion to compare with yet".to_owned(),
                ..unmeasured(rule, "")
            },
            Champion::Expected => unmeasured(rule, "the champion was not measured"),
            Champion::Lost => Judged {
                next: Some("plimsoll deploy MODEL@VERSION".to_owned()),
                ..unmeasured(rule, "there are versions, but none is the champion")
            },
        };
    };
    let name = format!("{} gain over champion {}", metric.label(), comparison.champion.short());
    let Some(compared) = comparison.metrics.iter().find(|compared| compared.metric == *metric)
    else {
        return unmeasured(rule, &format!("{name} was not measured"));
    };
    // Packaged or documented anew, it is no challenger; fed otherwise, it is one and answers otherwise.
    let is_champion = comparison.model == evaluation.model
        && compared.challenger.is_some()
        && compared.champion == compared.challenger;
    if is_champion {
        return Judged {
            outcome: Outcome::NotApplicable,
            rows: evaluation.overall.rows,
            blocks: evaluation.overall.blocks,
            message: format!(
                "this is the champion's own model ({}), and it answers alike",
                comparison.model.short()
            ),
            ..unmeasured(rule, "")
        };
    }
    let reason = compared.reason.as_deref().unwrap_or("no reason is recorded");
    let Some(gain) = compared.gain.filter(|gain| gain.is_finite()) else {
        return unmeasured(rule, &format!("{name} has no value ({reason})"));
    };
    let Some(interval) = compared.interval.as_ref().filter(|interval| interval.is_sound()) else {
        return unmeasured(rule, &format!("{name} has no interval ({reason})"));
    };
    let place = format!("on the same {} rows", evaluation.overall.rows);
    let champion = Some(comparison.champion);
    decide(rule, &name, &place, gain, interval, Bound::Min(*by), &evaluation.overall, run, champion)
}
