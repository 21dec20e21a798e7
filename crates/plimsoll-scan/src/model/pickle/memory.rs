//! Stack and memo of the machine: as much of them as can be held.

use std::collections::HashMap;

use super::states;
use super::value::Value;
use crate::model::globals;

/// How many values of the stack are held. Frameworks never leave more there than a batch of a thousand.
const HELD: usize = 1 << 19;

/// How many values the memo holds.
const REMEMBERED: usize = 1 << 20;

/// How many bytes, roughly, texts in the memo may take, and how many everything else.
const BUDGET: usize = 12 << 20;

/// What instructions push and take.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack {
    held: Vec<Value>,
    /// How many more there are above those that are held.
    hidden: u64,
    marks: Vec<u64>,
}

/// Values taken down to a mark: the first ones, and how many there were.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) values: Vec<Value>,
    pub(super) count: u64,
}

impl Stack {
    fn depth(&self) -> u64 {
        self.held.len() as u64 + self.hidden
    }

    fn floor(&self) -> u64 {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn push(&mut self, value: Value) {
        if self.hidden > 0 || self.held.len() >= HELD {
            self.hidden += 1;
        } else {
            self.held.push(value);
        }
    }

    /// Takes the topmost value; none where only a mark is left, as for `CPython`.
    pub(super) fn pop(&mut self) -> Option<Value> {
        if self.depth() <= self.floor() {
            return None;
        }
        if self.hidden > 0 {
            self.hidden -= 1;
            return Some(Value::Forgotten);
        }
        self.held.pop()
    }

    pub(super) fn top(&self) -> Option<Value> {
        if self.depth() <= self.floor() {
            return None;
        }
        if self.hidden > 0 { Some(Value::Forgotten) } else { self.held.last().cloned() }
    }

    /// Returns the topmost value, whether or not a mark lies above it.
    pub(super) fn under_mark(&self) -> Option<&Value> {
        if self.hidden > 0 { None } else { self.held.last() }
    }

    /// Returns false where even more marks were set than can be held.
    pub(super) fn mark(&mut self) -> bool {
        self.marks.push(self.depth());
        self.marks.len() <= HELD
    }

    /// Takes everything above the last mark, and the mark.
    pub(super) fn pop_mark(&mut self) -> Option<Taken> {
        let floor = self.marks.pop()?;
        let count = self.depth() - floor;
        self.hidden = self.hidden.min(count);
        // Marks lie within what is held or above it; above it nothing is left to take.
        let from = usize::try_from(floor).map_or(self.held.len(), |it| it.min(self.held.len()));
        self.hidden = floor.saturating_sub(self.held.len() as u64);
        let values = self.held.split_off(from);
        Some(Taken { values, count })
    }

    /// Drops the topmost value, or the mark where nothing lies above it.
    pub(super) fn drop_top(&mut self) -> bool {
        if self.depth() > self.floor() { self.pop().is_some() } else { self.marks.pop().is_some() }
    }
}

/// What instructions keep for later, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Value>,
    sparse: HashMap<u64, Value>,
    count: u64,
    /// One more than the largest number under which something was kept.
    end: u64,
    /// Whether something was kept that is not held.
    is_full: bool,
    texts: usize,
    others: usize,
}

/// It cannot be told any more how many values are kept, and so not under which number the next one is.
#[derive(Debug)]
pub(super) struct Disorder;

impl Memo {
    /// Keeps a value under `index`.
    pub(super) fn put(&mut self, index: u64, value: Value) -> Result<(), Disorder> {
        let value = self.afforded(value);
        let next = self.dense.len() as u64;
        // `CPython` counts a number once, however often something is kept under it.
        let is_known = index < next || self.sparse.contains_key(&index);
        if !is_known {
            if self.is_full && index < self.end {
                return Err(Disorder);
            }
            self.count += 1;
            self.end = self.end.max(index.saturating_add(1));
        }
        if let Some(known) = usize::try_from(index).ok().and_then(|index| self.dense.get_mut(index))
        {
            *known = value;
        } else if index == next && self.dense.len() < REMEMBERED {
            // What was put out of order before its turn is of the past.
            self.sparse.remove(&index);
            self.dense.push(value);
        } else if is_known || self.sparse.len() < REMEMBERED / 8 {
            self.sparse.insert(index, value);
        } else {
            self.is_full = true;
        }
        Ok(())
    }

