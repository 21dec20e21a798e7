//! Names of files in a graph: from where the operators that open them take them.

use std::collections::{HashMap, HashSet};

use super::operators::{self, Deed};
use crate::model::look::{Look, printable};
use crate::model::place::way_out;
use crate::model::report::{Finding, Verdict};
use crate::model::window::Unread;

/// How many nodes of one graph or function are remembered.
const MOST_NODES: usize = 1 << 18;

/// How many steps back are followed from one operator.
const MOST_STEPS: usize = 10_000;

/// Operators that hand on or join texts.
const PASSING: &str = "Identity IdentityN StringJoin Select SelectV2 Pack ConcatV2 ExpandDims Reshape Squeeze \
    ShardedFilename Fill PlaceholderWithDefault Merge Switch StaticRegexFullMatch";

/// Operators that give what the caller of the graph gives.
const GIVEN: &str = "Placeholder PlaceholderV2 _Arg VarHandleOp";

/// What is known of a node for this purpose.
enum Node {
    /// A constant, with its texts.
    Constant(Vec<String>),
    /// It hands on what it gets.
    Passes(Vec<String>),
    /// The caller decides.
    Given,
    /// It makes something of its own.
    Other,
}

/// How many texts the arguments of a call may be; more are a vocabulary.
const MOST_ARGUMENTS: usize = 64;

/// A node that opens a file, or that calls a function which may.
struct Opener {
    operator: String,
    inputs: Vec<String>,
    at: u64,
}

/// What was read of a node.
pub(super) struct SeenNode<'n> {
    pub(super) name: &'n str,
    pub(super) operator: &'n str,
    pub(super) inputs: Vec<String>,
    /// The texts in its tensors.
    pub(super) texts: Vec<String>,
    /// One of its attributes is a function of the graph.
    pub(super) calls: bool,
    pub(super) at: u64,
}

/// The nodes of one graph, or of one function.
#[derive(Default)]
pub(super) struct Files {
    nodes: HashMap<String, Node>,
    openers: Vec<Opener>,
    calls: Vec<Opener>,
}

impl Files {
    /// Takes in a node.
    pub(super) fn node(&mut self, seen: SeenNode<'_>) -> Result<(), Unread> {
        let SeenNode { name, operator, inputs, texts, calls, at } = seen;
        if self.nodes.len() >= MOST_NODES {
            return Err(Unread::broken(format!("a graph has more than {MOST_NODES} nodes"), at));
        }
        let is_in = |names: &str| names.split_ascii_whitespace().any(|known| known == operator);
        let opener = || Opener { operator: operator.to_owned(), inputs: inputs.clone(), at };
        if operators::deed(operator) == Deed::TakesFile {
            self.openers.push(opener());
        } else if calls {
            self.calls.push(opener());
        }
        let node = match operator {
            "Const" => Node::Constant(texts),
            _ if is_in(PASSING) => Node::Passes(inputs),
            _ if is_in(GIVEN) => Node::Given,
            _ => Node::Other,
        };
        self.nodes.insert(name.to_owned(), node);
        Ok(())
    }

    /// Judges what the operators that open files were given.
    ///
    /// `assets` are the nodes whose value the loader replaces. A saver gets its name from who saves or
    /// restores, and a table from an asset: an argument. A name that is in the graph may only be one inside
    /// of the model's folder, and one that is computed is not known.
    pub(super) fn judge(&self, assets: &HashSet<String>, look: &mut Look) {
        for opener in &self.openers {
            let names = names_of_files(&opener.operator, &opener.inputs);
            let (texts, is_known) = self.origin(names, assets);
            let shown = printable(&opener.operator);
            let finding = if let Some((text, why)) = leaving(&texts) {
                let message =
                    format!("the operator `{shown}` is given a file: `{}` {why}", printable(text));
                Finding::new("model.operator", Verdict::Unsafe, message)
            } else if is_known {
                continue;
            } else {
                let message = format!("the operator `{shown}` opens a file whose name is computed");
                Finding::new("model.operator", Verdict::Unknown, message)
            };
            look.found(finding.of(shown).at(opener.at));
        }
        for call in &self.calls {
            let (texts, _) = self.origin(&call.inputs, assets);
            if texts.len() > MOST_ARGUMENTS {
                continue;
            }
            // A separator alone is a text like any other.
            let is_path = |text: &&str| {
                text.len() > 3
                    && (text.starts_with('/') || text.contains("../") || text.contains("://"))
            };
            let paths: Vec<&str> = texts.into_iter().filter(is_path).collect();
            if let Some((text, why)) = leaving(&paths) {
                let message =
                    format!("a function of the graph is given `{}`, which {why}", printable(text));
                look.found(Finding::new("model.operator", Verdict::Unknown, message).at(call.at));
            }
        }
    }

    /// Returns the texts that inputs come from, and whether nothing else goes into them.
    fn origin<'n>(
        &'n self,
        inputs: &'n [String],
        assets: &HashSet<String>,
    ) -> (Vec<&'n str>, bool) {
        let mut texts = Vec::new();
        let mut is_known = true;
        let mut open: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let mut seen = HashSet::new();
        while let Some(input) = open.pop() {
            let name = input.split(':').next().unwrap_or_default();
            // With `^` it is only said what comes before.
            if input.starts_with('^') || !seen.insert(name) {
                continue;
            }
            // The loader puts the path of the asset in place of what is there.
            if assets.contains(name) {
                continue;
            }
            if seen.len() > MOST_STEPS {
                return (texts, false);
            }
            match self.nodes.get(name) {
                Some(Node::Constant(constants)) => {
                    texts.extend(constants.iter().map(String::as_str));
                }
                Some(Node::Passes(inputs)) => open.extend(inputs.iter().map(String::as_str)),
                // What is no node is an argument of the function.
                Some(Node::Given) | None => {}
                Some(Node::Other) => is_known = false,
            }
        }
        (texts, is_known)
    }
}

/// Returns the inputs of an operator that are names of files.
fn names_of_files<'i>(operator: &str, inputs: &'i [String]) -> &'i [String] {
    let places = match operator {
        "InitializeTableFromTextFile" | "InitializeTableFromTextFileV2" => 1..2,
        "MergeV2Checkpoints" => 0..2,
        _ => 0..1,
    };
    inputs.get(places).unwrap_or(inputs)
}

fn leaving<'t>(texts: &[&'t str]) -> Option<(&'t str, &'static str)> {
    texts.iter().filter(|text| !text.is_empty()).find_map(|text| {
        let is_part = text.starts_with("/part") || text.starts_with("_temp");
        way_out(text).filter(|_| !is_part).map(|why| (*text, why))
    })
}
