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

fn after(content: &Content, header: &str, end: u64, look: &mut Look) {
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
