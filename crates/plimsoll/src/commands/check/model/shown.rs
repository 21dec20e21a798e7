//! What the checks saw, as a document.

use std::fmt;
use std::time::Duration;

use plimsoll_core::checks::Excess;
use plimsoll_core::evidence::{CheckName, CheckState, Checked, Part, Spent, WeakParts};
use plimsoll_core::project::Task;
use plimsoll_core::{Finding, Severity, number};
use plimsoll_evaluate::checks::Ending;
use plimsoll_evaluate::report::{CheckReport, CostLimit, check_html};
use plimsoll_evaluate::weak;
use plimsoll_stats::p_value;
use serde::Serialize;

use super::costs::{self, Limit};
use super::plan::Plan;
use crate::error::{CommandError, Kind};
use crate::ui::{Cell, Document, Paint, Table, paint};
use crate::view;

/// What the checks say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// All of them pass.
    Pass,
    /// The rows cannot tell.
    Inconclusive,
    /// Something is wrong.
    Block,
    /// A check could not run.
    Error,
}

/// A check that did not run, with the reason.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Skipped {
    pub(super) check: CheckName,
    pub(super) reason: &'static str,
}

/// A model, checked.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CheckedModel {
    pub(super) verdict: Answer,
    pub(super) model: String,
    pub(super) on: String,
    pub(super) task: Task,
    pub(super) target: String,
    pub(super) block: Option<String>,
    pub(super) duration_ms: u64,
    pub(super) overall: Part,
    pub(super) checks: Vec<Checked>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) weak: Option<WeakParts>,
    pub(super) spent: Option<Spent>,
    pub(super) findings: Vec<Finding>,
    #[serde(skip)]
    limits: Vec<Limit>,
    #[serde(skip)]
    worse_by: Option<Excess>,
}

/// What was seen of a model, and what it is held against.
pub(super) struct Seen {
    pub(super) overall: Part,
    pub(super) checks: Vec<Checked>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) weak: Option<WeakParts>,
    pub(super) worse_by: Option<Excess>,
    pub(super) spent: Option<Spent>,
    pub(super) limits: Vec<Limit>,
}

impl CheckedModel {
    pub(super) fn new(plan: &Plan, seen: Seen) -> Self {
        let Seen { overall, checks, skipped, weak, worse_by, spent, limits } = seen;
        let request = &plan.request;
        let mut findings: Vec<Finding> =
            checks.iter().flat_map(|checked| checked.findings.iter().cloned()).collect();
        let searched = || weak.as_ref().zip(worse_by);
        findings.extend(searched().into_iter().flat_map(|(weak, by)| weak.beyond(by.get())));
        findings.extend(spent.iter().flat_map(|spent| costs::findings(&limits, spent)));
        Self {
            verdict: Answer::Error,
            model: request.shown.clone(),
            on: request.on_shown.clone(),
            task: request.task,
            target: request.target.clone(),
            block: request.block.clone(),
            duration_ms: 0,
            overall,
            checks,
            skipped,
            weak,
            spent,
            findings,
            limits,
            worse_by,
        }
    }

