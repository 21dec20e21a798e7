//! The decision over all facets of all columns.

use serde::{Deserialize, Serialize};

use super::facet::Facet;
use super::numbers;
use super::power::RowsNeeded;
use crate::fdr::benjamini_hochberg;
use crate::p_value::PValue;

/// The smallest effects that matter, and the level of the whole family.
///
/// The minima are judgement; that they hold the level is simulated (`tests/drift`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Limits {
    /// The largest adjusted p-value at which a facet drifts.
    pub level: f64,
    /// The smallest distance or total variation, from 0 to 1.
    pub shape: f64,
    /// The smallest excess share of rows in the tails.
    pub tails: f64,
    /// The smallest difference of the shares of missing or repeated rows.
    pub missing: f64,
    /// The smallest excess share of rows with a value that was never seen.
    pub new_values: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { level: 0.01, shape: 0.10, tails: 0.02, missing: 0.05, new_values: 0.01 }
    }
}

/// A shape is judged only where chance alone moves it by less than this part of the minimum.
///
/// At 0.5 five categories missed 26 % of effects of 1.5 times the minimum (specs 1.4).
pub const QUIET: f64 = 0.4;

/// The same part where what chance moves is the sum over more than five or so values: more of what
/// moved is then taken for chance.
///
/// At 0.4 six equal categories missed 6.6 % of effects of 1.5 times the minimum
/// (`tests/drift/flips.rs`).
pub const QUIET_OF_CELLS: f64 = 0.35;

/// Whether something drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It did not, as far as an effect of the minimum is concerned.
    No,
    /// There are too few rows or blocks to say.
    Undecided,
    /// It could not be measured. Never a no.
    Error,
    /// It did.
    Yes,
}

/// A facet with what the whole family makes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What was found.
    pub facet: Facet,
    /// The Benjamini-Hochberg adjusted p-value.
    pub adjusted: PValue,
    /// The smallest effect that the test would find with a chance of 80 % at the first step of the
    /// family, which is `level / facets`.
    pub detectable: f64,
    /// Whether it drifted.
    pub answer: Answer,
    /// How many rows would decide, where too few are the reason that it is undecided.
    pub needed: Option<RowsNeeded>,
}

/// Judges the facets of all columns as one family.
///
/// A facet drifts when its effect is at least its minimum and its adjusted p at most `level`. One
/// that does not, and of whose shape chance alone makes more than [`QUIET`] of the minimum, or of many
/// values [`QUIET_OF_CELLS`], is undecided; so is one of whose values so many are not told apart that
/// what moved among them could make the minimum, and everything with fewer than ten blocks on a side.
pub fn decide(columns: &[Vec<Facet>], level: f64) -> Vec<Vec<Judged>> {
    let family: Vec<PValue> = columns.iter().flatten().map(|facet| facet.p).collect();
    let mut adjusted = benjamini_hochberg(&family).into_iter();
    let first_step = level / family.len().max(1) as f64;
    let judge = |(&facet, adjusted): (&Facet, PValue)| {
        let (answer, needed) = answer(&facet, adjusted, level);
        let detectable = facet.power.detectable(first_step, facet.sides);
        Judged { facet, adjusted, detectable, answer, needed }
    };
    let column = |facets: &Vec<Facet>| facets.iter().zip(adjusted.by_ref()).map(judge).collect();
    columns.iter().map(column).collect()
}

fn answer(facet: &Facet, adjusted: PValue, level: f64) -> (Answer, Option<RowsNeeded>) {
    if facet.sides.has_few_blocks() {
        return (Answer::Undecided, None);
    }
    if facet.effect >= facet.minimum && adjusted.get() <= level {
        return (Answer::Yes, None);
    }
    if facet.hidden > 0.0 && facet.effect + facet.hidden >= facet.minimum {
        return (Answer::Undecided, None);
    }
    let Some(noise) = facet.noise else { return (Answer::No, None) };
    let is_of_cells = noise > numbers::noise(facet.sides);
    let quiet = if is_of_cells { QUIET_OF_CELLS } else { QUIET } * facet.minimum;
    if noise > quiet {
        (Answer::Undecided, RowsNeeded::to_reach(noise, quiet, facet.sides))
    } else {
        (Answer::No, None)
    }
}

