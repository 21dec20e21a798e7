//! The data of a released run, kept, so that the version can be made again when files have changed.

use std::path::Path;

use plimsoll_core::event::DatasetPin;
use plimsoll_core::ports::ObjectStore;
use plimsoll_core::record::RunRecord;
use plimsoll_core::{Digest, RepoPath};
use plimsoll_engine::tree::WorkingTree;

use crate::error::CommandError;
use crate::ports::Ports;
use crate::ui::Ui;
use crate::view;

/// Puts the datasets that `record` read into the store, where they are still what they were.
///
/// The version is released by then: whatever goes wrong is said and nothing fails of it.
pub(super) async fn keep(record: &RunRecord, ports: &Ports, ui: &mut Ui) {
    let (start, root) = (&record.start, Path::new(&record.start.repository));
    // A checkout of one commit is gone by now, and what it had the commit has.
    if !root.is_dir() {
        return;
    }
    for (name, pin) in &start.data {
        let Some(dataset) = start.project.data.get(name).filter(|it| it.live.is_none()) else {
            continue;
        };
        let problem = match keep_one(root, &dataset.path, pin, &*ports.objects).await {
            Ok(Kept::Kept) => continue,
            Ok(Kept::Changed) => "it is not what the run read any more".to_owned(),
            Err(error) => error.to_string(),
        };
        ui.warn(format_args!(
            "data.{name} ({}, {}) is not kept: {problem}; `plimsoll reproduce` will need the same file",
            pin.digest.short(),
            view::size(pin.bytes)
        ));
    }
}

enum Kept {
    Kept,
    Changed,
}

async fn keep_one(
    root: &Path,
    path: &RepoPath,
    pin: &DatasetPin,
    objects: &dyn ObjectStore,
) -> Result<Kept, CommandError> {
    if objects.contains(&pin.digest).await? {
        return Ok(Kept::Kept);
    }
    let world = |error: &dyn std::fmt::Display| CommandError::world(error.to_string());
    let mut tree = WorkingTree::open(root).map_err(|error| world(&error))?;
    let hashed = tree.hash(path).map_err(|error| world(&error))?;
    if hashed.digest != pin.digest {
        return Ok(Kept::Changed);
    }
    let file = path.below(tree.root());
    let Some(files) = hashed.tree else {
        return Ok(told(objects.put_file(&file).await?, pin.digest));
    };
    for (inner, entry) in &files.0 {
        if objects.put_file(&inner.below(&file)).await? != entry.digest {
            return Ok(Kept::Changed);
        }
    }
    // The list last: whoever finds it finds its files.
    let list = serde_json::to_vec(&files).map_err(|error| world(&error))?;
    Ok(told(objects.put(&mut std::io::Cursor::new(list)).await?, pin.digest))
}

fn told(found: Digest, expected: Digest) -> Kept {
    if found == expected { Kept::Kept } else { Kept::Changed }
}
