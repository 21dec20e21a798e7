//! The newest verdict on what is here now.

use std::collections::BTreeMap;

use plimsoll_core::RunId;
use plimsoll_core::gate::JudgedOn;
use plimsoll_core::record::RunRecord;
use plimsoll_engine::tree::WorkingTree;

use crate::error::{CommandError, Kind};
use crate::ports::{self, Ports};
use crate::project::Declared;

/// How many of the newest runs are looked through.
const NEWEST: u32 = 200;

/// Finds the newest run that was judged on the commit, the data and the policy that are here now.
pub(super) async fn find(ports: &Ports) -> Result<RunId, CommandError> {
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    let here = here(&declared)?;
    let refused = |message: String| CommandError::new(Kind::No, message).hint("plimsoll run");
    let Some(commit) = &here.commit else {
        let message = "there is no commit here that a verdict could be about";
        return Err(
            CommandError::new(Kind::No, message).hint("commit what is here, and run the pipeline")
        );
    };
    let short: String = commit.chars().take(8).collect();
    if here.dirty {
        let message = format!("there are changes here that commit {short} does not have");
        return Err(refused(message).hint("commit them, and run the pipeline again"));
    }
    let mut otherwise = None;
    for row in ports.runs.list(Some(&declared.project.model), NEWEST).await? {
        if row.answer.is_none() || row.dirty || row.commit.as_ref() != Some(commit) {
            continue;
        }
        let events = ports.runs.events(&row.id).await?;
        let Some(record) = RunRecord::of(row.id, &events) else { continue };
        let mut of = JudgedOn::of(&record.start);
        of.data.retain(|name, _| here.data.contains_key(name));
        if of == here {
            return Ok(row.id);
        }
        otherwise = otherwise.or(Some((row.id, of)));
    }
    let Some((run, of)) = otherwise else {
        return Err(refused(format!("no run was judged on commit {short}")));
    };
    let what = if of.policy == here.policy { "other data" } else { "another policy" };
    let message = format!("run {} was judged on commit {short} with {what}", run.short());
    Err(refused(message))
}

/// Returns what a run that started now would be about.
fn here(declared: &Declared) -> Result<JudgedOn, CommandError> {
    let project = &declared.project;
    let commit = ports::commit(&declared.root, project)?;
    let mut tree =
        WorkingTree::open(&declared.root).map_err(|error| CommandError::new(Kind::World, error))?;
    let mut data = BTreeMap::new();
    // Labelled predictions are none until a retraining, which is judged by itself.
    for (name, dataset) in &project.data {
        if dataset.live.is_none() {
            let hashed = tree.hash(&dataset.path);
            let hashed = hashed.map_err(|error| CommandError::new(Kind::Usage, error))?;
            data.insert(name.clone(), hashed.digest);
        }
    }
    Ok(JudgedOn {
        commit: commit.as_ref().and_then(|commit| commit.hash.clone()),
        dirty: commit.is_none_or(|commit| commit.dirty),
        data,
        policy: project.policy,
    })
}
