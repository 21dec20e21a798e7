//! What is known of the objects that a pickle would make: enough to say what it calls, and no more.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::globals::Judged;
use super::element::{ElementType, Held};
use super::states;

/// How many items of a tuple, a list or a dict are remembered.
const KEPT: usize = 12;

/// How deep calls and tuples are remembered in one another.
const DEEPEST: u8 = 16;

/// Longest text that a list or a dict remembers.
const SHORT: usize = 96;

/// Longest text that is remembered whole: longer than any name of a module.
pub(super) const LONGEST_TEXT: usize = 256;

/// An object, as far as it matters.
///
/// Lists and dicts remember only what holds no other object, so that no cycle can arise.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Something of which nothing is known any more.
    Forgotten,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A text that is known whole.
    Text(Rc<str>),
    /// The beginning of a longer text, or one that is not UTF-8.
    LongText(Rc<str>),
    /// A text that is not remembered any more, and that names no attribute that is called unasked.
    ForgottenText,
    Bytes(Rc<Blob>),
    Tuple(Rc<Items>),
    List(Rc<RefCell<Items>>),
    Dict(Rc<RefCell<Entries>>),
    Set,
    Global(Rc<Global>),
    /// What a call returned.
    Call(Rc<Call>),
    /// The type of a `NumPy` array's elements.
    ElementType(Rc<RefCell<ElementType>>),
    /// Something that the loader is to look up.
    Persistent,
}

/// Bytes, the first of them or all.
#[derive(Debug)]
pub(super) struct Blob {
    pub(super) kept: Vec<u8>,
    pub(super) length: u64,
}

/// Some objects in a row.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) kept: Vec<Value>,
    pub(super) count: u64,
    depth: u8,
    weight: usize,
}

/// Keys and values, of those keys that are texts.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) kept: Vec<(Rc<str>, Value)>,
    pub(super) count: u64,
    /// Whether there is a key of which it is not known what it is.
    pub(super) is_vague: bool,
    /// Whether there is a key that is computed.
    pub(super) is_computed: bool,
    /// A key that names an attribute which is called unasked, with what could be called.
    pub(super) hook: Option<Rc<str>>,
    /// What the values are, if they are fields of a type of elements.
    fields: Held,
    /// Whether they are.
    pub(super) are_fields: bool,
}

impl Entries {
    /// Takes the values for the fields of a type of elements.
    pub(super) fn as_fields(&mut self) -> Held {
        self.are_fields = true;
        self.fields
    }
}

/// A name that the pickle asks for.
#[derive(Debug)]
pub(super) struct Global {
    /// As it is judged and shown: `os.system`.
    pub(super) full: String,
    pub(super) judged: Judged,
}

impl Global {
    /// Returns the name without its module.
    pub(super) fn name(&self) -> &str {
        self.full.rsplit('.').next().unwrap_or(&self.full)
    }
}

/// A call, as it would be written.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) callee: Value,
    pub(super) arguments: Value,
    depth: u8,
    weight: usize,
}

impl Value {
    pub(super) fn tuple(items: Vec<Value>, count: u64) -> Self {
        let mut kept = items;
        kept.truncate(KEPT);
        let mut depth = kept.iter().map(Self::depth).max().unwrap_or(0).saturating_add(1);
        if depth > DEEPEST {
            kept.clear();
            depth = 1;
        }
        let weight = kept.iter().map(Self::weight).sum::<usize>() + 64;
        Self::Tuple(Rc::new(Items { kept, count, depth, weight }))
    }

    pub(super) fn call(callee: Value, arguments: Value) -> Self {
        let depth = callee.depth().max(arguments.depth()).saturating_add(1);
        if depth > DEEPEST {
            // Remembering no more keeps even hostile nesting cheap to forget; of what class it is matters.
            return match callee {
                Self::Global(_) => Self::call(callee, Self::Forgotten),
                _ => Self::Forgotten,
            };
        }
        let weight = callee.weight() + arguments.weight() + 64;
        Self::Call(Rc::new(Call { callee, arguments, depth, weight }))
    }

