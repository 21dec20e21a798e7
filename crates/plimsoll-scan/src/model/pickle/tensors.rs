//! The tensors that a `PyTorch` pickle of nothing else names: a state dict, read without making an object.
//!
//! What a state dict does not need is refused, so that nothing is left out silently.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::input::{Input, ReadError};
use super::opcode::Opcode;
use super::value::LONGEST_TEXT;
use crate::model::content::Content;

/// The most instructions that are followed: of a hundred thousand tensors and more.
const MOST: u64 = 8 << 20;

/// How deep tuples lie in one another: the arguments of a parameter hold those of a tensor, these a storage.
const DEEPEST: u8 = 4;

/// A tensor, and where its numbers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Tensor {
    /// The kind of number, as safetensors calls it.
    pub(in crate::model) kind: &'static str,
    /// Bytes of one number.
    pub(in crate::model) width: u64,
    /// The name of the member that holds the numbers.
    pub(in crate::model) storage: Rc<str>,
    /// How many numbers the storage holds, as the pickle says.
    pub(in crate::model) held: u64,
    /// The first of its numbers.
    pub(in crate::model) first: u64,
    pub(in crate::model) shape: Vec<u64>,
}

impl Tensor {
    /// Returns how many numbers it has; none where they cannot be counted.
    pub(in crate::model) fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, length| product.checked_mul(*length))
    }
}

/// Classes of storages, the kind of their numbers and how many bytes one takes.
const STORAGES: &[(&str, &str, u64)] = &[
    ("BFloat16Storage", "BF16", 2),
    ("BoolStorage", "BOOL", 1),
    ("ByteStorage", "U8", 1),
    ("CharStorage", "I8", 1),
    ("DoubleStorage", "F64", 8),
    ("FloatStorage", "F32", 4),
    ("HalfStorage", "F16", 2),
    ("IntStorage", "I32", 4),
    ("LongStorage", "I64", 8),
    ("ShortStorage", "I16", 2),
];

/// Kinds of numbers that have no storage of their own.
const KINDS: &[(&str, &str, u64)] = &[
    ("float8_e4m3fn", "F8_E4M3", 1),
    ("float8_e5m2", "F8_E5M2", 1),
    ("uint16", "U16", 2),
    ("uint32", "U32", 4),
    ("uint64", "U64", 8),
];

type Entries = Rc<RefCell<Vec<(Item, Item)>>>;

#[derive(Clone, Debug)]
enum Item {
    Bool,
    None,
    Int(i64),
    Text(Rc<str>),
    Tuple(Rc<Vec<Item>>, u8),
    Dict(Entries),
    /// A name of `torch` or of `collections`.
    Name(Rc<str>),
    Storage {
        class: Rc<str>,
        key: Rc<str>,
        held: u64,
    },
    Tensor(Rc<Tensor>),
    /// Something else, which may be a part of what is not asked for.
    Other,
}

