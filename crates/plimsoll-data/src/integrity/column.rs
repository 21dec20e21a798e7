//! What one pass learns of a column.

use std::borrow::Cow;

use super::cell::Cell;
use super::dictionary::{Added, Dictionary};
use super::digest::word;
use super::kind::{CellKind, ColumnKind, Kinds};
use super::lengths::Lengths;
use super::marks::{Mark, Marks};
use super::spot::At;
use super::values::Values;
use crate::example::{Place, Tally, quoted};
use crate::personal;
use crate::table::Batch;

/// How many spellings of "no value" are told apart.
const SPELLINGS: usize = 12;

/// The least whole number with as many digits as a card number has.
const LEAST_CARD: i64 = 1_000_000_000_000;

/// A way in which a column writes that there is no value.
#[derive(Clone, Debug)]
pub(crate) struct Spelling {
    /// As it is written, without the blanks around it.
    pub(crate) text: String,
    /// What kind of spelling it is.
    pub(crate) mark: Mark,
    /// Where it is.
    pub(crate) tally: Tally,
}

/// What is known of a column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Whether its cells are no single values.
    is_opaque: bool,
    /// Cells with nothing in them.
    pub(crate) missing: Tally,
    /// Cells with nothing but blanks.
    pub(crate) blank: Tally,
    /// The other cells by kind.
    pub(crate) kinds: Kinds,
    /// How "no value" is written.
    pub(crate) spellings: Vec<Spelling>,
    /// The values.
    pub(crate) dictionary: Dictionary,
    /// The lengths of texts.
    pub(crate) lengths: Lengths,
    /// Texts by mark.
    marks: [Tally; Mark::ALL.len()],
    /// Cells that are infinite.
    pub(crate) infinite: Tally,
}

impl Column {
    /// Makes a column of which nothing is known, and which tells `most_values` apart.
    pub(crate) fn new(name: &str, most_values: usize) -> Self {
        Self {
            name: name.to_owned(),
            is_opaque: false,
            missing: Tally::default(),
            blank: Tally::default(),
            kinds: Kinds::default(),
            spellings: Vec::new(),
            dictionary: Dictionary::new(most_values),
            lengths: Lengths::default(),
            marks: Default::default(),
            infinite: Tally::default(),
        }
    }

    /// Takes in the cells of a batch, and writes the digest of each to `words`.
    pub(crate) fn take(&mut self, batch: &Batch, values: &Values, words: &mut Vec<u64>) {
        words.clear();
        self.is_opaque |= matches!(values, Values::Opaque(_));
        for row in 0..batch.rows {
            let place = || batch.place(row);
            let at = || At { row: batch.first + row as u64, place: batch.place(row) };
            let cell = values.cell(row);
            let digest = word(cell);
            words.push(digest);
            match cell {
                Cell::Missing => match values.written(row) {
                    Some("") | None => self.missing.add(place(), String::new),
                    Some(written) if written.trim().is_empty() => {
                        self.blank.add(place(), || quoted(written));
                    }
                    Some(written) => self.spell(written.trim(), Mark::NullKnown, place()),
                },
                Cell::Text(text) if self.is_opaque => {
                    let inside = readable(text);
                    let marks = Marks::of(&inside).of_persons();
                    if !marks.is_empty() {
                        self.mark(marks, || inside.clone().into_owned(), place);
                    }
                    self.kinds.add(CellKind::Text, place, String::new);
                }
                Cell::Text(text) | Cell::Code(text) => {
                    let written = values.written(row).unwrap_or(text);
                    self.text(cell, text, written, digest, at);
                }
                Cell::Integer(number) => {
                    let mut marks = Marks::default();
                    if number >= LEAST_CARD {
                        personal::look_at_integer(number, &mut marks);
                        self.mark(marks, || number.to_string(), place);
                    }
                    self.plain(CellKind::Number, digest, at, || number.to_string());
                }
                Cell::Number(number) => {
                    if number.is_infinite() {
                        self.infinite.add(place(), || number.to_string());
                    }
                    self.plain(CellKind::Number, digest, at, || number.to_string());
                }
                Cell::Boolean(value) => {
                    self.plain(CellKind::Boolean, digest, at, || value.to_string());
                }
                Cell::Moment(micros, _) => {
                    let shown =
                        || values.written(row).map_or_else(|| micros.to_string(), str::to_owned);
                    self.plain(CellKind::Moment, digest, at, shown);
                }
            }
        }
    }

    #[inline]
    fn plain(
        &mut self,
        kind: CellKind,
        digest: u64,
        at: impl Fn() -> At,
        shown: impl Fn() -> String,
    ) {
        self.kinds.add(kind, || at().place, &shown);
        self.dictionary.add(digest, false, &at, || (shown(), Marks::default()));
    }

    fn text(
        &mut self,
        cell: Cell<'_>,
        text: &str,
        written: &str,
        digest: u64,
        at: impl Fn() -> At + Copy,
    ) {
        let place = || at().place;
        let is_padded = text.len() < written.len();
        let keep = || (text.to_owned(), Marks::of(text));
        let marks = match self.dictionary.add(digest, is_padded, at, keep) {
            Added::New(marks) | Added::Known(marks) => marks,
            Added::Full => Marks::of(text),
        };
        if !marks.is_empty() {
            self.mark(marks, || text.to_owned(), place);
        }
        if let Some(mark) = marks.null() {
            self.spell(text, mark, place());
            // `none` and `unknown` are values as well as any other.
            if mark != Mark::NullWord {
                self.kinds.add(CellKind::NullLike, place, || quoted(text));
                return;
            }
        }
        if let Some(kind) = CellKind::of(cell) {
            self.kinds.add(kind, place, || quoted(text));
        }
        self.lengths.add(text, at);
    }

