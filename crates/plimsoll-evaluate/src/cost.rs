//! What answers cost, by the costs that a project declares.

use plimsoll_core::project::Costs;
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::costs::{CostMatrix, mean_cost};
use plimsoll_stats::estimate::Estimate;
use plimsoll_stats::paired::PairedLosses;
use plimsoll_stats::plan::Plan;
use plimsoll_stats::sample::SampleError;

use crate::outcomes::Outcomes;

/// Returns what the answer to each row costs, or why that cannot be told.
fn of_rows(outcomes: &Outcomes, costs: Option<&Costs>) -> Result<Vec<f64>, String> {
    let costs = costs.ok_or("`evaluate.costs` does not say what answers cost")?;
    let matrix =
        |classes, costs| CostMatrix::new(classes, costs).map_err(|error| error.to_string());
    let found = match (outcomes, costs) {
        (
            Outcomes::Binary { truth, predicted, .. },
            Costs::Binary { false_positive, false_negative, true_positive, true_negative },
        ) => {
            let of = |rows: &[bool]| rows.iter().map(|row| u32::from(*row)).collect::<Vec<_>>();
            let costs = vec![*true_negative, *false_positive, *false_negative, *true_positive];
            matrix(2, costs)?.of_rows(&of(truth), &of(predicted))
        }
        (Outcomes::Multiclass { classes, truth, predicted, .. }, Costs::Classes(costs)) => {
            let count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
            let pairs = classes.iter().flat_map(|truth| classes.iter().map(move |it| (truth, it)));
            let all = pairs.map(|(truth, answer)| {
                let said = costs.get(truth).and_then(|of| of.get(answer)).copied();
                said.or((truth == answer).then_some(0.0)).ok_or_else(|| {
                    format!("`evaluate.costs` does not say what `{answer}` costs where `{truth}` is true")
                })
            });
            matrix(count, all.collect::<Result<Vec<f64>, String>>()?)?.of_rows(truth, predicted)
        }
        _ => return Err("`evaluate.costs` is of another task".to_owned()),
    };
    found.map_err(|error| error.to_string())
}

/// Measures the mean cost of an answer or, with a challenger, the share of it that that one saves; or
/// says why that cannot be told.
pub(crate) fn measure(
    (outcomes, challenger): (&Outcomes, Option<&Outcomes>),
    costs: Option<&Costs>,
    limits: &[f64],
    blocks: &Blocks,
    plan: &Plan,
) -> Result<Result<Estimate, String>, SampleError> {
    let new = challenger.map(|challenger| of_rows(challenger, costs)).transpose();
    let (old, new) = match of_rows(outcomes, costs).and_then(|old| Ok((old, new?))) {
        Ok(both) => both,
        Err(reason) => return Ok(Err(reason)),
    };
    let found = match new {
        None => mean_cost(&old, limits, blocks, plan)?,
        Some(new) if old.iter().chain(&new).any(|cost| *cost < 0.0) => {
            let reason = "a share of costs means nothing where some answers bring something in";
            return Ok(Err(reason.to_owned()));
        }
        Some(new) => PairedLosses::new(&old, &new)?.saved_share(limits, blocks, plan)?,
    };
    Ok(found.map_err(|reason| reason.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn binary(true_positive: f64) -> Costs {
        Costs::Binary {
            false_positive: 5.0,
            false_negative: 100.0,
            true_positive,
            true_negative: 0.0,
        }
    }

    fn outcomes(predicted: [bool; 4]) -> Outcomes {
        Outcomes::Binary {
            truth: vec![false, false, true, true],
            predicted: predicted.to_vec(),
            scores: None,
        }
    }

    #[test]
    fn each_row_costs_what_is_declared() {
        let found = of_rows(&outcomes([false, true, false, true]), Some(&binary(-3.0)));
        assert_eq!(found.unwrap(), [0.0, 5.0, 100.0, -3.0]);
        assert!(of_rows(&outcomes([true; 4]), None).unwrap_err().contains("`evaluate.costs`"));
        let classes = Outcomes::Multiclass {
            classes: vec!["a".into(), "b".into()],
            truth: vec![0, 1, 1],
            predicted: vec![0, 0, 1],
            probability: None,
        };
        let of = |from: &str, to: &str| {
            Costs::Classes(BTreeMap::from([(
                from.to_owned(),
                BTreeMap::from([(to.to_owned(), 7.0)]),
            )]))
        };
        let mut both = of("b", "a");
        if let (Costs::Classes(all), Costs::Classes(more)) = (&mut both, of("a", "b")) {
            all.extend(more);
        }
        assert_eq!(of_rows(&classes, Some(&both)).unwrap(), [0.0, 7.0, 0.0]);
        // What is not said costs no nothing.
        let unsaid = of_rows(&classes, Some(&of("a", "b"))).unwrap_err();
        assert!(unsaid.contains("what `a` costs where `b` is true"), "{unsaid}");
        assert!(of_rows(&classes, Some(&binary(0.0))).is_err());
    }
}
