//! A request answered by a model: what came in, what went out.

use std::sync::Arc;

use plimsoll_predict::{Inputs, Model, Outputs, Values};

use crate::intake::Fed;
use crate::loaded::About;
use crate::refusal::Refusal;

/// What a model was asked and what it answered.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The model.
    pub(crate) about: Arc<About>,
    /// The request's id.
    pub(crate) request_id: String,
    /// How many rows were asked about.
    pub(crate) rows: usize,
    /// What the model was given.
    pub(crate) inputs: Inputs,
    /// What was sent along.
    pub(crate) context: Vec<(usize, Values)>,
    /// What the model gave.
    pub(crate) outputs: Outputs,
}

/// Asks the model.
pub(crate) fn ask(
    about: &Arc<About>,
    model: &mut Model,
    request_id: String,
    fed: Fed,
) -> Result<Answered, Refusal> {
    let outputs = model.predict(&fed.inputs)?;
    let Fed { inputs, rows, context } = fed;
    Ok(Answered { about: Arc::clone(about), request_id, rows, inputs, context, outputs })
}
