//! A model over rows: ONNX Runtime, a served endpoint, or a file of predictions.
//!
//! Purpose: find or fetch ONNX Runtime's library ([`runtime`]), load a model that nobody vouches for
//! ([`ModelFile`], [`Model`]), feed it from columns ([`FeatureMapping`]) and read what it answers
//! ([`Predictions`]); or ask a server ([`Endpoint`]). Conversion is apart from the session, so that a server feeds the same [`Model`]
//! from JSON. Deliberately absent: metrics, verdicts, tables on disk, and the environment, whose
//! values the caller passes in.

mod cells;
mod class;
pub mod endpoint;
mod file;
mod mapping;
mod predictions;
pub mod runtime;
mod session;
mod signature;
mod tensor;
#[cfg(test)]
mod test_models;

pub use class::Class;
pub use endpoint::{Endpoint, EndpointAddress, EndpointError, EndpointLimits};
pub use file::{LARGEST_FILE, ModelFile, ModelFileError, WireError};
pub use mapping::{FeatureMapping, Fed, FeedError, MappingError};
pub use predictions::{Ids, Predictions, PredictionsError, Quantiles, Scores, Wanted};
pub use runtime::Runtime;
pub use session::{AnswerError, LoadModelError, Model, PredictError};
pub use signature::{Kind, Port, Signature};
pub use tensor::{ClassScores, ElementType, Inputs, Output, Outputs, ShapeError, Tensor, Values};
