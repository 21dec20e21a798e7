//! The names of the columns.

use super::record::{Ambiguity, Cell, Record};
use super::{CsvReader, MAX_COLUMNS};

impl CsvReader {
    /// Reads the names in the record that comes next.
    pub(super) fn read_header(&self, record: &Record) -> Result<Vec<String>, String> {
        let bytes = &self.text.bytes()[..record.used];
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            return Err(format!(
                "the header is not UTF-8 (0x{:02x} at byte {})",
                bytes[at],
                self.text.offset() + at as u64
            ));
        }
        if bytes.contains(&0) {
            return Err("the header holds a NUL byte, so this is no text".into());
        }
        match record.ambiguity {
            Some(Ambiguity::TextAfterQuote) => {
                return Err("the header has text behind a closing quote".into());
            }
            Some(Ambiguity::LoneReturn) => {
                return Err(
                    "its lines end in a carriage return alone; end them with LF or CRLF".into()
                );
            }
            None => {}
        }
        if record.count > MAX_COLUMNS {
            return Err(format!("it has {} columns, at most {MAX_COLUMNS} are read", record.count));
        }
        if matches!(bytes, b"\n" | b"\r\n" | b"") {
            return Err("its first line is blank; the names of the columns belong there".into());
        }
        let name = |cell: &Cell| {
            let mut text = Vec::new();
            cell.append_to(&mut text, bytes);
            String::from_utf8_lossy(&text).into_owned()
        };
        Ok(self.cells.iter().map(name).collect())
    }
}
