//! `NumPy`'s files of one array (`numpy/lib/format.py`): numbers, or a pickle where they are objects.

use super::content::Content;
use super::look::Look;
use super::pickle::{self, Outcome, Reader};
use super::report::{Finding, Verdict};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read; `NumPy` itself refuses more than 10,000 characters unless told otherwise.
const LONGEST_HEADER: usize = 64 << 10;

pub(super) fn is(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

pub(super) fn look(content: &Content, look: &mut Look) {
    look.read_as("npy");
    match header(content) {
        Ok(Header { text, end }) => after(content, &text, end, look),
        Err(why) => look.unknown("model.unreadable", format!("the array cannot be read: {why}")),
    }
}

struct Header {
    text: String,
    /// Where the elements begin.
    end: u64,
}

fn header(content: &Content) -> Result<Header, String> {
    let start = content.head(12).map_err(|error| error.to_string())?;
    let (length, from) = match start.as_slice() {
        [_, _, _, _, _, _, 1, _, low, high, ..] => {
            (u32::from(u16::from_le_bytes([*low, *high])), 10)
        }
        [_, _, _, _, _, _, 2 | 3, _, a, b, c, d] => (u32::from_le_bytes([*a, *b, *c, *d]), 12),
        [_, _, _, _, _, _, version, ..] => {
            return Err(format!("version {version} of the format is not known (1 to 3 are)"));
        }
        _ => return Err("it ends within its header".to_owned()),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > LONGEST_HEADER {
        return Err(format!("its header says that it takes {length} bytes"));
    }
    let bytes = content.read_at(from, length).map_err(|error| error.to_string())?;
    if bytes.len() < length {
        return Err("it ends within its header".to_owned());
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Header { text, end: from + length as u64 })
}

/// Whether a header is written as `NumPy` writes it: a dict of three keys, each a text in quotes.
///
/// `NumPy` takes any dict that Python could write, with keys in escapes, in pieces, or twice.
fn is_plain(header: &str) -> bool {
    let mut colons = 0;
    let mut rest = header;
    // After a text comes what ends it, never another text.
    let mut is_behind_text = false;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        match first {
            '\'' | '"' => {
                let inner = &rest[1..];
                match inner.find(first) {
                    Some(end) if !is_behind_text && !inner[..end].contains('\\') => {
                        length = end + 2;
                    }
                    _ => return false,
                }
                is_behind_text = true;
            }
            ',' | ':' | ')' | ']' | '}' => {
                colons += usize::from(first == ':');
                is_behind_text = false;
            }
            // What could make another text of one: a prefix, a comment, an operator.
            '\\' | '#' | '+' | '%' | '*' => return false,
            _ if first.is_whitespace() => {}
            _ if is_behind_text => return false,
            _ => {}
        }
        rest = &rest[length..];
    }
    colons == 3
        && ["descr", "fortran_order", "shape"].iter().all(|key| value(header, key).is_some())
}

fn after(content: &Content, header: &str, end: u64, look: &mut Look) {
    if !is_plain(header) {
        let message =
            "the array's header is written as NumPy writes none, and can be read in two ways";
        look.unknown("model.ambiguous", message);
        pickle::look(&content.part(end, u64::MAX), Reader::Python, look);
        return;
    }
    let Some(element) = element(header) else {
        look.unknown(
            "model.unreadable",
            "the array's header does not say of what its elements are",
        );
        return;
    };
    let rest = content.part(end, u64::MAX);
    if element.has_objects {
        let outcome = pickle::look(&rest, Reader::Python, look);
        if outcome == Outcome::Other {
            look.unknown(
                "model.unreadable",
                "its elements are objects, and no pickle of them follows",
            );
        }
        return;
    }
    let wanted = shape(header).and_then(|shape| {
        let count = shape.iter().try_fold(1_u64, |product, length| product.checked_mul(*length));
        count.zip(element.size).and_then(|(count, size)| count.checked_mul(size))
    });
    match wanted {
        None => look.unknown("model.unreadable", "the array's size cannot be told from its header"),
        Some(wanted) if rest.length() < wanted => {
            let held = rest.length();
            let message = format!("the array ends after {held} of {wanted} bytes");
            look.found(
                Finding::new("model.unreadable", Verdict::Unknown, message).at(content.length()),
            );
        }
        Some(wanted) if rest.length() > wanted => {
            let more = rest.length() - wanted;
            let message = format!("{more} bytes follow after the array");
            look.found(
                Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(end + wanted),
            );
            look.inside("after the array", |look| {
                pickle::look(&rest.part(wanted, u64::MAX), Reader::Python, look);
            });
        }
        Some(_) => {}
    }
}

/// The numbers of an array, of a kind as safetensors calls it.
pub(super) struct Numbers {
    pub(super) kind: &'static str,
    pub(super) shape: Vec<u64>,
    pub(super) bytes: Content,
}

/// Types as `NumPy` writes them, and what safetensors calls them.
const KINDS: &[(&str, &str)] = &[
    ("|b1", "BOOL"),
    ("|i1", "I8"),
    ("|u1", "U8"),
    ("<f2", "F16"),
    ("<f4", "F32"),
    ("<f8", "F64"),
    ("<i2", "I16"),
    ("<i4", "I32"),
    ("<i8", "I64"),
    ("<u2", "U16"),
    ("<u4", "U32"),
    ("<u8", "U64"),
];

/// Reads an array of numbers.
///
/// # Errors
/// Says what of it safetensors has no form for.
pub(super) fn numbers(content: &Content) -> Result<Numbers, String> {
    let Header { text, end } = header(content)?;
    if !is_plain(&text) {
        return Err("its header can be read in two ways".to_owned());
    }
    let quoted = value(&text, "descr").and_then(|it| it.get(1..)).unwrap_or_default();
    let written = quoted.split(['\'', '"']).next().unwrap_or_default();
    let kind = KINDS.iter().find(|(known, _)| *known == written);
    let (_, kind) = kind.ok_or("its elements are of a type that safetensors has no form for")?;
    let shape = shape(&text).ok_or("its shape cannot be told")?;
    let in_columns = value(&text, "fortran_order").is_some_and(|it| it.starts_with("True"));
    if in_columns && shape.len() > 1 {
        return Err("its columns come first".to_owned());
    }
    Ok(Numbers { kind, shape, bytes: content.part(end, u64::MAX) })
}

/// The type of the elements.
struct Element {
    size: Option<u64>,
    has_objects: bool,
}

/// Returns the value of a key of the header, which is a dict as Python writes it.
fn value<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let at = quoted.iter().find_map(|key| header.find(key).map(|at| at + key.len()))?;
    // A key that stands there twice would be read once here and otherwise there.
    if quoted.iter().any(|key| header.get(at..).is_some_and(|rest| rest.contains(key))) {
        return None;
    }
    header.get(at..)?.trim_start().strip_prefix(':').map(str::trim_start)
}

