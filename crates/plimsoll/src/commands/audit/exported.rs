//! An export, verified without the registry that it came from.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use plimsoll_release::checkpoint::Checkpoint;
use plimsoll_release::export::{self, Known, ReadExportError};
use plimsoll_release::trust::Trust;

use super::verify::{Args, Shown};
use crate::checkpoints::Seen;
use crate::error::{CommandError, Kind};
use crate::keys;
use crate::ports::Ports;

/// The largest checkpoint file that is read; Plimsoll writes kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// Verifies the export `file`, also against the newest checkpoint that is known here.
pub(super) fn verify(file: &Path, args: &Args, ports: &Ports) -> Result<Shown, CommandError> {
    let path = ports.folder.join(file);
    let trust = args.trust.as_ref().map(|file| ports.folder.join(file));
    let trust = keys::trust(&ports.settings, trust.as_deref())?;
    let log = export::log_of(opened(&path)?).map_err(|error| unread(&path, &error))?;
    let mut known = Vec::new();
    known.extend(Seen::read(&ports.settings.home)?.of(log));
    for file in &args.checkpoint {
        known.push(checkpoint(&ports.folder.join(file), &trust)?);
    }
    let checked =
        export::verify(opened(&path)?, &trust, &known).map_err(|error| unread(&path, &error))?;
    let mut faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    let mut found = checked.found;
    if let Some(head) = args.head.filter(|head| *head != checked.head) {
        faults.push(format!("the log ends with {}, not with {head}", checked.head));
        found += 1;
    }
    if let (0, Some(log), Some(head)) = (found, checked.log, checked.signed_head) {
        let newest = Known { log, sequence: checked.signed, head };
        Seen::remember(&ports.settings.home, newest)?;
    }
    Ok(Shown {
        verdict: if found == 0 { "pass" } else { "block" },
        entries: checked.entries,
        head: checked.head,
        checkpoints: checked.checkpoints,
        signed: checked.signed,
        signers: checked.signers,
        found,
        faults,
        is_export: true,
    })
}

/// Reads a checkpoint that was kept elsewhere. One that cannot be believed is refused: whoever names
/// it relies on it.
pub(super) fn checkpoint(path: &Path, trust: &Trust) -> Result<Known, CommandError> {
    let shown = path.display();
    let opened = File::open(path)
        .map_err(|error| CommandError::usage(format!("{shown} could not be opened: {error}")))?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(opened, LARGEST), &mut bytes)
        .map_err(|error| CommandError::world(format!("{shown} could not be read: {error}")))?;
    let (checkpoint, _) = Checkpoint::read(&bytes, trust)
        .map_err(|error| CommandError::new(Kind::No, format!("the checkpoint {shown} {error}")))?;
    let Checkpoint { log, sequence, head, .. } = checkpoint;
    Ok(Known { log, sequence, head })
}

fn opened(path: &PathBuf) -> Result<BufReader<File>, CommandError> {
    let file = File::open(path).map_err(|error| {
        CommandError::usage(format!("{} could not be opened: {error}", path.display()))
    })?;
    Ok(BufReader::new(file))
}

fn unread(path: &Path, error: &ReadExportError) -> CommandError {
    let kind = match error {
        ReadExportError::Io(_) => Kind::World,
        ReadExportError::Form => Kind::Usage,
        _ => Kind::No,
    };
    let message = format!("{}: {error}", path.display());
    CommandError::new(kind, message)
}
