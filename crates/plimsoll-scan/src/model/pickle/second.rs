//! Bytes that are numbers to one reader, read as the program that they are to another.

use super::input::Input;
use super::machine::{Machine, Pass, Reader};
use super::names::Names;
use crate::model::content::Content;
use crate::model::look::Look;

/// Bytes of numbers end such a reading within a few instructions.
const MOST: u64 = 1 << 20;

/// Instructions after which bytes are taken for a program, even if they have asked for nothing yet.
const SUSPICIOUS: u64 = 64;

/// Reads what follows as `pickle.load` does, which knows of no arrays: with the stack and the memo that are
/// there. Those are copied only for bytes that could be a program at all.
pub(super) fn reading(of: &mut Machine<'_, '_>) {
    let (whole, position) = (of.whole, of.input.position());
    if !could_be_a_program(whole, position) {
        return;
    }
    let mut source = whole.reader_at(position);
    let mut input = Input::new(&mut source);
    let mut look = Look::second();
    let mut names = Names::default();
    let mut machine = Machine::going_on(of, &mut input, &mut look, &mut names, whole);
    machine.run(MOST);
    let (steps, is_lost) = (machine.steps(), machine.is_lost());
    tell((steps, is_lost), names, position, of.look);
}

/// Reads numbers that stand alone as a pickle that begins with them.
pub(super) fn alone(content: &Content, look: &mut Look) {
    let mut source = content.reader();
    let mut input = Input::new(&mut source);
    let mut second = Look::second();
    let mut names = Names::default();
    let mut machine = Machine::new(&mut input, &mut second, &mut names, Reader::Python, content);
    machine.pass = Pass::Plain;
    machine.run(MOST);
    let (steps, is_lost) = (machine.steps(), machine.is_lost());
    tell((steps, is_lost), names, 0, look);
}

/// Whether bytes could go on as a program, whatever is on the stack and in the memo.
fn could_be_a_program(whole: &Content, position: u64) -> bool {
    let mut source = whole.reader_at(position);
    let mut input = Input::new(&mut source);
    let mut look = Look::second();
    let mut names = Names::default();
    let mut machine = Machine::new(&mut input, &mut look, &mut names, Reader::Python, whole);
    machine.pass = Pass::Glance;
    machine.run(SUSPICIOUS);
    machine.steps() >= SUSPICIOUS || names.has_any()
}

fn tell((steps, is_lost): (u64, bool), names: Names, position: u64, look: &mut Look) {
    if look.steps(steps).is_err() {
        return;
    }
    names.hidden_in_an_array(look, position);
    if steps >= MOST || is_lost {
        let message =
            format!("what is at byte {position} is a program to those who load it as a pickle");
        look.unknown("model.pickle-hidden", message);
    }
}
