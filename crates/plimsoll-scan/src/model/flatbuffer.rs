//! Flat buffers: tables of fields that lie at offsets from each other.

use super::content::Content;
use super::window::{Order, Unread, Window};

/// The longest text that is looked at.
const LONGEST_TEXT: usize = 1 << 20;

/// The most entries that a list may have.
const MOST_ENTRIES: u64 = 1 << 22;

/// A content that is one.
pub(crate) struct Buffer {
    window: Window,
}

/// A table: where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table(u64);

impl Buffer {
    pub(crate) fn new(content: &Content) -> Self {
        Self { window: Window::new(content) }
    }

    fn u32(&mut self, at: u64) -> Result<u64, Unread> {
        self.window.number::<4>(at, Order::Little)
    }

    /// Returns the place that the offset at `at` leads to: forwards, from where it is written.
    fn follow(&mut self, at: u64) -> Result<u64, Unread> {
        let place = at + self.u32(at)?;
        if place >= self.window.length() {
            return Err(Unread::broken("an offset leads behind the end", at));
        }
        Ok(place)
    }

    /// Returns the outermost table.
    pub(crate) fn root(&mut self) -> Result<Table, Unread> {
        self.follow(0).map(Table)
    }

    /// Returns where the field with that number is, if it is there.
    fn field(&mut self, table: Table, number: u64) -> Result<Option<u64>, Unread> {
        let back = self.window.number::<4>(table.0, Order::Little)?;
        // The offset to the list of fields is signed, and goes backwards.
        #[expect(clippy::cast_possible_truncation, reason = "it was read from four bytes")]
        let back = i64::from((back as u32).cast_signed());
        let fields = table.0.checked_add_signed(-back);
        let fields = fields.ok_or_else(|| Unread::broken("a table has no fields", table.0))?;
        let size = self.window.number::<2>(fields, Order::Little)?;
        let entry = 4 + 2 * number;
        if entry + 2 > size {
            return Ok(None);
        }
        let offset = self.window.number::<2>(fields + entry, Order::Little)?;
        Ok((offset != 0).then_some(table.0 + offset))
    }

    /// Returns the number of `N` bytes in a field, 0 where it is not there.
    pub(crate) fn number<const N: usize>(
        &mut self,
        table: Table,
        field: u64,
    ) -> Result<u64, Unread> {
        match self.field(table, field)? {
            Some(at) => self.window.number::<N>(at, Order::Little),
            None => Ok(0),
        }
    }

    /// Returns the text in a field, empty where it is not there.
    pub(crate) fn text(&mut self, table: Table, field: u64) -> Result<String, Unread> {
        let Some(at) = self.field(table, field)? else { return Ok(String::new()) };
        let at = self.follow(at)?;
        let length = self.u32(at)?;
        self.window.text(at + 4, length, LONGEST_TEXT)
    }

    /// Returns the tables of a list in a field.
    pub(crate) fn tables(&mut self, table: Table, field: u64) -> Result<Vec<Table>, Unread> {
        let Some(at) = self.field(table, field)? else { return Ok(Vec::new()) };
        let at = self.follow(at)?;
        let count = self.u32(at)?;
        let room = self.window.length().saturating_sub(at) / 4;
        if count > MOST_ENTRIES || count > room {
            return Err(Unread::broken(format!("a list of {count} entries is too long"), at));
        }
        let mut tables = Vec::new();
        for entry in 0..count {
            tables.push(Table(self.follow(at + 4 + 4 * entry)?));
        }
        Ok(tables)
    }

    /// Returns the one table in a field.
    pub(crate) fn table(&mut self, table: Table, field: u64) -> Result<Option<Table>, Unread> {
        match self.field(table, field)? {
            Some(at) => self.follow(at).map(|at| Some(Table(at))),
            None => Ok(None),
        }
    }

    /// Returns how many entries a list in a field has.
    pub(crate) fn count(&mut self, table: Table, field: u64) -> Result<u64, Unread> {
        let Some(at) = self.field(table, field)? else { return Ok(0) };
        let at = self.follow(at)?;
        self.u32(at)
    }
}

#[cfg(test)]
pub(crate) mod write {
    //! Writes flat buffers for tests.

    /// What a field holds.
    pub(crate) enum Part {
        None,
        Number(u32),
        Text(&'static str),
        Table(Vec<Part>),
        List(Vec<Part>),
    }

    /// Returns a buffer with that outermost table, and four letters behind the first offset.
    pub(crate) fn buffer(letters: &[u8], root: &Part) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend_from_slice(letters);
        let at = part(&mut bytes, root);
        point(&mut bytes, 0, at);
        bytes
    }

    fn u32_of(value: usize) -> [u8; 4] {
        u32::try_from(value).unwrap().to_le_bytes()
    }

    fn point(bytes: &mut [u8], from: usize, to: usize) {
        bytes[from..from + 4].copy_from_slice(&u32_of(to - from));
    }

    /// Writes what an offset leads to, and returns where it is.
    fn part(bytes: &mut Vec<u8>, part: &Part) -> usize {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        match part {
            Part::None | Part::Number(_) => panic!("no offset leads to a number"),
            Part::Text(text) => {
                let at = bytes.len();
                bytes.extend(u32_of(text.len()));
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0);
                at
            }
            Part::Table(fields) => {
                let listed = bytes.len();
                let size = u16::try_from(fields.len()).unwrap() * 4 + 4;
                bytes.extend((size / 2 + 2).to_le_bytes());
                bytes.extend(size.to_le_bytes());
                for (place, field) in fields.iter().enumerate() {
                    let offset = if matches!(field, Part::None) { 0 } else { 4 + 4 * place };
                    bytes.extend(u16::try_from(offset).unwrap().to_le_bytes());
                }
                bytes.resize(bytes.len().next_multiple_of(4), 0);
                let at = bytes.len();
                bytes.extend(u32_of(at - listed));
                self::fields(bytes, at + 4, fields);
                at
            }
            Part::List(entries) => {
                let at = bytes.len();
                bytes.extend(u32_of(entries.len()));
                fields(bytes, at + 4, entries);
                at
            }
        }
    }

    fn fields(bytes: &mut Vec<u8>, start: usize, fields: &[Part]) {
        bytes.resize(start + 4 * fields.len(), 0);
        for (place, field) in fields.iter().enumerate() {
            let at = start + 4 * place;
            match field {
                Part::None => {}
                Part::Number(number) => bytes[at..at + 4].copy_from_slice(&number.to_le_bytes()),
                _ => {
                    let to = part(bytes, field);
                    point(bytes, at, to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write::{Part, buffer};
    use super::*;

    #[test]
    fn tables_texts_and_lists_are_read_and_absent_fields_are_empty() {
        let inner = Part::List(vec![Part::Table(vec![Part::Text("a")]), Part::Table(vec![])]);
        let bytes = buffer(
            b"TEST",
            &Part::Table(vec![Part::Number(7), Part::None, Part::Text("x"), inner]),
        );
        let mut buffer = Buffer::new(&Content::of_bytes(bytes));
        let root = buffer.root().unwrap();
        assert_eq!(buffer.number::<4>(root, 0).unwrap(), 7);
        assert_eq!(buffer.text(root, 1).unwrap(), "");
        assert_eq!(buffer.text(root, 2).unwrap(), "x");
        let tables = buffer.tables(root, 3).unwrap();
        assert_eq!(tables.len(), 2);
        assert_eq!(buffer.text(tables[0], 0).unwrap(), "a");
        assert_eq!(buffer.text(tables[1], 0).unwrap(), "");
        assert_eq!(buffer.table(root, 9).unwrap(), None);
    }
}
