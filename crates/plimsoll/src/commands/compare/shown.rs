//! What a comparison shows, as a document.

use std::fmt::{self, Write as _};

use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::Outcome;
use plimsoll_core::number;
use plimsoll_core::project::Task;
use plimsoll_evaluate::checks::CheckRequest;
use plimsoll_evaluate::contest::{Claim, Contest, Harm};
use plimsoll_evaluate::report::{ContestReport, contest_html};
use plimsoll_stats::p_value;
use serde::Serialize;

use crate::error::{CommandError, Kind};
use crate::summary::escape;
use crate::ui::{Cell, Document, Paint, Table, paint};
use crate::view;

/// So many slices are read on a terminal.
const MOST_SLICES: usize = 10;

/// Two models, compared.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Compared {
    champion: String,
    challenger: String,
    on: String,
    task: Task,
    target: String,
    block: Option<String>,
    /// What guards and slices may lose.
    tolerance: f64,
    #[serde(flatten)]
    pub(super) contest: Contest,
}

impl Document for Compared {
    const SCHEMA: &'static str = "plimsoll.compare/v1";
}

impl Compared {
    pub(super) fn new(
        champion: &CheckRequest,
        challenger: &CheckRequest,
        tolerance: f64,
        contest: Contest,
    ) -> Self {
        Self {
            champion: champion.shown.clone(),
            challenger: challenger.shown.clone(),
            on: challenger.on_shown.clone(),
            task: challenger.task,
            target: challenger.target.clone(),
            block: challenger.block.clone(),
            tolerance,
            contest,
        }
    }

    /// Returns on what they were compared, in a line.
    fn told(&self) -> String {
        let blocks = match (self.contest.blocks, &self.block) {
            (Some(blocks), Some(column)) => format!(" in {blocks} blocks of {column}"),
            _ => String::new(),
        };
        format!(
            "{} of {} on {} ({} rows{blocks})",
            self.task, self.target, self.on, self.contest.rows
        )
    }

    /// Returns a page with plots.
    pub(super) fn html(&self) -> Result<String, CommandError> {
        let report = ContestReport {
            champion: &self.champion,
            challenger: &self.challenger,
            told: &self.told(),
            tolerance: self.tolerance,
            contest: &self.contest,
        };
        contest_html(&report).map_err(|error| CommandError::new(Kind::Bug, error))
    }

    /// Returns Markdown for a pull request.
    pub(super) fn markdown(&self) -> String {
        let contest = &self.contest;
        let sign = match contest.verdict {
            Outcome::Pass | Outcome::NotApplicable => "✅",
            Outcome::Inconclusive => "❓",
            Outcome::Block | Outcome::Error => "❌",
        };
        let (old, new) = (escape(&self.champion), escape(&self.challenger));
        let mut text = String::new();
        // Writing to a string does not fail.
        _ = writeln!(text, "## {sign} {}: {new} against {old}\n", contest.verdict);
        _ = writeln!(text, "{}\n", escape(&self.told()));
        for claim in std::iter::once(&contest.decisive).chain(&contest.guards) {
            _ = writeln!(text, "- **{}** {}", claim.outcome, escape(&claim.message));
        }
        text.push_str(
            "\n| metric | champion | challenger | gain | interval |\n|---|---|---|---|---|\n",
        );
        for compared in &contest.metrics {
            let [champion, challenger, gain, interval] = view::evaluation::compared(compared);
            let name = compared.metric.label();
            _ = writeln!(text, "| {name} | {champion} | {challenger} | {gain} | {interval} |");
        }
        if !contest.slices.is_empty() {
            text.push_str("\n| slice | rows | gain | |\n|---|---|---|---|\n");
        }
        for slice in &contest.slices {
            let (condition, word) = (escape(&slice.condition), slice.word());
            _ = writeln!(text, "| {condition} | {} | {} | {word} |", slice.rows, slice.shown());
        }
        text
    }
}

fn colour(outcome: Outcome) -> Paint {
    match outcome {
        Outcome::Pass => Paint::Good,
        Outcome::NotApplicable => Paint::Faint,
        Outcome::Inconclusive => Paint::Warning,
        Outcome::Block | Outcome::Error => Paint::Bad,
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contest = &self.contest;
        let answer = paint(colour(contest.verdict), contest.verdict);
        let (old, new) = (&self.champion, paint(Paint::Strong, &self.challenger));
        writeln!(f, "{new} against {old}: {answer}")?;
        writeln!(f, "  {}", paint(Paint::Faint, self.told()))?;
        write_claim(f, "", &contest.decisive)?;
        for guard in &contest.guards {
            write_claim(f, "guard: ", guard)?;
        }
        writeln!(f)?;
        let mut table =
            Table::new(&["metric", ">champion", ">challenger", ">gain", "95 % interval"]);
        for compared in &contest.metrics {
            let [champion, challenger, gain, interval] = view::evaluation::compared(compared);
            let name: Metric = compared.metric;
            table.row([
                name.label().into(),
                champion.into(),
                challenger.into(),
                gain.into(),
                interval.into(),
            ]);
        }
        write!(f, "{table}")?;
        let mut table = Table::new(&["test", ">p", "under which", "from"]);
        for test in &contest.tests {
            let (p, told) = (test.shown_p(), test.told());
            table.row([(&test.name).into(), p.into(), (&test.null).into(), told.into()]);
        }
        if !table.is_empty() {
            writeln!(f, "\n{}", paint(Paint::Strong, "tests"))?;
            write!(f, "{table}")?;
        }
        if !contest.slices.is_empty() {
            self.write_slices(f)?;
        }
        Ok(())
    }
}

impl Compared {
    fn write_slices(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slices = &self.contest.slices;
        let count = |word: &str| slices.iter().filter(|slice| slice.word() == word).count();
        writeln!(
            f,
            "\n{}: {} harmed by more than {}, {} not, {} undecided",
            paint(Paint::Strong, "slices"),
            count("harmed"),
            number::percent(self.tolerance),
            count("not harmed"),
            count("undecided"),
        )?;
        let mut table = Table::new(&["slice", ">rows", "gain", ">p", ""]);
        for slice in slices.iter().take(MOST_SLICES) {
            table.row([
                (&slice.condition).into(),
                slice.rows.into(),
                slice.shown().into(),
                p_value::shown(slice.p_adjusted).into(),
                Cell::painted(of_slice(slice), slice.word()),
            ]);
        }
        write!(f, "{table}")?;
        if slices.len() > MOST_SLICES {
            let note = format!("and {} more, with --json", slices.len() - MOST_SLICES);
            writeln!(f, "  {}", paint(Paint::Faint, note))?;
        }
        Ok(())
    }
}

fn of_slice(slice: &Harm) -> Paint {
    match (slice.is_proven, slice.is_cleared) {
        (true, _) => Paint::Bad,
        (false, true) => Paint::Good,
        (false, false) => Paint::Faint,
    }
}

fn write_claim(f: &mut fmt::Formatter<'_>, what: &str, claim: &Claim) -> fmt::Result {
    let outcome = format!("{:<13}", claim.outcome.to_string());
    writeln!(f, "  {} {what}{}", paint(colour(claim.outcome), outcome), claim.message)
}
