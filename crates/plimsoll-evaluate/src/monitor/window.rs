//! A window measured, and held against the limits.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Measured, Metric, Part};
use plimsoll_core::gate::Demand;
use plimsoll_core::monitoring::{DayServed, Watched, WatchedLimit, Window};
use plimsoll_core::project::{Limit, Watch};
use plimsoll_core::{Day, SliceName};
use plimsoll_stats::blocks::Blocks;
use plimsoll_stats::plan::Plan;

use super::days::Span;
use super::drift::Compared;
use super::recorded::{Grouping, Labelled};
use super::{MonitorError, MonitorRequest, limit};
use crate::measure::{self, MetricChoice};
use crate::outcomes::pick;
use crate::slice;

/// Everything that windows are measured from.
pub(super) struct Rows<'r> {
    pub request: &'r MonitorRequest,
    pub labelled: &'r Labelled,
    pub compared: &'r Compared<'r>,
    pub plan: Plan,
    demands: Vec<Demand>,
}

impl<'r> Rows<'r> {
    pub(super) fn new(
        request: &'r MonitorRequest,
        labelled: &'r Labelled,
        compared: &'r Compared<'r>,
    ) -> Self {
        let evaluation = &request.evaluation;
        // Not the labelled rows, which grow: a window that is looked at again has the same interval.
        let plan = measure::plan(&[&evaluation.model, &evaluation.on], request.seed);
        let demand = |limit: &Limit| match limit {
            Limit::Metric { metric, bound, slice } => {
                Some(Demand::Limit { metric: *metric, bound: *bound, slice: slice.clone() })
            }
            Limit::Drift { .. } => None,
        };
        let demands = request.monitor.limits.iter().filter_map(|watch| demand(&watch.limit));
        Self { request, labelled, compared, demands: demands.collect(), plan }
    }

    /// Measures everything in `span` and judges it.
    pub(super) fn window(&self, span: Span) -> Result<Window, MonitorError> {
        let overall = self.part(span, None)?;
        let mut slices = BTreeMap::new();
        for name in self.labelled.slices.keys() {
            slices.insert(name.clone(), self.part(span, Some(name))?);
        }
        let days = self.request.days.iter().filter(|count| span.contains(count.day));
        let (predictions, labelled) =
            days.fold((0, 0), |(all, known), day| (all + day.predictions, known + day.labelled));
        Ok(Window {
            from: span.from,
            to: span.to,
            predictions,
            labelled,
            limits: self.judged(span, predictions, &overall, &slices),
            drift: self.compared.all(span),
            overall,
            slices,
        })
    }

    /// Tells whether a limit is breached in `span`, measuring no more than limits name.
    pub(super) fn is_breach(&self, span: Span) -> Result<bool, MonitorError> {
        let limits = || self.request.monitor.limits.iter().map(|watch| &watch.limit);
        let nothing = || Part { rows: 0, blocks: None, condition: None, metrics: Vec::new() };
        let whole = limits().any(|limit| matches!(limit, Limit::Metric { slice: None, .. }));
        let overall = if whole { self.part(span, None)? } else { nothing() };
        let mut slices = BTreeMap::new();
        for limit in limits() {
            if let Limit::Metric { slice: Some(name), .. } = limit
                && self.labelled.slices.contains_key(name)
                && !slices.contains_key(name)
            {
                slices.insert(name.clone(), self.part(span, Some(name))?);
            }
        }
        let days = self.request.days.iter().filter(|count| span.contains(count.day));
        let predictions = days.map(|day| day.predictions).sum();
        let judged = self.judged(span, predictions, &overall, &slices);
        Ok(judged.iter().any(|limit| limit.outcome == Watched::Breach))
    }

    fn judged(
        &self,
        span: Span,
        predictions: u64,
        overall: &Part,
        slices: &BTreeMap<SliceName, Part>,
    ) -> Vec<WatchedLimit> {
        let judge = |watch: &Watch| match &watch.limit {
            Limit::Metric { metric, bound, slice } => {
                let part = match slice {
                    None => Some(overall),
                    Some(name) => slices.get(name),
                };
                limit::metric(watch, *metric, *bound, slice.as_ref(), part, span)
            }
            Limit::Drift { column, max } => {
                let drift = self.compared.one(column.as_deref(), span);
                limit::drift(watch, drift.as_ref(), column.as_deref(), *max, predictions, span)
            }
        };
        self.request.monitor.limits.iter().map(judge).collect()
    }

