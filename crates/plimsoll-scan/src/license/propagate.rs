//! Which terms reach a model or an image from what it was made of, and by which way.
//!
//! A pure function over a graph of things that come under terms. What a thing is derived from, or holds,
//! hands on its obligations: those that a policy does not allow for what the release is for are conflicts, each
//! shown with the shortest way along which it came. Ambiguous and unknown terms are handed on as well.

mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use graph::Graph;
use serde::Serialize;

use super::expression::License;
use super::judge::{Court, Named};
use super::policy::Verdict;
use super::properties::{Family, Properties, Property};
use super::terms::Terms;

/// The most things that a graph may have.
pub const MAX_NODES: usize = 1_000_000;

/// The most ways between them.
pub const MAX_EDGES: usize = 10_000_000;

/// The most conflicts that are shown; more are counted.
pub const MAX_CONFLICTS: usize = 10_000;

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Data from somewhere else.
    Dataset,
    /// Data that a step made.
    Derived,
    /// A model that another one was made from.
    BaseModel,
    /// A model.
    Model,
    /// A package.
    Package,
    /// Files of others in the repository.
    Copied,
    /// An image.
    Image,
}

/// A thing that comes under terms, or is made of things that do.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name, as a person knows it.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Its own terms; `None` for what the project makes itself.
    pub terms: Option<Terms>,
}

/// How one thing got into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// It was made from it.
    DerivedFrom,
    /// It holds it, side by side with others.
    Contains,
}

/// A way between two things, given by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What was made, or holds the other.
    pub what: usize,
    /// How.
    pub relation: Relation,
    /// What it was made from, or holds.
    pub from: usize,
}

/// The graph cannot be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PropagateError {
    /// There are more things than are meant to be.
    #[error("{0} things are in the lineage, at most {MAX_NODES} are followed")]
    TooManyNodes(usize),
    /// There are more ways than are meant to be.
    #[error("{0} ways are in the lineage, at most {MAX_EDGES} are followed")]
    TooManyEdges(usize),
    /// Too many different terms go too many ways.
    #[error(
        "{0} different terms are handed on in a lineage of that size, which is more than is followed"
    )]
    TooVaried(usize),
    /// A way leads to a thing that is not in the list.
    #[error("the lineage names thing {place} of {count}")]
    NoNode {
        /// The place that was named, from 0.
        place: usize,
        /// How many there are.
        count: usize,
    },
}

/// What a thing has to keep to, in the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Effective {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Every license that it stands under, its own and those that were handed on.
    pub licenses: BTreeSet<License>,
    /// What those ask and forbid.
    pub properties: BTreeSet<Property>,
    /// What the policy says of all of it.
    pub verdict: Verdict,
}

/// Terms that do not go with what the release is for, and the way by which they came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Conflict {
    /// Where it was found.
    pub at: String,
    /// Whose terms they are.
    pub source: String,
    /// The license, or `ambiguous` or `unknown`.
    pub license: String,
    /// What the policy says.
    pub verdict: Verdict,
    /// The rule that said so.
    pub rule: String,
    /// The way, from the source to where it was found.
    pub path: Vec<String>,
    /// All of it in a sentence.
    pub message: String,
}

/// What came of following the terms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Propagated {
    /// Every thing, in the order given.
    pub nodes: Vec<Effective>,
    /// Conflicts at what nothing else is made of: models and images at the end. The worst come first.
    pub conflicts: Vec<Conflict>,
    /// How many more there are at least. If it is not 0, only the verdicts of `nodes` say all.
    pub more: usize,
}

