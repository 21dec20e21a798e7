//! The instructions that make plain values and containers, and add to them.

use std::rc::Rc;

use super::input::ReadError;
use super::machine::{Halt, Machine, broken};
use super::opcode::Opcode;
use super::value::{Blob, LONGEST_TEXT, Value};
use super::{text, zone};

impl Machine<'_, '_> {
    /// Carries out the instructions that make plain values and containers.
    pub(super) fn literal(&mut self, opcode: Opcode) -> Result<Option<Value>, Halt> {
        let value = match opcode {
            Opcode::None => Value::None,
            Opcode::NewTrue => Value::Bool(true),
            Opcode::NewFalse => Value::Bool(false),
            Opcode::Int => text::int(&self.input.line()?).map_err(ReadError::Wrong)?,
            Opcode::BinInt => Value::Int(i64::from(i32::from_le_bytes(self.input.array()?))),
            Opcode::BinInt1 => Value::Int(i64::from(self.input.u8()?)),
            Opcode::BinInt2 => Value::Int(i64::from(u16::from_le_bytes(self.input.array()?))),
            Opcode::Long => text::long(&self.input.line()?).map_err(ReadError::Wrong)?,
            Opcode::Long1 => {
                let length = self.input.u8()?;
                text::long_value(&self.input.bytes(u64::from(length), 8)?, u64::from(length))
            }
            Opcode::Long4 => {
                let length = i32::from_le_bytes(self.input.array()?);
                let Ok(length) = u64::try_from(length) else {
                    return broken("a number has no length");
                };
                text::long_value(&self.input.bytes(length, 8)?, length)
            }
            Opcode::Float => text::float(&self.input.line()?).map_err(ReadError::Wrong)?,
            Opcode::BinFloat => Value::Float(f64::from_be_bytes(self.input.array()?)),
            Opcode::String => {
                let line = self.input.long_line()?;
                text::of_line(&line, text::quoted).map_err(ReadError::Wrong)?
            }
            Opcode::Unicode => {
                let line = self.input.long_line()?;
                text::of_line(&line, text::raw_unicode).map_err(ReadError::Wrong)?
            }
            Opcode::BinString => {
                let length = i32::from_le_bytes(self.input.array()?);
                let Ok(length) = u64::try_from(length) else {
                    return broken("a text has no length");
                };
                self.text(length)?
            }
            Opcode::ShortBinString | Opcode::ShortBinUnicode => {
                let length = self.input.u8()?;
                self.text(u64::from(length))?
            }
            Opcode::BinUnicode => {
                let length = self.input.u32()?;
                self.text(u64::from(length))?
            }
            Opcode::BinUnicode8 => {
                let length = self.input.u64()?;
                self.text(length)?
            }
            Opcode::ShortBinBytes => {
                let length = self.input.u8()?;
                self.blob(u64::from(length))?
            }
            Opcode::BinBytes => {
                let length = self.input.u32()?;
                self.blob(u64::from(length))?
            }
            Opcode::BinBytes8 | Opcode::ByteArray8 => {
                let length = self.input.u64()?;
                self.blob(length)?
            }
            Opcode::EmptyTuple => Value::tuple(Vec::new(), 0),
            Opcode::Tuple1 => self.tuple_of(1)?,
            Opcode::Tuple2 => self.tuple_of(2)?,
            Opcode::Tuple3 => self.tuple_of(3)?,
            Opcode::Tuple => self.pop_mark_as_tuple()?,
            Opcode::EmptyList => Value::empty_list(),
            Opcode::EmptyDict => Value::empty_dict(),
            Opcode::EmptySet => Value::Set,
            Opcode::FrozenSet => {
                self.pop_mark()?;
                Value::Set
            }
            Opcode::List => {
                let list = Value::empty_list();
                for item in &self.pop_mark()? {
                    list.append(item);
                }
                list
            }
            Opcode::Dict => {
                let dict = Value::empty_dict();
                for pair in self.pop_mark()?.chunks_exact(2) {
                    self.entry(&pair[0], &pair[1]);
                    dict.set(&pair[0], &pair[1]);
                }
                dict
            }
            Opcode::Append => {
                let item = self.pop()?;
                self.stored(&item);
                self.row()?.append(&item);
                return Ok(None);
            }
            Opcode::Appends => {
                let items = self.pop_mark()?;
                let list = self.row()?;
                for item in &items {
                    list.append(item);
                }
                return Ok(None);
            }
            Opcode::SetItem => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.stored(&key);
                self.stored(&value);
                self.entry(&key, &value);
                self.container()?.set(&key, &value);
                return Ok(None);
            }
            Opcode::SetItems => {
                let items = self.pop_mark()?;
                let dict = self.container()?;
                for pair in items.chunks_exact(2) {
                    self.entry(&pair[0], &pair[1]);
                    dict.set(&pair[0], &pair[1]);
                }
                return Ok(None);
            }
            Opcode::AddItems => {
                self.pop_mark()?;
                self.row()?;
                return Ok(None);
            }
            // Everything else was carried out before.
            _ => return Ok(None),
        };
        zone::look(&value, self.offset, self.names);
        Ok(Some(value))
    }

    fn tuple_of(&mut self, count: u64) -> Result<Value, Halt> {
        let mut values = Vec::new();
        for _ in 0..count {
            let value = self.pop()?;
            self.stored(&value);
            values.push(value);
        }
        values.reverse();
        Ok(Value::tuple(values, count))
    }

    fn text(&mut self, length: u64) -> Result<Value, Halt> {
        let kept = self.input.bytes(length, LONGEST_TEXT)?;
        Ok(if kept.len() as u64 == length { text::whole(&kept) } else { text::cut(&kept) })
    }

    fn blob(&mut self, length: u64) -> Result<Value, Halt> {
        // Few bytes are kept, unless they are about to be loaded.
        let keep = if self.is_loader_on_top() { 64 << 20 } else { 48 };
        let kept = self.input.bytes(length, keep)?;
        Ok(Value::Bytes(Rc::new(Blob { kept, length })))
    }
}