    pub(super) fn empty_list() -> Self {
        Self::List(Rc::default())
    }

    pub(super) fn empty_dict() -> Self {
        Self::Dict(Rc::default())
    }

    /// Returns how many bytes it takes, roughly and never too few.
    pub(super) fn weight(&self) -> usize {
        /// What a list or a dict can come to.
        const OPEN: usize = KEPT * (2 * SHORT + 128);
        match self {
            Self::Text(text) | Self::LongText(text) => text.len() + 48,
            Self::Bytes(blob) => blob.kept.len() + 64,
            Self::Tuple(items) => items.weight,
            Self::Call(call) => call.weight,
            Self::List(_) | Self::Dict(_) => OPEN,
            _ => 32,
        }
    }

    fn depth(&self) -> u8 {
        match self {
            Self::Tuple(items) => items.depth,
            Self::Call(call) => call.depth,
            _ => 0,
        }
    }

    /// Whether it holds no other object.
    fn is_flat(&self) -> bool {
        !matches!(
            self,
            Self::Tuple(_) | Self::List(_) | Self::Dict(_) | Self::Call(_) | Self::Forgotten
        )
    }

    /// Returns what a list or a dict remembers of it.
    fn remembered(&self) -> Value {
        match self {
            Self::Tuple(items)
                if items.kept.iter().all(Value::is_flat) && items.weight < SHORT * 4 =>
            {
                self.clone()
            }
            Self::Text(text) if text.len() > SHORT => Self::LongText(beginning(text).into()),
            Self::Bytes(blob) if blob.kept.len() > SHORT => Self::Forgotten,
            value if value.is_flat() => value.clone(),
            _ => Self::Forgotten,
        }
    }

    /// Adds `item` to a list.
    pub(super) fn append(&self, item: &Value) {
        if let Self::List(items) = self {
            let mut items = items.borrow_mut();
            items.count += 1;
            if items.kept.len() < KEPT {
                let item = item.remembered();
                items.kept.push(item);
            }
        }
    }

    /// Sets an entry of a dict.
    pub(super) fn set(&self, key: &Value, value: &Value) {
        let Self::Dict(entries) = self else { return };
        let mut entries = entries.borrow_mut();
        entries.fields.add(value);
        let Self::Text(key) = key else {
            entries.count += 1;
            entries.is_computed |=
                matches!(key, Self::Call(_) | Self::Forgotten | Self::Persistent);
            entries.is_vague |=
                !matches!(key, Self::None | Self::Bool(_) | Self::Int(_) | Self::LongText(_));
            return;
        };
        if entries.hook.is_none() && states::is_hook(key) && states::could_hook(value) {
            entries.hook = Some(Rc::clone(key));
        }
        let value = value.remembered();
        if let Some(at) = entries.kept.iter().position(|(known, _)| known == key) {
            entries.kept[at].1 = value;
            return;
        }
        entries.count += 1;
        if entries.kept.len() < KEPT {
            entries.kept.push((key.clone(), value));
        }
    }

    /// Returns the entry of a dict.
    pub(super) fn entry(&self, key: &str) -> Option<Value> {
        let Self::Dict(entries) = self else { return None };
        let entries = entries.borrow();
        entries.kept.iter().find(|(known, _)| &**known == key).map(|(_, value)| value.clone())
    }

    /// Returns the items of a tuple that is known whole.
    pub(super) fn items(&self) -> Option<&[Value]> {
        let Self::Tuple(items) = self else { return None };
        (items.kept.len() as u64 == items.count).then_some(&items.kept[..])
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(int) = self { Some(*int) } else { None }
    }
}

/// Returns the beginning of a text, of at most [`SHORT`] bytes.
fn beginning(text: &str) -> &str {
    let end = (0..=SHORT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
