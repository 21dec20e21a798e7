//! Rows with the same digest, met in one walk over sorted digests.

use std::io::{self, Write};

use super::coded::{CodedSet, Walk, Writer};
use super::earliest::Earliest;
use super::spot::{SPOT_BITS, Spot};
use crate::unique::{Hashed, Sorter};

/// Rows of a file that repeat others of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    /// How many rows were looked at.
    pub(crate) rows: u64,
    /// How many of them repeat an earlier one.
    pub(crate) repeated: u64,
    /// How many have a twin, earlier or later.
    pub(crate) twins: u64,
    /// How many pairs of equal rows there are.
    pub(crate) pairs: f64,
    /// Where the first repeats are, and what they repeat.
    pub(crate) examples: Earliest<(Spot, Spot)>,
}

/// Rows of a file that another file has as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    /// How many rows were looked at.
    pub(crate) rows: u64,
    /// How many of them the other file has.
    pub(crate) found: u64,
    /// Where the first of them are.
    pub(crate) examples: Earliest<Spot>,
}

/// Rows that agree in all features and not in the label.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conflicts {
    /// How many rows were looked at.
    pub(crate) rows: u64,
    /// How many of them agree with a row of another label.
    pub(crate) conflicting: u64,
    /// How many pairs of rows agree in all features.
    pub(crate) pairs: f64,
    /// Where the first are, and what they contradict.
    pub(crate) examples: Earliest<(Spot, Spot)>,
}

/// How many bits the number of a label takes behind the spot of its row.
pub(crate) const LABEL_BITS: u32 = 64 - SPOT_BITS;

/// What stands for no label, and for those that are too many to be told apart.
pub(crate) const NO_LABEL: u64 = (1 << LABEL_BITS) - 1;

/// What one walk over digests found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Walked {
    /// Rows that repeat others.
    pub(crate) repeats: Repeats,
    /// Rows that the other file has as well, where there is one.
    pub(crate) shared: Option<Shared>,
    /// Rows that contradict others by their labels.
    pub(crate) conflicts: Conflicts,
}

/// Walks over the digests of rows, whose spots have the number of a label behind them, finds what
/// they repeat, contradict and share with `other`, and writes the digests to `out`.
pub(crate) fn walk<W: Write>(
    sorter: Sorter<'_, Hashed>,
    other: Option<&CodedSet>,
    mut out: Option<&mut Writer<W>>,
) -> io::Result<Walked> {
    let mut rows = sorter.sorted()?;
    let mut walked = Walked { shared: other.map(|_| Shared::default()), ..Walked::default() };
    let mut meeting = other.map(Meeting::new);
    let mut group = Group::default();
    while let Some(hashed) = rows.next()? {
        if group.hash != Some(hashed.hash) {
            group.close(&mut walked);
            if let Some(out) = &mut out {
                out.push(hashed.hash)?;
            }
            let is_shared = match &mut meeting {
                Some(meeting) => meeting.has(hashed.hash)?,
                None => false,
            };
            group = Group { hash: Some(hashed.hash), is_shared, ..Group::default() };
        }
        let spot = Spot::from_bits(hashed.row >> LABEL_BITS);
        group.take(spot, hashed.row & NO_LABEL, &mut walked);
    }
    group.close(&mut walked);
    Ok(walked)
}

/// Rows with the same digest.
#[derive(Default)]
struct Group {
    hash: Option<u64>,
    is_shared: bool,
    rows: u64,
    first: Option<Spot>,
    labelled: u64,
    /// The first row with a label.
    label: Option<(Spot, u64)>,
    /// The first row with another label.
    other: Option<Spot>,
}

impl Group {
    fn take(&mut self, spot: Spot, label: u64, walked: &mut Walked) {
        self.rows += 1;
        walked.repeats.rows += 1;
        match self.first {
            Some(first) => {
                walked.repeats.repeated += 1;
                walked.repeats.examples.add((spot, first));
            }
            None => self.first = Some(spot),
        }
        if let Some(shared) = &mut walked.shared {
            shared.rows += 1;
            if self.is_shared {
                shared.found += 1;
                shared.examples.add(spot);
            }
        }
        if label != NO_LABEL {
            self.labelled += 1;
            let (_, first) = *self.label.get_or_insert((spot, label));
            if label != first {
                self.other.get_or_insert(spot);
            }
        }
    }

