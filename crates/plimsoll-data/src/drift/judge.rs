//! Facets of all columns, judged as one family.

use plimsoll_stats::drift::cells;
use plimsoll_stats::drift::decide::{Judged, Limits, decide};
use plimsoll_stats::drift::facet::{Aspect, Facet, Test};
use plimsoll_stats::drift::sides::Sides;
use plimsoll_stats::drift::unseen::{Counted as OfValue, new_values};
use plimsoll_stats::drift::{numbers, shares};
use plimsoll_stats::tested::NoAnswer;

use super::DriftError;
use super::column;
use super::given::Given;
use super::look::{Look, Measure, Steps, looks};
use super::method::Rule;
use super::options::{Options, Tested};
use super::pair::Pair;
use super::pass::Rows;
use super::weigh::{Counted, InBlocks, Named, in_order, is_stored, sides_in_order};

/// A column with what was found of it.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) pair: Pair<'a>,
    pub(super) looks: Vec<Look>,
    /// By what its shape is judged instead of the default.
    pub(super) rule: Option<Rule>,
    /// What was made of each look.
    pub(super) facets: Vec<Result<Facet, NoAnswer>>,
    /// Those of them that could be made, judged.
    pub(super) judged: Vec<Judged>,
}

impl Compared<'_> {
    /// Tells whether a look is judged by the default.
    fn is_judged(&self, look: &Look) -> bool {
        self.rule.is_none() || look.aspect != Aspect::Shape
    }
}

/// How rows depend on each other.
#[derive(Clone, Debug)]
pub(super) enum Dependence {
    /// Not at all, as far as is known.
    Independent,
    /// Within blocks.
    Blocks(String),
    /// On those before them, on the sides where this says so.
    Order([bool; 2]),
}

