//! What is to be approved, on a terminal.

use std::fmt;

use plimsoll_core::approval::Decision;
use plimsoll_core::evidence::Measured;
use plimsoll_core::number;

use super::difference::Change;
use super::document::{Approved, Heard, Needed, Recorded, Rejected, Review};
use crate::ui::{Cell, Paint, Table, paint};
use crate::view::{evaluation, verdict};

impl fmt::Display for Approved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.0, Decision::Approve)
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.0, Decision::Reject)
    }
}

fn write(f: &mut fmt::Formatter<'_>, review: &Review, decision: Decision) -> fmt::Result {
    match &review.recorded {
        Some(recorded) => write_recorded(f, review, recorded, decision),
        None => write_review(f, review),
    }
}

fn write_recorded(
    f: &mut fmt::Formatter<'_>,
    review: &Review,
    recorded: &Recorded,
    decision: Decision,
) -> fmt::Result {
    let (colour, sign) = match decision {
        Decision::Approve => (Paint::Good, "✓"),
        Decision::Reject => (Paint::Bad, "✗"),
    };
    let (by, done) = (&recorded.by, decision.done());
    let sign = paint(colour, sign);
    writeln!(f, "{sign} {by} {done} {}", paint(Paint::Strong, &review.named))?;
    writeln!(f, "  subject    {}", review.subject)?;
    writeln!(f, "  statement  {}", recorded.statement)?;
    writeln!(f, "  audit log  entry {}", recorded.entry)?;
    if let Some(expires) = &recorded.expires {
        writeln!(f, "  until      {expires}")?;
    }
    write_needed(f, review)
}

fn write_review(f: &mut fmt::Formatter<'_>, review: &Review) -> fmt::Result {
    let against = match &review.champion {
        Some(champion) if review.version.as_ref() == Some(champion) => "(which is champion)".into(),
        Some(champion) => format!("against {champion}"),
        None => "(there is no champion)".to_owned(),
    };
    writeln!(f, "{} {against}", paint(Paint::Strong, &review.named))?;
    writeln!(f, "  subject  {}", review.subject)?;
    let commit =
        review.commit.as_ref().map_or_else(String::new, |hash| format!(" at commit {hash}"));
    writeln!(f, "  run      {}{commit}", review.run.short())?;
    let plural = if review.judged == 1 { "" } else { "s" };
    let (answer, judged) = (review.answer, review.judged);
    writeln!(f, "  gate     {answer}, {judged} rule{plural} (verdict {})", review.verdict.short())?;
    if let Some(policy) = &review.policy {
        writeln!(f, "  policy   {policy}")?;
    }
    let mut table = Table::new(&["metric", ">champion", "interval", ">this", "interval"]);
    for pair in &review.metrics {
        let [was, was_in] = measured(pair.champion.as_ref());
        let [is, is_in] = measured(pair.candidate.as_ref());
        table.row([pair.metric.label().into(), was, was_in, is, is_in]);
    }
    write!(f, "{table}")?;
    if !review.gains.is_empty() {
        let mut table = Table::new(&["on the same rows", ">gain", "interval"]);
        for compared in &review.gains {
            let [_, _, gain, interval] = evaluation::compared(compared);
            table.row([compared.metric.label().into(), gain.into(), interval.into()]);
        }
        write!(f, "{table}")?;
    }
    let mut same = Vec::new();
    let sections = [
        ("data", &review.data),
        ("dependencies", &review.dependencies),
        ("signature", &review.signature),
    ];
    for (name, changes) in sections {
        match &review.dependencies_unknown {
            Some(why) if name == "dependencies" => {
                let text = format!("dependencies are not told: {why}");
                writeln!(f, "  {}", paint(Paint::Warning, text))?;
            }
            _ if changes.is_empty() => same.push(name),
            _ => write_changes(f, name, changes)?,
        }
    }
    if !same.is_empty() {
        let text = format!("the same in both: {}", same.join(", "));
        writeln!(f, "  {}", paint(Paint::Faint, text))?;
    }
    verdict::write_findings(f, &review.findings)?;
    verdict::write_waived(f, &review.waived)?;
    if review.findings.is_empty() && review.waived.is_empty() {
        writeln!(f, "  {}", paint(Paint::Faint, "no findings, nothing waived"))?;
    }
    for Heard { by, decision, at, comment, .. } in &review.said {
        let colour = match decision {
            Decision::Approve => Paint::Good,
            Decision::Reject => Paint::Bad,
        };
        writeln!(f, "  {by} {} on {at}: {comment}", paint(colour, decision.done()))?;
    }
    write_needed(f, review)
}

fn write_changes(f: &mut fmt::Formatter<'_>, name: &str, changes: &[Change]) -> fmt::Result {
    let mut table = Table::new(&[name, "champion", "this"]);
    for change in changes {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".to_owned());
        table.row([
            change.name.clone().into(),
            shown(&change.champion).into(),
            shown(&change.candidate).into(),
        ]);
    }
    write!(f, "{table}")
}

fn write_needed(f: &mut fmt::Formatter<'_>, review: &Review) -> fmt::Result {
    for needed in &review.needed {
        let Needed { purpose, alias, count, place, missing, counted, uncounted, able, .. } = needed;
        let there = counted.len();
        let by = if there == 0 { String::new() } else { format!(" ({})", counted.join(", ")) };
        let to = alias.as_ref().map(|alias| format!(" as {alias}")).unwrap_or_default();
        let head = format!("{there} of {count} approvals to {purpose}{to}{by}");
        let colour = if *missing == 0 { Paint::Good } else { Paint::Warning };
        write!(f, "  {} {}", paint(colour, head), paint(Paint::Faint, place))?;
        if *missing > 0 && !able.is_empty() {
            write!(f, "; {} may", able.join(", "))?;
        }
        writeln!(f)?;
        for why in uncounted {
            writeln!(f, "      not counted: {why}")?;
        }
    }
    Ok(())
}

fn measured(measured: Option<&Measured>) -> [Cell; 2] {
    let Some(measured) = measured else { return ["".into(), "".into()] };
    let value = measured.value.map_or("none".to_owned(), number::show);
    let ends = measured.interval.as_ref().map(|ends| evaluation::interval(ends, number::show));
    [value.into(), ends.or_else(|| measured.reason.clone()).unwrap_or_default().into()]
}
