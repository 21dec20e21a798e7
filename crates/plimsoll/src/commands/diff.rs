//! `plimsoll diff`

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plimsoll_core::number;
use plimsoll_core::record::RunRecord;
use serde::Serialize;
use serde_json::Value;

use crate::error::{CommandError, Exit};
use crate::evidence;
use crate::ports::Ports;
use crate::ui::{Document, Paint, Table, Ui, paint};
use crate::view;

/// Compare two runs: parameters, metrics, data, environment, code
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The run to compare from
    from: String,
    /// The run to compare to
    #[arg(default_value = "latest")]
    to: String,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let from = ports.find_run(&args.from).await?;
    let to = ports.find_run(&args.to).await?;
    let from = evidence::record(&*ports.runs, from).await?;
    let to = evidence::record(&*ports.runs, to).await?;
    ui.show(&Difference::of(&from, &to))?;
    Ok(Exit::Done)
}

/// What differs, by section and name.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Difference {
    from: String,
    to: String,
    params: BTreeMap<String, Change>,
    metrics: BTreeMap<String, Change>,
    data: BTreeMap<String, Change>,
    environment: BTreeMap<String, Change>,
    code: BTreeMap<String, Change>,
    commands: BTreeMap<String, Change>,
}

/// A value on both sides, absent where there is none.
#[derive(Serialize)]
struct Change {
    from: Option<Value>,
    to: Option<Value>,
}

impl Difference {
    fn of(from: &RunRecord, to: &RunRecord) -> Self {
        let texts = |pick: fn(&RunRecord) -> BTreeMap<String, String>| {
            let json =
                |record| pick(record).into_iter().map(|(name, text)| (name, text.into())).collect();
            changes(json(from), json(to))
        };
        let metrics = |record: &RunRecord| {
            record.metrics().into_iter().map(|(name, value)| (name, value.into())).collect()
        };
        Self {
            from: from.id.to_string(),
            to: to.id.to_string(),
            params: changes(from.start.params.clone(), to.start.params.clone()),
            metrics: changes(metrics(from), metrics(to)),
            data: texts(|record| {
                let pins = record.start.data.iter();
                pins.map(|(name, pin)| {
                    (
                        name.to_string(),
                        format!("{} ({})", pin.digest.short(), view::size(pin.bytes)),
                    )
                })
                .collect()
            }),
            environment: texts(|record| {
                let environment = &record.start.environment;
                let packages = environment.packages.iter();
                packages
                    .map(|(name, version)| (format!("package {name}"), version.clone()))
                    .chain([
                        ("python".to_owned(), environment.python.clone()),
                        ("interpreter".to_owned(), environment.interpreter.clone()),
                        ("platform".to_owned(), environment.platform.clone()),
                    ])
                    .collect()
            }),
            code: texts(|record| {
                let files = record.start.code.iter();
                files.map(|(path, digest)| (path.to_string(), digest.short())).collect()
            }),
            commands: texts(|record| {
                let steps = record.start.project.steps.iter();
                steps.map(|step| (step.name.to_string(), step.run.clone())).collect()
            }),
        }
    }
}

fn changes(
    mut from: BTreeMap<String, Value>,
    mut to: BTreeMap<String, Value>,
) -> BTreeMap<String, Change> {
    let names: BTreeSet<String> = from.keys().chain(to.keys()).cloned().collect();
    let both = names.into_iter().map(|name| {
        let change = Change { from: from.remove(&name), to: to.remove(&name) };
        (name, change)
    });
    both.filter(|(_, change)| change.from != change.to).collect()
}

impl Document for Difference {
    const SCHEMA: &'static str = "plimsoll.diff/v1";
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |id: &str| id.get(..8).unwrap_or(id).to_owned();
        let (from, to) = (short(&self.from), short(&self.to));
        let sections = [
            ("parameter", &self.params),
            ("metric", &self.metrics),
            ("data", &self.data),
            ("environment", &self.environment),
            ("code", &self.code),
            ("command", &self.commands),
        ];
        let mut same = Vec::new();
        for (name, changes) in sections {
            if changes.is_empty() {
                same.push(name);
                continue;
            }
            let mut table = Table::new(&[name, &format!(">{from}"), &format!(">{to}"), ">change"]);
            for (key, change) in changes {
                table.row([
                    key.into(),
                    shown(change.from.as_ref()).into(),
                    shown(change.to.as_ref()).into(),
                    step(change).into(),
                ]);
            }
            write!(f, "{table}")?;
        }
        if same.is_empty() {
            return Ok(());
        }
        writeln!(f, "  {}", paint(Paint::Faint, format!("the same in both: {}", same.join(", "))))
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(value)) if value.is_f64() => {
            value.as_f64().map(number::show).unwrap_or_default()
        }
        Some(other) => other.to_string(),
    }
}

fn step(change: &Change) -> String {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
    match (number(&change.from), number(&change.to)) {
        (Some(from), Some(to)) => {
            let shown = number::show((to - from).abs());
            format!("{}{shown}", if to < from { "-" } else { "+" })
        }
        _ => String::new(),
    }
}
