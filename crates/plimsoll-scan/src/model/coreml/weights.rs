//! `weight.bin` of Core ML's programs: pieces of numbers, each behind a block that says how long it is.

use crate::model::content::Content;
use crate::model::look::Look;
use crate::model::window::{Order, Unread, Window};

/// What the block before a piece begins with.
const SENTINEL: u64 = 0xdead_beef;

/// The version of the layout.
const VERSION: u64 = 2;

/// How long blocks are, and what pieces are aligned to.
const BLOCK: u64 = 64;

/// How many pieces there may be.
const MOST: u64 = 1 << 20;

/// Tells whether a file that begins with `head` is one.
pub(crate) fn is(head: &[u8]) -> bool {
    let number = |at: usize| {
        let bytes = head.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_le_bytes(*bytes)))
    };
    number(4) == Some(VERSION)
        && number(64) == Some(SENTINEL)
        && head.get(8..64).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
}

/// Looks at the weights.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("coreml-weights");
    if let Err(error) = read(content, look) {
        error.tell("weights of Core ML", look);
    }
}

fn read(content: &Content, look: &mut Look) -> Result<(), Unread> {
    let mut window = Window::new(content);
    let count = window.number::<4>(0, Order::Little)?;
    if count > MOST {
        return Err(Unread::broken(format!("more than {MOST} pieces"), 0));
    }
    let mut end = BLOCK;
    for _ in 0..count {
        look.steps(1)?;
        let at = end.next_multiple_of(BLOCK);
        filling(&mut window, end, at.min(content.length()))?;
        if window.number::<4>(at, Order::Little)? != SENTINEL {
            return Err(Unread::broken("a piece does not begin where it should", at));
        }
        let size = window.number::<8>(at + 8, Order::Little)?;
        let start = window.number::<8>(at + 16, Order::Little)?;
        if start != at + BLOCK {
            return Err(Unread::broken("the numbers of a piece are elsewhere", at));
        }
        let behind = start.checked_add(size).filter(|behind| *behind <= content.length());
        end = behind.ok_or_else(|| Unread::broken("a piece is longer than the file", at))?;
    }
    let behind = content.length() - end;
    if behind >= BLOCK {
        return Err(Unread::broken(format!("{behind} bytes are behind its pieces"), end));
    }
    filling(&mut window, end, content.length())
}

/// Refuses anything but zeros between two pieces.
fn filling(window: &mut Window, start: u64, end: u64) -> Result<(), Unread> {
    for at in start..end {
        if window.byte(at)? != 0 {
            return Err(Unread::broken("something is between two pieces", at));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::report::Verdict;

    /// Written by `coremltools` 9: a matrix and a vector.
    const WEIGHTS: &[u8] = include_bytes!("../../../fixtures/coreml/weight.bin");

    fn verdict(bytes: &[u8]) -> Verdict {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes.to_vec()), &mut seen);
        seen.report("").verdict
    }

    #[test]
    fn pieces_are_followed_to_the_last_byte() {
        assert!(is(WEIGHTS) && !is(&[0; 128]) && !is(b"\x02"));
        assert_eq!(verdict(WEIGHTS), Verdict::Safe);
        for length in 64..WEIGHTS.len() {
            assert_eq!(verdict(&WEIGHTS[..length]), Verdict::Unknown, "{length}");
        }
        assert_eq!(verdict(&[WEIGHTS, &[1]].concat()), Verdict::Unknown);
        for (at, wrong) in [(0, 9), (64, 1), (72, 0xff), (80, 1)] {
            let mut changed = WEIGHTS.to_vec();
            changed[at] = wrong;
            assert_eq!(verdict(&changed), Verdict::Unknown, "{at}");
        }
    }
}
