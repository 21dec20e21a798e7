//! What was found in model files, for people.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_core::gate::Waived;
use plimsoll_scan::model;

use super::{Document, File, Seen};
use crate::ui::{Cell, Paint, Table, paint};
use crate::view;

/// How many safe files are listed one by one; of more only how many there are of each format.
const MOST_SAFE: usize = 20;

/// How many files that are not safe are told of.
const MOST_TOLD: usize = 200;

/// How many formats are told of one by one.
const MOST_FORMATS: usize = 12;

fn colour(verdict: model::Verdict) -> Paint {
    match verdict {
        model::Verdict::Safe => Paint::Good,
        model::Verdict::Unknown => Paint::Warning,
        model::Verdict::Unsafe => Paint::Bad,
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_quiet && self.passes() {
            return view::verdict::write_findings(f, &self.said);
        }
        self.write_table(f)?;
        let mut told: Vec<&File> = self.files.iter().filter(|it| !it.findings.is_empty()).collect();
        if told.len() > MOST_TOLD {
            // What acts is never among those that are left out, as long as there is room.
            told.sort_by_key(|file| std::cmp::Reverse(file.verdict));
        }
        let left_out = told.len().saturating_sub(MOST_TOLD);
        told.truncate(MOST_TOLD);
        for file in told {
            write_file(f, file)?;
        }
        if left_out > 0 {
            writeln!(f, "\nand {left_out} more files that are not safe, which `--json` lists")?;
        }
        if !self.is_quiet {
            self.write_waived(f)?;
        }
        self.write_conversions(f)?;
        view::verdict::write_findings(f, &self.said)?;
        let (colour, word) =
            if self.passes() { (Paint::Good, "pass") } else { (Paint::Bad, "block") };
        writeln!(f, "\n{}: {}", paint(colour, word), self.counts().join(", "))
    }
}

impl Document {
    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_safe = |file: &&File| file.verdict == model::Verdict::Safe;
        let safe = self.files.iter().filter(is_safe).count();
        let shows_safe = !self.is_quiet && safe <= MOST_SAFE;
        let mut table = Table::new(&["verdict", "file", "read as"]);
        let rows = self.files.iter().filter(|file| shows_safe || !is_safe(file));
        for file in rows.take(MOST_TOLD + MOST_SAFE) {
            let verdict = Cell::painted(colour(file.verdict), file.verdict);
            table.row([
                verdict,
                Cell::from(shown(&file.path)),
                Cell::from(file.formats.join(", ")),
            ]);
        }
        if !table.is_empty() {
            write!(f, "{table}")?;
        }
        if self.is_quiet || shows_safe {
            return Ok(());
        }
        if !table.is_empty() {
            writeln!(f)?;
        }
        let mut formats: BTreeMap<String, usize> = BTreeMap::new();
        for file in self.files.iter().filter(is_safe) {
            *formats.entry(file.formats.join(", ")).or_default() += 1;
        }
        let mut formats: Vec<(String, usize)> = formats.into_iter().collect();
        formats.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others = formats.split_off(formats.len().min(MOST_FORMATS));
        if !others.is_empty() {
            let count = others.iter().map(|(_, count)| count).sum();
            formats.push((format!("and {} others", others.len()), count));
        }
        let mut table = Table::new(&["verdict", ">files", "read as"]);
        for (format, count) in formats {
            let verdict = Cell::painted(colour(model::Verdict::Safe), model::Verdict::Safe);
            table.row([verdict, Cell::from(count), Cell::from(format)]);
        }
        write!(f, "{table}")
    }

    fn write_waived(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            for Waived { finding, waiver } in &file.waived {
                let head = paint(Paint::Warning, format!("waived[{}]", finding.code));
                writeln!(f, "{head} {}: {}", shown(&file.path), finding.message)?;
                let (owner, reason, expires) = (&waiver.owner, &waiver.reason, waiver.expires);
                let place = format!("{}:{}", self.waivers, waiver.line);
                writeln!(f, "    by {owner} until {expires} ({place}): {reason}")?;
            }
        }
        Ok(())
    }

    fn write_conversions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conversions.is_empty() || self.is_quiet {
            return Ok(());
        }
        writeln!(f)?;
        for one in &self.conversions {
            let path = shown(&one.path);
            if let (Some(to), Some(tensors), Some(bytes)) = (&one.to, one.tensors, one.bytes) {
                let to = paint(Paint::Good, shown(to));
                writeln!(f, "{path} is written as {to} ({tensors} tensors, {bytes} bytes)")?;
            }
            if let Some(why) = &one.why {
                writeln!(f, "{path} is not converted: {why}")?;
            }
            if let Some(next) = &one.next {
                writeln!(f, "  next: {next}")?;
            }
        }
        Ok(())
    }

    fn counts(&self) -> Vec<String> {
        let of = |verdict| self.files.iter().filter(|file| file.verdict == verdict).count();
        [model::Verdict::Unsafe, model::Verdict::Unknown, model::Verdict::Safe]
            .into_iter()
            .filter(|verdict| of(*verdict) > 0)
            .map(|verdict| format!("{} {verdict}", of(verdict)))
            .collect()
    }
}

fn write_file(f: &mut fmt::Formatter<'_>, file: &File) -> fmt::Result {
    writeln!(f, "\n{} is {}", shown(&file.path), paint(colour(file.verdict), file.verdict))?;
    for seen in &file.findings {
        write_seen(f, seen)?;
    }
    if file.more > 0 {
        writeln!(f, "  and {} more", file.more)?;
    }
    let mut unknown = file.findings.iter().filter(|it| it.verdict == model::Verdict::Unknown);
    if let Some(seen) = unknown.find(|seen| seen.finding.subject.is_some())
        && let Some(subject) = &seen.finding.subject
    {
        let code = &seen.finding.code;
        writeln!(f, "  next: what is unknown can be allowed by a waiver, for example")?;
        writeln!(
            f,
            "        {{ finding: {code}, subject: \"{subject}\", owner: …, reason: …, expires: … }}"
        )?;
    }
    Ok(())
}

fn write_seen(f: &mut fmt::Formatter<'_>, seen: &Seen) -> fmt::Result {
    let head = format!("{}[{}]", seen.verdict, seen.finding.code);
    writeln!(f, "  {} {}", paint(colour(seen.verdict), head), seen.finding.message)?;
    if let Some(call) = &seen.call {
        writeln!(f, "      {}", paint(Paint::Strong, call))?;
    }
    let place = [
        seen.member.clone().map(|member| format!("in {member}")),
        seen.offset.map(|offset| format!("at byte {offset}")),
        seen.opcode.clone().map(|opcode| format!("({opcode})")),
    ];
    let place: Vec<String> = place.into_iter().flatten().collect();
    if place.is_empty() { Ok(()) } else { writeln!(f, "      {}", place.join(" ")) }
}

/// Returns a path fit to be shown: a terminal would carry out what a name has of control characters.
fn shown(path: &str) -> String {
    let mut shown = String::new();
    for character in path.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}
