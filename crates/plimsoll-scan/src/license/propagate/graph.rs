//! What was made of what, and the ways between.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Edge, MAX_CONFLICTS, MAX_EDGES, MAX_NODES, Node, PropagateError};
use crate::license::policy::Verdict;

/// How many steps are gone in all.
const MAX_STEPS: usize = 200_000_000;

/// How many things all the ways that are shown may have together.
const MAX_SHOWN: usize = 1_000_000;

/// Who uses whom.
pub(super) struct Graph {
    /// What each thing went into.
    into: Vec<Vec<usize>>,
    /// What each thing was made of.
    of: Vec<Vec<usize>>,
    edges: usize,
}

impl Graph {
    pub(super) fn new(nodes: &[Node], edges: &[Edge]) -> Result<Self, PropagateError> {
        let count = nodes.len();
        if count > MAX_NODES {
            return Err(PropagateError::TooManyNodes(count));
        }
        if edges.len() > MAX_EDGES {
            return Err(PropagateError::TooManyEdges(edges.len()));
        }
        let (mut into, mut of) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for edge in edges {
            let (Some(targets), Some(sources)) = (into.get_mut(edge.from), of.get_mut(edge.what))
            else {
                return Err(PropagateError::NoNode { place: edge.what.max(edge.from), count });
            };
            if edge.from != edge.what {
                targets.push(edge.what);
                sources.push(edge.from);
            }
        }
        for ways in into.iter_mut().chain(&mut of) {
            ways.sort_unstable();
            ways.dedup();
        }
        Ok(Self { into, of, edges: edges.len() })
    }

    /// Returns, for every thing, one source of each kind of terms that reaches it: two sources of the same
    /// terms ask the same, so that it does not take a search for each of them.
    pub(super) fn reached(
        &self,
        classes: &BTreeMap<(&str, Verdict), Vec<usize>>,
    ) -> Result<Vec<BTreeSet<usize>>, PropagateError> {
        if classes.len().saturating_mul(self.into.len() + self.edges) > MAX_STEPS {
            return Err(PropagateError::TooVaried(classes.len()));
        }
        let mut reached = vec![BTreeSet::new(); self.into.len()];
        for sources in classes.values() {
            let Some(&first) = sources.first() else { continue };
            let mut seen = vec![false; self.into.len()];
            let mut open: Vec<usize> = sources.clone();
            while let Some(at) = open.pop() {
                match seen.get_mut(at) {
                    Some(seen) if !*seen => *seen = true,
                    _ => continue,
                }
                if let Some(set) = reached.get_mut(at) {
                    set.insert(first);
                }
                open.extend(self.into.get(at).into_iter().flatten());
            }
        }
        Ok(reached)
    }

    /// Returns the shortest way from every refused thing to each one at the end that it reaches, which went into
    /// nothing else; where all go round in a circle, to itself. Also how many ends were not looked at.
    pub(super) fn ways<T>(
        &self,
        refused: &impl Fn(&usize) -> Option<T>,
    ) -> (Vec<Vec<usize>>, usize) {
        let count = self.into.len();
        let (mut ways, mut steps, mut shown, mut left) = (Vec::new(), 0, 0, 0);
        let mut ended = vec![false; count];
        // Where each thing goes next on the way to the end that is looked at, and for which end that holds.
        let mut next: Vec<(usize, usize)> = vec![(usize::MAX, 0); count];
        let ends = self.into.iter().enumerate().filter(|(_, targets)| targets.is_empty());
        for (end, _) in ends {
            if steps > MAX_STEPS || ways.len() > MAX_CONFLICTS {
                left += 1;
                continue;
            }
            let mut open = VecDeque::from([end]);
            if let Some(entry) = next.get_mut(end) {
                *entry = (end, end);
            }
            while let Some(at) = open.pop_front() {
                if let Some(ended) = ended.get_mut(at) {
                    *ended = true;
                }
                if refused(&at).is_some() {
                    if ways.len() > MAX_CONFLICTS || shown > MAX_SHOWN {
                        left += 1;
                    } else {
                        let way = Self::way(&next, at, end);
                        shown += way.len();
                        ways.push(way);
                    }
                }
                for source in self.of.get(at).into_iter().flatten() {
                    steps += 1;
                    if let Some(entry) = next.get_mut(*source).filter(|(of, _)| *of != end) {
                        *entry = (end, at);
                        open.push_back(*source);
                    }
                }
            }
        }
        if left == 0 {
            let circling = (0..count).filter(|at| !ended.get(*at).is_some_and(|it| *it));
            ways.extend(circling.filter(|at| refused(at).is_some()).map(|at| vec![at]));
        }
        (ways, left)
    }

    fn way(next: &[(usize, usize)], source: usize, end: usize) -> Vec<usize> {
        let (mut way, mut at) = (vec![source], source);
        while at != end {
            let Some((_, after)) = next.get(at) else { break };
            at = *after;
            way.push(at);
        }
        way
    }
}
