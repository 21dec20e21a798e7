//! A loaded model that answers.

mod error;
mod exchange;

use std::borrow::Cow;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use error::{LoadModelError, PredictError};
pub use exchange::AnswerError;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::Outlet;

use crate::tensor::shown;
use crate::{Inputs, Kind, ModelFile, Output, Outputs, Port, Runtime, Signature, Tensor, Values};

/// As many rows are given to the library at once, so that memory does not grow with the table.
const ROWS_AT_ONCE: u64 = 1000;

/// Inputs in the order of a signature.
type Ordered<'i> = Vec<(&'i str, &'i Tensor)>;

/// A model loaded into ONNX Runtime.
///
/// It answers one caller at a time. A server loads several from one [`ModelFile`] and hands each to
/// one request at a time.
#[derive(Debug)]
pub struct Model {
    signature: Arc<Signature>,
    session: Session,
    runtime: String,
}

impl Model {
    /// Loads a model, to be run by `threads` threads.
    ///
    /// Only what is in the file is used: no other file is read, and no library of operators loaded.
    ///
    /// # Errors
    /// The library refuses it, or something passes through it that cannot be fed or read.
    pub fn load(
        file: &ModelFile,
        runtime: &Runtime,
        threads: usize,
    ) -> Result<Self, LoadModelError> {
        let shown = runtime.to_string();
        // The bindings panic on types that they do not know, such as sequences of sequences.
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            options(runtime, threads)
                .and_then(|mut options| options.commit_from_memory(file.bytes()))
        }));
        let session = match loaded {
            Ok(Ok(session)) => session,
            Ok(Err(error)) => {
                let reason = error.message().trim().to_owned();
                return Err(LoadModelError::Refused { runtime: shown, reason });
            }
            Err(_) => return Err(LoadModelError::GaveUp { runtime: shown }),
        };
        let signature = Signature {
            inputs: ports("input", session.inputs())?,
            outputs: ports("output", session.outputs())?,
            classes: file.classes().to_vec(),
        };
        Ok(Self { signature: Arc::new(signature), session, runtime: shown })
    }

    /// Returns what it takes and gives.
    pub fn signature(&self) -> &Arc<Signature> {
        &self.signature
    }

    /// Returns the library that runs it, `onnxruntime 1.31.1`.
    pub fn runtime(&self) -> &str {
        &self.runtime
    }

    /// Answers every row of `inputs`, given in any order.
    ///
    /// Many rows are answered in parts. The answers have the shapes that the library gave them, which
    /// are not always the declared ones.
    ///
    /// # Errors
    /// The inputs are not what the model takes, there are no rows, or the library fails on them.
    pub fn predict(&mut self, inputs: &Inputs) -> Result<Outputs, PredictError> {
        let (ordered, rows) = self.check(inputs)?;
        let at_once = self.rows_at_once(rows)?;
        let mut outputs = self.run(&ordered, 0..rows.min(at_once))?;
        let mut start = at_once;
        while start < rows {
            let part = start..rows.min(start + at_once);
            let more = self.run(&ordered, part.clone())?;
            for ((name, output), (_, more)) in outputs.0.iter_mut().zip(more.0) {
                // Only answers of one row for each row can be put together.
                let found = more.rows();
                if found != part.len() || !append(output, more) {
                    let found = format!("{found} values");
                    return Err(PredictError::Parts {
                        name: name.clone(),
                        rows: part.len(),
                        found,
                    });
                }
            }
            start = part.end;
        }
        if rows > at_once
            && let Some((name, output)) = outputs.0.iter().find(|(_, all)| all.rows() != rows)
        {
            let found = format!("{} values", output.rows());
            return Err(PredictError::Parts { name: name.clone(), rows, found });
        }
        Ok(outputs)
    }

    /// Holds inputs against the signature; returns them in its order, and how many rows they have.
    fn check<'i>(&self, inputs: &'i Inputs) -> Result<(Ordered<'i>, usize), PredictError> {
        let ports = &self.signature.inputs;
        for (at, (name, _)) in inputs.0.iter().enumerate() {
            if !ports.iter().any(|port| port.name == *name) {
                let known = names(ports.iter().map(|port| port.name.as_str()));
                return Err(PredictError::Unknown { name: name.clone(), known });
            }
            if inputs.0[..at].iter().any(|(other, _)| other == name) {
                return Err(PredictError::Twice { name: name.clone() });
            }
        }
        let mut ordered: Ordered<'i> = Vec::with_capacity(ports.len());
        for port in ports {
            let Some((name, tensor)) = inputs.0.iter().find(|(name, _)| *name == port.name) else {
                let given = names(inputs.0.iter().map(|(name, _)| name.as_str()));
                return Err(PredictError::Missing { expected: port.clone(), given });
            };
            let element = tensor.values().element();
            if port.kind.element() != Some(element) || !port.kind.takes_rows_of(tensor.shape()) {
                return Err(PredictError::Kind {
                    name: name.clone(),
                    expected: port.kind.clone(),
                    found: format!("{element} {}", shown(tensor.shape())),
                });
            }
            if let Some((first, with)) = ordered.first()
                && with.rows() != tensor.rows()
            {
                return Err(PredictError::Rows {
                    name: name.clone(),
                    rows: tensor.rows(),
                    first: (*first).to_owned(),
                    expected: with.rows(),
                });
            }
            if let Values::String(texts) = tensor.values()
                && let Some(at) = texts.iter().position(|text| text.contains('\0'))
            {
                return Err(PredictError::Nul { name: name.clone(), at: at + 1 });
            }
            ordered.push((name, tensor));
        }
        match ordered.first().map(|(_, tensor)| tensor.rows()) {
            // Some exported graphs fail on no rows, others answer nonsense.
            None | Some(0) => Err(PredictError::Empty),
            Some(rows) => Ok((ordered, rows)),
        }
    }

    /// Returns how many rows to give to the library at once.
    fn rows_at_once(&self, rows: usize) -> Result<usize, PredictError> {
        let declared = self.signature.inputs.iter().find_map(|port| match &port.kind {
            Kind::Tensor { shape, .. } => shape.first().copied().flatten(),
            Kind::ClassScores { .. } => None,
        });
        let at_once = usize::try_from(declared.unwrap_or(ROWS_AT_ONCE)).unwrap_or(usize::MAX);
        match declared {
            Some(fixed) if at_once == 0 || !rows.is_multiple_of(at_once) => {
                Err(PredictError::FixedRows { fixed, rows })
            }
            _ => Ok(at_once),
        }
    }

    fn run(
        &mut self,
        inputs: &[(&str, &Tensor)],
        rows: Range<usize>,
    ) -> Result<Outputs, PredictError> {
        let (first, last) = (rows.start + 1, rows.end);
        let failed = |reason| PredictError::Failed { first, last, reason };
        let mut lent = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            let value = exchange::lend(tensor, &rows).map_err(|error| failed(error.to_string()))?;
            lent.push((Cow::Borrowed(*name), value));
        }
        let answered = catch_unwind(AssertUnwindSafe(|| {
            let answers = self.session.run(lent);
            let answers = answers.map_err(|error| failed(error.message().trim().to_owned()))?;
            let mut outputs = Vec::with_capacity(self.signature.outputs.len());
            for port in &self.signature.outputs {
                let name = port.name.clone();
                match exchange::take(&answers, &name) {
                    Ok(output) => outputs.push((name, output)),
                    Err(error) => return Err(PredictError::Answer { name, error }),
                }
            }
            Ok(Outputs(outputs))
        }));
        answered.unwrap_or_else(|_| Err(failed("the library gave up".to_owned())))
    }
}