/// Compares columns: facets, then all of them judged together, then those again whose sketches
/// could decide otherwise than the rows.
pub(super) fn judge<'a>(
    pairs: Vec<Pair<'a>>,
    given: [&'a Given; 2],
    rows: [Option<&Rows<'_>>; 2],
    dependence: &Dependence,
    options: &Options,
) -> Result<(Vec<Compared<'a>>, Option<[usize; 2]>), DriftError> {
    let mut columns = Vec::new();
    for pair in pairs {
        let mut looks = looks(&pair, options.grid())?;
        if matches!(dependence, Dependence::Blocks(_)) && rows.iter().any(Option::is_none) {
            looks.retain(|look| is_stored(look, pair.kind));
        }
        let rule = column::rule(&pair, &looks, options)?;
        columns.push(Compared { pair, looks, rule, facets: Vec::new(), judged: Vec::new() });
    }
    let blocks = weigh(&mut columns, given, rows, dependence, options)?;
    judge_all(&mut columns, &options.limits);
    if recount(&mut columns, rows)? {
        judge_all(&mut columns, &options.limits);
    }
    Ok((columns, blocks))
}

fn judge_all(columns: &mut [Compared<'_>], limits: &Limits) {
    let family: Vec<Vec<Facet>> = columns
        .iter()
        .map(|column| {
            let made = column.looks.iter().zip(&column.facets);
            let judged = made.filter(|(look, _)| column.is_judged(look));
            judged.filter_map(|(_, facet)| facet.clone().ok()).collect()
        })
        .collect();
    for (column, judged) in columns.iter_mut().zip(decide(&family, limits.level)) {
        column.judged = judged;
    }
}

/// Makes the facets, with how much the rows say. Returns the number of blocks.
fn weigh(
    columns: &mut [Compared<'_>],
    given: [&Given; 2],
    rows: [Option<&Rows<'_>>; 2],
    dependence: &Dependence,
    options: &Options,
) -> Result<Option<[usize; 2]>, DriftError> {
    let limits = &options.limits;
    let named: Vec<Named<'_>> = columns
        .iter()
        .flat_map(|column| column.looks.iter().map(|look| (column.pair.name(), look)))
        .collect();
    let of_rows = columns
        .first()
        .map_or([0; 2], |column| column.pair.columns().map(crate::profile::Column::rows));
    let mut found: Vec<Result<Facet, NoAnswer>> = Vec::with_capacity(named.len());
    let mut blocks = None;
    match dependence {
        Dependence::Blocks(by) => {
            let counted = [0, 1].map(|side: usize| match rows[side] {
                Some(rows) => Counted::Rows(rows),
                None => Counted::Stored(&given[side].profile, &given[side].shown),
            });
            let read = InBlocks::count(&named, counted, by)?;
            blocks = Some(read.blocks);
            for (at, (_, look)) in named.iter().enumerate() {
                let sides = read.sides(at, of_rows);
                let mut facet = match (&look.measure, read.of_values(at)) {
                    (Measure::New { values, .. }, Some(blocks)) => {
                        let values = values.iter().zip(blocks);
                        let values = values
                            .map(|(value, &blocks)| OfValue { blocks: Some(blocks), ..*value });
                        new_values(values, sides, limits.new_values)
                    }
                    _ => facet(look, sides, limits),
                };
                if options.tested == Tested::Permuted {
                    facet = facet.and_then(|facet| {
                        let exchanged = read.exchanged(at, look)?;
                        Ok(exchanged.map_or(facet, |(test, p)| Facet { test, p, ..facet }))
                    });
                }
                found.push(facet);
            }
        }
        Dependence::Order(is_in_order) => {
            let rows = [0, 1].map(|side| rows[side].filter(|_| is_in_order[side]));
            for (serial, (_, look)) in in_order(&named, rows)?.into_iter().zip(&named) {
                found.push(facet(look, sides_in_order(serial, of_rows), limits));
            }
        }
        Dependence::Independent => {
            let sides = Sides::independent(of_rows[0], of_rows[1]);
            found.extend(named.iter().map(|(_, look)| facet(look, sides, limits)));
        }
    }
    let mut found = found.into_iter();
    for column in columns {
        column.facets = found.by_ref().take(column.looks.len()).collect();
    }
    Ok(blocks)
}

fn facet(look: &Look, sides: Sides, limits: &Limits) -> Result<Facet, NoAnswer> {
    match &look.measure {
        Measure::Ordered { sides: [a, b], errors } => {
            let both = [&a.ladder(), &b.ladder()];
            numbers::shape(look.aspect, both, sides, limits.shape, errors.iter().sum())
        }
        Measure::Counted { cells, errors, hidden, .. } => {
            let facet = cells::shape(look.aspect, cells, sides, limits.shape, errors.iter().sum())?;
            Ok(Facet { hidden: *hidden, ..facet })
        }
        Measure::Share { hits } => shares::difference(look.aspect, *hits, sides, limits.missing),
        Measure::Tails { beyond } => numbers::tails(*beyond, sides, limits.tails),
        Measure::New { values, .. } => new_values(values.iter().copied(), sides, limits.new_values),
    }
}

/// Reads the rows of shapes again whose sketches leave open on which side of the minimum they are.
fn recount(columns: &mut [Compared<'_>], rows: [Option<&Rows<'_>>; 2]) -> Result<bool, DriftError> {
    let mut changed = false;
    for column in columns {
        if column.rule.is_some() {
            continue;
        }
        let (name, kind) = (column.pair.name(), column.pair.kind);
        for (look, made) in column.looks.iter_mut().zip(&mut column.facets) {
            let Ok(facet) = *made else { continue };
            if !facet.is_within_sketch_error() {
                continue;
            }
            for side in 0..2 {
                let Some(rows) = rows[side].filter(|rows| rows.fit()) else { continue };
                changed |= recounted(look, name, kind, side, rows)?;
            }
            let limits = Limits { shape: facet.minimum, ..Limits::default() };
            let mut again = self::facet(look, facet.sides, &limits);
            // Blocks were exchanged as they are in the rows: that does not depend on a sketch.
            if let (Test::BlockPermutation, Ok(again)) = (facet.test, &mut again) {
                (again.test, again.p) = (facet.test, facet.p);
            }
            *made = again;
        }
    }
    Ok(changed)
}

/// Puts the exact counts of a side in the place of those of its sketch.
fn recounted(
    look: &mut Look,
    name: &str,
    kind: crate::profile::Kind,
    side: usize,
    rows: &Rows<'_>,
) -> Result<bool, DriftError> {
    match &mut look.measure {
        Measure::Ordered { sides, errors } if errors[side] > 0.0 => {
            rows.numbers(&[(name, kind)], |mut numbers| {
                let all = numbers.len() as u64;
                numbers.retain(|number| !number.is_nan());
                numbers.sort_unstable_by(f64::total_cmp);
                sides[side] = Steps::of(numbers.into_iter().map(|number| (number, 1)), all);
            })?;
            errors[side] = 0.0;
            Ok(true)
        }
        Measure::Counted { cells, errors, .. } if errors[side] > 0.0 => {
            let Some(slots) = &look.slots else { return Ok(false) };
            let Some(counts) = rows.counts(&[(name, slots)], None)?.into_iter().flatten().next()
            else {
                return Ok(false);
            };
            let of_side = if side == 0 { &mut cells.reference } else { &mut cells.current };
            *of_side = counts.counts;
            errors[side] = 0.0;
            Ok(true)
        }
        _ => Ok(false),
    }
}
