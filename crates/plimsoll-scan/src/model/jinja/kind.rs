//! What a value of a template may be, as far as it could name something.

use std::collections::BTreeSet;

/// How many texts a value may be; more are not told apart.
const MOST_TEXTS: usize = 32;

/// How deep collections are told apart.
const DEEPEST: usize = 4;

/// What a value may be. A number is none of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kind {
    /// These texts of the template.
    pub(super) texts: BTreeSet<String>,
    /// What the caller gave, as it is, or a part of it.
    pub(super) is_data: bool,
    /// A text that was put together, of data among others.
    pub(super) is_made: bool,
    /// A text that was put together of nothing but texts and numbers of the template: a puzzle.
    pub(super) is_puzzle: bool,
    /// A dictionary with these keys.
    keys: BTreeSet<String>,
    /// A dictionary, and what its values may be.
    values: Option<Box<Kind>>,
    /// A list, and what its items may be.
    items: Option<Box<Kind>>,
}

impl Kind {
    pub(super) fn data() -> Self {
        Self { is_data: true, ..Self::default() }
    }

    pub(super) fn made() -> Self {
        Self { is_made: true, ..Self::default() }
    }

    pub(super) fn text(text: &str) -> Self {
        Self { texts: BTreeSet::from([text.to_owned()]), ..Self::default() }
    }

    /// Returns a list of such items.
    pub(super) fn list(items: Self) -> Self {
        Self { items: Some(Box::new(items)), ..Self::default() }.bounded(0)
    }

    /// Returns a dictionary of such keys and values.
    pub(super) fn map(keys: Self, values: Self) -> Self {
        let map = Self { values: Some(Box::new(values)), keys: keys.texts, ..Self::default() };
        let map = Self { is_made: keys.is_made, is_puzzle: keys.is_puzzle, ..map };
        map.bounded(0)
    }

    pub(super) fn is_number(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn is_collection(&self) -> bool {
        self.items.is_some() || self.values.is_some()
    }

    /// Returns what is either.
    pub(super) fn or(self, other: &Self) -> Self {
        let mut either = self;
        either.texts.extend(other.texts.iter().cloned());
        either.keys.extend(other.keys.iter().cloned());
        either.is_data |= other.is_data;
        either.is_made |= other.is_made;
        either.is_puzzle |= other.is_puzzle;
        either.values = inner_or(either.values, other.values.as_deref());
        either.items = inner_or(either.items, other.items.as_deref());
        either.bounded(0)
    }

    /// What is too much to be told apart is taken for what was put together.
    fn bounded(mut self, depth: usize) -> Self {
        if self.texts.len() + self.keys.len() > MOST_TEXTS {
            self.texts.clear();
            self.keys.clear();
            self.is_made = true;
        }
        if depth >= DEEPEST && self.is_collection() {
            (self.values, self.items) = (None, None);
            self.is_made = true;
        }
        self.values = self.values.map(|inner| Box::new(inner.bounded(depth + 1)));
        self.items = self.items.map(|inner| Box::new(inner.bounded(depth + 1)));
        self
    }

    /// Returns what is found in it under a name.
    pub(super) fn member(&self) -> Self {
        let mut member = self.values.as_deref().cloned().unwrap_or_default();
        member.is_data |= self.is_data;
        member.is_made |= self.is_made;
        member.is_puzzle |= self.is_puzzle;
        member
    }

    /// Returns what comes of going through it: items, keys, the letters of texts.
    pub(super) fn each(&self) -> Self {
        let mut each = self.items.as_deref().cloned().unwrap_or_default();
        each.texts.extend(self.keys.iter().cloned());
        each.is_data |= self.is_data;
        each.is_made |= self.is_made;
        each.is_puzzle |= self.is_puzzle || !self.texts.is_empty();
        each
    }

    /// Returns what comes of taking it apart into so many names, which a text of that many letters is too.
    pub(super) fn parts_of(&self, count: usize) -> Self {
        let mut apart = self.clone();
        apart.texts.retain(|text| text.chars().count() == count);
        apart.each()
    }

    /// Returns what comes out where texts are put together or taken apart.
    pub(super) fn remade(&self) -> Self {
        let (is_made, has_texts) = self.parts();
        let is_puzzle = has_texts && !is_made;
        Self { is_made: !is_puzzle, is_puzzle, ..Self::default() }
    }

    /// Tells whether there is something in it that is not of the template, and whether there are texts.
    fn parts(&self) -> (bool, bool) {
        let has_texts = self.is_puzzle || !self.texts.is_empty() || !self.keys.is_empty();
        let mut parts = (self.is_data || self.is_made, has_texts);
        for inner in self.values.iter().chain(&self.items) {
            let (is_made, has_texts) = inner.parts();
            parts = (parts.0 || is_made, parts.1 || has_texts);
        }
        parts
    }

    /// Returns the texts that are joined of one of each, if they are known.
    pub(super) fn joined(&self, other: &Self) -> Option<Self> {
        let is_known = |kind: &Self| {
            !kind.texts.is_empty() && Self { texts: BTreeSet::new(), ..kind.clone() }.is_number()
        };
        if !is_known(self) || !is_known(other) || self.texts.len() * other.texts.len() > MOST_TEXTS
        {
            return None;
        }
        let pairs = self
            .texts
            .iter()
            .flat_map(|left| other.texts.iter().map(move |right| format!("{left}{right}")));
        Some(Self { texts: pairs.collect(), ..Self::default() })
    }
}

fn inner_or(one: Option<Box<Kind>>, other: Option<&Kind>) -> Option<Box<Kind>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Box::new(one.or(other))),
        (one, other) => one.or_else(|| other.cloned().map(Box::new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_followed_into_collections_and_out_of_them() {
        let list = Kind::list(Kind::text("a").or(&Kind::text("b")));
        assert!(list.texts.is_empty() && list.is_collection() && list.member().is_number());
        assert_eq!(list.each().texts.len(), 2);
        let map = Kind::map(Kind::text("key"), Kind::text("value"));
        assert_eq!((map.member(), map.each()), (Kind::text("value"), Kind::text("key")));
        assert!(Kind::text("letters").each().is_puzzle);
        assert!(list.remade().is_puzzle && !list.or(&Kind::data()).remade().is_puzzle);
    }

    #[test]
    fn what_is_too_much_is_made() {
        let mut deep = Kind::text("a");
        for _ in 0..50 {
            deep = Kind::list(deep);
        }
        let mut many = Kind::default();
        for number in 0..50 {
            many = many.or(&Kind::text(&number.to_string()));
        }
        assert!(many.is_made && many.texts.len() <= MOST_TEXTS);
        assert!(deep.each().each().each().each().is_made);
    }
}