/// Returns how a model is run: quietly, by the processor, as ONNX and nothing else.
fn options(runtime: &Runtime, threads: usize) -> Result<SessionBuilder, ort::Error> {
    let options = Session::builder(runtime.environment())?
        .with_intra_threads(threads.max(1))?
        .with_inter_threads(1)?
        // Waiting threads would burn the processor that the rest of the program needs.
        .with_intra_op_spinning(false)?
        .with_log_level(LogLevel::Error)?
        // The other format is the library's own dump, read with less care.
        .with_config_entry("session.load_model_format", "ONNX")?;
    Ok(options)
}

fn ports(end: &'static str, outlets: &[Outlet]) -> Result<Vec<Port>, LoadModelError> {
    let port = |outlet: &Outlet| {
        let kind = exchange::kind_of(outlet.dtype());
        // Scores by class are an answer only; as input nothing could be fed.
        let kind = kind.filter(|kind| end == "output" || kind.element().is_some());
        let kind = kind.ok_or_else(|| LoadModelError::Unsupported {
            end,
            name: outlet.name().to_owned(),
            found: outlet.dtype().to_string(),
        })?;
        Ok(Port { name: outlet.name().to_owned(), kind })
    };
    let ports: Vec<Port> = outlets.iter().map(port).collect::<Result<_, _>>()?;
    if ports.is_empty() { Err(LoadModelError::Without(end)) } else { Ok(ports) }
}

/// Appends the rows of `more`, and tells whether they fit.
fn append(all: &mut Output, more: Output) -> bool {
    match (all, more) {
        (Output::Tensor(all), Output::Tensor(more)) => all.append(more),
        (Output::ClassScores(all), Output::ClassScores(mut more)) => {
            all.classes == more.classes && {
                all.scores.append(&mut more.scores);
                true
            }
        }
        _ => false,
    }
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
