//! Follows the instructions of a pickle without carrying out a single one.
//!
//! It does what `CPython`'s `Modules/_pickle.c` does to its stack and its memo, and knows of every object
//! just enough to say what would be called with what.

use std::collections::HashMap;
use std::rc::Rc;

use super::array::{self, ElementType, Follows};
use super::input::{AHEAD, Input, ReadError};
use super::memory::{Memo, Stack};
use super::names::Names;
use super::opcode::Opcode;
use super::second::{Extent, hidden};
use super::value::{Global, Value};
use crate::model::content::Content;
use crate::model::look::Look;

/// Who reads a pickle, which decides what it may ask of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Reader {
    /// `pickle.load`, and `joblib.load`.
    Python,
    /// `torch.load`, which looks up storages by an identifier.
    Torch,
    /// `torch.jit.load`, whose objects are of classes that are in the archive too.
    TorchScript,
}

/// How a pickle ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At its end, with the value that it makes.
    Stop,
    /// In the middle.
    Broken(Broken),
    /// Where it had cost too much; a finding says so.
    Exhausted,
}

/// Why a pickle could not be followed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) offset: u64,
    pub(super) why: String,
}

/// Why the machine does not go on.
pub(super) enum Halt {
    Stop,
    Broken(String),
    Exhausted,
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        Self::Broken(match error {
            ReadError::Ended => "it ends in the middle".to_owned(),
            ReadError::Wrong(why) => why.to_owned(),
            ReadError::Io(error) => format!("it could not be read: {error}"),
        })
    }
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        ReadError::Io(error).into()
    }
}

pub(super) fn broken<T>(why: &str) -> Result<T, Halt> {
    Err(Halt::Broken(why.to_owned()))
}

/// The state of one pickle.
pub(super) struct Machine<'m, 's> {
    pub(super) input: &'m mut Input<'s>,
    pub(super) look: &'m mut Look,
    pub(super) names: &'m mut Names,
    pub(super) reader: Reader,
    pub(super) stack: Stack,
    memo: Memo,
    /// Names that were asked for, so that each is held once.
    globals: HashMap<String, Rc<Global>>,
    /// The instruction that is being followed, and where it is.
    pub(super) offset: u64,
    pub(super) opcode: &'static str,
    steps: u64,
    /// The file, where it can be read again from anywhere: to read arrays as instructions too.
    pub(super) whole: Option<&'m Content>,
    /// Whether this is a second reading of bytes that another reader takes for an array.
    pub(super) is_second: bool,
}

/// How many instructions are counted at once.
const BATCH: u64 = 4096;

impl<'m, 's> Machine<'m, 's> {
    pub(super) fn new(
        input: &'m mut Input<'s>,
        look: &'m mut Look,
        names: &'m mut Names,
        reader: Reader,
        whole: Option<&'m Content>,
    ) -> Self {
        Self {
            offset: input.position(),
            input,
            look,
            names,
            reader,
            stack: Stack::default(),
            memo: Memo::default(),
            globals: HashMap::new(),
            opcode: "",
            steps: 0,
            whole,
            is_second: false,
        }
    }

    /// Returns how many instructions were followed.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// Follows the instructions to their end, at most `most` of them.
    pub(super) fn run(&mut self, most: u64) -> End {
        loop {
            self.offset = self.input.position();
            match self.step() {
                Ok(()) if self.steps >= most => {
                    let why = format!("it has more than {most} instructions");
                    return End::Broken(Broken { offset: self.offset, why });
                }
                Ok(()) => {}
                Err(Halt::Stop) => return End::Stop,
                Err(Halt::Broken(why)) => return End::Broken(Broken { offset: self.offset, why }),
                Err(Halt::Exhausted) => return End::Exhausted,
            }
        }
    }

    fn step(&mut self) -> Result<(), Halt> {
        let Some(byte) = self.input.next()? else { return broken("it ends without STOP") };
        let Some((opcode, name)) = Opcode::of(byte) else {
            return broken(&format!("byte {byte:#04x} is no instruction"));
        };
        self.opcode = name;
        self.steps += 1;
        if self.steps.is_multiple_of(BATCH) {
            self.look.steps(BATCH).map_err(|_| Halt::Exhausted)?;
        }
        self.carry_out(opcode)
    }