fn element(header: &str) -> Option<Element> {
    let descriptor = value(header, "descr")?;
    if let Some(quote @ ('\'' | '"')) = descriptor.chars().next() {
        let text = descriptor.get(1..)?.split(quote).next()?;
        let of = pickle::element_size(text)?;
        return Some(Element { size: of.0, has_objects: of.1 });
    }
    // A structure: fields in brackets. Any type in it that is one of objects makes it one of objects.
    let end = descriptor.find(']')?;
    let fields = descriptor.get(..end)?;
    let has_objects = fields.split(['\'', '"']).any(|word| {
        let word = word.trim_start_matches(['<', '>', '=', '|']);
        word == "O"
            || word == "object"
            || word.strip_prefix('O').is_some_and(|it| it.parse::<u32>().is_ok())
    });
    // Fields of fields and of several elements are not added up here; their bytes are looked at by nobody.
    let mut size = Some(0_u64);
    for field in fields.split('(').skip(1) {
        let words: Vec<&str> = field.split(['\'', '"']).collect();
        let is_simple = words.len() == 5 && !field.contains('[');
        let bytes = words.get(3).and_then(|word| pickle::element_size(word)).and_then(|it| it.0);
        size = if is_simple {
            size.zip(bytes).and_then(|(sum, bytes)| sum.checked_add(bytes))
        } else {
            None
        };
    }
    Some(Element { size, has_objects })
}

fn shape(header: &str) -> Option<Vec<u64>> {
    let inner = value(header, "shape")?.strip_prefix('(')?.split(')').next()?;
    inner
        .split(',')
        .map(str::trim)
        .filter(|length| !length.is_empty())
        .map(|length| length.trim_end_matches('L').parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_what_numpy_writes_is_plain() {
        for descr in
            ["'<f8'", "[('a', '<f8'), ('b', '<i4', (2, 3))]", "[('a, b:', '|O')]", "\"|u1\""]
        {
            for shape in ["()", "(3,)", "(2, 3)", "(2L,)"] {
                let plain = format!(
                    "{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}   \n"
                );
                assert!(is_plain(&plain), "{plain}");
            }
        }
        for odd in [
            "'<f8', 'd\\x65scr': '|O'",
            "'<f8', 'des' 'cr': '|O'",
            "'<f8', \"descr\": '|O'",
            "'<f8', '''descr''': '|O'",
            "'<f8' ',O'",
            "'<f8', b'descr': '|O'",
            "'<f8', # '",
            "'<f8'[1:]",
        ] {
            let odd = format!("{{'descr': {odd}, 'fortran_order': False, 'shape': (1,), }}");
            assert!(!is_plain(&odd), "{odd}");
        }
    }
}