/// Reads the tensors by their names.
///
/// # Errors
/// Says what the pickle holds that is no part of a dict of plain tensors.
pub(in crate::model) fn read(content: &Content) -> Result<Vec<(String, Tensor)>, String> {
    let mut source = content.reader();
    let mut input = Input::new(&mut source);
    let mut reader = Reader { stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    for _ in 0..MOST {
        let byte = input.next().map_err(|error| error.to_string())?;
        let opcode = byte.and_then(Opcode::of).ok_or("it cannot be read to its end")?;
        match reader.step(opcode.0, &mut input) {
            Ok(false) => {}
            Ok(true) => return named(reader.pop()?),
            Err(Refused::Why(why)) => return Err(why),
            Err(Refused::Instruction) => {
                return Err(format!("it holds more than tensors ({})", opcode.1));
            }
        }
    }
    Err(format!("it takes more than {MOST} instructions"))
}

fn named(made: Item) -> Result<Vec<(String, Tensor)>, String> {
    let Item::Dict(entries) = made else {
        return Err("it holds no dict of tensors, but something else".to_owned());
    };
    let mut tensors = Vec::new();
    for (key, value) in &*entries.borrow() {
        let Item::Text(name) = key else { return Err("a key is no text".to_owned()) };
        let shown = crate::model::look::printable(name);
        let Item::Tensor(tensor) = value else {
            return Err(format!("`{shown}` in it is no plain tensor"));
        };
        if &**name == "__metadata__" {
            return Err("a tensor cannot be called `__metadata__`".to_owned());
        }
        tensors.push((name.to_string(), Tensor::clone(tensor)));
    }
    // The last of a name counts, as in a dict.
    let mut seen = std::collections::HashSet::new();
    tensors.reverse();
    tensors.retain(|(name, _)| seen.insert(name.clone()));
    tensors.reverse();
    Ok(tensors)
}

/// Why a pickle is not taken.
enum Refused {
    Why(String),
    /// An instruction that a state dict does not need.
    Instruction,
}

impl From<ReadError> for Refused {
    fn from(_: ReadError) -> Self {
        Self::Why("it cannot be read to its end".to_owned())
    }
}

impl From<&str> for Refused {
    fn from(why: &str) -> Self {
        Self::Why(why.to_owned())
    }
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

struct Reader {
    stack: Vec<Item>,
    marks: Vec<usize>,
    memo: HashMap<u64, Item>,
}

impl Reader {
    fn pop(&mut self) -> Result<Item, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let is_there = self.stack.len() > floor;
        self.stack.pop().filter(|_| is_there).ok_or_else(|| "it takes what is not there".to_owned())
    }

    fn taken(&mut self) -> Result<Vec<Item>, String> {
        let floor = self.marks.pop().ok_or("it has no mark")?;
        Ok(self.stack.split_off(floor.min(self.stack.len())))
    }

    /// Follows one instruction; returns whether it is the last.
    fn step(&mut self, opcode: Opcode, input: &mut Input<'_>) -> Result<bool, Refused> {
        let item = match opcode {
            Opcode::Stop => return Ok(true),
            Opcode::Proto => {
                input.u8()?;
                return Ok(false);
            }
            Opcode::Frame => {
                input.u64()?;
                return Ok(false);
            }
            Opcode::Mark => {
                self.marks.push(self.stack.len());
                return Ok(false);
            }
            Opcode::BinPut => return self.put(u64::from(input.u8()?)),
            Opcode::LongBinPut => return self.put(u64::from(input.u32()?)),
            Opcode::Memoize => return self.put(self.memo.len() as u64),
            Opcode::BinGet => self.got(u64::from(input.u8()?))?,
            Opcode::LongBinGet => self.got(u64::from(input.u32()?))?,
            Opcode::None => Item::None,
            Opcode::NewTrue | Opcode::NewFalse => Item::Bool,
            Opcode::BinInt => Item::Int(i64::from(i32::from_le_bytes(input.array()?))),
            Opcode::BinInt1 => Item::Int(i64::from(input.u8()?)),
            Opcode::BinInt2 => Item::Int(i64::from(u16::from_le_bytes(input.array()?))),
            Opcode::Long1 => {
                let length = input.u8()?;
                let bytes = input.bytes(u64::from(length), 8)?;
                integer(&bytes, u64::from(length)).map_or(Item::Other, Item::Int)
            }
            Opcode::BinFloat => {
                input.array::<8>()?;
                Item::Other
            }
            Opcode::BinUnicode => text(u64::from(input.u32()?), input)?,
            Opcode::ShortBinUnicode => text(u64::from(input.u8()?), input)?,
            Opcode::EmptyTuple => Item::Tuple(Rc::default(), 0),
            Opcode::Tuple => tuple(self.taken()?),
            Opcode::Tuple1 => self.tuple_of(1)?,
            Opcode::Tuple2 => self.tuple_of(2)?,
            Opcode::Tuple3 => self.tuple_of(3)?,
            Opcode::EmptyDict => Item::Dict(Rc::default()),
            Opcode::EmptyList => Item::Other,
            Opcode::Append => {
                self.pop()?;
                return Ok(false);
            }
            Opcode::Appends => {
                self.taken()?;
                return Ok(false);
            }
            Opcode::SetItem => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value])?;
                return Ok(false);
            }
            Opcode::SetItems => {
                let items = self.taken()?;
                self.set(items)?;
                return Ok(false);
            }
            Opcode::Global => {
                let (module, name) = (input.line()?, input.line()?);
                let full = [&module[..], b".", &name[..]].concat();
                Item::Name(String::from_utf8(full).map_err(|_| "a name is no text")?.into())
            }
            Opcode::StackGlobal => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Item::Text(module), Item::Text(name)) = (module, name) else {
                    return Err("a name is no text".into());
                };
                Item::Name(format!("{module}.{name}").into())
            }
            Opcode::BinPersId => storage(&self.pop()?)?,
            Opcode::Reduce => {
                let (arguments, name) = (self.pop()?, self.pop()?);
                let (Item::Name(name), Item::Tuple(arguments, _)) = (name, arguments) else {
                    return Err(Refused::Instruction);
                };
                called(&name, &arguments)?
            }
            // What `state_dict` says of the versions of modules.
            Opcode::Build => {
                self.pop()?;
                if !matches!(self.stack.last(), Some(Item::Dict(_))) {
                    return Err(Refused::Instruction);
                }
                return Ok(false);
            }
            _ => return Err(Refused::Instruction),
        };
        self.stack.push(item);
        Ok(false)
    }

    fn put(&mut self, index: u64) -> Result<bool, Refused> {
        let top = self.stack.last().cloned().ok_or("it keeps what is not there")?;
        self.memo.insert(index, top);
        Ok(false)
    }

    fn got(&self, index: u64) -> Result<Item, Refused> {
        self.memo.get(&index).cloned().ok_or_else(|| "it takes what was not kept".into())
    }

    fn tuple_of(&mut self, count: usize) -> Result<Item, Refused> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        Ok(tuple(items))
    }

    fn set(&mut self, items: Vec<Item>) -> Result<(), Refused> {
        let Some(Item::Dict(entries)) = self.stack.last() else { return Err(Refused::Instruction) };
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            // Nothing of a dict in a dict is asked for, and so none can hold itself.
            let value = if matches!(value, Item::Tensor(_)) { value } else { Item::Other };
            entries.borrow_mut().push((key, value));
        }
        Ok(())
    }
}