    fn carry_out(&mut self, opcode: Opcode) -> Result<(), Halt> {
        match opcode {
            Opcode::Proto => {
                let protocol = self.input.u8()?;
                if protocol > 5 {
                    return broken(&format!("protocol {protocol} is not known (0 to 5 are)"));
                }
            }
            Opcode::Frame => _ = self.input.u64()?,
            Opcode::Stop => {
                let Some(value) = self.stack.pop() else { return broken("it makes no value") };
                self.stored(&value);
                return Err(Halt::Stop);
            }
            Opcode::Mark => {
                if !self.stack.mark() {
                    return broken("it sets more marks than any loader needs");
                }
            }
            Opcode::Pop => {
                if !self.stack.drop_top() {
                    return broken("it takes a value where there is none");
                }
            }
            Opcode::PopMark => _ = self.pop_mark()?,
            Opcode::Dup => {
                let Some(top) = self.stack.top() else { return broken("it copies no value") };
                self.stack.push(top);
            }
            Opcode::Put => {
                let index = self.index()?;
                self.put(index)?;
            }
            Opcode::BinPut => {
                let index = self.input.u8()?;
                self.put(u64::from(index))?;
            }
            Opcode::LongBinPut => {
                let index = self.input.u32()?;
                self.put(u64::from(index))?;
            }
            Opcode::Memoize => {
                let Some(top) = self.stack.top() else { return broken("it keeps no value") };
                self.memo.memoize(top);
            }
            Opcode::Get => {
                let index = self.index()?;
                self.get(index)?;
            }
            Opcode::BinGet => {
                let index = self.input.u8()?;
                self.get(u64::from(index))?;
            }
            Opcode::LongBinGet => {
                let index = self.input.u32()?;
                self.get(u64::from(index))?;
            }
            Opcode::Global => {
                let module = self.name_line()?;
                let name = self.name_line()?;
                let global = self.name(&module, &name)?;
                self.stack.push(global);
            }
            Opcode::StackGlobal => self.stack_global()?,
            Opcode::Inst => {
                let module = self.name_line()?;
                let name = self.name_line()?;
                let class = self.name(&module, &name)?;
                let arguments = self.pop_mark_as_tuple()?;
                self.call(class, arguments)?;
            }
            Opcode::Obj => {
                let Some(mut taken) = self.stack.pop_mark() else {
                    return broken("it has no mark");
                };
                if taken.values.is_empty() {
                    return broken("it makes an object of no class");
                }
                let class = taken.values.remove(0);
                let count = taken.count - 1;
                taken.values.iter().for_each(|value| self.stored(value));
                self.call(class, Value::tuple(taken.values, count))?;
            }
            Opcode::Reduce | Opcode::NewObj => {
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.call(callee, arguments)?;
            }
            Opcode::NewObjEx => {
                let named = self.pop()?;
                self.stored(&named);
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.call(class, arguments)?;
            }
            Opcode::Build => self.build()?,
            Opcode::Ext1 => {
                let code = self.input.u8()?;
                self.extension(u32::from(code));
            }
            Opcode::Ext2 => {
                let code = u16::from_le_bytes(self.input.array()?);
                self.extension(u32::from(code));
            }
            Opcode::Ext4 => {
                let code = self.input.u32()?;
                self.extension(code);
            }
            Opcode::PersId => {
                self.input.line()?;
                self.persistent(&Value::Forgotten);
            }
            Opcode::BinPersId => {
                let identifier = self.pop()?;
                self.stored(&identifier);
                self.persistent(&identifier);
            }
            Opcode::NextBuffer => {
                self.needs_buffers();
                self.stack.push(Value::Forgotten);
            }
            Opcode::ReadOnlyBuffer => {
                if self.stack.top().is_none() {
                    return broken("it makes no value unchangeable");
                }
            }
            literal => {
                let value = self.literal(literal)?;
                if let Some(value) = value {
                    self.stack.push(value);
                }
            }
        }
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Result<Value, Halt> {
        match self.stack.pop() {
            Some(value) => Ok(value),
            None => broken("it takes a value where there is none"),
        }
    }

    /// Takes the values down to the mark, to be put into something.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>, Halt> {
        let Some(taken) = self.stack.pop_mark() else { return broken("it has no mark") };
        taken.values.iter().for_each(|value| self.stored(value));
        Ok(taken.values)
    }

