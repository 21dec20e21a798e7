//! Pickles, of Python, joblib and `PyTorch`: one, or several in a row.

mod array;
mod calls;
mod conditions;
mod element;
mod input;
mod literals;
mod machine;
mod memory;
mod names;
mod opcode;
mod render;
mod second;
mod states;
pub(in crate::model) mod tensors;
mod text;
mod value;
mod zone;

pub(in crate::model) use self::machine::Reader;

use self::input::Input;
use self::machine::{Broken, End, Machine};
use self::names::Names;
use super::content::Content;
use super::look::Look;
use super::report::{Finding, Verdict};

/// Returns the size of an element of an array, in bytes where it is known, and whether it is an object:
/// `f8`, `<U12`, `O`. None where the text is no type.
pub(in crate::model) fn element_size(specification: &str) -> Option<(Option<u64>, bool)> {
    let element = element::ElementType::of(specification);
    element.has_objects.map(|has_objects| (element.size, has_objects))
}

/// Looks for a program in what is numbers to its reader.
pub(in crate::model) fn look_for_hidden(content: &Content, look: &mut Look) {
    second::alone(content, look);
}

/// What bytes turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Outcome {
    /// Pickles to the last byte.
    Whole,
    /// A pickle, and something that could not be followed; a finding says so.
    Damaged,
    /// Something else.
    Other,
}

/// The number that `PyTorch`'s old format begins with, as a pickle of protocol 2 (`torch/serialization.py`,
/// `MAGIC_NUMBER`).
const TORCH_MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

/// How many pickles that format consists of: the number, a version, the system, the object, the storages.
const TORCH_PICKLES: u64 = 5;

/// Looks at bytes as a pickle, whatever they are called, or as several in a row.
pub(in crate::model) fn look(content: &Content, reader: Reader, look: &mut Look) -> Outcome {
    let mut source = content.reader();
    let mut input = Input::new(&mut source);
    let mut names = Names::default();
    let Ok(head) = input.peek(TORCH_MAGIC.len()) else { return Outcome::Other };
    let is_old_torch = head == TORCH_MAGIC;
    let says_so = matches!(head, [0x80, 0..=5, ..]);
    let reader = if is_old_torch { Reader::Torch } else { reader };
    let mut pickles = 0;
    // Of the longest complete one: a text such as `N.` is one too, and says nothing of what follows.
    let mut steps = 0;
    let damage = loop {
        let mut machine = Machine::new(&mut input, look, &mut names, reader, content);
        match machine.run(u64::MAX) {
            End::Stop => {
                pickles += 1;
                steps = machine.steps().max(steps);
            }
            End::Exhausted => break Some(None),
            End::Broken(broken) => break Some(Some(broken)),
        }
        match input.peek(1) {
            Ok([]) => break None,
            Ok(_) if is_old_torch && pickles == TORCH_PICKLES => break None,
            Ok(_) => {}
            Err(error) => {
                let (offset, why) = (input.position(), format!("it could not be read: {error}"));
                break Some(Some(Broken { offset, why }));
            }
        }
    };
    // A text that begins like a pickle names something by chance now and then: `cat`, `dog`.
    if damage.is_some() && !says_so && steps <= TRIVIAL && !names.acts() {
        return Outcome::Other;
    }
    look.read_as(if is_old_torch { "torch" } else { "pickle" });
    names.report(look);
    match damage {
        None => return Outcome::Whole,
        Some(None) => {}
        Some(Some(broken)) => damaged(&broken, pickles, look),
    }
    Outcome::Damaged
}

/// As many instructions as make a pickle of any byte that is a value: it and the end.
const TRIVIAL: u64 = 2;

fn damaged(broken: &Broken, pickles: u64, look: &mut Look) {
    let message = if pickles == 0 {
        format!("it cannot be read to its end: {}", broken.why)
    } else {
        format!("after {pickles} complete pickle(s) something follows that is none: {}", broken.why)
    };
    look.found(Finding::new("model.unreadable", Verdict::Unknown, message).at(broken.offset));
}
