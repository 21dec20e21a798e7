//! A model that somebody serves.

use std::time::Instant;

use arrow::array::RecordBatch;
use plimsoll_core::project::Features;
use plimsoll_predict::{Endpoint, FeatureMapping, Predictions, Signature};

use super::{AskError, Asked, Reading, in_time};
use crate::evaluate::EvaluateError;

/// A served model, with how it is fed.
pub(crate) struct ServedModel {
    endpoint: Endpoint,
    mapping: FeatureMapping,
    signature: Signature,
    reading: Reading,
}

impl ServedModel {
    /// Takes a server whose model is fed by `features`, or as it says itself.
    pub(crate) fn new(
        endpoint: Endpoint,
        features: Option<&Features>,
        target: &str,
        reading: Reading,
    ) -> Result<Self, EvaluateError> {
        let told = endpoint.features();
        let features = features.or(told.as_ref()).unwrap_or(&Features::Inputs);
        let mapping =
            FeatureMapping::new(features, target, endpoint.signature()).map_err(|source| {
                EvaluateError::Mapping { model: endpoint.address().to_string(), source }
            })?;
        let signature = Signature::clone(endpoint.signature());
        Ok(Self { endpoint, mapping, signature, reading })
    }
}

impl Asked for ServedModel {
    fn ask(
        &mut self,
        table: &RecordBatch,
        until: Option<Instant>,
    ) -> Result<Predictions, AskError> {
        in_time(until)?;
        let fed = self.mapping.feed(table, 1)?;
        let outputs = self.endpoint.predict(&fed.inputs, until)?;
        self.reading.read(&outputs, &mut self.signature, table.num_rows())
    }

    fn columns(&self) -> Vec<String> {
        self.mapping.columns().map(str::to_owned).collect()
    }

    fn signature(&self) -> Option<&Signature> {
        Some(&self.signature)
    }
}
