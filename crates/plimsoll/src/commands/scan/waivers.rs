//! The file of waivers that a scan is given.

use std::path::{Path, PathBuf};

use plimsoll_core::gate::{Excused, Waiver};
use plimsoll_core::{Day, Finding};

use crate::error::{CommandError, Kind};
use crate::ports;

/// Waivers, and the file that they stand in.
#[derive(Default)]
pub(super) struct Waivers {
    pub(super) file: String,
    list: Vec<Waiver>,
}

impl Waivers {
    /// Reads `file`, as it was named in `folder`; without one there are no waivers.
    pub(super) fn read(file: Option<&PathBuf>, folder: &Path) -> Result<Self, CommandError> {
        let Some(file) = file else { return Ok(Self::default()) };
        let shown = file.display().to_string();
        let bytes = plimsoll_config::read(&folder.join(file))
            .map_err(|error| CommandError::new(Kind::Usage, error))?;
        let list = plimsoll_config::waivers(&shown, &bytes).map_err(|mistakes| {
            let count = mistakes.count();
            let plural = if count == 1 { "" } else { "s" };
            CommandError::usage(format!("{count} mistake{plural} in {shown}\n\n{mistakes}"))
        })?;
        // One for all of a kind would excuse what nobody has seen yet.
        if let Some(vague) = list.iter().find(|waiver| waiver.subject.is_none()) {
            let message = format!(
                "{shown}:{}: the waiver of {} for {vague} names no `subject`",
                vague.line, vague.owner
            );
            return Err(CommandError::usage(message)
                .hint("take the `subject` of the finding from the document of `--json`"));
        }
        Ok(Self { file: shown, list })
    }

    /// Takes what is excused today out of `findings`.
    pub(super) fn excuse(&self, findings: Vec<Finding>) -> Excused {
        let mut excused = Excused::of(findings, &self.list, Day::of(ports::now()));
        for said in &mut excused.said {
            said.path = Some(self.file.clone());
        }
        excused
    }
}
