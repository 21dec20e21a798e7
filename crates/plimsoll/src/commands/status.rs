//! `plimsoll status`

use std::fmt;

use plimsoll_core::number;
use plimsoll_core::ports::RunRow;
use plimsoll_engine::run::{Because, Canceller, Forecast as OfStep, PlannedRun, Unobserved};
use serde::Serialize;

use crate::commands::run;
use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::project::Declared;
use crate::ui::{Cell, Document, Paint, Table, Ui, paint};
use crate::view;

/// Say what `plimsoll run` would do now, and how the last run ended
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) async fn run(_: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let declared = Declared::judged(&ports.folder, &ports.settings)?;
    let request = run::request_of_all(&declared, ports).await?;
    let engine = ports.engine(&declared, None, true);
    let (_canceller, cancel) = Canceller::new();
    let planned = plimsoll_engine::run::plan_only(&request, &engine, &Unobserved, cancel).await?;
    let last = ports.runs.list(Some(&declared.project.model), 1).await?.into_iter().next();
    ui.show(&Status { plan: Forecast(planned), last: last.as_ref().map(Last::of), row: last })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Status {
    #[serde(flatten)]
    plan: Forecast,
    last: Option<Last>,
    #[serde(skip)]
    row: Option<RunRow>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Last {
    run: String,
    end: Option<plimsoll_core::event::RunEnd>,
    verdict: Option<plimsoll_core::gate::Answer>,
}

impl Last {
    fn of(row: &RunRow) -> Self {
        Self { run: row.id.to_string(), end: row.end, verdict: row.answer }
    }
}

impl Document for Status {
    const SCHEMA: &'static str = "plimsoll.status/v1";
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        let Some(row) = &self.row else { return writeln!(f, "no run yet") };
        let mut table = Table::new(&["last run", "state", "started", "metrics"]);
        let order =
            plimsoll_core::evidence::Metric::ALL.map(plimsoll_core::evidence::Metric::as_str);
        let metrics = order.iter().filter_map(|name| Some((name, row.metrics.get(*name)?)));
        let metrics =
            metrics.take(3).map(|(name, value)| format!("{name} {}", number::show(*value)));
        table.row([
            row.id.short().into(),
            view::standing(row.end, row.answer),
            view::moment(row.started).into(),
            metrics.collect::<Vec<_>>().join(", ").into(),
        ]);
        write!(f, "\n{table}")
    }
}

/// What a run would do.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Forecast(pub PlannedRun);

impl Document for Forecast {
    const SCHEMA: &'static str = "plimsoll.plan/v1";
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["step", "would", "because"]);
        for step in &self.0.steps {
            let (what, why) = match &step.forecast {
                OfStep::Cached { from_run } => {
                    ("be taken from the cache".into(), format!("run {} made it", from_run.short()))
                }
                OfStep::Runs { because } => (Cell::painted(Paint::Warning, "run"), reason(because)),
                OfStep::Unknown { after } => {
                    let after: Vec<_> = after.iter().map(ToString::to_string).collect();
                    ("depend".into(), format!("on what {} writes", after.join(", ")))
                }
                OfStep::Fails { message } => (Cell::painted(Paint::Bad, "fail"), message.clone()),
            };
            table.row([step.step.to_string().into(), what, why.into()]);
        }
        write!(f, "{table}")?;
        let cached = |step: &plimsoll_engine::run::StepForecast| {
            matches!(step.forecast, OfStep::Cached { .. })
        };
        if !self.0.steps.is_empty() && self.0.steps.iter().all(cached) {
            writeln!(f, "  {}", paint(Paint::Good, "every step is known; nothing would run"))?;
        }
        Ok(())
    }
}

fn reason(because: &Because) -> String {
    match because {
        Because::Forced => "it is forced".to_owned(),
        Because::New => "it never succeeded".to_owned(),
        Because::Gone { since } => format!("the outputs of run {} are gone", since.short()),
        Because::Changed { reasons, .. } => {
            let mut shown: Vec<String> = reasons.iter().take(2).map(ToString::to_string).collect();
            if reasons.len() > 2 {
                shown.push(format!("{} more; see `plimsoll why`", reasons.len() - 2));
            }
            shown.join("; ")
        }
    }
}
