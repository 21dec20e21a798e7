//! What a person may see of a run while it happens.

use plimsoll_core::event::Recorded;
use plimsoll_core::{RunId, StepName};

/// Is told what happens in a run, in order, from one task. It must not block for long.
pub trait Observer: Send + Sync {
    /// Takes note of one thing.
    fn notice(&self, notice: Notice<'_>);
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// The environment is being made: what its maker says.
    Environment(&'a str),
    /// The run has an id and steps.
    Known {
        /// The id.
        run: RunId,
        /// How it begins.
        beginning: Beginning,
        /// The steps in an order in which they can run.
        steps: &'a [StepName],
    },
    /// An event is in the log. Of a run that is taken up, the earlier ones come first, with the
    /// last state of each step alone.
    Recorded(&'a Recorded),
    /// A step's command printed a line, or a long piece of one, here without its end.
    Output {
        /// Which step.
        step: &'a StepName,
        /// The bytes, which need not be text.
        line: &'a [u8],
    },
    /// Another run computes what the step needs to be; it is waited for.
    Waiting {
        /// Which step.
        step: &'a StepName,
    },
    /// Something that a person should know.
    Note(&'a str),
}

/// How a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// It is new.
    New,
    /// A run whose process was gone is taken up.
    TakenUp,
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn notice(&self, _: Notice<'_>) {}
}
