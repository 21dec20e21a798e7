//! The first few places of many that come in any order.

/// How many are held.
const HELD: usize = 5;

/// The items with the least keys, in order.
#[derive(Clone, Debug)]
pub(crate) struct Earliest<T>(Vec<T>);

impl<T> Default for Earliest<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Earliest<T> {
    /// Takes in an item.
    pub(crate) fn add(&mut self, item: T) {
        if self.0.len() == HELD && self.0.last().is_some_and(|last| *last <= item) {
            return;
        }
        let at = self.0.partition_point(|other| *other <= item);
        self.0.insert(at, item);
        self.0.truncate(HELD);
    }

    /// Returns the items in order.
    pub(crate) fn items(&self) -> &[T] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Earliest;

    #[test]
    fn the_least_stay_in_order() {
        let mut earliest = Earliest::default();
        (0..100).for_each(|item| earliest.add(item * 37 % 100));
        assert_eq!(earliest.items(), [0, 1, 2, 3, 4]);
    }
}
