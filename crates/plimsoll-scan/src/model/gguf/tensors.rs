//! Where the tensors are.

use std::collections::HashSet;

use super::File;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::window::Unread;

/// How many tensors there may be.
const MOST_TENSORS: u64 = 1 << 20;

/// How many sides a tensor may have.
const MOST_SIDES: u64 = 4;

/// The kinds of numbers: how many are in a block, and how many bytes a block has (ggml, 2026).
const KINDS: [(u64, u64, u64); 35] = [
    (0, 1, 4),
    (1, 1, 2),
    (2, 32, 18),
    (3, 32, 20),
    (6, 32, 22),
    (7, 32, 24),
    (8, 32, 34),
    (10, 256, 84),
    (11, 256, 110),
    (12, 256, 144),
    (13, 256, 176),
    (14, 256, 210),
    (15, 256, 292),
    (16, 256, 66),
    (17, 256, 74),
    (18, 256, 98),
    (19, 256, 50),
    (20, 32, 18),
    (21, 256, 110),
    (22, 256, 82),
    (23, 256, 136),
    (24, 1, 1),
    (25, 1, 2),
    (26, 1, 4),
    (27, 1, 8),
    (28, 1, 8),
    (29, 256, 56),
    (30, 1, 2),
    (31, 32, 18),
    (32, 32, 18),
    (33, 32, 18),
    (34, 256, 54),
    (35, 256, 66),
    (39, 32, 17),
    (40, 64, 36),
];

/// Reads the places of all tensors, and judges what lies between and behind them.
pub(super) fn read(file: &mut File, alignment: u64, look: &mut Look) -> Result<(), Unread> {
    if file.tensors > MOST_TENSORS {
        let what = format!("{} tensors are more than {MOST_TENSORS}", file.tensors);
        return Err(Unread::broken(what, 8));
    }
    let mut places = Vec::new();
    let mut names = HashSet::new();
    for _ in 0..file.tensors {
        look.steps(1)?;
        let at = file.at;
        let name = file.text(1 << 10)?;
        let place = tensor(file, &name)?;
        if !names.insert(name.clone()) {
            let message = format!("the tensor `{}` is there twice", printable(&name));
            look.found(Finding::new("model.ambiguous", Verdict::Unknown, message).at(at));
        }
        places.push(place);
    }
    let aligned = |at: u64| at.checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
    let length = file.window.length();
    let start = aligned(file.at);
    places.sort_unstable();
    let mut covered = 0;
    for (begin, end) in places {
        if begin != aligned(covered) {
            let (low, high) = (begin.min(covered), begin.max(covered));
            let what =
                if begin > covered { "belong to no tensor" } else { "belong to two tensors" };
            look.unknown(
                "model.hidden-bytes",
                format!("bytes {low} to {high} of the tensors {what}"),
            );
        }
        covered = covered.max(end);
    }
    let end = start.saturating_add(covered);
    if covered > 0 && end > length {
        return Err(Unread::broken(format!("the tensors go on to byte {end}"), length));
    }
    if length > aligned(end) {
        let count = length - aligned(end);
        look.unknown(
            "model.hidden-bytes",
            format!("{count} bytes behind the last tensor belong to none"),
        );
    }
    Ok(())
}

/// Reads where a tensor begins and ends, from the start of the tensors on.
fn tensor(file: &mut File, name: &str) -> Result<(u64, u64), Unread> {
    let wrong =
        |what: &str, at: u64| Unread::broken(format!("tensor `{}` {what}", printable(name)), at);
    let sides = file.number::<4>()?;
    if sides > MOST_SIDES {
        return Err(wrong("has too many sides", file.at));
    }
    let mut first = 1;
    let mut rows: u64 = 1;
    for side in 0..sides {
        let length = file.size()?;
        if side == 0 {
            first = length;
        } else {
            rows = rows.checked_mul(length).ok_or_else(|| wrong("is too big", file.at))?;
        }
    }
    let kind = file.number::<4>()?;
    let begin = file.number::<8>()?;
    let known = KINDS.iter().find(|(number, ..)| *number == kind);
    let (_, block, bytes) =
        known.ok_or_else(|| wrong("is of a kind that is not known", file.at))?;
    if !first.is_multiple_of(*block) {
        return Err(wrong("has no whole number of blocks", file.at));
    }
    let row = (first / block).checked_mul(*bytes);
    let size = row.and_then(|row| row.checked_mul(rows));
    let end = size.and_then(|size| begin.checked_add(size));
    end.map(|end| (begin, end)).ok_or_else(|| wrong("is too big", file.at))
}