    pub(super) fn pop_mark_as_tuple(&mut self) -> Result<Value, Halt> {
        let Some(taken) = self.stack.pop_mark() else { return broken("it has no mark") };
        taken.values.iter().for_each(|value| self.stored(value));
        Ok(Value::tuple(taken.values, taken.count))
    }

    fn index(&mut self) -> Result<u64, Halt> {
        let line = self.input.line()?;
        let number = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse().ok());
        number.map_or_else(|| broken("a number of the memo is none"), Ok)
    }

    fn put(&mut self, index: u64) -> Result<(), Halt> {
        let Some(top) = self.stack.top() else { return broken("it keeps no value") };
        self.memo.put(index, top);
        Ok(())
    }

    fn get(&mut self, index: u64) -> Result<(), Halt> {
        let Some(value) = self.memo.get(index) else {
            return broken(&format!("nothing was kept as number {index}"));
        };
        self.stack.push(value);
        Ok(())
    }

    fn name_line(&mut self) -> Result<String, Halt> {
        let line = self.input.line()?;
        String::from_utf8(line).map_or_else(|_| broken("a name is not UTF-8"), Ok)
    }

    /// Returns the global that is asked for, each name once.
    pub(super) fn global(&mut self, full: &str, make: impl FnOnce() -> Global) -> Rc<Global> {
        /// More distinct names than any framework has.
        const MOST: usize = 1 << 16;
        if let Some(known) = self.globals.get(full) {
            return Rc::clone(known);
        }
        let global = Rc::new(make());
        if self.globals.len() < MOST {
            self.globals.insert(full.to_owned(), Rc::clone(&global));
        }
        global
    }

    fn build(&mut self) -> Result<(), Halt> {
        let state = self.pop()?;
        self.stored(&state);
        let Some(object) = self.stack.top() else { return broken("it changes no object") };
        match &object {
            Value::ElementType(element) => element.borrow_mut().build(&state),
            Value::Global(global) => self.changes(global),
            _ => {}
        }
        match array::follows(&object, &state) {
            Follows::Nothing => Ok(()),
            _ if self.is_second => Ok(()),
            Follows::Unclear => broken("it cannot be told how many bytes of an array follow"),
            Follows::Pickle => self.inner_pickle(),
            Follows::Bytes { length, is_padded } => {
                self.second_reading(length);
                if is_padded {
                    let padding = self.input.u8()?;
                    self.input.skip(u64::from(padding))?;
                }
                Ok(self.input.skip(length)?)
            }
        }
    }

    /// Follows the pickle that stands in place of an array of objects.
    fn inner_pickle(&mut self) -> Result<(), Halt> {
        let mut inner = Machine::new(self.input, self.look, self.names, Reader::Python, self.whole);
        inner.is_second = true;
        match inner.run(u64::MAX) {
            End::Stop => Ok(()),
            End::Broken(inner) => {
                Err(Halt::Broken(format!("in an array of objects, {}", inner.why)))
            }
            End::Exhausted => Err(Halt::Exhausted),
        }
    }

    /// Reads the bytes of an array as the instructions that `pickle.load` takes them for.
    fn second_reading(&mut self, length: u64) {
        let position = self.input.position();
        let Ok(ahead) = self.input.peek(AHEAD) else { return };
        if let Some(whole) = self.whole {
            hidden(&mut whole.reader_at(position), Extent::All, position, self.look);
        } else {
            let extent = if length < AHEAD as u64 { Extent::All } else { Extent::Beginning };
            let ahead = Content::of_bytes(ahead.to_vec());
            hidden(&mut ahead.reader(), extent, position, self.look);
        }
    }
}

/// Makes what `numpy.dtype` returns.
pub(super) fn element_type(arguments: &Value) -> Value {
    let specification = arguments.items().and_then(|items| items.first()).and_then(Value::text);
    let element = specification.map(ElementType::of).unwrap_or_default();
    Value::ElementType(Rc::new(element.into()))
}
