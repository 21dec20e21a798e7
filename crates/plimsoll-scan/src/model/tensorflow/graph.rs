//! What a graph of TensorFlow does, node by node.

use std::collections::{BTreeMap, HashSet};

use super::files::{Files, SeenNode};
use super::message;
use super::operators::{self, Deed};
use crate::model::keras;
use crate::model::look::{Look, printable};
use crate::model::place::way_out;
use crate::model::protobuf::{MOST_NAMES, Seen, Shape, Visit};
use crate::model::report::{Finding, Verdict};
use crate::model::window::Unread;

/// How many different operators a graph may use.
const MOST_OPERATORS: usize = 10_000;

/// How many assets a model may name.
const MOST_ASSETS: usize = 10_000;

/// How long the name of an operator may be.
const LONGEST_NAME: usize = 512;

/// Where printing leaves nothing behind.
const STREAMS: [&str; 6] = ["", "stderr", "stdout", "log(info)", "log(warning)", "log(error)"];

/// What was seen of a model so far.
#[derive(Default)]
pub(super) struct Graph {
    operators: BTreeMap<String, u64>,
    /// The main graphs, which are judged when the assets are known.
    graphs: Vec<Files>,
    main: Files,
    function: Option<Files>,
    assets: HashSet<String>,
    asset_tensor: String,
    /// The texts of the tensors in the node that is being read.
    texts: Vec<String>,
    /// The node calls a function.
    calls: bool,
    /// Where the node prints to, if it is a printer.
    prints_to: String,
    /// The text of the attribute's value that was read last.
    value: String,
}

impl Visit for Graph {
    fn enter(&mut self, shape: &'static Shape) {
        if std::ptr::eq(shape, &raw const message::FUNCTION) {
            self.function = Some(Files::default());
        } else if std::ptr::eq(shape, &raw const message::NODE) {
            self.texts.clear();
            self.prints_to.clear();
            self.calls = false;
        }
    }

    fn leave(&mut self, shape: &'static Shape, seen: &Seen, look: &mut Look) -> Result<(), Unread> {
        let is = |other: &'static Shape| std::ptr::eq(shape, other);
        if is(&message::NODE) {
            return self.node(seen, look);
        } else if is(&message::TENSOR) {
            let before = self.texts.len();
            self.texts.extend(seen.texts(8).map(str::to_owned));
            if self.texts.len() - before >= MOST_NAMES {
                // More than are seen: whoever opens one of them opens what was not looked at.
                self.texts.push("\0".to_owned());
            }
        } else if is(&message::CALL) {
            self.calls = true;
        } else if is(&message::VALUE) {
            seen.text(2).clone_into(&mut self.value);
        } else if is(&message::ATTRIBUTE) {
            if seen.text(1) == "output_stream" {
                self.prints_to = std::mem::take(&mut self.value);
            }
        } else if is(&message::FUNCTION) {
            if let Some(files) = self.function.take() {
                files.judge(&self.assets, look);
            }
        } else if is(&message::GRAPH) {
            self.graphs.push(std::mem::take(&mut self.main));
        } else if is(&message::TENSOR_INFO) {
            seen.text(1).clone_into(&mut self.asset_tensor);
        } else if is(&message::ASSET) {
            self.asset(seen, look)?;
        } else if is(&message::META_GRAPH) {
            self.judge_graphs(look);
        } else if is(&message::USER_OBJECT) && seen.text(3).trim_start().starts_with('{') {
            keras::look_at_text(seen.text(3), look);
        }
        Ok(())
    }
}

impl Graph {
    fn node(&mut self, seen: &Seen, look: &mut Look) -> Result<(), Unread> {
        let (name, operator) = (seen.text(1), seen.text(2));
        if self.operators.len() >= MOST_OPERATORS || operator.len() > LONGEST_NAME {
            let what = format!("more than {MOST_OPERATORS} operators, or one with a long name");
            return Err(Unread::broken(what, seen.span.start));
        }
        let first = !self.operators.contains_key(operator);
        match operators::deed(operator) {
            Deed::Prints if !STREAMS.contains(&self.prints_to.as_str()) => {
                let to = printable(&self.prints_to);
                let message =
                    format!("the operator `PrintV2` prints to `{to}`, which may be a file");
                let finding = Finding::new("model.operator", Verdict::Unsafe, message);
                look.found(finding.of("PrintV2").at(seen.span.start));
            }
            Deed::Unknown(_) | Deed::Acts(_) if first => {
                operators::tell(operator, Some(seen.span.start), look);
            }
            _ => {}
        }
        if first {
            self.operators.insert(operator.to_owned(), seen.span.start);
        }
        let files = self.function.as_mut().unwrap_or(&mut self.main);
        let texts = std::mem::take(&mut self.texts);
        let inputs = seen.texts(3).map(str::to_owned).collect();
        files.node(SeenNode {
            name,
            operator,
            inputs,
            texts,
            calls: self.calls,
            at: seen.span.start,
        })
    }

    fn asset(&mut self, seen: &Seen, look: &mut Look) -> Result<(), Unread> {
        let file = seen.text(2);
        if let Some(why) = way_out(file) {
            let message = format!("the model names an asset `{}`, which {why}", printable(file));
            look.found(Finding::new("model.external-data", Verdict::Unsafe, message));
        }
        if self.assets.len() >= MOST_ASSETS {
            return Err(Unread::broken(format!("more than {MOST_ASSETS} assets"), seen.span.start));
        }
        let tensor = self.asset_tensor.split(':').next().unwrap_or_default();
        self.assets.insert(tensor.to_owned());
        Ok(())
    }

    /// Judges which files the graphs open, once nothing more comes.
    pub(super) fn judge_graphs(&mut self, look: &mut Look) {
        for files in std::mem::take(&mut self.graphs) {
            files.judge(&self.assets, look);
        }
    }
}
