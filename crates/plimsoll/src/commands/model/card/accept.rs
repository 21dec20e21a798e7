//! Saying that sections of the prose hold for what a run measured.

use std::collections::BTreeMap;
use std::fmt;

use plimsoll_core::card::{Accepted, Facts, Prose, Section, Standing};
use plimsoll_core::evidence::Evaluation;
use plimsoll_core::nearest::nearest;
use plimsoll_core::{RepoPath, RunId, SectionName};
use serde::Serialize;

use super::word;
use crate::error::{CommandError, Exit, Kind};
use crate::ports::Ports;
use crate::project::Declared;
use crate::ui::{Document, Paint, Ui, paint};
use crate::{evidence, output_file};

/// Accepts `named` sections of the prose as it lies there, or all that have text.
pub(super) async fn run(
    what: &str,
    named: &[SectionName],
    ports: &Ports,
    ui: &mut Ui,
) -> Result<Exit, CommandError> {
    if what.contains('@') {
        let error = CommandError::usage("prose is accepted for what a run measured");
        return Err(error.hint("name a run; what was released stays as it is"));
    }
    let declared = Declared::read(&ports.folder)?;
    let project = &declared.project;
    let Some(prose) = &project.card else {
        let error = CommandError::usage("plimsoll.yaml names no prose for the card");
        return Err(error.hint("write it, and add `card: MODEL_CARD.md`"));
    };
    let run = ports.find_run(what).await?;
    let record = evidence::record(&*ports.runs, run).await?;
    if record.start.project.model != project.model {
        let of = &record.start.project.model;
        let message = format!("run {} is of {of}, not of {}", run.short(), project.model);
        return Err(CommandError::usage(message));
    }
    let Some((digest, _)) = record.evaluation else {
        let message = format!("run {} was not evaluated, so no facts are known", run.short());
        let hint = format!("`plimsoll show {}` says why", run.short());
        return Err(CommandError::new(Kind::No, message).hint(hint));
    };
    let evaluation: Evaluation = evidence::read(&*ports.objects, &digest).await?;
    let facts = Facts::of(&record.start, &evaluation);
    let (accepted, left) = choose(prose, named, &facts)?;
    // What was accepted of sections that are gone goes with them.
    let kept = prose.accepted.iter().filter(|(name, _)| prose.section(name).is_some());
    let mut sections: BTreeMap<SectionName, Facts> =
        kept.map(|(name, facts)| (name.clone(), facts.clone())).collect();
    for section in &accepted {
        sections.insert(section.name.clone(), facts.about(&section.topics()));
    }
    let path =
        Accepted::beside(&prose.path).map_err(|error| CommandError::new(Kind::Bug, error))?;
    let text = Accepted::new(sections).to_json();
    let text = text.map_err(|error| CommandError::new(Kind::Bug, error))?;
    output_file::write(&declared.root, path.as_str().as_ref(), text)?;
    let accepted = accepted.into_iter().map(|section| section.name.clone()).collect();
    ui.show(&Shown { file: path, run, accepted, left })?;
    Ok(Exit::Done)
}

/// Returns the sections to accept, and those that have nothing to accept with the reason.
fn choose<'p>(
    prose: &'p Prose,
    named: &[SectionName],
    facts: &Facts,
) -> Result<(Vec<&'p Section>, Vec<Left>), CommandError> {
    let sections = &prose.written.sections;
    for name in named {
        if prose.section(name).is_none() {
            let message = format!("{} has no section `{name}`", prose.path);
            let known = sections.iter().map(|section| section.name.as_str());
            let hint = match nearest(name.as_str(), known) {
                Some(near) => format!("the nearest is `{near}`"),
                None => "`plimsoll model card --accept` alone takes all".to_owned(),
            };
            return Err(CommandError::usage(message).hint(hint));
        }
    }
    let (mut accepted, mut left) = (Vec::new(), Vec::new());
    for section in sections {
        let is_named = named.contains(&section.name);
        if !named.is_empty() && !is_named {
            continue;
        }
        let standing = prose.standing(section, facts);
        if !matches!(standing, Standing::Empty | Standing::Placeholder(_)) {
            accepted.push(section);
            continue;
        }
        if is_named {
            let message = format!("section `{}` is {}", section.name, word(&standing));
            return Err(CommandError::new(Kind::No, message).hint("write it first"));
        }
        left.push(Left { name: section.name.clone(), standing: word(&standing) });
    }
    Ok((accepted, left))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    file: RepoPath,
    run: RunId,
    accepted: Vec<SectionName>,
    left: Vec<Left>,
}

/// A section that has nothing to be accepted.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Left {
    name: SectionName,
    standing: &'static str,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.model-card-accept/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.accepted {
            let run = self.run.short();
            writeln!(f, "{} {name} holds for what run {run} measured", paint(Paint::Good, "✓"))?;
        }
        for Left { name, standing } in &self.left {
            writeln!(f, "{} {name} is {standing}", paint(Paint::Warning, "–"))?;
        }
        if self.accepted.is_empty() {
            return writeln!(f, "nothing was accepted");
        }
        writeln!(f, "  next: commit {}, then `plimsoll run`: every step is cached", self.file)
    }
}