    fn mark(&mut self, marks: Marks, text: impl Fn() -> String, place: impl Fn() -> Place) {
        for (mark, tally) in Mark::ALL.into_iter().zip(&mut self.marks) {
            if marks.has(mark) {
                tally.add(place(), || {
                    if mark.is_personal() { personal::mask(&text()) } else { quoted(&text()) }
                });
            }
        }
    }

    fn spell(&mut self, text: &str, mark: Mark, place: Place) {
        if let Some(spelling) = self.spellings.iter_mut().find(|spelling| spelling.text == text) {
            spelling.tally.add(place, String::new);
        } else if self.spellings.len() < SPELLINGS {
            let mut tally = Tally::default();
            tally.add(place, String::new);
            self.spellings.push(Spelling { text: text.to_owned(), mark, tally });
        }
    }

    /// Returns the texts with `mark`.
    pub(crate) fn marked(&self, mark: Mark) -> &Tally {
        &self.marks[mark as usize]
    }

    /// Returns how many cells hold a value.
    pub(crate) fn filled(&self) -> u64 {
        self.kinds.filled()
    }

    /// Returns what the column holds.
    pub(crate) fn kind(&self) -> ColumnKind {
        if self.is_opaque { ColumnKind::Opaque } else { self.kinds.column() }
    }

    /// Tells whether values repeat so that they are categories: text with at least twice as many
    /// filled cells as values.
    pub(crate) fn is_category(&self) -> bool {
        self.kind() == ColumnKind::Text
            && self.dictionary.is_whole()
            && 2 * self.dictionary.len() as u64 <= self.filled()
    }

    /// Tells whether cells of it are about persons, so that none of them is shown.
    pub(crate) fn is_personal(&self) -> bool {
        let of_person =
            [Mark::Email, Mark::Phone, Mark::Iban, Mark::Card, Mark::CardGrouped, Mark::Internet];
        let national = self.marked(Mark::PhoneNational).count().map_or(0, u64::from);
        of_person.iter().any(|mark| self.marked(*mark).count().is_some())
            // What is taken for telephone numbers where half of the column is written like one.
            || (national > 0 && 2 * national >= self.filled())
            || personal::is_named(&self.name)
    }
}

/// Returns what can be read in a cell that is no single value: of bytes, which are written in
/// hexadecimal digits, the text that they may be.
fn readable(written: &str) -> Cow<'_, str> {
    let digits = written.as_bytes();
    let is_hexadecimal = !digits.is_empty()
        && digits.len().is_multiple_of(2)
        && digits.iter().all(u8::is_ascii_hexdigit);
    if !is_hexadecimal {
        return Cow::Borrowed(written);
    }
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes = digits.chunks_exact(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?));
    let text = bytes.collect::<Option<Vec<u8>>>().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or(Cow::Borrowed(written), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    fn column(cells: &[&str]) -> Column {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, format!("x\n{}\n", cells.join("\n"))).unwrap();
        let batch = Table::open(file.path()).unwrap().next_batch().unwrap().unwrap();
        let mut column = Column::new("x", 100);
        let mut words = Vec::new();
        column.take(&batch, &Values::of(&batch.columns[0]), &mut words);
        assert_eq!(words.len(), cells.len());
        column
    }

    fn count(tally: &Tally) -> u64 {
        tally.count().map_or(0, u64::from)
    }

    #[test]
    fn every_cell_is_of_one_kind() {
        let column = column(&[
            "1",
            "2.5",
            "",
            " ",
            "?",
            "NA",
            "nan",
            "x",
            "007",
            "true",
            "2011-01-01",
            "inf",
        ]);
        let kinds = [
            CellKind::Number,
            CellKind::Boolean,
            CellKind::Moment,
            CellKind::Code,
            CellKind::Text,
            CellKind::NullLike,
        ];
        assert_eq!(kinds.map(|kind| column.kinds.count(kind)), [3, 1, 1, 1, 1, 2]);
        assert_eq!(
            (count(&column.missing), count(&column.blank), count(&column.infinite)),
            (1, 1, 1)
        );
        let spellings: Vec<_> =
            column.spellings.iter().map(|spelling| (&*spelling.text, spelling.mark)).collect();
        assert_eq!(
            spellings,
            [("?", Mark::NullSign), ("NA", Mark::NullKnown), ("nan", Mark::NullKnown)]
        );
    }

    #[test]
    fn marks_are_counted_for_every_cell_and_masked() {
        let column = column(&["ada@example.org", "x", "ada@example.org", "4111111111111111"]);
        assert_eq!(count(column.marked(Mark::Email)), 2);
        assert_eq!(
            column.marked(Mark::Email).all(),
            "line 2: ***@*******.***, line 4: ***@*******.***"
        );
        assert_eq!(count(column.marked(Mark::Card)), 1);
        assert!(column.is_personal());
    }
}