    /// Says what all checks say together; `undecided` ones may pass.
    pub(super) fn judged(mut self, allow_undecided: bool, took: Duration) -> Self {
        let any = |state| self.checks.iter().any(|checked| checked.state == state);
        let blocks = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        // Without a check, a limit or a search that is held against one nothing was judged.
        let limited = self.spent.is_some() && !self.limits.is_empty();
        let nothing = self.checks.is_empty() && !limited && self.weak_ends().is_none();
        let costs = |how| {
            let ends = |spent| self.limits.iter().any(|limit| limit.ending(spent) == how);
            self.spent.as_ref().is_some_and(ends)
        };
        let open = any(CheckState::Undecided)
            || costs(Ending::Undecided)
            || self.weak_ends() == Some(Ending::Undecided);
        self.verdict = if any(CheckState::Failed) || costs(Ending::Failed) || nothing {
            Answer::Error
        } else if blocks {
            Answer::Block
        } else if open && !allow_undecided {
            Answer::Inconclusive
        } else {
            Answer::Pass
        };
        self.duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Returns how the search for weak parts ends, where a limit is set: without a part that has
    /// enough rows nothing is known.
    fn weak_ends(&self) -> Option<Ending> {
        let (weak, by) = self.weak.as_ref().zip(self.worse_by)?;
        Some(if !weak.beyond(by.get()).is_empty() {
            Ending::Block
        } else if weak.searched == 0
            || weak.untold() > 0
            || weak.undecided(by.get()).next().is_some()
        {
            Ending::Undecided
        } else {
            Ending::Pass
        })
    }

    /// Returns it as one self-contained HTML page.
    pub(super) fn html(&self) -> Result<String, CommandError> {
        let limits: Vec<CostLimit> = self
            .spent
            .iter()
            .flat_map(|spent| self.limits.iter().map(|limit| limit.of_report(spent)))
            .collect();
        let report = CheckReport {
            model: &self.model,
            told: &self.told(),
            ending: match self.verdict {
                Answer::Pass => Ending::Pass,
                Answer::Inconclusive => Ending::Undecided,
                Answer::Block => Ending::Block,
                Answer::Error => Ending::Failed,
            },
            sentence: &self.in_words(),
            findings: &self.findings,
            overall: &self.overall,
            checks: &self.checks,
            weak: self.weak.as_ref(),
            spent: self.spent.as_ref(),
            limits: &limits,
        };
        check_html(&report).map_err(|error| CommandError::new(Kind::Bug, error))
    }

    /// Returns on what the model was checked, in a line.
    fn told(&self) -> String {
        let blocks = match (self.overall.blocks, &self.block) {
            (Some(blocks), Some(column)) => format!(" in {blocks} blocks of {column}"),
            _ => String::new(),
        };
        format!(
            "{} of {} on {} ({} rows{blocks}), in {}",
            self.task,
            self.target,
            self.on,
            self.overall.rows,
            view::duration(self.duration_ms),
        )
    }

    /// Returns what all checks, limits of costs and the search say together, in words.
    pub(super) fn in_words(&self) -> String {
        let of_checks = self.checks.iter().map(Ending::of);
        let of_costs =
            self.spent.iter().flat_map(|spent| self.limits.iter().map(|limit| limit.ending(spent)));
        let of_weak = self.weak_ends();
        let endings: Vec<Ending> = of_checks.chain(of_costs).chain(of_weak).collect();
        let count = |wanted: Ending| endings.iter().filter(|ending| **ending == wanted).count();
        let what = if endings.len() == self.checks.len() { "checks" } else { "checks and limits" };
        let pass = count(Ending::Pass) + count(Ending::Warn);
        let mut words = vec![format!("{pass} of {} {what} pass", endings.len())];
        for (ending, word) in [
            (Ending::Block, "block"),
            (Ending::Failed, "could not run"),
            (Ending::Undecided, "undecided"),
        ] {
            let count = count(ending);
            if count > 0 {
                words.push(format!("{count} {word}"));
            }
        }
        words.join(", ")
    }
}

/// Returns the colour of an ending.
fn colour_of(ending: Ending) -> Paint {
    match ending {
        Ending::Pass => Paint::Good,
        Ending::Warn | Ending::Undecided => Paint::Warning,
        Ending::Block | Ending::Failed => Paint::Bad,
    }
}

impl Document for CheckedModel {
    const SCHEMA: &'static str = "plimsoll.check-model/v1";
}

impl fmt::Display for CheckedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = match self.verdict {
            Answer::Pass => Paint::Good,
            Answer::Inconclusive => Paint::Warning,
            Answer::Block | Answer::Error => Paint::Bad,
        };
        let answer = match self.verdict {
            Answer::Pass => "pass",
            Answer::Inconclusive => "inconclusive",
            Answer::Block => "block",
            Answer::Error => "error",
        };
        let model = paint(Paint::Strong, &self.model);
        writeln!(f, "{model} {}: {}", paint(colour, answer), self.in_words())?;
        let told = format!("  {}", self.told());
        writeln!(f, "{}", paint(Paint::Faint, told))?;
        for checked in &self.checks {
            let ending = Ending::of(checked);
            let (sign, colour) = (ending.sign(), colour_of(ending));
            let word = format!("{:<10}", ending.word());
            let check = format!("{:<18}", checked.check.as_str());
            // A finding tells it below, with what to do.
            let summary = match checked.findings.len() {
                0 => checked.summary.clone(),
                1 => "1 finding".to_owned(),
                count => format!("{count} findings"),
            };
            writeln!(f, "  {} {} {check} {summary}", paint(colour, sign), paint(colour, word))?;
            if let Some(rows) = checked.rows_needed {
                writeln!(f, "      about {rows} rows would settle it")?;
            }
        }
        for skipped in self.skipped.iter().filter(|skipped| skipped.reason != "not asked for") {
            let line = format!("  – {:<10} {:<18} {}", "not tried", skipped.check, skipped.reason);
            writeln!(f, "{}", paint(Paint::Faint, line))?;
        }
        if !self.findings.is_empty() {
            writeln!(f)?;
        }
        view::verdict::write_findings(f, &self.findings)?;
        if let Some(spent) = &self.spent {
            self.write_costs(f, spent)?;
        }
        match &self.weak {
            Some(weak) => write_weak(f, weak),
            None => Ok(()),
        }
    }
}

