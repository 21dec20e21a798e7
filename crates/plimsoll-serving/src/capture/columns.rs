//! A request as the columns that are recorded.

use std::sync::Arc;

use plimsoll_core::Timestamp;
use plimsoll_data::capture::{Column, Record, Values};
use plimsoll_predict::{Output, Values as Given};

use super::Recorded;
use crate::answer::Answered;

/// Makes records out of requests, again and again in the same memory.
#[derive(Debug)]
pub(super) struct Columns {
    record: Record,
    /// Columns that a record had and the next ones may have again.
    spare: Vec<Column>,
}

impl Default for Columns {
    fn default() -> Self {
        let record = Record {
            request_id: String::new(),
            received_at: Timestamp::default(),
            latency_us: 0,
            version: "".into(),
            rows: 0,
            inputs: Vec::new(),
            context: Vec::new(),
            outputs: Vec::new(),
        };
        Self { record, spare: Vec::new() }
    }
}

impl Columns {
    /// Returns the record of a request.
    pub(super) fn record(&mut self, recorded: Recorded) -> &Record {
        let Recorded { answered, received_at, latency_us } = recorded;
        let Answered { about, request_id, rows, inputs, context, outputs } = answered;
        let record = &mut self.record;
        record.request_id = request_id;
        record.received_at = received_at;
        record.latency_us = latency_us;
        record.version = Arc::clone(&about.recorded_version);
        record.rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.spare.clear();
        self.spare.append(&mut record.inputs);
        record.context.clear();
        record.outputs.clear();
        for (port, (_, tensor)) in about.intake.ports.iter().zip(inputs.0) {
            let width = tensor.width();
            let values = tensor.into_parts().1;
            if port.features.len() > 1 && port.features.len() == width {
                for (place, feature) in port.features.iter().enumerate() {
                    let values = spread(&values, place, width, self.spare.pop());
                    record.inputs.push(Column { name: Arc::clone(feature), values, width: 1 });
                }
            } else {
                let name = port.features.first().filter(|_| width == 1).unwrap_or(&port.name);
                record.inputs.push(column(name, taken(values), rows));
            }
        }
        for (at, values) in context {
            let name = &about.intake.context[at].name;
            record.context.push(column(name, taken(values), rows));
        }
        for (declared, (_, output)) in about.outputs.iter().zip(outputs.0) {
            let values = match output {
                Output::Tensor(tensor) => taken(tensor.into_parts().1),
                Output::ClassScores(scores) => Values::Float64(scores.scores),
            };
            // An answer that is not one for each row cannot be told apart by rows.
            if values.len().is_multiple_of(rows) {
                record.outputs.push(column(&declared.name, values, rows));
            }
        }
        record
    }
}

fn column(name: &Arc<str>, values: Values, rows: usize) -> Column {
    let width = u32::try_from(values.len() / rows.max(1)).unwrap_or(u32::MAX);
    Column { name: Arc::clone(name), values, width }
}

fn taken(values: Given) -> Values {
    match values {
        Given::Float(values) => Values::Float32(values),
        Given::Double(values) => Values::Float64(values),
        Given::Int64(values) => Values::Int64(values),
        Given::Int32(values) => Values::Int64(values.into_iter().map(i64::from).collect()),
        Given::Bool(values) => Values::Bool(values),
        Given::String(values) => Values::Text(values),
    }
}

/// Copies one column out of the rows of a tensor, into memory of before where it is of its type.
fn spread(values: &Given, place: usize, width: usize, spare: Option<Column>) -> Values {
    let spare = spare.map(|column| column.values);
    match values {
        Given::Float(all) => {
            let mut into = match spare {
                Some(Values::Float32(spare)) => spare,
                _ => Vec::new(),
            };
            into.clear();
            into.extend(all.iter().skip(place).step_by(width));
            Values::Float32(into)
        }
        Given::Double(all) => Values::Float64(each(all, place, width)),
        Given::Int64(all) => Values::Int64(each(all, place, width)),
        Given::Int32(all) => Values::Int64(
            all.iter().skip(place).step_by(width).map(|value| (*value).into()).collect(),
        ),
        Given::Bool(all) => Values::Bool(each(all, place, width)),
        Given::String(all) => Values::Text(each(all, place, width)),
    }
}

fn each<T: Clone>(all: &[T], place: usize, width: usize) -> Vec<T> {
    all.iter().skip(place).step_by(width).cloned().collect()
}