fn integer(bytes: &[u8], length: u64) -> Option<i64> {
    let mut whole = match bytes.last() {
        Some(last) if last & 0x80 != 0 => [0xff; 8],
        _ => [0; 8],
    };
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    (length <= 8).then(|| i64::from_le_bytes(whole))
}

fn text(length: u64, input: &mut Input<'_>) -> Result<Item, Refused> {
    let bytes = input.bytes(length, LONGEST_TEXT)?;
    if bytes.len() as u64 != length {
        return Err(format!("a name is longer than {LONGEST_TEXT} bytes").into());
    }
    Ok(Item::Text(String::from_utf8(bytes).map_err(|_| "a text is not UTF-8")?.into()))
}

fn tuple(items: Vec<Item>) -> Item {
    let inner = items.iter().map(|item| if let Item::Tuple(_, depth) = item { *depth } else { 0 });
    let depth = inner.max().unwrap_or(0).saturating_add(1);
    if depth > DEEPEST { Item::Other } else { Item::Tuple(Rc::new(items), depth) }
}

fn storage(identifier: &Item) -> Result<Item, Refused> {
    let Item::Tuple(items, _) = identifier else { return Err(Refused::Instruction) };
    match &items[..] {
        [Item::Text(kind), Item::Name(class), Item::Text(key), Item::Text(_), Item::Int(held)]
            if &**kind == "storage" =>
        {
            let held = u64::try_from(*held).map_err(|_| "a storage has no length")?;
            Ok(Item::Storage { class: Rc::clone(class), key: Rc::clone(key), held })
        }
        _ => Err(Refused::Instruction),
    }
}

fn called(name: &str, arguments: &[Item]) -> Result<Item, Refused> {
    match (name, arguments) {
        ("collections.OrderedDict", []) => Ok(Item::Dict(Rc::default())),
        (
            "torch._utils._rebuild_tensor_v2",
            [of, Item::Int(first), Item::Tuple(shape, _), Item::Tuple(stride, _), ..],
        ) => tensor(of, *first, shape, stride, None),
        (
            "torch._utils._rebuild_tensor_v3",
            [of, Item::Int(first), Item::Tuple(shape, _), Item::Tuple(stride, _), _, _, kind, ..],
        ) => tensor(of, *first, shape, stride, Some(kind)),
        ("torch._utils._rebuild_parameter", [Item::Tensor(tensor), ..]) => {
            Ok(Item::Tensor(Rc::clone(tensor)))
        }
        _ => Err(format!(
            "it holds `{}`, which is no plain tensor",
            crate::model::look::printable(name)
        )
        .into()),
    }
}

fn tensor(
    of: &Item,
    first: i64,
    shape: &[Item],
    stride: &[Item],
    kind: Option<&Item>,
) -> Result<Item, Refused> {
    let Item::Storage { class, key, held } = of else { return Err(Refused::Instruction) };
    let find = |table: &[(&str, &'static str, u64)], name: &str| {
        let name = name.strip_prefix("torch.").map(str::to_owned)?;
        table.iter().find(|(known, ..)| *known == name).map(|(_, kind, width)| (*kind, *width))
    };
    let (found, named) = match kind {
        None => (find(STORAGES, class), class),
        Some(Item::Name(name)) => (find(KINDS, name), name),
        Some(_) => return Err(Refused::Instruction),
    };
    let (kind, width) = found.ok_or_else(|| format!("safetensors has no numbers of `{named}`"))?;
    let lengths = |items: &[Item]| -> Option<Vec<u64>> {
        items
            .iter()
            .map(|item| if let Item::Int(it) = item { u64::try_from(*it).ok() } else { None })
            .collect()
    };
    let (Some(shape), Some(stride)) = (lengths(shape), lengths(stride)) else {
        return Err("a tensor's shape is none".into());
    };
    let first = u64::try_from(first).map_err(|_| "a tensor begins before its storage")?;
    if !is_in_a_row(&shape, &stride) {
        return Err(
            "the numbers of a tensor do not lie in a row: `.contiguous()` makes them".into()
        );
    }
    // Bytes without a kind of their own are counted in bytes.
    let held = if class.ends_with("UntypedStorage") { held / width } else { *held };
    let (storage, shape) = (Rc::clone(key), shape);
    Ok(Item::Tensor(Rc::new(Tensor { kind, width, storage, held, first, shape })))
}

/// Whether the numbers of a tensor follow one another, the last index first.
fn is_in_a_row(shape: &[u64], stride: &[u64]) -> bool {
    if shape.len() != stride.len() {
        return false;
    }
    let mut step = 1_u64;
    for (length, stride) in shape.iter().zip(stride).rev() {
        if *length > 1 && *stride != step {
            return shape.contains(&0);
        }
        step = step.saturating_mul(*length);
    }
    true
}
