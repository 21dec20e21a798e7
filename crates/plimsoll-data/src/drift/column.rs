//! A column's part of the report, by the default or by a method that was asked for.

use plimsoll_stats::drift::decide::{Answer, of_column};
use plimsoll_stats::drift::facet::Aspect;
use plimsoll_stats::tested::NoAnswer;

use super::DriftError;
use super::judge::Compared;
use super::look::{Look, Measure, Steps};
use super::method::{Needs, Outcome, Rule, Samples, apply};
use super::options::Options;
use super::pair::Pair;
use super::pass::Rows;
use super::plot::plot;
use super::report::{ColumnReport, ErrorReport, FacetReport, Named};
use super::shown::{Shown, shown};
use crate::profile::{Column, Kind, Numbers};

/// Returns the rule by which the shape of a column is judged instead of the default.
///
/// # Errors
/// A rule for this very column does not apply to it.
pub(super) fn rule(
    pair: &Pair<'_>,
    looks: &[Look],
    options: &Options,
) -> Result<Option<Rule>, DriftError> {
    let Some(rule) = options.of_columns.get(pair.name()) else {
        let applies = |rule: &&Rule| hindrance(rule, looks).is_none();
        return Ok(options.methods.iter().find(applies).copied());
    };
    match hindrance(rule, looks) {
        None => Ok(Some(*rule)),
        Some(reason) => Err(DriftError::Method {
            method: rule.method,
            column: pair.name().to_owned(),
            kind: pair.kind,
            reason: reason.to_owned(),
        }),
    }
}

/// Returns the places of values that either side has.
pub(super) fn filled(values: &[Vec<u64>; 2]) -> impl Iterator<Item = usize> {
    (0..values[0].len()).filter(|&at| values[0][at] + values[1][at] > 0)
}

/// Says why a rule does not apply; nothing if it does.
fn hindrance(rule: &Rule, looks: &[Look]) -> Option<&'static str> {
    let shape = looks.iter().find(|look| look.aspect == Aspect::Shape);
    match (rule.method.needs(), shape.map(|look| &look.measure)) {
        (Needs::Cells, Some(_)) | (Needs::Order | Needs::Rows, Some(Measure::Ordered { .. })) => {
            None
        }
        (Needs::TwoCells, Some(Measure::Counted { values, .. })) if filled(values).count() == 2 => {
            None
        }
        (Needs::Order | Needs::Rows, _) => Some("it needs numbers"),
        (Needs::TwoCells, _) => Some("it needs two values"),
        (Needs::Cells, None) => Some("it needs numbers, categories or true and false"),
    }
}

