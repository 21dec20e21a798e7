//! `plimsoll gate`

mod current;

use std::fmt;

use plimsoll_core::gate::{Answer, Transition, Verdict};
use plimsoll_release::gate;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Ui};
use crate::view;

/// Judge a run again from its stored evidence
///
/// Nothing is measured: the verdict follows from the rules and the evidence of the run. It is compared
/// with the verdict that the run recorded, and a difference is said. With --current an older verdict
/// lets nothing through: exit code 1 where there is none on what is here now.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The beginning of a run's id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// Judge for this transition instead of the one that the run was judged for
    #[arg(long, value_name = "TRANSITION")]
    at: Option<Transition>,
    /// Take only a run of the commit, the data and the policy that are here now, and judge it for a
    /// release unless --at says otherwise
    #[arg(long, conflicts_with = "run")]
    current: bool,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    // A run that was judged as research is no verdict on a merge or a release.
    let (id, at) = if args.current {
        (current::find(ports).await?, Some(args.at.unwrap_or_default()))
    } else {
        (ports.find_run(&args.run).await?, args.at)
    };
    let again = gate::recompute(id, at, &*ports.runs, &*ports.objects).await?;
    // Judged for another transition it is another verdict.
    let is_the_same = at.is_none_or(|at| at == again.judged_at);
    let differs = is_the_same && again.recorded.is_some_and(|recorded| recorded != again.digest);
    ui.show(&Recomputed { verdict: again.verdict.answer, of: &again.verdict })?;
    if differs {
        let message = format!("this is not the verdict that run {} recorded", id.short());
        ui.warn(message + "; another version of Plimsoll judged it, or its record was changed");
    }
    Ok(if again.verdict.answer == Answer::Pass { Exit::Done } else { Exit::No })
}

#[derive(Serialize)]
struct Recomputed<'a> {
    verdict: Answer,
    #[serde(flatten)]
    of: &'a Verdict,
}

impl Document for Recomputed<'_> {
    const SCHEMA: &'static str = "plimsoll.gate/v1";
}

impl fmt::Display for Recomputed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        view::verdict::write(f, self.of)
    }
}
