//! Follows the instructions of a pickle without carrying out a single one.
//!
//! It does what `CPython`'s `Modules/_pickle.c` does to its stack and its memo, and knows of every object
//! just enough to say what would be called with what.

use std::collections::HashMap;
use std::rc::Rc;

use super::array::{self, Follows};
use super::element::ElementType;
use super::input::{Input, ReadError};
use super::memory::{Disorder, Memo, Stack, Taken};
use super::names::Names;
use super::opcode::Opcode;
use super::second;
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
    is_lost: bool,
    /// Where the frame ends that was begun last: what lies within it is read before what follows it.
    frame_end: u64,
    /// All that `input` reads: to read arrays as instructions too.
    pub(super) whole: &'m Content,
    pub(super) pass: Pass,
}

/// For whom some bytes are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// For joblib, which leaves arrays out.
    Whole,
    /// For `pickle.load`, which takes arrays for instructions, and the pickles in them for its own.
    Plain,
    /// For `pickle.load`, roughly: what is not there is taken for anything.
    Glance,
}

/// How many instructions are counted at once.
const BATCH: u64 = 4096;

impl<'m, 's> Machine<'m, 's> {
    pub(super) fn new(
        input: &'m mut Input<'s>,
        look: &'m mut Look,
        names: &'m mut Names,
        reader: Reader,
        whole: &'m Content,
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
            is_lost: false,
            frame_end: 0,
            whole,
            pass: Pass::Whole,
        }
    }

    /// Makes one that goes on from where another one is, in a reading of its own.
    pub(super) fn going_on(
        of: &Machine<'_, '_>,
        input: &'m mut Input<'s>,
        look: &'m mut Look,
        names: &'m mut Names,
        whole: &'m Content,
    ) -> Self {
        let (stack, memo, globals) = (of.stack.clone(), of.memo.clone(), of.globals.clone());
        let machine = Self::new(input, look, names, of.reader, whole);
        Self { stack, memo, globals, pass: Pass::Plain, ..machine }
    }

    /// Whether it gave up on instructions that a reader would follow.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
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
            Opcode::Frame => {
                let length = self.input.u64()?;
                self.frame_end = self.input.position().saturating_add(length);
            }
            Opcode::Stop => {
                let value = self.pop()?;
                self.stored(&value);
                return Err(Halt::Stop);
            }
            Opcode::Mark => {
                if !self.stack.mark() {
                    return broken("it sets more marks than any loader needs");
                }
            }
            Opcode::Pop => {
                if !self.stack.drop_top() && self.pass != Pass::Glance {
                    return broken("it takes a value where there is none");
                }
            }
            Opcode::PopMark => _ = self.pop_mark()?,
            Opcode::Dup => {
                let top = self.top()?;
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
                let top = self.top()?;
                self.memo.memoize(top).or_else(|Disorder| self.lost())?;
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
                let global = self.name(&module, &name);
                self.stack.push(global);
            }
            Opcode::StackGlobal => self.stack_global()?,
            Opcode::Inst => {
                let module = self.name_line()?;
                let name = self.name_line()?;
                let class = self.name(&module, &name);
                let arguments = self.pop_mark_as_tuple()?;
                self.call(class, arguments)?;
            }
            Opcode::Obj => {
                let Taken { mut values, count } = self.taken()?;
                if values.is_empty() {
                    return broken("it makes an object of no class");
                }
                let class = values.remove(0);
                for value in &values {
                    self.stored(value);
                }
                self.call(class, Value::tuple(values, count.saturating_sub(1)))?;
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
                self.named_arguments(&class, &named);
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
                self.top()?;
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
            None if self.pass == Pass::Glance => Ok(Value::Forgotten),
            None => broken("it takes a value where there is none"),
        }
    }

    pub(super) fn top(&mut self) -> Result<Value, Halt> {
        match self.stack.top() {
            Some(value) => Ok(value),
            None if self.pass == Pass::Glance => Ok(Value::Forgotten),
            None => broken("it looks at a value where there is none"),
        }
    }

    /// Takes the values down to the mark.
    fn taken(&mut self) -> Result<Taken, Halt> {
        match self.stack.pop_mark() {
            Some(taken) => Ok(taken),
            None if self.pass == Pass::Glance => {
                Ok(Taken { values: vec![Value::Forgotten], count: 1 })
            }
            None => broken("it has no mark"),
        }
    }

    /// Takes the values down to the mark, to be put into something.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>, Halt> {
        let taken = self.taken()?;
        taken.values.iter().for_each(|value| self.stored(value));
        Ok(taken.values)
    }

    pub(super) fn pop_mark_as_tuple(&mut self) -> Result<Value, Halt> {
        let taken = self.taken()?;
        taken.values.iter().for_each(|value| self.stored(value));
        Ok(Value::tuple(taken.values, taken.count))
    }

    fn index(&mut self) -> Result<u64, Halt> {
        let line = self.input.line()?;
        let number = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse().ok());
        number.map_or_else(|| broken("a number of the memo is none"), Ok)
    }

    fn put(&mut self, index: u64) -> Result<(), Halt> {
        let top = self.top()?;
        self.memo.put(index, top).or_else(|Disorder| self.lost())
    }

    /// Gives up: from here on it is not known what is kept under which number.
    fn lost(&mut self) -> Result<(), Halt> {
        self.is_lost = true;
        broken("it keeps more under numbers in no order than can be followed")
    }

    fn get(&mut self, index: u64) -> Result<(), Halt> {
        let value = match self.memo.get(index) {
            Some(value) => value,
            None if self.pass == Pass::Glance => Value::Forgotten,
            None => return broken(&format!("nothing was kept as number {index}")),
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
        let object = self.top()?;
        self.given(&object, &state);
        if let Value::ElementType(element) = &object
            && let Err((verdict, why)) = element.borrow_mut().build(&state)
        {
            self.found("model.pickle-call", verdict, why, None);
        }
        let follows = array::follows(&object, &state);
        if self.pass != Pass::Whole || follows == Follows::Nothing {
            return Ok(());
        }
        // joblib reads arrays behind the frame that it is in, and then goes on within it.
        if self.input.position() < self.frame_end {
            return broken("an array follows in the middle of a frame");
        }
        second::reading(self);
        match follows {
            Follows::Nothing => Ok(()),
            Follows::Unclear => broken("it cannot be told how many bytes of an array follow"),
            Follows::Pickle => self.inner_pickle(),
            Follows::Bytes { length, is_padded } => {
                if is_padded {
                    let padding = self.input.u8()?;
                    self.input.skip(u64::from(padding))?;
                }
                Ok(self.input.skip(length)?)
            }
        }
    }

    /// Follows the pickle that stands in place of an array of objects, which is read by itself.
    fn inner_pickle(&mut self) -> Result<(), Halt> {
        let mut inner = Machine::new(self.input, self.look, self.names, Reader::Python, self.whole);
        inner.pass = Pass::Plain;
        match inner.run(u64::MAX) {
            End::Stop => Ok(()),
            End::Broken(inner) => {
                Err(Halt::Broken(format!("in an array of objects, {}", inner.why)))
            }
            End::Exhausted => Err(Halt::Exhausted),
        }
    }
}

/// Makes what `numpy.dtype` returns.
pub(super) fn element_type(arguments: &Value) -> Value {
    Value::ElementType(Rc::new(ElementType::of_call(arguments).into()))
}