    fn part(&self, span: Span, name: Option<&SliceName>) -> Result<Part, MonitorError> {
        let labelled = self.labelled;
        let condition = name.and_then(|name| self.request.evaluate.slices.get(name));
        let condition = condition.map(slice::describe);
        let mut chosen: Vec<bool> = labelled.days.iter().map(|day| span.contains(*day)).collect();
        match name.and_then(|name| labelled.slices.get(name)) {
            None => {}
            Some(Ok(rows)) => chosen.iter_mut().zip(rows).for_each(|(chosen, row)| *chosen &= row),
            Some(Err(reason)) => {
                let metrics = self.nothing(reason);
                return Ok(Part { rows: 0, blocks: None, condition, metrics });
            }
        }
        let outcomes = labelled.outcomes.only(&chosen);
        let blocks = self.blocks(&chosen);
        let unsound: u64 = labelled
            .unsound
            .iter()
            .filter(|(day, _)| span.contains(**day))
            .map(|(_, rows)| rows)
            .sum();
        let metrics = if unsound > 0 {
            let all = unsound + chosen.iter().filter(|chosen| **chosen).count() as u64;
            self.nothing(&format!(
                "an answer or a label is empty or not finite in {unsound} of {all} labelled rows"
            ))
        } else {
            measure::measure(&outcomes, &blocks, self.choice(), name, &self.plan)?
        };
        let blocks = blocks.declared_count().map(|count| count as u64);
        Ok(Part { rows: outcomes.rows() as u64, blocks, condition, metrics })
    }

    fn blocks(&self, chosen: &[bool]) -> Blocks {
        match &self.labelled.blocks {
            Grouping::Declared(labels) => Blocks::of_labels(&pick(labels, chosen, 1)),
            Grouping::InsteadOf(_) | Grouping::Days => {
                Blocks::of_labels(&pick(&self.labelled.days, chosen, 1))
            }
            Grouping::Rows => Blocks::rows(chosen.iter().filter(|chosen| **chosen).count()),
        }
    }

    /// Returns which metrics a window has.
    fn choice(&self) -> MetricChoice<'_> {
        MetricChoice::by(&self.request.evaluate, &self.demands)
    }

    fn nothing(&self, reason: &str) -> Vec<Measured> {
        let metrics = self.choice().of(self.request.task, false).into_iter();
        let nothing = |metric| Measured {
            metric,
            value: None,
            interval: None,
            reason: Some(reason.to_owned()),
        };
        metrics.map(nothing).collect()
    }

    /// Returns every day with the metrics that limits name, or else the first of the task.
    pub(super) fn days(&self) -> Result<Vec<DayServed>, MonitorError> {
        let mut shown: Vec<Metric> = self.demands.iter().filter_map(metric_of).collect();
        if shown.is_empty() {
            shown.extend(Metric::usual(self.request.task).next());
        }
        let few = Plan { resamples: 100, most_resamples: 100, ..self.plan };
        let mut of_day: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
        for (row, day) in self.labelled.days.iter().enumerate() {
            of_day.entry(*day).or_default().push(row);
        }
        let mut days = Vec::new();
        for count in &self.request.days {
            let mut metrics = BTreeMap::new();
            if let Some(rows) = of_day.get(&count.day) {
                let mut chosen = vec![false; self.labelled.days.len()];
                for row in rows {
                    chosen[*row] = true;
                }
                let outcomes = self.labelled.outcomes.only(&chosen);
                let blocks = Blocks::rows(outcomes.rows());
                let choice = MetricChoice { demands: &[], metrics: &shown, ..self.choice() };
                let measured = measure::measure(&outcomes, &blocks, choice, None, &few)?;
                let named = measured.into_iter().filter(|m| shown.contains(&m.metric));
                metrics
                    .extend(named.filter_map(|m| Some((m.metric.as_str().to_owned(), m.value?))));
            }
            days.push(DayServed {
                day: count.day,
                predictions: count.predictions,
                labelled: count.labelled,
                metrics,
            });
        }
        Ok(days)
    }
}

fn metric_of(demand: &Demand) -> Option<Metric> {
    match demand {
        Demand::Limit { metric, .. } => Some(*metric),
        _ => None,
    }
}
