//! `plimsoll why`

use std::fmt;

use plimsoll_core::StepName;
use plimsoll_engine::run::{Because, Canceller, Forecast, StepForecast, Unobserved, plan_only};
use serde::Serialize;

use crate::commands::run;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::project::Declared;
use crate::ui::{Document, Ui};

/// Say why a step would run again: which input, parameter, command, environment or code file
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The step
    step: StepName,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    if !declared.project.steps.iter().any(|step| step.name == args.step) {
        let known: Vec<_> = declared.project.steps.iter().map(|step| step.name.as_str()).collect();
        let error = CommandError::usage(format!("plimsoll.yaml has no step `{}`", args.step));
        return Err(error.hint(format!("its steps are {}", known.join(", "))));
    }
    let request = run::request_of_all(&declared, ports).await?;
    let engine = ports.engine(&declared, None, true);
    let (_canceller, cancel) = Canceller::new();
    let planned = plan_only(&request, &engine, &Unobserved, cancel).await?;
    let found = planned.steps.into_iter().find(|step| step.step == args.step);
    let found = found.ok_or_else(|| CommandError::usage("the step is not part of the plan"))?;
    ui.show(&Why(found))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
#[serde(transparent)]
struct Why(StepForecast);

impl Document for Why {
    const SCHEMA: &'static str = "plimsoll.why/v1";
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = &self.0.step;
        match &self.0.forecast {
            Forecast::Cached { from_run } => {
                writeln!(
                    f,
                    "step `{step}` would not run: run {} made its outputs",
                    from_run.short()
                )
            }
            Forecast::Unknown { after } => {
                let after: Vec<_> = after.iter().map(|step| format!("`{step}`")).collect();
                let after = after.join(", ");
                writeln!(f, "step `{step}` depends on what {after} writes; ask about that first")
            }
            Forecast::Fails { message } => writeln!(f, "step `{step}` could not run: {message}"),
            Forecast::Runs { because } => match because {
                Because::Forced => writeln!(f, "step `{step}` would run: it is forced"),
                Because::New => writeln!(f, "step `{step}` would run: it never succeeded"),
                Because::Gone { since } => writeln!(
                    f,
                    "step `{step}` would run: nothing changed since run {}, but its outputs are not in \
                     the store any more",
                    since.short(),
                ),
                Because::Changed { since, reasons } => {
                    writeln!(f, "step `{step}` would run; since run {}:", since.short())?;
                    for reason in reasons {
                        writeln!(f, "  {reason}")?;
                    }
                    Ok(())
                }
            },
        }
    }
}
