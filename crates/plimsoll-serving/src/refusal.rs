//! Why a request is not answered, and what its caller is told.

use hyper::StatusCode;
use plimsoll_predict::PredictError;

use crate::intake::IntakeError;

/// More letters are not told of what a reader of JSON says.
const LONGEST: usize = 300;

/// A request is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nothing is there.
    #[error("there is nothing at `{0}`")]
    Path(String),
    /// Another method is meant.
    #[error("`{method}` is not accepted here, {accepted} is")]
    Method {
        /// What was asked with.
        method: String,
        /// What can be asked with.
        accepted: &'static str,
    },
    /// Another model is served.
    #[error("there is no model `{asked}` here, `{served}` is served")]
    Model {
        /// The one asked for.
        asked: String,
        /// The one that is there.
        served: String,
    },
    /// Another version is served.
    #[error("version `{asked}` of `{model}` is not served here, {} is", served.as_deref().unwrap_or("one without a version"))]
    Version {
        /// Which model.
        model: String,
        /// The version asked for.
        asked: String,
        /// The one that is there.
        served: Option<String>,
    },
    /// No token, or another one.
    #[error(
        "a bearer token is needed: the header `Authorization: Bearer TOKEN` is missing or wrong"
    )]
    Token,
    /// The body is too large.
    #[error("the body has more than {limit} bytes, the most that is accepted")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// A request did not come in time.
    #[error("the {part} of the request did not arrive within {seconds} seconds")]
    Slow {
        /// Which part of it.
        part: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The body broke off.
    #[error("the body broke off after {0} bytes")]
    BrokenOff(usize),
    /// There are as many connections as are taken.
    #[error("the server has {limit} connections, as many as it takes; try again later")]
    Full {
        /// How many.
        limit: usize,
    },
    /// Too much is going on.
    #[error("the server is busy with other large requests; try again later")]
    Busy,
    /// The server has no model yet, or has been told to end.
    #[error("the server is not ready")]
    NotReady,
    /// The body is no JSON.
    #[error("the body is no valid JSON: {0}")]
    Json(String),
    /// The body is JSON of another form.
    #[error("the body is no {form}: {reason}")]
    Form {
        /// What it should be.
        form: &'static str,
        /// Why it is not.
        reason: String,
    },
    /// The body is of a type that is not read.
    #[error("the content type `{0}` is not read here (expected application/json or text/csv)")]
    ContentType(String),
    /// What was sent is not what the model takes.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The model does not have an output.
    #[error("the model has no output `{name}` (it has {known})")]
    Output {
        /// Which output.
        name: String,
        /// The outputs that there are.
        known: String,
    },
    /// The model does not answer.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The program has a defect.
    #[error("the server failed on this request; its log says more")]
    Panicked,
}

impl Refusal {
    /// Makes what the reader of JSON says into one, which is about the form or about JSON itself.
    pub(crate) fn of_json(form: &'static str, error: &serde_json::Error) -> Self {
        // It may quote a text as long as the body.
        let mut reason = error.to_string();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST) {
            reason.truncate(end);
            reason.push('…');
        }
        if error.is_data() { Self::Form { form, reason } } else { Self::Json(reason) }
    }

    /// Returns the status code.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Path(_) | Self::Model { .. } | Self::Version { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Full { .. } | Self::Busy | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BrokenOff(_)
            | Self::Json(_)
            | Self::Form { .. }
            | Self::Intake(_)
            | Self::Output { .. } => StatusCode::BAD_REQUEST,
            Self::Predict(error) => predict_status(error),
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the whole answer where there is no request yet that it could belong to.
    pub(crate) fn raw(&self) -> Vec<u8> {
        let body = serde_json::json!({"error": self.to_string()}).to_string();
        let head = format!(
            "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            self.status(),
            body.len()
        );
        [head, body].concat().into_bytes()
    }

    /// Tells whether the connection cannot be used again: part of a body is still on its way.
    pub(crate) fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. }
                | Self::Slow { .. }
                | Self::BrokenOff(_)
                | Self::Busy
                | Self::Token
        )
    }
}

fn predict_status(error: &PredictError) -> StatusCode {
    match error {
        // The library fails on values that the model does not know: the caller's to change.
        PredictError::Failed { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        PredictError::Answer { .. } | PredictError::Parts { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        _ => StatusCode::BAD_REQUEST,
    }
}
