//! `plimsoll.yaml` as a project, with whatever a schema cannot say about it.

mod approvals;
mod card;
mod data;
mod evaluate;
mod files;
mod gate;
mod graph;
mod monitor;
mod retrain;
mod scan;
mod serve;
mod steps;
mod waivers;

use std::str::FromStr;

use plimsoll_core::RepoPath;
use plimsoll_core::card::Prose;
use plimsoll_core::gate::Origin;
use plimsoll_core::project::{Project, Python};
use serde_json::{Map, Value};

use crate::node::{self, Entry, Kind, Node};
use crate::schema::{self, PROJECT};
use crate::source::{Place, Report, Source};
use crate::{Mistakes, ReadError, TableSchema};

pub use files::FileState;
use files::Written;
pub(crate) use scan::modes;

/// Parameters as they were read; `None` where their file holds mistakes.
pub type ReadParams = Result<Option<Map<String, Value>>, ReadError>;

/// A data schema as it was read; `None` where its file holds mistakes.
pub type ReadSchema = Result<Option<TableSchema>, ReadError>;

/// The prose of a card as it was read; `None` where its files hold mistakes.
pub type ReadProse = Result<Option<Prose>, ReadError>;

/// What a project is checked against besides its own text.
pub struct Surroundings<'s> {
    /// Looks at a path of the repository.
    pub files: &'s dyn Fn(&RepoPath) -> FileState,
    /// Reads the file of parameters; the caller keeps its mistakes.
    pub params: &'s mut dyn FnMut(&RepoPath) -> ReadParams,
    /// Reads a data schema; the caller keeps its mistakes.
    pub schema: &'s mut dyn FnMut(&RepoPath) -> ReadSchema,
    /// Reads the prose of the card, and the facts that it was accepted with where there are some;
    /// the caller keeps its mistakes.
    pub prose: &'s mut dyn FnMut(&RepoPath, Option<&RepoPath>) -> ReadProse,
}

/// A path and where `plimsoll.yaml` names it.
#[derive(Clone, Debug)]
struct Named {
    path: RepoPath,
    place: Place,
}

/// Reads the project of `report`'s file; every mistake goes to `report`.
///
/// Nothing comes back where there is a mistake.
fn project(report: &mut Report<'_>, surroundings: &mut Surroundings<'_>) -> Option<Project> {
    let before = report.count();
    let Some(root) = node::parse(report) else {
        if report.count() == before {
            report.advise(Place::START, "the file is empty", "start with `model: NAME`");
        }
        return None;
    };
    schema::hold(PROJECT, None, &root, report);
    let project = Draft { root: &root, report, surroundings }.project();
    if report.count() > before {
        return None;
    }
    if project.is_none() {
        report.not_understood(root.place, "the file");
    }
    project
}

/// Reads the bytes of the `plimsoll.yaml` that messages call `path`.
pub fn project_of(
    path: &str,
    bytes: &[u8],
    surroundings: &mut Surroundings<'_>,
) -> Result<Project, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    project(&mut report, surroundings).ok_or_else(|| report.finish())
}

/// A tree that the schema has seen, on its way to a project.
///
/// What the schema refused is left out in what follows, so that the rest is still checked.
pub(crate) struct Draft<'d, 'a, 's> {
    root: &'d Node,
    report: &'d mut Report<'a>,
    surroundings: &'d mut Surroundings<'s>,
}

impl<'d, 'a, 's> Draft<'d, 'a, 's> {
    /// Starts from a tree that is no project but has parts of one.
    pub(crate) fn of_parts(
        root: &'d Node,
        report: &'d mut Report<'a>,
        surroundings: &'d mut Surroundings<'s>,
    ) -> Self {
        Self { root, report, surroundings }
    }
}

