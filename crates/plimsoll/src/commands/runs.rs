//! `plimsoll runs`

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use plimsoll_core::ModelName;
use plimsoll_core::number;
use plimsoll_core::ports::RunRow;
use serde::Serialize;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Document, Paint, Table, Ui, paint};
use crate::view;

/// List runs, the newest first
///
/// Of the repository's model, or with --all of every model in the home.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Runs of this model instead of the repository's
    #[arg(long, value_name = "NAME")]
    model: Option<ModelName>,
    /// Runs of every model
    #[arg(long, conflicts_with = "model")]
    all: bool,
    /// Only runs for which this holds: `wape<0.2`, `train.trees=200`, `state=failed`
    ///
    /// Keys are metrics, `state` (pass, block, error, failed, completed, unfinished, interrupted,
    /// invalid-data, abandoned), `commit` (a prefix) and `dirty` (true, false).
    /// May be given several times; all must hold.
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// Sort by this metric, the smallest first; `-NAME` for the largest first
    #[arg(long, value_name = "METRIC", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Show these metrics instead of the evaluation's first three
    #[arg(long, value_name = "METRIC", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Show at most this many
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
}

/// The most runs that are looked at.
const SEARCHED: u32 = 10_000;

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let model = match (&args.model, args.all) {
        (Some(model), _) => Some(model.clone()),
        (None, true) => None,
        (None, false) => Some(ports.model()?),
    };
    let mut rows = ports.runs.list(model.as_ref(), SEARCHED).await?;
    rows.retain(|row| args.conditions.iter().all(|condition| condition.holds(row)));
    if let Some(sort) = &args.sort {
        let (name, descending) = match sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (sort.as_str(), false),
        };
        if !rows.is_empty() && !rows.iter().any(|row| row.metrics.contains_key(name)) {
            let known = known_metrics(&rows).join(", ");
            let error = CommandError::usage(format!("no run has a metric `{name}`"));
            return Err(error.hint(format!("there are: {known}")));
        }
        // Runs without the metric come last in both directions.
        let key = |row: &RunRow| row.metrics.get(name).copied();
        rows.sort_by(|a, b| match (key(a), key(b)) {
            (Some(a), Some(b)) if descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    }
    let found = rows.len();
    rows.truncate(args.limit);
    let mut shown =
        if args.metrics.is_empty() { first_metrics(&rows) } else { args.metrics.clone() };
    // What sorts the list is seen in it.
    if let Some(sort) = &args.sort {
        let name = sort.strip_prefix('-').unwrap_or(sort);
        if !shown.iter().any(|metric| metric == name) {
            shown.insert(0, name.to_owned());
        }
    }
    let several = model.is_none();
    ui.show(&Listed { runs: rows.iter().map(Row::of).collect(), found, shown, several })?;
    Ok(Exit::Done)
}

fn known_metrics(rows: &[RunRow]) -> Vec<String> {
    let names = rows.iter().flat_map(|row| row.metrics.keys());
    names.collect::<std::collections::BTreeSet<_>>().into_iter().cloned().collect()
}

/// The evaluation's metrics have no dot; the first three of them in the order of reports.
fn first_metrics(rows: &[RunRow]) -> Vec<String> {
    let order = plimsoll_core::evidence::Metric::ALL.map(plimsoll_core::evidence::Metric::as_str);
    let is_there = |name: &&str| rows.iter().any(|row| row.metrics.contains_key(*name));
    order.into_iter().filter(is_there).take(3).map(str::to_owned).collect()
}

/// One `--where`.
#[derive(Clone, Debug)]
struct Condition {
    key: String,
    relation: &'static str,
    value: String,
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const RELATIONS: [&str; 6] = ["<=", ">=", "!=", "<", ">", "="];
        let found =
            RELATIONS.into_iter().filter_map(|relation| Some((text.find(relation)?, relation)));
        // The first relation in the text counts, the longer one where two begin together.
        let (at, relation) =
            found.min_by_key(|(at, relation)| (*at, std::cmp::Reverse(relation.len()))).ok_or(
                "expected KEY, a relation (<, <=, =, !=, >=, >) and a value, such as `wape<0.2`",
            )?;
        let (key, value) = (text[..at].trim(), text[at + relation.len()..].trim());
        let is_word = matches!(key, "state" | "commit" | "dirty");
        if key.is_empty() || value.is_empty() {
            return Err("the key or the value is missing".to_owned());
        }
        if is_word && !matches!(relation, "=" | "!=") {
            return Err(format!("`{key}` is compared with `=` or `!=`"));
        }
        if !is_word && value.parse::<f64>().is_err() {
            return Err(format!("`{value}` is no number, and `{key}` is compared as a metric"));
        }
        Ok(Self { key: key.to_owned(), relation, value: value.to_owned() })
    }
}

