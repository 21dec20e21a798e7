//! The steps of the pipeline: what they read, and that each file has one writer.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::project::{Dataset, Input, Step};
use plimsoll_core::{DatasetName, RepoPath};
use serde_json::{Map, Value};

use super::files::{FileState, Written};
use super::{Draft, Named, graph, text};
use crate::nearest::advice;
use crate::node::{Entry, Kind, Node};
use crate::params;
use crate::schema::format;
use crate::source::Place;

/// The files that Plimsoll itself reads and writes beside the project.
const RESERVED: [&str; 2] = ["plimsoll.yaml", "plimsoll.lock"];

/// What is known about the parameters: no file, one with mistakes, or what it says.
pub(super) type Params<'p> = Option<&'p Option<Map<String, Value>>>;

impl Draft<'_, '_, '_> {
    pub(super) fn steps(
        &mut self,
        data: &BTreeMap<DatasetName, Dataset>,
        written: &Written,
        params: Params<'_>,
    ) -> Vec<Step> {
        let entries = self.root.get("steps").map(Node::entries).unwrap_or_default();
        self.one_writer_each(data, written, entries);
        let defined = params.and_then(Option::as_ref).map(params::names).unwrap_or_default();
        let files = data.values().filter(|dataset| dataset.live.is_none());
        let known: Vec<String> = files.map(|dataset| dataset.path.to_string()).collect();
        let mut steps = Vec::new();
        let mut read = Vec::new();
        for entry in entries {
            let inputs = self.inputs(&entry.value, data, written, &known);
            let named: Vec<String> = self.parameters(&entry.value, params, &defined);
            let outputs = entry.value.get("outputs").map(Node::items).unwrap_or_default();
            let outputs = outputs.iter().filter_map(|node| self.path(Some(node)));
            let outputs: Vec<RepoPath> = outputs.map(|named| named.path).collect();
            let env = entry.value.get("env").map(Node::items).unwrap_or_default();
            let metrics = self.path(entry.value.get("metrics")).map(|named| named.path);
            let step = self.name(entry).zip(text(&entry.value, "run")).map(|(name, run)| Step {
                name,
                run,
                inputs: inputs.iter().map(|(input, _)| input.clone()).collect(),
                params: named,
                outputs,
                metrics,
                env: env.iter().filter_map(Node::text).map(str::to_owned).collect(),
                timeout: entry.value.get("timeout").and_then(Node::text).and_then(format::duration),
                cpus: cpus(entry.value.get("cpus")),
            });
            match step {
                Some(step) => steps.push(step),
                None => self.report.not_understood(entry.place, "the step"),
            }
            read.push(inputs);
        }
        self.no_circles(entries, &read, written);
        steps
    }

    /// Reads what a step reads, each with its place.
    fn inputs(
        &mut self,
        step: &Node,
        data: &BTreeMap<DatasetName, Dataset>,
        written: &Written,
        known: &[String],
    ) -> Vec<(Input, Place)> {
        let mut inputs = Vec::new();
        for node in step.get("inputs").map(Node::items).unwrap_or_default() {
            let Some(text) = node.text().filter(|_| !self.report.is_cut()) else { continue };
            let dataset = text.strip_prefix("data.").filter(|name| !name.contains('/'));
            if let Some(name) = dataset {
                let declared = name.parse().ok().filter(|name| data.contains_key(name));
                if let Some(name) = declared {
                    inputs.push((Input::Dataset(name), node.place));
                } else if !self.is_declared(name) {
                    let known: Vec<String> =
                        data.keys().map(|name| format!("data.{name}")).collect();
                    let mut help = advice(text, "dataset", known.iter().map(String::as_str));
                    let is_file = |path: RepoPath| {
                        written.needed(&path).next().is_some()
                            || (self.surroundings.files)(&path) != FileState::Absent
                    };
                    if text.parse().is_ok_and(is_file) {
                        help = format!("a file of that name is written `./{text}`");
                    }
                    let message = format!("`{text}` is no declared dataset");
                    self.report.advise(node.place, message, help);
                }
                continue;
            }
            let Some(named) = self.path(Some(node)) else { continue };
            if let Some((name, _)) = live_at(data, &named.path) {
                let message = format!("`{}` is the dataset `{name}`", named.path);
                self.report.advise(named.place, message, format!("write `data.{name}`"));
                continue;
            }
            self.must_come_from_somewhere(&named, "an input", written, known);
            inputs.push((Input::Path(named.path), node.place));
        }
        inputs
    }

    /// Tells whether a dataset has this name, be it one with mistakes.
    fn is_declared(&self, dataset: &str) -> bool {
        self.root.get("data").is_some_and(|data| data.entry(dataset).is_some())
    }

    fn parameters(&mut self, step: &Node, params: Params<'_>, defined: &[String]) -> Vec<String> {
        let mut named = Vec::new();
        for node in step.get("params").map(Node::items).unwrap_or_default() {
            let Some(text) = node.text().filter(|_| !self.report.is_cut()) else { continue };
            named.push(text.to_owned());
            self.must_be_defined(text, node.place, params, defined);
        }
        named
    }

    /// Reports a name that is no parameter and no section of them.
    pub(super) fn must_be_defined(
        &mut self,
        name: &str,
        place: Place,
        params: Params<'_>,
        defined: &[String],
    ) {
        match params {
            None => {
                let message = format!("parameter `{name}` is undefined: no file defines any");
                let help = "add `params: params.yaml` at the top of the file";
                self.report.advise(place, message, help);
            }
            Some(Some(map)) if params::find(map, name).is_none() => {
                let known = defined.iter().map(String::as_str);
                let message = format!("parameter `{name}` is undefined");
                self.report.advise(place, message, advice(name, "parameter", known));
            }
            // A file with mistakes of its own says nothing about names.
            Some(_) => {}
        }
    }

    fn one_writer_each(
        &mut self,
        data: &BTreeMap<DatasetName, Dataset>,
        written: &Written,
        entries: &[Entry],
    ) {
        let line = |step: usize| entries.get(step).map_or(0, |entry| entry.place.line);
        for (a, b) in written.overlaps() {
            // The later of the two in the file is shown, the other is named.
            let (first, second) = if a.named.place <= b.named.place { (a, b) } else { (b, a) };
            let (path, other) = (&second.named.path, &first.named.path);
            let how = if path == other {
                format!("`{path}` is already an output of")
            } else if path.is_within(other) {
                format!("`{path}` lies in `{other}`, an output of")
            } else {
                format!("`{path}` contains `{other}`, an output of")
            };
            let (name, at) = (&first.name, line(first.step));
            let whose = if first.step == second.step {
                "the same step".to_owned()
            } else {
                format!("step `{name}` (line {at})")
            };
            let message = format!("step `{}`: {how} {whose}", second.name);
            let help = "each file has one writer: give the steps paths of their own";
            self.report.advise(second.named.place, message, help);
        }
        let mut given: Vec<(RepoPath, String)> = Vec::new();
        for path in RESERVED {
            given.extend(path.parse().ok().map(|path| (path, "a file of Plimsoll".to_owned())));
        }
        for (name, dataset) in data {
            given.push((dataset.path.clone(), format!("the dataset `{name}`")));
            let schema = dataset.schema.iter().cloned();
            given.extend(schema.map(|path| (path, format!("the schema of `{name}`"))));
        }
        for (key, what) in [("params", "the file of parameters"), ("python", "the lock file")] {
            let path = self.root.get(key).filter(|node| node.text() != Some("system"));
            given.extend(self.path(path).map(|named| (named.path, what.to_owned())));
        }
        for (path, what) in given {
            for output in written.needed(&path) {
                let Named { path: output_path, place } = &output.named;
                let message = format!(
                    "step `{}` writes `{output_path}`, which is or holds {what}",
                    output.name
                );
                let help = "the pipeline starts from it: let the step write somewhere else";
                self.report.advise(*place, message, help);
            }
        }
    }

    fn no_circles(&mut self, entries: &[Entry], read: &[Vec<(Input, Place)>], written: &Written) {
        let mut feeds: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entries.len()];
        // Many steps may read one folder that many steps write into.
        let mut writers: BTreeMap<&RepoPath, BTreeSet<usize>> = BTreeMap::new();
        for (reader, inputs) in read.iter().enumerate() {
            for (input, _) in inputs {
                let Input::Path(path) = input else { continue };
                let of_path = writers.entry(path);
                let of_path =
                    of_path.or_insert_with(|| written.needed(path).map(|of| of.step).collect());
                for writer in of_path.iter() {
                    feeds[*writer].insert(reader);
                }
            }
        }
        let feeds: Vec<Vec<usize>> =
            feeds.into_iter().map(|readers| readers.into_iter().collect()).collect();
        for mut circle in graph::circles(&feeds) {
            // It starts with the step that stands first in the file.
            let first = circle.iter().enumerate().min_by_key(|(_, step)| **step);
            let first = first.map_or(0, |(at, _)| at);
            circle.rotate_left(first);
            let names: Vec<&str> = circle
                .iter()
                .chain(circle.first())
                .map(|step| entries[*step].key.as_str())
                .collect();
            let mut reasons = Vec::new();
            let mut places = Vec::new();
            for (at, writer) in circle.iter().enumerate() {
                let reader = circle[(at + 1) % circle.len()];
                let needs = |path: &RepoPath| written.needed(path).any(|of| of.step == *writer);
                let found = read[reader].iter().find_map(|(input, place)| match input {
                    Input::Path(path) if needs(path) => Some((path, *place)),
                    _ => None,
                });
                let Some((path, at)) = found else { continue };
                places.push(at);
                let (name, of) = (&entries[reader].key, &entries[*writer].key);
                reasons.push(format!("`{name}` reads `{path}` of `{of}` (line {})", at.line));
            }
            let place = places.into_iter().min().unwrap_or(Place::START);
            let message = format!("steps wait for each other: {}", names.join(" -> "));
            self.report.advise(place, message, reasons.join("; "));
        }
    }
}

/// Returns the dataset of labelled predictions that lies at `path`.
pub(super) fn live_at<'d>(
    data: &'d BTreeMap<DatasetName, Dataset>,
    path: &RepoPath,
) -> Option<(&'d DatasetName, &'d Dataset)> {
    data.iter().find(|(_, dataset)| dataset.live.is_some() && dataset.path == *path)
}

fn cpus(node: Option<&Node>) -> u32 {
    match node.map(|node| &node.kind) {
        Some(Kind::Integer(value)) => u32::try_from(*value).unwrap_or(1),
        _ => 1,
    }
}
