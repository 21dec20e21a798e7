//! A model's file, run by ONNX Runtime.

use std::path::Path;
use std::time::Instant;

use arrow::array::RecordBatch;
use plimsoll_core::project::Features;
use plimsoll_predict::{FeatureMapping, LARGEST_FILE, Model, ModelFile, Predictions, Signature};

use super::{AskError, Asked, Reading, in_time};
use crate::evaluate::{EvaluateError, LoadRuntime};

/// An ONNX model, loaded.
pub(crate) struct OnnxModel {
    session: Model,
    mapping: FeatureMapping,
    signature: Signature,
    reading: Reading,
}

impl OnnxModel {
    /// Loads a model; `name` is what people know it by.
    pub(crate) fn open(
        name: &str,
        file: &Path,
        features: &Features,
        target: &str,
        reading: Reading,
        runtime: &LoadRuntime<'_>,
    ) -> Result<Self, EvaluateError> {
        let model = || name.to_owned();
        let bytes = ModelFile::read(file, LARGEST_FILE)
            .map_err(|source| EvaluateError::ModelFile { model: model(), source })?;
        let runtime = runtime().map_err(EvaluateError::Runtime)?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let session = Model::load(&bytes, &runtime, threads)
            .map_err(|source| EvaluateError::Load { model: model(), source })?;
        let mapping = FeatureMapping::new(features, target, session.signature())
            .map_err(|source| EvaluateError::Mapping { model: model(), source })?;
        let signature = Signature::clone(session.signature());
        Ok(Self { session, mapping, signature, reading })
    }
}

impl Asked for OnnxModel {
    fn ask(
        &mut self,
        table: &RecordBatch,
        until: Option<Instant>,
    ) -> Result<Predictions, AskError> {
        in_time(until)?;
        let fed = self.mapping.feed(table, 1)?;
        let outputs = self.session.predict(&fed.inputs)?;
        self.reading.read(&outputs, &mut self.signature, table.num_rows())
    }

    fn columns(&self) -> Vec<String> {
        self.mapping.columns().map(str::to_owned).collect()
    }

    fn signature(&self) -> Option<&Signature> {
        Some(&self.signature)
    }

    fn runtime(&self) -> Option<&str> {
        Some(self.session.runtime())
    }
}
