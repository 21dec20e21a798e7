//! Trees of the later style: records in the order of their keys, of which every one is visited.

use std::collections::HashSet;

use super::file::File;
use crate::model::look::Look;
use crate::model::window::{Order, Unread};

/// How deep a tree may be. Sixteen levels hold more records than any file.
const DEEPEST: usize = 16;

/// How many records a tree may have.
const MOST_RECORDS: usize = 1 << 20;

/// Letters, version and kind before the records of a node.
const BEFORE: u64 = 6;

/// That, and the checksum behind.
const AROUND: u64 = BEFORE + 4;

/// A tree: how its nodes are laid out.
struct Tree {
    kind: u8,
    record_size: u64,
    /// Bytes of the pointers to the nodes of each level, from the leaves on.
    pointers: Vec<u64>,
    /// Bytes that say how many records a node has.
    count_size: u64,
}

/// Returns where the records of the tree at `at` are, which has to be of one of `kinds`, with records of the
/// size beside it.
///
/// In inner nodes lie records too; their order does not matter here.
pub(super) fn records(
    file: &mut File,
    at: u64,
    kinds: &[(u8, u64)],
    look: &mut Look,
) -> Result<(u8, Vec<u64>), Unread> {
    file.expect(at, *b"BTHD")?;
    let (version, kind) = (file.window.byte(at + 4)?, file.window.byte(at + 5)?);
    let node_size = file.sized(at + 6, 4)?;
    let record_size = file.sized(at + 10, 2)?;
    if version != 0 || !kinds.contains(&(kind, record_size)) {
        let what = format!(
            "a tree is of the version {version} and the kind {kind}, with records of {record_size} bytes"
        );
        return Err(Unread::broken(what, at));
    }
    let depth = file.sized(at + 12, 2)?;
    let depth = usize::try_from(depth).ok().filter(|depth| *depth <= DEEPEST);
    let depth = depth.ok_or_else(|| Unread::broken("a tree is too deep", at))?;
    let root = file.address(at + 16)?;
    let count = file.sized(at + 16 + file.address_size, 2)?;
    let mut found = Vec::new();
    let Some(root) = root else { return Ok((kind, found)) };
    let tree = Tree::of(file, kind, [node_size, record_size], depth)
        .ok_or_else(|| Unread::broken("the nodes of a tree are too small", at))?;
    let mut open = vec![(root, count, depth)];
    let mut seen = HashSet::new();
    while let Some((node, count, depth)) = open.pop() {
        if !seen.insert(node) {
            return Err(Unread::broken("a tree leads back to itself", node));
        }
        let letters = if depth == 0 { *b"BTLF" } else { *b"BTIN" };
        file.expect(node, letters)?;
        if file.window.byte(node + 4)? != 0 || file.window.byte(node + 5)? != tree.kind {
            return Err(Unread::broken("a node is of another kind than its tree", node));
        }
        let size = count * tree.record_size + AROUND;
        if size > node_size || found.len() as u64 + count > MOST_RECORDS as u64 {
            return Err(Unread::broken("a tree has too many records", node));
        }
        look.steps(1 + count)?;
        found.extend((0..count).map(|record| node + BEFORE + record * tree.record_size));
        let Some(child_depth) = depth.checked_sub(1) else { continue };
        let pointers = node + BEFORE + count * tree.record_size;
        let pointer = tree.pointers.get(child_depth).copied().unwrap_or_default();
        if size + (count + 1) * pointer > node_size {
            return Err(Unread::broken("a node is longer than it may be", node));
        }
        for child in 0..=count {
            let place = pointers + child * pointer;
            let child = file.address(place)?;
            let child = child.ok_or_else(|| Unread::broken("a tree leads nowhere", place))?;
            let count = bytes_of(file, place + file.address_size, tree.count_size)?;
            open.push((child, count, child_depth));
        }
    }
    Ok((kind, found))
}

/// Returns the number of `size` bytes, which need be no power of two.
pub(super) fn bytes_of(file: &mut File, at: u64, size: u64) -> Result<u64, Unread> {
    match size {
        0 => Ok(0),
        1 => file.window.number::<1>(at, Order::Little),
        2 => file.window.number::<2>(at, Order::Little),
        3 => file.window.number::<3>(at, Order::Little),
        4 => file.window.number::<4>(at, Order::Little),
        5 => file.window.number::<5>(at, Order::Little),
        6 => file.window.number::<6>(at, Order::Little),
        7 => file.window.number::<7>(at, Order::Little),
        8 => file.window.number::<8>(at, Order::Little),
        _ => Err(Unread::broken(format!("a number has {size} bytes"), at)),
    }
}

/// Returns how many bytes numbers up to `limit` take.
pub(super) fn size_of(limit: u64) -> u64 {
    u64::from(limit.checked_ilog2().unwrap_or(0)) / 8 + 1
}

impl Tree {
    /// Works out how wide pointers are: as wide as the most records below take that could be there.
    fn of(file: &File, kind: u8, [node_size, record_size]: [u64; 2], depth: usize) -> Option<Self> {
        let mut most = node_size.checked_sub(AROUND)?.checked_div(record_size)?;
        let count_size = size_of(most);
        let mut below = most;
        // A leaf has none below it to be counted.
        let mut pointers = vec![file.address_size + count_size];
        for _ in 1..depth {
            let pointer = pointers.last()?;
            most = node_size.checked_sub(AROUND + pointer)? / (record_size + pointer);
            below = most.checked_add(1)?.checked_mul(below)?.checked_add(most)?;
            pointers.push(file.address_size + count_size + size_of(below));
        }
        Some(Self { kind, record_size, pointers, count_size })
    }
}