    /// Keeps a value under the next number: how many there are.
    pub(super) fn memoize(&mut self, value: Value) -> Result<(), Disorder> {
        self.put(self.count, value)
    }

    /// Returns what was kept; [`Value::Forgotten`] where that was too much, none where nothing was.
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        let dense = usize::try_from(index).ok().and_then(|index| self.dense.get(index));
        if let Some(value) = dense.or_else(|| self.sparse.get(&index)) {
            return Some(value.clone());
        }
        self.is_full.then_some(Value::Forgotten)
    }

    /// Returns the value, or [`Value::Forgotten`] where it would take more than may be held.
    ///
    /// Names, and texts that are parts of names, are always kept: everything is judged by them.
    fn afforded(&mut self, value: Value) -> Value {
        let cost = match &value {
            Value::Global(_)
            | Value::Forgotten
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::ForgottenText
            | Value::Set
            | Value::Persistent => return value,
            Value::Text(text) if globals::is_part_of_a_name(text) || states::is_hook(text) => {
                return value;
            }
            Value::Text(text) | Value::LongText(text) => {
                self.texts = self.texts.saturating_add(text.len() + 48);
                return if self.texts > BUDGET { Value::ForgottenText } else { value };
            }
            Value::Bytes(blob) => blob.kept.len() + 64,
            other => other.weight(),
        };
        self.others = self.others.saturating_add(cost);
        if self.others > BUDGET { Value::Forgotten } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_hides_what_lies_under_it() {
        let mut stack = Stack::default();
        stack.push(Value::Int(1));
        stack.mark();
        assert!(stack.pop().is_none());
        stack.push(Value::Int(2));
        stack.push(Value::Int(3));
        let taken = stack.pop_mark().unwrap();
        assert_eq!((taken.count, taken.values.len()), (2, 2));
        assert_eq!(stack.pop().unwrap().int(), Some(1));
        assert!(stack.pop().is_none() && stack.pop_mark().is_none());
    }

    #[test]
    fn a_stack_that_is_too_high_is_still_counted() {
        let mut stack = Stack::default();
        stack.push(Value::Int(1));
        stack.mark();
        for _ in 0..HELD + 10 {
            stack.push(Value::None);
        }
        stack.mark();
        stack.push(Value::None);
        assert_eq!(stack.pop_mark().unwrap().count, 1);
        let taken = stack.pop_mark().unwrap();
        assert_eq!(taken.count, HELD as u64 + 10);
        assert_eq!(stack.pop().unwrap().int(), Some(1));
        assert!(stack.pop().is_none());
    }

    #[test]
    fn a_memo_gives_back_what_was_kept_under_any_number() {
        let mut memo = Memo::default();
        memo.put(7, Value::Int(7)).unwrap();
        memo.memoize(Value::Int(1)).unwrap();
        assert_eq!(memo.get(1).unwrap().int(), Some(1));
        assert_eq!(memo.get(7).unwrap().int(), Some(7));
        memo.put(7, Value::Int(8)).unwrap();
        assert_eq!(memo.get(7).unwrap().int(), Some(8));
        assert!(memo.get(3).is_none());
    }

    #[test]
    fn a_number_counts_once_however_often_something_is_kept_under_it() {
        let mut memo = Memo::default();
        memo.put(3, Value::None).unwrap();
        for index in 0..4 {
            memo.put(index, Value::None).unwrap();
        }
        memo.put(3, Value::None).unwrap();
        memo.memoize(Value::Int(4)).unwrap();
        assert_eq!(memo.get(4).unwrap().int(), Some(4));
    }

    #[test]
    fn what_is_not_held_is_not_guessed_at() {
        let mut memo = Memo::default();
        let far = 1 << 24;
        for index in 0..REMEMBERED as u64 / 8 + 2 {
            memo.put(far + index, Value::None).unwrap();
        }
        // The last two are not held: the next number could be one of them.
        assert!(memo.put(far + REMEMBERED as u64 / 8, Value::None).is_err());
        assert!(memo.put(far + REMEMBERED as u64, Value::None).is_ok());
        assert!(matches!(memo.get(far + REMEMBERED as u64), Some(Value::Forgotten)));
    }
}
