//! A model asked for the first time, with nothing of consequence.

use std::time::{Duration, Instant};

use plimsoll_predict::{ElementType, Inputs, Kind, Model, Tensor, Values};

/// How often it is asked: the first call prepares what later ones use.
const CALLS: usize = 4;

/// More elements are not made up for a trial.
const LARGEST: usize = 1 << 24;

/// Asks about one row of zeros and empty texts, and returns the shortest time that it took.
///
/// A model that fails on it is no worse for that: it may know no empty text.
pub(super) fn ask(model: &mut Model) -> Option<Duration> {
    let inputs = zeros(model)?;
    let mut shortest = None;
    for _ in 0..CALLS {
        let began = Instant::now();
        if let Err(error) = model.predict(&inputs) {
            tracing::debug!(%error, "the model does not answer a row of zeros");
            return None;
        }
        let took = began.elapsed();
        shortest = Some(shortest.map_or(took, |shortest: Duration| shortest.min(took)));
    }
    shortest
}

fn zeros(model: &Model) -> Option<Inputs> {
    let mut inputs = Vec::new();
    for port in &model.signature().inputs {
        let Kind::Tensor { element, shape } = &port.kind else { return None };
        let size = |size: &Option<u64>| usize::try_from(size.unwrap_or(1)).ok();
        let mut shape: Vec<usize> = shape.iter().map(size).collect::<Option<_>>()?;
        if shape.is_empty() {
            shape.push(1);
        }
        let count = shape.iter().try_fold(1_usize, |all, size| all.checked_mul(*size));
        let count = count.filter(|count| *count <= LARGEST)?;
        let values = match element {
            ElementType::Float => Values::Float(vec![0.0; count]),
            ElementType::Double => Values::Double(vec![0.0; count]),
            ElementType::Int64 => Values::Int64(vec![0; count]),
            ElementType::Int32 => Values::Int32(vec![0; count]),
            ElementType::Bool => Values::Bool(vec![false; count]),
            ElementType::String => Values::String(vec![String::new(); count]),
        };
        inputs.push((port.name.clone(), Tensor::new(shape, values).ok()?));
    }
    Some(Inputs(inputs))
}
