//! Texts by which pandas opens a file: it looks up `dateutil/PATH` as a time zone, wherever it expects one (in
//! the name of a type, as an argument, in an attribute).

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::names::Names;
use super::value::Value;

/// Before the name of a zone, which may be a path.
const DATEUTIL: &str = "dateutil/";

/// The longest bytes that are looked through: a text of four bytes a letter.
const LONGEST: usize = 4096;

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(DATEUTIL));

/// Notes a value that could be taken for such a text; it counts where a name of pandas is asked for.
pub(super) fn look(value: &Value, offset: u64, names: &mut Names) {
    let is_one = match value {
        Value::Text(text) | Value::LongText(text) => {
            text.len() > DATEUTIL.len() && FINDER.find(text.as_bytes()).is_some()
        }
        // A text in UTF-16 or UTF-32 is one with NULs between its letters.
        Value::Bytes(blob) if blob.kept.len() <= LONGEST => {
            let letters: Vec<u8> = blob.kept.iter().copied().filter(|byte| *byte != 0).collect();
            FINDER.find(&letters).is_some()
        }
        _ => false,
    };
    if is_one {
        names.zone(offset);
    }
}