impl<'d> Draft<'d, '_, '_> {
    fn project(&mut self) -> Option<Project> {
        let root = self.root;
        let model = self.parsed(root.get("model"));
        let task = self.deserialized(root.get("task"));
        let python = self.python();
        let (data, columns) = self.data();
        let params = self.path(root.get("params"));
        let written = self.written();
        let values = params.as_ref().map(|named| self.values(named));
        let steps = self.steps(&data, &written, values.as_ref());
        let evaluate = self.evaluate(task, &data, &written);
        let gate = self.gate(task);
        let waivers = self.waivers();
        let scan = self.scan(Origin::Project);
        let approvals = self.approvals(Origin::Project);
        let serve = self.serve(&data, columns);
        let monitor = self.monitor(task);
        let retrain = self.retrain(values.as_ref());
        let card = self.card();
        Some(Project {
            model: model?,
            task: task?,
            owners: self.texts("owners"),
            license: text(root, "license"),
            python,
            registry: text(root, "registry"),
            seed: self.seed(),
            data,
            params: params.map(|named| named.path),
            code: self.texts("code"),
            steps,
            evaluate,
            gate,
            waivers,
            approvals,
            serve,
            monitor,
            retrain,
            scan,
            card,
            policy: None,
        })
    }

    fn python(&mut self) -> Option<Python> {
        let node = self.root.get("python")?;
        if node.text() == Some("system") {
            return Some(Python::System);
        }
        let named = self.path(Some(node))?;
        let help = "name a lock file with hashes, or write `system` for the Python that is there";
        self.must_be_file(&named, "the lock file of Python", help);
        Some(Python::Lock(named.path))
    }

    /// Reads the parameters; `None` where the file has mistakes.
    fn values(&mut self, named: &Named) -> Option<Map<String, Value>> {
        let help = "correct the path, or add the file";
        if !self.must_be_file(named, "the file of parameters", help) {
            return None;
        }
        match (self.surroundings.params)(&named.path) {
            Ok(values) => values,
            Err(error) => {
                self.report.say(named.place, with_cause(&error));
                None
            }
        }
    }

    fn seed(&mut self) -> u64 {
        let Some(node) = self.root.get("seed") else { return 0 };
        let Kind::Integer(value) = node.kind else { return 0 };
        u64::try_from(value).unwrap_or_else(|_| {
            self.report.unless_said(node.place, "the seed is no number from 0 to 2^64 - 1");
            0
        })
    }

    /// Collects what steps write, with who writes it.
    fn written(&mut self) -> Written {
        let mut written = Written::default();
        let steps = self.root.get("steps").map(Node::entries).unwrap_or_default();
        for (index, step) in steps.iter().enumerate() {
            let outputs = step.value.get("outputs").map(Node::items).unwrap_or_default();
            for node in outputs.iter().chain(step.value.get("metrics")) {
                if let Some(named) = self.path(Some(node)) {
                    written.add(index, &step.key, named);
                }
            }
        }
        written.sort();
        written
    }

    /// Returns the value of a key of `evaluate`.
    fn evaluated(&self, key: &str) -> Option<&'d Node> {
        self.root.get("evaluate").and_then(|evaluate| evaluate.get(key))
    }

    /// Parses a text that the schema has checked.
    fn parsed<T: FromStr>(&mut self, node: Option<&Node>) -> Option<T>
    where
        T::Err: ToString,
    {
        let node = node?;
        let parsed = node.text()?.parse::<T>();
        parsed.map_err(|error| self.report.unless_said(node.place, error.to_string())).ok()
    }

    /// Parses a key that the schema has checked.
    fn name<T: FromStr>(&mut self, entry: &Entry) -> Option<T>
    where
        T::Err: ToString,
    {
        let parsed = entry.key.parse::<T>();
        parsed.map_err(|error| self.report.unless_said(entry.place, error.to_string())).ok()
    }

    fn deserialized<T: serde::de::DeserializeOwned>(&mut self, node: Option<&Node>) -> Option<T> {
        let node = node?;
        let parsed = serde_json::from_value(Value::String(node.text()?.to_owned()));
        parsed.map_err(|_| self.report.unless_said(node.place, "the value is unknown")).ok()
    }

    fn path(&mut self, node: Option<&Node>) -> Option<Named> {
        let place = node?.place;
        self.parsed(node).map(|path| Named { path, place })
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let items = self.root.get(key).map(Node::items).unwrap_or_default();
        items.iter().filter_map(Node::text).map(str::to_owned).collect()
    }
}

fn with_cause(error: &ReadError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Returns the text of a key.
fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::text).map(str::to_owned)
}

#[cfg(test)]
mod tests;
