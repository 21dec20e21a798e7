//! `plimsoll audit export`

use std::fmt;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use plimsoll_core::Digest;
use plimsoll_core::audit::KeptCheckpoint;
use plimsoll_release::export::{Export, ExportedKey, Known};
use serde::Serialize;

use crate::error::{CommandError, Exit, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::{Document, Paint, Ui, paint};
use crate::{checkpoints, keys, view};

/// Write the log into one file that verifies offline: entries, checkpoints and public keys
///
/// `plimsoll audit verify --export FILE --trust TRUST` verifies it on any machine. Make a checkpoint
/// before, so that all of it is signed.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The file, which must not be there yet
    file: PathBuf,
    /// Look in this folder instead of the home
    #[arg(long, value_name = "FOLDER")]
    registry: Option<PathBuf>,
}

/// How many entries are read at once.
const AT_ONCE: u32 = 500;

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let catalogue = ports.catalogue(args.registry.as_deref()).await?;
    let path = ports.folder.join(&args.file);
    if path.exists() {
        let message = format!("{} exists already", path.display());
        return Err(CommandError::usage(message).hint("name another file"));
    }
    let Some(end) = checkpoints::end(&*catalogue.registry).await? else {
        return Err(CommandError::usage("the audit log has no entries that could be exported"));
    };
    let shown = write(&path, end, &catalogue, ports).await?;
    if shown.signed < shown.entries {
        let left = shown.entries - shown.signed;
        ui.warn(format_args!(
            "the last {left} of {} entries are covered by no checkpoint: `plimsoll audit checkpoint` signs them, then export again",
            shown.entries
        ));
    }
    ui.show(&shown)?;
    Ok(Exit::Done)
}

/// Writes the log up to `end` into a file: wholly, or not at all.
async fn write(
    path: &Path,
    end: Known,
    catalogue: &Catalogue,
    ports: &Ports,
) -> Result<Shown, CommandError> {
    let failed = |error: std::io::Error| {
        CommandError::world(format!("{} could not be written: {error}", path.display()))
    };
    let trust = keys::known_trust(&ports.settings)?;
    let trusted = trust.as_ref().map(ExportedKey::of).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let exported = view::rfc3339(ports.clock.now());
    let mut export =
        Export::begin(BufWriter::new(file), end.log, exported, trusted).map_err(failed)?;
    let mut checkpoints = Checkpoints { page: Vec::new(), after: 0, is_over: false };
    let (mut after, mut signed) = (0, 0);
    while after < end.sequence {
        let rows = catalogue.registry.audit(None, after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = last.sealed.sequence;
        for row in rows.iter().filter(|row| row.sealed.sequence <= end.sequence) {
            export.entry(&row.sealed).map_err(failed)?;
            let sequence = row.sealed.sequence;
            for kept in checkpoints.up_to(sequence, catalogue).await? {
                let statement = serde_json::from_str(&kept.statement).map_err(|error| {
                    let message = format!("the checkpoint of entry {} {error}", kept.sequence);
                    CommandError::new(Kind::Damaged, message)
                })?;
                export.checkpoint(kept.sequence, statement).map_err(failed)?;
                signed = sequence;
            }
        }
    }
    let (file, summary) = export.finish().map_err(failed)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path).map_err(|error| failed(error.error))?;
    Ok(Shown {
        file: path.to_owned(),
        log: end.log,
        entries: summary.entries,
        checkpoints: summary.checkpoints,
        signed,
        head: summary.head,
    })
}

/// The checkpoints in their order, read page by page.
struct Checkpoints {
    /// Those that were read and not given out, the last first.
    page: Vec<KeptCheckpoint>,
    after: u64,
    is_over: bool,
}

impl Checkpoints {
    /// Takes those of the entries up to `sequence`.
    async fn up_to(
        &mut self,
        sequence: u64,
        catalogue: &Catalogue,
    ) -> Result<Vec<KeptCheckpoint>, CommandError> {
        let mut taken = Vec::new();
        loop {
            if self.page.is_empty() && !self.is_over {
                self.page = catalogue.registry.checkpoints(self.after, AT_ONCE).await?;
                self.is_over = self.page.is_empty();
                self.after = self.page.last().map_or(self.after, |last| last.sequence);
                self.page.reverse();
            }
            match self.page.pop_if(|next| next.sequence <= sequence) {
                Some(next) => taken.push(next),
                None => return Ok(taken),
            }
        }
    }
}

#[derive(Serialize)]
struct Shown {
    file: PathBuf,
    log: Digest,
    entries: u64,
    checkpoints: u64,
    /// The last entry that a checkpoint covers.
    signed: u64,
    head: Digest,
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.audit-export/v1";
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", paint(Paint::Strong, self.file.display()))?;
        let plural = if self.checkpoints == 1 { "" } else { "s" };
        writeln!(
            f,
            "  {} entries, {} checkpoint{plural}, signed up to entry {}",
            self.entries, self.checkpoints, self.signed
        )?;
        writeln!(f, "  head  {}", self.head)?;
        writeln!(f, "  next: plimsoll audit verify --export {}", self.file.display())
    }
}