impl CheckedModel {
    fn write_costs(&self, f: &mut fmt::Formatter<'_>, spent: &Spent) -> fmt::Result {
        let name = paint(Paint::Strong, "budgets");
        let told = format!(
            "{} requests, one at a time, on {}",
            spent.requests,
            spent.machine.as_deref().unwrap_or("this machine")
        );
        writeln!(f, "\n{name}: {}", paint(Paint::Faint, told))?;
        let mut table = Table::new(&["cost", ">value", "interval", "limit", ""]);
        for cost in &spent.costs {
            let value = cost.value.map_or("no value".to_owned(), |value| cost.budget.show(value));
            let ends = cost.interval.map(|[low, high]| {
                format!("[{}, {}]", cost.budget.show(low), cost.budget.show(high))
            });
            let limit = costs::limit_of(&self.limits, cost);
            let (word, colour) = match limit.map(|limit| limit.ending(spent)) {
                Some(ending) => (format!("{} {}", ending.sign(), ending.word()), colour_of(ending)),
                None => (cost.reason.clone().unwrap_or_default(), Paint::Faint),
            };
            table.row([
                cost.budget.into(),
                value.into(),
                ends.unwrap_or_default().into(),
                limit.map(Limit::shown).unwrap_or_default().into(),
                Cell::painted(colour, word),
            ]);
        }
        write!(f, "{table}")
    }
}

/// So many parts are read on a terminal.
const MOST_PARTS: usize = 10;

fn write_weak(f: &mut fmt::Formatter<'_>, weak: &WeakParts) -> fmt::Result {
    writeln!(f, "\n{}: {}", paint(Paint::Strong, "weak parts"), weak::summary(weak))?;
    let mut table = Table::new(&["part", ">rows", ">loss", ">times the rest", "interval", ">p"]);
    for part in weak.parts.iter().take(MOST_PARTS) {
        table.row([
            Cell::from(&part.condition),
            part.rows.into(),
            number::show(part.loss).into(),
            number::show(part.ratio).into(),
            view::evaluation::interval(&part.interval, number::show).into(),
            p_value::shown(part.p_adjusted).into(),
        ]);
    }
    if table.is_empty() {
        return Ok(());
    }
    write!(f, "{table}")?;
    if weak.parts.len() > MOST_PARTS {
        let note = format!("and {} more, with --json or --html", weak.parts.len() - MOST_PARTS);
        writeln!(f, "  {}", paint(Paint::Faint, note))?;
    }
    if weak.parts.iter().any(|part| part.optimistic) {
        let note = "the ratios were measured on the rows that they were found on: they flatter the \
                    search";
        writeln!(f, "  {}", paint(Paint::Faint, note))?;
    }
    Ok(())
}
