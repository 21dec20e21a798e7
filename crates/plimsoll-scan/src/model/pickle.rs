//! Pickles, of Python, joblib and `PyTorch`: one, or several in a row.

mod array;
mod calls;
mod input;
mod literals;
mod machine;
mod memory;
mod names;
mod opcode;
mod render;
mod second;
mod text;
mod value;

pub(in crate::model) use self::input::{Source, Unpacking};
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
    let element = array::ElementType::of(specification);
    (element != array::ElementType::default()).then_some((element.size, element.has_objects))
}

/// Looks for a program in what is numbers to its reader.
pub(in crate::model) fn look_for_hidden(content: &Content, look: &mut Look) {
    second::hidden(&mut content.reader(), second::Extent::All, 0, look);
}

/// What bytes turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Outcome {
    /// A pickle: what is in it was found.
    Pickle,
    /// Something else.
    Other,
}

/// The number that `PyTorch`'s old format begins with, as a pickle of protocol 2 (`torch/serialization.py`,
/// `MAGIC_NUMBER`).
const TORCH_MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

/// How many pickles that format consists of: the number, a version, the system, the object, the storages.
const TORCH_PICKLES: u64 = 5;

/// Looks at bytes as a pickle, whatever they are called.
///
/// `whole` is what `source` reads, where it can be read again from anywhere.
pub(in crate::model) fn look(
    source: &mut dyn Source,
    whole: Option<&Content>,
    reader: Reader,
    look: &mut Look,
) -> Outcome {
    let mut input = Input::new(source);
    let mut names = Names::default();
    let Ok(head) = input.peek(TORCH_MAGIC.len()) else { return Outcome::Other };
    let is_old_torch = head == TORCH_MAGIC;
    let says_so = matches!(head, [0x80, 0..=5, ..]);
    let reader = if is_old_torch { Reader::Torch } else { reader };
    let mut pickles = 0;
    let mut steps = 0;
    loop {
        let mut machine = Machine::new(&mut input, look, &mut names, reader, whole);
        let end = machine.run(u64::MAX);
        steps += machine.steps();
        match end {
            End::Stop => pickles += 1,
            End::Exhausted => {
                look.read_as("pickle");
                names.report(look);
                return Outcome::Pickle;
            }
            End::Broken(broken) => {
                // A text that begins like a pickle names something by chance now and then: `cat`, `dog`.
                let is_one = says_so || pickles > 0 && steps > 2 || names.acts();
                if !is_one {
                    return Outcome::Other;
                }
                look.read_as("pickle");
                names.report(look);
                damaged(&broken, pickles, look);
                return Outcome::Pickle;
            }
        }
        let is_at_end = match input.peek(1) {
            Ok(next) => next.is_empty(),
            Err(error) => {
                look.unknown("model.unreadable", format!("it could not be read on: {error}"));
                true
            }
        };
        if is_at_end || is_old_torch && pickles == TORCH_PICKLES {
            break;
        }
        if names.count() == 0 && !says_so && steps <= 2 {
            // A text such as `N.` followed by anything.
            return Outcome::Other;
        }
    }
    look.read_as(if is_old_torch { "torch" } else { "pickle" });
    names.report(look);
    Outcome::Pickle
}

fn damaged(broken: &Broken, pickles: u64, look: &mut Look) {
    let message = if pickles == 0 {
        format!("it cannot be read to its end: {}", broken.why)
    } else {
        format!("after {pickles} complete pickle(s) something follows that is none: {}", broken.why)
    };
    look.found(Finding::new("model.unreadable", Verdict::Unknown, message).at(broken.offset));
}