impl Condition {
    fn holds(&self, row: &RunRow) -> bool {
        let equal = self.relation == "=";
        match self.key.as_str() {
            "state" => (state(row) == self.value) == equal,
            "dirty" => (row.dirty.to_string() == self.value) == equal,
            "commit" => {
                let begins = row.commit.as_ref().is_some_and(|hash| hash.starts_with(&self.value));
                begins == equal
            }
            _ => self.compares(row),
        }
    }

    fn compares(&self, row: &RunRow) -> bool {
        let (Some(have), Ok(want)) = (row.metrics.get(&self.key), self.value.parse::<f64>()) else {
            return false;
        };
        #[expect(clippy::float_cmp, reason = "the person asked for equality")]
        match self.relation {
            "<" => *have < want,
            "<=" => *have <= want,
            ">" => *have > want,
            ">=" => *have >= want,
            "=" => *have == want,
            _ => *have != want,
        }
    }
}

fn state(row: &RunRow) -> String {
    use plimsoll_core::event::RunEnd;
    match (row.end, row.answer) {
        (None, _) => "unfinished".to_owned(),
        (Some(RunEnd::Completed), Some(answer)) => answer.to_string(),
        (Some(end), _) => end.to_string().replace(' ', "-"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    runs: Vec<Row>,
    found: usize,
    #[serde(skip)]
    shown: Vec<String>,
    #[serde(skip)]
    several: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    run: String,
    model: String,
    state: String,
    commit: Option<String>,
    dirty: bool,
    started: String,
    duration_ms: Option<u64>,
    metrics: BTreeMap<String, f64>,
    #[serde(skip)]
    of: RunRow,
}

impl Row {
    fn of(row: &RunRow) -> Self {
        Self {
            run: row.id.to_string(),
            model: row.model.to_string(),
            state: state(row),
            commit: row.commit.clone(),
            dirty: row.dirty,
            started: view::rfc3339(row.started),
            duration_ms: row.finished.map(|end| end.millis_since(row.started)),
            metrics: row.metrics.clone(),
            of: row.clone(),
        }
    }
}

impl Document for Listed {
    const SCHEMA: &'static str = "plimsoll.runs/v1";
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runs.is_empty() {
            return writeln!(f, "no runs; `plimsoll run` makes one");
        }
        let mut columns = vec!["run", "state", "started", ">took", "commit"];
        if self.several {
            columns.insert(1, "model");
        }
        let metrics: Vec<String> = self.shown.iter().map(|name| format!(">{name}")).collect();
        columns.extend(metrics.iter().map(String::as_str));
        let mut table = Table::new(&columns);
        for Row { of: row, .. } in &self.runs {
            let commit = row.commit.as_deref().map(|hash| hash.get(..7).unwrap_or(hash));
            let dirty = if row.dirty { " (dirty)" } else { "" };
            let mut cells = vec![
                row.id.short().into(),
                view::standing(row.end, row.answer),
                view::moment(row.started).into(),
                row.finished
                    .map_or(String::new(), |end| view::duration(end.millis_since(row.started)))
                    .into(),
                format!("{}{dirty}", commit.unwrap_or("none")).into(),
            ];
            if self.several {
                cells.insert(1, row.model.to_string().into());
            }
            let value = |name| row.metrics.get(name).map(|value| number::show(*value));
            cells.extend(self.shown.iter().map(|name| value(name).unwrap_or_default().into()));
            table.row(cells);
        }
        write!(f, "{table}")?;
        if self.found > self.runs.len() {
            let left = self.found - self.runs.len();
            writeln!(
                f,
                "  {}",
                paint(Paint::Faint, format!("{left} more; `--limit {}` shows all", self.found))
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_refused() {
        let condition: Condition = "wape <= 0.2".parse().unwrap();
        assert_eq!((condition.key.as_str(), condition.relation), ("wape", "<="));
        for bad in ["wape", "wape<", "<3", "wape<many", "state<pass"] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }
}