/// Follows the terms of every thing to everything that is made of it or holds it.
///
/// Going round in a circle hands nothing on twice. It takes the time of things and ways times the licenses
/// that differ, and times the things at the end; both are bounded.
///
/// # Errors
/// The graph is too large, or names what is not in it.
pub fn propagate(
    nodes: &[Node],
    edges: &[Edge],
    court: Court<'_>,
) -> Result<Propagated, PropagateError> {
    let graph = Graph::new(nodes, edges)?;
    let judged: Vec<Option<Own>> = nodes.iter().map(|node| own(node, court)).collect();
    let mut classes: BTreeMap<(&str, Verdict), Vec<usize>> = BTreeMap::new();
    for (at, own) in judged.iter().enumerate() {
        if let Some(own) = own {
            classes.entry((&own.license, own.verdict)).or_default().push(at);
        }
    }
    let reached = graph.reached(&classes)?;
    let effective = nodes.iter().zip(&reached).map(|(node, sets)| effective(node, sets, &judged));
    let nodes_out: Vec<Effective> = effective.collect();
    let refused = |at: &usize| {
        judged.get(*at).and_then(Option::as_ref).filter(|own| own.verdict != Verdict::Allow)
    };
    let (ways, mut more) = graph.ways(&refused);
    let mut conflicts = Vec::new();
    for way in ways {
        if let Some(own) = way.first().and_then(refused) {
            conflicts.extend(conflict(nodes, own, &way, court));
        }
    }
    more += conflicts.len().saturating_sub(MAX_CONFLICTS);
    conflicts.sort_by(|a, b| (b.verdict, &a.at, &a.source).cmp(&(a.verdict, &b.at, &b.source)));
    conflicts.truncate(MAX_CONFLICTS);
    Ok(Propagated { nodes: nodes_out, conflicts, more })
}

/// What a thing's own terms come to.
struct Own {
    license: String,
    licenses: Vec<License>,
    verdict: Verdict,
    rule: String,
    why: Vec<String>,
}

fn own(node: &Node, court: Court<'_>) -> Option<Own> {
    let terms = node.terms.as_ref()?;
    let named = Named { name: &node.name, version: node.version.as_deref(), ecosystem: None };
    let judgment = court.judge(named, terms);
    let chosen = judgment.chosen.as_ref();
    let licenses: Vec<License> =
        chosen.map(|it| it.licenses().into_iter().cloned().collect()).unwrap_or_default();
    let properties: BTreeSet<Property> =
        licenses.iter().flat_map(|license| Properties::of(license).properties).collect();
    let weighs = |property: &Property| {
        !matches!(
            property,
            Property::Attribution | Property::PatentGrant | Property::SourceDisclosure
        )
    };
    let mut why: Vec<String> =
        properties.iter().filter(|it| weighs(it)).map(ToString::to_string).collect();
    if why.is_empty() {
        let families: BTreeSet<Family> =
            licenses.iter().map(|license| Properties::of(license).family).collect();
        why = families.iter().map(ToString::to_string).collect();
    }
    let license = chosen.map_or_else(|| terms.state.to_string(), ToString::to_string);
    Some(Own { license, licenses, verdict: judgment.verdict, rule: judgment.rule, why })
}

fn effective(node: &Node, sources: &BTreeSet<usize>, judged: &[Option<Own>]) -> Effective {
    let own = || sources.iter().filter_map(|at| judged.get(*at)?.as_ref());
    let licenses: BTreeSet<License> = own().flat_map(|own| own.licenses.clone()).collect();
    Effective {
        kind: node.kind,
        name: node.name.clone(),
        properties: licenses.iter().flat_map(|it| Properties::of(it).properties).collect(),
        licenses,
        verdict: own().map(|own| own.verdict).max().unwrap_or(Verdict::Allow),
    }
}

fn conflict(nodes: &[Node], own: &Own, path: &[usize], court: Court<'_>) -> Option<Conflict> {
    let source = nodes.get(*path.first()?)?;
    let end = nodes.get(*path.last()?)?;
    let mut way: Vec<String> = path.iter().filter_map(|at| nodes.get(*at)).map(shown).collect();
    if let Some(first) = way.first_mut() {
        *first = format!("{first} ({})", own.license);
    }
    let why = if own.why.is_empty() {
        format!("its terms are {}", own.license)
    } else {
        own.why.join(", ")
    };
    let message =
        format!("{}: {why}, but intent is {} ({})", way.join(" -> "), court.intent, own.rule);
    Some(Conflict {
        at: end.name.clone(),
        source: source.name.clone(),
        license: own.license.clone(),
        verdict: own.verdict,
        rule: own.rule.clone(),
        path: path.iter().filter_map(|at| nodes.get(*at)).map(|node| node.name.clone()).collect(),
        message,
    })
}

fn shown(node: &Node) -> String {
    match node.kind {
        Kind::Derived => node.name.clone(),
        kind => format!("{kind} `{}`", node.name),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dataset => "dataset",
            Self::Derived => "derived data",
            Self::BaseModel => "base model",
            Self::Model => "model",
            Self::Package => "package",
            Self::Copied => "copied files",
            Self::Image => "image",
        })
    }
}

#[cfg(test)]
mod tests;