    fn close(&self, walked: &mut Walked) {
        let pairs = |rows: u64| rows as f64 * rows.saturating_sub(1) as f64 / 2.0;
        walked.repeats.pairs += pairs(self.rows);
        walked.repeats.twins += if self.rows > 1 { self.rows } else { 0 };
        walked.conflicts.rows += self.labelled;
        walked.conflicts.pairs += pairs(self.labelled);
        if let (Some((first, _)), Some(other)) = (self.label, self.other) {
            walked.conflicts.conflicting += self.labelled;
            walked.conflicts.examples.add((other, first));
        }
    }
}

/// Asks a coded set for digests that come in order.
struct Meeting<'a> {
    walk: Walk<'a>,
    shift: u32,
    next: Option<u64>,
    begun: bool,
}

impl<'a> Meeting<'a> {
    fn new(set: &'a CodedSet) -> Self {
        Self { walk: set.walk(), shift: 64 - set.bits, next: None, begun: false }
    }

    fn has(&mut self, digest: u64) -> io::Result<bool> {
        let value = digest >> self.shift;
        while !self.begun || self.next.is_some_and(|next| next < value) {
            self.next = self.walk.next()?;
            self.begun = true;
        }
        Ok(self.next == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::digest::spread;

    fn sorter(rows: &[(u64, u64, u64)]) -> Sorter<'static, Hashed> {
        let mut sorter = Sorter::new(1 << 10, std::path::Path::new("/tmp"));
        for (hash, spot, label) in rows {
            let row = spot << LABEL_BITS | label;
            sorter.extend(&[Hashed { hash: spread(*hash), row }]).unwrap();
        }
        sorter
    }

    fn spot(bits: u64) -> Spot {
        Spot::from_bits(bits)
    }

    #[test]
    fn repeats_and_shared_rows_are_found_in_one_walk() {
        let rows = [7, 8, 9, 9].into_iter().enumerate();
        let rows: Vec<_> = rows.map(|(at, hash)| (hash, at as u64, NO_LABEL)).collect();
        let mut writer = Writer::new(tempfile::tempfile().unwrap(), 40);
        let walked = walk(sorter(&rows), None, Some(&mut writer)).unwrap();
        let repeats = walked.repeats;
        assert_eq!((repeats.rows, repeats.repeated, repeats.twins), (4, 1, 2));
        assert!(walked.shared.is_none());
        let (file, count, bytes) = writer.finish().unwrap();
        let other = CodedSet { file, at: 0, bytes, count, bits: 40 };
        assert_eq!(other.count, 3);

        let rows = [(1, 2), (9, 3), (1, 4), (9, 5), (5, 6), (1, 7)].map(|(hash, at)| (hash, at, 0));
        let Walked { repeats, shared, conflicts } =
            walk::<io::Sink>(sorter(&rows), Some(&other), None).unwrap();
        assert_eq!((repeats.rows, repeats.repeated, repeats.twins), (6, 3, 5));
        assert!((repeats.pairs - 4.0).abs() < 1e-12);
        let expected = [(4, 2), (5, 3), (7, 2)].map(|(a, b)| (spot(a), spot(b)));
        assert_eq!(repeats.examples.items(), expected);
        let shared = shared.unwrap();
        assert_eq!((shared.rows, shared.found), (6, 2));
        assert_eq!(shared.examples.items(), [spot(3), spot(5)]);
        assert_eq!((conflicts.rows, conflicts.conflicting), (6, 0));
    }

    #[test]
    fn rows_contradict_each_other_only_with_another_label() {
        let rows = [
            (1, 2, NO_LABEL),
            (1, 3, 0),
            (1, 4, 1),
            (1, 5, 0),
            (2, 6, 1),
            (2, 7, 1),
            (2, 8, NO_LABEL),
            (3, 9, 0),
        ];
        let found = walk::<io::Sink>(sorter(&rows), None, None).unwrap().conflicts;
        assert_eq!((found.rows, found.conflicting), (6, 3));
        assert!((found.pairs - 4.0).abs() < 1e-12);
        assert_eq!(found.examples.items(), [(spot(4), spot(3))]);
    }
}
