//! Bytes that are numbers to one reader, read as the program that they are to another.

use super::input::{AHEAD, Input, Source};
use super::machine::{End, Machine, Reader};
use super::names::Names;
use crate::model::look::Look;

/// How much of some bytes can be read a second time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    Beginning,
}

/// Reads bytes at `position`, which are numbers to one reader, as the instructions that another takes them
/// for.
pub(super) fn hidden(source: &mut dyn Source, extent: Extent, position: u64, look: &mut Look) {
    /// Bytes of numbers end such a reading within a few instructions.
    const MOST: u64 = 1 << 20;
    let mut input = Input::new(source);
    let mut second = Look::second();
    let mut names = Names::default();
    let mut machine = Machine::new(&mut input, &mut second, &mut names, Reader::Python, None);
    machine.is_second = true;
    let end = machine.run(MOST);
    let steps = machine.steps();
    if look.steps(steps).is_err() {
        return;
    }
    names.hidden_in_an_array(look, position);
    let reached = matches!(&end, End::Broken(broken) if broken.offset >= AHEAD as u64 - 16);
    if steps >= MOST || reached && extent == Extent::Beginning {
        let message =
            format!("what is at byte {position} is a program to those who load it as a pickle");
        look.unknown("model.pickle-hidden", message);
    }
}