/// Describes what was found of a column.
pub(super) fn column(
    compared: &Compared<'_>,
    options: &Options,
    rows: [Option<&Rows<'_>>; 2],
) -> Result<ColumnReport, DriftError> {
    let pair = &compared.pair;
    let mut facets: Vec<FacetReport> = compared.judged.iter().map(FacetReport::of).collect();
    let mut errors: Vec<(ErrorReport, Answer)> = compared
        .looks
        .iter()
        .zip(&compared.facets)
        .filter_map(|(look, facet)| Some(error(look.aspect, facet.as_ref().err()?)))
        .collect();
    if let Some(rule) = compared.rule {
        match by_rule(rule, pair, &compared.looks, rows)? {
            Ok(outcome) => facets.push(facet(rule, outcome)),
            Err(reason) => errors.push(error(Aspect::Shape, &reason)),
        }
    }
    // What says the most about a column is its shape.
    facets.sort_by(|a, b| {
        let order = b.answer.cmp(&a.answer).then(b.aspect.is_shape().cmp(&a.aspect.is_shape()));
        order.then(b.weight().total_cmp(&a.weight()))
    });
    let answers = facets.iter().map(|facet| facet.answer);
    let answer = of_column(answers.chain(errors.iter().map(|(_, answer)| *answer)));
    let first = facets.first();
    let shape = compared.looks.iter().find(|look| look.aspect.is_shape());
    let new = compared.looks.iter().find(|look| look.aspect == Aspect::NewValues);
    let moved = facets.iter().filter(|facet| {
        matches!(facet.method, Named::Test(_)) && facet.aspect != Aspect::Duplicates
    });
    Ok(ColumnReport {
        name: pair.name().to_owned(),
        kind: pair.kind,
        is_target: options.target.as_deref() == Some(pair.name()),
        drifted: answer == Answer::Yes,
        answer,
        aspect: first.map(|facet| facet.aspect),
        method: first.map(|facet| facet.method),
        effect: first.and_then(|facet| facet.effect),
        minimum: first.map(|facet| facet.minimum),
        p: first.and_then(|facet| facet.p),
        ln_p: first.and_then(|facet| facet.ln_p),
        p_adjusted: first.and_then(|facet| facet.p_adjusted),
        ln_p_adjusted: first.and_then(|facet| facet.ln_p_adjusted),
        detectable_effect: first.and_then(|facet| facet.detectable_effect),
        at_the_limit: first.is_some_and(|facet| facet.at_the_limit),
        moved_share: moved.filter_map(|facet| facet.effect).reduce(f64::max),
        rows_needed: first.and_then(|facet| facet.rows_needed),
        facets,
        errors: errors.into_iter().map(|(error, _)| error).collect(),
        shown: shape.map(shown).unwrap_or_default(),
        new_values: new.map_or_else(Shown::default, shown).moved,
        plot: shape.and_then(|shape| plot(pair.name(), shape)),
    })
}

fn error(aspect: Aspect, reason: &NoAnswer) -> (ErrorReport, Answer) {
    let answer = if reason.is_undecided() { Answer::Undecided } else { Answer::Error };
    (ErrorReport { aspect, reason: reason.to_string() }, answer)
}

fn facet(rule: Rule, outcome: Outcome) -> FacetReport {
    FacetReport {
        aspect: Aspect::Shape,
        method: Named::Method(rule.method),
        answer: if outcome.drifted { Answer::Yes } else { Answer::No },
        observed: Some(outcome.value),
        effect: Some(outcome.value),
        interval: None,
        minimum: rule.threshold,
        p: outcome.p.map(plimsoll_stats::p_value::PValue::get),
        ln_p: outcome.p.and_then(plimsoll_stats::p_value::PValue::ln_where_tiny),
        p_adjusted: None,
        ln_p_adjusted: None,
        detectable_effect: None,
        at_the_limit: false,
        sketch_error: 0.0,
        hidden: 0.0,
        design_effects: [1.0; 2],
        rows_needed: None,
    }
}

fn by_rule(
    rule: Rule,
    pair: &Pair<'_>,
    looks: &[Look],
    rows: [Option<&Rows<'_>>; 2],
) -> Result<Result<Outcome, NoAnswer>, DriftError> {
    let shape = looks.iter().find(|look| look.aspect == Aspect::Shape);
    match shape.map(|look| &look.measure) {
        Some(Measure::Counted { values, .. }) if rule.method.needs() == Needs::TwoCells => {
            // "Other values" are there for two values as well, and empty.
            let of = |side: usize| filled(values).map(|at| values[side][at]).collect::<Vec<u64>>();
            Ok(apply(rule, &Samples::Cells([&of(0), &of(1)])))
        }
        Some(Measure::Counted { values: [a, b], .. }) => Ok(apply(rule, &Samples::Cells([a, b]))),
        Some(Measure::Ordered { sides: [a, b], .. }) if rule.method.needs() != Needs::Rows => {
            Ok(apply(rule, &Samples::Ordered([a, b])))
        }
        _ => {
            let mut sides = Vec::new();
            for (column, rows) in pair.columns().into_iter().zip(rows) {
                sides.push(numbers(rule, column, pair.kind, rows)?);
            }
            let [a, b] = [0, 1].map(|side: usize| sides.get(side).map_or(&[][..], Vec::as_slice));
            Ok(apply(rule, &Samples::Rows([a, b])))
        }
    }
}

/// Returns each number of a column, from the rows, or from a profile that counted every value.
fn numbers(
    rule: Rule,
    column: &Column,
    kind: Kind,
    rows: Option<&Rows<'_>>,
) -> Result<Vec<f64>, DriftError> {
    let mut found = Vec::new();
    if let Some(rows) = rows.filter(|rows| rows.fit()) {
        rows.numbers(&[(column.name(), kind)], |numbers| found = numbers)?;
        found.retain(|number| !number.is_nan());
        return Ok(found);
    }
    if let Some(counted) =
        column.all_numbers().filter(|numbers| numbers.is_exact() && fits(numbers))
    {
        let items = Steps::of(counted.items(), column.rows());
        let repeated = |(value, count): (f64, u64)| {
            std::iter::repeat_n(value, usize::try_from(count).unwrap_or_default())
        };
        return Ok(items.ladder().ordered().items.flat_map(repeated).collect());
    }
    Err(DriftError::Method {
        method: rule.method,
        column: column.name().to_owned(),
        kind,
        reason: "it needs every row, which a profile of so many values does not hold".to_owned(),
    })
}

/// Tells whether the rows that a profile counted can be laid out.
fn fits(numbers: &Numbers) -> bool {
    numbers.count() <= 32 << 20
}
