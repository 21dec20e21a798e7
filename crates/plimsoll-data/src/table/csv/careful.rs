//! Rows one at a time, and what is wrong with them.

use std::io;

use super::record::{Ambiguity, Cut, Record, cut};
use super::{CsvReader, MAX_ROW, Rows};
use crate::example::grouped;
use crate::table::flaw::Flaw;

/// What comes next.
pub(super) enum Next {
    Record(Record),
    /// A quote is open where the file ends.
    Open,
    TooLong {
        in_quotes: bool,
    },
    End,
}

impl CsvReader {
    /// Takes the next row if it is sound, and notes what is wrong with it if it is not.
    pub(super) fn take_one(&mut self, batch: &mut Rows) -> io::Result<()> {
        let record = match self.next_record(self.header.len())? {
            Next::Record(record) => record,
            Next::End => {
                self.ended = true;
                return Ok(());
            }
            Next::Open => {
                self.rows += 1;
                self.flaws.add(Flaw::Truncated, self.line, || {
                    "a quote is opened and never closed".into()
                });
                self.ended = true;
                return Ok(());
            }
            Next::TooLong { in_quotes } => {
                self.rows += 1;
                let longest = grouped(MAX_ROW as u64);
                self.flaws.add(Flaw::TooLong, self.line, || {
                    if in_quotes {
                        format!("a quote is opened and not closed within {longest} bytes")
                    } else {
                        format!("the line is longer than {longest} bytes")
                    }
                });
                self.ended = true;
                return Ok(());
            }
        };
        if self.header.len() > 1 && self.is_blank(&record) {
            // At the end of a file it means nothing; what comes next decides.
            self.blank.0 += 1;
            if self.blank.1.len() < 5 {
                self.blank.1.push(self.line);
            }
            self.pass(&record);
            return Ok(());
        }
        self.settle_blank_lines();
        self.rows += 1;
        if self.is_sound(&record) {
            let bytes = &self.text.bytes()[..record.used];
            for (text, &at) in batch.columns.iter_mut().zip(&self.wanted) {
                text.push(self.cells[at], bytes);
            }
            batch.lines.push(self.line);
            batch.held += record.used + batch.columns.len() * size_of::<i32>();
        }
        self.pass(&record);
        Ok(())
    }

    fn is_blank(&self, record: &Record) -> bool {
        let bytes = &self.text.bytes()[..record.used];
        matches!(bytes, b"\n" | b"\r\n")
    }

    /// Takes the blank lines that a row came behind as rows without fields.
    fn settle_blank_lines(&mut self) {
        let (count, lines) = std::mem::take(&mut self.blank);
        let expected = self.header.len();
        self.rows += count;
        self.flaws.add_unseen(Flaw::Ragged, count - lines.len() as u64);
        for line in lines {
            self.flaws.add(Flaw::Ragged, line, || format!("it is blank, not {expected} fields"));
        }
    }

    /// Tells whether the record can be taken as it is; what is wrong with it is noted.
    fn is_sound(&mut self, record: &Record) -> bool {
        let bytes = &self.text.bytes()[..record.used];
        let (line, expected) = (self.line, self.header.len());
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            let place = self.text.offset() + at as u64;
            let byte = bytes[at];
            self.flaws.add(Flaw::Encoding, line, || format!("0x{byte:02x} at byte {place}"));
            return false;
        }
        // Asked first, since it is quick where there is none.
        if bytes.contains(&0) {
            let at = bytes.iter().take_while(|byte| **byte != 0).count();
            let place = self.text.offset() + at as u64;
            self.flaws.add(Flaw::Nul, line, || format!("byte {place}"));
            return false;
        }
        if let Some(ambiguity) = record.ambiguity {
            let flaw = match ambiguity {
                Ambiguity::TextAfterQuote => Flaw::TextAfterQuote,
                Ambiguity::LoneReturn => Flaw::LoneReturn,
            };
            self.flaws.add(flaw, line, String::new);
            return false;
        }
        if record.count < expected && !record.closed {
            let got = record.count;
            self.flaws.add(Flaw::Truncated, line, || {
                format!("the last line has {got} of {expected} fields and no line end")
            });
            return false;
        }
        if record.count != expected {
            let got = record.count;
            self.flaws.add(Flaw::Ragged, line, || format!("{got} fields, not {expected}"));
            return false;
        }
        true
    }

    /// Goes on behind `record`.
    pub(super) fn pass(&mut self, record: &Record) {
        self.text.pass(record.used);
        self.line += record.lines;
    }

    /// Returns the next record, of which at most `limit` cells are kept.
    pub(super) fn next_record(&mut self, limit: usize) -> io::Result<Next> {
        loop {
            let bytes = self.text.bytes();
            let at_end = self.text.at_end();
            if bytes.is_empty() && at_end {
                return Ok(Next::End);
            }
            match cut(bytes, self.delimiter, at_end, limit, &mut self.cells) {
                Cut::Record(record) if record.used > MAX_ROW => {
                    return Ok(Next::TooLong { in_quotes: false });
                }
                Cut::Record(record) => return Ok(Next::Record(record)),
                Cut::Part { in_quotes } if bytes.len() > MAX_ROW => {
                    return Ok(Next::TooLong { in_quotes });
                }
                Cut::Part { .. } if at_end => return Ok(Next::Open),
                Cut::Part { .. } => self.text.fill()?,
            }
        }
    }
}
