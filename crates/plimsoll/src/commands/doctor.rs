//! `plimsoll doctor`

mod signing;

use std::fmt;
use std::process::Command;

use plimsoll_core::Timestamp;
use plimsoll_predict::runtime::{self, Search};
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::settings::Settings;
use crate::ui::{Document, Paint, Ui, paint};

/// Say what this machine lacks, and how to get it
///
/// Exit code 1 where something is missing without which a pipeline cannot be run.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

/// The least free space in the home that is worth no warning, in bytes.
const ROOM: u64 = 2 << 30;

/// The oldest Python that runs the example, minor version of 3.
const PYTHON: u32 = 11;

pub(crate) async fn run(_: &Args, settings: &Settings, ui: &mut Ui) -> Result<Exit, CommandError> {
    let (home, now) = home(settings).await;
    let checks = vec![
        home,
        room(settings),
        git(),
        python(),
        venv(),
        onnxruntime(settings),
        signing::key(settings, now),
        signing::trust(settings, now),
    ];
    let healthy = checks.iter().all(|check| check.state != State::Missing);
    ui.show(&Checked { verdict: if healthy { "pass" } else { "block" }, checks })?;
    Ok(if healthy { Exit::Done } else { Exit::No })
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It is there.
    Fine,
    /// It will be needed for some commands, or comes by itself.
    Later,
    /// Without it nothing runs.
    Missing,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Check {
    fn fine(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Fine, found: found.into(), next: None }
    }

    fn later(name: &'static str, found: impl Into<String>, next: &str) -> Self {
        Self { name, state: State::Later, found: found.into(), next: Some(next.to_owned()) }
    }

    fn missing(name: &'static str, found: impl Into<String>, next: &str) -> Self {
        Self { name, state: State::Missing, found: found.into(), next: Some(next.to_owned()) }
    }
}

/// Looks at the home, and at the clock, which comes with it.
async fn home(settings: &Settings) -> (Check, Option<Timestamp>) {
    let shown = settings.home.display().to_string();
    match Ports::open(settings.clone(), settings.home.clone()).await {
        Ok(ports) => (Check::fine("home", shown), Some(ports.clock.now())),
        Err(error) => {
            let next = error.hint.clone().unwrap_or_else(|| {
                "name a folder on a local disk that may be written to with `PLIMSOLL_HOME`"
                    .to_owned()
            });
            (Check::missing("home", error.to_string(), &next), None)
        }
    }
}

fn room(settings: &Settings) -> Check {
    let folder = settings.home.ancestors().find(|folder| folder.exists());
    let free = folder.and_then(|folder| rustix::fs::statvfs(folder).ok());
    match free.map(|found| found.f_bavail.saturating_mul(found.f_frsize)) {
        None => Check::later("room", "not known", "look at the disk of PLIMSOLL_HOME"),
        Some(free) if free < ROOM => Check::later(
            "room",
            format!("{} free", crate::view::size(free)),
            "environments take about 0.5 GiB each; `plimsoll store gc` frees old objects",
        ),
        Some(free) => Check::fine("room", format!("{} free", crate::view::size(free))),
    }
}

fn git() -> Check {
    match said("git", &["--version"]) {
        Some(version) => Check::fine("git", version),
        None => Check::later(
            "git",
            "not found",
            "install git: `run` works without, `release` names the commit it came from",
        ),
    }
}

fn python() -> Check {
    let next = "install Python 3.11 or newer; steps that are no Python need none";
    let Some(version) = said("python3", &["--version"]) else {
        return Check::missing("python3", "not found", next);
    };
    let minor = version.strip_prefix("Python 3.").and_then(|rest| rest.split('.').next());
    match minor.and_then(|minor| minor.parse::<u32>().ok()) {
        Some(minor) if minor >= PYTHON => Check::fine("python3", version),
        _ => Check::missing("python3", version, next),
    }
}

fn venv() -> Check {
    match said("python3", &["-c", "import ensurepip, venv; print('there')"]) {
        Some(_) => Check::fine("venv", "there"),
        None => Check::missing(
            "venv",
            "python3 has no venv with pip",
            "on Debian and Ubuntu: `apt-get install python3-venv`",
        ),
    }
}

fn onnxruntime(settings: &Settings) -> Check {
    let environments = std::fs::read_dir(settings.home.join("environments"));
    let environments: Vec<_> =
        environments.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    let found = runtime::find(&Search {
        named: settings.onnxruntime.as_deref(),
        cache: &settings.cache,
        environments: &environments,
        programs: &settings.path,
        offline: true,
    });
    match found {
        Ok(found) => Check::fine("ONNX Runtime", found.library.path.display().to_string()),
        Err(_) => Check::later(
            "ONNX Runtime",
            "not here yet",
            "it is fetched when a model is evaluated; `plimsoll runtime install` fetches it now",
        ),
    }
}

/// Returns the first line that a program prints; `None` where it is not there or fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
    output.status.success().then_some(text)
}

#[derive(Serialize)]
struct Checked {
    verdict: &'static str,
    checks: Vec<Check>,
}

impl Document for Checked {
    const SCHEMA: &'static str = "plimsoll.doctor/v1";
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let (sign, colour) = match check.state {
                State::Fine => ("✓", Paint::Good),
                State::Later => ("·", Paint::Warning),
                State::Missing => ("✗", Paint::Bad),
            };
            writeln!(f, "{} {:<13} {}", paint(colour, sign), check.name, check.found)?;
            if let Some(next) = &check.next {
                writeln!(f, "                {next}")?;
            }
        }
        Ok(())
    }
}
