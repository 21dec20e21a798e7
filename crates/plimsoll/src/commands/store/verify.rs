//! `plimsoll store verify`

use std::fmt;

use plimsoll_store::{OnDamage, Verified};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Progress, Ui, paint};
use crate::view;

/// Hash every object again and name each damaged one
///
/// Exit code 5 when something is damaged.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Move damaged objects aside, so that running their steps again heals the store
    #[arg(long)]
    set_aside: bool,
}

pub(crate) fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let progress = Progress::new(ui.is_live());
    let bar = progress.spinner("verify");
    let mut looked_at = (0_u64, 0_u64);
    let on_damage = if args.set_aside { OnDamage::SetAside } else { OnDamage::Report };
    let verified = ports.folder_objects.verify(on_damage, |checked| {
        looked_at = (looked_at.0 + 1, looked_at.1 + checked.bytes);
        if looked_at.0.is_multiple_of(16) {
            bar.set_message(format!("{} objects, {}", looked_at.0, view::size(looked_at.1)));
        }
    });
    bar.finish_and_clear();
    let document = Looked::of(&verified?);
    ui.show(&document)?;
    Ok(if document.damaged.is_empty() { Exit::Done } else { Exit::Damaged })
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Looked {
    objects: u64,
    bytes: u64,
    damaged: Vec<Damage>,
    set_aside: u64,
    foreign: Vec<String>,
}

#[derive(Serialize)]
struct Damage {
    digest: String,
    problem: String,
}

impl Looked {
    fn of(verified: &Verified) -> Self {
        let damage = |damaged: &plimsoll_core::ports::Damaged| Damage {
            digest: damaged.expected.to_string(),
            problem: damaged.problem.clone(),
        };
        Self {
            objects: verified.objects,
            bytes: verified.bytes,
            damaged: verified.damaged.iter().map(damage).collect(),
            set_aside: verified.set_aside,
            foreign: verified.foreign.iter().map(|path| path.display().to_string()).collect(),
        }
    }
}

impl Document for Looked {
    const SCHEMA: &'static str = "plimsoll.store-verify/v1";
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for damage in &self.damaged {
            let sign = paint(Paint::Bad, "damaged");
            writeln!(f, "  {sign} {} ({})", damage.digest, damage.problem)?;
        }
        for path in &self.foreign {
            writeln!(f, "  {} {path} is no object", paint(Paint::Warning, "foreign"))?;
        }
        let (objects, bytes) = (self.objects, view::size(self.bytes));
        match (self.damaged.len(), self.set_aside) {
            (0, _) => writeln!(f, "{objects} objects ({bytes}), all as they were stored"),
            (damaged, 0) => writeln!(
                f,
                "{damaged} of {objects} objects ({bytes}) are damaged; `plimsoll store verify --set-aside` \
                 moves them away, and their steps run again"
            ),
            (damaged, _) => writeln!(
                f,
                "{damaged} of {objects} objects ({bytes}) are damaged and were set aside; `plimsoll run` \
                 makes their content again"
            ),
        }
    }
}