/// Returns the answer of a column: yes if one of its facets drifted, then error, then undecided.
///
/// Nothing measured is an error, not a no.
pub fn of_column(facets: impl IntoIterator<Item = Answer>) -> Answer {
    facets.into_iter().max().unwrap_or(Answer::Error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::facet::{Aspect, Test};
    use crate::drift::power::Power;
    use crate::drift::sides::{Sides, Weight};

    fn facet(effect: f64, p: f64, rows: u64) -> Facet {
        let sides = Sides::independent(rows, rows);
        Facet {
            aspect: Aspect::Shape,
            observed: effect,
            effect,
            half_width: Some(0.98 * sides.unit().sqrt()),
            sketch_error: 0.0,
            hidden: 0.0,
            minimum: 0.1,
            noise: Some(0.87 * sides.unit().sqrt()),
            test: Test::KolmogorovSmirnov,
            p: PValue::of(p).unwrap(),
            sides,
            power: Power::Distance,
        }
    }

    fn alone(facet: Facet) -> Judged {
        decide(&[vec![facet]], 0.01)[0][0]
    }

    #[test]
    fn drift_needs_the_effect_and_the_test() {
        assert_eq!(alone(facet(0.12, 1e-9, 10_000)).answer, Answer::Yes);
        assert_eq!(alone(facet(0.12, 0.02, 10_000)).answer, Answer::No);
        assert_eq!(alone(facet(0.08, 1e-30, 10_000)).answer, Answer::No);
    }

    #[test]
    fn few_rows_are_undecided_unless_they_are_sure() {
        let few = alone(facet(0.0, 0.9, 900));
        assert_eq!((few.answer, few.needed.unwrap().each), (Answer::Undecided, 947));
        assert_eq!(alone(facet(0.0, 0.9, 947)).answer, Answer::No);
        assert_eq!(alone(facet(0.5, 1e-20, 900)).answer, Answer::Yes);
        // What many values make is to be less.
        let cells = |noise: f64| alone(Facet { noise: Some(noise), ..facet(0.0, 0.9, 10_000) });
        assert_eq!(cells(0.034).answer, Answer::No);
        assert_eq!(cells(0.036).answer, Answer::Undecided);
        let missing = Facet { noise: None, aspect: Aspect::Missing, ..facet(0.0, 0.9, 30) };
        assert_eq!(alone(missing).answer, Answer::No);
    }

    #[test]
    fn what_is_not_told_apart_is_no_reason_to_say_that_nothing_moved() {
        let hidden = |hidden: f64| alone(Facet { hidden, ..facet(0.02, 0.5, 100_000) });
        assert_eq!(hidden(0.05).answer, Answer::No);
        let open = hidden(0.9);
        assert_eq!((open.answer, open.needed), (Answer::Undecided, None));
        let sure = alone(Facet { hidden: 0.9, ..facet(0.3, 1e-9, 100_000) });
        assert_eq!(sure.answer, Answer::Yes);
    }

    #[test]
    fn few_blocks_are_undecided_however_sure_they_look() {
        let mut facet = facet(0.5, 1e-20, 10_000);
        facet.sides.current = Weight::clustered(10_000, 1.0, 9);
        assert_eq!(alone(facet).answer, Answer::Undecided);
    }

    #[test]
    fn all_columns_are_one_family() {
        let quiet = vec![facet(0.0, 0.9, 10_000); 9];
        let family = [quiet, vec![facet(0.12, 0.002, 10_000)]];
        let judged = decide(&family, 0.01);
        assert!((judged[1][0].adjusted.get() - 0.02).abs() < 1e-12);
        assert_eq!(judged[1][0].answer, Answer::No);
        assert_eq!(alone(facet(0.12, 0.002, 10_000)).answer, Answer::Yes);
        assert!(judged[1][0].detectable > alone(facet(0.12, 0.002, 10_000)).detectable);
        assert!(decide(&[], 0.01).is_empty());
    }

    #[test]
    fn a_column_is_what_its_worst_facet_is() {
        use Answer::{Error, No, Undecided, Yes};
        assert_eq!(of_column([No, Yes, Error]), Yes);
        assert_eq!(of_column([No, Undecided, Error]), Error);
        assert_eq!(of_column([No, Undecided]), Undecided);
        assert_eq!(of_column([No, No]), No);
        assert_eq!(of_column([]), Error);
    }
}
