//! A served model that is asked over HTTP: the Open Inference Protocol in JSON.
//!
//! What answers may be anybody's: every answer has a largest size and a latest time, and is read as
//! carefully as a file. Plain HTTP only: a check runs beside the server, or through a proxy that
//! speaks TLS.

mod address;
mod answer;
mod error;
mod metadata;
mod question;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use address::{EndpointAddress, ParseAddressError};
pub use error::EndpointError;
use metadata::Metadata;
use plimsoll_core::project::Features;
use ureq::Agent;

use crate::{Inputs, Output, Outputs, Signature};

/// As many rows are asked for at once, so that a request stays far below what servers take.
const ROWS_AT_ONCE: usize = 500;

/// How patient a caller is, and how much it reads.
#[derive(Clone, Copy, Debug)]
pub struct EndpointLimits {
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long an answer may take, from the question to its last byte.
    pub answer: Duration,
    /// How many bytes an answer may have.
    pub bytes: u64,
}

impl Default for EndpointLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), answer: Duration::from_secs(30), bytes: 64 << 20 }
    }
}

/// A model behind HTTP.
#[derive(Debug)]
pub struct Endpoint {
    agent: Agent,
    address: EndpointAddress,
    token: Option<String>,
    limits: EndpointLimits,
    metadata: Metadata,
}

impl Endpoint {
    /// Asks a server what its model takes. `token` is sent as `Authorization: Bearer`.
    ///
    /// # Errors
    /// It does not answer, or what it says of its model cannot be used.
    pub fn open(
        address: EndpointAddress,
        token: Option<String>,
        limits: EndpointLimits,
    ) -> Result<Self, EndpointError> {
        let config = Agent::config_builder()
            // A check asks the server that it was given: no proxy of the environment, no redirect.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.answer))
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .build();
        let metadata = Metadata::default();
        let mut endpoint = Self { agent: config.into(), address, token, limits, metadata };
        let document = endpoint.get(&endpoint.address.metadata())?;
        endpoint.metadata = Metadata::read(&document)?;
        Ok(endpoint)
    }

    /// Returns where it is.
    pub fn address(&self) -> &EndpointAddress {
        &self.address
    }

    /// Returns what the model takes and gives, as the server says.
    pub fn signature(&self) -> &Arc<Signature> {
        &self.metadata.signature
    }

    /// Returns which columns the model's one tensor is made of, where the server says so.
    pub fn features(&self) -> Option<Features> {
        self.metadata.features()
    }

    /// Answers every row of `inputs`, in parts, none of them later than `until`.
    ///
    /// # Errors
    /// The inputs cannot be written, the server refuses them or is too late, or what it answers is
    /// no answer to them.
    pub fn predict(
        &self,
        inputs: &Inputs,
        until: Option<Instant>,
    ) -> Result<Outputs, EndpointError> {
        let rows = inputs.0.first().map_or(0, |(_, tensor)| tensor.rows());
        if rows == 0 {
            return Err(EndpointError::Empty);
        }
        let mut all: Option<Outputs> = None;
        for start in (0..rows).step_by(ROWS_AT_ONCE) {
            let end = rows.min(start + ROWS_AT_ONCE);
            let body = self.metadata.question(inputs, start..end)?;
            let more = self.infer(&body, until)?;
            let rows = end - start;
            if let Some((name, output)) = more.0.iter().find(|(_, output)| output.rows() != rows) {
                let found = output.rows();
                return Err(EndpointError::Rows { output: name.clone(), found, expected: rows });
            }
            match &mut all {
                None => all = Some(more),
                Some(all) => append(all, more)?,
            }
        }
        all.ok_or(EndpointError::Empty)
    }

    /// Returns the body of a question for row `row` of `inputs` alone.
    ///
    /// # Errors
    /// The inputs cannot be written.
    pub fn question(&self, inputs: &Inputs, row: usize) -> Result<Vec<u8>, EndpointError> {
        self.metadata.question(inputs, row..row + 1)
    }

    /// Sends a question, and returns the answer.
    ///
    /// # Errors
    /// The server refuses it or is too late, or what it answers is no answer.
    pub fn infer(&self, body: &[u8], until: Option<Instant>) -> Result<Outputs, EndpointError> {
        let bytes = self.send(body, until)?;
        answer::read(&bytes)
    }

    /// Sends a question, and returns the answer's bytes unread: what a measurement of time wants.
    ///
    /// # Errors
    /// The server refuses it or is too late.
    pub fn send(&self, body: &[u8], until: Option<Instant>) -> Result<Vec<u8>, EndpointError> {
        let patience = match until {
            None => self.limits.answer,
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(EndpointError::Late { after: Duration::ZERO });
                }
                left.min(self.limits.answer)
            }
        };
        let mut request = self
            .agent
            .post(self.address.infer())
            .config()
            .timeout_global(Some(patience))
            .build()
            .content_type("application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send(body).map_err(|error| self.failed(error, patience))?;
        self.read(response, patience)
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, EndpointError> {
        let mut request = self.agent.get(url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let patience = self.limits.answer;
        let response = request.call().map_err(|error| self.failed(error, patience))?;
        self.read(response, patience)
    }

    fn read(
        &self,
        response: ureq::http::Response<ureq::Body>,
        patience: Duration,
    ) -> Result<Vec<u8>, EndpointError> {
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let read = body.with_config().limit(self.limits.bytes).read_to_vec();
        let bytes = read.map_err(|error| self.failed(error, patience))?;
        if status == 200 {
            return Ok(bytes);
        }
        Err(EndpointError::Refused { status, message: answer::reason(&bytes) })
    }

    fn failed(&self, error: ureq::Error, patience: Duration) -> EndpointError {
        match error {
            ureq::Error::Timeout(_) => EndpointError::Late { after: patience },
            ureq::Error::BodyExceedsLimit(limit) => EndpointError::TooLarge { limit },
            error => {
                let server = self.address.server().to_owned();
                EndpointError::Unreachable { server, reason: error.to_string() }
            }
        }
    }
}

fn append(all: &mut Outputs, more: Outputs) -> Result<(), EndpointError> {
    let same = all.0.len() == more.0.len();
    for ((name, all), (other, more)) in all.0.iter_mut().zip(more.0) {
        let appended = match (all, more) {
            (Output::Tensor(all), Output::Tensor(more)) => all.append(more),
            (Output::ClassScores(all), Output::ClassScores(mut more)) => {
                all.scores.append(&mut more.scores);
                all.classes == more.classes
            }
            _ => false,
        };
        if *name != other || !appended {
            return Err(EndpointError::Parts { output: name.clone() });
        }
    }
    if same { Ok(()) } else { Err(EndpointError::Parts { output: "outputs".to_owned() }) }
}
